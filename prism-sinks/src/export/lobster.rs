//! A run as LOBSTER files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use prism_core::market::BookAction;
use prism_core::msg::Phase;
use prism_core::sink::{Batch, BookRow, Sink, SinkError, Table, Tables, Unfinished, World};
use prism_core::types::{Side, Span};

use super::calendar::{Clock, DAY, Start, date};
use super::file::{DayFile, Files, Place, all_differ, part};
use super::resting::{Order, Resting};
use super::state::{halt, phase_of};
use super::units::{Units, unannounced, wrong};
use crate::tape::{BookWriter, LobsterEvent, LobsterMessage, LobsterWriter, RestingOrder, TradingHalt};

/// The highest price: the one above marks an empty level.
const HIGHEST: i64 = 9_999_999_998;

/// Writes LOBSTER message and order-book files, a pair for each symbol and day, called
/// `TICKER_YYYY-MM-DD_START_END_message_LEVELS.csv` and `…_orderbook_LEVELS.csv` (start and end in milliseconds after
/// midnight; a symbol of several venues is `TICKER.VENUE`).
///
/// As in LOBSTER's own files there is a message for each event at one of the best levels of its side, and row k of
/// the order-book file is the book after message k. Executions are type 4 with the resting order; a replaced order
/// is a deletion and a new order. An execution of an order that is not displayed is type 5 with order number 0 and the side
/// of that order. What trades in an uncrossing leaves as a cancellation (types 2 and 3), and then the uncrossing is told as
/// a whole (type 6, with order number and direction -1), so that the volume is that of types 4, 5 and 6. Halts and calls
/// are type 7 (price -1, 0, 1); where none is told, orders trade as they come. Symbols without an event have no files.
pub struct Lobster {
    place: Place,
    start: Start,
    length: Span,
    levels: usize,
    books: Vec<Book>,
}

/// One symbol on one venue.
struct Book {
    symbol: String,
    /// The first part of its files' names.
    ticker: String,
    units: Result<Units, String>,
    resting: Resting,
    phase: Phase,
    day: Option<Day>,
}

/// Its files of one day.
struct Day {
    /// Days since 1970.
    since_1970: i64,
    next_number: u64,
    /// Whether its orders trade, as the file says.
    told: TradingHalt,
    messages: LobsterWriter<DayFile>,
    rows: BookWriter<DayFile>,
}

impl Lobster {
    /// Files in `folder`, which is made if it is missing. The run begins at `start` and is to last for `length`.
    pub fn to_folder(folder: impl AsRef<Path>, start: Start, length: Span) -> Lobster {
        Lobster { place: Place::new(folder.as_ref()), start, length, levels: 10, books: Vec::new() }
    }

    /// Levels a side, 10 by default; at least 1.
    pub fn levels(mut self, levels: usize) -> Lobster {
        self.levels = levels.max(1);
        self
    }

    /// Whether existing files may be replaced; by default they are an error.
    pub fn overwrite(mut self, overwrite: bool) -> Lobster {
        self.place.overwrite = overwrite;
        self
    }

    /// The files that it writes; none of a run in which nothing is told.
    pub fn files(&self) -> Files {
        self.place.files.clone()
    }

    fn take_in(&mut self, row: &BookRow) -> Result<(), SinkError> {
        let clock = self.start.clock(row.at)?;
        self.turn_to(usize::from(row.book), clock)?;
        let levels = self.levels;
        let Some(book) = self.books.get_mut(usize::from(row.book)) else {
            return Err(crate::not_started(Table::Book));
        };
        let side = if row.side == Side::Buy as u8 { Side::Buy } else { Side::Sell };
        book.phase = phase_of(row.phase);
        if row.action > BookAction::Cross as u8 {
            return book.tell(row, side, clock);
        }
        if row.action == BookAction::Add as u8 {
            return book.add(row.id, side, row.price, row.qty, clock, levels);
        }
        let rested = book.resting.get(row.id).ok_or_else(|| unannounced(&book.symbol, row.id))?;
        if row.action == BookAction::Replace as u8 {
            book.take(row.id, rested, rested.left, LobsterEvent::Delete, clock, levels)?;
            return book.add(row.id, side, row.price, row.qty, clock, levels);
        }
        let event = if row.action == BookAction::Execute as u8 {
            LobsterEvent::Execute
        } else if row.qty < rested.left {
            LobsterEvent::PartialCancel
        } else {
            LobsterEvent::Delete
        };
        book.take(row.id, rested, row.qty, event, clock, levels)
    }

