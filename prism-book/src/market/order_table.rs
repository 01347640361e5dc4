//! Finds the resting order behind an id without a hash.

use prism_core::memory::{NoMemory, filled, prefetch};
use prism_core::types::{AgentId, OrderId};

/// The resting orders of all agents, by id: for each agent a table of a power of two, in which an order has
/// the place `counter & (len - 1)`. Two live orders that want one place double the table.
///
/// Agents skip the counters whose place is taken by an order of theirs that is still alive (see
/// `prism_core::agent`), so an agent's table here never outgrows its own.
///
/// Beside its table the venue keeps an `Own` of each agent: what it will want next.
#[derive(Clone, Debug, Default)]
pub(crate) struct OrderTable<Own> {
    agents: Vec<Seat<Own>>,
    slots: Vec<Slot>,
    /// Outgrown blocks by the logarithm of their length, to be used again.
    free: [Vec<u32>; 32],
}

/// What is kept of one agent: a cache line, if `Own` is half of one.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Seat<Own> {
    own: Own,
    table: Block,
}

/// An agent's table, with the first two places in it.
#[derive(Clone, Copy, Debug)]
struct Block {
    first: [Slot; FIRST],
    /// Where the table lies when it has more places.
    at: u32,
    live: u32,
    /// How many places it has: a power of two.
    len: u32,
}

/// An order: its counter, and the half of its handle by which the book finds it again.
#[derive(Clone, Copy, Debug)]
struct Slot {
    counter: u32,
    /// [`FREE`] where there is no order.
    place: u32,
}

/// No place in any book.
const FREE: u32 = u32::MAX;
const EMPTY: Slot = Slot { counter: 0, place: FREE };
const FIRST_LEN: u32 = 2;
const FIRST: usize = FIRST_LEN as usize;
/// Up to this size a table is doubled without question: what an agent may have in flight can be much more
/// than what rests. Beyond it only while it is well used, so that made-up ids cannot eat the memory.
const FREE_LEN: u32 = 1 << 20;

impl<Own: Copy + Default> OrderTable<Own> {
    /// Empty tables for the agents below `agents`.
    pub(crate) fn new(agents: u32) -> Result<OrderTable<Own>, NoMemory> {
        let table = Block { first: [EMPTY; FIRST], at: 0, live: 0, len: FIRST_LEN };
        let seat = Seat { own: Own::default(), table };
        let agents = filled("the resting orders", agents as usize, seat)?;
        Ok(OrderTable { agents, ..OrderTable::default() })
    }

    /// An agent's own, if there is such an agent.
    #[inline]
    pub(crate) fn own(&self, agent: AgentId) -> Option<&Own> {
        self.agents.get(agent.index()).map(|seat| &seat.own)
    }

    /// The same, to change it.
    #[inline]
    pub(crate) fn own_mut(&mut self, agent: AgentId) -> Option<&mut Own> {
        self.agents.get_mut(agent.index()).map(|seat| &mut seat.own)
    }

    /// That of each agent, in order.
    pub(crate) fn owns(&self) -> impl Iterator<Item = &Own> {
        self.agents.iter().map(|seat| &seat.own)
    }

    /// True if there is such an agent.
    #[inline]
    pub(crate) fn knows(&self, id: OrderId) -> bool {
        id.agent().index() < self.agents.len()
    }

    /// Has what is kept of an agent brought into the cache.
    #[inline]
    pub(crate) fn fetch(&self, agent: AgentId) {
        if let Some(seat) = self.agents.get(agent.index()) {
            prefetch(&seat.own);
        }
    }

    /// The places of an agent's resting orders, of the one or two that are quickly found.
    #[inline]
    pub(crate) fn places(&self, agent: AgentId) -> impl Iterator<Item = u32> {
        let seat = self.agents.get(agent.index());
        let first = seat.map_or([EMPTY; FIRST], |seat| seat.table.first);
        first.into_iter().map(|slot| slot.place).filter(|place| *place != FREE)
    }

