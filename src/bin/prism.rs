//! The command `prism`.
fn main() {}
