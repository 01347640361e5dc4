//! Estimators that carry one number.

use prism_core::math;
use prism_core::types::Qty;

use super::laws::split;
use super::{CancelLaw, QueueEstimator};

/// Shares every cancellation out between ahead and behind, as its law says.
///
/// This is how hftbacktest applies its probabilities, but for one thing: a trade leaves the level at once, so that
/// what is behind is not overstated by it when the level is next shown.
#[derive(Clone, Copy, Debug)]
pub struct Shared<L> {
    law: L,
    ahead: f64,
    /// What rests at the price, as far as was told.
    level: f64,
}

impl<L: CancelLaw> Shared<L> {
    /// By a law.
    pub fn new(law: L) -> Shared<L> {
        Shared { law, ahead: 0.0, level: 0.0 }
    }
}

impl<L: CancelLaw> QueueEstimator for Shared<L> {
    fn on_order(&mut self, level_qty: Qty) {
        self.level = level_qty.0 as f64;
        self.ahead = self.level;
    }

    fn on_trade(&mut self, qty: Qty) {
        let qty = qty.0 as f64;
        self.ahead = math::max(self.ahead - qty, 0.0);
        self.level = math::max(self.level - qty, 0.0);
    }

    fn on_level(&mut self, new_qty: Qty) {
        let new = new_qty.0 as f64;
        if new < self.level {
            let (gone, _) = split(&self.law, self.level - new, self.ahead, self.level - self.ahead);
            self.ahead = math::min(self.ahead - gone, new);
        }
        self.level = new;
    }

    fn ahead(&self) -> f64 {
        self.ahead
    }
}
