//! The router: the cheapest lots of all venues, and again what came back.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_agents::kit::router::{Leg, Routed, Router};
use prism_book::Exchange;
use prism_core::kernel::Builder;
use prism_core::prelude::*;
use prism_core::testing::{Script, Step};
use prism_core::types::FeeRate;
use prism_physics::latency::Fixed;
use proptest::prelude::*;

fn level(price: i64, qty: u64) -> Level {
    Level { price: Price(price), qty: Qty(qty) }
}

proptest! {
    /// A lot at a time, each from the cheapest level that still has one, costs as much.
    #[test]
    fn no_other_split_is_cheaper(
        levels in proptest::collection::vec((0u16..3, 90i64..110, 1u64..20), 0..12),
        fees in proptest::array::uniform3(-30i64..30),
        (sell, qty, limit) in (any::<bool>(), 1u64..80, 92i64..108),
    ) {
        let side = if sell { Side::Sell } else { Side::Buy };
        let sign = i128::from(side.sign());
        // One level for each book and price, as a book has it.
        let mut seen: Vec<(BookId, Level)> = Vec::new();
        for (book, price, qty) in levels {
            if !seen.iter().any(|(b, l)| (b.0, l.price.0) == (book, price)) {
                seen.push((BookId(book), level(price, qty)));
            }
        }
        let rate = |book: BookId| FeeRate::tenth_bps(fees[book.index()]);
        let cost = |book: BookId, price: Price| {
            i128::from(price.0) * (sign * 1_000_000_000 + i128::from(rate(book).0))
        };
        let mut router = Router::with_fees((0..3).map(|book| (BookId(book), rate(BookId(book)))));
        let legs = router.split(&seen, side, Qty(qty), Price(limit)).to_vec();

        let good = |price: Price| sign * i128::from(price.0) <= sign * i128::from(limit);
        let mut lots: Vec<i128> = seen
            .iter()
            .filter(|(_, level)| good(level.price))
            .flat_map(|(book, level)| std::iter::repeat_n(cost(*book, level.price), usize::try_from(level.qty.0).unwrap()))
            .collect();
        lots.sort_unstable();
        lots.truncate(usize::try_from(qty).unwrap());

        // Each leg takes the best of its book, to its price.
        let mut paid = Vec::new();
        for Leg { book, price, qty } in &legs {
            let mut own: Vec<Level> = seen.iter().filter(|(b, _)| b == book).map(|(_, level)| *level).collect();
            own.sort_by_key(|level| side.sign() * level.price.0);
            let mut left = qty.0;
            for level in own {
                let part = left.min(level.qty.0);
                left -= part;
                prop_assert!(part == 0 || side.sign() * level.price.0 <= side.sign() * price.0);
                paid.extend(std::iter::repeat_n(cost(*book, level.price), usize::try_from(part).unwrap()));
            }
            prop_assert_eq!(left, 0, "a leg is never larger than what is displayed");
            prop_assert!(good(*price));
        }
        paid.sort_unstable();
        prop_assert_eq!(paid, lots);
        let mut books: Vec<_> = legs.iter().map(|leg| leg.book).collect();
        books.dedup();
        prop_assert_eq!(books.len(), legs.len(), "one leg for each book");
    }
}

/// Buys or sells at its time, and writes down the end.
#[derive(Clone)]
struct Parent {
    at: Span,
    order: (Side, u64, i64),
    router: Router,
    number: Option<u32>,
    done: Vec<Routed>,
}

impl Parent {
    fn new(at: i64, side: Side, qty: u64, limit: i64, router: Router) -> Parent {
        Parent { at: Span::nanos(at), order: (side, qty, limit), router, number: None, done: Vec::new() }
    }
}

impl Agent for Parent {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        ctx.wake_in(self.at);
    }
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let (side, qty, limit) = self.order;
        let symbol = ctx.symbol(ctx.home()).unwrap();
        self.number = self.router.send(symbol, side, Qty(qty), Price(limit), ctx);
    }
    fn on_report(&mut self, report: &Report, ctx: &mut Ctx<'_>) {
        self.done.extend(self.router.on_report(report, ctx));
    }
}

