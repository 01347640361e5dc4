//! Files of one day, which have their names when they are whole.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use prism_core::sink::{SinkError, Unfinished};

use crate::output::{Guarded, Output, OutputFile, failed};

/// Bytes handed to the system at a time.
const BUFFER: usize = 1 << 16;

/// The files that a sink has written, each once it is whole. Clones see the same, also while the sink works on another
/// thread, and after it is gone.
#[derive(Clone, Debug, Default)]
pub struct Files(Arc<Mutex<Vec<PathBuf>>>);

impl Files {
    fn add(&self, path: PathBuf) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }

    /// The files so far, in the order of their names.
    pub fn list(&self) -> Vec<PathBuf> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        files.sort();
        files
    }
}

/// Where the files of a sink go, and who is told of them.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    /// Whether existing files may be replaced.
    pub(super) overwrite: bool,
    pub(super) unfinished: Unfinished,
    pub(super) files: Files,
}

impl Place {
    /// A folder, which is made if it is missing when the first file begins.
    pub(super) fn new(folder: &Path) -> Place {
        let (unfinished, files) = (Unfinished::default(), Files::default());
        Place { folder: folder.to_owned(), overwrite: false, unfinished, files }
    }
}

/// A file under way.
pub(super) struct DayFile {
    path: PathBuf,
    what: String,
    files: Files,
    to: BufWriter<Guarded<OutputFile>>,
}

impl DayFile {
    /// Begins `NAME.incomplete` in a folder, which is made if it is missing.
    pub(super) fn create(place: &Place, name: &str) -> Result<DayFile, SinkError> {
        let Place { folder, overwrite, unfinished, files } = place;
        let path = folder.join(name);
        let what = path.display().to_string();
        let made = std::fs::create_dir_all(folder).and_then(|()| OutputFile::create(&path, *overwrite));
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => SinkError::Target { what: what.clone(), why: "exists" },
            _ => failed(&*what, error),
        })?;
        let to = BufWriter::with_capacity(BUFFER, Guarded::new(file.among(unfinished)));
        Ok(DayFile { path, what, files: files.clone(), to })
    }

    /// Puts the file in its place.
    pub(super) fn complete(self) -> Result<(), SinkError> {
        let DayFile { path, what, files, to } = self;
        let done = to.into_inner().map_err(io::IntoInnerError::into_error);
        done.and_then(|mut file| file.complete()).map_err(|error| failed(what, error))?;
        files.add(path);
        Ok(())
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

/// Whether every file would have a name of its own. `parts` are the names from which theirs are made, and of whom.
pub(super) fn all_differ<'a>(parts: impl IntoIterator<Item = (&'a str, String)>) -> Result<(), SinkError> {
    let mut seen = BTreeMap::new();
    for (of, part) in parts {
        if let Some(before) = seen.insert(part.to_lowercase(), of) {
            let what = format!("the files of {before} and {of}");
            return Err(SinkError::Target { what, why: "would have the same names" });
        }
    }
    Ok(())
}
