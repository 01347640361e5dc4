//! A fork of an untouched world ends in the same digest; a world with one order more does not.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, Mutex};

use prism_core::agent::Group;
use prism_core::kernel::RunError;
use prism_core::prelude::*;
use prism_core::sink::{Batch, Sink, SinkError, Table, Tables};
use prism_core::testing::{EchoSpec, Restless};

const BOOK: BookId = BookId(0);

fn world() -> Simulation {
    Simulation::builder()
        .seed(11)
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(Restless).named("restless").count(20).poisson(Span::millis(1)))
        .build()
        .unwrap()
}

#[test]
fn twins_stay_twins() {
    let mut straight = world();
    let whole = straight.run_for(Span::secs(2)).unwrap();
    for cut in [0, 1, 17, 1_000_000, 999_999_999] {
        let mut first = world();
        first.run_for(Span::nanos(cut)).unwrap();
        let mut twin = first.fork();
        let rest = Span::secs(2) - Span::nanos(cut);
        assert_eq!(twin.run_for(rest).unwrap().digest, whole.digest, "the fork, cut at {cut}");
        assert_eq!(first.run_for(rest).unwrap().digest, whole.digest, "the original, cut at {cut}");
    }
}

#[test]
fn one_order_more_is_another_world() {
    let mut first = world();
    first.run_for(Span::secs(1)).unwrap();
    let mut other = first.fork();
    let id =
        other.act(AgentId(3), |ctx| ctx.order(Order::limit(BOOK, Side::Buy, Qty(200), Price(1)))).unwrap();
    assert_eq!(id.unwrap().agent(), AgentId(3));
    assert!(other.act(AgentId(99), |_| ()).unwrap().is_none(), "there is no such agent");
    let (a, b) = (first.run_for(Span::secs(1)).unwrap(), other.run_for(Span::secs(1)).unwrap());
    assert_ne!(a.digest, b.digest);
    assert_eq!(a.orders + 1, b.orders, "nothing but the one order was added to what the others sent");
}

#[test]
fn slices_do_not_matter() {
    let whole = world().run_for(Span::secs(1)).unwrap();
    let mut sliced = world();
    for _ in 0..997 {
        sliced.run_for(Span::nanos(1_003_009)).unwrap();
    }
    let last = sliced.run_for(Span::secs(1) - Span::nanos(1_003_009 * 997)).unwrap();
    assert_eq!((last.digest, last.events), (whole.digest, whole.events));
}

#[test]
fn another_group_changes_no_draws() {
    /// Writes down what it draws.
    #[derive(Clone, Default)]
    struct Recorder(Vec<u64>);
    impl Agent for Recorder {
        fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
            self.0.push(ctx.rng().u64());
        }
    }
    let run = |extra: bool| {
        let mut builder = Simulation::builder().seed(5).venue(EchoSpec::new(&["A"]));
        if extra {
            builder = builder.agents(Group::of(Restless).named("new").count(7).poisson(Span::millis(1)));
        }
        let recorders = Group::of(Recorder::default()).named("old").count(3).poisson(Span::millis(3));
        let mut sim = builder.agents(recorders).build().unwrap();
        sim.run_for(Span::secs(1)).unwrap();
        sim.members::<Recorder>().map(|r| r.0.clone()).collect::<Vec<_>>()
    };
    let draws = run(false);
    assert!(draws.iter().all(|d| d.len() > 100));
    assert_eq!(draws, run(true));
}

/// Keeps the times of the requests it hears of.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<Vec<i64>>>);

impl Sink for Times {
    fn wants(&self) -> Tables {
        Table::Orders.into()
    }
    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        if let Batch::Orders(orders) = &**batch {
            self.0.lock().unwrap().extend(&orders.at);
        }
        Ok(())
    }
}

/// A sink that comes late, here to a fork, gets what comes after it, and changes nothing.
#[test]
fn a_fork_takes_sinks_of_its_own() {
    let (early, late) = (Times::default(), Times::default());
    let mut first = world();
    first.attach(early.clone()).unwrap();
    first.run_for(Span::secs(1)).unwrap();
    let mut fork = first.fork();
    fork.attach(late.clone()).unwrap();
    fork.run_for(Span::secs(1)).unwrap();
    let run = fork.finish().unwrap();
    first.attach(Times::default()).unwrap();
    assert_eq!(first.run_for(Span::secs(1)).unwrap().digest, run.digest);
    first.finish().unwrap();
    let (all, rest) = (early.0.lock().unwrap(), late.0.lock().unwrap());
    assert_eq!(all.len() as u64, run.requests);
    let after: Vec<i64> = all.iter().copied().filter(|at| *at > 1_000_000_000).collect();
    assert!(!after.is_empty());
    assert_eq!(*rest, after);
    assert!(matches!(first.attach(Times::default()), Err(RunError::Over { .. })));
}

#[test]
fn what_there_is_is_found_by_name() {
    let sim = world();
    assert_eq!(
        (sim.book("A"), sim.book("A@ECHO"), sim.symbol("A")),
        (Some(BOOK), Some(BOOK), Some(SymbolId(0)))
    );
    assert_eq!((sim.book("B"), sim.book("A@Y"), sim.symbol("a")), (None, None, None));
    let members: Vec<AgentId> = sim.group("restless").unwrap().collect();
    assert_eq!(members, (0..20).map(AgentId).collect::<Vec<_>>());
    assert!(sim.group("rest").is_none());
}
