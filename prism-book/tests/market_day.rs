//! Markets with a trading day: the library's and the naive one tell the same of the same random messages over several
//! days, and are in the same state. And what must hold of such a market by itself.
//!
//! `PRISM_MESSAGES` is the number of messages of the long comparison.
#![allow(clippy::unwrap_used)]

mod support {
    pub mod market;
    pub mod twin;
}

use std::collections::BTreeMap;
use std::ops::Add;

use prism_book::Ladder;
use prism_book::market::{MarketRules, Told};
use prism_core::msg::Terms;
use prism_core::rng::StreamKey;
use prism_core::types::{AgentId, OrderId, Price, Qty, Side, Span, Tif, Time};
use support::market::days::{self, RandomDay};
use support::market::engine::{Engine, in_step};
use support::market::fast::Fast;
use support::market::text_of_days;
use support::market::watch_day::DayWatch;
use support::market::{Message, Step, random};
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
        let difference = self.difference().unwrap().1;
        panic!("{:?}, {:?}: {:#?}\n{difference}", self.rules, self.day, self.steps);
    }
}

/// Runs of so many messages each, all rules in turn, each with a day and messages of its own.
fn compare(runs: u64, length: u64, key: StreamKey) {
    let rules = random::all_rules();
    for n in 0..runs {
        let mut stream = key.index(n).stream();
        let rules = &rules[usize::try_from(n).unwrap() % rules.len()];
        let day = days::next_day(&mut stream);
        let rules = days::suited(rules, &day.rules);
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

/// What must hold holds of both, and the random messages bring about everything that a day tells.
#[test]
fn what_must_hold_holds() {
    let rules = random::all_rules();
    let mut seen = BTreeMap::new();
    for n in 0..(messages() / 400).max(60) {
        let mut stream = StreamKey::root(3).index(n).stream();
        let rules = &rules[usize::try_from(n).unwrap() % rules.len()];
        let day = days::next_day(&mut stream);
        let rules = &days::suited(rules, &day.rules);
        let mut fast = DayWatch::<Fast<Ladder>>::new(rules, &day.rules, KEY);
        let mut twin = DayWatch::<Twin>::new(rules, &day.rules, KEY);
        for _ in 0..200 {
            let step = days::next_step(&mut stream);
            fast.step(&step);
            twin.step(&step);
        }
        for (kind, times) in fast.seen {
            *seen.entry(kind).or_insert(0) += times;
        }
    }
    let phases = ["PreOpen", "Opening", "Continuous", "Volatility", "Closing", "Halted", "Closed"];
    for kind in phases.into_iter().chain(["Uncrossed", "Crossed", "Indicative", "Trade", "Triggered"]) {
        assert!(seen.get(kind).is_some_and(|&times| times >= 50), "{kind}: {seen:?}");
    }
}

/// The price of a call is one at which the most trades, by trying every price.
#[test]
fn the_most_trades() {
    let day = text_of_days::day("1000s long, opening at 100s, continuous at 200s");
    for n in 0..500 {
        let mut stream = StreamKey::root(4).index(n).stream();
        let rules = MarketRules::new(Price(random::MIDDLE));
        let mut market = Engine::with_day(<Fast<Ladder> as Engine>::new(&rules, KEY), &day);
        let mut orders = Vec::new();
        for counter in 0..=stream.below_u64(20) {
            let id = OrderId::new(AgentId(0), u32::try_from(counter).unwrap());
            let side = Side::BOTH[usize::try_from(stream.below_u64(2)).unwrap()];
            let price = (stream.below_u64(5) > 0).then(|| Price(stream.range_i64(90..=110)));
            let qty = Qty(1 + stream.below_u64(50));
            let tif = if price.is_none() { Tif::Ioc } else { Tif::Gtc };
            let terms = Terms::default();
            Message::New { id, side, qty, price, tif, terms }.send(Time::ZERO + Span::secs(100), &mut market);
            orders.push((side, price, qty.0));
        }
        let at = |side: Side, price: i64| -> u64 {
            let reach = |limit: Option<Price>| limit.is_none_or(|l| (l.0 - price) * side.sign() >= 0);
            orders.iter().filter(|order| order.0 == side && reach(order.1)).map(|order| order.2).sum()
        };
        let volume = |price: i64| at(Side::Buy, price).min(at(Side::Sell, price));
        let told = market.advance(Time::ZERO + Span::secs(200));
        let uncrossed = told.iter().find_map(|told| match *told {
            Told::Uncrossed { price, volume, .. } => Some((price.0, volume.0)),
            _ => None,
        });
        let most = (80..=120).map(volume).max().unwrap();
        assert_eq!(uncrossed.map_or(0, |uncrossed| uncrossed.1), most, "{orders:?}");
        assert!(uncrossed.is_none_or(|(price, _)| volume(price) == most), "{orders:?}");
    }
}
