//! Whole recorded days through the book: what must be equal is equal, on every row.
#![allow(clippy::unwrap_used)]

mod replay_common;

use std::path::{Path, PathBuf};
use std::process::Command;

use prism::replay::{ByDepth, Format, Options, Report, Start};
use replay_common::{checker, dump, lobster, plain, run, tape};
use serde_json::Value;

const GOOG_COMPLETED: &str = "lobster/GOOG_2012-06-21_completed_10.csv.zst";
const GOOG_ITCH: &str = "itch/GOOG_2012-06-21_from_lobster_10.itch50.zst";

/// Lets the independent checker judge a written order-book file; skipped by name where it is missing.
fn agrees(test: &str, stock: &str, levels: usize, other: &Path, demand: &str) {
    let Some(program) = checker(test) else { return };
    let output = Command::new("python3")
        .arg(program)
        .args(["--mode", "compare", "--demand", demand])
        .arg("--messages")
        .arg(lobster(test, stock, "message", levels).unwrap())
        .arg("--orderbook")
        .arg(lobster(test, stock, "orderbook", levels).unwrap())
        .arg("--other")
        .arg(other)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{test}: {out}{err}");
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["compare"]["demand_holds"], true, "{test}: {out}");
}

fn options(format: Format, path: PathBuf, check: Option<PathBuf>, out: &Path) -> Options {
    let mut options = Options::new(format, path);
    options.check = check;
    options.book_out = Some(out.to_owned());
    options
}

/// What holds of GOOG's completed day, whatever the form it comes in.
fn check_goog(report: &Report) {
    let every = ByDepth { top1: Some(1.0), top5: Some(1.0), top10: Some(1.0), all: Some(1.0) };
    assert_eq!(report.first_mismatch, None);
    assert_eq!((report.rows, report.compared, report.mismatches), (Some(147_916), 147_915, 0));
    assert_eq!((report.matched, report.plain), (every, every));
    assert_eq!(report.demanded.all, Some(147_915));
    assert_eq!(report.crossing_adds, 0);
    assert_eq!((report.executions, report.executions_at_best), (7_764, 7_764));
    assert_eq!(report.executions_at_queue_head, 7_721);
    assert_eq!((report.clean_at_queue_head, report.clean_executions), (Some(6_825), Some(6_830)));
    assert_eq!((report.unknown_ids, report.contradictions, report.skipped), (0, 0, 0));
    assert_eq!(report.warnings, Vec::<String>::new());
}

/// Every level of every row is equal, so the files are, but for the ends of their lines.
fn is_reference(written: &Path, reference: &Path) {
    let mut reference = plain(reference);
    reference.retain(|&byte| byte != b'\r');
    assert!(std::fs::read(written).unwrap() == reference, "{} differs", written.display());
}

#[test]
fn the_completed_day_equals_its_reference_on_every_row() {
    let test = "the_completed_day_equals_its_reference_on_every_row";
    let Some(path) = tape(test, GOOG_COMPLETED) else { return };
    let book = lobster(test, "GOOG", "orderbook", 10);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("book.csv");
    let report = run(&options(Format::Completed, path, book.clone(), &out)).unwrap();
    eprintln!("{report}");
    check_goog(&report);
    assert_eq!(report.messages, 161_309);
    is_reference(&out, &book.unwrap());
    agrees(test, "GOOG", 10, &out, "all");
}

#[test]
fn the_same_day_as_itch_equals_the_reference_on_every_row() {
    let test = "the_same_day_as_itch_equals_the_reference_on_every_row";
    let Some(path) = tape(test, GOOG_ITCH) else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("book.csv");
    let book = lobster(test, "GOOG", "orderbook", 10);
    let mut options = options(Format::Itch, path, book.clone(), &out);
    options.rows = tape(test, GOOG_COMPLETED);
    let report = run(&options).unwrap();
    eprintln!("{report}");
    check_goog(&report);
    assert_eq!(report.messages, 161_317);
    is_reference(&out, &book.unwrap());
}

/// A stock's pair of files, with what the independent checker counts in it.
struct Pair {
    stock: &'static str,
    levels: usize,
    rows: u64,
    executions: u64,
    /// Rows equal in full, without a mask, when each starts from the one before.
    from_each: u64,
    /// From the first row alone: rows determined at the best 1, 5 and 10 levels.
    determined: [Option<u64>; 3],
    /// From the first row alone: rows equal there, determined or not.
    from_first: [Option<u64>; 3],
    /// Messages about orders from before the first row, or from outside the window.
    unknown: u64,
}

const PAIRS: [Pair; 3] = [
    Pair {
        stock: "GOOG",
        levels: 10,
        rows: 147_916,
        executions: 7_764,
        from_each: 103_464,
        determined: [Some(625), Some(203), Some(51)],
        from_first: [Some(7_717), Some(774), Some(96)],
        unknown: 3_362,
    },
    Pair {
        stock: "GOOG",
        levels: 1,
        rows: 49_482,
        executions: 7_764,
        from_each: 38_274,
        determined: [Some(9), None, None],
        from_first: [Some(95), None, None],
        unknown: 4_475,
    },
    Pair {
        stock: "AAPL",
        levels: 1,
        rows: 118_497,
        executions: 23_658,
        from_each: 88_425,
        determined: [Some(2), None, None],
        from_first: [Some(2), None, None],
        unknown: 14_980,
    },
];

