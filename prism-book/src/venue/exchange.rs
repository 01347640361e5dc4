//! An exchange with continuous trading: a book for each symbol, fees for makers and takers, true clearing.

use prism_core::digest::Digest;
use prism_core::market::{Level, Rested, Top};
use prism_core::memory::NoMemory;
use prism_core::msg::{CancelReason, Order, Reject, Report, Request};
use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, FeeRate, Instrument, OrderId, Price, Qty, Side, Symbol, SymbolId, Tif,
    Time,
};
use prism_core::venue::{Venue, VenueError, VenueOut, VenuePlace, VenueSpec};

use super::clearing::{Clearing, Firsts};
use super::order_table::OrderTable;
use super::self_trade;
use super::taking::Taking;
use crate::book::{BookEngine, Handle, Incoming, Ladder, Naive, Outcome};
use crate::market::SelfTrade;

/// Which book an exchange uses. The choice changes its speed and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The fast one.
    #[default]
    Ladder,
    /// The obvious one, for comparison.
    Naive,
}

/// Declares an exchange: price-time priority, continuous trading.
///
/// Orders rest at 1 to 2^42 ticks (others are refused with `BadPrice`) and are worth at most 2^53 units of the
/// currency each (else `BadQty`), so that every value fits 64 bits.
///
/// ```
/// use prism_book::venue::Exchange;
/// use prism_core::types::{FeeRate, Symbol};
///
/// let venue = Exchange::new("XPRM")
///     .list(Symbol::new("ACME").tick("0.01").start("100.00"))
///     .fees(FeeRate::tenth_bps(-2), FeeRate::tenth_bps(5)); // makers get 0.2 bp, takers pay 0.5 bp
/// # let _ = venue;
/// ```
#[derive(Clone, Debug)]
pub struct Exchange {
    name: String,
    symbols: Vec<Symbol>,
    maker: FeeRate,
    taker: FeeRate,
    depth: u16,
    self_trade: SelfTrade,
    engine: Engine,
}

impl Exchange {
    /// An exchange that lists nothing yet and takes no fees.
    pub fn new(name: &str) -> Exchange {
        Exchange {
            name: name.to_owned(),
            symbols: Vec::new(),
            maker: FeeRate::ZERO,
            taker: FeeRate::ZERO,
            depth: 0,
            self_trade: SelfTrade::default(),
            engine: Engine::default(),
        }
    }

    /// Lists a symbol.
    pub fn list(mut self, symbol: Symbol) -> Exchange {
        self.symbols.push(symbol);
        self
    }

    /// What makers and takers pay on the value of a fill; negative for a rebate. Below 100 % either way.
    pub fn fees(mut self, maker: FeeRate, taker: FeeRate) -> Exchange {
        (self.maker, self.taker) = (maker, taker);
        self
    }

    /// How many levels a side are recorded for agents and the depth table; none by default.
    pub fn depth(mut self, levels: u16) -> Exchange {
        self.depth = levels;
        self
    }

    /// What happens when an order meets one of the same agent; by default they trade.
    pub fn self_trade(mut self, rule: SelfTrade) -> Exchange {
        self.self_trade = rule;
        self
    }

    /// Which book it uses.
    pub fn engine(mut self, engine: Engine) -> Exchange {
        self.engine = engine;
        self
    }
}

impl VenueSpec for Exchange {
    fn name(&self) -> &str {
        &self.name
    }

    fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    fn depth(&self) -> u16 {
        self.depth
    }

    fn largest_order(&self, symbol: &Instrument) -> Qty {
        let lot = u128::from(symbol.start.0.unsigned_abs()) * u128::from(symbol.tick_lot.unsigned_abs());
        let lots = u128::from(LARGEST) / lot.max(1);
        Qty(u64::try_from(lots).unwrap_or(u64::MAX)).min(Qty::MAX)
    }

    fn build(&self, place: &VenuePlace<'_>) -> Result<Box<dyn Venue>, VenueError> {
        for (name, rate) in [("maker", self.maker), ("taker", self.taker)] {
            if rate.0.unsigned_abs() >= 1_000_000_000 {
                let why = format!("the {name} fee must be below 100 % either way");
                return Err(VenueError::Declared(why));
            }
        }
        Ok(match self.engine {
            Engine::Ladder => Box::new(Continuous::<Ladder>::new(self, place)?),
            Engine::Naive => Box::new(Continuous::<Naive>::new(self, place)?),
        })
    }
}

