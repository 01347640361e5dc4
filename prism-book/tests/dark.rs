//! The dark venue against its rules, written down once more in the most obvious way.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use prism_book::venue::{Dark, DarkPriority};
use prism_core::market::{Consolidated, Level, Top};
use prism_core::msg::{CancelReason, Order, Reject, Report, Request, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, FeeRate, Instruments, OrderId, Price, Qty, Side, Span, Symbol,
    SymbolId, Tif, Time, VenueId,
};
use prism_core::venue::{Trade, Venue, VenueError, VenueOut, VenuePlace, VenueSpec};
use support::Numbers;

const AGENTS: u32 = 5;
const BOOK: BookId = BookId(0);

fn build(spec: &Dark) -> Result<Box<dyn Venue>, VenueError> {
    let instruments = Instruments::build(&[("D".to_owned(), spec.symbols().to_vec())]).unwrap();
    let key = StreamKey::root(1);
    spec.build(&VenuePlace { id: VenueId(0), instruments: &instruments, agents: AGENTS, key })
}

fn dark() -> Dark {
    Dark::new("D").list(Symbol::new("A").tick("0.01").start("100.00"))
}

/// A quote of another venue.
fn away(bid: Option<i64>, ask: Option<i64>) -> Consolidated {
    let level = |price: Option<i64>| price.map(|price| Level { price: Price(price), qty: Qty(1) });
    let mut away = Consolidated::default();
    away.add(BookId(9), &Top::new(level(bid), level(ask), Price(100)));
    away
}

struct Pool {
    venue: Box<dyn Venue>,
    out: VenueOut,
    quote: Consolidated,
}

impl Pool {
    fn new(spec: &Dark) -> Pool {
        Pool { venue: build(spec).unwrap(), out: VenueOut::new(), quote: Consolidated::default() }
    }

    fn quoted(spec: &Dark, bid: i64, ask: i64) -> Pool {
        Pool { quote: away(Some(bid), Some(ask)), ..Pool::new(spec) }
    }

    fn send(&mut self, request: &Request, terms: Option<Terms>) -> Vec<Report> {
        self.out.clear();
        self.out.see_away(self.quote);
        match (request, terms) {
            (Request::New { id, order }, Some(terms)) => {
                self.venue.handle_with(Time::ZERO, *id, order, &terms, &mut self.out);
            }
            _ => self.venue.handle(Time::ZERO, request, &mut self.out),
        }
        self.assert_conserved();
        self.out.reports().collect()
    }

    fn order(&mut self, id: OrderId, order: Order) -> Vec<Report> {
        self.send(&Request::New { id, order }, None)
    }

    fn assert_conserved(&self) {
        let agents = || (0..AGENTS).map(AgentId);
        let cash: i128 = agents().map(|agent| i128::from(self.venue.cash(agent, CurrencyId(0)).0)).sum();
        assert_eq!(cash + self.venue.fees(CurrencyId(0)), 0);
        assert_eq!(agents().map(|agent| self.venue.position(agent, SymbolId(0))).sum::<i64>(), 0);
    }

    fn trades(&self) -> Vec<(u64, i64, OrderId, OrderId)> {
        self.out.trades().iter().map(|t| (t.qty.0, t.price.0, t.maker, t.taker)).collect()
    }
}

fn id(agent: u32, counter: u32) -> OrderId {
    OrderId::new(AgentId(agent), counter)
}

fn limit(side: Side, qty: u64, price: i64) -> Order {
    Order::limit(BOOK, side, Qty(qty), Price(price))
}

#[test]
fn orders_trade_at_the_midpoint_rounded_for_whoever_came_first() {
    let mut pool = Pool::quoted(&dark(), 100, 103);
    pool.order(id(0, 0), limit(Side::Buy, 5, 102));
    pool.order(id(1, 0), limit(Side::Sell, 3, 101));
    assert_eq!(pool.trades(), [(3, 101, id(0, 0), id(1, 0))], "101.5, down for the buyer");
    let mut pool = Pool::quoted(&dark(), 100, 103);
    pool.order(id(1, 0), limit(Side::Sell, 3, 101));
    pool.order(id(0, 0), limit(Side::Buy, 5, 102));
    assert_eq!(pool.trades(), [(3, 102, id(1, 0), id(0, 0))], "up for the seller");
    assert_eq!(pool.venue.top(BOOK), Top::new(None, None, Price(102)), "nothing is quoted");
    let mut pool = Pool::quoted(&dark(), 100, 104);
    pool.order(id(1, 0), limit(Side::Sell, 3, 103));
    pool.order(id(0, 0), limit(Side::Buy, 5, 200));
    assert_eq!(pool.trades(), [], "the midpoint is beyond the seller's limit");
    pool.quote = away(Some(102), Some(104));
    pool.order(id(2, 0), limit(Side::Buy, 1, 1));
    assert_eq!(
        pool.trades(),
        [(3, 103, id(1, 0), id(0, 0))],
        "until it has moved, and somebody sends something"
    );
}

