//! A dark venue at work.

use prism_core::digest::Digest;
use prism_core::market::{Level, Rested, Top};
use prism_core::msg::{CancelReason, Display, Order, Reject, Report, Request, Terms};
use prism_core::types::{AgentId, BookId, Cash, CurrencyId, OrderId, Price, Qty, Side, SymbolId, Tif, Time};
use prism_core::venue::{Trade, Venue, VenueError, VenueOut, VenuePlace};

use super::Dark;
use super::pool::{DarkOrder, Match, Midpoint, Pool};
use crate::market::OrderTable;
use crate::venue::clearing::{Clearing, Firsts, Leg};
use crate::venue::fees::ExactFees;
use crate::venue::floor::LARGEST;

/// A dark venue at work.
#[derive(Clone, Debug)]
pub(super) struct DarkFloor {
    first: BookId,
    pits: Vec<Pit>,
    orders: Firsts,
    clearing: Clearing,
}

/// One symbol.
#[derive(Clone, Debug)]
struct Pit {
    pool: Pool,
    symbol: SymbolId,
    tick_lot: i64,
    fees: ExactFees,
    /// What an order may be worth at its limit.
    worth: u64,
    last: Price,
}

impl DarkFloor {
    pub(super) fn new(spec: &Dark, place: &VenuePlace<'_>) -> Result<DarkFloor, VenueError> {
        let books: Vec<BookId> = place.instruments.books_on(place.id).collect();
        let currencies = books.iter().map(|&book| place.instruments.of_book(book).currency.index()).collect();
        let pit = |book: &BookId| {
            let instrument = place.instruments.of_book(*book);
            let unit = place.instruments.currencies()[instrument.currency.index()].unit;
            Ok(Pit {
                fees: spec.fees.exact(unit).map_err(VenueError::Declared)?,
                pool: Pool::new(spec.priority, instrument.tick_lot, LARGEST),
                symbol: place.instruments.books()[book.index()].symbol,
                tick_lot: instrument.tick_lot,
                worth: LARGEST / instrument.tick_lot.unsigned_abs().max(1),
                last: instrument.start,
            })
        };
        Ok(DarkFloor {
            first: books.first().copied().unwrap_or_default(),
            pits: books.iter().map(pit).collect::<Result<_, VenueError>>()?,
            orders: OrderTable::new(place.agents)?,
            clearing: Clearing::new(place.agents, currencies, place.instruments.currencies().len())?,
        })
    }

    fn place(&self, book: BookId) -> Option<usize> {
        let place = book.index().checked_sub(self.first.index())?;
        (place < self.pits.len()).then_some(place)
    }

    /// Clears and reports a trade.
    fn clear(&mut self, place: usize, found: &Match, out: &mut VenueOut) {
        let Match { maker, taker, price, qty } = *found;
        let (qty, pit) = (Qty(qty), &mut self.pits[place]);
        pit.last = price;
        let lots = qty.signed();
        let value = Cash(lots * price.0 * pit.tick_lot); // no trade is worth more than fits
        let book = BookId::from_index(self.first.index() + place);
        out.trade(Trade { book, price, qty, aggressor: Some(taker.side), maker: maker.id, taker: taker.id });
        out.book_event(|| Rested { book, id: maker.id, side: maker.side, price }.hidden(qty));
        let fees = [pit.fees.maker(Qty::ZERO), pit.fees.taker(Qty::ZERO)].map(|fee| fee.on(lots, value));
        for (order, fee, is_maker) in [(maker, fees[0], true), (taker, fees[1], false)] {
            let leg = Leg { agent: order.id.agent(), side: order.side, fee };
            self.clearing.book(&mut self.orders, leg, place, lots, value);
            let (id, left) = (order.id, Qty(order.left));
            out.report(Report::Filled { id, price, qty, left, fee, maker: is_maker });
        }
        out.changed(book);
    }

