//! A call on a book: its market orders, and the uncrossing.

use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side, Tif};

use super::curves::exact;
use super::pro_rata::shares;
use super::{Allocation, Clearing, Curves, Execution, Rules};
use crate::book::{BookEngine, Fill, Handle, Incoming, Outcome, Resting, Taken};

/// Where the market orders rest in a book of their own, in which only time counts.
const NOWHERE: Price = Price(0);

/// What an auction adds to a book: the market orders of the call, the indicative result, and the uncrossing.
///
/// The market orders are kept here, each side in the order of arrival and before every limit order. Limit
/// orders rest in the book, which is handed to each call.
///
/// ```
/// use prism_book::auction::{Call, Clearing};
/// use prism_book::{BookEngine, Ladder, OrderId, Price, Qty, Side};
///
/// let (mut book, mut call) = (Ladder::default(), Call::default());
/// book.insert_resting(OrderId(1), Side::Buy, Price(102), Qty(400)).unwrap();
/// book.insert_resting(OrderId(2), Side::Sell, Price(100), Qty(300)).unwrap();
/// call.add(OrderId(3), Side::Sell, Qty(200)).unwrap();
///
/// let clearing = call.indicative(&book, Price(101));
/// assert_eq!(clearing, Some(Clearing { price: Price(100), volume: 400, surplus: -100 }));
/// let mut told = Vec::new();
/// assert_eq!(call.uncross(&mut book, Price(101), &mut |done| told.push((done.id.0, done.qty.0))), clearing);
/// assert_eq!(told, [(1, 400), (3, 200), (2, 200)]);
/// assert_eq!(book.best(Side::Sell).unwrap().qty, Qty(100));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Call<B> {
    /// The rules by which the price is found and the volume divided.
    pub rules: Rules,
    market: B,
    curves: Curves,
}

impl<B: BookEngine> Call<B> {
    /// A call without market orders.
    pub fn new(rules: Rules) -> Call<B> {
        Call { rules, ..Call::default() }
    }

    /// Takes a market order in, behind the others of its side.
    ///
    /// # Errors
    /// `BadQty` for a size of zero or above [`Qty::MAX`].
    pub fn add(&mut self, id: OrderId, side: Side, qty: Qty) -> Result<Handle, Reject> {
        self.market.insert_resting(id, side, NOWHERE, qty)
    }

    /// Takes a market order out. Returns what was left of it, or `None` if the handle is stale.
    pub fn cancel(&mut self, order: Handle) -> Option<Qty> {
        self.market.cancel(order)
    }

    /// Makes a market order smaller; it keeps its place. `None` if the handle is stale.
    pub fn reduce(&mut self, order: Handle, by: Qty) -> Option<Taken> {
        self.market.reduce(order, by)
    }

    /// The market orders, as a book in which all have the same price: what there is to ask of a book
    /// ([`get`](BookEngine::get), [`locate`](BookEngine::locate), [`ahead`](BookEngine::ahead),
    /// [`orders`](BookEngine::orders), [`digest`](BookEngine::digest) …) can be asked of them. The price means
    /// nothing.
    pub fn market(&self) -> &B {
        &self.market
    }

    /// Takes all market orders out, after the auction or with the end of the call; `gone` is told what was left
    /// of each, buys first, each side in the order of arrival.
    pub fn clear(&mut self, gone: &mut impl FnMut(OrderId, Side, Qty)) {
        for side in Side::BOTH {
            for (_, order) in self.market.orders(side) {
                gone(order.id, side, order.left);
            }
        }
        self.market.clear();
    }

    /// What the auction would give now; `None` if nothing would trade.
    ///
    /// The cost is that of the levels that are crossed, and it allocates nothing once it has seen as many.
    pub fn indicative(&mut self, book: &B, reference: Price) -> Option<Clearing> {
        self.indicative_of(reference, |side| {
            book.levels(side).map(move |level| (level.price, exact(book, side, level)))
        })
    }

    /// The same where what may trade is not in one book: `sizes` are what there is of a side at each price, best first.
    pub(crate) fn indicative_of<I: Iterator<Item = (Price, u128)>>(
        &mut self,
        reference: Price,
        sizes: impl Fn(Side) -> I,
    ) -> Option<Clearing> {
        self.curves.refill(sizes, &self.market);
        self.curves.clearing(reference, self.rules)
    }

