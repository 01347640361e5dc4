//! ITCH 5.0: the real tapes, every type against known values, round trips, and what must be refused.
#![allow(clippy::unwrap_used)]

mod tapes;

use std::collections::BTreeMap;
use std::io::Cursor;

use prism_sinks::tape::itch::{Body, DecodeError, Message, Reader};
use prism_sinks::tape::{Source, TapeError};
use proptest::prelude::*;
use serde_json::Value;

fn reader(bytes: Vec<u8>) -> Reader {
    Reader::new(Source::from_reader("tape.itch50", Cursor::new(bytes)).unwrap())
}

fn read(bytes: Vec<u8>) -> Result<Vec<Message>, TapeError> {
    reader(bytes).collect()
}

/// Messages by type.
fn counts(reader: &mut Reader) -> BTreeMap<char, u64> {
    let mut counts = BTreeMap::new();
    for message in reader {
        *counts.entry(char::from(message.unwrap().body.kind())).or_default() += 1;
    }
    counts
}

#[test]
fn the_shipped_sample_is_read_to_the_end() {
    let mut reader = Reader::new(Source::open(tapes::shipped()).unwrap());
    let counts = counts(&mut reader);
    assert_eq!(reader.messages(), 12_012);
    assert_eq!(reader.skipped(), 0);
    assert_eq!(counts.values().sum::<u64>(), 12_012);
    assert_eq!((counts[&'S'], counts[&'R'], counts[&'A']), (6, 3, 4997));
}

/// The zero-length form made from the shipped sample, so that it can be tested without the tapes folder.
fn zero_length_sample() -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in Reader::new(Source::open(tapes::shipped()).unwrap()) {
        bytes.extend_from_slice(&[0, 0]);
        message.unwrap().encode(&mut bytes);
    }
    bytes
}

