//! The phases of a trading day by the clock, with random ends.

use prism_core::digest::Digest;
use prism_core::msg::Phase;
use prism_core::rng::RngStream;
use prism_core::types::{Span, Time};

use super::DayError;

/// One part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stage {
    /// What it is.
    pub phase: Phase,
    /// When it begins, from the beginning of the day.
    pub from: Span,
    /// It lasts up to so much longer than until the next one's time; drawn uniformly each day.
    pub random_end: Span,
}

/// A day that repeats: nothing ([`Phase::Closed`]) before its first stage, and after the day the next one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Day {
    length: Span,
    stages: Vec<Stage>,
}

impl Day {
    /// A day of this length and these stages.
    ///
    /// # Errors
    /// A length that is not positive, stages that do not begin one after another and within the day, a random end
    /// that is negative or lasts until the stage after the next or beyond the day.
    pub fn new(length: Span, stages: &[Stage]) -> Result<Day, DayError> {
        if !length.is_positive() {
            return Err(DayError::Range { field: "day", range: "longer than nothing" });
        }
        if stages.is_empty() {
            return Err(DayError::Range { field: "stages", range: "at least one" });
        }
        let mut last = Span::nanos(-1);
        for (n, stage) in stages.iter().enumerate() {
            if stage.from <= last || stage.from >= length {
                return Err(DayError::Order { field: "stages of the day", at: stage.from.as_nanos() });
            }
            last = stage.from;
            let end = stages.get(n + 1).map_or(length, |next| next.from);
            let after = stages.get(n + 2).map_or(length, |next| next.from);
            if stage.random_end.is_negative()
                || end + stage.random_end >= after && stage.random_end.is_positive()
            {
                let range = "0 or more, and over before the stage after the next and the end of the day";
                return Err(DayError::Range { field: "random_end", range });
            }
        }
        Ok(Day { length, stages: stages.to_vec() })
    }

    /// How long it is.
    pub fn length(&self) -> Span {
        self.length
    }

    /// Its parts.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// A usual day: an opening call, continuous trading, a closing call, closed; the calls end at random within
    /// `random_end` after their time.
    ///
    /// # Errors
    /// As [`Day::new`].
    pub fn with_calls(
        day: Span,
        opening: (Span, Span),
        closing: (Span, Span),
        random_end: Span,
    ) -> Result<Day, DayError> {
        let stage = |phase, from, random_end| Stage { phase, from, random_end };
        Day::new(
            day,
            &[
                stage(Phase::Opening, opening.0, random_end),
                stage(Phase::Continuous, opening.1, Span::ZERO),
                stage(Phase::Closing, closing.0, random_end),
                stage(Phase::Closed, closing.1, Span::ZERO),
            ],
        )
    }
}

/// The phase of a market at each time: its day, and what interrupts it.
///
/// [`advance`](Schedule::advance) is called until it gives nothing whenever time has passed;
/// [`due`](Schedule::due) says when that is next. An interruption is a [halt](Schedule::halt) or a
/// [volatility call](Schedule::interrupt); it ends by itself, or when the day goes on to a phase other than
/// continuous trading.
#[derive(Clone, Debug)]
pub struct Schedule {
    day: Day,
    rng: RngStream,
    /// When the day under way began.
    began: Time,
    /// The stage under way; `None` before the first.
    stage: Option<usize>,
    /// When the next one begins.
    next: Time,
    interruption: Option<Interruption>,
}

/// A part of the day in place of continuous trading.
#[derive(Clone, Copy, Debug)]
struct Interruption {
    phase: Phase,
    /// When it ends.
    until: Time,
    /// The call that follows a halt: its length and random end.
    then: Option<(Span, Span)>,
}

/// The market goes over to another phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// When.
    pub at: Time,
    /// The phase that ends.
    pub from: Phase,
    /// The phase that begins.
    pub to: Phase,
    /// True when a day is over: day orders end.
    pub day_ends: bool,
}

impl Schedule {
    /// The first day begins at `start`. `rng` is for the random ends.
    pub fn new(day: Day, start: Time, rng: RngStream) -> Schedule {
        let next = start + day.stages[0].from;
        Schedule { day, rng, began: start, stage: None, next, interruption: None }
    }

    /// The phase now.
    pub fn phase(&self) -> Phase {
        self.interruption.map_or(self.by_the_clock(), |interruption| interruption.phase)
    }

    fn by_the_clock(&self) -> Phase {
        self.stage.map_or(Phase::Closed, |stage| self.day.stages[stage].phase)
    }

    /// When [`advance`](Schedule::advance) has something to do next.
    pub fn due(&self) -> Time {
        self.interruption.map_or(self.next, |interruption| interruption.until.min(self.next))
    }

