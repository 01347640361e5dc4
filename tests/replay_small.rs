//! A small day by hand: what is compared, counted and written.
#![allow(clippy::unwrap_used)]

mod replay_common;

use std::fs;
use std::path::Path;

use prism::replay::{Format, Options, ReplayError, Start, replay};
use replay_common::day::{COMPLETED, Day, MESSAGES, ROWS, itch_day, refused, timeless};
use replay_common::{run, shipped};

#[test]
fn a_small_day_is_right_from_every_start() {
    let day = Day::new();
    for start in [Start::First, Start::Each] {
        let report = run(&day.lobster(start)).unwrap();
        assert_eq!((report.messages, report.compared, report.mismatches), (6, 5, 0), "{start:?} {report}");
        // The traded order is from before the first message.
        assert_eq!((report.unknown_ids, report.executions, report.executions_at_queue_head), (1, 1, 1));
    }
    let report = run(&day.completed()).unwrap();
    assert_eq!((report.messages, report.compared, report.mismatches), (8, 5, 0), "{report}");
    assert_eq!((report.executions, report.clean_executions), (1, Some(0)));
    // From nothing, the ask that no message announced is missing in every row.
    let report = run(&day.lobster(Start::Empty)).unwrap();
    assert_eq!((report.compared, report.mismatches), (6, 6));
    let first = report.first_mismatch.unwrap();
    assert_eq!((first.row, first.expected.asks, first.got.asks), (1, vec![vec![1_000_100, 50]], vec![]));
}

#[test]
fn a_wrong_row_spoils_the_next_one_too_if_that_starts_from_it() {
    let day = Day::new();
    for wrong in [
        "1000100,24,999900,140,9999999999,0,-9999999999,0",
        "1000100,26,999900,140,9999999999,0,-9999999999,0",
        "1000100,25,999900,140,1000200,1,-9999999999,0",
    ] {
        let mut rows = ROWS;
        rows[2] = wrong;
        day.write("orderbook.csv", &rows, "\n");
        let report = run(&day.lobster(Start::Each)).unwrap();
        assert_eq!(report.first_mismatch.unwrap().row, 3, "{wrong}");
        assert_eq!(report.mismatches, 2, "{wrong}");
    }
}

#[test]
fn only_the_level_that_slides_in_is_masked() {
    let day = Day::new();
    day.write("message.csv", &["34200.1,1,1,5,999900,1", "34200.2,4,1,5,999900,1"], "\n");
    let before = "1000100,50,999900,5,1000200,3,999800,9";
    for (after, mismatches, plain) in [
        ("1000100,50,999800,9,1000200,3,999700,4", 0, 0.0),
        ("1000100,50,999800,9,1000200,3,-9999999999,0", 0, 1.0),
        ("1000100,50,999800,8,1000200,3,999700,4", 1, 0.0),
        ("1000100,50,999800,9,1000300,3,999700,4", 1, 0.0),
    ] {
        day.write("orderbook.csv", &[before, after], "\n");
        let report = run(&day.lobster(Start::Each)).unwrap();
        assert_eq!((report.mismatches, report.plain.all), (mismatches, Some(plain)), "{after}");
    }
}

#[test]
fn a_level_is_clean_again_once_it_was_empty() {
    let day = Day::new();
    let lines = [
        "row,time_ns,type,order_id,size,price,direction",
        "1,1,8,1,100,999900,1",
        "2,2,1,2,40,999900,1",
        "2,3,4,1,60,999900,1",
        "2,4,9,1,40,999900,1",
        "2,5,3,2,40,999900,1",
        "2,6,1,3,10,999900,1",
        "2,7,1,4,10,999900,1",
        "2,8,4,4,10,999900,1",
        "2,9,4,3,5,999900,1",
    ];
    let path = day.write("completed.csv", &lines, "\n");
    let report = run(&Options::new(Format::Completed, path)).unwrap();
    // One on the touched level, two after it was empty, of which one jumps the queue.
    assert_eq!((report.executions, report.executions_at_best, report.executions_at_queue_head), (3, 3, 2));
    assert_eq!((report.clean_executions, report.clean_at_queue_head), (Some(2), Some(1)));
}

