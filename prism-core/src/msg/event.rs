//! A message with its time and its receiver.

use serde::{Deserialize, Serialize};

use super::{Note, Print, Report, Request};
use crate::types::{AgentId, GroupId, Time, VenueId};

/// Who gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum To {
    /// One agent.
    Agent(AgentId),
    /// A group: its clock, or a print for all of its members that listen.
    Group(GroupId),
    /// A venue.
    Venue(VenueId),
}

/// What is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Msg {
    /// The time an agent asked to be woken at. `tag` is the timer's, or `None` for a plain wake-up.
    Wake {
        /// The number given to [`Ctx::timer`](crate::agent::Ctx::timer).
        tag: Option<u32>,
    },
    /// The clock of a group, or the timer of a venue.
    Clock,
    /// An agent's request, on its arrival at the venue. The sender is the owner of the order it names:
    /// the context sends nothing about anyone else's.
    Request(Request),
    /// A request that has waited in the venue's [gateway](crate::kernel::Gateway) and is carried out. It has been
    /// there as a [`Request`](Msg::Request) before, on its arrival.
    Served(Request),
    /// A venue's report, on its arrival at the agent.
    Report(Report),
    /// A venue's public message, on its arrival at a group.
    Print(Print),
    /// A message from another agent.
    Note(Note),
}

/// A message on its way, as people look at it. The kernel's own form of it is more compact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it is delivered.
    pub at: Time,
    /// To whom.
    pub to: To,
    /// What.
    pub msg: Msg,
}
