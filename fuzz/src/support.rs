//! The support of the book's own tests: one comparison, fed by random numbers there and by the fuzzer here.

#[path = "../../prism-book/tests/support/mod.rs"]
#[allow(clippy::all, reason = "it is checked where it belongs")]
pub mod books;
#[path = "../../prism-book/tests/support/market/mod.rs"]
#[allow(clippy::all, reason = "it is checked where it belongs")]
pub mod market;
#[path = "../../prism-book/tests/support/twin/mod.rs"]
#[allow(clippy::all, reason = "it is checked where it belongs")]
pub mod twin;
