//! A venue that matches nothing: it accepts what comes and shows it as the top.

use std::io::{Read, Write};

use crate::digest::Digest;
use crate::market::{Level, Top};
use crate::msg::{CancelReason, Order, Report, Request, Terms, Trigger};
use crate::save::{SaveError, read_value, write_value};
use crate::types::{
    AgentId, BookId, Cash, CurrencyId, OrderId, Price, Qty, Side, Span, Symbol, SymbolId, Time,
};
use crate::venue::{Trade, Venue, VenueError, VenueOut, VenuePlace, VenueSpec};

/// Declares an [`EchoVenue`], called `ECHO` unless it is named otherwise.
#[derive(Clone, Debug)]
pub struct EchoSpec {
    name: String,
    symbols: Vec<Symbol>,
    depth: u16,
    watches: Option<Span>,
}

impl EchoSpec {
    /// With these symbols.
    pub fn new(symbols: &[&str]) -> EchoSpec {
        EchoSpec {
            name: "ECHO".to_owned(),
            symbols: symbols.iter().map(|name| Symbol::new(name)).collect(),
            depth: 0,
            watches: None,
        }
    }

    /// With another name.
    pub fn named(mut self, name: &str) -> EchoSpec {
        name.clone_into(&mut self.name);
        self
    }

    /// Records so many levels of depth.
    pub fn depth(mut self, levels: u16) -> EchoSpec {
        self.depth = levels;
        self
    }

    /// Sees the other venues so late, and accepts every limit order at the best price for sale there; at -1 if there
    /// is none.
    pub fn watching(mut self, delay: Span) -> EchoSpec {
        self.watches = Some(delay);
        self
    }
}

impl VenueSpec for EchoSpec {
    fn name(&self) -> &str {
        &self.name
    }
    fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }
    fn depth(&self) -> u16 {
        self.depth
    }
    fn watches(&self) -> Option<Span> {
        self.watches
    }
    fn build(&self, place: &VenuePlace<'_>) -> Result<Box<dyn Venue>, VenueError> {
        let first = place.instruments.books_on(place.id).next();
        let first = first.ok_or_else(|| VenueError::Declared("no books".to_owned()))?;
        let tops = vec![Top::default(); self.symbols.len()];
        Ok(Box::new(EchoVenue { first, tops, heard: 0, watches: self.watches.is_some() }))
    }
}

/// Accepts every order and cancel, and triggers every stop. The top of a book is the last order of each side; a
/// market order "trades" with itself at price 1, so that trades can be heard. Nobody's account changes.
#[derive(Clone, Debug)]
pub struct EchoVenue {
    first: BookId,
    tops: Vec<Top>,
    heard: u64,
    watches: bool,
}

impl Venue for EchoVenue {
    fn handle(&mut self, _now: Time, req: &Request, out: &mut VenueOut) {
        self.heard += 1;
        let (id, book) = (req.id(), req.book());
        match *req {
            Request::New { order, .. } if order.is_market() => {
                let (qty, price) = (order.qty, Price(1));
                out.trade(Trade { book, price, qty, aggressor: Some(order.side), maker: id, taker: id });
                out.report(Report::Filled { id, price, qty, left: Qty(0), fee: Cash(0), maker: false });
            }
            Request::New { order, .. } => {
                let level = Some(Level { price: order.price, qty: order.qty });
                let top = &mut self.tops[book.index() - self.first.index()];
                *top = match order.side {
                    Side::Buy => Top::new(level, top.ask(), Price(0)),
                    Side::Sell => Top::new(top.bid(), level, Price(0)),
                };
                let away = out.away().ask().map_or(Price(-1), |best| best.price);
                let price = if self.watches { away } else { order.price };
                out.report(Report::Accepted { id, price, left: order.qty });
                out.changed(book);
            }
            Request::Cancel { .. } => {
                out.report(Report::Cancelled { id, left: Qty(0), why: CancelReason::Requested });
            }
            Request::Reduce { by, .. } => {
                out.report(Report::Reduced { id, left: by, why: CancelReason::Requested });
            }
            Request::Replace { price, qty, .. } => out.report(Report::Accepted { id, price, left: qty }),
        }
    }

    fn handle_with(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms, out: &mut VenueOut) {
        self.heard += 1;
        match terms.trigger {
            Some(Trigger::Stop { price }) => {
                out.report(Report::Accepted { id, price, left: order.qty });
                out.report(Report::Triggered { id, left: order.qty });
            }
            _ => self.handle(now, &Request::New { id, order: *order }, out),
        }
    }

    fn top(&self, book: BookId) -> Top {
        self.tops[book.index() - self.first.index()]
    }
    fn depth(&self, book: BookId, side: Side, _levels: usize, into: &mut Vec<Level>) {
        into.clear();
        into.extend(self.top(book).best(side));
    }
    fn cash(&self, _: AgentId, _: CurrencyId) -> Cash {
        Cash::ZERO
    }
    fn position(&self, _: AgentId, _: SymbolId) -> i64 {
        0
    }
    fn fees(&self, _: CurrencyId) -> i128 {
        0
    }
    fn digest(&self, into: &mut Digest) {
        into.word(self.heard);
    }
    fn clone_box(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
    fn save(&self, to: &mut dyn Write) -> Result<(), SaveError> {
        write_value(&self.heard, to)
    }
    fn load(&mut self, from: &mut dyn Read) -> Result<(), SaveError> {
        self.heard = read_value(from)?;
        Ok(())
    }
}
