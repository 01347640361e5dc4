//! The parameters of a kind: read from a section, filled up with defaults, brought into the units of an
//! instrument, and held against their ranges.

use std::path::Path;

use prism_core::spec::{Param, Unit, Value as Given};
use prism_core::types::{Decimal, Instrument, Price, Qty};

use super::read::Section;
use super::registry::PresetValues;
use super::tree::{Node, Value, quoted};
use super::units::{self, Complaint, Measured};
use crate::diagnostic::{At, Code, SourceId, nearest};

/// What turns prices and sizes into ticks and lots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Market<'a> {
    pub(crate) instrument: &'a Instrument,
    pub(crate) currency: &'a str,
    /// Where the tick is set, if it is.
    pub(crate) tick_at: Option<At>,
}

/// What the parameters are for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// Nothing with ticks and lots.
    Plain,
    /// One set of values for each of these.
    Markets(&'a [Market<'a>]),
}

/// The parameters of a kind, filled in.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    /// The kind or preset, as it was named.
    pub(crate) kind: String,
    /// Each parameter as TOML, `None` if it has no value.
    pub(crate) written: Vec<Option<String>>,
    /// Each parameter for each of the markets, or once.
    pub(crate) values: Vec<Vec<Option<Given>>>,
}

impl PartialEq for Filled {
    /// How it is written makes no difference.
    fn eq(&self, other: &Filled) -> bool {
        self.kind == other.kind && self.values == other.values
    }
}

/// Where paths begin that a text names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base<'a>(pub(crate) &'a Path);

impl Base<'_> {
    /// Paths in the scenario begin at its folder, those of the command line where the user stands.
    fn join(self, path: &str, source: SourceId) -> Result<String, Complaint> {
        // `-` is standard output.
        if source != SourceId::FIRST || matches!(path, "" | "-") {
            return Ok(path.to_owned());
        }
        self.0.join(path).into_os_string().into_string().map_err(|_| {
            let message = "a path begins in the folder of the scenario, whose name is not UTF-8";
            Complaint::new(Code::BadName, message, "").help("write the path from the root on")
        })
    }
}

/// Reads all of `params` from `section`. `kind` is where the kind is named, to which complaints about
/// defaults point.
pub(crate) fn fill(
    section: &Section<'_>,
    (kind, kind_at): (&str, At),
    params: &'static [Param],
    preset: PresetValues,
    target: Target<'_>,
    base: Base<'_>,
) -> Filled {
    let sets = match target {
        Target::Plain => 1,
        Target::Markets(markets) => markets.len(),
    };
    let mut filled = Filled { kind: kind.to_owned(), written: Vec::new(), values: vec![Vec::new(); sets] };
    for param in params {
        let entry = section.entry(param.name);
        let spare = || {
            let of_preset = preset.iter().find(|(name, _)| *name == param.name).map(|(_, text)| *text);
            let text = of_preset.or(param.default)?;
            Some(Node { at: kind_at, value: Value::Bare(text.to_owned()) })
        };
        let Some(node) = entry.map(|entry| entry.node.clone()).or_else(spare) else {
            if param.needed {
                section.missing(param.name, &format!("{} = \"…\"", param.name));
            }
            filled.push_none();
            continue;
        };
        let complain = |complaint: Complaint| {
            let complaint = if entry.is_some() {
                complaint
            } else {
                let label = format!("the default of `{}` does not fit", param.name);
                let help = format!("set `{}`", param.name);
                complaint.label(label).without_patch().help(help)
            };
            section.problem(complaint.at(node.at));
        };
        match units::measured(&node, param.name, param.unit) {
            Err(complaint) => {
                complain(complaint);
                filled.push_none();
            }
            Ok(measured) => {
                filled.written.push(Some(literal(&node.value, param.unit)));
                let resolve = |market| {
                    let value = value(param, &measured, market)?;
                    in_range(param, &value)?;
                    match value {
                        Given::Text(path) if param.unit == Unit::Path => {
                            base.join(&path, node.at.source).map(Given::Text)
                        }
                        value => Ok(value),
                    }
                };
                let resolved: Result<Vec<Given>, Complaint> = match target {
                    Target::Plain => resolve(None).map(|value| vec![value]),
                    Target::Markets(markets) => markets.iter().map(|m| resolve(Some(m))).collect(),
                };
                match resolved {
                    Ok(values) => {
                        for (set, value) in filled.values.iter_mut().zip(values) {
                            set.push(Some(value));
                        }
                    }
                    Err(complaint) => {
                        complain(complaint);
                        filled.values.iter_mut().for_each(|set| set.push(None));
                    }
                }
            }
        }
    }
    filled
}

