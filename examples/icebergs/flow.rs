//! A market with icebergs, with traders who refill by hand, and with everybody else; and its feed.

use std::collections::BTreeMap;

use prism::book::feed::{BookAction, BookEvent};
use prism::core::rng::StreamKey;
use prism::core::types::Instruments;
use prism::core::venue::{Venue, VenueOut, VenuePlace, VenueSpec};
use prism::prelude::*;

const BOOK: BookId = BookId(0);
const AGENTS: u32 = 4;
/// Whose orders are what.
const EVERYBODY: u32 = 0;
const ICEBERGS: u32 = 1;
const BY_HAND: u32 = 2;
const TAKERS: u32 = 3;

/// One message of the feed: the number of the displayed order, and what happened to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    pub(crate) at: Time,
    pub(crate) number: u32,
    pub(crate) event: BookEvent,
}

/// What was published, and the truth behind it.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    pub(crate) messages: Vec<Message>,
    /// The order behind each number.
    pub(crate) owners: Vec<OrderId>,
    /// How many of them are the next peak of an iceberg.
    pub(crate) refills: usize,
}

impl Tape {
    /// Publishes what a request has changed, with a new number for whatever is displayed anew.
    fn publish(&mut self, at: Time, events: &[BookEvent], numbers: &mut BTreeMap<OrderId, u32>) {
        for &event in events {
            if event.action == BookAction::Add {
                let number = u32::try_from(self.owners.len()).unwrap_or(u32::MAX);
                self.refills += usize::from(numbers.insert(event.id, number).is_some());
                self.owners.push(event.id);
            }
            if let Some(&number) = numbers.get(&event.id) {
                self.messages.push(Message { at, number, event });
            }
        }
    }
}

/// The venue, its clock, and who sends what.
struct Market {
    venue: Box<dyn Venue>,
    out: VenueOut,
    rng: RngStream,
    now: Time,
    counters: [u32; AGENTS as usize],
    live: Vec<OrderId>,
    /// Refills by hand that are on their way: when, and what.
    refills: Vec<(Time, Order)>,
    /// The size with which each order by hand came.
    sizes: BTreeMap<OrderId, Qty>,
    numbers: BTreeMap<OrderId, u32>,
    tape: Tape,
}

impl Market {
    fn send(&mut self, agent: u32, order: Order, terms: Option<Terms>) -> OrderId {
        let counter = &mut self.counters[agent as usize];
        let id = OrderId::new(AgentId(agent), *counter);
        *counter += 1;
        self.out.clear();
        match terms {
            None => self.venue.handle(self.now, &Request::New { id, order }, &mut self.out),
            Some(terms) => self.venue.handle_with(self.now, id, &order, &terms, &mut self.out),
        }
        self.publish();
        id
    }

    /// Publishes, and lets those who refill by hand see it.
    fn publish(&mut self) {
        self.tape.publish(self.now, self.out.book_events(), &mut self.numbers);
        for report in self.out.reports() {
            let Report::Filled { id, price, left: Qty(0), maker: true, .. } = report else { continue };
            if let Some(qty) = self.sizes.remove(&id)
                && self.rng.chance(0.8)
            {
                let event = self.out.book_events().iter().find(|event| event.id == id);
                let side = event.map_or(Side::Buy, |event| event.side);
                let later = self.now + Span::from_secs_f64(0.03 * self.rng.lognormal(0.0, 0.7));
                self.refills.push((later, Order::limit(BOOK, side, qty, price)));
            }
        }
    }

    /// Sends the refills that are due by `now`.
    fn refill(&mut self, now: Time) {
        self.refills.sort_by_key(|(at, _)| *at);
        while self.refills.first().is_some_and(|(at, _)| *at <= now) {
            let (at, order) = self.refills.remove(0);
            self.now = at;
            let id = self.send(BY_HAND, order.tif(Tif::PostOnly), None);
            self.sizes.insert(id, order.qty);
        }
        self.now = now;
    }

    fn step(&mut self) {
        let now = self.now + self.rng.exp(Span::millis(40));
        self.refill(now);
        let side = if self.rng.chance(0.5) { Side::Buy } else { Side::Sell };
        let behind = i64::try_from(self.rng.geometric(0.4)).unwrap_or(0);
        let touch = self.venue.top(BOOK).best(side).map_or(10_000 - side.sign() * 2, |level| level.price.0);
        let price = Price(touch + side.sign() * (1 - behind));
        match self.rng.pick(&[40.0, 1.5, 6.0, 32.0, 24.0]) {
            Some(0) => {
                let qty = Qty(10 * (1 + self.rng.geometric(0.3)));
                let id = self.send(EVERYBODY, Order::limit(BOOK, side, qty, price).tif(Tif::PostOnly), None);
                self.live.push(id);
            }
            Some(1) => {
                let peak = 10 * (1 + self.rng.below_u64(5));
                let terms = if self.rng.chance(0.3) {
                    Terms::random_peak(Qty(peak), Qty(3 * peak))
                } else {
                    Terms::peak(Qty(peak))
                };
                let order = Order::limit(BOOK, side, Qty(peak * (4 + self.rng.below_u64(12))), price);
                self.send(ICEBERGS, order, Some(terms));
            }
            Some(2) => {
                let order = Order::limit(BOOK, side, Qty(10 * (1 + self.rng.below_u64(5))), price);
                let id = self.send(BY_HAND, order.tif(Tif::PostOnly), None);
                self.sizes.insert(id, order.qty);
            }
            Some(3) => {
                let qty = Qty(5 * (1 + self.rng.geometric(0.15)));
                self.send(TAKERS, Order::market(BOOK, side, qty), None);
            }
            _ if !self.live.is_empty() => {
                let n = self.rng.below(u32::try_from(self.live.len()).unwrap_or(u32::MAX)) as usize;
                let id = self.live.swap_remove(n);
                self.out.clear();
                self.venue.handle(self.now, &Request::Cancel { id, book: BOOK }, &mut self.out);
                self.publish();
            }
            _ => {}
        }
    }
}

/// Runs the market for so many steps.
pub(crate) fn record(steps: u32) -> Result<Tape, Box<dyn std::error::Error>> {
    let exchange = Exchange::new("XPRM").list(Symbol::new("ACME").tick("0.01").start("100.00"));
    let instruments = Instruments::build(&[("XPRM".to_owned(), exchange.symbols().to_vec())])
        .map_err(|errors| format!("{errors:?}"))?;
    let key = StreamKey::root(12);
    let place = VenuePlace { id: VenueId(0), instruments: &instruments, agents: AGENTS, key };
    let mut out = VenueOut::new();
    out.tell_book(true);
    let mut market = Market {
        venue: exchange.build(&place)?,
        out,
        rng: key.child("flow").stream(),
        now: Time::ZERO,
        counters: [0; AGENTS as usize],
        live: Vec::new(),
        refills: Vec::new(),
        sizes: BTreeMap::new(),
        numbers: BTreeMap::new(),
        tape: Tape::default(),
    };
    for _ in 0..steps {
        market.step();
    }
    Ok(market.tape)
}
