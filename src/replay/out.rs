//! The file of book rows that a replay writes.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use prism_sinks::tape::BookWriter;
use prism_sinks::{Output, OutputFile};

use super::ReplayError;
use super::book::TapeBook;

/// Bytes handed to the system at a time.
const BUFFER: usize = 1 << 16;

/// Rows on their way into a file, which has its name only when it is whole.
#[derive(Debug)]
pub(super) struct RowOut {
    path: PathBuf,
    levels: usize,
    rows: BookWriter<BufWriter<OutputFile>>,
}

impl RowOut {
    pub(super) fn create(path: &Path, levels: usize) -> Result<RowOut, ReplayError> {
        let path = path.to_owned();
        match OutputFile::create(&path, true) {
            Ok(file) => {
                let rows = BookWriter::new(BufWriter::with_capacity(BUFFER, file), levels);
                Ok(RowOut { path, levels, rows })
            }
            Err(source) => Err(ReplayError::Write { path, source }),
        }
    }

    pub(super) fn write(&mut self, book: &mut TapeBook) -> Result<(), ReplayError> {
        let top = book.top(self.levels);
        let written = self.rows.write_row(top.asks.iter().copied(), top.bids.iter().copied());
        written.map_err(|source| ReplayError::Write { path: self.path.clone(), source })
    }

    /// What the file is called until it is finished; `None` for a device.
    pub(super) fn unfinished(&self) -> Option<PathBuf> {
        self.rows.get_ref().get_ref().unfinished().map(Path::to_owned)
    }

    /// Puts the file in its place. Without this, what was written stays beside it, marked as incomplete.
    pub(super) fn finish(self) -> Result<(), ReplayError> {
        let RowOut { path, rows, .. } = self;
        let finish = || -> io::Result<()> {
            let mut file = rows.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.complete()
        };
        finish().map_err(|source| ReplayError::Write { path, source })
    }
}
