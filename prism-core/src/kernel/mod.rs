//! The kernel: carries messages between agents and venues in exact, reproducible order.

pub mod queue;
