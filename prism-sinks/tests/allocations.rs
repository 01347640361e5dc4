//! Reading a tape allocates nothing per message.
#![allow(clippy::unwrap_used)]

mod tapes;

use std::io::Cursor;

use allocation_counter::measure;
use prism_core::types::Side;
use prism_sinks::tape::dbn::{self, Action};
use prism_sinks::tape::{BookReader, CompletedReader, LobsterReader, Source, itch};

const ROWS: usize = 20_000;

fn repeated(header: &str, line: &str) -> Source {
    let text = format!("{header}{}", line.repeat(ROWS));
    Source::from_reader("tape", Cursor::new(text.into_bytes())).unwrap()
}

/// Reads one message, then counts the allocations of the rest, which refills the buffer many times.
fn allocations_of_the_rest<T>(mut reader: impl Iterator<Item = T>) -> (u64, u64) {
    assert!(reader.next().is_some());
    let mut read = 1;
    let info = measure(|| read += reader.by_ref().map(|_| 1).sum::<u64>());
    (info.count_total, read)
}

#[test]
fn itch() {
    let reader = itch::Reader::new(Source::open(tapes::shipped()).unwrap());
    assert_eq!(allocations_of_the_rest(reader), (0, 12_012));
}

#[test]
fn dbn_orders() {
    let mut tape = tapes::dbn::Tape::new(3, 0, false, &[("ESM4", 7)]);
    for order in 0..ROWS as u64 {
        tape.order(Action::Add, order, Some(Side::Buy), 5_214_250_000_000, 1);
    }
    let source = Source::from_reader("tape", Cursor::new(tape.bytes)).unwrap();
    assert_eq!(allocations_of_the_rest(dbn::Reader::new(source).unwrap()), (0, ROWS as u64));
}

#[test]
fn lobster_messages() {
    let reader = LobsterReader::new(repeated("", "34200.015105074,4,15818974,4,5794000,1\r\n"));
    assert_eq!(allocations_of_the_rest(reader), (0, ROWS as u64));
}

#[test]
fn completed_stream() {
    let header = "row,time_ns,type,order_id,size,price,direction\n";
    let source = repeated(header, "1,34200015105074,8,14906405,500,5780000,1\n");
    let reader = CompletedReader::new(source).unwrap();
    assert_eq!(allocations_of_the_rest(reader), (0, ROWS as u64));
}

#[test]
fn book_rows() {
    let line = "5802300,100,5794000,496,9999999999,0,5787000,400\n";
    let mut reader = BookReader::new(repeated("", line)).unwrap();
    let info = measure(|| while reader.next_row().unwrap().is_some() {});
    assert_eq!((info.count_total, reader.rows()), (0, ROWS as u64));
}
