//! Sizes and hashes of files, so that a damaged or edited one is told from the one that was written.

use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use crate::output::Output;

/// Size and hash of a file.
///
/// The hash tells accidents and edits by hand; it is no proof against somebody who wants to deceive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Its length.
    pub bytes: u64,
    /// XXH64 of its content with seed 0 (<https://xxhash.com>), 16 hexadecimal digits.
    pub xxh64: String,
}

impl FileInfo {
    /// Of a file as it is now.
    ///
    /// # Errors
    /// The system's.
    pub fn of_file(path: &Path) -> io::Result<FileInfo> {
        let mut file = File::open(path)?;
        let (mut sum, mut buffer) = (Sum::default(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(sum.info()),
                Ok(count) => sum.add(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A hash under way.
struct Sum {
    bytes: u64,
    hash: XxHash64,
}

impl Default for Sum {
    fn default() -> Sum {
        Sum { bytes: 0, hash: XxHash64::with_seed(0) }
    }
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.write(bytes);
    }

    fn info(&self) -> FileInfo {
        FileInfo { bytes: self.bytes, xxh64: format!("{:016x}", self.hash.finish()) }
    }
}

/// An output that hashes what goes through it.
pub(crate) struct Summed<W> {
    to: W,
    sum: Sum,
}

impl<W> Summed<W> {
    pub(crate) fn new(to: W) -> Summed<W> {
        Summed { to, sum: Sum::default() }
    }

    /// Of what was written so far.
    pub(crate) fn info(&self) -> FileInfo {
        self.sum.info()
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.sum.add(&bytes[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl<O: Output> Output for Summed<O> {
    fn complete(&mut self) -> io::Result<()> {
        self.to.complete()
    }
}
