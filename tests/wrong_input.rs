//! A scenario that is wrong in every way at once: one report, with places, before anything is run or made.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod run_common;

use std::fs;

use run_common::{names, prism, stderr, stdout};

/// Line by line, so that the places below can be counted.
const RIGHT: &str = "\
schema = 1
run = { seed = 7, length = \"1s\" }
[[symbol]]
name = \"ACME\"
tick = \"0.05\"
start = \"100.00\"
[[venue]]
name = \"XPRM\"
kind = \"exchange\"
symbols = [\"ACME\"]
[link]
near = { order = \"1ms\", feed = \"1ms\" }
[[agents]]
kind = \"zero_intelligence\"
link = \"near\"
count = 3
rate = 1
price_min = \"90.00\"
price_max = \"110.00\"
";

/// What is made wrong, and what is said about it where (line, column).
const WRONGS: [(&str, &str, &str, (usize, usize)); 6] = [
    ("tick = \"0.05\"", "tik = \"0.05\"", "tik", (5, 1)),
    ("length = \"1s\"", "length = \"1 tick\"", "length", (2, 28)),
    ("price_min = \"90.00\"", "price_min = \"90.01\"", "90.01", (18, 13)),
    ("link = \"near\"", "link = \"far\"", "far", (15, 8)),
    ("count = 3", "count = -3", "count", (16, 9)),
    ("rate = 1", "rate = \"often\"", "rate", (17, 8)),
];

fn run(text: &str) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.toml"), text).unwrap();
    let output = prism(dir.path(), &["run", "a.toml", "--out", "out", "--sink", "ndjson:rows", "--json"]);
    let left = if output.status.success() { vec!["a.toml", "out", "rows"] } else { vec!["a.toml"] };
    assert_eq!(names(dir.path()), left);
    assert_eq!(stdout(&output).is_empty(), !output.status.success());
    (output.status.code(), stderr(&output).to_owned())
}

#[test]
fn each_problem_has_its_place() {
    let (status, said) = run(RIGHT);
    assert_eq!(status, Some(0), "{said}");
    for (from, to, part, (line, column)) in WRONGS {
        let (status, said) = run(&RIGHT.replacen(from, to, 1));
        assert_eq!(status, Some(2), "{to}: {said}");
        assert_eq!(said.matches("error[P").count(), 1, "{to}: {said}");
        assert!(said.contains(&format!("a.toml:{line}:{column}")), "{to} at {line}:{column}: {said}");
        assert!(said.contains(part) && !said.contains("panicked"), "{to}: {said}");
    }
}

#[test]
fn all_problems_are_in_one_report_in_the_order_of_the_text() {
    let mut text = RIGHT.to_owned();
    // The tick stays: a price can be off it only where there is one.
    for (from, to, ..) in &WRONGS[1..] {
        text = text.replacen(from, to, 1);
    }
    let (status, said) = run(&text);
    assert_eq!(status, Some(2));
    let lines: Vec<usize> = said
        .match_indices("a.toml:")
        .filter_map(|(at, name)| said[at + name.len()..].split(':').next()?.parse().ok())
        .collect();
    assert_eq!(lines, [2, 15, 16, 17, 18], "{said}");
    assert!(said.ends_with("\n5 problems in a.toml\n"), "{said}");
}

#[test]
fn what_is_no_scenario_is_said_to_be_none() {
    for (text, part) in [
        (&b""[..], "schema"),
        (b"schema = 1", "run"),
        (b"\x1f\x8b\x08\x00\x00", "UTF-8"),
        (b"\x00\x00\x00\x00", "error"),
        (b"<html>", "error"),
        (b"schema = 1\nrun = { length = \"1s\" ", "error"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), text).unwrap();
        let output = prism(dir.path(), &["run", "a.toml"]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{text:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(part), "{text:?}: {}", stderr(&output));
    }
}
