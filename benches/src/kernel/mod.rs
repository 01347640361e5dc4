//! Whole markets: PRISM's kernel beside bourse-de's.

pub mod million;
pub mod mixed;
#[cfg(feature = "peers")]
pub mod peer;
pub mod random;

use prism_core::kernel::Simulation;
use prism_core::types::{Span, Time};

use crate::book::harness::cpu_ns;

/// One timed stretch of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timed {
    /// Requests (bourse's word: instructions) carried out.
    pub requests: f64,
    /// Trades among them.
    pub trades: f64,
    /// Messages delivered (PRISM only).
    pub events: f64,
    /// Nanoseconds of thread CPU time.
    pub cpu: f64,
    /// Digest at the end (PRISM only).
    pub digest: u64,
    /// Orders in the book at the end, where known.
    pub resting: usize,
}

impl Timed {
    /// Nanoseconds of thread CPU time for one request.
    pub fn per_request(&self) -> f64 {
        self.cpu / self.requests
    }
}

/// Runs a market for `warm`, then times it for `length`.
pub fn timed(mut sim: Simulation, warm: Span, length: Span) -> Timed {
    sim.advance(Time::ZERO + warm).expect("the agents keep the rules");
    let before = sim.summary();
    let begin = cpu_ns();
    sim.advance(Time::ZERO + warm + length).expect("the agents keep the rules");
    let cpu = (cpu_ns() - begin) as f64;
    let after = sim.summary();
    Timed {
        requests: (after.requests - before.requests) as f64,
        trades: (after.trades - before.trades) as f64,
        events: (after.events - before.events) as f64,
        cpu,
        digest: after.digest,
        resting: 0,
    }
}
