//! One world, one digest: whoever watches, however it is cut, in a twin too; and what is added to a world
//! changes nobody's chance.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::time::Instant;

use prism::drive::{Ended, drive};
use prism::execute::{Execution, Output};
use prism::prelude::*;
use prism::scenario::Scenario;
use prism::sinks::{Csv, Memory, Ndjson, Parquet, Threaded};
use prism_core::sink::{Table, Tables, TradeRow};

const LENGTH: Span = Span::secs(20);

fn quickstart() -> Scenario {
    let scenario = Scenario::load("scenarios/quickstart.toml").unwrap();
    scenario.with("run.length", LENGTH).unwrap()
}

fn alone(scenario: &Scenario) -> Run {
    scenario.builder().unwrap().build().unwrap().run_for(scenario.length()).unwrap()
}

#[test]
fn sinks_only_watch() {
    let scenario = quickstart();
    let expected = alone(&scenario);
    assert!(expected.trades > 100, "{} trades", expected.trades);

    let memory = Memory::new(Tables::ALL);
    let mut sim = scenario.builder().unwrap().sink(memory.clone()).build().unwrap();
    sim.run_for(LENGTH).unwrap();
    assert_eq!(sim.finish().unwrap().digest, expected.digest, "with one sink");
    assert_eq!(memory.rows(Table::Trades) as u64, expected.trades);
    assert_eq!(memory.rows(Table::Fills) as u64, 2 * expected.trades);
    assert_eq!(memory.rows(Table::Orders) as u64, expected.requests);

    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let mut sim = scenario
        .builder()
        .unwrap()
        .sink(Memory::new(Tables::ALL))
        .sink(Csv::to_folder(at("csv"), Tables::ALL))
        .sink(Threaded::new(Ndjson::to_file(at("all.ndjson"), Tables::ALL)))
        .sink(Threaded::new(Parquet::to_folder(at("parquet"), Tables::ALL)))
        .build()
        .unwrap();
    sim.run_for(LENGTH).unwrap();
    assert_eq!(sim.finish().unwrap().digest, expected.digest, "with all sinks");

    let scenario = scenario.with("run.ties", "random").unwrap();
    let (shuffled, execution) = (alone(&scenario), into_folder(&scenario, at("out")));
    assert_ne!(shuffled.digest, expected.digest, "a shuffle that never happens proves nothing");
    let report = execution.run(|_| true).unwrap();
    assert_eq!(report.digest, format!("{:016x}", shuffled.digest), "with ties shuffled, into a folder");
}

fn into_folder(scenario: &Scenario, folder: std::path::PathBuf) -> Execution<'_> {
    let output = Output { folder, force: false, tables: Tables::ALL, command: vec!["test".to_owned()] };
    Execution { scenario, sinks: true, output: Some(output), began: now(), warnings: Vec::new() }
}

#[allow(clippy::disallowed_methods)] // what an execution is told; nothing here depends on it
fn now() -> Instant {
    Instant::now()
}

#[test]
fn slices_change_nothing() {
    for ties in ["fifo", "random"] {
        let scenario = quickstart().with("run.ties", ties).unwrap();
        let (expected, build) = (alone(&scenario), || scenario.builder().unwrap().build().unwrap());

        for slice in [Span::micros(997), Span::millis(333), Span::secs(7)] {
            let mut sim = build();
            while sim.now() < Time::ZERO + LENGTH {
                let until = (sim.now() + slice).min(Time::ZERO + LENGTH);
                sim.advance(until).unwrap();
            }
            assert_eq!(sim.summary().digest, expected.digest, "{ties}, slices of {slice}");
        }

        let mut sim = build();
        let (ended, _) = drive(&mut sim, LENGTH, now(), |_| true).unwrap();
        assert_eq!(
            (ended, sim.digest(), sim.now()),
            (Ended::Complete, expected.digest, expected.time),
            "{ties}"
        );

        // Stopped by whoever watches, and gone on with. In a fast run nobody may have been asked at all.
        let mut sim = build();
        let (ended, _) = drive(&mut sim, LENGTH, now(), |_| false).unwrap();
        assert_eq!(ended == Ended::Interrupted, sim.now() < Time::ZERO + LENGTH, "{ties}");
        sim.advance(Time::ZERO + LENGTH).unwrap();
        assert_eq!(sim.digest(), expected.digest, "{ties}, stopped and gone on with");
    }
    // Event by event, where no ties are shuffled.
    let scenario = quickstart();
    let mut sim = scenario.builder().unwrap().build().unwrap();
    sim.advance(Time::ZERO).unwrap();
    while sim.next_time().is_some_and(|next| next <= Time::ZERO + LENGTH) {
        sim.step().unwrap();
    }
    assert_eq!(sim.digest(), alone(&scenario).digest, "event by event");
}

