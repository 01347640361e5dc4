//! LOBSTER and the completed stream: the real days, the odd but legal, and what must be refused.
#![allow(clippy::unwrap_used)]

mod tapes;

use std::collections::BTreeMap;
use std::io::Cursor;

use prism_core::types::Side;
use prism_sinks::tape::{
    BookReader, BookWriter, CompletedEvent, CompletedReader, LobsterEvent, LobsterMessage, LobsterReader,
    RestingOrder, Source, TapeError, TradingHalt,
};
use proptest::prelude::*;

const DAY: &str = "lobster/GOOG_2012-06-21_34200000_57600000";

fn source(text: &str) -> Source {
    Source::from_reader("tape.csv", Cursor::new(text.as_bytes().to_vec())).unwrap()
}

fn messages(text: &str) -> Result<Vec<LobsterMessage>, TapeError> {
    LobsterReader::new(source(text)).collect()
}

fn message(text: &str) -> LobsterMessage {
    let read = messages(text).unwrap();
    assert_eq!(read.len(), 1);
    read[0]
}

/// Messages by type.
fn counts(reader: &mut LobsterReader) -> BTreeMap<u8, u64> {
    let mut counts = BTreeMap::new();
    for message in reader {
        *counts.entry(message.unwrap().row().kind).or_default() += 1;
    }
    counts
}

#[test]
fn goog_ten_levels_has_its_rows_and_types() {
    let test = "goog_ten_levels_has_its_rows_and_types";
    let Some(path) = tapes::tape(test, &format!("{DAY}_message_10.csv.zst")) else { return };
    let mut reader = LobsterReader::new(Source::open(path).unwrap());
    let expected = [(1, 71_258), (2, 19), (3, 64_961), (4, 7_765), (5, 3_913)];
    assert_eq!(counts(&mut reader), BTreeMap::from(expected));
    assert_eq!(reader.messages(), 147_916);
}

#[test]
fn aapl_has_its_rows_and_types() {
    let test = "aapl_has_its_rows_and_types";
    let file = "lobster/AAPL_2012-06-21_34200000_57600000_message_1.csv.zst";
    let Some(path) = tapes::tape(test, file) else { return };
    let mut reader = LobsterReader::new(Source::open(path).unwrap());
    let expected = [(1, 54_818), (2, 252), (3, 28_437), (4, 23_658), (5, 11_332)];
    assert_eq!(counts(&mut reader), BTreeMap::from(expected));
    assert_eq!(reader.messages(), 118_497);
}

#[test]
fn the_tesla_excerpt_has_its_cross() {
    let test = "the_tesla_excerpt_has_its_cross";
    let file = "lobster/TSLA_2015-01-07_34200000_57600000_message_10_first50.csv";
    let Some(path) = tapes::tape(test, file) else { return };
    let read: Vec<LobsterMessage> =
        LobsterReader::new(Source::open(path).unwrap()).collect::<Result<_, _>>().unwrap();
    assert_eq!(read.len(), 50);
    let cross = LobsterEvent::Cross { side: Side::Sell, size: 19_725, price: 2_133_500 };
    assert_eq!(read[2], LobsterMessage { time_ns: 34_200_492_462_611, event: cross });
}

#[test]
fn goog_book_rows_are_written_back_byte_for_byte() {
    let test = "goog_book_rows_are_written_back_byte_for_byte";
    let Some(path) = tapes::tape(test, &format!("{DAY}_orderbook_10.csv.zst")) else { return };
    let mut reader = BookReader::new(Source::open(&path).unwrap()).unwrap();
    assert_eq!(reader.levels(), 10);
    let mut writer = BookWriter::new(Vec::new(), 10);
    while let Some(row) = reader.next_row().unwrap() {
        writer.write_row(row.asks.iter().copied(), row.bids.iter().copied()).unwrap();
    }
    assert_eq!(reader.rows(), 147_916);
    let plain = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    assert!(writer.finish().unwrap() == plain, "rows written differ from the file");
}

