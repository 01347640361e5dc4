//! What an order can still do to its owner's position, for a venue that answers for its agents.

use prism_core::types::{OrderId, Price, Qty, Side};

use super::extra::{NONE, slot_of};
use super::{Market, OrderIndex};
use crate::book::BookEngine;

/// What an order can still do to its owner's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// Buy or sell.
    pub(crate) side: Side,
    /// What of it adds to the position. What waits for a parent on the other side does not: each lot of it undoes one
    /// that the parent has traded.
    pub(crate) lots: Qty,
    /// What of it waits for such a parent.
    pub(crate) behind: Qty,
    /// The group of orders that share their quantity.
    pub(crate) group: Option<u32>,
    /// At what price it rests or is held.
    pub(crate) price: Price,
}

impl<B: BookEngine> Market<B> {
    /// What an order can still do to its owner's position, if it is in this market.
    pub(crate) fn exposure(&self, id: OrderId, index: &impl OrderIndex) -> Option<Exposure> {
        let place = index.get(id)?;
        let Some(slot) = slot_of(place) else {
            let order = self.shown.get(self.shown.locate(place, id)?)?;
            let (behind, group) = (Qty::ZERO, None);
            return Some(Exposure { side: order.side, lots: order.left, behind, group, price: order.price });
        };
        let rare = self.rare.as_ref().filter(|rare| rare.holds(slot, id))?;
        let extra = rare.at(slot);
        let undoes = extra.parent != NONE && rare.at(extra.parent).side != extra.side;
        let behind = if undoes { extra.waiting } else { 0 };
        Some(Exposure {
            side: extra.side,
            lots: Qty(extra.left - behind),
            behind: Qty(behind),
            group: (extra.group != NONE).then_some(extra.group),
            price: extra.told_price(),
        })
    }
}
