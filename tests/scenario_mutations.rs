//! Whatever is done to a scenario's text, reading it ends in a scenario or in a report that can be drawn:
//! never in a panic.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

#[path = "support/json_schema.rs"]
mod support;

use std::sync::{Arc, LazyLock};

use prism::diagnostic::{Report, Style};
use prism::scenario::{Loader, Registry, Scenario, Setting, json_schema};
use proptest::prelude::*;
use serde_json::Value;
use support::EVERY_KEY;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| json_schema(&Registry::builtin()));

/// Words that mean something somewhere, most of them in the wrong place.
const WORDS: [&str; 40] = [
    "",
    "0",
    "-1",
    "1",
    "1.5",
    "nan",
    "-inf",
    "1e999",
    "99999999999999999999999",
    "0x7fffffffffffffff",
    "true",
    "\"\"",
    "\"5us\"",
    "\"-5 ms\"",
    "\"9e9h\"",
    "\"100000000000 d\"",
    "\"2 bp\"",
    "\"0.000000000000000001\"",
    "\"5 ticks\"",
    "\"2000 EUR\"",
    "\"every 0s\"",
    "\"every 1ns\"",
    "\"-0.01\"",
    "\"\\u001b[31m\"",
    "\"\\n\"",
    "\"東京@X\"",
    "[]",
    "[[]]",
    "{}",
    "{ law = \"gbm\" }",
    "{ poisson = \"0s\" }",
    "[\"ÄCME\", \"ÄCME\"]",
    "2000-01-03T00:00:00Z",
    "1979-05-27",
    "[[agents]]",
    "[agents]",
    "[link.\"\"]",
    "kind = \"value_bayes\"",
    "=",
    "\u{feff}",
];

#[derive(Clone, Debug)]
enum Edit {
    /// Takes a line out.
    Drop(usize),
    /// Writes a line twice.
    Double(usize),
    /// Swaps two lines.
    Swap(usize, usize),
    /// Puts a word in the place of what stands behind `=` of a line.
    Value(usize, usize),
    /// Puts a word at a place.
    Insert(usize, usize),
    /// Takes characters out.
    Cut(usize, usize),
    /// Puts any character at a place.
    Any(usize, char),
}

fn edit() -> impl Strategy<Value = Edit> {
    let n = any::<prop::sample::Index>().prop_map(|i| i.index(100_000));
    let word = 0..WORDS.len();
    prop_oneof![
        1 => n.clone().prop_map(Edit::Drop),
        1 => n.clone().prop_map(Edit::Double),
        1 => (n.clone(), n.clone()).prop_map(|(a, b)| Edit::Swap(a, b)),
        6 => (n.clone(), word.clone()).prop_map(|(at, word)| Edit::Value(at, word)),
        1 => (n.clone(), word).prop_map(|(at, word)| Edit::Insert(at, word)),
        1 => (n.clone(), 1usize..20).prop_map(|(at, length)| Edit::Cut(at, length)),
        1 => (n, any::<char>()).prop_map(|(at, c)| Edit::Any(at, c)),
    ]
}

fn edited(edits: &[Edit]) -> String {
    let mut lines: Vec<String> = EVERY_KEY.lines().map(str::to_owned).collect();
    for edit in edits {
        let count = lines.len().max(1);
        match *edit {
            Edit::Drop(at) if !lines.is_empty() => drop(lines.remove(at % count)),
            Edit::Double(at) if !lines.is_empty() => lines.insert(at % count, lines[at % count].clone()),
            Edit::Swap(a, b) if !lines.is_empty() => lines.swap(a % count, b % count),
            Edit::Value(at, word) => {
                // The n-th `key = value` of the text, inside tables too.
                let places: Vec<(usize, usize)> = (0..lines.len())
                    .flat_map(|l| {
                        lines[l].match_indices("= ").map(move |(c, _)| (l, c + 2)).collect::<Vec<_>>()
                    })
                    .collect();
                if let Some(&(l, begin)) = places.get(at % places.len().max(1)) {
                    let rest = &lines[l][begin..];
                    let end = rest.find([',', '}']).unwrap_or(rest.len());
                    lines[l].replace_range(begin..begin + end, WORDS[word]);
                }
            }
            _ => {
                let mut text = lines.join("\n");
                let place = |at: usize, text: &str| text.floor_char_boundary(at % (text.len() + 1));
                match *edit {
                    Edit::Insert(at, word) => text.insert_str(place(at, &text), WORDS[word]),
                    Edit::Cut(at, length) => {
                        let begin = place(at, &text);
                        let end = text.ceil_char_boundary((begin + length).min(text.len()));
                        text.replace_range(begin..end, "");
                    }
                    Edit::Any(at, c) => text.insert(place(at, &text), c),
                    _ => {}
                }
                lines = text.lines().map(str::to_owned).collect();
            }
        }
    }
    lines.join("\n")
}

