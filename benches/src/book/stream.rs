//! Deterministic message streams. Every distribution is integer arithmetic on a
//! splitmix64-seeded xoshiro256**, so the bytes are the same on every platform; `fnv`
//! of the stream is printed by every binary and must match the README.

use super::ladder::Ladder;
use super::{Engine, Sums};

/// 16-byte message. `kind`: 0 = limit add, 1 = cancel, 2 = marketable limit (GTC).
/// Kind 0 and 2 have the same semantics (good-till-cancel limit order); the tag only
/// tells them apart in statistics. For cancels only `id` matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Msg {
    pub id: u32,
    pub price: u32,
    pub qty: u32,
    pub kind: u8,
    pub side: u8, // 0 = buy, 1 = sell
    pub pad: u16,
}
pub const ADD: u8 = 0;
pub const CANCEL: u8 = 1;
pub const TAKE: u8 = 2;

pub struct Rng([u64; 4]);
impl Rng {
    pub fn new(seed: u64) -> Self {
        let mut x = seed;
        let mut s = [0u64; 4];
        for v in s.iter_mut() {
            x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = x;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *v = z ^ (z >> 31);
        }
        Rng(s)
    }
    #[inline]
    pub fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let r = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        r
    }
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((self.next() as u128 * n as u128) >> 64) as u64
    }
}

