//! What all open orders of an agent can do to its position.

use prism_core::types::{AgentId, OrderId, Qty, Side};

use super::clearing::Firsts;
use crate::book::BookEngine;
use crate::market::Market;

/// Adds up what an agent's open orders can buy and sell. Of orders that share their quantity (`oco`) the largest of a
/// side counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    alone: [u64; 2],
    /// Of each group the largest order of a side; kept for its memory.
    groups: Vec<(u32, [u64; 2])>,
}

/// An order that would be among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joining {
    pub(super) id: OrderId,
    pub(super) side: Side,
    pub(super) qty: Qty,
    /// The order that it names as `oco`.
    pub(super) joins: Option<OrderId>,
    /// It takes the place of the one of its id.
    pub(super) replaces: bool,
}

/// The group of a new order and the one that it names, if that is alone yet.
const NEW: u32 = u32::MAX;

impl Sums {
    /// What an agent's open orders in a market can buy and sell.
    pub(super) fn of<B: BookEngine>(
        &mut self,
        market: &Market<B>,
        orders: &Firsts,
        agent: AgentId,
    ) -> [u64; 2] {
        self.add_up(market, orders, agent, None);
        self.total()
    }

    /// The same with one more order.
    pub(super) fn with<B: BookEngine>(
        &mut self,
        market: &Market<B>,
        orders: &Firsts,
        joining: &Joining,
    ) -> [u64; 2] {
        let group = self.add_up(market, orders, joining.id.agent(), Some(joining));
        self.add(group, joining.side, joining.qty);
        self.total()
    }

    /// Adds up the orders that are there, and finds the group of one that is not.
    fn add_up<B: BookEngine>(
        &mut self,
        market: &Market<B>,
        orders: &Firsts,
        agent: AgentId,
        joining: Option<&Joining>,
    ) -> Option<u32> {
        self.alone = [0; 2];
        self.groups.clear();
        let mut joins = None;
        for id in orders.ids(agent) {
            let Some(order) = market.exposure(id, orders) else { continue };
            let mut group = order.group;
            match joining {
                Some(joining) if joining.replaces && joining.id == id => {
                    joins = group;
                    continue;
                }
                Some(joining) if joining.joins == Some(id) => {
                    group = group.or(Some(NEW));
                    joins = group;
                }
                _ => {}
            }
            self.add(group, order.side, order.lots);
        }
        joins
    }

    fn add(&mut self, group: Option<u32>, side: Side, lots: Qty) {
        let Some(group) = group else {
            let alone = &mut self.alone[side as usize];
            *alone = alone.saturating_add(lots.0);
            return;
        };
        let at = self.groups.iter().position(|(known, _)| *known == group).unwrap_or_else(|| {
            self.groups.push((group, [0; 2]));
            self.groups.len() - 1
        });
        let most = &mut self.groups[at].1[side as usize];
        *most = lots.0.max(*most);
    }

    fn total(&self) -> [u64; 2] {
        self.groups.iter().fold(self.alone, |sum, (_, most)| {
            [sum[0].saturating_add(most[0]), sum[1].saturating_add(most[1])]
        })
    }
}
