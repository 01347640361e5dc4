//! The agents, laws and venues that ship with PRISM.

use prism_agents::{LadderMaker, MomentumTrader, NoiseTrader, ValueBayes, ZeroIntelligence};
use prism_core::math;
use prism_core::spec::{Param, ParamError, Params, Unit};
use prism_core::value::Fundamental;
use prism_physics::latency::{Fixed, Jitter, LatencyError, LogNormal};
use prism_physics::value::{
    Brownian, Constant, GeometricBrownian, LogOrnsteinUhlenbeck, OrnsteinUhlenbeck, ValueError,
};

use super::dark::DARK;
use super::exchange::EXCHANGE;
use super::{AgentKind, LatencyKind, Registry, ValueKind};

/// Registers all of it. That it could be registered from outside as well, a test of the registry shows.
pub(super) fn register(registry: &mut Registry) {
    registry.agents.add(AgentKind::of::<ZeroIntelligence>());
    registry.agents.add(AgentKind::of::<NoiseTrader>());
    registry.agents.add(AgentKind::of::<ValueBayes>());
    registry.agents.add(AgentKind::of::<MomentumTrader>());
    registry.agents.add(AgentKind::of::<LadderMaker>());
    for kind in [CONSTANT, BROWNIAN, GBM, OU, LOG_OU] {
        registry.values.add(kind);
    }
    for kind in [FIXED, LOGNORMAL] {
        registry.latency.add(kind);
    }
    registry.venues.add(EXCHANGE);
    registry.venues.add(DARK);
}

const START: Param = Param::optional(
    "start",
    Unit::Price,
    "value at the beginning; the previous close of the symbol when not given",
);
const DRIFT: &str = "drift";
const DT: Param =
    Param::new("dt", Unit::Span, "100ms", "step of the grid on which the value moves").at_least(1e-9);
const THETA: Param = Param::optional("theta", Unit::Price, "long-run level; the start when not given");
const K: Param = Param::optional("k", Unit::Of("1/s"), "speed of reversion; from `half_life` when not given")
    .at_least(0.0);
const HALF_LIFE: Param = Param::optional(
    "half_life",
    Unit::Span,
    "time in which half of a deviation is gone, instead of `k`; 24h when neither is given",
)
.above(0.0);
const SIGMA_LEVEL: Param =
    Param::new("sigma", Unit::Of("ticks/sqrt(s)"), "1.3", "volatility of the level").at_least(0.0);
const SIGMA_LOG: Param =
    Param::new("sigma", Unit::Of("1/sqrt(s)"), "1.3e-4", "volatility of the logarithm").at_least(0.0);

const CONSTANT: ValueKind = ValueKind {
    kind: "constant",
    doc: "a value that never moves",
    cites: &[],
    params: &[START],
    presets: &[],
    make: |p| boxed(Constant::new(start(p))),
};

const BROWNIAN: ValueKind = ValueKind {
    kind: "brownian",
    doc: "arithmetic Brownian motion with drift, floored at one tick",
    cites: &["Bachelier 1900, Théorie de la spéculation, Annales scientifiques de l'ÉNS 17"],
    params: &[START, Param::new(DRIFT, Unit::Of("ticks/s"), "0", "mean change"), SIGMA_LEVEL, DT],
    presets: &[],
    make: |p| {
        let law = Brownian::new(start(p), p.number(DRIFT), p.number("sigma"));
        boxed(law.and_then(|law| law.with_dt(p.span("dt"))))
    },
};

const GBM: ValueKind = ValueKind {
    kind: "gbm",
    doc: "geometric Brownian motion: the logarithm is Brownian, the value always positive",
    cites: &["Samuelson 1965, Rational Theory of Warrant Pricing, Industrial Management Review 6(2)"],
    params: &[START, Param::new(DRIFT, Unit::Of("1/s"), "0", "rate of growth of the mean"), SIGMA_LOG, DT],
    presets: &[("geometric_brownian", &[])],
    make: |p| {
        let law = GeometricBrownian::new(start(p), p.number(DRIFT), p.number("sigma"));
        boxed(law.and_then(|law| law.with_dt(p.span("dt"))))
    },
};

