//! Parameters: what a kind of agent, law or link may be given, in which unit and range, and what it was given.
//!
//! The range of a [`Param`] is the only one there is: whoever reads values from a text, and whoever takes them
//! from a program, holds them against it ([`Param::check`]).

use std::ops::Range;

use thiserror::Error;

use crate::types::{CurrencyId, Decimal, Instrument, Price, Qty, Span};

/// What a parameter is measured in. It says which texts and numbers a scenario may give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// A dimensionless number.
    Number,
    /// A whole number.
    Count,
    /// A distance or price in ticks: a bare number of ticks, `"3 ticks"`, `"5 bp"` of the previous close, or
    /// `"0.05 USD"` in the symbol's currency. May have a fraction.
    Ticks,
    /// A price: `"100.00"` in the symbol's currency, which may be named (`"100.00 USD"`), or `"10000 ticks"`.
    /// It lies on a tick.
    Price,
    /// A size: a bare whole number of lots, `"5 lots"`, or a value such as `"2000 USD"`, turned into lots at
    /// the previous close.
    Lots,
    /// A span of time, with its unit: `"100ms"`.
    Span,
    /// A rate in 1/s: a bare number, or `"every 20s"`.
    Rate,
    /// Any other unit, with a bare number: the text names it, such as `ticks/sqrt(s)` or `1/lot`.
    Of(&'static str),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An amount of money in the currency of whatever symbol it is for, exact: `"0.003"` or `100`.
    Money,
    /// Names of groups of agents, in brackets.
    Groups,
    /// A text.
    Text,
    /// A file or folder; a relative one is meant from the folder of the scenario.
    Path,
}

/// One parameter of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    /// Its key in a scenario.
    pub name: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// What it is when not given, written as in a scenario; `None` if it then has no value (see `doc`).
    pub default: Option<&'static str>,
    /// The least allowed value, in the unit (seconds for spans), and whether it is itself allowed.
    pub least: Option<(f64, bool)>,
    /// The greatest allowed value, in the same way.
    pub most: Option<(f64, bool)>,
    /// What it means, in one sentence.
    pub doc: &'static str,
    /// True when a scenario must give it.
    pub needed: bool,
}

impl Param {
    /// A parameter with a default and no bounds.
    pub const fn new(name: &'static str, unit: Unit, default: &'static str, doc: &'static str) -> Param {
        Param { name, unit, default: Some(default), least: None, most: None, doc, needed: false }
    }

    /// A parameter that may be left out and then has no value; `doc` says what that means.
    pub const fn optional(name: &'static str, unit: Unit, doc: &'static str) -> Param {
        Param { name, unit, default: None, least: None, most: None, doc, needed: false }
    }

    /// A parameter without a default that must be given.
    pub const fn needed(name: &'static str, unit: Unit, doc: &'static str) -> Param {
        Param { name, unit, default: None, least: None, most: None, doc, needed: true }
    }

    /// With a least allowed value.
    pub const fn at_least(mut self, least: f64) -> Param {
        self.least = Some((least, true));
        self
    }

    /// With a bound that the value must be above.
    pub const fn above(mut self, bound: f64) -> Param {
        self.least = Some((bound, false));
        self
    }

    /// With a greatest allowed value.
    pub const fn at_most(mut self, most: f64) -> Param {
        self.most = Some((most, true));
        self
    }

    /// With a bound that the value must be below.
    pub const fn below(mut self, bound: f64) -> Param {
        self.most = Some((bound, false));
        self
    }

    /// True when `x` (in the unit; seconds for spans) is finite and in the range.
    pub fn allows(&self, x: f64) -> bool {
        let above = self.least.is_none_or(|(bound, itself)| x > bound || (itself && x >= bound));
        let below = self.most.is_none_or(|(bound, itself)| x < bound || (itself && x <= bound));
        x.is_finite() && above && below
    }

    /// The range in words, with units: `at least 0s and below 1s`; `None` if it has none.
    pub fn range(&self) -> Option<String> {
        let least = self.least.map(|(x, itself)| {
            format!("{} {}", if itself { "at least" } else { "above" }, amount(self.unit, x))
        });
        let most = self.most.map(|(x, itself)| {
            format!("{} {}", if itself { "at most" } else { "below" }, amount(self.unit, x))
        });
        match (least, most) {
            (Some(least), Some(most)) => Some(format!("{least} and {most}")),
            (least, most) => least.or(most),
        }
    }

