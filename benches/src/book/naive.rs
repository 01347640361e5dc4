//! Textbook engine (`BTreeMap<price, VecDeque<order>>` + std `HashMap` id index, linear scan
//! on cancel): the correctness oracle for the ladder, and the floor every peer should beat.

use super::stream::{Msg, CANCEL};
use super::{Engine, Sink};
use std::collections::{BTreeMap, HashMap, VecDeque};

#[derive(Default)]
pub struct Naive {
    bids: BTreeMap<u32, VecDeque<(u32, u32)>>,
    asks: BTreeMap<u32, VecDeque<(u32, u32)>>,
    ids: HashMap<u32, (u8, u32)>,
}

impl Engine for Naive {
    fn new(_ids: usize, _hi: u32) -> Self {
        Self::default()
    }
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        if m.kind == CANCEL {
            if let Some((side, price)) = self.ids.remove(&m.id) {
                let book = if side == 0 { &mut self.bids } else { &mut self.asks };
                let q = book.get_mut(&price).unwrap();
                let i = q.iter().position(|o| o.0 == m.id).unwrap();
                q.remove(i);
                if q.is_empty() {
                    book.remove(&price);
                }
                out.cancelled(m.id);
            }
            return;
        }
        let mut left = m.qty;
        while left > 0 {
            let e = if m.side == 0 { self.asks.first_entry() } else { self.bids.last_entry() };
            let Some(mut e) = e else { break };
            let p = *e.key();
            if (m.side == 0 && p > m.price) || (m.side == 1 && p < m.price) {
                break;
            }
            let q = e.get_mut();
            while left > 0 {
                let Some(o) = q.front_mut() else { break };
                let x = left.min(o.1);
                out.trade(o.0, m.id, p, x);
                left -= x;
                o.1 -= x;
                if o.1 == 0 {
                    self.ids.remove(&o.0);
                    q.pop_front();
                }
            }
            if q.is_empty() {
                e.remove();
            }
        }
        if left > 0 {
            let book = if m.side == 0 { &mut self.bids } else { &mut self.asks };
            book.entry(m.price).or_default().push_back((m.id, left));
            self.ids.insert(m.id, (m.side, m.price));
        }
    }
    fn touch(&mut self) -> (u32, u32) {
        (
            self.bids.last_key_value().map_or(0, |x| *x.0),
            self.asks.first_key_value().map_or(u32::MAX, |x| *x.0),
        )
    }
}