#[test]
fn what_the_book_contradicts_is_counted() {
    let day = Day::new();
    let lines = [
        "34200.1,1,1,10,999900,1",
        // Announced again: the newer holds.
        "34200.2,1,1,20,999800,1",
        // More than is left.
        "34200.3,2,1,25,999800,1",
        "34200.4,1,2,10,1000100,-1",
        // Not where it rests, never announced, gone.
        "34200.5,4,2,10,1000200,-1",
        "34200.6,4,9,10,1000100,-1",
        "34200.7,3,1,5,999800,1",
        // At the price of the other side, and beyond it.
        "34200.8,1,3,10,1000100,1",
        "34200.9,1,4,10,1000050,-1",
    ];
    day.write("message.csv", &lines, "\n");
    let out = day.path("out.csv");
    let mut options = Options::new(Format::Lobster, day.path("message.csv"));
    options.levels = Some(2);
    options.book_out = Some(out.clone());
    let report = run(&options).unwrap();
    assert_eq!((report.contradictions, report.unknown_ids, report.crossing_adds), (2, 3, 2));
    assert_eq!((report.executions, report.executions_at_best, report.executions_at_queue_head), (2, 1, 0));
    let written = fs::read_to_string(out).unwrap();
    assert_eq!(written.lines().nth(1).unwrap(), "9999999999,0,999800,20,9999999999,0,-9999999999,0");
    assert_eq!(written.lines().last().unwrap(), "1000050,10,1000100,10,1000100,10,-9999999999,0");
}

#[test]
fn the_json_of_a_report_has_the_keys_that_scripts_rely_on() {
    let day = Day::new();
    let report = run(&day.completed()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    for key in [
        "format",
        "path",
        "messages",
        "rows",
        "match",
        "demanded",
        "plain",
        "compared",
        "mismatches",
        "first_mismatch",
        "crossing_adds",
        "executions",
        "executions_at_best",
        "executions_at_queue_head",
        "clean_executions",
        "clean_at_queue_head",
        "bbo_compared",
        "bbo_equal",
        "unknown_ids",
        "contradictions",
        "skipped",
        "times_back",
        "prices_above_maximum",
        "ended",
        "warnings",
        "messages_per_second",
        "wall_seconds",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(json["format"], "completed");
    assert_eq!(json["match"], serde_json::json!({"top1": 1.0, "top5": null, "top10": null, "all": 1.0}));
    assert_eq!(json["demanded"], serde_json::json!({"top1": 5, "top5": null, "top10": null, "all": 5}));
    assert!(json["first_mismatch"].is_null() && json["bbo_compared"].is_null());

    let alone = run(&Options::new(Format::Completed, day.path("completed.csv"))).unwrap();
    assert_eq!((alone.rows, alone.compared, alone.mismatches, alone.matched.all), (None, 0, 0, None));
}

#[test]
fn line_ends_marks_and_compression_change_nothing() {
    let day = Day::new();
    let expected = timeless(run(&day.lobster(Start::First)).unwrap());
    let zstd = |name: &str| {
        let packed = zstd::encode_all(&fs::read(day.path(name)).unwrap()[..], 3).unwrap();
        // Content tells what a file is, not its name.
        day.bytes(name, &packed);
    };
    let marked = |name: &str, lines: &[&str]| {
        let text = format!("\u{FEFF}{}", lines.join("\r\n"));
        day.bytes(name, text.as_bytes());
    };
    marked("message.csv", &MESSAGES);
    marked("orderbook.csv", &ROWS);
    assert_eq!(timeless(run(&day.lobster(Start::First)).unwrap()), expected);
    zstd("message.csv");
    zstd("orderbook.csv");
    assert_eq!(timeless(run(&day.lobster(Start::First)).unwrap()), expected);

    let expected = timeless(run(&day.completed()).unwrap());
    marked("completed.csv", &COMPLETED);
    zstd("completed.csv");
    assert_eq!(timeless(run(&day.completed()).unwrap()), expected);
}

#[test]
fn fewer_levels_can_be_compared_than_the_reference_has() {
    let day = Day::new();
    let mut options = day.lobster(Start::Each);
    let out = day.path("out.csv");
    options.levels = Some(1);
    options.book_out = Some(out.clone());
    let report = run(&options).unwrap();
    assert_eq!((report.mismatches, report.matched.all, report.matched.top5), (0, Some(1.0), None));
    // The second level that comes back after the deletion is known: no level needs a mask.
    assert_eq!(report.plain.all, Some(1.0));
    let expected: String =
        ROWS.iter().map(|row| row.splitn(5, ',').take(4).collect::<Vec<_>>().join(",") + "\n").collect();
    assert_eq!(fs::read_to_string(out).unwrap(), expected);
}

#[test]
fn the_rows_of_a_tape_can_come_from_the_stream_it_was_made_of() {
    let day = Day::new();
    let mut options = itch_day(&day);
    options.check = Some(day.path("orderbook.csv"));
    options.rows = Some(day.path("completed.csv"));
    for symbol in [None, Some("TEST".to_owned())] {
        options.symbol = symbol;
        let report = run(&options).unwrap();
        assert_eq!((report.messages, report.compared, report.mismatches), (8, 5, 0), "{report}");
        assert_eq!((report.executions, report.clean_executions), (1, Some(0)));
    }

    // A cross has no message of its own, at the end of the day neither.
    let mut late = COMPLETED.to_vec();
    late.push("7,34200500000000,6,-1,500,1000000,-1");
    let mut rows = ROWS.to_vec();
    rows.push(ROWS[5]);
    options.rows = Some(day.write("late.csv", &late, "\n"));
    options.check = Some(day.write("late_book.csv", &rows, "\n"));
    let report = run(&options).unwrap();
    assert_eq!((report.compared, report.mismatches), (6, 0));

    let refuse = |name: &str, lines: &[&str]| {
        let mut options = options.clone();
        options.check = Some(day.path("orderbook.csv"));
        options.rows = Some(day.write(name, lines, "\n"));
        refused(&options)
    };
    let mut other = COMPLETED;
    other[4] = "3,34200250000000,2,3,25,1000100,-1";
    let error = refuse("other.csv", &other);
    assert!(error.contains("other.csv:5: ") && error.contains("message 5 of"), "{error}");
    let error = refuse("short.csv", &COMPLETED[..7]);
    assert!(error.contains("short.csv:7: the rows end before a message of type `D` (message 8"), "{error}");
    let mut long = COMPLETED.to_vec();
    long.push("6,34200500000000,1,5,7,999950,1");
    assert!(refuse("long.csv", &long).contains("long.csv:10: an event after the tape's last message"));
}

const CHECKPOINTS: &str = r#"{"note": "of the small day", "checkpoints": [
    {"record_index": 6, "open_orders": 4, "bids": [[999950, 7, 1], [999900, 140, 2]], "asks": [[1000100, 25, 1]]},
    {"record_index": 0, "bids": [], "asks": []},
    {"record_index": 1, "bids": [[999900, 100]], "asks": []}],
  "book_after_last_order_message": {"stock": "TEST", "bids": [[999900, 140]], "asks": [[1000100, 25]]}}"#;

