//! Bytes as recorded files: every reader ends, in messages or in one error that names the place, with little
//! memory, and reads the same however the bytes arrive.

use std::fmt::Debug;
use std::io::{self, Cursor, Read};

use prism_sinks::tape::{
    BookReader, BookWriter, CompletedReader, LobsterReader, LobsterWriter, Source, TapeError,
};
use prism_sinks::tape::{dbn as vendor, itch as exchange};

/// Memory that a reader may take whatever it reads: its buffers, and the longest line that it waits for.
const MEMORY: u64 = 8 << 20;
/// Memory for each byte that was read, for the messages, which are kept here, and what a file says of itself.
const MEMORY_PER_BYTE: u64 = 256;

/// What was read: the items before the end or the first error, the error, and how far the reader came.
struct Reading<T> {
    items: Vec<T>,
    error: Option<TapeError>,
    offset: u64,
}

/// Gives the bytes a few at a time.
struct Dripping {
    bytes: Cursor<Vec<u8>>,
    most: usize,
}

impl Read for Dripping {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = self.most.min(out.len());
        self.bytes.read(&mut out[..most])
    }
}

/// Reads `bytes` twice, as a whole and in drops, and holds the reading against everything that a reader promises.
fn hold<T: PartialEq + Debug>(bytes: &[u8], read: impl Fn(Source) -> Reading<T>) -> Vec<T> {
    let mut whole = None;
    let memory = allocation_counter::measure(|| {
        whole = Some(match Source::from_reader("tape", Cursor::new(bytes.to_vec())) {
            Ok(source) => read(source),
            Err(error) => Reading { items: Vec::new(), error: Some(error), offset: 0 },
        });
    });
    let whole = whole.expect("the closure has run");
    let read_bytes = whole.offset.max(bytes.len() as u64);
    let most = MEMORY + MEMORY_PER_BYTE * read_bytes;
    assert!(memory.bytes_max <= most, "{} bytes of memory for {read_bytes} bytes", memory.bytes_max);
    assert!(whole.items.len() as u64 <= read_bytes, "{} messages in {read_bytes} bytes", whole.items.len());
    if let Some(error) = &whole.error {
        place(error, bytes);
    }

    let most = bytes.first().map_or(1, |&first| 1 + usize::from(first % 13));
    let drops = Dripping { bytes: Cursor::new(bytes.to_vec()), most };
    if let Ok(source) = Source::from_reader("tape", drops) {
        let dripped = read(source);
        // Where the damage of a packed file shows, and how much of what is before it was unpacked, depends on
        // how much of it was there at a time.
        let unpacked = |error: &Option<TapeError>| !matches!(error, Some(TapeError::Compression { .. }));
        if !unpacked(&whole.error) || !unpacked(&dripped.error) {
            return whole.items;
        }
        assert_eq!(dripped.items, whole.items, "another reading in drops of {most}");
        assert_eq!(dripped.offset, whole.offset, "another end in drops of {most}");
        assert_eq!(
            dripped.error.as_ref().map(ToString::to_string),
            whole.error.as_ref().map(ToString::to_string),
            "another error in drops of {most}"
        );
    }
    whole.items
}

/// The place that an error names is in the file.
fn place(error: &TapeError, bytes: &[u8]) {
    let length = bytes.len() as u64;
    let packed =
        bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) || matches!(bytes, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..]);
    match error {
        TapeError::Io { .. } => panic!("memory cannot fail to be read: {error}"),
        TapeError::Compression { offset, .. } => assert!(*offset <= length, "{error}"),
        // What a packed file holds is not known here.
        _ if packed => {}
        TapeError::Text { line, column, .. } => {
            let found =
                line.checked_sub(1).and_then(|before| bytes.split(|&b| b == b'\n').nth(before as usize));
            let found = found.unwrap_or_else(|| panic!("no such line: {error}"));
            assert!((1..=found.len() + 1).contains(column), "no such column: {error}");
        }
        TapeError::Binary { offset, .. } => assert!(*offset < length, "no such byte: {error}"),
        TapeError::Truncated { offset, left, needed, .. } => {
            assert_eq!(offset + *left as u64, length, "{error}");
            assert!(left < needed, "{error}");
        }
        _ => {}
    }
}

/// All items of an iterator that ends at its first error, and stays ended.
fn all<T>(reader: &mut impl Iterator<Item = Result<T, TapeError>>) -> (Vec<T>, Option<TapeError>) {
    let mut items = Vec::new();
    let mut error = None;
    for item in reader.by_ref() {
        assert!(error.is_none(), "an item behind an error");
        match item {
            Ok(item) => items.push(item),
            Err(first) => error = Some(first),
        }
    }
    assert!(reader.next().is_none(), "an item behind the end");
    (items, error)
}