#[test]
fn the_completed_stream_has_its_events() {
    let test = "the_completed_stream_has_its_events";
    let Some(path) = tapes::tape(test, "lobster/GOOG_2012-06-21_completed_10.csv.zst") else { return };
    let mut reader = CompletedReader::new(Source::open(path).unwrap()).unwrap();
    let (mut adds, mut removals, mut executions, mut row) = (0, 0, 0, 0);
    for event in reader.by_ref() {
        let event = event.unwrap();
        row = event.row;
        match event.event {
            CompletedEvent::InsertedAdd(_) => adds += 1,
            CompletedEvent::InsertedRemoval(_) => removals += 1,
            CompletedEvent::Recorded(LobsterEvent::Execute(_)) => executions += 1,
            _ => {}
        }
    }
    assert_eq!(reader.messages(), 161_309);
    assert_eq!((adds, removals, executions, row), (3_210 + 3_216, 6_968, 7_764, 147_916));
}

#[test]
fn every_type_is_read() {
    let order = RestingOrder { id: 16_113_575, side: Side::Buy, size: 18, price: 5_853_300 };
    let at = |event| LobsterMessage { time_ns: 34_200_004_241_176, event };
    let cases = [
        ("1,16113575,18,5853300,1", LobsterEvent::Add(order)),
        ("2,16113575,18,5853300,1", LobsterEvent::PartialCancel(order)),
        ("3,16113575,18,5853300,1", LobsterEvent::Delete(order)),
        ("4,16113575,18,5853300,1", LobsterEvent::Execute(order)),
        ("5,0,18,5853350,-1", LobsterEvent::ExecuteHidden { side: Side::Sell, size: 18, price: 5_853_350 }),
        ("6,-1,19725,2133500,-1", LobsterEvent::Cross { side: Side::Sell, size: 19_725, price: 2_133_500 }),
        ("7,0,0,-1,-1", LobsterEvent::Halt(TradingHalt::Halted)),
        ("7,0,0,0,-1", LobsterEvent::Halt(TradingHalt::QuotingResumes)),
        ("7,0,0,1,-1", LobsterEvent::Halt(TradingHalt::TradingResumes)),
    ];
    for (columns, event) in cases {
        let read = message(&format!("34200.004241176,{columns}\n"));
        assert_eq!(read, at(event));
        let row = read.row();
        let back = [row.kind.into(), row.order_id, row.size as i64, row.price, row.direction.into()];
        assert_eq!(back.map(|column: i64| column.to_string()).join(","), columns);
    }
    let json = serde_json::to_string(&message("34200.004241176,5,0,18,5853350,-1")).unwrap();
    assert_eq!(
        json,
        r#"{"time_ns":34200004241176,"type":5,"order_id":0,"size":18,"price":5853350,"direction":-1}"#
    );
}

#[test]
fn odd_but_legal_text_is_read() {
    let plain = messages("34200,1,1,10,100,1\n34200.5,3,1,10,100,1\n").unwrap();
    for text in [
        "\u{FEFF}34200,1,1,10,100,1\n34200.5,3,1,10,100,1\n",
        "34200,1,1,10,100,1\r\n34200.5,3,1,10,100,1\r\n",
        "34200,1,1,10,100,1\n34200.500000000999,3,1,10,100,1",
        "34200,1,1,10,100,1\n34200.5,3,1,10,100,1\n\r\n\n",
        "34200,1,1,10,100,1,null\n34200.5,3,1,10,100,1,GSCO\n",
    ] {
        assert_eq!(messages(text).unwrap(), plain, "{text:?}");
    }
}

