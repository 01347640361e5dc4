//! The market of the rule book (`docs/exchange.md`), in the plainest words there are: one list of orders in the
//! order of arrival, searched from its beginning for everything. Where a rule asks what *would* trade, a copy of
//! the market trades. It is compared with, never used.
//!
//! An order *comes in* at the end of the list. What keeps its place in a queue keeps its place in the list.
#![allow(dead_code, unreachable_pub, missing_docs)] // each test file uses its part of this module
#![allow(clippy::unwrap_used, clippy::must_use_candidate)]

mod collecting;
mod coming_in;
mod day;
mod grid;
mod guards;
mod links;
mod matching;
mod messages;
mod order;
mod pegs;
mod settling;
mod stops;
mod terms;
mod trading;
mod uncrossing;

use prism_book::market::{MarketRules, Told};
use prism_core::msg::{CancelReason, Reject};
use prism_core::rng::{RngStream, StreamKey};
use prism_core::types::{OrderId, Price, Qty, Side, Time};

use day::TradingDay;
use order::{Order, Place};

/// The naive market.
#[derive(Clone, Debug)]
pub struct Twin {
    rules: MarketRules,
    key: StreamKey,
    /// The time of what is happening.
    now: Time,
    day: Option<TradingDay>,
    /// For the sizes of random peaks.
    random: RngStream,
    /// Every order there is, in the order of arrival.
    orders: Vec<Order>,
    last: Price,
    /// The prices of the trades that the stops have not looked at yet. A stop that comes in finds none: each trade
    /// is followed by a look before anything that waits comes in.
    unseen: Vec<Price>,
    /// How many groups of linked orders there were.
    groups: u64,
    told: Vec<Told>,
}

/// The displayed orders at one price: the price, the quantity, and each order's displayed part.
pub type Row = (Price, Qty, Vec<(OrderId, Qty)>);

impl Twin {
    pub fn new(rules: &MarketRules, key: StreamKey) -> Twin {
        Twin {
            rules: rules.clone(),
            key,
            now: Time::ZERO,
            day: None,
            random: key.stream(),
            orders: Vec::new(),
            last: rules.reference,
            unseen: Vec::new(),
            groups: 0,
            told: Vec::new(),
        }
    }

    /// The displayed levels of a side, best first, each order with what is displayed of it.
    pub fn displayed(&self, side: Side) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for order in self.by_priority(side, Place::Displayed) {
            if rows.last().is_none_or(|row| row.0 != order.price) {
                rows.push((order.price, Qty::ZERO, Vec::new()));
            }
            let row = rows.last_mut().unwrap();
            row.1 += Qty(order.shown);
            row.2.push((order.id, Qty(order.shown)));
        }
        rows
    }

    /// The hidden orders of a side in the order in which they trade, with what is left of them in the book.
    pub fn hidden(&self, side: Side) -> Vec<(OrderId, Price, Qty)> {
        self.by_priority(side, Place::Hidden).iter().map(|o| (o.id, o.price, Qty(o.inside()))).collect()
    }

    /// The orders that are in neither book, by id, with what is left of them.
    pub fn held(&self) -> Vec<(OrderId, Qty)> {
        let mut held: Vec<_> =
            self.orders.iter().filter(|o| !o.rests()).map(|o| (o.id, Qty(o.left))).collect();
        held.sort_unstable();
        held
    }

    /// The price of the latest trade.
    pub fn last(&self) -> Price {
        self.last
    }

    /// What is left of an order in whichever place; nothing if it is gone.
    pub fn left(&self, id: OrderId) -> Qty {
        self.find(id).map_or(Qty::ZERO, |order| Qty(order.left))
    }

    /// The orders of a side in one of the two books: the best price first, then in the order of arrival.
    fn by_priority(&self, side: Side, place: Place) -> Vec<&Order> {
        let mut orders: Vec<&Order> =
            self.orders.iter().filter(|o| o.side == side && o.place == place).collect();
        orders.sort_by_key(|order| order.rank()); // keeps the order of arrival of equal prices
        orders
    }

    fn find(&self, id: OrderId) -> Option<&Order> {
        self.orders.iter().find(|order| order.id == id)
    }

    /// The order of an id that is there.
    fn order(&self, id: OrderId) -> &Order {
        self.find(id).unwrap()
    }

    fn order_mut(&mut self, id: OrderId) -> &mut Order {
        self.orders.iter_mut().find(|order| order.id == id).unwrap()
    }

    /// Moves an order to the end of the arrivals.
    fn move_to_end(&mut self, id: OrderId) {
        let at = self.orders.iter().position(|order| order.id == id).unwrap();
        let order = self.orders.remove(at);
        self.orders.push(order);
    }

    /// Takes an order out of the list. Those that waited for it have nothing more to wait for.
    fn remove(&mut self, id: OrderId) {
        self.orders.retain(|order| order.id != id);
        for leg in self.orders.iter_mut().filter(|leg| leg.terms.after == Some(id)) {
            leg.parent_gone = true;
        }
    }

    fn cancel_whole(&mut self, id: OrderId, why: CancelReason) {
        let left = Qty(self.order(id).left);
        self.remove(id);
        self.told.push(Told::Cancelled { id, left, why });
    }

    /// The orders that pass, by id.
    fn ids(&self, pass: impl Fn(&Order) -> bool) -> Vec<OrderId> {
        let mut ids: Vec<OrderId> = self.orders.iter().filter(|o| pass(o)).map(|order| order.id).collect();
        ids.sort_unstable();
        ids
    }

    /// Cancels the orders that pass, in the order of their ids.
    fn cancel_by_id(&mut self, pass: impl Fn(&Order) -> bool, why: CancelReason) {
        for id in self.ids(pass) {
            self.cancel_whole(id, why);
        }
    }

    /// Refuses an order that is in the list, which is then gone.
    fn refuse(&mut self, id: OrderId, why: Reject) {
        self.remove(id);
        self.told.push(Told::Rejected { id, why, open: false });
    }

    /// Tells the owner where the order is now.
    fn accept(&mut self, id: OrderId, price: Price) {
        let left = Qty(self.order(id).left);
        self.told.push(Told::Accepted { id, price, left });
    }
}
