//! What no format forbids but a sound tape does not do: its time goes back, its prices pass the highest one, its
//! end is missing. Such a tape is replayed, and what was seen is counted and told.

use std::fmt;
use std::path::Path;

use prism_sinks::tape::itch::MAX_PRICE_E4;

use super::Record;

/// Where a message stands on its tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Line of a text, from 1.
    Line(u64),
    /// Offset of the frame, from 0.
    Byte(u64),
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(in crate::replay) struct Doubts {
    /// Time of the message before.
    time_ns: i64,
    /// Times count from 1970, not from midnight.
    since_1970: bool,
    times_back: u64,
    first_back: Option<(Place, i64, i64)>,
    high_prices: u64,
    first_high: Option<(Place, u32)>,
    ended: Option<bool>,
    /// How far the recorder's clock is behind the exchange's, at the most; ns.
    behind: i64,
}

impl Doubts {
    /// Looks at a message, and where it stands.
    #[inline]
    pub(super) fn look(&mut self, record: &Record, place: impl FnOnce() -> Place) {
        let time_ns = record.time_ns().unwrap_or(self.time_ns);
        let before = std::mem::replace(&mut self.time_ns, time_ns);
        let high = match record {
            Record::Itch(message) => {
                Some(message.body.highest_price_e4()).filter(|&price| price > MAX_PRICE_E4)
            }
            _ => None,
        };
        if let Record::Binance(message) = record
            && let (Some(local), Some(time)) = (message.local_ns, message.event.time_ms())
        {
            self.behind = self.behind.max(time.saturating_mul(1_000_000).saturating_sub(local));
        }
        if time_ns < before || high.is_some() {
            let place = place();
            let of_day = matches!(record, Record::Lobster(_) | Record::Completed(_) | Record::Itch(_));
            self.since_1970 = !of_day;
            if time_ns < before {
                self.times_back += 1;
                self.first_back.get_or_insert((place, before, time_ns));
            }
            if let Some(price) = high {
                self.high_prices += 1;
                self.first_high.get_or_insert((place, price));
            }
        }
    }

    /// Whether the tape's last message said that the day is over; `None` for formats without such a message.
    pub(super) fn end(&mut self, ended: Option<bool>) {
        self.ended = ended;
    }

    /// Messages whose time is before that of the message before.
    pub(in crate::replay) fn times_back(&self) -> u64 {
        self.times_back
    }

    /// Messages with a price above the format's highest.
    pub(in crate::replay) fn high_prices(&self) -> u64 {
        self.high_prices
    }

    pub(in crate::replay) fn ended(&self) -> Option<bool> {
        self.ended
    }

    /// A sentence for each kind of doubt about a tape that was read to its end.
    pub(in crate::replay) fn warnings(&self, path: &Path) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |what: String| warnings.push(format!("{}: {what}", path.display()));
        if let Some((place, before, time)) = self.first_back {
            let (before, time) = (Seconds(before), Seconds(time));
            let origin = if self.since_1970 { "since 1970" } else { "after midnight" };
            warn(format!(
                "the time goes back {}, first at {place}, from {before} to {time} seconds {origin}",
                times(self.times_back)
            ));
        }
        if let Some((place, price)) = self.first_high {
            let (price, most) = (Usd(price), Usd(MAX_PRICE_E4));
            warn(format!(
                "a price above the format's highest of {most} stands in {}, first at {place} with {price}",
                messages(self.high_prices)
            ));
        }
        if self.behind > 0 {
            warn(format!(
                "the recorder's clock is up to {} seconds behind the exchange's",
                Seconds(self.behind)
            ));
        }
        if self.ended == Some(false) {
            warn(
                "the tape does not end with the end-of-day event (system event C): it may be truncated"
                    .to_owned(),
            );
        }
        warnings
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn messages(count: u64) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// A time in nanoseconds, shown in seconds.
struct Seconds(i64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

/// A price in 1/10,000 USD, shown in USD.
struct Usd(u32);

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:04}", self.0 / 10_000, self.0 % 10_000)
    }
}
