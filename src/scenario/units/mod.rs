//! Values as people write them, and what is wrong with them.

pub(crate) mod amounts;
mod complaint;
mod measured;
mod time;

use prism_core::types::{Decimal, DecimalError, FeeRate};

pub(crate) use complaint::Complaint;
pub(crate) use measured::{Measured, measured};
pub(crate) use time::span;

use super::tree::{Node, Value, is_number, quoted};
use crate::diagnostic::{Code, nearest};

type Read<T> = Result<T, Complaint>;

/// A word from the command line as the number it spells, if numbers are wanted; else as a text.
fn settle(node: &Node, numbers: bool) -> Value {
    let Value::Bare(text) = &node.value else { return node.value.clone() };
    if numbers {
        let plain = text.replace('_', "");
        if let Ok(whole) = plain.parse() {
            return Value::Integer(whole, text.clone());
        }
        if let Some(x) = plain.parse().ok().filter(|_| is_number(text)) {
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
        Value::Integer(n, shown) => Err(beyond(key, n < least, (least, most), &shown)),
        // More digits than any integer has.
        Value::Float(x, shown) if node.sort() == "a whole number" => {
            Err(beyond(key, x < 0.0, (least, most), &shown))
        }
        Value::Text(text) if text.replace('_', "").parse::<i128>().is_ok() => {
            Err(wrong_type(key, "a whole number", node).help("without quotes").patch(text))
        }
        _ => Err(wrong_type(key, "a whole number", node)),
    }
}

/// A whole number outside its range.
fn beyond(key: &str, below: bool, (least, most): (i128, i128), shown: &str) -> Complaint {
    let range = if below { format!("must be at least {least}") } else { format!("must be at most {most}") };
    Complaint::new(Code::OutOfRange, format!("`{key}` {range}, not {}", short(shown)), range)
}

/// A number as it was written, if it is not too long to be shown.
fn short(number: &str) -> String {
    const LONGEST: usize = 24;
    match number.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ({} characters)", &number[..end], number.chars().count()),
        None => number.to_owned(),
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
