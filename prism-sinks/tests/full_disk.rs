//! Disks that fill up: the error names the file in full, and nothing that is left behind looks whole.
#![cfg(all(target_os = "linux", feature = "parquet"))]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use parquet::file::reader::{FileReader, SerializedFileReader};
use prism_core::sink::{Sink, SinkError, Table, Tables};
use prism_sinks::{Csv, Folder, Manifest, Ndjson, Output, Parquet, ScenarioText, Threaded};
use support::{trades, world};

const ROWS: i64 = 8_000;

/// Bytes that the disk has room for.
const ROOM: usize = 100_000;

/// Gives the sink rows until it fails, at its end if not before.
fn fill(sink: &mut dyn Sink) -> SinkError {
    sink.start(&world()).unwrap();
    let failed = (0..100).find_map(|n| sink.on_batch(&trades(n * ROWS..(n + 1) * ROWS)).err());
    failed.unwrap_or_else(|| sink.finish().unwrap_err())
}

/// Each sink that writes files, and the file among them that holds the trades.
fn sinks(folder: &Path) -> [(Box<dyn Sink>, PathBuf); 3] {
    let trades = || Tables::from(Table::Trades);
    let rows = folder.join("rows.ndjson");
    [
        (Box::new(Threaded::new(Csv::to_folder(folder, trades()))), folder.join("trades.csv")),
        (Box::new(Threaded::new(Ndjson::to_file(&rows, trades()))), rows),
        (
            Box::new(Threaded::new(Parquet::to_folder(folder, trades()).sizes(1 << 12, 1 << 30))),
            folder.join("trades/part-0000.parquet"),
        ),
    ]
}

#[test]
fn the_error_names_the_file_in_full() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("trades")).unwrap();
    for (mut sink, file) in sinks(dir.path()) {
        // In its place stands a device that is always full.
        symlink("/dev/full", &file).unwrap();
        let SinkError::Io { what, source } = fill(&mut *sink) else { panic!("{}", file.display()) };
        assert_eq!((Path::new(&what), source.kind()), (&*file, io::ErrorKind::StorageFull));
    }
}

/// What the process does whose files cannot be long.
fn write_until_the_disk_is_full(folder: &Path) {
    for (mut sink, file) in sinks(folder) {
        let SinkError::Io { what, source } = fill(&mut *sink) else { panic!("{}", file.display()) };
        assert_eq!((Path::new(&what), source.kind()), (&*file, io::ErrorKind::FileTooLarge));
    }
}

/// The test calls itself again, in a process whose files cannot be long.
#[test]
fn a_disk_that_fills_up_leaves_nothing_that_looks_whole() {
    if let Some(folder) = std::env::var_os("FULL_DISK") {
        return write_until_the_disk_is_full(Path::new(&folder));
    }
    let dir = tempfile::tempdir().unwrap();
    // 64 blocks are 32 or 64 KiB, by the shell.
    let name = "a_disk_that_fills_up_leaves_nothing_that_looks_whole";
    let line = format!("trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact {name}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).arg(std::env::current_exe().unwrap()).env("FULL_DISK", dir.path());
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    for (_, file) in sinks(dir.path()) {
        let mut left = file.clone().into_os_string();
        left.push(".incomplete");
        assert!(!file.exists(), "{}", file.display());
        assert!(fs::metadata(&left).unwrap().len() > 10_000, "{left:?}");
    }
    let part = fs::File::open(dir.path().join("trades/part-0000.parquet.incomplete")).unwrap();
    assert!(SerializedFileReader::new(part).is_err(), "a part with a hole has an end");
    let instruments = fs::File::open(dir.path().join("instruments.parquet")).unwrap();
    let instruments = SerializedFileReader::new(instruments).unwrap();
    assert!(instruments.metadata().file_metadata().num_rows() > 0);
}

/// An output that takes some bytes, is full once, and then has room again.
#[derive(Clone)]
struct FullOnce {
    taken: Arc<Mutex<Vec<u8>>>,
    room: usize,
}

impl FullOnce {
    fn new(room: usize) -> FullOnce {
        FullOnce { taken: Arc::default(), room }
    }
}

impl Write for FullOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            self.room = usize::MAX;
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = bytes.len().min(self.room);
        self.room -= count;
        self.taken.lock().unwrap().extend_from_slice(&bytes[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output for FullOnce {}

#[test]
fn nothing_follows_what_found_no_room() {
    let sinks = || -> [(Box<dyn Sink>, FullOnce); 3] {
        let [csv, ndjson, parquet] = [(); 3].map(|()| FullOnce::new(ROOM));
        let part = parquet.clone();
        let open = move |name: &str| -> io::Result<Box<dyn Output>> {
            Ok(if name.starts_with("trades") {
                Box::new(part.clone())
            } else {
                Box::new(FullOnce::new(usize::MAX))
            })
        };
        [
            (Box::new(Csv::to_stream("csv", Table::Trades, csv.clone())), csv),
            (Box::new(Ndjson::to_stream("ndjson", Table::Trades.into(), ndjson.clone())), ndjson),
            (Box::new(Parquet::to_outputs(Table::Trades.into(), open).sizes(1 << 12, 1 << 30)), parquet),
        ]
    };
    for (number, (mut sink, output)) in sinks().into_iter().enumerate() {
        let failed = fill(&mut *sink);
        assert!(matches!(failed, SinkError::Io { .. }), "{failed}");
        drop(sink);
        let taken = output.taken.lock().unwrap();
        assert_eq!(taken.len(), ROOM, "sink {number}");
    }
}

/// The reason is written where there is room already: on a full disk there is no other.
#[test]
fn the_last_manifest_needs_no_room() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = Manifest::new("prism", ScenarioText::default(), 7, vec!["prism".to_owned()]);
    let mut folder = Folder::create(dir.path().join("out"), manifest, false).unwrap();
    let before = Manifest::read(folder.path()).unwrap().reason.unwrap();
    assert!(before.contains("ended before it could say why"), "{before}");
    let kept = fs::metadata(folder.path().join("manifest.json.draft")).unwrap();
    let reason = "no space left in some file".repeat(400);
    assert!(kept.blocks() * 512 > reason.len() as u64 + 4_000, "{kept:?}");
    let mut sink = folder.sink(Tables::from(Table::Trades));
    sink.start(&world()).unwrap();
    sink.on_batch(&trades(0..ROWS)).unwrap();
    drop(sink);
    let path = folder.abandon(&reason);
    let last = fs::metadata(path.join("manifest.json")).unwrap();
    assert_eq!(last.ino(), kept.ino(), "another file was made, which may find no room");
    assert!(last.len() < kept.len() && !path.join("manifest.json.draft").exists());
    assert_eq!(Manifest::read(&path).unwrap().reason, Some(reason));
}
