//! The obvious book: sorted maps of queues. Slow and plainly right; the reference for every other engine.

use std::collections::{BTreeMap, VecDeque};

use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side, Tif};

use super::{Ahead, BookEngine, Fill, Handle, Incoming, Level, Outcome, Resting, Taken, entry};

/// The obvious book: two sorted maps from price to a queue, and a sorted map from handle to price.
///
/// It says what price-time priority means and is never made faster; use [`Ladder`](super::Ladder).
#[derive(Clone, Debug, Default)]
pub struct Naive {
    sides: [BTreeMap<Price, VecDeque<Queued>>; 2],
    places: BTreeMap<u64, (Side, Price)>,
    handles: u64,
}

#[derive(Clone, Copy, Debug)]
struct Queued {
    handle: Handle,
    id: OrderId,
    left: Qty,
}

impl Naive {
    fn queue(&self, side: Side, price: Price) -> Option<&VecDeque<Queued>> {
        self.sides[side as usize].get(&price)
    }

    /// The handle's side, price and place in the queue.
    fn find(&self, handle: Handle) -> Option<(Side, Price, usize)> {
        let &(side, price) = self.places.get(&handle.0)?;
        let at = self.queue(side, price)?.iter().position(|order| order.handle == handle)?;
        Some((side, price, at))
    }

    /// The prices of a side, best first.
    fn prices(&self, side: Side) -> impl Iterator<Item = (Price, &VecDeque<Queued>)> + '_ {
        let mut prices = self.sides[side as usize].iter();
        std::iter::from_fn(move || match side {
            Side::Buy => prices.next_back(),
            Side::Sell => prices.next(),
        })
        .map(|(&price, queue)| (price, queue))
    }

    /// What an incoming order of `side` at `price` could trade.
    fn available(&self, side: Side, price: Price) -> u128 {
        let in_reach = |&(best, _): &(Price, _)| match side {
            Side::Buy => best <= price,
            Side::Sell => best >= price,
        };
        self.prices(!side).take_while(in_reach).map(|(_, queue)| total(queue)).sum()
    }

    fn trade(&mut self, order: Incoming, fills: &mut impl FnMut(Fill)) -> Qty {
        let mut left = order.qty;
        while !left.is_zero() && self.would_trade(order.side, order.price) {
            let Some((price, _)) = self.prices(!order.side).next() else { break };
            let Some(queue) = self.sides[!order.side as usize].get_mut(&price) else { break };
            let Some(maker) = queue.front_mut() else { break };
            let qty = left.min(maker.left);
            left = left.saturating_sub(qty);
            maker.left = maker.left.saturating_sub(qty);
            let (id, handle, rest) = (maker.id, maker.handle, maker.left);
            if rest.is_zero() {
                queue.pop_front();
                self.places.remove(&handle.0);
                self.drop_empty(!order.side, price);
            }
            fills(Fill { maker: id, handle, price, qty, left: rest });
        }
        left
    }

    fn rest(&mut self, id: OrderId, side: Side, price: Price, left: Qty) -> Handle {
        if Handle(self.handles).place() >= u32::MAX >> 1 {
            self.handles = (self.handles | u64::from(u32::MAX)) + 1; // places have 31 bits
        }
        let handle = Handle(self.handles);
        self.handles += 1;
        self.places.insert(handle.0, (side, price));
        self.sides[side as usize].entry(price).or_default().push_back(Queued { handle, id, left });
        handle
    }

    fn drop_empty(&mut self, side: Side, price: Price) {
        if self.queue(side, price).is_some_and(VecDeque::is_empty) {
            self.sides[side as usize].remove(&price);
        }
    }
}

fn total(queue: &VecDeque<Queued>) -> u128 {
    queue.iter().map(|order| u128::from(order.left.0)).sum()
}

fn shown(total: u128) -> Qty {
    Qty(u64::try_from(total).unwrap_or(u64::MAX))
}

impl BookEngine for Naive {
    fn submit(&mut self, order: Incoming, fills: &mut impl FnMut(Fill)) -> Outcome {
        if let Err(why) = entry::check(order.side, order.tif, order.price, order.qty) {
            return Outcome::Refused(why);
        }
        if order.tif == Tif::PostOnly && self.would_trade(order.side, order.price) {
            return Outcome::Refused(Reject::WouldTrade);
        }
        if order.tif == Tif::Fok && self.available(order.side, order.price) < u128::from(order.qty.0) {
            return Outcome::Refused(Reject::NotFilled);
        }
        let left = self.trade(order, fills);
        if left.is_zero() {
            Outcome::Filled
        } else if matches!(order.tif, Tif::Gtc | Tif::PostOnly) {
            let handle = self.rest(order.id, order.side, order.price, left);
            Outcome::Rests { handle, left }
        } else {
            Outcome::Cancelled { left }
        }
    }

