//! Markets with a trading day: the library's and the naive one tell the same of the same random messages over several
//! days, and are in the same state. And what must hold of such a market by itself.
//!
//! `PRISM_MESSAGES` is the number of messages of the long comparison.
#![allow(clippy::unwrap_used)]

mod support {
    pub mod market;
    pub mod twin;
}

use prism_book::Ladder;
use prism_book::market::MarketRules;
use prism_core::rng::StreamKey;
use prism_core::types::Time;
use proptest::prelude::*;
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

fn compare(
    rules: &MarketRules,
    day: &RandomDay,
    steps: impl IntoIterator<Item = Step>,
) -> Result<(), String> {
    let mut a = Twin::new(rules, KEY).with_day(&day.rules);
    let mut b = Engine::with_day(<Fast<Ladder> as Engine>::new(rules, KEY), &day.rules);
    let mut now = Time::ZERO;
    for step in steps {
        in_step(&mut a, &mut b, &mut now, &step)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn both_tell_the_same(
        rules in random::some_rules(), day in days::some_days(), steps in days::steps(150),
    ) {
        compare(&rules, &day, steps).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn both_tell_the_same_for_long() {
    let rules = random::all_rules();
    for n in 0..messages().div_ceil(RUN) {
        let mut stream = StreamKey::root(n).child("days").stream();
        let rules = &rules[usize::try_from(n).unwrap() % rules.len()];
        let day = days::next_day(&mut stream);
        let steps = std::iter::repeat_with(|| days::next_step(&mut stream)).take(RUN as usize);
        compare(rules, &day, steps).unwrap_or_else(|wrong| panic!("run {n}, {rules:?}, {day:?}: {wrong}"));
    }
}
