//! A venue of somebody else's making that says what a venue cannot say: the run ends with an error, not a panic.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::digest::Digest;
use prism_core::kernel::RunError;
use prism_core::msg::Phase;
use prism_core::prelude::*;
use prism_core::sink::{Batch, Sink, SinkError, Table, Tables};
use prism_core::testing::{EchoSpec, Script, Step};
use prism_core::types::CurrencyId;
use prism_core::venue::{Trade, Venue, VenueError, VenueOut, VenuePlace, VenueSpec};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

/// What it says whenever a request or its timer comes.
type Says = fn(&mut VenueOut);

/// An echo venue that says something of its own, and shows ten levels of depth whatever it is asked for.
struct Wild {
    echo: EchoSpec,
    says: Says,
}

impl VenueSpec for Wild {
    fn name(&self) -> &str {
        self.echo.name()
    }
    fn symbols(&self) -> &[Symbol] {
        self.echo.symbols()
    }
    fn depth(&self) -> u16 {
        3
    }
    fn build(&self, place: &VenuePlace<'_>) -> Result<Box<dyn Venue>, VenueError> {
        Ok(Box::new(WildVenue { echo: self.echo.build(place)?, says: self.says }))
    }
}

#[derive(Clone)]
struct WildVenue {
    echo: Box<dyn Venue>,
    says: Says,
}

impl Venue for WildVenue {
    fn handle(&mut self, now: Time, req: &Request, out: &mut VenueOut) {
        self.echo.handle(now, req, out);
        (self.says)(out);
    }
    fn on_timer(&mut self, _: Time, out: &mut VenueOut) {
        out.changed(BookId(700));
    }
    fn top(&self, book: BookId) -> Top {
        self.echo.top(book)
    }
    fn depth(&self, _: BookId, _: Side, _: usize, into: &mut Vec<Level>) {
        into.extend((1..=10).map(|n| Level { price: Price(n), qty: Qty(1) })); // and it clears nothing
    }
    fn cash(&self, _: AgentId, _: CurrencyId) -> Cash {
        Cash::ZERO
    }
    fn position(&self, _: AgentId, _: SymbolId) -> i64 {
        i64::MAX
    }
    fn fees(&self, _: CurrencyId) -> i128 {
        0
    }
    fn digest(&self, _: &mut Digest) {}
    fn clone_box(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

/// Two venues, `ECHO` with the books 0 and 1 and `WILD` with 2 and 3, to which an order goes after 7 ns.
fn world(says: Says) -> Simulation {
    let order = Order::limit(BookId(2), Side::Buy, Qty(1), Price(5));
    Simulation::builder()
        .venue(EchoSpec::new(&["A", "B"]))
        .venue(Wild { echo: EchoSpec::new(&["A", "B"]).named("WILD"), says })
        .agents(Group::of(Script::new([(7, Step::Order(order))])).named("someone"))
        .build()
        .unwrap()
}

fn trade(book: u16) -> Trade {
    let id = OrderId::new(AgentId(0), 0);
    Trade {
        book: BookId(book),
        price: Price(1),
        qty: Qty(1),
        aggressor: Some(Side::Buy),
        maker: id,
        taker: id,
    }
}

#[test]
fn a_book_that_the_venue_does_not_list_ends_the_run() {
    let cases: [(Says, u16); 6] = [
        (|out| out.changed(BookId(4)), 4),
        (|out| out.changed(BookId(1)), 1),
        (|out| out.trade(trade(u16::MAX)), u16::MAX),
        (|out| out.trade(trade(0)), 0),
        (|out| out.phase(BookId(9), Phase::Closed), 9),
        (|out| out.timer(Time::from_nanos(7)), 700),
    ];
    for (says, named) in cases {
        let mut sim = world(says);
        let error = sim.run_for(Span::micros(1)).unwrap_err();
        let RunError::UnlistedBook { venue, book, at } = &error else { panic!("{error}") };
        assert_eq!((venue.as_str(), book.0, at.nanos()), ("WILD", named, 7));
        assert!(error.to_string().contains("venue WILD spoke of"), "{error}");
        assert!(matches!(sim.run_for(Span::nanos(1)), Err(RunError::Over { .. })));
    }
    let mut sim = world(|out| (2..4).for_each(|book| out.trade(trade(book))));
    assert_eq!(sim.run_for(Span::micros(1)).unwrap().trades, 2, "its own books it may name");
}

/// Levels beyond those that were asked for are nobody's: not the agents', the table's, or the caller's.
#[test]
fn more_levels_than_asked_for_are_cut_off() {
    struct Rows(Sender<u64>);
    impl Sink for Rows {
        fn wants(&self) -> Tables {
            Table::Depth.into()
        }
        fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
            self.0.send(batch.len() as u64).map_err(|_| SinkError::Closed { what: "rows".into() })
        }
    }
    let (to, from) = channel();
    let mut sim = world(|_| {});
    sim.attach(Rows(to)).unwrap();
    sim.run_for(Span::micros(1)).unwrap();
    assert_eq!(sim.depth(BookId(2), Side::Sell, 4).len(), 4);
    assert_eq!(sim.act(AgentId(0), |ctx| ctx.depth(BookId(2), Side::Buy).len()).unwrap(), Some(3));
    sim.finish().unwrap();
    assert_eq!(from.try_iter().sum::<u64>(), 2 * 3);
}

/// Positions of several venues may add up to more than 64 bits hold: the sum stays at the end of its range.
#[test]
fn positions_of_venues_add_up() {
    let wild = |name| Wild { echo: EchoSpec::new(&["A"]).named(name), says: |_| {} };
    let sim = Simulation::builder().venue(wild("X")).venue(wild("Y")).build().unwrap();
    assert_eq!(sim.position(AgentId(0), SymbolId(0)), i64::MAX);
}

/// This one knows no order terms.
#[test]
fn terms_that_a_venue_does_not_know_are_refused() {
    let mut sim = world(|_| {});
    let order = Order::limit(BookId(2), Side::Buy, Qty(1), Price(5));
    let id = sim.act(AgentId(0), |ctx| ctx.order_with(order, &Terms::stop(Price(9)))).unwrap().unwrap();
    sim.run_for(Span::micros(1)).unwrap();
    let script = sim.members::<Script>().next().unwrap();
    let why = |(_, report): &(Time, Report)| match *report {
        Report::Rejected { id: of, why, open: false } if of == id => Some(why),
        _ => None,
    };
    assert_eq!(script.reports.iter().find_map(why), Some(Reject::BadTerms));
}
