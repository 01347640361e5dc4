//! Margin, short sales and liquidations under random orders: what must hold after every message does, and both
//! engines do the same.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, missing_docs)]

#[path = "support/accounts.rs"]
mod accounts;
mod support;

use std::collections::BTreeSet;

use accounts::{House, Own};
use prism_book::market::Matching;
use prism_book::venue::{Engine, Exchange, Fee, Fees, MarginRules, PriceTest, Requirement, ShortSales};
use prism_core::msg::{Expiry, Order, Peg, PegTo, Reject, Report, Request, Terms, Trigger};
use prism_core::types::{AgentId, BookId, Decimal, FeeRate, OrderId, Price, Qty, Side, Symbol, Time};
use proptest::prelude::*;
use support::Numbers;

const AGENTS: u32 = 6;
/// The last one is exempt.
const MAKER: u32 = AGENTS - 1;
const BOOKS: u16 = 2;

fn money(units: i64) -> Decimal {
    Decimal::new(units, 0).unwrap()
}

fn exchange(
    engine: Engine,
    margin: Option<MarginRules>,
    short_sales: ShortSales,
    matching: &Matching,
) -> Exchange {
    let fees = Fees::new(
        Fee::of_value(FeeRate::tenth_bps(-20)),
        Fee { rate: FeeRate::tenth_bps(30), per_lot: money(1) },
    );
    let spec = Exchange::new("X")
        .list(Symbol::new("A").tick("1").start("100"))
        .list(Symbol::new("B").tick("0.5").start("60"))
        .fee_schedule(fees)
        .short_sales(short_sales)
        .exempt([AgentId(MAKER)])
        .matching(matching.clone())
        .engine(engine);
    match margin {
        Some(rules) => spec.margin(rules),
        None => spec,
    }
}

/// Two engines in step, and what is known of the agents beside their accounts.
struct World {
    houses: [House; 2],
    margin: Option<MarginRules>,
    short_sales: ShortSales,
    numbers: Numbers,
    /// Orders whose exposure depends on others.
    linked: BTreeSet<OrderId>,
    liquidations: usize,
    covered: usize,
    refused: [usize; 2],
}

/// A message.
#[derive(Clone, Debug)]
enum Ask {
    New(u32, Order, Terms),
    Send(Request),
    Time(Time),
}

impl World {
    fn ask(&mut self) -> Ask {
        let house = &self.houses[0];
        let n = &mut self.numbers;
        let agent = n.below(u64::from(AGENTS)) as u32;
        let book = BookId(n.below(u64::from(BOOKS)) as u16);
        let side = if n.below(2) == 0 { Side::Buy } else { Side::Sell };
        let last = house.venue.top(book).last().0;
        // The market goes far, so that accounts run dry; every now and then nothing is there to trade with.
        let price = Price((last + n.between(-9, 9)).clamp(1, 400));
        let qty = Qty(n.between(1, if agent == MAKER { 40 } else { 25 }) as u64);
        let own: Vec<OrderId> =
            house.open.keys().copied().filter(|id| id.agent() == AgentId(agent)).collect();
        let pick = (!own.is_empty()).then(|| own[n.below(own.len() as u64) as usize]);
        let at = |id: OrderId| house.open[&id].book;
        match (n.below(20), pick) {
            (0, _) => Ask::Time(Time::from_nanos(house.now.nanos() + n.between(1, 3))),
            (1, Some(id)) => Ask::Send(Request::Cancel { id, book: at(id) }),
            (2, Some(id)) => Ask::Send(Request::Reduce { id, book: at(id), by: qty }),
            (3 | 4, Some(id)) => Ask::Send(Request::Replace { id, book: at(id), price, qty }),
            (5..=8, _) => Ask::New(agent, Order::market(book, side, qty), Terms::default()),
            (9..=12, _) => {
                let trigger = Some(Trigger::Stop { price: Price((last + n.between(-9, 9)).max(1)) });
                let terms = match (n.below(7), pick) {
                    (0, Some(id)) => Terms { oco: Some(id), ..Terms::default() },
                    (1, Some(id)) => Terms { after: Some(id), ..Terms::default() },
                    (2, Some(id)) => Terms { after: Some(id), trigger, ..Terms::default() },
                    (3, _) => Terms::peak(Qty(3)),
                    (4, _) => Terms {
                        expiry: Expiry::At { time: Time::from_nanos(house.now.nanos() + n.between(1, 9)) },
                        ..Terms::default()
                    },
                    (5, _) => Terms { peg: Some(Peg { to: PegTo::Primary, offset: 0 }), ..Terms::default() },
                    _ => Terms { trigger, ..Terms::default() },
                };
                Ask::New(agent, Order::limit(book, side, qty, price), terms)
            }
            _ => Ask::New(agent, Order::limit(book, side, qty, price), Terms::default()),
        }
    }

