//! A book that writes down what happens to its orders.

use prism_core::market::{BookAction, BookEvent};
use prism_core::msg::{Phase, Reject};
use prism_core::types::{BookId, OrderId, Price, Qty, Side};

use super::{Ahead, BookEngine, Fill, Handle, Incoming, Level, Outcome, Resting, Taken};

/// What happens in a market beside the changes of its displayed orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// An order that is not displayed has traded with one that came in.
    Hidden {
        /// The order.
        id: OrderId,
        /// Its side.
        side: Side,
        /// The price of the trade.
        price: Price,
        /// How much.
        qty: Qty,
    },
    /// What was collected has traded.
    Uncross(WouldTrade),
    /// What an uncrossing would give is another now.
    Indicative(WouldTrade),
    /// The market goes over to a phase.
    Phase(Phase),
}

/// The result of an uncrossing, or what it would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WouldTrade {
    /// At which price.
    pub price: Price,
    /// How much trades.
    pub volume: Qty,
    /// What buyers (above zero) or sellers cannot trade.
    pub surplus: i64,
}

/// One change of one resting order, or a [remark](Remark) as a venue tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookChange {
    /// What happened; [`BookAction::Replace`] never: an order that is moved is deleted and added.
    pub action: BookAction,
    /// The phase of the market.
    pub phase: Phase,
    /// The order.
    pub id: OrderId,
    /// Its side.
    pub side: Side,
    /// Its price.
    pub price: Price,
    /// How much joined, left or traded.
    pub qty: Qty,
    /// What is left of it in the book.
    pub left: Qty,
    /// The price of the trade, if it traded at another one than its own.
    pub traded: Option<Price>,
}

/// A book that writes every change of its resting orders down while it is [watched](Watched::watch): what joins,
/// trades, gets smaller and leaves, in that order. Whoever applies the changes to an empty book has this book, with
/// every order in its place. For the rest it is the book inside.
///
/// An execution is what [`submit`](BookEngine::submit), [`take`](BookEngine::take) and
/// [`execute`](BookEngine::execute) do; it is one of an uncrossing while there is a
/// [common price](BookEngine::trades_at). What the market [remarks](BookEngine::remark) stands in its place among the
/// changes.
#[derive(Clone, Debug, Default)]
pub struct Watched<B> {
    book: B,
    on: bool,
    traded: Option<Price>,
    phase: Phase,
    changes: Vec<BookChange>,
}

impl<B: BookEngine> Watched<B> {
    /// From now on changes are written down, or not.
    pub fn watch(&mut self, on: bool) {
        self.on = on;
    }

    /// True while changes are written down.
    #[inline]
    pub fn is_watched(&self) -> bool {
        self.on
    }

