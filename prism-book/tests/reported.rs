//! What users of other engines have reported, and what was found in published ones while measuring them:
//! each must not happen here, on any engine. The name says where it was reported.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use prism_book::auction::Call;
use prism_book::{BookEngine, Fill, Handle, Incoming, Ladder, Naive, Outcome};
use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side, Tif};
use support::Numbers;

/// A book and the fills of the last call.
#[derive(Default)]
struct Desk<B> {
    book: B,
    fills: Vec<Fill>,
    ids: u64,
}

impl<B: BookEngine> Desk<B> {
    fn order(&mut self, side: Side, tif: Tif, qty: u64, price: i64) -> Outcome {
        self.ids += 1;
        self.fills.clear();
        let order = Incoming { id: OrderId(self.ids), side, tif, qty: Qty(qty), price: Price(price) };
        let outcome = self.book.submit(order, &mut |fill| self.fills.push(fill));
        self.book.check().unwrap();
        outcome
    }

    /// Rests without trading.
    fn rest(&mut self, side: Side, qty: u64, price: i64) -> Handle {
        match self.order(side, Tif::Gtc, qty, price) {
            Outcome::Rests { handle, left } if left == Qty(qty) => handle,
            other => panic!("{other:?}"),
        }
    }

    fn replace(&mut self, order: Handle, qty: u64, price: i64) -> Outcome {
        self.fills.clear();
        let outcome = self.book.replace(order, Price(price), Qty(qty), &mut |fill| self.fills.push(fill));
        self.book.check().unwrap();
        outcome
    }

    /// The fills of the last call as (maker, price, size).
    fn trades(&self) -> Vec<(u64, i64, u64)> {
        self.fills.iter().map(|fill| (fill.maker.0, fill.price.0, fill.qty.0)).collect()
    }

    fn queue(&self, side: Side) -> Vec<(u64, u64)> {
        self.book.orders(side).map(|(_, order)| (order.id.0, order.left.0)).collect()
    }
}

