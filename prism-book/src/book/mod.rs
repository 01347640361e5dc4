//! One book: orders of one symbol that wait for one another, by price and then by time.
//!
//! [`BookEngine`] is what every book can do. [`Ladder`] is the fast one, [`Naive`] the obvious one that the
//! fast one is compared with. Both give the same fills, the same answers and the same digest for the same
//! calls.

mod digest;
mod entry;
mod ladder;
mod leveled;
mod naive;
mod watched;

use std::fmt;

pub use ladder::Ladder;
pub use leveled::Leveled;
pub use naive::Naive;
pub use prism_core::market::Level;
use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side, Tif};
pub use watched::{BookChange, Remark, Watched, WouldTrade};

/// A resting order's place in its book. It stays good as long as any of the order rests; after that it is
/// stale, and a book answers a stale handle with "too late", never with someone else's order.
///
/// A handle is of use only to the book that gave it (and to clones of that book). What the number means is
/// the book's own affair: two engines give different ones for the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle(u64);

impl Handle {
    /// The handle as a number, to be stored.
    #[inline]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The handle that [`raw`](Handle::raw) gave. Any number is safe: one that is no handle is stale.
    #[inline]
    pub const fn from_raw(raw: u64) -> Handle {
        Handle(raw)
    }

    /// The half of the handle that [`BookEngine::locate`] needs, together with the order's id, to find the
    /// order again. Always below 2^31 - 1.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // half is what is asked for
    pub const fn place(self) -> u32 {
        self.0 as u32
    }
}

/// An order on its way into a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Whose order it is; the book repeats it and gives it no meaning.
    pub id: OrderId,
    /// Buy or sell.
    pub side: Side,
    /// What happens to the part that does not trade at once.
    pub tif: Tif,
    /// How much: 1 to [`Qty::MAX`].
    pub qty: Qty,
    /// The worst price that is accepted. [`Price::MAX`] for a buy and [`Price::MIN`] for a sell accept any:
    /// a market order, which cannot rest.
    pub price: Price,
}

/// One resting order was hit by the incoming one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The resting order.
    pub maker: OrderId,
    /// Its place, which is stale from now on if nothing is left.
    pub handle: Handle,
    /// The resting order's price.
    pub price: Price,
    /// How much traded.
    pub qty: Qty,
    /// What is left of the resting order.
    pub left: Qty,
}

/// What became of an incoming order, after its fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// What the fills left of it rests.
    Rests {
        /// Where.
        handle: Handle,
        /// How much.
        left: Qty,
    },
    /// It traded in full.
    Filled,
    /// What the fills left of it is gone: its time in force says so.
    Cancelled {
        /// How much.
        left: Qty,
    },
    /// Only from [`BookEngine::replace`]: the order keeps its place, and its handle.
    Kept {
        /// What is left of it now.
        left: Qty,
    },
    /// Nothing was done.
    Refused(Reject),
}

/// An order in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resting {
    /// Whose order it is.
    pub id: OrderId,
    /// Buy or sell.
    pub side: Side,
    /// Its price.
    pub price: Price,
    /// What is left of it.
    pub left: Qty,
}

/// What was taken off a resting order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How much, at most what was there.
    pub qty: Qty,
    /// What is left of the order; nothing means that it is gone.
    pub left: Qty,
}

/// The orders that will trade before one order at the same price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// How many.
    pub orders: u64,
    /// Their total size (the largest number, if it does not fit).
    pub qty: Qty,
}

/// [`BookEngine::take`], order by order.
fn one_by_one<B: BookEngine>(
    book: &mut B,
    order: Incoming,
    goes_on: &mut impl FnMut(OrderId) -> bool,
    fills: &mut impl FnMut(Fill),
) -> Qty {
    let mut left = order.qty;
    while !left.is_zero() && book.would_trade(order.side, order.price) {
        let first = book.best(!order.side).and_then(|best| book.head(!order.side, best.price));
        let Some((handle, maker)) = first.and_then(|handle| Some((handle, book.get(handle)?))) else {
            break;
        };
        if !goes_on(maker.id) {
            break;
        }
        let Some(taken) = book.execute(handle, left) else { break };
        left = left.saturating_sub(taken.qty);
        fills(Fill { maker: maker.id, handle, price: maker.price, qty: taken.qty, left: taken.left });
    }
    left
}

