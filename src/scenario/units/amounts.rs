//! From amounts as they are written to ticks and lots of an instrument, held against their ranges.

use prism_core::spec::{Param, Unit, Value as Given};
use prism_core::types::{Decimal, Instrument, Price, Qty};

use super::{Complaint, Measured};
use crate::diagnostic::{At, Code, nearest};
use crate::scenario::tree::{quoted, toml_text};

/// What turns prices and sizes into ticks and lots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Market<'a> {
    pub(crate) instrument: &'a Instrument,
    pub(crate) currency: &'a str,
    /// Where the tick is set, if it is.
    pub(crate) tick_at: Option<At>,
}

/// A measured value in the unit of the parameter.
pub(crate) fn value(
    param: &Param,
    measured: &Measured,
    market: Option<&Market<'_>>,
) -> Result<Given, Complaint> {
    Ok(match (measured, param.unit) {
        (Measured::Money(amount, None), Unit::Money) => Given::Money(*amount),
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
        (Measured::Names(names), _) => Given::Groups(names.clone()),
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

/// Refuses a value outside the range of its parameter.
pub(crate) fn in_range(param: &Param, value: &Given) -> Result<(), Complaint> {
    param.check(value).map_err(|error| {
        let label = param.range().map_or_else(String::new, |range| format!("must be {range}"));
        Complaint::new(Code::OutOfRange, format!("`{}` {}", error.name, error.why), label)
    })
}
