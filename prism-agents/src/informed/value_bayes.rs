//! Value trader: sees the fundamental value through noise, believes what the Kalman filter says, and trades
//! towards it.
//!
//! | parameter | unit | default | range | meaning |
//! |---|---|---|---|---|
//! | `mean` | ticks | |  | long-run mean of the value that it believes in; the true one when not given |
//! | `kappa` | 1/s | | ≥ 0 | speed of reversion that it believes in; the true one when not given |
//! | `sigma` | ticks/sqrt(s) | | ≥ 0 | volatility of the value that it believes in; the true one when not given |
//! | `noise` | ticks | `30` | ≥ 0 | standard deviation of what it observes |
//! | `rate` | 1/s | `0.0057` | ≥ 0.000001, ≤ 100 | how often it acts |
//! | `aggression` | number | `0.1` | ≥ 0, ≤ 1 | probability that it takes the opposite touch |
//! | `depth` | number | `2` | ≥ 0, ≤ 20 | how far from the opposite touch its other orders may lie, in spreads |
//! | `horizon` | time | | > 0 s | how far it looks ahead; to the close when not given |
//! | `size` | `uniform` `mixture` | `uniform` | | law of order sizes |
//! | `size_min` | lots | `20` | ≥ 1 | smallest size of the uniform law |
//! | `size_max` | lots | `50` | ≥ 1 | largest size of the uniform law |
//!
//! The value is believed to follow dV = κ (r̄ − V) dt + σ dW. Over Δ seconds without news, with
//! φ = exp(−κΔ), the belief (r̂, P) becomes r′ = r̄ + φ (r̂ − r̄) and P′ = φ²P + σ² (1 − φ²)/(2κ). An
//! observation o = V + N(0, s²) moves it with the gain K = P′/(P′ + s²) to r̂ = r′ + K (o − r′) and
//! P = (1 − K) P′. The forecast for the end T of the session, or for the horizon H if that is nearer, is
//! r(T) = r̄ + exp(−κ (min(T, t + H) − t)) (r̂ − r̄).
//!
//! At each wake-up it cancels its orders, observes, and buys if r(T) is at or above the mid, else sells. With
//! probability `aggression` its price is the opposite touch; otherwise it buys at a − U and sells at b + U,
//! where U is uniform on 0 … max(0, ⌈d·s⌉ − 1), with the touch b, a and the spread s. What does not trade rests.
//! Where a side is empty there is no mid, and it sends nothing; it has cancelled and observed all the same.
//!
//! **Paper**: E. Wah, M. Wright, M. P. Wellman, *Welfare Effects of Market Making in Continuous Double
//! Auctions*, JAIR 59, 2017; D. Byrd, M. Hybinette, T. Balch, *ABIDES*, ACM SIGSIM-PADS 2020.
//! **Differences**: the belief about the Ornstein–Uhlenbeck value is exact, where the public code updates
//! its variance from the value before propagation, so that a variance of zero stays zero for ever. Before
//! the first observation the belief is the stationary law. Without a law of value that says what is known of
//! it, r̄ is the previous close, κ is 0 and σ is 1.3 ticks per square root of a second.
//! **Reproduced**: the stationary gain of the filter, `tests/value_bayes.rs::the_filter_settles`.

use prism_core::agent::{Agent, Ctx, Wakes};
use prism_core::saved;
use prism_core::spec::{self, Liquidity, Param, ParamError, Params, Spec, Unit, Value};
use prism_core::types::{Price, Qty, Side, Span, Ticks};
use prism_core::value::Prior;
use serde::{Deserialize, Serialize};

use crate::kit::belief::Belief;
use crate::kit::clock::{self, mean_wait};
use crate::kit::home;
use crate::kit::quotes::{LEAST_PRICE, limit};
use crate::kit::size::{self, SizeLaw};

/// σ where nothing is known of the law of value, in ticks per square root of a second: about 2 % a day at
/// 10,000 ticks.
const SIGMA: f64 = 1.3;