#[test]
fn checkpoints_are_compared_after_their_message() {
    let day = Day::new();
    let mut options = itch_day(&day);
    let file = |text: &str| day.bytes("expected.json", text.as_bytes());
    options.check = Some(file(&format!("\u{FEFF} \r\n{CHECKPOINTS}")));
    let report = run(&options).unwrap();
    assert_eq!((report.rows, report.compared, report.mismatches), (Some(4), 4, 0), "{report}");
    assert_eq!((report.matched.top1, report.matched.top5, report.matched.all), (Some(1.0), None, Some(1.0)));
    let packed = zstd::encode_all(CHECKPOINTS.as_bytes(), 3).unwrap();
    day.bytes("expected.json", &packed);
    assert_eq!(run(&options).unwrap().mismatches, 0);

    for (right, wrong, row) in [
        ("[999950, 7, 1]", "[999950, 8, 1]", 7),
        ("[999900, 140, 2]", "[999900, 140, 1]", 7),
        ("\"open_orders\": 4", "\"open_orders\": 3", 7),
        ("[[999900, 100]]", "[[999900, 100], [999800, 1]]", 2),
        ("\"bids\": [], \"asks\": []", "\"bids\": [], \"asks\": [[1, 1]]", 1),
        ("[[999900, 140]]", "[]", 8),
    ] {
        file(&CHECKPOINTS.replace(right, wrong));
        let report = run(&options).unwrap();
        assert_eq!(report.mismatches, 1, "{wrong}");
        assert_eq!(report.first_mismatch.unwrap().row, row, "{wrong}");
    }

    options.symbol = Some("OTHER".to_owned());
    assert!(refused(&options).contains("--symbol: OTHER, the reference is of TEST"));
    options.symbol = None;
    for (text, expected) in [
        (CHECKPOINTS.replace("\"record_index\": 6", "\"record_index\": 8"), "a checkpoint after message 9"),
        (CHECKPOINTS.replace("[999950, 7, 1]", "[999950]"), "expected.json:2:"),
        (
            CHECKPOINTS.replace("[999950, 7, 1]", "[\"9999.5\", 7]"),
            "expected.json:1:1: found a decimal as text",
        ),
        (CHECKPOINTS[..300].to_owned(), "expected.json:5:27: EOF"),
        ("{\"messages\": []}".to_owned(), "found neither `checkpoints` nor"),
        ("{\"checkpoints\": []}".to_owned(), "`checkpoints` is empty: there is nothing to compare with"),
    ] {
        file(&text);
        let error = refused(&options);
        assert!(error.contains(expected), "{error}");
    }

    // The whole book is the whole: a level below the last one of the reference is one too many.
    let short = fs::read(&options.path).unwrap();
    let mut before_delete = Options::new(Format::Itch, day.bytes("short", &short[..short.len() - 21]));
    before_delete.check = options.check.clone();
    for (bids, mismatches) in [("[[999950, 7], [999900, 140]]", 0), ("[[999950, 7]]", 1)] {
        file(&format!(r#"{{"book_after_last_order_message": {{"bids": {bids}, "asks": [[1000100, 25]]}}}}"#));
        assert_eq!(run(&before_delete).unwrap().mismatches, mismatches);
    }
}

#[test]
fn a_book_file_is_whole_or_not_there() {
    let day = Day::new();
    let out = day.bytes("out.csv", b"what was there before\n");
    let mut options = day.lobster(Start::First);
    options.book_out = Some(out.clone());
    let mut lines = MESSAGES;
    lines[5] = "nonsense";
    day.write("message.csv", &lines, "\n");
    let files = day.files();
    let error = refused(&options);
    let told = format!("; the rows until then are kept in {}", day.path("out.csv.incomplete").display());
    assert!(error.contains("message.csv:6:1: ") && error.ends_with(&told), "{error}");
    assert_eq!(fs::read(&out).unwrap(), b"what was there before\n");
    assert_eq!(day.files(), files + 1);
    fs::remove_file(day.path("out.csv.incomplete")).unwrap();

    day.write("message.csv", &MESSAGES, "\n");
    run(&options).unwrap();
    let rows: String = ROWS.iter().flat_map(|row| [row, "\n"]).collect();
    assert_eq!(fs::read_to_string(&out).unwrap(), rows);
    assert_eq!(day.files(), files);

    // Without a reference of rows there is one row a message, ten levels unless said otherwise.
    let mut options = Options::new(Format::Completed, day.path("completed.csv"));
    options.book_out = Some(out.clone());
    run(&options).unwrap();
    let written = fs::read_to_string(&out).unwrap();
    assert_eq!(written.lines().count(), 8);
    assert!(written.lines().all(|line| line.split(',').count() == 40));

    for input in ["message.csv", "orderbook.csv"] {
        let mut options = day.lobster(Start::First);
        options.book_out = Some(day.folder.path().join(".").join(input));
        assert!(refused(&options).contains("--book-out: would replace the input"));
    }
    let mut options = day.lobster(Start::First);
    options.book_out = Some(day.path("no such folder/out.csv"));
    let error = run(&options).unwrap_err();
    assert!(matches!(error, ReplayError::Write { .. }) && !error.is_input(), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told() {
    let mut options = Options::new(Format::Itch, shipped());
    options.symbol = Some("BOB".to_owned());
    options.book_out = Some(Path::new("/dev/full").to_owned());
    let error = run(&options).unwrap_err();
    assert!(matches!(error, ReplayError::Write { .. }) && !error.is_input(), "{error}");
    assert!(error.to_string().starts_with("/dev/full: cannot be written: No space left"), "{error}");
    options.book_out = Some(Path::new("/dev/null").to_owned());
    run(&options).unwrap();
}

#[test]
fn the_caller_is_asked_and_can_stop() {
    let day = Day::new();
    let mut options = Options::new(Format::Itch, shipped());
    options.symbol = Some("BOB".to_owned());
    options.book_out = Some(day.path("out.csv"));
    let files = day.files();
    let mut seen = Vec::new();
    let error = replay(&options, None, &mut |progress| {
        seen.push((progress.messages, progress.bytes, progress.of_bytes.unwrap()));
        seen.len() < 2
    });
    let error = error.unwrap_err();
    assert!(matches!(error.cause(), ReplayError::Stopped { messages: 8_192 }), "{error:?}");
    let kept = day.path("out.csv.incomplete");
    let told = format!("stopped after 8192 messages; the rows until then are kept in {}", kept.display());
    assert_eq!((error.to_string(), error.is_input()), (told, false));
    let size = fs::metadata(shipped()).unwrap().len();
    assert!(seen.iter().all(|&(_, bytes, of)| bytes > 0 && bytes <= of && of == size), "{seen:?}");
    assert_eq!(day.files(), files + 1);
    assert!(day.path("out.csv.incomplete").exists());
}

#[test]
fn a_closed_pipe_ends_the_dump() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = replay(&Options::new(Format::Itch, shipped()), Some(&mut Closed), &mut |_| true).unwrap_err();
    let ReplayError::Dump(error) = error else { panic!("{error}") };
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}
