//! The phases of a day, and times of the day, as scenarios write them.

use prism_book::Phase;
use prism_book::day::{Day, DayError, Stage};
use prism_core::types::Span;

use crate::diagnostic::{At, nearest};
use crate::scenario::tree::{Node, Value};
use crate::scenario::units;

/// The hours of US stock exchanges: orders are collected from 4:00, told of from 9:28, and crossed at 9:30; what rests
/// at 16:00 is crossed with the orders for the close. (Nasdaq Rules 4752 and 4754; trading before 9:30 and after 16:00
/// is left out, and so is what is told of the closing cross before 16:00.)
pub(super) const US_EQUITIES: &str =
    "pre_open 4:00, opening 9:28, continuous 9:30, closing 16:00, closed 16:00:01";
/// The hours of Xetra for shares of the DAX, with the intraday auction. (Deutsche Börse, auction schedule; calls end at
/// random within 30 s; trade-at-close is left out.)
pub(super) const XETRA: &str = "pre_open 7:30, opening 8:50, continuous 9:00, volatility 13:00, \
                                continuous 13:02, closing 17:30, closed 17:35";

/// Reads a time of the day: `9:30`, `16:00:01`, or a span since the day began, such as `90s`.
pub(super) fn time_of_day(text: &str) -> Result<Span, String> {
    let text = text.trim();
    let wrong =
        || format!("`{text}` is no time of the day, such as 9:30 or 16:00:01, nor a span, such as 90s");
    if !text.contains(':') {
        return span(text).ok_or_else(wrong);
    }
    let parts: Vec<i64> = text
        .split(':')
        .map(|part| part.parse().ok().filter(|n| (0..60).contains(n) && part.len() <= 2))
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    match parts[..] {
        [hours, mins] => Ok(Span::mins(hours * 60 + mins)),
        [hours, mins, secs] => Ok(Span::secs((hours * 60 + mins) * 60 + secs)),
        _ => Err(wrong()),
    }
}

/// Reads a span such as `15min`, which is not negative.
pub(super) fn span(text: &str) -> Option<Span> {
    let node = Node { at: At::default(), value: Value::Text(text.to_owned()) };
    units::span(&node, "time").ok().filter(|span| !span.is_negative())
}

/// Reads phases, `opening 8:50, continuous 9:00`; calls end at random within `random_end`.
pub(super) fn stages(text: &str, random_end: Span) -> Result<Vec<Stage>, String> {
    text.split(',').map(|item| stage(item.trim(), random_end)).collect()
}

fn stage(item: &str, random_end: Span) -> Result<Stage, String> {
    let Some((word, time)) = item.split_once(char::is_whitespace) else {
        return Err(format!("`{item}` is no phase with its time, such as `opening 8:50`"));
    };
    let Some(phase) = Phase::of(word) else {
        let words = Phase::ALL.map(Phase::name);
        let near = nearest(word, words).map_or(String::new(), |near| format!("; `{near}` is"));
        return Err(format!("`{word}` is no phase{near} (the phases are {})", words.join(", ")));
    };
    let random_end = if phase.is_call() { random_end } else { Span::ZERO };
    Ok(Stage { phase, from: time_of_day(time)?, random_end })
}

/// A day of these phases.
pub(super) fn day(text: &str, length: Span, random_end: Span) -> Result<Day, String> {
    let stages = stages(text, random_end)?;
    Day::new(length, &stages).map_err(|why| match why {
        DayError::Order { .. } => "phases begin one after another, and within the day".to_owned(),
        other => other.to_string(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const DAY: Span = Span::hours(24);

    #[test]
    fn times_of_the_day() {
        for (text, secs) in
            [("9:30", 34_200), ("16:00:01", 57_601), ("0:00", 0), (" 90s ", 90), ("09:05", 32_700)]
        {
            assert_eq!(time_of_day(text), Ok(Span::secs(secs)), "{text}");
        }
        for text in ["9:60", "9:3o", "9:30:00:00", "", "9", "-1:00", ":30", "9:300", "soon", "-5s"] {
            assert!(time_of_day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_days_of_exchanges() {
        let us = day(US_EQUITIES, DAY, Span::ZERO).unwrap();
        let phase = |stage: &Stage| (stage.phase, stage.from.as_nanos() / 60_000_000_000);
        let phases: Vec<_> = us.stages().iter().map(phase).collect();
        assert_eq!(phases[1..4], [(Phase::Opening, 568), (Phase::Continuous, 570), (Phase::Closing, 960)]);
        let xetra = day(XETRA, DAY, Span::secs(30)).unwrap();
        let random: Vec<_> = xetra.stages().iter().filter(|stage| stage.random_end.is_positive()).collect();
        assert_eq!(random.len(), 3, "the calls, and nothing else");
    }

    #[test]
    fn wrong_phases_are_told() {
        let wrong = |text: &str| day(text, DAY, Span::ZERO).unwrap_err();
        assert_eq!(wrong("opening"), "`opening` is no phase with its time, such as `opening 8:50`");
        assert!(wrong("openin 9:00").starts_with("`openin` is no phase; `opening` is"));
        assert_eq!(wrong("opening 9:00, closing 8:00"), "phases begin one after another, and within the day");
        assert_eq!(wrong("opening 25:00"), "phases begin one after another, and within the day");
        assert!(wrong("opening 9").starts_with("`9` is no time of the day"));
        assert!(wrong("").contains("no phase with its time"));
    }
}
