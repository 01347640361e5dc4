//! In its stride a whole market allocates nothing: exchange, agents, random delays, accounts and digest. Nor does
//! a call.
#![allow(clippy::unwrap_used, missing_docs)]

use allocation_counter::measure;
use prism_book::auction::Call;
use prism_book::market::{Market, MarketRules, Orders, Told};
use prism_book::{BookEngine, Exchange, Ladder, SelfTrade};
use prism_core::prelude::*;
use prism_core::types::FeeRate;
use prism_physics::latency::{Jitter, LogNormal};

/// Places, moves, reduces and cancels orders around the mid, and takes now and then.
#[derive(Clone)]
struct Busy;

impl Agent for Busy {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let pick = ctx.rng().below(2) as usize;
        let book = ctx.books()[pick];
        let mid = Price::round(ctx.top(book).reference()).0;
        let side = if ctx.rng().chance(0.5) { Side::Buy } else { Side::Sell };
        let price = Price(mid - side.sign() * ctx.rng().range_i64(-2..=40));
        let size = Qty(1 + u64::from(ctx.rng().below(9)));
        let mine = ctx.orders().next().map(|(id, _)| id);
        match (ctx.rng().below(10), mine) {
            (0, _) => {
                ctx.order(Order::market(book, side, size));
            }
            (1, Some(id)) => ctx.replace(id, price, size),
            (2, Some(id)) => ctx.reduce(id, Qty(1)),
            (3..=5, Some(id)) => ctx.cancel(id),
            _ if ctx.orders().count() > 6 => ctx.cancel_all(book),
            _ => {
                ctx.order(Order::limit(book, side, size, price));
            }
        }
    }
}

#[test]
fn no_allocation_in_the_stride() {
    let jitter = Jitter::new(Span::micros(30), Span::micros(100), 0.6).unwrap();
    let list = |name| Symbol::new(name).tick("0.01").start("50.00");
    let mut sim = Simulation::builder()
        .seed(1)
        .venue(
            Exchange::new("X")
                .list(list("A"))
                .list(list("B"))
                .fees(FeeRate::tenth_bps(-2), FeeRate::tenth_bps(5)),
        )
        .latency(LogNormal::new(jitter, Span::micros(200)).unwrap())
        .agents(Group::of(Busy).count(200).poisson(Span::millis(10)))
        .build()
        .unwrap();
    sim.advance(Time::ZERO + Span::secs(20)).unwrap();
    let (events, trades) = (sim.events(), sim.trades());
    let made = measure(|| sim.advance(Time::ZERO + Span::secs(25)).unwrap());
    assert!(sim.events() - events > 250_000, "{}", sim.events() - events);
    assert!(sim.trades() - trades > 10_000, "{}", sim.trades() - trades);
    assert_eq!(made.count_total, 0, "{made:?}");
}

#[test]
fn no_allocation_for_an_indicative_price_and_an_auction_by_time() {
    let (mut book, mut call) = (Ladder::default(), Call::default());
    let fill = |book: &mut Ladder, call: &mut Call<Ladder>| {
        for n in 0..1_000u64 {
            let side = Side::BOTH[(n % 2) as usize];
            let price = Price(10_000 - side.sign() * (n as i64 % 37 - 20));
            book.insert_resting(OrderId(n), side, price, Qty(1 + n % 7)).unwrap();
            call.add(OrderId(n), side, Qty(1)).unwrap();
        }
        let told = call.indicative(book, Price(10_000));
        let mut traded = 0;
        assert_eq!(call.uncross(book, Price(10_000), &mut |part| traded += part.qty.0), told);
        assert!(traded > 1_000);
        call.clear(&mut |_, _, _| {});
        book.clear();
    };
    fill(&mut book, &mut call);
    let made = measure(|| fill(&mut book, &mut call));
    assert_eq!(made.count_total, 0, "{made:?}");
}

/// Plain orders beside stops, icebergs and orders that have gone, with self-trade prevention: not one allocation.
#[test]
fn no_allocation_in_a_market_with_terms_in_it() {
    let rules = MarketRules { self_trade: SelfTrade::CancelOldest, ..MarketRules::new(Price(1_000)) };
    let mut market = Market::<Ladder>::new(rules, StreamKey::root(1));
    let (mut index, mut numbers, mut count) = (Orders::new(8).unwrap(), StreamKey::root(2).stream(), 0);
    let mut run = |market: &mut Market<Ladder>, messages: u32| {
        let mut trades = 0;
        for _ in 0..messages {
            count += 1;
            let id = |back| OrderId::new(AgentId(count % 8), count.saturating_sub(back) / 8);
            let side = if numbers.chance(0.5) { Side::Buy } else { Side::Sell };
            let price = Price(1_000 - side.sign() * numbers.range_i64(-2..=20));
            let order = Order::limit(BookId(0), side, Qty(1 + u64::from(numbers.below(9))), price);
            let told = &mut |_: &mut Orders, told| trades += u32::from(matches!(told, Told::Trade { .. }));
            let terms = match numbers.below(20) {
                0 => Terms::peak(Qty(2)),
                1 => Terms::stop(price),
                2 => Terms::hidden(),
                _ => Terms::default(),
            };
            if terms.is_plain() {
                market.submit(Time::ZERO, id(0), &order, &mut index, told);
            } else {
                market.submit_with(Time::ZERO, id(0), &order, &terms, &mut index, told);
            }
            market.cancel(Time::ZERO, id(8 * 30), &mut index, told);
        }
        trades
    };
    run(&mut market, 400_000);
    let mut trades = 0;
    let made = measure(|| trades = run(&mut market, 20_000));
    assert!(trades > 2_000, "{trades}");
    assert_eq!(made.count_total, 0, "{made:?}");
}