/// Reads `bytes` as ITCH 5.0, strictly and leniently. A message that was read is written as it stood there.
///
/// # Panics
/// Where the reader breaks a promise.
pub fn itch(bytes: &[u8]) {
    for lenient in [false, true] {
        let messages = hold(bytes, |source| {
            let mut reader = exchange::Reader::new(source).lenient(lenient);
            let (mut items, mut error) = (Vec::new(), None);
            while let Some(item) = reader.next() {
                match item {
                    Ok(message) => items.push((reader.frame_offset(), message)),
                    Err(first) => error = Some(first),
                }
            }
            assert!(reader.next().is_none(), "an item behind the end");
            assert_eq!(reader.messages(), items.len() as u64);
            Reading { items, error, offset: reader.source().offset() }
        });
        if bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) || bytes.get(1) == Some(&0x2A) {
            continue; // packed, or as if: the offsets are those of what was packed
        }
        let mut written = Vec::new();
        for (frame, message) in messages {
            written.clear();
            message.encode(&mut written);
            let begin = frame as usize + 2;
            assert_eq!(bytes.get(begin..begin + written.len()), Some(&written[..]), "{message:?}");
        }
    }
}

/// What was written, to be read again.
fn written(bytes: Vec<u8>) -> Source {
    Source::from_reader("written", Cursor::new(bytes)).expect("it is no packed file")
}

/// Reads `bytes` as LOBSTER messages, as a completed stream and as order-book rows. Messages and rows that were
/// read and written are read as the same again.
///
/// # Panics
/// Where a reader breaks a promise.
pub fn lobster(bytes: &[u8]) {
    let messages = |source| {
        let mut reader = LobsterReader::new(source);
        let (items, error) = all(&mut reader);
        Reading { items, error, offset: reader.source().offset() }
    };
    let read = hold(bytes, messages);
    if !read.is_empty() {
        let mut writer = LobsterWriter::new(Vec::new());
        read.iter().for_each(|message| writer.write(message).expect("memory takes all"));
        let again = messages(written(writer.into_inner()));
        assert!(again.error.is_none(), "{:?}", again.error);
        assert_eq!(again.items, read);
    }
    hold(bytes, |source| match CompletedReader::new(source) {
        Err(error) => Reading { items: Vec::new(), error: Some(error), offset: 0 },
        Ok(mut reader) => {
            let (items, error) = all(&mut reader);
            Reading { items, error, offset: reader.source().offset() }
        }
    });
    let levels = std::cell::Cell::new(0);
    let book = |source| match BookReader::new(source) {
        Err(error) => Reading { items: Vec::new(), error: Some(error), offset: 0 },
        Ok(mut reader) => {
            levels.set(reader.levels());
            let mut items = Vec::new();
            let error = loop {
                match reader.next_row() {
                    Ok(Some(row)) => items.push(row.clone()),
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            assert_eq!(reader.rows(), items.len() as u64);
            Reading { items, error, offset: reader.source().offset() }
        }
    };
    let rows = hold(bytes, book);
    if rows.is_empty() {
        return;
    }
    let mut writer = BookWriter::new(Vec::new(), levels.get());
    for row in &rows {
        writer.write_row(row.asks.iter().copied(), row.bids.iter().copied()).expect("memory takes all");
    }
    let again = book(written(writer.finish().expect("memory takes all")));
    assert!(again.error.is_none(), "{:?}", again.error);
    assert_eq!(again.items, rows, "{} levels", levels.get());
}

/// Reads `bytes` as Databento DBN, strictly and leniently.
///
/// # Panics
/// Where the reader breaks a promise.
pub fn dbn(bytes: &[u8]) {
    for lenient in [false, true] {
        hold(bytes, |source| match vendor::Reader::new(source) {
            Err(error) => Reading { items: Vec::new(), error: Some(error), offset: 0 },
            Ok(reader) => {
                let mut reader = reader.lenient(lenient);
                let (mut items, mut error) = (Vec::new(), None);
                while let Some(item) = reader.next() {
                    match item {
                        Ok(record) => items.push((record, reader.levels().to_vec())),
                        Err(first) => error = Some(first),
                    }
                }
                assert!(reader.next().is_none(), "an item behind the end");
                assert_eq!(reader.messages(), items.len() as u64);
                Reading { items, error, offset: reader.source().offset() }
            }
        });
    }
}
