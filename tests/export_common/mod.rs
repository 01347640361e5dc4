//! A run written as recorded market data, and the books that the run and its files tell.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use prism_book::{BookEngine, Handle, Ladder};
use prism_core::market::BookAction;
use prism_core::sink::BookRow;
use prism_core::types::{OrderId, Price, Qty, Side};
use prism_sinks::tape::Source;
use prism_sinks::tape::itch::{Body, Reader};

/// The side of a column.
fn side(side: u8) -> Side {
    Side::BOTH[usize::from(side)]
}

/// A book that does what it is told, order by order.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) ladder: Ladder,
    handles: BTreeMap<u64, Handle>,
}

impl Told {
    fn add(&mut self, id: u64, side: Side, price: i64, qty: u64) {
        let handle = self.ladder.insert_resting(OrderId(0), side, Price(price), Qty(qty)).unwrap();
        assert_eq!(self.handles.insert(id, handle), None);
    }

    fn take(&mut self, id: u64, qty: u64) {
        if self.ladder.execute(self.handles[&id], Qty(qty)).unwrap().left.is_zero() {
            self.handles.remove(&id);
        }
    }

    fn left(&self, id: u64) -> u64 {
        self.ladder.get(self.handles[&id]).unwrap().left.0
    }

    /// Does what an event of the run says; false of one that is about no displayed order.
    pub(crate) fn row(&mut self, row: &BookRow) -> bool {
        match BookAction::ALL[usize::from(row.action)] {
            BookAction::Add => self.add(row.id, side(row.side), row.price, row.qty),
            BookAction::Replace => {
                self.take(row.id, self.left(row.id));
                self.add(row.id, side(row.side), row.price, row.qty);
            }
            BookAction::Reduce | BookAction::Execute | BookAction::Delete | BookAction::Cross => {
                self.take(row.id, row.qty);
            }
            BookAction::Hidden | BookAction::Uncross | BookAction::Phase | BookAction::Indicative => {
                return false;
            }
        }
        true
    }

    /// False for messages that are about no order.
    pub(crate) fn message(&mut self, body: &Body) -> bool {
        match body {
            Body::AddOrder(add) => {
                self.add(add.order_ref, add.side, add.price_e4.into(), add.shares.into());
            }
            Body::OrderExecuted(order) => self.take(order.order_ref, order.shares.into()),
            Body::OrderExecutedWithPrice(order) => self.take(order.order_ref, order.shares.into()),
            Body::OrderCancel(order) => self.take(order.order_ref, order.shares.into()),
            Body::OrderDelete(order) => self.take(order.order_ref, self.left(order.order_ref)),
            Body::OrderReplace(order) => {
                let rested = self.ladder.get(self.handles[&order.order_ref]).unwrap();
                self.take(order.order_ref, rested.left.0);
                self.add(order.new_order_ref, rested.side, order.price_e4.into(), order.shares.into());
            }
            _ => return false,
        }
        true
    }

    /// Price and size of every order, in the order of the queues.
    pub(crate) fn orders(&self, tick: i64) -> Vec<(Side, i64, u64)> {
        let of =
            |side| self.ladder.orders(side).map(move |(_, order)| (side, order.price.0 * tick, order.left.0));
        of(Side::Buy).chain(of(Side::Sell)).collect()
    }
}

/// The book after every message of the tape is the book after every event of the run, order by order.
pub(crate) fn compare(tape: &Path, rows: &[BookRow], tick: i64) {
    let (mut run, mut read) = (Told::default(), Told::default());
    let mut rows = rows.iter().filter(|row| BookAction::ALL[usize::from(row.action)].is_of_order());
    for message in Reader::new(Source::open(tape).unwrap()) {
        if read.message(&message.unwrap().body) {
            assert!(run.row(rows.next().unwrap()));
            assert_eq!(read.orders(1), run.orders(tick));
        }
    }
    assert!(rows.next().is_none());
}
