//! What the Parquet files say about themselves, how they are cut into parts, and what an interruption leaves.
#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type, UInt16Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::SortingColumn;
use parquet::file::reader::{FileReader, SerializedFileReader};
use prism_core::sink::{Batch, Sink, SinkError, Table, Tables, TradeCols};
use prism_sinks::{Output, Parquet, TableInfo, Threaded};
use support::{trades, world};

fn trades_alone() -> Tables {
    Table::Trades.into()
}

fn write(dir: &Path, batches: &[Arc<Batch>]) {
    let mut sink = Parquet::to_folder(dir, Tables::ALL);
    sink.start(&world()).unwrap();
    for batch in batches {
        sink.on_batch(batch).unwrap();
    }
    sink.finish().unwrap();
}

fn rows(path: &Path) -> i64 {
    SerializedFileReader::new(File::open(path).unwrap()).unwrap().metadata().file_metadata().num_rows()
}

#[test]
fn a_file_says_what_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[trades(0..5_000)]);
    let file =
        SerializedFileReader::new(File::open(dir.path().join("trades/part-0000.parquet")).unwrap()).unwrap();
    let meta = file.metadata();
    let pairs = meta.file_metadata().key_value_metadata().unwrap();
    let value =
        |key: &str| pairs.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone()).unwrap();
    assert_eq!(value("prism.table"), "trades");
    assert_eq!(value("prism.schema"), prism_sinks::SCHEMA_VERSION.to_string());
    assert_eq!(value("prism.time"), "ns since the run began");
    assert_eq!((value("prism.price"), value("prism.qty")), ("ticks".to_owned(), "lots".to_owned()));
    let instruments: Vec<serde_json::Value> = serde_json::from_str(&value("prism.instruments")).unwrap();
    assert_eq!(instruments.len(), 4);
    assert_eq!(instruments[2]["symbol"], "two; words");
    assert_eq!((&instruments[1]["tick"], &instruments[1]["lot"]), (&"0.5".into(), &"1".into()));

    let group = meta.row_group(0);
    let by_time = SortingColumn { column_idx: 0, descending: false, nulls_first: false };
    assert_eq!(group.sorting_columns().unwrap(), &vec![by_time]);
    for column in group.columns() {
        assert!(matches!(column.compression(), Compression::ZSTD(_)), "{:?}", column.compression());
        let named = ["symbol", "venue", "aggressor"].contains(&column.column_path().string().as_str());
        assert_eq!(column.dictionary_page_offset().is_some(), named, "{}", column.column_path());
        let encodings: Vec<Encoding> = column.encodings().collect();
        let deltas = ["at", "price"].contains(&column.column_path().string().as_str());
        assert_eq!(encodings.contains(&Encoding::DELTA_BINARY_PACKED), deltas, "{}", column.column_path());
        assert!(column.statistics().is_some());
    }
}

#[test]
fn instruments_are_exact_decimals() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[]);
    let file = File::open(dir.path().join("instruments.parquet")).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batch = reader.next().unwrap().unwrap();
    let column = |name: &str| batch.column_by_name(name).unwrap().clone();
    assert_eq!(column("book").as_primitive::<UInt16Type>().values(), &[0, 1, 2, 3]);
    let symbols: Vec<&str> = column("symbol")
        .as_string::<i32>()
        .iter()
        .flatten()
        .map(|name| name.to_owned().leak() as &str)
        .collect();
    assert_eq!(symbols, ["ACME", "ÜBER, \"AG\"", "two; words", "ACME"]);
    let ticks = column("tick");
    let ticks = ticks.as_primitive::<Decimal128Type>();
    assert_eq!(ticks.value_as_string(0), "0.010000000000000000");
    assert_eq!(ticks.value(2), 10_i128.pow(14));
    assert_eq!(column("start").as_primitive::<Int64Type>().values(), &[10_000, 200, 1_000_000, 10_000]);
}

