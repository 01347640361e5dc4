//! Files of one day, which have their names when they are whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use prism_core::sink::{SinkError, Unfinished};

use crate::output::{Guarded, Output, OutputFile, failed};

/// Bytes handed to the system at a time.
const BUFFER: usize = 1 << 16;

/// A file under way.
pub(super) struct DayFile {
    what: String,
    to: BufWriter<Guarded<OutputFile>>,
}

impl DayFile {
    /// Begins `NAME.incomplete` in a folder, which is made if it is missing.
    pub(super) fn create(
        folder: &Path,
        name: &str,
        overwrite: bool,
        unfinished: &Unfinished,
    ) -> Result<DayFile, SinkError> {
        let path = folder.join(name);
        let what = path.display().to_string();
        let made = std::fs::create_dir_all(folder).and_then(|()| OutputFile::create(&path, overwrite));
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => SinkError::Target { what: what.clone(), why: "exists" },
            _ => failed(&*what, error),
        })?;
        let to = BufWriter::with_capacity(BUFFER, Guarded::new(file.among(unfinished)));
        Ok(DayFile { what, to })
    }

    /// Puts the file in its place.
    pub(super) fn complete(self) -> Result<(), SinkError> {
        let DayFile { what, to } = self;
        let done = to.into_inner().map_err(io::IntoInnerError::into_error);
        done.and_then(|mut file| file.complete()).map_err(|error| failed(what, error))
    }

    /// The error of a write that failed.
    pub(super) fn failed(&self, error: io::Error) -> SinkError {
        failed(&*self.what, error)
    }
}

impl Write for DayFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A name as part of a file's name: what separates parts, and what no file system likes, becomes `-`.
pub(super) fn part(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '+') { c } else { '-' };
    let part: String = name.chars().map(plain).collect();
    // A leading point hides a file.
    match part.strip_prefix('.') {
        Some(rest) => format!("-{rest}"),
        None => part,
    }
}
