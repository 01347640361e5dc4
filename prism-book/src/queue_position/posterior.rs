//! An estimator that carries what it does not know.

use prism_core::math;
use prism_core::types::Qty;

use super::laws::{share, split};
use super::{CancelLaw, QueueEstimator};

/// The range of what may be ahead is cut into as many pieces; a weight each is kept.
const PIECES: usize = 64;

/// A place where the order may be.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    ahead: f64,
    weight: f64,
}

/// Bayes' rule over a law: each cancellation was one order, ahead or behind, and an order cannot be larger than the
/// part of the queue that it was in. A large cancellation thus tells where it was.
///
/// The estimate is the mean of what is left possible. The rule is not from the literature on queues; it is the
/// filter of a hidden Markov model whose steps are the law's. Places that fall together within a 64th of the level
/// are merged at their mean. Where a level shrinks by more than one order between two looks, no place may be left
/// possible; then the change is shared out as in [`Shared`](super::Shared).
#[derive(Clone, Debug)]
pub struct Posterior<L> {
    law: L,
    places: Vec<Place>,
    spare: Vec<Place>,
    level: f64,
}

impl<L: CancelLaw> Posterior<L> {
    /// By a law.
    pub fn new(law: L) -> Posterior<L> {
        Posterior { law, places: Vec::new(), spare: Vec::new(), level: 0.0 }
    }

    /// What the places become when `gone` lots were cancelled as one order.
    fn cancel(&mut self, gone: f64) {
        self.spare.clear();
        for &Place { ahead, weight } in &self.places {
            let behind = self.level - ahead;
            let share = share(&self.law, ahead, behind);
            if gone <= ahead && share > 0.0 {
                self.spare.push(Place { ahead: ahead - gone, weight: weight * share });
            }
            if gone <= behind && share < 1.0 {
                self.spare.push(Place { ahead, weight: weight * (1.0 - share) });
            }
        }
        let possible: f64 = self.spare.iter().map(|place| place.weight).sum();
        // Below this a weight is an error of rounding.
        if possible > 1e-12 {
            self.spare.iter_mut().for_each(|place| place.weight /= possible);
            std::mem::swap(&mut self.places, &mut self.spare);
        } else {
            for place in &mut self.places {
                place.ahead -= split(&self.law, gone, place.ahead, self.level - place.ahead).0;
            }
        }
    }

    /// Merges places that are close to each other.
    fn merge(&mut self) {
        self.spare.clear();
        self.spare.resize(PIECES, Place::default());
        let scale = PIECES as f64 / math::max(self.level, 1.0);
        for place in &self.places {
            #[allow(clippy::cast_possible_truncation)] // 0 to PIECES: a cast to an integer saturates
            let piece = ((place.ahead * scale) as usize).min(PIECES - 1);
            let piece = &mut self.spare[piece];
            piece.ahead += place.ahead * place.weight;
            piece.weight += place.weight;
        }
        self.places.clear();
        let known = self.spare.iter().filter(|piece| piece.weight > 0.0);
        self.places.extend(known.map(|piece| Place { ahead: piece.ahead / piece.weight, ..*piece }));
    }
}

impl<L: CancelLaw> QueueEstimator for Posterior<L> {
    fn on_order(&mut self, level_qty: Qty) {
        self.level = level_qty.0 as f64;
        self.places.clear();
        self.places.push(Place { ahead: self.level, weight: 1.0 });
    }

    fn on_trade(&mut self, qty: Qty) {
        let qty = qty.0 as f64;
        for place in &mut self.places {
            place.ahead = math::max(place.ahead - qty, 0.0);
        }
        self.level = math::max(self.level - qty, 0.0);
    }

    fn on_level(&mut self, new_qty: Qty) {
        let new = new_qty.0 as f64;
        if new < self.level {
            self.cancel(self.level - new);
            self.places.iter_mut().for_each(|place| place.ahead = math::min(place.ahead, new));
        }
        self.level = new;
        if self.places.len() > PIECES {
            self.merge();
        }
    }

    fn ahead(&self) -> f64 {
        // Rounding may take a mean of equal places past the level.
        math::min(self.places.iter().map(|place| place.ahead * place.weight).sum(), self.level)
    }
}
