//! Small markets.

use prism_book::Exchange;
use prism_core::kernel::Builder;
use prism_core::msg::{Event, Msg};
use prism_core::prelude::*;
use prism_core::testing::{Script, Step};

use super::params::start;

pub const BOOK: BookId = BookId(0);

/// An exchange with the symbol `A`, whose previous close is `close` ticks.
pub fn market(close: i64) -> Exchange {
    Exchange::new("X").list(Symbol::new("A").start(&start(close)))
}

/// A simulation with that market and nobody in it.
pub fn world(seed: u64, close: i64) -> Builder {
    Simulation::builder().seed(seed).venue(market(close))
}

/// A script that quotes `size` lots a side, and changes its quotes at the given times: nanoseconds, bid and
/// ask in ticks.
pub fn quoting(size: u64, rows: impl IntoIterator<Item = (i64, Option<i64>, Option<i64>)>) -> Script {
    let mut steps = Vec::new();
    let mut sent = 0;
    let mut live: Vec<usize> = Vec::new();
    for (at, bid, ask) in rows {
        steps.extend(live.drain(..).map(|n| (at, Step::Cancel(n))));
        for (side, price) in [(Side::Buy, bid), (Side::Sell, ask)] {
            if let Some(price) = price {
                steps.push((at, Step::Order(Order::limit(BOOK, side, Qty(size), Price(price)))));
                live.push(sent);
                sent += 1;
            }
        }
    }
    Script::new(steps)
}

/// Runs until `until` and returns the requests that arrive from agents other than the first `scripts`.
pub fn requests(sim: &mut Simulation, scripts: u32, until: Time) -> Vec<(Time, Request)> {
    let mut seen = Vec::new();
    each_request(sim, until, |at, req| {
        if req.id().agent().0 >= scripts {
            seen.push((at, req));
        }
    });
    seen
}

/// Runs until `until` and shows every request as it arrives.
pub fn each_request(sim: &mut Simulation, until: Time, mut seen: impl FnMut(Time, Request)) {
    sim.advance(sim.now()).unwrap(); // starts the run
    while sim.next_time().is_some_and(|at| at <= until) {
        if let Some(Event { at, msg: Msg::Request(req), .. }) = sim.step().unwrap() {
            seen(at, req);
        }
    }
    sim.advance(until).unwrap();
}

/// The new orders among requests.
pub fn orders(requests: &[(Time, Request)]) -> Vec<(Time, Order)> {
    let new = |(at, req): &(Time, Request)| match req {
        Request::New { order, .. } => Some((*at, *order)),
        _ => None,
    };
    requests.iter().filter_map(new).collect()
}

pub fn secs(n: i64) -> Time {
    Time::ZERO + Span::secs(n)
}
