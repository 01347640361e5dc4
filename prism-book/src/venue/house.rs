//! An exchange that answers for its agents: it looks at their accounts before it takes an order, and after whatever
//! has traded.

use prism_core::digest::Digest;
use prism_core::market::{Level, Top};
use prism_core::memory::filled;
use prism_core::msg::{Order, Reject, Report, Request, Terms};
use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, OrderId, Price, Qty, Side, SymbolId, Time, VenueId,
};
use prism_core::venue::{Venue, VenueError, VenueOut, VenuePlace};

use super::Exchange;
use super::clearing::Holding;
use super::exposure::{Joining, Sums};
use super::floor::Floor;
use super::liquidation::Seen;
use super::margin::{Margin, MarginError, Opening};
use super::short_sales::{Sale, ShortSales, ShortSeller};
use crate::book::BookEngine;
use crate::day::LotRule;
use crate::market::is_market;

/// An exchange that answers for its agents. One without margin and short-sale rules is a [`Floor`] alone, so that it
/// has nothing to do with what is here.
#[derive(Clone, Debug)]
pub(super) struct House<B> {
    pub(super) floor: Floor<B>,
    venue: VenueId,
    /// The rules of each symbol.
    pub(super) guards: Vec<Guard>,
    pub(super) lots: LotRule,
    /// Those to whom the rules do not apply, in order.
    exempt: Vec<AgentId>,
    /// Of each agent how many ids have been used in its name.
    used: Vec<u32>,
    pub(super) sums: Sums,
}

/// What is kept of the accounts in one symbol.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) margin: Option<Margin>,
    pub(super) shorts: Option<Shorts>,
}

/// Short sales in one symbol.
#[derive(Clone, Debug)]
pub(super) struct Shorts {
    pub(super) seller: ShortSeller,
    /// Of each agent how much it is short or could be by its open orders, if it is counted.
    pub(super) lent: Vec<i128>,
}

/// An order that wants to come in, or to be another one.
#[derive(Clone, Copy)]
struct Wish {
    id: OrderId,
    side: Side,
    qty: Qty,
    /// What of that does not wait for a parent on the other side.
    now: Qty,
    /// Such a parent, and what is left of it.
    parent: Option<(OrderId, Qty)>,
    limit: Option<Price>,
    joins: Option<OrderId>,
    /// It is there already.
    replaces: bool,
}

impl<B: BookEngine> House<B> {
    /// An exchange with the rules of `spec`.
    pub(super) fn new(spec: &Exchange, place: &VenuePlace<'_>) -> Result<House<B>, VenueError> {
        let refused = |what: &str, why: String| VenueError::Declared(format!("{what}: {why}"));
        spec.margin.map_or(Ok(()), |rules| rules.check()).map_err(|why| refused("margin", why))?;
        spec.short_sales.check().map_err(|why| refused("short sales", why))?;
        let mut exempt = spec.exempt.clone();
        exempt.sort_unstable();
        let floor = Floor::new(spec, place)?;
        let mut guards = Vec::new();
        for book in place.instruments.books_on(place.id) {
            let symbol = place.instruments.books()[book.index()].symbol;
            let mut margin = None;
            if let Some(rules) = &spec.margin {
                let mut made =
                    Margin::new(rules, symbol, place.instruments, place.agents).map_err(|why| match why {
                        MarginError::Rules(why) => refused("margin", why),
                        MarginError::Memory(why) => VenueError::Memory(why),
                    })?;
                for &agent in &exempt {
                    made.exempt(agent);
                }
                margin = Some(made);
            }
            let mut shorts = None;
            if spec.short_sales != ShortSales::default() {
                let seller = ShortSeller::new(spec.short_sales, place.instruments.of_book(book).start);
                let lent = if seller.counts() {
                    filled("what is lent", place.agents as usize, 0)?
                } else {
                    Vec::new()
                };
                shorts = Some(Shorts { seller, lent });
            }
            guards.push(Guard { margin, shorts });
        }
        let used = filled("the venue's orders", place.agents as usize, 0)?;
        Ok(House { floor, venue: place.id, guards, lots: spec.lots, exempt, used, sums: Sums::default() })
    }

