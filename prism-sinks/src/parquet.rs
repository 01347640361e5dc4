//! Tables as Parquet files.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, Encoding, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{KeyValue, SortingColumn};
use ::parquet::file::properties::WriterProperties;
use ::parquet::schema::types::ColumnPath;
use arrow_schema::SchemaRef;
use prism_core::sink::{Batch, Sink, SinkError, Table, Tables, Unfinished, World};
use serde::{Deserialize, Serialize};

use crate::arrow;
use crate::checksum::{FileInfo, Summed};
use crate::instruments;
use crate::layout::{self, Column, SCHEMA_VERSION, Source};
use crate::output::{Guarded, Output, OutputFile, failed, free};

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 20;
/// Row groups of a file.
const PART_GROUPS: u64 = 16;

/// The file of the instrument table.
pub(crate) const INSTRUMENTS: &str = "instruments.parquet";

/// Opens the file of a name such as `trades/part-0000.parquet`.
type Open = Box<dyn FnMut(&str) -> io::Result<Box<dyn Output>> + Send>;

type Writer = ArrowWriter<Guarded<Summed<Box<dyn Output>>>>;

/// Writes tables as Parquet: `instruments.parquet`, and for each table a folder of parts.
///
/// Names are dictionary columns, times and ids are delta-encoded, everything is compressed with zstd at level
/// 3; rows stand in the order of time, and say so. Units, tick and lot are in the key-value metadata. A part
/// ends after 16 row groups of 2²⁰ rows, so that a run that is killed leaves readable parts behind.
///
/// Compressing takes time: give it a thread with [`Threaded`](crate::Threaded).
pub struct Parquet {
    wanted: Tables,
    open: Open,
    /// What stands before the names in errors.
    folder: PathBuf,
    /// True when the files must not be there before.
    fresh: bool,
    unfinished: Unfinished,
    group_rows: usize,
    part_rows: u64,
    schemas: Option<arrow::Tables>,
    metadata: Vec<KeyValue>,
    parts: [Option<Part>; Table::ALL.len()],
    written: Written,
}

/// The part of a table that is being written.
struct Part {
    what: String,
    to: Writer,
    /// Its number.
    number: u32,
    rows: u64,
    /// Time of the last row.
    last: i64,
}

impl Parquet {
    /// Parts in `folder`, which is made if it is missing. A part has its name only when it is complete, until
    /// then it is `NAME.incomplete`; existing files are an error.
    pub fn to_folder(folder: impl AsRef<Path>, tables: Tables) -> Parquet {
        let unfinished = Unfinished::default();
        let listed = unfinished.clone();
        let open = move |path: &Path| -> io::Result<Box<dyn Output>> {
            Ok(Box::new(OutputFile::create(path, false)?.among(&listed)))
        };
        let mut sink = Parquet::to_files(folder.as_ref(), tables, open);
        (sink.fresh, sink.unfinished) = (true, unfinished);
        sink
    }

    /// Parts in a folder that is itself marked as incomplete until the run is over: they have their names at
    /// once.
    pub(crate) fn within(folder: &Path, tables: Tables) -> Parquet {
        let open = |path: &Path| -> io::Result<Box<dyn Output>> {
            Ok(Box::new(OpenOptions::new().write(true).create_new(true).open(path)?))
        };
        Parquet::to_files(folder, tables, open)
    }

    fn to_files(
        folder: &Path,
        tables: Tables,
        open: impl Fn(&Path) -> io::Result<Box<dyn Output>> + Send + 'static,
    ) -> Parquet {
        let parts = folder.to_owned();
        let mut sink = Parquet::to_outputs(tables, move |name| {
            let path = parts.join(name);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            open(&path)
        });
        folder.clone_into(&mut sink.folder);
        sink
    }

    /// Parts wherever `open` puts them; it is given names such as `trades/part-0000.parquet`.
    pub fn to_outputs(
        tables: Tables,
        open: impl FnMut(&str) -> io::Result<Box<dyn Output>> + Send + 'static,
    ) -> Parquet {
        Parquet {
            wanted: tables,
            open: Box::new(open),
            folder: PathBuf::new(),
            fresh: false,
            unfinished: Unfinished::default(),
            group_rows: GROUP_ROWS,
            part_rows: GROUP_ROWS as u64 * PART_GROUPS,
            schemas: None,
            metadata: Vec::new(),
            parts: Default::default(),
            written: Written::default(),
        }
    }