    /// Makes the files of a day, once it has an event of the book. Those of the day before are whole then.
    fn turn_to(&mut self, at: usize, clock: Clock) -> Result<(), SinkError> {
        let Some(book) = self.books.get_mut(at) else { return Ok(()) };
        if book.day.as_ref().is_some_and(|day| day.since_1970 >= clock.day) {
            return Ok(());
        }
        if let Some(day) = book.day.take() {
            day.complete()?;
        }
        let whole = |ns: i64| ns / 1_000_000;
        let first = self.start.clock(0)?;
        let last = self.start.clock(self.length.as_nanos().max(0))?;
        let from = if first.day == clock.day { whole(first.ns) } else { 0 };
        let to = if last.day == clock.day { whole(last.ns) } else { whole(DAY) };
        let name = |kind: &str| {
            format!("{}_{}_{from}_{to}_{kind}_{}.csv", book.ticker, date(clock.day), self.levels)
        };
        let create = |kind| DayFile::create(&self.place, &name(kind));
        book.day = Some(Day {
            since_1970: clock.day,
            next_number: 1,
            told: TradingHalt::TradingResumes,
            messages: LobsterWriter::new(create("message")?),
            rows: BookWriter::new(create("orderbook")?, self.levels),
        });
        let midnight = Clock { day: clock.day, ns: 0 };
        book.tell_phase(midnight)?;
        for (id, order) in book.resting.drain() {
            book.add(id, order.side, order.price, order.left, midnight, self.levels)?;
        }
        Ok(())
    }
}

impl Book {
    fn add(
        &mut self,
        id: u64,
        side: Side,
        price: i64,
        qty: u64,
        clock: Clock,
        levels: usize,
    ) -> Result<(), SinkError> {
        let Some(day) = &mut self.day else { return Ok(()) };
        let order = Order { number: day.next_number, side, price, left: qty };
        day.next_number += 1;
        if !self.resting.add(id, order) {
            return Err(wrong(&self.symbol, format!("order {id} joins the book twice")));
        }
        if self.resting.is_among(side, price, levels) {
            self.write(order, qty, LobsterEvent::Add, clock)?;
        }
        Ok(())
    }

    /// Tells what is of no displayed order.
    fn tell(&mut self, row: &BookRow, side: Side, clock: Clock) -> Result<(), SinkError> {
        let wrong = |why| wrong(&self.symbol, why);
        let units = self.units.clone().map_err(wrong)?;
        let price = || units.price(row.price, HIGHEST).map_err(wrong);
        if row.action == BookAction::Hidden as u8 {
            let (size, price) = (units.size(row.qty).map_err(wrong)?.into(), price()?);
            return self.write_event(LobsterEvent::ExecuteHidden { side, size, price }, clock);
        }
        if row.action == BookAction::Uncross as u8 {
            let (size, price) = (units.volume(row.qty).map_err(wrong)?, price()?);
            return self.write_event(LobsterEvent::Cross { side: Side::Sell, size, price }, clock);
        }
        // What a call would give is not told.
        if row.action == BookAction::Phase as u8 { self.tell_phase(clock) } else { Ok(()) }
    }

