//! The trading day of a market: what it knows of its phase, and of what interrupts it (§7 of the rule book).

mod collect;
mod guards;
mod phases;
mod rules;
mod uncross;

pub use rules::{Beyond, CallTime, Collar, DayRules, Halted};

use prism_core::digest::Digest;
use prism_core::msg::Phase;
use prism_core::rng::StreamKey;
use prism_core::types::{Price, Time};

use crate::auction::Clearing;
use crate::day::{Bands, Corridor, DayError, Schedule};

/// The day of one market, under way.
#[derive(Clone, Debug)]
pub(super) struct TradingDay {
    pub(super) rules: DayRules,
    pub(super) schedule: Schedule,
    pub(super) bands: Option<Bands>,
    /// The bands have moved since what rests was compared with them.
    pub(super) moved: bool,
    pub(super) corridor: Option<Corridor>,
    /// How often the call under way has been extended.
    pub(super) extended: u32,
    /// The indicative result that was told last in the call under way.
    pub(super) indicative: Option<Clearing>,
    /// When the next batch is uncrossed.
    pub(super) batch: Option<Time>,
    /// The time of the message, or of what was due before it.
    pub(super) now: Time,
}

impl TradingDay {
    /// A day that has not begun yet.
    ///
    /// # Errors
    /// What is wrong with its rules.
    pub(super) fn new(rules: DayRules, reference: Price, key: StreamKey) -> Result<TradingDay, DayError> {
        rules.check(reference)?;
        Ok(TradingDay {
            schedule: Schedule::new(rules.day.clone(), rules.start, key.child("day").stream()),
            bands: rules.bands.clone().map(|bands| Bands::new(bands, reference)).transpose()?,
            moved: false,
            corridor: rules.corridor.map(|corridor| Corridor::new(corridor, reference)).transpose()?,
            extended: 0,
            indicative: None,
            batch: None,
            now: rules.start,
            rules,
        })
    }

    /// The phase now.
    pub(super) fn phase(&self) -> Phase {
        self.schedule.phase()
    }

    /// True while orders trade as they come.
    pub(super) fn trades(&self) -> bool {
        self.phase() == Phase::Continuous && self.rules.batch.is_none()
    }

    /// True while new orders are refused.
    pub(super) fn refuses(&self) -> bool {
        match self.phase() {
            Phase::Closed => true,
            Phase::Halted => self.rules.halted == Halted::Refuse,
            _ => false,
        }
    }

    /// True while trading needs no look at the day: it is continuous, and nothing interrupts it.
    pub(super) fn is_free(&self) -> bool {
        self.trades() && self.bands.is_none() && self.corridor.is_none()
    }

    /// Folds in what the day will do from here on.
    pub(super) fn digest(&self, into: &mut Digest) {
        self.schedule.digest(into);
        into.pair(u64::from(self.extended), u64::from(self.moved));
        into.int(self.batch.map_or(i64::MIN, Time::nanos));
        if let Some(bands) = &self.bands {
            bands.digest(into);
        }
        if let Some((low, high)) = self.corridor.map(|corridor| corridor.range()) {
            into.pair(low.0.cast_unsigned(), high.0.cast_unsigned());
        }
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Time {
        let pause = self.bands.as_ref().filter(|_| self.trades()).and_then(Bands::pauses_at);
        let others = [pause, self.batch].into_iter().flatten().min();
        others.map_or(self.schedule.due(), |other| other.min(self.schedule.due()))
    }
}
