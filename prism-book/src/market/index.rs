//! Where a market finds the orders of an id again.

use prism_core::memory::NoMemory;
use prism_core::msg::Reject;
use prism_core::types::OrderId;

use super::order_table::OrderTable;

/// Where a market finds the orders of an id again: whoever owns the market keeps it. One index may serve several
/// markets, as long as no id is in use in two of them.
pub trait OrderIndex {
    /// What was [set](OrderIndex::set) for an order.
    fn get(&self, id: OrderId) -> Option<u32>;

    /// Keeps a number for an order, which is never [`u32::MAX`].
    ///
    /// # Errors
    /// Why there is no room for an order of this id.
    fn set(&mut self, id: OrderId, place: u32) -> Result<(), Reject>;

    /// Forgets an order.
    fn remove(&mut self, id: OrderId);
}

impl<Own: Copy + Default> OrderIndex for OrderTable<Own> {
    #[inline]
    fn get(&self, id: OrderId) -> Option<u32> {
        OrderTable::get(self, id)
    }

    #[inline]
    fn set(&mut self, id: OrderId, place: u32) -> Result<(), Reject> {
        if OrderTable::set(self, id, place) { Ok(()) } else { Err(Reject::NotYours) }
    }

    #[inline]
    fn remove(&mut self, id: OrderId) {
        OrderTable::remove(self, id);
    }
}

/// An [`OrderIndex`] for whoever has no table of agents: for each agent (the high half of an id) a table in which
/// an order's place is the low bits of the agent's own counter, so that nothing is hashed. Counters that go up by
/// one keep it as small as the orders that are alive.
#[derive(Clone, Debug)]
pub struct Orders(OrderTable<()>);

impl Orders {
    /// An index for the agents below `agents`. Orders of others are refused with `NotYours`.
    ///
    /// # Errors
    /// So many do not fit the memory.
    pub fn new(agents: u32) -> Result<Orders, NoMemory> {
        OrderTable::new(agents).map(Orders)
    }
}

impl OrderIndex for Orders {
    #[inline]
    fn get(&self, id: OrderId) -> Option<u32> {
        self.0.get(id)
    }

    #[inline]
    fn set(&mut self, id: OrderId, place: u32) -> Result<(), Reject> {
        OrderIndex::set(&mut self.0, id, place)
    }

    #[inline]
    fn remove(&mut self, id: OrderId) {
        self.0.remove(id);
    }
}