    /// Hands over what has been written down, in order, and forgets it.
    pub fn drain(&mut self) -> impl Iterator<Item = BookChange> + '_ {
        self.changes.drain(..)
    }

    /// The same as events of `book`. An order that was moved, without a trade in between, is replaced.
    pub fn drain_events(&mut self, book: BookId, told: &mut impl FnMut(BookEvent)) {
        let event = |change: BookChange| {
            let BookChange { action, phase, id, side, price, qty, left, traded } = change;
            BookEvent { book, action, phase, side, id, price, qty, left, traded: traded.unwrap_or(price) }
        };
        let mut gone: Option<BookChange> = None;
        for change in self.changes.drain(..) {
            let moved = gone.take();
            match (moved, change.action) {
                (Some(old), BookAction::Add) if (old.id, old.side) == (change.id, change.side) => {
                    let replaced = BookChange { action: BookAction::Replace, ..change };
                    told(BookEvent { traded: old.price, ..event(replaced) });
                    continue;
                }
                (Some(old), _) => told(event(old)),
                (None, _) => {}
            }
            if change.action == BookAction::Delete {
                gone = Some(change);
            } else {
                told(event(change));
            }
        }
        if let Some(old) = gone {
            told(event(old));
        }
    }

    /// The order behind a handle, if somebody wants to know of it.
    #[inline]
    fn seen(&self, order: Handle) -> Option<Resting> {
        if self.on { self.book.get(order) } else { None }
    }

    #[inline]
    fn note(&mut self, order: Option<Resting>, action: BookAction, qty: Qty, left: Qty) {
        if let Some(Resting { id, side, price, .. }) = order {
            let traded = self.traded.filter(|_| action == BookAction::Execute);
            let (action, phase) = (if traded.is_some() { BookAction::Cross } else { action }, self.phase);
            self.changes.push(BookChange { action, phase, id, side, price, qty, left, traded });
        }
    }

    /// A remark in the form of a change.
    fn remarked(&self, remark: Remark) -> BookChange {
        let none = BookChange {
            action: BookAction::Phase,
            phase: self.phase,
            id: OrderId(0),
            side: Side::Buy,
            price: Price(0),
            qty: Qty::ZERO,
            left: Qty::ZERO,
            traded: None,
        };
        let result = |action, WouldTrade { price, volume, surplus }: WouldTrade| {
            let side = if surplus < 0 { Side::Sell } else { Side::Buy };
            BookChange { action, side, price, qty: volume, left: Qty(surplus.unsigned_abs()), ..none }
        };
        match remark {
            Remark::Hidden { id, side, price, qty } => {
                BookChange { action: BookAction::Hidden, id, side, price, qty, ..none }
            }
            Remark::Uncross(traded) => result(BookAction::Uncross, traded),
            Remark::Indicative(would) => result(BookAction::Indicative, would),
            Remark::Phase(phase) => BookChange { phase, ..none },
        }
    }

    fn added(&mut self, id: OrderId, side: Side, price: Price, qty: Qty) {
        self.note(Some(Resting { id, side, price, left: qty }), BookAction::Add, qty, qty);
    }

    fn taken(&mut self, order: Option<Resting>, taken: Option<Taken>) {
        if let Some(Taken { qty, left }) = taken {
            let action = if left.is_zero() { BookAction::Delete } else { BookAction::Reduce };
            self.note(order, action, qty, left);
        }
    }

    /// What became of an order that was moved.
    fn moved(&mut self, old: Option<Resting>, outcome: &Outcome, price: Price, fills: usize) {
        let Some(old) = old else { return };
        let gone = BookChange {
            action: BookAction::Delete,
            phase: self.phase,
            id: old.id,
            side: old.side,
            price: old.price,
            qty: old.left,
            left: Qty::ZERO,
            traded: None,
        };
        match *outcome {
            Outcome::Kept { left } if left < old.left => {
                self.note(Some(old), BookAction::Reduce, old.left.saturating_sub(left), left);
            }
            Outcome::Kept { .. } | Outcome::Refused(_) => {}
            Outcome::Rests { left, .. } => {
                self.changes.insert(fills, gone);
                self.added(old.id, old.side, price, left);
            }
            Outcome::Filled | Outcome::Cancelled { .. } => self.changes.insert(fills, gone),
        }
    }
}

/// A fill as a change of the resting order.
#[inline]
fn executed(phase: Phase, side: Side, fill: &Fill, traded: Option<Price>) -> BookChange {
    let Fill { maker: id, price, qty, left, .. } = *fill;
    let action = if traded.is_some() { BookAction::Cross } else { BookAction::Execute };
    BookChange { action, phase, id, side, price, qty, left, traded }
}

impl<B: BookEngine> BookEngine for Watched<B> {
    #[inline]
    fn submit(&mut self, order: Incoming, fills: &mut impl FnMut(Fill)) -> Outcome {
        if !self.on {
            return self.book.submit(order, fills);
        }
        let (phase, traded, changes) = (self.phase, self.traded, &mut self.changes);
        let outcome = self.book.submit(order, &mut |fill| {
            changes.push(executed(phase, !order.side, &fill, traded));
            fills(fill);
        });
        if let Outcome::Rests { left, .. } = outcome {
            self.added(order.id, order.side, order.price, left);
        }
        outcome
    }

