//! Values as people write them: `"100ms"`, `"0.01"`, `"5 ticks"`, `"2 bp"`, `"2000 USDT"`, `"every 20s"`.

use prism_core::spec::Unit;
use prism_core::types::{Decimal, DecimalError, FeeRate, Span};

use super::tree::{Node, Value, quoted};
use crate::diagnostic::{At, Code, Diagnostic, nearest};

/// What is wrong with a value; where it stands is told later.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Complaint {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
    pub(crate) patch: Option<String>,
    pub(crate) also: Option<(At, String)>,
}

impl Complaint {
    pub(crate) fn new(code: Code, message: impl Into<String>, label: impl Into<String>) -> Complaint {
        Complaint { code, message: message.into(), label: label.into(), help: None, patch: None, also: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Complaint {
        self.help = Some(help.into());
        self
    }

    /// What to write instead of the whole value.
    pub(crate) fn patch(mut self, text: impl Into<String>) -> Complaint {
        self.patch = Some(text.into());
        self
    }

    pub(crate) fn at(self, at: At) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(self.code, self.message).at(at, self.label);
        if let Some((at, text)) = self.also {
            diagnostic = diagnostic.label(at, text);
        }
        if let Some(help) = self.help {
            diagnostic = diagnostic.help(help);
        }
        match self.patch {
            Some(text) => diagnostic.patch(at, text),
            None => diagnostic,
        }
    }
}

type Read<T> = Result<T, Complaint>;

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
    Text(String),
}

/// Units of time and their nanoseconds.
const TIMES: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// What people also write, and what is meant.
const OTHER_TIMES: [(&[&str], &str); 6] = [
    (&["nanos", "nsec", "nanoseconds"], "ns"),
    (&["micros", "usec", "microseconds"], "us"),
    (&["millis", "msec", "msecs", "milliseconds", "mss"], "ms"),
    (&["sec", "secs", "second", "seconds"], "s"),
    (&["m", "mins", "minute", "minutes"], "min"),
    (&["hr", "hrs", "hour", "hours"], "h"),
];

/// A word from the command line as the number it spells, if numbers are wanted; else as a text.
fn settle(node: &Node, numbers: bool) -> Value {
    let Value::Bare(text) = &node.value else { return node.value.clone() };
    if numbers {
        let plain = text.replace('_', "");
        if let Ok(whole) = plain.parse() {
            return Value::Integer(whole, text.clone());
        }
        if let Some(x) = plain.parse().ok().filter(|_| plain.starts_with(|c| "+-.0123456789".contains(c))) {
            return Value::Float(x, text.clone());
        }
    }
    match text.as_str() {
        "true" => Value::Flag(true),
        "false" => Value::Flag(false),
        _ => Value::Text(text.clone()),
    }
}

fn wrong_type(key: &str, wanted: &str, node: &Node) -> Complaint {
    Complaint::new(
        Code::WrongType,
        format!("`{key}` must be {wanted}, not {}", node.sort()),
        format!("this is {}", node.sort()),
    )
}

/// Splits `100 ms` into `100` and `ms`.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-._".contains(c))).unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

fn decimal_text(key: &str, text: &str, example: &str) -> Read<Decimal> {
    text.replace('_', "").parse().map_err(|why| {
        let label = match why {
            DecimalError::TooLong => "more than 18 digits".to_owned(),
            _ => format!("expected a decimal number such as {example}"),
        };
        Complaint::new(Code::BadNumber, format!("{} is not a number for `{key}`", quoted(text)), label)
    })
}

/// A decimal number, exact: a tick, a lot. With or without quotes.
pub(crate) fn decimal(node: &Node, key: &str) -> Read<Decimal> {
    match settle(node, true) {
        Value::Text(text) | Value::Integer(_, text) | Value::Float(_, text) => {
            decimal_text(key, text.trim(), "0.01")
        }
        _ => Err(wrong_type(key, "a decimal number such as \"0.01\"", node)),
    }
}

