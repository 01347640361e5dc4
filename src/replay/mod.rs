//! Recorded days through the book: what a tape says happened, order by order, compared with what a reference
//! says the book was.
//!
//! ```no_run
//! use prism::replay::{Format, Options, replay};
//!
//! let mut options = Options::new(Format::Completed, "GOOG_completed_10.csv.zst");
//! options.check = Some("GOOG_orderbook_10.csv.zst".into());
//! let report = replay(&options, None, &mut |_| true)?;
//! assert_eq!(report.mismatches, 0);
//! # Ok::<(), prism::replay::ReplayError>(())
//! ```
//!
//! A tape tells what rested, was executed, cancelled or reduced. Nothing is matched: the book holds what the
//! tape says, in the queues of the engine that simulations run on, and the report counts where the two rules of
//! that engine, best price first and then first come first served, would have done otherwise.
//!
//! What a LOBSTER message file can be held to depends on the start ([`Start`]), since it tells only of the best
//! N levels and only from its first row on.

mod book;
mod checkpoints;
mod compare;
mod error;
mod feed;
mod follow;
mod ids;
mod options;
mod out;
mod report;
mod rows;
mod stocks;

use std::io::Write;
use std::path::{Path, PathBuf};

use prism_sinks::tape::itch::Alpha;
use prism_sinks::tape::{BookReader, Source};

use self::book::{Book, Tally};
use self::checkpoints::Checkpoints;
use self::compare::RowCheck;
pub use self::error::{BookCode, ReplayError};
use self::feed::{Change, Counts, Feed, Record};
use self::follow::Follow;
pub use self::options::{Format, Options, Start};
use self::out::RowOut;
pub use self::report::{ByDepth, DepthReport, Mismatch, Report, Shown};
use self::rows::{RowClock, RowStream};
use self::stocks::{Choice, Stocks, Wanted};

/// Levels a side of written rows where neither an option nor a reference says how many.
const LEVELS: usize = 10;

/// Messages between two looks at the caller.
const STRIDE: u64 = 1 << 12;

/// How far a replay is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Messages read.
    pub messages: u64,
    /// Bytes of the tape as stored that were read.
    pub bytes: u64,
    /// All its bytes, where that is known.
    pub of_bytes: Option<u64>,
}

/// Replays a tape. Every decoded message goes to `dump`, as a line of JSON; `watch` is asked now and then
/// and stops the replay by returning false.
///
/// Memory is that of the book and of a few buffers, however long the tape and its reference are.
///
/// What no format forbids is counted and told in the report's warnings: a time before that of the message
/// before (messages are applied in the order of the file), a price above the highest of ITCH (real tapes have
/// them), an ITCH tape without the end-of-day event. The text formats have no end mark: such a tape that is cut
/// between two lines shows in a comparison alone.
///
/// # Errors
/// A file or an option is wrong ([`ReplayError::is_input`]), an output cannot be written, or `watch` said so.
/// Books that differ are no error but in the report.
pub fn replay(
    options: &Options,
    dump: Option<&mut dyn Write>,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Result<Report, ReplayError> {
    #[allow(clippy::disallowed_methods)] // the speed that is reported; nothing else depends on it
    let started = std::time::Instant::now();
    options.check_consistency()?;
    let mut run = Run::open(options)?;
    let kept = run.out.as_ref().and_then(RowOut::unfinished);
    let done = run.read(dump, watch).and_then(|()| run.out.take().map_or(Ok(()), RowOut::finish));
    match (done, kept) {
        (Ok(()), _) => Ok(run.report(options, started.elapsed().as_secs_f64())),
        (Err(error), Some(kept)) => Err(ReplayError::Unfinished { error: Box::new(error), kept }),
        (Err(error), None) => Err(error),
    }
}

/// What the tape is held against.
#[derive(Debug)]
enum Reference {
    None,
    Rows(RowCheck),
    Checkpoints(Checkpoints, PathBuf),
}

/// A replay under way.
struct Run<'a> {
    tape: &'a Path,
    feed: Feed,
    stocks: Stocks,
    /// Feeds of depth updates: which of them belong to the book.
    follow: Follow,
    clock: RowClock,
    reference: Reference,
    /// The first row is made from the reference: its messages are in it already.
    seeded: bool,
    out: Option<RowOut>,
    /// The row that the messages of this moment lead to, from 1.
    row: u64,
    messages: u64,
    tally: Tally,
}

