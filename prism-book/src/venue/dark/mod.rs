//! A dark midpoint venue: orders rest unseen and trade in the middle of the prices that other venues show.

mod floor;
mod pool;

use prism_core::types::{FeeRate, Instrument, Qty, Span, Symbol};
use prism_core::venue::{Venue, VenueError, VenuePlace, VenueSpec};

use self::floor::DarkFloor;
use super::fees::{Fee, Fees};
use super::floor::LARGEST;

/// Who trades first in a dark venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DarkPriority {
    /// Those who came first.
    #[default]
    Time,
    /// The largest; of equal ones those who came first.
    SizeTime,
}

/// Declares a dark venue, whose orders trade at the midpoint of the consolidated quote of the other venues of their
/// symbol.
///
/// - An order rests unseen; nothing is quoted, trades are published. Its limit says at which midpoints it trades: a buy at
///   its limit or below, a sell at its limit or above. Orders of one agent never trade with each other.
/// - The quote is that of [`VenueOut::away`](prism_core::venue::VenueOut::away), as late as the venue
///   [watches](Dark::watch) it, and is looked at with each message about the symbol: first the resting orders trade with
///   each other, then the message is carried out, and then they are looked at again. Without a bid or an ask, or where
///   these are crossed, nothing trades; where they are locked, the midpoint is their price.
/// - Of the orders that can trade, the buys are gone through by [priority](Dark::priority), and for each the sells; the
///   first pair trades the smaller of what is left of both, and the search begins anew.
/// - A midpoint between two ticks is rounded in favour of the order that came first.
/// - `GTC`, `IOC`, `FOK` and post-only (refused if it could trade at once), cancel, reduce and replace are as on the
///   exchange; so are the ranges of prices and sizes. A minimum quantity is the least that each trade with the order
///   must be (all that is left, if that is less). Other terms are `BadTerms`, but for `hidden` and `sweep`, which mean
///   nothing here.
///
/// The order that came first pays the maker's fee, the other the taker's.
///
/// ```
/// use prism_book::venue::{Dark, DarkPriority};
/// use prism_book::{Span, Symbol};
///
/// let venue = Dark::new("XDRK")
///     .list(Symbol::new("ACME").tick("0.01").start("100.00"))
///     .watch(Span::micros(200))
///     .priority(DarkPriority::SizeTime);
/// # let _ = venue;
/// ```
#[derive(Clone, Debug)]
pub struct Dark {
    name: String,
    symbols: Vec<Symbol>,
    fees: Fees,
    watch: Span,
    priority: DarkPriority,
}

impl Dark {
    /// A dark venue that lists nothing yet, takes no fees, and sees other venues without a delay.
    pub fn new(name: &str) -> Dark {
        Dark {
            name: name.to_owned(),
            symbols: Vec::new(),
            fees: Fees::default(),
            watch: Span::ZERO,
            priority: DarkPriority::default(),
        }
    }

    /// Lists a symbol, which should be listed by another venue, too.
    pub fn list(mut self, symbol: Symbol) -> Dark {
        self.symbols.push(symbol);
        self
    }

    /// What the owners of the resting and of the incoming order pay on the value of a fill; negative for a rebate. Below
    /// 100 % either way.
    pub fn fees(mut self, maker: FeeRate, taker: FeeRate) -> Dark {
        self.fees = Fees::new(Fee::of_value(maker), Fee::of_value(taker));
        self
    }

    /// What trades cost, by value and by lot, in one tier.
    pub fn fee_schedule(mut self, fees: Fees) -> Dark {
        self.fees = fees;
        self
    }

    /// How late it sees the quotes of other venues.
    pub fn watch(mut self, delay: Span) -> Dark {
        self.watch = delay;
        self
    }

    /// Who trades first; by default those who came first.
    pub fn priority(mut self, rule: DarkPriority) -> Dark {
        self.priority = rule;
        self
    }
}

impl VenueSpec for Dark {
    fn name(&self) -> &str {
        &self.name
    }

    fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    fn watches(&self) -> Option<Span> {
        Some(self.watch)
    }

    fn largest_order(&self, symbol: &Instrument) -> Qty {
        let lot = u128::from(symbol.start.0.unsigned_abs()) * u128::from(symbol.tick_lot.unsigned_abs());
        let lots = u128::from(LARGEST) / lot.max(1);
        Qty(u64::try_from(lots).unwrap_or(u64::MAX)).min(Qty::MAX)
    }

    fn has_phases(&self) -> bool {
        false
    }

    fn liquidates(&self) -> bool {
        false
    }

    fn build(&self, place: &VenuePlace<'_>) -> Result<Box<dyn Venue>, VenueError> {
        if self.fees.by_volume() {
            return Err(VenueError::Declared("the fees of a dark venue have one tier".to_owned()));
        }
        if self.watch.is_negative() {
            return Err(VenueError::Declared(format!("`watch` must be 0s or more, not {}", self.watch)));
        }
        Ok(Box::new(DarkFloor::new(self, place)?))
    }
}