    /// Holds the auction. Market orders trade before limits, better limits before worse ones; the one level that
    /// can trade only in part is divided by the [`Allocation`]. `done` is told of every order that trades: all
    /// buys in their priority, then all sells. What does not trade stays where it is, with its place in the
    /// queue, and the book is not crossed any more.
    ///
    /// `None`, with nothing changed, if nothing can trade.
    pub fn uncross(
        &mut self,
        book: &mut B,
        reference: Price,
        done: &mut impl FnMut(Execution),
    ) -> Option<Clearing> {
        let clearing = self.indicative(book, reference)?;
        book.trades_at(Some(clearing.price));
        let by = self.rules.allocation;
        for side in Side::BOTH {
            let (market, limits) = self.curves.sizes(side);
            let mut part = |fill: Fill, limit| {
                let Fill { maker: id, handle, qty, left, .. } = fill;
                done(Execution { id, side, limit, handle, qty, left });
            };
            let at_market = [(NOWHERE, market)];
            let all = clearing.volume;
            let traded = execute(&mut self.market, side, &at_market, (all, by), &mut |fill| part(fill, None));
            let left = all - traded;
            execute(book, side, limits, (left, by), &mut |fill| part(fill, Some(fill.price)));
        }
        book.trades_at(None);
        Some(clearing)
    }
}

/// Executes `lots` of the orders of a side, whose levels hold these sizes, best first. Returns how much traded:
/// all, if there is as much.
fn execute(
    book: &mut impl BookEngine,
    side: Side,
    levels: &[(Price, u128)],
    (lots, by): (u128, Allocation),
    done: &mut impl FnMut(Fill),
) -> u128 {
    let (mut whole, mut marginal) = (0, None);
    for &(price, qty) in levels {
        if whole + qty > lots {
            marginal = Some(price);
            break;
        }
        whole += qty;
    }
    match (by, marginal) {
        (Allocation::ProRata, Some(price)) if whole < lots => {
            in_turn(book, side, whole, done);
            in_proportion(book, side, price, lots - whole, done);
            lots
        }
        (_, marginal) => {
            let lots = if marginal.is_some() { lots } else { whole };
            in_turn(book, side, lots, done);
            lots
        }
    }
}

/// Executes `lots` of the orders of a side by price and time.
fn in_turn(book: &mut impl BookEngine, side: Side, mut lots: u128, done: &mut impl FnMut(Fill)) {
    // To a book it is a market order of the other side, or several if the lots are more than an order may have;
    // a resting order that two of them meet is told once.
    let price = if side == Side::Buy { Price::MIN } else { Price::MAX };
    let mut last: Option<Fill> = None;
    while lots != 0 {
        let qty = u64::try_from(lots).unwrap_or(u64::MAX).min(Qty::MAX.0);
        lots -= u128::from(qty);
        let order = Incoming { id: OrderId(0), side: !side, tif: Tif::Ioc, qty: Qty(qty), price };
        let outcome = book.submit(order, &mut |fill| match &mut last {
            Some(met) if met.handle == fill.handle => {
                *met = Fill { qty: Qty(met.qty.0 + fill.qty.0), ..fill };
            }
            _ => {
                if let Some(met) = last.replace(fill) {
                    done(met);
                }
            }
        });
        if outcome != Outcome::Filled {
            break;
        }
    }
    if let Some(met) = last {
        done(met);
    }
}

/// Executes `lots` of the orders at the best price of a side in proportion to their sizes; fewer than there are.
fn in_proportion(
    book: &mut impl BookEngine,
    side: Side,
    price: Price,
    lots: u128,
    done: &mut impl FnMut(Fill),
) {
    let level: Vec<(Handle, Resting)> =
        book.orders(side).take_while(|(_, order)| order.price == price).collect();
    let sizes: Vec<u64> = level.iter().map(|(_, order)| order.left.0).collect();
    for ((handle, order), part) in level.into_iter().zip(shares(&sizes, lots)) {
        if part != 0
            && let Some(Taken { qty, left }) = book.execute(handle, Qty(part))
        {
            done(Fill { maker: order.id, handle, price, qty, left });
        }
    }
}
