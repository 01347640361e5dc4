//! What the fuzzers ask of PRISM: functions that take any bytes and panic where a promise is broken.
//!
//! The same functions run in two ways: under libFuzzer (`cargo xtask fuzz`), and over the committed corpus as an
//! ordinary test (`tests/corpus.rs`), so that what was found once stays mended.
#![forbid(unsafe_code)]

mod bytes;
mod markets;
mod messages;
mod operations;
mod support;
mod tapes;

pub use markets::{case, random_market};
pub use operations::operations;
pub use tapes::{dbn, itch, lobster};

/// A fuzz target.
pub type Target = fn(&[u8]);

/// Every target by the name of its program and its folders.
pub const TARGETS: [(&str, Target); 4] =
    [("operations", operations), ("itch", itch), ("lobster", lobster), ("dbn", dbn)];
