//! The command, and what it leaves behind.
#![allow(dead_code, clippy::unwrap_used)] // each test file uses a part of it

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use prism::sinks::Manifest;
use serde_json::Value;

/// The scenario that most tests run: five instruments, forty agents.
pub(crate) fn quickstart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml")
}

/// The command with arguments, in a folder.
pub(crate) fn command<A: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prism"));
    command.args(args).current_dir(folder).env_remove("NO_COLOR").env("TERM", "xterm");
    command
}

/// `prism run` of the quickstart for two seconds, and whatever is added to it.
pub(crate) fn run_quickstart(folder: &Path, more: &[&str]) -> Output {
    let path = quickstart();
    let args = ["run", path.to_str().unwrap(), "--length", "2s"];
    command(folder, args.iter().chain(more)).output().unwrap()
}

pub(crate) fn prism(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The exit status and stderr, to be compared in one go.
pub(crate) fn ended(output: &Output) -> (Option<i32>, &str) {
    (output.status.code(), stderr(output))
}

/// The one object on stdout.
pub(crate) fn json(output: &Output) -> Value {
    let text = stdout(output);
    assert_eq!(text.matches('\n').count(), 1, "one object on one line, not {text:?}; {}", stderr(output));
    serde_json::from_str(text).unwrap()
}

/// The object of a run that went well and said nothing else.
pub(crate) fn well(output: &Output) -> Value {
    assert_eq!(ended(output), (Some(0), ""));
    json(output)
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The files of the tables under a folder by their paths from there, with their contents.
pub(crate) fn tables(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(names(&path).into_iter().map(|part| format!("{name}/{part}")));
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            found.push(name);
        }
    }
    found.into_iter().map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

/// The rows of a Parquet file, as its footer counts them and as they can be read.
pub(crate) fn rows(path: &Path) -> u64 {
    let file = parquet::file::serialized_reader::SerializedFileReader::new(fs::File::open(path).unwrap());
    let file = file.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let read = file.into_iter().inspect(|row| assert!(row.is_ok(), "{}: {row:?}", path.display())).count();
    let file = parquet::file::serialized_reader::SerializedFileReader::new(fs::File::open(path).unwrap());
    let counted = parquet::file::reader::FileReader::metadata(&file.unwrap()).file_metadata().num_rows();
    assert_eq!(read as i64, counted);
    read as u64
}

/// Checks that a folder is kept under its temporary name as that of a run that did not come to its end, and
/// that all parts of its tables can be read; its manifest.
pub(crate) fn incomplete(folder: &Path) -> Manifest {
    let manifest = Manifest::read(folder).unwrap();
    assert!(!manifest.complete && manifest.digest.is_none(), "{manifest:?}");
    for (table, info) in &manifest.tables {
        let parts = names(&folder.join(table));
        let read: u64 = parts.iter().map(|part| rows(&folder.join(table).join(part))).sum();
        assert_eq!((read, parts.len()), (info.rows, info.parts as usize), "{table}");
    }
    manifest
}
