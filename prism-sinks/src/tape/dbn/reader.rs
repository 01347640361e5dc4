//! Records of a DBN file, one at a time.

use super::metadata::Metadata;
use super::record::{self, BadField, HEADER, Level, MBO, MBP_1, MBP_10, MOST_LEVELS, Record, TRADE, shape};
use crate::tape::error::{TapeError, quote};
use crate::tape::source::{Source, until_error};

/// Bytes of the time of sending behind each record of a file that has it.
const TS_OUT: usize = 8;

/// Reads a DBN file of version 1, 2 or 3; an iterator over its records that ends at the first error.
///
/// Messages about the feed itself (errors, symbol mappings, system messages), and in a file of several schemas
/// the records of those that are not read here, are passed over and counted. *Strict* (the default): a record of
/// a type that no version knows is an error that names the byte. *Lenient*: it is passed over and counted too.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    metadata: Metadata,
    lenient: bool,
    messages: u64,
    skipped: u64,
    /// Offset of the record read last.
    at: u64,
    levels: [Level; MOST_LEVELS],
    /// How many of them the record read last has.
    depth: usize,
    done: bool,
}

impl Reader {
    /// Reads the metadata.
    ///
    /// # Errors
    /// The file is empty, cut, or no DBN of version 1 to 3, or its one schema is not read here.
    pub fn new(mut source: Source) -> Result<Reader, TapeError> {
        let metadata = Metadata::read(&mut source)?;
        Ok(Reader {
            source,
            metadata,
            lenient: false,
            messages: 0,
            skipped: 0,
            at: 0,
            levels: [Level::default(); MOST_LEVELS],
            depth: 0,
            done: false,
        })
    }

    /// Whether to read leniently.
    pub fn lenient(mut self, lenient: bool) -> Reader {
        self.lenient = lenient;
        self
    }

    /// What stands in front of the records.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Records read so far, without those passed over.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Records that were passed over.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Offset of the record read last, in decompressed bytes.
    pub fn record_offset(&self) -> u64 {
        self.at
    }

    /// The levels of the record read last, best first: one or ten, none for orders and trades.
    pub fn levels(&self) -> &[Level] {
        &self.levels[..self.depth]
    }

    /// The source, for its path and progress.
    pub fn source(&self) -> &Source {
        &self.source
    }

    #[inline]
    fn read(&mut self) -> Result<Option<Record>, TapeError> {
        loop {
            self.at = self.source.offset();
            let ready = self.source.peek(HEADER)?;
            let (length, rtype) = match *ready {
                [] if self.messages + self.skipped == 0 => return Err(self.empty()),
                [] => return Ok(None),
                [words, rtype, ..] if ready.len() >= HEADER => (4 * usize::from(words), rtype),
                _ => {
                    let left = ready.len();
                    return Err(self.truncated(left, HEADER));
                }
            };
            let tail = if self.metadata.ts_out { TS_OUT } else { 0 };
            let Some((size, depth)) = shape(rtype).filter(|_| self.belongs(rtype)) else {
                self.pass_over(rtype, length)?;
                continue;
            };
            if length != size + tail {
                return Err(self.wrong_length(rtype, length, size + tail));
            }
            let ready = self.source.peek(length)?;
            let left = ready.len();
            let record = if rtype == MBO {
                let Some(bytes) = ready.first_chunk() else { return Err(self.truncated(left, length)) };
                record::mbo(bytes).map(Record::Mbo)
            } else {
                let Some((bytes, behind)) = ready.split_first_chunk() else {
                    return Err(self.truncated(left, length));
                };
                if left >= length {
                    record::levels(behind, &mut self.levels[..depth]);
                }
                record::event(bytes).map(|event| match rtype {
                    MBP_1 => Record::Mbp1(event),
                    MBP_10 => Record::Mbp10(event),
                    _ => Record::Trade(event),
                })
            };
            if left < length {
                return Err(self.truncated(left, length));
            }
            let record = record.map_err(|bad| self.bad_field(bad))?;
            self.source.consume(length);
            self.depth = depth;
            self.messages += 1;
            return Ok(Some(record));
        }
    }

    /// Whether the file's schema has records of a type that is read here.
    #[inline]
    fn belongs(&self, rtype: u8) -> bool {
        match self.metadata.schema {
            Some(0) => rtype == MBO,
            Some(1 | 3) => rtype == MBP_1,
            Some(2) => rtype == MBP_10,
            Some(_) => rtype == TRADE,
            None => true,
        }
    }

    /// Passes over a record that is not of the feed.
    #[cold]
    fn pass_over(&mut self, rtype: u8, length: usize) -> Result<(), TapeError> {
        let of_feed = matches!(rtype, 0x15..=0x17);
        let known = match self.metadata.schema {
            None => of_feed || matches!(rtype, 0x11..=0x14 | 0x18 | 0x20..=0x24 | 0xB1 | 0xC0..=0xC4),
            Some(_) => of_feed,
        };
        let unknown_is_fine = self.lenient && shape(rtype).is_none();
        if !known && !unknown_is_fine {
            let expected = match self.metadata.schema {
                Some(0) => "0xa0 (mbo)",
                Some(1) => "0x01 (mbp-1)",
                Some(2) => "0x0a (mbp-10)",
                Some(3) => "0x01 (tbbo)",
                Some(_) => "0x00 (trades)",
                None => "a type that DBN 1 to 3 know (a lenient reader passes over others)",
            };
            return Err(self.source.binary(
                self.at + 1,
                format!("record type {rtype:#04x}"),
                expected.to_owned(),
            ));
        }
        if length < HEADER {
            return Err(self.wrong_length(rtype, length, HEADER));
        }
        let left = self.source.peek(length)?.len();
        if left < length {
            return Err(self.truncated(left, length));
        }
        self.source.consume(length);
        self.skipped += 1;
        Ok(())
    }

    #[cold]
    fn empty(&self) -> TapeError {
        let path = self.source.path().to_owned();
        TapeError::Empty { path, expected: "DBN records behind the metadata" }
    }

    #[cold]
    fn truncated(&self, left: usize, needed: usize) -> TapeError {
        TapeError::Truncated { path: self.source.path().to_owned(), offset: self.at, left, needed }
    }

    #[cold]
    fn wrong_length(&self, rtype: u8, found: usize, expected: usize) -> TapeError {
        let most = if shape(rtype).is_some() { "" } else { " or more" };
        self.source.binary(
            self.at,
            format!("a record length of {found} bytes"),
            format!("{expected}{most} for record type {rtype:#04x}"),
        )
    }

    #[cold]
    fn bad_field(&self, bad: BadField) -> TapeError {
        let found = self.source.ready().get(bad.at).copied().unwrap_or_default();
        self.source.binary(
            self.at + bad.at as u64,
            format!("{} in field {}", quote(&[found]), bad.name),
            bad.expected.to_owned(),
        )
    }
}

impl Iterator for Reader {
    type Item = Result<Record, TapeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        until_error(self, |reader| &mut reader.done, Reader::read)
    }
}
