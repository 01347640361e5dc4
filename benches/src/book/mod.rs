//! Same-stream order-book micro-benchmark.
//!
//! * [`stream`]  - integer-only, seed-reproducible message streams (no libm, no float).
//! * [`ladder`]  - fresh minimal array-ladder engine: the physical-limit yardstick.
//! * [`chunk`]   - the same ladder with chunked, bit-masked FIFOs.
//! * [`naive`]   - textbook `BTreeMap<price, VecDeque>` engine: the oracle and the floor.
//! * [`peers`]   - adapters for engines published on crates.io (feature `peers`).
//! * [`harness`] - timing (thread CPU time and wall), paired ratios, per-message latency.
pub mod chunk;
pub mod harness;
pub mod ladder;
pub mod naive;
#[cfg(feature = "peers")]
pub mod peers;
pub mod prism;
pub mod stream;

use stream::Msg;

/// What an engine reports. Implementations must call `trade` once per fill with the
/// *maker's* price, and `cancelled` once per cancel that removed a resting order.
pub trait Sink {
    fn trade(&mut self, maker: u32, taker: u32, price: u32, qty: u32);
    fn cancelled(&mut self, id: u32);
}

/// Cheap accumulation: used while timing, so results cannot be optimised away.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    pub trades: u64,
    pub qty: u64,
    pub notional: u64,
    pub cancels: u64,
}

impl Sink for Sums {
    #[inline(always)]
    fn trade(&mut self, _m: u32, _t: u32, price: u32, qty: u32) {
        self.trades += 1;
        self.qty += qty as u64;
        self.notional = self.notional.wrapping_add(price as u64 * qty as u64);
    }
    #[inline(always)]
    fn cancelled(&mut self, _id: u32) {
        self.cancels += 1;
    }
}

/// Order-sensitive hash over every report: used in the verification pass (not timed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed {
    pub sums: Sums,
    pub h: u64,
}
impl Default for Hashed {
    fn default() -> Self {
        Hashed { sums: Sums::default(), h: 0xcbf2_9ce4_8422_2325 }
    }
}
impl Hashed {
    #[inline]
    fn mix(&mut self, v: u64) {
        self.h = (self.h ^ v).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }
}
impl Sink for Hashed {
    fn trade(&mut self, m: u32, t: u32, price: u32, qty: u32) {
        self.sums.trade(m, t, price, qty);
        self.mix(((m as u64) << 32) | t as u64);
        self.mix(((price as u64) << 32) | qty as u64);
    }
    fn cancelled(&mut self, id: u32) {
        self.sums.cancelled(id);
        self.mix(0xC000_0000_0000_0000 | id as u64);
    }
}

/// Full report stream into a ring of 32-byte records (what a simulator's tape costs).
pub struct Tape {
    pub sums: Sums,
    pub ring: Vec<[u32; 8]>,
    pub at: usize,
}
impl Default for Tape {
    fn default() -> Self {
        Tape { sums: Sums::default(), ring: vec![[0; 8]; 1 << 12], at: 0 }
    }
}
impl Sink for Tape {
    #[inline(always)]
    fn trade(&mut self, m: u32, t: u32, price: u32, qty: u32) {
        self.sums.trade(m, t, price, qty);
        let i = self.at & ((1 << 12) - 1);
        self.ring[i] = [1, m, t, price, qty, self.at as u32, 0, 0];
        self.at += 1;
    }
    #[inline(always)]
    fn cancelled(&mut self, id: u32) {
        self.sums.cancelled(id);
        let i = self.at & ((1 << 12) - 1);
        self.ring[i] = [2, id, 0, 0, 0, self.at as u32, 0, 0];
        self.at += 1;
    }
}

/// One engine under test.
pub trait Engine {
    /// `ids` = number of client order ids the stream uses; `hi` = exclusive price bound.
    fn new(ids: usize, hi: u32) -> Self;
    fn on<S: Sink>(&mut self, m: &Msg, s: &mut S);
    /// (best bid, best ask); 0 / u32::MAX when a side is empty.
    fn touch(&mut self) -> (u32, u32);
}