    pub(super) fn is_exempt(&self, agent: AgentId) -> bool {
        self.exempt.binary_search(&agent).is_ok()
    }

    /// What an agent has of a symbol.
    pub(super) fn holding(&self, agent: AgentId, place: usize) -> Holding {
        self.floor.clearing.holding(&self.floor.orders, agent, place).copied().unwrap_or_default()
    }

    /// An id for something that the venue does in an agent's name.
    pub(super) fn next_id(&mut self, agent: AgentId) -> OrderId {
        let used = self.used.get_mut(agent.index()).map_or(0, |used| {
            *used = used.wrapping_add(1);
            used.wrapping_sub(1)
        });
        OrderId::reserved(agent, self.venue, used)
    }

    /// Whether the accounts allow a new order. What is wrong with it otherwise the market says.
    fn admits_new(
        &mut self,
        place: usize,
        id: OrderId,
        order: &Order,
        terms: Option<&Terms>,
    ) -> Result<(), Reject> {
        let Floor { orders, pits, .. } = &self.floor;
        if orders.knows(id) && id.is_reserved() {
            return Err(Reject::NotYours);
        }
        if orders.get(id).is_some() || order.qty.is_zero() || order.qty > Qty::MAX {
            return Ok(());
        }
        let parent = terms.and_then(|terms| terms.after).filter(|parent| parent.agent() == id.agent());
        let parent = parent.and_then(|id| {
            let parent = pits[place].market.open(id, orders).filter(|parent| parent.side != order.side)?;
            Some((id, parent.left))
        });
        self.admits(
            place,
            Wish {
                id,
                side: order.side,
                qty: order.qty,
                now: if parent.is_some() { Qty::ZERO } else { order.qty },
                parent,
                limit: (!order.is_market()).then_some(order.price),
                joins: terms.and_then(|terms| terms.oco),
                replaces: false,
            },
        )
    }

    /// Whether the accounts allow a replace: it is looked at if the order gets larger or has another price.
    fn admits_replace(&mut self, place: usize, id: OrderId, price: Price, qty: Qty) -> Result<(), Reject> {
        let Floor { orders, pits, .. } = &self.floor;
        let Some(old) = pits[place].market.exposure(id, orders) else { return Ok(()) };
        if qty.is_zero() || qty > Qty::MAX || (price == old.price && qty <= old.lots + old.behind) {
            return Ok(());
        }
        let unlimited = is_market(old.side, price);
        self.admits(
            place,
            Wish {
                id,
                side: old.side,
                qty,
                now: if old.parent.is_none() { qty } else { qty.min(old.lots) },
                parent: old.parent,
                limit: (!unlimited).then_some(price),
                joins: None,
                replaces: true,
            },
        )
    }

    fn admits(&mut self, place: usize, wish: Wish) -> Result<(), Reject> {
        let agent = wish.id.agent();
        if self.is_exempt(agent) {
            return Ok(());
        }
        let holding = self.holding(agent, place);
        let (market, orders) = (&self.floor.pits[place].market, &self.floor.orders);
        let Wish { id, side, qty, now, joins, replaces, .. } = wish;
        let (behind, parent) = (qty.saturating_sub(now), wish.parent);
        let joining = Joining { id, side, now, behind, parent, joins, replaces };
        let after = self.sums.with(market, orders, &joining);
        let guard = &self.guards[place];
        if let Some(shorts) = &guard.shorts {
            let before = self.sums.of(market, orders, agent);
            let sale = Sale {
                position: holding.position,
                open: [before, after].map(|open| open[Side::Sell as usize]),
                limit: wish.limit,
            };
            let bid = market.top().0.map(|level| level.price);
            // What waits for a parent to buy is no more to sell; and a parent that gets larger lets more of it in.
            let more = sale.open[1] > sale.open[0] || (side == Side::Sell && parent.is_none());
            let leg = parent.filter(|_| side == Side::Sell).map(|(_, left)| (left, behind));
            if (more && !shorts.seller.admits(&sale, bid))
                || leg.is_some_and(|leg| !shorts.seller.admits_leg(&sale, leg, bid))
            {
                return Err(Reject::ShortSale);
            }
        }
        let opening = Opening { side, qty: now, limit: wish.limit, open: after };
        if guard.margin.as_ref().is_none_or(|margin| margin.admits(agent, &holding, &opening)) {
            Ok(())
        } else {
            Err(Reject::NoMargin)
        }
    }