    fn step(&mut self) {
        let ask = self.ask();
        let expected = match &ask {
            Ask::New(agent, order, terms) if terms.is_plain() => self.allows(*agent, order),
            _ => None,
        };
        let [fast, naive] = &mut self.houses;
        let of = |house: &mut House| match &ask {
            Ask::New(agent, order, terms) => house.order_with(*agent, *order, terms),
            Ask::Send(request) => (request.id(), house.send(*request)),
            Ask::Time(now) => (OrderId(0), house.at(*now)),
        };
        let (id, reports) = of(fast);
        assert_eq!((id, reports.clone()), of(naive), "{ask:?}");
        if let (Ask::New(_, _, terms), Some(_)) = (&ask, self.houses[0].open.get(&id)) {
            self.linked.extend([terms.oco, terms.after].into_iter().flatten().flat_map(|other| [id, other]));
        }
        let why = reports.iter().find_map(|report| match *report {
            Report::Rejected { id: of, why, open: false } if of == id => Some(why),
            _ => None,
        });
        if let Some(expected) = expected {
            let margin = why == Some(Reject::NoMargin);
            assert_eq!(!margin, expected, "{ask:?}: {reports:?}");
        }
        self.refused[0] += usize::from(why == Some(Reject::NoMargin));
        self.refused[1] += usize::from(why == Some(Reject::ShortSale));
        self.look(&reports);
    }

    fn tick_lot(&self, book: BookId) -> i128 {
        i128::from(self.houses[0].instruments.of_book(book).tick_lot)
    }

    /// Equity, and what the position needs to be held and opened, each times 10,000.
    fn equity(&self, own: Own, book: BookId) -> Option<[i128; 3]> {
        let rules = self.margin?;
        let units = |amount: Decimal| amount.steps(Decimal::new(5, 1).unwrap()).unwrap();
        let value = i128::from(self.houses[0].venue.top(book).last().0) * self.tick_lot(book);
        let (initial, maintenance) = match rules.need {
            Requirement::OfValue { initial, maintenance } => {
                (value * i128::from(initial), value * i128::from(maintenance))
            }
            Requirement::PerLot { initial, maintenance } => {
                (units(initial) * 10_000, units(maintenance) * 10_000)
            }
        };
        let equity = units(rules.collateral) + own.cash + own.lots * value;
        Some([equity * 10_000, maintenance, initial])
    }

    /// Whether a plain order has the margin that it needs, as the rule book says it; `None` where other orders decide.
    fn allows(&self, agent: u32, order: &Order) -> Option<bool> {
        let house = &self.houses[0];
        let mut open = house.open.keys().filter(|id| id.agent() == AgentId(agent));
        if agent == MAKER || self.margin.is_none() {
            return Some(true);
        }
        if open.any(|id| self.linked.contains(id)) {
            return None;
        }
        let own = house.own(agent, order.book);
        let [equity, _, initial] = self.equity(own, order.book)?;
        let lots = |side| i128::from(house.open_lots(agent, order.book, side));
        let most =
            own.lots + lots(Side::Buy) + if order.side == Side::Buy { i128::from(order.qty.0) } else { 0 };
        let least =
            own.lots - lots(Side::Sell) - if order.side == Side::Sell { i128::from(order.qty.0) } else { 0 };
        let smaller = match order.side {
            Side::Buy => own.lots < 0 && most <= 0,
            Side::Sell => own.lots > 0 && least >= 0,
        };
        let mark = i128::from(house.venue.top(order.book).last().0);
        let worse = match order.side {
            Side::Buy => i128::from(order.price.0) - mark,
            Side::Sell => mark - i128::from(order.price.0),
        };
        let worse = if order.is_market() { 0 } else { worse.max(0) };
        let loss = worse * i128::from(order.qty.0) * self.tick_lot(order.book) * 10_000;
        // A price test, or what can be borrowed, may refuse it before: then it is no matter of margin.
        if order.side == Side::Sell && self.short_sales != ShortSales::default() {
            return None;
        }
        let carried = smaller || equity - loss >= most.abs().max(least.abs()) * initial;
        (!carried || !self.may_be_closing(order.book)).then_some(carried)
    }

