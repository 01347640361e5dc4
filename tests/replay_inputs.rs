//! Everything that can be wrong with what a replay is given.
#![allow(clippy::unwrap_used)]

mod replay_common;

use std::fs;

use prism::replay::{Format, Options, ReplayError, Start};
use replay_common::day::{COMPLETED, Day, MESSAGES, ROWS, itch_day, refused, timeless};
use replay_common::{dump, plain, run, shipped};

#[test]
fn damaged_text_is_refused_with_its_line() {
    let day = Day::new();
    let with = |line: usize, text: &'static str| {
        let mut lines = MESSAGES;
        lines[line - 1] = text;
        day.write("message.csv", &lines, "\n");
        refused(&day.lobster(Start::Each))
    };
    assert!(with(4, "34200.25,4,3,25").contains("message.csv:4:16: "));
    assert!(with(2, "34200.2,8,2,40,999900,1").contains("message.csv:2:9: "));
    assert!(with(6, "34200.4,3,4,7,999950,2").contains("message.csv:6:"));
    assert!(with(3, "").contains("message.csv:4:1: "));

    // A file that is cut between two lines is shorter than the other.
    day.write("message.csv", &MESSAGES[..4], "\n");
    let error = refused(&day.lobster(Start::Each));
    assert!(error.contains("ends after 4 messages at row 4") && error.contains("orderbook.csv:5"), "{error}");
    day.write("message.csv", &MESSAGES, "\n");
    day.write("orderbook.csv", &ROWS[..4], "\n");
    let error = refused(&day.lobster(Start::Each));
    assert!(error.contains("orderbook.csv:4: the reference ends after row 4"), "{error}");

    let mut rows = ROWS;
    rows[2] = "1000100,25,999900,140,9999999999,0,-9999999999";
    day.write("orderbook.csv", &rows, "\n");
    assert!(refused(&day.lobster(Start::First)).contains("orderbook.csv:3:"));

    let mut lines = COMPLETED;
    lines[4] = "1,34200250000000,4,3,25,1000100,-1";
    day.write("completed.csv", &lines, "\n");
    assert!(refused(&day.completed()).contains("completed.csv:5:1: "));
    day.write("completed.csv", &COMPLETED[1..], "\n");
    assert!(refused(&day.completed()).contains("completed.csv:1:1: "));
}

#[test]
fn empty_and_foreign_files_are_refused() {
    let day = Day::new();
    let empty = day.bytes("empty", b"");
    let headed = day.write("headed", &COMPLETED[..1], "\n");
    let gzip = day.bytes("gzip", &[0x1F, 0x8B, 8, 0, 0, 0, 0, 0]);
    for format in [Format::Lobster, Format::Completed, Format::Itch, Format::Binance] {
        assert!(refused(&Options::new(format, &empty)).contains("the tape is empty"), "{format}");
        assert!(refused(&Options::new(format, &gzip)).contains("byte 0: found gzip"), "{format}");
        assert!(refused(&Options::new(format, day.path("missing"))).contains("cannot be read"), "{format}");
    }
    assert!(refused(&Options::new(Format::Completed, headed)).contains("the tape is empty"));
    let mut options = day.lobster(Start::Empty);
    options.check = Some(empty);
    assert!(refused(&options).contains("the tape is empty"));

    // Every format given as every other.
    let texts = [day.path("message.csv"), day.path("completed.csv"), day.path("orderbook.csv")];
    for text in &texts {
        assert!(refused(&Options::new(Format::Itch, text)).contains("byte 2: found message type"));
    }
    for (format, right) in [(Format::Lobster, 0), (Format::Completed, 1)] {
        for (at, text) in texts.iter().enumerate().filter(|(at, _)| *at != right) {
            let error = refused(&Options::new(format, text));
            assert!(error.contains(".csv:1:"), "{at} as {format}: {error}");
        }
        assert!(refused(&Options::new(format, shipped())).contains("itch50.zst:1:1: "), "{format}");
    }
    let mut options = day.lobster(Start::Empty);
    options.check = Some(day.path("message.csv"));
    assert!(refused(&options).contains("message.csv:1:1: "));
}