#[test]
fn without_a_midpoint_nothing_trades() {
    for quote in
        [away(None, Some(101)), away(Some(99), None), away(Some(102), Some(101)), Consolidated::default()]
    {
        let mut pool = Pool::new(&dark());
        pool.quote = quote;
        pool.order(id(0, 0), limit(Side::Buy, 5, 200));
        let reports = pool.order(id(1, 0), Order::market(BOOK, Side::Sell, Qty(5)));
        let why = CancelReason::TimeInForce;
        assert_eq!(reports, [Report::Cancelled { id: id(1, 0), left: Qty(5), why }]);
    }
    let mut locked = Pool::quoted(&dark(), 101, 101);
    locked.order(id(0, 0), limit(Side::Buy, 5, 200));
    locked.order(id(1, 0), Order::market(BOOK, Side::Sell, Qty(5)));
    assert_eq!(locked.trades(), [(5, 101, id(0, 0), id(1, 0))]);
}

#[test]
fn priority_by_time_and_by_size() {
    for (priority, first) in [(DarkPriority::Time, 0), (DarkPriority::SizeTime, 1)] {
        let mut pool = Pool::quoted(&dark().priority(priority), 100, 102);
        pool.order(id(0, 0), limit(Side::Buy, 5, 200));
        pool.order(id(1, 0), limit(Side::Buy, 9, 150));
        pool.order(id(2, 0), limit(Side::Buy, 9, 101));
        pool.order(id(3, 0), limit(Side::Sell, 1, 1));
        assert_eq!(pool.trades()[0].2, id(first, 0), "{priority:?}: the better limit is none the better");
    }
}

#[test]
fn a_minimum_quantity_is_that_of_each_trade() {
    let mut pool = Pool::quoted(&dark(), 100, 102);
    let order = limit(Side::Buy, 10, 105);
    pool.send(&Request::New { id: id(0, 0), order }, Some(Terms::default().min_qty(Qty(6))));
    pool.order(id(1, 0), limit(Side::Sell, 5, 95));
    assert_eq!(pool.trades(), []);
    pool.order(id(2, 0), limit(Side::Sell, 6, 95));
    assert_eq!(pool.trades()[0], (6, 101, id(0, 0), id(2, 0)));
    assert_eq!(pool.trades()[1], (4, 101, id(0, 0), id(1, 0)), "what is left is less than the minimum");
}

#[test]
fn what_it_does_not_know_it_refuses() {
    let mut pool = Pool::quoted(&dark(), 100, 102);
    let mut why = |order: Order, terms: Terms| match pool
        .send(&Request::New { id: id(0, 0), order }, Some(terms))[..]
    {
        [Report::Rejected { why, open: false, .. }] => Some(why),
        _ => None,
    };
    let buy = limit(Side::Buy, 10, 105);
    for terms in [Terms::stop(Price(5)), Terms::peak(Qty(2)), Terms::default().min_qty(Qty(11))] {
        assert_eq!(why(buy, terms), Some(Reject::BadTerms), "{terms:?}");
    }
    assert_eq!(why(buy.tif(Tif::Fok), Terms::default().min_qty(Qty(2))), Some(Reject::BadTerms));
    assert_eq!(why(limit(Side::Buy, 10, 0), Terms::default()), Some(Reject::BadPrice));
    assert_eq!(why(limit(Side::Buy, 0, 5), Terms::default()), Some(Reject::BadQty));
    assert_eq!(why(limit(Side::Buy, 1 << 50, 500), Terms::default()), Some(Reject::BadQty));
    assert_eq!(why(buy.tif(Tif::Fok), Terms::default()), Some(Reject::NotFilled));
    let market = Order { tif: Tif::Gtc, ..Order::market(BOOK, Side::Buy, Qty(1)) };
    assert_eq!(why(market, Terms::default()), Some(Reject::BadPrice));
    assert_eq!(why(Order { book: BookId(7), ..buy }, Terms::default()), Some(Reject::UnknownBook));
    assert_eq!(why(buy, Terms::hidden()), None, "everything is hidden here");
    let message = |spec: Dark| build(&spec).err().unwrap().to_string();
    assert_eq!(message(dark().watch(Span::nanos(-1))), "`watch` must be 0s or more, not -1ns");
    let fee = FeeRate::tenth_bps(100_000);
    assert_eq!(message(dark().fees(fee, fee)), "the maker fee must be below 100 % either way");
}

