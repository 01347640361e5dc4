//! What an order may have beside side, size, price and time in force.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::types::{OrderId, Price, Qty, Time};

/// The terms of an order beyond the plain ones: when it becomes one, how much of it is shown, whether its price
/// follows the market, how little of it may trade, until when it lives, and which other orders it is linked to.
///
/// An order without any is sent with [`Ctx::order`](crate::agent::Ctx::order), one with terms with
/// [`Ctx::order_with`](crate::agent::Ctx::order_with). What each of them does, and which go together, is written
/// in the [rule book](https://github.com/prism-market/prism/blob/main/docs/exchange.md) of the exchange; a venue
/// that does not know them answers `BadTerms`.
///
/// ```
/// use prism_core::prelude::*;
/// let stop_loss = Terms::stop(Price(9_900)).expires(Expiry::Day);
/// assert_eq!(stop_loss.trigger, Some(Trigger::Stop { price: Price(9_900) }));
/// let iceberg = Terms::peak(Qty(100));
/// assert!(!iceberg.is_plain() && Terms::default().is_plain());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Terms {
    /// Held until the last price reaches a stop price; `None`: comes in at once.
    pub trigger: Option<Trigger>,
    /// How much of it others see.
    pub display: Display,
    /// What its price follows; the order's own price is then the worst that is accepted.
    pub peg: Option<Peg>,
    /// The least that may trade with it at one time, in lots; zero for any. The whole size is *all or none*.
    pub min_qty: Qty,
    /// Until when it lives, if it is not filled or cancelled before.
    pub expiry: Expiry,
    /// The call that it is for.
    pub session: Session,
    /// A market order whose rest stays in the book at the price at which it traded.
    pub market_to_limit: bool,
    /// A post-only order that would trade is priced one tick behind what it would trade with, not refused.
    pub slide: bool,
    /// An intermarket sweep: its sender takes better prices on other venues at the same time, so that protection
    /// against trading through them does not apply.
    pub sweep: bool,
    /// Shares its quantity with this order: a fill of one makes the other smaller (*one cancels other*).
    pub oco: Option<OrderId>,
    /// Held until this order trades, and then as large as what has traded: the leg of a *bracket*.
    pub after: Option<OrderId>,
}

/// What a stop order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Trigger {
    /// A trade at this price, or beyond it (buys: above, sells: below).
    Stop {
        /// The stop price.
        price: Price,
    },
    /// A stop price that stays this many ticks behind the best price since the order came in.
    Trail {
        /// How many ticks; at least 1.
        ticks: u32,
    },
    /// The same, as a part of that best price.
    TrailBp {
        /// How many hundredths of a percent: 1 to 10,000.
        bp: u16,
    },
}

/// How much of an order others see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Display {
    /// All of it.
    #[default]
    Full,
    /// An iceberg: a peak at a time. The next one, at the end of the queue, when it is used up.
    Peak {
        /// The size of a peak, in lots.
        qty: Qty,
    },
    /// An iceberg whose peaks are drawn anew each time, uniformly.
    RandomPeak {
        /// The smallest peak, in lots.
        low: Qty,
        /// The largest one.
        high: Qty,
    },
    /// Nothing. It trades after what is displayed at its price.
    Hidden,
}

/// What the price of a pegged order follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Peg {
    /// Which price.
    pub to: PegTo,
    /// How many ticks more aggressive than it: above zero is higher for a buy and lower for a sell.
    pub offset: i32,
}

/// The price that a pegged order follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum PegTo {
    /// The best price of its own side.
    Primary = 0,
    /// One tick short of the best price of the other side.
    Market = 1,
    /// The middle of the two, to the order's own advantage where that is half a tick.
    Midpoint = 2,
}

/// Until when an order lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Expiry {
    /// Until it is filled or cancelled.
    #[default]
    Never,
    /// Until the end of the trading day.
    Day,
    /// Until this time, at which it does not trade any more.
    At {
        /// The time.
        time: Time,
    },
}

/// The call that an order is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Session {
    /// Any phase of the day.
    #[default]
    Any = 0,
    /// The opening call only.
    AtOpen = 1,
    /// The closing call only.
    AtClose = 2,
}

impl Terms {
    /// A stop order: held until a trade reaches `price`.
    pub fn stop(price: Price) -> Terms {
        Terms { trigger: Some(Trigger::Stop { price }), ..Terms::default() }
    }

