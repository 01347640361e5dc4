//! DBN: the vendor's files of all versions, round trips, and what must be refused and where.
#![allow(clippy::unwrap_used)]

mod tapes;

use std::io::Cursor;
use std::path::Path;

use prism_core::types::Side;
use prism_sinks::tape::dbn::{Action, Event, Flags, Head, Level, Mbo, Reader, Record, UNDEF_PRICE};
use prism_sinks::tape::{Source, TapeError};
use proptest::prelude::*;
use tapes::dbn::{MIXED, Tape, event, order};
use tapes::tape;

type Read = Vec<(Record, Vec<Level>)>;

fn reader(bytes: &[u8]) -> Result<Reader, TapeError> {
    Reader::new(Source::from_reader("tape.dbn", Cursor::new(bytes.to_vec())).unwrap())
}

fn all(mut reader: Reader) -> Result<Read, TapeError> {
    let mut read = Vec::new();
    while let Some(record) = reader.next().transpose()? {
        read.push((record, reader.levels().to_vec()));
    }
    Ok(read)
}

fn read(bytes: &[u8]) -> Result<Read, TapeError> {
    reader(bytes).and_then(all)
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn small(schema: u16) -> Tape {
    let mut tape = Tape::new(1, schema, false, &[("ESM4", 7)]);
    tape.order(Action::Add, 1, Some(Side::Buy), 5_000_000_000_000, 3);
    tape.order(Action::Cancel, 1, Some(Side::Buy), 5_000_000_000_000, 3);
    tape
}

/// Bytes in front of the records of [`small`].
const FRONT: usize = 8 + 198;

#[test]
fn the_vendors_files_say_the_same_in_every_version() {
    let test = "the_vendors_files_say_the_same_in_every_version";
    for (schema, levels) in [("mbo", 0), ("trades", 0), ("mbp-1", 1), ("tbbo", 1), ("mbp-10", 10)] {
        let name = |end: &str| format!("dbn/vendor_tests/test_data.{schema}{end}");
        let Some(plain) = tape(test, &name(".dbn")) else { return };
        let read = |path: &Path| {
            let reader = Reader::new(Source::open(path).unwrap()).unwrap();
            let metadata = reader.metadata();
            assert_eq!((metadata.dataset.as_str(), metadata.limit), ("GLBX.MDP3", 2));
            assert_eq!(
                (&metadata.symbols[..], metadata.instruments("ESH1")),
                (&["ESH1".to_owned()][..], vec![5482])
            );
            let interval = &metadata.mappings[0].intervals[0];
            assert_eq!((interval.start_date, interval.end_date), (20_201_228, 20_201_229));
            (metadata.version, all(reader).unwrap())
        };
        let (version, records) = read(&plain);
        assert_eq!((version, records.len()), (2, 2), "{schema}");
        assert!(records.iter().all(|(_, found)| found.len() == levels), "{schema}");
        for version in 1..=3 {
            let path = tape(test, &name(&format!(".v{version}.dbn.zst"))).unwrap();
            assert_eq!(read(&path), (version, records.clone()), "{schema} {version}");
        }
    }
}

#[test]
fn schemas_that_are_not_read_are_named() {
    let test = "schemas_that_are_not_read_are_named";
    for schema in ["ohlcv-1s", "imbalance", "statistics", "status", "bbo-1s"] {
        let Some(path) = tape(test, &format!("dbn/vendor_tests/test_data.{schema}.dbn")) else { return };
        let error = Reader::new(Source::open(path).unwrap()).unwrap_err().to_string();
        let told = format!(
            "byte 24: found schema {schema}, expected mbo, mbp-1, mbp-10, tbbo, trades or mixed (65535)"
        );
        assert!(error.ends_with(&told), "{error}");
    }
}

#[test]
fn the_real_files_are_read_to_the_end() {
    let test = "the_real_files_are_read_to_the_end";
    for (file, records) in [
        ("ESH4_GLBX_2023-12-24.mbo", 8_725),
        ("ESM4_GLBX_2024-05-08T00-00-00_2s.mbo", 13_796),
        ("ESU4_GLBX_2024-07-01T23-58_4min.mbp-1", 2_288),
        ("ESU4_GLBX_2024-07-01T23-58_4min.trades", 120),
    ] {
        let Some(path) = tape(test, &format!("dbn/{file}.dbn.zst")) else { return };
        let mut reader = Reader::new(Source::open(path).unwrap()).unwrap();
        let version = reader.metadata().version;
        let count = reader.by_ref().map(Result::unwrap).count();
        assert_eq!(
            (version, count, reader.messages(), reader.skipped()),
            (1, records, records as u64, 0),
            "{file}"
        );
    }
}

/// The trades of the level file are those of the trade file of the same minutes: two ways to one number.
#[test]
fn the_level_file_has_the_trades_of_the_trade_file() {
    let test = "the_level_file_has_the_trades_of_the_trade_file";
    let file = |schema: &str| tape(test, &format!("dbn/ESU4_GLBX_2024-07-01T23-58_4min.{schema}.dbn.zst"));
    let (Some(levels), Some(trades)) = (file("mbp-1"), file("trades")) else { return };
    let trades_of = |path: &Path| -> Vec<(u64, i64, u32, Option<Side>, u32)> {
        let records = Reader::new(Source::open(path).unwrap()).unwrap().map(Result::unwrap);
        let event = |record: Record| match record {
            Record::Trade(event) | Record::Mbp1(event) => Some(event),
            _ => None,
        };
        let events = records.filter_map(event).filter(|event| event.action == Action::Trade);
        events
            .map(|event| (event.head.ts_event, event.price, event.size, event.side, event.sequence))
            .collect()
    };
    let found = trades_of(&levels);
    assert_eq!((found.len(), &found), (120, &trades_of(&trades)));
}

fn side() -> impl Strategy<Value = Option<Side>> {
    prop_oneof![Just(Some(Side::Buy)), Just(Some(Side::Sell)), Just(None)]
}

fn head(rtype: u8) -> impl Strategy<Value = Head> {
    let fields = (any::<u16>(), any::<u32>(), any::<u64>());
    fields.prop_map(move |(publisher_id, instrument_id, ts_event)| Head {
        rtype,
        publisher_id,
        instrument_id,
        ts_event,
    })
}

fn action() -> impl Strategy<Value = Action> {
    use Action::{Add, Cancel, Clear, Fill, Modify, None, Trade};
    prop::sample::select(vec![Add, Cancel, Modify, Clear, Trade, Fill, None])
}

fn any_mbo() -> impl Strategy<Value = Record> {
    let numbers = (any::<u64>(), any::<i64>(), any::<u32>(), any::<u8>(), any::<u8>());
    let times = (any::<u64>(), any::<i32>(), any::<u32>());
    (head(0xA0), numbers, action(), side(), times).prop_map(|(head, numbers, action, side, times)| {
        let (order_id, price, size, flags, channel_id) = numbers;
        let (ts_recv, ts_in_delta, sequence) = times;
        // What rests has a side.
        let rests = matches!(action, Action::Add | Action::Modify);
        let side = side.or(rests.then_some(Side::Sell));
        let flags = Flags(flags);
        let order = Mbo {
            head,
            order_id,
            price,
            size,
            flags,
            channel_id,
            action,
            side,
            ts_recv,
            ts_in_delta,
            sequence,
        };
        Record::Mbo(order)
    })
}

fn any_event(rtype: u8, record: fn(Event) -> Record) -> impl Strategy<Value = Record> {
    let numbers = (any::<i64>(), any::<u32>(), any::<u8>(), any::<u8>());
    let times = (any::<u64>(), any::<i32>(), any::<u32>());
    (head(rtype), numbers, action(), side(), times).prop_map(move |(head, numbers, action, side, times)| {
        let (price, size, flags, depth) = numbers;
        let (ts_recv, ts_in_delta, sequence) = times;
        let flags = Flags(flags);
        record(Event { head, price, size, action, side, flags, depth, ts_recv, ts_in_delta, sequence })
    })
}

fn levels(count: usize) -> impl Strategy<Value = Vec<Level>> {
    let level = (any::<i64>(), any::<i64>(), any::<[u32; 4]>());
    let level = level.prop_map(|(bid_px, ask_px, [bid_sz, ask_sz, bid_ct, ask_ct])| Level {
        bid_px,
        ask_px,
        bid_sz,
        ask_sz,
        bid_ct,
        ask_ct,
    });
    prop::collection::vec(level, count)
}

fn any_record() -> impl Strategy<Value = (Record, Vec<Level>)> {
    prop_oneof![
        (any_mbo(), levels(0)),
        (any_event(0x00, Record::Trade), levels(0)),
        (any_event(0x01, Record::Mbp1), levels(1)),
        (any_event(0x0A, Record::Mbp10), levels(10)),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        version in 1..=3_u8,
        ts_out in any::<bool>(),
        records in prop::collection::vec(any_record(), 1..40),
        packed in any::<bool>(),
    ) {
        let mut tape = Tape::new(version, MIXED, ts_out, &[("ESM4", 17), ("ESU4", 18), ("NQM4", 3)]);
        for (record, levels) in &records {
            tape.push(record, levels);
        }
        let bytes = if packed { zstd::encode_all(&tape.bytes[..], 1).unwrap() } else { tape.bytes };
        let reader = reader(&bytes).unwrap();
        let metadata = reader.metadata();
        prop_assert_eq!((metadata.version, metadata.schema, metadata.ts_out), (version, None, ts_out));
        prop_assert_eq!(&metadata.symbols, &["ESM4", "ESU4", "NQM4"]);
        prop_assert_eq!(metadata.instruments("ESU4"), vec![18]);
        prop_assert_eq!(metadata.instruments("3"), vec![3]);
        prop_assert_eq!(metadata.instruments("CLM4"), Vec::<u32>::new());
        prop_assert_eq!(all(reader).unwrap(), records);
    }

    #[test]
    fn damaged_bytes_never_panic(
        version in 1..=3_u8,
        records in prop::collection::vec(any_record(), 1..10),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut tape = Tape::new(version, MIXED, false, &[("ESM4", 7)]);
        for (record, levels) in &records {
            tape.push(record, levels);
        }
        let mut bytes = tape.bytes;
        for (at, byte) in damages {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        if let Err(error) = read(&bytes) {
            let said = error.to_string();
            prop_assert!(said.contains("byte ") || said.contains("empty"), "{said}");
        }
    }
}

#[test]
fn a_cut_file_names_the_record_that_is_cut() {
    let whole = small(0).bytes;
    assert_eq!(whole.len(), FRONT + 2 * 56);
    for cut in 0..whole.len() {
        let (ended, at) = (read(&whole[..cut]), cut.saturating_sub(FRONT) % 56);
        match ended {
            Ok(read) => assert_eq!((read.len(), cut), (1, FRONT + 56)),
            Err(TapeError::Empty { .. }) => assert!(cut == 0 || cut == FRONT),
            Err(TapeError::Truncated { offset, left, needed, .. }) => {
                assert!(
                    left < needed && offset + left as u64 == cut as u64,
                    "{cut}: {offset} {left} {needed}"
                );
                assert!(cut < FRONT || left == at);
            }
            Err(error) => panic!("{cut}: {error}"),
        }
    }
    let packed = zstd::encode_all(&whole[..], 3).unwrap();
    for cut in 1..packed.len() {
        assert!(read(&packed[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn wrong_metadata_is_refused_with_its_byte() {
    let whole = small(0).bytes;
    let with = |at: usize, bytes: &[u8]| {
        let mut damaged = whole.clone();
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        refused(&damaged)
    };
    assert_eq!(refused(b""), "tape.dbn: the tape is empty: expected DBN metadata and records");
    assert_eq!(refused(b"DBZ"), "tape.dbn: byte 0: found `DBZ`, expected `DBN`, what a DBN file begins with");
    assert_eq!(refused(b"DBN"), "tape.dbn: byte 0: the tape is cut short: 3 bytes left of 8");
    assert_eq!(with(3, &[4]), "tape.dbn: byte 3: found DBN version 4, expected version 1, 2 or 3");
    assert_eq!(with(3, &[0]), "tape.dbn: byte 3: found DBN version 0, expected version 1, 2 or 3");
    assert_eq!(
        with(4, &[99, 0]),
        "tape.dbn: byte 4: found a metadata length of 99, expected more: field reserved bytes at byte 61 needs 47 bytes"
    );
    assert_eq!(
        with(4, &[206, 0]),
        "tape.dbn: byte 4: found a metadata length of 206, expected 198 to 205: the fields end there"
    );
    assert_eq!(
        with(4, &[200, 0]),
        "tape.dbn: byte 206: found `\\x0e` behind the metadata, expected zeros up to its end"
    );
    assert_eq!(
        with(8, &[0xFF]),
        "tape.dbn: byte 8: found `\\xffLBX.MDP3` in field dataset, expected printable ASCII with a zero behind it"
    );
    assert_eq!(
        with(24, &[42]),
        "tape.dbn: byte 24: found schema number 42, expected mbo, mbp-1, mbp-10, tbbo, trades or mixed (65535)"
    );
    assert_eq!(with(60, &[2]), "tape.dbn: byte 60: found ts_out 2, expected 0 or 1");
    assert_eq!(with(108, &[9]), "tape.dbn: byte 108: found a schema definition of 9 bytes, expected none");
    assert!(with(112, &[0xFF, 0xFF, 0xFF, 0xFF]).contains("found"));
    let front = &whole[..FRONT];
    assert_eq!(refused(front), "tape.dbn: the tape is empty: expected DBN records behind the metadata");
}

#[test]
fn wrong_records_are_refused_with_their_byte() {
    let whole = small(0).bytes;
    let second = FRONT + 56;
    let with = |at: usize, byte: u8| {
        let mut damaged = whole.clone();
        damaged[second + at] = byte;
        refused(&damaged)
    };
    assert_eq!(
        with(0, 12),
        "tape.dbn: byte 262: found a record length of 48 bytes, expected 56 for record type 0xa0"
    );
    assert_eq!(with(1, 1), "tape.dbn: byte 263: found record type 0x01, expected 0xa0 (mbo)");
    assert_eq!(with(1, 0x77), "tape.dbn: byte 263: found record type 0x77, expected 0xa0 (mbo)");
    assert_eq!(
        with(38, b'X'),
        "tape.dbn: byte 300: found `X` in field action, expected an action, one of A C M R T F N"
    );
    assert_eq!(with(39, b'S'), "tape.dbn: byte 301: found `S` in field side, expected a side, B, A or N");
    let mut adds = Tape::new(3, 0, false, &[]);
    adds.order(Action::Add, 1, None, UNDEF_PRICE, 1);
    assert_eq!(
        refused(&adds.bytes),
        "tape.dbn: byte 167: found `N` in field side, expected B or A for an order that rests"
    );
    assert!(
        read(&adds.bytes[..adds.bytes.len() - 1])
            .unwrap_err()
            .to_string()
            .contains("cut short: 55 bytes left of 56")
    );
}

#[test]
fn other_records_are_passed_over_and_counted() {
    let system = Head { rtype: 0x17, ..order(Action::Add, 1, None, 0, 0).head };
    let (bar, strange) = (Head { rtype: 0x20, ..system }, Head { rtype: 0x66, ..system });
    // A message about the feed may stand in any file, a bar only among several schemas.
    let mut tape = small(0);
    tape.raw(&system, &[0; 304]);
    assert_eq!(read(&tape.bytes).unwrap().len(), 2);
    tape.raw(&bar, &[0; 40]);
    assert!(refused(&tape.bytes).ends_with("byte 639: found record type 0x20, expected 0xa0 (mbo)"));
    let mut tape = small(MIXED);
    tape.raw(&system, &[0; 304]);
    tape.raw(&bar, &[0; 40]);
    let trade = event(0, Action::Trade, Some(Side::Buy), 5, 1);
    tape.push(&Record::Trade(trade), &[]);
    let mut counted = reader(&tape.bytes).unwrap();
    assert_eq!(counted.by_ref().map(Result::unwrap).last(), Some(Record::Trade(trade)));
    assert_eq!((counted.messages(), counted.skipped()), (3, 2));
    tape.raw(&strange, &[0; 4]);
    assert!(refused(&tape.bytes).contains("found record type 0x66, expected a type that DBN 1 to 3 know"));
    let mut lenient = reader(&tape.bytes).unwrap().lenient(true);
    assert_eq!(lenient.by_ref().map(Result::unwrap).count(), 3);
    assert_eq!(lenient.skipped(), 3);
    // Not even a lenient reader passes over a record without a length.
    let last = tape.bytes.len() - 20;
    tape.bytes[last] = 0;
    let error = all(reader(&tape.bytes).unwrap().lenient(true)).unwrap_err().to_string();
    assert!(
        error.ends_with("found a record length of 0 bytes, expected 16 or more for record type 0x66"),
        "{error}"
    );
}
