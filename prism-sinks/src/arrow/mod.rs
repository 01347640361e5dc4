//! The tables as Arrow record batches.
//!
//! Numbers are shared with the batch they come from, not copied; names are dictionary columns whose keys are
//! the ids of the run. Each field carries its unit as metadata.
//!
//! ```
//! use std::sync::Arc;
//! use prism_core::sink::{Batch, Table, ValueCols, ValueRow, World};
//! use prism_core::types::{Instruments, Symbol};
//! use prism_sinks::arrow::Tables;
//!
//! let instruments = Instruments::build(&[("XPRM".to_owned(), vec![Symbol::new("ACME")])]).unwrap();
//! let tables = Tables::of(&World { instruments, ..World::default() });
//! let mut values = ValueCols::default();
//! values.push(ValueRow { at: 0, symbol: 0, value: 10_000.5 });
//! let batch = tables.record_batch(&Arc::new(Batch::Values(values)))?;
//! assert_eq!(batch.schema(), tables.schema(Table::Values));
//! assert_eq!(batch.schema().field(1).name(), "symbol");
//! # Ok::<(), prism_core::sink::SinkError>(())
//! ```

mod schema;
mod share;

pub use schema::Tables;
