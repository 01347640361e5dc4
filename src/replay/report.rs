//! What a replay found out, as data, as JSON and as text.

use std::collections::BTreeMap;
use std::fmt;

use prism_sinks::tape::BookRow;
use serde::Serialize;

use super::Format;

/// The result of a replay. As JSON it is the object of `prism replay --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Format of the tape.
    pub format: Format,
    /// The tape, as it was named.
    pub path: String,
    /// What one unit of money is in the unit of the tape's prices, in which those of this report and of dumped messages
    /// are: 10,000 for LOBSTER and ITCH, 10⁹ for DBN, 10⁸ for the feeds of crypto exchanges.
    pub price_per_one: i64,
    /// Messages decoded.
    pub messages: u64,
    /// Rows (or checkpoints) of the reference; `None` without one.
    pub rows: Option<u64>,
    /// Of the rows that can be demanded at each depth, the fraction that is equal.
    #[serde(rename = "match")]
    pub matched: ByDepth<f64>,
    /// How many rows can be demanded at each depth.
    pub demanded: ByDepth<u64>,
    /// Of all rows compared, the fraction that is equal, without a mask.
    pub plain: ByDepth<f64>,
    /// Rows (or checkpoints) compared.
    pub compared: u64,
    /// Rows that differ at a level that can be demanded.
    pub mismatches: u64,
    /// The first of them.
    pub first_mismatch: Option<Mismatch>,
    /// Orders that would have traded on arrival.
    pub crossing_adds: u64,
    /// Executions of visible orders.
    pub executions: u64,
    /// Those at the best price of their side.
    pub executions_at_best: u64,
    /// Those of the first order in its queue; 0 on tapes of levels, which tell of no queue.
    pub executions_at_queue_head: u64,
    /// Those at levels that no inserted event touched since they were last empty; `None` where the tape does not
    /// tell which events were inserted.
    pub clean_executions: Option<u64>,
    /// Of the clean ones, those of the first order in its queue.
    pub clean_at_queue_head: Option<u64>,
    /// Events after which a book's bids and asks overlap, as before an opening auction; `None` where the format
    /// does not say when an event is over.
    pub crossed_events: Option<u64>,
    /// Messages by the letter of their action; `None` where the format has none.
    pub actions: Option<BTreeMap<char, u64>>,
    /// Size traded, in the unit of the tape, each trade once (in DBN by the aggressors' messages; in ITCH what is
    /// printable, trades with hidden orders and crosses); `None` where the format does not tell it.
    pub trade_volume: Option<u64>,
    /// Best bid and offer messages compared (feeds that carry them).
    pub bbo_compared: Option<u64>,
    /// Those that equal the rebuilt book.
    pub bbo_equal: Option<u64>,
    /// How the depth updates were brought into step with the snapshots (feeds that have both).
    pub depth: Option<DepthReport>,
    /// Messages about orders that the tape never announced.
    pub unknown_ids: u64,
    /// Messages that the book contradicts: an order announced twice, more shares taken than are left, an order that
    /// cannot rest or changes its side.
    pub contradictions: u64,
    /// Messages passed over: about the feed itself, or, by a lenient reader, of unknown type.
    pub skipped: u64,
    /// Messages whose time is before that of the message before.
    pub times_back: u64,
    /// Messages with a price above the highest that the format knows; `None` where it knows none.
    pub prices_above_maximum: Option<u64>,
    /// Whether the tape ends with the event that closes its day; `None` where the format has no such event.
    pub ended: Option<bool>,
    /// What is doubtful about the tape, in words.
    pub warnings: Vec<String>,
    /// Messages by second of wall time, reading and comparing included.
    pub messages_per_second: f64,
    /// Wall time of the replay.
    pub wall_seconds: f64,
}

