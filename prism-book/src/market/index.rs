//! Where a market finds the orders of an id again.

use prism_core::memory::NoMemory;
use prism_core::msg::Reject;
use prism_core::types::{AgentId, OrderId};

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
///
/// Two live orders of an agent that want one place double its table. So the table is as long as the counters of its live
/// orders are apart: an agent whose oldest live order is `n` counters behind its newest may have a table of `2n` places of
/// 8 bytes. Up to 2^20 places it is doubled without question; beyond that, and up to 2^30, only while at least one place
/// in 64 is in use, so that made-up counters cannot eat the memory. An order that has no room is not taken in: what is to
/// rest is cancelled with reason `Venue` (its trades stand), and an order with terms is refused with `NotYours`. A table
/// never shrinks.
#[derive(Clone, Debug)]
pub struct Orders(OrderTable<()>);

impl Orders {
    /// An index for the agents below `agents`.
    ///
    /// What others send does not come to rest: their orders with terms are refused with `NotYours`, what is left of a plain
    /// order after its trades is cancelled with reason `Venue`. A plain order that ends at once (`IOC`, `FOK`) needs no place
    /// and trades as any other: who wants to keep strangers out looks at the agent before the market does, as
    /// [`Exchange`](crate::Exchange) does.
    ///
    /// # Errors
    /// So many do not fit the memory.
    pub fn new(agents: u32) -> Result<Orders, NoMemory> {
        OrderTable::new(agents).map(Orders)
    }

    /// The ids of an agent's orders in all markets that share the index, in no order that means anything.
    pub fn ids(&self, agent: AgentId) -> impl Iterator<Item = OrderId> + '_ {
        self.0.ids(agent)
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
