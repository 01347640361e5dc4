//! Sums over the orders of one queue, by the order of their arrival.
//!
//! P. M. Fenwick, *A new data structure for cumulative frequency tables*, Software: Practice and Experience 24,
//! 1994. A node's number is a count of orders in its upper 32 bits and their size in the lower 96, so that both
//! are added at once: 2^31 orders of less than 2^63 lots do not fill 96 bits.

use prism_core::types::Qty;

use super::super::Ahead;

/// How many orders, and how much they are together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(u128);

impl Sum {
    /// One order.
    pub(super) fn one(qty: u64) -> Sum {
        Sum(1 << 96 | u128::from(qty))
    }

    /// A part of an order, which is no order.
    pub(super) fn part(qty: u64) -> Sum {
        Sum(u128::from(qty))
    }

    pub(super) fn and(self, other: Sum) -> Sum {
        Sum(self.0 + other.0)
    }

    #[allow(clippy::cast_possible_truncation)] // 32 bits
    pub(super) fn shown(self) -> Ahead {
        let qty = self.0 & (u128::MAX >> 32);
        Ahead { orders: (self.0 >> 96) as u64, qty: Qty(u64::try_from(qty).unwrap_or(u64::MAX)) }
    }
}

/// The sums; slot 0 came first.
#[derive(Clone, Debug, Default)]
pub(super) struct Fenwick {
    /// Node `n - 1` holds the slots from `n - lowest_bit(n)` to before `n`.
    nodes: Vec<u128>,
}

const fn lowest_bit(n: usize) -> usize {
    n & n.wrapping_neg()
}

impl Fenwick {
    /// Slots, those of orders that have left included.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Forgets everything, and gives back memory for more than `keep` slots.
    pub(super) fn clear(&mut self, keep: usize) {
        self.nodes.clear();
        self.nodes.shrink_to(keep);
    }

    /// Takes a new slot, at the end.
    pub(super) fn push(&mut self, sum: Sum) {
        let n = self.nodes.len() + 1;
        let (mut node, mut at) = (sum.0, n - 1);
        while at > n - lowest_bit(n) {
            steps::count();
            node += self.nodes[at - 1];
            at -= lowest_bit(at);
        }
        self.nodes.push(node);
    }

    /// Takes from a slot what is in it.
    pub(super) fn take(&mut self, slot: usize, sum: Sum) {
        let mut n = slot + 1;
        while let Some(node) = self.nodes.get_mut(n - 1) {
            steps::count();
            *node -= sum.0;
            n += lowest_bit(n);
        }
    }

    /// What is in the slots before one.
    pub(super) fn before(&self, slot: usize) -> Sum {
        let (mut n, mut sum) = (slot, 0);
        while n > 0 {
            steps::count();
            sum += self.nodes[n - 1];
            n -= lowest_bit(n);
        }
        Sum(sum)
    }
}

/// The work of questions, which tests count; nothing in a build for users.
pub(super) mod steps {
    #[cfg(test)]
    thread_local! {
        static TAKEN: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }

    #[inline(always)]
    pub(in super::super) fn count() {
        #[cfg(test)]
        TAKEN.with(|taken| taken.set(taken.get() + 1));
    }

    /// Those since the last call.
    #[cfg(test)]
    pub(in super::super) fn taken() -> u64 {
        TAKEN.with(std::cell::Cell::take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_a_list() {
        let (mut tree, mut list) = (Fenwick::default(), Vec::new());
        for n in 0..300u64 {
            let qty = if n % 7 == 0 { u64::MAX >> 1 } else { n };
            tree.push(Sum::one(qty));
            list.push((1, u128::from(qty)));
            let at = usize::try_from(n * 13 % (n + 1)).expect("small");
            if n % 3 == 0 && list[at].0 == 1 {
                let Ok(qty) = u64::try_from(list[at].1) else { continue };
                tree.take(at, Sum::one(qty));
                list[at] = (0, 0);
            } else if list[at].1 > 1 {
                tree.take(at, Sum::part(1));
                list[at].1 -= 1;
            }
            for slot in 0..=tree.len() {
                let orders = list[..slot].iter().map(|order| order.0).sum::<u64>();
                let qty = list[..slot].iter().map(|order| order.1).sum::<u128>();
                let qty = Qty(u64::try_from(qty).unwrap_or(u64::MAX));
                assert_eq!(tree.before(slot).shown(), Ahead { orders, qty });
            }
        }
    }
}
