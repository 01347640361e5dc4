//! §7.1: the phases of the day, and what each change brings with it.

use prism_book::day::{Bands, Change, Corridor, Schedule};
use prism_book::market::{DayRules, Halted, Told};
use prism_core::msg::{CancelReason, Expiry, Phase, Session};
use prism_core::types::{OrderId, Price, Span, Time};

use super::Twin;
use super::order::{Order, Place};

/// The trading day of the naive market.
#[derive(Clone, Debug)]
pub(super) struct TradingDay {
    pub(super) rules: DayRules,
    pub(super) schedule: Schedule,
    pub(super) bands: Option<Bands>,
    pub(super) corridor: Option<Corridor>,
    /// How often the call under way has been extended.
    pub(super) extended: u32,
    /// When the next batch is uncrossed.
    pub(super) batch_at: Option<Time>,
    /// The indicative result that was told last in this call.
    pub(super) indicated: (Price, u128, i128),
}

/// True for a phase in which the indicative result is told.
pub(super) fn is_call(phase: Phase) -> bool {
    matches!(phase, Phase::Opening | Phase::Volatility | Phase::Closing)
}

impl Twin {
    pub fn with_day(mut self, rules: &DayRules) -> Twin {
        let stream = self.key.child("day").stream();
        self.day = Some(TradingDay {
            schedule: Schedule::new(rules.day.clone(), rules.start, stream),
            bands: rules.bands.clone().map(|bands| Bands::new(bands, self.last).unwrap()),
            corridor: rules.corridor.map(|corridor| Corridor::new(corridor, self.last).unwrap()),
            extended: 0,
            batch_at: None,
            indicated: (self.last, 0, 0),
            rules: rules.clone(),
        });
        self
    }

    pub fn phase(&self) -> Phase {
        self.day.as_ref().map_or(Phase::Continuous, |day| day.schedule.phase())
    }

    /// Orders trade as they come.
    pub(super) fn trades(&self) -> bool {
        let batch = self.day.as_ref().is_some_and(|day| day.rules.batch.is_some());
        self.phase() == Phase::Continuous && !batch
    }

