//! An exchange at work: a market for each symbol, whose trades are cleared and reported.

use prism_core::digest::Digest;
use prism_core::market::{Level, Top};
use prism_core::memory::filled;
use prism_core::msg::{Order, Phase, Reject, Report, Request, Terms};
use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, Instrument, OrderId, Price, Qty, Side, SymbolId, Time,
};
use prism_core::venue::{Venue, VenueError, VenueOut, VenuePlace};

use super::Exchange;
use super::circuit::Circuit;
use super::clearing::{Clearing, Firsts};
use super::fees::ExactFees;
use super::reporter::Reporter;
use crate::book::{BookEngine, Remark, Watched};
use crate::day::{DayError, LotRule};
use crate::market::{Limits, Market, MarketRules, OrderTable};

/// The highest price that may rest, in ticks.
const HIGHEST: Price = Price::FARTHEST;
/// The largest value that may rest as one order, in units of the currency: it fits a float exactly, and a
/// thousand of them fit [`Cash`].
pub(super) const LARGEST: u64 = 1 << 53;
/// From so many agents on, what is kept of all of them does not stay in the cache.
const CROWD: u32 = 4_096;

/// An exchange at work.
#[derive(Clone, Debug)]
pub(super) struct Floor<B> {
    pub(super) first: BookId,
    pub(super) pits: Vec<Pit<B>>,
    pub(super) orders: Firsts,
    pub(super) clearing: Clearing,
    /// Of each agent the lots that it has traded, where its fees depend on them.
    traded: Vec<Qty>,
    crowd: bool,
    pub(super) circuit: Option<Circuit>,
    lots: LotRule,
    /// Whether other venues' quotes are protected.
    protects: bool,
}

/// One symbol.
#[derive(Clone, Debug)]
pub(super) struct Pit<B> {
    pub(super) market: Market<Watched<B>>,
    symbol: SymbolId,
    /// Where the orders lay that were next to trade after the last request.
    fronts: [[u32; 2]; 2],
    /// Units of the currency in one tick × one lot.
    tick_lot: i64,
    fees: ExactFees,
    /// The earliest time for which a timer is set.
    timer: Option<Time>,
}

impl<B: BookEngine> Floor<B> {
    pub(super) fn new(spec: &Exchange, place: &VenuePlace<'_>) -> Result<Floor<B>, VenueError> {
        let declared = |why: DayError| VenueError::Declared(why.to_string());
        let books: Vec<BookId> = place.instruments.books_on(place.id).collect();
        let currencies = books.iter().map(|&book| place.instruments.of_book(book).currency.index()).collect();
        let pit = |(n, book): (u64, &BookId)| {
            let instrument: &Instrument = place.instruments.of_book(*book);
            let worth = LARGEST / instrument.tick_lot.unsigned_abs().max(1);
            let rules = MarketRules {
                self_trade: spec.self_trade,
                matching: spec.matching.clone(),
                limits: Limits { lowest: Price(1), highest: HIGHEST, worth },
                ticks: spec.ticks.clone(),
                lots: spec.lots,
                ..MarketRules::new(instrument.start)
            };
            let market = Market::new(rules, place.key.child("market").index(n));
            let unit = place.instruments.currencies()[instrument.currency.index()].unit;
            Ok(Pit {
                market: match &spec.day {
                    None => market,
                    Some(day) => market.with_day(day.clone()).map_err(declared)?,
                },
                symbol: place.instruments.books()[book.index()].symbol,
                fronts: [[u32::MAX; 2]; 2],
                tick_lot: instrument.tick_lot,
                fees: spec.fees.exact(unit).map_err(VenueError::Declared)?,
                timer: None,
            })
        };
        let closes: Vec<Price> = books.iter().map(|&book| place.instruments.of_book(book).start).collect();
        let circuit = match (&spec.breaker, &spec.day) {
            (None, _) => None,
            (Some(rules), Some(day)) => Some(Circuit::new(rules.clone(), day, &closes).map_err(declared)?),
            (Some(_), None) => return Err(VenueError::Declared("a breaker needs a trading day".to_owned())),
        };
        Ok(Floor {
            first: books.first().copied().unwrap_or_default(),
            pits: (0..).zip(&books).map(pit).collect::<Result<_, VenueError>>()?,
            orders: OrderTable::new(place.agents)?,
            clearing: Clearing::new(place.agents, currencies, place.instruments.currencies().len())?,
            traded: if spec.fees.by_volume() {
                filled("what the agents have traded", place.agents as usize, Qty::ZERO)?
            } else {
                Vec::new()
            },
            crowd: place.agents >= CROWD,
            circuit,
            lots: spec.lots,
            protects: spec.protect.is_some(),
        })
    }

