//! Demand and supply in a call, and the price at which they clear.

use prism_core::types::{Price, Qty, Side};

use super::{Candidates, Clearing, Rules, Tie};
use crate::book::{BookEngine, Level};

/// What would be bought and sold at each price: market orders, and limits by price.
///
/// ```
/// use prism_book::auction::{Clearing, Curves, Rules};
/// use prism_book::{Price, Qty, Side};
///
/// let curves = Curves::new([
///     (Side::Buy, Some(Price(105)), Qty(500)),
///     (Side::Sell, Some(Price(100)), Qty(300)),
/// ]);
/// assert_eq!((curves.demand(Price(105)), curves.supply(Price(105))), (500, 300));
/// let clearing = curves.clearing(Price(100), Rules::default());
/// assert_eq!(clearing, Some(Clearing { price: Price(105), volume: 300, surplus: 200 }));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Curves {
    /// Buys and sells.
    market: [u128; 2],
    /// Bids and asks, best first, each price once.
    limits: [Vec<(Price, u128)>; 2],
}

/// True when a limit of `side` accepts `price`.
fn accepts(side: Side, limit: Price, price: Price) -> bool {
    match side {
        Side::Buy => limit >= price,
        Side::Sell => limit <= price,
    }
}

/// What a level holds, which may be more than it tells.
pub(crate) fn exact(book: &impl BookEngine, side: Side, level: Level) -> u128 {
    if level.qty.0 < u64::MAX {
        return u128::from(level.qty.0);
    }
    let queue = book.orders(side).map(|(_, order)| order).skip_while(|order| order.price != level.price);
    queue.take_while(|order| order.price == level.price).map(|order| u128::from(order.left.0)).sum()
}

impl Curves {
    /// The curves of orders, or of levels, in any sequence: side, limit (`None` for a market order) and size.
    pub fn new(orders: impl IntoIterator<Item = (Side, Option<Price>, Qty)>) -> Curves {
        let mut curves = Curves::default();
        for (side, limit, qty) in orders {
            let qty = u128::from(qty.0);
            match limit {
                None => curves.market[side as usize] += qty,
                Some(price) if qty != 0 => curves.limits[side as usize].push((price, qty)),
                Some(_) => {}
            }
        }
        let [bids, asks] = &mut curves.limits;
        bids.sort_unstable_by(|a, b| b.cmp(a));
        asks.sort_unstable();
        for limits in [bids, asks] {
            limits.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
        }
        curves
    }

    /// Takes the curves of what there is of each side at each price, best first, and of the market orders beside it, as
    /// far as they can matter.
    pub(super) fn refill<B: BookEngine, I: Iterator<Item = (Price, u128)>>(
        &mut self,
        sizes: impl Fn(Side) -> I,
        market: &B,
    ) {
        self.market = Side::BOTH.map(|side| market.best(side).map_or(0, |level| exact(market, side, level)));
        let best = Side::BOTH.map(|side| sizes(side).next().map(|(price, _)| price));
        for side in Side::BOTH {
            let against = self.market[!side as usize];
            let mut sum = self.market[side as usize];
            let limits = &mut self.limits[side as usize];
            limits.clear();
            let mut enough = false;
            for (price, qty) in sizes(side) {
                limits.push((price, qty));
                if enough {
                    break;
                }
                sum += qty;
                // Where no limit of the other side is in reach and its market orders are already matched, a worse limit
                // has the same volume and a larger surplus. The next one is still where the ticks below this one end.
                let reaches = best[!side as usize].is_some_and(|other| accepts(side, price, other));
                enough = sum >= against && !reaches;
            }
        }
    }

    /// What a side has at market, and at each limit, best first.
    pub(super) fn sizes(&self, side: Side) -> (u128, &[(Price, u128)]) {
        (self.market[side as usize], &self.limits[side as usize])
    }

    fn total(&self, side: Side, price: Price) -> u128 {
        let limits = self.limits[side as usize].iter();
        let in_reach = limits.take_while(|&&(limit, _)| accepts(side, limit, price));
        self.market[side as usize] + in_reach.map(|&(_, qty)| qty).sum::<u128>()
    }

    /// The lots that buy at a price.
    pub fn demand(&self, price: Price) -> u128 {
        self.total(Side::Buy, price)
    }

    /// The lots that sell at a price.
    pub fn supply(&self, price: Price) -> u128 {
        self.total(Side::Sell, price)
    }

