//! What an output folder says of itself, and whether it is so.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use prism_core::sink::Table;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::SCHEMA_VERSION;
use crate::checksum::FileInfo;
use crate::folder::{FolderError, write_manifest};
use crate::parquet::{INSTRUMENTS, TableInfo, part_name};

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const SUMMARY: &str = "summary.json";
/// What the manifest is called while it is written.
pub(crate) const DRAFT: &str = "manifest.json.draft";

/// The files beside the tables.
const OWN: [&str; 4] = [MANIFEST, DRAFT, SUMMARY, INSTRUMENTS];

/// What a folder holds and how it came to be: enough to run it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name and version of the program, such as `prism 0.1.0`.
    pub engine: String,
    /// Version of the tables' columns.
    pub schema: u32,
    /// What was run.
    pub scenario: ScenarioText,
    /// The root seed.
    pub seed: u64,
    /// The run's fingerprint, 16 hexadecimal digits; none before the end.
    pub digest: Option<String>,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Rows and parts of each table.
    pub tables: BTreeMap<String, TableInfo>,
    /// Size and hash of each file of the tables, by its path in the folder. The summary is not among them: it tells
    /// how long the run took, which no other run of this manifest repeats.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FileInfo>,
    /// What was written of the run in other formats since, in folders of this one: the names of the files by folder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exports: BTreeMap<String, Vec<String>>,
    /// What looked wrong about the scenario or the run, each with its number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// True when the run came to its end and everything was written.
    pub complete: bool,
    /// Why it is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The scenario of a run, word for word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioText {
    /// Where it was read.
    pub path: Option<String>,
    /// Its text.
    pub text: String,
    /// What was set on top of the text, in the order in which it was set.
    #[serde(default)]
    pub settings: Vec<String>,
    /// A hash of the scenario with its settings and defaults.
    pub hash: String,
}

impl Manifest {
    /// A manifest for a run that is about to begin.
    pub fn new(engine: &str, scenario: ScenarioText, seed: u64, command: Vec<String>) -> Manifest {
        Manifest {
            engine: engine.to_owned(),
            schema: SCHEMA_VERSION,
            scenario,
            seed,
            digest: None,
            command,
            tables: BTreeMap::new(),
            files: BTreeMap::new(),
            exports: BTreeMap::new(),
            warnings: Vec::new(),
            complete: false,
            reason: None,
        }
    }

    /// Reads the manifest of a folder, complete or not.
    ///
    /// # Errors
    /// The file is missing, cannot be read, or is no manifest.
    pub fn read(folder: &Path) -> Result<Manifest, FolderError> {
        let path = folder.join(MANIFEST);
        let text = fs::read(&path).map_err(|source| FolderError::Read { path: path.clone(), source })?;
        serde_json::from_slice(&text).map_err(|source| FolderError::NoManifest { path, source })
    }
    /// Says in the manifest of a run's folder that `files` were written into the folder `name` in it, so that they are
    /// replaced with the run.
    ///
    /// # Errors
    /// The manifest cannot be read or written.
    pub fn add_export(
        folder: &Path,
        name: &str,
        files: impl IntoIterator<Item = String>,
    ) -> Result<(), FolderError> {
        let mut manifest = Manifest::read(folder)?;
        let known = manifest.exports.entry(name.to_owned()).or_default();
        known.extend(files);
        known.sort();
        known.dedup();
        write_manifest(folder, &manifest)
    }

    /// What of a folder is not as its manifest says: files that are missing or have another size or content, tables
    /// with another number of rows, and parts of tables that are not named. Folders of earlier versions name no
    /// files: of those, the tables alone are looked at.
    pub fn differences(&self, folder: &Path) -> Vec<Difference> {
        let mut found = Vec::new();
        for (name, expected) in &self.files {
            found.extend(differs(folder, name, expected));
        }
        for (table, expected) in &self.tables {
            if found.iter().any(|difference| Path::new(difference.name()).starts_with(table)) {
                continue; // what is wrong with it has been told
            }
            let mut parts = (0..expected.parts).map(|number| part_name(table, number));
            match parts.try_fold(0, |rows, part| Ok(rows + rows_of(folder, &part)?)) {
                Ok(rows) if rows == expected.rows => {}
                Ok(rows) => {
                    let table = table.clone();
                    found.push(Difference::Rows { table, expected: expected.rows, found: rows });
                }
                Err(difference) => found.push(difference),
            }
        }
        // Whoever reads a table reads all parts that lie there.
        let tables = |path: &&PathBuf| self.tables.keys().any(|table| path.starts_with(table));
        let unnamed = self.strangers(folder).unwrap_or_default();
        found.extend(unnamed.iter().filter(tables).map(|path| Difference::Unnamed { name: shown(path) }));
        found
    }

