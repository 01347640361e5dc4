//! What can be wrong with a recorded file.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A tape that cannot be read, with the place where reading stopped.
///
/// Lines and columns count from 1; byte offsets count from 0 and, for a compressed file, count the bytes after
/// decompression, except in [`TapeError::Compression`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TapeError {
    /// The operating system refused to open or read the file.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds no message at all.
    #[error("{}: the tape is empty: expected {expected}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What should have been there.
        expected: &'static str,
    },
    /// A compressed file is damaged, cut short, or compressed in a way that is not read here.
    #[error("{}: compressed byte {offset}: {what}", path.display())]
    Compression {
        /// The file.
        path: PathBuf,
        /// Bytes of the file as stored that were used up before the damage showed.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// A line of a text file is not what the format says.
    #[error("{}:{line}:{column}: found {found}, expected {expected}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Column of the field's first byte, from 1.
        column: usize,
        /// What stands there.
        found: String,
        /// What the format asks for.
        expected: &'static str,
    },
    /// A message of a binary file is not what the format says.
    #[error("{}: byte {offset}: found {found}, expected {expected}", path.display())]
    Binary {
        /// The file.
        path: PathBuf,
        /// Offset of the offending byte, from 0.
        offset: u64,
        /// What stands there.
        found: String,
        /// What the format asks for.
        expected: String,
    },
    /// The file ends inside a message.
    #[error("{}: byte {offset}: the tape is cut short: {left} bytes left of {needed}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Offset of the message that is cut, from 0.
        offset: u64,
        /// Bytes that are there from this offset on.
        left: usize,
        /// Bytes the message needs from this offset on.
        needed: usize,
    },
}

/// Bytes from a file as they may stand in a message: printable, and not too many.
pub(crate) fn quote(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    if bytes.is_empty() {
        return "nothing".to_owned();
    }
    let shown = bytes.get(..SHOWN).unwrap_or(bytes).escape_ascii();
    let more = if bytes.len() > SHOWN { "…" } else { "" };
    format!("`{shown}{more}`")
}