/// How a feed of depth updates became a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DepthReport {
    /// Snapshots that the book was made from.
    pub snapshots: u64,
    /// Snapshots that were no newer than the book, which went on without them.
    pub snapshots_known: u64,
    /// Updates applied.
    pub updates_applied: u64,
    /// Updates that a snapshot contained already.
    pub updates_known: u64,
    /// Updates in front of the first snapshot, on feeds whose updates do not say which snapshot contains them.
    pub updates_unusable: u64,
    /// Places where updates are missing; the book waited for the next snapshot.
    pub gaps: u64,
}

/// A figure at the best 1, 5 and 10 levels and at all that are compared; `None` where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ByDepth<T> {
    /// The best level.
    pub top1: Option<T>,
    /// The best five levels.
    pub top5: Option<T>,
    /// The best ten levels.
    pub top10: Option<T>,
    /// All levels.
    pub all: Option<T>,
}

/// A row at which the book is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Row of the reference, from 1; for checkpoints the number of the message, from 1.
    pub row: u64,
    /// The reference.
    pub expected: Shown,
    /// The book.
    pub got: Shown,
}

/// A state of the book: levels, best first, as `[price, size]` or `[price, size, orders]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Ask levels.
    pub asks: Vec<Vec<i64>>,
    /// Bid levels.
    pub bids: Vec<Vec<i64>>,
    /// Resting orders, where the reference tells them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_orders: Option<u64>,
}

/// A size as the reports show it. No book of sizes below 2³² comes near the limit.
pub(super) fn size_shown(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

impl Shown {
    pub(super) fn of(row: &BookRow, levels: usize) -> Shown {
        let side = |side: &[(i64, u64)]| {
            side.iter().take(levels).map(|&(price, size)| vec![price, size_shown(size)]).collect()
        };
        Shown { asks: side(&row.asks), bids: side(&row.bids), open_orders: None }
    }
}

impl Report {
    /// True when the book was compared and nowhere differs where it must not, or was not compared at all.
    pub fn holds(&self) -> bool {
        self.mismatches == 0
    }
}

impl fmt::Display for Report {
    /// A summary for people, several lines without a line feed at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} messages of {} in {:.2} s ({:.0} a second)",
            self.path, self.messages, self.format, self.wall_seconds, self.messages_per_second
        )?;
        if self.rows.is_some() {
            self.comparison(f)?;
        }
        write!(f, "executions      {}", self.executions)?;
        write!(f, ", {} at the best price", self.executions_at_best)?;
        write!(f, ", {} at the head of the queue", self.executions_at_queue_head)?;
        if let (Some(clean), Some(head)) = (self.clean_executions, self.clean_at_queue_head) {
            write!(f, " ({head} of {clean} where the data tells the queue)")?;
        }
        write!(f, "\ncrossing adds   {}\nunknown ids     {}", self.crossing_adds, self.unknown_ids)?;
        if self.contradictions > 0 {
            write!(f, "\ncontradictions  {}", self.contradictions)?;
        }
        if let Some(actions) = &self.actions {
            let counted: Vec<String> =
                actions.iter().map(|(letter, count)| format!("{letter} {count}")).collect();
            write!(f, "\nactions         {}", counted.join(", "))?;
        }
        if let Some(volume) = self.trade_volume {
            write!(f, "\ntraded          {volume}")?;
        }
        if let (Some(compared), Some(equal)) = (self.bbo_compared, self.bbo_equal) {
            write!(f, "\nbest bid, offer {equal} of {compared} equal to the book of the same update")?;
        }
        if let Some(depth) = &self.depth {
            write!(f, "\nsnapshots       {}", depth.snapshots + depth.snapshots_known)?;
            write!(
                f,
                "\nupdates         {} applied, {} in snapshots",
                depth.updates_applied, depth.updates_known
            )?;
            if depth.updates_unusable > 0 {
                write!(f, ", {} in front of the first snapshot", depth.updates_unusable)?;
            }
            if depth.gaps > 0 {
                write!(f, "\ngaps            {}", depth.gaps)?;
            }
        }
        if let Some(crossed @ 1..) = self.crossed_events {
            write!(f, "\ncrossed         after {crossed} events")?;
        }
        if self.skipped > 0 {
            write!(f, "\nskipped         {} messages", self.skipped)?;
        }
        if self.times_back > 0 {
            write!(f, "\ntimes back      {}", self.times_back)?;
        }
        if let Some(count @ 1..) = self.prices_above_maximum {
            write!(f, "\nhigh prices     {count} above the format's maximum")?;
        }
        if self.ended == Some(false) {
            write!(f, "\nend of day      missing")?;
        }
        Ok(())
    }
}

