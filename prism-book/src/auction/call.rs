//! A call on a book: its market orders, and the uncrossing.

use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side};

use super::pro_rata::shares;
use super::{Allocation, Clearing, Curves, Execution, Rules};
use crate::book::{BookEngine, Handle, Resting, Taken};

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
    marginal: Vec<(Handle, Resting)>,
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
    /// The cost is that of the levels that are crossed, and of the market orders.
    pub fn indicative(&mut self, book: &B, reference: Price) -> Option<Clearing> {
        self.curves.refill(book, &self.market);
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
        for side in Side::BOTH {
            let mut left = clearing.volume;
            for (orders, are_market) in [(&mut self.market, true), (&mut *book, false)] {
                while left != 0
                    && let Some(level) = orders.best(side)
                {
                    let taken = match self.rules.allocation {
                        Allocation::Time => by_time(orders, side, level.price, left, &mut |of, taken| {
                            done(execution(of, taken, are_market));
                        }),
                        Allocation::ProRata => {
                            self.marginal.clear();
                            let queue =
                                orders.orders(side).take_while(|(_, order)| order.price == level.price);
                            self.marginal.extend(queue);
                            in_proportion(orders, &self.marginal, left, &mut |of, taken| {
                                done(execution(of, taken, are_market));
                            })
                        }
                    };
                    left -= taken;
                }
            }
        }
        Some(clearing)
    }
}

fn execution((handle, order): (Handle, Resting), taken: Taken, is_market: bool) -> Execution {
    let Resting { id, side, price, .. } = order;
    let limit = (!is_market).then_some(price);
    Execution { id, side, limit, handle, qty: taken.qty, left: taken.left }
}

/// Executes the orders of a level in the order of arrival, up to `lots`. Returns how much they traded.
fn by_time(
    book: &mut impl BookEngine,
    side: Side,
    price: Price,
    lots: u128,
    done: &mut impl FnMut((Handle, Resting), Taken),
) -> u128 {
    let mut left = lots;
    while left != 0
        && let Some(handle) = book.head(side, price)
        && let Some(order) = book.get(handle)
        && let Some(taken) = book.reduce(handle, Qty(u64::try_from(left).unwrap_or(u64::MAX)))
    {
        left -= u128::from(taken.qty.0);
        done((handle, order), taken);
    }
    lots - left
}

/// Executes the orders of a level in proportion to their sizes, up to `lots`. Returns how much they traded.
fn in_proportion(
    book: &mut impl BookEngine,
    level: &[(Handle, Resting)],
    lots: u128,
    done: &mut impl FnMut((Handle, Resting), Taken),
) -> u128 {
    let sizes: Vec<u64> = level.iter().map(|(_, order)| order.left.0).collect();
    let whole: u128 = sizes.iter().map(|&size| u128::from(size)).sum();
    let parts = if whole <= lots { sizes } else { shares(&sizes, lots) };
    for (&of, &part) in level.iter().zip(&parts) {
        if part != 0
            && let Some(taken) = book.reduce(of.0, Qty(part))
        {
            done(of, taken);
        }
    }
    whole.min(lots)
}
