//! The yardstick: flat price ladder + intrusive FIFO + slab + two-level occupancy bitmap.
//! No features, no validation, no market data: what the memory system allows.

use super::stream::{Msg, CANCEL};
use super::{Engine, Sink};

const NIL: u32 = u32::MAX;

#[derive(Clone, Copy)]
#[repr(C)]
struct Node {
    prev: u32,
    next: u32,
    qty: u32,
    price_side: u32, // price << 1 | side
    id: u32,
    owner: u32, // kept so that the record is as wide as a real one
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Level {
    head: u32,
    tail: u32,
    qty: u32,
    count: u32,
}

struct Side {
    levels: Box<[Level]>,
    l0: Box<[u64]>,
    l1: Box<[u64]>,
    best: u32, // price; NIL for an empty ask side, 0 for an empty bid side
}

pub struct Ladder {
    s: [Side; 2],
    nodes: Vec<Node>,
    free: Vec<u32>,
    slot: Box<[u32]>, // client id -> node
}

impl Side {
    fn new(hi: u32, best: u32) -> Self {
        let n = hi as usize + 64;
        Side {
            levels: vec![Level { head: NIL, tail: NIL, qty: 0, count: 0 }; n].into(),
            l0: vec![0u64; n / 64 + 2].into(),
            l1: vec![0u64; n / 4096 + 2].into(),
            best,
        }
    }
    #[inline(always)]
    fn set(&mut self, p: u32) {
        self.l0[(p >> 6) as usize] |= 1 << (p & 63);
        self.l1[(p >> 12) as usize] |= 1 << ((p >> 6) & 63);
    }
    #[inline(always)]
    fn clear(&mut self, p: u32) {
        let w = &mut self.l0[(p >> 6) as usize];
        *w &= !(1 << (p & 63));
        if *w == 0 {
            self.l1[(p >> 12) as usize] &= !(1 << ((p >> 6) & 63));
        }
    }
    /// lowest occupied price >= p
    #[inline(always)]
    fn up(&self, p: u32) -> u32 {
        let i = (p >> 6) as usize;
        let w = self.l0[i] & (!0u64 << (p & 63));
        if w != 0 {
            return (p & !63) + w.trailing_zeros();
        }
        let mut j = i >> 6;
        let k = (i & 63) as u32;
        let mut v = if k == 63 { 0 } else { self.l1[j] & (!0u64 << (k + 1)) };
        loop {
            if v != 0 {
                let i = (j as u32) << 6 | v.trailing_zeros();
                return i << 6 | self.l0[i as usize].trailing_zeros();
            }
            j += 1;
            if j >= self.l1.len() {
                return NIL;
            }
            v = self.l1[j];
        }
    }
    /// highest occupied price <= p, 0 if none
    #[inline(always)]
    fn down(&self, p: u32) -> u32 {
        let i = (p >> 6) as usize;
        let w = self.l0[i] & (!0u64 >> (63 - (p & 63)));
        if w != 0 {
            return (p | 63) - w.leading_zeros();
        }
        let mut j = i >> 6;
        let k = (i & 63) as u32;
        let mut v = if k == 0 { 0 } else { self.l1[j] & (!0u64 >> (64 - k)) };
        loop {
            if v != 0 {
                let i = (j as u32) << 6 | (63 - v.leading_zeros());
                return i << 6 | (63 - self.l0[i as usize].leading_zeros());
            }
            if j == 0 {
                return 0;
            }
            j -= 1;
            v = self.l1[j];
        }
    }
}

impl Ladder {
    #[inline(always)]
    fn unlink(&mut self, n: u32) {
        let nd = self.nodes[n as usize];
        let (p, sd) = (nd.price_side >> 1, (nd.price_side & 1) as usize);
        let s = &mut self.s[sd];
        let l = &mut s.levels[p as usize];
        l.qty -= nd.qty;
        l.count -= 1;
        if nd.prev == NIL { l.head = nd.next } else { self.nodes[nd.prev as usize].next = nd.next }
        if nd.next == NIL { l.tail = nd.prev } else { self.nodes[nd.next as usize].prev = nd.prev }
        if l.head == NIL {
            s.clear(p);
            if s.best == p {
                s.best = if sd == 0 { s.down(p) } else { s.up(p) };
            }
        }
        self.slot[nd.id as usize] = NIL;
        self.free.push(n);
    }

    #[inline(always)]
    fn limit<const BUY: bool, S: Sink>(&mut self, m: &Msg, out: &mut S) {
        let (own, opp) = if BUY { (0usize, 1usize) } else { (1, 0) };
        let mut left = m.qty;
        loop {
            let best = self.s[opp].best;
            let crosses = if BUY { best <= m.price } else { best >= m.price && best != 0 };
            if !crosses {
                break;
            }
            let h = self.s[opp].levels[best as usize].head;
            let nd = &mut self.nodes[h as usize];
            let q = left.min(nd.qty);
            out.trade(nd.id, m.id, best, q);
            left -= q;
            if q == nd.qty {
                self.unlink(h);
            } else {
                nd.qty -= q;
                self.s[opp].levels[best as usize].qty -= q;
            }
            if left == 0 {
                return;
            }
        }
        let n = match self.free.pop() {
            Some(n) => n,
            None => {
                self.nodes.push(Node { prev: 0, next: 0, qty: 0, price_side: 0, id: 0, owner: 0 });
                (self.nodes.len() - 1) as u32
            }
        };
        let s = &mut self.s[own];
        let l = &mut s.levels[m.price as usize];
        let t = l.tail;
        self.nodes[n as usize] =
            Node { prev: t, next: NIL, qty: left, price_side: m.price << 1 | own as u32, id: m.id, owner: 0 };
        l.tail = n;
        l.qty += left;
        l.count += 1;
        if t == NIL {
            l.head = n;
            s.set(m.price);
            if (BUY && m.price > s.best) || (!BUY && m.price < s.best) {
                s.best = m.price;
            }
        } else {
            self.nodes[t as usize].next = n;
        }
        self.slot[m.id as usize] = n;
    }

    /// Total quantity of the best `want` levels of `side`, and the worst price among them.
    pub fn levels_qty(&self, side: u8, want: usize) -> (u32, u32) {
        let s = &self.s[side as usize];
        let (mut p, mut q, mut last) = (s.best, 0, 0);
        for _ in 0..want {
            if p == 0 || p == NIL {
                break;
            }
            q += s.levels[p as usize].qty;
            last = p;
            p = if side == 0 { s.down(p - 1) } else { s.up(p + 1) };
        }
        (q, last)
    }
    pub fn live(&self) -> usize {
        self.nodes.len() - self.free.len()
    }
}

impl Engine for Ladder {
    fn new(ids: usize, hi: u32) -> Self {
        Ladder {
            s: [Side::new(hi, 0), Side::new(hi, NIL)],
            nodes: Vec::with_capacity(1 << 17),
            free: Vec::with_capacity(1 << 17),
            slot: vec![NIL; ids].into(),
        }
    }
    #[inline(always)]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        if m.kind == CANCEL {
            let n = self.slot[m.id as usize];
            if n != NIL {
                self.unlink(n);
                out.cancelled(m.id);
            }
        } else if m.side == 0 {
            self.limit::<true, S>(m, out)
        } else {
            self.limit::<false, S>(m, out)
        }
    }
    fn touch(&mut self) -> (u32, u32) {
        (self.s[0].best, self.s[1].best)
    }
}
