//! What no format forbids but a sound tape does not do is counted and told, and changes nothing else.
#![allow(clippy::unwrap_used)]

mod replay_common;

use prism::replay::{Format, Options, Start};
use prism_sinks::tape::Source;
use prism_sinks::tape::itch::{Body, Char, Message, Reader, SystemEvent, Timestamp};
use replay_common::day::{COMPLETED, Day, MESSAGES, itch_day, timeless};
use replay_common::{run, shipped};

/// The messages of an ITCH tape.
fn messages(options: &Options) -> Vec<Message> {
    Reader::new(Source::open(&options.path).unwrap()).map(Result::unwrap).collect()
}

/// The messages as the tape of the small day.
fn write(day: &Day, messages: &[Message]) {
    let mut bytes = Vec::new();
    for message in messages {
        message.encode_frame(&mut bytes);
    }
    day.bytes("day.itch50", &bytes);
}

fn end_of(day: &[Message]) -> Message {
    let body = Body::SystemEvent(SystemEvent { event_code: Char(b'C') });
    Message { head: day.last().unwrap().head, body }
}

#[test]
fn a_sound_tape_has_no_warnings() {
    let day = Day::new();
    for options in [day.lobster(Start::Each), day.completed(), Options::new(Format::Itch, shipped())] {
        let report = run(&options).unwrap();
        assert_eq!((report.times_back, report.warnings.len()), (0, 0), "{:?}", report.warnings);
        let itch = options.format == Format::Itch;
        assert_eq!(report.prices_above_maximum, itch.then_some(0));
        assert_eq!(report.ended, itch.then_some(true));
    }
}

#[test]
fn times_that_go_back_are_counted() {
    let day = Day::new();
    let mut lines = MESSAGES;
    lines[1] = "34200.2345,1,2,40,999900,1";
    lines[2] = "34200.2344,4,3,25,1000100,-1";
    lines[4] = "9,1,4,7,999950,1";
    let right = timeless(run(&day.lobster(Start::Each)).unwrap());
    day.write("message.csv", &lines, "\n");
    let report = run(&day.lobster(Start::Each)).unwrap();
    assert_eq!(report.times_back, 2);
    let told = "message.csv: the time goes back 2 times, first at line 3, from 34200.234500000 to \
        34200.234400000 seconds after midnight";
    assert!(report.warnings.len() == 1 && report.warnings[0].ends_with(told), "{:?}", report.warnings);
    assert!(report.to_string().ends_with("\ntimes back      2"), "{report}");
    // Nothing else is different.
    let mut same = timeless(report);
    (same.times_back, same.warnings) = (0, Vec::new());
    assert_eq!(same, right);

    let mut lines = COMPLETED;
    lines[8] = "6,34200399999999,3,4,7,999950,1";
    day.write("completed.csv", &lines, "\n");
    let report = run(&day.completed()).unwrap();
    assert_eq!((report.times_back, report.mismatches), (1, 0));
    let told = "completed.csv: the time goes back once, first at line 9, from 34200.400000000 to \
        34200.399999999 seconds after midnight";
    assert!(report.warnings.len() == 1 && report.warnings[0].ends_with(told), "{:?}", report.warnings);

    let options = itch_day(&day);
    let mut tape = messages(&options);
    tape.push(end_of(&tape));
    tape[3].head.timestamp = Timestamp::new(34_199_999_999_999).unwrap();
    write(&day, &tape);
    let report = run(&options).unwrap();
    assert_eq!(report.times_back, 1);
    // Behind frames of 2 + 25, 2 + 36 and 2 + 36 bytes.
    let told = "day.itch50: the time goes back once, first at byte 103, from 34200.000000000 to \
        34199.999999999 seconds after midnight";
    assert!(report.warnings.len() == 1 && report.warnings[0].ends_with(told), "{:?}", report.warnings);
}

#[test]
fn itch_prices_above_the_highest_are_counted() {
    let day = Day::new();
    let options = itch_day(&day);
    let mut tape = messages(&options);
    tape.push(end_of(&tape));
    let set = |message: &mut Message, price| match &mut message.body {
        Body::AddOrder(add) => add.price_e4 = price,
        Body::Trade(trade) => trade.price_e4 = price,
        other => panic!("{other:?} has no price"),
    };
    set(&mut tape[2], 2_000_000_000);
    write(&day, &tape);
    let report = run(&options).unwrap();
    assert_eq!((report.prices_above_maximum, report.warnings.len()), (Some(0), 0), "{:?}", report.warnings);

    set(&mut tape[2], 2_000_000_001);
    set(&mut tape[5], u32::MAX);
    write(&day, &tape);
    let report = run(&options).unwrap();
    assert_eq!((report.prices_above_maximum, report.executions_at_best), (Some(2), 1));
    let told = "day.itch50: a price above the format's highest of 200000.0000 stands in 2 messages, first at \
        byte 65 with 200000.0001";
    assert!(report.warnings.len() == 1 && report.warnings[0].ends_with(told), "{:?}", report.warnings);
    assert!(report.to_string().ends_with("\nhigh prices     2 above the format's maximum"), "{report}");
}

#[test]
fn an_itch_tape_without_its_end_may_be_truncated() {
    let day = Day::new();
    let options = itch_day(&day);
    let told =
        "day.itch50: the tape does not end with the end-of-day event (system event C): it may be truncated";
    let warned = |tape: &[Message]| {
        write(&day, tape);
        let report = run(&options).unwrap();
        let warned = report.warnings.iter().any(|warning| warning.ends_with(told));
        assert_eq!((report.ended, report.warnings.len()), (Some(!warned), usize::from(warned)));
        warned
    };
    let mut tape = messages(&options);
    assert!(warned(&tape));
    // Another event of the system is no end, and the end is none if something follows.
    let mut other = end_of(&tape);
    other.body = Body::SystemEvent(SystemEvent { event_code: Char(b'E') });
    tape.push(other);
    assert!(warned(&tape));
    tape.push(end_of(&tape));
    assert!(!warned(&tape));
    tape.push(other);
    assert!(warned(&tape));

    // A real tape, cut at every frame boundary of its end.
    let whole = messages(&Options::new(Format::Itch, shipped()));
    assert!(!warned(&whole));
    for cut in whole.len() - 20..whole.len() {
        assert!(warned(&whole[..cut]), "{cut}");
    }
}
