//! A run as NASDAQ TotalView-ITCH 5.0.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prism_core::market::BookAction;
use prism_core::sink::{Batch, BookRow, Sink, SinkError, Table, Tables, Unfinished, World};
use prism_core::types::Side;

use super::calendar::{Clock, DAY, Start, date};
use super::file::{DayFile, part};
use super::resting::{Order, Resting};
use super::units::{Units, unannounced, wrong};
use crate::tape::itch::{
    AddOrder, Alpha, Body, Char, Head, Message, OrderCancel, OrderDelete, OrderExecuted,
    OrderExecutedWithPrice, OrderReplace, StockDirectory, SystemEvent, Timestamp, TradingAction,
};

/// The highest price that the wire holds.
const HIGHEST: i64 = u32::MAX as i64;

/// Writes ITCH tapes, one for each venue and day, called `VENUE_YYYY-MM-DD.itch50`.
///
/// A tape begins with the events that open the day (S with codes O, S and Q), a directory entry (R) and a trading
/// action (H) for each symbol of the venue, whose stock locates count from 1; orders are A, E or C, X, D and U; the
/// events that close the day (S with codes M, E and C) come last. Symbols must be up to 8 ASCII characters.
pub struct Itch {
    folder: PathBuf,
    start: Start,
    overwrite: bool,
    venues: Vec<Venue>,
    /// The venue of each book, and which of its symbols it is.
    places: Vec<(usize, usize)>,
    unfinished: Unfinished,
}

/// A venue with its tape.
struct Venue {
    name: String,
    stocks: Vec<Stock>,
    day: Option<Day>,
}

/// One symbol of a venue.
struct Stock {
    symbol: String,
    ticker: Result<Alpha<8>, String>,
    units: Result<Units, String>,
    resting: Resting,
}

/// A tape of one day.
struct Day {
    /// Days since 1970.
    since_1970: i64,
    last_ns: i64,
    next_number: u64,
    matches: u64,
    file: DayFile,
    frame: Vec<u8>,
}

impl Itch {
    /// Tapes in `folder`, which is made if it is missing. The run begins at `start`.
    pub fn to_folder(folder: impl AsRef<Path>, start: Start) -> Itch {
        Itch {
            folder: folder.as_ref().to_owned(),
            start,
            overwrite: false,
            venues: Vec::new(),
            places: Vec::new(),
            unfinished: Unfinished::default(),
        }
    }

    /// Whether existing files may be replaced; by default they are an error.
    pub fn overwrite(mut self, overwrite: bool) -> Itch {
        self.overwrite = overwrite;
        self
    }

    fn take_in(&mut self, row: &BookRow) -> Result<(), SinkError> {
        let clock = self.start.clock(row.at)?;
        let place = self.places.get(usize::from(row.book));
        let &(at, stock) = place.ok_or_else(|| crate::not_started(Table::Book))?;
        self.turn_to(at, clock)?;
        let Venue { stocks, day, .. } = &mut self.venues[at];
        match day {
            Some(day) => day.take_in(stocks, stock, row, clock.ns),
            None => Ok(()),
        }
    }

    /// Begins the tape of a day, once it has an event of the venue. The one of the day before is whole then.
    fn turn_to(&mut self, at: usize, clock: Clock) -> Result<(), SinkError> {
        let venue = &mut self.venues[at];
        if venue.day.as_ref().is_some_and(|day| day.since_1970 >= clock.day) {
            return Ok(());
        }
        if let Some(day) = venue.day.take() {
            day.complete()?;
        }
        let name = format!("{}_{}.itch50", part(&venue.name), date(clock.day));
        let file = DayFile::create(&self.folder, &name, self.overwrite, &self.unfinished)?;
        let first = self.start.clock(0)?;
        let opened = if first.day == clock.day { first.ns } else { 0 };
        let (frame, since_1970) = (Vec::with_capacity(64), clock.day);
        let mut day = Day { since_1970, last_ns: opened, next_number: 1, matches: 0, file, frame };
        day.open(&venue.stocks)?;
        for (locate, stock) in (1..).zip(&mut venue.stocks) {
            for (id, order) in stock.resting.drain() {
                let (side, price, left) = (order.side, order.price, order.left);
                day.add(stock, locate, id, side, price, left)?;
            }
        }
        venue.day = Some(day);
        Ok(())
    }
}

impl Day {
    /// Everything in front of the first order.
    fn open(&mut self, stocks: &[Stock]) -> Result<(), SinkError> {
        for code in *b"OSQ" {
            self.event(code)?;
        }
        for (locate, stock) in (1..).zip(stocks) {
            let ticker = stock.ticker()?;
            let [none, no, live] = [Char(b' '), Char(b'N'), Char(b'P')];
            let directory = StockDirectory {
                stock: ticker,
                market_category: none,
                financial_status: none,
                round_lot_size: 1,
                round_lots_only: no,
                issue_classification: Char(b'C'),
                issue_subtype: Alpha::default(),
                authenticity: live,
                short_sale_threshold: no,
                ipo_flag: no,
                luld_tier: none,
                etp_flag: no,
                etp_leverage: 0,
                inverse: no,
            };
            self.write(locate, Body::StockDirectory(directory))?;
        }
        for (locate, stock) in (1..).zip(stocks) {
            let (trading_state, reserved) = (Char(b'T'), Char(b' '));
            let reason = Alpha::default();
            let action = TradingAction { stock: stock.ticker()?, trading_state, reserved, reason };
            self.write(locate, Body::TradingAction(action))?;
        }
        Ok(())
    }

