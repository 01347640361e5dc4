//! The exchange through the port that the kernel uses.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use allocation_counter::measure;
use prism_book::venue::{Engine, Exchange};
use prism_core::digest::Digest;
use prism_core::market::Level;
use prism_core::msg::{CancelReason, Order, Reject, Report, Request};
use prism_core::rng::StreamKey;
use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, Decimal, FeeRate, Instruments, OrderId, Price, Qty, Side, Symbol,
    SymbolId, Tif, Time, VenueId,
};
use prism_core::venue::{Venue, VenueError, VenueOut, VenuePlace, VenueSpec};
use support::Numbers;

const AGENTS: u32 = 8;

fn symbols() -> Vec<Symbol> {
    vec![
        Symbol::new("A").tick("0.05").lot("0.1").start("50"),
        Symbol::new("B").tick("0.02").start("20"),
        Symbol::new("C").tick("1").currency("EUR").start("1000"),
    ]
}

/// An exchange, and what it wrote last.
struct Floor {
    venue: Box<dyn Venue>,
    out: VenueOut,
}

impl Floor {
    fn with(engine: Engine, symbols: Vec<Symbol>, maker: FeeRate, taker: FeeRate) -> Floor {
        let instruments = Instruments::build(&[("X".to_owned(), symbols.clone())]).unwrap();
        let spec = symbols.into_iter().fold(Exchange::new("X"), Exchange::list);
        let place =
            VenuePlace { id: VenueId(0), instruments: &instruments, agents: AGENTS, key: StreamKey::root(1) };
        let venue = spec.fees(maker, taker).engine(engine).build(&place).unwrap();
        Floor { venue, out: VenueOut::new() }
    }

    fn new(engine: Engine) -> Floor {
        Floor::with(engine, symbols(), FeeRate::tenth_bps(-13), FeeRate::tenth_bps(31))
    }

    fn handle(&mut self, request: Request) -> Vec<Report> {
        self.out.clear();
        self.venue.handle(Time::ZERO, &request, &mut self.out);
        self.out.reports().collect()
    }

    fn order(&mut self, id: OrderId, order: Order) -> Vec<Report> {
        self.handle(Request::New { id, order })
    }

    fn digest(&self) -> u64 {
        let mut digest = Digest::new();
        self.venue.digest(&mut digest);
        digest.value()
    }

    fn assert_conserved(&self) {
        let agents = || (0..AGENTS).map(AgentId);
        for currency in [CurrencyId(0), CurrencyId(1)] {
            let cash: i128 = agents().map(|a| i128::from(self.venue.cash(a, currency).0)).sum();
            assert_eq!(cash + self.venue.fees(currency), 0, "{currency:?}");
        }
        for symbol in (0..3).map(SymbolId) {
            let lots: i64 = agents().map(|a| self.venue.position(a, symbol)).sum();
            assert_eq!(lots, 0, "{symbol:?}");
        }
    }
}

fn id(agent: u32, counter: u32) -> OrderId {
    OrderId::new(AgentId(agent), counter)
}

/// A request that an agent, or a broken program, might send. Ids of new orders are fresh, unless they are
/// meant to collide.
fn request(n: &mut Numbers, counters: &mut [u32]) -> Request {
    let agent = n.below(u64::from(AGENTS)) as u32;
    let book = BookId(n.below(3) as u16);
    let side = if n.below(2) == 0 { Side::Buy } else { Side::Sell };
    let price = match n.below(50) {
        0 => Price(n.next() as i64),
        _ => Price(1_000 + n.between(-12, 12)),
    };
    let qty = match n.below(50) {
        0 => Qty(0),
        1 => Qty(n.next()),
        _ => Qty(1 + n.below(30)),
    };
    let counter = &mut counters[agent as usize];
    let known = id(agent, counter.saturating_sub(n.below(40) as u32));
    match n.below(10) {
        0..5 => {
            *counter += 1 + u32::from(n.below(9) == 0);
            let id = if n.below(60) == 0 { known } else { id(agent, *counter) };
            let tif = [Tif::Gtc, Tif::Gtc, Tif::Ioc, Tif::Fok, Tif::PostOnly][n.below(5) as usize];
            let order = match n.below(12) {
                0 => Order::market(book, side, qty),
                _ => Order::limit(book, side, qty, price).tif(tif),
            };
            Request::New { id, order }
        }
        5..7 => Request::Cancel { id: known, book },
        7 => Request::Reduce { id: known, book, by: qty },
        _ => Request::Replace { id: known, book, price, qty },
    }
}