impl Report {
    fn comparison(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "every book that can be demanded is equal" } else { "books differ" };
        writeln!(f, "compared        {} rows, {} mismatches: {verdict}", self.compared, self.mismatches)?;
        writeln!(f, "                {:>10} {:>10} {:>10} {:>10}", "top 1", "top 5", "top 10", "all levels")?;
        let percent = |value: f64| format!("{:.3} %", value * 100.0);
        for (name, cells) in [
            ("demanded rows", self.demanded.cells(|value| value.to_string())),
            ("of these equal", self.matched.cells(percent)),
            ("all rows, equal", self.plain.cells(percent)),
        ] {
            let [top1, top5, top10, all] = cells;
            writeln!(f, "{name:<15} {top1:>10} {top5:>10} {top10:>10} {all:>10}")?;
        }
        if let Some(first) = &self.first_mismatch {
            writeln!(f, "first mismatch  row {}", first.row)?;
            let levels = |side| levels(side, self.format);
            writeln!(f, "  expected asks {}", levels(&first.expected.asks))?;
            writeln!(f, "           bids {}", levels(&first.expected.bids))?;
            writeln!(f, "  got      asks {}", levels(&first.got.asks))?;
            writeln!(f, "           bids {}", levels(&first.got.bids))?;
        }
        Ok(())
    }
}

impl<T: Copy> ByDepth<T> {
    fn cells(&self, show: impl Fn(T) -> String) -> [String; 4] {
        [self.top1, self.top5, self.top10, self.all].map(|value| value.map_or("–".to_owned(), &show))
    }
}

/// Levels as `size@price`, in decimals.
fn levels(side: &[Vec<i64>], format: Format) -> String {
    let per_one = format.per_one();
    let price = |price| decimal(price, per_one);
    let size = |size| decimal(size, if format.has_decimals() { per_one } else { 1 });
    let show = |level: &Vec<i64>| match level[..] {
        [at, lots] => format!("{}@{}", size(lots), price(at)),
        [at, lots, orders] => format!("{}@{}({orders})", size(lots), price(at)),
        _ => String::new(),
    };
    let shown: Vec<String> = side.iter().map(show).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(" ") }
}

/// A number of parts of one, `per_one` of them, as a decimal without zeros at its end.
fn decimal(parts: i64, per_one: i64) -> String {
    let (parts, per_one) = (i128::from(parts), i128::from(per_one));
    let sign = if parts < 0 { "-" } else { "" };
    let (whole, rest) = (parts.abs() / per_one, parts.abs() % per_one);
    // One more digit in front keeps the zeros.
    let digits = (per_one + rest).to_string();
    let digits = digits[1..].trim_end_matches('0');
    if digits.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{digits}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_told_in_decimals() {
        let side = [vec![5_214_250_000_000, 24, 13], vec![-250_000_000, 3]];
        assert_eq!(levels(&side, Format::Dbn), "24@5214.25(13) 3@-0.25");
        assert_eq!(levels(&[vec![5_859_400, 100]], Format::Lobster), "100@585.94");
        assert_eq!(levels(&[vec![4_200_000_000_000, 50_000_000]], Format::Binance), "0.5@42000");
        assert_eq!((decimal(1, 10_000), decimal(0, 1)), ("0.0001".to_owned(), "0".to_owned()));
        assert_eq!(levels(&[], Format::Itch), "none");
    }
}