    /// Rows of a row group (default 2²⁰) and of a part (default 16 groups), each at least 1. A part ends with
    /// the batch that reaches its size.
    pub fn sizes(mut self, group_rows: usize, part_rows: u64) -> Parquet {
        (self.group_rows, self.part_rows) = (group_rows.max(1), part_rows.max(1));
        self
    }

    /// What was written, for whoever keeps the sink's company.
    pub fn written(&self) -> Written {
        self.written.clone()
    }

    fn begin(&mut self, table: Table, number: u32, last: i64) -> Result<Part, SinkError> {
        let name = part_name(table.name(), number);
        let schema = self.schemas.as_ref().ok_or_else(|| crate::not_started(table))?.schema(table);
        let properties = properties(table, self.group_rows, &self.metadata);
        let (what, to) = self.writer(&name, schema, properties)?;
        Ok(Part { what, to, number, rows: 0, last })
    }

    /// Opens an output, which is named in full in errors.
    fn writer(
        &mut self,
        name: &str,
        schema: SchemaRef,
        properties: WriterProperties,
    ) -> Result<(String, Writer), SinkError> {
        let what = self.folder.join(name).display().to_string();
        let to = (self.open)(name).map_err(|error| failed(&*what, error))?;
        let to = ArrowWriter::try_new(Guarded::new(Summed::new(to)), schema, Some(properties));
        Ok((what.clone(), to.map_err(|error| refused(&what, error))?))
    }

    /// Closes a part and counts its rows.
    fn end(&self, table: Table, part: Part) -> Result<(), SinkError> {
        let file = close(&part.what, part.to)?;
        self.written.state().part(table, part.number, part.rows, file);
        Ok(())
    }
}

impl Sink for Parquet {
    fn wants(&self) -> Tables {
        self.wanted
    }

    fn ready(&self) -> Result<(), SinkError> {
        let first = |table: Table| part_name(table.name(), 0);
        let mut names = std::iter::once(INSTRUMENTS.to_owned()).chain(self.wanted.iter().map(first));
        if self.fresh { names.try_for_each(|name| free(&self.folder.join(name), false)) } else { Ok(()) }
    }

    fn unfinished(&self) -> Unfinished {
        self.unfinished.clone()
    }

    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        self.schemas = Some(arrow::Tables::of(world));
        self.metadata = instruments::metadata(world);
        let table = instruments::table(world)?;
        let properties = plain(&self.metadata).build();
        let (what, mut to) = self.writer(INSTRUMENTS, table.schema(), properties)?;
        to.write(&table).map_err(|error| refused(&what, error))?;
        let file = close(&what, to)?;
        self.written.state().files.insert(INSTRUMENTS.to_owned(), file);
        for table in self.wanted.iter() {
            self.parts[table as usize] = Some(self.begin(table, 0, i64::MIN)?);
        }
        Ok(())
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        let table = batch.table();
        let (Some(schemas), Some(part)) = (&self.schemas, &mut self.parts[table as usize]) else {
            return Err(crate::not_started(table));
        };
        part.last = in_order(batch, part.last)?;
        let rows = schemas.record_batch(batch)?;
        part.to.write(&rows).map_err(|error| refused(&part.what, error))?;
        part.rows += batch.len() as u64;
        if part.rows >= self.part_rows {
            let (number, last) = (part.number + 1, part.last);
            let next = self.begin(table, number, last)?;
            if let Some(full) = self.parts[table as usize].replace(next) {
                self.end(table, full)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        for table in self.wanted.iter() {
            if let Some(part) = self.parts[table as usize].take() {
                self.end(table, part)?;
            }
        }
        self.written.state().finished = true;
        Ok(())
    }
}

impl Drop for Parquet {
    /// Gives the parts of an interrupted run their footers, so that what was written can be read.
    fn drop(&mut self) {
        for table in Table::ALL {
            if let Some(mut part) = self.parts[table as usize].take()
                && part.to.finish().is_ok()
            {
                let file = part.to.inner().inner().info();
                self.written.state().part(table, part.number, part.rows, file);
            }
        }
    }
}

impl fmt::Debug for Parquet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parquet").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

/// What a [`Parquet`] sink has written so far, in parts that are closed. Clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Written(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    tables: BTreeMap<String, TableInfo>,
    files: BTreeMap<String, FileInfo>,
    finished: bool,
}