/// The number of rows behind a fraction of them.
#[allow(clippy::cast_possible_truncation)]
fn rows(fraction: Option<f64>, of: u64) -> Option<u64> {
    fraction.map(|fraction| (fraction * of as f64).round() as u64)
}

/// Replays a pair from a start and lets the independent checker judge the written book.
fn replay_pair(test: &str, pair: &Pair, start: Start, demand: &str) -> Option<Report> {
    let path = lobster(test, pair.stock, "message", pair.levels)?;
    let book = lobster(test, pair.stock, "orderbook", pair.levels)?;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("book.csv");
    let mut options = options(Format::Lobster, path, Some(book), &out);
    options.start = start;
    let report = run(&options).unwrap();
    eprintln!("{report}");
    assert_eq!(report.first_mismatch, None);
    assert_eq!((report.messages, report.rows), (pair.rows, Some(pair.rows)));
    assert_eq!((report.compared, report.mismatches), (pair.rows - 1, 0));
    assert_eq!((report.clean_executions, report.clean_at_queue_head), (None, None));
    assert_eq!(report.executions, pair.executions);
    assert_eq!(report.warnings, Vec::<String>::new());
    agrees(test, pair.stock, pair.levels, &out, demand);
    Some(report)
}

#[test]
fn every_row_follows_from_the_one_before() {
    let test = "every_row_follows_from_the_one_before";
    for pair in &PAIRS {
        let Some(report) = replay_pair(test, pair, Start::Each, "onestep") else { return };
        assert_eq!(report.matched.all, Some(1.0));
        assert_eq!(report.demanded.all, Some(pair.rows - 1));
        assert_eq!(report.matched.top5.is_some(), pair.levels >= 5);
        assert_eq!(rows(report.plain.all, report.compared), Some(pair.from_each));
        assert_eq!((report.executions_at_best, report.crossing_adds), (pair.executions, 0));
    }
}

#[test]
fn every_row_that_the_first_one_determines_is_equal() {
    let test = "every_row_that_the_first_one_determines_is_equal";
    for pair in &PAIRS {
        let Some(report) = replay_pair(test, pair, Start::First, "determinable") else { return };
        let Report { matched, demanded, plain, .. } = report;
        assert_eq!([demanded.top1, demanded.top5, demanded.top10], pair.determined, "{}", pair.stock);
        for (matched, determined) in [matched.top1, matched.top5, matched.top10].iter().zip(pair.determined) {
            assert_eq!(*matched, determined.map(|_| 1.0), "{}", pair.stock);
        }
        let plain = [plain.top1, plain.top5, plain.top10].map(|plain| rows(plain, report.compared));
        assert_eq!(plain, pair.from_first, "{}", pair.stock);
        assert_eq!(report.unknown_ids, pair.unknown, "{}", pair.stock);
    }
}

#[test]
fn a_cross_leaves_the_book_as_it_was() {
    let test = "a_cross_leaves_the_book_as_it_was";
    let name = |kind: &str| format!("lobster/TSLA_2015-01-07_34200000_57600000_{kind}_10_first50.csv");
    let Some(path) = tape(test, &name("message")) else { return };
    let mut options = Options::new(Format::Lobster, path);
    options.check = tape(test, &name("orderbook"));
    let (_, lines) = dump(&options);
    assert!(lines.lines().any(|line| line.contains("\"type\":6")));
    for start in [Start::Each, Start::First] {
        options.start = start;
        let report = run(&options).unwrap();
        assert_eq!((report.messages, report.compared, report.mismatches), (50, 49, 0), "{start:?}: {report}");
    }
}

#[test]
fn every_type_is_dumped_as_expected_and_leads_to_the_expected_book() {
    let test = "every_type_is_dumped_as_expected_and_leads_to_the_expected_book";
    let Some(path) = tape(test, "itch/all_types.itch50") else { return };
    let expected = path.with_file_name("all_types.expected.json");
    let mut options = Options::new(Format::Itch, path);
    options.check = Some(expected.clone());
    let (report, lines) = dump(&options);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected: Value = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
    assert_eq!(Value::from(lines), expected["messages"]);
    assert_eq!((report.rows, report.compared, report.mismatches), (Some(1), 1, 0), "{report}");
    assert_eq!((report.executions, report.executions_at_queue_head), (2, 2));
    assert_eq!(report.warnings, Vec::<String>::new());
    // The reference is of one stock; so is the other on the tape, which has no orders.
    options.symbol = Some("PRSM".to_owned());
    assert_eq!(run(&options).unwrap().mismatches, 0);
}

#[test]
fn the_sampled_day_is_read_to_its_end() {
    let test = "the_sampled_day_is_read_to_its_end";
    let name = |form: &str| format!("itch/ex20101224.TEST_ITCH_50.{form}.zst");
    let Some(path) = tape(test, &name("itch50")) else { return };
    let filled = run(&Options::new(Format::Itch, path)).unwrap();
    assert_eq!((filled.messages, filled.skipped), (12_012, 0));
    assert!(filled.unknown_ids > 0);

    let mut published = Options::new(Format::Itch, tape(test, &name("zero_length_frames")).unwrap());
    let error = run(&published).unwrap_err();
    assert!(error.is_input() && error.to_string().contains("byte 0"), "{error}");
    published.lenient = true;
    let lenient = run(&published).unwrap();
    assert_eq!((lenient.messages, lenient.unknown_ids), (filled.messages, filled.unknown_ids));
    assert_eq!(lenient.executions, filled.executions);
    assert_eq!((lenient.ended, lenient.warnings, filled.warnings), (Some(true), vec![], vec![]));
}