    /// Tells whether orders trade, if that is new.
    fn tell_phase(&mut self, clock: Clock) -> Result<(), SinkError> {
        let now = halt(self.phase);
        match &mut self.day {
            Some(day) if day.told != now => {
                day.told = now;
                self.write_event(LobsterEvent::Halt(now), clock)
            }
            _ => Ok(()),
        }
    }

    fn take(
        &mut self,
        id: u64,
        rested: Order,
        qty: u64,
        event: fn(RestingOrder) -> LobsterEvent,
        clock: Clock,
        levels: usize,
    ) -> Result<(), SinkError> {
        let seen = self.resting.is_among(rested.side, rested.price, levels);
        self.resting.take(id, qty);
        if seen { self.write(rested, qty, event, clock) } else { Ok(()) }
    }

    /// Writes a message, and the book after it.
    fn write(
        &mut self,
        order: Order,
        qty: u64,
        event: fn(RestingOrder) -> LobsterEvent,
        clock: Clock,
    ) -> Result<(), SinkError> {
        let wrong = |why| wrong(&self.symbol, why);
        let units = self.units.clone().map_err(wrong)?;
        let size = units.size(qty).map_err(wrong)?;
        let price = units.price(order.price, HIGHEST).map_err(wrong)?;
        self.write_event(
            event(RestingOrder { id: order.number, side: order.side, size: size.into(), price }),
            clock,
        )
    }

    fn write_event(&mut self, event: LobsterEvent, clock: Clock) -> Result<(), SinkError> {
        let Book { symbol, units, resting, day, .. } = self;
        let Some(day) = day else { return Ok(()) };
        let units = units.clone().map_err(|why| wrong(symbol, why))?;
        // Each price that rests was written as that of a message.
        let level = |(price, size)| units.level(price, size);
        let asks = resting.levels(Side::Sell).map(level);
        let bids = resting.levels(Side::Buy).map(level);
        day.write(&LobsterMessage { time_ns: clock.ns, event }, asks, bids)
    }
}

impl Day {
    fn write(
        &mut self,
        message: &LobsterMessage,
        asks: impl Iterator<Item = (i64, u64)>,
        bids: impl Iterator<Item = (i64, u64)>,
    ) -> Result<(), SinkError> {
        self.messages.write(message).map_err(|error| self.messages.get_ref().failed(error))?;
        self.rows.write_row(asks, bids).map_err(|error| self.rows.get_ref().failed(error))
    }

    fn complete(self) -> Result<(), SinkError> {
        // What is buffered goes out with the file.
        self.messages.into_inner().complete()?;
        self.rows.into_inner().complete()
    }
}

impl Sink for Lobster {
    fn wants(&self) -> Tables {
        Table::Book.into()
    }

    fn unfinished(&self) -> Unfinished {
        self.place.unfinished.clone()
    }

    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        let books = world.instruments.books();
        self.books.clear();
        for book in books {
            let instrument = &world.instruments.symbols()[book.symbol.index()];
            let venues = books.iter().filter(|other| other.symbol == book.symbol).count();
            let ticker = part(&instrument.name);
            let ticker = match venues {
                1 => ticker,
                _ => format!("{ticker}.{}", part(&world.instruments.venues()[book.venue.index()])),
            };
            self.books.push(Book {
                symbol: instrument.name.clone(),
                ticker,
                units: Units::of(instrument),
                resting: Resting::default(),
                phase: Phase::default(),
                day: None,
            });
        }
        all_differ(self.books.iter().map(|book| (&*book.symbol, book.ticker.clone())))
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        let Batch::Book(rows) = &**batch else { return Err(crate::not_started(batch.table())) };
        rows.rows().try_for_each(|row| self.take_in(&row))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.books.iter_mut().filter_map(|book| book.day.take()).try_for_each(Day::complete)
    }
}

impl fmt::Debug for Lobster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lobster")
            .field("folder", &self.place.folder)
            .field("levels", &self.levels)
            .finish_non_exhaustive()
    }
}
