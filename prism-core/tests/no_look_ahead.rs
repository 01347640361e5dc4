//! An agent sees the market as it was one feed delay ago, and hears of it no sooner.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::agent::{Group, Prints};
use prism_core::digest::Digest;
use prism_core::latency::LatencyModel;
use prism_core::prelude::*;
use prism_core::testing::{EchoSpec, Script, Step};
use prism_core::types::{CurrencyId, SymbolId};
use prism_core::venue::{Venue, VenueError, VenueOut, VenuePlace, VenueSpec};

const BOOK: BookId = BookId(0);

#[derive(Clone, Copy)]
struct Feed(i64);

impl LatencyModel for Feed {
    fn order(&mut self, _: Time, _: VenueId, _: &mut RngStream) -> Span {
        Span::nanos(5)
    }
    fn report(&mut self, _: Time, _: VenueId, _: &mut RngStream) -> Span {
        Span::nanos(7)
    }
    fn feed(&self, _: VenueId) -> Span {
        Span::nanos(self.0)
    }
    fn fixed(&self, _: VenueId) -> Option<(Span, Span)> {
        Some((Span::nanos(5), Span::nanos(7)))
    }
    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(*self)
    }
}

#[test]
fn every_look_is_one_feed_delay_old() {
    let quotes = (0..500).map(|n| (n * 10, Step::Order(Order::limit(BOOK, Side::Buy, Qty(1), Price(n)))));
    let looks = |every: i64| (0..5_000 / every).map(move |n| (n * every, Step::Look(BOOK)));
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .link("far", Feed(133))
        .link("near", Feed(0))
        .agents(Group::of(Script::new(quotes)).named("quoter").link("near"))
        .agents(Group::of(Script::new(looks(7))).named("far").link("far"))
        .agents(Group::of(Script::new(looks(1_901))).named("far and seldom").link("far"))
        .agents(Group::of(Script::new(looks(3))).named("near").link("near"))
        .build()
        .unwrap();
    sim.run_for(Span::nanos(5_000)).unwrap();
    for (script, delay) in sim.members::<Script>().skip(1).zip([133, 133, 0]) {
        assert!(script.seen.len() >= 2);
        for (at, top) in &script.seen {
            // Quote n arrives at 10 n + 5.
            let known = at.nanos() - delay - 5;
            // At the very instant of an arrival the order of events decides; both are honest.
            let newest = known.div_euclid(10);
            let seen = top.bid().map(|bid| bid.price.0);
            if known < 0 {
                assert_eq!(seen, None, "at {at} with delay {delay}");
            } else if delay > 0 || known % 10 != 0 {
                assert_eq!(seen, Some(newest), "at {at} with delay {delay}");
            } else {
                assert!(seen >= (newest > 0).then_some(newest - 1), "at {at}");
            }
        }
    }
}

#[test]
fn prints_arrive_one_feed_delay_late() {
    let trade = Script::new([(100, Step::Order(Order::market(BOOK, Side::Sell, Qty(3))))]);
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A", "B"]))
        .latency(Feed(40))
        .agents(Group::of(trade).named("seller"))
        .agents(Group::of(Script::default().hearing(Prints::TRADES)).named("all ears"))
        .agents(Group::of(Script::default().hearing(Prints::TRADES)).named("on B").books(["B"]))
        .agents(Group::of(Script::default().hearing(Prints::TOUCH)).named("touch only"))
        .build()
        .unwrap();
    sim.run_for(Span::micros(1)).unwrap();
    let heard: Vec<_> = sim.members::<Script>().map(|s| s.prints.clone()).collect();
    let print = Print::Trade { book: BOOK, price: Price(1), qty: Qty(3), aggressor: Some(Side::Sell) };
    assert_eq!(heard[1], [(Time::from_nanos(145), print)]);
    assert!(heard[0].is_empty() && heard[2].is_empty() && heard[3].is_empty());
}

