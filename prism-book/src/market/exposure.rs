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
    /// What of it does not wait for a parent on the other side.
    pub(crate) lots: Qty,
    /// What of it does, of which so much comes in as the parent trades.
    pub(crate) behind: Qty,
    /// That parent, and what is left of it.
    pub(crate) parent: Option<(OrderId, Qty)>,
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
            return Some(Exposure {
                side: order.side,
                lots: order.left,
                behind: Qty::ZERO,
                parent: None,
                group: None,
                price: order.price,
            });
        };
        let rare = self.rare.as_ref().filter(|rare| rare.holds(slot, id))?;
        let extra = rare.at(slot);
        let parent = (extra.parent != NONE).then(|| rare.at(extra.parent));
        let parent = parent.filter(|parent| parent.side != extra.side);
        let behind = if parent.is_some() { extra.waiting } else { 0 };
        Some(Exposure {
            side: extra.side,
            lots: Qty(extra.left - behind),
            behind: Qty(behind),
            parent: parent.map(|parent| (parent.id, Qty(parent.left))),
            group: (extra.group != NONE).then_some(extra.group),
            price: extra.told_price(),
        })
    }
}
