//! Fundamental and informed traders: they know something of what the thing is worth.

pub mod value_bayes;

pub use value_bayes::ValueBayes;