    /// The resting orders trade with each other.
    fn settle(&mut self, place: usize, at: Option<Midpoint>, out: &mut VenueOut) {
        while let Some((found, _)) = self.pits[place].pool.next(at) {
            for order in [found.maker, found.taker] {
                if order.left == 0 {
                    self.orders.remove(order.id);
                }
            }
            self.clear(place, &found, out);
        }
    }

    /// An order comes in: it trades, and what is left rests or is cancelled.
    fn come_in(
        &mut self,
        place: usize,
        mut order: DarkOrder,
        tif: Tif,
        at: Option<Midpoint>,
        out: &mut VenueOut,
    ) {
        while order.left > 0
            && let Some((found, _)) = self.pits[place].pool.next_for(&mut order, at)
        {
            for side in [found.maker, found.taker] {
                if side.left == 0 && side.id != order.id {
                    self.orders.remove(side.id);
                }
            }
            self.clear(place, &found, out);
        }
        let DarkOrder { id, limit: price, left, .. } = order;
        let left = Qty(left);
        if left.is_zero() {
            self.orders.remove(id);
        } else if tif == Tif::Gtc {
            let lies = self.pits[place].pool.rest(order, at);
            if self.orders.set(id, lies) {
                out.report(Report::Accepted { id, price, left });
            } else {
                // No agent's own ids come here; the order is taken out as if it had never rested.
                self.pits[place].pool.take(lies);
                out.report(Report::Cancelled { id, left, why: CancelReason::Venue });
            }
        } else {
            out.report(Report::Cancelled { id, left, why: CancelReason::TimeInForce });
        }
    }

    fn new_order(&mut self, place: usize, id: OrderId, order: &Order, terms: &Terms, out: &mut VenueOut) {
        let at = Midpoint::of(out.away());
        self.settle(place, at, out);
        if let Err(why) = self.check(place, id, order, terms) {
            return out.report(Report::Rejected { id, why, open: why == Reject::DuplicateId });
        }
        let pool = &mut self.pits[place].pool;
        let coming = pool.arriving(id, order.side, order.price, order.qty, terms.min_qty);
        let refused = match order.tif {
            Tif::PostOnly if pool.would_trade(&coming, at) => Some(Reject::WouldTrade),
            Tif::Fok if pool.would_fill(&coming, at) < order.qty.0 => Some(Reject::NotFilled),
            _ => None,
        };
        if let Some(why) = refused {
            return out.report(Report::Rejected { id, why, open: false });
        }
        let tif = if order.tif == Tif::PostOnly { Tif::Gtc } else { order.tif };
        self.come_in(place, coming, tif, at, out);
        self.settle(place, at, out);
    }

    fn check(&self, place: usize, id: OrderId, order: &Order, terms: &Terms) -> Result<(), Reject> {
        if self.orders.get(id).is_some() {
            return Err(Reject::DuplicateId);
        }
        if order.qty.is_zero() || order.qty > Qty::MAX {
            return Err(Reject::BadQty);
        }
        let known =
            Terms { min_qty: terms.min_qty, display: terms.display, sweep: terms.sweep, ..Terms::default() };
        let picky = !terms.min_qty.is_zero();
        if *terms != known
            || !matches!(terms.display, Display::Full | Display::Hidden)
            || terms.min_qty > order.qty
            || picky && matches!(order.tif, Tif::Fok | Tif::PostOnly)
        {
            return Err(Reject::BadTerms);
        }
        if order.is_market() && matches!(order.tif, Tif::Ioc | Tif::Fok) {
            return Ok(());
        }
        self.check_limit(place, order.price, order.qty)
    }

    fn check_limit(&self, place: usize, price: Price, qty: Qty) -> Result<(), Reject> {
        if price < Price(1) || price > Price::FARTHEST {
            return Err(Reject::BadPrice);
        }
        let worth = qty.0.checked_mul(price.0.unsigned_abs());
        if worth.is_none_or(|worth| worth > self.pits[place].worth) { Err(Reject::BadQty) } else { Ok(()) }
    }

