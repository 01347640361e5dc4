//! Lines and comma-separated fields of a text tape, without an allocation a line.

use super::error::{TapeError, quote};
use super::source::Source;

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

/// A field that cannot be read; [`Lines::error`] adds file and line.
#[derive(Debug)]
pub(crate) struct BadField {
    pub(crate) column: usize,
    pub(crate) found: String,
    pub(crate) expected: &'static str,
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

/// The comma-separated fields of one line, taken from left to right.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    line: &'a [u8],
    /// Where the next field begins; one past the end of the line when there is none.
    at: usize,
    /// Where the field taken last begins.
    last: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(line: &'a [u8]) -> Fields<'a> {
        Fields { line, at: 0, last: 0 }
    }

    /// The next field; missing is an error that says what was expected there.
    pub(crate) fn take(&mut self, expected: &'static str) -> Result<&'a [u8], BadField> {
        let Some(rest) = self.line.get(self.at..) else {
            let found = "the end of the line".to_owned();
            return Err(BadField { column: self.line.len() + 1, found, expected });
        };
        // Fields are a few bytes long: a plain loop beats a vectorised search.
        let length = rest.iter().position(|&byte| byte == b',').unwrap_or(rest.len());
        self.last = self.at;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// An error about the field taken last.
    pub(crate) fn bad(&self, expected: &'static str) -> BadField {
        let field = &self.line[self.last..(self.at - 1).min(self.line.len())];
        BadField { column: self.last + 1, found: quote(field), expected }
    }

    /// A whole number, with a sign if negative.
    pub(crate) fn integer(&mut self, expected: &'static str) -> Result<i64, BadField> {
        let field = self.take(expected)?;
        parse_i64(field).ok_or_else(|| self.bad(expected))
    }

    /// A whole number that is not negative.
    pub(crate) fn natural(&mut self, expected: &'static str) -> Result<u64, BadField> {
        let value = self.integer(expected)?;
        u64::try_from(value).map_err(|_| self.bad(expected))
    }

    /// Seconds with any number of decimals, as nanoseconds; digits past the ninth are cut, which keeps the
    /// file's order.
    pub(crate) fn seconds(&mut self, expected: &'static str) -> Result<i64, BadField> {
        let field = self.take(expected)?;
        parse_seconds(field).ok_or_else(|| self.bad(expected))
    }

    /// Whether every field was taken.
    pub(crate) fn at_end(&self) -> bool {
        self.at > self.line.len()
    }

    /// An error if fields are left.
    pub(crate) fn end(&mut self, expected: &'static str) -> Result<(), BadField> {
        if self.at_end() {
            return Ok(());
        }
        self.take(expected)?;
        Err(self.bad(expected))
    }
}

fn parse_i64(field: &[u8]) -> Option<i64> {
    let (negative, digits) = match field {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, field),
    };
    let magnitude = parse_digits(digits)?;
    Some(if negative { -magnitude } else { magnitude })
}

/// One or more digits; none, another character or a value past `i64::MAX` is `None`.
fn parse_digits(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    Some(value)
}

fn parse_seconds(field: &[u8]) -> Option<i64> {
    const NANOS: i64 = 1_000_000_000;
    let dot = field.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = match dot {
        Some(dot) => (&field[..dot], &field[dot + 1..]),
        None => (field, &b"0"[..]),
    };
    let (kept, cut) = fraction.split_at(fraction.len().min(9));
    if !cut.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut nanos = parse_digits(kept)?;
    for _ in kept.len()..9 {
        nanos *= 10;
    }
    parse_digits(whole)?.checked_mul(NANOS)?.checked_add(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_text_not_floats() {
        assert_eq!(parse_seconds(b"34200"), Some(34_200_000_000_000));
        assert_eq!(parse_seconds(b"34200.05990197"), Some(34_200_059_901_970));
        assert_eq!(parse_seconds(b"43002.632812672004"), Some(43_002_632_812_672));
        // As a double, 43002.632812671 is one nanosecond less after multiplication.
        assert_eq!(parse_seconds(b"43002.632812671"), Some(43_002_632_812_671));
        assert_eq!(parse_seconds(b"0.000000001"), Some(1));
    }

    #[test]
    fn odd_numbers_are_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1.5.2", "1.0000000001x", " 1", "9223372037"] {
            assert_eq!(parse_seconds(text.as_bytes()), None, "{text:?}");
        }
        for text in ["", "-", "--1", "+1", "1.0", "9223372036854775808", "1 ", "٣"] {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse_i64(b"-9999999999"), Some(-9_999_999_999));
        assert_eq!(parse_i64(b"9223372036854775807"), Some(i64::MAX));
    }
}
