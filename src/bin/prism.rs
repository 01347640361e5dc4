//! The command `prism`.
#![forbid(unsafe_code)]

fn main() {}
