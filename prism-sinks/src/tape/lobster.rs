//! LOBSTER message files: one line an event of the visible book.

use prism_core::types::Side;
use serde::{Serialize, Serializer};

use super::error::TapeError;
use super::fields::{BadField, Fields};
use super::source::Source;
use super::text::{Lines, Messages};

/// The price that LOBSTER's order-book files write where there is no ask (negative: no bid).
pub(crate) const NO_PRICE: i64 = 9_999_999_999;

/// One line of a message file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LobsterMessage {
    /// Nanoseconds after midnight, US/Eastern; decimals past the ninth are cut. Several messages may share a
    /// time: the order of the file is the order.
    pub time_ns: i64,
    /// What happened.
    pub event: LobsterEvent,
}

/// What a message says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LobsterEvent {
    /// Type 1: a new limit order rests in the book.
    Add(RestingOrder),
    /// Type 2: part of an order is cancelled; `size` is what was removed, not what is left.
    PartialCancel(RestingOrder),
    /// Type 3: an order is deleted; `size` is what was left of it.
    Delete(RestingOrder),
    /// Type 4: a visible order is executed, in part or whole. `side` is that of the resting order; the
    /// aggressor, on the other side, is not in the file.
    Execute(RestingOrder),
    /// Type 5: a hidden order is executed; the visible book does not change. The price may lie inside the
    /// spread and on a half cent.
    ExecuteHidden {
        /// Side of the resting order.
        side: Side,
        /// Shares.
        size: u64,
        /// USD × 10,000.
        price: i64,
    },
    /// Type 6: an auction's cross trade; the visible book does not change.
    Cross {
        /// As the file has it; it carries no meaning.
        side: Side,
        /// Shares.
        size: u64,
        /// USD × 10,000.
        price: i64,
    },
    /// Type 7: trading stops or resumes; the book row repeats the one before.
    Halt(TradingHalt),
}

/// The order that an event is about, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestingOrder {
    /// The order's number, unique in the file.
    pub id: u64,
    /// Side of the resting order.
    pub side: Side,
    /// Shares added, removed or executed: 1 to 2³² - 1, as in the exchange's own messages.
    pub size: u64,
    /// USD × 10,000, above 0 and below the mark of an empty level.
    pub price: i64,
}

/// What a type 7 message announces, by its price column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradingHalt {
    /// Price -1: trading is halted.
    Halted,
    /// Price 0: quoting resumes, trading not yet.
    QuotingResumes,
    /// Price 1: trading resumes.
    TradingResumes,
}

impl LobsterMessage {
    /// The line's columns.
    pub fn row(&self) -> LobsterRow {
        self.event.row(self.time_ns)
    }
}

impl LobsterEvent {
    fn row(self, time_ns: i64) -> LobsterRow {
        let of = |kind, order: RestingOrder| LobsterRow {
            time_ns,
            kind,
            order_id: order.id as i64,
            size: order.size,
            price: order.price,
            direction: direction(order.side),
        };
        let hidden = |kind, order_id, side, size, price| LobsterRow {
            time_ns,
            kind,
            order_id,
            size,
            price,
            direction: direction(side),
        };
        match self {
            LobsterEvent::Add(order) => of(1, order),
            LobsterEvent::PartialCancel(order) => of(2, order),
            LobsterEvent::Delete(order) => of(3, order),
            LobsterEvent::Execute(order) => of(4, order),
            LobsterEvent::ExecuteHidden { side, size, price } => hidden(5, 0, side, size, price),
            LobsterEvent::Cross { side, size, price } => hidden(6, -1, side, size, price),
            LobsterEvent::Halt(halt) => {
                let price = match halt {
                    TradingHalt::Halted => -1,
                    TradingHalt::QuotingResumes => 0,
                    TradingHalt::TradingResumes => 1,
                };
                hidden(7, 0, Side::Sell, 0, price)
            }
        }
    }
}

/// The columns of a line, as numbers: the form that `prism replay --dump` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LobsterRow {
    /// Nanoseconds after midnight.
    pub time_ns: i64,
    /// 1 to 7; in the completed stream also 8 and 9.
    #[serde(rename = "type")]
    pub kind: u8,
    /// 0 for types 5 and 7, -1 for type 6.
    pub order_id: i64,
    /// Shares.
    pub size: u64,
    /// USD × 10,000; for type 7 the code of the announcement.
    pub price: i64,
    /// 1 buy, -1 sell.
    pub direction: i8,
}

impl Serialize for LobsterMessage {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.row().serialize(to)
    }
}

pub(crate) fn direction(side: Side) -> i8 {
    match side {
        Side::Buy => 1,
        Side::Sell => -1,
    }
}

