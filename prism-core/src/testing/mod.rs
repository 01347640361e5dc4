//! Fakes for the tests of whoever implements a port or an agent (feature `testing`).

mod echo_venue;
mod restless;
mod script_agent;

pub use echo_venue::{EchoSpec, EchoVenue};
pub use restless::{Restless, WildLink};
pub use script_agent::{Script, Step};
