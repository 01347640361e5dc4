//! Finds the resting order behind an id without a hash.

use prism_core::types::OrderId;

use crate::book::Handle;

/// The resting orders of all agents, by id: for each agent a table of a power of two, in which an order has
/// the place `counter & (len - 1)`. Two live orders that want one place double the table.
///
/// Agents skip the counters whose place is taken by an order of theirs that is still alive (see
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

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    handle: u64,
    counter: u32,
    live: bool,
}

const FIRST_SIZE: u8 = 2; // two places
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

    /// Where the order rests, if it does.
    #[inline]
    pub fn get(&self, id: OrderId) -> Option<Handle> {
        let block = self.agents.get(id.agent().index())?;
        if block.size == 0 {
            return None;
        }
        let slot = self.slots[block.slot(id.counter())];
        (slot.live && slot.counter == id.counter()).then_some(Handle::from_raw(slot.handle))
    }

    /// Enters an order, or gives it another handle. False if there is no such agent, or no room for such an
    /// id (see [`OrderTable`]).
    #[inline]
    pub fn set(&mut self, id: OrderId, handle: Handle) -> bool {
        let agent = id.agent().index();
        let Some(&(mut block)) = self.agents.get(agent) else { return false };
        if block.size == 0 {
            block = Block { at: self.take_block(FIRST_SIZE), live: 0, size: FIRST_SIZE };
            self.agents[agent] = block;
        }
        loop {
            let slot = &mut self.slots[block.slot(id.counter())];
            if !slot.live || slot.counter == id.counter() {
                block.live += u32::from(!slot.live);
                *slot = Slot { handle: handle.raw(), counter: id.counter(), live: true };
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
        if slot.live && slot.counter == id.counter() {
            slot.live = false;
            block.live -= 1;
        }
    }

    fn take_block(&mut self, size: u8) -> u32 {
        self.free[usize::from(size)].pop().unwrap_or_else(|| {
            let at = self.slots.len();
            self.slots.resize(at + (1 << (size - 1)), Slot::default());
            u32::try_from(at).unwrap_or(u32::MAX)
        })
    }

    #[cold]
    fn double(&mut self, old: Block) -> Block {
        let new = Block { at: self.take_block(old.size + 1), size: old.size + 1, live: old.live };
        for at in old.at as usize..old.at as usize + old.len() {
            let slot = std::mem::take(&mut self.slots[at]);
            if slot.live {
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
            for (n, (agent, counter, set)) in steps.into_iter().enumerate() {
                let id = OrderId::new(AgentId(agent), counter);
                if set {
                    prop_assert!(table.set(id, Handle::from_raw(n as u64)));
                    map.insert(id, Handle::from_raw(n as u64));
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
        assert!(table.set(OrderId::new(AgentId(0), 0), Handle::from_raw(1)));
        assert!(!table.set(OrderId::new(AgentId(0), 1 << 31), Handle::from_raw(2)));
        assert!(!table.set(OrderId::new(AgentId(1), 0), Handle::from_raw(2)), "no such agent");
        assert_eq!(table.get(OrderId::new(AgentId(0), 0)), Some(Handle::from_raw(1)));
        assert!(table.slots.len() < 1 << 22);
    }
}
