//! §3: what follows of a message, until nothing changes.

use prism_core::types::{OrderId, Side};

use super::Twin;
use super::order::Place;

/// More rounds than any market of a test needs: a rule that never comes to rest is found here.
const ROUNDS: u32 = 100_000;

impl Twin {
    pub(super) fn settle(&mut self) {
        for _ in 0..ROUNDS {
            let changed = self.settle_bands()
                || self.settle_stops()
                || self.settle_legs()
                || self.settle_pegs()
                || self.settle_min_qty();
            if !changed {
                return;
            }
        }
        panic!("settling never ends: {self:#?}");
    }

    /// Settling, 4 (§4.5): the first hidden order with a minimum quantity that could trade comes in again.
    fn settle_min_qty(&mut self) -> bool {
        if !self.trades() {
            return false;
        }
        let resting = Side::BOTH.into_iter().flat_map(|side| self.by_priority(side, Place::Hidden));
        let able = resting
            .filter(|order| order.min_qty > 0)
            .find(|order| self.could_trade(order.id) >= order.least())
            .map(|order| order.id);
        if let Some(id) = able {
            self.try_again(id);
        }
        able.is_some()
    }

    /// An order comes in again and keeps its place for what it leaves.
    fn try_again(&mut self, id: OrderId) {
        self.take_out(id);
        self.trade(id);
        let Some(order) = self.find(id) else { return };
        if order.inside() == 0 {
            return self.hold(id, Place::WaitsForParent);
        }
        let price = order.price;
        self.order_mut(id).place = Place::Hidden;
        self.accept(id, price);
    }
}
