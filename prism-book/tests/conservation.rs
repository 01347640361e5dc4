//! Shares and money are conserved exactly, after every event, whatever the agents do.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, missing_docs)]

use prism_book::venue::{Engine, Exchange, MarginRules, ShortSales};
use prism_core::latency::LatencyModel;
use prism_core::msg::Msg;
use prism_core::prelude::*;
use prism_core::types::{CurrencyId, Decimal, FeeRate};
use proptest::prelude::*;

/// Does anything an agent can do, in books it picks at random.
#[derive(Clone)]
struct Chaos {
    spread: i64,
    until: Time,
}

impl Agent for Chaos {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        if ctx.now() > self.until {
            return;
        }
        let books = ctx.books().len() as u32;
        let book = BookId(ctx.rng().below(books) as u16);
        let side = if ctx.rng().chance(0.5) { Side::Buy } else { Side::Sell };
        let spread = self.spread;
        let price = Price(1_000 + ctx.rng().range_i64(-spread..=spread));
        let qty = Qty(ctx.rng().range_i64(0..=9) as u64);
        let picked = ctx.rng().below(8) as usize;
        let mine = ctx.orders().map(|(id, _)| id).nth(picked);
        let tif = [Tif::Gtc, Tif::Ioc, Tif::Fok, Tif::PostOnly][ctx.rng().below(4) as usize];
        match (ctx.rng().below(8), mine) {
            (0, Some(id)) => ctx.cancel(id),
            (1, Some(id)) => ctx.reduce(id, qty),
            (2, Some(id)) => ctx.replace(id, price, qty),
            (3, _) => {
                ctx.order(Order::market(book, side, qty));
            }
            _ => {
                ctx.order(Order::limit(book, side, qty, price).tif(tif));
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Jitter;
impl LatencyModel for Jitter {
    fn order(&mut self, _: Time, _: VenueId, rng: &mut RngStream) -> Span {
        Span::nanos(i64::from(rng.below(100_000)))
    }
    fn report(&mut self, _: Time, _: VenueId, rng: &mut RngStream) -> Span {
        Span::nanos(i64::from(rng.below(100_000)))
    }
    fn feed(&self, _: VenueId) -> Span {
        Span::micros(50)
    }
    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(*self)
    }
}

fn world(seed: u64, engine: Engine, spread: i64, until: Time) -> Simulation {
    let list = |venue: Exchange| {
        venue
            .list(Symbol::new("A").tick("0.05").lot("0.1").start("50"))
            .list(Symbol::new("B").tick("0.02").start("20"))
            .list(Symbol::new("C").tick("1").currency("EUR").start("1000"))
            .engine(engine)
    };
    Simulation::builder()
        .seed(seed)
        .venue(list(Exchange::new("X")).fees(FeeRate::tenth_bps(-13), FeeRate::tenth_bps(31)))
        .venue(list(Exchange::new("Y")).fees(FeeRate::tenth_bps(7), FeeRate(123_457)))
        .latency(Jitter)
        .agents(Group::of(Chaos { spread, until }).named("chaos").count(20).poisson(Span::millis(1)))
        .build()
        .unwrap()
}

/// The same on venues that ask for margin, so that agents are liquidated all the time and the venues bear losses.
fn world_with_margin(seed: u64, engine: Engine, until: Time) -> Simulation {
    let money = |units| Decimal::new(units, 0).unwrap();
    let list = |venue: Exchange| {
        venue
            .list(Symbol::new("A").tick("0.05").lot("0.1").start("50"))
            .list(Symbol::new("B").tick("0.02").start("20"))
            .list(Symbol::new("C").tick("1").currency("EUR").start("1000"))
            .engine(engine)
    };
    let shares = list(Exchange::new("X")).margin(MarginRules::of_value(200, 150, money(5)));
    let futures = list(Exchange::new("Y")).margin(MarginRules::per_lot(money(2), money(1), money(20)));
    Simulation::builder()
        .seed(seed)
        .venue(shares.fees(FeeRate::tenth_bps(-13), FeeRate::tenth_bps(31)))
        .venue(futures.short_sales(ShortSales::borrow(Qty(40))).exempt([AgentId(0), AgentId(1)]))
        .latency(Jitter)
        .agents(Group::of(Chaos { spread: 30, until }).named("chaos").count(20).poisson(Span::millis(1)))
        .build()
        .unwrap()
}

fn assert_conserved(sim: &Simulation) {
    for currency in [CurrencyId(0), CurrencyId(1)] {
        let cash: i128 = (0..20).map(|a| i128::from(sim.cash(AgentId(a), currency).0)).sum();
        assert_eq!(cash + sim.fees(currency), 0, "{currency:?} after {} events", sim.events());
    }
    for symbol in [SymbolId(0), SymbolId(1), SymbolId(2)] {
        let lots: i64 = (0..20).map(|a| sim.position(AgentId(a), symbol)).sum();
        assert_eq!(lots, 0, "{symbol:?} after {} events", sim.events());
    }
    for book in (0..6).map(BookId) {
        let top = sim.top(book);
        assert!(top.spread().is_none_or(|spread| spread > Ticks(0)), "a crossed book: {top:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn after_every_event(seed in any::<u64>(), spread in 0i64..40) {
        let mut sim = world(seed, Engine::Ladder, spread, Time::MAX);
        for _ in 0..4_000 {
            sim.step().unwrap();
            assert_conserved(&sim);
        }
        prop_assert!(sim.trades() > 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn after_every_event_with_liquidations(seed in any::<u64>()) {
        let mut sim = world_with_margin(seed, Engine::Ladder, Time::MAX);
        let mut liquidated = false;
        for _ in 0..3_000 {
            liquidated |= matches!(sim.step().unwrap().map(|e| e.msg), Some(Msg::Report(Report::Liquidated { .. })));
            assert_conserved(&sim);
        }
        prop_assert!(liquidated);
    }
}

/// The fast book and the obvious one are the same market, to the last report.
#[test]
fn engines_give_one_digest() {
    for (seed, spread) in [(1, 3), (2, 30), (3, 900)] {
        let run = |engine| {
            let mut sim = world(seed, engine, spread, Time::MAX);
            let run = sim.run_for(Span::secs(4)).unwrap();
            assert_conserved(&sim);
            assert!(run.trades > 2_000, "{} trades", run.trades);
            (run.digest, run.events)
        };
        assert_eq!(run(Engine::Ladder), run(Engine::Naive), "seed {seed}");
    }
}

#[test]
fn engines_liquidate_alike() {
    let run = |engine| {
        let mut sim = world_with_margin(5, engine, Time::MAX);
        let run = sim.run_for(Span::secs(2)).unwrap();
        assert_conserved(&sim);
        (run.digest, run.events)
    };
    assert_eq!(run(Engine::Ladder), run(Engine::Naive));
}

/// When everything in flight has arrived, what agents have been told is what is true.
#[test]
fn agents_know_their_accounts_once_the_reports_are_in() {
    let until = Time::from_nanos(1_000_000_000);
    for mut sim in [world(7, Engine::Ladder, 10, until), world_with_margin(7, Engine::Ladder, until)] {
        sim.run_for(Span::secs(2)).unwrap();
        assert!(sim.trades() > 1_000);
        for agent in (0..20).map(AgentId) {
            for currency in [CurrencyId(0), CurrencyId(1)] {
                let told = sim.act(agent, |ctx| ctx.account().cash(currency)).unwrap();
                assert_eq!(told, Some(sim.cash(agent, currency)));
            }
            for symbol in [SymbolId(0), SymbolId(1), SymbolId(2)] {
                let told = sim.act(agent, |ctx| ctx.account().position(symbol)).unwrap();
                assert_eq!(told, Some(sim.position(agent, symbol)));
            }
            let working = sim.act(agent, |ctx| ctx.orders().count()).unwrap().unwrap();
            let reported =
                sim.act(agent, |ctx| ctx.orders().map(|(_, order)| order.left.0).sum::<u64>()).unwrap();
            assert_eq!(working == 0, reported == Some(0), "a working order has something left");
        }
    }
}
