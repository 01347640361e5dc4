//! One row of each kind of file.

use prism_core::types::Side;
use serde::Serialize;

use super::header::Kind;
use crate::tape::fields::{BadField, Fields};

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Row {
    /// A level has this size from now on.
    Depth(Depth),
    /// The best levels of both sides; they are in the reader.
    Snapshot,
    /// The best bid and ask; they are in the reader.
    Quote,
    /// A trade.
    Trade(Trade),
}

/// A level, as its size is from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Depth {
    /// Part of a snapshot. The first such row after one that is none begins the book anew.
    pub is_snapshot: bool,
    /// The side.
    pub side: Side,
    /// The price in 1/10⁸.
    pub price_e8: i64,
    /// The size in 1/10⁸; 0 is no level.
    pub qty_e8: u64,
}

/// A trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Trade {
    /// Side of the aggressor, where the exchange tells it.
    pub aggressor: Option<Side>,
    /// The price in 1/10⁸.
    pub price_e8: i64,
    /// The size in 1/10⁸.
    pub qty_e8: u64,
}

const TIME: &str = "a time in microseconds since 1970, from 0 to 9223372036854775";
/// The last microsecond that is a number of nanoseconds.
const LAST_US: i64 = i64::MAX / 1_000;
const PRICE: &str = "a price above 0 with up to 8 decimals, below 92233720369";
const AMOUNT: &str = "an amount with up to 8 decimals, below 92233720369";

/// A row, and what every row begins with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parsed {
    pub(super) exchange_us: i64,
    pub(super) local_us: i64,
    pub(super) row: Row,
}

/// Reads a row; `name` gets exchange and symbol, as far as they stand on the line, the levels go to `sides`.
pub(super) fn parse(
    line: &[u8],
    kind: Kind,
    name: &mut Vec<u8>,
    sides: &mut [Vec<(i64, u64)>; 2],
) -> Result<Parsed, BadField> {
    let mut fields = Fields::new(line);
    name.clear();
    name.extend_from_slice(fields.take("an exchange")?);
    name.push(b',');
    name.extend_from_slice(fields.take("a symbol")?);
    let exchange_us = fields.within(0, LAST_US, TIME)?;
    let local_us = fields.within(0, LAST_US, TIME)?;
    let [bids, asks] = sides;
    bids.clear();
    asks.clear();
    let row = match kind {
        Kind::Depth => {
            let is_snapshot = match fields.take("true or false")? {
                b"true" => true,
                b"false" => false,
                _ => return Err(fields.bad("true or false")),
            };
            let side = match fields.take("a side: bid or ask")? {
                b"bid" => Side::Buy,
                b"ask" => Side::Sell,
                _ => return Err(fields.bad("a side: bid or ask")),
            };
            let price_e8 = price(&mut fields)?;
            Row::Depth(Depth { is_snapshot, side, price_e8, qty_e8: fields.e8(AMOUNT)? })
        }
        Kind::Quotes => {
            // The amount stands in front of the price on one side, behind it on the other.
            let ask_amount = fields.optional_e8(AMOUNT)?;
            let ask = fields.optional_e8(PRICE)?;
            asks.extend(level(ask, ask_amount));
            let bid = fields.optional_e8(PRICE)?;
            let bid_amount = fields.optional_e8(AMOUNT)?;
            bids.extend(level(bid, bid_amount));
            Row::Quote
        }
        Kind::Snapshots { levels } => {
            for _ in 0..levels {
                for side in [&mut *asks, &mut *bids] {
                    let (price, amount) = (fields.optional_e8(PRICE)?, fields.optional_e8(AMOUNT)?);
                    side.extend(level(price, amount));
                }
            }
            Row::Snapshot
        }
        Kind::Trades => {
            fields.take("the id of a trade")?;
            let aggressor = match fields.take("a side: buy, sell or unknown")? {
                b"buy" => Some(Side::Buy),
                b"sell" => Some(Side::Sell),
                b"unknown" => None,
                _ => return Err(fields.bad("a side: buy, sell or unknown")),
            };
            let price_e8 = price(&mut fields)?;
            Row::Trade(Trade { aggressor, price_e8, qty_e8: fields.e8(AMOUNT)? })
        }
    };
    fields.end("no more columns than the header has")?;
    Ok(Parsed { exchange_us, local_us, row })
}

fn price(fields: &mut Fields<'_>) -> Result<i64, BadField> {
    let price = fields.e8(PRICE)?;
    if price == 0 { Err(fields.bad(PRICE)) } else { Ok(price as i64) }
}

/// A level, if there is one.
fn level(price: Option<u64>, amount: Option<u64>) -> Option<(i64, u64)> {
    Some((price.filter(|&price| price > 0)? as i64, amount.filter(|&amount| amount > 0)?))
}