    pub(super) fn place(&self, book: BookId) -> Option<usize> {
        let place = book.index().checked_sub(self.first.index())?;
        (place < self.pits.len()).then_some(place)
    }

    fn market(&self, book: BookId) -> Option<&Market<Watched<B>>> {
        self.place(book).map(|place| &self.pits[place].market)
    }

    pub(super) fn book_of(&self, place: usize) -> BookId {
        BookId::from_index(self.first.index() + place)
    }

    /// Brings a message to a market: what to do with it, its index and whoever it tells.
    #[inline]
    pub(super) fn at(
        &mut self,
        place: usize,
        out: &mut VenueOut,
        message: impl FnOnce(&mut Market<Watched<B>>, &mut Firsts, &mut Reporter<'_>),
    ) {
        let book = self.book_of(place);
        let pit = &mut self.pits[place];
        if pit.market.book().is_watched() != out.tells_book() {
            pit.market.watch(out.tells_book());
        }
        let (tick_lot, fees, traded) = (pit.tick_lot, &pit.fees, &mut self.traded);
        let clearing = &mut self.clearing;
        let mut reporter = Reporter { place, book, tick_lot, fees, traded, clearing, out, changed: false };
        message(&mut pit.market, &mut self.orders, &mut reporter);
        if reporter.changed {
            reporter.out.changed(book);
        }
        if out.tells_book() {
            pit.market.drain_events(book, &mut |event| out.book_event(|| event));
        }
        if let Some(due) = pit.market.next_due()
            && due < Time::MAX
            && pit.timer.is_none_or(|timer| due < timer)
        {
            pit.timer = Some(due);
            out.timer(due);
        }
    }

    /// The market of a request for `book` about the order `id`; `None` if it is refused before it gets there.
    #[inline]
    fn admit(&self, book: BookId, id: OrderId, new: bool, out: &mut VenueOut) -> Option<usize> {
        let place = self.place(book);
        // Nobody could be booked for a stranger: the other side of the trade would stand alone.
        let why = match place {
            None => Reject::UnknownBook,
            Some(_) if new && !self.orders.knows(id) => Reject::NotYours,
            Some(_) => return place,
        };
        out.report(Report::Rejected { id, why, open: false });
        None
    }

    #[inline]
    fn carry_out(&mut self, now: Time, req: &Request, out: &mut VenueOut) {
        let new = matches!(req, Request::New { .. });
        let Some(place) = self.admit(req.book(), req.id(), new, out) else { return };
        if self.protects && self.is_bounded(now, place, req, out) {
            return;
        }
        self.at(place, out, |market, orders, reporter| {
            let told = &mut |orders: &mut Firsts, told| reporter.note(orders, told);
            match *req {
                Request::New { id, ref order } => market.submit(now, id, order, orders, told),
                Request::Cancel { id, .. } => market.cancel(now, id, orders, told),
                Request::Reduce { id, by, .. } => market.reduce(now, id, by, orders, told),
                Request::Replace { id, price, qty, .. } => market.replace(now, id, price, qty, orders, told),
            }
        });
    }

    /// Has carried out what is due in a market, if it has asked to be called by now.
    pub(super) fn ring(&mut self, place: usize, now: Time, out: &mut VenueOut) {
        if self.pits[place].timer.is_some_and(|timer| timer <= now) {
            let seen = out.trades().len();
            self.pits[place].timer = None;
            self.advance(place, now, out);
            self.look_at_trades(now, seen, out);
        }
    }

    pub(super) fn advance(&mut self, place: usize, now: Time, out: &mut VenueOut) {
        self.at(place, out, |market, orders, reporter| {
            market.advance(now, orders, &mut |orders, told| reporter.note(orders, told));
        });
    }

    /// What belongs to the orders that trade next is brought into the cache: the orders themselves, and what is
    /// kept of the owners of those that were brought there after the last request.
    #[inline]
    fn look_ahead(&mut self, book: BookId) {
        let Some(place) = self.place(book) else { return };
        let pit = &mut self.pits[place];
        let book = pit.market.book();
        for side in Side::BOTH {
            let old = pit.fronts[side as usize];
            let fronts = book.fronts(side);
            if fronts == old {
                continue;
            }
            pit.fronts[side as usize] = fronts;
            for order in fronts {
                book.fetch(order);
            }
            // What was behind the first order when it was fetched may be the first now.
            for owner in old.iter().filter_map(|&order| book.id_at(order)).map(OrderId::agent) {
                self.orders.fetch(owner);
                self.clearing.fetch(owner, place);
            }
        }
    }
}

/// The best prices that others are told: none while trading is not continuous, nor while the book of a batch is crossed.
#[inline(always)]
fn quote<B: BookEngine>(market: &Market<Watched<B>>) -> (Option<Level>, Option<Level>) {
    match market.top() {
        _ if market.phase() != Phase::Continuous => (None, None),
        (Some(bid), Some(ask)) if bid.price >= ask.price => (None, None),
        quote => quote,
    }
}

/// The same of levels with a round lot or more, and of these the whole round lots.
fn round_quote<B: BookEngine>(market: &Market<Watched<B>>, lots: LotRule) -> (Option<Level>, Option<Level>) {
    if quote(market) != market.top() {
        return (None, None);
    }
    let best = |side| {
        let shown = market.levels(side).map(|level| Level { qty: lots.shown(level.qty), ..level });
        shown.into_iter().find(|level| !level.qty.is_zero())
    };
    (best(Side::Buy), best(Side::Sell))
}

impl<B: BookEngine> Venue for Floor<B> {
    fn handle(&mut self, now: Time, req: &Request, out: &mut VenueOut) {
        let seen = out.trades().len();
        self.carry_out(now, req, out);
        self.look_at_trades(now, seen, out);
        if self.crowd {
            self.look_ahead(req.book());
        }
    }

