//! A replay's memory is that of its book: a day four times as long takes no more, and allocates no more often.
#![allow(clippy::unwrap_used)]

mod replay_common;

use std::fmt::Write as _;
use std::path::Path;

use allocation_counter::{AllocationInfo, measure};
use prism::replay::{Format, Options, Start};
use replay_common::run;

/// Writes a pair of files of a number of rounds to a folder.
type Writer = fn(&Path, u64);

/// Writes a day in which orders come and go at ten prices a side, as a LOBSTER pair and as a completed stream.
fn write(folder: &Path, rounds: u64) {
    let mut messages = String::new();
    let mut completed = "row,time_ns,type,order_id,size,price,direction\n".to_owned();
    let mut rows = String::new();
    let mut row = 0;
    let mut event = |kind: u8, inserted: u8, id: u64, price: u64, left: u64| {
        row += 1;
        writeln!(messages, "34200.{row:09},{kind},{id},7,{price},1").unwrap();
        writeln!(completed, "{row},{row},{inserted},{id},7,{price},1").unwrap();
        let level = if left > 0 { format!("{price},{left}") } else { "-9999999999,0".to_owned() };
        writeln!(rows, "9999999999,0,{level}").unwrap();
    };
    for round in 0..rounds {
        let (first, price) = (2 * round + 1, 1_000_000 + 100 * (round % 10));
        event(1, 8, first, price, 7);
        event(1, 1, first + 1, price, 14);
        event(4, 4, first, price, 7);
        event(3, 9, first + 1, price, 0);
    }
    std::fs::write(folder.join("message.csv"), messages).unwrap();
    std::fs::write(folder.join("completed.csv"), completed).unwrap();
    std::fs::write(folder.join("orderbook.csv"), rows).unwrap();
}

/// Writes a LOBSTER pair of one level in which half of the orders vanish unseen, behind better ones.
fn write_vanishing(folder: &Path, rounds: u64) {
    let (mut messages, mut rows) = (String::new(), String::new());
    for round in 0..rounds {
        let (worse, better) = (2 * round + 1, 2 * round + 2);
        writeln!(messages, "34200,1,{worse},7,1000000,1\n34200,1,{better},7,1000100,1").unwrap();
        writeln!(messages, "34200,4,{better},3,1000100,1\n34200,3,{better},4,1000100,1").unwrap();
        for level in ["1000000,7", "1000100,7", "1000100,4", "-9999999999,0"] {
            writeln!(rows, "9999999999,0,{level}").unwrap();
        }
    }
    std::fs::write(folder.join("message.csv"), messages).unwrap();
    std::fs::write(folder.join("orderbook.csv"), rows).unwrap();
}

fn cost(write: Writer, format: Format, start: Start, rounds: u64) -> AllocationInfo {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), rounds);
    let tape = if format == Format::Lobster { "message.csv" } else { "completed.csv" };
    let mut options = Options::new(format, folder.path().join(tape));
    options.check = Some(folder.path().join("orderbook.csv"));
    options.book_out = Some(folder.path().join("out.csv"));
    options.start = start;
    let mut report = None;
    let info = measure(|| report = Some(run(&options).unwrap()));
    let report = report.unwrap();
    assert_eq!((report.messages, report.mismatches), (4 * rounds, 0), "{report}");
    assert!(report.executions > 0 && report.executions == report.executions_at_queue_head);
    info
}

#[test]
fn memory_does_not_grow_with_the_tape() {
    let cases: [(Writer, Format, Start); 4] = [
        (write, Format::Lobster, Start::Empty),
        (write, Format::Lobster, Start::Each),
        (write, Format::Completed, Start::Empty),
        (write_vanishing, Format::Lobster, Start::Each),
    ];
    for (write, format, start) in cases {
        let [short, long] = [4_000, 16_000].map(|rounds| cost(write, format, start, rounds));
        assert!(long.bytes_max <= short.bytes_max + 4_096, "{format} {start:?}: {short:?}, {long:?}");
        if (format, start) == (Format::Lobster, Start::Empty) {
            assert!(long.count_total <= short.count_total + 8, "{short:?}, {long:?}");
        }
    }
}
