//! A run written as recorded market data, and the books that the run and its files tell.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use prism::prelude::*;
use prism::scenario::Scenario;
use prism_book::{BookEngine, Handle, Ladder};
use prism_core::market::BookAction;
use prism_core::sink::{BookRow, Tables};
use prism_sinks::Memory;
use prism_sinks::export::{Itch, Lobster, Start};
use prism_sinks::tape::Source;
use prism_sinks::tape::itch::{Body, Reader};

/// The side of a column.
fn side(side: u8) -> Side {
    Side::BOTH[usize::from(side)]
}

/// A book that does what it is told, order by order.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) ladder: Ladder,
    handles: BTreeMap<u64, Handle>,
}

impl Told {
    fn add(&mut self, id: u64, side: Side, price: i64, qty: u64) {
        let handle = self.ladder.insert_resting(OrderId(0), side, Price(price), Qty(qty)).unwrap();
        assert_eq!(self.handles.insert(id, handle), None);
    }

    fn take(&mut self, id: u64, qty: u64) {
        if self.ladder.execute(self.handles[&id], Qty(qty)).unwrap().left.is_zero() {
            self.handles.remove(&id);
        }
    }

    fn left(&self, id: u64) -> u64 {
        self.ladder.get(self.handles[&id]).unwrap().left.0
    }

    /// Does what an event of the run says; false of one that is about no displayed order.
    pub(crate) fn row(&mut self, row: &BookRow) -> bool {
        match BookAction::ALL[usize::from(row.action)] {
            BookAction::Add => self.add(row.id, side(row.side), row.price, row.qty),
            BookAction::Replace => {
                self.take(row.id, self.left(row.id));
                self.add(row.id, side(row.side), row.price, row.qty);
            }
            BookAction::Reduce | BookAction::Execute | BookAction::Delete | BookAction::Cross => {
                self.take(row.id, row.qty);
            }
            BookAction::Hidden | BookAction::Uncross | BookAction::Phase | BookAction::Indicative => {
                return false;
            }
        }
        true
    }

    /// False for messages that are about no order.
    pub(crate) fn message(&mut self, body: &Body) -> bool {
        match body {
            Body::AddOrder(add) => {
                self.add(add.order_ref, add.side, add.price_e4.into(), add.shares.into());
            }
            Body::OrderExecuted(order) => self.take(order.order_ref, order.shares.into()),
            Body::OrderExecutedWithPrice(order) => self.take(order.order_ref, order.shares.into()),
            Body::OrderCancel(order) => self.take(order.order_ref, order.shares.into()),
            Body::OrderDelete(order) => self.take(order.order_ref, self.left(order.order_ref)),
            Body::OrderReplace(order) => {
                let rested = self.ladder.get(self.handles[&order.order_ref]).unwrap();
                self.take(order.order_ref, rested.left.0);
                self.add(order.new_order_ref, rested.side, order.price_e4.into(), order.shares.into());
            }
            _ => return false,
        }
        true
    }

    /// Price and size of every order, in the order of the queues.
    pub(crate) fn orders(&self, (tick, lot): (i64, u64)) -> Vec<(Side, i64, u64)> {
        let of = |side| {
            self.ladder.orders(side).map(move |(_, order)| (side, order.price.0 * tick, order.left.0 * lot))
        };
        of(Side::Buy).chain(of(Side::Sell)).collect()
    }
}

/// The book after every message of the tape is the book after every event of the run, order by order.
pub(crate) fn compare(tape: &Path, rows: &[BookRow], unit: (i64, u64)) {
    let (mut run, mut read) = (Told::default(), Told::default());
    let mut rows = rows.iter().filter(|row| BookAction::ALL[usize::from(row.action)].is_of_order());
    for message in Reader::new(Source::open(tape).unwrap()) {
        if read.message(&message.unwrap().body) {
            assert!(run.row(rows.next().unwrap()));
            assert_eq!(read.orders((1, 1)), run.orders(unit));
        }
    }
    assert!(rows.next().is_none());
}

/// A day of five minutes, interrupted by moves of the price and by a breaker.
pub(crate) const DAY: &str = r#"
schema = 1
run    = { seed = 11, length = "5min", start = "2012-06-21T09:00:00Z" }
[[symbol]]
name  = "ACME"
tick  = "0.01"
lot   = "10"
value = { law = "ornstein_uhlenbeck", start = "100.00", half_life = "10min", sigma = 2.5 }
[[venue]]
name             = "XPRM"
kind             = "exchange"
phases           = "pre_open 0s, opening 10s, continuous 30s, closing 4min, closed 280s"
random_end       = "5s"
dynamic_corridor = "16 bp"
volatility_call  = "8s"
volatility_random_end = "5s"
breaker_levels   = "8 10s, 16 10s"
halted           = "collect"
[link]
near = { order = "1ms", feed = "1ms" }
[[agents]]
kind  = "noise_trader"
count = 30
link  = "near"
wakes = { poisson = "2s" }
[[agents]]
kind      = "zero_intelligence"
count     = 60
link      = "near"
rate      = "every 5s"
refresh   = "every 5s"
price_min = "99.00"
price_max = "101.00"
size      = 20
assigned  = 20
[[agents]]
kind          = "ladder_mm"
count         = 2
link          = "near"
every         = "2s"
adaptive      = false
window        = "4 ticks"
level_spacing = 0.5
min_size      = 20
"#;

/// The same market, which trades for ever.
pub(crate) fn without_a_day() -> String {
    let keys = ["phases", "random_end", "dynamic_corridor", "volatility", "breaker_levels", "halted"];
    let others = DAY.lines().filter(|line| !keys.iter().any(|key| line.starts_with(key)));
    others.map(|line| line.to_owned() + "\n").collect()
}

/// Sends hidden orders, icebergs and orders at the market.
#[derive(Clone, Debug)]
pub(crate) struct Unseen;

impl Agent for Unseen {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let (book, last) = (ctx.home(), ctx.top(ctx.home()).last());
        let side = if ctx.rng().chance(0.5) { Side::Buy } else { Side::Sell };
        let away = i64::from(ctx.rng().below(6));
        let price = Price(last.0 - side.sign() * away);
        let kind = ctx.rng().below(4);
        match kind {
            0 => drop(ctx.order_with(Order::limit(book, side, Qty(40), price), &Terms::hidden())),
            1 => drop(ctx.order_with(Order::limit(book, side, Qty(60), price), &Terms::peak(Qty(7)))),
            2 => drop(ctx.order(Order::market(book, side, Qty(30)))),
            _ => ctx.cancel_all(book),
        }
    }
}

/// What a run of the day told.
pub(crate) struct Exported {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) memory: Memory,
    pub(crate) run: Run,
}

/// Runs it with traders whose orders nobody sees, and with both writers.
pub(crate) fn exported(text: &str) -> Exported {
    let folder = tempfile::tempdir().unwrap();
    let scenario = Scenario::parse(text, "day.toml").unwrap_or_else(|report| panic!("{report}"));
    let memory = Memory::new(Tables::ALL);
    let start = Start(scenario.start_nanos());
    let unseen = Group::of(Unseen).named("unseen").count(20).poisson(Span::secs(4)).link("near");
    let mut sim = scenario
        .builder()
        .unwrap()
        .agents(unseen)
        .sink(memory.clone())
        .sink(Itch::to_folder(folder.path(), start))
        .sink(Lobster::to_folder(folder.path(), start, scenario.length()))
        .build()
        .unwrap();
    sim.run_for(scenario.length()).unwrap();
    let run = sim.finish().unwrap();
    Exported { folder, memory, run }
}