    /// Holds a value against the range.
    ///
    /// ```
    /// use prism_core::spec::{Param, Unit, Value};
    /// let levels = Param::new("levels", Unit::Count, "10", "levels of each side").at_least(1.0).at_most(100.0);
    /// assert_eq!(levels.check(&Value::Count(100)), Ok(()));
    /// let error = levels.check(&Value::Count(0)).unwrap_err();
    /// assert_eq!(error.to_string(), "levels: must be at least 1 and at most 100, not 0");
    /// ```
    ///
    /// # Errors
    /// If the value is outside the range, not finite, or more lots than an order may have.
    pub fn check(&self, value: &Value) -> Result<(), ParamError> {
        let Some(x) = value.measure() else { return Ok(()) };
        let too_many = matches!(value, Value::Lots(lots) if *lots > Qty::MAX);
        if self.allows(x) && !too_many {
            return Ok(());
        }
        let range = match self.range() {
            _ if too_many => format!("at most {}", Qty::MAX),
            Some(range) if x.is_finite() => range,
            Some(range) => format!("finite and {range}"),
            None => "finite".to_owned(),
        };
        Err(ParamError::new(self.name, format!("must be {range}, not {}", amount(self.unit, x))))
    }
}

/// A number with the unit of a parameter.
fn amount(unit: Unit, x: f64) -> String {
    // Far outside all ranges hundreds of digits would tell no more.
    let long = x.is_finite() && x != 0.0 && !(1e-9..1e21).contains(&x.abs());
    let shown = if long { format!("{x:e}") } else { x.to_string() };
    match unit {
        Unit::Span => Span::from_secs_f64(x).to_string(),
        Unit::Ticks | Unit::Price => format!("{shown} ticks"),
        Unit::Lots => format!("{shown} lots"),
        Unit::Rate => format!("{shown} 1/s"),
        Unit::Of(unit) => format!("{shown} {unit}"),
        _ => shown,
    }
}

/// The value of a parameter, checked against its [`Param`] and in the unit's own measure.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// [`Unit::Number`], [`Unit::Ticks`] (ticks), [`Unit::Rate`] (1/s), [`Unit::Of`].
    Number(f64),
    /// [`Unit::Count`].
    Count(i64),
    /// [`Unit::Lots`].
    Lots(Qty),
    /// [`Unit::Span`].
    Span(Span),
    /// [`Unit::Flag`].
    Flag(bool),
    /// [`Unit::Choice`]: one of its words.
    Choice(&'static str),
    /// [`Unit::Price`].
    Price(Price),
    /// [`Unit::Money`].
    Money(Decimal),
    /// [`Unit::Groups`].
    Groups(Vec<String>),
    /// [`Unit::Text`], and [`Unit::Path`] with the folder of the scenario before it.
    Text(String),
}

impl Value {
    /// The number that a range speaks of, in the unit's measure (seconds for spans); `None` for flags, words,
    /// names and texts.
    pub fn measure(&self) -> Option<f64> {
        match self {
            Value::Number(x) => Some(*x),
            Value::Count(n) => Some(*n as f64),
            Value::Lots(q) => Some(q.0 as f64),
            Value::Span(s) => Some(s.as_secs_f64()),
            Value::Price(p) => Some(p.0 as f64),
            Value::Money(amount) => Some(amount.to_f64()),
            Value::Flag(_) | Value::Choice(_) | Value::Text(_) | Value::Groups(_) => None,
        }
    }
}

/// A complaint about one parameter: it is outside its range, or at odds with another one, such as a short
/// window that is longer than the long one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name}: {why}")]
pub struct ParamError {
    /// The parameter.
    pub name: &'static str,
    /// What is wrong and what is allowed.
    pub why: String,
    /// Which bytes of a text it is about; the whole value if `None`.
    pub part: Option<Range<usize>>,
    /// What was perhaps meant, to stand in the place of that part.
    pub instead: Option<String>,
}

impl ParamError {
    /// A complaint about `name`.
    pub fn new(name: &'static str, why: impl Into<String>) -> ParamError {
        ParamError { name, why: why.into(), part: None, instead: None }
    }

    /// The same about these bytes of a text alone.
    pub fn at(mut self, part: Range<usize>) -> ParamError {
        self.part = Some(part);
        self
    }

    /// The same with what was perhaps meant.
    pub fn instead(mut self, text: impl Into<String>) -> ParamError {
        self.instead = Some(text.into());
        self
    }
}

/// The values of all parameters of one kind, and the instrument they are meant for.
///
/// # Panics
/// When a kind asks for a parameter that it has not declared, or for one as something that it is not: a mistake in
/// the kind, which would otherwise trade with zeros.
#[derive(Clone, Debug)]
pub struct Params<'a> {
    declared: &'static [Param],
    values: Vec<Option<Value>>,
    instrument: &'a Instrument,
}

