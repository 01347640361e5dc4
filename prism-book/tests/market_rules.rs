//! Every case of `testdata/market/`: the rule book of the exchange (`docs/exchange.md`) by example. The format is in
//! `testdata/README.md`.
#![allow(clippy::unwrap_used)]

#[path = "support/corpus_files.rs"]
mod corpus_files;
mod support {
    pub mod market;
    pub mod twin;
}

use prism_book::{Ladder, Naive};
use prism_core::rng::StreamKey;
use prism_core::types::{Price, Qty, Side, Span, Time};
use serde::Deserialize;
use support::market::Engine;
use support::market::fast::Fast;
use support::market::text::{name, parse, quote, told};
use support::market::text_of_days::{day, span};
use support::market::text_of_rules::rules;
use support::twin::Twin;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    rules: String,
    day: Option<String>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    r#do: String,
    /// Nanoseconds after the step before.
    #[serde(default)]
    later: i64,
    /// In place of that: the time.
    at: Option<String>,
    tells: Vec<String>,
    bids: Option<Vec<String>>,
    asks: Option<Vec<String>>,
    hidden: Option<Vec<String>>,
    held: Option<Vec<String>>,
    last: Option<i64>,
    phase: Option<String>,
}

fn displayed(market: &impl Engine, side: Side) -> Vec<String> {
    let level = |(price, _, orders): (Price, Qty, Vec<_>)| {
        let orders = orders.into_iter().map(|(id, qty): (_, Qty)| format!("{}*{}", name(id), qty.0));
        format!("{}: {}", quote(price), orders.collect::<Vec<_>>().join(" "))
    };
    market.displayed(side).into_iter().map(level).collect()
}

fn hidden(market: &impl Engine) -> Vec<String> {
    let orders = |(side, way): (Side, &'static str)| {
        market
            .hidden(side)
            .into_iter()
            .map(move |(id, price, qty)| format!("{way} {}: {} @ {}", name(id), qty.0, quote(price)))
    };
    [(Side::Buy, "buy"), (Side::Sell, "sell")].into_iter().flat_map(orders).collect()
}

fn held(market: &impl Engine) -> Vec<String> {
    market.held().into_iter().map(|(id, qty)| format!("{}*{}", name(id), qty.0)).collect()
}

fn run<E: Engine>(case: &Case, mut after: impl FnMut(&E)) {
    let mut market = E::new(&rules(&case.rules), StreamKey::root(1));
    if let Some(rules) = &case.day {
        market = market.with_day(&day(rules));
    }
    let mut now = Time::ZERO;
    for step in &case.steps {
        now = step.at.as_ref().map_or(now + Span::nanos(step.later), |at| Time::ZERO + span(at));
        let tells: Vec<String> = parse(&step.r#do).send(now, &mut market).iter().map(told).collect();
        let at = format!("{}: {}", case.name, step.r#do);
        assert_eq!(tells, step.tells, "{at}");
        let looks = [
            ("bids", &step.bids, displayed(&market, Side::Buy)),
            ("asks", &step.asks, displayed(&market, Side::Sell)),
            ("hidden", &step.hidden, hidden(&market)),
            ("held", &step.held, held(&market)),
        ];
        for (what, want, got) in looks {
            if let Some(want) = want {
                assert_eq!(&got, want, "{at}: {what}");
            }
        }
        assert!(step.last.is_none_or(|last| Price(last) == market.last()), "{at}: last {:?}", market.last());
        let phase = format!("{:?}", market.phase());
        assert!(step.phase.as_ref().is_none_or(|want| *want == phase), "{at}: phase {phase}");
        after(&market);
    }
}

fn run_file(file: &File) {
    for case in &file.case {
        run::<Twin>(case, |_| {});
        let mut digests = [Vec::new(), Vec::new()];
        run::<Fast<Ladder>>(case, |market| digests[0].push(market.digest()));
        run::<Fast<Naive>>(case, |market| digests[1].push(market.digest()));
        assert_eq!(digests[0], digests[1], "digests of {}", case.name);
    }
}

corpus_files::corpus! { "testdata/market", run_file: terms trading days calls halts icebergs self_trade stops pegs min_qty links replace matching expiry grids }
