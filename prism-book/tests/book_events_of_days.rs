//! What the exchange tells of its books on random trading days: the displayed orders, the volume, the phases and the
//! results of calls, in an order in which no continuous book is crossed.
#![allow(clippy::unwrap_used)]

mod support {
    pub mod market;
    pub mod twin;
}

use std::collections::BTreeMap;

use prism_book::feed::{OrderCopy, OrderFeed};
use prism_book::venue::{Engine, Exchange};
use prism_book::{BookEngine, Naive, Phase};
use prism_core::market::{BookAction, BookEvent};
use prism_core::msg::{Print, Request};
use prism_core::rng::StreamKey;
use prism_core::types::{BookId, Instruments, Side, Symbol, Time, VenueId};
use prism_core::venue::{Venue, VenueOut, VenuePlace, VenueSpec};
use support::market::{Message, days, random};

const AGENTS: u32 = 64;
const BOOK: BookId = BookId(0);

/// Who hears an exchange, and holds what it says of the book against everything else that it says.
struct Listener {
    batch: bool,
    phase: Phase,
    feed: OrderFeed,
    copy: OrderCopy<Naive>,
    timers: Vec<Time>,
    seen: BTreeMap<&'static str, u64>,
}

impl Listener {
    fn hear(&mut self, venue: &dyn Venue, out: &VenueOut) {
        self.timers.extend(out.timers());
        let (mut volume, mut crossed) = (0, [0, 0]);
        let mut told = Vec::new();
        for event in out.book_events() {
            self.copy.apply(&self.feed.publish(*event)).unwrap_or_else(|why| panic!("{why}: {event:?}"));
            *self.seen.entry(event.action.name()).or_default() += 1;
            let BookEvent { action, phase, side, price, qty, left, .. } = *event;
            let surplus = side.sign() * left.signed();
            match action {
                BookAction::Phase => self.phase = phase,
                BookAction::Execute | BookAction::Hidden => volume += qty.0,
                BookAction::Cross => crossed[side as usize] += qty.0,
                BookAction::Uncross => {
                    volume += qty.0;
                    // What was displayed of it, on each side.
                    let shown = std::mem::take(&mut crossed);
                    assert!(shown.into_iter().all(|shown| shown <= qty.0), "{shown:?} of {event:?}");
                }
                _ => {}
            }
            match action {
                BookAction::Phase => told.push(Print::Phase { book: BOOK, phase }),
                BookAction::Indicative => {
                    told.push(Print::Indicative { book: BOOK, price, volume: qty, surplus });
                }
                BookAction::Execute | BookAction::Hidden => {
                    assert!(phase == Phase::Continuous && !self.batch, "{event:?}");
                }
                _ => {}
            }
            assert_eq!(phase, self.phase, "{event:?}");
            if phase == Phase::Continuous && !self.batch && action != BookAction::Cross {
                assert!(!self.copy.book().is_crossed(), "after {event:?}");
            }
        }
        assert_eq!(crossed, [0, 0], "an uncrossing without its whole");
        // Phases and results, in their order.
        assert_eq!(told, out.prints());
        assert_eq!(volume, out.trades().iter().map(|trade| trade.qty.0).sum::<u64>());
        if self.phase == Phase::Continuous && !self.batch {
            let mut levels = Vec::new();
            for side in Side::BOTH {
                venue.depth(BOOK, side, usize::MAX, &mut levels);
                assert!(self.copy.book().levels(side).eq(levels.iter().copied()), "{levels:?}");
            }
        }
    }

    /// Has the venue do what is due by `until`.
    fn ring(&mut self, venue: &mut dyn Venue, out: &mut VenueOut, until: Time) {
        while let Some(next) = self.timers.iter().copied().filter(|timer| *timer <= until).min() {
            self.timers.retain(|timer| *timer > next);
            out.clear();
            venue.on_timer(next, out);
            self.hear(venue, out);
        }
    }
}

#[test]
fn what_is_told_of_a_day_agrees_with_itself() {
    let middle = format!("{}", random::MIDDLE);
    let symbol = Symbol::new("A").tick("1").start(&middle);
    let instruments = Instruments::build(&[("X".to_owned(), vec![symbol.clone()])]).unwrap();
    let all_rules = random::all_rules();
    let mut seen = BTreeMap::new();
    for n in 0..150_u64 {
        let mut stream = StreamKey::root(8).index(n).stream();
        let rules = &all_rules[usize::try_from(n).unwrap() % all_rules.len()];
        let day = days::next_day(&mut stream).rules;
        let mut heard = Listener {
            batch: day.batch.is_some(),
            phase: Phase::Continuous,
            feed: OrderFeed::default(),
            copy: OrderCopy::default(),
            timers: Vec::new(),
            seen: BTreeMap::new(),
        };
        let engine = if n % 2 == 0 { Engine::Ladder } else { Engine::Naive };
        let spec = Exchange::new("X").list(symbol.clone()).engine(engine).day(day);
        let spec = spec.self_trade(rules.self_trade).matching(rules.matching.clone());
        let key = StreamKey::root(1);
        let place = VenuePlace { id: VenueId(0), instruments: &instruments, agents: AGENTS, key };
        let mut venue = spec.build(&place).unwrap();
        let mut out = VenueOut::new();
        out.tell_book(true);
        venue.open(Time::ZERO, &mut out);
        heard.hear(&*venue, &out);
        let mut now = Time::ZERO;
        for _ in 0..400 {
            let step = days::next_step(&mut stream);
            now += step.after;
            heard.ring(&mut *venue, &mut out, now);
            out.clear();
            match step.message {
                Message::New { .. } => {
                    let (id, order, terms) = step.message.order(now).unwrap();
                    venue.handle_with(now, id, &order, &terms, &mut out);
                }
                Message::Cancel { id } => venue.handle(now, &Request::Cancel { id, book: BOOK }, &mut out),
                Message::Reduce { id, by } => {
                    venue.handle(now, &Request::Reduce { id, book: BOOK, by }, &mut out);
                }
                Message::Replace { id, price, qty } => {
                    venue.handle(now, &Request::Replace { id, book: BOOK, price, qty }, &mut out);
                }
                Message::Halt { .. } | Message::EndDay | Message::Wait => {}
            }
            heard.hear(&*venue, &out);
        }
        for (action, times) in heard.seen {
            *seen.entry(action).or_insert(0) += times;
        }
    }
    assert!(
        BookAction::ALL.iter().all(|action| seen.get(action.name()).is_some_and(|&n| n > 100)),
        "{seen:?}"
    );
}