    #[inline]
    fn cancel(&mut self, order: Handle) -> Option<Qty> {
        if self.on { self.remove(order).map(|old| old.left) } else { self.book.cancel(order) }
    }

    #[inline]
    fn remove(&mut self, order: Handle) -> Option<Resting> {
        let old = self.book.remove(order);
        if let Some(Resting { left, .. }) = old.filter(|_| self.on) {
            self.note(old, BookAction::Delete, left, Qty::ZERO);
        }
        old
    }

    fn reduce(&mut self, order: Handle, by: Qty) -> Option<Taken> {
        let seen = self.seen(order);
        let taken = self.book.reduce(order, by);
        if !by.is_zero() {
            self.taken(seen, taken);
        }
        taken
    }

    fn replace(&mut self, order: Handle, price: Price, qty: Qty, fills: &mut impl FnMut(Fill)) -> Outcome {
        let old = self.seen(order);
        if old.is_none() {
            return self.book.replace(order, price, qty, fills);
        }
        let side = old.map_or(Side::Buy, |old| old.side);
        let (phase, before, changes) = (self.phase, self.changes.len(), &mut self.changes);
        let outcome = self.book.replace(order, price, qty, &mut |fill| {
            changes.push(executed(phase, !side, &fill, None));
            fills(fill);
        });
        self.moved(old, &outcome, price, before);
        outcome
    }

    fn insert_resting(&mut self, id: OrderId, side: Side, price: Price, qty: Qty) -> Result<Handle, Reject> {
        let handle = self.book.insert_resting(id, side, price, qty)?;
        if self.on {
            self.added(id, side, price, qty);
        }
        Ok(handle)
    }

    fn replace_resting(&mut self, order: Handle, price: Price, qty: Qty) -> Outcome {
        let old = self.seen(order);
        let before = self.changes.len();
        let outcome = self.book.replace_resting(order, price, qty);
        self.moved(old, &outcome, price, before);
        outcome
    }

    fn execute(&mut self, order: Handle, qty: Qty) -> Option<Taken> {
        let seen = self.seen(order);
        let taken = self.book.execute(order, qty);
        if let Some(Taken { qty, left }) = taken.filter(|taken| !taken.qty.is_zero()) {
            self.note(seen, BookAction::Execute, qty, left);
        }
        taken
    }

    fn trades_at(&mut self, price: Option<Price>) {
        self.traded = price;
    }

    fn remark(&mut self, remark: Remark) {
        if self.on {
            let change = self.remarked(remark);
            self.changes.push(change);
        }
        if let Remark::Phase(phase) = remark {
            self.phase = phase;
        }
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
        let (phase, traded, changes) = (self.phase, self.traded, &mut self.changes);
        self.book.take(order, goes_on, &mut |fill| {
            changes.push(executed(phase, !order.side, &fill, traded));
            fills(fill);
        })
    }

    #[inline]
    fn head(&self, side: Side, price: Price) -> Option<Handle> {
        self.book.head(side, price)
    }

    #[inline]
    fn is_crossed(&self) -> bool {
        self.book.is_crossed()
    }

    #[inline]
    fn would_trade(&self, side: Side, price: Price) -> bool {
        self.book.would_trade(side, price)
    }

    #[inline]
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
    fn top(&self) -> (Option<Level>, Option<Level>) {
        self.book.top()
    }

    #[inline]
    fn level(&self, side: Side, price: Price) -> Option<Level> {
        self.book.level(side, price)
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

    fn is_empty(&self) -> bool {
        self.book.is_empty()
    }

    /// All orders are deleted, bids first, each side in the order of priority.
    fn clear(&mut self) {
        if self.on {
            let phase = self.phase;
            for side in Side::BOTH {
                let gone = |(_, order): (Handle, Resting)| BookChange {
                    action: BookAction::Delete,
                    phase,
                    id: order.id,
                    side,
                    price: order.price,
                    qty: order.left,
                    left: Qty::ZERO,
                    traded: None,
                };
                self.changes.extend(self.book.orders(side).map(gone));
            }
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