    fn cancel(&mut self, order: Handle) -> Option<Qty> {
        self.reduce(order, Qty::MAX).map(|taken| taken.qty)
    }

    fn reduce(&mut self, order: Handle, by: Qty) -> Option<Taken> {
        let (side, price, at) = self.find(order)?;
        let queue = self.sides[side as usize].get_mut(&price)?;
        let qty = queue[at].left.min(by);
        let left = queue[at].left.saturating_sub(qty);
        queue[at].left = left;
        if left.is_zero() {
            queue.remove(at);
            self.places.remove(&order.0);
            self.drop_empty(side, price);
        }
        Some(Taken { qty, left })
    }

    fn replace(&mut self, order: Handle, price: Price, qty: Qty, fills: &mut impl FnMut(Fill)) -> Outcome {
        let Some(old) = self.get(order) else { return Outcome::Refused(Reject::TooLate) };
        if let Err(why) = entry::check(old.side, Tif::Gtc, price, qty) {
            return Outcome::Refused(why);
        }
        if price == old.price && qty <= old.left {
            self.reduce(order, old.left.saturating_sub(qty));
            return Outcome::Kept { left: qty };
        }
        self.cancel(order);
        self.submit(Incoming { id: old.id, side: old.side, tif: Tif::Gtc, qty, price }, fills)
    }

    fn insert_resting(&mut self, id: OrderId, side: Side, price: Price, qty: Qty) -> Result<Handle, Reject> {
        entry::check(side, Tif::Gtc, price, qty)?;
        Ok(self.rest(id, side, price, qty))
    }

    fn head(&self, side: Side, price: Price) -> Option<Handle> {
        self.queue(side, price)?.front().map(|order| order.handle)
    }

    fn locate(&self, place: u32, id: OrderId) -> Option<Handle> {
        let rounds = 0..=self.handles >> 32;
        let mut here = rounds.map(|round| Handle(round << 32 | u64::from(place)));
        here.find(|&handle| self.get(handle).is_some_and(|order| order.id == id))
    }

    fn get(&self, order: Handle) -> Option<Resting> {
        let (side, price, at) = self.find(order)?;
        let queued = self.queue(side, price)?[at];
        Some(Resting { id: queued.id, side, price, left: queued.left })
    }

    fn best(&self, side: Side) -> Option<Level> {
        self.levels(side).next()
    }

    fn level(&self, side: Side, price: Price) -> Option<Level> {
        Some(Level { price, qty: shown(total(self.queue(side, price)?)) })
    }

    fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        self.prices(side).map(|(price, queue)| Level { price, qty: shown(total(queue)) })
    }

    fn orders(&self, side: Side) -> impl Iterator<Item = (Handle, Resting)> + '_ {
        self.prices(side).flat_map(move |(price, queue)| {
            queue.iter().map(move |o| (o.handle, Resting { id: o.id, side, price, left: o.left }))
        })
    }

    fn ahead(&mut self, order: Handle) -> Option<Ahead> {
        let (side, price, at) = self.find(order)?;
        let before = self.queue(side, price)?.iter().take(at);
        Some(Ahead { orders: at as u64, qty: shown(before.map(|order| u128::from(order.left.0)).sum()) })
    }

    fn clear(&mut self) {
        self.sides = Default::default();
        self.places.clear();
    }

    fn check(&self) -> Result<(), String> {
        let mut places = 0;
        for side in Side::BOTH {
            for (price, queue) in &self.sides[side as usize] {
                if queue.is_empty() || queue.iter().any(|order| order.left.is_zero()) {
                    return Err(format!("an empty level or order at {price}"));
                }
                if queue.iter().any(|order| self.places.get(&order.handle.0) != Some(&(side, *price))) {
                    return Err(format!("an order at {price} has lost its place"));
                }
                places += queue.len();
            }
        }
        if places == self.places.len() { Ok(()) } else { Err("handles of orders that are gone".into()) }
    }
}
