//! Points in time and the spans between them, in nanoseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A point in time: nanoseconds since the run began. Never negative in a running simulation, so the bits
/// are those of the `u64` that files and journals hold.
///
/// Arithmetic saturates: `Time::MAX` is a moment that no run reaches (292 years), so a wake-up asked for
/// beyond it simply never comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(i64);

/// A span between two [`Time`]s, in nanoseconds; may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span(i64);

impl Time {
    /// The beginning of the run.
    pub const ZERO: Time = Time(0);
    /// A moment no run reaches.
    pub const MAX: Time = Time(i64::MAX);

    /// The time `nanos` nanoseconds after the beginning.
    pub const fn from_nanos(nanos: i64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the beginning.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the beginning, for formulas.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span.
    pub const MAX: Span = Span(i64::MAX);

    /// `n` nanoseconds.
    pub const fn nanos(n: i64) -> Span {
        Span(n)
    }
    /// `n` microseconds (saturating).
    pub const fn micros(n: i64) -> Span {
        Span(n.saturating_mul(1_000))
    }
    /// `n` milliseconds (saturating).
    pub const fn millis(n: i64) -> Span {
        Span(n.saturating_mul(1_000_000))
    }
    /// `n` seconds (saturating).
    pub const fn secs(n: i64) -> Span {
        Span(n.saturating_mul(1_000_000_000))
    }
    /// `n` minutes (saturating).
    pub const fn mins(n: i64) -> Span {
        Span(n.saturating_mul(60_000_000_000))
    }
    /// `n` hours (saturating).
    pub const fn hours(n: i64) -> Span {
        Span(n.saturating_mul(3_600_000_000_000))
    }

    /// The nearest whole number of nanoseconds to `secs` seconds; saturates, and NaN gives zero.
    #[allow(clippy::cast_possible_truncation)] // a float-to-integer cast saturates, which is what is meant
    pub fn from_secs_f64(secs: f64) -> Span {
        Span((secs * 1e9).round() as i64)
    }

    /// The span in nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The span in seconds, for formulas.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// True for a span longer than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// True for a span shorter than nothing.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl Add<Span> for Time {
    type Output = Time;
    #[inline]
    fn add(self, by: Span) -> Time {
        Time(self.0.saturating_add(by.0))
    }
}

impl AddAssign<Span> for Time {
    #[inline]
    fn add_assign(&mut self, by: Span) {
        *self = *self + by;
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    #[inline]
    fn sub(self, by: Span) -> Time {
        Time(self.0.saturating_sub(by.0))
    }
}

impl Sub for Time {
    type Output = Span;
    #[inline]
    fn sub(self, other: Time) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Add for Span {
    type Output = Span;
    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    #[inline]
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for Span {
    type Output = Span;
    #[inline]
    fn mul(self, n: i64) -> Span {
        Span(self.0.saturating_mul(n))
    }
}

impl Div<i64> for Span {
    type Output = Span;
    /// Rounds towards zero; dividing by zero gives the longest span.
    #[inline]
    fn div(self, n: i64) -> Span {
        Span(self.0.checked_div(n).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Time {
    /// As people tell it: `1h29min59.5s`; below a second in the unit that leaves no fraction, such as `1500us`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: u64 = 1_000_000_000;
        let nanos = self.0.unsigned_abs();
        if nanos < SECOND {
            return Span(self.0).fmt(f);
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let (seconds, rest) = (nanos / SECOND, nanos % SECOND);
        for (count, unit) in [(seconds / 3_600, "h"), (seconds / 60 % 60, "min")] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        match (seconds % 60, rest) {
            (0, 0) => Ok(()),
            (seconds, 0) => write!(f, "{seconds}s"),
            (seconds, rest) => {
                write!(f, "{seconds}.{}s", format!("{rest:09}").trim_end_matches('0'))
            }
        }
    }
}

impl fmt::Display for Span {
    /// The largest unit that leaves no fraction: `1500us`, `2s`, `90min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(i64, &str); 6] = [
            (3_600_000_000_000, "h"),
            (60_000_000_000, "min"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let (size, name) = UNITS.into_iter().find(|(size, _)| self.0 % size == 0).unwrap_or((1, "ns"));
        write!(f, "{}{name}", self.0 / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_spans() {
        let t = Time::ZERO + Span::mins(90);
        assert_eq!(t - Time::from_nanos(1), Span::nanos(5_399_999_999_999));
        assert_eq!(Time::MAX + Span::secs(1), Time::MAX);
        assert_eq!(Span::secs(7) / 0, Span::MAX);
        assert_eq!(Span::from_secs_f64(0.000_000_001_5), Span::nanos(2));
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
    }

    #[test]
    fn moments_are_told_in_hours_minutes_and_seconds() {
        for (time, text) in [
            (Time::ZERO, "0s"),
            (Time::from_nanos(1_500_000), "1500us"),
            (Time::from_nanos(-7), "-7ns"),
            (Time::ZERO + Span::mins(90), "1h30min"),
            (Time::ZERO + Span::secs(3_605), "1h5s"),
            (Time::from_nanos(5_399_999_999_999), "1h29min59.999999999s"),
            (Time::from_nanos(-61_500_000_000), "-1min1.5s"),
            (Time::from_nanos(3_600_000_000_001), "1h0.000000001s"),
            (Time::MAX, "2562047h47min16.854775807s"),
        ] {
            assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn shown_in_the_largest_whole_unit() {
        for (span, text) in [
            (Span::mins(90), "90min"),
            (Span::hours(2), "2h"),
            (Span::nanos(1_500_000), "1500us"),
            (Span::nanos(-7), "-7ns"),
            (Span::ZERO, "0s"),
        ] {
            assert_eq!(span.to_string(), text);
        }
    }
}
