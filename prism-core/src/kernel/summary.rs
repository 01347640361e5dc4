//! What a run comes to, counted as it goes.

use std::fmt;
use std::sync::Arc;

use super::error::RunWarning;
use super::gateway::GatewaySummary;
use crate::market::Top;
use crate::math;
use crate::memory::{NoMemory, filled};
use crate::msg::packed::sort;
use crate::msg::{Phase, Reject, Report};
use crate::sink::World;
use crate::types::{BookId, Price, Qty, Span, Time};

/// Running figures of one book.
#[derive(Clone, Debug, Default)]
pub(crate) struct BookStats {
    pub(crate) trades: u64,
    pub(crate) volume: u128,
    /// First, last, highest and lowest traded price, once there are trades.
    first: Price,
    last: Price,
    high: Price,
    low: Price,
    /// The spread now, and since when it has been so.
    spread: Option<i64>,
    since: Time,
    /// ∫ spread dt in ticks × ns, and the time with both sides.
    spread_time: i128,
    two_sided: i64,
    /// The best bid and ask now, and the mid at the last whole minutes: `None` where a side was empty.
    touch: Option<(Price, Price)>,
    minute: i64,
    minutes: Returns,
    /// Changes of resting orders that were told.
    book_events: u64,
    /// The phases of its day, from the first that is told.
    phases: Option<Box<Phases>>,
}

/// The phases of a book so far.
#[derive(Clone, Debug)]
struct Phases {
    now: Phase,
    since: Time,
    /// In the order of their first beginning.
    all: Vec<PhaseSummary>,
}

impl Phases {
    fn begin(&mut self, at: Time, phase: Phase) {
        let length = at - self.since;
        self.of_now().length = self.of_now().length + length;
        (self.now, self.since) = (phase, at);
        self.of_now().times += 1;
    }

    fn of_now(&mut self) -> &mut PhaseSummary {
        let known = self.all.iter().position(|phase| phase.phase == self.now);
        let at = known.unwrap_or_else(|| {
            let (times, length, trades, volume) = (0, Span::ZERO, 0, 0);
            self.all.push(PhaseSummary { phase: self.now, times, length, trades, volume });
            self.all.len() - 1
        });
        &mut self.all[at]
    }
}

/// Sums over the one-minute log returns of the mid.
#[derive(Clone, Debug, Default)]
struct Returns {
    last: Option<f64>,
    count: u64,
    sum: f64,
    squares: f64,
}

const MINUTE: i64 = 60_000_000_000;

impl BookStats {
    /// The number of the change of a resting order that is told next, from 1.
    #[inline]
    pub(crate) fn next_book_event(&mut self) -> u64 {
        self.book_events += 1;
        self.book_events
    }

    #[inline]
    pub(crate) fn trade(&mut self, price: Price, qty: Qty) {
        if self.trades == 0 {
            (self.first, self.high, self.low) = (price, price, price);
        }
        self.trades += 1;
        self.volume += u128::from(qty.0);
        self.last = price;
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        if let Some(phases) = &mut self.phases {
            let phase = phases.of_now();
            phase.trades += 1;
            phase.volume += u128::from(qty.0);
        }
    }

    /// A phase begins. The trades of the same message were those of the one before.
    pub(crate) fn phase(&mut self, at: Time, phase: Phase) {
        let none = || Box::new(Phases { now: phase, since: at, all: Vec::new() });
        self.phases.get_or_insert_with(none).begin(at, phase);
    }

    /// The top has changed.
    #[inline]
    pub(crate) fn top(&mut self, now: Time, top: &Top) {
        self.until(now);
        self.spread = top.spread().map(|spread| spread.0);
        self.touch = top.bid().zip(top.ask()).map(|(bid, ask)| (bid.price, ask.price));
    }

    /// Brings the integrals up to `now`.
    #[inline]
    pub(crate) fn until(&mut self, now: Time) {
        let minutes = (now.nanos() - self.minute) / MINUTE;
        if minutes > 0 {
            self.minute += minutes * MINUTE;
            let mid = self.touch.map(|(bid, ask)| (bid.0 as f64 + ask.0 as f64) * 0.5);
            self.minutes.push(mid);
            self.minutes.rest(minutes - 1);
        }
        if let Some(spread) = self.spread {
            let span = (now - self.since).as_nanos();
            self.spread_time += i128::from(spread) * i128::from(span);
            self.two_sided += span;
        }
        self.since = now;
    }
}

impl Returns {
    fn push(&mut self, mid: Option<f64>) {
        let log = mid.filter(|mid| *mid > 0.0).map(math::ln);
        if let (Some(before), Some(log)) = (self.last, log) {
            let step = log - before;
            self.count += 1;
            self.sum += step;
            self.squares += step * step;
        }
        self.last = log;
    }

