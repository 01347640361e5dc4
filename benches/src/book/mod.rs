//! Order books on the same streams of messages.
//!
//! * [`stream`]: integer-only, seed-reproducible message streams (no libm, no float).
//! * [`ladder`]: a minimal array-ladder engine: the yardstick of what is physically possible.
//! * [`chunk`]: the same ladder with chunked, bit-masked queues.
//! * [`naive`]: the textbook engine over a map of prices: the oracle, and the floor.
//! * [`prism`]: PRISM's book.
//! * [`market`]: PRISM's market: the book with order terms beside it.
//! * `peers`: adapters for engines published on crates.io (feature `peers`).
//! * [`harness`]: thread CPU time, verification, latency of each message.

pub mod chunk;
pub mod harness;
pub mod ladder;
pub mod market;
pub mod naive;
#[cfg(feature = "peers")]
pub mod peers;
pub mod prism;
pub mod stream;

use stream::Msg;

/// What an engine reports: `trade` once for each fill, with the *maker's* price, and `cancelled` once for
/// each cancel that took a resting order out.
pub trait Sink {
    fn trade(&mut self, maker: u32, taker: u32, price: u32, qty: u32);
    fn cancelled(&mut self, id: u32);
    /// What rests at a price now, from engines that tell it. It is no part of what is compared.
    #[inline(always)]
    fn level(&mut self, _side: u32, _price: u32, _qty: u32) {}
}

/// Cheap sums: while timing, so that results cannot be optimised away.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    pub trades: u64,
    pub qty: u64,
    pub notional: u64,
    pub cancels: u64,
}

impl Sink for Sums {
    #[inline(always)]
    fn trade(&mut self, _maker: u32, _taker: u32, price: u32, qty: u32) {
        self.trades += 1;
        self.qty += u64::from(qty);
        self.notional = self.notional.wrapping_add(u64::from(price) * u64::from(qty));
    }
    #[inline(always)]
    fn cancelled(&mut self, _id: u32) {
        self.cancels += 1;
    }
}

/// A hash over every report in its order: for the verification, which is not timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed {
    pub sums: Sums,
    pub hash: u64,
}

impl Default for Hashed {
    fn default() -> Self {
        Hashed { sums: Sums::default(), hash: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Hashed {
    #[inline]
    fn mix(&mut self, word: u64) {
        self.hash = (self.hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }
}

impl Sink for Hashed {
    fn trade(&mut self, maker: u32, taker: u32, price: u32, qty: u32) {
        self.sums.trade(maker, taker, price, qty);
        self.mix((u64::from(maker) << 32) | u64::from(taker));
        self.mix((u64::from(price) << 32) | u64::from(qty));
    }
    fn cancelled(&mut self, id: u32) {
        self.sums.cancelled(id);
        self.mix(0xC000_0000_0000_0000 | u64::from(id));
    }
}

/// Every report as a record of 32 bytes in a ring: what a simulator's full tape costs.
#[derive(Clone, Debug)]
pub struct Tape {
    pub sums: Sums,
    pub ring: Vec<[u32; 8]>,
    pub at: usize,
}

const RING: usize = 1 << 12;

impl Default for Tape {
    fn default() -> Self {
        Tape { sums: Sums::default(), ring: vec![[0; 8]; RING], at: 0 }
    }
}

impl Sink for Tape {
    #[inline(always)]
    fn trade(&mut self, maker: u32, taker: u32, price: u32, qty: u32) {
        self.sums.trade(maker, taker, price, qty);
        self.ring[self.at & (RING - 1)] = [1, maker, taker, price, qty, self.at as u32, 0, 0];
        self.at += 1;
    }
    #[inline(always)]
    fn cancelled(&mut self, id: u32) {
        self.sums.cancelled(id);
        self.ring[self.at & (RING - 1)] = [2, id, 0, 0, 0, self.at as u32, 0, 0];
        self.at += 1;
    }
    #[inline(always)]
    fn level(&mut self, side: u32, price: u32, qty: u32) {
        self.ring[self.at & (RING - 1)] = [3, side, price, qty, 0, self.at as u32, 0, 0];
        self.at += 1;
    }
}

/// One engine under test.
pub trait Engine {
    /// `ids`: how many client order ids the stream uses; `end`: all prices are below it.
    fn new(ids: usize, end: u32) -> Self;
    fn on<S: Sink>(&mut self, message: &Msg, sink: &mut S);
    /// Best bid and best ask; 0 and `u32::MAX` for an empty side.
    fn touch(&mut self) -> (u32, u32);
}
