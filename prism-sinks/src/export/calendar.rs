//! The days of a run on the calendar.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use prism_core::sink::SinkError;

/// Nanoseconds of a day. UTC knows no other.
pub(super) const DAY: i64 = 86_400_000_000_000;

/// When a run begins, in nanoseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start(pub i64);

/// A time on the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// Days since 1970.
    pub(super) day: i64,
    /// Nanoseconds after midnight.
    pub(super) ns: i64,
}

impl Start {
    /// The time `at` nanoseconds after the start.
    ///
    /// # Errors
    /// It is past the year 2262.
    pub(super) fn clock(self, at: i64) -> Result<Clock, SinkError> {
        let Some(time) = self.0.checked_add(at) else {
            let why = format!("{at} ns after its start, the run is past the year 2262");
            return Err(SinkError::Other { what: "a day on the calendar".to_owned(), why });
        };
        Ok(Clock { day: time.div_euclid(DAY), ns: time.rem_euclid(DAY) })
    }
}

/// The date of a day since 1970, as `2012-06-21`.
pub(super) fn date(day: i64) -> String {
    let midnight = Timestamp::from_nanosecond(i128::from(day) * i128::from(DAY)).unwrap_or_default();
    midnight.to_zoned(TimeZone::UTC).date().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_have_their_day() {
        // 2012-06-21T09:30:00Z.
        let start = Start(1_340_271_000_000_000_000);
        let clock = start.clock(1).unwrap();
        assert_eq!((date(clock.day).as_str(), clock.ns), ("2012-06-21", 34_200_000_000_001));
        let clock = start.clock(DAY - 34_200_000_000_000).unwrap();
        assert_eq!((date(clock.day).as_str(), clock.ns), ("2012-06-22", 0));
        let clock = Start(-1).clock(0).unwrap();
        assert_eq!((date(clock.day).as_str(), clock.ns), ("1969-12-31", DAY - 1));
        assert!(Start(i64::MAX).clock(1).is_err());
    }
}
