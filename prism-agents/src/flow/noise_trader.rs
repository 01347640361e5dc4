//! Noise trader: one order at a random time of the day, on a random side, at whatever price is offered.
//!
//! | parameter | unit | default | range | meaning |
//! |---|---|---|---|---|
//! | `size` | `uniform` `mixture` | `mixture` | | law of order sizes |
//! | `size_min` | lots | `20` | ≥ 1 | smallest size of the uniform law |
//! | `size_max` | lots | `50` | ≥ 1 | largest size of the uniform law |
//! | `repeat` | flag | `false` | | trades again and again, by a Poisson clock |
//! | `rate` | 1/s | `0.0001` | ≥ 0.000001, ≤ 1000 | how often, if it repeats |
//! | `session` | time | `23400s` | > 0 s | length of the day where the run declares no close |
//!
//! Its time is U-quadratic on the session, likelier near the open and the close: a uniform number u gives
//! the place x = 1/2 + ∛(u/4 − 1/8) between them, so that F(x) = 1/2 + 4 (x − 1/2)³ and 24.4 % of all
//! traders come in the first tenth of the day. It tosses a fair coin for its side, draws a size, and sends a
//! limit order at the opposite touch, immediate or cancel. It has no view and keeps nothing in mind.
//!
//! **Paper**: D. Byrd, M. Hybinette, T. Balch, *ABIDES: Towards High-Fidelity Multi-Agent Market
//! Simulation*, ACM SIGSIM-PADS 2020, arXiv:1904.12066; the law of sizes is that of the public code.
//! **Differences**: what does not trade at once is cancelled, not left to rest. Where nothing is on offer the
//! shot is lost. In a group with a clock it acts at every tick, which is also what `repeat` asks of a
//! scenario; without a clock `repeat` adds Poisson wake-ups after the first.
//! **Reproduced**: 24.4 % of the day's traders in its first tenth,
//! `tests/noise_trader.rs::a_quarter_comes_in_the_first_tenth`.

use prism_core::agent::{Agent, Ctx, Wakes};
use prism_core::math::cbrt;
use prism_core::saved;
use prism_core::spec::{self, Liquidity, Param, ParamError, Params, Spec, Unit, Value};
use prism_core::types::{Qty, Side, Span, Time};
use serde::{Deserialize, Serialize};

use crate::kit::clock::{self, mean_wait};
use crate::kit::quotes::take;
use crate::kit::size::{self, SizeLaw};

/// A trader without a view: see the [module](self).
///
/// ```
/// use prism_agents::NoiseTrader;
/// use prism_core::prelude::*;
/// let crowd = Group::of(NoiseTrader::crowd()).named("noise").count(1_000);
/// let busy = Group::of(NoiseTrader::crowd()).named("busy").count(50).poisson(Span::secs(1));
/// # let _ = (crowd, busy);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoiseTrader {
    size: SizeLaw,
    /// Wake-ups a second after the first.
    again: Option<f64>,
    session: Span,
}

impl NoiseTrader {
    /// A member of a crowd that trades once a day, with sizes of the mixture law.
    pub fn crowd() -> NoiseTrader {
        NoiseTrader { size: SizeLaw::Mixture, again: None, session: Span::secs(23_400) }
    }

    /// The law of its order sizes.
    pub fn sizes(mut self, law: SizeLaw) -> NoiseTrader {
        self.size = law;
        self
    }

    /// Trades again and again after the first time, at the points of a Poisson process of `rate` a second.
    pub fn repeat(mut self, rate: f64) -> NoiseTrader {
        self.again = Some(rate);
        self
    }

    /// How long the session is where the run declares no close.
    pub fn session(mut self, session: Span) -> NoiseTrader {
        self.session = session;
        self
    }

    /// What it was made of, by the name of the parameter.
    fn given(&self, name: &str) -> Option<Value> {
        match name {
            "repeat" => Some(Value::Flag(self.again.is_some())),
            "rate" => self.again.map(Value::Number),
            "session" => Some(Value::Span(self.session)),
            _ => self.size.given(name),
        }
    }

    /// The place in the session, from 0 to 1, that a uniform number `u` in [0, 1] stands for.
    pub fn place(u: f64) -> f64 {
        0.5 + cbrt(u / 4.0 - 0.125)
    }

    /// The share of traders that come before the place `x` of the session: the inverse of
    /// [`place`](NoiseTrader::place).
    pub fn share_before(x: f64) -> f64 {
        let from_noon = x - 0.5;
        0.5 + 4.0 * from_noon * from_noon * from_noon
    }
}

impl Agent for NoiseTrader {
    const HEARS_REPORTS: bool = false;

    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        if ctx.clocked() {
            return;
        }
        let session = if ctx.close() == Time::MAX { self.session } else { ctx.close() - Time::ZERO };
        let place = NoiseTrader::place(ctx.rng().unit());
        ctx.wake_in(Span::from_secs_f64(session.as_secs_f64() * place));
    }

    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        if let Some(rate) = self.again {
            clock::again(Wakes::Poisson(mean_wait(rate)), ctx);
        }
        let side = if ctx.rng().sign() > 0 { Side::Buy } else { Side::Sell };
        let size = self.size.draw(ctx.rng());
        let book = ctx.home();
        if let Some(order) = take(book, side, size, &ctx.top(book)) {
            ctx.order(order);
        }
    }

    fn check(&self) -> Result<(), ParamError> {
        spec::check::<NoiseTrader>(|name| self.given(name))
    }

    saved!();
}

impl Spec for NoiseTrader {
    const KIND: &'static str = "noise_trader";
    const NUMBER: Option<u8> = Some(5);
    const DOC: &'static str =
        "one order at a random time of the day, on a random side, at whatever price is offered";
    const RULE: &'static str = "\
At a U-quadratic time of the session: a fair coin for the side, a size from the law, a limit order at the
opposite touch, immediate or cancel. No view, no memory.";
    const CITE: &'static [&'static str] =
        &["Byrd, Hybinette & Balch 2020, ABIDES, ACM SIGSIM-PADS, arXiv:1904.12066"];
    const LIQUIDITY: Liquidity = Liquidity::Takes;
    const PARAMS: &'static [Param] = &[
        size::law("mixture"),
        size::MIN,
        size::MAX,
        Param::new("repeat", Unit::Flag, "false", "trades again and again, by a Poisson clock"),
        Param::new("rate", Unit::Rate, "0.0001", "how often, if it repeats").at_least(1e-6).at_most(1e3),
        Param::new("session", Unit::Span, "23400s", "length of the day where the run declares no close")
            .above(0.0),
    ];
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] =
        &[("abides_noise", &[("size", "mixture"), ("repeat", "false")])];

    fn from_params(p: &Params<'_>) -> Result<NoiseTrader, ParamError> {
        Ok(NoiseTrader {
            size: SizeLaw::from_params(p)?,
            again: p.flag("repeat").then(|| p.number("rate")),
            session: p.span("session"),
        })
    }

    fn least_order(&self) -> Qty {
        self.size.least()
    }

    fn greatest_order(&self) -> Qty {
        self.size.greatest()
    }

    fn wakes(&self) -> Wakes {
        self.again.map_or(Wakes::Own, |rate| Wakes::Poisson(mean_wait(rate)))
    }
}
