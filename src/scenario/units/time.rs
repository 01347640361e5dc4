//! Spans of time: `"100ms"`.

use prism_core::types::Span;

use super::{Complaint, Read, decimal_text, split, wrong_type};
use crate::diagnostic::{Code, nearest};
use crate::scenario::tree::{Node, Value, quoted};

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

pub(super) fn span_text(text: &str, key: &str) -> Read<Span> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{At, Code};

    fn read(text: &str) -> Result<i64, (Code, Option<String>)> {
        let at = At::default();
        match span(&Node { at, value: Value::Text(text.to_owned()) }, "length") {
            Ok(span) => Ok(span.as_nanos()),
            Err(complaint) => {
                let diagnostic = complaint.at(at);
                Err((diagnostic.code, diagnostic.patch.map(|patch| patch.text)))
            }
        }
    }

    #[test]
    fn spans_are_exact() {
        for (text, nanos) in [
            ("100ms", 100_000_000),
            (" 1.5 s ", 1_500_000_000),
            ("5us", 5_000),
            ("5 µs", 5_000),
            ("0.000000001s", 1),
            ("6.5h", 23_400_000_000_000),
            ("1_000ns", 1_000),
            ("-3min", -180_000_000_000),
            ("2d", 172_800_000_000_000),
            ("0s", 0),
            ("9223372036854775807ns", i64::MAX),
        ] {
            assert_eq!(read(text), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn mistakes_are_told_apart_and_mended() {
        let patch = |text: &str| Some(format!("\"{text}\""));
        for (text, code, mended) in [
            ("100", Code::NoUnit, None),
            ("", Code::BadNumber, None),
            ("soon", Code::BadNumber, None),
            ("1..5s", Code::BadNumber, None),
            ("30 mins", Code::WrongUnit, patch("30min")),
            ("30 sec", Code::WrongUnit, patch("30s")),
            ("30 MS", Code::WrongUnit, patch("30ms")),
            ("1 hour", Code::WrongUnit, patch("1h")),
            ("5 bp", Code::WrongUnit, None),
            ("0.5ns", Code::OutOfRange, None),
            ("300000d", Code::OutOfRange, None),
        ] {
            assert_eq!(read(text), Err((code, mended)), "{text}");
        }
    }
}