#[test]
fn notes_and_strangers() {
    let writer = Script::new([(10, Step::Note(AgentId(1), 9)), (20, Step::Note(AgentId(99), 9))]);
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(writer).named("writer"))
        .agents(Group::of(Script::default()).named("reader"))
        .build()
        .unwrap();
    sim.run_for(Span::micros(1)).unwrap();
    let reader = sim.members::<Script>().nth(1).unwrap();
    assert_eq!(reader.notes, [(Time::from_nanos(10), Note { from: AgentId(0), topic: 9, a: 1, b: 2 })]);
}

/// A venue that tells phases at set times, and nothing else.
#[derive(Clone)]
struct Day {
    book: BookId,
    left: Vec<(i64, Phase)>,
}

impl Venue for Day {
    fn handle(&mut self, _: Time, _: &Request, _: &mut VenueOut) {}
    fn open(&mut self, now: Time, out: &mut VenueOut) {
        self.on_timer(now, out);
    }
    fn on_timer(&mut self, now: Time, out: &mut VenueOut) {
        while let Some(&(at, phase)) = self.left.first() {
            if at > now.nanos() {
                return out.timer(Time::from_nanos(at));
            }
            self.left.remove(0);
            out.phase(self.book, phase);
        }
    }
    fn top(&self, _: BookId) -> Top {
        Top::default()
    }
    fn depth(&self, _: BookId, _: Side, _: usize, _: &mut Vec<Level>) {}
    fn cash(&self, _: AgentId, _: CurrencyId) -> Cash {
        Cash(0)
    }
    fn position(&self, _: AgentId, _: SymbolId) -> i64 {
        0
    }
    fn fees(&self, _: CurrencyId) -> i128 {
        0
    }
    fn digest(&self, _: &mut Digest) {}
    fn clone_box(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

struct DaySpec([Symbol; 1], Vec<(i64, Phase)>);

impl VenueSpec for DaySpec {
    fn name(&self) -> &'static str {
        "DAY"
    }
    fn symbols(&self) -> &[Symbol] {
        &self.0
    }
    fn build(&self, place: &VenuePlace<'_>) -> Result<Box<dyn Venue>, VenueError> {
        let book = place.instruments.books_on(place.id).next().unwrap();
        Ok(Box::new(Day { book, left: self.1.clone() }))
    }
}

#[test]
fn a_phase_is_known_one_feed_delay_late_and_the_first_from_the_beginning_on() {
    let day = vec![(0, Phase::PreOpen), (100, Phase::Continuous), (300, Phase::Closed)];
    let at = |times: [i64; 5]| Script::new(times.map(|at| (at, Step::Look(BOOK))));
    let mut sim = Simulation::builder()
        .venue(DaySpec([Symbol::new("A")], day))
        .venue(EchoSpec::new(&["B"]))
        .link("far", Feed(40))
        .link("near", Feed(0))
        .agents(Group::of(at([0, 139, 141, 339, 341])).named("far").link("far").books(["A"]))
        .agents(Group::of(at([0, 99, 101, 299, 301])).named("near").link("near").books(["A"]))
        .agents(
            Group::of(Script::new([(200, Step::Look(BookId(1)))])).named("no day").link("near").books(["B"]),
        )
        .agents(
            Group::of(Script::new([(200, Step::Look(BookId(7)))])).named("no book").link("near").books(["B"]),
        )
        .build()
        .unwrap();
    sim.run_for(Span::nanos(400)).unwrap();
    let seen: Vec<_> = sim.members::<Script>().map(|script| script.phases.clone()).collect();
    let day = [Phase::PreOpen, Phase::PreOpen, Phase::Continuous, Phase::Continuous, Phase::Closed];
    assert_eq!((&seen[0][..], &seen[1][..]), (&day[..], &day[..]));
    assert_eq!((&seen[2][..], &seen[3][..]), (&[Phase::Continuous][..], &[Phase::Closed][..]));
}
