//! What a market tells, on its way out: trades are cleared, and owners get their reports.

use prism_core::msg::{CancelReason, Report};
use prism_core::types::{AgentId, BookId, Cash, Price, Qty, Side};
use prism_core::venue::{Trade, VenueOut};

use super::clearing::{Clearing, Firsts, Leg};
use super::fees::{ExactFee, ExactFees};
use crate::market::Told;

/// Clears and reports what a market tells.
pub(super) struct Reporter<'a> {
    pub(super) place: usize,
    pub(super) book: BookId,
    pub(super) tick_lot: i64,
    pub(super) fees: &'a ExactFees,
    pub(super) traded: &'a mut [Qty],
    pub(super) clearing: &'a mut Clearing,
    pub(super) out: &'a mut VenueOut,
    /// The book has to be read again.
    pub(super) changed: bool,
}

impl Reporter<'_> {
    /// Inlined, so that of the match nothing is left where a market tells.
    #[inline(always)]
    pub(super) fn note(&mut self, orders: &mut Firsts, told: Told) {
        let report = match told {
            Told::Trade { .. } => return self.clear(orders, told),
            Told::Crossed { .. } => return self.clear_crossed(orders, told),
            Told::Uncrossed { .. } => return,
            Told::Indicative { price, volume, surplus } => {
                return self.out.indicative(self.book, price, volume, surplus);
            }
            Told::Phase { to, .. } => {
                self.changed = true;
                return self.out.phase(self.book, to);
            }
            Told::Accepted { id, price, left } => Report::Accepted { id, price, left },
            Told::Reduced { id, left, why } => Report::Reduced { id, left, why },
            Told::Cancelled { id, left, why } => Report::Cancelled { id, left, why },
            Told::Triggered { id, left } => Report::Triggered { id, left },
            Told::Rejected { id, why, open } => Report::Rejected { id, why, open },
        };
        let unseen = matches!(
            told,
            Told::Rejected { .. }
                | Told::Triggered { .. }
                | Told::Cancelled { why: CancelReason::TimeInForce, .. }
        );
        self.changed |= !unseen;
        self.out.report(report);
    }

    /// Clears and reports a trade.
    #[inline(never)]
    fn clear(&mut self, orders: &mut Firsts, trade: Told) {
        let Told::Trade { taker, price, qty, taker_left: left, .. } = trade else { return };
        let fee = self.clear_maker(orders, trade);
        self.out.report(Report::Filled { id: taker, price, qty, left, fee, maker: false });
    }

    /// Clears a trade and reports it to the owner of the resting order. The fee of the other one.
    #[inline(always)]
    pub(super) fn clear_maker(&mut self, orders: &mut Firsts, trade: Told) -> Cash {
        let Told::Trade { maker, taker, aggressor, price, qty, maker_left: left, .. } = trade else {
            return Cash::ZERO;
        };
        let (lots, value) = self.worth(qty, price);
        let fees = self.fees(maker.agent(), taker.agent(), qty);
        let fees = (fees.0.on(lots, value), fees.1.on(lots, value));
        for (id, side, fee) in [(maker, !aggressor, fees.0), (taker, aggressor, fees.1)] {
            let leg = Leg { agent: id.agent(), side, fee };
            self.clearing.book(orders, leg, self.place, lots, value);
        }
        let book = self.book;
        self.out.trade(Trade { book, price, qty, aggressor: Some(aggressor), maker, taker });
        self.out.report(Report::Filled { id: maker, price, qty, left, fee: fees.0, maker: true });
        self.changed = true;
        fees.1
    }

    /// A size in lots, and what it is worth at a price.
    #[inline]
    fn worth(&self, qty: Qty, price: Price) -> (i64, Cash) {
        let lots = qty.signed();
        (lots, Cash(lots * price.0 * self.tick_lot)) // what rests was checked to fit
    }

    /// Clears and reports a trade of an uncrossing.
    fn clear_crossed(&mut self, orders: &mut Firsts, trade: Told) {
        let Told::Crossed { buy, sell, price, qty, buy_left, sell_left } = trade else { return };
        let (lots, value) = self.worth(qty, price);
        self.fees(buy.agent(), sell.agent(), qty);
        let fee = self.fees.auction().on(lots, value);
        let (book, maker) = (self.book, false);
        self.out.trade(Trade { book, price, qty, aggressor: None, maker: buy, taker: sell });
        for (id, side, left) in [(buy, Side::Buy, buy_left), (sell, Side::Sell, sell_left)] {
            let leg = Leg { agent: id.agent(), side, fee };
            self.clearing.book(orders, leg, self.place, lots, value);
            self.out.report(Report::Filled { id, price, qty, left, fee, maker });
        }
        self.changed = true;
    }

    /// What the two sides of a trade pay, which adds to what they have traded.
    #[inline(always)]
    fn fees(&mut self, maker: AgentId, taker: AgentId, qty: Qty) -> (ExactFee, ExactFee) {
        if self.traded.is_empty() {
            return self.fees.first();
        }
        self.fees_by_volume(maker, taker, qty)
    }

    #[cold]
    fn fees_by_volume(&mut self, maker: AgentId, taker: AgentId, qty: Qty) -> (ExactFee, ExactFee) {
        let before = |traded: &[Qty], agent: AgentId| traded.get(agent.index()).copied().unwrap_or(Qty::ZERO);
        let fees = (self.fees.maker(before(self.traded, maker)), self.fees.taker(before(self.traded, taker)));
        for agent in [maker, taker] {
            if let Some(traded) = self.traded.get_mut(agent.index()) {
                *traded = Qty(traded.0.saturating_add(qty.0));
            }
        }
        fees
    }
}
