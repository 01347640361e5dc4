//! PRISM's parts beside their peers on the same streams.

pub mod book;
