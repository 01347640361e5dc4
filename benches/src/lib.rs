//! Measurements of PRISM's parts, each beside a yardstick and its peers in the same run. The recipes and the
//! results are in `README.md`.

pub mod book;
pub mod kernel;