/// Reads a message file; an iterator over its messages that ends at the first error.
#[derive(Debug)]
pub struct LobsterReader {
    lines: Messages,
}

impl LobsterReader {
    /// Reads from an opened source.
    pub fn new(source: Source) -> LobsterReader {
        let expected = "LOBSTER messages: time,type,order id,size,price,direction";
        LobsterReader { lines: Messages::new(Lines::new(source), expected) }
    }

    /// Messages read so far. As row k of the book file belongs to message k, also the row of the last one, and
    /// its line.
    pub fn messages(&self) -> u64 {
        self.lines.count()
    }

    /// The source, for its path and progress.
    pub fn source(&self) -> &Source {
        self.lines.source()
    }
}

impl Iterator for LobsterReader {
    type Item = Result<LobsterMessage, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.lines.next(parse)
    }
}

fn parse(line: &[u8]) -> Result<LobsterMessage, BadField> {
    let mut fields = Fields::new(line);
    let time_ns = fields.seconds("a time from 0 to 9223372036 seconds after midnight, with decimals")?;
    let kind = fields.natural(TYPES)?;
    let Some(event) = parse_event(&mut fields, kind)? else { return Err(fields.bad(TYPES)) };
    if !fields.at_end() {
        // Files ordered with attribution carry the participant in a seventh column.
        fields.take("a participant")?;
        fields.end("six columns, or seven with the participant")?;
    }
    Ok(LobsterMessage { time_ns, event })
}

const TYPES: &str = "a message type from 1 to 7";

/// The four columns behind the type, for types 1 to 7; `None` for any other type, with nothing taken.
pub(crate) fn parse_event(fields: &mut Fields<'_>, kind: u64) -> Result<Option<LobsterEvent>, BadField> {
    let event = match kind {
        1 => LobsterEvent::Add(parse_order(fields)?),
        2 => LobsterEvent::PartialCancel(parse_order(fields)?),
        3 => LobsterEvent::Delete(parse_order(fields)?),
        4 => LobsterEvent::Execute(parse_order(fields)?),
        5 => {
            fields.integer("an order id, a whole number (0 for a hidden execution)")?;
            let size = parse_size(fields)?;
            let price = parse_price(fields)?;
            LobsterEvent::ExecuteHidden { side: parse_side(fields)?, size, price }
        }
        6 => {
            fields.integer("an order id, a whole number (-1 for a cross)")?;
            let size = fields.natural("a size from 0 to 9223372036854775807 shares")?;
            let price = fields.within(0, NO_PRICE - 1, "a price in USD x 10000, from 0 to 9999999998")?;
            LobsterEvent::Cross { side: parse_side(fields)?, size, price }
        }
        7 => {
            fields.integer("an order id, a whole number (0 for a halt)")?;
            fields.integer("a size, a whole number (0 for a halt)")?;
            let price = "a price of -1 (halt), 0 (quoting resumes) or 1 (trading resumes)";
            let halt = match fields.integer(price)? {
                -1 => TradingHalt::Halted,
                0 => TradingHalt::QuotingResumes,
                1 => TradingHalt::TradingResumes,
                _ => return Err(fields.bad(price)),
            };
            fields.integer("a direction, a whole number (-1 for a halt)")?;
            LobsterEvent::Halt(halt)
        }
        _ => return Ok(None),
    };
    Ok(Some(event))
}

/// Order id, size, price and direction of an event of the visible book.
pub(crate) fn parse_order(fields: &mut Fields<'_>) -> Result<RestingOrder, BadField> {
    let id = fields.natural("an order id from 0 to 9223372036854775807")?;
    let size = parse_size(fields)?;
    let price = parse_price(fields)?;
    Ok(RestingOrder { id, side: parse_side(fields)?, size, price })
}

/// The exchange's own messages have 32 bits for the shares of an order.
fn parse_size(fields: &mut Fields<'_>) -> Result<u64, BadField> {
    let expected = "a size from 1 to 4294967295 shares";
    fields.within(1, i64::from(u32::MAX), expected).map(|size| size as u64)
}

fn parse_price(fields: &mut Fields<'_>) -> Result<i64, BadField> {
    fields.within(1, NO_PRICE - 1, "a price in USD x 10000, from 1 to 9999999998")
}

fn parse_side(fields: &mut Fields<'_>) -> Result<Side, BadField> {
    let expected = "a direction, 1 (buy) or -1 (sell)";
    match fields.integer(expected)? {
        1 => Ok(Side::Buy),
        -1 => Ok(Side::Sell),
        _ => Err(fields.bad(expected)),
    }
}
