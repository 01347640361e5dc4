//! Where bytes go: a file that gets its name when it is complete, or a stream such as standard output.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use prism_core::sink::{SinkError, Unfinished};

/// How many unfinished files or folders of one name may lie beside each other.
const MOST_UNFINISHED: u32 = 10_000;

/// A destination for bytes that is told when all of them have been written.
pub trait Output: Write + Send {
    /// Everything was written: makes it last, and visible under its final name where there is one.
    /// An output dropped without it belongs to a run that failed or was interrupted.
    ///
    /// # Errors
    /// The system's.
    fn complete(&mut self) -> io::Result<()> {
        self.flush()
    }
}

impl<O: Output + ?Sized> Output for Box<O> {
    fn complete(&mut self) -> io::Result<()> {
        (**self).complete()
    }
}

/// Files last once the disk has them.
impl Output for File {
    fn complete(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// A stream, which needs no more than a flush.
pub(crate) struct Stream<W>(pub(crate) W);

impl<W: Write> Write for Stream<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
impl<W: Write + Send> Output for Stream<W> {}

/// Takes no more after its first failure. Writers that are dropped try once more to get rid of what they hold; if
/// there is room again by then, their file would have a hole, or some rows twice, and end as if it were whole.
pub(crate) struct Guarded<W> {
    to: W,
    failed: Option<io::ErrorKind>,
}

impl<W> Guarded<W> {
    pub(crate) const fn new(to: W) -> Guarded<W> {
        Guarded { to, failed: None }
    }

    /// What it writes to.
    #[cfg(feature = "parquet")]
    pub(crate) const fn inner(&self) -> &W {
        &self.to
    }

    fn attempt<T>(&mut self, what: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if let Some(kind) = self.failed {
            return Err(kind.into());
        }
        let done = what(&mut self.to);
        self.failed =
            done.as_ref().err().map(io::Error::kind).filter(|kind| *kind != io::ErrorKind::Interrupted);
        done
    }
}

impl<W: Write> Write for Guarded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|to| to.write(bytes))
    }
    fn flush(&mut self) -> io::Result<()> {
        self.attempt(Write::flush)
    }
}

impl<O: Output> Output for Guarded<O> {
    fn complete(&mut self) -> io::Result<()> {
        self.attempt(Output::complete)
    }
}

/// A file that is written as `NAME.incomplete` beside its place and renamed when complete. What is no regular
/// file (a pipe, a device) is written directly.
#[derive(Debug)]
pub struct OutputFile {
    file: File,
    /// The name it has now and the one it gets, until it has it.
    rename: Option<(PathBuf, PathBuf)>,
    overwrite: bool,
    /// Who is told of it until it has its name.
    unfinished: Unfinished,
}

impl OutputFile {
    /// Creates the file; `overwrite` says whether an existing one may be replaced.
    ///
    /// # Errors
    /// The file exists and may not be replaced, or the system refuses.
    pub fn create(path: &Path, overwrite: bool) -> io::Result<OutputFile> {
        match fs::metadata(path) {
            Ok(meta) if !meta.is_file() && !meta.is_dir() => {
                let file = OpenOptions::new().write(true).open(path)?;
                return Ok(OutputFile { file, rename: None, overwrite, unfinished: Unfinished::default() });
            }
            Ok(meta) if meta.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) if !overwrite => return Err(io::ErrorKind::AlreadyExists.into()),
            _ => {}
        }
        let claim = |name: &Path| OpenOptions::new().write(true).create_new(true).open(name);
        let (file, name) = unfinished(path, claim)?;
        let rename = Some((name, path.to_owned()));
        Ok(OutputFile { file, rename, overwrite, unfinished: Unfinished::default() })
    }

    /// Lists the file among `unfinished` until it has its name.
    #[must_use]
    pub fn among(mut self, unfinished: &Unfinished) -> OutputFile {
        if let Some(name) = self.unfinished() {
            unfinished.begin(name.to_owned());
            self.unfinished = unfinished.clone();
        }
        self
    }

    /// What the file is called until it is complete; `None` if it is, or if it is a device.
    pub fn unfinished(&self) -> Option<&Path> {
        self.rename.as_ref().map(|(name, _)| name.as_path())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Output for OutputFile {
    fn complete(&mut self) -> io::Result<()> {
        let Some((from, to)) = &self.rename else { return Ok(()) };
        self.file.sync_all()?;
        if !self.overwrite {
            // Takes the name, unless somebody else took it since: a rename alone would replace their file.
            OpenOptions::new().write(true).create_new(true).open(to)?;
        }
        let renamed = fs::rename(from, to);
        if renamed.is_err() && !self.overwrite {
            // The name was taken for nothing; an empty file under it would look like an empty result.
            let _ = fs::remove_file(to);
        }
        renamed?;
        self.unfinished.end(from);
        self.rename = None;
        Ok(())
    }
}

/// Whether a file may be made at `path`: the same as [`OutputFile::create`] would find, without making it.
pub(crate) fn free(path: &Path, overwrite: bool) -> Result<(), SinkError> {
    if path.as_os_str().is_empty() {
        return Err(SinkError::Target { what: "an empty path".to_owned(), why: "names no file" });
    }
    let why = match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => "is a folder",
        Ok(meta) if meta.is_file() && !overwrite => "exists",
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => "is to lie in a file, not in a folder",
        _ => return Ok(()), // free, or a pipe or device; what else the system says, it says at the start
    };
    Err(SinkError::Target { what: path.display().to_string(), why })
}

/// Claims `PATH.incomplete`, or `PATH.2.incomplete` and so on where that is taken, by `claim`, which must fail
/// with `AlreadyExists` for a name in use.
pub(crate) fn unfinished<T>(path: &Path, claim: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    for attempt in 1..=MOST_UNFINISHED {
        let mut name = path.as_os_str().to_owned();
        name.push(if attempt == 1 { ".incomplete".to_owned() } else { format!(".{attempt}.incomplete") });
        let name = PathBuf::from(name);
        match claim(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            claimed => return claimed.map(|claimed| (claimed, name)),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many incomplete files of this name"))
}

/// The error of a sink whose output failed: a reader that went away is told apart.
pub(crate) fn failed(what: impl Into<String>, source: io::Error) -> SinkError {
    let what = what.into();
    match source.kind() {
        io::ErrorKind::BrokenPipe => SinkError::Closed { what },
        _ => SinkError::Io { what, source },
    }
}
