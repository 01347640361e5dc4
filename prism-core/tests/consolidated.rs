//! The best prices over all venues: everybody sees them equally late, and a venue sees those of the others.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::agent::Group;
use prism_core::latency::LatencyModel;
use prism_core::market::Consolidated;
use prism_core::prelude::*;
use prism_core::rng::RngStream;
use prism_core::testing::{EchoSpec, Script, Step};

/// Writes down the consolidated quote once a microsecond.
#[derive(Clone, Default)]
struct Watcher {
    seen: Vec<(i64, Consolidated)>,
}

impl Agent for Watcher {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        ctx.wake_in(Span::micros(1));
    }
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now().nanos() / 1_000;
        let symbol = ctx.symbol(ctx.home()).unwrap();
        let quote = ctx.consolidated(symbol);
        self.seen.push((now, quote));
        assert_eq!(ctx.books_of(symbol), [BookId(0), BookId(1)]);
        if now < 30 {
            ctx.wake_in(Span::micros(1));
        }
    }
}

/// 50 µs each way, and for the feed.
#[derive(Clone)]
struct Slow;

impl LatencyModel for Slow {
    fn order(&mut self, _: Time, _: VenueId, _: &mut RngStream) -> Span {
        Span::micros(50)
    }
    fn report(&mut self, _: Time, _: VenueId, _: &mut RngStream) -> Span {
        Span::micros(50)
    }
    fn feed(&self, _: VenueId) -> Span {
        Span::micros(50)
    }
    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(self.clone())
    }
}

fn order(book: u16, side: Side, price: i64, qty: u64) -> Step {
    Step::Order(Order::limit(BookId(book), side, Qty(qty), Price(price)))
}

fn prices(quote: &Consolidated) -> (Option<i64>, Option<i64>) {
    (quote.bid().map(|best| best.price.0), quote.ask().map(|best| best.price.0))
}

#[test]
fn the_consolidated_feed_is_as_late_as_it_says_for_everyone() {
    let steps = [
        (5_000, order(0, Side::Buy, 99, 1)),
        (10_000, order(1, Side::Buy, 100, 2)),
        (15_000, order(1, Side::Sell, 102, 3)),
    ];
    let watchers = |name: &str| Group::of(Watcher::default()).named(name);
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]).named("X"))
        .venue(EchoSpec::new(&["A"]).named("Y"))
        .consolidated(Span::micros(3))
        .link("slow", Slow)
        .agents(Group::of(Script::new(steps)).named("script"))
        .agents(watchers("near"))
        .agents(watchers("far").link("slow"))
        .build()
        .unwrap();
    sim.run_for(Span::millis(1)).unwrap();
    let all: Vec<&Watcher> = sim.members::<Watcher>().collect();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].seen, all[1].seen, "whatever the link");
    let at = |micros: i64| prices(&all[0].seen.iter().find(|(at, _)| *at == micros).unwrap().1);
    assert_eq!((at(7), at(8)), ((None, None), (Some(99), None)));
    assert_eq!((at(12), at(13)), ((Some(99), None), (Some(100), None)));
    assert_eq!((at(17), at(18)), ((Some(100), None), (Some(100), Some(102))));
    let best = all[0].seen.last().unwrap().1.bid().unwrap();
    assert_eq!((best.book, best.qty, best.there), (BookId(1), Qty(2), Qty(2)));
}

/// The prices at which a venue that looks so late at the other accepts orders: the best for sale there.
fn mirrored(watches: Option<Span>) -> Vec<i64> {
    let steps = [
        (5_000, order(0, Side::Sell, 103, 1)),
        (5_500, order(1, Side::Sell, 1, 1)), // its own prices are no others'
        (6_000, order(1, Side::Buy, 1, 1)),
        (7_000, order(1, Side::Buy, 1, 1)),
        (8_000, order(0, Side::Sell, 102, 1)),
        (9_999, order(1, Side::Buy, 1, 1)),
        (10_000, order(1, Side::Buy, 1, 1)),
    ];
    let mirror = EchoSpec::new(&["A", "B"]).named("M");
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]).named("X"))
        .venue(if let Some(delay) = watches { mirror.watching(delay) } else { mirror })
        .agents(Group::of(Script::new(steps)).named("script"))
        .build()
        .unwrap();
    sim.run_for(Span::millis(1)).unwrap();
    let reports = &sim.members::<Script>().next().unwrap().reports;
    let price = |report: &Report| match *report {
        Report::Accepted { id, price, .. } if ![0, 1, 4].contains(&id.counter()) => Some(price.0),
        _ => None,
    };
    reports.iter().filter_map(|(_, report)| price(report)).collect()
}

#[test]
fn a_venue_sees_the_quotes_of_the_others_as_late_as_it_says() {
    assert_eq!(mirrored(Some(Span::micros(2))), [-1, 103, 103, 102]);
    assert_eq!(mirrored(Some(Span::ZERO)), [103, 103, 102, 102]);
    assert_eq!(mirrored(None), [1, 1, 1, 1], "their own prices");
}
