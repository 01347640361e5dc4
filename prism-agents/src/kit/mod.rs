//! What several kinds of agents share: their clock, sizes, prices, what they know of their book, and what they believe a
//! thing is worth.

pub mod belief;
pub mod clock;
pub mod home;
pub mod quotes;
pub mod router;
pub mod size;
pub mod valuation;
