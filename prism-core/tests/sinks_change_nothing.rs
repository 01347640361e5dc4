//! Whoever watches, the run is the same; and what the sinks see is what happened.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use prism_core::agent::Group;
use prism_core::kernel::RunError;
use prism_core::prelude::*;
use prism_core::sink::{Batch, Sink, SinkError, Table, Tables, World};
use prism_core::testing::{EchoSpec, Script, Step};

struct Collect {
    tables: Tables,
    to: Sender<Arc<Batch>>,
}

impl Sink for Collect {
    fn wants(&self) -> Tables {
        self.tables
    }
    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        assert_eq!(world.groups[0].name, "one");
        Ok(())
    }
    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        self.to.send(batch.clone()).map_err(|_| SinkError::Closed { what: "channel".into() })
    }
}

fn world() -> prism_core::kernel::Builder {
    let order = |n: i64| Step::Order(Order::limit(BookId(0), Side::Buy, Qty(1), Price(n)));
    let script = Script::new((0..300).map(|n| (n * 7, order(n))).chain([
        (2_100, Step::Order(Order::market(BookId(0), Side::Sell, Qty(4)))),
        (2_101, Step::Cancel(5)),
    ]));
    Simulation::builder()
        .venue(EchoSpec::new(&["A"]).depth(2))
        .agents(Group::of(script).named("one").count(2))
}

#[test]
fn tables_hold_what_happened() {
    let bare = world().build().unwrap().run_for(Span::micros(5)).unwrap();
    let (to, from) = channel();
    let mut watched = world().sink(Collect { tables: Tables::ALL, to }).build().unwrap();
    let seen = watched.run_for(Span::micros(5)).unwrap();
    watched.finish().unwrap();
    assert_eq!((bare.digest, bare.events), (seen.digest, seen.events));
    let batches: Vec<_> = from.try_iter().collect();
    let rows = |table: Table| batches.iter().filter(|b| b.table() == table).map(|b| b.len()).sum::<usize>();
    assert_eq!(rows(Table::Orders), 604);
    assert_eq!(rows(Table::Orders) as u64, seen.requests);
    assert_eq!(rows(Table::Trades), 2);
    assert_eq!(rows(Table::Fills), 2);
    assert_eq!(rows(Table::Tops), 300, "the second of two equal quotes changes nothing");
    assert_eq!(rows(Table::Depth), 300);
    assert_eq!(rows(Table::Agents), 2);
}

#[test]
fn a_failing_sink_ends_the_run_with_its_reason() {
    let (to, from) = channel();
    drop(from);
    let mut sim = world().sink(Collect { tables: Table::Tops.into(), to }).build().unwrap();
    sim.run_for(Span::micros(5)).unwrap();
    let error = sim.finish().unwrap_err();
    assert!(matches!(error, RunError::Sink { source: SinkError::Closed { .. }, .. }), "{error}");
}