/// The highest price that may rest, in ticks.
const HIGHEST: Price = Price::FARTHEST;
/// The largest value that may rest as one order, in units of the currency: it fits a float exactly, and a
/// thousand of them fit [`Cash`].
const LARGEST: u64 = 1 << 53;

/// An exchange at work.
#[derive(Clone, Debug)]
struct Continuous<B> {
    first: BookId,
    markets: Vec<Market<B>>,
    orders: Firsts,
    clearing: Clearing,
    maker: FeeRate,
    taker: FeeRate,
    self_trade: SelfTrade,
    /// True when what is kept of all agents does not stay in the cache.
    crowd: bool,
}

/// From so many agents on.
const CROWD: u32 = 4_096;

/// One symbol's book.
#[derive(Clone, Debug)]
struct Market<B> {
    book: B,
    last: Price,
    symbol: SymbolId,
    /// Where the orders lay that were next to trade after the last request.
    fronts: [[u32; 2]; 2],
    /// Units of the currency in one tick × one lot.
    tick_lot: i64,
}

impl<B: BookEngine> Continuous<B> {
    fn new(spec: &Exchange, place: &VenuePlace<'_>) -> Result<Continuous<B>, NoMemory> {
        let books: Vec<BookId> = place.instruments.books_on(place.id).collect();
        let currencies = books.iter().map(|&book| place.instruments.of_book(book).currency.index()).collect();
        let market = |book: &BookId| {
            let instrument: &Instrument = place.instruments.of_book(*book);
            Market {
                book: B::default(),
                last: instrument.start,
                fronts: [[u32::MAX; 2]; 2],
                symbol: place.instruments.books()[book.index()].symbol,
                tick_lot: instrument.tick_lot,
            }
        };
        Ok(Continuous {
            first: books.first().copied().unwrap_or_default(),
            markets: books.iter().map(market).collect(),
            orders: OrderTable::new(place.agents)?,
            clearing: Clearing::new(place.agents, currencies, place.instruments.currencies().len())?,
            maker: spec.maker,
            taker: spec.taker,
            self_trade: spec.self_trade,
            crowd: place.agents >= CROWD,
        })
    }

    fn place(&self, book: BookId) -> Option<usize> {
        let place = book.index().checked_sub(self.first.index())?;
        (place < self.markets.len()).then_some(place)
    }

    fn carry_out(&mut self, req: &Request, out: &mut VenueOut) {
        let (id, book) = (req.id(), req.book());
        let Some(place) = self.place(book) else {
            return out.report(Report::Rejected { id, why: Reject::UnknownBook, open: false });
        };
        match *req {
            Request::New { id, order } => self.submit(place, id, &order, out),
            Request::Cancel { id, .. } => {
                let market = &mut self.markets[place].book;
                let found = self.orders.get(id).and_then(|place| market.locate(place, id));
                let rested = found.and_then(|handle| rested(market, book, handle, out));
                match found.and_then(|handle| market.cancel(handle)) {
                    Some(left) => {
                        self.orders.remove(id);
                        if let Some(rested) = rested {
                            out.book_event(|| rested.deleted(left));
                        }
                        out.report(Report::Cancelled { id, left, why: CancelReason::Requested });
                        out.changed(book);
                    }
                    None => out.report(Report::Rejected { id, why: Reject::TooLate, open: false }),
                }
            }
            Request::Reduce { id, by, .. } => {
                let market = &mut self.markets[place].book;
                let found = self.orders.get(id).and_then(|place| market.locate(place, id));
                if found.is_some() && by.is_zero() {
                    return out.report(Report::Rejected { id, why: Reject::BadQty, open: true });
                }
                let rested = found.and_then(|handle| rested(market, book, handle, out));
                let taken = found.and_then(|handle| market.reduce(handle, by));
                if let (Some(rested), Some(taken)) = (rested, taken) {
                    out.book_event(|| rested.reduced(taken.qty, taken.left));
                }
                match taken {
                    Some(taken) if taken.left.is_zero() => {
                        self.orders.remove(id);
                        out.report(Report::Cancelled { id, left: taken.qty, why: CancelReason::Requested });
                        out.changed(book);
                    }
                    Some(taken) => {
                        out.report(Report::Reduced { id, left: taken.left, why: CancelReason::Requested });
                        out.changed(book);
                    }
                    None => out.report(Report::Rejected { id, why: Reject::TooLate, open: false }),
                }
            }
            Request::Replace { id, price, qty, .. } => self.replace(place, id, price, qty, out),
        }
    }