impl<'a> Run<'a> {
    fn open(options: &'a Options) -> Result<Run<'a>, ReplayError> {
        let feed = Feed::open(options.format, &options.path, options.lenient)?;
        let reference = open_reference(options)?;
        let wanted = wanted(options, &feed)?;
        let by_row = matches!(reference, Reference::Rows(_));
        if options.rows.is_some() && !by_row {
            let why = "needs a LOBSTER order-book file as reference (--check)".to_owned();
            return Err(ReplayError::Option { option: "--rows", why });
        }
        if options.start != Start::Empty && !by_row {
            let why = "first and each need a LOBSTER order-book file as reference (--check)".to_owned();
            return Err(ReplayError::Option { option: "--start", why });
        }
        let clock = match &options.rows {
            Some(path) => RowClock::Stream(Box::new(RowStream::open(path)?)),
            None if by_row && options.format == Format::Completed => RowClock::Column,
            None => RowClock::Message,
        };
        let levels = match &reference {
            Reference::None => options.levels.unwrap_or(LEVELS),
            Reference::Rows(rows) => rows.score().levels(),
            Reference::Checkpoints(checkpoints, _) => options.levels.unwrap_or(checkpoints.score().levels()),
        };
        let choice = choice(options, &reference)?;
        let out = options
            .book_out
            .as_deref()
            .map(|path| RowOut::create(path, levels, options.format.unit()))
            .transpose()?;
        Ok(Run {
            tape: &options.path,
            feed,
            stocks: Stocks::new(choice, wanted),
            follow: Follow::new(options.lenient),
            clock,
            reference,
            seeded: options.start != Start::Empty,
            out,
            row: 1,
            messages: 0,
            tally: Tally::default(),
        })
    }

    fn read(
        &mut self,
        mut dump: Option<&mut dyn Write>,
        watch: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<(), ReplayError> {
        while let Some(record) = self.feed.next()? {
            self.messages += 1;
            if let Some(to) = &mut dump {
                self.feed.write_line(&record, *to).map_err(ReplayError::Dump)?;
            }
            self.take_in(&record)?;
            if self.messages.is_multiple_of(STRIDE) && !watch(self.progress()) {
                return Err(ReplayError::Stopped { messages: self.messages });
            }
        }
        if let Some(to) = dump {
            to.flush().map_err(ReplayError::Dump)?;
        }
        self.stocks.finish(self.tape)?;
        let last = self.clock.finish(self.tape, self.messages)?.unwrap_or(self.row);
        self.settle_until(last)?;
        self.settle()?;
        match &mut self.reference {
            Reference::None => Ok(()),
            Reference::Rows(rows) => rows.finish(self.tape, self.messages),
            Reference::Checkpoints(checkpoints, path) => {
                checkpoints.finish(self.stocks.chosen(), self.tape, path, self.messages)
            }
        }
    }

    fn take_in(&mut self, record: &Record) -> Result<(), ReplayError> {
        let place = self.stocks.place(record, &self.feed)?;
        let due = self.clock.due(record, self.messages, place.is_some(), self.tape)?;
        self.settle_until(due.row)?;
        if let (Some(place), Some(change)) = (place, record.change())
            && !(self.seeded && due.row == 1)
        {
            if let Reference::Rows(rows) = &mut self.reference {
                rows.expect(&change);
            }
            self.apply(place, &change, due.inserted)?;
        }
        if place.is_some() {
            self.tally.traded = self.tally.traded.saturating_add(record.traded());
        }
        if let Some(place) = place
            && record.ends_event()
        {
            self.tally.crossed += u64::from(self.stocks.at(place).end_event());
        }
        if let Reference::Checkpoints(checkpoints, _) = &mut self.reference {
            checkpoints.after(self.messages, self.feed.line(), self.stocks.chosen());
        }
        Ok(())
    }

    #[inline]
    fn apply(&mut self, place: usize, change: &Change, inserted: bool) -> Result<(), ReplayError> {
        let book = self.stocks.at(place);
        match *change {
            Change::Levels { traded } => {
                let book = book.levels();
                if let Some((side, price)) = traded {
                    book.count_execution(side, price, &mut self.tally);
                }
                book.show(self.feed.levels());
            }
            Change::Trade => self.tally.executions += 1,
            Change::Depth(event) => {
                self.follow.apply(event, &self.feed, book.levels(), &mut self.tally)?;
            }
            Change::Set(level) => self.follow.set(&level, book.levels()),
            Change::Sides => self.follow.show(&self.feed, book.levels()),
            Change::Traded { qty } => {
                self.tally.executions += 1;
                self.follow.traded(qty);
            }
            _ => book.orders().apply(change, inserted, &mut self.tally),
        }
        Ok(())
    }

    /// Settles the rows before `row`, which the next message belongs to.
    #[inline]
    fn settle_until(&mut self, row: u64) -> Result<(), ReplayError> {
        while self.row < row {
            self.settle()?;
            self.row += 1;
        }
        Ok(())
    }

    /// Compares and writes the book of a row whose last message was taken in.
    fn settle(&mut self) -> Result<(), ReplayError> {
        let out = &mut self.out;
        let mut after = |book: &mut Book| out.as_mut().map_or(Ok(()), |out| out.write(book));
        let book = self.stocks.chosen();
        match &mut self.reference {
            Reference::Rows(rows) => rows.settle(book, self.tape, after),
            Reference::None | Reference::Checkpoints(..) => after(book),
        }
    }

    fn progress(&self) -> Progress {
        let (bytes, of_bytes) = self.feed.source().progress();
        Progress { messages: self.messages, bytes, of_bytes }
    }

    fn report(self, options: &Options, wall_seconds: f64) -> Report {
        let (rows, score) = match &self.reference {
            Reference::None => (None, None),
            Reference::Rows(rows) => (Some(rows.rows()), Some(rows.score())),
            Reference::Checkpoints(checkpoints, _) => (Some(checkpoints.count()), Some(checkpoints.score())),
        };
        let (tally, doubts, counts) = (self.tally, self.feed.doubts(), self.feed.counts());
        let (depth, volume) = match options.format {
            Format::Binance | Format::Tardis => (Some(self.follow.report()), Some(self.follow.volume())),
            Format::Lobster | Format::Completed | Format::Itch => (None, Some(tally.traded)),
            Format::Dbn | Format::Bitstamp => (None, None),
        };
        let bbo = (options.format == Format::Binance).then(|| self.follow.bbo());
        let mut warnings = self.feed.warnings(&options.path);
        warnings.extend(self.follow.warnings(&options.path));
        let told = self.clock.tells_inserted() || options.format == Format::Completed;
        Report {
            format: options.format,
            path: options.path.display().to_string(),
            price_per_one: options.format.per_one(),
            messages: self.messages,
            rows,
            matched: score.map(compare::Score::matched).unwrap_or_default(),
            demanded: score.map(compare::Score::demanded).unwrap_or_default(),
            plain: score.map(compare::Score::plain).unwrap_or_default(),
            compared: score.map_or(0, |score| score.compared),
            mismatches: score.map_or(0, |score| score.mismatches),
            first_mismatch: score.and_then(|score| score.first.clone()),
            crossing_adds: tally.crossing_adds,
            executions: tally.executions,
            executions_at_best: tally.at_best,
            executions_at_queue_head: tally.at_head,
            clean_executions: told.then_some(tally.clean),
            clean_at_queue_head: told.then_some(tally.clean_at_head),
            crossed_events: (counts.is_some() || depth.is_some()).then_some(tally.crossed),
            actions: counts.map(Counts::actions),
            trade_volume: counts.map(Counts::volume).or(volume),
            bbo_compared: bbo.map(|(compared, _)| compared),
            bbo_equal: bbo.map(|(_, equal)| equal),
            depth,
            unknown_ids: tally.unknown_ids,
            contradictions: tally.contradictions,
            skipped: self.feed.skipped(),
            times_back: doubts.times_back(),
            prices_above_maximum: (options.format == Format::Itch).then_some(doubts.high_prices()),
            ended: doubts.ended(),
            warnings,
            messages_per_second: self.messages as f64 / wall_seconds,
            wall_seconds,
        }
    }
}

fn open_reference(options: &Options) -> Result<Reference, ReplayError> {
    let Some(path) = &options.check else { return Ok(Reference::None) };
    let mut source = Source::open(path)?;
    if checkpoints::is_json(&mut source)? {
        let checkpoints = Checkpoints::read(source, options.levels, options.format)?;
        return Ok(Reference::Checkpoints(checkpoints, path.clone()));
    }
    if !options.format.has_rows() {
        let why = format!(
            "format {} is compared with a JSON file of checkpoints, not with an order-book file",
            options.format
        );
        return Err(ReplayError::Option { option: "--check", why });
    }
    let reader = BookReader::new(source)?;
    // A stream with inserted events makes its first row from the reference itself; otherwise row 1 is the
    // result of message 1, as any other row is of its own.
    let opening = options.format != Format::Completed && options.rows.is_none();
    RowCheck::new(reader, options.levels, options.start, opening).map(Reference::Rows)
}

/// Which stock is followed.
fn choice(options: &Options, reference: &Reference) -> Result<Choice, ReplayError> {
    let wrong = |why: String| ReplayError::Option { option: "--symbol", why };
    let named = match reference {
        Reference::Checkpoints(checkpoints, _) => checkpoints.stock(),
        Reference::None | Reference::Rows(_) => None,
    };
    if let (Some(asked), Some(named)) = (options.symbol.as_deref(), named)
        && asked != named
    {
        return Err(wrong(format!("{asked}, the reference is of {named}")));
    }
    let checked = !matches!(reference, Reference::None) || options.book_out.is_some();
    match options.symbol.as_deref().or(named).filter(|_| options.format == Format::Itch) {
        Some(name) => {
            let bad = || wrong(format!("{name:?} is no symbol: up to 8 ASCII characters"));
            let stock = Alpha::new(name).filter(|_| !name.is_empty()).ok_or_else(bad)?;
            Ok(Choice::Named { stock, code: None })
        }
        None if checked => Ok(Choice::Only { code: None }),
        None => Ok(Choice::All),
    }
}

/// The instruments of a DBN tape that are followed, if they are chosen.
fn wanted(options: &Options, feed: &Feed) -> Result<Option<Wanted>, ReplayError> {
    let Some(symbol) = &options.symbol else { return Ok(None) };
    let Some(instruments) = feed.instruments(symbol) else { return Ok(None) };
    if instruments.is_empty() {
        return Err(ReplayError::NoSuchStock { tape: options.path.clone(), symbol: symbol.clone() });
    }
    Ok(Some(Wanted { symbol: symbol.clone(), instruments, seen: false }))
}
