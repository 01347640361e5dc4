//! Where the results of a run go, and the tape formats that are read back.
//!
//! A *sink* watches a run: the kernel hands it batches of tables in plain columns, and it can change nothing.
//!
//! | sink | what it does |
//! |---|---|
//! | [`Memory`] | keeps the batches as they are; typed rows for tests, notebooks and reports |
//! | [`Csv`] | a text file for each table, or one table to a stream |
//! | [`Ndjson`] | a JSON object a row, all tables in one file or stream |
//! | `Parquet` | compressed columns, in parts (feature `parquet`) |
//! | `Folder` | the output folder of a run: Parquet tables, manifest, summary (feature `parquet`) |
//! | [`Threaded`] | runs another sink on a thread of its own, with back-pressure and without loss |
//!
//! All of them show a table in the same columns, with names for ids; absent values (the bid of an empty side,
//! the price of a market order) are empty, null or missing, never a magic number. Prices are ticks and sizes
//! lots: the instrument table in every Parquet output says what these are worth. An output has its name only
//! when it is whole: what a failed or interrupted run leaves behind is called `….incomplete`.
//! The tables with their columns, and what [`export`] makes of a run, are in `docs/market-data.md`.
//!
//! ```
//! # #[cfg(feature = "parquet")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use prism_core::sink::{Batch, Sink, Table, TradeCols, TradeRow, World};
//! use prism_core::types::{Instruments, Symbol};
//! use prism_sinks::{Folder, Manifest, ScenarioText};
//!
//! # let somewhere = tempfile::tempdir()?;
//! # let target = somewhere.path().join("out");
//! let manifest = Manifest::new("prism 0.1.0", ScenarioText::default(), 7, vec!["prism".to_owned()]);
//! let mut folder = Folder::create(&target, manifest, false)?;
//! let mut sink = folder.sink(Table::Trades.into());
//!
//! // The kernel does this:
//! let instruments = Instruments::build(&[("XPRM".to_owned(), vec![Symbol::new("ACME")])]).unwrap();
//! sink.start(&Arc::new(World { instruments, ..World::default() }))?;
//! let mut trades = TradeCols::default();
//! trades.push(TradeRow { at: 5, book: 0, price: 10_000, qty: 3, aggressor: 0, maker: 1, taker: 2 });
//! sink.on_batch(&Arc::new(Batch::Trades(trades)))?;
//! sink.finish()?;
//!
//! assert!(!target.exists());
//! let path = folder.complete(0x3014_d89f_405a_b347, &"a summary")?;
//! let manifest = Manifest::read(&path)?;
//! assert!(manifest.complete);
//! assert_eq!(manifest.tables["trades"].rows, 1);
//! assert!(path.join("trades/part-0000.parquet").exists());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "parquet"))]
//! # fn main() {}
//! ```
//!
//! Recorded market data is read by [`tape`]. This crate does not decide what is recorded (the kernel does) and
//! measures nothing.
#![forbid(unsafe_code)]

#[cfg(feature = "arrow")]
pub mod arrow;
#[cfg(feature = "parquet")]
mod checksum;
mod csv;
pub mod export;
#[cfg(feature = "parquet")]
mod folder;
#[cfg(feature = "parquet")]
mod instruments;
mod layout;
#[cfg(feature = "parquet")]
mod manifest;
mod memory;
mod ndjson;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
pub mod tape;
mod threaded;

use prism_core::sink::{SinkError, Table};

#[cfg(feature = "parquet")]
pub use checksum::FileInfo;
pub use csv::Csv;
#[cfg(feature = "parquet")]
pub use folder::{Folder, FolderError};
pub use layout::SCHEMA_VERSION;
#[cfg(feature = "parquet")]
pub use manifest::{Difference, Manifest, ScenarioText};
pub use memory::Memory;
pub use ndjson::Ndjson;
pub use output::{Output, OutputFile};
#[cfg(feature = "parquet")]
pub use parquet::{Parquet, TableInfo, Written};
pub use threaded::Threaded;

/// The error of a sink that gets a batch before it was started, or of a table it did not ask for.
fn not_started(table: Table) -> SinkError {
    SinkError::Other { what: format!("table {table}"), why: "the sink was not started for it".to_owned() }
}