/// An order book with price-time priority: a state machine without clock, randomness or names.
///
/// Better prices trade first, equal prices in the order of arrival. A trade is at the resting order's price.
/// No call panics, whatever its arguments, as long as there is memory. `fills` is called once for every resting order that is hit, in
/// the order of the trades.
///
/// ```
/// use prism_book::{BookEngine, Incoming, Ladder, OrderId, Outcome, Price, Qty, Side, Tif};
///
/// let mut book = Ladder::default();
/// let order = |id, side, qty, price| Incoming {
///     id: OrderId(id), side, tif: Tif::Gtc, qty: Qty(qty), price: Price(price),
/// };
/// let Outcome::Rests { handle, .. } = book.submit(order(1, Side::Sell, 10, 101), &mut |_| {}) else {
///     panic!("nothing to trade with")
/// };
/// let mut fills = Vec::new();
/// let bought = book.submit(order(2, Side::Buy, 4, 105), &mut |fill| fills.push(fill));
/// assert_eq!(bought, Outcome::Filled);
/// assert_eq!((fills[0].maker, fills[0].price, fills[0].left), (OrderId(1), Price(101), Qty(6)));
/// assert_eq!(book.cancel(handle), Some(Qty(6)));
/// assert_eq!(book.cancel(handle), None); // too late
/// ```
///
/// # Building a book from an order feed
///
/// A recorded feed tells what the book *was*: which orders rested, were executed, cancelled, reduced. Such a
/// book is built with [`insert_resting`](BookEngine::insert_resting), [`execute`](BookEngine::execute),
/// [`cancel`](BookEngine::cancel) and [`reduce`](BookEngine::reduce), none of which ever matches, so that
/// the book does exactly what the feed says even where the feed contradicts itself;
/// [`would_trade`](BookEngine::would_trade) and [`head`](BookEngine::head) tell where it does. From there
/// on, [`submit`](BookEngine::submit) trades with the book as with any other.
pub trait BookEngine: Clone + Default + Send + fmt::Debug + 'static {
    /// Takes an order in: it trades with what it crosses, and the rest does what its time in force says.
    ///
    /// Refused are: a size of zero or above [`Qty::MAX`] (`BadQty`); a market order that is to rest
    /// (`BadPrice`); a post-only order that would trade (`WouldTrade`); a fill-or-kill order that cannot
    /// trade in full (`NotFilled`). A refused order leaves no trace.
    fn submit(&mut self, order: Incoming, fills: &mut impl FnMut(Fill)) -> Outcome;

    /// Takes an order out. Returns what was left of it, or `None` if the handle is stale.
    fn cancel(&mut self, order: Handle) -> Option<Qty>;

    /// Takes an order out, and returns it as it was.
    fn remove(&mut self, order: Handle) -> Option<Resting> {
        let old = self.get(order)?;
        self.cancel(order)?;
        Some(old)
    }

    /// Makes an order smaller; it keeps its place. Taking all that is left, or more, removes it. `None` if
    /// the handle is stale.
    fn reduce(&mut self, order: Handle, by: Qty) -> Option<Taken>;

    /// Gives an order another price and open size.
    ///
    /// At the same price and not larger it keeps its place ([`Outcome::Kept`]). Otherwise it is taken out
    /// and comes in again at the end of the queue as a good-till-cancelled order of the same id, which may
    /// trade at once; so a book is never left crossed. Refused, with nothing changed: a stale handle
    /// (`TooLate`), and what [`submit`](BookEngine::submit) refuses.
    fn replace(&mut self, order: Handle, price: Price, qty: Qty, fills: &mut impl FnMut(Fill)) -> Outcome;

    /// Puts an order at the end of its queue without matching, even if it crosses.
    ///
    /// # Errors
    /// A size of zero or above [`Qty::MAX`], or a price that cannot rest, as in
    /// [`submit`](BookEngine::submit).
    fn insert_resting(&mut self, id: OrderId, side: Side, price: Price, qty: Qty) -> Result<Handle, Reject>;

    /// Gives an order another price and open size without matching, even if it then crosses: for a call, in
    /// which orders are collected, and for feeds.
    ///
    /// At the same price and not larger it keeps its place ([`Outcome::Kept`]); otherwise it goes to the end of
    /// its queue with a new handle ([`Outcome::Rests`]). Refused, with nothing changed, is what
    /// [`replace`](BookEngine::replace) refuses.
    fn replace_resting(&mut self, order: Handle, price: Price, qty: Qty) -> Outcome {
        let Some(old) = self.get(order) else { return Outcome::Refused(Reject::TooLate) };
        if let Err(why) = entry::check(old.side, Tif::Gtc, price, qty) {
            return Outcome::Refused(why);
        }
        if price == old.price && qty <= old.left {
            self.reduce(order, old.left.saturating_sub(qty));
            return Outcome::Kept { left: qty };
        }
        self.cancel(order);
        match self.insert_resting(old.id, old.side, price, qty) {
            Ok(handle) => Outcome::Rests { handle, left: qty },
            Err(why) => Outcome::Refused(why),
        }
    }

    /// Takes `qty` off a resting order because the feed says that it traded; all of it at most. `None` if
    /// the handle is stale.
    fn execute(&mut self, order: Handle, qty: Qty) -> Option<Taken> {
        self.reduce(order, qty)
    }

    /// From now on orders trade at this price, whatever their own, as in an uncrossing; `None`: at their own again.
    /// Nothing depends on it but what is told of the trades by books that [write them down](Watched).
    fn trades_at(&mut self, price: Option<Price>) {
        let _ = price;
    }

    /// The market tells of something beside the changes of its displayed orders. Nothing depends on it but what is told
    /// by books that [write them down](Watched).
    fn remark(&mut self, remark: Remark) {
        let _ = remark;
    }

    /// Trades as an immediate-or-cancel order does, but asks before each resting order whether to go on. Returns what
    /// is left of the incoming order.
    fn take(
        &mut self,
        order: Incoming,
        goes_on: &mut impl FnMut(OrderId) -> bool,
        fills: &mut impl FnMut(Fill),
    ) -> Qty {
        one_by_one(self, order, goes_on, fills)
    }

    /// The order that trades next at a price, if one rests there.
    fn head(&self, side: Side, price: Price) -> Option<Handle>;

    /// True when orders rest that could trade with each other, as in a call or in a feed that contradicts
    /// itself.
    fn is_crossed(&self) -> bool {
        self.best(Side::Buy).is_some_and(|bid| self.would_trade(Side::Buy, bid.price))
    }

    /// True when an order of `side` at `price` would trade at once.
    fn would_trade(&self, side: Side, price: Price) -> bool {
        self.best(!side).is_some_and(|best| match side {
            Side::Buy => best.price <= price,
            Side::Sell => best.price >= price,
        })
    }

    /// The handle of the order called `id`, if it still rests at `place`. Who uses no id twice can keep the
    /// four bytes of [`Handle::place`] instead of a handle; on a large book the smaller table is worth a
    /// cache miss for each cancel.
    fn locate(&self, place: u32, id: OrderId) -> Option<Handle>;

    /// Has the order at a [place](Handle::place) brought into the cache. Nothing depends on it.
    fn fetch(&self, place: u32) {
        let _ = place;
    }

    /// Has the orders before and behind the one at a place brought into the cache, which were best
    /// [fetched](BookEngine::fetch) before. Nothing depends on it.
    fn fetch_neighbours(&self, place: u32) {
        let _ = place;
    }

    /// Where the two orders of a side are, most likely, that trade next: for [`fetch`](BookEngine::fetch), which
    /// takes any number.
    fn fronts(&self, side: Side) -> [u32; 2] {
        let _ = side;
        [u32::MAX; 2]
    }

    /// The id of the order that rests at a place; `None` also from a book that would have to search for it.
    fn id_at(&self, place: u32) -> Option<OrderId> {
        let _ = place;
        None
    }

    /// The order behind a handle; `None` if it is stale.
    fn get(&self, order: Handle) -> Option<Resting>;

    /// The best level of a side, in constant time.
    fn best(&self, side: Side) -> Option<Level>;

    /// The best bid and the best ask, in constant time.
    #[inline(always)]
    fn top(&self) -> (Option<Level>, Option<Level>) {
        (self.best(Side::Buy), self.best(Side::Sell))
    }

    /// What rests at a price.
    fn level(&self, side: Side, price: Price) -> Option<Level>;

    /// How much rests at a price.
    #[inline(always)]
    fn qty_at(&self, side: Side, price: Price) -> Qty {
        self.level(side, price).map_or(Qty::ZERO, |level| level.qty)
    }

    /// The levels of a side, best first; `.take(n)` for the best `n`.
    fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_;

    /// The orders of a side in the order in which they would trade.
    fn orders(&self, side: Side) -> impl Iterator<Item = (Handle, Resting)> + '_;

    /// What is before an order in the queue at its price; `None` if the handle is stale.
    ///
    /// Exact, and in logarithmic time in the orders at that price, amortised: the [`Ladder`] lists the orders of a
    /// queue when one far back in it is first asked about, each order once, which is why this takes the book by
    /// `&mut`. The market stays the same.
    fn ahead(&mut self, order: Handle) -> Option<Ahead>;

    /// True when nothing rests.
    fn is_empty(&self) -> bool {
        self.best(Side::Buy).is_none() && self.best(Side::Sell).is_none()
    }

    /// Takes everything out. All handles become stale.
    fn clear(&mut self);

    /// Gives the words of the market's state, in a fixed order: for each side the orders as they would
    /// trade, with id, price and size. Equal for equal states whatever the engine.
    fn digest(&self, word: &mut impl FnMut(u64)) {
        digest::words(self, word);
    }

    /// Checks the engine's own structure, for tests.
    ///
    /// # Errors
    /// The first thing that is wrong.
    fn check(&self) -> Result<(), String>;
}
