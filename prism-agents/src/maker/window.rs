//! The window between a maker's best quotes, which follows the spreads that it sees.

use prism_core::types::Ticks;
use serde::{Deserialize, Serialize};

/// An average of spreads that is pulled back to where it began, so that it cannot feed on itself: see
/// [stability](super::ladder).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    /// w₀, in ticks.
    pub(super) first: f64,
    /// w, in ticks.
    pub(super) now: f64,
    /// α of the average; `None` for a fixed window.
    pub(super) adapt: Option<f64>,
    /// p, the weight of the first window.
    pub(super) pull: f64,
    /// The widest spread that counts, in first windows.
    pub(super) cap: Option<f64>,
}

impl Window {
    /// So many ticks to begin with.
    pub(super) fn begin(&mut self, ticks: f64) {
        (self.first, self.now) = (ticks, ticks);
    }

    /// Takes a spread into the average, unless the window is fixed.
    pub(super) fn see(&mut self, spread: Ticks) {
        if let Some(weight) = self.adapt {
            let seen = match self.cap.map(|windows| windows * self.first) {
                Some(widest) if spread.0 as f64 > widest => widest,
                _ => spread.0 as f64,
            };
            let follows = (1.0 - self.pull) * seen + self.pull * self.first;
            self.now = weight * follows + (1.0 - weight) * self.now;
        }
    }

    /// What comes back of a window that grew by a tick, from makers alike whose levels are `spacing` windows
    /// apart and whose touch a trade has taken.
    fn gain(&self, spacing: f64) -> f64 {
        match self.adapt {
            Some(weight) if weight > 0.0 => (1.0 - self.pull) * (1.0 + spacing),
            _ => 0.0,
        }
    }

    /// Holds the window between levels that are `spacing` windows apart against what keeps it from running away.
    pub(super) fn check(&self, spacing: f64) -> Result<(), String> {
        let gain = self.gain(spacing);
        if gain < 1.0 || self.cap.is_some() {
            return Ok(());
        }
        let pull = self.pull;
        Err(format!(
            "must be such that (1 - pull) * (1 + level_spacing) is below 1, or there must be a spread_cap: with \
             {pull} and a level_spacing of {spacing} it is {gain}, and the window would run away"
        ))
    }
}
