//! CSV and NDJSON: streams, readers that go away, full disks, numbers that JSON lacks.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use prism_core::sink::{Batch, SeriesCols, SeriesRow, Sink, SinkError, Table, Tables, TradeCols, TradeRow};
use prism_sinks::{Csv, Ndjson, Threaded};
use support::{trades, world};

/// A stream that can be read afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn run(mut sink: impl Sink, batches: &[Arc<Batch>]) -> Result<(), SinkError> {
    sink.start(&world())?;
    batches.iter().try_for_each(|batch| sink.on_batch(batch))?;
    sink.finish()
}

fn odd_numbers() -> Arc<Batch> {
    let mut cols = SeriesCols::default();
    for (at, value) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e300, 0.1].into_iter().enumerate()
    {
        cols.push(SeriesRow { at: at as i64, series: 1, agent: 9, value });
    }
    Arc::new(Batch::Series(cols))
}

#[test]
fn csv_on_a_stream() {
    let stream = Shared::default();
    run(Csv::to_stream("standard output", Table::Trades, stream.clone()), &[trades(0..2)]).unwrap();
    let expected = "at,symbol,venue,price,qty,aggressor,maker,taker\n\
        0,ACME,XPRM,10000,1,buy,4294967296,8589934592\n\
        1,\"ÜBER, \"\"AG\"\"\",XPRM,10001,2,sell,4294967297,8589934593\n";
    assert_eq!(stream.text(), expected);

    let stream = Shared::default();
    run(Csv::to_stream("standard output", Table::Series, stream.clone()), &[odd_numbers()]).unwrap();
    let values: Vec<String> =
        stream.text().lines().skip(1).map(|line| line.rsplit(',').next().unwrap().to_owned()).collect();
    assert_eq!(values[..4], ["NaN", "inf", "-inf", "-0"]);
    assert_eq!(values[4].parse::<f64>().unwrap().to_bits(), 1e300_f64.to_bits());
}

#[test]
fn a_trade_of_an_auction_has_no_aggressor() {
    let mut cols = TradeCols::default();
    cols.push(TradeRow { at: 5, book: 0, price: 10_000, qty: 3, aggressor: 2, maker: 1, taker: 2 });
    let auction = Arc::new(Batch::Trades(cols));
    let csv = Shared::default();
    run(Csv::to_stream("standard output", Table::Trades, csv.clone()), std::slice::from_ref(&auction))
        .unwrap();
    assert_eq!(csv.text().lines().last().unwrap(), "5,ACME,XPRM,10000,3,,1,2");
    let json = Shared::default();
    run(Ndjson::to_stream("standard output", Tables::ALL, json.clone()), &[auction]).unwrap();
    assert!(json.text().contains(r#""qty":3,"aggressor":null,"maker":1"#), "{}", json.text());
}

#[test]
fn ndjson_on_a_stream() {
    let stream = Shared::default();
    run(Ndjson::to_stream("standard output", Tables::ALL, stream.clone()), &[trades(3..4), odd_numbers()])
        .unwrap();
    let text = stream.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        r#"{"table":"trades","at":3,"symbol":"ACME","venue":"Börse","price":10003,"qty":4,"aggressor":"sell","maker":4294967299,"taker":8589934595}"#
    );
    for line in &lines[1..4] {
        assert!(line.ends_with(r#""agent":9,"value":null}"#), "{line}");
    }
    assert_eq!(lines.len(), 7);
}

/// Every text sink writes to a pipe whose reader takes one line and goes away.
#[test]
fn a_reader_that_goes_away_is_its_own_kind_of_error() {
    type Make = fn(io::PipeWriter) -> Box<dyn Sink>;
    let sinks: [Make; 3] = [
        |to| Box::new(Csv::to_stream("standard output", Table::Trades, to)),
        |to| Box::new(Ndjson::to_stream("standard output", Tables::ALL, to)),
        |to| Box::new(Threaded::new(Ndjson::to_stream("standard output", Tables::ALL, to))),
    ];
    for make in sinks {
        let (mut from, to) = io::pipe().unwrap();
        let mut sink = make(to);
        sink.start(&world()).unwrap();
        let failed = std::thread::scope(|scope| {
            // The reader goes when it is done with its line.
            scope.spawn(move || from.read_exact(&mut [0; 10]).unwrap());
            (0..1_000).find_map(|_| sink.on_batch(&trades(0..8_000)).err()).unwrap()
        });
        assert!(matches!(failed, SinkError::Closed { ref what } if what == "standard output"), "{failed:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_file() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let results = [
        run(Csv::to_stream("/dev/full", Table::Trades, full()), &[trades(0..10)]),
        run(Ndjson::to_stream("/dev/full", Tables::ALL, full()), &[trades(0..10)]),
        run(Ndjson::to_file("/dev/full", Tables::ALL), &[trades(0..10)]),
        run(Threaded::new(Ndjson::to_file("/dev/full", Tables::ALL)), &[trades(0..10)]),
    ];
    for result in results {
        let Err(SinkError::Io { what, source }) = result else { panic!("{result:?}") };
        assert_eq!((&*what, source.kind()), ("/dev/full", io::ErrorKind::StorageFull));
    }
}

#[test]
fn files_have_their_names_only_when_complete() {
    let dir = tempfile::tempdir().unwrap();
    let names = || {
        let mut names: Vec<String> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let path = dir.path().join("out ä.ndjson");
    let mut interrupted = Ndjson::to_file(&path, Tables::ALL);
    interrupted.start(&world()).unwrap();
    interrupted.on_batch(&trades(0..5)).unwrap();
    drop(interrupted);
    assert_eq!(names(), ["out ä.ndjson.incomplete"]);
    let kept = fs::read_to_string(dir.path().join("out ä.ndjson.incomplete")).unwrap();
    assert_eq!(kept.lines().count(), 5, "what was written is there to be read");

    // Two at once: the second does not touch the first's file, and does not take its name.
    let mut first = Ndjson::to_file(&path, Tables::ALL);
    first.start(&world()).unwrap();
    let mut second = Ndjson::to_file(&path, Tables::ALL);
    second.start(&world()).unwrap();
    second.on_batch(&trades(0..1)).unwrap();
    first.finish().unwrap();
    let error = second.finish().unwrap_err();
    assert!(
        matches!(error, SinkError::Io { ref source, .. } if source.kind() == io::ErrorKind::AlreadyExists)
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "");

    run(Ndjson::to_file(&path, Tables::ALL).overwrite(true), &[trades(0..2)]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);

    let csv = Csv::to_folder(dir.path().join("tables"), Table::Trades.into());
    run(csv, &[trades(0..2)]).unwrap();
    let again = || Csv::to_folder(dir.path().join("tables"), Table::Trades.into());
    assert!(run(again(), &[]).is_err());
    run(again().overwrite(true), &[]).unwrap();
    let header = "at,symbol,venue,price,qty,aggressor,maker,taker\n";
    assert_eq!(fs::read_to_string(dir.path().join("tables/trades.csv")).unwrap(), header);
}

#[test]
fn a_folder_in_the_place_of_a_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = run(Ndjson::to_file(dir.path(), Tables::ALL).overwrite(true), &[]).unwrap_err();
    assert!(matches!(error, SinkError::Io { .. }), "{error}");
}