#[test]
fn bad_lines_name_line_column_and_field() {
    let good = "34200,1,1,10,100,1\n";
    for (line, wanted) in [
        ("34200.1,1,2,10,abc,1", "tape.csv:2:16: found `abc`, expected a price in USD x 10000"),
        ("34200.1,1,2,10,9999999999,1", "tape.csv:2:16: found `9999999999`, expected a price"),
        ("34200.1,8,2,10,100,1", "tape.csv:2:9: found `8`, expected a message type from 1 to 7"),
        ("34200.1,1,2,0,100,1", "tape.csv:2:13: found `0`, expected a size from 1 to 4294967295 shares"),
        ("34200.1,1,2,-1,100,1", "tape.csv:2:13: found `-1`, expected a size from 1 to 4294967295 shares"),
        (
            "34200.1,1,2,4294967296,100,1",
            "tape.csv:2:13: found `4294967296`, expected a size from 1 to 4294967295",
        ),
        (
            "34200.1,1,2,99999999999999999999,100,1",
            "tape.csv:2:13: found `99999999999999999999`, expected a size from 1 to 4294967295 shares",
        ),
        (
            "34200.1,1,9223372036854775808,1,100,1",
            "tape.csv:2:11: found `9223372036854775808`, expected an order id from 0 to 9223372036854775807",
        ),
        (
            "9223372037,1,1,1,100,1",
            "tape.csv:2:1: found `9223372037`, expected a time from 0 to 9223372036 seconds",
        ),
        (
            "34200.1,6,-1,-1,100,1",
            "tape.csv:2:14: found `-1`, expected a size from 0 to 9223372036854775807 shares",
        ),
        (
            "34200.1,6,-1,1,9999999999,1",
            "tape.csv:2:16: found `9999999999`, expected a price in USD x 10000, from 0 to",
        ),
        ("34200.1,1,2,10,100,2", "tape.csv:2:20: found `2`, expected a direction"),
        ("34200.1,1,2,10,100", "tape.csv:2:19: found the end of the line, expected a direction"),
        ("34200.1,1,2,10,100,1,x,y", "tape.csv:2:24: found `y`, expected six columns"),
        (
            "time,1,2,10,100,1",
            "tape.csv:2:1: found `time`, expected a time from 0 to 9223372036 seconds after midnight",
        ),
        ("34200.1,7,0,0,2,-1", "tape.csv:2:15: found `2`, expected a price of -1 (halt)"),
        ("\n34200.1,1,2,10,100,1", "tape.csv:3:1: found a line after a blank line"),
        ("34200.1,1,2,10,100,", "tape.csv:2:20: found nothing, expected a direction"),
    ] {
        let error = messages(&format!("{good}{line}\n")).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{line}: {error}");
    }
}

#[test]
fn the_completed_stream_refuses_a_wrong_header_and_rows_that_go_back() {
    let error = CompletedReader::new(source("34200,1,1,10,100,1\n")).unwrap_err().to_string();
    assert!(
        error.starts_with("tape.csv:1:1: found `34200,1,1,10,100,1`, expected the header row,"),
        "{error}"
    );
    let text = "row,time_ns,type,order_id,size,price,direction\n2,5,8,1,10,100,1\n1,5,9,1,10,100,1\n";
    let error = CompletedReader::new(source(text)).unwrap().nth(1).unwrap().unwrap_err().to_string();
    assert!(error.starts_with("tape.csv:3:1: found `1`, expected a row number"), "{error}");
    let event = CompletedReader::new(source(text)).unwrap().next().unwrap().unwrap();
    assert_eq!(event.event.level(), Some((Side::Buy, 100)));
    assert_eq!(
        serde_json::to_string(&event).unwrap(),
        r#"{"row":2,"time_ns":5,"type":8,"order_id":1,"size":10,"price":100,"direction":1}"#
    );
}

#[test]
fn empty_tapes_are_errors() {
    let header = "row,time_ns,type,order_id,size,price,direction\n";
    for text in ["", "\n", "\u{FEFF}", "\r\n\r\n"] {
        assert!(matches!(messages(text), Err(TapeError::Empty { .. })), "{text:?}");
        assert!(matches!(BookReader::new(source(text)), Err(TapeError::Empty { .. })));
        assert!(matches!(CompletedReader::new(source(text)), Err(TapeError::Empty { .. })));
    }
    let first = CompletedReader::new(source(header)).unwrap().next();
    assert!(matches!(first, Some(Err(TapeError::Empty { .. }))));
}

