//! What every sink must do: give back what it was given, let go of the batches, say which tables it wants.
#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use prism_core::sink::{Batch, Sink, Table, Tables};
use prism_sinks::{Csv, Memory, Ndjson, Parquet, Threaded};
use proptest::prelude::*;
use support::{Row, any_run, float, rows, trades, world};

/// Rows by table, in order.
type Shown = BTreeMap<String, Vec<Row>>;

/// A sink that writes to a folder, and how its output is read back.
struct Case {
    name: &'static str,
    make: fn(&Path) -> Box<dyn Sink>,
    read: fn(&Path) -> Shown,
}

const CASES: [Case; 6] = [
    Case { name: "csv", make: |dir| Box::new(Csv::to_folder(dir, Tables::ALL)), read: read_csv },
    Case {
        name: "csv on a thread",
        make: |dir| Box::new(Threaded::new(Csv::to_folder(dir, Tables::ALL))),
        read: read_csv,
    },
    Case {
        name: "ndjson",
        make: |dir| Box::new(Ndjson::to_file(dir.join("all.ndjson"), Tables::ALL)),
        read: read_ndjson,
    },
    Case { name: "parquet", make: |dir| Box::new(Parquet::to_folder(dir, Tables::ALL)), read: read_parquet },
    Case {
        name: "parquet in small parts",
        make: |dir| Box::new(Parquet::to_folder(dir, Tables::ALL).sizes(16, 40)),
        read: read_parquet,
    },
    Case {
        name: "parquet on a thread",
        make: |dir| Box::new(Threaded::new(Parquet::to_folder(dir, Tables::ALL))),
        read: read_parquet,
    },
];

fn shown(batches: &[Arc<Batch>]) -> Shown {
    let mut shown = Shown::new();
    for batch in batches {
        shown.entry(batch.table().name().to_owned()).or_default().extend(rows(batch));
    }
    shown
}

/// The name of a column as a static text.
fn known(table: &str, name: &str) -> &'static str {
    let columns = "at symbol venue price qty aggressor maker taker bid bid_qty ask ask_qty last side level id kind \
        tif left fee value series agent group position cash seq action traded phase volume surplus covered";
    let found = columns.split_whitespace().find(|&column| column == name);
    found.unwrap_or_else(|| panic!("unknown column {name} in {table}"))
}

fn read_csv(dir: &Path) -> Shown {
    let mut shown = Shown::new();
    for table in Table::ALL {
        let mut reader = csv::Reader::from_path(dir.join(format!("{table}.csv"))).unwrap();
        let header = reader.headers().unwrap().clone();
        for record in reader.records() {
            let record = record.unwrap();
            let cells = header.iter().zip(record.iter()).map(|(name, text)| {
                let text = if name == "value" { float(text.parse().unwrap()) } else { text.to_owned() };
                (known(table.name(), name), (!text.is_empty()).then_some(text))
            });
            shown.entry(table.name().to_owned()).or_default().push(cells.collect());
        }
    }
    shown
}

fn read_ndjson(dir: &Path) -> Shown {
    let mut shown = Shown::new();
    for line in std::fs::read_to_string(dir.join("all.ndjson")).unwrap().lines() {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        let mut entries = object.iter();
        let (key, table) = entries.next().unwrap();
        assert_eq!(key, "table");
        let table = table.as_str().unwrap();
        let cells = entries.map(|(name, value)| {
            let text = match value {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text.clone()),
                value if name == "value" => Some(float(value.as_f64().unwrap())),
                value => Some(value.to_string()),
            };
            (known(table, name), text)
        });
        shown.entry(table.to_owned()).or_default().push(cells.collect());
    }
    shown
}

fn read_parquet(dir: &Path) -> Shown {
    let mut shown = Shown::new();
    for table in Table::ALL {
        let mut parts: Vec<PathBuf> =
            std::fs::read_dir(dir.join(table.name())).unwrap().map(|entry| entry.unwrap().path()).collect();
        parts.sort();
        assert!(parts[0].ends_with("part-0000.parquet"));
        for part in parts {
            let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(part).unwrap()).unwrap();
            for batch in reader.build().unwrap() {
                let batch = batch.unwrap();
                for at in 0..batch.num_rows() {
                    let cells = batch
                        .schema()
                        .fields()
                        .iter()
                        .zip(batch.columns())
                        .map(|(field, array)| (known(table.name(), field.name()), text(array, at)))
                        .collect();
                    shown.entry(table.name().to_owned()).or_default().push(cells);
                }
            }
        }
    }
    shown
}