fn sell(at: i64, book: u16, price: i64, qty: u64) -> (i64, Step) {
    (at, Step::Order(Order::limit(BookId(book), Side::Sell, Qty(qty), Price(price))))
}

fn two_venues(steps: Vec<(i64, Step)>) -> Builder {
    let venue = |name: &str| Exchange::new(name).list(Symbol::new("A").start("1.00")).depth(5);
    Simulation::builder()
        .venue(venue("X"))
        .venue(venue("Y"))
        .agents(Group::of(Script::new(steps)).named("makers"))
        .link("far", Fixed::new(Span::micros(100)).unwrap())
}

fn traded(sim: &Simulation) -> Vec<u128> {
    sim.summary().books.iter().map(|book| book.volume).collect()
}

#[test]
fn an_order_is_filled_over_both_venues() {
    let quotes = vec![sell(1, 0, 101, 10), sell(1, 0, 103, 10), sell(1, 1, 102, 10), sell(1, 1, 105, 10)];
    let parent = Parent::new(1_000, Side::Buy, 25, 104, Router::default());
    let mut sim = two_venues(quotes).agents(Group::of(parent).named("parent")).build().unwrap();
    sim.run_for(Span::millis(1)).unwrap();
    assert_eq!(traded(&sim), [15, 10]);
    let parent = sim.members::<Parent>().next().unwrap();
    let number = parent.number.unwrap();
    assert_eq!(parent.done, [Routed { parent: number, filled: Qty(25), left: Qty(0) }]);
}

#[test]
fn what_somebody_else_took_is_sought_elsewhere() {
    // The order is 100 µs under way to what was there 100 µs before; meanwhile the best venue is swept, and the
    // other one gets more.
    let mut steps = vec![sell(1, 0, 101, 20), sell(1, 1, 102, 5)];
    steps.push((250_000, Step::Order(Order::limit(BookId(0), Side::Buy, Qty(20), Price(101)))));
    steps.push(sell(260_000, 1, 103, 30));
    let parent = Parent::new(200_000, Side::Buy, 25, 104, Router::default());
    let group = Group::of(parent).named("parent").link("far");
    let mut sim = two_venues(steps).agents(group).build().unwrap();
    sim.run_for(Span::millis(5)).unwrap();
    assert_eq!(traded(&sim), [20, 25]);
    let parent = sim.members::<Parent>().next().unwrap();
    assert_eq!((parent.done.len(), parent.done[0].filled, parent.done[0].left), (1, Qty(25), Qty(0)));
}

#[test]
fn what_nobody_offers_is_given_back() {
    let quotes = vec![sell(1, 0, 101, 10), sell(1, 1, 109, 10)];
    let parent = Parent::new(1_000, Side::Buy, 25, 104, Router::default());
    let nobody = Parent::new(500, Side::Sell, 25, 104, Router::default());
    let builder = two_venues(quotes).agents(Group::of(nobody).named("nobody"));
    let mut sim = builder.agents(Group::of(parent).named("parent")).build().unwrap();
    sim.run_for(Span::millis(1)).unwrap();
    assert_eq!(traded(&sim), [10, 0]);
    let parents: Vec<&Parent> = sim.members::<Parent>().collect();
    assert_eq!((parents[0].number, parents[0].done.len()), (None, 0));
    assert_eq!((parents[1].done[0].filled, parents[1].done[0].left), (Qty(10), Qty(15)));
}

#[test]
fn a_rebate_makes_a_worse_price_the_better_one() {
    let mut router =
        Router::with_fees([(BookId(0), FeeRate::tenth_bps(30)), (BookId(1), FeeRate::tenth_bps(-20))]);
    let levels = [(BookId(0), level(20_000, 5)), (BookId(1), level(20_005, 5))];
    let legs = router.split(&levels, Side::Buy, Qty(7), Price(20_010)).to_vec();
    // 20,000 and 3 bp are 20,006; 20,005 less 2 bp are 20,001.
    assert_eq!(
        (legs[0].book, legs[0].qty, legs[1].book, legs[1].qty),
        (BookId(1), Qty(5), BookId(0), Qty(2))
    );
    assert!(router.split(&levels, Side::Buy, Qty(7), Price(19_999)).is_empty());
}
