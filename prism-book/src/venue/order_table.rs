//! Finds the resting order behind an id without a hash.

use prism_core::types::OrderId;

/// The places in their books of the resting orders of all agents, by id: for each agent a table of a power
/// of two, in which an order has the slot `counter & (len - 1)`. Two live orders that want one slot double
/// the table.
///
/// It holds places, not handles ([`Handle::place`](crate::book::Handle::place)): half the memory, and
/// [`BookEngine::locate`](crate::book::BookEngine::locate) then also sees when a request names another book
/// than the order's own, where a bare handle might fit a stranger's order.
///
/// Agents skip the counters whose slot is taken by an order of theirs that is still alive (see
/// `prism_core::agent`), so an agent's table here never outgrows its own.
#[derive(Clone, Debug, Default)]
pub struct OrderTable {
    agents: Vec<Block>,
    slots: Vec<Slot>,
    /// Outgrown blocks by the logarithm of their length, to be used again.
    free: [Vec<u32>; 32],
}

#[derive(Clone, Copy, Debug, Default)]
struct Block {
    at: u32,
    live: u32,
    /// 0 for no block yet, else 1 + the logarithm of its length.
    size: u8,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    counter: u32,
    place: u32,
}

/// No order's place.
const NOWHERE: u32 = u32::MAX;
const EMPTY: Slot = Slot { counter: 0, place: NOWHERE };

impl Slot {
    fn is_live(self) -> bool {
        self.place != NOWHERE
    }
}

const FIRST_SIZE: u8 = 2; // two slots
/// Up to this size a table is doubled without question: what an agent may have in flight can be much more
/// than what rests. Beyond it only while it is well used, so that made-up ids cannot eat the memory.
const FREE_SIZE: u8 = 21;

impl Block {
    fn len(self) -> usize {
        if self.size == 0 { 0 } else { 1 << (self.size - 1) }
    }

    #[inline]
    fn slot(self, counter: u32) -> usize {
        self.at as usize + (counter as usize & (self.len() - 1))
    }
}

impl OrderTable {
    /// Empty tables for the agents below `agents`.
    pub fn new(agents: u32) -> OrderTable {
        OrderTable { agents: vec![Block::default(); agents as usize], ..OrderTable::default() }
    }

    /// True if there is such an agent.
    #[inline]
    pub fn knows(&self, id: OrderId) -> bool {
        id.agent().index() < self.agents.len()
    }

    /// The order's place, if it rests.
    #[inline]
    pub fn get(&self, id: OrderId) -> Option<u32> {
        let block = self.agents.get(id.agent().index())?;
        if block.size == 0 {
            return None;
        }
        let slot = self.slots[block.slot(id.counter())];
        (slot.is_live() && slot.counter == id.counter()).then_some(slot.place)
    }

    /// Enters an order, or gives it another place. False if there is no such agent, or no room for such an
    /// id (see [`OrderTable`]).
    #[inline]
    pub fn set(&mut self, id: OrderId, place: u32) -> bool {
        let agent = id.agent().index();
        let Some(&(mut block)) = self.agents.get(agent) else { return false };
        if block.size == 0 {
            block = Block { at: self.take_block(FIRST_SIZE), live: 0, size: FIRST_SIZE };
            self.agents[agent] = block;
        }
        loop {
            let slot = &mut self.slots[block.slot(id.counter())];
            if !slot.is_live() || slot.counter == id.counter() {
                block.live += u32::from(!slot.is_live());
                *slot = Slot { counter: id.counter(), place };
                self.agents[agent] = block;
                return true;
            }
            if block.size >= FREE_SIZE && block.len() / 64 > block.live as usize || block.size >= 31 {
                return false;
            }
            block = self.double(block);
            self.agents[agent] = block;
        }
    }

    /// Strikes an order out.
    #[inline]
    pub fn remove(&mut self, id: OrderId) {
        let Some(block) = self.agents.get_mut(id.agent().index()) else { return };
        if block.size == 0 {
            return;
        }
        let slot = &mut self.slots[block.slot(id.counter())];
        if slot.is_live() && slot.counter == id.counter() {
            *slot = EMPTY;
            block.live -= 1;
        }
    }

    fn take_block(&mut self, size: u8) -> u32 {
        self.free[usize::from(size)].pop().unwrap_or_else(|| {
            let at = self.slots.len();
            self.slots.resize(at + (1 << (size - 1)), EMPTY);
            u32::try_from(at).unwrap_or(u32::MAX)
        })
    }

    #[cold]
    fn double(&mut self, old: Block) -> Block {
        let new = Block { at: self.take_block(old.size + 1), size: old.size + 1, live: old.live };
        for at in old.at as usize..old.at as usize + old.len() {
            let slot = std::mem::replace(&mut self.slots[at], EMPTY);
            if slot.is_live() {
                self.slots[new.slot(slot.counter)] = slot;
            }
        }
        self.free[usize::from(old.size)].push(old.at);
        new
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use prism_core::types::AgentId;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_as_a_map(steps in proptest::collection::vec((0u32..3, 0u32..64, any::<bool>()), 1..500)) {
            let mut table = OrderTable::new(3);
            let mut map = BTreeMap::new();
            for (n, (agent, counter, set)) in (0u32..).zip(steps) {
                let id = OrderId::new(AgentId(agent), counter);
                if set {
                    prop_assert!(table.set(id, n));
                    map.insert(id, n);
                } else {
                    table.remove(id);
                    map.remove(&id);
                }
                for agent in 0..3 {
                    for counter in 0..64 {
                        let id = OrderId::new(AgentId(agent), counter);
                        prop_assert_eq!(table.get(id), map.get(&id).copied());
                    }
                }
            }
        }
    }

    #[test]
    fn made_up_ids_cannot_eat_the_memory() {
        let mut table = OrderTable::new(1);
        assert!(table.set(OrderId::new(AgentId(0), 0), 1));
        assert!(!table.set(OrderId::new(AgentId(0), 1 << 31), 2));
        assert!(!table.set(OrderId::new(AgentId(1), 0), 2), "no such agent");
        assert_eq!(table.get(OrderId::new(AgentId(0), 0)), Some(1));
        assert!(table.slots.len() < 1 << 22);
    }
}