fn text(array: &ArrayRef, at: usize) -> Option<String> {
    if array.is_null(at) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().value(at).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(at).to_string(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(at).to_string(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(at).to_string(),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(at)),
        DataType::Boolean => array.as_boolean().value(at).to_string(),
        DataType::Dictionary(key, _) if **key == DataType::UInt8 => array
            .as_dictionary::<UInt8Type>()
            .downcast_dict::<StringArray>()
            .unwrap()
            .into_iter()
            .nth(at)
            .unwrap()?
            .to_owned(),
        DataType::Dictionary(..) => array
            .as_dictionary::<UInt16Type>()
            .downcast_dict::<StringArray>()
            .unwrap()
            .into_iter()
            .nth(at)
            .unwrap()?
            .to_owned(),
        other => panic!("unexpected type {other}"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_goes_in_comes_out(run in any_run()) {
        let expected = shown(&run);
        for case in &CASES {
            let dir = tempfile::tempdir().unwrap();
            let mut sink = (case.make)(dir.path());
            sink.start(&world()).unwrap();
            for batch in &run {
                sink.on_batch(batch).unwrap();
            }
            sink.finish().unwrap();
            prop_assert_eq!(&(case.read)(dir.path()), &expected, "{}", case.name);
        }
        let memory = Memory::new(Tables::ALL);
        let mut sink = memory.clone();
        sink.start(&world()).unwrap();
        for batch in &run {
            sink.on_batch(batch).unwrap();
        }
        sink.finish().unwrap();
        prop_assert!(memory.is_complete());
        for table in Table::ALL {
            let shown: Vec<Row> = memory.batches(table).iter().flat_map(|batch| rows(batch)).collect();
            prop_assert_eq!(memory.rows(table), shown.len());
            prop_assert_eq!(Some(&shown).filter(|rows| !rows.is_empty()), expected.get(table.name()));
        }
    }
}

#[test]
fn batches_come_back() {
    for case in &CASES {
        let dir = tempfile::tempdir().unwrap();
        let mut batch = trades(0..100);
        let mut sink = (case.make)(dir.path());
        sink.start(&world()).unwrap();
        sink.on_batch(&batch).unwrap();
        if !case.name.ends_with("thread") {
            assert!(Arc::get_mut(&mut batch).is_some(), "{} holds on to a batch it has written", case.name);
        }
        sink.finish().unwrap();
        assert!(Arc::get_mut(&mut batch).is_some(), "{} holds on to a batch after the end", case.name);
    }
    let memory = Memory::new(Table::Trades.into());
    let mut batch = trades(0..100);
    memory.clone().on_batch(&batch).unwrap();
    assert!(Arc::get_mut(&mut batch).is_none());
    drop(memory.take());
    assert!(Arc::get_mut(&mut batch).is_some());
}

#[test]
fn a_table_without_rows_still_has_its_columns() {
    for case in &CASES {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = (case.make)(dir.path());
        sink.start(&world()).unwrap();
        sink.finish().unwrap();
        assert_eq!((case.read)(dir.path()), Shown::new(), "{}", case.name);
    }
}

#[test]
fn existing_files_are_left_alone() {
    for case in &CASES {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = (case.make)(dir.path());
        sink.start(&world()).unwrap();
        sink.on_batch(&trades(0..10)).unwrap();
        sink.finish().unwrap();
        let before = (case.read)(dir.path());
        let mut second = (case.make)(dir.path());
        let failed = second.start(&world()).and_then(|()| second.finish());
        let error = failed.unwrap_err().to_string();
        assert!(error.contains(&*dir.path().to_string_lossy()) || error.contains(".parquet"), "{error}");
        drop(second);
        assert_eq!((case.read)(dir.path()), before, "{}", case.name);
    }
}

#[test]
fn batches_before_the_start_and_ids_without_names_are_errors() {
    for case in &CASES {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = (case.make)(dir.path());
        let early = sink.on_batch(&trades(0..1)).and_then(|()| sink.finish());
        assert!(early.unwrap_err().to_string().contains("trades"), "{}", case.name);

        let dir = tempfile::tempdir().unwrap();
        let mut sink = (case.make)(dir.path());
        let Batch::Trades(mut cols) = (*trades(0..5)).clone() else { panic!("trades") };
        cols.book[3] = 4;
        sink.start(&world()).unwrap();
        let error = sink.on_batch(&Arc::new(Batch::Trades(cols))).and_then(|()| sink.finish()).unwrap_err();
        assert!(matches!(error, prism_core::sink::SinkError::Other { .. }), "{}: {error}", case.name);
    }
}
