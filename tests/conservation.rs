//! Nothing is made and nothing is lost: what one is paid, another has paid, fees included.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::prelude::*;
use prism::scenario::Scenario;
use prism_core::types::CurrencyId;

#[test]
fn cash_with_fees_and_shares_sum_to_nothing_in_the_quickstart() {
    let scenario = Scenario::load("scenarios/quickstart.toml").unwrap();
    let mut sim = scenario.builder().unwrap().build().unwrap();
    let mut trades = 0;
    for _ in 0..30 {
        let run = sim.run_for(Span::secs(1)).unwrap();
        assert!(run.trades > trades, "nothing to conserve at {}", run.time);
        trades = run.trades;
        let table = &run.world.instruments;
        for c in 0..table.currencies().len() {
            let currency = CurrencyId::from_index(c);
            let held: i128 = (0..run.agents).map(|a| i128::from(sim.cash(AgentId(a), currency).0)).sum();
            assert!(sim.fees(currency) > 0);
            assert_eq!(held + sim.fees(currency), 0, "{} at {}", table.currencies()[c].name, run.time);
        }
        for (s, symbol) in table.symbols().iter().enumerate() {
            let id = SymbolId::from_index(s);
            let held: i64 = (0..run.agents).map(|a| sim.position(AgentId(a), id)).sum();
            assert_eq!(held, 0, "{} at {}", symbol.name, run.time);
        }
    }
}