    /// The phase after the change that is due next.
    pub fn next_phase(&self) -> Phase {
        match self.interruption {
            Some(Interruption { until, then, .. }) if until < self.next => {
                if then.is_some() {
                    Phase::Volatility
                } else {
                    self.by_the_clock()
                }
            }
            interruption => {
                let next = self.stage.map_or(0, |stage| stage + 1);
                let by_the_clock = self.day.stages.get(next).map_or(Phase::Closed, |stage| stage.phase);
                match interruption.filter(|_| by_the_clock == Phase::Continuous) {
                    Some(lasts) if lasts.until > self.next => lasts.phase,
                    Some(Interruption { then: Some(_), .. }) => Phase::Volatility,
                    _ => by_the_clock,
                }
            }
        }
    }

    /// The phase under way lasts so much longer; what should begin meanwhile begins when it ends.
    pub fn extend(&mut self, by: Span) {
        let end = self.due() + by;
        self.next = self.next.max(end);
        if let Some(interruption) = &mut self.interruption {
            interruption.until = interruption.until.max(end);
        }
    }

    /// The next change that is due by `now`, carried out.
    pub fn advance(&mut self, now: Time) -> Option<Change> {
        while self.due() <= now {
            let (at, from) = (self.due(), self.phase());
            let mut day_ends = false;
            if self.next > at {
                self.end_interruption(at);
            } else {
                day_ends = self.next_stage();
                if self.by_the_clock() != Phase::Continuous {
                    self.interruption = None;
                }
            }
            let to = self.phase();
            if to != from || day_ends {
                return Some(Change { at, from, to, day_ends });
            }
        }
        None
    }

    /// Goes on to the next stage; true at the end of a day.
    fn next_stage(&mut self) -> bool {
        let next = self.stage.map_or(0, |stage| stage + 1);
        let over = next == self.day.stages.len();
        if over {
            self.began += self.day.length;
            self.stage = None;
            self.next = self.began + self.day.stages[0].from;
            return true;
        }
        self.stage = Some(next);
        let stage = self.day.stages[next];
        let end = self.day.stages.get(next + 1).map_or(self.day.length, |after| after.from);
        self.next = self.began + end + self.random(stage.random_end);
        false
    }

    fn end_interruption(&mut self, at: Time) {
        let then = self.interruption.take().and_then(|interruption| interruption.then);
        if let Some((length, random_end)) = then {
            let until = at + length + self.random(random_end);
            self.interruption = Some(Interruption { phase: Phase::Volatility, until, then: None });
        }
    }

    fn random(&mut self, most: Span) -> Span {
        if most.is_positive() { Span::nanos(self.rng.range_i64(0..=most.as_nanos())) } else { Span::ZERO }
    }

    /// Continuous trading is interrupted by a call of this length and random end. Nothing happens in other phases;
    /// a call that lasts already goes on so much longer.
    pub fn interrupt(&mut self, now: Time, length: Span, random_end: Span) -> Option<Change> {
        let from = self.phase();
        if from != Phase::Continuous && from != Phase::Volatility {
            return None;
        }
        let until = now + length + self.random(random_end);
        self.interruption = Some(Interruption { phase: Phase::Volatility, until, then: None });
        let to = Phase::Volatility;
        (from != to).then_some(Change { at: now, from, to, day_ends: false })
    }

    /// Trading halts for `length`, and a call of length and random end `then` opens it again. Halts of continuous
    /// trading and of volatility calls only; one that lasts already lasts until the later of the two.
    pub fn halt(&mut self, now: Time, length: Span, then: (Span, Span)) -> Option<Change> {
        let from = self.phase();
        if !matches!(from, Phase::Continuous | Phase::Volatility | Phase::Halted) {
            return None;
        }
        let lasts = self.interruption.filter(|interruption| interruption.phase == Phase::Halted);
        let until = (now + length).max(lasts.map_or(now, |halt| halt.until));
        let to = Phase::Halted;
        self.interruption = Some(Interruption { phase: to, until, then: Some(then) });
        (from != to).then_some(Change { at: now, from, to, day_ends: false })
    }

    /// Folds in where the day is, and what interrupts it.
    pub(crate) fn digest(&self, into: &mut Digest) {
        into.pair(self.phase() as u64, self.stage.map_or(u64::MAX, |stage| stage as u64));
        into.pair(self.began.nanos().cast_unsigned(), self.next.nanos().cast_unsigned());
        if let Some(Interruption { until, then, .. }) = self.interruption {
            let (length, random_end) = then.unwrap_or((Span::nanos(-1), Span::ZERO));
            into.int(until.nanos());
            into.pair(length.as_nanos().cast_unsigned(), random_end.as_nanos().cast_unsigned());
        }
        for word in <[u64; 4]>::from(self.rng.clone()) {
            into.word(word);
        }
    }

