//! A whole market in its stride allocates nothing: no event, no request, no trade, no report.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use allocation_counter::measure;
use prism::prelude::*;
use prism::scenario::Scenario;

/// Queues, slabs and the books' windows grow until they have seen what the market is like, a few times in an
/// hour at the end; which events these are depends on the seed alone. So: three quarters of an hour to grow, and
/// then five minutes in which not one of some 270,000 events may allocate.
#[test]
fn the_quickstart_allocates_nothing_once_it_runs() {
    for ties in ["fifo", "random"] {
        let scenario = Scenario::load("scenarios/quickstart.toml").unwrap().with("run.ties", ties).unwrap();
        let mut sim = scenario.builder().unwrap().build().unwrap();
        sim.run_for(Span::mins(45)).unwrap();
        let (events, trades) = (sim.events(), sim.trades());
        let until = sim.now() + Span::mins(5);
        let info = measure(|| sim.advance(until).unwrap());
        let (events, trades) = (sim.events() - events, sim.trades() - trades);
        assert!(events > 200_000 && trades > 2_000, "{events} events, {trades} trades");
        assert_eq!(info.count_total, 0, "{ties}: in {events} events");
    }
}