impl Filled {
    fn push_none(&mut self) {
        self.written.push(None);
        self.values.iter_mut().for_each(|set| set.push(None));
    }
}

/// A measured value in the unit of the parameter.
fn value(param: &Param, measured: &Measured, market: Option<&Market<'_>>) -> Result<Given, Complaint> {
    Ok(match (measured, param.unit) {
        (Measured::Money(amount, named), unit) => {
            let market = market.ok_or_else(|| no_market(param.name))?;
            in_currency(param.name, (*amount, named.as_deref()), unit, market)?;
            match unit {
                Unit::Price => Given::Price(on_tick(param.name, *amount, market)?),
                Unit::Lots => Given::Lots(lots(*amount, market)?),
                _ => Given::Number(ticks(*amount, market.instrument.tick)),
            }
        }
        (Measured::Count(n), Unit::Price) => Given::Price(Price(*n)),
        (Measured::Number(x) | Measured::Ticks(x), _) => Given::Number(*x),
        (Measured::BasisPoints(x), _) => {
            let market = market.ok_or_else(|| no_market(param.name))?;
            Given::Number(market.instrument.start.0 as f64 * x / 10_000.0)
        }
        (Measured::Count(n), _) => Given::Count(*n),
        (Measured::Lots(n), _) => Given::Lots(Qty(*n)),
        (Measured::Span(span), _) => Given::Span(*span),
        (Measured::Flag(flag), _) => Given::Flag(*flag),
        (Measured::Choice(word), _) => Given::Choice(word),
        (Measured::Text(text), _) => Given::Text(text.clone()),
    })
}

fn no_market(key: &str) -> Complaint {
    Complaint::new(Code::WrongUnit, format!("`{key}` belongs to no symbol"), "there is no currency here")
}

/// Refuses amounts that name another currency than the symbol's, or no currency at all.
fn in_currency(
    key: &str,
    (amount, named): (Decimal, Option<&str>),
    unit: Unit,
    market: &Market<'_>,
) -> Result<(), Complaint> {
    let Some(named) = named.filter(|named| *named != market.currency) else { return Ok(()) };
    let units: &[&str] = match unit {
        Unit::Lots => &["lots"],
        Unit::Price => &["ticks"],
        _ => &["ticks", "bp"],
    };
    let symbol = quoted(&market.instrument.name);
    let all = format!("{}, or {}, the currency of {symbol}", units.join(", "), market.currency);
    let mut others = units.iter().copied().chain([market.currency]);
    if let Some(near) =
        nearest(named, others.clone()).or_else(|| others.find(|o| o.eq_ignore_ascii_case(named)))
    {
        return Err(Complaint::new(
            Code::WrongUnit,
            format!("{} is not a unit of `{key}`", quoted(named)),
            format!("expected {all}"),
        )
        .help("a similar unit exists")
        .patch(toml_text(&format!("{amount} {near}"))));
    }
    Err(Complaint::new(
        Code::WrongCurrency,
        format!("{} is not the currency of {symbol}", quoted(named)),
        format!("expected {all}"),
    ))
}

