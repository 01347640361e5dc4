//! The output folder of a run: tables, manifest, summary, complete or visibly not.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use prism_core::sink::{Sink, Tables};
use serde::Serialize;
use thiserror::Error;

use crate::SCHEMA_VERSION;
use crate::manifest::{DRAFT, MANIFEST, Manifest, SUMMARY};
use crate::output::unfinished;
use crate::parquet::{Parquet, Written};
use crate::threaded::Threaded;

/// Bytes kept for the last manifest beyond those of the first: for its reason, its warnings, and the names of some
/// hundred files.
const RESERVE: usize = 1 << 14;

/// What the manifest says from the beginning, for a run that is ended without a chance to say more.
const UNDER_WAY: &str = "the run is going on, or was ended before it could say why";

/// Why an output folder cannot be made, completed or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The name is taken.
    #[error("{} exists; it is replaced only by force", path.display())]
    Exists {
        /// The folder or file.
        path: PathBuf,
    },
    /// The name is taken by something that this program did not make.
    #[error("{} is not an output folder of a run, so it is not replaced even by force", path.display())]
    Foreign {
        /// The folder or file.
        path: PathBuf,
    },
    /// An output folder holds files that no run has written.
    #[error(
        "{} holds what no run has written, so it is not replaced even by force: {}", path.display(), listed(names)
    )]
    Mixed {
        /// The folder.
        path: PathBuf,
        /// What its manifest does not name, by its path in the folder.
        names: Vec<PathBuf>,
    },
    /// The path has no last part to name a folder, such as `/` or `..`.
    #[error("{} does not name a folder that can be made", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The system refused to write.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused to read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A manifest that is none.
    #[error("{} is not a manifest", path.display())]
    NoManifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The tables' sink has not come to its end.
    #[error("the tables in {} are not finished", path.display())]
    Unfinished {
        /// The incomplete folder.
        path: PathBuf,
    },
}

/// The first of many names.
fn listed(names: &[PathBuf]) -> String {
    const MOST: usize = 8;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| name.display().to_string()).collect();
    match names.len().checked_sub(MOST) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// An output folder while it is being written, under the name `NAME.incomplete` beside its place.
///
/// [`Folder::sink`] writes the tables, [`Folder::complete`] adds the summary and gives the folder its name.
/// Dropped before, or ended by [`Folder::abandon`], it stays under its temporary name with a manifest that
/// says `"complete": false` and why. So a folder that has its name is whole. Room for the last manifest is taken
/// from the beginning, so that a run that fills the disk can say so.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    path: PathBuf,
    force: bool,
    manifest: Manifest,
    written: Option<Written>,
}