    fn event(&mut self, code: u8) -> Result<(), SinkError> {
        self.write(0, Body::SystemEvent(SystemEvent { event_code: Char(code) }))
    }

    fn take_in(&mut self, stocks: &mut [Stock], at: usize, row: &BookRow, ns: i64) -> Result<(), SinkError> {
        self.last_ns = ns;
        let stock = &mut stocks[at];
        let locate = u16::try_from(at + 1).unwrap_or(u16::MAX);
        let side = if row.side == Side::Buy as u8 { Side::Buy } else { Side::Sell };
        if row.action == BookAction::Add as u8 {
            return self.add(stock, locate, row.id, side, row.price, row.qty);
        }
        let Some(rested) = stock.resting.get(row.id) else { return Err(unannounced(&stock.symbol, row.id)) };
        let order_ref = rested.number;
        let body = if row.action == BookAction::Replace as u8 {
            stock.resting.take(row.id, rested.left);
            let (new_order_ref, shares, price_e4) = self.join(stock, row.id, side, row.price, row.qty)?;
            Body::OrderReplace(OrderReplace { order_ref, new_order_ref, shares, price_e4 })
        } else {
            stock.resting.take(row.id, row.qty);
            let shares = stock.size(row.qty)?;
            if row.action == BookAction::Execute as u8 {
                self.matches += 1;
                let match_number = self.matches;
                if row.traded == rested.price {
                    Body::OrderExecuted(OrderExecuted { order_ref, shares, match_number })
                } else {
                    let (printable, price_e4) = (Char(b'Y'), stock.price(row.traded)?);
                    let body =
                        OrderExecutedWithPrice { order_ref, shares, match_number, printable, price_e4 };
                    Body::OrderExecutedWithPrice(body)
                }
            } else if row.qty < rested.left {
                Body::OrderCancel(OrderCancel { order_ref, shares })
            } else {
                Body::OrderDelete(OrderDelete { order_ref })
            }
        };
        self.write(locate, body)
    }

    fn add(
        &mut self,
        stock: &mut Stock,
        locate: u16,
        id: u64,
        side: Side,
        price: i64,
        qty: u64,
    ) -> Result<(), SinkError> {
        let (order_ref, shares, price_e4) = self.join(stock, id, side, price, qty)?;
        let stock = stock.ticker()?;
        self.write(locate, Body::AddOrder(AddOrder { order_ref, side, shares, stock, price_e4 }))
    }

    /// Puts an order at the end of its queue: its number, its shares, its price.
    fn join(
        &mut self,
        stock: &mut Stock,
        id: u64,
        side: Side,
        price: i64,
        qty: u64,
    ) -> Result<(u64, u32, u32), SinkError> {
        let number = self.next_number;
        self.next_number += 1;
        if !stock.resting.add(id, Order { number, side, price, left: qty }) {
            return Err(wrong(&stock.symbol, format!("order {id} joins the book twice")));
        }
        Ok((number, stock.size(qty)?, stock.price(price)?))
    }

    fn write(&mut self, stock_locate: u16, body: Body) -> Result<(), SinkError> {
        // A day has fewer nanoseconds than the wire has room for.
        let timestamp = Timestamp::new(self.last_ns.clamp(0, DAY) as u64).unwrap_or_default();
        let head = Head { stock_locate, tracking_number: 0, timestamp };
        self.frame.clear();
        Message { head, body }.encode_frame(&mut self.frame);
        self.file.write_all(&self.frame).map_err(|error| self.file.failed(error))
    }

    fn complete(mut self) -> Result<(), SinkError> {
        for code in *b"MEC" {
            self.event(code)?;
        }
        self.file.complete()
    }
}

impl Stock {
    fn ticker(&self) -> Result<Alpha<8>, SinkError> {
        self.ticker.clone().map_err(|why| wrong(&self.symbol, why))
    }

    fn size(&self, lots: u64) -> Result<u32, SinkError> {
        self.units.clone().and_then(|units| units.size(lots)).map_err(|why| wrong(&self.symbol, why))
    }

    fn price(&self, ticks: i64) -> Result<u32, SinkError> {
        let price = self.units.clone().and_then(|units| units.price(ticks, HIGHEST));
        let price = price.map_err(|why| wrong(&self.symbol, why))?;
        Ok(u32::try_from(price).unwrap_or(u32::MAX))
    }
}

impl Sink for Itch {
    fn wants(&self) -> Tables {
        Table::Book.into()
    }

    fn unfinished(&self) -> Unfinished {
        self.unfinished.clone()
    }

    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        let instruments = &world.instruments;
        let venue = |name: &String| Venue { name: name.clone(), stocks: Vec::new(), day: None };
        self.venues = instruments.venues().iter().map(venue).collect();
        self.places.clear();
        for book in instruments.books() {
            let instrument = &instruments.symbols()[book.symbol.index()];
            let stocks = &mut self.venues[book.venue.index()].stocks;
            self.places.push((book.venue.index(), stocks.len()));
            let ticker =
                Alpha::new(&instrument.name).ok_or("its name has more than 8 ASCII characters, or others");
            stocks.push(Stock {
                symbol: instrument.name.clone(),
                ticker: ticker.map_err(str::to_owned),
                units: Units::of(instrument),
                resting: Resting::default(),
            });
        }
        Ok(())
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        let Batch::Book(rows) = &**batch else { return Err(crate::not_started(batch.table())) };
        rows.rows().try_for_each(|row| self.take_in(&row))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.venues.iter_mut().filter_map(|venue| venue.day.take()).try_for_each(Day::complete)
    }
}

impl fmt::Debug for Itch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Itch").field("folder", &self.folder).finish_non_exhaustive()
    }
}
