//! Orders of a recorded day that join the best price behind others.

use std::collections::BTreeMap;
use std::path::Path;

use prism::book::queue_position::Contest;
use prism::book::{BookEngine, Handle};
use prism::core::types::{OrderId, Price, Qty, Side};
use prism::sinks::tape::itch::{AddOrder, AddOrderMpid, Body, Reader};
use prism::sinks::tape::{Source, TapeError};

/// Takes a tape of one stock through a contest. What the book cannot hold is passed over.
///
/// # Errors
/// The tape cannot be read.
pub(crate) fn replay(path: &Path, contest: &mut Contest) -> Result<(), TapeError> {
    let mut day = Day { contest, handles: BTreeMap::new() };
    for message in Reader::new(Source::open(path)?) {
        let message = message?;
        let now = message.head.timestamp.ns();
        match message.body {
            Body::AddOrder(AddOrder { order_ref, side, shares, price_e4, .. })
            | Body::AddOrderMpid(AddOrderMpid { order_ref, side, shares, price_e4, .. }) => {
                day.add(order_ref, side, shares, price_e4, now);
            }
            Body::OrderExecuted(body) => day.take(body.order_ref, Some(body.shares), true, now),
            Body::OrderExecutedWithPrice(body) => day.take(body.order_ref, Some(body.shares), true, now),
            Body::OrderCancel(body) => day.take(body.order_ref, Some(body.shares), false, now),
            Body::OrderDelete(body) => day.take(body.order_ref, None, false, now),
            Body::OrderReplace(body) => {
                let old = day.handles.get(&body.order_ref).and_then(|&handle| day.contest.book().get(handle));
                day.take(body.order_ref, None, false, now);
                if let Some(old) = old {
                    day.add(body.new_order_ref, old.side, body.shares, body.price_e4, now);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct Day<'a> {
    contest: &'a mut Contest,
    /// The book's handles by the tape's numbers.
    handles: BTreeMap<u64, Handle>,
}

impl Day<'_> {
    fn add(&mut self, id: u64, side: Side, shares: u32, price: u32, now: u64) {
        let (price, qty) = (Price(price.into()), Qty(shares.into()));
        if let Ok(handle) = self.contest.insert((OrderId(id), side), price, qty, now) {
            self.handles.insert(id, handle);
            if self.contest.book().best(side).is_some_and(|best| best.price == price) {
                self.contest.follow(handle, now);
            }
        }
    }

    fn take(&mut self, id: u64, shares: Option<u32>, traded: bool, now: u64) {
        let Some(&handle) = self.handles.get(&id) else { return };
        let qty = shares.map_or(Qty::MAX, |shares| Qty(shares.into()));
        if traded {
            self.contest.execute(handle, qty, now);
        } else {
            self.contest.reduce(handle, qty, now);
        }
        if self.contest.book().get(handle).is_none() {
            self.handles.remove(&id);
        }
    }
}