/// An order of the naive venue.
#[derive(Clone, Copy, Debug)]
struct Kept {
    id: OrderId,
    side: Side,
    limit: i64,
    left: u64,
    min: u64,
    arrival: u64,
}

/// The rules once more: a heap of orders, sorted whenever somebody asks.
struct Naive {
    orders: Vec<Kept>,
    priority: DarkPriority,
    arrivals: u64,
    mid: Option<(i64, i64)>,
    reports: Vec<Report>,
    trades: Vec<(u64, i64, OrderId, OrderId)>,
}

impl Naive {
    fn sorted(&self, side: Side) -> Vec<Kept> {
        let mut orders: Vec<Kept> = self.orders.iter().copied().filter(|order| order.side == side).collect();
        orders.sort_by_key(|order| {
            let size = if self.priority == DarkPriority::Time { 0 } else { u64::MAX - order.left };
            (size, order.arrival)
        });
        orders
    }

    fn can_trade(&self, buy: &Kept, sell: &Kept) -> bool {
        let Some((bid, ask)) = self.mid else { return false };
        let qty = buy.left.min(sell.left);
        2 * i128::from(buy.limit) >= i128::from(bid + ask)
            && 2 * i128::from(sell.limit) <= i128::from(bid + ask)
            && buy.id.agent() != sell.id.agent()
            && qty >= buy.min.min(buy.left)
            && qty >= sell.min.min(sell.left)
    }

    fn trade(&mut self, buy: OrderId, sell: OrderId) {
        let (bid, ask) = self.mid.unwrap();
        let at = |id: OrderId| self.orders.iter().position(|order| order.id == id).unwrap();
        let (buy, sell) = (at(buy), at(sell));
        let qty = self.orders[buy].left.min(self.orders[sell].left);
        self.orders[buy].left -= qty;
        self.orders[sell].left -= qty;
        let (b, s) = (self.orders[buy], self.orders[sell]);
        let (maker, taker) = if b.arrival < s.arrival { (b, s) } else { (s, b) };
        let up = i64::from(maker.side == Side::Sell);
        let price = (bid + ask + up).div_euclid(2);
        self.trades.push((qty, price, maker.id, taker.id));
        for (order, maker) in [(maker, true), (taker, false)] {
            let (id, price, qty, left) = (order.id, Price(price), Qty(qty), Qty(order.left));
            self.reports.push(Report::Filled { id, price, qty, left, fee: Cash(0), maker });
        }
        self.orders.retain(|order| order.left > 0);
    }

    fn settle(&mut self) {
        'again: loop {
            for buy in self.sorted(Side::Buy) {
                for sell in self.sorted(Side::Sell) {
                    if self.can_trade(&buy, &sell) {
                        self.trade(buy.id, sell.id);
                        continue 'again;
                    }
                }
            }
            return;
        }
    }

    /// All trades of one order.
    fn come_in(&mut self, order: Kept, tif: Tif) {
        self.orders.push(order);
        'again: loop {
            let Some(own) = self.orders.iter().copied().find(|other| other.id == order.id) else { return };
            for other in self.sorted(!order.side) {
                let (buy, sell) = if order.side == Side::Buy { (own, other) } else { (other, own) };
                if self.can_trade(&buy, &sell) {
                    self.trade(buy.id, sell.id);
                    continue 'again;
                }
            }
            let (id, price, left) = (own.id, Price(own.limit), Qty(own.left));
            if tif == Tif::Gtc {
                self.reports.push(Report::Accepted { id, price, left });
            } else {
                self.orders.retain(|other| other.id != id);
                self.reports.push(Report::Cancelled { id, left, why: CancelReason::TimeInForce });
            }
            return;
        }
    }

    fn reject(&mut self, id: OrderId, why: Reject, open: bool) {
        self.reports.push(Report::Rejected { id, why, open });
    }

    fn handle(&mut self, request: &Request, min: u64) {
        self.settle();
        self.arrivals += 1;
        let id = request.id();
        let known = self.orders.iter().position(|order| order.id == id);
        match *request {
            Request::New { order, .. } => {
                if known.is_some() {
                    return self.reject(id, Reject::DuplicateId, true);
                }
                let (side, limit, left) = (order.side, order.price.0, order.qty.0);
                let kept = Kept { id, side, limit, left, min, arrival: self.arrivals };
                let mut probe =
                    Naive { orders: self.orders.clone(), reports: vec![], trades: vec![], ..*self };
                probe.come_in(kept, Tif::Ioc);
                let traded: u64 = probe.trades.iter().map(|trade| trade.0).sum();
                match order.tif {
                    Tif::Fok if traded < left => self.reject(id, Reject::NotFilled, false),
                    Tif::PostOnly if traded > 0 => self.reject(id, Reject::WouldTrade, false),
                    Tif::PostOnly => self.come_in(kept, Tif::Gtc),
                    tif => self.come_in(kept, tif),
                }
            }
            Request::Cancel { .. } | Request::Reduce { .. } => {
                let by = if let Request::Reduce { by, .. } = request { by.0 } else { u64::MAX };
                let Some(at) = known else { return self.reject(id, Reject::TooLate, false) };
                if by == 0 {
                    return self.reject(id, Reject::BadQty, true);
                }
                let (left, why) = (self.orders[at].left, CancelReason::Requested);
                self.orders[at].left = left.saturating_sub(by);
                self.reports.push(match left.saturating_sub(by) {
                    0 => Report::Cancelled { id, left: Qty(left), why },
                    rest => Report::Reduced { id, left: Qty(rest), why },
                });
                self.orders.retain(|order| order.left > 0);
            }
            Request::Replace { price, qty, .. } => {
                let Some(at) = known else { return self.reject(id, Reject::TooLate, false) };
                if qty.is_zero() {
                    return self.reject(id, Reject::BadQty, true);
                }
                let old = self.orders[at];
                if price.0 == old.limit && qty.0 <= old.left {
                    self.orders[at].left = qty.0;
                    self.reports.push(Report::Accepted { id, price, left: qty });
                } else {
                    self.orders.remove(at);
                    let (limit, left, arrival) = (price.0, qty.0, self.arrivals);
                    self.come_in(Kept { limit, left, arrival, ..old }, Tif::Gtc);
                }
            }
        }
        self.settle();
    }
}

