//! Bytes as calls on a book: the ladder must answer as the naive book does, whatever is asked.

// The books in step are those of the book's own tests: one comparison, fed by random numbers there and by the
// fuzzer here.
#[path = "../../prism-book/tests/support/mod.rs"]
#[allow(clippy::all, reason = "it is checked where it belongs")]
mod support;

use prism_core::types::{Qty, Side, Tif};
use support::Pair;

/// The price in the middle of those that take one byte.
const MID: i64 = 10_000;

/// What is left of the input. Behind its end everything is zero.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn word(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Mostly near the middle; now and then far away, at the ends of the numbers, or any.
    fn price(&mut self) -> i64 {
        match self.byte() {
            near @ 0..240 => MID + i64::from(near) - 120,
            far @ 240..248 => MID + (i64::from(self.byte() as i8) << ((far - 240) * 7)),
            248 => i64::MIN + i64::from(self.byte()),
            249 => i64::MAX - i64::from(self.byte()),
            _ => self.word() as i64,
        }
    }

    fn qty(&mut self) -> u64 {
        match self.byte() {
            small @ 0..200 => u64::from(small),
            large @ 200..232 => u64::from(self.byte()) << (large - 200),
            232..248 => Qty::MAX.0 - u64::from(self.byte()),
            _ => self.word(),
        }
    }

    /// One of the orders that ever rested, counted from the last.
    fn order(&mut self, pair: &Pair) -> Option<usize> {
        let back = usize::from(self.byte());
        pair.handles.len().checked_sub(1).map(|last| last - back.min(last))
    }
}

/// Reads `bytes` as calls and makes each on both books. The answers, the fills and the states after each call
/// must be equal, and the structures sound.
///
/// # Panics
/// Where they are not.
pub fn operations(bytes: &[u8]) {
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
        0..10 => drop(pair.submit(side, tif, bytes.qty(), bytes.price())),
        10 => {
            let any = if side == Side::Buy { i64::MAX } else { i64::MIN };
            drop(pair.submit(side, tif, bytes.qty(), any));
        }
        // Orders of a feed, which may cross.
        11..14 => pair.insert(side, bytes.qty(), bytes.price()),
        14 => pair.look(side, bytes.price()),
        15 if tif == Tif::Fok => pair.clear(),
        // A fork goes on as the original would.
        15 => *pair = pair.clone(),
        sort => {
            let Some(order) = bytes.order(pair) else { return };
            match sort {
                16..20 => drop(pair.cancel(order)),
                20..22 => drop(pair.reduce(order, bytes.qty())),
                22 => pair.execute(order, bytes.qty()),
                23..26 => drop(pair.replace(order, bytes.price(), bytes.qty())),
                26..28 => drop(pair.replace_resting(order, bytes.price(), bytes.qty())),
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
