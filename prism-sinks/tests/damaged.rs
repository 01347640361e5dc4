//! Files that are not tapes: compressed, cut, mutated or random bytes give errors, never a panic, and never
//! memory that grows with the file.
#![allow(clippy::unwrap_used)]

mod tapes;

use std::io::{self, Cursor, Read};

use prism_sinks::tape::{BookReader, CompletedReader, LobsterReader, Source, TapeError, itch};
use proptest::prelude::*;

/// Reads `bytes` as every format, to the end or to the first error; returns the errors.
fn read_as_everything(bytes: &[u8]) -> Vec<TapeError> {
    let open = || Source::from_reader("tape", Cursor::new(bytes.to_vec()));
    let mut errors = Vec::new();
    match open() {
        Err(error) => return vec![error],
        Ok(source) => errors.extend(LobsterReader::new(source).find_map(Result::err)),
    }
    match CompletedReader::new(open().unwrap()) {
        Err(error) => errors.push(error),
        Ok(mut reader) => errors.extend(reader.find_map(Result::err)),
    }
    match BookReader::new(open().unwrap()) {
        Err(error) => errors.push(error),
        Ok(mut reader) => errors.extend(loop {
            match reader.next_row() {
                Ok(None) => break None,
                Ok(Some(_)) => {}
                Err(error) => break Some(error),
            }
        }),
    }
    for lenient in [false, true] {
        let mut reader = itch::Reader::new(open().unwrap()).lenient(lenient);
        errors.extend(reader.find_map(Result::err));
    }
    errors
}

/// A few hundred real messages, as ITCH.
fn real_itch() -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in itch::Reader::new(Source::open(tapes::shipped()).unwrap()).take(300) {
        message.unwrap().encode_frame(&mut bytes);
    }
    bytes
}

const REAL_TEXT: &str = "34200.015105074,4,15818974,4,5794000,1\r\n34200.05990197,4,15818974,300,5794000,1\n\
    34200.113246707,5,0,1,5795100,1\n34200.492462611,6,-1,19725,2133500,-1\n34201,7,0,0,-1,-1\n";
const REAL_COMPLETED: &str = "row,time_ns,type,order_id,size,price,direction\n1,34200015105074,8,14906405,500,5780000,1\n\
    2,34200015105075,3,14906405,500,5780000,1\n3,34200015105076,5,0,1,5780050,-1\n";
const REAL_BOOK: &str =
    "5802300,100,5794000,496,9999999999,0,5787000,400\n5802300,100,5794000,196,5804300,100,-9999999999,0\n";

fn real() -> impl Strategy<Value = Vec<u8>> {
    let plain = vec![real_itch(), REAL_TEXT.into(), REAL_COMPLETED.into(), REAL_BOOK.into()];
    let packed: Vec<Vec<u8>> = plain.iter().map(|bytes| zstd::encode_all(&bytes[..], 1).unwrap()).collect();
    prop::sample::select([plain, packed].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!read_as_everything(&bytes).is_empty());
    }

    #[test]
    fn random_text_never_panics(text in "[-0-9,.\r\n ]{0,200}") {
        prop_assert!(!read_as_everything(text.as_bytes()).is_empty());
    }

    #[test]
    fn mutated_real_files_never_panic(
        bytes in real(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = bytes;
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        // Of five readings at most the two of ITCH can be without an error.
        prop_assert!(!read_as_everything(&bytes).is_empty());
    }
}

fn shipped_bytes() -> Vec<u8> {
    std::fs::read(tapes::shipped()).unwrap()
}

fn first_error(bytes: Vec<u8>) -> TapeError {
    let source = Source::from_reader("tape.zst", Cursor::new(bytes)).unwrap();
    itch::Reader::new(source).find_map(Result::err).unwrap()
}

#[test]
fn a_cut_zstd_file_names_the_stored_byte() {
    let bytes = shipped_bytes();
    for cut in [5, bytes.len() / 2, bytes.len() - 1] {
        let error = first_error(bytes[..cut].to_vec());
        assert!(matches!(error, TapeError::Compression { offset, .. } if offset == cut as u64), "{error}");
        assert!(error.to_string().contains("the zstd data is cut short after"), "{error}");
    }
}

#[test]
fn a_corrupt_zstd_file_is_found() {
    let mut bytes = shipped_bytes();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let error = first_error(bytes.clone());
    assert!(error.to_string().contains("the zstd data is corrupt"), "{error}");
    bytes[last] ^= 1;
    bytes.extend_from_slice(b"trailing text");
    let error = first_error(bytes);
    assert!(matches!(error, TapeError::Compression { .. }), "{error}");
}

#[test]
fn frames_of_zstd_follow_each_other() {
    let halves = [&REAL_TEXT[..50], &REAL_TEXT[50..]];
    let mut packed = vec![0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, b'a', b'b', b'c'];
    for half in halves {
        packed.extend(zstd::encode_all(half.as_bytes(), 3).unwrap());
    }
    let source = Source::from_reader("tape", Cursor::new(packed)).unwrap();
    assert_eq!(LobsterReader::new(source).map(Result::unwrap).count(), 5);
}

