//! How much may take place at one instant of simulated time, which would otherwise never end.

use super::Simulation;
use super::error::RunError;
use super::run_loop::Step;
use crate::msg::packed::{Delivery, sort};
use crate::types::{AgentId, GroupId, Time};

/// The events that one instant may still have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant {
    at: Time,
    left: u64,
    most: u64,
}

impl Instant {
    /// With so many at each instant.
    pub(super) fn new(most: u64) -> Instant {
        Instant { at: Time::from_nanos(i64::MIN), left: most, most }
    }

    /// Counts an event; false for one too many.
    #[inline(always)]
    pub(super) fn has_room(&mut self, at: Time) -> bool {
        if at != self.at {
            (self.at, self.left) = (at, self.most);
        }
        let room = self.left > 0;
        self.left = self.left.wrapping_sub(1);
        room
    }
}

impl Simulation {
    /// The error of a run whose clock is held by `event` and those before it.
    #[cold]
    pub(super) fn stands_still(&self, event: &Delivery) -> Step {
        let group = |group: GroupId| self.world.groups[group.index()].name.clone();
        let member =
            |agent: AgentId, of: GroupId| (Some(agent), format!("agent {agent} of group {:?}", group(of)));
        let (agent, who) = match event.sort() {
            sort::NEW..=sort::REPLACE => member(event.order().agent(), event.group_of_sender()),
            sort::WAKE
            | sort::TIMER
            | sort::NOTE
            | sort::ACCEPTED..=sort::REJECTED
            | sort::LIQUIDATED
            | sort::COVERED => member(event.agent(), event.group_of_agent()),
            sort::VENUE_CLOCK => {
                (None, format!("venue {}", self.world.instruments.venues()[event.venue().index()]))
            }
            _ => (None, format!("group {:?}", group(event.group()))),
        };
        let events = self.instant.most;
        Err(Box::new(RunError::StandsStill { at: self.now, events, agent, who }))
    }
}
