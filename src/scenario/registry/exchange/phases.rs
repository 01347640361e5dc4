//! The phases of a day, and times of the day, as scenarios write them.

use prism_book::Phase;
use prism_book::day::{Day, DayError, Stage};
use prism_core::spec::ParamError;
use prism_core::types::Span;

use super::texts::{self, Item, Wrong};
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
pub(super) fn time_of_day(item: Item<'_>) -> Result<Span, Wrong> {
    let text = item.text;
    let wrong = || {
        let examples = "such as 9:30 or 16:00:01, nor a span, such as 90s";
        item.wrong(format!("`{text}` is no time of the day, {examples}"))
    };
    if !is_clock_time(text) {
        return span(text).ok_or_else(wrong);
    }
    let parts: Vec<i64> = text
        .split(':')
        .map(|part| part.parse().ok().filter(|n: &i64| *n >= 0 && part.len() <= 2))
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    let (hours, mins, secs) = match parts[..] {
        [hours, mins] => (hours, mins, 0),
        [hours, mins, secs] => (hours, mins, secs),
        _ => return Err(wrong()),
    };
    if hours > 23 || mins > 59 || secs > 59 {
        let why = format!(
            "`{text}` is no time of the day: hours are 0 to 23, minutes and seconds 0 to 59 (a span such as 25h counts \
             from the beginning of the day)"
        );
        return Err(item.wrong(why));
    }
    Ok(Span::secs((hours * 60 + mins) * 60 + secs))
}

/// A time of the day as clocks show it, in whole seconds.
pub(super) fn shown(time: Span) -> String {
    let secs = time.as_nanos() / 1_000_000_000;
    format!("{}:{:02}:{:02}", secs / 3_600, secs / 60 % 60, secs % 60)
}

/// True for a time as clocks show it, and not a span.
pub(super) fn is_clock_time(text: &str) -> bool {
    text.contains(':')
}

/// Reads a span such as `15min`, which is not negative.
pub(super) fn span(text: &str) -> Option<Span> {
    let node = Node { at: At::default(), value: Value::Text(text.to_owned()) };
    units::span(&node, "time").ok().filter(|span| !span.is_negative())
}

/// Reads phases, `opening 8:50, continuous 9:00`, of a day of this length; calls end at random within `random_end`.
fn stages(text: &str, length: Span, random_end: Span) -> Result<Vec<Stage>, Wrong> {
    let read = |item: Item<'_>| stage(item, random_end);
    texts::list(text, read, |stages| match stages {
        [.., before, last] if last.from <= before.from => {
            let (phase, other) = (last.phase.name(), before.phase.name());
            Err(format!(
                "phases begin one after another, and `{phase}` begins no later than `{other}` before it"
            ))
        }
        [.., last] if last.from >= length => {
            Err(format!("`{}` begins when the day is over, after {length}", last.phase.name()))
        }
        _ => Ok(()),
    })
}

fn stage(item: Item<'_>, random_end: Span) -> Result<Stage, Wrong> {
    let Some((word, time)) = item.halves() else {
        return Err(item.wrong(format!("`{}` is no phase with its time, such as `opening 8:50`", item.text)));
    };
    let Some(phase) = Phase::of(word.text) else {
        let words = Phase::ALL.map(Phase::name);
        let why = format!("`{}` is no phase (the phases are {})", word.text, words.join(", "));
        return Err(word.wrong(why).instead(nearest(word.text, words)));
    };
    let random_end = if phase.is_call() { random_end } else { Span::ZERO };
    Ok(Stage { phase, from: time_of_day(time)?, random_end })
}

/// A day of these phases, which stand in the parameter `phases`, with the random end of `random_end`.
pub(super) fn day(text: &str, length: Span, random_end: Span) -> Result<Day, ParamError> {
    let stages = stages(text, length, random_end).map_err(|wrong| wrong.of("phases"))?;
    Day::new(length, &stages).map_err(|why| match why {
        DayError::Range { field: "random_end", range } => {
            ParamError::new("random_end", format!("must be {range}"))
        }
        other => ParamError::new("phases", other.to_string()),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const DAY: Span = Span::hours(24);

    fn time(text: &str) -> Result<Span, String> {
        time_of_day(Item::all(text)).map_err(|wrong| wrong.why)
    }

    #[test]
    fn times_of_the_day() {
        for (text, secs) in [
            ("9:30", 34_200),
            ("16:00:01", 57_601),
            ("0:00", 0),
            (" 90s ", 90),
            ("09:05", 32_700),
            ("23:59:59", 86_399),
            ("25h", 90_000),
        ] {
            assert_eq!(time(text), Ok(Span::secs(secs)), "{text}");
        }
        assert_eq!(shown(Span::secs(32_701)), "9:05:01");
        for text in ["9:3o", "9:30:00:00", "", "9", "-1:00", ":30", "9:300", "soon", "-5s"] {
            assert!(time(text).is_err_and(|why| why.contains("such as 9:30")), "{text}");
        }
        for text in ["24:00", "25:30", "9:60", "9:75", "9:30:60"] {
            assert!(time(text).is_err_and(|why| why.contains("hours are 0 to 23")), "{text}");
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

    /// What is wrong, and with which part of the text.
    #[test]
    fn wrong_phases_are_told_with_their_place() {
        let wrong = |text: &'static str| {
            let error = day(text, DAY, Span::ZERO).unwrap_err();
            (error.why, error.part.map(|part| &text[part]), error.instead)
        };
        let (why, part, _) = wrong("opening");
        assert_eq!(why, "`opening` is no phase with its time, such as `opening 8:50`");
        assert_eq!(part, Some("opening"));
        let (why, part, instead) = wrong("pre_open 8:00, openin 9:00");
        assert!(why.starts_with("`openin` is no phase (the phases are pre_open, "), "{why}");
        assert_eq!((part, instead.as_deref()), (Some("openin"), Some("opening")));
        let (why, part, _) = wrong("opening 9:00, closing 8:00");
        assert!(why.ends_with("`closing` begins no later than `opening` before it"), "{why}");
        assert_eq!(part, Some("closing 8:00"));
        let (why, part, _) = wrong("opening 25h");
        assert!(why.starts_with("`opening` begins when the day is over"), "{why}");
        assert_eq!(part, Some("opening 25h"));
        assert_eq!(wrong("opening 9:00, continuous 9").1, Some("9"));
        assert!(wrong("opening 8:00,").0.contains("no phase with its time"));
    }

    #[test]
    fn a_random_end_is_its_own_parameters() {
        let error = day("opening 9:00, continuous 9:10, closed 9:11", DAY, Span::mins(5)).unwrap_err();
        assert_eq!(error.name, "random_end");
    }
}
