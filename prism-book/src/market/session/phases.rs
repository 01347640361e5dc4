//! How a market goes from one phase to the next (§7.1 of the rule book).

use prism_core::msg::{Phase, Session};
use prism_core::types::{Span, Time};

use crate::book::{BookEngine, Remark};
use crate::day::Change;
use crate::market::desk::Desk;
use crate::market::{OrderIndex, Told};

/// True if what was collected is uncrossed between these phases, unless the day is ended by force.
fn uncrosses(from: Phase, to: Phase) -> bool {
    let collects = to.is_call() || matches!(to, Phase::PreOpen | Phase::Halted);
    from != to && (to == Phase::Continuous || from.is_call() && !collects)
}

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// Carries out what is due by `now`, in the order of the times.
    pub(in crate::market) fn catch_up(&mut self, now: Time) {
        loop {
            let expires = self.back.rare.expiries.first().map(|&(time, _)| time);
            let goes_on = self.back.day.as_ref().map(|day| day.due());
            // At the end of time nothing is due: there the clocks of days stand still.
            let due = [expires, goes_on].into_iter().flatten().min();
            let Some(next) = due.filter(|&next| next <= now && next < Time::MAX) else { break };
            if let Some(day) = &mut self.back.day {
                // An extended call may end behind the time of the next stage.
                day.now = day.now.max(next);
            }
            if expires == Some(next) {
                self.expire(next);
            } else {
                self.day_goes_on(next);
            }
            self.look_around();
        }
        if let Some(day) = &mut self.back.day {
            day.now = now;
        }
    }

    /// One thing of the day that is due.
    fn day_goes_on(&mut self, at: Time) {
        let collar = self.goes_on_for();
        let Some(day) = &mut self.back.day else { return };
        if let Some(extension) = collar {
            day.schedule.extend(extension);
            day.extended += 1;
            return;
        }
        if day.schedule.due() <= at {
            if let Some(change) = day.schedule.advance(at) {
                self.go_over(&change, true);
            }
            return;
        }
        let call = (day.rules.volatility.length, day.rules.volatility.random_end);
        if let Some(bands) = day.bands.as_mut().filter(|bands| bands.pauses_at().is_some_and(|due| due <= at))
        {
            let pause = bands.advance(at);
            if let Some(change) = pause.and_then(|pause| day.schedule.halt(at, pause, call)) {
                self.go_over(&change, false);
            }
            return;
        }
        if let Some(interval) = day.rules.batch {
            day.batch = Some(at + interval);
            let price = self.uncross();
            self.end_of_call(price);
            self.settle();
        }
    }

    /// How much longer the call lasts that is about to end, if its price is too far away.
    fn goes_on_for(&mut self) -> Option<Span> {
        let day = self.back.day.as_ref()?;
        let (from, to, extended) = (day.phase(), day.schedule.next_phase(), day.extended);
        let collar = day.rules.collar.filter(|collar| extended < collar.extensions)?;
        if day.schedule.due() > day.now || !from.is_call() || !uncrosses(from, to) {
            return None;
        }
        let last = i128::from(self.back.last.0);
        let price = i128::from(self.indicative()?.price.0);
        let far =
            (price - last).abs() * 10_000 > last.abs() * i128::from(collar.bp) * i128::from(extended + 1);
        far.then_some(collar.extension)
    }

    /// Goes over to another phase. `by_the_clock`: nobody has ended the day.
    pub(in crate::market) fn go_over(&mut self, change: &Change, by_the_clock: bool) {
        let Change { from, to, .. } = *change;
        if from != to {
            self.tell(Told::Phase { from, to });
        }
        if by_the_clock && uncrosses(from, to) {
            let price = self.uncross();
            self.end_of_call(price);
        }
        if from != to {
            // Here, so that who sees the displayed orders sees no crossed book in continuous trading.
            self.shown.remark(Remark::Phase(to));
        }
        self.begin_phase(change);
        self.settle();
    }

    /// What a phase begins with.
    pub(super) fn begin_phase(&mut self, change: &Change) {
        let Change { from, to, day_ends, .. } = *change;
        let last = *self.back.last;
        let Some(day) = &mut self.back.day else { return };
        let at = day.now;
        let batch = day.rules.batch;
        let [was, is] = [from, to].map(|phase| phase == Phase::Continuous && batch.is_none());
        day.batch = batch.filter(|_| to == Phase::Continuous).map(|interval| at + interval);
        (day.extended, day.indicative) = (0, None);
        if is
            && !was
            && let Some(bands) = &mut day.bands
        {
            bands.reset(last);
            day.moved = true;
        }
        self.back.rare.followed = None;
        if to == Phase::Closed && from != to || day_ends {
            self.end_of_day();
        }
        match to {
            Phase::Opening => self.begin_session(Session::AtOpen),
            Phase::Closing => self.begin_session(Session::AtClose),
            _ => {}
        }
        if was && !is {
            self.hold_linked();
        }
        if is && !was {
            self.release_linked();
            self.back.note_last();
        }
    }

    /// What is looked at when everything has settled: the quote, and the indicative result.
    pub(in crate::market) fn look_around(&mut self) {
        if self.back.day.is_some() {
            self.show_quote();
            self.tell_indicative();
        }
    }
}
