//! The book of a feed of depth updates.

use std::path::Path;

use prism_core::types::Side;
use prism_sinks::tape::binance::{Applied, BookSync, Event, Gap, Ticker, Trade};

use super::ReplayError;
use super::book::{LevelBook, Tally};
use super::feed::Feed;
use super::report::DepthReport;

/// Applies what belongs to the book, and compares the best bid and offer wherever the feed tells it for the very
/// update that the book stands at.
#[derive(Debug)]
pub(super) struct Follow {
    sync: BookSync,
    /// Wait for the next snapshot where updates are missing.
    lenient: bool,
    report: DepthReport,
    /// The first place where updates are missing.
    first_gap: Option<(u64, Gap)>,
}

impl Follow {
    pub(super) fn new(lenient: bool) -> Follow {
        Follow { sync: BookSync::default(), lenient, report: DepthReport::default(), first_gap: None }
    }

    pub(super) fn report(&self) -> DepthReport {
        self.report
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
        self.report.bbo_compared += 1;
        let best = |side| book.best(side).map(|row| (row.price, row.qty));
        let told = |level: (i64, u64)| Some(level).filter(|level| level.1 > 0);
        let equal = best(Side::Buy) == told(ticker.bid_e8) && best(Side::Sell) == told(ticker.ask_e8);
        self.report.bbo_equal += u64::from(equal);
    }

    fn trade(&mut self, trade: &Trade, book: &LevelBook, tally: &mut Tally) {
        if !trade.market {
            return;
        }
        self.report.trade_volume = self.report.trade_volume.saturating_add(trade.qty_e8);
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
        if self.report.bbo_equal < self.report.bbo_compared {
            warn(format!(
                "{} of {} best bids and offers differ from the book of the same update",
                self.report.bbo_compared - self.report.bbo_equal,
                self.report.bbo_compared
            ));
        }
        warnings
    }
}