#[test]
fn the_shipped_tape_is_read_to_its_end() {
    let report = run(&Options::new(Format::Itch, shipped())).unwrap();
    // Counted by a second, separately written reader.
    assert_eq!((report.messages, report.executions, report.unknown_ids), (12_012, 198, 117));
    assert_eq!((report.contradictions, report.skipped, report.rows), (0, 0, None));
    assert_eq!((report.clean_executions, report.matched.all), (None, None));
    let (_, lines) = dump(&Options::new(Format::Itch, shipped()));
    assert_eq!(lines.lines().count(), 12_012);

    let mut unknown = 0;
    for (stock, expected) in [("ALC", 21), ("BOB", 41), ("CHAR", 55)] {
        let mut options = Options::new(Format::Itch, shipped());
        options.symbol = Some(stock.to_owned());
        let report = run(&options).unwrap();
        assert_eq!(report.unknown_ids, expected, "{stock}");
        unknown += report.unknown_ids;
    }
    assert_eq!(unknown, report.unknown_ids);
}

#[test]
fn a_tape_of_several_stocks_needs_a_choice_to_be_written() {
    let day = Day::new();
    let out = day.path("book.csv");
    let mut options = Options::new(Format::Itch, shipped());
    options.book_out = Some(out.clone());
    let error = refused(&options);
    assert!(error.contains("itch50.zst: byte ") && error.contains("--symbol"), "{error}");
    assert!(!out.exists());
    for (symbol, what) in [("NONE", "no stock NONE"), ("TOOLONGBYONE", "is no symbol"), ("", "is no symbol")]
    {
        options.symbol = Some(symbol.to_owned());
        let error = refused(&options);
        assert!(error.contains(what), "{error}");
    }

    options.symbol = Some("BOB".to_owned());
    options.levels = Some(3);
    run(&options).unwrap();
    let written = fs::read_to_string(&out).unwrap();
    assert_eq!(written.lines().count(), 12_012);
    assert!(written.lines().all(|line| line.split(',').count() == 12));
    // Row k belongs to message k here too: the file is its own reference.
    let again = day.path("again.csv");
    options.check = Some(out.clone());
    options.book_out = Some(again.clone());
    let report = run(&options).unwrap();
    assert_eq!((report.compared, report.mismatches), (12_012, 0));
    assert!(fs::read(again).unwrap() == fs::read(out).unwrap());
}

#[test]
fn damaged_itch_is_refused_with_its_byte() {
    let day = Day::new();
    let whole = plain(&shipped());
    let expected = timeless(run(&Options::new(Format::Itch, shipped())).unwrap());
    let tape = Options::new(Format::Itch, day.bytes("tape", &whole));
    assert_eq!(timeless(run(&tape).unwrap()), expected);

    // The first frame has 2 + 12 bytes, the second one, of type R, 2 + 39.
    for (bytes, byte) in [
        (&whole[..1], 0),
        (&whole[..13], 0),
        (&whole[..29], 14),
        (&whole[..whole.len() - 1], whole.len() - 14),
    ] {
        day.bytes("tape", bytes);
        let error = refused(&tape);
        assert!(error.contains(&format!("byte {byte}: the tape is cut short")), "{error}");
    }
    let mut wrong = whole.clone();
    wrong[16] = b'z';
    day.bytes("tape", &wrong);
    assert!(refused(&tape).contains("byte 16: found message type `z`"));
    wrong[15] += 1;
    wrong[16] = b'R';
    day.bytes("tape", &wrong);
    assert!(refused(&tape).contains("byte 14: found a frame length of 40"));

    let mut packed = fs::read(shipped()).unwrap();
    packed.truncate(packed.len() / 2);
    day.bytes("tape", &packed);
    let error = refused(&tape);
    assert!(error.contains("compressed byte ") && error.contains("cut short"), "{error}");
    for byte in &mut packed[60_000..60_400] {
        *byte ^= 0x55;
    }
    day.bytes("tape", &packed);
    assert!(refused(&tape).contains("compressed byte "));
}