    fn reduce(&mut self, place: usize, id: OrderId, by: Qty, out: &mut VenueOut) {
        let why = CancelReason::Requested;
        let pool = &mut self.pits[place].pool;
        let Some((lies, left)) = self.orders.get(id).and_then(|lies| Some((lies, pool.at(lies)?.left)))
        else {
            return out.report(Report::Rejected { id, why: Reject::TooLate, open: false });
        };
        if by.is_zero() {
            return out.report(Report::Rejected { id, why: Reject::BadQty, open: true });
        }
        let rest = left.saturating_sub(by.0);
        pool.resize(lies, rest);
        if rest == 0 {
            self.orders.remove(id);
            return out.report(Report::Cancelled { id, left: Qty(left), why });
        }
        out.report(Report::Reduced { id, left: Qty(rest), why });
    }

    fn replace(&mut self, place: usize, id: OrderId, price: Price, qty: Qty, out: &mut VenueOut) {
        let at = Midpoint::of(out.away());
        let pool = &self.pits[place].pool;
        let Some((lies, old)) = self.orders.get(id).and_then(|lies| Some((lies, *pool.at(lies)?))) else {
            return out.report(Report::Rejected { id, why: Reject::TooLate, open: false });
        };
        let sound = if qty.is_zero() || qty > Qty::MAX { Err(Reject::BadQty) } else { Ok(()) };
        if let Err(why) = sound.and_then(|()| self.check_limit(place, price, qty)) {
            return out.report(Report::Rejected { id, why, open: true });
        }
        let pool = &mut self.pits[place].pool;
        if price == old.limit && qty.0 <= old.left {
            pool.resize(lies, qty.0);
            return out.report(Report::Accepted { id, price, left: qty });
        }
        pool.take(lies);
        let coming = pool.arriving(id, old.side, price, qty, Qty(old.min_qty));
        self.come_in(place, coming, Tif::Gtc, at, out);
    }
}

impl Venue for DarkFloor {
    fn handle(&mut self, now: Time, req: &Request, out: &mut VenueOut) {
        if let Request::New { id, order } = req {
            return self.handle_with(now, *id, order, &Terms::default(), out);
        }
        let id = req.id();
        let Some(place) = self.place(req.book()) else {
            return out.report(Report::Rejected { id, why: Reject::UnknownBook, open: false });
        };
        let at = Midpoint::of(out.away());
        self.settle(place, at, out);
        match *req {
            Request::New { .. } => {}
            Request::Cancel { .. } => self.reduce(place, id, Qty(u64::MAX), out),
            Request::Reduce { by, .. } => self.reduce(place, id, by, out),
            Request::Replace { price, qty, .. } => self.replace(place, id, price, qty, out),
        }
        self.settle(place, at, out);
    }

    fn handle_with(&mut self, _: Time, id: OrderId, order: &Order, terms: &Terms, out: &mut VenueOut) {
        let refused = |why| Report::Rejected { id, why, open: false };
        let Some(place) = self.place(order.book) else { return out.report(refused(Reject::UnknownBook)) };
        if !self.orders.knows(id) {
            return out.report(refused(Reject::NotYours));
        }
        self.new_order(place, id, order, terms, out);
    }

    fn top(&self, book: BookId) -> Top {
        self.place(book).map_or_else(Top::default, |place| Top::new(None, None, self.pits[place].last))
    }

    fn depth(&self, _: BookId, _: Side, _: usize, into: &mut Vec<Level>) {
        into.clear();
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
            into.int(pit.last.0);
            for order in pit.pool.orders() {
                into.pair(order.id.0, order.side as u64);
                into.pair(order.left, order.min_qty);
                into.int(order.limit.0);
            }
        }
        self.clearing.digest(&self.orders, into);
    }

    fn clone_box(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