#[test]
fn both_engines_say_and_do_the_same() {
    for seed in 0..6 {
        let (mut n, mut counters) = (Numbers(seed), [0; AGENTS as usize]);
        let (mut fast, mut plain) = (Floor::new(Engine::Ladder), Floor::new(Engine::Naive));
        let (mut trades, mut depth) = (0, [Vec::new(), Vec::new()]);
        for step in 0..20_000 {
            let request = request(&mut n, &mut counters);
            assert_eq!(fast.handle(request), plain.handle(request), "seed {seed}, step {step}: {request:?}");
            assert_eq!(fast.out.trades(), plain.out.trades());
            assert_eq!(fast.out.changed_books(), plain.out.changed_books());
            trades += fast.out.trades().len();
            let book = request.book();
            assert_eq!(fast.venue.top(book), plain.venue.top(book));
            fast.assert_conserved();
            if step % 50 == 0 {
                assert_eq!(fast.digest(), plain.digest());
                for side in Side::BOTH {
                    fast.venue.depth(book, side, 5, &mut depth[0]);
                    plain.venue.depth(book, side, 5, &mut depth[1]);
                    assert_eq!(depth[0], depth[1]);
                }
            }
        }
        assert!(trades > 2_000, "{trades} trades");
    }
}

/// What the reports say and what the exchange holds is one story: fills add up to positions and cash,
/// `left` to what rests, and `changed` is said whenever the depth is another.
#[test]
fn reports_tell_the_whole_truth() {
    use std::collections::BTreeMap;

    let (mut n, mut counters) = (Numbers(77), [0; AGENTS as usize]);
    let mut floor = Floor::new(Engine::Ladder);
    let mut lots = BTreeMap::<(u32, u16), i64>::new();
    let mut paid = BTreeMap::<(u32, u8), i128>::new();
    let mut rests = BTreeMap::<OrderId, (BookId, Side, Qty)>::new();
    let (mut depth, mut before) = (Vec::new(), vec![Vec::<Level>::new(); 6]);
    let tick_lot = [1, 4, 1]; // 0.05 × 0.1 = 0.005 and 0.02 × 1: the unit is 0.005; EUR by itself
    for _ in 0..20_000 {
        let request = request(&mut n, &mut counters);
        let (new, book) = (request.id(), request.book());
        let side = match request {
            Request::New { order, .. } => Some(order.side),
            _ => rests.get(&new).map(|order| order.1),
        };
        for report in floor.handle(request) {
            let id = report.id();
            match report {
                Report::Accepted { left, .. } => drop(rests.insert(id, (book, side.unwrap(), left))),
                Report::Filled { price, qty, left, fee, maker, .. } => {
                    let side = if maker { !side.unwrap() } else { side.unwrap() };
                    *lots.entry((id.agent().0, book.0)).or_default() += side.sign() * qty.0 as i64;
                    let value = i128::from(price.0) * i128::from(qty.0) * tick_lot[book.index()];
                    let till = paid.entry((id.agent().0, u8::from(book == BookId(2)))).or_default();
                    *till -= i128::from(side.sign()) * value + i128::from(fee.0);
                    if maker {
                        let resting = rests.get_mut(&id).unwrap();
                        assert_eq!(resting.2.0, left.0 + qty.0);
                        resting.2 = left;
                    }
                    if left.is_zero() {
                        rests.remove(&id);
                    }
                }
                Report::Reduced { left, .. } => rests.get_mut(&id).unwrap().2 = left,
                Report::Cancelled { left, .. } => {
                    if let Some(resting) = rests.remove(&id) {
                        assert_eq!(resting.2, left);
                    }
                }
                Report::Rejected { .. } | Report::Triggered { .. } => {}
                Report::Liquidated { .. } | Report::Covered { .. } => panic!("no margin is asked for"),
            }
        }
        for (place, before) in before.iter_mut().enumerate() {
            let (b, side) = (BookId(place as u16 / 2), Side::BOTH[place % 2]);
            floor.venue.depth(b, side, usize::MAX, &mut depth);
            assert!(*before == depth || floor.out.changed_books().contains(&b), "{request:?}");
            before.clone_from(&depth);
            let told: u64 = rests.values().filter(|o| (o.0, o.1) == (b, side)).map(|o| o.2.0).sum();
            assert_eq!(told, depth.iter().map(|level| level.qty.0).sum::<u64>());
        }
    }
    for agent in 0..AGENTS {
        for symbol in 0..3 {
            let told = lots.get(&(agent, symbol)).copied().unwrap_or_default();
            assert_eq!(floor.venue.position(AgentId(agent), SymbolId(symbol)), told);
        }
        for currency in 0..2 {
            let told = paid.get(&(agent, currency)).copied().unwrap_or_default();
            assert_eq!(i128::from(floor.venue.cash(AgentId(agent), CurrencyId(currency)).0), told);
        }
    }
}

