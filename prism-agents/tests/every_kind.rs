//! What every kind of agent owes: names, documentation that agrees with the code, defaults that are allowed,
//! presets that mean something, state that can be saved.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;

use prism_core::agent::Wakes;
use prism_core::spec::{Param, Unit};
use prism_core::types::Span;
use support::kinds::{all, all_configurations};
use support::params::parse;

/// A parameter as a row of the table at the head of its file.
fn row(param: &Param) -> String {
    let unit = match param.unit {
        Unit::Number => "number".to_owned(),
        Unit::Count => "count".to_owned(),
        Unit::Ticks => "ticks".to_owned(),
        Unit::Price => "price".to_owned(),
        Unit::Lots => "lots".to_owned(),
        Unit::Span => "time".to_owned(),
        Unit::Rate => "1/s".to_owned(),
        Unit::Of(unit) => unit.to_owned(),
        Unit::Flag => "flag".to_owned(),
        Unit::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" "),
        _ => panic!("{}: a unit that no agent should need", param.name),
    };
    let default = param.default.map_or(String::new(), |text| format!("`{text}`"));
    let least = |(bound, itself)| format!("{} {bound}", if itself { "≥" } else { ">" });
    let most = |(bound, itself)| format!("{} {bound}", if itself { "≤" } else { "<" });
    let bounds: Vec<String> = param.least.map(least).into_iter().chain(param.most.map(most)).collect();
    let after = match param.unit {
        Unit::Span if !bounds.is_empty() => " s",
        Unit::Price if !bounds.is_empty() => " ticks",
        _ => "",
    };
    format!("//! | `{}` | {unit} | {default} | {}{after} | {} |", param.name, bounds.join(", "), param.doc)
        .replace("|  |", "| |")
}

#[test]
fn tables_agree_with_the_code() {
    let mut wrong = Vec::new();
    for kind in all() {
        let wanted: Vec<String> = kind.params.iter().map(row).collect();
        let head: Vec<&str> = kind.source.lines().take_while(|line| line.starts_with("//!")).collect();
        let title = "//! | parameter | unit | default | range | meaning |";
        let from = head.iter().position(|line| *line == title).expect("a table of parameters");
        assert_eq!(head[from + 1], "//! |---|---|---|---|---|");
        let table: Vec<&str> =
            head[from + 2..].iter().take_while(|line| line.starts_with("//! |")).copied().collect();
        if table != wanted {
            wrong.push(format!("the table of {} should read\n{}\n", kind.name, wanted.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn heads_say_where_the_model_comes_from() {
    for kind in all() {
        let head: String = kind.source.lines().take_while(|line| line.starts_with("//!")).collect();
        for word in ["**Paper**: ", "**Differences**: ", "**Reproduced**: "] {
            assert!(head.contains(word), "{} lacks {word}", kind.name);
        }
        assert!(!kind.cite.is_empty() && !kind.rule.is_empty());
    }
}

#[test]
fn the_list_of_kinds_is_complete() {
    let lib = include_str!("../src/lib.rs");
    let rows: Vec<&str> =
        lib.lines().filter(|line| line.starts_with("//! | ") && line.contains("[`")).collect();
    let wanted: Vec<String> = all()
        .iter()
        .map(|kind| {
            let number = kind.number.map_or(String::new(), |n| n.to_string());
            format!("//! | {number} | `{}` | [`{}`] | {} |", kind.name, kind.type_name, kind.doc)
        })
        .collect();
    assert_eq!(rows, wanted, "the table of kinds should read\n{}", wanted.join("\n"));
}

#[test]
fn names_and_numbers_are_used_once() {
    let mut names = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for kind in all() {
        assert!(names.insert(kind.name), "{}", kind.name);
        assert!(numbers.insert(kind.number.expect("a number of the catalogue")));
        for (preset, _) in kind.presets {
            assert!(names.insert(preset), "{preset}");
        }
        let params: BTreeSet<&str> = kind.params.iter().map(|param| param.name).collect();
        assert_eq!(params.len(), kind.params.len(), "a parameter of {} is declared twice", kind.name);
    }
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), [1, 5, 12, 15, 26]);
}

#[test]
fn the_catalogues_presets_are_there() {
    let names: Vec<&str> = all().iter().flat_map(|kind| kind.presets.iter().map(|(name, _)| *name)).collect();
    let wanted = [
        "zi_u",
        "zi_c",
        "abides_noise",
        "ma_cross",
        "breakout",
        "adaptive_pov_mm",
        "chakraborty_kearns",
        "ho_stoll",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn defaults_are_allowed_and_documented() {
    for kind in all() {
        for param in kind.params {
            assert!(!param.doc.is_empty() && !param.doc.contains('|') && !param.doc.ends_with('.'));
            let Some(text) = param.default else {
                assert!(param.doc.contains("when not given"), "{}: {} has no default", kind.name, param.name);
                continue;
            };
            assert_eq!(param.check(&parse(param, text)), Ok(()), "{}: {}", kind.name, param.name);
        }
    }
}

#[test]
fn presets_resolve_and_state_can_be_saved() {
    for (kind, name, given) in all_configurations() {
        (kind.check)(given).unwrap_or_else(|error| panic!("{name}: {error}"));
        let [first, second] = (kind.saved)(given);
        assert!(!first.is_empty());
        assert_eq!(first, second, "{name}");
    }
}

#[test]
fn state_of_another_kind_is_refused() {
    let mut agent = prism_agents::MomentumTrader::default();
    let mut bytes = Vec::new();
    prism_core::agent::Agent::save(&agent, &mut bytes).unwrap();
    bytes.truncate(bytes.len() / 2);
    assert!(prism_core::agent::Agent::load(&mut agent, &mut bytes.as_slice()).is_err());
}

#[test]
fn clocks_are_those_of_the_catalogue() {
    let wakes = |kind: usize, given| (all()[kind].wakes)(given);
    assert_eq!(wakes(0, &[]), Wakes::Poisson(Span::secs(10)));
    assert_eq!(wakes(1, &[]), Wakes::Own);
    assert_eq!(wakes(1, &[("repeat", "true")]), Wakes::Poisson(Span::secs(10_000)));
    assert_eq!(wakes(2, &[]), Wakes::Poisson(Span::from_secs_f64(1.0 / 5.7e-3)));
    assert_eq!(wakes(3, &[]), Wakes::Periodic(Span::secs(20)));
    assert_eq!(wakes(3, &[("rule", "breakout")]), Wakes::Own);
    assert_eq!(wakes(4, &[("every", "3s")]), Wakes::Periodic(Span::secs(3)));
}

#[test]
fn what_ranges_cannot_tell_is_refused_by_name() {
    let refused = |kind: usize, given| (all()[kind].check)(given).expect_err("refused").to_string();
    for (kind, given, why) in [
        (
            0,
            &[("price_min", "7 ticks"), ("price_max", "7 ticks")][..],
            "price_max: must be above price_min, 7 ticks",
        ),
        (
            0,
            &[("value_min", "9 ticks"), ("value_max", "8 ticks")],
            "value_max: must not be below value_min, 9 ticks",
        ),
        (
            1,
            &[("size", "uniform"), ("size_min", "51")],
            "size_min: must be at most size_max, 50 lots, not 51 lots",
        ),
        (2, &[("size_max", "19")], "size_min: must be at most size_max, 19 lots, not 20 lots"),
        (3, &[("short_window", "50")], "short_window: must be below long_window, 50, not 50"),
        (3, &[("lot_min", "11")], "lot_min: must be at most lot_max, 10 lots, not 11 lots"),
    ] {
        assert_eq!(refused(kind, given), why);
    }
}
