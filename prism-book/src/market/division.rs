//! Matching rules other than price-time: how a level is divided (§6 of the rule book).

use std::cmp::Reverse;

use prism_core::types::{AgentId, OrderId, Price, Qty};

use super::desk::{Desk, Taker};
use super::{Matching, OrderIndex, Told};
use crate::book::{BookEngine, Fill, Handle};

/// A displayed order of a level, and its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) id: OrderId,
    pub(super) handle: Handle,
    /// What of the order is displayed.
    pub(super) size: u64,
    /// What of that trades.
    pub(super) gets: u64,
}

impl Part {
    fn give(&mut self, qty: u64, to: &mut u64) {
        let qty = qty.min(self.size - self.gets).min(*to);
        self.gets += qty;
        *to -= qty;
    }
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// Trades with the displayed level at `price` once: all of it, or a division.
    pub(super) fn divide(&mut self, taker: &mut Taker, price: Price) {
        let mut parts = std::mem::take(&mut self.back.rare.parts);
        loop {
            parts.clear();
            let level = self.shown.orders(!taker.side).take_while(|(_, order)| order.price == price);
            parts.extend(level.map(|(handle, order)| Part {
                id: order.id,
                handle,
                size: order.left.0,
                gets: 0,
            }));
            let Some(own) = parts.iter().find(|part| self.is_own(taker, part.id)).copied() else { break };
            self.meet_own(taker, own.id, own.handle, self.slot(own.id));
            if taker.ended.is_some() || taker.left == 0 {
                parts.clear();
                break;
            }
        }
        shares(&self.rules.matching, taker.left, &mut parts);
        for part in parts.iter().filter(|part| part.gets > 0) {
            // A link may have made the order smaller since, or may have taken it out.
            let Some(taken) = self.shown.execute(part.handle, Qty(part.gets)) else { continue };
            let fill = Fill { maker: part.id, handle: part.handle, price, qty: taken.qty, left: taken.left };
            self.back.hit(taker, &fill, true);
            self.links();
        }
        self.refill();
        self.back.rare.parts = parts;
    }
}

/// Divides `qty` among the orders of a level, which stand in the order of arrival.
pub(super) fn shares(rule: &Matching, qty: u64, parts: &mut [Part]) {
    let mut left = qty;
    match rule {
        _ if parts.iter().map(|part| u128::from(part.size)).sum::<u128>() <= u128::from(qty) => {}
        Matching::PriceTime => {}
        Matching::ProRata { min } => in_proportion(min.0, &mut left, parts),
        Matching::FifoProRata { share } => {
            let mut first = percent(qty, *share);
            left -= first;
            in_turn(parts.iter_mut(), &mut first);
            in_proportion(0, &mut left, parts);
        }
        Matching::LeadMaker { share, agents } => {
            let lead = percent(qty, *share);
            let mut first = lead;
            let leads = |agent: AgentId| agents.contains(&agent);
            in_turn(parts.iter_mut().filter(|part| leads(part.id.agent())), &mut first);
            left -= lead - first;
            in_proportion(0, &mut left, parts);
        }
        Matching::SizeTime => {
            let mut by_size: Vec<&mut Part> = parts.iter_mut().collect();
            by_size.sort_by_key(|part| Reverse(part.size)); // keeps the order of arrival
            in_turn(by_size.into_iter(), &mut left);
        }
    }
    in_turn(parts.iter_mut(), &mut left);
}

/// Gives each order as much as it takes, while anything is left.
fn in_turn<'a>(parts: impl Iterator<Item = &'a mut Part>, left: &mut u64) {
    for part in parts {
        part.give(u64::MAX, left);
    }
}

fn percent(qty: u64, share: u8) -> u64 {
    // At most `qty`, which fits.
    u64::try_from(u128::from(qty) * u128::from(share.min(100)) / 100).unwrap_or(qty)
}

/// Gives each order floor(left × size / all sizes) of what is left of its size, or nothing if that is below `min`.
fn in_proportion(min: u64, left: &mut u64, parts: &mut [Part]) {
    let all: u128 = parts.iter().map(|part| u128::from(part.size - part.gets)).sum();
    let lots = *left;
    for part in parts {
        let exact = u128::from(lots) * u128::from(part.size - part.gets) / all.max(1);
        let qty = u64::try_from(exact).unwrap_or(lots);
        if qty >= min {
            part.give(qty, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(rule: &Matching, qty: u64, sizes: &[u64]) -> Vec<u64> {
        let part = |(agent, &size)| Part {
            id: OrderId::new(AgentId(agent), 0),
            handle: Handle::from_raw(0),
            size,
            gets: 0,
        };
        let mut parts: Vec<Part> = (0..).zip(sizes).map(part).collect();
        shares(rule, qty, &mut parts);
        parts.iter().map(|part| part.gets).collect()
    }

    #[test]
    fn in_proportion_with_the_rest_to_those_who_came_first() {
        let rule = |min| Matching::ProRata { min: Qty(min) };
        assert_eq!(divided(&rule(1), 10, &[50, 30, 20]), [5, 3, 2]);
        assert_eq!(divided(&rule(1), 11, &[50, 30, 20]), [6, 3, 2]); // 5.5, 3.3, 2.2
        assert_eq!(divided(&rule(3), 11, &[50, 30, 20]), [8, 3, 0]); // the 2 are nothing, and go to the first
        assert_eq!(divided(&rule(1), 100, &[50, 30, 20]), [50, 30, 20]);
        assert_eq!(divided(&rule(1), 500, &[50, 30, 20]), [50, 30, 20]);
        assert_eq!(divided(&rule(100), 60, &[50, 30, 20]), [50, 10, 0]);
    }

    #[test]
    fn a_share_by_time_and_the_rest_in_proportion() {
        let rule = |share| Matching::FifoProRata { share };
        assert_eq!(divided(&rule(40), 20, &[10, 30, 60]), [8 + 2, 3, 7]); // 12 over 2, 30, 60: 0.26, 3.9, 7.8
        assert_eq!(divided(&rule(100), 20, &[10, 30, 60]), [10, 10, 0]);
        assert_eq!(divided(&rule(250), 20, &[10, 30, 60]), [10, 10, 0]);
    }

    #[test]
    fn lead_makers_first_and_then_all_in_proportion() {
        let rule = Matching::LeadMaker { share: 40, agents: vec![AgentId(1), AgentId(2)] };
        // 8 to the second; the other 12 over 10, 22 and 60: 1.3, 2.9 and 7.8; two lots over.
        assert_eq!(divided(&rule, 20, &[10, 30, 60]), [1 + 2, 8 + 2, 7]);
        let nobody = Matching::LeadMaker { share: 40, agents: vec![AgentId(9)] };
        assert_eq!(divided(&nobody, 20, &[10, 30, 60]), [2, 6, 12]);
    }

    #[test]
    fn the_largest_first() {
        assert_eq!(divided(&Matching::SizeTime, 70, &[10, 30, 60, 30]), [0, 10, 60, 0]);
        assert_eq!(divided(&Matching::SizeTime, 95, &[10, 30, 60, 30]), [0, 30, 60, 5]);
    }

    #[test]
    fn the_largest_sizes_divide_exactly() {
        let size = Qty::MAX.0;
        let parts = divided(&Matching::ProRata { min: Qty(1) }, size, &[size; 3]);
        assert_eq!(parts.iter().map(|&part| u128::from(part)).sum::<u128>(), u128::from(size));
    }
}