    /// Trading ends for the day: the market is closed until the next day begins. Nothing happens before the first
    /// stage of a day.
    pub fn end_day(&mut self, now: Time) -> Option<Change> {
        self.stage?;
        let from = self.phase();
        self.interruption = None;
        self.stage = Some(self.day.stages.len() - 1);
        self.next = self.began + self.day.length;
        let to = Phase::Closed;
        // The last stage may be another; what is closed stays closed until the next day.
        self.interruption = Some(Interruption { phase: to, until: Time::MAX, then: None });
        (from != to).then_some(Change { at: now, from, to, day_ends: false })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use prism_core::rng::StreamKey;
    use proptest::prelude::*;

    use super::*;

    const SEC: i64 = 1_000_000_000;

    fn at(secs: i64) -> Time {
        Time::from_nanos(secs * SEC)
    }

    fn schedule(random_end: i64, seed: u64) -> Schedule {
        let secs = Span::secs;
        let day =
            Day::with_calls(secs(1_000), (secs(100), secs(200)), (secs(700), secs(800)), secs(random_end));
        Schedule::new(day.unwrap(), at(0), StreamKey::root(seed).stream())
    }

    fn changes(schedule: &mut Schedule, until: i64) -> Vec<(i64, Phase)> {
        let mut all = Vec::new();
        while let Some(change) = schedule.advance(at(until)) {
            all.push((change.at.nanos() / SEC, change.to));
        }
        all
    }

    #[test]
    fn a_day_goes_through_its_phases_and_begins_again() {
        let mut schedule = schedule(0, 1);
        assert_eq!(schedule.phase(), Phase::Closed);
        let day =
            [(100, Phase::Opening), (200, Phase::Continuous), (700, Phase::Closing), (800, Phase::Closed)];
        assert_eq!(changes(&mut schedule, 999), day);
        let change = schedule.advance(at(1_000)).unwrap();
        assert!(change.day_ends && change.at == at(1_000) && change.to == Phase::Closed);
        assert_eq!(changes(&mut schedule, 1_200), [(1_100, Phase::Opening), (1_200, Phase::Continuous)]);
    }

    #[test]
    fn nothing_happens_before_its_nanosecond() {
        let mut schedule = schedule(0, 1);
        let last = Time::from_nanos(100 * SEC - 1);
        assert_eq!((schedule.advance(last), schedule.due()), (None, at(100)));
        assert!(schedule.advance(at(100)).is_some());
    }

    #[test]
    fn a_volatility_call_takes_the_place_of_trading_and_ends_with_it() {
        let mut schedule = schedule(0, 1);
        changes(&mut schedule, 300);
        let change = schedule.interrupt(at(300), Span::secs(120), Span::ZERO).unwrap();
        assert_eq!((change.from, change.to), (Phase::Continuous, Phase::Volatility));
        assert_eq!(changes(&mut schedule, 500), [(420, Phase::Continuous)]);
        schedule.interrupt(at(650), Span::secs(120), Span::ZERO);
        assert_eq!(changes(&mut schedule, 760), [(700, Phase::Closing)]);
        assert_eq!(schedule.interrupt(at(760), Span::secs(120), Span::ZERO), None);
    }

    #[test]
    fn a_halt_ends_in_a_call_and_an_ended_day_stays_ended() {
        let mut schedule = schedule(0, 1);
        changes(&mut schedule, 250);
        schedule.halt(at(250), Span::secs(100), (Span::secs(30), Span::ZERO)).unwrap();
        assert_eq!(schedule.halt(at(260), Span::secs(50), (Span::secs(30), Span::ZERO)), None);
        assert_eq!(changes(&mut schedule, 400), [(350, Phase::Volatility), (380, Phase::Continuous)]);
        assert_eq!(schedule.end_day(at(400)).unwrap().to, Phase::Closed);
        assert_eq!(changes(&mut schedule, 999), []);
        let day = schedule.advance(at(1_000)).unwrap();
        assert!(day.day_ends);
        assert_eq!(changes(&mut schedule, 1_100), [(1_100, Phase::Opening)]);
    }

    proptest! {
        #[test]
        fn random_ends_are_within_their_range_and_differ(seed in any::<u64>()) {
            let ends: Vec<_> = (0..6).map(|n| {
                let mut schedule = schedule(30, seed.wrapping_add(n));
                schedule.advance(at(100));
                schedule.due().nanos()
            }).collect();
            prop_assert!(ends.iter().all(|end| (200 * SEC..=230 * SEC).contains(end)));
            prop_assert!(ends.windows(2).any(|two| two[0] != two[1]));
        }
    }

    #[test]
    fn wrong_days_are_refused() {
        let stage = |from, random_end| Stage {
            phase: Phase::Continuous,
            from: Span::secs(from),
            random_end: Span::secs(random_end),
        };
        let day = |stages: &[Stage]| Day::new(Span::secs(100), stages).is_ok();
        assert!(day(&[stage(0, 0), stage(50, 0)]));
        assert!(!day(&[]) && !day(&[stage(100, 0)]) && !day(&[stage(50, 0), stage(50, 0)]));
        assert!(!day(&[stage(0, 50), stage(50, 0)]) && !day(&[stage(0, -1)]) && !day(&[stage(0, 1)]));
        assert!(day(&[stage(0, 49), stage(50, 0)]));
        assert!(Day::new(Span::ZERO, &[stage(0, 0)]).is_err());
    }
}