    /// What belongs to the orders that trade next is brought into the cache: the orders themselves, and what is
    /// kept of the owners of those that were brought there after the last request.
    #[inline]
    fn look_ahead(&mut self, book: BookId) {
        let Some(place) = self.place(book) else { return };
        let market = &mut self.markets[place];
        for side in Side::BOTH {
            let old = market.fronts[side as usize];
            let fronts = market.book.fronts(side);
            if fronts == old {
                continue;
            }
            market.fronts[side as usize] = fronts;
            for order in fronts {
                market.book.fetch(order);
            }
            // What was behind the first order when it was fetched may be the first now.
            for owner in old.iter().filter_map(|&order| market.book.id_at(order)).map(OrderId::agent) {
                self.orders.fetch(owner);
                self.clearing.fetch(owner, place);
            }
        }
    }

    fn submit(&mut self, place: usize, id: OrderId, order: &Order, out: &mut VenueOut) {
        let reject = |why, open| Report::Rejected { id, why, open };
        if !self.orders.knows(id) {
            // Nobody could be booked: the other side of the trade would stand alone.
            return out.report(reject(Reject::NotYours, false));
        }
        if self.orders.get(id).is_some() {
            return out.report(reject(Reject::DuplicateId, true));
        }
        let market = &mut self.markets[place];
        if let Err(why) = market.check(order.price, order.qty, order.is_market()) {
            return out.report(reject(why, false));
        }
        let mut taking = Taking {
            place,
            market: (&mut market.last, market.tick_lot),
            fees: (self.maker, self.taker),
            orders: &mut self.orders,
            clearing: &mut self.clearing,
            order: (id, order.book, order.side),
            left: order.qty,
            ends: CancelReason::TimeInForce,
            replaced: None,
            out,
        };
        let incoming = Incoming { id, side: order.side, tif: order.tif, qty: order.qty, price: order.price };
        let book = &mut market.book;
        let outcome = if self.self_trade == SelfTrade::Allow || !book.would_trade(order.side, order.price) {
            book.submit(incoming, &mut |fill| taking.fill(&fill))
        } else {
            // Whatever the rule does to the other side, the book is read again.
            taking.out.changed(order.book);
            self_trade::submit(self.self_trade, book, incoming, &mut taking)
        };
        let (traded, why) = (taking.left != order.qty, taking.ends);
        match outcome {
            Outcome::Rests { handle, left } => {
                if self.orders.set(id, handle.place()) {
                    let rested = Rested { book: order.book, id, side: order.side, price: order.price };
                    out.book_event(|| rested.added(left));
                    out.report(Report::Accepted { id, price: order.price, left });
                } else {
                    // No agent's own ids come here; the order is taken out as if it had never rested.
                    market.book.cancel(handle);
                    out.report(Report::Cancelled { id, left, why: CancelReason::Venue });
                }
                out.changed(order.book);
            }
            Outcome::Cancelled { left } => out.report(Report::Cancelled { id, left, why }),
            Outcome::Refused(why) => out.report(reject(why, false)),
            Outcome::Filled | Outcome::Kept { .. } => {}
        }
        if traded {
            out.changed(order.book);
        }
    }

