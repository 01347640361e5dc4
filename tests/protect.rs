//! Trade-through protection in a market of two venues.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::prelude::*;
use prism::scenario::Scenario;

/// Two exchanges with a maker each, and takers who look at one of them only.
fn scenario(keys: &str) -> Scenario {
    let venue = |name: &str| format!("[[venue]]\nname = \"{name}\"\nkind = \"exchange\"\n{keys}\n");
    let group = |name: &str, venue: &str| {
        format!(
            "[[agents]]\nkind = \"ladder_mm\"\nname = \"makers at {name}\"\nevery = \"700ms\"\n\
             books = [\"ACME@{venue}\"]\nadaptive = false\nwindow = \"4 ticks\"\nlevel_spacing = 0.5\nmin_size = 10\n\
             [[agents]]\nkind = \"value_bayes\"\nname = \"takers at {name}\"\ncount = 10\nrate = 1\nnoise = 4\n\
             books = [\"ACME@{venue}\"]\n"
        )
    };
    let text = format!(
        "schema = 1\nrun = {{ length = \"2min\", seed = 2 }}\n[[symbol]]\nname = \"ACME\"\n\
         value = {{ law = \"ornstein_uhlenbeck\", start = \"100.00\", sigma = 3 }}\n{}{}{}{}",
        venue("XONE"),
        venue("XTWO"),
        group("one", "XONE"),
        group("two", "XTWO")
    );
    Scenario::parse(&text, "two.toml").unwrap_or_else(|report| panic!("{report}"))
}

/// Counts trades at worse prices than the other venue quoted just before.
#[derive(Clone, Debug, Default)]
struct Watcher {
    before: [Top; 2],
    seen: u64,
    through: u64,
}

impl Agent for Watcher {
    fn on_wake(&mut self, _: &mut Ctx<'_>) {}

    fn hears(&self) -> Prints {
        Prints::TRADES | Prints::TOUCH
    }

    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        let books = [ctx.books()[0], ctx.books()[1]];
        if let Print::Trade { book, price, aggressor: Some(side), .. } = *print {
            self.seen += 1;
            let other = self.before[usize::from(book == books[0])];
            let worse = |best: Level| (price - best.price).0 * side.sign() > 0;
            self.through += u64::from(other.best(!side).is_some_and(worse));
        }
        self.before = books.map(|book| ctx.top(book));
    }
}

fn trade_throughs(keys: &str) -> (u64, u64) {
    let scenario = scenario(keys);
    let watcher = Group::of(Watcher::default()).named("watcher").books(["ACME@XONE", "ACME@XTWO"]);
    let mut sim = scenario.builder().unwrap().agents(watcher).build().unwrap();
    let run = sim.run_for(scenario.length()).unwrap();
    let watcher = sim.members::<Watcher>().next().unwrap();
    assert_eq!(watcher.seen, run.trades);
    (watcher.seen, watcher.through)
}

#[test]
fn a_protected_quote_is_not_traded_through() {
    let (seen, through) = trade_throughs("");
    assert!(through > 100 && seen > 1_000, "{through} of {seen}");
    let (seen, through) = trade_throughs("protect = \"0s\"");
    assert!(through == 0 && seen > 200, "{through} of {seen}");
    let late = trade_throughs("protect = \"200ms\"");
    assert!(late.1 > 0, "a venue that sees the others late trades through now and then: {late:?}");
}
