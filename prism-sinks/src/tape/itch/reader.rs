//! Frames of an ITCH tape, one message at a time.

use super::Char;
use super::message::{Body, DecodeError, Message, SystemEvent, kinds};
use crate::tape::error::{TapeError, quote};
use crate::tape::source::{Source, until_error};

/// Bytes of a frame's length field.
const LENGTH: usize = 2;

/// Reads an ITCH 5.0 tape; an iterator over its messages that ends at the first error.
///
/// *Strict* (the default): a length of 0, a length that is not the type's and an unknown type are errors that
/// name the byte. *Lenient*: a length of 0 is taken from the message's type, and a message of unknown type is
/// skipped and counted. In both modes an order that joins the book with 0 shares or at a price of 0 is an error.
///
/// An empty frame as the very last of a tape whose last message ended the day (S with code C) is the end mark
/// that NASDAQ's own files carry, and is taken for it in both modes.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    lenient: bool,
    messages: u64,
    skipped: u64,
    /// Offset of the frame of the message handed out last.
    frame: u64,
    /// Whether the last message was the day's end.
    ended: bool,
    done: bool,
}

impl Reader {
    /// Reads strictly.
    pub fn new(source: Source) -> Reader {
        Reader { source, lenient: false, messages: 0, skipped: 0, frame: 0, ended: false, done: false }
    }

    /// Whether to read leniently.
    pub fn lenient(mut self, lenient: bool) -> Reader {
        self.lenient = lenient;
        self
    }

    /// Messages read so far, without those skipped.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Messages of unknown type that were skipped; always 0 when strict.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Offset of the frame of the message read last, in decompressed bytes.
    pub fn frame_offset(&self) -> u64 {
        self.frame
    }

    /// Whether the message read last was the end of messages (S with code C), which every whole tape ends with.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The source, for its path and progress.
    pub fn source(&self) -> &Source {
        &self.source
    }

    #[inline]
    fn read(&mut self) -> Result<Option<Message>, TapeError> {
        loop {
            self.frame = self.source.offset();
            // One look-ahead covers the frame of any known message.
            let ready = self.source.peek(LENGTH + 1)?;
            let length = match *ready {
                [] if self.messages == 0 => return Err(self.empty()),
                [] => return Ok(None),
                [0, 0] if self.ended => {
                    self.source.consume(LENGTH);
                    return Ok(None);
                }
                [_] => return Err(self.truncated(1, LENGTH)),
                [high, low, ..] => usize::from(u16::from_be_bytes([high, low])),
            };
            let kind = ready.get(LENGTH).copied();
            let Some(kind) = kind else {
                return Err(self.truncated(LENGTH, LENGTH + length.max(1)));
            };
            let length = match (Body::size_of_kind(kind), length) {
                (Some(size), 0) if self.lenient => size,
                (Some(size), 0) => return Err(self.zero_length(kind, size)),
                (Some(size), length) if size == length => size,
                (None, length) if self.lenient && length > 0 => {
                    self.skip(length)?;
                    continue;
                }
                (Some(expected), found) => {
                    return Err(self.undecodable(&DecodeError::Length { kind, found, expected }));
                }
                (None, _) => return Err(self.undecodable(&DecodeError::UnknownType { kind })),
            };
            let ready = self.source.peek(LENGTH + length)?;
            let Some(bytes) = ready.get(LENGTH..LENGTH + length) else {
                let left = ready.len();
                return Err(self.truncated(left, LENGTH + length));
            };
            let message = Message::decode(bytes).map_err(|error| self.undecodable(&error))?;
            if let Some((field, at)) = message.body.zero_in_order() {
                return Err(self.zero_in_order(field, at));
            }
            self.source.consume(LENGTH + length);
            self.messages += 1;
            self.ended = message.body == Body::SystemEvent(SystemEvent { event_code: Char(b'C') });
            return Ok(Some(message));
        }
    }

    /// Passes over a message of unknown type.
    fn skip(&mut self, length: usize) -> Result<(), TapeError> {
        let left = self.source.peek(LENGTH + length)?.len();
        if left < LENGTH + length {
            return Err(self.truncated(left, LENGTH + length));
        }
        self.source.consume(LENGTH + length);
        self.skipped += 1;
        Ok(())
    }

    #[cold]
    fn empty(&self) -> TapeError {
        TapeError::Empty { path: self.source.path().to_owned(), expected: "ITCH 5.0 messages" }
    }

    #[cold]
    fn truncated(&self, left: usize, needed: usize) -> TapeError {
        TapeError::Truncated { path: self.source.path().to_owned(), offset: self.frame, left, needed }
    }

    #[cold]
    fn zero_length(&self, kind: u8, size: usize) -> TapeError {
        self.source.binary(
            self.frame,
            "a frame length of 0".to_owned(),
            format!(
                "{size} for message type `{}` (a lenient reader takes it from the type)",
                char::from(kind)
            ),
        )
    }

    #[cold]
    fn zero_in_order(&self, field: &'static str, at: u64) -> TapeError {
        self.source.binary(
            self.frame + LENGTH as u64 + at,
            format!("0 in field {field} of an order"),
            "1 to 4294967295".to_owned(),
        )
    }

    #[cold]
    fn undecodable(&self, error: &DecodeError) -> TapeError {
        let message = self.frame + LENGTH as u64;
        match *error {
            DecodeError::Length { kind, found, expected } => self.source.binary(
                self.frame,
                format!("a frame length of {found}"),
                format!("{expected} for message type `{}`", char::from(kind)),
            ),
            DecodeError::UnknownType { kind } => self.source.binary(
                message,
                format!("message type {}", quote(&[kind])),
                format!("one of {}", kinds()),
            ),
            DecodeError::Field { name, at, found, expected } => self.source.binary(
                message + at as u64,
                format!("{} in field {name}", quote(&[found])),
                expected.to_owned(),
            ),
            DecodeError::Empty => self.source.binary(message, "nothing".to_owned(), "a message".to_owned()),
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Message, TapeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        until_error(self, |reader| &mut reader.done, Reader::read)
    }
}
