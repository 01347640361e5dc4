//! Adapters for published crates. Each one maps the dense client id to the engine's own
//! handle with a flat array where the engine allocates its own ids, and forwards the
//! engine's own trade reports. No adapter keeps a shadow book.

use super::stream::{CANCEL, Msg};
use super::{Engine, Sink};

// ---------------------------------------------------------------- matchcore 0.4.0
pub struct Matchcore {
    b: matchcore::OrderBook,
    seq: u64,
    to: Box<[u64]>,
    back: Vec<u32>,
}
impl Engine for Matchcore {
    fn new(ids: usize, _hi: u32) -> Self {
        Matchcore {
            b: matchcore::OrderBook::new("T"),
            seq: 0,
            to: vec![u64::MAX; ids].into(),
            back: vec![0; 4 * ids],
        }
    }
    #[inline]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        use matchcore::*;
        let meta = CommandMeta { sequence_number: SequenceNumber(self.seq), timestamp: Timestamp(self.seq) };
        if m.kind == CANCEL {
            let cmd = Command {
                meta,
                kind: CommandKind::Cancel(CancelCmd {
                    order_id: OrderId(self.to[m.id as usize]),
                    order_kind: OrderKind::Limit,
                }),
            };
            self.seq += 1;
            if let CommandOutcome::Applied(_) = self.b.execute(&cmd) {
                out.cancelled(m.id);
            }
            return;
        }
        let side = if m.side == 0 { Side::Buy } else { Side::Sell };
        let cmd = Command {
            meta,
            kind: CommandKind::Submit(SubmitCmd {
                order: NewOrder::Limit(LimitOrder::new(
                    Price(m.price as u64),
                    QuantityPolicy::Standard { quantity: Quantity(m.qty as u64) },
                    OrderFlags::new(side, false, TimeInForce::Gtc),
                )),
            }),
        };
        self.to[m.id as usize] = self.seq;
        self.back[self.seq as usize] = m.id;
        self.seq += 1;
        if let CommandOutcome::Applied(CommandReport::Submit(fx)) = self.b.execute(&cmd)
            && let Some(r) = fx.target_order().match_result()
        {
            for t in r.trades() {
                out.trade(
                    self.back[t.maker_order_id().0 as usize],
                    m.id,
                    t.price().0 as u32,
                    t.quantity().0 as u32,
                );
            }
        }
    }
    fn touch(&mut self) -> (u32, u32) {
        (
            self.b.best_bid_price().map_or(0, |p| p.0 as u32),
            self.b.best_ask_price().map_or(u32::MAX, |p| p.0 as u32),
        )
    }
}

// ---------------------------------------------------------------- lobster 0.7.0
pub struct Lobster(lobster::OrderBook);
impl Engine for Lobster {
    fn new(_ids: usize, _hi: u32) -> Self {
        Lobster(lobster::OrderBook::new(1 << 17, 16, false))
    }
    #[inline]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        use lobster::*;
        if m.kind == CANCEL {
            // the API reports Canceled for unknown ids too, so a cancel ack carries no news
            self.0.execute(OrderType::Cancel { id: m.id as u128 });
            out.cancelled(m.id);
            return;
        }
        let side = if m.side == 0 { Side::Bid } else { Side::Ask };
        let e = self.0.execute(OrderType::Limit {
            id: m.id as u128,
            side,
            qty: m.qty as u64,
            price: m.price as u64,
        });
        match e {
            OrderEvent::Filled { fills, .. } | OrderEvent::PartiallyFilled { fills, .. } => {
                for f in &fills {
                    out.trade(f.order_2 as u32, m.id, f.price as u32, f.qty as u32);
                }
            }
            _ => {}
        }
    }
    fn touch(&mut self) -> (u32, u32) {
        (self.0.max_bid().unwrap_or(0) as u32, self.0.min_ask().map_or(u32::MAX, |x| x as u32))
    }
}

// ---------------------------------------------------------------- bourse-book 0.4.0
pub struct Bourse {
    b: bourse_book::OrderBook,
    to: Box<[u32]>,
    back: Vec<u32>,
    t: u64,
}
impl Engine for Bourse {
    fn new(ids: usize, _hi: u32) -> Self {
        Bourse {
            b: bourse_book::OrderBook::new(0, 1, true),
            to: vec![u32::MAX; ids].into(),
            back: Vec::with_capacity(ids),
            t: 0,
        }
    }
    #[inline]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        use bourse_book::types::{Side, Status};
        // the FIFO key is (price, time): time must be unique per order or orders collide
        self.t += 1;
        self.b.set_time(self.t);
        if m.kind == CANCEL {
            let id = self.to[m.id as usize] as usize;
            if self.b.order(id).status == Status::Active {
                self.b.cancel_order(id);
                out.cancelled(m.id);
            }
            return;
        }
        let n = self.b.get_trades().len();
        let side = if m.side == 0 { Side::Bid } else { Side::Ask };
        self.back.push(m.id);
        let id = self.b.create_and_place_order(side, m.qty, 0, Some(m.price)).unwrap();
        self.to[m.id as usize] = id as u32;
        for t in &self.b.get_trades()[n..] {
            out.trade(self.back[t.passive_order_id], m.id, t.price, t.vol);
        }
    }
    fn touch(&mut self) -> (u32, u32) {
        self.b.bid_ask()
    }
}