    /// What lies in a folder that its manifest does not name, by its path there, in order. A run that has not come
    /// to its end names nothing; of its folder, whatever is called like a part of a table counts as named.
    pub(crate) fn strangers(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut strangers = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (name, kind) = (PathBuf::from(entry.file_name()), entry.file_type()?);
            if kind.is_file() && OWN.iter().any(|own| name.as_os_str() == *own) {
                continue;
            }
            if !kind.is_dir() || !self.writes_to(&name) {
                strangers.push(name);
                continue;
            }
            for part in fs::read_dir(entry.path())? {
                let part = part?;
                let path = name.join(part.file_name());
                if !part.file_type()?.is_file() || !self.names(&path) {
                    strangers.push(path);
                }
            }
        }
        strangers.sort();
        Ok(strangers)
    }

    /// Takes away what the manifest names of a folder, and the folder if it is empty then. Nothing else is touched.
    pub(crate) fn remove(&self, folder: &Path) -> io::Result<()> {
        let foreign = self.strangers(folder)?;
        let mut parts = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = PathBuf::from(entry.file_name());
            if self.writes_to(&name) && entry.file_type()?.is_dir() {
                parts.push(name);
            }
        }
        for table in parts {
            for part in fs::read_dir(folder.join(&table))? {
                let path = table.join(part?.file_name());
                if !foreign.contains(&path) {
                    fs::remove_file(folder.join(path))?;
                }
            }
            fs::remove_dir(folder.join(table))?;
        }
        for own in OWN {
            match fs::remove_file(folder.join(own)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::remove_dir(folder)
    }

    /// True for the folder of a table of this run.
    fn writes_to(&self, folder: &Path) -> bool {
        let Some(name) = folder.to_str() else { return false };
        if self.complete {
            self.tables.contains_key(name) || self.exports.contains_key(name)
        } else {
            Table::ALL.iter().any(|t| t.name() == name)
        }
    }

    /// True for a part of a table of this run, or a file of it in another format.
    fn names(&self, path: &Path) -> bool {
        let Some((table, part)) = path.to_str().and_then(|path| path.split_once(['/', '\\'])) else {
            return false;
        };
        if self.exports.get(table).is_some_and(|files| files.iter().any(|file| file == part)) {
            return true;
        }
        let number = part.strip_prefix("part-").and_then(|part| part.strip_suffix(".parquet"));
        let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) else { return false };
        // The name again from the number, as `part-1.parquet` is none.
        let is_part = path == Path::new(&part_name(table, number));
        is_part && (!self.complete || self.tables.get(table).is_some_and(|info| number < info.parts))
    }
}

/// One thing about a folder that is not as its manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Difference {
    /// A file is not there.
    #[error("{name} is missing")]
    Missing {
        /// Its path in the folder.
        name: String,
    },
    /// A file has another size.
    #[error("{name} has {found} bytes, the manifest says {expected}")]
    Bytes {
        /// Its path in the folder.
        name: String,
        /// As the manifest has it.
        expected: u64,
        /// As it is.
        found: u64,
    },
    /// A file of the right size has another content.
    #[error("{name} has the hash {found}, the manifest says {expected}")]
    Hash {
        /// Its path in the folder.
        name: String,
        /// As the manifest has it.
        expected: String,
        /// As it is.
        found: String,
    },
    /// A file cannot be read, or is no table.
    #[error("{name} cannot be read: {why}")]
    Unreadable {
        /// Its path in the folder.
        name: String,
        /// What the system or the format says.
        why: String,
    },
    /// A table has another number of rows.
    #[error("table {table} has {found} rows, the manifest says {expected}")]
    Rows {
        /// The table.
        table: String,
        /// As the manifest has it.
        expected: u64,
        /// As the files have it.
        found: u64,
    },
    /// A file lies among the parts of a table that the manifest does not name.
    #[error("{name} is not named in the manifest")]
    Unnamed {
        /// Its path in the folder.
        name: String,
    },
}

impl Difference {
    /// The file or the table.
    pub fn name(&self) -> &str {
        match self {
            Difference::Missing { name }
            | Difference::Bytes { name, .. }
            | Difference::Hash { name, .. }
            | Difference::Unreadable { name, .. }
            | Difference::Unnamed { name } => name,
            Difference::Rows { table, .. } => table,
        }
    }
}

/// A file against what is said of it.
fn differs(folder: &Path, name: &str, expected: &FileInfo) -> Option<Difference> {
    let named = || name.to_owned();
    match FileInfo::of_file(&folder.join(name)) {
        Ok(found) if found.bytes != expected.bytes => {
            Some(Difference::Bytes { name: named(), expected: expected.bytes, found: found.bytes })
        }
        Ok(found) if found.xxh64 != expected.xxh64 => {
            Some(Difference::Hash { name: named(), expected: expected.xxh64.clone(), found: found.xxh64 })
        }
        Ok(_) => None,
        Err(error) => Some(unread(name, &error)),
    }
}

fn unread(name: &str, error: &io::Error) -> Difference {
    match error.kind() {
        io::ErrorKind::NotFound => Difference::Missing { name: name.to_owned() },
        _ => Difference::Unreadable { name: name.to_owned(), why: error.to_string() },
    }
}

/// The rows of a part, as its end says.
fn rows_of(folder: &Path, name: &str) -> Result<u64, Difference> {
    let file = File::open(folder.join(name)).map_err(|error| unread(name, &error))?;
    let wrong = |why: String| Difference::Unreadable { name: name.to_owned(), why };
    let read = SerializedFileReader::new(file).map_err(|error| wrong(error.to_string()))?;
    let rows = read.metadata().file_metadata().num_rows();
    u64::try_from(rows).map_err(|_| wrong(format!("it says that it has {rows} rows")))
}

/// A path in a folder, as manifests have it.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}
