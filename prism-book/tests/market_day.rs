//! Markets with a trading day: the library's and the naive one tell the same of the same random messages over several
//! days, and are in the same state. And what must hold of such a market by itself.
//!
//! `PRISM_MESSAGES` is the number of messages of the long comparison.
#![allow(clippy::unwrap_used)]

mod support {
    pub mod market;
    pub mod twin;
}

use std::ops::Add;

use prism_book::Ladder;
use prism_book::market::MarketRules;
use prism_core::rng::StreamKey;
use prism_core::types::{Span, Time};
use support::market::days::{self, RandomDay};
use support::market::engine::{Engine, in_step};
use support::market::fast::Fast;
use support::market::{Step, random};
use support::twin::Twin;

/// The key of the streams from which markets draw.
const KEY: StreamKey = StreamKey::root(3).child("days");

/// Messages of one long run with the same rules: several days.
const RUN: u64 = 1_000;

fn messages() -> u64 {
    std::env::var("PRISM_MESSAGES").map_or(60_000, |text| text.parse().unwrap())
}

/// A run: the rules, the day, and the messages.
struct Run {
    rules: MarketRules,
    day: RandomDay,
    steps: Vec<Step>,
}

impl Run {
    /// The first difference between the two markets, and after how many messages it is there.
    fn difference(&self) -> Option<(usize, String)> {
        let mut a = Twin::new(&self.rules, KEY).with_day(&self.day.rules);
        let mut b = Engine::with_day(<Fast<Ladder> as Engine>::new(&self.rules, KEY), &self.day.rules);
        let mut now = Time::ZERO;
        let mut steps = self.steps.iter().zip(1..);
        steps.find_map(|(step, n)| Some((n, in_step(&mut a, &mut b, &mut now, step).err()?)))
    }

    /// Fails with the fewest messages, each in its time, after which there is a difference.
    fn assert_no_difference(&mut self) {
        let Some((failing, _)) = self.difference() else { return };
        self.steps.truncate(failing);
        let mut size = failing.next_power_of_two();
        while size > 0 {
            let mut at = 0;
            while at + size < self.steps.len() {
                let all = self.steps.clone();
                let left_out = self.steps.drain(at..at + size).map(|step| step.after);
                let time = left_out.reduce(Span::add).unwrap();
                self.steps[at].after = self.steps[at].after + time;
                if self.difference().is_none() {
                    self.steps = all;
                    at += size;
                }
            }
            size /= 2;
        }
        let MarketRules { self_trade, matching, .. } = &self.rules;
        let difference = self.difference().unwrap().1;
        panic!("{matching:?} {self_trade:?}, {:?}: {:#?}\n{difference}", self.day, self.steps);
    }
}

/// Runs of so many messages each, all rules in turn, each with a day and messages of its own.
fn compare(runs: u64, length: u64, key: StreamKey) {
    let rules = random::all_rules();
    for n in 0..runs {
        let mut stream = key.index(n).stream();
        let rules = rules[usize::try_from(n).unwrap() % rules.len()].clone();
        let day = days::next_day(&mut stream);
        let steps = (0..length).map(|_| days::next_step(&mut stream)).collect();
        Run { rules, day, steps }.assert_no_difference();
    }
}

#[test]
fn both_tell_the_same() {
    compare(messages() / 150, 150, StreamKey::root(1));
}

#[test]
fn both_tell_the_same_for_long() {
    compare(messages().div_ceil(RUN), RUN, StreamKey::root(2));
}
