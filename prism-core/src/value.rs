//! The port for fundamental values: what an instrument is worth, whether or not anyone knows.

use serde::{Deserialize, Serialize};

use crate::rng::RngStream;
use crate::save::{boxed, unsaved};
use crate::types::Span;

/// A law of fundamental value for one or several instruments, on a grid of its own.
///
/// The kernel steps it along the grid with a stream of its own and holds the last value in between; so the
/// path is a function of the seed and the law alone, whoever looks and whenever.
pub trait Fundamental: Send {
    /// How many instruments it values.
    fn width(&self) -> usize;

    /// The step of the grid; at least a microsecond.
    fn dt(&self) -> Span;

    /// Writes the values at the beginning, in ticks; all finite, or the simulation is not built. `values` has [`width`](Fundamental::width) places.
    fn start(&self, values: &mut [f64]);

    /// Moves `values` (in ticks) one step of the grid on. A value that is not finite ends the run.
    fn step(&mut self, rng: &mut RngStream, values: &mut [f64]);

    /// What a well-informed trader believes of the `n`-th instrument's value, if the law is a mean-reverting
    /// or driftless diffusion: the default of agents that hold such a prior. Its numbers must be finite.
    fn prior(&self, n: usize) -> Option<Prior> {
        let _ = n;
        None
    }

    /// A copy, for forks.
    fn clone_box(&self) -> Box<dyn Fundamental>;

    unsaved!();
}

/// An Ornstein–Uhlenbeck view of a value: dV = κ (mean − V) dt + σ dW.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Long-run mean, in ticks.
    pub mean: f64,
    /// Speed of reversion κ, in 1/s; 0 for a random walk.
    pub kappa: f64,
    /// Volatility σ, in ticks per square root of a second.
    pub sigma: f64,
}

boxed!(Fundamental);
