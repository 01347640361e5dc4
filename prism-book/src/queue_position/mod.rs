//! Where an order stands in its queue, for those who cannot see the queue.
//!
//! A book that shows orders one by one answers exactly ([`BookEngine::ahead`](crate::BookEngine::ahead)). Level data
//! (L2, market by price) shows how much rests at a price and what trades there. Trades take the front of the queue;
//! of a cancellation nobody says whether it was ahead or behind. Estimators differ in the [`CancelLaw`] by which
//! they share it out:
//!
//! | law | of a cancelled lot, the part that was ahead | source |
//! |---|---|---|
//! | [`Pessimistic`] | none | the "risk-averse" model of hftbacktest; Trading Technologies' *EPIQ* |
//! | [`Proportional`] | `V / (V + B)`: every lot is as likely to go | Cont, Stoikov, Talreja 2010; Rigtorp 2013, `f(x) = x` |
//! | [`Power`] | `Vⁿ / (Vⁿ + Bⁿ)` | Rigtorp 2013 with `f(x) = xⁿ`, as in hftbacktest |
//! | [`Log`] | `ln(1+V) / (ln(1+V) + ln(1+B))` | Rigtorp 2013, `f(x) = ln(1+x)` |
//! | [`Biased`] | `xᵐ` with `x = V / (V + B)` and `m = 1 / (1+k)` for `k < 0`; mirrored for `k > 0` | Databento 2023; hftbacktest's third power model |
//! | [`Optimistic`] | all, as far as there is | the upper bound |
//!
//! `V` is what is ahead and `B` what is behind, in lots. [`Shared`] carries one number and shares every cancellation
//! out; [`Posterior`] knows that an order is cancelled whole, ahead or behind, and carries the weights of where its
//! own order may be. How wrong each is on a recorded day is in `docs/queue-position.md`; a [`Contest`] measures it
//! on any other.
//!
//! Sources:
//! * R. Cont, S. Stoikov, R. Talreja, *A stochastic model for order book dynamics*, Operations Research 58(3),
//!   2010: every resting order is cancelled at the same rate.
//! * E. Rigtorp, *Estimating order queue position*, rigtorp.se, 8 June 2013.
//! * hftbacktest, `backtest/models/queue.rs` (nkaz001): `RiskAdverseQueueModel`, `PowerProbQueueFunc`,
//!   `LogProbQueueFunc`, `PowerProbQueueFunc3`.
//! * Databento, *Queue position of an order*, documentation and blog, 2023.
//!
//! ```
//! use prism_book::Qty;
//! use prism_book::queue_position::{Proportional, QueueEstimator, Shared};
//!
//! let mut mine = Shared::new(Proportional);
//! mine.on_order(Qty(100)); // 100 lots were there before me
//! mine.on_level(Qty(200)); // 100 more have come, behind me
//! mine.on_trade(Qty(40));
//! mine.on_level(Qty(160));
//! assert_eq!(mine.ahead(), 60.0);
//! mine.on_level(Qty(128)); // 32 were cancelled, somewhere
//! assert_eq!(mine.ahead(), 48.0);
//! ```

mod contest;
mod laws;
mod posterior;
mod shared;

pub use contest::{Contest, Entrant, Errors, Score};
pub use laws::{Biased, CancelLaw, LawError, Log, Optimistic, Pessimistic, Power, Proportional};
pub use posterior::Posterior;
pub use shared::Shared;

use std::fmt;

use prism_core::types::Qty;

/// Estimates how much is ahead of one resting order from what level data shows of its price.
///
/// All quantities are in lots and of *others'* orders: take off what is left of the own one. Tell of a trade before
/// the level that it leaves. No call panics; a feed that contradicts itself gives a number between nothing and what
/// rests at the price.
pub trait QueueEstimator: fmt::Debug {
    /// The order has come to rest behind `level_qty`. Forgets everything before.
    fn on_order(&mut self, level_qty: Qty);

    /// Others' orders at the price traded. Of a trade of more than is [ahead](QueueEstimator::ahead) the rest would
    /// have reached the own order.
    fn on_trade(&mut self, qty: Qty);

    /// What rests at the price now.
    fn on_level(&mut self, new_qty: Qty);

    /// How much is ahead, in lots: 0 to what rests at the price.
    fn ahead(&self) -> f64;
}
