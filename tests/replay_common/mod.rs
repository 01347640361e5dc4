//! Where the recorded tapes lie, how a test that misses them says so, and a short way to replay one.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used)]

pub(crate) mod day;
#[path = "../../prism-sinks/tests/tapes/dbn.rs"]
pub(crate) mod dbn;

use std::io::Write;
use std::path::{Path, PathBuf};

use prism::replay::{Options, ReplayError, Report, replay};

/// The folder of tapes: `PRISM_TAPES`, or `../shared/data` beside the repository.
fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    std::env::var_os("PRISM_TAPES").map_or_else(beside, PathBuf::from)
}

/// The path of a tape, or `None` after a line that names the skipped test.
///
/// # Panics
/// If the tape is missing although `PRISM_REQUIRE_TAPES` is 1.
pub(crate) fn tape(test: &str, file: &str) -> Option<PathBuf> {
    let path = folder().join(file);
    if path.exists() {
        return Some(path);
    }
    assert!(!required(), "{test}: tape {} is missing and PRISM_REQUIRE_TAPES is 1", path.display());
    skipped(test, &format!("tapes not found at {}", folder().display()));
    None
}

/// The independent checker of LOBSTER files, or `None` after a line that names the skipped test.
///
/// # Panics
/// If it is missing although `PRISM_REQUIRE_TAPES` is 1.
pub(crate) fn checker(test: &str) -> Option<PathBuf> {
    let data = tape(test, "FORMATS.md")?;
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools");
    let beside_data = data.parent().unwrap().join("../tools");
    let found = [beside, beside_data].map(|folder| folder.join("lobster_check.py"));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        assert!(!required(), "{test}: lobster_check.py is missing and PRISM_REQUIRE_TAPES is 1");
        skipped(test, "lobster_check.py not found beside the tapes");
    }
    found
}

/// Whether a missing tape is a failure.
fn required() -> bool {
    std::env::var("PRISM_REQUIRE_TAPES").is_ok_and(|value| value == "1")
}

/// Names a skipped test on stderr: straight and in one piece, since the test harness would keep what `eprintln`
/// writes to itself.
pub(crate) fn skipped(test: &str, why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED {test}: {why}\n").as_bytes());
}

/// A LOBSTER file of 2012-06-21 by stock, kind and levels.
pub(crate) fn lobster(test: &str, stock: &str, kind: &str, levels: usize) -> Option<PathBuf> {
    tape(test, &format!("lobster/{stock}_2012-06-21_34200000_57600000_{kind}_{levels}.csv.zst"))
}

/// The tape that is shipped with the repository.
pub(crate) fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/tapes/ex20101224.TEST_ITCH_50.itch50.zst")
}

/// Replays without dump and without being watched.
pub(crate) fn run(options: &Options) -> Result<Report, ReplayError> {
    replay(options, None, &mut |_| true)
}

/// Replays and gives the dumped lines.
pub(crate) fn dump(options: &Options) -> (Report, String) {
    let mut lines = Vec::new();
    let report = replay(options, Some(&mut lines as &mut dyn Write), &mut |_| true).unwrap();
    (report, String::from_utf8(lines).unwrap())
}

/// The decompressed content of a file.
pub(crate) fn plain(path: &Path) -> Vec<u8> {
    zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap()
}