    /// Has carried out what is due, so that a message finds the market as it will be carried out in.
    fn advance(&mut self, now: Time, place: usize, out: &mut VenueOut) {
        if self.floor.pits[place].market.next_due().is_some_and(|due| due <= now) {
            self.watched(now, place, out, |floor, out| {
                let seen = out.trades().len();
                floor.advance(place, now, out);
                floor.look_at_trades(now, seen, out);
            });
        }
    }

    /// Has something done on the floor, and looks at the accounts that it has changed.
    fn watched(
        &mut self,
        now: Time,
        place: usize,
        out: &mut VenueOut,
        does: impl FnOnce(&mut Floor<B>, &mut VenueOut),
    ) {
        let seen = Seen::new(out);
        does(&mut self.floor, out);
        self.settle(now, place, seen, out);
    }

    fn new_order(
        &mut self,
        now: Time,
        id: OrderId,
        order: &Order,
        terms: Option<&Terms>,
        out: &mut VenueOut,
    ) {
        let deliver = |floor: &mut Floor<B>, out: &mut VenueOut| match terms {
            None => floor.handle(now, &Request::New { id, order: *order }, out),
            Some(terms) => floor.handle_with(now, id, order, terms, out),
        };
        let Some(place) = self.floor.place(order.book) else { return deliver(&mut self.floor, out) };
        self.advance(now, place, out);
        match self.admits_new(place, id, order, terms) {
            Ok(()) => self.watched(now, place, out, deliver),
            Err(why) => out.report(Report::Rejected { id, why, open: false }),
        }
    }
}

impl<B: BookEngine> Venue for House<B> {
    fn handle(&mut self, now: Time, req: &Request, out: &mut VenueOut) {
        if let Request::New { id, order } = req {
            return self.new_order(now, *id, order, None, out);
        }
        let Some(place) = self.floor.place(req.book()) else { return self.floor.handle(now, req, out) };
        self.advance(now, place, out);
        if let Request::Replace { id, price, qty, .. } = *req
            && let Err(why) = self.admits_replace(place, id, price, qty)
        {
            return out.report(Report::Rejected { id, why, open: true });
        }
        self.watched(now, place, out, |floor, out| floor.handle(now, req, out));
    }

    fn handle_with(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms, out: &mut VenueOut) {
        self.new_order(now, id, order, Some(terms), out);
    }

    fn open(&mut self, now: Time, out: &mut VenueOut) {
        let seen = Seen::new(out);
        self.floor.open(now, out);
        for place in 0..self.guards.len() {
            self.settle(now, place, seen, out);
        }
    }

    fn on_timer(&mut self, now: Time, out: &mut VenueOut) {
        for place in 0..self.guards.len() {
            self.watched(now, place, out, |floor, out| floor.ring(place, now, out));
        }
    }

    fn expect(&self, agent: AgentId, book: BookId, stage: u8) {
        self.floor.expect(agent, book, stage);
    }

    fn top(&self, book: BookId) -> Top {
        self.floor.top(book)
    }

    fn depth(&self, book: BookId, side: Side, levels: usize, into: &mut Vec<Level>) {
        self.floor.depth(book, side, levels, into);
    }

    fn cash(&self, agent: AgentId, currency: CurrencyId) -> Cash {
        self.floor.cash(agent, currency)
    }

    fn position(&self, agent: AgentId, symbol: SymbolId) -> i64 {
        self.floor.position(agent, symbol)
    }

    fn fees(&self, currency: CurrencyId) -> i128 {
        self.floor.fees(currency)
    }

    fn digest(&self, into: &mut Digest) {
        self.floor.digest(into);
        for guard in &self.guards {
            if let Some(margin) = &guard.margin {
                margin.digest(into);
            }
            if let Some(shorts) = &guard.shorts {
                shorts.seller.digest(into);
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
