//! The library's market and a naive one from the same rule book: the same random messages, told the same, in the same
//! state. And what must hold of a market by itself.
//!
//! `PRISM_MESSAGES` is the number of messages of the long comparison; what must hold is watched over half as many.
#![allow(clippy::unwrap_used)]

mod support {
    pub mod market;
    pub mod twin;
}

use std::collections::BTreeMap;

use prism_book::Ladder;
use prism_book::market::{MarketRules, Told};
use prism_core::rng::StreamKey;
use prism_core::types::Time;
use proptest::prelude::*;
use support::market::engine::{Engine, in_step};
use support::market::fast::Fast;
use support::market::watch::Watch;
use support::market::{Step, random};
use support::twin::Twin;

/// The key of the streams from which markets draw.
const KEY: StreamKey = StreamKey::root(3).child("peaks");

/// Messages of one long run with the same rules: enough for every id to be used again and again.
const RUN: u64 = 2_000;

fn messages() -> u64 {
    std::env::var("PRISM_MESSAGES").map_or(60_000, |text| text.parse().unwrap())
}

/// A long run over all rules, each with messages of its own.
fn long_run(messages: u64, mut run: impl FnMut(&MarketRules, &mut dyn FnMut() -> Step)) {
    let rules = random::all_rules();
    for n in 0..messages.div_ceil(RUN) {
        let mut stream = StreamKey::root(n).child("messages").stream();
        let which = usize::try_from(n).unwrap() % rules.len();
        run(&rules[which], &mut || random::next(&mut stream));
    }
}

/// The random messages are worth comparing: they bring about everything that a market tells.
#[test]
fn everything_is_told() {
    let mut seen = BTreeMap::new();
    for (rules, n) in random::all_rules().iter().take(60).zip(0..) {
        let mut stream = StreamKey::root(n).child("messages").stream();
        let mut market = Twin::new(rules, KEY);
        let mut now = Time::ZERO;
        for _ in 0..500 {
            let step = random::next(&mut stream);
            now += step.after;
            for told in step.message.send(now, &mut market) {
                let kind = match told {
                    Told::Accepted { .. } => "accepted".to_owned(),
                    Told::Rejected { why, .. } => format!("rejected {why:?}"),
                    Told::Trade { .. } => "trade".to_owned(),
                    Told::Reduced { why, .. } => format!("reduced {why:?}"),
                    Told::Cancelled { why, .. } => format!("cancelled {why:?}"),
                    Told::Triggered { .. } => "triggered".to_owned(),
                    _ => panic!("without a day: {told:?}"),
                };
                *seen.entry(kind).or_insert(0) += 1;
            }
        }
    }
    let rejected =
        ["WouldTrade", "NotFilled", "BadQty", "BadPrice", "BadTerms", "BadTime", "TooLate", "DuplicateId"]
            .map(|why| format!("rejected {why}"));
    let reduced = ["Requested", "SelfTrade", "Linked"].map(|why| format!("reduced {why}"));
    let cancelled =
        ["Requested", "SelfTrade", "Linked", "Expired", "TimeInForce"].map(|why| format!("cancelled {why}"));
    let plain = ["accepted", "trade", "triggered"].map(str::to_owned);
    for kind in rejected.into_iter().chain(reduced).chain(cancelled).chain(plain) {
        assert!(seen.get(&kind).is_some_and(|&times| times >= 5), "{kind}: {seen:?}");
    }
}

fn some_rules() -> impl Strategy<Value = MarketRules> {
    proptest::sample::select(random::all_rules())
}

/// Sequences of up to `most` messages.
fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = any::<[u8; random::BYTES]>().prop_map(|bytes| random::read(&bytes));
    proptest::collection::vec(step, 1..=most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn both_tell_the_same(rules in some_rules(), steps in steps(120)) {
        let (mut a, mut b) = (Twin::new(&rules, KEY), Fast::<Ladder>::new(&rules, KEY));
        let mut now = Time::ZERO;
        for step in &steps {
            in_step(&mut a, &mut b, &mut now, step).map_err(TestCaseError::fail)?;
        }
    }

    #[test]
    fn what_must_hold_holds(rules in some_rules(), steps in steps(120)) {
        let mut watch = Watch::<Fast<Ladder>>::new(&rules, KEY);
        for step in &steps {
            watch.step(step);
        }
    }
}

#[test]
fn both_tell_the_same_for_long() {
    long_run(messages(), |rules, next| {
        let (mut a, mut b) = (Twin::new(rules, KEY), Fast::<Ladder>::new(rules, KEY));
        let mut now = Time::ZERO;
        for _ in 0..RUN {
            let step = next();
            in_step(&mut a, &mut b, &mut now, &step).unwrap_or_else(|wrong| panic!("{rules:?}: {wrong}"));
        }
    });
}

#[test]
fn what_must_hold_holds_for_long() {
    long_run(messages() / 2, |rules, next| {
        let mut watch = Watch::<Fast<Ladder>>::new(rules, KEY);
        for _ in 0..RUN {
            watch.step(&next());
        }
    });
}
