//! Tables as one JSON object a line.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prism_core::sink::{Batch, Sink, SinkError, Table, Tables, Unfinished, World};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::layout::{Cell, Cells, Names};
use crate::output::{Guarded, Output, OutputFile, Stream, failed, free};

/// Bytes that are collected before they are written.
const CHUNK: usize = 64 * 1024;

/// Writes tables as newline-delimited JSON, all into one stream: each line begins with the table's name, as
/// in `{"table":"trades","at":5,…}`. Absent values are null, and so are numbers that JSON lacks (not a number,
/// infinite). Order ids are numbers of up to 64 bits: a reader must not make them floats.
pub struct Ndjson {
    wanted: Tables,
    what: String,
    place: Place,
    names: Option<Arc<Names>>,
    line: Vec<u8>,
    unfinished: Unfinished,
}

enum Place {
    File { path: PathBuf, overwrite: bool },
    Open(Guarded<Box<dyn Output>>),
    Ended,
}

impl Ndjson {
    /// The tables to a file, which has its name only when it is complete; until then it is
    /// `NAME.incomplete`. The folder it lies in is made if it is missing.
    pub fn to_file(path: impl AsRef<Path>, tables: Tables) -> Ndjson {
        let path = path.as_ref().to_owned();
        Ndjson::new(path.display().to_string(), tables, Place::File { path, overwrite: false })
    }

    /// The tables to a stream, such as standard output; `what` names it in errors.
    pub fn to_stream(what: &str, tables: Tables, to: impl Write + Send + 'static) -> Ndjson {
        Ndjson::new(what.to_owned(), tables, Place::Open(Guarded::new(Box::new(Stream(to)))))
    }

    fn new(what: String, wanted: Tables, place: Place) -> Ndjson {
        let line = Vec::with_capacity(CHUNK + 1024);
        Ndjson { wanted, what, place, names: None, line, unfinished: Unfinished::default() }
    }

    /// Whether an existing file may be replaced; by default it is an error.
    pub fn overwrite(mut self, replace: bool) -> Ndjson {
        if let Place::File { overwrite, .. } = &mut self.place {
            *overwrite = replace;
        }
        self
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        if let Place::Open(to) = &mut self.place {
            to.write_all(&self.line).map_err(|error| failed(&*self.what, error))?;
            self.line.clear();
        }
        Ok(())
    }
}

impl Sink for Ndjson {
    fn wants(&self) -> Tables {
        self.wanted
    }

    fn ready(&self) -> Result<(), SinkError> {
        match &self.place {
            Place::File { path, overwrite } => free(path, *overwrite),
            _ => Ok(()),
        }
    }

    fn unfinished(&self) -> Unfinished {
        self.unfinished.clone()
    }

    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        self.names = Some(Arc::new(Names::of(world)));
        if let Place::File { path, overwrite } = &self.place {
            let made = path.parent().map_or(Ok(()), fs::create_dir_all);
            let file = made.and_then(|()| OutputFile::create(path, *overwrite));
            let file = file.map_err(|error| failed(&*self.what, error))?;
            self.place = Place::Open(Guarded::new(Box::new(file.among(&self.unfinished))));
        }
        Ok(())
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        let Some(names) = self.names.clone() else { return Err(crate::not_started(batch.table())) };
        let cells = Cells::of(batch, &names)?;
        for row in 0..batch.len() {
            let line = Line { table: batch.table(), cells: &cells, row };
            serde_json::to_writer(&mut self.line, &line)
                .map_err(|error| failed(&*self.what, error.into()))?;
            self.line.push(b'\n');
            if self.line.len() >= CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.flush()?;
        match std::mem::replace(&mut self.place, Place::Ended) {
            Place::Open(mut to) => to.complete().map_err(|error| failed(&*self.what, error)),
            _ => Ok(()),
        }
    }
}

impl Drop for Ndjson {
    fn drop(&mut self) {
        // The lines of an interrupted run; its failure is known already.
        let _ = self.flush();
    }
}

/// One row as an object.
struct Line<'a> {
    table: Table,
    cells: &'a [Cells<'a>],
    row: usize,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.cells.len() + 1))?;
        map.serialize_entry("table", self.table.name())?;
        for cells in self.cells {
            match cells.at(self.row) {
                Cell::Absent => map.serialize_entry(cells.name, &())?,
                Cell::Int(value) => map.serialize_entry(cells.name, &value)?,
                Cell::Uint(value) => map.serialize_entry(cells.name, &value)?,
                Cell::Float(value) => map.serialize_entry(cells.name, &value)?,
                Cell::Flag(value) => map.serialize_entry(cells.name, &value)?,
                Cell::Name(name) => map.serialize_entry(cells.name, name)?,
            }
        }
        map.end()
    }
}

impl fmt::Debug for Ndjson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ndjson").field("wanted", &self.wanted).field("to", &self.what).finish_non_exhaustive()
    }
}
