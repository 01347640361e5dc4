//! Decimal numbers of text feeds as whole multiples of 1/10⁸, without a floating-point number between.

/// Decimals that are kept; the exchanges of crypto assets quote and settle in no smaller part of a coin.
const DECIMALS: usize = 8;

/// A decimal number, not negative, as a multiple of 1/10⁸; an exponent is allowed, as feeds that passed through a
/// script have it. `None` for anything else, for digits other than 0 past the eighth decimal and for 2⁶³/10⁸ and
/// more.
pub fn parse_e8(text: &str) -> Option<u64> {
    e8(text.as_bytes())
}

/// As [`parse_e8`].
pub(crate) fn e8(text: &[u8]) -> Option<u64> {
    let (text, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&text[..at], exponent(&text[at + 1..])?),
        None => (text, 0),
    };
    let (mut value, mut digits, mut decimals, mut dot) = (0_u64, 0, 0_i64, false);
    for &byte in text {
        match byte {
            b'0'..=b'9' if digits < 40 => {
                digits += 1;
                decimals += i64::from(dot);
                let digit = u64::from(byte - b'0');
                if digit == 0 && dot && decimals > DECIMALS as i64 + exponent {
                    // A zero that says nothing: it would only overflow the value.
                    decimals -= 1;
                    continue;
                }
                value = value.checked_mul(10)?.checked_add(digit)?;
            }
            b'.' if !dot && digits > 0 => dot = true,
            _ => return None,
        }
    }
    // A dot needs a digit on both sides.
    if digits == 0 || text.ends_with(b".") {
        return None;
    }
    let shift = DECIMALS as i64 + exponent - decimals;
    if value == 0 {
        return Some(0);
    }
    let scale = 10_u64.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?)?;
    let value = if shift < 0 {
        if !value.is_multiple_of(scale) {
            return None;
        }
        value / scale
    } else {
        value.checked_mul(scale)?
    };
    i64::try_from(value).is_ok().then_some(value)
}

/// One or two digits with or without a sign.
fn exponent(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    match digits {
        [one @ b'0'..=b'9'] => Some(sign * i64::from(one - b'0')),
        [ten @ b'0'..=b'9', one @ b'0'..=b'9'] => Some(sign * i64::from(10 * (ten - b'0') + one - b'0')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::e8;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, value) in [
            ("0", 0),
            ("0.00000000", 0),
            ("61836.8", 6_183_680_000_000),
            ("61836.80000000", 6_183_680_000_000),
            ("61836.800000000000", 6_183_680_000_000),
            ("0.00000001", 1),
            ("1e-8", 1),
            ("1.5e-7", 15),
            ("10.0e-8", 10),
            ("100e-10", 1),
            ("1E+3", 100_000_000_000),
            ("007", 700_000_000),
            ("92233720368.54775807", i64::MAX as u64),
            ("0e99", 0),
        ] {
            assert_eq!(e8(text.as_bytes()), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_such_decimal_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1..2",
            "1.2.3",
            "1e",
            "1e-",
            "1e100",
            "e5",
            "1 ",
            " 1",
            "0x1",
            "NaN",
            "0.000000001",
            "1e-9",
            "92233720368.54775808",
            "99999999999999999999",
            "1e20",
            "٣",
        ] {
            assert_eq!(e8(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in 0..i64::MAX as u64) {
            let text = format!("{}.{:08}", value / 100_000_000, value % 100_000_000);
            prop_assert_eq!(e8(text.as_bytes()), Some(value));
            let short = text.trim_end_matches('0').trim_end_matches('.');
            prop_assert_eq!(e8(short.as_bytes()), Some(value));
            prop_assert_eq!(e8(format!("{value}e-8").as_bytes()), Some(value));
        }
    }
}
