//! What all open orders of an agent can do to its position.

use prism_core::types::{AgentId, OrderId, Qty, Side};

use super::clearing::Firsts;
use crate::book::BookEngine;
use crate::market::Market;

/// Adds up what an agent's open orders can buy and sell beyond what other orders of it undo.
///
/// Of orders that share their quantity (`oco`) the largest of a side counts. Of orders that wait for a parent on the
/// other side, each comes in with what the parent trades; so much of that, once, undoes what the parent does and does
/// not count.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    alone: [u64; 2],
    /// Those that share their quantity; kept for its memory, as the next.
    shared: Vec<Shared>,
    families: Vec<Family>,
}

/// Orders of one side that share their quantity, and their parent if they wait for one.
#[derive(Clone, Copy, Debug)]
struct Shared {
    group: u32,
    side: Side,
    parent: Option<OrderId>,
    /// The largest of them.
    most: u64,
}

/// What waits for one parent.
#[derive(Clone, Copy, Debug)]
struct Family {
    parent: OrderId,
    left: u64,
    side: Side,
    waits: u64,
}

/// An order that would be among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joining {
    pub(super) id: OrderId,
    pub(super) side: Side,
    /// What of it does not wait for a parent on the other side.
    pub(super) now: Qty,
    /// What does.
    pub(super) behind: Qty,
    /// That parent, and what is left of it.
    pub(super) parent: Option<(OrderId, Qty)>,
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
        self.add(group, joining.side, joining.now);
        self.add_leg(group, joining.side, joining.behind, joining.parent);
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
        self.shared.clear();
        self.families.clear();
        let mut joins = None;
        for id in orders.ids(agent) {
            let Some(mut order) = market.exposure(id, orders) else { continue };
            if let Some(joining) = joining {
                if joining.replaces && joining.id == id {
                    joins = order.group;
                    continue;
                }
                if joining.joins == Some(id) {
                    order.group = order.group.or(Some(NEW));
                    joins = order.group;
                }
                if let Some((parent, left)) = &mut order.parent
                    && *parent == joining.id
                {
                    *left = Qty(joining.now.0.saturating_add(joining.behind.0));
                }
            }
            self.add(order.group, order.side, order.lots);
            self.add_leg(order.group, order.side, order.behind, order.parent);
        }
        joins
    }

    fn add(&mut self, group: Option<u32>, side: Side, lots: Qty) {
        match group {
            None => add_to(&mut self.alone[side as usize], lots.0),
            Some(group) => {
                self.share(group, side, None, lots.0);
            }
        }
    }

    /// What waits for a parent comes in with what that trades.
    fn add_leg(&mut self, group: Option<u32>, side: Side, behind: Qty, parent: Option<(OrderId, Qty)>) {
        let Some((parent, left)) = parent.filter(|_| !behind.is_zero()) else { return };
        let waits = behind.min(left).0;
        let more = match group {
            None => waits,
            Some(group) => self.share(group, side, Some(parent), waits),
        };
        match self.families.iter_mut().find(|family| family.parent == parent) {
            Some(family) => add_to(&mut family.waits, more),
            None => self.families.push(Family { parent, left: left.0, side, waits: more }),
        }
    }

    /// One more order shares its quantity with those of its group; by how much the largest of them gets larger.
    fn share(&mut self, group: u32, side: Side, parent: Option<OrderId>, lots: u64) -> u64 {
        let same = |shared: &&mut Shared| (shared.group, shared.side, shared.parent) == (group, side, parent);
        if let Some(shared) = self.shared.iter_mut().find(same) {
            let more = lots.saturating_sub(shared.most);
            shared.most += more;
            return more;
        }
        self.shared.push(Shared { group, side, parent, most: lots });
        lots
    }

    fn total(&self) -> [u64; 2] {
        let mut total = self.alone;
        for shared in self.shared.iter().filter(|shared| shared.parent.is_none()) {
            add_to(&mut total[shared.side as usize], shared.most);
        }
        for family in &self.families {
            add_to(&mut total[family.side as usize], family.waits.saturating_sub(family.left));
        }
        total
    }
}

fn add_to(sum: &mut u64, lots: u64) {
    *sum = sum.saturating_add(lots);
}