/// Cumulative integer weights, sampled by binary search.
struct Table(Vec<u64>);
impl Table {
    fn new(w: impl Iterator<Item = u64>) -> Self {
        let mut c = 0;
        Table(w.map(|x| { c += x; c }).collect())
    }
    fn draw(&self, r: &mut Rng) -> u32 {
        let t = r.below(*self.0.last().unwrap());
        self.0.partition_point(|&c| c <= t) as u32
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// (a) near touch: 45/45/10, geometric offsets within 50 ticks, ~2,000 live orders
    Near,
    /// (b) deep: 45/45/10, power-law offsets to 5,000 ticks, ~100,000 live orders
    Deep,
    /// (c) sweep: 64 adds then one order that eats 5..=15 whole levels
    Sweep,
}

pub struct Stream {
    pub name: &'static str,
    /// untimed book-building messages
    pub warm: Vec<Msg>,
    /// the timed messages
    pub msgs: Vec<Msg>,
    pub ids: usize,
    pub hi: u32,
}

pub const MID0: u32 = 50_000;
pub const HI: u32 = 100_000;

struct Gen {
    r: Rng,
    eng: Ladder,
    sums: Live,
    mid: u32,
    next: u32,
}

/// Tracks which orders rest, so cancels can be aimed at live ones.
struct Live {
    qty: Vec<u32>,
    pos: Vec<u32>,
    set: Vec<u32>,
    sums: Sums,
}
impl Live {
    fn drop(&mut self, id: u32) {
        let p = self.pos[id as usize];
        let last = *self.set.last().unwrap();
        self.set[p as usize] = last;
        self.pos[last as usize] = p;
        self.set.pop();
        self.qty[id as usize] = 0;
    }
}
impl super::Sink for Live {
    fn trade(&mut self, m: u32, t: u32, p: u32, q: u32) {
        self.sums.trade(m, t, p, q);
        self.qty[t as usize] -= q;
        let left = self.qty[m as usize] - q;
        if left == 0 { self.drop(m) } else { self.qty[m as usize] = left }
    }
    fn cancelled(&mut self, id: u32) {
        self.drop(id);
    }
}

impl Gen {
    fn emit(&mut self, out: &mut Vec<Msg>, mut m: Msg) {
        if m.kind != CANCEL {
            m.id = self.next;
            self.next += 1;
            self.sums.qty[m.id as usize] = m.qty;
        }
        self.eng.on(&m, &mut self.sums);
        if m.kind != CANCEL && self.sums.qty[m.id as usize] > 0 {
            self.sums.pos[m.id as usize] = self.sums.set.len() as u32;
            self.sums.set.push(m.id);
        }
        out.push(m);
    }
    fn add(&mut self, out: &mut Vec<Msg>, t: &Table, maxq: u64) {
        let side = (self.r.next() >> 63) as u8;
        let k = 1 + t.draw(&mut self.r);
        // passive: never through the opposite touch
        let (b, a) = self.eng.touch();
        let price = if side == 0 { (self.mid - k).min(a - 1) } else { (self.mid + k).max(b + 1) };
        let qty = 1 + self.r.below(maxq) as u32;
        self.emit(out, Msg { id: 0, price, qty, kind: ADD, side, pad: 0 });
    }
    fn cancel(&mut self, out: &mut Vec<Msg>) {
        // 1 % of cancels aim at an id that is already gone ("too late to cancel")
        if self.r.below(100) == 0 {
            let id = self.r.below(self.next as u64) as u32;
            if self.sums.qty[id as usize] == 0 {
                return self.emit(out, Msg { id, price: 0, qty: 0, kind: CANCEL, side: 0, pad: 0 });
            }
        }
        let i = self.r.below(self.sums.set.len() as u64) as usize;
        let id = self.sums.set[i];
        self.emit(out, Msg { id, price: 0, qty: 0, kind: CANCEL, side: 0, pad: 0 });
    }
    fn take(&mut self, out: &mut Vec<Msg>) {
        let side = (self.r.next() >> 63) as u8;
        let (b, a) = self.eng.touch();
        let through = self.r.below(6) as u32;
        let price = if side == 0 { a.min(self.mid + 50) + through } else { b.max(self.mid - 50) - through };
        let qty = 1 + self.r.below(20) as u32;
        self.emit(out, Msg { id: 0, price, qty, kind: TAKE, side, pad: 0 });
    }
    fn walk(&mut self) {
        // one-tick step of the mid about every 256 messages, kept far from the edge
        let v = self.r.next();
        if v & 255 == 0 {
            let up = (v >> 32) & 1 == 1;
            let m = if up { self.mid + 1 } else { self.mid - 1 };
            self.mid = m.clamp(MID0 - 20_000, MID0 + 20_000);
        }
    }
}

pub fn make(load: Load, n: usize, seed: u64) -> Stream {
    let (target, name) = match load {
        Load::Near => (2_000usize, "near"),
        Load::Deep => (100_000, "deep"),
        Load::Sweep => (2_000, "sweep"),
    };
    let cap = n + 4 * target + 16;
    let mut g = Gen {
        r: Rng::new(seed ^ ((target as u64) << 20) ^ name.len() as u64),
        eng: Ladder::new(cap, HI),
        sums: Live { qty: vec![0; cap], pos: vec![0; cap], set: vec![], sums: Sums::default() },
        mid: MID0,
        next: 0,
    };
    let table = match load {
        // geometric, mean 8 ticks, truncated at 50
        Load::Near | Load::Sweep => {
            let mut w = 1u64 << 40;
            Table::new((0..50).map(move |_| { let x = w; w = w / 8 * 7; x }))
        }
        // power law  w(k) = 2^44 / (k + 20)^2, truncated at 5,000
        Load::Deep => Table::new((0..5_000u64).map(|k| (1u64 << 44) / ((k + 20) * (k + 20)))),
    };
    let mut warm = Vec::new();
    while g.sums.set.len() < target {
        g.add(&mut warm, &table, 100);
    }
    let mut msgs = Vec::with_capacity(n);
    match load {
        Load::Near | Load::Deep => {
            while msgs.len() < n {
                g.walk();
                // 10 % take; add/cancel split evenly with a small pull towards the target
                let x = g.r.below(1_000_000) as i64;
                let live = g.sums.set.len() as i64;
                let pull = (400_000 * (target as i64 - live) / target as i64).clamp(-200_000, 200_000);
                if x < 100_000 {
                    g.take(&mut msgs)
                } else if x < 550_000 + pull {
                    g.add(&mut msgs, &table, 100)
                } else {
                    g.cancel(&mut msgs)
                }
            }
        }
        Load::Sweep => {
            let mut i = 0u32;
            while msgs.len() < n {
                g.walk();
                i += 1;
                if i % 65 != 0 {
                    g.add(&mut msgs, &table, 100);
                    continue;
                }
                let side = (g.r.next() >> 63) as u8;
                let want = 5 + g.r.below(11) as usize;
                let (qty, price) = g.eng.levels_qty(1 - side, want);
                if qty > 0 {
                    g.emit(&mut msgs, Msg { id: 0, price, qty, kind: TAKE, side, pad: 0 });
                }
            }
        }
    }
    Stream { name, warm, msgs, ids: g.next as usize, hi: HI }
}

impl Stream {
    pub fn fnv(&self) -> u64 {
        let mut h = 0xcbf2_9ce4_8422_2325u64;
        for m in self.warm.iter().chain(&self.msgs) {
            for v in [m.id, m.price, m.qty, (m.kind as u32) << 8 | m.side as u32] {
                h = (h ^ v as u64).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        h
    }
}
