//! What a market knows beside its books: its safeguards, its next phase, the result of a call, an agent's orders.

use prism_core::msg::Phase;
use prism_core::types::{AgentId, OrderId, Price, Side, Time};

use super::{Market, Open, Orders};
use crate::auction::Clearing;
use crate::book::BookEngine;
use crate::day::{Bands, LimitState};

impl<B: BookEngine> Market<B> {
    fn bands_at_work(&self) -> Option<&Bands> {
        self.day.as_ref().filter(|day| day.trades()).and_then(|day| day.bands.as_ref())
    }

    /// The lowest and the highest price at which a limit order comes in now: the price bands, rounded inwards to the tick
    /// table. `None` without bands, and while orders do not trade as they come.
    pub fn bands(&self) -> Option<(Price, Price)> {
        let (lower, upper) = self.bands_at_work()?.range();
        Some((self.rules.rounded(Side::Sell, lower), self.rules.rounded(Side::Buy, upper)))
    }

    /// The limit state in which the quote is, since when, and when trading pauses if it lasts.
    pub fn limit_state(&self) -> Option<(LimitState, Time, Time)> {
        let bands = self.bands_at_work()?;
        bands.limit_state().zip(bands.pauses_at()).map(|((state, since), pauses)| (state, since, pauses))
    }

    /// The lowest and the highest price at which the next order may trade without interrupting continuous trading. `None`
    /// without a corridor, and while orders do not trade as they come.
    pub fn corridor(&self) -> Option<(Price, Price)> {
        let mut corridor = self.day.as_ref().filter(|day| day.trades())?.corridor?;
        corridor.on_trade(self.last);
        Some(corridor.range())
    }

    /// What the uncrossing of the running call would give now, as it was [told](super::Told::Indicative) last. `None`
    /// outside a call, and if nothing would trade.
    pub fn indicative(&self) -> Option<Clearing> {
        self.day.as_ref().filter(|day| day.phase().is_call()).and_then(|day| day.indicative)
    }

    /// When the phase changes next, and to which: to the same, where a day only ends. Random ends are in it already, which nobody who trades should know; a
    /// collar may make a call longer, and a halt or an interruption may come before. `None` without a day, and if its
    /// phase does not change any more.
    pub fn next_phase(&self) -> Option<(Time, Phase)> {
        let schedule = &self.day.as_ref()?.schedule;
        (schedule.due() < Time::MAX).then(|| (schedule.due(), schedule.next_phase()))
    }

    /// The orders of an agent that are in this market, by id. The cost is that of the agent's orders in the index.
    pub fn orders_of(&self, agent: AgentId, index: &Orders) -> Vec<(OrderId, Open)> {
        let mut orders: Vec<_> =
            index.ids(agent).filter_map(|id| Some((id, self.open(id, index)?))).collect();
        orders.sort_unstable_by_key(|(id, _)| *id);
        orders
    }
}