macro_rules! reported {
    ($($(#[$doc:meta])* $name:ident ($desk:ident) $body:block)*) => {
        $(mod $name {
            use super::*;

            $(#[$doc])*
            fn on<B: BookEngine>(mut $desk: Desk<B>) $body

            #[test]
            fn naive() { on(Desk::<Naive>::default()); }

            #[test]
            fn ladder() { on(Desk::<Ladder>::default()); }
        })*
    };
}

reported! {
    /// A modified order matched, and was then erased through the handle from before the match.
    chronoxor_cpptrader_42_modify_that_matches_keeps_others_in_place (desk) {
        let mine = desk.rest(Side::Buy, 10, 90);
        desk.rest(Side::Sell, 10, 100);
        let other = desk.rest(Side::Sell, 5, 101);
        assert_eq!(desk.replace(mine, 10, 100), Outcome::Filled);
        let next = desk.rest(Side::Buy, 7, 95);
        assert_eq!(desk.book.cancel(mine), None);
        assert_eq!(desk.book.cancel(next), Some(Qty(7)));
        assert_eq!(desk.book.cancel(other), Some(Qty(5)));
        assert!(desk.book.is_empty());
    }

    /// A crash after millions of orders: pools that had run out.
    chronoxor_cpptrader_29_many_orders_come_and_go (desk) {
        let mut numbers = Numbers(29);
        let mut live = Vec::new();
        for round in 0..60_000u64 {
            let side = if round % 2 == 0 { Side::Buy } else { Side::Sell };
            let price = 1_000 - side.sign() * numbers.between(1, 50);
            desk.ids += 1;
            let (id, qty, price) = (OrderId(desk.ids), Qty(1 + numbers.below(9)), Price(price));
            let order = Incoming { id, side, tif: Tif::Gtc, qty, price };
            if let Outcome::Rests { handle, .. } = desk.book.submit(order, &mut |_| {}) {
                live.push(handle);
            }
            if live.len() > 500 {
                let n = numbers.below(live.len() as u64) as usize;
                assert!(desk.book.cancel(live.swap_remove(n)).is_some());
            }
        }
        desk.book.check().unwrap();
        assert_eq!(desk.queue(Side::Buy).len() + desk.queue(Side::Sell).len(), live.len());
    }

    /// What an immediate-or-cancel order left over was put into the book.
    enewhuis_liquibook_43_ioc_residual_does_not_rest (desk) {
        desk.rest(Side::Sell, 3, 100);
        assert_eq!(desk.order(Side::Buy, Tif::Ioc, 10, 100), Outcome::Cancelled { left: Qty(7) });
        assert!(desk.book.is_empty());
    }

    /// A partial fill sent the maker to the back of its queue.
    joaquinbejar_orderbook_rs_88_partial_fill_keeps_the_place (desk) {
        desk.rest(Side::Sell, 10, 100);
        desk.rest(Side::Sell, 10, 100);
        let _ = desk.order(Side::Buy, Tif::Gtc, 4, 100);
        assert_eq!(desk.queue(Side::Sell), [(1, 6), (2, 10)]);
        let _ = desk.order(Side::Buy, Tif::Gtc, 7, 100);
        assert_eq!(desk.trades(), [(1, 100, 6), (2, 100, 1)]);
    }

    /// A marketable limit order traded through its own limit.
    minyukim_matchcore_167_no_trade_beyond_the_limit (desk) {
        for price in 100..110 {
            desk.rest(Side::Sell, 1, price);
            desk.rest(Side::Buy, 1, 199 - price);
        }
        for tif in [Tif::Ioc, Tif::Gtc] {
            let _ = desk.order(Side::Buy, tif, 50, 102);
            assert!(desk.fills.iter().all(|fill| fill.price <= Price(102)));
        }
        assert_eq!(desk.book.best(Side::Sell).unwrap().price, Price(103));
        let _ = desk.order(Side::Sell, Tif::Ioc, 500, 97);
        assert!(desk.fills.iter().all(|fill| fill.price >= Price(97)));
        assert_eq!(desk.book.best(Side::Buy).unwrap().price, Price(96));
    }

    /// An order crossing several levels looked at the price of the first only.
    geseq_orderbook_25_every_level_is_checked (desk) {
        desk.rest(Side::Buy, 5, 100);
        desk.rest(Side::Buy, 5, 90);
        desk.rest(Side::Buy, 5, 80);
        assert!(matches!(desk.order(Side::Sell, Tif::Gtc, 20, 90), Outcome::Rests { left: Qty(10), .. }));
        assert_eq!(desk.trades(), [(1, 100, 5), (2, 90, 5)]);
        assert_eq!(desk.book.top().0.unwrap().price, Price(80));
    }

    /// After a cancel inside a queue, the order of a hash table took the place of the order of arrival.
    stocksharp_681_interior_cancel_keeps_the_order_of_arrival (desk) {
        let queue: Vec<Handle> = (0..50).map(|_| desk.rest(Side::Sell, 1, 100)).collect();
        for n in [25, 3, 40, 24, 26, 0, 49] {
            desk.book.cancel(queue[n]).unwrap();
        }
        desk.rest(Side::Sell, 1, 100);
        let _ = desk.order(Side::Buy, Tif::Gtc, 44, 100);
        let makers: Vec<u64> = desk.trades().iter().map(|trade| trade.0).collect();
        assert_eq!(makers.len(), 44);
        assert!(makers.is_sorted());
    }

    /// Trades were printed at the aggressor's price.
    robaho_cpp_orderbook_2_the_makers_price (desk) {
        desk.rest(Side::Sell, 5, 100);
        let _ = desk.order(Side::Buy, Tif::Gtc, 5, 110);
        assert_eq!(desk.trades(), [(1, 100, 5)]);
    }

    /// Trades were printed at the midpoint of the two limits.
    kodoh_orderbook_17_the_makers_price_not_the_midpoint (desk) {
        desk.rest(Side::Buy, 5, 110);
        let _ = desk.order(Side::Sell, Tif::Gtc, 5, 100);
        assert_eq!(desk.trades(), [(1, 110, 5)]);
    }

    /// The same, in a third engine, over several levels.
    fmstephe_matching_engine_11_each_trade_at_its_own_makers_price (desk) {
        desk.rest(Side::Sell, 1, 100);
        desk.rest(Side::Sell, 1, 105);
        let _ = desk.order(Side::Buy, Tif::Gtc, 2, 110);
        assert_eq!(desk.trades(), [(1, 100, 1), (2, 105, 1)]);
    }

    /// Partial fills never made the maker smaller, so that four times its size traded.
    solarpx_limitbook_1_no_order_trades_more_than_its_size (desk) {
        desk.rest(Side::Sell, 10, 100);
        let mut traded = 0;
        for _ in 0..9 {
            let _ = desk.order(Side::Buy, Tif::Ioc, 3, 100);
            traded += desk.trades().iter().map(|trade| trade.2).sum::<u64>();
        }
        assert_eq!(traded, 10);
        assert!(desk.book.is_empty());
    }

    /// A modify that crossed rested, and left the book crossed.
    joaquinbejar_hft_clob_core_59_a_replace_that_crosses_trades (desk) {
        let bid = desk.rest(Side::Buy, 10, 95);
        desk.rest(Side::Sell, 4, 100);
        assert!(matches!(desk.replace(bid, 10, 105), Outcome::Rests { left: Qty(6), .. }));
        assert_eq!(desk.trades(), [(2, 100, 4)]);
        assert_eq!((desk.queue(Side::Buy), desk.queue(Side::Sell)), (vec![(1, 6)], vec![]));
    }

    /// A sweep over several levels stopped after one fill.
    kangoxford_alphatrade_49_a_sweep_goes_on (desk) {
        for price in 100..120 {
            desk.rest(Side::Sell, 2, price);
        }
        assert_eq!(desk.order(Side::Buy, Tif::Gtc, 40, 119), Outcome::Filled);
        assert_eq!(desk.fills.len(), 20);
        assert!(desk.book.is_empty());
    }

    /// An order filled exactly to its end lived on as a zombie.
    nkaz001_hftbacktest_301_an_exact_fill_ends_the_order (desk) {
        let first = desk.rest(Side::Sell, 3, 100);
        let second = desk.rest(Side::Sell, 3, 100);
        assert_eq!(desk.order(Side::Buy, Tif::Gtc, 3, 100), Outcome::Filled);
        assert_eq!((desk.book.get(first), desk.book.cancel(first)), (None, None));
        assert_eq!(desk.book.ahead(second).unwrap().orders, 0);
        let _ = desk.order(Side::Buy, Tif::Gtc, 1, 100);
        assert_eq!(desk.trades(), [(2, 100, 1)]);
    }

    /// Anyone's cancel was taken to have been ahead in the queue, all of it.
    nautilus_4370_a_cancel_behind_does_not_advance_the_queue (desk) {
        desk.rest(Side::Buy, 10, 100);
        let ahead = desk.rest(Side::Buy, 20, 100);
        let mine = desk.rest(Side::Buy, 1, 100);
        let behind = desk.rest(Side::Buy, 40, 100);
        desk.book.cancel(behind).unwrap();
        assert_eq!(desk.book.ahead(mine).unwrap().qty, Qty(30));
        desk.book.reduce(ahead, Qty(5)).unwrap();
        assert_eq!(desk.book.ahead(mine).unwrap().qty, Qty(25));
        desk.book.cancel(ahead).unwrap();
        assert_eq!((desk.book.ahead(mine).unwrap().qty, desk.book.ahead(mine).unwrap().orders), (Qty(10), 1));
    }

    /// Liquidity that was taken was there for the next order again.
    nautilus_5017_what_was_taken_is_gone (desk) {
        desk.rest(Side::Sell, 5, 100);
        assert_eq!(desk.order(Side::Buy, Tif::Ioc, 4, 100), Outcome::Filled);
        assert_eq!(desk.order(Side::Buy, Tif::Ioc, 4, 100), Outcome::Cancelled { left: Qty(3) });
    }

    /// Two orders were filled by the same liquidity.
    nautilus_2564_a_lot_trades_once (desk) {
        desk.rest(Side::Buy, 5, 100);
        desk.rest(Side::Buy, 5, 100);
        let _ = desk.order(Side::Sell, Tif::Gtc, 5, 100);
        assert_eq!(desk.trades(), [(1, 100, 5)]);
        assert_eq!(desk.queue(Side::Buy), [(2, 5)]);
    }

    /// Six calls that never returned: an index kept with an order had gone stale with a fill at the head.
    nanobook_0_19_3_cancel_after_a_fill_at_the_head (desk) {
        desk.rest(Side::Sell, 10, 100);
        let b = desk.rest(Side::Sell, 10, 100);
        desk.rest(Side::Sell, 10, 100);
        assert_eq!(desk.order(Side::Buy, Tif::Gtc, 10, 100), Outcome::Filled);
        assert_eq!(desk.book.cancel(b), Some(Qty(10)));
        assert_eq!(desk.order(Side::Buy, Tif::Gtc, 10, 100), Outcome::Filled);
        assert_eq!(desk.trades(), [(3, 100, 10)]);
        assert!(desk.book.is_empty());
    }

    /// Two orders at one price and one time had one key, and the second took the first's place.
    bourse_book_0_4_0_orders_at_one_price_are_all_there (desk) {
        for _ in 0..3 {
            desk.rest(Side::Buy, 5, 100);
        }
        assert_eq!(desk.book.best(Side::Buy).unwrap().qty, Qty(15));
        let _ = desk.order(Side::Sell, Tif::Gtc, 15, 100);
        assert_eq!(desk.trades(), [(1, 100, 5), (2, 100, 5), (3, 100, 5)]);
        assert!(desk.book.is_empty());
    }

    /// A panic on a cancel after a match: the new best order had kept a link to the one that was gone.
    llc_993_matching_core_2cb21c0_cancel_after_a_match (desk) {
        desk.rest(Side::Sell, 5, 100);
        let second = desk.rest(Side::Sell, 5, 100);
        let better = desk.rest(Side::Sell, 5, 99);
        let _ = desk.order(Side::Buy, Tif::Gtc, 10, 100);
        assert_eq!(desk.trades(), [(3, 99, 5), (1, 100, 5)]);
        assert_eq!(desk.book.cancel(better), None);
        assert_eq!(desk.book.cancel(second), Some(Qty(5)));
        assert!(desk.book.is_empty());
    }

    /// Volume beside the book and in it was taken twice when it was marginal. Here market orders are beside it.
    vega_11482_volume_beside_the_book_in_an_auction (desk) {
        let mut call: Call<B> = Call::default();
        call.add(OrderId(101), Side::Buy, Qty(10)).unwrap();
        call.add(OrderId(102), Side::Buy, Qty(10)).unwrap();
        desk.rest(Side::Buy, 5, 100);
        desk.book.insert_resting(OrderId(103), Side::Sell, Price(99), Qty(15)).unwrap();
        let mut parts = Vec::new();
        call.uncross(&mut desk.book, Price(100), &mut |part| parts.push((part.id.0, part.qty.0, part.left.0)));
        assert_eq!(parts, [(101, 10, 0), (102, 5, 5), (103, 15, 0)]);
        assert_eq!(desk.book.best(Side::Buy).map(|level| level.qty), Some(Qty(5)));
        desk.book.check().unwrap();
    }

    /// Not in a thread, but of the same family: a refused change must not have happened.
    refused_orders_leave_no_trace (desk) {
        desk.rest(Side::Sell, 5, 100);
        let before = support::digest(&desk.book);
        assert_eq!(desk.order(Side::Buy, Tif::Fok, 6, 100), Outcome::Refused(Reject::NotFilled));
        assert_eq!(desk.order(Side::Buy, Tif::PostOnly, 6, 100), Outcome::Refused(Reject::WouldTrade));
        assert_eq!(desk.order(Side::Buy, Tif::Gtc, 6, i64::MAX), Outcome::Refused(Reject::BadPrice));
        assert!(desk.fills.is_empty());
        assert_eq!(support::digest(&desk.book), before);
    }
}