/// A text.
pub(crate) fn text(node: &Node, key: &str) -> Read<String> {
    match &node.value {
        Value::Text(text) | Value::Bare(text) => Ok(text.clone()),
        _ => Err(wrong_type(key, "a text", node)),
    }
}

/// `true` or `false`.
pub(crate) fn flag(node: &Node, key: &str) -> Read<bool> {
    match settle(node, false) {
        Value::Flag(flag) => Ok(flag),
        Value::Text(word) if word == "true" || word == "false" => {
            Err(wrong_type(key, "true or false", node).help("without quotes").patch(word))
        }
        _ => Err(wrong_type(key, "true or false", node)),
    }
}

/// A whole number from `least` to `most`.
pub(crate) fn whole(node: &Node, key: &str, least: i128, most: i128) -> Read<i128> {
    match settle(node, true) {
        Value::Integer(n, _) if (least..=most).contains(&n) => Ok(n),
        Value::Integer(n, shown) => {
            let range = match (n < least, most) {
                (true, _) => format!("must be at least {least}"),
                (false, _) => format!("must be at most {most}"),
            };
            Err(Complaint::new(Code::OutOfRange, format!("`{key}` {range}, not {shown}"), range))
        }
        Value::Text(text) if text.replace('_', "").parse::<i128>().is_ok() => {
            Err(wrong_type(key, "a whole number", node).help("without quotes").patch(text))
        }
        _ => Err(wrong_type(key, "a whole number", node)),
    }
}