    fn handle_with(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms, out: &mut VenueOut) {
        let Some(place) = self.admit(order.book, id, true, out) else { return };
        let seen = out.trades().len();
        if self.protects && self.submit_bounded(now, place, (id, order, terms), out) {
            return self.look_at_trades(now, seen, out);
        }
        self.at(place, out, |market, orders, reporter| {
            market
                .submit_with(now, id, order, terms, orders, &mut |orders, told| reporter.note(orders, told));
        });
        self.look_at_trades(now, seen, out);
    }

    fn open(&mut self, now: Time, out: &mut VenueOut) {
        for place in 0..self.pits.len() {
            let said = out.prints().len();
            self.advance(place, now, out);
            let (book, phase) = (self.book_of(place), self.pits[place].market.phase());
            if phase != Phase::Continuous && out.prints().len() == said {
                out.phase(book, phase);
                self.at(place, out, |market, _, _| market.shown_mut().remark(Remark::Phase(phase)));
            }
        }
    }

    fn on_timer(&mut self, now: Time, out: &mut VenueOut) {
        for place in 0..self.pits.len() {
            self.ring(place, now, out);
        }
    }

    fn expect(&self, agent: AgentId, book: BookId, stage: u8) {
        let Some(place) = self.place(book) else { return };
        if stage == 0 {
            self.orders.fetch(agent);
            self.clearing.fetch(agent, place);
            return;
        }
        let book = self.pits[place].market.book();
        for order in self.orders.places(agent) {
            if stage == 1 {
                book.fetch(order);
            } else {
                book.fetch_neighbours(order);
            }
        }
    }

    fn top(&self, book: BookId) -> Top {
        let Some(market) = self.market(book) else { return Top::default() };
        let (bid, ask) = if self.lots.is_plain() { quote(market) } else { round_quote(market, self.lots) };
        Top::new(bid, ask, market.last())
    }

    fn depth(&self, book: BookId, side: Side, levels: usize, into: &mut Vec<Level>) {
        into.clear();
        if let Some(market) = self.market(book).filter(|market| quote(market) == market.top()) {
            into.extend(market.levels(side).take(levels));
        }
    }

    fn cash(&self, agent: AgentId, currency: CurrencyId) -> Cash {
        self.clearing.cash(&self.orders, agent, currency.index())
    }

    fn position(&self, agent: AgentId, symbol: SymbolId) -> i64 {
        let place = self.pits.iter().position(|pit| pit.symbol == symbol);
        place.map_or(0, |place| self.clearing.position(&self.orders, agent, place))
    }

    fn fees(&self, currency: CurrencyId) -> i128 {
        self.clearing.fees(currency.index())
    }

    fn digest(&self, into: &mut Digest) {
        for pit in &self.pits {
            pit.market.digest(into);
        }
        self.clearing.digest(&self.orders, into);
        for traded in &self.traded {
            into.word(traded.0);
        }
    }

    fn clone_box(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