/// A trader with a belief about the value: see the [module](self).
///
/// ```
/// use prism_agents::ValueBayes;
/// use prism_core::prelude::*;
/// let group = Group::of(ValueBayes::new().noise(10.0)).named("value").count(100).informed();
/// # let _ = group;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueBayes {
    mean: Option<f64>,
    kappa: Option<f64>,
    sigma: Option<f64>,
    noise: f64,
    rate: f64,
    aggression: f64,
    depth: f64,
    horizon: Option<Span>,
    size: SizeLaw,
    /// From the start of the run on.
    belief: Option<Belief>,
}

impl ValueBayes {
    /// A trader with the catalogue's values, who knows the true law of the value.
    pub fn new() -> ValueBayes {
        ValueBayes {
            mean: None,
            kappa: None,
            sigma: None,
            noise: 30.0,
            rate: 5.7e-3,
            aggression: 0.1,
            depth: 2.0,
            horizon: None,
            size: SizeLaw::Uniform { min: Qty(20), max: Qty(50) },
            belief: None,
        }
    }

    /// Believes in this law of value, whatever the true one is.
    pub fn believing(mut self, law: Prior) -> ValueBayes {
        (self.mean, self.kappa, self.sigma) = (Some(law.mean), Some(law.kappa), Some(law.sigma));
        self
    }

    /// The standard deviation of what it observes, in ticks.
    pub fn noise(mut self, ticks: f64) -> ValueBayes {
        self.noise = ticks;
        self
    }

    /// Acts so often, per second, where it keeps its own time.
    pub fn rate(mut self, rate: f64) -> ValueBayes {
        self.rate = rate;
        self
    }

    /// The probability that it takes the opposite touch.
    pub fn aggression(mut self, probability: f64) -> ValueBayes {
        self.aggression = probability;
        self
    }

    /// How far from the opposite touch its other orders may lie, in spreads.
    pub fn depth(mut self, spreads: f64) -> ValueBayes {
        self.depth = spreads;
        self
    }

    /// Looks no further ahead than this, even if the session ends later.
    pub fn horizon(mut self, span: Span) -> ValueBayes {
        self.horizon = Some(span);
        self
    }

    /// The law of its order sizes.
    pub fn sizes(mut self, law: SizeLaw) -> ValueBayes {
        self.size = law;
        self
    }

    /// What it believes of the value; `None` before the run.
    pub fn belief(&self) -> Option<&Belief> {
        self.belief.as_ref()
    }

    /// What it was made of, by the name of the parameter.
    fn given(&self, name: &str) -> Option<Value> {
        match name {
            "mean" => self.mean.map(Value::Number),
            "kappa" => self.kappa.map(Value::Number),
            "sigma" => self.sigma.map(Value::Number),
            "noise" => Some(Value::Number(self.noise)),
            "rate" => Some(Value::Number(self.rate)),
            "aggression" => Some(Value::Number(self.aggression)),
            "depth" => Some(Value::Number(self.depth)),
            "horizon" => self.horizon.map(Value::Span),
            _ => self.size.given(name),
        }
    }

    /// The law it believes in: the given one, else the true one, else next to nothing.
    fn law(&self, ctx: &Ctx<'_>) -> Prior {
        let nothing = || Prior { mean: home::previous_close(ctx), kappa: 0.0, sigma: SIGMA };
        let known = home::prior(ctx).unwrap_or_else(nothing);
        Prior {
            mean: self.mean.unwrap_or(known.mean),
            kappa: self.kappa.unwrap_or(known.kappa),
            sigma: self.sigma.unwrap_or(known.sigma),
        }
    }
}

impl Default for ValueBayes {
    fn default() -> ValueBayes {
        ValueBayes::new()
    }
}

