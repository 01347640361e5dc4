//! The file of book rows that a replay writes.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use prism_sinks::tape::BookWriter;
use prism_sinks::{Output, OutputFile};

use super::ReplayError;
use super::book::Book;

/// Bytes handed to the system at a time.
const BUFFER: usize = 1 << 16;

/// Rows on their way into a file, which has its name only when it is whole.
#[derive(Debug)]
pub(super) struct RowOut {
    path: PathBuf,
    levels: usize,
    /// What one unit of a row's prices is in units of the book's.
    unit: i64,
    rows: BookWriter<BufWriter<OutputFile>>,
}

impl RowOut {
    /// `unit`: what a price of the rows, 1/10,000, is in the unit of the book.
    pub(super) fn create(path: &Path, levels: usize, unit: i64) -> Result<RowOut, ReplayError> {
        let path = path.to_owned();
        match OutputFile::create(&path, true) {
            Ok(file) => {
                let rows = BookWriter::new(BufWriter::with_capacity(BUFFER, file), levels);
                Ok(RowOut { path, levels, unit, rows })
            }
            Err(source) => Err(ReplayError::Write { path, source }),
        }
    }

    pub(super) fn write(&mut self, book: &mut Book) -> Result<(), ReplayError> {
        let (top, unit) = (book.top(self.levels), self.unit);
        let shown =
            |side: &[(i64, u64)]| side.iter().take(self.levels).find(|level| level.0 % unit != 0).copied();
        if let Some((price, _)) = shown(&top.asks).or_else(|| shown(&top.bids)) {
            return Err(ReplayError::Unit { path: self.path.clone(), price, per_one: 10_000 * unit });
        }
        let level = |&(price, size): &(i64, u64)| (price / unit, size);
        let written = self.rows.write_row(top.asks.iter().map(level), top.bids.iter().map(level));
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