    /// So many minutes in which nothing changed.
    fn rest(&mut self, minutes: i64) {
        if self.last.is_some() {
            self.count += minutes.unsigned_abs();
        }
    }

    fn deviation(&self) -> Option<f64> {
        let n = self.count as f64;
        let variance = (self.squares - self.sum * self.sum / n) / (n - 1.0);
        (self.count >= 2).then(|| if variance > 0.0 { variance.sqrt() } else { 0.0 })
    }
}

/// Running counts of one group.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupStats {
    pub(crate) requests: u64,
    pub(crate) orders: u64,
    pub(crate) cancels: u64,
    pub(crate) fills: u64,
    pub(crate) volume: u128,
    /// Refused requests, by the number of the reason.
    pub(crate) refused: [u64; Reject::ALL.len()],
    traded: u32,
    /// A bit for each member that has traded.
    traders: Vec<u64>,
}

impl GroupStats {
    pub(crate) fn new(members: usize) -> Result<GroupStats, NoMemory> {
        Ok(GroupStats { traders: filled("the fills", members.div_ceil(64), 0)?, ..GroupStats::default() })
    }

    /// One member's order has traded.
    #[inline]
    pub(crate) fn fill(&mut self, member: usize, qty: Qty) {
        self.fills += 1;
        self.volume += u128::from(qty.0);
        let bit = 1 << (member % 64);
        let word = &mut self.traders[member / 64];
        if *word & bit == 0 {
            *word |= bit;
            self.traded += 1;
        }
    }

    /// How many members have traded.
    pub(crate) fn traded(&self) -> u32 {
        self.traded
    }

    /// True when a member has traded.
    pub(crate) fn has_traded(&self, member: usize) -> bool {
        self.traders.get(member / 64).is_some_and(|word| word >> (member % 64) & 1 == 1)
    }

    /// One request was refused.
    pub(crate) fn refuse(&mut self, report: &Report) {
        if let Report::Rejected { why, .. } = report {
            // Each has the place of its number, which the list of all of them is held to.
            if let Some(count) = self.refused.get_mut(*why as usize) {
                *count += 1;
            }
        }
    }

    /// One request of this sort.
    #[inline]
    pub(crate) fn request(&mut self, sort: u8) {
        self.requests += 1;
        self.orders += u64::from(sort == sort::NEW);
        self.cancels += u64::from(sort == sort::CANCEL);
    }
}

/// The figures of one book over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct BookSummary {
    /// The book.
    pub book: BookId,
    /// Trades, one for each resting order that was hit.
    pub trades: u64,
    /// Lots traded.
    pub volume: u128,
    /// First traded price.
    pub first: Option<Price>,
    /// Last traded price.
    pub last: Option<Price>,
    /// Highest traded price.
    pub high: Option<Price>,
    /// Lowest traded price.
    pub low: Option<Price>,
    /// The spread in ticks, averaged over the time in which both sides were there.
    pub mean_spread: Option<f64>,
    /// The standard deviation of the one-minute log returns of the mid.
    pub return_volatility: Option<f64>,
    /// The best bid and ask at the end, and the last trade.
    pub top: Top,
    /// The phases of its day, in the order in which they first began; none of a book without a day.
    pub phases: Vec<PhaseSummary>,
}

/// The figures of all of a book's times in one phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseSummary {
    /// The phase.
    pub phase: Phase,
    /// How often it began.
    pub times: u32,
    /// How long it lasted, in all.
    pub length: Span,
    /// Trades, those of the uncrossing at its end too.
    pub trades: u64,
    /// Lots traded.
    pub volume: u128,
}

/// The figures of one group over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSummary {
    /// The group's name.
    pub name: String,
    /// The kind of its agents.
    pub kind: String,
    /// How many it has.
    pub count: u32,
    /// How many of them had at least one fill.
    pub traded: u32,
    /// Requests that reached a venue, or its gateway.
    pub requests: u64,
    /// New orders among them.
    pub orders: u64,
    /// Cancels among them.
    pub cancels: u64,
    /// Fills: a trade between two of its members counts twice.
    pub trades: u64,
    /// Lots in those fills.
    pub volume: u128,
    /// How many of the requests were refused for which reason, of those that occurred, in the order of their
    /// numbers.
    pub refused: Vec<(Reject, u64)>,
    /// For each currency, cash plus positions at the reference price (mid, else last trade), in units of
    /// the currency.
    pub pnl: Vec<f64>,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Run {
    /// The names behind the ids.
    pub world: Arc<World>,
    /// The fingerprint of every event and of the state of the venues: the same for the same scenario and
    /// seed, whoever watches.
    pub digest: u64,
    /// The simulated time.
    pub time: Time,
    /// Messages taken from the queue.
    pub events: u64,
    /// Requests that reached a venue, or its gateway.
    pub requests: u64,
    /// New orders among them.
    pub orders: u64,
    /// Cancels among them.
    pub cancels: u64,
    /// Trades.
    pub trades: u64,
    /// Lots traded, over all books.
    pub volume: u128,
    /// Agents.
    pub agents: u32,
    /// Each book.
    pub books: Vec<BookSummary>,
    /// Each group.
    pub groups: Vec<GroupSummary>,
    /// Each gateway, in the order of the venues; nothing of a venue without one.
    pub gateways: Vec<GatewaySummary>,
    /// For each currency, the fees that the venues have taken.
    pub fees: Vec<i128>,
    /// What looks wrong.
    pub warnings: Vec<RunWarning>,
}

