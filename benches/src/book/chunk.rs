//! Second yardstick: the ladder with *chunked* FIFOs. A level is a list of fixed-capacity
//! chunks; each chunk holds `N` (id, qty) slots plus an occupancy mask. A cancel clears one
//! bit (no neighbour pointers to chase); a sweep reads contiguous slots.

use super::stream::{Msg, CANCEL};
use super::{Engine, Sink};

const NIL: u32 = u32::MAX;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Chunk<const N: usize> {
    occ: u16,
    used: u16,
    next: u32,
    prev: u32,
    price_side: u32,
    ids: [u32; N],
    qty: [u32; N],
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
    best: u32,
}

pub struct Chunked<const N: usize> {
    s: [Side; 2],
    c: Vec<Chunk<N>>,
    free: Vec<u32>,
    loc: Box<[u32]>, // client id -> chunk << 4 | slot
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

impl<const N: usize> Chunked<N> {
    #[inline(always)]
    fn drop_chunk(&mut self, k: u32) {
        let (prev, next, ps) = {
            let c = &self.c[k as usize];
            (c.prev, c.next, c.price_side)
        };
        let (p, sd) = (ps >> 1, (ps & 1) as usize);
        if prev == NIL { self.s[sd].levels[p as usize].head = next } else { self.c[prev as usize].next = next }
        if next == NIL { self.s[sd].levels[p as usize].tail = prev } else { self.c[next as usize].prev = prev }
        let s = &mut self.s[sd];
        if s.levels[p as usize].head == NIL {
            s.clear(p);
            if s.best == p {
                s.best = if sd == 0 { s.down(p) } else { s.up(p) };
            }
        }
        self.free.push(k);
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
            let l = &mut self.s[opp].levels[best as usize];
            let k = l.head;
            let c = &mut self.c[k as usize];
            let mut done = 0;
            let mut gone = 0;
            while c.occ != 0 {
                let i = c.occ.trailing_zeros() as usize;
                let q = left.min(c.qty[i]);
                out.trade(c.ids[i], m.id, best, q);
                left -= q;
                done += q;
                if q == c.qty[i] {
                    c.occ &= c.occ - 1;
                    self.loc[c.ids[i] as usize] = NIL;
                    gone += 1;
                } else {
                    c.qty[i] -= q;
                }
                if left == 0 {
                    break;
                }
            }
            l.qty -= done;
            l.count -= gone;
            if c.occ == 0 {
                self.drop_chunk(k);
            }
            if left == 0 {
                return;
            }
        }
        let t = self.s[own].levels[m.price as usize].tail;
        let k = if t != NIL && (self.c[t as usize].used as usize) < N {
            t
        } else {
            let k = match self.free.pop() {
                Some(k) => k,
                None => {
                    self.c.push(Chunk { occ: 0, used: 0, next: NIL, prev: NIL, price_side: 0, ids: [0; N], qty: [0; N] });
                    (self.c.len() - 1) as u32
                }
            };
            let c = &mut self.c[k as usize];
            c.occ = 0;
            c.used = 0;
            c.prev = t;
            c.next = NIL;
            c.price_side = m.price << 1 | own as u32;
            let s = &mut self.s[own];
            s.levels[m.price as usize].tail = k;
            if t == NIL {
                s.levels[m.price as usize].head = k;
                s.set(m.price);
                if (BUY && m.price > s.best) || (!BUY && m.price < s.best) {
                    s.best = m.price;
                }
            } else {
                self.c[t as usize].next = k;
            }
            k
        };
        let c = &mut self.c[k as usize];
        let i = c.used as usize;
        c.ids[i] = m.id;
        c.qty[i] = left;
        c.occ |= 1 << i;
        c.used += 1;
        let l = &mut self.s[own].levels[m.price as usize];
        l.qty += left;
        l.count += 1;
        self.loc[m.id as usize] = k << 4 | i as u32;
    }
}

impl<const N: usize> Engine for Chunked<N> {
    fn new(ids: usize, hi: u32) -> Self {
        assert!(N <= 16);
        Chunked {
            s: [Side::new(hi, 0), Side::new(hi, NIL)],
            c: Vec::with_capacity(1 << 17),
            free: Vec::with_capacity(1 << 17),
            loc: vec![NIL; ids].into(),
        }
    }
    #[inline(always)]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        if m.kind == CANCEL {
            let x = self.loc[m.id as usize];
            if x != NIL {
                let (k, i) = (x >> 4, (x & 15) as usize);
                self.loc[m.id as usize] = NIL;
                let c = &mut self.c[k as usize];
                c.occ &= !(1 << i);
                let l = &mut self.s[(c.price_side & 1) as usize].levels[(c.price_side >> 1) as usize];
                l.qty -= c.qty[i];
                l.count -= 1;
                if c.occ == 0 {
                    self.drop_chunk(k);
                }
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