#[test]
fn a_fork_left_alone_is_a_twin_and_one_with_an_order_more_is_not() {
    let scenario = quickstart();
    let expected = alone(&scenario);
    for at in [Span::ZERO, Span::nanos(1), Span::millis(1_234), Span::secs(10), LENGTH] {
        let mut sim = scenario.builder().unwrap().build().unwrap();
        sim.run_for(at).unwrap();
        let mut twin = sim.fork();
        let mut other = sim.fork();
        // The least that can be done: one lot to buy far below the market, which nobody will ever sell.
        let id = other.act(AgentId(7), |ctx| {
            let book = ctx.home();
            ctx.order(Order::limit(book, Side::Buy, Qty(1), Price(1)))
        });
        assert!(id.unwrap().is_some());
        for (world, rest) in [(&mut twin, LENGTH - at), (&mut sim, LENGTH - at)] {
            assert_eq!(world.run_for(rest).unwrap().digest, expected.digest, "forked at {at}");
        }
        // The order travels for a while, even at the end of the run.
        let later = |sim: &mut Simulation| sim.run_for(Span::secs(1)).unwrap().digest;
        other.run_for(LENGTH - at).unwrap();
        assert_ne!(later(&mut other), later(&mut twin), "an order more at {at}");
    }
}

/// Buys one lot at one tick: its orders rest far below any market.
#[derive(Clone)]
struct Hopeless;

impl Agent for Hopeless {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        if ctx.rng().below_u64(3) == 0 {
            ctx.cancel_all(book);
        }
        ctx.order(Order::limit(book, Side::Buy, Qty(1), Price(1)));
    }
}

fn trades(scenario: &Scenario, extra: Option<Group<Hopeless>>) -> (u64, Vec<TradeRow>) {
    let memory = Memory::new(Table::Trades.into());
    let mut builder = scenario.builder().unwrap().sink(memory.clone());
    if let Some(group) = extra {
        builder = builder.agents(group);
    }
    let mut sim = builder.build().unwrap();
    sim.run_for(LENGTH).unwrap();
    (sim.finish().unwrap().requests, memory.trades())
}

#[test]
fn a_group_without_effect_changes_nobody_elses_draws() {
    let scenario = quickstart();
    let (requests, without) = trades(&scenario, None);
    let group = Group::of(Hopeless).named("extra").count(3).poisson(Span::millis(70)).link("internet");
    let (more, with) = trades(&scenario, Some(group));
    assert!(more > requests + 500, "{more} requests against {requests}: the others hardly acted");
    assert_eq!(with, without);
}

/// The five markets of the quickstart, and a sixth with traders of its own, declared before all others, so
/// that every id that could move has moved.
#[test]
fn a_market_more_leaves_the_others_as_they_were() {
    let text = std::fs::read_to_string("scenarios/quickstart.toml").unwrap();
    // Who trades everything would trade the sixth, too.
    let five = r#"books = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "ADAUSDT"]"#;
    let wider = |line: &str| match line.split_once('=') {
        Some((key, value)) if key.trim() == "link" && value.trim() == "\"internet\"" => {
            format!("{line}\n{five}\n")
        }
        _ => format!("{line}\n"),
    };
    let text: String = text.lines().map(wider).collect();
    assert_eq!(text.matches(five).count(), 3);
    let sixth = r#"
[[symbol]]
name  = "ACME"
value = { law = "gbm", start = "100", sigma = 1e-4 }

[[venue]]
name    = "XTWO"
kind    = "exchange"
symbols = ["ACME"]

[[agents]]
kind  = "ladder_mm"
name  = "extra maker"
books = ["ACME"]
every = "100ms"

[[agents]]
kind  = "noise_trader"
name  = "extra"
books = ["ACME"]
count = 3
link  = "internet"
wakes = { poisson = "300ms" }
"#;
    let (head, tail) = text.split_at(text.find("[[symbol]]").unwrap());
    let both = format!("{head}{sixth}{tail}");

    let load = |text: &str| Scenario::parse(text, "five").unwrap().with("run.length", LENGTH).unwrap();
    let (alone, together) = (load(&text), load(&both));
    let names = |scenario: &Scenario| {
        let memory = Memory::new(Table::Trades.into());
        let mut sim = scenario.builder().unwrap().sink(memory.clone()).build().unwrap();
        sim.run_for(LENGTH).unwrap();
        sim.finish().unwrap();
        let (world, rows) = (sim.world().clone(), memory.trades());
        let trader = |order: u64| {
            let agent = OrderId(order).agent();
            let group = world.group_of(agent).unwrap();
            format!("{} {}", group.name, agent.0 - group.first.0)
        };
        let trade = |row: &TradeRow| {
            let symbol = world.instruments.of_book(BookId(row.book)).name.clone();
            (row.at, symbol, row.price, row.qty, row.aggressor, trader(row.maker), trader(row.taker))
        };
        rows.iter().map(trade).collect::<Vec<_>>()
    };
    let (expected, found) = (names(&alone), names(&together));
    let (acme, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|trade| trade.1 == "ACME");
    assert!(acme.len() > 10, "{} trades in the market that was added", acme.len());
    assert!(expected.len() > 100);
    assert_eq!(others, expected);
}
