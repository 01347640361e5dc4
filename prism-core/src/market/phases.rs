//! The recent phases of a book, read as of a moment in the past.

use crate::msg::Phase;
use crate::types::{Span, Time};

/// The recent phases of one book with their times. It has none for as long as the book has been in continuous
/// trading only: the book of a venue without a day costs its readers one look at a length.
///
/// Phases change seldom, so readers have no cursors: they look from the newest one back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phases {
    rows: Vec<(Time, Phase)>,
    horizon: Span,
}

impl Phases {
    /// Phases whose slowest reader is `horizon` late.
    pub(crate) fn new(horizon: Span) -> Phases {
        Phases { rows: Vec::new(), horizon }
    }

    /// A phase begins. Times must not go back.
    pub(crate) fn push(&mut self, now: Time, phase: Phase) {
        if self.rows.is_empty() {
            self.rows.push((Time::from_nanos(i64::MIN), Phase::Continuous));
        }
        // What is older than the newest row that every reader can see is read by nobody.
        let seen = self.rows.iter().rposition(|(at, _)| *at <= now - self.horizon).unwrap_or(0);
        self.rows.drain(..seen);
        self.rows.push((now, phase));
    }

    /// The run begins: the phase that was told last was known before, from the calendar.
    pub(crate) fn begin(&mut self) {
        if let Some((_, phase)) = self.rows.pop() {
            self.rows.clear();
            self.rows.push((Time::from_nanos(i64::MIN), phase));
        }
    }

    /// True while the book has been in continuous trading only.
    #[inline]
    pub(crate) fn has_no_day(&self) -> bool {
        self.rows.is_empty()
    }

    /// The newest phase that did not begin after `as_of`, which lies no further back than the horizon; continuous
    /// trading if none is known.
    pub(crate) fn as_of(&self, as_of: Time) -> Phase {
        let seen = self.rows.iter().rev().find(|(at, _)| *at <= as_of);
        seen.map_or(Phase::Continuous, |(_, phase)| *phase)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(nanos: i64) -> Time {
        Time::from_nanos(nanos)
    }

    #[test]
    fn without_phases_trading_is_continuous_and_nothing_is_kept() {
        let phases = Phases::new(Span::secs(1));
        assert!(phases.has_no_day());
        assert_eq!(phases.as_of(at(0)), Phase::Continuous);
        assert_eq!(phases.rows.capacity(), 0);
    }

    #[test]
    fn the_first_phase_of_a_run_was_known_before_it_and_an_interruption_was_not() {
        let mut phases = Phases::new(Span::nanos(10));
        phases.push(at(0), Phase::PreOpen);
        phases.push(at(0), Phase::Opening);
        phases.begin();
        assert_eq!(phases.as_of(at(-10)), Phase::Opening);

        let mut phases = Phases::new(Span::nanos(10));
        phases.begin();
        phases.push(at(0), Phase::Volatility);
        assert_eq!(phases.as_of(at(-1)), Phase::Continuous);
        assert_eq!(phases.as_of(at(0)), Phase::Volatility);
    }

    proptest! {
        /// Against a plain list: every delay sees the phase that was old enough for it, and no more is kept than the
        /// slowest reader needs.
        #[test]
        fn sees_what_a_list_sees(
            steps in proptest::collection::vec((0i64..40, 0usize..7, 0i64..100), 1..300),
        ) {
            let mut phases = Phases::new(Span::nanos(100));
            let mut list = vec![(i64::MIN, Phase::Continuous)];
            let mut now = 0;
            for (step, phase, delay) in steps {
                now += step;
                phases.push(at(now), Phase::ALL[phase]);
                list.push((now, Phase::ALL[phase]));
                let want = list.iter().rev().find(|row| row.0 <= now - delay);
                prop_assert_eq!(Some(phases.as_of(at(now - delay))), want.map(|row| row.1));
                let recent = list.iter().filter(|row| row.0 > now - 100).count();
                prop_assert!(phases.rows.len() <= recent + 1);
            }
        }
    }
}
