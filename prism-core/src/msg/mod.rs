//! Everything that moves in a simulation is one of these messages. They are `Copy`, hold no heap memory
//! and are never changed once made.

mod event;
mod order;
pub(crate) mod packed;
mod print;
mod report;
mod request;
mod terms;

pub use event::{Event, Msg, To};
pub use order::Order;
pub use print::{Note, Phase, Print};
pub use report::{CancelReason, Reject, Report};
pub use request::Request;
pub use terms::{Display, Expiry, Peg, PegTo, Session, Terms, Trigger};
