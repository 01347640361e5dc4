//! Parameters in their units: `"5 ticks"`, `"2 bp"`, `"2000 USDT"`, `"every 20s"`.

use prism_core::spec::Unit;
use prism_core::types::{Decimal, Span};

use super::time::span_text;
use super::{
    Complaint, Read, choice, decimal, decimal_text, flag, settle, span, split, text, whole, wrong_type,
};
use crate::diagnostic::Code;
use crate::scenario::tree::{Node, Value, quoted, toml_text};

/// A value with its unit, before the instrument is known that it is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Measured {
    Number(f64),
    Count(i64),
    Span(Span),
    Ticks(f64),
    BasisPoints(f64),
    /// An amount or price in a currency, the symbol's if none is named.
    Money(Decimal, Option<String>),
    Lots(u64),
    Flag(bool),
    Choice(&'static str),
    Names(Vec<String>),
    Text(String),
}

/// A parameter in its unit.
pub(crate) fn measured(node: &Node, key: &str, unit: Unit) -> Read<Measured> {
    match unit {
        Unit::Number => number(node, key, "a number").map(Measured::Number),
        Unit::Count => {
            let n = whole(node, key, i128::from(i64::MIN), i128::from(i64::MAX))?;
            Ok(Measured::Count(i64::try_from(n).unwrap_or_default()))
        }
        Unit::Span => span(node, key).map(Measured::Span),
        Unit::Flag => flag(node, key).map(Measured::Flag),
        Unit::Choice(words) => choice(node, key, words).map(Measured::Choice),
        Unit::Money => decimal(node, key).map(|amount| Measured::Money(amount, None)),
        Unit::Groups => names(node, key).map(Measured::Names),
        Unit::Text | Unit::Path => text(node, key).map(Measured::Text),
        Unit::Rate => rate(node, key).map(Measured::Number),
        Unit::Of(unit) => of_unit(node, key, unit).map(Measured::Number),
        Unit::Ticks => ticks(node, key),
        Unit::Price => price(node, key),
        Unit::Lots => lots(node, key),
    }
}

fn names(node: &Node, key: &str) -> Read<Vec<String>> {
    match &node.value {
        Value::Array(items) => items.iter().map(|item| text(item, key)).collect(),
        Value::Text(one) => Err(wrong_type(key, "a list of names", node)
            .help("in brackets")
            .patch(format!("[{}]", toml_text(one)))),
        _ => Err(wrong_type(key, "a list of names", node)),
    }
}

fn number(node: &Node, key: &str, wanted: &str) -> Read<f64> {
    let x = match settle(node, true) {
        Value::Integer(n, _) => n as f64,
        Value::Float(x, _) => x,
        Value::Text(text) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
            return Err(wrong_type(key, wanted, node).help("without quotes").patch(text.trim()));
        }
        _ => return Err(wrong_type(key, wanted, node)),
    };
    finite(key, x)
}

fn finite(key: &str, x: f64) -> Read<f64> {
    if x.is_finite() {
        return Ok(x);
    }
    Err(Complaint::new(Code::OutOfRange, format!("`{key}` must be a finite number"), ""))
}

fn rate(node: &Node, key: &str) -> Read<f64> {
    const WANTED: &str = "a rate: a number in 1/s, or \"every 20s\"";
    let Value::Text(text) = settle(node, true) else { return number(node, key, WANTED) };
    let Some(every) = text.trim().strip_prefix("every ") else {
        return match split(&text) {
            (x, "/s" | "1/s") if !x.is_empty() => finite(key, decimal_text(key, x, "0.05")?.to_f64()),
            (x, unit) if !x.is_empty() && !unit.is_empty() => {
                let message = format!("{} is not a unit of `{key}`", quoted(unit));
                Err(Complaint::new(Code::WrongUnit, message, "expected a number in 1/s, or \"every 20s\""))
            }
            _ => number(node, key, WANTED),
        };
    };
    let span = span_text(every, key)?;
    if !span.is_positive() {
        let message = format!("`{key}` must be more than 0s apart");
        return Err(Complaint::new(Code::OutOfRange, message, ""));
    }
    finite(key, 1.0 / span.as_secs_f64())
}

