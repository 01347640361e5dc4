//! The clocks of groups: one pending event wakes a million agents in turn.

use crate::agent::Wakes;
use crate::rng::RngStream;
use crate::types::{Span, Time};

/// The clock of one group.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    wakes: Wakes,
    members: u32,
    /// The stream `agents/<group>/clock`.
    rng: RngStream,
    /// Turns of a periodic clock so far.
    turn: u64,
}

impl Clock {
    pub(crate) fn new(wakes: Wakes, members: u32, rng: RngStream) -> Clock {
        Clock { wakes, members, rng, turn: 0 }
    }

    /// The next tick after `now`; `None` for a group that keeps its own time, or has no members.
    pub(crate) fn next(&mut self, now: Time) -> Option<Time> {
        if self.members == 0 {
            return None;
        }
        match self.wakes {
            Wakes::Own => None,
            // The superposition of n Poisson processes of mean m is one of mean m/n.
            Wakes::Poisson(mean) => {
                let nanos = self.rng.exp1() * mean.as_nanos() as f64 / f64::from(self.members);
                #[allow(clippy::cast_possible_truncation)] // positive; saturates after 292 years
                let nanos = (nanos + 0.5) as i64;
                Some(now + Span::nanos(nanos))
            }
            Wakes::Periodic(every) => {
                let turn = i128::from(self.turn) + 1;
                let at = turn * i128::from(every.as_nanos()) / i128::from(self.members);
                Some(i64::try_from(at).map_or(Time::MAX, Time::from_nanos))
            }
        }
    }

    /// Who is woken by this tick.
    pub(crate) fn member(&mut self) -> u32 {
        if let Wakes::Periodic(_) = self.wakes {
            let member = self.turn % u64::from(self.members.max(1));
            self.turn += 1;
            u32::try_from(member).unwrap_or(0)
        } else {
            self.rng.below(self.members)
        }
    }
}