/// An amount of money as ticks, with a fraction if need be.
fn ticks(amount: Decimal, tick: Decimal) -> f64 {
    match amount.steps(tick) {
        Ok(whole) => whole as f64,
        Err(_) => amount.to_f64() / tick.to_f64(),
    }
}

/// A price in whole ticks.
pub(crate) fn on_tick(key: &str, price: Decimal, market: &Market<'_>) -> Result<Price, Complaint> {
    let Instrument { name, tick, .. } = market.instrument;
    let shown = |steps: i128| {
        let price = i64::try_from(steps).ok().and_then(|n| tick.times(n));
        price.map_or_else(|| "…".to_owned(), |price| padded(price, tick.scale()))
    };
    match price.steps(*tick) {
        Ok(steps) => i64::try_from(steps).map(Price).map_err(|_| {
            let message = format!("`{key}` is more ticks than 64 bits hold");
            Complaint::new(Code::OutOfRange, message, "too far from zero")
        }),
        Err((below, above)) => {
            let message = format!("price {} is not a whole number of ticks", padded(price, 0));
            let label = format!("between {} and {}", shown(below), shown(above));
            let complaint = Complaint::new(Code::OffTick, message, label);
            Err(match market.tick_at {
                Some(at) => complaint.also(at, format!("the tick of {name} is set here")),
                None => complaint.help(format!("the tick of {name} is {tick}; set `tick` to change it")),
            })
        }
    }
}

/// A decimal with at least this many digits after the point.
fn padded(number: Decimal, digits: u8) -> String {
    let mut text = number.to_string();
    if digits > number.scale() {
        if number.scale() == 0 {
            text.push('.');
        }
        text.extend(std::iter::repeat_n('0', usize::from(digits - number.scale())));
    }
    text
}

/// An amount of money as lots at the previous close.
fn lots(amount: Decimal, market: &Market<'_>) -> Result<Qty, Complaint> {
    let Instrument { name, tick, lot, start, .. } = market.instrument;
    let one = start.0 as f64 * tick.to_f64() * lot.to_f64();
    let qty = if one > 0.0 { Qty::round(amount.to_f64() / one) } else { Qty::ZERO };
    if amount.is_positive() && !qty.is_zero() {
        return Ok(qty);
    }
    let message = format!("{amount} {} comes to less than one lot of {name}", market.currency);
    let label = if one > 0.0 {
        format!("one lot is worth {one} {} at the previous close", market.currency)
    } else {
        format!("the previous close of {name} is not above zero")
    };
    Err(Complaint::new(Code::LessThanALot, message, label))
}

fn in_range(param: &Param, value: &Given) -> Result<(), Complaint> {
    param.check(value).map_err(|error| {
        let label = param.range().map_or_else(String::new, |range| format!("must be {range}"));
        Complaint::new(Code::OutOfRange, format!("`{}` {}", error.name, error.why), label)
    })
}

/// A value as TOML.
fn literal(value: &Value, unit: Unit) -> String {
    match value {
        // Beyond 64 bits it is no integer to other readers of TOML.
        Value::Integer(n, _) if i64::try_from(*n).is_err() => format!("{:?}", *n as f64),
        Value::Integer(n, _) => n.to_string(),
        Value::Float(x, _) => format!("{x:?}"),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => toml_text(text),
        Value::Bare(text) => {
            let numbers =
                !matches!(unit, Unit::Span | Unit::Price | Unit::Choice(_) | Unit::Text | Unit::Path);
            let plain = text.replace('_', "");
            match (plain.parse::<i128>(), plain.parse::<f64>()) {
                (Ok(n), _) if numbers => n.to_string(),
                (_, Ok(x)) if numbers && x.is_finite() => format!("{x:?}"),
                _ if unit == Unit::Flag => text.clone(),
                _ => toml_text(text),
            }
        }
        Value::Date(_) | Value::Array(_) | Value::Table(_) => String::new(), // no unit reads these
    }
}

/// A text in TOML's quotes.
pub(crate) fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
