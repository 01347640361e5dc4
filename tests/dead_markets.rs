//! Venues whose own rules keep trade away: where `prism check` says so nothing happens, and where it says nothing something
//! does.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::core::msg::{Msg, Report};
use prism::core::types::SymbolId;
use prism::prelude::*;
use prism::scenario::Scenario;

/// A market of twenty traders at random prices, whose venue has these keys.
fn scenario(kind: &str, keys: &str) -> Scenario {
    let text = format!(
        "schema = 1\nrun = {{ length = \"3min\" }}\n[[symbol]]\nname = \"ACME\"\n\
         [[venue]]\nname = \"XPRM\"\nkind = \"{kind}\"\n{keys}\n\
         [[agents]]\nkind = \"zero_intelligence\"\nname = \"zero\"\ncount = 20\nrate = 5\nrefresh = 2\n\
         price_min = \"90.00\"\nprice_max = \"110.00\"\nsize = 20\nassigned = 60\n"
    );
    Scenario::parse(&text, "dead.toml").unwrap_or_else(|report| panic!("{report}"))
}

fn warned(scenario: &Scenario) -> Vec<&'static str> {
    scenario.warnings().located().map(|d| d.code).collect()
}

fn run(scenario: &Scenario) -> Run {
    scenario.builder().unwrap().build().unwrap().run_for(scenario.length()).unwrap()
}

#[test]
fn where_nothing_can_trade_it_is_said() {
    const DAY: &str = "phases = \"opening 9:00, continuous 9:02, closing 17:00, closed 17:02\"\n";
    let day = |clock: &str| format!("{DAY}clock = \"{clock}\"");
    for (kind, keys, code) in [
        ("exchange", String::new(), None),
        ("exchange", DAY.to_owned(), Some("W0208")),
        ("exchange", day("8:50"), Some("W0208")),
        ("exchange", day("8:58:30"), Some("W0208")),
        ("exchange", day("9:00"), None),
        ("exchange", day("12:00"), None),
        ("exchange", day("17:02"), Some("W0208")),
        ("call_market", String::new(), Some("W0208")),
        ("call_market", "clock = \"58min\"".to_owned(), None),
        ("call_market", "call_every = \"1min\"".to_owned(), None),
        ("batch_auction", "batch = \"1h\"".to_owned(), Some("W0208")),
        ("batch_auction", "batch = \"1s\"".to_owned(), None),
        ("exchange", "short_pool = 0".to_owned(), Some("W0211")),
        ("exchange", "short_pool = 19".to_owned(), Some("W0211")),
        ("exchange", "short_pool = 20".to_owned(), None),
        ("exchange", "short_pool = 0\nexempt = [\"zero\"]".to_owned(), None),
        ("exchange", "round_lot = 30\nodd_lots = false".to_owned(), Some("W0210")),
        ("exchange", "round_lot = 10\nodd_lots = false".to_owned(), None),
        ("exchange", "round_lot = 30".to_owned(), None),
        ("dark", String::new(), Some("W0212")),
    ] {
        let scenario = scenario(kind, &keys);
        assert_eq!(warned(&scenario), Vec::from_iter(code), "{kind} {keys}");
        let trades = run(&scenario).trades;
        assert_eq!(trades == 0, code.is_some(), "{trades} trades at {kind} with {keys}");
    }
}

/// In the closing call something trades, but nothing that takes what is offered finds any.
#[test]
fn a_run_without_continuous_trading_is_told_from_a_dead_one() {
    let keys = "phases = \"opening 9:00, continuous 9:02, closing 17:00, closed 17:02\"\nclock = \"17:00\"";
    let scenario = scenario("exchange", keys);
    assert!(scenario.warnings().to_string().contains("`XPRM` trades in auctions only in this run"));
    assert!(run(&scenario).trades > 0);
    // Nobody has asked for more in a run of no length.
    assert_eq!(warned(&scenario.with("run.length", "0s").unwrap()), Vec::<&str>::new());
}

#[test]
fn prices_between_the_steps_of_a_table_are_refused() {
    let fine = scenario("exchange", "tick_table = \"0 1, 20000 5\"");
    assert_eq!((warned(&fine), run(&fine).groups[0].refused.len()), (vec![], 0), "the steps are far away");
    let coarse = scenario("exchange", "tick_table = \"0 5\"");
    assert_eq!(warned(&coarse), ["W0209"]);
    let run = run(&coarse);
    let refused: u64 = run.groups[0].refused.iter().map(|(_, count)| count).sum();
    assert!(2 * refused > run.groups[0].requests, "{refused} of {}", run.groups[0].requests);
}

/// What each agent of `poor` has, in cents: a little more than the half of 20 lots at the previous close, which is the
/// margin. The others are exempt, and move the price.
const COLLATERAL: i128 = 100_500;

fn with_margin(kind: &str, keys: &str) -> Scenario {
    let margin = "initial_margin = 50\nmaintenance_margin = 50\ncollateral = 1005\nexempt = [\"zero\"]";
    let poor = "[[agents]]\nkind = \"zero_intelligence\"\nname = \"poor\"\ncount = 10\nrate = 5\nrefresh = 2\n\
                price_min = \"90.00\"\nprice_max = \"110.00\"\nsize = 20\nassigned = 60\n";
    scenario(kind, &format!("{margin}\n{keys}\n{poor}"))
}

/// How many trades the venue made in its agents' names, and whether an agent had too little margin at any time.
fn closings(scenario: &Scenario) -> (u32, bool) {
    let mut sim = scenario.builder().unwrap().build().unwrap();
    let (mut closed, mut lacked) = (0, false);
    sim.advance(sim.now()).unwrap();
    while sim.next_time().is_some_and(|at| at <= Time::ZERO + scenario.length()) {
        let event = sim.step().unwrap().map(|event| event.msg);
        closed += u32::from(matches!(event, Some(Msg::Report(Report::Liquidated { .. }))));
        let mark = i128::from(sim.top(BookId(0)).last().0);
        lacked |= (0..10).map(AgentId).any(|agent| {
            let value = i128::from(sim.position(agent, SymbolId(0))) * mark;
            let cash = i128::from(sim.cash(agent, CurrencyId(0)).0);
            2 * (COLLATERAL + cash + value) < value.abs()
        });
    }
    (closed, lacked)
}

#[test]
fn margin_closes_nothing_without_continuous_trading() {
    let market = with_margin("exchange", "");
    assert_eq!(warned(&market), Vec::<&str>::new());
    assert!(closings(&market).0 > 0);
    for (kind, key) in [("batch_auction", "batch = \"1s\""), ("call_market", "call_every = \"3s\"")] {
        let auctions = with_margin(kind, key);
        assert_eq!(warned(&auctions), ["W0214"]);
        assert_eq!(closings(&auctions), (0, true), "{kind}");
    }
}

#[test]
fn rules_of_continuous_trading_are_idle_in_auctions() {
    for key in ["self_trade = \"cancel_newest\"", "matching = \"pro_rata\""] {
        let codes = |kind: &str| warned(&scenario(kind, &format!("{key}\n")));
        assert_eq!((codes("exchange"), codes("batch_auction")), (vec![], vec!["W0213"]), "{key}");
    }
    let bands = scenario("call_market", "call_every = \"1min\"\nband_width = 500");
    assert_eq!(warned(&bands), ["W0213"]);
}
