//! A tape of any format, as a row of messages of one kind.

mod doubts;
mod record;

use std::path::Path;

use prism_sinks::tape::{CompletedReader, LobsterReader, Source, TapeError, itch};

use self::doubts::{Doubts, Place};
pub(super) use self::record::{Change, Record, inserted};
use super::Format;

/// An opened tape.
#[derive(Debug)]
pub(super) struct Feed {
    reader: Reader,
    doubts: Doubts,
}

#[derive(Debug)]
enum Reader {
    Lobster(LobsterReader),
    Completed(CompletedReader),
    Itch(itch::Reader),
}

impl Feed {
    pub(super) fn open(format: Format, path: &Path, lenient: bool) -> Result<Feed, TapeError> {
        let source = Source::open(path)?;
        let reader = match format {
            Format::Lobster => Reader::Lobster(LobsterReader::new(source)),
            Format::Completed => Reader::Completed(CompletedReader::new(source)?),
            Format::Itch => Reader::Itch(itch::Reader::new(source).lenient(lenient)),
        };
        Ok(Feed { reader, doubts: Doubts::default() })
    }

    pub(super) fn source(&self) -> &Source {
        match &self.reader {
            Reader::Lobster(reader) => reader.source(),
            Reader::Completed(reader) => reader.source(),
            Reader::Itch(reader) => reader.source(),
        }
    }

    /// Messages of unknown type that a lenient reader passed over.
    pub(super) fn skipped(&self) -> u64 {
        match &self.reader {
            Reader::Itch(reader) => reader.skipped(),
            Reader::Lobster(_) | Reader::Completed(_) => 0,
        }
    }

    /// The offset of the message read last, for tapes that are told by bytes.
    pub(super) fn offset(&self) -> u64 {
        match &self.reader {
            Reader::Itch(reader) => reader.frame_offset(),
            Reader::Lobster(_) | Reader::Completed(_) => self.source().offset(),
        }
    }

    /// What is odd about the tape, as far as it was read.
    pub(super) fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Record>, TapeError> {
        let (record, ended) = match &mut self.reader {
            Reader::Lobster(reader) => (reader.next().transpose()?.map(Record::Lobster), None),
            Reader::Completed(reader) => (reader.next().transpose()?.map(Record::Completed), None),
            Reader::Itch(reader) => (reader.next().transpose()?.map(Record::Itch), Some(reader.ended())),
        };
        match &record {
            Some(record) => self.doubts.look(record, || match &self.reader {
                Reader::Lobster(reader) => Place::Line(reader.messages()),
                // The header is the first line.
                Reader::Completed(reader) => Place::Line(reader.messages() + 1),
                Reader::Itch(reader) => Place::Byte(reader.frame_offset()),
            }),
            None => self.doubts.end(ended),
        }
        Ok(record)
    }
}
