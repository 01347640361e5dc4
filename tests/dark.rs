//! A dark venue beside an exchange, from the scenario to its trades.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::prelude::*;
use prism::replay::{Format, Options, replay};
use prism::scenario::Scenario;
use prism_core::sink::{Table, TradeRow};
use prism_sinks::Memory;
use prism_sinks::export::{Itch, Lobster, Start};
use prism_sinks::tape::itch::{Body, Reader};
use prism_sinks::tape::{LobsterEvent, LobsterReader, Source};

const TEXT: &str = r#"
schema = 1
run = { length = "2min", seed = 3 }
[[symbol]]
name = "ACME"
value = { law = "ornstein_uhlenbeck", start = "100.00", sigma = 3 }
[[venue]]
name = "XPRM"
kind = "exchange"
[[venue]]
name = "XDRK"
kind = "dark"
priority = "size_time"
fees = { maker = "0.1 bp", taker = "0.1 bp" }
[[agents]]
kind = "ladder_mm"
name = "makers"
count = 3
every = "500ms"
books = ["ACME@XPRM"]
adaptive = false
window = "5 ticks"
level_spacing = 0.5
[[agents]]
kind = "value_bayes"
name = "value"
count = 10
rate = 1
noise = 5
books = ["ACME@XPRM"]
"#;

/// Sends orders to the dark book.
#[derive(Clone, Debug)]
struct Institution;

impl Agent for Institution {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        let side = if ctx.rng().chance(0.5) { Side::Buy } else { Side::Sell };
        let qty = Qty(50 + ctx.rng().below_u64(500));
        if ctx.rng().chance(0.3) {
            ctx.cancel_all(book);
        }
        let terms = Terms::default().min_qty(Qty(20));
        let limit = Price(10_000 + side.sign() * (ctx.rng().range_i64(-20..=60)));
        ctx.order_with(Order::limit(book, side, qty, limit), &terms);
    }
}

/// Compares each dark trade with the exchange's quote.
#[derive(Clone, Debug, Default)]
struct Watcher {
    seen: u64,
    wrong: Vec<(Price, Top)>,
    quoted: u64,
}

impl Agent for Watcher {
    fn on_wake(&mut self, _: &mut Ctx<'_>) {}

    fn hears(&self) -> Prints {
        Prints::TRADES
    }

    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        let &[exchange, dark] = ctx.books() else { return };
        let Print::Trade { book, price, .. } = *print else { return };
        if book != dark {
            return;
        }
        self.seen += 1;
        self.quoted += u64::from(ctx.top(dark).mid().is_some());
        let top = ctx.top(exchange);
        if top.mid().is_none_or(|mid| (mid - price.0 as f64).abs() > 0.5) {
            self.wrong.push((price, top));
        }
    }
}

#[test]
fn it_trades_at_the_midpoint_of_the_exchange() {
    let scenario = Scenario::parse(TEXT, "dark").unwrap_or_else(|report| panic!("{report}"));
    let again = Scenario::parse(&scenario.expanded(), "expanded").unwrap();
    assert_eq!(again, scenario);
    let dark = Group::of(Institution).named("institutions").count(20).books(["ACME@XDRK"]);
    let watcher = Group::of(Watcher::default()).named("watcher").books(["ACME@XPRM", "ACME@XDRK"]);
    let builder = scenario.builder().unwrap().agents(dark.poisson(Span::secs(1))).agents(watcher);
    let mut sim = builder.build().unwrap();
    let run = sim.run_for(scenario.length()).unwrap();
    let (book, watcher) = (&run.books[1], sim.members::<Watcher>().next().unwrap());
    assert_eq!((book.trades, watcher.quoted), (watcher.seen, 0));
    assert!(watcher.seen > 300, "{}", watcher.seen);
    assert!(watcher.wrong.is_empty(), "{:?}", watcher.wrong);
    assert!(run.fees[0] > 0 && book.mean_spread.is_none());
}

/// What trades in the dark is told as a trade with an order that is not displayed, and nothing else is.
#[test]
fn its_trades_are_exported_as_those_of_hidden_orders() {
    let scenario = Scenario::parse(TEXT, "dark").unwrap_or_else(|report| panic!("{report}"));
    let scenario = scenario.with("run.start", "2012-06-21T00:00:00Z").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (memory, start) = (Memory::new(Table::Trades.into()), Start(scenario.start_nanos()));
    let dark = Group::of(Institution).named("institutions").count(20).books(["ACME@XDRK"]);
    let builder = scenario.builder().unwrap().agents(dark.poisson(Span::secs(1)));
    let builder = builder.sink(memory.clone()).sink(Itch::to_folder(dir.path(), start));
    let lobster = Lobster::to_folder(dir.path(), start, scenario.length());
    let files = lobster.files();
    let mut sim = builder.sink(lobster).build().unwrap();
    sim.run_for(scenario.length()).unwrap();
    sim.finish().unwrap();
    let trades = memory.trades();
    let dark: Vec<_> = trades.iter().filter(|trade| trade.book == 1).collect();
    assert!(dark.len() > 300 && dark.len() < trades.len());

    let tape = dir.path().join("XDRK_2012-06-21.itch50");
    let mut kinds = Vec::new();
    let mut told = dark.iter();
    for message in Reader::new(Source::open(&tape).unwrap()) {
        let message = message.unwrap();
        kinds.push(message.body.kind());
        let Body::Trade(body) = message.body else { continue };
        let trade = told.next().unwrap();
        assert_eq!(message.head.timestamp.ns().cast_signed(), trade.at);
        assert_eq!((u64::from(body.shares), i64::from(body.price_e4)), (trade.qty, trade.price * 100));
        assert_eq!((body.order_ref, body.side), (0, Side::Buy));
    }
    assert!(told.next().is_none());
    kinds.dedup();
    assert_eq!(kinds, b"SRHPS");

    for (book, venue) in ["XPRM", "XDRK"].into_iter().enumerate() {
        let tape = dir.path().join(format!("{venue}_2012-06-21.itch50"));
        let report = replay(&Options::new(Format::Itch, &tape), None, &mut |_| true).unwrap();
        let lots = |trade: &&TradeRow| usize::from(trade.book) == book;
        let volume: u64 = trades.iter().filter(lots).map(|trade| trade.qty).sum();
        assert_eq!((report.trade_volume, report.unknown_ids, report.warnings.len()), (Some(volume), 0, 0));
    }
    let messages = files.list().into_iter().find(|path| path.to_string_lossy().contains("XDRK"));
    let messages = LobsterReader::new(Source::open(messages.unwrap()).unwrap());
    let mut hidden = 0;
    for message in messages {
        let LobsterEvent::ExecuteHidden { size, .. } = message.unwrap().event else { panic!() };
        hidden += size;
    }
    assert_eq!(hidden, dark.iter().map(|trade| trade.qty).sum::<u64>());
}
