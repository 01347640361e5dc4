//! A run as NASDAQ TotalView-ITCH 5.0.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use prism_core::market::BookAction;
use prism_core::msg::Phase;
use prism_core::sink::{Batch, BookRow, Sink, SinkError, Table, Tables, Unfinished, World};
use prism_core::types::Side;

use super::calendar::{Clock, DAY, Start, date};
use super::file::{DayFile, Files, Place, all_differ, part};
use super::resting::{Order, Resting};
use super::state::{cross_type, phase_of, trading_state};
use super::units::{Units, unannounced, wrong};
use crate::tape::itch::{
    AddOrder, Alpha, Body, Char, CrossTrade, Head, Message, NetOrderImbalance, OrderCancel, OrderDelete,
    OrderExecuted, OrderExecutedWithPrice, OrderReplace, StockDirectory, SystemEvent, Timestamp, Trade,
    TradingAction,
};

/// The highest price that the wire holds.
const HIGHEST: i64 = u32::MAX as i64;

/// Writes ITCH tapes, one for each venue and day, called `VENUE_YYYY-MM-DD.itch50`.
///
/// A tape begins with the events that open the day (S with codes O, S and Q), a directory entry (R) and a trading
/// action (H) for each symbol of the venue, whose stock locates count from 1; orders are A, E or C, X, D and U; the
/// events that close the day (S with codes M, E and C) come last. Symbols must be up to 8 ASCII characters.
///
/// - *Hidden orders.* A trade with an order that is not displayed (also in a dark venue) is P, with order number 0 and
///   side B, as the exchange writes it.
/// - *Auctions.* An order that trades in an uncrossing is C with the price of the uncrossing and `printable` N, as far as
///   it was displayed; then comes one cross trade Q with all of the volume. Its type is O (opening), C (closing), H (after a
///   halt or a pause) or I (a batch in continuous trading). The traded volume is that of E, printable C, P and Q.
/// - *Calls.* Each change of the indicative result is an imbalance message I: all of its prices are the indicative price,
///   as every order of a call takes part in it; its variation is L (less than 1 %) for that reason. Where nothing would
///   trade, direction is O (not enough orders), and there is no far or near price.
/// - *Phases.* Each is a trading action H, with the phase in its reason where the state alone does not say it.
pub struct Itch {
    place: Place,
    start: Start,
    venues: Vec<Venue>,
    /// The venue of each book, and which of its symbols it is.
    places: Vec<(usize, usize)>,
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
    phase: Phase,
    /// The phase that its last trading action on the tape told.
    told: Option<Phase>,
}

/// A tape of one day.
struct Day {
    /// Days since 1970.
    since_1970: i64,
    last_ns: i64,
    next_number: u64,
    matches: u64,
    /// Every stock has had a trading action.
    all_told: bool,
    file: DayFile,
    frame: Vec<u8>,
}

impl Itch {
    /// Tapes in `folder`, which is made if it is missing. The run begins at `start`.
    pub fn to_folder(folder: impl AsRef<Path>, start: Start) -> Itch {
        Itch { place: Place::new(folder.as_ref()), start, venues: Vec::new(), places: Vec::new() }
    }

    /// Whether existing files may be replaced; by default they are an error.
    pub fn overwrite(mut self, overwrite: bool) -> Itch {
        self.place.overwrite = overwrite;
        self
    }