    /// The auction's price by the [rules](super), its volume and its surplus; `None` if nothing can trade.
    pub fn clearing(&self, reference: Price, rules: Rules) -> Option<Clearing> {
        let mut tied = Tied::new(reference, 0, u128::MAX, reference);
        let [bids, asks] = &self.limits;
        let (mut bids_left, mut asks) = (bids.as_slice(), asks.as_slice());
        let all: u128 = bids.iter().map(|&(_, qty)| qty).sum();
        let (mut demand, mut supply) = (self.market[0] + all, self.market[1]);
        let mut last: Option<Price> = None;
        // Upwards through the limits of both sides: supply joins at its price, demand leaves behind it.
        loop {
            let price = match (bids_left.last(), asks.first()) {
                (Some(&(bid, _)), Some(&(ask, _))) => bid.min(ask),
                (Some(&(price, _)), None) | (None, Some(&(price, _))) => price,
                (None, None) => break,
            };
            if let (Candidates::Ticks, Some(last)) = (rules.candidates, last)
                && price.0 - 1 > last.0
            {
                tied.consider((Price(last.0 + 1), Price(price.0 - 1)), demand, supply);
            }
            if let Some((&(ask, qty), rest)) = asks.split_first()
                && ask == price
            {
                supply += qty;
                asks = rest;
            }
            tied.consider((price, price), demand, supply);
            if let Some((&(bid, qty), rest)) = bids_left.split_last()
                && bid == price
            {
                demand -= qty;
                bids_left = rest;
            }
            last = Some(price);
        }
        if self.only_market_orders_at(reference) {
            tied.consider((reference, reference), self.market[0], self.market[1]);
        }
        let price = tied.price(rules.tie)?;
        let surplus = difference(self.demand(price), self.supply(price));
        Some(Clearing { price, volume: tied.volume, surplus })
    }

    fn only_market_orders_at(&self, price: Price) -> bool {
        let in_reach = |side| {
            let best = self.limits[side as usize].first();
            best.is_some_and(|&(limit, _)| accepts(side, limit, price))
        };
        !in_reach(Side::Buy) && !in_reach(Side::Sell)
    }
}

/// `a - b`. Totals of 64-bit sizes are far from the ends of 128 bits.
fn difference(a: u128, b: u128) -> i128 {
    let size = i128::try_from(a.abs_diff(b)).unwrap_or(i128::MAX);
    if a < b { -size } else { size }
}

/// The candidates with the greatest volume and the smallest surplus so far.
struct Tied {
    reference: Price,
    volume: u128,
    /// The surplus without its sign.
    surplus: u128,
    lowest: Price,
    highest: Price,
    nearest: Price,
    /// The highest with more demand than supply.
    highest_short: Option<Price>,
    /// The lowest with more supply than demand.
    lowest_long: Option<Price>,
}

impl Tied {
    const fn new(reference: Price, volume: u128, surplus: u128, first: Price) -> Tied {
        Tied {
            reference,
            volume,
            surplus,
            lowest: first,
            highest: first,
            nearest: first,
            highest_short: None,
            lowest_long: None,
        }
    }

    /// Looks at all prices from one to another, which have equal demand and equal supply.
    fn consider(&mut self, (low, high): (Price, Price), demand: u128, supply: u128) {
        let (volume, surplus) = (demand.min(supply), demand.abs_diff(supply));
        if volume == 0 || volume < self.volume || volume == self.volume && surplus > self.surplus {
            return;
        }
        if volume > self.volume || surplus < self.surplus {
            *self = Tied::new(self.reference, volume, surplus, low);
        }
        self.lowest = self.lowest.min(low);
        self.highest = self.highest.max(high);
        if demand > supply {
            self.highest_short = self.highest_short.max(Some(high));
        } else if demand < supply {
            self.lowest_long = Some(self.lowest_long.map_or(low, |price| price.min(low)));
        }
        let near = self.reference.clamp(low, high);
        let away = |price: Price| price.0.abs_diff(self.reference.0);
        if away(near) < away(self.nearest) || away(near) == away(self.nearest) && near > self.nearest {
            self.nearest = near;
        }
    }

    fn price(&self, tie: Tie) -> Option<Price> {
        // Demand falls and supply rises with the price, so those that are short lie below those that are long,
        // and where all are short (or long) both ends of the range are the highest (the lowest).
        let from = self.highest_short.unwrap_or(self.lowest);
        let to = self.lowest_long.unwrap_or(self.highest);
        (self.volume != 0).then_some(match tie {
            Tie::Pressure => self.reference.max(from).min(to),
            Tie::Reference => self.nearest,
        })
    }
}