#[test]
fn empty_levels_never_leave_the_book_reader() {
    let text = "5802300,100,5794000,496,9999999999,0,5787000,400\n9999999999,0,-9999999999,0,9999999999,0,-9999999999,0\n";
    let mut reader = BookReader::new(source(text)).unwrap();
    let row = reader.next_row().unwrap().unwrap().clone();
    assert_eq!((row.asks, row.bids), (vec![(5_802_300, 100)], vec![(5_794_000, 496), (5_787_000, 400)]));
    let row = reader.next_row().unwrap().unwrap();
    assert!(row.asks.is_empty() && row.bids.is_empty());
    assert!(reader.next_row().unwrap().is_none());
    assert_eq!((reader.levels(), reader.rows()), (2, 2));
}

#[test]
fn book_rows_that_cannot_be_are_refused() {
    for (line, wanted) in [
        ("1,1,0,1", "tape.csv:2:8: found the end of the line, expected as many levels as in the first row"),
        ("4,1,2,1,5,1,1,1,6,1,0,1", "tape.csv:2:17: found `6`, expected as many levels"),
        ("4,1,2", "tape.csv:2:6: found the end of the line, expected a bid size from 0 to"),
        ("4,1,2,1,", "tape.csv:2:9: found nothing, expected an ask price"),
        ("4,-1,2,1,5,1,1,1", "tape.csv:2:3: found `-1`, expected an ask size from 0 to 9223372036854775807"),
        (
            "4,1,2,1,5,1,1,9223372036854775808",
            "tape.csv:2:15: found `9223372036854775808`, expected a bid size",
        ),
        (
            "10000000000,1,2,1,5,1,1,1",
            "tape.csv:2:1: found `10000000000`, expected an ask price in USD x 10000",
        ),
        (
            "-9999999999,0,2,1,5,1,1,1",
            "tape.csv:2:1: found `-9999999999`, expected an ask price in USD x 10000",
        ),
        ("4,1,9999999999,0,5,1,1,1", "tape.csv:2:5: found `9999999999`, expected a bid price in USD x 10000"),
        ("4,1,2,1,4,1,1,1", "tape.csv:2:9: found `4`, expected an ask price above that of the level before"),
        ("4,1,2,1,5,1,3,1", "tape.csv:2:13: found `3`, expected a bid price below that of the level before"),
        ("9999999999,0,2,1,5,1,1,1", "tape.csv:2:18: found `5`, expected an ask price above"),
        ("4,1,-9999999999,0,5,1,1,1", "tape.csv:2:23: found `1`, expected a bid price below"),
    ] {
        let mut reader = BookReader::new(source(&format!("4,1,3,1,5,1,2,1\n{line}\n"))).unwrap();
        assert!(reader.next_row().unwrap().is_some());
        let error = reader.next_row().unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{line}: {error}");
        assert!(reader.next_row().unwrap().is_none(), "ended after the error");
    }
}

/// Levels of a side, as a map of prices, so that no price stands twice.
fn levels() -> impl Strategy<Value = BTreeMap<i64, u64>> {
    prop::collection::btree_map(-9_999_999_998_i64..9_999_999_999, 1_u64..1 << 40, 0..5)
}

proptest! {
    #[test]
    fn written_rows_read_back(
        rows in prop::collection::vec((levels(), levels()), 1..20),
        levels in 1_usize..7,
    ) {
        let rows: Vec<(Vec<_>, Vec<_>)> = rows
            .into_iter()
            .map(|(asks, bids)| (asks.into_iter().collect(), bids.into_iter().rev().collect()))
            .collect();
        let mut writer = BookWriter::new(Vec::new(), levels);
        for (asks, bids) in &rows {
            writer.write_row(asks.iter().copied(), bids.iter().copied()).unwrap();
        }
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        let mut reader = BookReader::new(source(&text)).unwrap();
        prop_assert_eq!(reader.levels(), levels);
        for (asks, bids) in &rows {
            let row = reader.next_row().unwrap().unwrap();
            prop_assert_eq!(&row.asks, &asks[..asks.len().min(levels)]);
            prop_assert_eq!(&row.bids, &bids[..bids.len().min(levels)]);
        }
        prop_assert!(reader.next_row().unwrap().is_none());
    }
}
