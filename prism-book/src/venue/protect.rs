//! Protection of other venues' quotes (§9 of the rule book).

use prism_core::market::Consolidated;
use prism_core::msg::{CancelReason, Order, Reject, Report, Request, Session, Terms};
use prism_core::types::{OrderId, Price, Qty, Side, Tif, Time};
use prism_core::venue::VenueOut;

use super::clearing::Firsts;
use super::floor::{Floor, Pit};
use super::reporter::Reporter;
use crate::book::{BookEngine, Watched};
use crate::market::{Market, Told, check_terms};

/// The price of other venues that an order of this side and limit would trade or rest at, or beyond.
#[inline]
fn met(away: &Consolidated, side: Side, limit: Price) -> Option<Price> {
    let price = away.best(!side).filter(|_| !away.is_crossed())?.price;
    (if side == Side::Buy { limit >= price } else { limit <= price }).then_some(price)
}

/// True if `a` is a better price than `b` for who trades with orders of `side`.
fn better(side: Side, a: Price, b: Price) -> bool {
    if side == Side::Sell { a < b } else { a > b }
}

impl<B: BookEngine> Pit<B> {
    /// The price of other venues that bounds what a new order may do, if it is one to be bounded.
    #[inline]
    fn bound(&self, away: &Consolidated, order: &Order, terms: &Terms) -> Option<Price> {
        let at = met(away, order.side, order.price)?;
        let comes_later = terms.trigger.is_some()
            || terms.peg.is_some()
            || terms.after.is_some()
            || terms.session != Session::Any;
        if terms.sweep || comes_later || !self.market.trades() {
            return None;
        }
        // It rests at the best price of this venue.
        let stays = terms.market_to_limit
            && best(&self.market, !order.side).is_some_and(|best| better(!order.side, best, at));
        (!stays).then_some(at)
    }

    /// True for a replace that would trade or rest where other venues quote, or beyond.
    fn replaces_through(
        &self,
        away: &Consolidated,
        orders: &Firsts,
        (id, price, qty): (OrderId, Price, Qty),
    ) -> bool {
        let open = self.market.open(id, orders).filter(|open| !open.held && self.market.trades());
        open.is_some_and(|open| {
            let keeps = price == open.price && qty <= open.left;
            !keeps && met(away, open.side, price).is_some()
        })
    }
}

impl<B: BookEngine> Floor<B> {
    /// Carries out a request that meets the quotes of other venues; false if it does not.
    #[inline(never)]
    pub(super) fn is_bounded(&mut self, now: Time, place: usize, req: &Request, out: &mut VenueOut) -> bool {
        match *req {
            Request::New { id, ref order } => {
                self.submit_bounded(now, place, (id, order, &Terms::default()), out)
            }
            Request::Replace { id, price, qty, .. } => {
                self.advance(place, now, out);
                let through = self.pits[place].replaces_through(out.away(), &self.orders, (id, price, qty));
                if through {
                    out.report(Report::Rejected { id, why: Reject::TradeThrough, open: true });
                }
                through
            }
            Request::Cancel { .. } | Request::Reduce { .. } => false,
        }
    }

    /// Carries out an order that meets the quotes of other venues, as far as they allow; false if it does not.
    pub(super) fn submit_bounded(
        &mut self,
        now: Time,
        place: usize,
        (id, order, terms): (OrderId, &Order, &Terms),
        out: &mut VenueOut,
    ) -> bool {
        self.advance(place, now, out);
        let Some(bound) = self.pits[place].bound(out.away(), order, terms) else { return false };
        self.at(place, out, |market, orders, reporter| {
            submit_within(market, orders, reporter, now, (id, order, terms), bound);
        });
        true
    }
}

/// The best price of a side, displayed or hidden.
fn best<B: BookEngine>(market: &Market<Watched<B>>, side: Side) -> Option<Price> {
    let hidden = market.hidden().and_then(|hidden| hidden.best(side));
    let both = market.book().best(side).into_iter().chain(hidden);
    both.map(|level| level.price).reduce(|a, b| if better(side, b, a) { b } else { a })
}

/// True if an order of this limit would find orders beyond `bound`.
fn is_cut<B: BookEngine>(market: &Market<Watched<B>>, order: &Order, bound: Price) -> bool {
    let side = !order.side;
    let beyond = |price: Price| better(side, bound, price) && !better(side, order.price, price);
    let displayed = market.levels(side).map(|level| level.price);
    let hidden = market.hidden().into_iter().flat_map(|hidden| hidden.levels(side)).map(|level| level.price);
    displayed.chain(hidden).any(beyond)
}

/// Carries out an order up to the price of other venues, and takes back what is left of it.
fn submit_within<B: BookEngine>(
    market: &mut Market<Watched<B>>,
    orders: &mut Firsts,
    reporter: &mut Reporter<'_>,
    now: Time,
    (id, order, terms): (OrderId, &Order, &Terms),
    bound: Price,
) {
    let rejected = |why| Told::Rejected { id, why, open: why == Reject::DuplicateId };
    if orders.get(id).is_none()
        && let Err(why) = check_terms(now, id, order, terms)
    {
        return reporter.note(orders, rejected(why));
    }
    if order.tif == Tif::PostOnly {
        return reporter.note(orders, rejected(Reject::TradeThrough));
    }
    let through = order.tif == Tif::Gtc || terms.market_to_limit || is_cut(market, order, bound);
    let tif = if order.tif == Tif::Fok { Tif::Fok } else { Tif::Ioc };
    let within = Order { tif, price: bound, ..*order };
    let kept = Terms { min_qty: terms.min_qty, oco: terms.oco, ..Terms::default() };
    let mut traded = false;
    let mut told = |orders: &mut Firsts, told: Told| {
        traded |= matches!(told, Told::Trade { taker, .. } if taker == id);
        reporter.note(
            orders,
            match told {
                Told::Cancelled { id: of, left, why: CancelReason::TimeInForce } if of == id && through => {
                    if traded {
                        Told::Cancelled { id, left, why: CancelReason::TradeThrough }
                    } else {
                        rejected(Reject::TradeThrough)
                    }
                }
                Told::Rejected { id: of, why: Reject::NotFilled, .. } if of == id && through => {
                    rejected(Reject::TradeThrough)
                }
                other => other,
            },
        );
    };
    market.submit_with(now, id, &within, &kept, orders, &mut told);
}
