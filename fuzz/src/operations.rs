//! Bytes as calls on a book, where the ladder must answer as the naive book does, or as messages to a market.

use prism_core::types::{Side, Tif};

use crate::bytes::Bytes;
use crate::markets::market;
use crate::support::books::Pair;

/// The price in the middle of those that take one byte.
const MID: i64 = 10_000;

/// The first byte of an input that is a whole market, without a day or with one. A fork of a book, as it would be
/// otherwise, says nothing of an empty one.
pub(crate) const MARKET: u8 = 0x0f;
pub(crate) const WITH_DAY: u8 = 0x20;

/// Reads `bytes` as calls and makes each on both books, or as messages to a market and sends each to both markets. The
/// answers, the fills and the states after each must be equal, and the structures sound.
///
/// # Panics
/// Where they are not.
pub fn operations(bytes: &[u8]) {
    if let [head, messages @ ..] = bytes
        && head & !WITH_DAY == MARKET
    {
        return market(messages, head & WITH_DAY != 0);
    }
    let mut bytes = Bytes(bytes);
    let mut pair = Pair::default();
    while !bytes.0.is_empty() {
        call(&mut pair, &mut bytes);
        pair.check();
    }
}

/// One call: its sort in the low five bits of a byte, its side and time in force in the others.
fn call(pair: &mut Pair, bytes: &mut Bytes) {
    let head = bytes.byte();
    let side = if head & 0x20 == 0 { Side::Buy } else { Side::Sell };
    let tif = [Tif::Gtc, Tif::PostOnly, Tif::Ioc, Tif::Fok][usize::from(head >> 6)];
    match head & 0x1f {
        0..10 => drop(pair.submit(side, tif, bytes.qty(), bytes.price(MID))),
        10 => {
            let any = if side == Side::Buy { i64::MAX } else { i64::MIN };
            drop(pair.submit(side, tif, bytes.qty(), any));
        }
        // Orders of a feed, which may cross.
        11..14 => pair.insert(side, bytes.qty(), bytes.price(MID)),
        14 => pair.look(side, bytes.price(MID)),
        15 if tif == Tif::Fok => pair.clear(),
        // A fork goes on as the original would.
        15 => *pair = pair.clone(),
        sort => {
            let Some(order) = order(bytes, pair) else { return };
            match sort {
                16..20 => drop(pair.cancel(order)),
                20..22 => drop(pair.reduce(order, bytes.qty())),
                22 => pair.execute(order, bytes.qty()),
                23..26 => drop(pair.replace(order, bytes.price(MID), bytes.qty())),
                26..28 => drop(pair.replace_resting(order, bytes.price(MID), bytes.qty())),
                // The price it has.
                28..30 => {
                    if let Some(resting) = pair.get(order) {
                        drop(pair.replace(order, resting.price.0, bytes.qty()));
                    }
                }
                _ => drop(pair.get(order)),
            }
        }
    }
}

/// One of the orders that ever rested, counted from the last.
fn order(bytes: &mut Bytes, pair: &Pair) -> Option<usize> {
    let back = usize::from(bytes.byte());
    pair.handles.len().checked_sub(1).map(|last| last - back.min(last))
}