/// A bare number in the unit of the catalogue, or a text that names that unit.
fn of_unit(node: &Node, key: &str, unit: &str) -> Read<f64> {
    let wanted = format!("a number in {unit}");
    let Value::Text(text) = settle(node, true) else { return number(node, key, &wanted) };
    let (x, named) = split(&text);
    if x.is_empty() || named.is_empty() {
        return number(node, key, &wanted);
    }
    if named.replace(' ', "") == unit.replace(' ', "") {
        return finite(key, decimal_text(key, x, "0.1")?.to_f64());
    }
    let message = format!("{} is not the unit of `{key}`", quoted(named));
    Err(Complaint::new(Code::WrongUnit, message, format!("expected {unit}")))
}

fn money(key: &str, number: &str, unit: &str) -> Read<Measured> {
    let currency = (!unit.is_empty()).then(|| unit.to_owned());
    Ok(Measured::Money(decimal_text(key, number, "0.05")?, currency))
}

fn ticks(node: &Node, key: &str) -> Read<Measured> {
    const WANTED: &str = "a number of ticks, or a text such as \"5 bp\"";
    let Value::Text(text) = settle(node, true) else { return number(node, key, WANTED).map(Measured::Ticks) };
    let (x, unit) = split(&text);
    if x.is_empty() {
        return Err(wrong_type(key, WANTED, node));
    }
    match unit {
        "" => Err(Complaint::new(Code::NoUnit, format!("`{key}` needs a unit"), "ticks, bp or a currency?")
            .help("a bare number is ticks; in quotes it needs ticks, bp or the currency, such as \"5 bp\"")),
        "tick" | "ticks" => Ok(Measured::Ticks(decimal_text(key, x, "3")?.to_f64())),
        "bp" => Ok(Measured::BasisPoints(decimal_text(key, x, "5")?.to_f64())),
        _ => money(key, x, unit),
    }
}

fn price(node: &Node, key: &str) -> Read<Measured> {
    let text = match &node.value {
        Value::Text(text) | Value::Bare(text) => text,
        Value::Integer(_, shown) | Value::Float(_, shown) => {
            return Err(Complaint::new(
                Code::NoUnit,
                format!("`{key}` needs a unit"),
                "ticks or a currency?",
            )
            .help("a price in the symbol's currency stands in quotes; one in ticks names them")
            .patch(format!("\"{shown}\"")));
        }
        _ => return Err(wrong_type(key, "a price such as \"100.00\"", node)),
    };
    let (x, unit) = split(text);
    if matches!(unit, "tick" | "ticks") {
        if let Ok(Ok(n)) = decimal_text(key, x, "10000")?.steps(Decimal::ONE).map(i64::try_from) {
            return Ok(Measured::Count(n));
        }
        let message = format!("{} is not a whole number of ticks", quoted(text));
        return Err(Complaint::new(Code::OffTick, message, ""));
    }
    if x.is_empty() {
        return decimal_text(key, text.trim(), "100.00").and(money(key, x, unit));
    }
    money(key, x, unit)
}

fn lots(node: &Node, key: &str) -> Read<Measured> {
    const WANTED: &str = "a whole number of lots, or a text such as \"2000 USD\"";
    let most = i128::from(i64::MAX);
    let whole_lots =
        |node: &Node| whole(node, key, 0, most).map(|n| Measured::Lots(u64::try_from(n).unwrap_or_default()));
    let text = match settle(node, true) {
        Value::Integer(..) => return whole_lots(node),
        Value::Text(text) => text,
        _ => return Err(wrong_type(key, WANTED, node)),
    };
    let (x, unit) = split(&text);
    if x.is_empty() {
        return Err(wrong_type(key, WANTED, node));
    }
    match unit {
        "" => Err(Complaint::new(Code::NoUnit, format!("`{key}` needs a unit"), "lots or a currency?")
            .help("a bare number is lots; in quotes it needs lots or the currency, such as \"2000 USD\"")),
        "lot" | "lots" if decimal_text(key, x, "5")?.scale() == 0 => {
            whole_lots(&Node { at: node.at, value: Value::Bare(x.to_owned()) })
        }
        "lot" | "lots" => {
            let message = format!("{} is not a whole number of lots", quoted(&text));
            Err(Complaint::new(Code::OutOfRange, message, ""))
        }
        _ => money(key, x, unit),
    }
}