impl Folder {
    /// Makes the temporary folder for `target`, and its parents; `force` allows to replace an existing output
    /// folder in the end, if it holds nothing but what its manifest names.
    ///
    /// # Errors
    /// The target exists and may not be replaced, or the system refuses.
    pub fn create(target: impl AsRef<Path>, manifest: Manifest, force: bool) -> Result<Folder, FolderError> {
        let target: PathBuf = target.as_ref().components().collect();
        if target.file_name().is_none() {
            return Err(FolderError::NoName { path: target });
        }
        check_target(&target, force)?;
        let made = target.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let claim = |name: &Path| fs::create_dir(name);
            unfinished(&target, claim)
        });
        let ((), path) = made.map_err(|source| FolderError::Write { path: target.clone(), source })?;
        let mut manifest = manifest;
        (manifest.complete, manifest.digest, manifest.schema) = (false, None, SCHEMA_VERSION);
        manifest.reason = Some(UNDER_WAY.to_owned());
        let folder = Folder { target, path, force, manifest, written: None };
        if let Err(error) = folder.write_manifest(&folder.manifest).and_then(|()| folder.reserve()) {
            // The run has not begun: what is there says nothing.
            let _ = fs::remove_dir_all(&folder.path);
            return Err(error);
        }
        Ok(folder)
    }

    /// Where it lies until it is complete; other files of the run may be put there.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it will lie.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// What looks wrong about the run, for the manifest, instead of what stood there.
    #[must_use]
    pub fn warnings(mut self, warnings: Vec<String>) -> Folder {
        self.manifest.warnings = warnings;
        self
    }

    /// The sink that writes `tables` and the instrument table, on a thread of its own.
    pub fn sink(&mut self, tables: Tables) -> impl Sink + use<> {
        let sink = Parquet::within(&self.path, tables);
        self.written = Some(sink.written());
        Threaded::new(sink)
    }

    /// Ends a run that came to its end: writes the summary and the manifest and gives the folder its name.
    ///
    /// # Errors
    /// The tables are not finished, the system refuses, or the target appeared since and may not be replaced.
    /// The folder then stays as it is, marked as incomplete.
    pub fn complete(mut self, digest: u64, summary: &impl Serialize) -> Result<PathBuf, FolderError> {
        let done = self.try_complete(digest, summary);
        if let Err(error) = &done {
            let cause =
                std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
            self.mark(&format!("{error}{cause}"));
        }
        done.map(|()| self.target.clone())
    }

    fn try_complete(&mut self, digest: u64, summary: &impl Serialize) -> Result<(), FolderError> {
        if !self.written.as_ref().is_some_and(Written::is_finished) {
            return Err(FolderError::Unfinished { path: self.path.clone() });
        }
        let path = self.path.join(SUMMARY);
        let written = text_of(summary).and_then(|text| write_over(&path, &text));
        written.map_err(|source| FolderError::Write { path, source })?;
        check_target(&self.target, self.force)?;
        let mut manifest = self.manifest.clone();
        manifest.digest = Some(format!("{digest:016x}"));
        manifest.tables = self.written.as_ref().map(Written::tables).unwrap_or_default();
        manifest.files = self.written.as_ref().map(Written::files).unwrap_or_default();
        (manifest.complete, manifest.reason) = (true, None);
        self.write_manifest(&manifest)?;
        self.take_name()
    }

    /// Gives the folder its name, moving one that may be replaced out of the way first.
    fn take_name(&self) -> Result<(), FolderError> {
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotADirectory => FolderError::Exists { path: self.target.clone() },
            _ => FolderError::Write { path: self.target.clone(), source },
        };
        if !self.force || !self.target.exists() {
            // A folder that is not empty is never replaced by a rename: whoever comes second fails here.
            return fs::rename(&self.path, &self.target).map_err(refused);
        }
        let claim = |name: &Path| fs::create_dir(name);
        let ((), old) = unfinished(&self.target.with_added_extension("old"), claim).map_err(refused)?;
        fs::rename(&self.target, &old).map_err(refused)?;
        if let Err(error) = fs::rename(&self.path, &self.target) {
            // Puts the old one back; if even that fails, it is beside its place, and the error says so.
            return Err(fs::rename(&old, &self.target).map_or_else(refused, |()| refused(error)));
        }
        // File by file: whatever came into it since it was looked at stays there.
        let removed = match Manifest::read(&old) {
            Ok(manifest) => manifest.remove(&old),
            Err(_) => fs::remove_dir(&old), // it was empty
        };
        removed.map_err(|source| FolderError::Write { path: old, source })
    }

    /// Ends a run that failed or was interrupted: says so in the manifest and returns where the folder lies.
    /// Drop the sink first, so that its last rows are in.
    pub fn abandon(mut self, reason: &str) -> PathBuf {
        self.mark(reason);
        self.path.clone()
    }

    fn mark(&mut self, reason: &str) {
        self.manifest.tables = self.written.as_ref().map(Written::tables).unwrap_or_default();
        self.manifest.files = self.written.as_ref().map(Written::files).unwrap_or_default();
        self.manifest.reason = Some(reason.to_owned());
        if self.write_manifest(&self.manifest).is_err() {
            // The reason is what matters; then there is no place left to report another failure to. The manifest
            // from the beginning says `"complete": false` already, unless the very last step failed.
            self.manifest.files.clear();
            let _ = self.write_manifest(&self.manifest);
        }
    }

    /// Takes the room that the last manifest will need, under the name that it will have first.
    fn reserve(&self) -> Result<(), FolderError> {
        let path = self.path.join(DRAFT);
        let room = text_of(&self.manifest).map(|text| vec![b' '; text.len() + RESERVE]);
        let taken = room.and_then(|room| write_over(&path, &room));
        taken.map_err(|source| FolderError::Write { path, source })
    }

    fn write_manifest(&self, manifest: &Manifest) -> Result<(), FolderError> {
        write_manifest(&self.path, manifest)
    }
}

/// Writes the manifest of a folder, the old one or the new one at any time.
pub(crate) fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), FolderError> {
    let path = folder.join(MANIFEST);
    let draft = folder.join(DRAFT);
    let done = text_of(manifest).and_then(|text| {
        write_over(&draft, &text)?;
        fs::rename(&draft, &path)
    });
    done.map_err(|source| FolderError::Write { path, source })
}

/// Whether the target may be taken.
fn check_target(target: &Path, force: bool) -> Result<(), FolderError> {
    let path = || target.to_owned();
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(FolderError::Write { path: path(), source }),
        Ok(_) if !force => Err(FolderError::Exists { path: path() }),
        Ok(meta) if meta.is_dir() && is_empty(target) => Ok(()),
        Ok(meta) if meta.is_dir() => {
            let manifest = Manifest::read(target).map_err(|_| FolderError::Foreign { path: path() })?;
            match manifest.strangers(target) {
                Ok(names) if names.is_empty() => Ok(()),
                Ok(names) => Err(FolderError::Mixed { path: path(), names }),
                Err(source) => Err(FolderError::Read { path: path(), source }),
            }
        }
        Ok(_) => Err(FolderError::Foreign { path: path() }),
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn text_of(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

/// Writes a small file, in the room that a file of this name has already. Where there is none left, no half of it
/// remains.
fn write_over(path: &Path, text: &[u8]) -> io::Result<()> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.write_all(text)?;
        file.set_len(text.len() as u64)?;
        file.sync_all()
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}
