//! What several kinds of agents share: their clock, sizes, prices, and what they believe a thing is worth.

pub mod belief;
pub mod clock;
pub mod quotes;
pub mod router;
pub mod size;
pub mod valuation;
