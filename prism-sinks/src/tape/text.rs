//! Lines of a text tape, and the messages they hold, without an allocation a line.

use super::error::TapeError;
use super::fields::BadField;
use super::source::{Source, until_error};

/// Longer lines are not of any format read here; the bound keeps memory flat on a wrong file.
const LONGEST_LINE: usize = 1 << 20;

/// The byte-order mark that some editors put in front of UTF-8 text.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The lines of a text file, numbered from 1, without line feed, carriage return and byte-order mark.
#[derive(Debug)]
pub(crate) struct Lines {
    source: Source,
    /// Number of the line handed out last.
    line: u64,
    /// Bytes to consume before the next line: those of the last one.
    used: usize,
    /// Whether the file has a blank line that was skipped; only blank ones may follow it.
    blank: bool,
}

impl Lines {
    pub(crate) fn new(source: Source) -> Lines {
        Lines { source, line: 0, used: 0, blank: false }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The next line that is not blank. Blank lines are allowed at the end only: elsewhere row numbers,
    /// by which message and book files belong together, would shift.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, TapeError> {
        let (from, to) = loop {
            let Some((from, to)) = self.find()? else { return Ok(None) };
            self.line += 1;
            if from < to {
                break (from, to);
            }
            self.blank = true;
        };
        if self.blank {
            let found = "a line after a blank line".to_owned();
            return Err(self.error(BadField { column: 1, found, expected: "no blank line before the end" }));
        }
        Ok(Some(&self.source.ready()[from..to]))
    }

    /// Consumes the line before and finds the range of the next one in the ready bytes.
    fn find(&mut self) -> Result<Option<(usize, usize)>, TapeError> {
        self.source.consume(self.used);
        self.used = 0;
        let mut searched = 0;
        loop {
            let ready = self.source.ready();
            let (end, used) = match memchr::memchr(b'\n', &ready[searched..]) {
                Some(found) => (searched + found, searched + found + 1),
                None if ready.len() > LONGEST_LINE => {
                    self.line += 1;
                    let found = format!("a line longer than {LONGEST_LINE} bytes");
                    return Err(self.error(BadField { column: 1, found, expected: "lines of text" }));
                }
                None => {
                    searched = ready.len();
                    if self.source.more()? {
                        continue;
                    }
                    if searched == 0 {
                        return Ok(None);
                    }
                    (searched, searched)
                }
            };
            self.used = used;
            let line = &self.source.ready()[..end];
            let from = if self.line == 0 && line.starts_with(BOM) { BOM.len() } else { 0 };
            let to = if line[from..].ends_with(b"\r") { end - 1 } else { end };
            return Ok(Some((from, to)));
        }
    }

    /// The error for a field of the line handed out last.
    pub(crate) fn error(&self, bad: BadField) -> TapeError {
        TapeError::Text {
            path: self.source.path().to_owned(),
            line: self.line,
            column: bad.column,
            found: bad.found,
            expected: bad.expected,
        }
    }

    /// The error for a file without a message.
    pub(crate) fn empty(&self, expected: &'static str) -> TapeError {
        TapeError::Empty { path: self.source.path().to_owned(), expected }
    }
}

/// The messages of a tape that has one on each line, until its end or the first error.
#[derive(Debug)]
pub(crate) struct Messages {
    lines: Lines,
    /// What a tape holds that is not empty, for an error.
    expected: &'static str,
    count: u64,
    done: bool,
}

impl Messages {
    /// The messages on the lines that are left.
    pub(crate) fn new(lines: Lines, expected: &'static str) -> Messages {
        Messages { lines, expected, count: 0, done: false }
    }

    pub(crate) fn source(&self) -> &Source {
        self.lines.source()
    }

    /// Messages given so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The next line, as `parse` reads it. No line at all is an error.
    #[inline]
    pub(crate) fn next<T>(
        &mut self,
        parse: impl FnOnce(&[u8]) -> Result<T, BadField>,
    ) -> Option<Result<T, TapeError>> {
        until_error(
            self,
            |messages| &mut messages.done,
            |messages| {
                let parsed = match messages.lines.next()? {
                    None if messages.count == 0 => return Err(messages.lines.empty(messages.expected)),
                    None => return Ok(None),
                    Some(line) => parse(line),
                };
                messages.count += u64::from(parsed.is_ok());
                parsed.map(Some).map_err(|bad| messages.lines.error(bad))
            },
        )
    }
}