impl State {
    /// Counts a part that is closed.
    fn part(&mut self, table: Table, number: u32, rows: u64, file: FileInfo) {
        let info = self.tables.entry(table.name().to_owned()).or_default();
        info.rows += rows;
        info.parts += 1;
        self.files.insert(part_name(table.name(), number), file);
    }
}

/// The size of a table in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableInfo {
    /// Rows in all parts.
    pub rows: u64,
    /// Parts.
    pub parts: u32,
}

impl Written {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables by name.
    pub fn tables(&self) -> BTreeMap<String, TableInfo> {
        self.state().tables.clone()
    }

    /// Size and hash of each file, by its name, such as `trades/part-0000.parquet`.
    pub fn files(&self) -> BTreeMap<String, FileInfo> {
        self.state().files.clone()
    }

    /// True once the sink has finished: the run is over and every part is closed.
    pub fn is_finished(&self) -> bool {
        self.state().finished
    }
}

/// The file of a part, in the folder of its table.
pub(crate) fn part_name(table: &str, number: u32) -> String {
    format!("{table}/part-{number:04}.parquet")
}

/// The column of times, which is the first of every table that has one.
fn times(table: Table) -> Option<fn(&Batch) -> &[i64]> {
    match layout::columns(table).first() {
        Some(Column { name: "at", source: Source::I64(cells), .. }) => Some(*cells),
        _ => None,
    }
}

/// Checks what the sorting columns promise; the time of the last row.
fn in_order(batch: &Batch, last: i64) -> Result<i64, SinkError> {
    let Some(times) = times(batch.table()) else { return Ok(last) };
    let times = times(batch);
    match times {
        [] => Ok(last),
        [first, .., end] | [first @ end] if *first >= last && times.is_sorted() => Ok(*end),
        _ => {
            let why = "rows are not in the order of time".to_owned();
            Err(SinkError::Other { what: format!("table {}", batch.table()), why })
        }
    }
}

/// Ends a file and sums it up.
fn close(what: &str, to: Writer) -> Result<FileInfo, SinkError> {
    let mut output = to.into_inner().map_err(|error| refused(what, error))?;
    output.complete().map_err(|error| failed(what, error))?;
    Ok(output.inner().info())
}

fn refused(what: &str, error: ParquetError) -> SinkError {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => failed(what, *cause),
            Err(cause) => SinkError::Other { what: what.to_owned(), why: cause.to_string() },
        },
        other => SinkError::Other { what: what.to_owned(), why: other.to_string() },
    }
}

/// What every file has: zstd, no dictionary unless a column asks for it, and the units.
fn plain(metadata: &[KeyValue]) -> ::parquet::file::properties::WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_created_by(format!("prism {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
        .set_dictionary_enabled(false)
        .set_key_value_metadata(Some(metadata.to_vec()))
}

fn properties(table: Table, group_rows: usize, metadata: &[KeyValue]) -> WriterProperties {
    let mut properties = plain(metadata).set_max_row_group_row_count(Some(group_rows));
    for column in layout::columns(table) {
        let path = ColumnPath::from(column.name);
        properties = match column.source {
            Source::Code8(..) | Source::Code16(..) => properties.set_column_dictionary_enabled(path, true),
            // Times and prices move by little from row to row. Ids and sizes do not: measured on a real day,
            // deltas made them a quarter larger.
            Source::I64(_) if column.unit == layout::NANOSECONDS || column.unit == layout::TICKS => {
                properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
            }
            _ => properties,
        };
    }
    if times(table).is_some() {
        let by_time = SortingColumn { column_idx: 0, descending: false, nulls_first: false };
        properties = properties.set_sorting_columns(Some(vec![by_time]));
    }
    let own = KeyValue::new("prism.table".to_owned(), table.name().to_owned());
    let version = KeyValue::new("prism.schema".to_owned(), SCHEMA_VERSION.to_string());
    let all = [own, version].into_iter().chain(metadata.iter().cloned()).collect();
    properties.set_key_value_metadata(Some(all)).build()
}