    fn replace(&mut self, place: usize, id: OrderId, price: Price, qty: Qty, out: &mut VenueOut) {
        let reject = |why, open| Report::Rejected { id, why, open };
        let market = &mut self.markets[place];
        let found = self.orders.get(id).and_then(|place| market.book.locate(place, id));
        let Some((handle, side)) = found.and_then(|handle| Some((handle, market.book.get(handle)?.side)))
        else {
            return out.report(reject(Reject::TooLate, false));
        };
        if let Err(why) = market.check(price, qty, false) {
            return out.report(reject(why, true));
        }
        let book = BookId::from_index(self.first.index() + place);
        let mut taking = Taking {
            place,
            market: (&mut market.last, market.tick_lot),
            fees: (self.maker, self.taker),
            orders: &mut self.orders,
            clearing: &mut self.clearing,
            order: (id, book, side),
            left: qty,
            ends: CancelReason::TimeInForce,
            replaced: None,
            out,
        };
        let orders = &mut market.book;
        let old = if taking.out.tells_book() { orders.get(handle) } else { None };
        taking.replaced = old.map(|old| (Rested { book, id, side, price: old.price }, old.left));
        let outcome = if self.self_trade == SelfTrade::Allow || !orders.would_trade(side, price) {
            orders.replace(handle, price, qty, &mut |fill| taking.fill(&fill))
        } else {
            // An order at a price that trades is not the one that rested.
            orders.cancel(handle);
            let order = Incoming { id, side, tif: Tif::Gtc, qty, price };
            self_trade::submit(self.self_trade, orders, order, &mut taking)
        };
        let why = taking.ends;
        if let Some(old) = old {
            taking.told(&outcome, price, old.left);
        }
        match outcome {
            Outcome::Rests { handle, left } => {
                self.orders.set(id, handle.place());
                out.report(Report::Accepted { id, price, left });
            }
            Outcome::Kept { left } => out.report(Report::Accepted { id, price, left }),
            Outcome::Filled => self.orders.remove(id),
            Outcome::Cancelled { left } => {
                self.orders.remove(id);
                out.report(Report::Cancelled { id, left, why });
            }
            Outcome::Refused(why) => return out.report(reject(why, true)),
        }
        out.changed(book);
    }
}

/// What an order in the book is, if somebody wants to know of its end.
#[inline]
fn rested<B: BookEngine>(market: &B, book: BookId, order: Handle, out: &VenueOut) -> Option<Rested> {
    let order = if out.tells_book() { market.get(order) } else { None }?;
    Some(Rested { book, id: order.id, side: order.side, price: order.price })
}

impl<B> Market<B> {
    /// Whether an order may come in with this price and size.
    fn check(&self, price: Price, qty: Qty, market: bool) -> Result<(), Reject> {
        if qty.is_zero() || qty > Qty::MAX {
            return Err(Reject::BadQty);
        }
        if market {
            return Ok(()); // trades at the prices of resting orders, which were checked when they came
        }
        if price < Price(1) || price > HIGHEST {
            return Err(Reject::BadPrice);
        }
        let value =
            u128::from(qty.0) * u128::from(price.0.unsigned_abs()) * u128::from(self.tick_lot.unsigned_abs());
        if value > u128::from(LARGEST) { Err(Reject::BadQty) } else { Ok(()) }
    }
}

impl<B: BookEngine> Venue for Continuous<B> {
    fn handle(&mut self, _now: Time, req: &Request, out: &mut VenueOut) {
        self.carry_out(req, out);
        if self.crowd {
            self.look_ahead(req.book());
        }
    }

    fn expect(&self, agent: AgentId, book: BookId, stage: u8) {
        let Some(place) = self.place(book) else { return };
        if stage == 0 {
            self.orders.fetch(agent);
            self.clearing.fetch(agent, place);
            return;
        }
        let market = &self.markets[place].book;
        for order in self.orders.places(agent) {
            if stage == 1 {
                market.fetch(order);
            } else {
                market.fetch_neighbours(order);
            }
        }
    }

    fn top(&self, book: BookId) -> Top {
        let Some(market) = self.place(book).map(|place| &self.markets[place]) else { return Top::default() };
        let (bid, ask) = market.book.top();
        Top::new(bid, ask, market.last)
    }

    fn depth(&self, book: BookId, side: Side, levels: usize, into: &mut Vec<Level>) {
        into.clear();
        if let Some(place) = self.place(book) {
            into.extend(self.markets[place].book.levels(side).take(levels));
        }
    }

    fn cash(&self, agent: AgentId, currency: CurrencyId) -> Cash {
        self.clearing.cash(&self.orders, agent, currency.index())
    }

    fn position(&self, agent: AgentId, symbol: SymbolId) -> i64 {
        let place = self.markets.iter().position(|market| market.symbol == symbol);
        place.map_or(0, |place| self.clearing.position(&self.orders, agent, place))
    }

    fn fees(&self, currency: CurrencyId) -> i128 {
        self.clearing.fees(currency.index())
    }

    fn digest(&self, into: &mut Digest) {
        for market in &self.markets {
            into.int(market.last.0);
            market.book.digest(&mut |word| into.word(word));
        }
        self.clearing.digest(&self.orders, into);
    }

    fn clone_box(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
