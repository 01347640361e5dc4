//! Tables as comma-separated text.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prism_core::sink::{Batch, Sink, SinkError, Table, Tables, Unfinished, World};

use crate::layout::{Cell, Cells, Names, columns};
use crate::output::{Guarded, Output, OutputFile, Stream, failed, free};

/// Writes tables as CSV with a header line: a file `TABLE.csv` for each in a folder, or one table to a stream.
/// Absent values are empty fields; quotes stand only where the text needs them.
pub struct Csv {
    wanted: Tables,
    place: Place,
    overwrite: bool,
    names: Option<Names>,
    open: [Option<Open>; Table::ALL.len()],
    unfinished: Unfinished,
}

enum Place {
    Folder(PathBuf),
    /// A stream with its name, until it is open.
    Stream(String, Option<Box<dyn Output>>),
}

struct Open {
    what: String,
    to: ::csv::Writer<Guarded<Box<dyn Output>>>,
}

impl Csv {
    /// A file for each of `tables` in `folder`, which is made if it is missing. Each has its name only when
    /// it is complete; until then it is `TABLE.csv.incomplete`.
    pub fn to_folder(folder: impl AsRef<Path>, tables: Tables) -> Csv {
        Csv::new(tables, Place::Folder(folder.as_ref().to_owned()))
    }

    /// One table to a stream, such as standard output; `what` names it in errors.
    pub fn to_stream(what: &str, table: Table, to: impl Write + Send + 'static) -> Csv {
        Csv::new(table.into(), Place::Stream(what.to_owned(), Some(Box::new(Stream(to)))))
    }

    fn new(wanted: Tables, place: Place) -> Csv {
        let unfinished = Unfinished::default();
        Csv { wanted, place, overwrite: false, names: None, open: Default::default(), unfinished }
    }

    /// Whether existing files may be replaced; by default they are an error.
    pub fn overwrite(mut self, overwrite: bool) -> Csv {
        self.overwrite = overwrite;
        self
    }

    fn open(&mut self, table: Table) -> Result<Open, SinkError> {
        let (what, to): (String, Box<dyn Output>) = match &mut self.place {
            Place::Folder(folder) => {
                fs::create_dir_all(&folder).map_err(|error| failed(folder.display().to_string(), error))?;
                let path = file(folder, table);
                let what = path.display().to_string();
                let made = OutputFile::create(&path, self.overwrite);
                let made = made.map_err(|error| failed(&*what, error))?;
                (what, Box::new(made.among(&self.unfinished)))
            }
            Place::Stream(what, to) => {
                let why = || "the stream is in use already".to_owned();
                let to = to.take().ok_or_else(|| SinkError::Other { what: what.clone(), why: why() })?;
                (what.clone(), to)
            }
        };
        let mut to = ::csv::WriterBuilder::new().buffer_capacity(64 * 1024).from_writer(Guarded::new(to));
        let header = columns(table).iter().map(|column| column.name);
        to.write_record(header).map_err(|error| refused(&what, error))?;
        Ok(Open { what, to })
    }
}

impl Sink for Csv {
    fn wants(&self) -> Tables {
        self.wanted
    }

    fn ready(&self) -> Result<(), SinkError> {
        let Place::Folder(folder) = &self.place else { return Ok(()) };
        self.wanted.iter().try_for_each(|table| free(&file(folder, table), self.overwrite))
    }

    fn unfinished(&self) -> Unfinished {
        self.unfinished.clone()
    }

    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        self.names = Some(Names::of(world));
        for table in self.wanted.iter() {
            self.open[table as usize] = Some(self.open(table)?);
        }
        Ok(())
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        let (Some(names), Some(open)) = (&self.names, &mut self.open[batch.table() as usize]) else {
            return Err(crate::not_started(batch.table()));
        };
        let cells = Cells::of(batch, names)?;
        for row in 0..batch.len() {
            write_row(&mut open.to, &cells, row).map_err(|error| refused(&open.what, error))?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        for open in self.open.iter_mut().filter_map(Option::take) {
            let done = open.to.into_inner().map_err(::csv::IntoInnerError::into_error);
            done.and_then(|mut to| to.complete()).map_err(|error| failed(&*open.what, error))?;
        }
        Ok(())
    }
}

/// The file of a table.
fn file(folder: &Path, table: Table) -> PathBuf {
    folder.join(format!("{table}.csv"))
}

fn write_row(to: &mut ::csv::Writer<impl Write>, cells: &[Cells<'_>], row: usize) -> ::csv::Result<()> {
    let mut digits = itoa::Buffer::new();
    for cells in cells {
        match cells.at(row) {
            Cell::Absent => to.write_field("")?,
            Cell::Int(value) => to.write_field(digits.format(value))?,
            Cell::Uint(value) => to.write_field(digits.format(value))?,
            // The shortest text that reads back as the same number.
            Cell::Float(value) => to.write_field(value.to_string())?,
            Cell::Flag(value) => to.write_field(if value { "true" } else { "false" })?,
            Cell::Name(name) => to.write_field(name)?,
        }
    }
    to.write_record(None::<&[u8]>)
}

fn refused(what: &str, error: ::csv::Error) -> SinkError {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => failed(what, error),
        other => SinkError::Other { what: what.to_owned(), why: format!("{other:?}") },
    }
}

impl fmt::Debug for Csv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Csv").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}