#[test]
fn zstd_of_nothing_is_an_empty_tape() {
    let error = first_error(zstd::encode_all(&b""[..], 3).unwrap());
    assert!(matches!(error, TapeError::Empty { .. }), "{error}");
}

#[test]
fn other_compressions_are_named() {
    for (head, name) in [
        (&b"\x1f\x8b\x08\x00\x00"[..], "gzip"),
        (b"\xfd7zXZ\x00\x00\x04", "xz"),
        (b"BZh91AY&SY", "bzip2"),
        (b"\x04\x22\x4d\x18\x64", "lz4"),
        (b"PK\x03\x04\x14\x00", "zip"),
    ] {
        let error = Source::from_reader("tape", head).unwrap_err();
        let wanted = format!("tape: compressed byte 0: found {name} data, expected plain or zstd");
        assert_eq!(error.to_string(), wanted);
    }
}

#[test]
fn a_window_that_would_take_too_much_memory_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(28).unwrap();
    io::Write::write_all(&mut encoder, REAL_TEXT.as_bytes()).unwrap();
    let error = first_error(encoder.finish().unwrap());
    assert!(
        error.to_string().contains("a window of more than 128 MiB (pack with --long=27 at most)"),
        "{error}"
    );
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let error = Source::open("no/such tape ü.csv").unwrap_err().to_string();
    assert!(error.starts_with("no/such tape ü.csv: cannot be read: "), "{error}");
    let error = Source::open(env!("CARGO_MANIFEST_DIR")).unwrap_err();
    assert!(matches!(error, TapeError::Io { .. }), "{error}");
}

#[test]
fn a_wrong_format_is_refused_at_its_first_message() {
    let read = |bytes: Vec<u8>| Source::from_reader("tape", Cursor::new(bytes)).unwrap();
    let error = itch::Reader::new(read(REAL_TEXT.into())).next().unwrap().unwrap_err();
    assert!(
        error.to_string().starts_with("tape: byte 2: found message type `2`, expected one of S R"),
        "{error}"
    );
    let error = LobsterReader::new(read(real_itch())).next().unwrap().unwrap_err();
    assert!(matches!(error, TapeError::Text { line: 1, column: 1, .. }), "{error}");
    let error = LobsterReader::new(read(REAL_BOOK.into())).next().unwrap().unwrap_err();
    assert!(error.to_string().starts_with("tape:1:9: found `100`, expected a message type"), "{error}");
    let error = BookReader::new(read(REAL_TEXT.into())).unwrap_err();
    assert!(matches!(error, TapeError::Text { line: 1, column: 1, .. }), "{error}");
}

/// A stream that gives a little at a time, is interrupted now and then, and fails at the end if asked to.
struct Dripping {
    bytes: Vec<u8>,
    at: usize,
    fails: bool,
}

impl Read for Dripping {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.at += 1;
        if self.at.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = self.bytes.len().min(out.len()).min(7);
        if count == 0 && self.fails {
            return Err(io::Error::other("the cable was pulled"));
        }
        out[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes.drain(..count);
        Ok(count)
    }
}

#[test]
fn short_and_interrupted_reads_change_nothing_and_failures_surface() {
    for bytes in [REAL_TEXT.as_bytes().to_vec(), zstd::encode_all(REAL_TEXT.as_bytes(), 3).unwrap()] {
        for fails in [false, true] {
            let source =
                Source::from_reader("tape", Dripping { bytes: bytes.clone(), at: 0, fails }).unwrap();
            let read: Vec<_> = LobsterReader::new(source).collect();
            assert_eq!(read.iter().filter(|item| item.is_ok()).count(), 5);
            let error = read.into_iter().find_map(Result::err).map(|error| error.to_string());
            let wanted = fails.then(|| "tape: cannot be read: the cable was pulled".to_owned());
            assert_eq!(error, wanted);
        }
    }
}

/// Never ends, and never has a line feed.
struct Endless;

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        out.fill(b'1');
        Ok(out.len())
    }
}

#[test]
fn a_line_without_end_is_refused_before_memory_grows() {
    let error =
        LobsterReader::new(Source::from_reader("tape", Endless).unwrap()).next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "tape:1:1: found a line longer than 1048576 bytes, expected lines of text");
}

#[test]
fn progress_counts_stored_bytes() {
    let mut source = Some(Source::open(tapes::shipped()).unwrap());
    let size = shipped_bytes().len() as u64;
    assert_eq!(source.as_ref().unwrap().progress(), (0, Some(size)));
    let mut reader = itch::Reader::new(source.take().unwrap());
    reader.by_ref().for_each(|message| assert!(message.is_ok()));
    assert_eq!(reader.source().progress(), (size, Some(size)));
}
