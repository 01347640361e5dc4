//! Randomness with names: every stream is known by a path of words and indices, and every law gives the same
//! bits everywhere.
//!
//! Keys in use: `agents/<group>/<i>`, `agents/<group>/<i>/setup`, `agents/<group>/clock`, `value/<law or symbol>`,
//! `latency/<link>/<venue>`, `venue/<venue>`, `ties`.

mod discrete;
mod exponential;
mod gamma;
mod heavy;
mod key;
mod normal;
mod stream;
mod uniform;
#[cfg(test)]
mod vectors;
mod ziggurat;

pub use discrete::{Alias, WeightsError};
pub use key::StreamKey;
pub use stream::{RngStream, StateError};
