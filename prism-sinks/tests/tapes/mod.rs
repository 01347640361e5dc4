//! Where the recorded tapes lie, and how a test that misses them says so.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod dbn;

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of tapes: `PRISM_TAPES`, or `../shared/data` beside the repository.
fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("PRISM_TAPES").map_or_else(beside, PathBuf::from)
}

/// The path of a tape, or `None` after a line that names the skipped test.
///
/// # Panics
/// If the tape is missing although `PRISM_REQUIRE_TAPES` is 1.
pub(crate) fn tape(test: &str, file: &str) -> Option<PathBuf> {
    let folder = folder();
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var("PRISM_REQUIRE_TAPES").is_ok_and(|value| value == "1");
    assert!(!required, "{test}: tape {} is missing and PRISM_REQUIRE_TAPES is 1", path.display());
    // Straight to the stream and in one piece: the test harness would keep what `eprintln` writes to itself.
    let line = format!("SKIPPED {test}: tapes not found at {}\n", folder.display());
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}

/// The tape that is shipped with the repository.
pub(crate) fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/tapes/ex20101224.TEST_ITCH_50.itch50.zst")
}
