//! What the tests of agents share.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)] // each test file uses some of it

pub mod auction;
pub mod kinds;
pub mod params;
pub mod worlds;
