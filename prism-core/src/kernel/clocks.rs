//! The clocks of groups: one pending tick wakes a million agents in turn.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::agent::Wakes;
use crate::rng::RngStream;
use crate::types::{GroupId, Span, Time};

/// A tick that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due {
    pub(crate) at: Time,
    /// How many events were pushed before it: it is one of them, for the order of what is due at one instant.
    pub(crate) number: u64,
    pub(crate) group: GroupId,
    pub(crate) member: u32,
}

/// The next tick of each group's clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks {
    due: BinaryHeap<Reverse<Due>>,
}

impl Clocks {
    /// The next tick, if it is due at `until` or before.
    #[inline(always)]
    pub(crate) fn next(&self, until: Time) -> Option<Due> {
        self.due.peek().map(|due| due.0).filter(|due| due.at <= until)
    }

    /// Takes the next tick out.
    pub(crate) fn pop(&mut self) {
        self.due.pop();
    }

    /// Puts a group's next tick in the place of the one that has just come.
    #[inline(always)]
    pub(crate) fn replace(&mut self, due: Due) {
        if let Some(mut first) = self.due.peek_mut() {
            first.0 = due;
        }
    }

    pub(crate) fn push(&mut self, due: Due) {
        self.due.push(Reverse(due));
    }

    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }
}

/// How many ticks of a Poisson clock are drawn at once; as many are known before those are drawn.
pub(super) const DRAWN: usize = 16;
const AHEAD: usize = 2 * DRAWN;

/// The clock of one group.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    wakes: Wakes,
    members: u32,
    /// The stream `agents/<group>/clock`.
    rng: RngStream,
    /// From turn to turn of a periodic clock: whole nanoseconds, and parts of one, of which `members` make one.
    step: (i64, i64),
    /// Whose turn it is next by a periodic clock, and by how many parts of a nanosecond its time was rounded.
    turn: u32,
    part: i64,
    /// A ring of ticks drawn ahead, in two halves.
    ahead: [Tick; AHEAD],
    /// How many ticks have been drawn, and how many of them have been used.
    drawn: usize,
    used: usize,
}

/// A tick to come: how long after the one before it, and who is woken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tick {
    pub(crate) after: Span,
    pub(crate) member: u32,
}

impl Clock {
    pub(crate) fn new(wakes: Wakes, members: u32, rng: RngStream) -> Clock {
        let step = match wakes {
            Wakes::Periodic(every) => {
                let (every, members) = (every.as_nanos(), i64::from(members.max(1)));
                (every / members, every % members)
            }
            Wakes::Own | Wakes::Poisson(_) => (0, 0),
        };
        Clock {
            wakes,
            members,
            rng,
            step,
            turn: 0,
            part: 0,
            ahead: [Tick::default(); AHEAD],
            drawn: 0,
            used: 0,
        }
    }

    /// The next tick after `now`, which is the time of the last one, and who is woken; `None` for a group
    /// that keeps its own time, or has no members.
    #[inline(always)]
    pub(crate) fn next(&mut self, now: Time) -> Option<(Time, u32)> {
        if self.members == 0 {
            return None;
        }
        match self.wakes {
            Wakes::Own => None,
            Wakes::Poisson(mean) => {
                while self.drawn <= self.used.wrapping_add(DRAWN) {
                    self.draw(mean);
                }
                let Tick { after, member } = self.ahead[self.used % AHEAD];
                self.used = self.used.wrapping_add(1);
                Some((now + after, member))
            }
            Wakes::Periodic(_) => {
                let member = self.turn;
                self.turn = if member + 1 == self.members { 0 } else { member + 1 };
                // Turn n comes at n × every / members, rounded down: the rounded part is carried on.
                let (mut step, part) = self.step;
                self.part += part;
                let members = i64::from(self.members);
                if self.part >= members {
                    self.part -= members;
                    step += 1;
                }
                let at = now + Span::nanos(step);
                Some((at, member))
            }
        }
    }

    /// Draws the next ticks of a Poisson clock. The clock has a stream of its own, so drawing them early
    /// changes nothing.
    #[inline(never)]
    fn draw(&mut self, mean: Span) {
        let half = self.drawn % AHEAD;
        let (mean, members) = (mean.as_nanos() as f64, f64::from(self.members));
        for tick in &mut self.ahead[half..half + DRAWN] {
            // The superposition of n Poisson processes of mean m is one of mean m/n.
            let nanos = self.rng.exp1() * mean / members;
            #[allow(clippy::cast_possible_truncation)] // positive; saturates after 292 years
            let after = Span::nanos((nanos + 0.5) as i64);
            *tick = Tick { after, member: self.rng.below(self.members) };
        }
        self.drawn += DRAWN;
    }

    /// A number that goes up by one with each tick, but for leaps now and then.
    #[inline]
    pub(crate) fn ticks(&self) -> usize {
        match self.wakes {
            Wakes::Periodic(_) => self.turn as usize,
            Wakes::Own | Wakes::Poisson(_) => self.used,
        }
    }

    /// Who is woken some ticks after the next one; `None` if that is not known.
    #[inline]
    pub(crate) fn ahead(&self, ticks: usize) -> Option<usize> {
        match self.wakes {
            Wakes::Own => None,
            Wakes::Poisson(_) => {
                let n = self.used + ticks;
                (n < self.drawn).then(|| self.ahead[n % AHEAD].member as usize)
            }
            Wakes::Periodic(_) => Some((self.turn as usize + ticks) % self.members.max(1) as usize),
        }
    }
}