/// A request that names another book than the one the order rests in finds nothing there: certainly not the
/// stranger's order that lies in the same place of that book.
#[test]
fn the_wrong_book_is_too_late_and_never_someone_elses_order() {
    for engine in [Engine::Ladder, Engine::Naive] {
        let mut floor = Floor::new(engine);
        let (mine, other) = (id(1, 0), id(2, 0));
        floor.order(mine, Order::limit(BookId(0), Side::Buy, Qty(5), Price(900)));
        floor.order(other, Order::limit(BookId(1), Side::Buy, Qty(5), Price(900)));
        let before = floor.digest();
        for request in [
            Request::Cancel { id: mine, book: BookId(1) },
            Request::Reduce { id: mine, book: BookId(1), by: Qty(2) },
            Request::Replace { id: mine, book: BookId(1), price: Price(901), qty: Qty(2) },
        ] {
            let reports = floor.handle(request);
            assert!(
                matches!(reports[..], [Report::Rejected { id, why: Reject::TooLate, .. }] if id == mine),
                "{reports:?}"
            );
            assert_eq!(floor.digest(), before, "{request:?}");
        }
        let gone = floor.handle(Request::Cancel { id: mine, book: BookId(0) });
        assert_eq!(gone, [Report::Cancelled { id: mine, left: Qty(5), why: CancelReason::Requested }]);
    }
}

/// An id of an agent that is not in the simulation must not trade: nobody would hold the other side.
#[test]
fn an_agent_that_does_not_exist_does_not_trade() {
    let mut floor = Floor::new(Engine::Ladder);
    floor.order(id(1, 0), Order::limit(BookId(0), Side::Sell, Qty(5), Price(900)));
    for order in [
        Order::limit(BookId(0), Side::Buy, Qty(5), Price(900)),
        Order::limit(BookId(0), Side::Buy, Qty(5), Price(800)),
        Order::market(BookId(0), Side::Buy, Qty(1)),
    ] {
        let reports = floor.order(id(AGENTS, 0), order);
        assert!(matches!(reports[..], [Report::Rejected { open: false, .. }]), "{reports:?}");
        assert!(floor.out.trades().is_empty());
        floor.assert_conserved();
    }
    assert_eq!(floor.venue.position(AgentId(1), SymbolId(0)), 0);
}

