//! Smart order routing: one order, several venues.
//!
//! A [`Router`] takes a marketable order apart over the venues of its symbol, by what they display as the agent sees
//! it, all-in prices first: a venue whose taker fee is lower wins at equal prices, and a worse price can win with a
//! rebate. What comes back unfilled because the quotes were old is routed again.

use prism_core::agent::Ctx;
use prism_core::market::Level;
use prism_core::msg::{Order, Report, Terms};
use prism_core::types::{BookId, FeeRate, OrderId, Price, Qty, Side, SymbolId, Tif};

/// So often what came back is routed again before the rest is given up.
const MOST_ROUNDS: u8 = 16;

/// Sends orders to several venues and keeps track of what becomes of them.
///
/// The agent hands it each report; the one that ends the last part of a parent order is answered with a
/// [`Routed`].
///
/// ```
/// use prism_agents::kit::router::Router;
/// use prism_core::prelude::*;
///
/// #[derive(Clone, Default)]
/// struct Buyer {
///     router: Router,
/// }
///
/// impl Agent for Buyer {
///     fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
///         let Some(symbol) = ctx.symbol(ctx.home()) else { return };
///         self.router.send(symbol, Side::Buy, Qty(1_000), Price(10_050), ctx);
///     }
///     fn on_report(&mut self, report: &Report, ctx: &mut Ctx<'_>) {
///         if let Some(done) = self.router.on_report(report, ctx) {
///             assert!(done.filled.0 + done.left.0 == 1_000);
///         }
///     }
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Router {
    fees: Vec<(BookId, FeeRate)>,
    sweep: bool,
    next: u32,
    parents: Vec<Parent>,
    children: Vec<Child>,
    /// What is displayed, between two calls without meaning.
    levels: Vec<(BookId, Level)>,
    legs: Vec<Leg>,
}

/// A part of an order for one venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Where it goes.
    pub book: BookId,
    /// The worst price that it needs to be filled.
    pub price: Price,
    /// How much.
    pub qty: Qty,
}

/// The end of a parent order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Routed {
    /// The number that [`Router::send`] gave.
    pub parent: u32,
    /// How much of it traded.
    pub filled: Qty,
    /// What did not find anything at its limit or better.
    pub left: Qty,
}

#[derive(Clone, Debug)]
struct Parent {
    number: u32,
    symbol: SymbolId,
    side: Side,
    limit: Price,
    filled: Qty,
    /// What is neither filled nor on its way.
    left: Qty,
    rounds: u8,
}

#[derive(Clone, Copy, Debug)]
struct Child {
    id: OrderId,
    parent: u32,
    left: Qty,
}

impl Router {
    /// A router that knows what takers pay: books that are not named are free.
    pub fn with_fees(fees: impl IntoIterator<Item = (BookId, FeeRate)>) -> Router {
        Router { fees: fees.into_iter().collect(), ..Router::default() }
    }

    /// The same, whose parts are intermarket sweeps ([`Terms::sweep`]): for venues that protect the prices of
    /// others.
    pub fn sweeping(mut self) -> Router {
        self.sweep = true;
        self
    }

    /// Takes an order apart over these displayed levels of the other side, without sending it: the best all-in
    /// prices first, of equal ones the larger, then the first. One leg for each book, and never more than `qty` in
    /// all; less if less is displayed at the limit or better.
    pub fn split(&mut self, levels: &[(BookId, Level)], side: Side, qty: Qty, limit: Price) -> &[Leg] {
        self.levels.clear();
        self.levels.extend_from_slice(levels);
        self.cut(side, qty, limit);
        &self.legs
    }

    fn fee(&self, book: BookId) -> i64 {
        self.fees.iter().find(|(known, _)| *known == book).map_or(0, |(_, rate)| rate.0)
    }

    /// What one lot costs with its fee, or for a sale what is missing from all money there is: less is better.
    fn all_in(&self, side: Side, book: BookId, price: Price) -> i128 {
        // A rate is in billionths.
        let one = 1_000_000_000 + i128::from(side.sign() * self.fee(book));
        i128::from(side.sign()) * i128::from(price.0) * one
    }

