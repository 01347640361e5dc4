//! PRISM: an agent-based market simulator.
#![forbid(unsafe_code)]

pub mod drive;
pub mod run;