#[test]
fn random_messages_are_answered_as_the_naive_venue_does() {
    let mut seen = [0usize; 3];
    for seed in 0..400 {
        let mut n = Numbers(seed);
        let priority = if seed % 2 == 0 { DarkPriority::Time } else { DarkPriority::SizeTime };
        let mut pool = Pool::new(&dark().priority(priority));
        let (orders, reports, trades) = (Vec::new(), Vec::new(), Vec::new());
        let mut naive = Naive { orders, priority, arrivals: 0, mid: None, reports, trades };
        for counter in 0..150 {
            if n.below(3) == 0 {
                let (bid, ask) = (100 + n.between(-6, 6), 100 + n.between(-4, 8));
                naive.mid = (bid <= ask).then_some((bid, ask));
                pool.quote = away(Some(bid), Some(ask));
            }
            let agent = u32::try_from(n.below(u64::from(AGENTS))).unwrap();
            let side = if n.below(2) == 0 { Side::Buy } else { Side::Sell };
            let (price, qty) = (Price(100 + n.between(-8, 8)), Qty(1 + n.below(20)));
            let before = u32::try_from(n.below(u64::from(counter) + 1)).unwrap();
            let known = naive.orders.get(n.below(20) as usize).map_or(id(agent, before), |order| order.id);
            let (request, min) = match n.below(10) {
                0..7 => {
                    let tif = [Tif::Gtc, Tif::Gtc, Tif::Gtc, Tif::Ioc, Tif::Fok, Tif::PostOnly]
                        [n.below(6) as usize];
                    let order = if n.below(10) == 0 {
                        Order::market(BOOK, side, qty)
                    } else {
                        Order::limit(BOOK, side, qty, price).tif(tif)
                    };
                    let picky = matches!(order.tif, Tif::Gtc | Tif::Ioc) && n.below(3) == 0;
                    let min = if picky { 1 + n.below(qty.0) } else { 0 };
                    let id = if n.below(40) == 0 { known } else { id(agent, counter) };
                    (Request::New { id, order }, min)
                }
                7 => (Request::Cancel { id: known, book: BOOK }, 0),
                8 => (Request::Reduce { id: known, book: BOOK, by: Qty(n.below(8)) }, 0),
                _ => (Request::Replace { id: known, book: BOOK, price, qty: Qty(n.below(20)) }, 0),
            };
            naive.reports.clear();
            naive.trades.clear();
            naive.handle(&request, min);
            let terms = (min > 0).then(|| Terms::default().min_qty(Qty(min)));
            let reports = pool.send(&request, terms);
            assert_eq!(reports, naive.reports, "seed {seed}, message {counter}: {request:?}");
            assert_eq!(pool.trades(), naive.trades);
            let aggressor = |trade: &Trade| trade.aggressor.is_some();
            assert!(pool.out.trades().iter().all(aggressor));
            seen[0] += naive.trades.len();
            seen[1] += usize::from(naive.trades.len() > 1);
            seen[2] = seen[2].max(naive.orders.len());
        }
    }
    assert!(seen[0] > 10_000 && seen[1] > 1_000 && seen[2] > 20, "{seen:?}");
}