#[test]
fn zero_lengths_are_refused_when_strict_and_read_when_lenient() {
    let error = read(zero_length_sample()).unwrap_err();
    assert!(matches!(error, TapeError::Binary { offset: 0, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "tape.itch50: byte 0: found a frame length of 0, expected 12 for message type `S` \
         (a lenient reader takes it from the type)"
    );

    let filled: Vec<Message> =
        Reader::new(Source::open(tapes::shipped()).unwrap()).map(Result::unwrap).collect();
    let lenient: Vec<Message> = reader(zero_length_sample()).lenient(true).map(Result::unwrap).collect();
    assert_eq!(lenient, filled);
}

#[test]
fn the_zero_length_file_as_published_needs_the_lenient_reader() {
    let test = "the_zero_length_file_as_published_needs_the_lenient_reader";
    let file = "itch/ex20101224.TEST_ITCH_50.zero_length_frames.zst";
    let Some(path) = tapes::tape(test, file) else { return };
    let first = Reader::new(Source::open(&path).unwrap()).next().unwrap();
    assert!(matches!(first, Err(TapeError::Binary { offset: 0, .. })), "{first:?}");
    let mut lenient = Reader::new(Source::open(&path).unwrap()).lenient(true);
    assert_eq!(counts(&mut lenient).values().sum::<u64>(), 12_012);
}

#[test]
fn goog_has_the_published_counts_and_encodes_back_to_its_bytes() {
    let test = "goog_has_the_published_counts_and_encodes_back_to_its_bytes";
    let Some(path) = tapes::tape(test, "itch/GOOG_2012-06-21_from_lobster_10.itch50.zst") else { return };
    let mut reader = Reader::new(Source::open(&path).unwrap());
    let expected =
        [('S', 6), ('R', 1), ('H', 1), ('A', 77_684), ('E', 7_764), ('X', 427), ('D', 71_521), ('P', 3_913)];
    assert_eq!(counts(&mut reader), BTreeMap::from(expected));
    assert_eq!(reader.messages(), 161_317);

    let mut encoded = Vec::new();
    for message in Reader::new(Source::open(&path).unwrap()) {
        message.unwrap().encode_frame(&mut encoded);
    }
    let plain = zstd::decode_all(std::fs::File::open(&path).unwrap()).unwrap();
    assert!(encoded == plain, "encoded messages differ from the file");
}

#[test]
fn all_types_decode_to_the_expected_values() {
    let test = "all_types_decode_to_the_expected_values";
    let Some(path) = tapes::tape(test, "itch/all_types.itch50") else { return };
    let expected = std::fs::read_to_string(path.with_file_name("all_types.expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let expected = expected["messages"].as_array().unwrap();
    let dump: Vec<Value> = Reader::new(Source::open(&path).unwrap())
        .map(|message| serde_json::from_str(&serde_json::to_string(&message.unwrap()).unwrap()).unwrap())
        .collect();
    assert_eq!(dump.len(), expected.len());
    let mut kinds: Vec<&str> = Vec::new();
    for (ours, theirs) in dump.iter().zip(expected) {
        assert_eq!(ours, theirs);
        // Equal as text too: the same order of the fields.
        assert_eq!(ours.to_string(), theirs.to_string());
        kinds.push(theirs["type"].as_str().unwrap());
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 23);
}

const TYPES: &[u8] = Body::KINDS;

/// The lengths of the specification, apart from those the table computes.
const SIZES: [usize; 23] =
    [12, 39, 25, 20, 26, 35, 12, 28, 35, 21, 36, 40, 31, 36, 23, 19, 35, 44, 40, 19, 50, 20, 48];

#[test]
fn lengths_are_those_of_the_specification() {
    for (&kind, size) in TYPES.iter().zip(SIZES) {
        assert_eq!(Body::size_of_kind(kind), Some(size), "{}", char::from(kind));
    }
    assert_eq!((0..=255).filter(|&kind| Body::size_of_kind(kind).is_some()).count(), 23);
}

/// Bytes of any valid message: the type's length, any content, and a side where one is asked for.
fn wire() -> impl Strategy<Value = Vec<u8>> {
    (0..TYPES.len(), prop::collection::vec(any::<u8>(), 50), any::<bool>()).prop_map(
        |(index, mut bytes, buy)| {
            bytes.truncate(SIZES[index]);
            bytes[0] = TYPES[index];
            if b"AFP".contains(&bytes[0]) {
                bytes[19] = if buy { b'B' } else { b'S' };
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn encode_undoes_decode(bytes in wire()) {
        let message = Message::decode(&bytes).unwrap();
        let mut encoded = Vec::new();
        message.encode(&mut encoded);
        prop_assert_eq!(&encoded, &bytes);
        prop_assert_eq!(Message::decode(&encoded).unwrap(), message);
        let json = serde_json::to_value(message).unwrap();
        let prices = json.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_e4"));
        let highest = prices.map(|(_, price)| price.as_u64().unwrap()).max().unwrap_or_default();
        prop_assert_eq!(u64::from(message.body.highest_price_e4()), highest);
    }

    #[test]
    fn frames_are_read_back(messages in prop::collection::vec(wire(), 1..40), cut in any::<prop::sample::Index>()) {
        let messages: Vec<Message> = messages.iter().map(|bytes| Message::decode(bytes).unwrap()).collect();
        let mut tape = Vec::new();
        let mut starts = Vec::new();
        for message in &messages {
            starts.push(tape.len());
            message.encode_frame(&mut tape);
        }
        prop_assert_eq!(&read(tape.clone()).unwrap(), &messages);

        // Cut anywhere, the tape gives the whole messages before the cut, then an error unless the cut is clean.
        let cut = cut.index(tape.len());
        let whole = starts.iter().filter(|&&start| start < cut).count().saturating_sub(1);
        let mut reader = reader(tape[..cut].to_vec());
        let read: Vec<_> = reader.by_ref().collect();
        if starts.contains(&cut) && cut > 0 {
            prop_assert_eq!(read.len(), whole + 1);
            prop_assert!(read.iter().all(Result::is_ok));
        } else {
            prop_assert_eq!(read.iter().filter(|item| item.is_ok()).count(), whole);
            let last = read.last().unwrap();
            let at = starts[whole] as u64;
            prop_assert!(
                matches!(last, Err(TapeError::Truncated { offset, .. }) if *offset == at && cut > 0)
                    || matches!(last, Err(TapeError::Empty { .. }) if cut == 0),
                "{:?}", last
            );
        }
    }

    #[test]
    fn decoding_any_bytes_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Message::decode(&bytes);
    }
}

fn one(kind: u8) -> Vec<u8> {
    let mut bytes = vec![0; Body::size_of_kind(kind).unwrap()];
    bytes[0] = kind;
    bytes
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut tape = u16::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    tape.extend_from_slice(message);
    tape
}

#[test]
fn a_wrong_length_is_an_error_in_both_modes() {
    let mut tape = framed(&one(b'D'));
    tape.extend(framed(&one(b'X')[..22]));
    for lenient in [false, true] {
        let error = reader(tape.clone()).lenient(lenient).nth(1).unwrap().unwrap_err();
        assert_eq!(
            error.to_string(),
            "tape.itch50: byte 21: found a frame length of 22, expected 23 for message type `X`"
        );
    }
}

#[test]
fn an_unknown_type_is_an_error_or_skipped_and_counted() {
    let mut tape = framed(&one(b'D'));
    tape.extend(framed(b"zwhatever"));
    tape.extend(framed(&one(b'B')));
    let mut strict = reader(tape.clone());
    assert!(strict.next().unwrap().is_ok());
    let error = strict.next().unwrap().unwrap_err();
    assert!(error.to_string().contains("byte 23: found message type `z`, expected one of S R H"), "{error}");
    assert!(strict.next().is_none(), "the reader ends at the first error");

    let mut lenient = reader(tape).lenient(true);
    let kinds: Vec<u8> = lenient.by_ref().map(|message| message.unwrap().body.kind()).collect();
    assert_eq!((kinds, lenient.skipped(), lenient.messages()), (b"DB".to_vec(), 1, 2));
}

#[test]
fn an_unknown_type_without_a_length_cannot_be_skipped() {
    let error = reader(vec![0, 0, b'z', 1, 2, 3]).lenient(true).next().unwrap().unwrap_err();
    assert!(matches!(error, TapeError::Binary { offset: 2, .. }), "{error}");
}

#[test]
fn a_side_that_is_none_names_its_byte() {
    let mut add = one(b'A');
    add[19] = b'x';
    assert!(matches!(
        Message::decode(&add),
        Err(DecodeError::Field { name: "side", at: 19, found: b'x', .. })
    ));
    let error = read(framed(&add)).unwrap_err();
    assert_eq!(error.to_string(), "tape.itch50: byte 21: found `x` in field side, expected a side, B or S");
}

#[test]
fn an_order_without_shares_or_price_names_its_byte() {
    for (kind, zero, field, at) in [
        (b'A', 20..24, "shares", 22),
        (b'A', 32..36, "price_e4", 34),
        (b'F', 20..24, "shares", 22),
        (b'F', 32..36, "price_e4", 34),
        (b'U', 27..31, "shares", 29),
        (b'U', 31..35, "price_e4", 33),
    ] {
        let mut message = one(kind);
        message[11..].fill(b'B');
        assert_eq!(read(framed(&message)).unwrap().len(), 1);
        message[zero].fill(0);
        let error = read(framed(&message)).unwrap_err().to_string();
        let wanted =
            format!("tape.itch50: byte {at}: found 0 in field {field} of an order, expected 1 to 4294967295");
        assert_eq!(error, wanted);
        // As a message alone it is what it says.
        let json = serde_json::to_value(Message::decode(&message).unwrap()).unwrap();
        assert_eq!(json[field], 0);
    }
}

#[test]
fn the_end_of_messages_is_known() {
    let mut reader = Reader::new(Source::open(tapes::shipped()).unwrap());
    let mut ended = Vec::new();
    while let Some(message) = reader.next() {
        message.unwrap();
        ended.push(reader.ended());
    }
    assert_eq!(ended.pop(), Some(true));
    assert!(reader.ended() && !ended.contains(&true));
}

#[test]
fn an_empty_frame_ends_a_tape_only_behind_the_end_of_messages() {
    let mut end = one(b'S');
    end[11] = b'C';
    let mut tape = framed(&end);
    tape.extend([0, 0]);
    assert_eq!(read(tape).unwrap().len(), 1);
    let mut tape = framed(&one(b'D'));
    tape.extend([0, 0]);
    assert!(matches!(read(tape).unwrap_err(), TapeError::Truncated { offset: 21, left: 2, .. }));
}

#[test]
fn no_message_is_an_error() {
    assert!(matches!(read(Vec::new()).unwrap_err(), TapeError::Empty { .. }));
    let error = reader(framed(b"z")).lenient(true).next().unwrap().unwrap_err();
    assert!(matches!(error, TapeError::Empty { .. }), "{error}");
}
