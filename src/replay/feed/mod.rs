//! A tape of any format, as a row of messages of one kind.

mod counts;
mod doubts;
mod record;

use std::io::{self, Write};
use std::path::Path;

use prism_sinks::tape::dbn::Level;
use prism_sinks::tape::{
    BitstampReader, CompletedReader, LobsterReader, Source, TapeError, binance, dbn, itch, tardis,
};
use serde::Serialize;

pub(super) use self::counts::Counts;
use self::doubts::{Doubts, Place};
pub(super) use self::record::{Change, Record, inserted};
use super::Format;

/// Levels of a message as price and size.
type Levels<'a> = &'a [(i64, u64)];

/// An opened tape.
#[derive(Debug)]
pub(super) struct Feed {
    reader: Reader,
    doubts: Doubts,
    counts: Counts,
}

#[derive(Debug)]
enum Reader {
    Lobster(LobsterReader),
    Completed(CompletedReader),
    Itch(itch::Reader),
    Dbn(Box<dbn::Reader>),
    Binance(Box<binance::Reader>),
    Bitstamp(BitstampReader),
    Tardis(Box<tardis::Reader>),
}

impl Reader {
    /// The line of the message read last, for tapes that are told by lines; else 0.
    fn line(&self) -> u64 {
        match self {
            Reader::Lobster(reader) => reader.messages(),
            // The header is the first line.
            Reader::Completed(reader) => reader.messages() + 1,
            Reader::Bitstamp(reader) => reader.messages() + 1,
            Reader::Tardis(reader) => reader.messages() + 1,
            Reader::Binance(reader) => reader.line(),
            Reader::Itch(_) | Reader::Dbn(_) => 0,
        }
    }
}

impl Feed {
    pub(super) fn open(format: Format, path: &Path, lenient: bool) -> Result<Feed, TapeError> {
        let source = Source::open(path)?;
        let reader = match format {
            Format::Lobster => Reader::Lobster(LobsterReader::new(source)),
            Format::Completed => Reader::Completed(CompletedReader::new(source)?),
            Format::Itch => Reader::Itch(itch::Reader::new(source).lenient(lenient)),
            Format::Dbn => Reader::Dbn(Box::new(dbn::Reader::new(source)?.lenient(lenient))),
            Format::Binance => Reader::Binance(Box::new(binance::Reader::new(source).lenient(lenient))),
            Format::Bitstamp => Reader::Bitstamp(BitstampReader::new(source)?),
            Format::Tardis => Reader::Tardis(Box::new(tardis::Reader::new(source)?)),
        };
        Ok(Feed { reader, doubts: Doubts::default(), counts: Counts::default() })
    }

    pub(super) fn source(&self) -> &Source {
        match &self.reader {
            Reader::Lobster(reader) => reader.source(),
            Reader::Completed(reader) => reader.source(),
            Reader::Itch(reader) => reader.source(),
            Reader::Dbn(reader) => reader.source(),
            Reader::Binance(reader) => reader.source(),
            Reader::Bitstamp(reader) => reader.source(),
            Reader::Tardis(reader) => reader.source(),
        }
    }

    /// The instruments of a DBN tape that a name stands for; `None` for other formats.
    pub(super) fn instruments(&self, name: &str) -> Option<Vec<u32>> {
        match &self.reader {
            Reader::Dbn(reader) => Some(reader.metadata().instruments(name)),
            _ => None,
        }
    }

    /// The levels that the message read last carries.
    pub(super) fn levels(&self) -> &[Level] {
        match &self.reader {
            Reader::Dbn(reader) => reader.levels(),
            _ => &[],
        }
    }

    /// The bids and asks that the message read last carries, as price and size, on feeds of depth updates.
    pub(super) fn sides(&self) -> (Levels<'_>, Levels<'_>) {
        match &self.reader {
            Reader::Binance(reader) => (reader.bids(), reader.asks()),
            Reader::Tardis(reader) => (reader.bids(), reader.asks()),
            _ => (&[], &[]),
        }
    }

    /// The line of the message read last, for tapes that are told by lines; else 0.
    pub(super) fn line(&self) -> u64 {
        self.reader.line()
    }

    /// What the records said in numbers; `None` for formats without actions.
    pub(super) fn counts(&self) -> Option<&Counts> {
        matches!(self.reader, Reader::Dbn(_)).then_some(&self.counts)
    }

    /// Messages that the reader passed over.
    pub(super) fn skipped(&self) -> u64 {
        match &self.reader {
            Reader::Itch(reader) => reader.skipped(),
            Reader::Dbn(reader) => reader.skipped(),
            Reader::Binance(reader) => reader.skipped(),
            _ => 0,
        }
    }

    /// The offset of the message read last, for tapes that are told by bytes.
    pub(super) fn offset(&self) -> u64 {
        match &self.reader {
            Reader::Itch(reader) => reader.frame_offset(),
            Reader::Dbn(reader) => reader.record_offset(),
            _ => self.source().offset(),
        }
    }

    /// What is odd about the tape, as far as it was read.
    pub(super) fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// A sentence for each kind of doubt about the tape.
    pub(super) fn warnings(&self, path: &Path) -> Vec<String> {
        let mut warnings = self.doubts.warnings(path);
        warnings.extend(self.counts.warnings(path));
        warnings
    }

    /// Writes the message read last as a line of JSON.
    pub(super) fn write_line(&self, record: &Record, to: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct WithLevels<'a> {
            #[serde(flatten)]
            record: &'a Record,
            levels: &'a [Level],
        }
        #[derive(Serialize)]
        struct WithSides<'a> {
            #[serde(flatten)]
            record: &'a Record,
            bids_e8: Levels<'a>,
            asks_e8: Levels<'a>,
        }
        match (self.levels(), self.sides()) {
            ([], ([], [])) => serde_json::to_writer(&mut *to, record)?,
            ([], (bids_e8, asks_e8)) => {
                serde_json::to_writer(&mut *to, &WithSides { record, bids_e8, asks_e8 })?;
            }
            (levels, _) => serde_json::to_writer(&mut *to, &WithLevels { record, levels })?,
        }
        to.write_all(b"\n")
    }

    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Record>, TapeError> {
        let (record, ended) = match &mut self.reader {
            Reader::Lobster(reader) => (reader.next().transpose()?.map(Record::Lobster), None),
            Reader::Completed(reader) => (reader.next().transpose()?.map(Record::Completed), None),
            Reader::Itch(reader) => (reader.next().transpose()?.map(Record::Itch), Some(reader.ended())),
            Reader::Dbn(reader) => (reader.next().transpose()?.map(Record::Dbn), None),
            Reader::Binance(reader) => (reader.next().transpose()?.map(Record::Binance), None),
            Reader::Bitstamp(reader) => (reader.next().transpose()?.map(Record::Bitstamp), None),
            Reader::Tardis(reader) => (reader.next().transpose()?.map(Record::Tardis), None),
        };
        if let Some(Record::Dbn(record)) = &record {
            self.counts.look(record);
        }
        match &record {
            Some(record) => self.doubts.look(record, || match &self.reader {
                Reader::Itch(reader) => Place::Byte(reader.frame_offset()),
                Reader::Dbn(reader) => Place::Byte(reader.record_offset()),
                text => Place::Line(text.line()),
            }),
            None => self.doubts.end(ended),
        }
        Ok(record)
    }
}
