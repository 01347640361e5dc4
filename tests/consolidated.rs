//! `run.consolidated`: how late the best prices over all venues are, from the scenario to the agent.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::prelude::*;
use prism::scenario::Scenario;

/// Counts how often it sees a consolidated quote, and how often one that is better than its own venue's.
#[derive(Clone, Default)]
struct Looker {
    seen: u32,
    better: u32,
}

impl Agent for Looker {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let symbol = ctx.symbol(ctx.home()).unwrap();
        let all = ctx.consolidated(symbol);
        let own = ctx.top(ctx.home());
        if let (Some(best), Some(bid)) = (all.bid(), own.bid()) {
            self.seen += 1;
            self.better += u32::from(best.price > bid.price);
            assert!(best.price >= bid.price, "both are seen at once here");
        }
    }
}

fn scenario(run: &str) -> Scenario {
    let text = format!(
        "schema = 1\nrun = {{ length = \"2min\"{run} }}\n[[symbol]]\nname = \"ACME\"\n\
         value = {{ law = \"ornstein_uhlenbeck\", start = \"100.00\", half_life = \"20min\", sigma = 1.3 }}\n[[venue]]\nname = \"X\"\nkind = \
         \"exchange\"\nsymbols = [\"ACME\"]\n[[venue]]\nname = \"Y\"\nkind = \"exchange\"\nsymbols = [\"ACME\"]\n\
         [[agents]]\nname = \"mx\"\nkind = \"ladder_mm\"\nadaptive = false\nwindow = \"4 ticks\"\nlevel_spacing = 0.5\nevery = \"1s\"\nbooks = [\"ACME@X\"]\n\
         [[agents]]\nname = \"my\"\nkind = \"ladder_mm\"\nadaptive = false\nwindow = \"4 ticks\"\nlevel_spacing = 0.5\nevery = \"1s\"\nbooks = [\"ACME@Y\"]\n\
         [[agents]]\nkind = \"value_bayes\"\ncount = 40\nrate = \"every 1s\"\n"
    );
    Scenario::parse(&text, "a.toml").unwrap()
}

fn looks(run: &str) -> (u32, u32) {
    let group = Group::of(Looker::default()).named("looker").books(["ACME@X"]).periodic(Span::millis(100));
    let mut sim = scenario(run).builder().unwrap().agents(group).build().unwrap();
    sim.run_for(Span::mins(2)).unwrap();
    let looker = sim.members::<Looker>().next().unwrap();
    (looker.seen, looker.better)
}

#[test]
fn the_consolidated_feed_is_there_when_the_scenario_says_so() {
    assert_eq!(looks(""), (0, 0));
    let (seen, better) = looks(", consolidated = \"0s\"");
    assert!(seen > 500 && better > 50 && better < seen, "{seen} {better}");
    let expanded = scenario(", consolidated = \"500us\"").expanded();
    assert!(expanded.contains("consolidated = \"500us\""), "{expanded}");
    assert_eq!(Scenario::parse(&expanded, "b.toml").unwrap().expanded(), expanded);
}