    fn cut(&mut self, side: Side, qty: Qty, limit: Price) {
        let mut levels = std::mem::take(&mut self.levels);
        levels.retain(|(_, level)| match side {
            Side::Buy => level.price <= limit,
            Side::Sell => level.price >= limit,
        });
        levels.sort_by_key(|&(book, level)| {
            (self.all_in(side, book, level.price), std::cmp::Reverse(level.qty), book)
        });
        self.legs.clear();
        let mut left = qty.0;
        for &(book, level) in &levels {
            let part = left.min(level.qty.0);
            if part == 0 {
                break;
            }
            left -= part;
            match self.legs.iter_mut().find(|leg| leg.book == book) {
                Some(leg) => {
                    leg.qty = Qty(leg.qty.0 + part);
                    leg.price = match side {
                        Side::Buy => leg.price.max(level.price),
                        Side::Sell => leg.price.min(level.price),
                    };
                }
                None => self.legs.push(Leg { book, price: level.price, qty: Qty(part) }),
            }
        }
        self.levels = levels;
    }

    /// Sends an order of `qty` that pays `limit` at worst, over the agent's books of `symbol`: immediate or cancel
    /// everywhere. Returns the parent's number, by which [`on_report`](Router::on_report) names its end; `None` if
    /// nothing is displayed that it could trade with.
    pub fn send(
        &mut self,
        symbol: SymbolId,
        side: Side,
        qty: Qty,
        limit: Price,
        ctx: &mut Ctx<'_>,
    ) -> Option<u32> {
        let number = self.next;
        let mut parent = Parent { number, symbol, side, limit, filled: Qty::ZERO, left: qty, rounds: 0 };
        if !self.round(&mut parent, ctx) {
            return None;
        }
        self.next = self.next.wrapping_add(1);
        self.parents.push(parent);
        Some(number)
    }

    /// Sends what is left of a parent order; false if there is nothing to send it to.
    fn round(&mut self, parent: &mut Parent, ctx: &mut Ctx<'_>) -> bool {
        self.look(parent.symbol, !parent.side, ctx);
        self.cut(parent.side, parent.left, parent.limit);
        for &Leg { book, price, qty } in &self.legs {
            let order = Order::limit(book, parent.side, qty, price).tif(Tif::Ioc);
            let id = if self.sweep { ctx.order_with(order, &Terms::sweep()) } else { ctx.order(order) };
            self.children.push(Child { id, parent: parent.number, left: qty });
            parent.left = parent.left.saturating_sub(qty);
        }
        parent.rounds += 1;
        !self.legs.is_empty()
    }

    /// What the agent sees of one side of its books of a symbol: their depth where it is recorded, else the touch.
    fn look(&mut self, symbol: SymbolId, side: Side, ctx: &mut Ctx<'_>) {
        self.levels.clear();
        for n in 0..ctx.books().len() {
            let book = ctx.books()[n];
            if ctx.symbol(book) != Some(symbol) {
                continue;
            }
            let before = self.levels.len();
            self.levels.extend(ctx.depth(book, side).iter().map(|level| (book, *level)));
            if self.levels.len() == before {
                self.levels.extend(ctx.top(book).best(side).map(|level| (book, level)));
            }
        }
    }

    /// Takes note of a report about one of the router's orders, and routes again what came back. The end of a parent
    /// order, if this was it; `None` also for reports about other orders.
    pub fn on_report(&mut self, report: &Report, ctx: &mut Ctx<'_>) -> Option<Routed> {
        let at = self.children.iter().position(|child| child.id == report.id())?;
        let child = &mut self.children[at];
        let number = child.parent;
        let (filled, over) = match *report {
            Report::Filled { qty, left, .. } => {
                child.left = left;
                (qty, left.is_zero())
            }
            Report::Cancelled { .. } | Report::Rejected { open: false, .. } => (Qty::ZERO, true),
            _ => (Qty::ZERO, false),
        };
        let back = child.left;
        if over {
            self.children.swap_remove(at);
        }
        let place = self.parents.iter().position(|parent| parent.number == number)?;
        let parent = &mut self.parents[place];
        parent.filled = Qty(parent.filled.0 + filled.0);
        if over {
            parent.left = Qty(parent.left.0 + back.0);
        }
        if self.children.iter().any(|child| child.parent == number) {
            return None;
        }
        let mut parent = self.parents.swap_remove(place);
        if !parent.left.is_zero() && parent.rounds < MOST_ROUNDS && self.round(&mut parent, ctx) {
            self.parents.push(parent);
            return None;
        }
        Some(Routed { parent: number, filled: parent.filled, left: parent.left })
    }
}
