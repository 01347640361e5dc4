//! An opened tape: a byte stream with a look-ahead buffer, decompressed on the way.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use super::error::TapeError;

/// Bytes asked of the file at a time; zstd's own block size, so that one read feeds one block.
const CHUNK: usize = 128 * 1024;

/// The first bytes of a zstd frame.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The first bytes of what is compressed in a way that is not read here. No tape begins so: as text they are none,
/// and as the length and the type of an ITCH message they do not fit each other.
const OTHERS: [(&[u8], &str); 5] = [
    (&[0x1F, 0x8B], "gzip"),
    (&[0xFD, b'7', b'z', b'X', b'Z', 0], "xz"),
    (b"BZh", "bzip2"),
    (&[0x04, 0x22, 0x4D, 0x18], "lz4"),
    (b"PK\x03\x04", "zip"),
];

/// Bytes that tell how a file is compressed.
const HEAD: usize = 6;

/// A recorded file, or any byte stream, plain or zstd, told by its first bytes.
///
/// Memory stays at a few hundred KiB (for a zstd file plus the window that its frame header asks for, at most
/// 128 MiB), however long the file is.
pub struct Source {
    path: PathBuf,
    input: Input,
    /// Size of the file as stored, where it is known.
    stored: Option<u64>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Decompressed bytes before `buffer[start]`.
    offset: u64,
}

enum Input {
    Plain(Counted),
    Zstd(Box<zstd::Decoder<'static, Counted>>),
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// The file cannot be opened or read, or it is compressed by something other than zstd.
    pub fn open(path: impl AsRef<Path>) -> Result<Source, TapeError> {
        let path = path.as_ref();
        let opened = File::open(path).and_then(|file| file.metadata().map(|meta| (file, meta)));
        let (file, meta) = opened.map_err(|source| TapeError::Io { path: path.to_owned(), source })?;
        let mut source = Source::from_reader(path, file)?;
        source.stored = meta.is_file().then_some(meta.len());
        Ok(source)
    }

    /// Reads from any stream; `name` stands for the path in errors.
    ///
    /// # Errors
    /// The first bytes cannot be read, or are those of a compression other than zstd.
    pub fn from_reader(
        name: impl AsRef<Path>,
        reader: impl Read + Send + 'static,
    ) -> Result<Source, TapeError> {
        let path = name.as_ref().to_owned();
        let mut raw = Counted::new(Box::new(reader));
        let io_error = |source| TapeError::Io { path: path.clone(), source };
        let head = raw.peek(HEAD).map_err(io_error)?;
        if let Some((_, other)) = OTHERS.iter().find(|(begin, _)| head.starts_with(begin)) {
            let what = format!("found {other} data, expected plain or zstd");
            return Err(TapeError::Compression { path, offset: 0, what });
        }
        let input = if is_zstd(head) {
            Input::Zstd(Box::new(zstd::Decoder::with_buffer(raw).map_err(io_error)?))
        } else {
            Input::Plain(raw)
        };
        Ok(Source { path, input, stored: None, buffer: vec![0; 2 * CHUNK], start: 0, end: 0, offset: 0 })
    }

    /// What is wrong at a byte of it.
    pub(crate) fn binary(&self, offset: u64, found: String, expected: String) -> TapeError {
        TapeError::Binary { path: self.path.clone(), offset, found, expected }
    }

    /// The path it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Decompressed bytes consumed so far: the offset of the next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes of the file as stored that were read so far, and its size where known: for a progress bar.
    pub fn progress(&self) -> (u64, Option<u64>) {
        let read = match &self.input {
            Input::Plain(raw) => raw.consumed,
            Input::Zstd(decoder) => decoder.get_ref().consumed,
        };
        (read, self.stored)
    }

    /// The bytes that are ready without reading more.
    #[inline]
    pub(crate) fn ready(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Marks the first `count` ready bytes as used; never more than are ready.
    #[inline]
    pub(crate) fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// At least `count` bytes without consuming them, or all that are left when the file ends before.
    #[inline]
    pub fn peek(&mut self, count: usize) -> Result<&[u8], TapeError> {
        while self.end - self.start < count && self.more()? {}
        Ok(self.ready())
    }

    /// Reads on behind the ready bytes; false at the end of the file.
    pub(crate) fn more(&mut self) -> Result<bool, TapeError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() - self.end < CHUNK {
            self.buffer.resize(self.end + CHUNK, 0);
        }
        loop {
            let room = &mut self.buffer[self.end..];
            let read = match &mut self.input {
                Input::Plain(raw) => raw.read(room),
                Input::Zstd(decoder) => decoder.read(room),
            };
            match read {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn failed(&self, error: io::Error) -> TapeError {
        let path = self.path.clone();
        let Input::Zstd(decoder) = &self.input else { return TapeError::Io { path, source: error } };
        let raw = decoder.get_ref();
        if raw.failed {
            return TapeError::Io { path, source: error };
        }
        let what = if error.kind() == io::ErrorKind::UnexpectedEof {
            let decoded = self.offset + (self.end - self.start) as u64;
            format!("the zstd data is cut short after {decoded} decompressed bytes")
        } else if error.to_string().contains("too much memory") {
            "the zstd frame asks for a window of more than 128 MiB (pack with --long=27 at most), or is corrupt".to_owned()
        } else {
            format!("the zstd data is corrupt: {error}")
        };
        TapeError::Compression { path, offset: raw.consumed, what }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("path", &self.path)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// The next item of a reader that gives nothing more after its end or its first error. `done` is where the reader
/// keeps that, `read` is how it reads on.
#[inline]
pub(crate) fn until_error<R, T>(
    reader: &mut R,
    done: impl Fn(&mut R) -> &mut bool,
    read: impl FnOnce(&mut R) -> Result<Option<T>, TapeError>,
) -> Option<Result<T, TapeError>> {
    if *done(reader) {
        return None;
    }
    let item = read(reader).transpose();
    *done(reader) = !matches!(item, Some(Ok(_)));
    item
}

/// Whether a file that begins so is zstd: a frame, or one of the sixteen skippable frames.
fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&ZSTD_MAGIC) || matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// A buffered stream that counts what was taken and remembers whether the stream itself ever failed.
struct Counted {
    inner: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    consumed: u64,
    failed: bool,
}

impl Counted {
    fn new(inner: Box<dyn Read + Send>) -> Counted {
        Counted { inner, buffer: vec![0; CHUNK], start: 0, end: 0, consumed: 0, failed: false }
    }

    /// The first `count` bytes of the stream, fewer if it is shorter; only before anything was consumed.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.end < count {
            match self.inner.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.buffer[..self.end.min(count)])
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.start == self.end {
            match self.inner.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(read) => (self.start, self.end) = (0, read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.consumed += count as u64;
    }
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}
