//! How much may take place at one instant of simulated time, which would otherwise never end.

use super::Simulation;
use super::error::RunError;
use super::run_loop::Step;
use crate::msg::packed::{Delivery, sort};
use crate::types::{AgentId, GroupId, Time, VenueId};

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

/// Whoever keeps the clock from moving: the sender of a request, or else the receiver of an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder {
    Agent(AgentId, GroupId),
    Venue(VenueId),
    Group(GroupId),
}

impl Holder {
    #[inline(always)]
    pub(super) fn of(event: &Delivery) -> Holder {
        match event.sort() {
            sort::NEW..=sort::REPLACE => Holder::Agent(event.order().agent(), event.group_of_sender()),
            sort::WAKE
            | sort::TIMER
            | sort::NOTE
            | sort::ACCEPTED..=sort::REJECTED
            | sort::LIQUIDATED
            | sort::COVERED => Holder::Agent(event.agent(), event.group_of_agent()),
            sort::VENUE_CLOCK => Holder::Venue(event.venue()),
            _ => Holder::Group(event.group()),
        }
    }
}

impl Simulation {
    /// The error of a run whose clock is held.
    #[cold]
    pub(super) fn stands_still(&self, holder: Holder) -> Step {
        let name = |group: GroupId| &self.world.groups[group.index()].name;
        let (agent, who) = match holder {
            Holder::Agent(agent, of) => (Some(agent), format!("agent {agent} of group {:?}", name(of))),
            Holder::Venue(venue) => {
                (None, format!("venue {}", self.world.instruments.venues()[venue.index()]))
            }
            Holder::Group(group) => (None, format!("group {:?}", name(group))),
        };
        let events = self.instant.most;
        Err(Box::new(RunError::StandsStill { at: self.now, events, agent, who }))
    }
}