// ---------------------------------------------------------------- nanobook 0.19.3
pub struct Nanobook {
    b: nanobook::Exchange,
    to: Box<[u64]>,
    back: Vec<u32>,
}
impl Engine for Nanobook {
    fn new(ids: usize, _hi: u32) -> Self {
        Nanobook { b: nanobook::Exchange::new(), to: vec![0; ids].into(), back: vec![0; ids + 2] }
    }
    #[inline]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        use nanobook::*;
        if m.kind == CANCEL {
            if self.b.cancel(OrderId(self.to[m.id as usize])).success {
                out.cancelled(m.id);
            }
            return;
        }
        let side = if m.side == 0 { Side::Buy } else { Side::Sell };
        let r = self.b.submit_limit(side, Price(m.price as i64), m.qty as u64, TimeInForce::GTC);
        self.to[m.id as usize] = r.order_id.0;
        self.back[r.order_id.0 as usize] = m.id;
        for t in &r.trades {
            out.trade(self.back[t.passive_order_id.0 as usize], m.id, t.price.0 as u32, t.quantity as u32);
        }
    }
    fn touch(&mut self) -> (u32, u32) {
        let (b, a) = self.b.best_bid_ask();
        (b.map_or(0, |p| p.0 as u32), a.map_or(u32::MAX, |p| p.0 as u32))
    }
}

// ---------------------------------------------------------------- orderbook-rs 0.15.3
pub struct OrderBookRs(orderbook_rs::OrderBook<()>);
fn obid(i: orderbook_rs::prelude::Id) -> u32 {
    match i {
        orderbook_rs::prelude::Id::Sequential(x) => x as u32,
        _ => unreachable!(),
    }
}
impl Engine for OrderBookRs {
    fn new(_ids: usize, _hi: u32) -> Self {
        OrderBookRs(orderbook_rs::OrderBook::<()>::new("T"))
    }
    #[inline]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        use orderbook_rs::prelude::{Id, Side, TimeInForce};
        if m.kind == CANCEL {
            if let Ok(Some(_)) = self.0.cancel_order(Id::Sequential(m.id as u64)) {
                out.cancelled(m.id);
            }
            return;
        }
        let side = if m.side == 0 { Side::Buy } else { Side::Sell };
        let r = self.0.add_limit_order_with_result(
            Id::Sequential(m.id as u64),
            m.price as u128,
            m.qty as u64,
            side,
            TimeInForce::Gtc,
            None,
        );
        if let Ok((_, Some(t))) = r {
            for x in t.match_result.trades().as_vec() {
                out.trade(
                    obid(x.maker_order_id()),
                    m.id,
                    x.price().as_u128() as u32,
                    x.quantity().as_u64() as u32,
                );
            }
        }
    }
    fn touch(&mut self) -> (u32, u32) {
        (self.0.best_bid().unwrap_or(0) as u32, self.0.best_ask().map_or(u32::MAX, |x| x as u32))
    }
}

// ---------------------------------------------------------------- rust_ob 2.5.3
pub struct RustOb(rust_ob::OrderBook<u32>);
impl Engine for RustOb {
    fn new(_ids: usize, _hi: u32) -> Self {
        RustOb(rust_ob::OrderBook::new())
    }
    #[inline]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        use rust_decimal::Decimal;
        use rust_decimal::prelude::ToPrimitive;
        if m.kind == CANCEL {
            if self.0.cancel_order(m.id).is_ok() {
                out.cancelled(m.id);
            }
            return;
        }
        let side = if m.side == 0 { rust_ob::Side::Buy } else { rust_ob::Side::Sell };
        let r = self.0.process_limit_order(m.id, side, Decimal::from(m.price), Decimal::from(m.qty)).unwrap();
        // makers first, the taker's own summary last; price = |cost| / quantity
        let n = r.len().saturating_sub(1);
        for x in &r[..n] {
            let q = x.quantity.to_u32().unwrap();
            let p = (x.cost.abs() / x.quantity).to_u32().unwrap();
            out.trade(x.order, m.id, p, q);
        }
    }
    fn touch(&mut self) -> (u32, u32) {
        use rust_decimal::prelude::ToPrimitive;
        (
            self.0.get_highest_priority_price(rust_ob::Side::Buy).map_or(0, |p| p.to_u32().unwrap()),
            self.0.get_highest_priority_price(rust_ob::Side::Sell).map_or(u32::MAX, |p| p.to_u32().unwrap()),
        )
    }
}