/// The lengths of all frames of a tape set to 0.
fn without_lengths(tape: &[u8]) -> Vec<u8> {
    let mut bytes = tape.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let length = usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
        bytes[at..at + 2].fill(0);
        at += 2 + length;
    }
    bytes
}

#[test]
fn frames_without_length_need_lenience() {
    let day = Day::new();
    let whole = plain(&shipped());
    let mut options = Options::new(Format::Itch, day.bytes("tape", &without_lengths(&whole)));
    assert!(refused(&options).contains("byte 0: found a frame length of 0"));
    options.lenient = true;
    let expected = timeless(run(&Options::new(Format::Itch, shipped())).unwrap());
    assert_eq!(timeless(run(&options).unwrap()), expected);

    let mut strange = whole[..14].to_vec();
    strange.extend_from_slice(&[0, 3, b'z', 1, 2]);
    strange.extend_from_slice(&whole[14..]);
    day.bytes("tape", &strange);
    let report = run(&options).unwrap();
    assert_eq!((report.messages, report.skipped), (12_012, 1));
    options.lenient = false;
    assert!(refused(&options).contains("byte 16: found message type `z`"));
}

#[test]
fn a_reference_in_one_piece_has_a_largest_size() {
    let day = Day::new();
    let mut options = itch_day(&day);
    let mut json = vec![b' '; 1 << 24];
    json[0] = b'{';
    options.check = Some(day.bytes("expected.json", &json));
    assert!(refused(&options).contains("expected.json:1:16777216: EOF"), "{}", refused(&options));
    json.push(b' ');
    day.bytes("expected.json", &json);
    let wanted = "expected.json:1:1: found more than 16777216 bytes, expected a few checkpoints";
    assert!(refused(&options).ends_with(wanted), "{}", refused(&options));
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let day = Day::new();
    let check = |change: &dyn Fn(&mut Options), expected: &str| {
        for mut options in [day.lobster(Start::Empty), day.completed(), Options::new(Format::Itch, shipped())]
        {
            change(&mut options);
            let error = run(&options).unwrap_err();
            if matches!(error, ReplayError::Option { .. }) && error.to_string().contains(expected) {
                return;
            }
        }
        panic!("nothing was refused with {expected}");
    };
    check(&|options| options.rows = Some("x".into()), "--rows: is for format itch, not lobster");
    check(&|options| options.symbol = Some("x".into()), "--symbol: is for formats itch and dbn, not lobster");
    check(&|options| options.lenient = true, "--lenient: is for formats itch, dbn and binance, not lobster");
    check(&|options| options.levels = Some(0), "--levels: must be from 1 to");
    check(&|options| options.levels = Some(3), "--levels: 3 levels, the reference has 2");
    check(
        &|options| {
            options.start = Start::First;
            options.check = None;
        },
        "--start: first and each need a reference",
    );
    let mut options = day.completed();
    options.start = Start::Each;
    assert_eq!(refused(&options), "--start: first and each are for format lobster, not completed");
    let mut options = Options::new(Format::Itch, shipped());
    options.rows = Some(day.path("completed.csv"));
    assert_eq!(refused(&options), "--rows: needs a LOBSTER order-book file as reference (--check)");
}

#[test]
fn an_order_without_shares_or_price_is_refused() {
    let day = Day::new();
    let mut options = itch_day(&day);
    let right = fs::read(&options.path).unwrap();
    // The first order: behind a frame of 2 + 25 bytes, its shares 2 + 20 and its price 2 + 32 bytes further.
    for (at, field) in [(27 + 22, "shares"), (27 + 34, "price_e4")] {
        let mut bytes = right.clone();
        bytes[at..at + 4].fill(0);
        day.bytes("day.itch50", &bytes);
        for lenient in [false, true] {
            options.lenient = lenient;
            let wanted = format!(
                "day.itch50: byte {at}: found 0 in field {field} of an order, expected 1 to 4294967295"
            );
            assert!(refused(&options).ends_with(&wanted), "{}", refused(&options));
        }
    }
}