    /// The files that it writes; none of a run in which nothing is told.
    pub fn files(&self) -> Files {
        self.place.files.clone()
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
            day.complete(&mut venue.stocks)?;
        }
        let name = format!("{}_{}.itch50", part(&venue.name), date(clock.day));
        let file = DayFile::create(&self.place, &name)?;
        let first = self.start.clock(0)?;
        let opened = if first.day == clock.day { first.ns } else { 0 };
        let (frame, since_1970) = (Vec::with_capacity(64), clock.day);
        let is_first = venue.stocks.iter().all(|stock| stock.told.is_none());
        let mut day =
            Day { since_1970, last_ns: opened, next_number: 1, matches: 0, all_told: false, file, frame };
        day.open(&venue.stocks)?;
        venue.stocks.iter_mut().for_each(|stock| stock.told = None);
        if !is_first {
            day.tell_all(&mut venue.stocks)?;
        }
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
    /// Everything in front of the trading actions.
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
        Ok(())
    }

    /// Tells the phase of every stock that has had no trading action yet.
    fn tell_all(&mut self, stocks: &mut [Stock]) -> Result<(), SinkError> {
        self.all_told = true;
        let untold = (1..).zip(stocks).filter(|(_, stock)| stock.told.is_none());
        for (locate, stock) in untold {
            self.tell_phase(stock, locate)?;
        }
        Ok(())
    }

    fn tell_phase(&mut self, stock: &mut Stock, locate: u16) -> Result<(), SinkError> {
        stock.told = Some(stock.phase);
        let (trading_state, reason) = trading_state(stock.phase);
        let action = TradingAction { stock: stock.ticker()?, trading_state, reserved: Char(b' '), reason };
        self.write(locate, Body::TradingAction(action))
    }

    fn event(&mut self, code: u8) -> Result<(), SinkError> {
        self.write(0, Body::SystemEvent(SystemEvent { event_code: Char(code) }))
    }

    fn take_in(&mut self, stocks: &mut [Stock], at: usize, row: &BookRow, ns: i64) -> Result<(), SinkError> {
        let locate = u16::try_from(at + 1).unwrap_or(u16::MAX);
        // The phases in which a day begins are told before anything else.
        if !self.all_told && (row.action != BookAction::Phase as u8 || ns > self.last_ns) {
            self.tell_all(stocks)?;
        }
        self.last_ns = ns;
        let stock = &mut stocks[at];
        if row.action == BookAction::Phase as u8 {
            stock.phase = phase_of(row.phase);
            return self.tell_phase(stock, locate);
        }
        let side = if row.side == Side::Buy as u8 { Side::Buy } else { Side::Sell };
        if row.action > BookAction::Cross as u8 {
            return self.tell(stock, locate, row);
        }
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
            let crosses = row.action == BookAction::Cross as u8;
            if crosses || row.action == BookAction::Execute as u8 {
                let match_number = self.next_match();
                if !crosses && row.traded == rested.price {
                    Body::OrderExecuted(OrderExecuted { order_ref, shares, match_number })
                } else {
                    // The cross counts what trades in it.
                    let printable = Char(if crosses { b'N' } else { b'Y' });
                    let price_e4 = stock.price(row.traded)?;
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

    fn next_match(&mut self) -> u64 {
        self.matches += 1;
        self.matches
    }

    /// Tells what is of no displayed order, and no phase.
    fn tell(&mut self, stock: &Stock, locate: u16, row: &BookRow) -> Result<(), SinkError> {
        let ticker = stock.ticker()?;
        if row.action == BookAction::Hidden as u8 {
            let (shares, price_e4) = (stock.size(row.qty)?, stock.price(row.price)?);
            let (order_ref, side, match_number) = (0, Side::Buy, self.next_match());
            let trade = Trade { order_ref, side, shares, stock: ticker, price_e4, match_number };
            return self.write(locate, Body::Trade(trade));
        }
        let cross_type = cross_type(phase_of(row.phase));
        let volume = stock.volume(row.qty)?;
        if row.action == BookAction::Uncross as u8 {
            let (price_e4, match_number) = (stock.price(row.price)?, self.next_match());
            let cross = CrossTrade { shares: volume, stock: ticker, price_e4, match_number, cross_type };
            return self.write(locate, Body::CrossTrade(cross));
        }
        let trades = volume > 0;
        let direction = match (trades, row.left, row.side == Side::Buy as u8) {
            (false, ..) => b'O',
            (true, 0, _) => b'N',
            (true, _, true) => b'B',
            (true, _, false) => b'S',
        };
        let price = stock.price(row.price)?;
        let auction_price = if trades { price } else { 0 };
        self.write(
            locate,
            Body::NetOrderImbalance(NetOrderImbalance {
                paired: volume,
                imbalance: stock.volume(row.left)?,
                direction: Char(direction),
                stock: ticker,
                far_price_e4: auction_price,
                near_price_e4: auction_price,
                reference_price_e4: price,
                cross_type,
                price_variation: Char(if trades { b'L' } else { b' ' }),
            }),
        )
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

    fn complete(mut self, stocks: &mut [Stock]) -> Result<(), SinkError> {
        if !self.all_told {
            self.tell_all(stocks)?;
        }
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

    fn volume(&self, lots: u64) -> Result<u64, SinkError> {
        self.units.clone().and_then(|units| units.volume(lots)).map_err(|why| wrong(&self.symbol, why))
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
        self.place.unfinished.clone()
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
                phase: Phase::default(),
                told: None,
            });
        }
        all_differ(self.venues.iter().map(|venue| (&*venue.name, part(&venue.name))))
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        let Batch::Book(rows) = &**batch else { return Err(crate::not_started(batch.table())) };
        rows.rows().try_for_each(|row| self.take_in(&row))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.venues.iter_mut().try_for_each(|Venue { stocks, day, .. }| match day.take() {
            Some(day) => day.complete(stocks),
            None => Ok(()),
        })
    }
}

impl fmt::Debug for Itch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Itch").field("folder", &self.place.folder).finish_non_exhaustive()
    }
}
