//! `prism replay` as a process: what it prints where, and how it ends.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used)]

mod replay_common;

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use prism_core::types::Side;
use prism_sinks::tape::dbn::Action;
use replay_common::day::{Day, MESSAGES, ROWS, itch_day};
use replay_common::dbn::Tape;
use replay_common::shipped;
use serde_json::Value;

fn prism(arguments: Vec<PathBuf>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prism"));
    command.arg("replay").args(arguments);
    command
}

/// Status, stdout and stderr.
fn run(arguments: Vec<PathBuf>) -> (i32, String, String) {
    let Output { status, stdout, stderr } = prism(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

macro_rules! arguments {
    ($($argument:expr),* $(,)?) => { vec![$(PathBuf::from(&$argument)),*] };
}

#[test]
fn a_check_that_holds_ends_with_0() {
    let day = Day::new();
    let (tape, book) = (day.path("message.csv"), day.path("orderbook.csv"));
    let (status, out, err) = run(arguments!["lobster", tape, "--check", book, "--start", "each"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains("compared        5 rows, 0 mismatches"), "{out}");
    assert!(out.contains("message.csv: 6 messages of lobster in"), "{out}");
    let (status, out, err) = run(arguments!["lobster", tape, "--check", book, "--start", "each", "--quiet"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", ""));
}

#[test]
fn a_check_that_fails_ends_with_1_and_says_where() {
    let day = Day::new();
    let (tape, book) = (day.path("message.csv"), day.path("orderbook.csv"));
    let (status, out, err) = run(arguments!["lobster", tape, "--check", book]);
    assert_eq!(status, 1);
    assert!(out.contains("first mismatch  row 1") && out.contains("--start first"), "{out}");
    assert_eq!(err, "error: 6 of 6 books differ from the reference, the first at row 1\n");

    let mut rows = ROWS;
    rows[3] = "1000100,25,999900,141,9999999999,0,-9999999999,0";
    day.write("orderbook.csv", &rows, "\n");
    let (status, out, _) = run(arguments!["lobster", tape, "--check", book, "--start", "first", "--json"]);
    assert_eq!(status, 1);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["mismatches"], &report["compared"]), (&Value::from(1), &Value::from(5)));
    assert_eq!(report["first_mismatch"]["row"], 4);
    assert_eq!(report["first_mismatch"]["got"]["bids"], serde_json::json!([[999_900, 140]]));
    let (status, out, err) = run(arguments!["lobster", tape, "--check", book, "--start", "first", "-q"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert_eq!(err, "error: 1 of 5 books differ from the reference, the first at row 4\n");
}

#[test]
fn a_wrong_input_ends_with_2_and_says_where() {
    let day = Day::new();
    let tape = day.path("message.csv");
    let mut lines = MESSAGES;
    lines[3] = "34200.3,1,4,7,999950";
    day.write("message.csv", &lines, "\n");
    let (status, out, err) = run(arguments!["lobster", tape, "--json"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.starts_with("error: ") && err.contains("message.csv:4:"), "{err}");
    for (arguments, expected) in [
        (
            arguments!["dbase", tape],
            "[possible values: lobster, completed, itch, dbn, binance, bitstamp, tardis]",
        ),
        (arguments!["lobster"], "<PATH>"),
        (arguments!["lobster", tape, "--start", "second"], "[possible values: empty, first, each]"),
        (arguments!["lobster", tape, "--levels", "ten"], "--levels"),
        (arguments!["itch", tape, "--rows", tape], "--check <FILE>"),
        (arguments!["lobster", tape, "--symbol", "GOOG"], "--symbol: is for formats itch and dbn"),
        (arguments!["itch", day.path("nowhere")], "nowhere: cannot be read"),
        (arguments!["itch", day.folder.path()], "cannot be read"),
    ] {
        let (status, out, err) = run(arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{err}");
        assert!(err.starts_with("error: ") && err.contains(expected), "{err}");
    }
}

#[test]
fn an_output_that_cannot_be_written_ends_with_1() {
    let day = Day::new();
    let out = day.path("no such folder/book.csv");
    let (status, _, err) = run(arguments!["lobster", day.path("message.csv"), "--book-out", out]);
    assert_eq!(status, 1, "{err}");
    assert!(err.contains("book.csv: cannot be written"), "{err}");
}

/// A day that is sound in form, but whose time goes back and whose end is missing.
#[test]
fn warnings_go_to_stderr_and_into_the_json() {
    let day = Day::new();
    let tape = itch_day(&day).path;
    let warning = format!(
        "{}: the tape does not end with the end-of-day event (system event C): it may be truncated",
        tape.display()
    );
    let (status, out, err) = run(arguments!["itch", tape]);
    assert_eq!((status, err), (0, format!("warning: {warning}\n")));
    assert!(out.ends_with("\nend of day      missing\n"), "{out}");
    let (status, out, err) = run(arguments!["itch", tape, "--quiet"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", ""));
    let (status, json, err) = run(arguments!["itch", tape, "--json"]);
    assert_eq!((status, err.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&report["ended"], &report["warnings"]), (&false.into(), &serde_json::json!([warning])));
    let (_, out, err) = run(arguments!["itch", tape, "--dump"]);
    assert_eq!(out.lines().count(), 8);
    assert!(err.ends_with(&format!("end of day      missing\nwarning: {warning}\n")), "{err}");
}

#[test]
fn names_may_have_spaces_and_letters_of_any_alphabet() {
    let day = Day::new();
    let names = ["Tag eins – börse.csv", "板 (1).csv", "книга.csv"].map(|name| day.path(name));
    let [tape, book, out] = &names;
    std::fs::rename(day.path("message.csv"), tape).unwrap();
    std::fs::rename(day.path("orderbook.csv"), book).unwrap();
    let (status, json, err) =
        run(arguments!["lobster", tape, "--check", book, "--start", "first", "--book-out", out, "--json"]);
    assert_eq!((status, err.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["path"], tape.to_str().unwrap());
    assert!(std::fs::read(out).unwrap() == std::fs::read(book).unwrap());
}

#[test]
fn a_dump_is_json_lines_and_nothing_else() {
    let (status, out, err) = run(arguments!["itch", shipped(), "--dump"]);
    assert_eq!(status, 0);
    assert_eq!(out.lines().count(), 12_012);
    assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(err.contains("12012 messages of itch") && err.contains("unknown ids     117"), "{err}");
    let (status, json, err) = run(arguments!["itch", shipped(), "--dump", "--json"]);
    assert_eq!((status, json == out, err.as_str()), (0, true, ""));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = prism(arguments!["itch", shipped(), "--dump"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"type\":\"S\""), "{first}");
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_with_130_and_leaves_nothing_that_looks_whole() {
    use std::io::Write;

    let day = Day::new();
    let (pipe, out) = (day.path("pipe"), day.path("book.csv"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = prism(arguments!["itch", pipe, "--symbol", "BOB", "--book-out", out])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut tape = std::fs::File::create(&pipe).unwrap();
    let messages = replay_common::plain(&shipped());
    // More than any buffer between holds: when this is written, most of it was read.
    for _ in 0..3 {
        tape.write_all(&messages).unwrap();
    }
    assert!(Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap().success());
    while tape.write_all(&messages).is_ok() {}
    let (mut stdout, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), stdout.as_str()), (Some(130), ""), "{err}");
    let kept = day.path("book.csv.incomplete");
    assert!(err.starts_with("stopped after "), "{err}");
    assert!(err.ends_with(&format!("; the rows until then are kept in {}\n", kept.display())), "{err}");
    assert!(!out.exists() && kept.exists());
}

#[test]
fn a_dbn_tape_is_checked_and_refused_like_the_others() {
    let day = Day::new();
    let mut tape = Tape::new(3, 0, false, &[("ESM4", 7)]);
    tape.order(Action::Add, 1, Some(Side::Buy), 5_214_250_000_000, 3);
    let path = day.bytes("tape.dbn", &tape.bytes);
    let checkpoint = |size: u64| {
        let text = format!(
            r#"{{"checkpoints": [{{"record_index": 0, "bids": [[5214250000000, {size}, 1]], "asks": []}}]}}"#
        );
        day.bytes("expected.json", text.as_bytes())
    };
    let (status, out, err) = run(arguments!["dbn", path, "--symbol", "ESM4", "--check", checkpoint(3)]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains("compared        1 rows, 0 mismatches"), "{out}");
    let (status, _, err) = run(arguments!["dbn", path, "--check", checkpoint(4)]);
    assert_eq!(
        (status, err.as_str()),
        (1, "error: 1 of 1 books differ from the reference, the first at row 1\n")
    );
    let (status, out, _) = run(arguments!["dbn", path, "--dump", "--json"]);
    let line: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (status, &line["action"], &line["price"]),
        (0, &Value::from("A"), &Value::from(5_214_250_000_000_i64))
    );
    let cut = day.bytes("cut.dbn", &tape.bytes[..tape.bytes.len() - 6]);
    let (status, out, err) = run(arguments!["dbn", cut, "--json"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.ends_with("byte 360: the tape is cut short: 50 bytes left of 56\n"), "{err}");
}