    /// New orders and replaces are refused.
    pub(super) fn refuses(&self) -> bool {
        let in_halts = self.day.as_ref().is_some_and(|day| day.rules.halted == Halted::Refuse);
        self.phase() == Phase::Closed || (self.phase() == Phase::Halted && in_halts)
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Time> {
        let expiry = self.orders.iter().filter_map(|order| match order.terms.expiry {
            Expiry::At { time } => Some(time),
            _ => None,
        });
        let day = self.day.as_ref();
        let phase = day.map(|day| day.schedule.due());
        let batch = day.and_then(|day| day.batch_at);
        expiry.chain(phase).chain(self.pauses_at()).chain(batch).min()
    }

    /// Everything that is due by `now`, in the order of the times.
    pub(super) fn catch_up(&mut self, now: Time) {
        while let Some(at) = self.next_due().filter(|&at| at <= now) {
            self.now = at;
            self.expire(at);
            self.begin_phases(at);
            self.begin_pause(at);
            self.uncross_batch(at);
        }
        self.now = now;
    }

    fn expire(&mut self, at: Time) {
        let over = |order: &Order| matches!(order.terms.expiry, Expiry::At { time } if time == at);
        if self.orders.iter().any(over) {
            self.cancel_by_id(over, CancelReason::Expired);
            self.settle();
            self.look();
        }
    }

    fn begin_phases(&mut self, at: Time) {
        while let Some(day) = &mut self.day
            && day.schedule.due() <= at
        {
            if self.goes_on() {
                continue;
            }
            let Some(change) = self.day.as_mut().unwrap().schedule.advance(at) else { continue };
            self.change(change, false, None);
            self.settle();
            self.look();
        }
    }

    fn begin_pause(&mut self, at: Time) {
        if self.pauses_at().is_none_or(|pause| pause > at) {
            return;
        }
        let bands = self.day.as_mut().unwrap().bands.as_mut().unwrap();
        if let Some(length) = bands.advance(at) {
            self.stop_trading(length);
            self.settle();
            self.look();
        }
    }

    fn uncross_batch(&mut self, at: Time) {
        if let Some(day) = &mut self.day
            && day.batch_at == Some(at)
        {
            day.batch_at = day.rules.batch.map(|batch| at + batch);
            let price = self.uncross();
            self.end_of_call(price);
            self.settle();
            self.look();
        }
    }

    /// Someone calls for a halt.
    pub fn halt(&mut self, now: Time, length: Span) -> Vec<Told> {
        self.catch_up(now);
        self.stop_trading(length);
        self.done()
    }

    fn stop_trading(&mut self, length: Span) {
        let now = self.now;
        let change = self.day.as_mut().and_then(|day| {
            let call = day.rules.volatility;
            day.schedule.halt(now, length, (call.length, call.random_end))
        });
        if let Some(change) = change {
            self.change(change, false, None);
        }
    }

    /// A breaker ends the day.
    pub fn end_day(&mut self, now: Time) -> Vec<Told> {
        self.catch_up(now);
        let change = self.day.as_mut().and_then(|day| day.schedule.end_day(now));
        if let Some(change) = change {
            self.change(change, true, None);
        }
        self.done()
    }

    /// Continuous trading is interrupted, where an order would trade outside the corridor.
    pub(super) fn interrupt(&mut self, by: OrderId) {
        let now = self.now;
        let change = self.day.as_mut().and_then(|day| {
            let call = day.rules.volatility;
            day.schedule.interrupt(now, call.length, call.random_end)
        });
        self.change(change.unwrap(), false, Some(by));
    }

    /// A change of phase, but for the settling. What is left of the order that interrupted trading is collected.
    fn change(&mut self, change: Change, by_breaker: bool, interrupted_by: Option<OrderId>) {
        let Change { from, to, day_ends, .. } = change;
        let batch = self.day.as_ref().unwrap().rules.batch;
        if from != to {
            self.told.push(Told::Phase { from, to });
        }
        if let Some(id) = interrupted_by {
            self.collect_alone(id);
        }
        // 1 and 2
        let call_ends = is_call(from) && to != Phase::Halted;
        if (call_ends || to == Phase::Continuous) && !is_call(to) && to != Phase::PreOpen && !by_breaker {
            let price = self.uncross();
            self.end_of_call(price);
        }
        // 3
        if to == Phase::Closed || day_ends {
            self.cancel_by_id(|order| order.terms.expiry == Expiry::Day, CancelReason::Expired);
        }
        let (now, last) = (self.now, self.last);
        let day = self.day.as_mut().unwrap();
        day.batch_at = batch.filter(|_| to == Phase::Continuous).map(|batch| now + batch);
        (day.extended, day.indicated) = (0, (last, 0, 0));
        // 4
        match to {
            Phase::Opening => self.let_session_in(Session::AtOpen),
            Phase::Closing => self.let_session_in(Session::AtClose),
            _ => {}
        }
        // 5
        if from == Phase::Continuous && batch.is_none() {
            self.hold_all_linked();
        } else if to == Phase::Continuous && batch.is_none() {
            if let Some(bands) = &mut self.day.as_mut().unwrap().bands {
                bands.reset(last);
            }
            self.let_linked_in();
            if self.trades() {
                self.unseen.push(self.last);
            }
        }
    }

    fn let_session_in(&mut self, session: Session) {
        let waiting = self.orders.iter().filter(|o| o.place == Place::WaitsForCall);
        let waiting: Vec<OrderId> = waiting.filter(|o| o.terms.session == session).map(|o| o.id).collect();
        for id in waiting {
            self.come_in(id);
        }
    }
}
