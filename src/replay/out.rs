//! The file of book rows that a replay writes.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use prism_core::types::Side;
use prism_sinks::tape::BookWriter;

use super::ReplayError;
use super::book::TapeBook;

/// Writes to a temporary name beside the file and takes its place when complete, so that a replay that stops
/// half-way leaves an existing file as it was and nothing that looks like a whole one.
#[derive(Debug)]
pub(super) struct RowOut {
    path: PathBuf,
    /// Where the rows go first; `None` if the path is no plain file (a pipe, a terminal).
    partial: Option<PathBuf>,
    rows: BookWriter<BufWriter<File>>,
}

impl RowOut {
    pub(super) fn create(path: &Path, levels: usize) -> Result<RowOut, ReplayError> {
        let plain = fs::metadata(path).map_or(true, |meta| meta.is_file());
        let partial = plain.then(|| {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{}.partial", std::process::id()));
            PathBuf::from(name)
        });
        let opened = match &partial {
            Some(partial) => File::create(partial),
            None => File::options().write(true).open(path),
        };
        let file = opened.map_err(|source| ReplayError::Write { path: path.to_owned(), source })?;
        let rows = BookWriter::new(BufWriter::with_capacity(1 << 16, file), levels);
        Ok(RowOut { path: path.to_owned(), partial, rows })
    }

    pub(super) fn write(&mut self, book: &TapeBook) -> Result<(), ReplayError> {
        let (asks, bids) = (book.levels(Side::Sell), book.levels(Side::Buy));
        let written = self.rows.write_row(asks, bids);
        written.map_err(|source| ReplayError::Write { path: self.path.clone(), source })
    }

    /// Puts the file in its place.
    pub(super) fn finish(self) -> Result<(), ReplayError> {
        let RowOut { path, partial, rows } = self;
        let finish = || -> io::Result<()> {
            drop(rows.finish()?);
            partial.map_or(Ok(()), |partial| fs::rename(partial, &path))
        };
        finish().map_err(|source| ReplayError::Write { path: path.clone(), source })
    }

    /// Takes away what was written, after an error elsewhere.
    pub(super) fn abandon(self) {
        if let Some(partial) = self.partial {
            drop(self.rows);
            // The error that led here is the one to tell; a leftover carries its state in its name.
            let _ = fs::remove_file(partial);
        }
    }
}