/// A report can be drawn, and its places lie in the texts.
fn well_formed(report: &Report) {
    assert!(!report.is_empty());
    assert!(!report.render(Style::Plain).is_empty());
    assert!(report.render(Style::Coloured).len() >= report.render(Style::Plain).len());
    for d in report.located() {
        assert!(d.line.is_none_or(|line| line >= 1) && d.column.is_none_or(|column| column >= 1));
        assert!(!d.message.contains('\n') && !d.message.is_empty(), "{:?}", d.message);
    }
}

fn read(text: &str, settings: &[String]) -> Result<Scenario, Report> {
    Loader::new(Arc::new(Registry::builtin()))
        .settings(settings.iter().map(Setting::typed))
        .parse(text, "a.toml")
}

#[test]
fn the_text_is_right_to_begin_with() {
    let scenario = read(EVERY_KEY, &[]).unwrap_or_else(|report| panic!("{report}"));
    // Its venues have every rule there is, and some of these keep its agents away.
    let shut = |code: &str| ("W0208".."W0215").contains(&code);
    assert!(scenario.warnings().located().all(|d| shut(d.code)), "{}", scenario.warnings());
}

/// Beyond 64 bits it is a number with an exponent, whether it was typed or stands in the text.
#[test]
fn a_long_number_that_was_typed_is_written_out_once_and_for_all() {
    let typed = "symbol.\"BTC USDT\".value.sigma=99999999999999999999999".to_owned();
    let scenario = read(EVERY_KEY, &[typed]).unwrap_or_else(|report| panic!("{report}"));
    assert!(scenario.expanded().contains("sigma = 1e23"), "{}", scenario.expanded());
    assert_eq!(read(&scenario.expanded(), &[]).unwrap().expanded(), scenario.expanded());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edited_texts_are_read_or_reported(edits in prop::collection::vec(edit(), 1..6)) {
        let text = edited(&edits);
        match read(&text, &[]) {
            Err(report) => well_formed(&report),
            Ok(scenario) => {
                // What the reader takes, the schema allows.
                if let Some(json) = support::as_json(&text) {
                    support::validate(&SCHEMA, &json, &SCHEMA).unwrap_or_else(|error| panic!("{text}\n{error}"));
                }
                // What is accepted can be written out, read again and declared.
                let again = read(&scenario.expanded(), &[]).unwrap_or_else(|report| panic!("{text}\n{report}"));
                prop_assert_eq!(again.expanded(), scenario.expanded());
                prop_assert_eq!(again, scenario.clone());
                scenario.builder().unwrap();
                let warnings = scenario.warnings();
                if !warnings.is_empty() {
                    well_formed(warnings);
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_or_reported(text in "\\PC{0,80}|[\\[\\]{}=\"'#.,\n\r\t a-c0-9]{0,80}") {
        well_formed(&read(&text, &[]).expect_err("no scenario"));
    }

    #[test]
    fn any_setting_is_taken_or_reported(
        path in "(agents|symbol|venue|link|run|sink)\\.(noise|ÄCME|XPRM|retail|\"BTC USDT\"|seed|length)(\\.(count|tick|order|fees|value|wakes|sigma|rate|books|x)){0,3}|\\PC{0,20}",
        word in 0..WORDS.len(),
        equals in prop::bool::weighted(0.95),
    ) {
        let typed = format!("{path}{}{}", if equals { "=" } else { "" }, WORDS[word]);
        match read(EVERY_KEY, &[typed]) {
            Err(report) => well_formed(&report),
            Ok(scenario) => {
                let again = read(&scenario.expanded(), &[]).unwrap_or_else(|report| panic!("{report}"));
                prop_assert_eq!(again.expanded(), scenario.expanded());
            }
        }
    }
}