impl Agent for ValueBayes {
    const HEARS_REPORTS: bool = false;

    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.belief = Some(Belief::new(self.law(ctx)));
        clock::start(self.wakes(), ctx);
    }

    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        clock::again(self.wakes(), ctx);
        let book = ctx.home();
        ctx.cancel_all(book);
        let (Some(belief), Some(value)) = (&mut self.belief, home::value(ctx)) else { return };
        let seen = value + self.noise * ctx.rng().normal();
        belief.observe(ctx.now(), seen, self.noise);
        let top = ctx.top(book);
        let (Some(mid), Some(spread)) = (top.mid(), top.spread()) else { return };
        let left = ctx.close() - ctx.now();
        let ahead = self.horizon.map_or(left, |horizon| horizon.min(left)).max(Span::ZERO);
        let side = if belief.forecast(ahead) >= mid { Side::Buy } else { Side::Sell };
        let back = if ctx.rng().chance(self.aggression) {
            Ticks::ZERO
        } else {
            let steps = Price::ceil(self.depth * spread.0 as f64).0;
            Ticks(ctx.rng().range_i64(0..=steps.saturating_sub(1).max(0)))
        };
        let size = self.size.draw(ctx.rng());
        let price = match (side, top.best(!side)) {
            (Side::Buy, Some(ask)) => (ask.price - back).max(LEAST_PRICE),
            (Side::Sell, Some(bid)) => bid.price + back,
            (_, None) => return,
        };
        if let Some(order) = limit(book, side, size, price) {
            ctx.order(order);
        }
    }

    fn check(&self) -> Result<(), ParamError> {
        spec::check::<ValueBayes>(|name| self.given(name))
    }

    saved!();
}

impl Spec for ValueBayes {
    const KIND: &'static str = "value_bayes";
    const NUMBER: Option<u8> = Some(12);
    const DOC: &'static str = "sees the fundamental value through noise, believes what the Kalman filter says, and trades towards it";
    const RULE: &'static str = "\
At each wake-up: cancel own orders, observe the value with noise, update the belief exactly, forecast the
value at the end; buy if the forecast is at or above the mid, else sell. With probability `aggression` at the
opposite touch, else up to `depth` spreads behind it.";
    const CITE: &'static [&'static str] = &[
        "Wah, Wright & Wellman 2017, Welfare Effects of Market Making in Continuous Double Auctions, JAIR 59",
        "Byrd, Hybinette & Balch 2020, ABIDES, ACM SIGSIM-PADS, arXiv:1904.12066",
    ];
    const LIQUIDITY: Liquidity = Liquidity::Joins;
    const PARAMS: &'static [Param] = &[
        Param::optional(
            "mean",
            Unit::Ticks,
            "long-run mean of the value that it believes in; the true one when not given",
        ),
        Param::optional(
            "kappa",
            Unit::Of("1/s"),
            "speed of reversion that it believes in; the true one when not given",
        )
        .at_least(0.0),
        Param::optional(
            "sigma",
            Unit::Of("ticks/sqrt(s)"),
            "volatility of the value that it believes in; the true one when not given",
        )
        .at_least(0.0),
        Param::new("noise", Unit::Ticks, "30", "standard deviation of what it observes").at_least(0.0),
        Param::new("rate", Unit::Rate, "0.0057", "how often it acts").at_least(1e-6).at_most(100.0),
        Param::new("aggression", Unit::Number, "0.1", "probability that it takes the opposite touch")
            .at_least(0.0)
            .at_most(1.0),
        Param::new(
            "depth",
            Unit::Number,
            "2",
            "how far from the opposite touch its other orders may lie, in spreads",
        )
        .at_least(0.0)
        .at_most(20.0),
        Param::optional("horizon", Unit::Span, "how far it looks ahead; to the close when not given")
            .above(0.0),
        size::law("uniform"),
        size::MIN,
        size::MAX,
    ];
    const INFORMED: bool = true;

    fn from_params(p: &Params<'_>) -> Result<ValueBayes, ParamError> {
        Ok(ValueBayes {
            mean: p.maybe_number("mean"),
            kappa: p.maybe_number("kappa"),
            sigma: p.maybe_number("sigma"),
            noise: p.number("noise"),
            rate: p.number("rate"),
            aggression: p.number("aggression"),
            depth: p.number("depth"),
            horizon: p.maybe_span("horizon"),
            size: SizeLaw::from_params(p)?,
            belief: None,
        })
    }

    fn least_order(&self) -> Qty {
        self.size.least()
    }

    fn greatest_order(&self) -> Qty {
        self.size.greatest()
    }

    fn wakes(&self) -> Wakes {
        Wakes::Poisson(mean_wait(self.rate))
    }
}
