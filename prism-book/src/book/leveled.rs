//! A book that writes down which of its levels change.

use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side};

use super::{Ahead, BookEngine, Fill, Handle, Incoming, Level, Outcome, Remark, Resting, Taken};

/// A book that writes down which of its levels change while it is [watched](Leveled::watch), until they are
/// [told](Leveled::tell): all that is needed for market data by level (L2), at a small part of the cost of
/// [writing down every order](super::Watched). For the rest it is the book inside.
///
/// ```
/// use prism_book::book::Leveled;
/// use prism_book::{BookEngine, Ladder, OrderId, Price, Qty, Side};
///
/// let mut book = Leveled::<Ladder>::default();
/// book.watch(true);
/// book.insert_resting(OrderId(1), Side::Buy, Price(100), Qty(7))?;
/// book.insert_resting(OrderId(2), Side::Buy, Price(100), Qty(5))?;
/// let mut told = Vec::new();
/// book.tell(&mut |side, level| told.push((side, level.price, level.qty)));
/// assert_eq!(told, [(Side::Buy, Price(100), Qty(12)); 2]);
/// # Ok::<(), prism_book::Reject>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Leveled<B> {
    book: B,
    on: bool,
    changed: Vec<(Price, Side)>,
}

impl<B: BookEngine> Leveled<B> {
    /// From now on changes are written down, or not.
    pub fn watch(&mut self, on: bool) {
        self.on = on;
    }

    /// Tells the levels that have changed since the last time, in the order of the changes, each as it is now: a size of
    /// nothing means that the level is gone. Trades at one price that follow one another are one change. Call it after
    /// each message; what is never told is kept for ever.
    #[inline(always)]
    pub fn tell(&mut self, told: &mut impl FnMut(Side, Level)) {
        for &(price, side) in &self.changed {
            told(side, Level { price, qty: self.book.qty_at(side, price) });
        }
        self.changed.clear();
    }

    #[inline(always)]
    fn note(&mut self, side: Side, price: Price) {
        if self.on {
            self.changed.push((price, side));
        }
    }

    /// Notes the level of an order that is about to change.
    #[inline]
    fn note_order(&mut self, order: Handle) {
        if self.on
            && let Some(Resting { side, price, .. }) = self.book.get(order)
        {
            self.note(side, price);
        }
    }
}

/// What notes the levels of fills and hands them on. It looks at nothing of the order but its side: one that is looked
/// at from here would be kept in memory for that, and be copied from there in larger pieces than it was written in.
#[inline(always)]
fn noting(changed: &mut Vec<(Price, Side)>, side: Side, fills: &mut impl FnMut(Fill)) -> impl FnMut(Fill) {
    let mut last = None;
    move |fill| {
        if last.replace(fill.price) != Some(fill.price) {
            changed.push((fill.price, side));
        }
        fills(fill);
    }
}

impl<B: BookEngine> BookEngine for Leveled<B> {
    #[inline(always)]
    fn submit(&mut self, order: Incoming, fills: &mut impl FnMut(Fill)) -> Outcome {
        if !self.on {
            return self.book.submit(order, fills);
        }
        let (side, price) = (order.side, order.price);
        let outcome = self.book.submit(order, &mut noting(&mut self.changed, !side, fills));
        if let Outcome::Rests { .. } = outcome {
            self.changed.push((price, side));
        }
        outcome
    }

    #[inline(always)]
    fn cancel(&mut self, order: Handle) -> Option<Qty> {
        if self.on { self.remove(order).map(|old| old.left) } else { self.book.cancel(order) }
    }

    #[inline(always)]
    fn remove(&mut self, order: Handle) -> Option<Resting> {
        let old = self.book.remove(order)?;
        self.note(old.side, old.price);
        Some(old)
    }

    #[inline]
    fn reduce(&mut self, order: Handle, by: Qty) -> Option<Taken> {
        self.note_order(order);
        self.book.reduce(order, by)
    }

    fn replace(&mut self, order: Handle, price: Price, qty: Qty, fills: &mut impl FnMut(Fill)) -> Outcome {
        let old = self.book.get(order).filter(|_| self.on);
        let Some(Resting { side, .. }) = old else { return self.book.replace(order, price, qty, fills) };
        self.note_order(order);
        let outcome = self.book.replace(order, price, qty, &mut noting(&mut self.changed, !side, fills));
        if let Outcome::Rests { .. } = outcome {
            self.note(side, price);
        }
        outcome
    }

    #[inline]
    fn insert_resting(&mut self, id: OrderId, side: Side, price: Price, qty: Qty) -> Result<Handle, Reject> {
        let handle = self.book.insert_resting(id, side, price, qty)?;
        self.note(side, price);
        Ok(handle)
    }

    fn trades_at(&mut self, price: Option<Price>) {
        self.book.trades_at(price);
    }

    fn remark(&mut self, remark: Remark) {
        self.book.remark(remark);
    }

    #[inline]
    fn take(
        &mut self,
        order: Incoming,
        goes_on: &mut impl FnMut(OrderId) -> bool,
        fills: &mut impl FnMut(Fill),
    ) -> Qty {
        if !self.on {
            return self.book.take(order, goes_on, fills);
        }
        let side = !order.side;
        self.book.take(order, goes_on, &mut noting(&mut self.changed, side, fills))
    }

    #[inline]
    fn head(&self, side: Side, price: Price) -> Option<Handle> {
        self.book.head(side, price)
    }

    #[inline(always)]
    fn would_trade(&self, side: Side, price: Price) -> bool {
        self.book.would_trade(side, price)
    }

    #[inline(always)]
    fn locate(&self, place: u32, id: OrderId) -> Option<Handle> {
        self.book.locate(place, id)
    }

    #[inline]
    fn fetch(&self, place: u32) {
        self.book.fetch(place);
    }

    #[inline]
    fn fetch_neighbours(&self, place: u32) {
        self.book.fetch_neighbours(place);
    }

    #[inline]
    fn fronts(&self, side: Side) -> [u32; 2] {
        self.book.fronts(side)
    }

    #[inline]
    fn id_at(&self, place: u32) -> Option<OrderId> {
        self.book.id_at(place)
    }

    #[inline]
    fn get(&self, order: Handle) -> Option<Resting> {
        self.book.get(order)
    }

    #[inline]
    fn best(&self, side: Side) -> Option<Level> {
        self.book.best(side)
    }

    #[inline]
    fn level(&self, side: Side, price: Price) -> Option<Level> {
        self.book.level(side, price)
    }

    #[inline(always)]
    fn qty_at(&self, side: Side, price: Price) -> Qty {
        self.book.qty_at(side, price)
    }

    fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        self.book.levels(side)
    }

    fn orders(&self, side: Side) -> impl Iterator<Item = (Handle, Resting)> + '_ {
        self.book.orders(side)
    }

    fn ahead(&mut self, order: Handle) -> Option<Ahead> {
        self.book.ahead(order)
    }

    /// All levels are noted, bids first, each side best first.
    fn clear(&mut self) {
        for side in Side::BOTH.into_iter().filter(|_| self.on) {
            self.changed.extend(self.book.levels(side).map(|level| (level.price, side)));
        }
        self.book.clear();
    }

    fn digest(&self, word: &mut impl FnMut(u64)) {
        self.book.digest(word);
    }

    fn check(&self) -> Result<(), String> {
        self.book.check()
    }
}
