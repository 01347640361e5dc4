//! How a kind of agent describes itself and its parameters: once, for the scenario parser, the command line's
//! help, the schema, the documentation, and the check of agents that a program made.

use crate::agent::{Agent, Wakes};
pub use crate::param::{Param, ParamError, Params, Unit, Value};
use crate::types::Qty;

/// What the orders of a kind of agent do for a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liquidity {
    /// It quotes into an empty book as well, and so begins a market.
    Opens,
    /// Its orders rest, but around prices that others quote: it joins a market and begins none.
    Joins,
    /// It only takes what others offer.
    Takes,
}

impl Liquidity {
    /// The word for it: `opens`, `joins` or `takes`.
    pub const fn name(self) -> &'static str {
        match self {
            Liquidity::Opens => "opens",
            Liquidity::Joins => "joins",
            Liquidity::Takes => "takes",
        }
    }
}

/// A series of numbers that a kind of agent emits, by [`Ctx::emit`](crate::agent::Ctx::emit), in runs that
/// declare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its name. Kinds that emit the same thing may share a name; the agent stands beside each number.
    pub name: &'static str,
    /// What the number is, with its unit, in one sentence.
    pub doc: &'static str,
}

/// A kind of agent that scenarios can name. Core knows no kinds; a registry collects them.
pub trait Spec: Agent + Sized {
    /// Its name in scenarios, such as `avellaneda_stoikov`.
    const KIND: &'static str;
    /// Its number in the catalogue of forty; `None` for every other kind.
    const NUMBER: Option<u8> = None;
    /// What it is, in one sentence.
    const DOC: &'static str;
    /// The decision rule, in a few lines.
    const RULE: &'static str;
    /// Where the model was published: author, year, title, journal or DOI.
    const CITE: &'static [&'static str] = &[];
    /// Its parameters.
    const PARAMS: &'static [Param];
    /// Named configurations: the name, and the values that differ from the defaults, written as in a
    /// scenario.
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] = &[];
    /// True for an agent that trades its first book only. A group of such agents over several books gives
    /// each member one of them, in turn.
    const ONE_BOOK: bool = true;
    /// True for an agent that asks for the fundamental value, so that its groups are informed.
    const INFORMED: bool = false;
    /// What its orders do for a book. Where nobody begins a market, nobody trades, and `prism check` says so.
    const LIQUIDITY: Liquidity = Liquidity::Opens;
    /// The series that it may emit. A scenario names those that it wants in `run.series`.
    const SERIES: &'static [Series] = &[];

    /// Makes an agent from checked values.
    ///
    /// # Errors
    /// What the ranges of single parameters cannot tell.
    fn from_params(params: &Params<'_>) -> Result<Self, ParamError>;

    /// Who keeps the time of a group of such agents, unless the scenario says otherwise.
    fn wakes(&self) -> Wakes {
        Wakes::Own
    }

    /// The least size of its orders, in lots: `prism check` says so where a venue takes no order of that size.
    fn least_order(&self) -> Qty {
        Qty(1)
    }

    /// The greatest size of its orders: `prism check` says so where a venue takes whole round lots only, and none of
    /// that size or below it is one.
    fn greatest_order(&self) -> Qty {
        Qty::MAX
    }
}

/// Holds an agent that a program made against what a scenario would be held against: the ranges of
/// [`Spec::PARAMS`], then whatever [`Spec::from_params`] refuses. `given` tells what it was made of, by the name
/// of the parameter; `None` for one that was not given.
///
/// This is what [`Agent::check`] of a kind with parameters is made of:
///
/// ```
/// use prism_core::prelude::*;
/// use prism_core::spec::{self, Param, ParamError, Params, Spec, Unit, Value};
///
/// #[derive(Clone, Debug)]
/// struct Fader { trigger: f64 }
///
/// impl Agent for Fader {
///     fn check(&self) -> Result<(), ParamError> {
///         spec::check::<Fader>(|name| match name {
///             "trigger" => Some(Value::Number(self.trigger)),
///             _ => None,
///         })
///     }
/// }
///
/// impl Spec for Fader {
///     const KIND: &'static str = "fader";
///     const DOC: &'static str = "fades moves";
///     const RULE: &'static str = "trades against a move of more than `trigger`";
///     const PARAMS: &'static [Param] = &[Param::new("trigger", Unit::Ticks, "3", "least move").above(0.0)];
///
///     fn from_params(p: &Params<'_>) -> Result<Fader, ParamError> {
///         Ok(Fader { trigger: p.number("trigger") })
///     }
/// }
///
/// assert_eq!(Fader { trigger: 2.0 }.check(), Ok(()));
/// let error = Fader { trigger: f64::NAN }.check().unwrap_err();
/// assert_eq!(error.to_string(), "trigger: must be finite and above 0 ticks, not NaN ticks");
/// ```
///
/// # Errors
/// The first parameter that is wrong.
pub fn check<A: Spec>(given: impl Fn(&str) -> Option<Value>) -> Result<(), ParamError> {
    let values = A::PARAMS.iter().map(|param| given(param.name)).collect();
    let params = Params::without_instrument(A::PARAMS, values);
    params.check()?;
    A::from_params(&params).map(drop)
}