    /// The [place](crate::book::Handle::place) of the order in its book, if it rests.
    #[inline]
    pub(crate) fn get(&self, id: OrderId) -> Option<u32> {
        let block = &self.agents.get(id.agent().index())?.table;
        let n = (id.counter() & (block.len - 1)) as usize;
        let slot =
            if block.len <= FIRST_LEN { block.first[n % FIRST] } else { self.slots[block.at as usize + n] };
        (slot.place != FREE && slot.counter == id.counter()).then_some(slot.place)
    }

    /// The ids of an agent's resting orders, in the order of their places.
    pub(crate) fn ids(&self, agent: AgentId) -> impl Iterator<Item = OrderId> {
        let block = self.agents.get(agent.index()).map(|seat| &seat.table);
        let places = block.map_or(&[][..], |block| match block.len {
            FIRST_LEN => &block.first[..],
            len => &self.slots[block.at as usize..][..len as usize],
        });
        let live = places.iter().filter(|slot| slot.place != FREE);
        live.map(move |slot| OrderId::new(agent, slot.counter))
    }

    #[inline]
    fn slot(&mut self, id: OrderId) -> Option<(&mut Slot, &mut u32)> {
        let block = &mut self.agents.get_mut(id.agent().index())?.table;
        let n = (id.counter() & (block.len - 1)) as usize;
        let slot = if block.len <= FIRST_LEN {
            &mut block.first[n % FIRST]
        } else {
            &mut self.slots[block.at as usize + n]
        };
        Some((slot, &mut block.live))
    }

    /// Enters an order, or gives it another place. False if there is no such agent, or no room for such an
    /// id (see [`OrderTable`]).
    #[inline]
    pub(crate) fn set(&mut self, id: OrderId, place: u32) -> bool {
        loop {
            let Some((slot, live)) = self.slot(id) else { return false };
            if slot.place == FREE || slot.counter == id.counter() {
                *live += u32::from(slot.place == FREE);
                *slot = Slot { counter: id.counter(), place };
                return true;
            }
            if !self.double(id.agent().index()) {
                return false;
            }
        }
    }

    /// Strikes an order out.
    #[inline]
    pub(crate) fn remove(&mut self, id: OrderId) {
        if let Some((slot, live)) = self.slot(id)
            && slot.place != FREE
            && slot.counter == id.counter()
        {
            slot.place = FREE;
            *live -= 1;
        }
    }

    fn take_block(&mut self, len: u32) -> u32 {
        self.free[len.trailing_zeros() as usize].pop().unwrap_or_else(|| {
            let at = self.slots.len();
            self.slots.resize(at + len as usize, EMPTY);
            u32::try_from(at).unwrap_or(u32::MAX)
        })
    }

    /// Doubles an agent's table; false if it is too large already.
    #[cold]
    fn double(&mut self, agent: usize) -> bool {
        let old = self.agents[agent].table;
        if old.len >= FREE_LEN && old.len / 64 > old.live || old.len >= 1 << 30 {
            return false;
        }
        let len = old.len * 2;
        let at = self.take_block(len);
        for n in 0..old.len as usize {
            let slot = if old.len <= FIRST_LEN {
                old.first[n]
            } else {
                std::mem::replace(&mut self.slots[old.at as usize + n], EMPTY)
            };
            if slot.place != FREE {
                self.slots[at as usize + (slot.counter & (len - 1)) as usize] = slot;
            }
        }
        if old.len > FIRST_LEN {
            self.free[old.len.trailing_zeros() as usize].push(old.at);
        }
        self.agents[agent].table = Block { first: [EMPTY; FIRST], at, live: old.live, len };
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_as_a_map(steps in proptest::collection::vec((0u32..3, 0u32..64, any::<bool>()), 1..500)) {
            let mut table = OrderTable::<u64>::new(3).unwrap();
            let mut map = BTreeMap::new();
            for (n, (agent, counter, set)) in (0..).zip(steps) {
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
        let mut table = OrderTable::<u64>::new(1).unwrap();
        assert!(table.set(OrderId::new(AgentId(0), 0), 1));
        assert!(!table.set(OrderId::new(AgentId(0), 1 << 31), 2));
        assert!(!table.set(OrderId::new(AgentId(1), 0), 2), "no such agent");
        assert_eq!(table.get(OrderId::new(AgentId(0), 0)), Some(1));
        assert!(table.slots.len() < 1 << 22);
    }
}
