//! Waking up: the agent's own clock where the kernel keeps none for its group.
//!
//! A group with a clock is woken by the kernel, and its members must not ask for more. So an agent calls
//! [`start`] and [`again`] with the clock of its catalogue entry, and both do nothing in such a group.

use prism_core::agent::{Ctx, Wakes};
use prism_core::types::Span;

/// The mean time between the points of a Poisson process of `rate` points a second; for a rate of zero or
/// less, a time that no run reaches.
///
/// ```
/// use prism_agents::kit::clock::mean_wait;
/// use prism_core::types::Span;
/// assert_eq!(mean_wait(0.1), Span::secs(10));
/// assert_eq!(mean_wait(0.0), Span::MAX);
/// ```
pub fn mean_wait(rate: f64) -> Span {
    if rate > 0.0 { Span::from_secs_f64(1.0 / rate) } else { Span::MAX }
}

/// Asks for the first wake-up: of a periodic clock at a random moment of its first period, so that copies of
/// one agent do not act in step.
pub fn start(wakes: Wakes, ctx: &mut Ctx<'_>) {
    match wakes {
        Wakes::Periodic(every) if !ctx.clocked() => {
            let phase = ctx.rng().unit();
            ctx.wake_in(Span::from_secs_f64(every.as_secs_f64() * phase));
        }
        _ => again(wakes, ctx),
    }
}

/// Asks for the next wake-up. [`Wakes::Own`] asks for none.
pub fn again(wakes: Wakes, ctx: &mut Ctx<'_>) {
    if ctx.clocked() {
        return;
    }
    match wakes {
        Wakes::Own => {}
        Wakes::Poisson(mean) => ctx.wake_poisson(mean),
        Wakes::Periodic(every) => ctx.wake_in(every),
    }
}