impl<'a> Params<'a> {
    /// Values for `params`, in their order: `None` where a parameter has neither a value nor a default.
    pub fn new(
        params: &'static [Param],
        values: Vec<Option<Value>>,
        instrument: &'a Instrument,
    ) -> Params<'a> {
        Params { declared: params, values, instrument }
    }

    /// Values for a kind that belongs to no instrument, such as a venue or a sink:
    /// [`instrument`](Params::instrument) is then one whose tick and lot are 1.
    pub fn without_instrument(params: &'static [Param], values: Vec<Option<Value>>) -> Params<'static> {
        static NONE: Instrument = Instrument {
            name: String::new(),
            tick: Decimal::ONE,
            lot: Decimal::ONE,
            currency: CurrencyId(0),
            tick_lot: 1,
            start: Price(0),
        };
        Params { declared: params, values, instrument: &NONE }
    }

    /// The instrument of the agent's first book, or of the law of value.
    pub fn instrument(&self) -> &Instrument {
        self.instrument
    }

    /// Holds every value against the range of its parameter.
    ///
    /// # Errors
    /// The first that is outside.
    pub fn check(&self) -> Result<(), ParamError> {
        let given = self.declared.iter().zip(&self.values);
        given.filter_map(|(param, value)| Some((param, value.as_ref()?))).try_for_each(|(p, v)| p.check(v))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let at = self.declared.iter().position(|param| param.name == name);
        assert!(at.is_some(), "the parameter `{name}` is asked for and not declared");
        self.values.get(at?)?.as_ref()
    }

    /// The value as what it is asked for as.
    fn typed<'v, T>(&'v self, name: &str, sort: &str, read: impl Fn(&'v Value) -> Option<T>) -> Option<T> {
        let value = self.get(name)?;
        let read = read(value);
        assert!(read.is_some(), "the parameter `{name}` is asked for as {sort}, and is {value:?}");
        read
    }

    /// A number, in the unit's measure; `None` if the parameter has no value.
    pub fn maybe_number(&self, name: &str) -> Option<f64> {
        self.typed(name, "a number", Value::measure)
    }

    /// A number of a parameter with a default.
    pub fn number(&self, name: &str) -> f64 {
        self.maybe_number(name).unwrap_or(0.0)
    }

    /// A whole number; `None` if the parameter has no value.
    pub fn maybe_count(&self, name: &str) -> Option<i64> {
        self.typed(name, "a whole number", |value| match value {
            Value::Count(n) => Some(*n),
            _ => None,
        })
    }

    /// A whole number of a parameter with a default.
    pub fn count(&self, name: &str) -> i64 {
        self.maybe_count(name).unwrap_or(0)
    }

    /// A size; `None` if the parameter has no value.
    pub fn maybe_lots(&self, name: &str) -> Option<Qty> {
        self.typed(name, "a size", |value| match value {
            Value::Lots(q) => Some(*q),
            _ => None,
        })
    }

    /// A size of a parameter with a default.
    pub fn lots(&self, name: &str) -> Qty {
        self.maybe_lots(name).unwrap_or(Qty::ZERO)
    }

    /// A span; `None` if the parameter has no value.
    pub fn maybe_span(&self, name: &str) -> Option<Span> {
        self.typed(name, "a span", |value| match value {
            Value::Span(s) => Some(*s),
            _ => None,
        })
    }

    /// A span of a parameter with a default.
    pub fn span(&self, name: &str) -> Span {
        self.maybe_span(name).unwrap_or(Span::ZERO)
    }

    /// A price; `None` if the parameter has no value.
    pub fn maybe_price(&self, name: &str) -> Option<Price> {
        self.typed(name, "a price", |value| match value {
            Value::Price(p) => Some(*p),
            _ => None,
        })
    }

    /// An amount of money; `None` if the parameter has no value.
    pub fn maybe_money(&self, name: &str) -> Option<Decimal> {
        self.typed(name, "an amount of money", |value| match value {
            Value::Money(amount) => Some(*amount),
            _ => None,
        })
    }

    /// Names of groups; `None` if the parameter has no value.
    pub fn maybe_groups(&self, name: &str) -> Option<&[String]> {
        self.typed(name, "names of groups", |value| match value {
            Value::Groups(names) => Some(names.as_slice()),
            _ => None,
        })
    }

    /// A text or path; `None` if the parameter has no value.
    pub fn maybe_text(&self, name: &str) -> Option<&str> {
        self.typed(name, "a text", |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// A text or path of a parameter with a default.
    pub fn text(&self, name: &str) -> &str {
        self.maybe_text(name).unwrap_or("")
    }

    /// A flag.
    pub fn flag(&self, name: &str) -> bool {
        let flag = |value: &Value| match value {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        };
        self.typed(name, "a flag", flag).unwrap_or(false)
    }

    /// A word.
    pub fn choice(&self, name: &str) -> &'static str {
        let word = |value: &Value| match value {
            Value::Choice(word) => Some(*word),
            _ => None,
        };
        self.typed(name, "a word", word).unwrap_or("")
    }
}
