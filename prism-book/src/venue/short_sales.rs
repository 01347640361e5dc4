//! Rules for selling what one does not have.

use prism_core::digest::Digest;
use prism_core::types::{Price, Qty};

/// Whether an agent may sell more than it has: section 8 of the rule book (`docs/exchange.md`).
///
/// An order to sell is *short* if the agent's open orders to sell, with this one, could sell more than it has. The
/// position is what the venue has cleared for the agent.
///
/// ```
/// use prism_book::venue::{Exchange, PriceTest, ShortSales};
/// use prism_book::Qty;
///
/// // 50,000 lots can be borrowed, and after a fall of 10 % only sales above the best bid are allowed (SEC Rule 201).
/// let rule = ShortSales::borrow(Qty(50_000)).test(PriceTest::AlternativeUptick { fall: 1_000 });
/// # let _ = Exchange::new("XPRM").short_sales(rule);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShortSales {
    /// How much of a symbol all agents together may be short, open orders included: what there is to be borrowed
    /// (the *locate* of Regulation SHO). `None` for no limit; zero forbids short sales.
    pub pool: Option<Qty>,
    /// At which prices short sales may come in.
    pub test: PriceTest,
}

/// At which prices short sales may come in. Without a limit, none may come in where a test applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PriceTest {
    /// At any.
    #[default]
    Any,
    /// Above the last price, or at it if the last change of price was up (the tick test of SEC Rule 10a-1,
    /// 1938 to 2007).
    Uptick,
    /// From a trade on that is so far below the previous close: above the best bid (SEC Rule 201, the
    /// alternative uptick rule, with 1,000). It then holds to the end of the run.
    AlternativeUptick {
        /// In basis points of the previous close: 1 to 10,000.
        fall: u32,
    },
}

impl ShortSales {
    /// None are allowed.
    pub const FORBIDDEN: ShortSales = ShortSales::borrow(Qty::ZERO);

    /// So many lots of each symbol can be borrowed.
    pub const fn borrow(pool: Qty) -> ShortSales {
        ShortSales { pool: Some(pool), test: PriceTest::Any }
    }

    /// The same with a test of the price.
    pub const fn test(mut self, test: PriceTest) -> ShortSales {
        self.test = test;
        self
    }

    /// Whether the rule can be used.
    ///
    /// # Errors
    /// A message that names the field and its range.
    pub fn check(&self) -> Result<(), String> {
        match self.test {
            PriceTest::AlternativeUptick { fall } if !(1..=10_000).contains(&fall) => {
                Err("`fall` must be 1 to 10000 basis points".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// What decides on an order to sell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sale {
    /// What the agent has, in lots.
    pub(super) position: i128,
    /// The lots that the agent's open orders could sell, before this one and with it.
    pub(super) open: [u64; 2],
    /// Its limit.
    pub(super) limit: Option<Price>,
}

impl Sale {
    /// How far below zero the position could get, before the order and with it.
    fn short(&self) -> [i128; 2] {
        self.open.map(|open| short(self.position, open))
    }
}

/// How far below zero a position could get, with so many lots of open orders to sell.
pub(super) fn short(position: i128, open: u64) -> i128 {
    (i128::from(open) - position).max(0)
}

/// The state of the rule in one symbol.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShortSeller {
    rule: ShortSales,
    close: Price,
    last: Price,
    /// The last change of price was up.
    up: bool,
    /// The fall has come.
    restricted: bool,
    /// How much all agents together are short, or could be by their open orders. Lots.
    lent: i128,
}

impl ShortSeller {
    /// A rule after a previous close.
    pub(super) fn new(rule: ShortSales, close: Price) -> ShortSeller {
        ShortSeller { rule, close, last: close, up: false, restricted: false, lent: 0 }
    }

    /// True if it has to be known how much is lent.
    pub(super) fn counts(&self) -> bool {
        self.rule.pool.is_some()
    }

    /// A trade.
    pub(super) fn on_trade(&mut self, price: Price) {
        if price != self.last {
            (self.up, self.last) = (price > self.last, price);
        }
        if let PriceTest::AlternativeUptick { fall } = self.rule.test {
            let (close, price) = (i128::from(self.close.0), i128::from(price.0));
            self.restricted |= (close - price) * 10_000 >= close * i128::from(fall);
        }
    }

    /// What an agent is short, or could be, was `before` and is `after`.
    pub(super) fn on_change(&mut self, before: i128, after: i128) {
        self.lent += after - before;
    }

    /// True if an order to sell may come in while `bid` is the best bid.
    pub(super) fn admits(&self, sale: &Sale, bid: Option<Price>) -> bool {
        let [before, after] = sale.short();
        let there = |pool: Qty| self.lent + after - before <= i128::from(pool.0);
        after == 0 || (self.passes(sale.limit, bid) && self.rule.pool.is_none_or(there))
    }

    /// The same for an order of so many lots that waits for a parent on the other side, of which so much is left: what
    /// it sells the parent has bought before, so it needs nothing to be borrowed, but it may sell short again what the
    /// parent has bought back.
    pub(super) fn admits_leg(&self, sale: &Sale, (parent, leg): (Qty, Qty), bid: Option<Price>) -> bool {
        let position = sale.position + i128::from(parent.0);
        short(position, sale.open[1].saturating_add(leg.0)) == 0 || self.passes(sale.limit, bid)
    }

    /// True if a short sale with this limit passes the test of prices while `bid` is the best bid.
    fn passes(&self, limit: Option<Price>, bid: Option<Price>) -> bool {
        match self.rule.test {
            PriceTest::Any => true,
            PriceTest::Uptick => {
                let least = if self.up { self.last.0 } else { self.last.0.saturating_add(1) };
                limit.is_some_and(|limit| limit.0 >= least)
            }
            PriceTest::AlternativeUptick { .. } => {
                let above = |limit: Price| bid.is_none_or(|bid| limit > bid);
                !self.restricted || limit.is_some_and(above)
            }
        }
    }

    /// Folds in what does not follow from positions and open orders.
    pub(super) fn digest(&self, into: &mut Digest) {
        into.word(u64::from(self.restricted) << 1 | u64::from(self.up));
    }
}