/// Fees are shares of the traded value, rounded half to even, taken from both sides and kept by the venue.
#[test]
fn fees_and_rebates_to_the_unit() {
    let symbols = vec![Symbol::new("A").tick("1").start("1000")];
    let mut floor = Floor::with(Engine::Ladder, symbols, FeeRate::tenth_bps(-10), FeeRate::tenth_bps(30));
    floor.order(id(0, 0), Order::limit(BookId(0), Side::Sell, Qty(30), Price(1_000)));
    // Values 5,000, 15,000 and 10,000: rebates of 0.5, 1.5 and 1, fees of 1.5, 4.5 and 3.
    for (counter, qty, rebate, fee) in [(0, 5, 0, 2), (1, 15, -2, 4), (2, 10, -1, 3)] {
        let reports = floor.order(id(1, counter), Order::market(BookId(0), Side::Buy, Qty(qty)));
        let fees: Vec<Cash> = reports
            .iter()
            .map(|report| match report {
                Report::Filled { fee, .. } => *fee,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(fees, [Cash(rebate), Cash(fee)]);
    }
    assert_eq!(floor.venue.cash(AgentId(0), CurrencyId(0)), Cash(30_000 + 3));
    assert_eq!(floor.venue.cash(AgentId(1), CurrencyId(0)), Cash(-30_000 - 9));
    assert_eq!(floor.venue.fees(CurrencyId(0)), 6);
}

/// An agent that trades with itself pays its fees and is otherwise where it was.
#[test]
fn trading_with_oneself_moves_only_fees() {
    let mut floor = Floor::new(Engine::Ladder);
    floor.order(id(3, 0), Order::limit(BookId(0), Side::Sell, Qty(1_000), Price(1_000)));
    floor.order(id(3, 1), Order::limit(BookId(0), Side::Buy, Qty(1_000), Price(1_000)));
    assert_eq!(floor.out.trades().len(), 1);
    assert_eq!(floor.venue.position(AgentId(3), SymbolId(0)), 0);
    assert_eq!(i128::from(floor.venue.cash(AgentId(3), CurrencyId(0)).0), -floor.venue.fees(CurrencyId(0)));
    floor.assert_conserved();
}

#[test]
fn a_fee_of_the_whole_value_or_more_is_refused() {
    let instruments = Instruments::build(&[("X".to_owned(), symbols())]).unwrap();
    let place = VenuePlace { id: VenueId(0), instruments: &instruments, agents: 1, key: StreamKey::root(1) };
    let build = |tenths| {
        let spec = symbols().into_iter().fold(Exchange::new("X"), Exchange::list);
        spec.fees(FeeRate::ZERO, FeeRate::tenth_bps(tenths)).build(&place).map(|_| ())
    };
    assert_eq!(build(99_999), Ok(()));
    for tenths in [100_000, i64::MAX, i64::MIN] {
        assert_eq!(
            build(tenths),
            Err(VenueError::Declared("the taker fee must be below 100 % either way".to_owned()))
        );
    }
}

/// Beyond 64 bits what is told is the nearest number, and nothing is lost: back again it is nothing.
#[test]
fn positions_beyond_64_bits_are_exact() {
    let mut floor = Floor::with(Engine::Ladder, symbols(), FeeRate::ZERO, FeeRate::ZERO);
    let (mut lots, mut seen) = (0_i128, vec![floor.digest()]);
    for (n, side) in (0..).zip([[Side::Buy; 1_100], [Side::Sell; 1_100]].concat()) {
        let qty = Qty(1 << 53);
        floor.order(id(0, n), Order::limit(BookId(2), !side, qty, Price(1)));
        floor.order(id(1, n), Order::market(BookId(2), side, qty));
        lots += i128::from(side.sign() * qty.signed());
        let [maker, taker] = [0, 1].map(|agent| floor.venue.position(AgentId(agent), SymbolId(2)));
        let nearest = i64::try_from(lots).unwrap_or(i64::MAX);
        assert_eq!((maker, taker), (i64::try_from(-lots).unwrap_or(i64::MIN), nearest), "after {n}");
        seen.push(floor.digest());
    }
    assert_eq!(
        seen[1..1_100].iter().rev().collect::<Vec<_>>(),
        seen[1_101..2_200].iter().collect::<Vec<_>>()
    );
    seen.truncate(1_101);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 1_101, "what differs has another digest");
}

/// <https://github.com/nkaz001/hftbacktest/issues/316>, `#312`: partial fills never reached position and
/// balance.
#[test]
fn nkaz001_hftbacktest_316_every_partial_fill_is_booked() {
    for engine in [Engine::Ladder, Engine::Naive] {
        let mut floor = Floor::with(engine, symbols(), FeeRate::ZERO, FeeRate::ZERO);
        floor.order(id(0, 0), Order::limit(BookId(0), Side::Sell, Qty(10), Price(1_000)));
        for fill in 1..=4 {
            floor.order(id(1, fill), Order::market(BookId(0), Side::Buy, Qty(3)));
            let bought = i64::from(fill * 3).min(10);
            assert_eq!(floor.venue.position(AgentId(1), SymbolId(0)), bought);
            assert_eq!(floor.venue.position(AgentId(0), SymbolId(0)), -bought);
            assert_eq!(floor.venue.cash(AgentId(0), CurrencyId(0)), Cash(bought * 1_000));
        }
    }
}

/// <https://github.com/nautechsystems/nautilus_trader/issues/4891>: the price of a fill depended on the
/// order in which instruments were registered.
#[test]
fn nautilus_4891_the_order_of_listing_changes_nothing() {
    let run = |listing: [usize; 3]| {
        let symbols: Vec<Symbol> = listing.iter().map(|&at| symbols()[at].clone()).collect();
        let mut floor = Floor::with(Engine::Ladder, symbols, FeeRate::ZERO, FeeRate::ZERO);
        let book = |symbol| BookId(listing.iter().position(|&at| at == symbol).unwrap() as u16);
        let mut prices = Vec::new();
        for symbol in 0..3 {
            for step in 0..20 {
                let ask = Order::limit(book(symbol), Side::Sell, Qty(2), Price(1_000 + step % 3));
                floor.order(id(0, (100 * symbol as u32) + 2 * step as u32), ask);
                let bid = Order::limit(book(symbol), Side::Buy, Qty(3), Price(1_001));
                floor.order(id(1, (100 * symbol as u32) + 2 * step as u32), bid);
                prices.extend(floor.out.trades().iter().map(|trade| (symbol, trade.price, trade.qty)));
            }
        }
        prices
    };
    let prices = run([0, 1, 2]);
    assert!(!prices.is_empty());
    assert_eq!(prices, run([2, 1, 0]));
    assert_eq!(prices, run([1, 2, 0]));
}

#[test]
fn nothing_is_allocated_once_the_exchange_is_in_its_stride() {
    let (mut n, mut counters) = (Numbers(5), [0; AGENTS as usize]);
    let mut floor = Floor::new(Engine::Ladder);
    let mut depth = Vec::with_capacity(64);
    let mut run = |steps: u32| {
        for _ in 0..steps {
            let request = request(&mut n, &mut counters);
            floor.out.clear();
            floor.venue.handle(Time::ZERO, &request, &mut floor.out);
            floor.venue.depth(request.book(), Side::Buy, 5, &mut depth);
        }
    };
    run(60_000);
    assert_eq!(measure(|| run(60_000)).count_total, 0);
}

/// A copy is a market of its own and goes on alike.
#[test]
fn a_fork_goes_on_alike() {
    let (mut n, mut counters) = (Numbers(9), [0; AGENTS as usize]);
    let mut floor = Floor::new(Engine::Ladder);
    for _ in 0..5_000 {
        floor.handle(request(&mut n, &mut counters));
    }
    let mut twin = Floor { venue: floor.venue.clone_box(), out: VenueOut::new() };
    assert_eq!(floor.digest(), twin.digest());
    for _ in 0..5_000 {
        let request = request(&mut n, &mut counters);
        assert_eq!(floor.handle(request), twin.handle(request));
    }
    assert_eq!(floor.digest(), twin.digest());
}

/// The tier is that of what an agent has traded before, in all symbols; amounts per lot add to those by value.
#[test]
fn fees_fall_with_what_an_agent_has_traded() {
    use prism_book::venue::{Fee, FeeTier, Fees};
    // The unit of both currencies is half a cent.
    let money = |units: i64| Decimal::new(5 * units, 3).unwrap();
    let lots = |units| Fee::of_lots(money(units));
    let fees = Fees::new(lots(1), Fee { rate: FeeRate::tenth_bps(1_000), per_lot: money(5) }).tier(FeeTier {
        from: Qty(10),
        maker: lots(-1),
        taker: lots(3),
    });
    let instruments = Instruments::build(&[("X".to_owned(), symbols())]).unwrap();
    let place = VenuePlace { id: VenueId(0), instruments: &instruments, agents: 2, key: StreamKey::root(1) };
    let spec = symbols().into_iter().fold(Exchange::new("X"), Exchange::list).fee_schedule(fees);
    let mut venue = spec.build(&place).unwrap();
    let mut paid = Vec::new();
    let mut out = VenueOut::new();
    for (n, book) in [(0, 0), (1, 0), (2, 1), (3, 0)] {
        let book = BookId(book);
        let rest = Order::limit(book, Side::Sell, Qty(5), Price(1_000));
        let take = Order::market(book, Side::Buy, Qty(5));
        for (agent, order) in [(0, rest), (1, take)] {
            venue.handle(Time::ZERO, &Request::New { id: id(agent, n), order }, &mut out);
        }
        for report in out.reports() {
            if let Report::Filled { fee, maker, .. } = report {
                paid.push((maker, fee.0));
            }
        }
        out.clear();
    }
    let value = 5 * 1_000 * instruments.of_book(BookId(0)).tick_lot;
    let first = value / 100 + 25; // 100 bp and five units a lot
    assert_eq!(
        paid,
        [
            (true, 5),
            (false, first),
            (true, 5),
            (false, first),
            (true, -5),
            (false, 15),
            (true, -5),
            (false, 15)
        ]
    );
    let all: i64 = paid.iter().map(|(_, fee)| fee).sum();
    assert_eq!((0..2).map(|c| venue.fees(CurrencyId(c))).sum::<i128>(), i128::from(all));
}
