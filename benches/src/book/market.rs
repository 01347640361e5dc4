//! PRISM's market, which knows order terms and matching rules, behind the harness's trait.

use prism_book::book::Leveled;
use prism_book::market::{Market, MarketRules, OrderIndex, SelfTrade, Told};
use prism_book::{BookEngine, Ladder};
use prism_core::msg::{Order, Reject, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{AgentId, BookId, OrderId, Price, Qty, Side, Tif, Time};

use super::stream::{CANCEL, Msg};
use super::{Engine, Sink};

/// Places by the client's dense id, which is the agent's here: no two orders are of one agent.
struct Flat(Box<[u32]>);

impl OrderIndex for Flat {
    #[inline(always)]
    fn get(&self, id: OrderId) -> Option<u32> {
        self.0.get(id.agent().index()).copied().filter(|&place| place != u32::MAX)
    }

    #[inline(always)]
    fn set(&mut self, id: OrderId, place: u32) -> Result<(), Reject> {
        self.0.get_mut(id.agent().index()).map(|at| *at = place).ok_or(Reject::NotYours)
    }

    #[inline(always)]
    fn remove(&mut self, id: OrderId) {
        if let Some(at) = self.0.get_mut(id.agent().index()) {
            *at = u32::MAX;
        }
    }
}

/// A market in which nothing but plain orders is.
pub struct Plain<B = Ladder> {
    market: Market<B>,
    index: Flat,
}

/// The same with self-trade prevention on, stops that are held on both sides, and an iceberg at rest on each. None of
/// them is reached, so the reports are those of a plain book. After each message it tells the levels that have changed.
pub struct Full(Plain<Leveled<Ladder>>);

#[inline(always)]
fn id(of: u32) -> OrderId {
    OrderId::new(AgentId(of), 0)
}

impl<B: BookEngine> Plain<B> {
    fn with(rules: MarketRules, ids: usize) -> Plain<B> {
        let index = Flat(vec![u32::MAX; ids].into());
        Plain { market: Market::new(rules, StreamKey::root(1)), index }
    }

    #[inline(always)]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        let told = &mut |_: &mut Flat, told| match told {
            Told::Trade { maker, taker, price, qty, .. } => {
                out.trade(maker.agent().0, taker.agent().0, price.0 as u32, qty.0 as u32);
            }
            Told::Cancelled { id, .. } => out.cancelled(id.agent().0),
            _ => {}
        };
        if m.kind == CANCEL {
            return self.market.cancel(Time::ZERO, id(m.id), &mut self.index, told);
        }
        let order = Order {
            book: BookId(0),
            side: if m.side == 0 { Side::Buy } else { Side::Sell },
            tif: Tif::Gtc,
            qty: Qty(m.qty.into()),
            price: Price(m.price.into()),
        };
        self.market.submit(Time::ZERO, id(m.id), &order, &mut self.index, told);
    }

    fn touch(&self) -> (u32, u32) {
        let (bid, ask) = self.market.top();
        (bid.map_or(0, |l| l.price.0 as u32), ask.map_or(u32::MAX, |l| l.price.0 as u32))
    }
}

impl Engine for Plain {
    fn new(ids: usize, _end: u32) -> Self {
        Plain::with(MarketRules::new(Price(1)), ids)
    }

    #[inline(always)]
    fn on<S: Sink>(&mut self, message: &Msg, sink: &mut S) {
        Plain::on(self, message, sink);
    }

    fn touch(&mut self) -> (u32, u32) {
        Plain::touch(self)
    }
}

/// Stops on each side.
const STOPS: u32 = 50;

impl Engine for Full {
    fn new(ids: usize, end: u32) -> Self {
        let rules = MarketRules { self_trade: SelfTrade::CancelOldest, ..MarketRules::new(Price(2)) };
        let first = u32::try_from(ids).expect("the ids of a stream fit");
        let mut full = Plain::with(rules, ids + 2 * STOPS as usize + 2);
        full.market.watch_levels(true);
        let mut place = |n: u32, order: Order, terms: Terms| {
            full.market.submit_with(
                Time::ZERO,
                id(first + n),
                &order,
                &terms,
                &mut full.index,
                &mut |_, _| {},
            );
        };
        let end = i64::from(end);
        for (n, side, price) in [(0, Side::Buy, end + 1_000), (STOPS, Side::Sell, 0)] {
            for n in n..n + STOPS {
                let order = Order::market(BookId(0), side, Qty(10));
                place(n, order, Terms::stop(Price(price + i64::from(n) * side.sign())));
            }
        }
        for (n, side, price) in [(0, Side::Buy, 1), (1, Side::Sell, end)] {
            let order = Order::limit(BookId(0), side, Qty(1_000), Price(price));
            place(2 * STOPS + n, order, Terms::peak(Qty(10)));
        }
        full.market.tell_levels(&mut |_, _| {});
        Full(full)
    }

    #[inline(always)]
    fn on<S: Sink>(&mut self, message: &Msg, sink: &mut S) {
        self.0.on(message, sink);
        self.0.market.tell_levels(&mut |side, level| {
            sink.level(side as u32, level.price.0 as u32, level.qty.0 as u32);
        });
    }

    fn touch(&mut self) -> (u32, u32) {
        self.0.touch()
    }
}