const OU: ValueKind = ValueKind {
    kind: "ornstein_uhlenbeck",
    doc: "a level that reverts to `theta`, floored at one tick",
    cites: &[
        "Uhlenbeck & Ornstein 1930, On the Theory of the Brownian Motion, Physical Review 36",
        "Gillespie 1996, Exact numerical simulation of the Ornstein-Uhlenbeck process, Physical Review E 54",
    ],
    params: &[START, THETA, K, HALF_LIFE, SIGMA_LEVEL, DT],
    presets: &[],
    make: |p| {
        let law = OrnsteinUhlenbeck::new(start(p), reversion(p)?, theta(p), p.number("sigma"));
        boxed(law.and_then(|law| law.with_dt(p.span("dt"))))
    },
};

const LOG_OU: ValueKind = ValueKind {
    kind: "log_ornstein_uhlenbeck",
    doc: "a value whose logarithm reverts to that of `theta`; always positive",
    cites: &["Schwartz 1997, The stochastic behavior of commodity prices, J. Finance 52(3)"],
    params: &[START, THETA, K, HALF_LIFE, SIGMA_LOG, DT],
    presets: &[],
    make: |p| {
        let law = LogOrnsteinUhlenbeck::new(start(p), reversion(p)?, theta(p), p.number("sigma"));
        boxed(law.and_then(|law| law.with_dt(p.span("dt"))))
    },
};

fn start(p: &Params<'_>) -> f64 {
    p.maybe_number("start").unwrap_or(p.instrument().start.0 as f64)
}

fn theta(p: &Params<'_>) -> f64 {
    p.maybe_number("theta").unwrap_or_else(|| start(p))
}

/// The speed of reversion, from `k` or `half_life`.
fn reversion(p: &Params<'_>) -> Result<f64, ParamError> {
    match (p.maybe_number("k"), p.maybe_number("half_life")) {
        (Some(_), Some(_)) => Err(ParamError::new("half_life", "give `k` or `half_life`, not both")),
        (Some(k), None) => Ok(k),
        (None, half_life) => Ok(math::ln(2.0) / half_life.unwrap_or(86_400.0)),
    }
}

fn boxed<L: Fundamental + 'static>(law: Result<L, ValueError>) -> Result<Box<dyn Fundamental>, ParamError> {
    match law {
        Ok(law) => Ok(Box::new(law)),
        Err(ValueError::Parameter { field, value, range }) => {
            // The field of a constant is called after what it is; here it is what the value starts with.
            let name = match field {
                "value" => "start",
                "mu" => DRIFT,
                other => other,
            };
            Err(ParamError::new(name, format!("must be {range}, but is {value}")))
        }
        Err(other) => Err(ParamError::new("dt", other.to_string())),
    }
}

const FIXED: LatencyKind = LatencyKind {
    kind: "fixed",
    doc: "the same delay for every message",
    cites: &[],
    params: &[Param::new("delay", Unit::Span, "0s", "the delay; a text alone means the same").at_least(0.0)],
    presets: &[],
    make: |p| match Fixed::new(p.span("delay")) {
        Ok(law) => Ok(Box::new(law)),
        Err(why) => Err(ParamError::new("delay", why.to_string())),
    },
};

const LOGNORMAL: LatencyKind = LatencyKind {
    kind: "lognormal",
    doc: "a base delay and log-normal jitter on top, drawn for every message",
    cites: &[],
    params: &[
        Param::new("base", Unit::Span, "0s", "what no message undercuts").at_least(0.0),
        Param::new("median", Unit::Span, "1ms", "median of what is added to the base").at_least(0.0),
        Param::new("sigma", Unit::Number, "0.5", "standard deviation of its logarithm").at_least(0.0),
    ],
    presets: &[],
    make: |p| {
        let jitter = Jitter::new(p.span("base"), p.span("median"), p.number("sigma"));
        match jitter.and_then(|jitter| LogNormal::new(jitter, p.span("base"))) {
            Ok(law) => Ok(Box::new(law)),
            Err(LatencyError::Negative { field: "base", span }) => {
                Err(ParamError::new("base", format!("must be at least 0s, but is {span}")))
            }
            Err(why @ LatencyError::Sigma { .. }) => Err(ParamError::new("sigma", why.to_string())),
            Err(why) => Err(ParamError::new("median", why.to_string())),
        }
    },
};