#[test]
fn two_runs_write_the_same_bytes() {
    let [one, two] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let batches = [trades(0..3_000), trades(3_000..9_000)];
    write(one.path(), &batches);
    let mut sink = Threaded::new(Parquet::to_folder(two.path(), Tables::ALL));
    sink.start(&world()).unwrap();
    for batch in &batches {
        sink.on_batch(batch).unwrap();
    }
    sink.finish().unwrap();
    let mut compared = 0;
    for table in Table::ALL
        .map(|table| format!("{table}/part-0000.parquet"))
        .iter()
        .chain(["instruments.parquet".to_owned()].iter())
    {
        assert_eq!(
            fs::read(one.path().join(table)).unwrap(),
            fs::read(two.path().join(table)).unwrap(),
            "{table}"
        );
        compared += 1;
    }
    assert_eq!(compared, Table::ALL.len() + 1);
}

#[test]
fn long_tables_are_cut_into_parts_and_row_groups() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = Parquet::to_folder(dir.path(), trades_alone()).sizes(100, 250);
    let written = sink.written();
    sink.start(&world()).unwrap();
    for n in 0..7 {
        sink.on_batch(&trades(n * 100..(n + 1) * 100)).unwrap();
    }
    assert_eq!(written.tables()["trades"], TableInfo { rows: 600, parts: 2 });
    assert!(!written.is_finished());
    sink.finish().unwrap();
    assert!(written.is_finished());
    assert_eq!(written.tables()["trades"], TableInfo { rows: 700, parts: 3 });
    let part = |n: u32| dir.path().join(format!("trades/part-{n:04}.parquet"));
    assert_eq!([0, 1, 2].map(|n| rows(&part(n))), [300, 300, 100]);
    assert_eq!(SerializedFileReader::new(File::open(part(0)).unwrap()).unwrap().num_row_groups(), 3);
}

#[test]
fn an_interrupted_run_leaves_parts_that_can_be_read_and_do_not_look_complete() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = Threaded::new(Parquet::to_folder(dir.path(), trades_alone()));
    sink.start(&world()).unwrap();
    sink.on_batch(&trades(0..500)).unwrap();
    drop(sink);
    assert!(!dir.path().join("trades/part-0000.parquet").exists());
    assert_eq!(rows(&dir.path().join("trades/part-0000.parquet.incomplete")), 500);
}

#[test]
fn rows_that_go_back_in_time_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = Parquet::to_folder(dir.path(), trades_alone());
    sink.start(&world()).unwrap();
    sink.on_batch(&trades(10..20)).unwrap();
    sink.on_batch(&Arc::new(Batch::Trades(TradeCols::default()))).unwrap();
    let error = sink.on_batch(&trades(18..25)).unwrap_err();
    assert!(matches!(error, SinkError::Other { ref why, .. } if why.contains("order of time")), "{error}");
}

#[test]
fn any_place_will_do() {
    let mut names = Vec::new();
    let (to, from) = std::sync::mpsc::channel();
    let mut sink = Parquet::to_outputs(trades_alone(), move |name| {
        to.send(name.to_owned()).map_err(io::Error::other)?;
        Ok(Box::new(tempfile::tempfile()?))
    });
    sink.start(&world()).unwrap();
    sink.finish().unwrap();
    drop(sink);
    names.extend(from);
    assert_eq!(names, ["instruments.parquet", "trades/part-0000.parquet"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_run_with_the_name_of_the_part() {
    let full = |name: &str| -> io::Result<Box<dyn Output>> {
        let path = if name.starts_with("trades") { "/dev/full" } else { "/dev/null" };
        Ok(Box::new(tempfile_or_device(path)?))
    };
    let mut sink = Threaded::new(Parquet::to_outputs(trades_alone(), full));
    sink.start(&world()).unwrap();
    let failed = (0..200)
        .find_map(|n| sink.on_batch(&trades(n * 8_000..(n + 1) * 8_000)).err())
        .or_else(|| sink.finish().err());
    let Some(SinkError::Io { what, source }) = failed else { panic!("{failed:?}") };
    assert_eq!((&*what, source.kind()), ("trades/part-0000.parquet", io::ErrorKind::StorageFull));
}

/// Devices cannot be synced; a write error must surface before that.
fn tempfile_or_device(path: &str) -> io::Result<impl Output + 'static> {
    struct Device(File);
    impl io::Write for Device {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }
    impl Output for Device {}
    fs::OpenOptions::new().write(true).open(path).map(Device)
}
