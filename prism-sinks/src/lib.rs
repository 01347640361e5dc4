//! Where the results of a run go, and the tapes that are read back.
#![forbid(unsafe_code)]

pub mod tape;
