//! Equal times run first come, first served; shuffled ties shuffle requests and nothing else.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::agent::Group;
use prism_core::kernel::Ties;
use prism_core::msg::{Event, Msg};
use prism_core::prelude::*;
use prism_core::testing::{EchoSpec, Script, Step};

const BOOK: BookId = BookId(0);

fn buyer(at: i64) -> Script {
    Script::new([(at, Step::Order(Order::limit(BOOK, Side::Buy, Qty(1), Price(100))))])
}

fn arrivals(ties: Ties, seed: u64, agents: u32) -> Vec<u32> {
    let mut sim = Simulation::builder()
        .seed(seed)
        .ties(ties)
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(buyer(1_000)).named("buyers").count(agents))
        .build()
        .unwrap();
    let mut order = Vec::new();
    while sim.now() < Time::from_nanos(10_000) {
        match sim.step().unwrap() {
            Some(Event { msg: Msg::Request(req), .. }) => order.push(req.id().agent().0),
            Some(_) => {}
            None => break,
        }
    }
    order
}

#[test]
fn first_come_first_served() {
    assert_eq!(arrivals(Ties::Fifo, 1, 50), (0..50).collect::<Vec<_>>());
}

#[test]
fn random_ties_shuffle_and_repeat_under_the_same_seed() {
    let run = |seed| {
        let mut sim = Simulation::builder()
            .seed(seed)
            .ties(Ties::Random)
            .venue(EchoSpec::new(&["A"]))
            .agents(Group::of(buyer(1_000)).named("buyers").count(50))
            .build()
            .unwrap();
        sim.run_for(Span::micros(10)).unwrap().digest
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2), "another shuffle");
}

/// tinyos-main#419: with an unstable queue, an event that does nothing changes the run.
#[test]
fn an_event_that_does_nothing_changes_no_order() {
    let with_idlers = |idlers| {
        let mut sim = Simulation::builder()
            .venue(EchoSpec::new(&["A"]))
            .agents(Group::of(Script::new([(1_000, Step::Look(BOOK))])).named("idle").count(idlers))
            .agents(Group::of(buyer(1_000)).named("buyers").count(20))
            .build()
            .unwrap();
        sim.run_for(Span::micros(10)).unwrap();
        let heard = sim.members::<Script>().flat_map(|s| s.reports.clone());
        heard.map(|(at, report)| (at, report.id().agent().0 - idlers)).collect::<Vec<_>>()
    };
    assert_eq!(with_idlers(0), with_idlers(7));
}

/// What a step has taken out of the queue to shuffle it stays due when it is due.
#[test]
fn a_slice_that_ends_before_an_instant_leaves_it_alone() {
    for ties in [Ties::Fifo, Ties::Random] {
        let mut sim = Simulation::builder()
            .ties(ties)
            .venue(EchoSpec::new(&["A"]))
            .agents(Group::of(buyer(1_000)).named("buyers").count(5))
            .build()
            .unwrap();
        sim.step().unwrap();
        let (events, pending) = (sim.events(), sim.pending());
        sim.advance(Time::from_nanos(5)).unwrap();
        assert_eq!((sim.events(), sim.pending()), (events, pending), "{ties:?}");
        assert_eq!(sim.next_time(), Some(Time::from_nanos(1_000)), "{ties:?}");
        sim.advance(Time::from_nanos(1_000_000)).unwrap();
        assert_eq!((sim.next_time(), sim.pending()), (None, 0), "{ties:?}");
    }
}
