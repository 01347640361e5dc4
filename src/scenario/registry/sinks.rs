//! The sinks that ship with PRISM.

use prism_core::sink::{Sink, SinkError};
use prism_core::spec::{Param, Unit};
use prism_sinks::{Csv, Ndjson, Threaded};

use super::{Registry, SinkKind};

/// The path that stands for standard output.
pub(crate) const STDOUT: &str = "-";

/// The sinks that may write to it.
#[cfg(feature = "cli")]
pub(crate) const TEXTS: [&str; 2] = [CSV.kind, NDJSON.kind];

/// The parameter that lets files be replaced.
pub(crate) const OVERWRITE: &str = "overwrite";

const REPLACE: Param =
    Param::new(OVERWRITE, Unit::Flag, "false", "whether files that are there may be replaced");

/// Registers all of them.
pub(super) fn register(registry: &mut Registry) {
    registry.sinks.add(CSV);
    registry.sinks.add(NDJSON);
    #[cfg(feature = "parquet")]
    registry.sinks.add(PARQUET);
}

const CSV: SinkKind = SinkKind {
    kind: "csv",
    doc: "a text file with commas for each table",
    cites: &[],
    params: &[
        Param::needed("path", Unit::Path, "the folder; - writes a single table to standard output"),
        REPLACE,
    ],
    presets: &[],
    make: |tables, p| {
        if p.text("path") != STDOUT {
            return Ok(file(Csv::to_folder(p.text("path"), tables).overwrite(p.flag(OVERWRITE))));
        }
        let mut all = tables.iter();
        match (all.next(), all.next()) {
            (Some(table), None) => Ok(Box::new(Csv::to_stream("standard output", table, std::io::stdout()))),
            _ => Err(SinkError::Other {
                what: "csv to standard output".to_owned(),
                why: "it takes exactly one table; name it in `tables`".to_owned(),
            }),
        }
    },
};

const NDJSON: SinkKind = SinkKind {
    kind: "ndjson",
    doc: "a JSON object for each row, all tables in one file",
    cites: &[],
    params: &[Param::needed("path", Unit::Path, "the file; - is standard output"), REPLACE],
    presets: &[],
    make: |tables, p| {
        if p.text("path") == STDOUT {
            return Ok(Box::new(Ndjson::to_stream("standard output", tables, std::io::stdout())));
        }
        Ok(file(Ndjson::to_file(p.text("path"), tables).overwrite(p.flag(OVERWRITE))))
    },
};

#[cfg(feature = "parquet")]
const PARQUET: SinkKind = SinkKind {
    kind: "parquet",
    doc: "compressed columns, a folder of parts for each table",
    cites: &[],
    params: &[Param::needed("path", Unit::Path, "the folder")],
    presets: &[],
    make: |tables, p| Ok(file(prism_sinks::Parquet::to_folder(p.text("path"), tables))),
};

/// A sink that writes files gets a thread of its own.
fn file(sink: impl Sink + 'static) -> Box<dyn Sink> {
    Box::new(Threaded::new(sink))
}