    /// Whether the venue may be closing positions, and refuse orders for that. The one whose turn it is has less than
    /// the initial margin.
    fn may_be_closing(&self, book: BookId) -> bool {
        (0..MAKER).any(|agent| {
            let own = self.houses[0].own(agent, book);
            self.equity(own, book).is_some_and(|[equity, _, initial]| equity < initial * own.lots.abs())
        })
    }

    /// What holds after every message.
    fn look(&mut self, reports: &[Report]) {
        for report in reports {
            self.liquidations += usize::from(matches!(report, Report::Liquidated { .. }));
            self.covered += usize::from(matches!(report, Report::Covered { .. }));
        }
        for book in (0..BOOKS).map(BookId) {
            let mut short = 0;
            for agent in 0..MAKER {
                let house = &self.houses[0];
                let own = house.own(agent, book);
                short += (-own.lots).max(0);
                let Some([equity, maintenance, _]) = self.equity(own, book) else { continue };
                assert!(own.lots != 0 || equity >= 0, "{agent} owes {equity}");
                if equity < maintenance * own.lots.abs() {
                    let other = if own.lots > 0 { Side::Buy } else { Side::Sell };
                    assert_eq!(house.levels(book, other), [], "{agent} has {equity} and {own:?}");
                    let open = Side::BOTH.map(|side| house.open_lots(agent, book, side));
                    assert_eq!(open, [0, 0], "{agent} is closed");
                }
            }
            if let Some(pool) = self.short_sales.pool {
                assert!(short <= i128::from(pool.0), "{short} lots are short of {pool}");
            }
        }
    }
}

fn margins() -> impl Strategy<Value = Option<MarginRules>> {
    prop_oneof![
        Just(Some(MarginRules::of_value(5_000, 2_500, money(1_500)))),
        Just(Some(MarginRules::of_value(1_000, 800, money(300)))),
        Just(Some(MarginRules::of_value(10_000, 10_000, money(4_000)))),
        Just(Some(MarginRules::per_lot(money(12), money(9), money(400)))),
        Just(None),
    ]
}

fn shorts() -> impl Strategy<Value = ShortSales> {
    prop_oneof![
        3 => Just(ShortSales::default()),
        1 => Just(ShortSales::FORBIDDEN),
        1 => Just(ShortSales::borrow(Qty(30))),
        1 => Just(ShortSales::borrow(Qty(50)).test(PriceTest::AlternativeUptick { fall: 500 })),
        1 => Just(ShortSales::default().test(PriceTest::Uptick)),
    ]
}

fn run(
    seed: u64,
    margin: Option<MarginRules>,
    short_sales: ShortSales,
    matching: &Matching,
    steps: usize,
) -> World {
    let house = |engine| House::new(&exchange(engine, margin, short_sales, matching), AGENTS);
    let mut world = World {
        houses: [house(Engine::Ladder), house(Engine::Naive)],
        margin,
        short_sales,
        numbers: Numbers(seed),
        linked: BTreeSet::new(),
        liquidations: 0,
        covered: 0,
        refused: [0; 2],
    };
    for _ in 0..steps {
        world.step();
    }
    assert_eq!(world.houses[0].digest(), world.houses[1].digest());
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_must_hold_holds_after_every_message(
        seed in any::<u64>(),
        margin in margins(),
        short_sales in shorts(),
        pro_rata in any::<bool>(),
    ) {
        let matching = if pro_rata { Matching::ProRata { min: Qty(1) } } else { Matching::PriceTime };
        run(seed, margin, short_sales, &matching, 600);
    }
}

/// The random orders reach what is to be tested.
#[test]
fn the_walk_meets_liquidations_losses_and_refusals() {
    let rules = Some(MarginRules::of_value(1_000, 800, money(300)));
    let runs = (0..12).map(|seed| run(seed, rules, ShortSales::borrow(Qty(30)), &Matching::PriceTime, 500));
    let met = runs.fold([0; 4], |met, world| {
        let [margin, short] = world.refused;
        let more = [world.liquidations, world.covered, margin, short];
        [0, 1, 2, 3].map(|n| met[n] + more[n])
    });
    assert!(met[0] > 100 && met[1] > 10 && met[2] > 500 && met[3] > 500, "{met:?}");
}

/// A fork does the same.
#[test]
fn a_copy_goes_on_alike() {
    let mut world = run(
        3,
        Some(MarginRules::of_value(1_000, 800, money(300))),
        ShortSales::default(),
        &Matching::PriceTime,
        400,
    );
    for house in &mut world.houses {
        house.venue = house.venue.clone_box();
    }
    let digest = world.houses[0].digest();
    assert_eq!(digest, world.houses[1].digest());
    for _ in 0..200 {
        world.step();
    }
    assert_ne!(digest, world.houses[0].digest());
}
