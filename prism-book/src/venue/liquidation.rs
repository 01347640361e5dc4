//! What an exchange does when something has traded: it looks at the accounts, closes positions that have too little
//! margin, and pays for what their owners cannot (section 8 of the rule book).

use prism_core::msg::{CancelReason, Order, Report, Terms};
use prism_core::types::{AgentId, Cash, OrderId, Qty, Side, Time};
use prism_core::venue::{Trade, VenueOut};

use super::clearing::Firsts;
use super::house::House;
use super::margin::Margin;
use super::reporter::Reporter;
use super::short_sales::short;
use crate::book::BookEngine;
use crate::market::Told;

/// How much of what a venue says has been looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    trades: usize,
    reports: usize,
    books: usize,
}

impl Seen {
    /// All that has been said so far.
    pub(super) fn new(out: &VenueOut) -> Seen {
        Seen { trades: out.trades().len(), reports: out.reports().len(), books: out.changed_books().len() }
    }
}

impl<B: BookEngine> House<B> {
    /// Looks at the accounts that trades have changed since then, and at those that are wrong by the new mark: of one
    /// market, and of the others that have changed with it (a breaker halts them all).
    pub(super) fn settle(&mut self, now: Time, place: usize, seen: Seen, out: &mut VenueOut) {
        self.settle_one(now, place, seen, out);
        let mut changed = seen.books;
        while let Some(&book) = out.changed_books().get(changed) {
            changed += 1;
            if let Some(other) = self.floor.place(book).filter(|other| *other != place) {
                self.settle_one(now, other, seen, out);
            }
        }
    }

    fn settle_one(&mut self, now: Time, place: usize, seen: Seen, out: &mut VenueOut) {
        let mut trades = seen.trades;
        loop {
            self.look_at_trades(place, &mut trades, out);
            let Some(margin) = &self.guards[place].margin else { break };
            match margin.breached() {
                Some(agent) => self.begin_closing(now, place, agent, out),
                None if self.close(now, place, out) => {}
                None => break,
            }
        }
        self.count_lent(place, seen.reports, out);
    }

    /// Brings what is kept of the accounts in a market up to date with the trades from `seen` on.
    fn look_at_trades(&mut self, place: usize, seen: &mut usize, out: &mut VenueOut) {
        let here = self.floor.book_of(place);
        while let Some(&Trade { book, price, maker, taker, .. }) = out.trades().get(*seen) {
            *seen += 1;
            if book != here {
                continue;
            }
            let guard = &mut self.guards[place];
            if let Some(shorts) = &mut guard.shorts {
                shorts.seller.on_trade(price);
            }
            if let Some(margin) = &mut guard.margin {
                margin.mark(price);
                self.look_at(maker.agent(), place, out);
                self.look_at(taker.agent(), place, out);
            }
        }
    }

    /// An agent has traded: it may have lost more than it had.
    fn look_at(&mut self, agent: AgentId, place: usize, out: &mut VenueOut) {
        let mut holding = self.holding(agent, place);
        let Some(margin) = &self.guards[place].margin else { return };
        let owes = margin.shortfall(agent, &holding);
        if owes > 0 {
            let loss = Cash(i64::try_from(owes).unwrap_or(i64::MAX));
            let book = self.floor.book_of(place);
            let id = self.next_id(agent);
            self.floor.clearing.cover(&mut self.floor.orders, agent, place, loss);
            out.report(Report::Covered { id, book, loss });
            holding = self.holding(agent, place);
        }
        if let Some(margin) = &mut self.guards[place].margin {
            margin.watch(agent, &holding);
        }
    }