    /// A trailing stop order, `ticks` behind the best price since it came in.
    pub fn trail(ticks: u32) -> Terms {
        Terms { trigger: Some(Trigger::Trail { ticks }), ..Terms::default() }
    }

    /// A trailing stop order, `bp` hundredths of a percent behind the best price since it came in.
    pub fn trail_bp(bp: u16) -> Terms {
        Terms { trigger: Some(Trigger::TrailBp { bp }), ..Terms::default() }
    }

    /// An iceberg that shows `qty` at a time.
    pub fn peak(qty: Qty) -> Terms {
        Terms { display: Display::Peak { qty }, ..Terms::default() }
    }

    /// An iceberg that shows between `low` and `high` at a time.
    pub fn random_peak(low: Qty, high: Qty) -> Terms {
        Terms { display: Display::RandomPeak { low, high }, ..Terms::default() }
    }

    /// An order that nobody sees.
    pub fn hidden() -> Terms {
        Terms { display: Display::Hidden, ..Terms::default() }
    }

    /// A pegged order. One to the midpoint is hidden.
    pub fn peg(to: PegTo, offset: i32) -> Terms {
        let display = if to == PegTo::Midpoint { Display::Hidden } else { Display::Full };
        Terms { peg: Some(Peg { to, offset }), display, ..Terms::default() }
    }

    /// A market order whose rest stays in the book.
    pub fn market_to_limit() -> Terms {
        Terms { market_to_limit: true, ..Terms::default() }
    }

    /// A post-only order that gives way instead of being refused.
    pub fn slide() -> Terms {
        Terms { slide: true, ..Terms::default() }
    }

    /// The same with a least quantity for each trade.
    pub fn min_qty(self, min_qty: Qty) -> Terms {
        Terms { min_qty, ..self }
    }

    /// The same with an end.
    pub fn expires(self, expiry: Expiry) -> Terms {
        Terms { expiry, ..self }
    }

    /// The same for one call only.
    pub fn session(self, session: Session) -> Terms {
        Terms { session, ..self }
    }

    /// An order that is one of several to all venues with good prices, and is not held back by any of them.
    pub fn sweep() -> Terms {
        Terms { sweep: true, ..Terms::default() }
    }

    /// The same, sharing its quantity with `other`.
    pub fn oco(self, other: OrderId) -> Terms {
        Terms { oco: Some(other), ..self }
    }

    /// The same, held until `parent` trades.
    pub fn after(self, parent: OrderId) -> Terms {
        Terms { after: Some(parent), ..self }
    }

    /// True when there are none.
    pub fn is_plain(&self) -> bool {
        *self == Terms::default()
    }

    /// Folds every field in.
    pub fn digest(&self, into: &mut Digest) {
        let some = |id: Option<OrderId>| id.map_or((0, 0), |id| (1, id.0));
        let (trigger, by) = match self.trigger {
            None => (0, 0),
            Some(Trigger::Stop { price }) => (1, price.0.cast_unsigned()),
            Some(Trigger::Trail { ticks }) => (2, u64::from(ticks)),
            Some(Trigger::TrailBp { bp }) => (3, u64::from(bp)),
        };
        let (display, low, high) = match self.display {
            Display::Full => (0, 0, 0),
            Display::Peak { qty } => (1, qty.0, qty.0),
            Display::RandomPeak { low, high } => (2, low.0, high.0),
            Display::Hidden => (3, 0, 0),
        };
        let (peg, offset) = self.peg.map_or((0, 0), |peg| (peg.to as u64 + 1, i64::from(peg.offset)));
        let (expiry, time) = match self.expiry {
            Expiry::Never => (0, 0),
            Expiry::Day => (1, 0),
            Expiry::At { time } => (2, time.nanos()),
        };
        let (oco, other) = some(self.oco);
        let (after, parent) = some(self.after);
        let flags = u64::from(self.market_to_limit) | u64::from(self.slide) << 1 | u64::from(self.sweep) << 2;
        let kinds = [trigger, display, peg, expiry, self.session as u64, oco, after, flags];
        into.word(kinds.iter().fold(0, |word, kind| word << 8 | kind));
        into.pair(by, low);
        into.pair(high, offset.cast_unsigned());
        into.pair(self.min_qty.0, time.cast_unsigned());
        into.pair(other, parent);
    }
}
