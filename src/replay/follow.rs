//! The book of a feed of depth updates.

use std::path::Path;

use prism_core::types::Side;
use prism_sinks::tape::binance::{Applied, BookSync, Event, Gap, Ticker, Trade};
use prism_sinks::tape::tardis::Depth;

use super::ReplayError;
use super::book::{LevelBook, Tally};
use super::feed::Feed;
use super::report::DepthReport;

/// Applies what belongs to the book, and compares the best bid and offer wherever the feed tells it for the very
/// update that the book stands at.
#[derive(Debug, Default)]
pub(super) struct Follow {
    sync: BookSync,
    /// Wait for the next snapshot where updates are missing.
    lenient: bool,
    report: DepthReport,
    /// Size traded, by the aggressors' messages.
    volume: u64,
    bbo_compared: u64,
    bbo_equal: u64,
    /// Whether the level before was part of a snapshot; `None` until there was one that was.
    in_snapshot: Option<bool>,
    /// The first place where updates are missing.
    first_gap: Option<(u64, Gap)>,
}

impl Follow {
    pub(super) fn new(lenient: bool) -> Follow {
        Follow { lenient, ..Follow::default() }
    }

    pub(super) fn report(&self) -> DepthReport {
        self.report
    }

    /// Size traded.
    pub(super) fn volume(&self) -> u64 {
        self.volume
    }

    /// Best bids and offers compared, and those that are equal.
    pub(super) fn bbo(&self) -> (u64, u64) {
        (self.bbo_compared, self.bbo_equal)
    }

    /// A level of a feed that marks its snapshots: the first one of each begins the book anew.
    pub(super) fn set(&mut self, level: &Depth, book: &mut LevelBook) {
        let before = self.in_snapshot;
        if before.is_none() && !level.is_snapshot {
            self.report.updates_unusable += 1;
            return;
        }
        if level.is_snapshot && before != Some(true) {
            self.report.snapshots += 1;
            book.clear();
        }
        self.in_snapshot = Some(level.is_snapshot);
        self.report.updates_applied += u64::from(!level.is_snapshot);
        book.set(level.side, level.price_e8, level.qty_e8);
    }

    /// The feed shows all it knows of the book.
    pub(super) fn show(&mut self, feed: &Feed, book: &mut LevelBook) {
        let (bids, asks) = feed.sides();
        self.report.snapshots += 1;
        book.clear();
        book.set_all(bids, asks);
    }

    /// A trade on a feed that tells of no book.
    pub(super) fn traded(&mut self, qty: u64) {
        self.volume = self.volume.saturating_add(qty);
    }

    /// What the message that the feed has read last does.
    ///
    /// # Errors
    /// Updates are missing, unless that is to be survived, or too many wait for a snapshot.
    pub(super) fn apply(
        &mut self,
        event: Event,
        feed: &Feed,
        book: &mut LevelBook,
        tally: &mut Tally,
    ) -> Result<(), ReplayError> {
        let (bids, asks) = feed.sides();
        match event {
            Event::Snapshot(snapshot) => {
                if self.sync.snapshot(snapshot.last_update) == Applied::Known {
                    self.report.snapshots_known += 1;
                    return Ok(());
                }
                self.report.snapshots += 1;
                book.clear();
                book.set_all(bids, asks);
                match self.sync.catch_up(|bids, asks| book.set_all(bids, asks)) {
                    Ok((applied, known)) => {
                        self.report.updates_applied += applied;
                        self.report.updates_known += known;
                    }
                    Err(gap) => self.gap(gap, feed)?,
                }
            }
            Event::Depth(ids) => {
                match self.sync.update(&ids, bids, asks) {
                    Ok(Applied::Now) => {
                        book.set_all(bids, asks);
                        self.report.updates_applied += 1;
                    }
                    Ok(Applied::Known) => self.report.updates_known += 1,
                    Ok(Applied::Later) => {}
                    Err(gap) => self.gap(gap, feed)?,
                }
                self.sync.check().map_err(|many| {
                    let (tape, line) = (feed.source().path().to_owned(), feed.line());
                    ReplayError::NoSnapshot { tape, line, updates: many.updates }
                })?;
            }
            Event::Ticker(ticker) => self.compare(&ticker, book),
            Event::Trade(trade) => self.trade(&trade, book, tally),
            _ => {}
        }
        Ok(())
    }

    fn gap(&mut self, gap: Gap, feed: &Feed) -> Result<(), ReplayError> {
        let line = feed.line();
        if !self.lenient {
            let tape = feed.source().path().to_owned();
            let Gap { last, update } = gap;
            return Err(ReplayError::Gap {
                tape,
                line,
                last,
                first: update.first,
                previous: update.previous,
            });
        }
        self.report.gaps += 1;
        self.first_gap.get_or_insert((line, gap));
        Ok(())
    }

    fn compare(&mut self, ticker: &Ticker, book: &LevelBook) {
        if self.sync.last() != Some(ticker.update) {
            return;
        }
        self.bbo_compared += 1;
        let best = |side| book.best(side).map(|row| (row.price, row.qty));
        let told = |level: (i64, u64)| Some(level).filter(|level| level.1 > 0);
        let equal = best(Side::Buy) == told(ticker.bid_e8) && best(Side::Sell) == told(ticker.ask_e8);
        self.bbo_equal += u64::from(equal);
    }

    fn trade(&mut self, trade: &Trade, book: &LevelBook, tally: &mut Tally) {
        if !trade.market {
            return;
        }
        self.traded(trade.qty_e8);
        book.count_execution(!trade.aggressor, trade.price_e8, tally);
    }

    /// A sentence for each kind of doubt about a tape that was read to its end.
    pub(super) fn warnings(&self, path: &Path) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |what: String| warnings.push(format!("{}: {what}", path.display()));
        if let Some((line, Gap { last, update })) = self.first_gap {
            let times = if self.report.gaps == 1 { "once" } else { "several times" };
            warn(format!(
                "updates are missing {times}, first at line {line} between the ids {last} and {}: the book \
                 waited for the next snapshot",
                update.first
            ));
        }
        if self.sync.waiting() > 0 {
            warn(format!(
                "the tape ends without a snapshot for its last {} depth updates: they are in no book",
                self.sync.waiting()
            ));
        }
        if self.report.updates_unusable > 0 {
            warn(format!(
                "{} updates stand in front of the first snapshot: they are in no book",
                self.report.updates_unusable
            ));
        }
        if self.bbo_equal < self.bbo_compared {
            warn(format!(
                "{} of {} best bids and offers differ from the book of the same update",
                self.bbo_compared - self.bbo_equal,
                self.bbo_compared
            ));
        }
        warnings
    }
}
