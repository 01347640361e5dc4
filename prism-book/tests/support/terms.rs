//! Random orders with terms, and a market with its index.
#![allow(dead_code, unreachable_pub, missing_docs)] // each test file uses its part of this module
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::must_use_candidate)]

use prism_book::BookEngine;
use prism_book::market::{Market, MarketRules, Matching, Orders, SelfTrade, Told};
use prism_core::digest::Digest;
use prism_core::msg::{Display, Expiry, Order, Peg, PegTo, Terms, Trigger};
use prism_core::rng::StreamKey;
use prism_core::types::{AgentId, BookId, OrderId, Price, Qty, Side, Tif, Time};

use crate::support::Numbers;

pub const AGENTS: u32 = 4;

/// A market, its index, and what it told last.
#[derive(Clone, Debug)]
pub struct Floor<B> {
    pub market: Market<B>,
    pub index: Orders,
    pub told: Vec<Told>,
}

/// What is asked of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    New(OrderId, Order, Terms),
    Cancel(OrderId),
    Reduce(OrderId, Qty),
    Replace(OrderId, Price, Qty),
    Advance,
}

impl<B: BookEngine> Floor<B> {
    pub fn new(rules: MarketRules) -> Floor<B> {
        let market = Market::new(rules, StreamKey::root(7).child("market"));
        Floor { market, index: Orders::new(AGENTS).unwrap(), told: Vec::new() }
    }

    /// Asks, and gives what was told.
    pub fn ask(&mut self, now: Time, ask: &Ask) -> &[Told] {
        self.told.clear();
        let Floor { market, index, told } = self;
        let tell = &mut |_: &mut Orders, what| told.push(what);
        match *ask {
            Ask::New(id, order, terms) if terms.is_plain() => market.submit(now, id, &order, index, tell),
            Ask::New(id, order, terms) => market.submit_with(now, id, &order, &terms, index, tell),
            Ask::Cancel(id) => market.cancel(now, id, index, tell),
            Ask::Reduce(id, by) => market.reduce(now, id, by, index, tell),
            Ask::Replace(id, price, qty) => market.replace(now, id, price, qty, index, tell),
            Ask::Advance => market.advance(now, index, tell),
        }
        &self.told
    }

    pub fn digest(&self) -> u64 {
        let mut digest = Digest::new();
        self.market.digest(&mut digest);
        digest.value()
    }
}

pub fn id(agent: u32, counter: u32) -> OrderId {
    OrderId::new(AgentId(agent), counter)
}

pub fn matchings() -> Vec<Matching> {
    vec![
        Matching::PriceTime,
        Matching::ProRata { min: Qty(2) },
        Matching::FifoProRata { share: 40 },
        Matching::LeadMaker { share: 30, agents: vec![AgentId(1)] },
        Matching::SizeTime,
    ]
}

pub const SELF_TRADES: [SelfTrade; 5] = [
    SelfTrade::Allow,
    SelfTrade::CancelNewest,
    SelfTrade::CancelOldest,
    SelfTrade::CancelBoth,
    SelfTrade::Decrement,
];

/// Requests of all kinds around 100 ticks.
#[derive(Clone, Debug)]
pub struct Asks {
    pub numbers: Numbers,
    pub now: i64,
    counters: [u32; AGENTS as usize],
    /// How many of a hundred new orders have terms.
    pub rare: u64,
}

impl Asks {
    pub fn new(seed: u64, rare: u64) -> Asks {
        Asks { numbers: Numbers(seed), now: 0, counters: [0; AGENTS as usize], rare }
    }

    fn price(&mut self) -> Price {
        Price(self.numbers.between(92, 108))
    }

    fn qty(&mut self) -> Qty {
        Qty(1 + self.numbers.below(30))
    }

    /// An order of the recent past, most likely.
    fn known(&mut self, agent: u32) -> OrderId {
        let next = u64::from(self.counters[agent as usize]);
        id(agent, next.saturating_sub(1 + self.numbers.below(12)) as u32)
    }

    pub fn next(&mut self) -> Ask {
        self.now += self.numbers.below(3) as i64;
        let agent = self.numbers.below(u64::from(AGENTS)) as u32;
        match self.numbers.below(20) {
            0..3 => Ask::Cancel(self.known(agent)),
            3 => Ask::Reduce(self.known(agent), Qty(self.numbers.below(12))),
            4..6 => Ask::Replace(self.known(agent), self.price(), self.qty()),
            6 => Ask::Advance,
            _ => self.order(agent),
        }
    }

    fn order(&mut self, agent: u32) -> Ask {
        let counter = self.counters[agent as usize];
        self.counters[agent as usize] += 1;
        let side = Side::BOTH[self.numbers.below(2) as usize];
        let tif = [Tif::Gtc, Tif::Gtc, Tif::Gtc, Tif::Gtc, Tif::Ioc, Tif::Fok, Tif::PostOnly]
            [self.numbers.below(7) as usize];
        let mut order = Order::limit(BookId(0), side, self.qty(), self.price()).tif(tif);
        if self.numbers.below(12) == 0 {
            order = Order { tif: order.tif, ..Order::market(BookId(0), side, order.qty) };
        }
        let mut terms = Terms::default();
        if self.numbers.below(100) < self.rare {
            self.add(&mut order, &mut terms, agent);
            for _ in 0..self.numbers.below(3) {
                self.add(&mut order, &mut terms, agent);
            }
        }
        Ask::New(id(agent, counter), order, terms)
    }

    /// Adds a term, with a time in force that mostly suits it.
    fn add(&mut self, order: &mut Order, terms: &mut Terms, agent: u32) {
        let suits = self.numbers.below(10) > 0;
        let small = Qty(1 + self.numbers.below(8));
        let offset = self.numbers.between(-2, 2) as i32;
        let mut want = order.tif;
        match self.numbers.below(16) {
            0 | 1 => terms.trigger = Some(Trigger::Stop { price: self.price() }),
            2 => terms.trigger = Some(Trigger::Trail { ticks: 1 + self.numbers.below(5) as u32 }),
            3 => terms.trigger = Some(Trigger::TrailBp { bp: 100 * self.numbers.below(6) as u16 }),
            4 | 5 => (terms.display, want) = (Display::Peak { qty: small }, Tif::Gtc),
            6 => (terms.display, want) = (Display::RandomPeak { low: Qty(2), high: small }, Tif::Gtc),
            7 => (terms.display, want) = (Display::Hidden, Tif::Gtc),
            8 => (terms.peg, want) = (Some(Peg { to: PegTo::Primary, offset }), Tif::Gtc),
            9 => (terms.peg, want) = (Some(Peg { to: PegTo::Market, offset }), Tif::Gtc),
            10 => {
                terms.peg = Some(Peg { to: PegTo::Midpoint, offset });
                (terms.display, want) = (Display::Hidden, Tif::Gtc);
            }
            11 => terms.min_qty = Qty(self.numbers.below(order.qty.0 + 2)),
            12 => {
                let time = Time::from_nanos(self.now + self.numbers.between(0, 40));
                (terms.expiry, want) = (Expiry::At { time }, Tif::Gtc);
            }
            13 => (terms.slide, want) = (true, Tif::PostOnly),
            14 => terms.oco = Some(self.known(agent)),
            _ => terms.after = Some(self.known(agent)),
        }
        if self.numbers.below(60) == 0 {
            terms.market_to_limit = true;
            *order = Order::market(order.book, order.side, order.qty);
        } else if suits {
            order.tif = want;
        }
    }
}