    /// Takes the orders of an agent that has too little out of the market. From here on it can send no others.
    fn begin_closing(&mut self, now: Time, place: usize, agent: AgentId, out: &mut VenueOut) {
        if let Some(margin) = &mut self.guards[place].margin {
            margin.begin_closing(agent);
        }
        let mut ids: Vec<OrderId> = self.floor.orders.ids(agent).collect();
        ids.sort_unstable();
        for id in ids {
            // One that was linked to another may be gone with it, and some are in other markets.
            if self.floor.pits[place].market.open(id, &self.floor.orders).is_none() {
                continue;
            }
            self.floor.at(place, out, |market, orders, reporter| {
                market.cancel(now, id, orders, &mut |orders, told| {
                    let why = CancelReason::Liquidation;
                    match told {
                        Told::Cancelled { id: of, left, why: CancelReason::Requested } if of == id => {
                            reporter.note(orders, Told::Cancelled { id, left, why });
                        }
                        told => reporter.note(orders, told),
                    }
                });
            });
        }
    }

    /// Goes on with the long position whose turn it is, or else with the short one. False if nothing can be done.
    fn close(&mut self, now: Time, place: usize, out: &mut VenueOut) -> bool {
        Side::BOTH.into_iter().any(|side| self.close_next(now, place, side, out))
    }

    /// Goes on with the long (`Buy`) or the short position whose turn it is.
    fn close_next(&mut self, now: Time, place: usize, side: Side, out: &mut VenueOut) -> bool {
        let next = |margin: &Margin| margin.next_closing(side);
        let Some(agent) = self.guards[place].margin.as_ref().and_then(next) else { return false };
        let holding = self.holding(agent, place);
        let Some(margin) = &mut self.guards[place].margin else { return false };
        let lots = margin.to_close(&holding);
        if lots.is_zero() {
            margin.end_closing(side, &holding);
            return true;
        }
        // What its last orders have traded on their way out may have turned it over.
        let side = if holding.position > 0 { Side::Sell } else { Side::Buy };
        self.trade_for(now, place, agent, (side, self.lots.up(lots)), out)
    }

    /// Sends a market order in an agent's name. False if it did not trade.
    fn trade_for(
        &mut self,
        now: Time,
        place: usize,
        agent: AgentId,
        (side, lots): (Side, Qty),
        out: &mut VenueOut,
    ) -> bool {
        let order = Order::market(self.floor.book_of(place), side, lots);
        let market = &self.floor.pits[place].market;
        if !market.trades() || !market.meets_anything(&order) {
            return false;
        }
        // With a minimum quantity it trades within the corridor, and interrupts nothing.
        let terms = Terms::default().min_qty(Qty(1));
        let id = self.next_id(agent);
        let before = out.trades().len();
        self.floor.at(place, out, |market, orders, reporter| {
            market.submit_with(now, id, &order, &terms, orders, &mut |orders, told| match told {
                Told::Trade { taker, .. } if taker == id => reporter.clear_forced(orders, told),
                // What did not trade is tried again when the book has changed.
                Told::Cancelled { id: of, .. } | Told::Rejected { id: of, .. } if of == id => {}
                told => reporter.note(orders, told),
            });
        });
        let traded = out.trades()[before..].iter().any(|trade| trade.taker == id);
        self.floor.look_at_trades(now, before, out);
        traded
    }

    /// Brings what is lent up to date, of every agent that has been told something.
    fn count_lent(&mut self, place: usize, seen: usize, out: &VenueOut) {
        if !self.guards[place].shorts.as_ref().is_some_and(|shorts| shorts.seller.counts()) {
            return;
        }
        for report in out.reports().skip(seen) {
            let agent = report.id().agent();
            if self.is_exempt(agent) {
                continue;
            }
            let position = self.holding(agent, place).position;
            let open = self.sums.of(&self.floor.pits[place].market, &self.floor.orders, agent);
            let Some(shorts) = &mut self.guards[place].shorts else { return };
            if let Some(lent) = shorts.lent.get_mut(agent.index()) {
                let now = short(position, open[Side::Sell as usize]);
                shorts.seller.on_change(*lent, now);
                *lent = now;
            }
        }
    }
}

impl Reporter<'_> {
    /// Clears a trade of an order that the venue has sent in an agent's name.
    fn clear_forced(&mut self, orders: &mut Firsts, trade: Told) {
        let Told::Trade { taker: id, aggressor: side, price, qty, .. } = trade else { return };
        let fee = self.clear_maker(orders, trade);
        let book = self.book;
        self.out.report(Report::Liquidated { id, book, side, price, qty, fee });
    }
}
