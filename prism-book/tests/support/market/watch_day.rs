//! What must hold of every market with a trading day, whatever its rules: kept by reading only what it tells, each thing
//! that is due at its own time.

use std::collections::BTreeMap;

use prism_book::day::Bands;
use prism_book::market::{DayRules, MarketRules, Told};
use prism_core::msg::{Expiry, Phase};
use prism_core::rng::StreamKey;
use prism_core::types::{OrderId, Price, Qty, Side, Time};

use super::engine::Engine;
use super::{Message, Step};

/// A market with what it has told so far.
#[derive(Clone, Debug)]
pub struct DayWatch<E> {
    pub market: E,
    batch: bool,
    now: Time,
    phase: Phase,
    last: Price,
    bands: Option<Bands>,
    /// The bands as they were when an order came in: the order, the lowest and the highest price.
    within: Option<(OrderId, Price, Price)>,
    /// What is still to be told of an uncrossing.
    to_cross: u64,
    /// What is left of each order, and whether it is good for the day.
    open: BTreeMap<OrderId, (Qty, bool)>,
    /// How often each kind of thing was told.
    pub seen: BTreeMap<String, u64>,
}

impl<E: Engine> DayWatch<E> {
    pub fn new(rules: &MarketRules, day: &DayRules, key: StreamKey) -> DayWatch<E> {
        let bands = day.bands.clone().map(|bands| Bands::new(bands, rules.reference).unwrap());
        DayWatch {
            market: E::new(rules, key).with_day(day),
            batch: day.batch.is_some(),
            now: Time::ZERO,
            phase: Phase::Closed,
            last: rules.reference,
            bands,
            within: None,
            to_cross: 0,
            open: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Sends a message, after all that is due before it, and checks everything.
    pub fn step(&mut self, step: &Step) {
        let now = self.now + step.after;
        while let Some(due) = self.market.next_due().filter(|&due| due <= now) {
            assert!(due >= self.now, "due at {due:?}, after {:?}", self.now);
            self.now = due;
            let told = self.market.advance(due);
            self.hear_all(&told);
        }
        self.now = now;
        let before = match step.message {
            Message::New { id, qty, terms, .. } if !self.open.contains_key(&id) => {
                self.open.insert(id, (qty, terms.expiry == Expiry::Day));
                None
            }
            Message::Replace { id, qty, .. } => self.open.get_mut(&id).map(|open| {
                let before = *open;
                open.0 = qty;
                (id, before)
            }),
            _ => None,
        };
        let told = step.message.send(now, &mut self.market);
        if let (Some((id, open)), Some(Told::Rejected { id: of, open: true, .. })) = (before, told.first())
            && *of == id
        {
            self.open.insert(id, open); // nothing was replaced
        }
        self.hear_all(&told);
    }

    fn trades(&self) -> bool {
        self.phase == Phase::Continuous && !self.batch
    }

    fn hear_all(&mut self, told: &[Told]) {
        self.within = None;
        for told in told {
            self.hear(told);
        }
        assert_eq!((self.to_cross, self.phase), (0, self.market.phase()));
        assert_eq!(self.market.last(), self.last);
        self.check_books();
    }

    fn hear(&mut self, told: &Told) {
        let kind = format!("{told:?}").split([' ', '{']).next().unwrap().to_owned();
        *self.seen.entry(kind).or_insert(0) += 1;
        assert!(self.to_cross == 0 || matches!(told, Told::Crossed { .. }), "{told:?}");
        match *told {
            Told::Phase { from, to } => {
                assert!(from == self.phase && from != to, "{told:?} in {:?}", self.phase);
                self.phase = to;
                self.begin_bands();
                *self.seen.entry(format!("{to:?}")).or_insert(0) += 1;
            }
            Told::Uncrossed { price, volume, .. } => {
                assert!(!volume.is_zero());
                (self.to_cross, self.last) = (volume.0, price);
                self.begin_bands();
            }
            Told::Crossed { buy, sell, price, qty, buy_left, sell_left } => {
                assert!(price == self.last && !qty.is_zero(), "{told:?}");
                self.to_cross = self.to_cross.checked_sub(qty.0).unwrap();
                self.fill(buy, qty, buy_left, told);
                self.fill(sell, qty, sell_left, told);
            }
            Told::Trade { maker, taker, aggressor, price, qty, maker_left, taker_left } => {
                assert!(self.trades(), "{told:?} in {:?}", self.phase);
                self.check_bands(taker, aggressor, price);
                self.last = price;
                self.fill(maker, qty, maker_left, told);
                self.fill(taker, qty, taker_left, told);
            }
            Told::Indicative { .. } => {
                let call = matches!(self.phase, Phase::Opening | Phase::Volatility | Phase::Closing);
                assert!(call, "{told:?} in {:?}", self.phase);
            }
            Told::Accepted { id, left, .. } | Told::Triggered { id, left } => {
                assert_eq!(self.open[&id].0, left, "{told:?}");
            }
            Told::Reduced { id, left, .. } => {
                let open = self.open.get_mut(&id).unwrap();
                assert!(left < open.0 && !left.is_zero(), "{told:?}");
                open.0 = left;
            }
            Told::Cancelled { id, left, .. } => {
                assert_eq!(self.open.remove(&id).map(|open| open.0), Some(left), "{told:?}");
            }
            Told::Rejected { id, open, .. } => {
                assert!(!open || self.open.contains_key(&id), "{told:?}");
                if !open {
                    self.open.remove(&id);
                }
            }
        }
    }

    fn fill(&mut self, id: OrderId, qty: Qty, left: Qty, told: &Told) {
        let open = self.open.get_mut(&id).unwrap_or_else(|| panic!("{told:?}"));
        assert_eq!(open.0.checked_sub(qty), Some(left), "{told:?}");
        open.0 = left;
        if left.is_zero() {
            self.open.remove(&id);
        }
    }

    /// Bands lie around the last price when trading begins, that of the uncrossing if there is one.
    fn begin_bands(&mut self) {
        self.within = None;
        if let Some(bands) = &mut self.bands
            && self.phase == Phase::Continuous
        {
            bands.reset(self.last);
        }
    }

    /// No incoming order trades beyond the band as it was when it came in, or as it is.
    fn check_bands(&mut self, taker: OrderId, aggressor: Side, price: Price) {
        let Some(bands) = &mut self.bands else { return };
        let (low, high) = bands.range();
        let (_, lowest, highest) = *match &mut self.within {
            Some(within) if within.0 == taker => within,
            within => within.insert((taker, low, high)),
        };
        let within = match aggressor {
            Side::Buy => price <= highest.max(high),
            Side::Sell => price >= lowest.min(low),
        };
        assert!(within, "{taker} at {price:?}: {lowest:?} {highest:?}");
        bands.on_trade(self.now, price);
    }

    /// Every order is somewhere, nothing good for the day outlives it, and the book is not crossed while it trades.
    fn check_books(&self) {
        let mut there = self.market.held();
        let mut best = [None; 2];
        for side in Side::BOTH {
            let rows = self.market.displayed(side);
            best[side as usize] = rows.first().map(|row| row.0);
            there.extend(rows.into_iter().flat_map(|row| row.2));
            there.extend(self.market.hidden(side).into_iter().map(|(id, _, left)| (id, left)));
        }
        there.sort_unstable();
        assert!(there.iter().map(|order| &order.0).eq(self.open.keys()), "{there:?} {:?}", self.open);
        assert!(there.iter().all(|(id, qty)| *qty <= self.open[id].0), "{there:?} {:?}", self.open);
        if self.phase == Phase::Closed {
            assert!(self.open.values().all(|open| !open.1), "of another day: {:?}", self.open);
        }
        if let [Some(bid), Some(ask)] = best {
            assert!(bid < ask || !self.trades(), "crossed: {bid:?} {ask:?}");
        }
    }
}
