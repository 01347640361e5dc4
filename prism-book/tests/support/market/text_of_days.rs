//! The rules of a trading day as text: parts with commas between them, as `1000s long, opening at 100s + 30s, …`.

use prism_book::auction::{Allocation, Candidates, Tie};
use prism_book::day::{BandWidth, BandsRules, CorridorRules, Day, Stage};
use prism_book::market::{Beyond, CallTime, Collar, DayRules, Halted};
use prism_core::msg::Phase;
use prism_core::types::{Price, Span, Time};

use super::text::number;

const UNITS: [(&str, i64); 3] = [("ms", 1_000_000), ("ns", 1), ("s", 1_000_000_000)];

/// Reads a length of time: `15s`, `14999ms`, `3ns`.
pub fn span(text: &str) -> Span {
    let unit = UNITS.iter().find_map(|(unit, nanos)| Some((text.strip_suffix(unit)?, nanos)));
    let (count, nanos) = unit.unwrap_or_else(|| panic!("time {text:?}"));
    Span::nanos(number::<i64>(count) * nanos)
}

/// A length of time as text.
pub fn duration(span: Span) -> String {
    let nanos = span.as_nanos();
    match nanos {
        _ if nanos % 1_000_000_000 == 0 => format!("{}s", nanos / 1_000_000_000),
        _ if nanos % 1_000_000 == 0 => format!("{}ms", nanos / 1_000_000),
        _ => format!("{nanos}ns"),
    }
}

/// Reads the rules of a day.
pub fn day(text: &str) -> DayRules {
    let (mut length, mut stages) = (Span::ZERO, Vec::new());
    let stage = |name: &str, from, random_end| {
        let phase = Phase::of(name).unwrap_or_else(|| panic!("phase {name:?}"));
        Stage { phase, from: span(from), random_end }
    };
    let parts = || text.split(',').map(|part| part.trim().split(' ').collect::<Vec<_>>());
    for part in parts() {
        match part[..] {
            [all, "long"] => length = span(all),
            [name, "at", from] => stages.push(stage(name, from, Span::ZERO)),
            [name, "at", from, "+", more] => stages.push(stage(name, from, span(more))),
            _ => {}
        }
    }
    let mut rules = DayRules::new(Day::new(length, &stages).unwrap(), Time::ZERO);
    let none = CorridorRules { dynamic: None, statics: None };
    for part in parts() {
        match part[..] {
            [_, "long"] | [_, "at", ..] => {}
            ["from", start] => rules.start = Time::ZERO + span(start),
            ["ticks"] => rules.auction.candidates = Candidates::Ticks,
            ["nearest"] => rules.auction.tie = Tie::Reference,
            ["pro_rata"] => rules.auction.allocation = Allocation::ProRata,
            ["collar", bp, extension, times] => {
                let (bp, extensions) = (number(bp), number(times));
                rules.collar = Some(Collar { bp, extension: span(extension), extensions });
            }
            ["batch", interval] => rules.batch = Some(span(interval)),
            ["bands", bp, "moves", moves, "window", window, "patience", patience, "pause", pause] => {
                rules.bands = Some(BandsRules {
                    widths: vec![(Price::MIN, BandWidth::Bp(number(bp)))],
                    window: span(window),
                    moves: number(moves),
                    patience: span(patience),
                    pause: span(pause),
                });
            }
            ["reject"] => rules.beyond = Beyond::Reject,
            ["dynamic", bp] => rules.corridor.get_or_insert(none).dynamic = Some(number(bp)),
            ["static", bp] => rules.corridor.get_or_insert(none).statics = Some(number(bp)),
            ["calls", length, "+", more] => {
                rules.volatility = CallTime { length: span(length), random_end: span(more) };
            }
            ["collect"] => rules.halted = Halted::Collect,
            _ => panic!("part of a day {part:?}"),
        }
    }
    rules
}

/// The rules of a day that `day` can read as text. The stages are those of its `Day`, which keeps them to itself.
pub fn words_of(rules: &DayRules, length: Span, stages: &[Stage]) -> String {
    let mut parts = vec![format!("{} long", duration(length))];
    for stage in stages {
        let name = stage.phase.name();
        let more = if stage.random_end == Span::ZERO {
            String::new()
        } else {
            format!(" + {}", duration(stage.random_end))
        };
        parts.push(format!("{name} at {}{more}", duration(stage.from)));
    }
    let CallTime { length, random_end } = rules.volatility;
    parts.push(format!("from {}", duration(rules.start - Time::ZERO)));
    parts.push(format!("calls {} + {}", duration(length), duration(random_end)));
    let corridor = rules.corridor.unwrap_or(CorridorRules { dynamic: None, statics: None });
    let more = [
        (rules.auction.candidates == Candidates::Ticks).then(|| "ticks".to_owned()),
        (rules.auction.tie == Tie::Reference).then(|| "nearest".to_owned()),
        (rules.auction.allocation == Allocation::ProRata).then(|| "pro_rata".to_owned()),
        rules.collar.map(|c| format!("collar {} {} {}", c.bp, duration(c.extension), c.extensions)),
        rules.batch.map(|batch| format!("batch {}", duration(batch))),
        rules.bands.as_ref().map(words_of_bands),
        (rules.beyond == Beyond::Reject).then(|| "reject".to_owned()),
        corridor.dynamic.map(|bp| format!("dynamic {bp}")),
        corridor.statics.map(|bp| format!("static {bp}")),
        (rules.halted == Halted::Collect).then(|| "collect".to_owned()),
    ];
    parts.extend(more.into_iter().flatten());
    parts.join(", ")
}

fn words_of_bands(bands: &BandsRules) -> String {
    let BandWidth::Bp(bp) = bands.widths[0].1 else { panic!("{bands:?}") };
    let [window, patience, pause] = [bands.window, bands.patience, bands.pause].map(duration);
    format!("bands {bp} moves {} window {window} patience {patience} pause {pause}", bands.moves)
}
