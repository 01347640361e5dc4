//! Runs a simulation to its end while somebody watches the clock on the wall: progress, interruption, the
//! moment of the first trade.

use std::time::{Duration, Instant};

use prism_core::kernel::{RunError, Simulation};
use prism_core::types::{Span, Time};

use crate::run::Timing;

/// How a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// At the end asked for.
    Complete,
    /// The watcher stopped it.
    Interrupted,
}

/// Wall time between two looks at the watcher.
const SLICE: Duration = Duration::from_millis(50);
/// The longest slice: after a long quiet there may be much to do, and laws of value have their steps even then.
const LONGEST: Span = Span::secs(86_400);

/// Advances `sim` by `length`. `watch` is asked about twenty times a second, with the simulated time so far;
/// it stops the run by returning false. Slices change nothing in the result.
///
/// `began` is the moment from which set-up is counted.
///
/// # Errors
/// Those of the simulation.
#[allow(clippy::disallowed_methods)] // wall time is what this is about; nothing simulated sees it
pub fn drive(
    sim: &mut Simulation,
    length: Span,
    began: Instant,
    mut watch: impl FnMut(Time) -> bool,
) -> Result<(Ended, Timing), RunError> {
    let until = sim.now() + length.max(Span::ZERO);
    let start = Instant::now();
    let mut timing = Timing { setup_seconds: (start - began).as_secs_f64(), ..Timing::default() };
    sim.advance(sim.now())?;

    let mut looked = Instant::now();
    let mut ended = Ended::Complete;
    // One instant at a time until the first trade, so that its moment is known. A whole one: requests that
    // arrive together may have to change places among themselves.
    let due = |sim: &Simulation| sim.next_time().filter(|&next| next <= until && sim.trades() == 0);
    while let Some(next) = due(sim) {
        // Not all the way at once: laws of value may have much to do where agents have nothing.
        sim.advance(next.min(sim.now() + LONGEST))?;
        if looked.elapsed() >= SLICE {
            looked = Instant::now();
            if !watch(sim.now()) {
                ended = Ended::Interrupted;
                break;
            }
        }
    }
    timing.first_trade_seconds = (sim.trades() > 0).then(|| began.elapsed().as_secs_f64());

    // Slices of simulated time that take about as long as `SLICE` on the wall.
    let mut slice = Span::millis(1);
    while ended == Ended::Complete && sim.now() < until {
        let (from, before) = (sim.now(), Instant::now());
        sim.advance((from + slice).min(until))?;
        let took = before.elapsed();
        if !watch(sim.now()) && sim.now() < until {
            ended = Ended::Interrupted;
        }
        if took < SLICE / 2 {
            slice = (slice * 2).min(LONGEST);
        } else if took > SLICE * 2 {
            slice = (slice / 2).max(Span::nanos(1));
        }
    }
    timing.wall_seconds = start.elapsed().as_secs_f64();
    timing.peak_rss_bytes = peak_memory();
    Ok((ended, timing))
}

/// The most memory this process has had, as Linux counts it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