pub(crate) fn book_summary(book: BookId, stats: &BookStats, now: Time, top: Top) -> BookSummary {
    let mut stats = stats.clone();
    stats.until(now);
    let traded = stats.trades > 0;
    BookSummary {
        book,
        trades: stats.trades,
        volume: stats.volume,
        first: traded.then_some(stats.first),
        last: traded.then_some(stats.last),
        high: traded.then_some(stats.high),
        low: traded.then_some(stats.low),
        mean_spread: (stats.two_sided > 0).then(|| stats.spread_time as f64 / stats.two_sided as f64),
        return_volatility: stats.minutes.deviation(),
        top,
        phases: stats.phases.map_or_else(Vec::new, |mut phases| {
            let length = now - phases.since;
            phases.of_now().length = phases.of_now().length + length;
            phases.all
        }),
    }
}

impl fmt::Display for Run {
    /// A line for the run, one for each book, and one for each gateway.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.world.instruments;
        write!(
            f,
            "{} · {} agents · {} events · {} trades · digest {:016x}",
            Span::nanos(self.time.nanos()),
            self.agents,
            self.events,
            self.trades,
            self.digest
        )?;
        for book in &self.books {
            let symbol = table.of_book(book.book);
            write!(f, "\n{}", symbol.name)?;
            let at = table.books()[book.book.index()];
            if table.books().iter().filter(|other| other.symbol == at.symbol).count() > 1 {
                write!(f, "@{}", table.venues()[at.venue.index()])?;
            }
            if let Some(price) = book.last.and_then(|last| symbol.price(last)) {
                write!(f, " · last {price}")?;
            }
            if let Some(spread) = book.mean_spread {
                write!(f, " · spread {spread:.1} ticks")?;
            }
            write!(f, " · {} trades of {} lots", book.trades, book.volume)?;
        }
        for gateway in &self.gateways {
            let GatewaySummary { passed, mean_wait, max_wait, largest_queue, .. } = gateway;
            let [mean, most] = [mean_wait, max_wait].map(|wait| wait.as_secs_f64() * 1e6);
            write!(
                f,
                "\ngateway of {} · {passed} requests · wait {mean:.1} us, at most {most:.1} us · queue at most \
                 {largest_queue} · rejected {} by rate, {} by queue",
                table.venues()[gateway.venue.index()],
                gateway.rejected_by_rate,
                gateway.rejected_by_queue
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Level;

    fn at(bid: i64, ask: i64) -> Top {
        let level = |price| Some(Level { price: Price(price), qty: Qty(1) });
        Top::new(level(bid), level(ask), Price(0))
    }

    #[test]
    fn the_spread_is_weighted_by_time() {
        let mut stats = BookStats::default();
        stats.top(Time::from_nanos(0), &at(99, 101));
        stats.top(Time::from_nanos(30), &at(99, 105));
        stats.top(Time::from_nanos(40), &Top::default());
        let sum = book_summary(BookId(0), &stats, Time::from_nanos(100), Top::default());
        assert_eq!(sum.mean_spread, Some((2.0 * 30.0 + 6.0 * 10.0) / 40.0));
        assert_eq!((sum.return_volatility, sum.first), (None, None));
    }

    #[test]
    fn minute_returns_are_those_of_the_mid() {
        let mut stats = BookStats::default();
        let mids = [100.0, 101.0, 99.0, 100.0f64];
        for (minute, mid) in mids.iter().enumerate() {
            let doubled = Price::round(mid * 2.0).0;
            stats.top(Time::from_nanos(minute as i64 * MINUTE + 1), &at(doubled / 2 - 1, doubled / 2 + 1));
        }
        let sum = book_summary(BookId(0), &stats, Time::from_nanos(4 * MINUTE), Top::default());
        let logs: Vec<f64> = mids.windows(2).map(|w| math::ln(w[1]) - math::ln(w[0])).collect();
        let mean = logs.iter().sum::<f64>() / 3.0;
        let want = (logs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 2.0).sqrt();
        assert!((sum.return_volatility.expect("three returns") - want).abs() < 1e-12);
    }
}