/// One of `words`.
pub(crate) fn choice(node: &Node, key: &str, words: &[&'static str]) -> Read<&'static str> {
    let given = text(node, key)?;
    if let Some(word) = words.iter().find(|word| **word == given) {
        return Ok(word);
    }
    let all = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let complaint =
        Complaint::new(Code::UnknownWord, format!("{} is no choice for `{key}`", quoted(&given)), "");
    Err(match nearest(&given, words.iter().copied()) {
        Some(near) => complaint.help(format!("`{key}` is one of {all}")).patch(format!("\"{near}\"")),
        None => complaint.help(format!("`{key}` is one of {all}")),
    })
}

/// A span of time with its unit.
pub(crate) fn span(node: &Node, key: &str) -> Read<Span> {
    match &node.value {
        Value::Text(text) | Value::Bare(text) => span_text(text, key),
        Value::Integer(0, _) => Err(no_unit_of_time(key).patch("\"0s\"")),
        Value::Integer(..) | Value::Float(..) => Err(no_unit_of_time(key)),
        _ => Err(wrong_type(key, "a span of time such as \"100ms\"", node)),
    }
}

fn no_unit_of_time(key: &str) -> Complaint {
    Complaint::new(Code::NoUnit, format!("`{key}` needs a unit of time"), "a bare number")
        .help("write the number with ns, us, ms, s, min, h or d, such as \"100ms\"")
}

fn span_text(text: &str, key: &str) -> Read<Span> {
    let (number, unit) = split(text);
    if number.is_empty() {
        let message = format!("{} is not a span of time for `{key}`", quoted(text));
        return Err(Complaint::new(Code::BadNumber, message, "expected a number and a unit, such as 100ms"));
    }
    let number = decimal_text(key, number, "100")?;
    if unit.is_empty() {
        return Err(no_unit_of_time(key));
    }
    let Some((_, nanos)) = TIMES.iter().find(|(name, _)| *name == unit) else {
        return Err(unknown_time(text, unit, key));
    };
    let exact = i128::from(number.units()) * i128::from(*nanos);
    let scale = 10i128.pow(u32::from(number.scale()));
    if exact % scale != 0 {
        let message = format!("{} is finer than a nanosecond", quoted(text));
        return Err(Complaint::new(Code::OutOfRange, message, "time is counted in whole nanoseconds"));
    }
    i64::try_from(exact / scale).map(Span::nanos).map_err(|_| {
        let message = format!("{} is more than 292 years", quoted(text));
        Complaint::new(Code::OutOfRange, message, "time is counted in 64 bits of nanoseconds")
    })
}

fn unknown_time(text: &str, unit: &str, key: &str) -> Complaint {
    let message = format!("{} is not a unit of time for `{key}`", quoted(unit));
    let complaint = Complaint::new(Code::WrongUnit, message, "units are ns, us, ms, s, min, h and d");
    let lower = unit.to_lowercase();
    let known =
        OTHER_TIMES.iter().find(|(others, _)| others.contains(&lower.as_str())).map(|(_, unit)| *unit);
    match known.or_else(|| nearest(unit, TIMES.iter().map(|(name, _)| *name))) {
        Some(near) => {
            let (number, _) = split(text);
            complaint.help("a similar unit exists").patch(format!("\"{number}{near}\""))
        }
        None => complaint,
    }
}

/// A fee as a share of the traded value: `"0.5 bp"`, `"-0.01 %"`. Under 100 %.
pub(crate) fn fee(node: &Node, key: &str) -> Read<FeeRate> {
    let written = match &node.value {
        Value::Text(text) | Value::Bare(text) => text,
        Value::Integer(..) | Value::Float(..) => {
            return Err(Complaint::new(Code::NoUnit, format!("`{key}` needs a unit"), "a bare number")
                .help("write basis points or per cent of the traded value, such as \"0.5 bp\""));
        }
        _ => return Err(wrong_type(key, "a fee such as \"0.5 bp\"", node)),
    };
    let (number, unit) = split(written);
    let number = decimal_text(key, if number.is_empty() { written } else { number }, "0.5")?;
    let billionths: i128 = match unit {
        "bp" => 100_000,
        "%" => 10_000_000,
        "" => {
            return Err(Complaint::new(Code::NoUnit, format!("`{key}` needs a unit"), "a bare number")
                .help("write basis points or per cent of the traded value, such as \"0.5 bp\""));
        }
        _ => {
            let message = format!("{} is not a unit of `{key}`", quoted(unit));
            let complaint = Complaint::new(Code::WrongUnit, message, "a fee is in bp or %");
            return Err(match nearest(unit, ["bp", "bps"]) {
                Some(_) => complaint.help("a similar unit exists").patch(format!("\"{number} bp\"")),
                None => complaint,
            });
        }
    };
    let exact = i128::from(number.units()) * billionths;
    let scale = 10i128.pow(u32::from(number.scale()));
    if exact % scale != 0 {
        let message = format!("{} is finer than a billionth", quoted(written));
        return Err(Complaint::new(Code::OutOfRange, message, "fees are counted in billionths"));
    }
    match i64::try_from(exact / scale) {
        Ok(rate) if rate.abs() < 1_000_000_000 => Ok(FeeRate(rate)),
        _ => {
            let message = format!("`{key}` must be between -100 % and 100 %, not {}", quoted(written));
            Err(Complaint::new(Code::OutOfRange, message, "a share of the traded value"))
        }
    }
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
        Unit::Text | Unit::Path => text(node, key).map(Measured::Text),
        Unit::Rate => rate(node, key).map(Measured::Number),
        Unit::Of(unit) => of_unit(node, key, unit).map(Measured::Number),
        Unit::Ticks => ticks(node, key),
        Unit::Price => price(node, key),
        Unit::Lots => lots(node, key),
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
        return match decimal_text(key, x, "10000")?.steps(Decimal::ONE).map(i64::try_from) {
            Ok(Ok(n)) => Ok(Measured::Count(n)),
            _ => {
                let message = format!("{} is not a whole number of ticks", quoted(text));
                Err(Complaint::new(Code::OffTick, message, ""))
            }
        };
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
        "lot" | "lots" => match decimal_text(key, x, "5")?.steps(Decimal::ONE) {
            Ok(_) => whole_lots(&Node { at: node.at, value: Value::Bare(x.to_owned()) }),
            Err(_) => {
                let message = format!("{} is not a whole number of lots", quoted(&text));
                Err(Complaint::new(Code::OutOfRange, message, ""))
            }
        },
        _ => money(key, x, unit),
    }
}
