//! The comma-separated fields of a line, and the numbers in them.

use super::decimal::e8;
use super::error::quote;

/// A field that cannot be read; [`Lines::error`](super::text::Lines::error) adds file and line.
#[derive(Debug)]
pub(crate) struct BadField {
    pub(crate) column: usize,
    pub(crate) found: String,
    pub(crate) expected: &'static str,
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
    #[inline(always)]
    pub(crate) fn integer(&mut self, expected: &'static str) -> Result<i64, BadField> {
        if let Some((value, length)) = self.line.get(self.at..).and_then(parse_short) {
            self.last = self.at;
            self.at += length + 1;
            return Ok(value);
        }
        self.any_integer(expected)
    }

    #[inline(never)]
    fn any_integer(&mut self, expected: &'static str) -> Result<i64, BadField> {
        let field = self.take(expected)?;
        parse_i64(field).ok_or_else(|| self.bad(expected))
    }

    /// A whole number from `least` to `most`.
    #[inline(always)]
    pub(crate) fn within(&mut self, least: i64, most: i64, expected: &'static str) -> Result<i64, BadField> {
        let value = self.integer(expected)?;
        if (least..=most).contains(&value) { Ok(value) } else { Err(self.bad(expected)) }
    }

    /// A whole number that is not negative.
    #[inline(always)]
    pub(crate) fn natural(&mut self, expected: &'static str) -> Result<u64, BadField> {
        self.within(0, i64::MAX, expected).map(|value| value as u64)
    }

    /// Seconds with any number of decimals, as nanoseconds; digits past the ninth are cut, which keeps the
    /// file's order.
    pub(crate) fn seconds(&mut self, expected: &'static str) -> Result<i64, BadField> {
        let field = self.take(expected)?;
        parse_seconds(field).ok_or_else(|| self.bad(expected))
    }

    /// A decimal number that is not negative, in 1/10⁸.
    pub(crate) fn e8(&mut self, expected: &'static str) -> Result<u64, BadField> {
        let field = self.take(expected)?;
        e8(field).ok_or_else(|| self.bad(expected))
    }

    /// The same, or an empty field.
    pub(crate) fn optional_e8(&mut self, expected: &'static str) -> Result<Option<u64>, BadField> {
        match self.take(expected)? {
            [] => Ok(None),
            field => e8(field).map(Some).ok_or_else(|| self.bad(expected)),
        }
    }

    /// The next field, without taking it; empty where there is none.
    pub(crate) fn peek(&self) -> &'a [u8] {
        let rest = self.line.get(self.at..).unwrap_or_default();
        rest.split(|&byte| byte == b',').next().unwrap_or_default()
    }

    /// An error about the whole line.
    pub(crate) fn wrong_line(&self, expected: &'static str) -> BadField {
        BadField { column: 1, found: quote(self.line), expected }
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

/// The value and the length of a field of one to eight digits with a comma behind it; `None` for any other, and
/// where the line ends within the next eight bytes. Most fields are of this kind, and are read in one step
/// instead of one a byte.
#[inline(always)]
fn parse_short(rest: &[u8]) -> Option<(i64, usize)> {
    /// The same byte eight times.
    const fn eight(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let digits = u64::from_le_bytes(*rest.first_chunk()?) ^ eight(b'0');
    // The top bit of every byte above 9. The sum may carry into later bytes; only the first one counts.
    let others = (digits.wrapping_add(eight(0x80 - 10)) | digits) & eight(0x80);
    let length = others.trailing_zeros() / 8;
    if length == 0 || rest.get(length as usize) != Some(&b',') {
        return None;
    }
    // The last digit in the last byte, behind zeros; then pairs of digits, of pairs, of fours are joined.
    let digits = digits << (64 - 8 * length);
    let pairs = digits.wrapping_mul(10 << 8 | 1) >> 8 & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_FFFF_0000_FFFF;
    let value = fours.wrapping_mul(10_000 << 32 | 1) >> 32;
    Some((value as i64, length as usize))
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
#[allow(clippy::unwrap_used)]
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
    fn short_fields_are_read_as_long_ones() {
        for digits in ["0", "7", "10", "999", "5802300", "0005802", "16113575", "99999999", "00000000"] {
            for rest in ["", "1", "12345678", ",12345678", "\u{FF}\u{FF}\u{FF}\u{FF}"] {
                let line = format!("{digits},{rest}");
                let short = parse_short(line.as_bytes());
                let known = (line.len() >= 8).then(|| (digits.parse().unwrap(), digits.len()));
                assert_eq!(short, known, "{line}");
            }
        }
        let mut line = *b"12345678,";
        for at in 0..line.len() {
            for byte in (0..=255_u8).filter(|byte| !byte.is_ascii_digit()) {
                let before = std::mem::replace(&mut line[at], byte);
                let short = parse_short(&line);
                let expected = (at > 0 && byte == b',').then(|| {
                    let text = std::str::from_utf8(&line[..at]).unwrap();
                    (text.parse().unwrap(), at)
                });
                assert_eq!(short, expected, "{}", line.escape_ascii());
                line[at] = before;
            }
        }
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
