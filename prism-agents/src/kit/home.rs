//! What an agent knows of its first book, which is all that most of them trade.

use prism_core::agent::Ctx;
use prism_core::value::Prior;

/// The previous close, in ticks.
pub fn previous_close(ctx: &Ctx<'_>) -> f64 {
    ctx.instrument(ctx.home()).map_or(0.0, |instrument| instrument.start.0 as f64)
}

/// What is commonly known of the law of value, if there is one of that form.
pub fn prior(ctx: &Ctx<'_>) -> Option<Prior> {
    ctx.symbol(ctx.home()).and_then(|symbol| ctx.prior(symbol))
}

/// The fundamental value in ticks, where the group learns it.
pub fn value(ctx: &Ctx<'_>) -> Option<f64> {
    ctx.symbol(ctx.home()).and_then(|symbol| ctx.value(symbol))
}

/// True while orders are taken, so far as the agent has heard: not while the book is halted or closed, where a quote
/// would be refused. Who only takes what is offered need not ask, since nothing is offered outside continuous trading.
#[inline]
pub fn takes_orders(ctx: &Ctx<'_>) -> bool {
    ctx.phase(ctx.home()).takes_orders()
}
