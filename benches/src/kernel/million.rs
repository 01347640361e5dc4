//! A million agents in one book: what it costs to set up, and in memory.

use prism_book::Exchange;
use prism_core::prelude::*;
use prism_physics::latency::Fixed;

use super::random::{RULE, Random};

/// A million agents, each woken once a minute.
pub fn market() -> Simulation {
    Simulation::builder()
        .seed(1)
        .venue(Exchange::new("XPRM").list(Symbol::new("ACME").tick("0.01").start("10.00")))
        .latency(Fixed::new(Span::micros(50)).expect("positive"))
        .agents(Group::of(Random { rule: RULE, decides: false }).count(1_000_000).poisson(Span::secs(60)))
        .build()
        .expect("a sound market")
}

/// The most memory that this process ever held, in bytes; `None` where the system does not say.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
