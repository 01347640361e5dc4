//! Orders of Bitstamp, as a recorder of its live order channel wrote them: one line an event of one order.

use prism_core::types::Side;
use serde::Serialize;

use super::error::TapeError;
use super::fields::{BadField, Fields};
use super::source::Source;
use super::text::{Lines, Messages};

const HEADERS: [&[u8]; 2] = [
    b"id,timestamp,exchange.timestamp,price,volume,action,direction",
    b"id,timestamp,exchange timestamp,price,volume,action,direction",
];
const HEADER: &str = "the header id,timestamp,exchange.timestamp,price,volume,action,direction";
const TIME: &str = "a time in milliseconds since 1970, from 0 to 9223372036854";
/// The last millisecond that is a number of nanoseconds.
const LAST_MS: i64 = i64::MAX / 1_000_000;

/// An event of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BitstampMessage {
    /// The order's number.
    pub id: u64,
    /// When it was received, milliseconds since 1970.
    pub local_ms: i64,
    /// When it was entered, by the exchange, milliseconds since 1970.
    pub exchange_ms: i64,
    /// The order's price in 1/10⁸.
    pub price_e8: i64,
    /// What is open of it, in 1/10⁸; what was left of a deleted one, where 0 is an order that was filled.
    pub left_e8: u64,
    /// What happened.
    pub action: BitstampAction,
    /// The order's side.
    pub side: Side,
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BitstampAction {
    /// It came in. If its price crosses the other side, it trades with the next messages.
    Created,
    /// It was filled in part, or amended.
    Changed,
    /// It was filled or cancelled.
    Deleted,
}

/// Reads a recording; an iterator over its messages that ends at the first error.
///
/// Volumes without a decimal point in the first message are in 1/10⁸ of a coin, as recordings of 2015 have them; a
/// volume with a point is then an error. Otherwise all are in coins, with a point or without.
#[derive(Debug)]
pub struct BitstampReader {
    lines: Messages,
    /// Whether volumes are in coins, once the first message has shown it.
    coins: Option<bool>,
}

impl BitstampReader {
    /// Reads the header.
    ///
    /// # Errors
    /// The file is empty, cannot be read, or begins with another line.
    pub fn new(source: Source) -> Result<BitstampReader, TapeError> {
        let mut lines = Lines::new(source);
        let expected = "orders of Bitstamp behind their header";
        match lines.next()? {
            None => return Err(lines.empty(expected)),
            Some(line) if HEADERS.contains(&line) => {}
            Some(line) => {
                let bad = Fields::new(line).wrong_line(HEADER);
                return Err(lines.error(bad));
            }
        }
        Ok(BitstampReader { lines: Messages::new(lines, expected), coins: None })
    }

    /// Messages read so far. The header is the first line.
    pub fn messages(&self) -> u64 {
        self.lines.count()
    }

    /// The source, for its path and progress.
    pub fn source(&self) -> &Source {
        self.lines.source()
    }
}

impl Iterator for BitstampReader {
    type Item = Result<BitstampMessage, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let coins = &mut self.coins;
        self.lines.next(|line| parse(line, coins))
    }
}

fn parse(line: &[u8], coins: &mut Option<bool>) -> Result<BitstampMessage, BadField> {
    let mut fields = Fields::new(line);
    let id = fields.natural("an order id from 0 to 9223372036854775807")?;
    let local_ms = fields.within(0, LAST_MS, TIME)?;
    let exchange_ms = fields.within(0, LAST_MS, TIME)?;
    let price = "a price above 0 with up to 8 decimals, below 92233720369";
    let price_e8 = fields.e8(price)? as i64;
    if price_e8 == 0 {
        return Err(fields.bad(price));
    }
    let volume = fields.peek();
    let left_e8 = if *coins.get_or_insert(volume.contains(&b'.')) {
        fields.e8("a volume in coins with up to 8 decimals, below 92233720369")?
    } else {
        fields.natural("a volume in 1/100000000 of a coin, a whole number as in the first message")?
    };
    let action = match fields.take("an action: created, changed or deleted")? {
        b"created" => BitstampAction::Created,
        b"changed" => BitstampAction::Changed,
        b"deleted" => BitstampAction::Deleted,
        _ => return Err(fields.bad("an action: created, changed or deleted")),
    };
    if left_e8 == 0 && action == BitstampAction::Created {
        let found = "an order without a volume".to_owned();
        return Err(BadField { column: 1, found, expected: "a volume above 0 for one that is created" });
    }
    let side = match fields.take("a direction: bid or ask")? {
        b"bid" => Side::Buy,
        b"ask" => Side::Sell,
        _ => return Err(fields.bad("a direction: bid or ask")),
    };
    fields.end("seven columns")?;
    Ok(BitstampMessage { id, local_ms, exchange_ms, price_e8, left_e8, action, side })
}
