//! In its stride the kernel allocates nothing: not per event, not per order, not per look.
#![allow(clippy::unwrap_used, missing_docs)]

use std::alloc::System;

use prism_core::agent::{Group, Prints};
use prism_core::kernel::Gateway;
use prism_core::prelude::*;
use prism_core::testing::EchoSpec;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BOOK: BookId = BookId(0);

#[derive(Clone)]
struct Busy;

impl Agent for Busy {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let around = ctx.top(BOOK).bid().map_or(1_000, |bid| bid.price.0);
        if ctx.orders().count() > 3 {
            ctx.cancel_all(BOOK);
        }
        let _ = ctx.depth(BOOK, Side::Buy).len();
        let price = Price(around + i64::from(ctx.rng().below(21)) - 10);
        let id = ctx.order(Order::limit(BOOK, Side::Buy, Qty(1), price));
        ctx.replace(id, price, Qty(2));
        ctx.timer(Span::micros(3), 1);
    }
    fn on_timer(&mut self, _tag: u32, ctx: &mut Ctx<'_>) {
        ctx.order(Order::market(BOOK, Side::Sell, Qty(1)));
    }
    fn hears(&self) -> Prints {
        Prints::TRADES | Prints::TOUCH
    }
}

/// One test for both, as the allocator counts for all threads.
#[test]
fn no_allocation_in_the_stride() {
    run(None);
    // Busy half of the time, and most agents meet their limit.
    run(Some(Gateway::new().service(Span::micros(10)).limit(4, Span::millis(10)).exempt_cancels()));
}

fn run(gateway: Option<Gateway>) {
    let mut builder = Simulation::builder().seed(1).venue(EchoSpec::new(&["A"]).depth(5));
    if let Some(gateway) = gateway {
        builder = builder.gateway("ECHO", gateway);
    }
    let mut sim =
        builder.agents(Group::of(Busy).named("busy").count(100).poisson(Span::millis(10))).build().unwrap();
    sim.advance(Time::from_nanos(4_000_000_000)).unwrap();
    let (events, region) = (sim.events(), Region::new(ALLOCATOR));
    sim.advance(Time::from_nanos(5_000_000_000)).unwrap();
    let change = region.change();
    let refused = sim.summary().gateways.iter().map(|g| g.rejected_by_rate).sum::<u64>();
    assert_eq!(refused > 1_000, gateway.is_some(), "{refused}");
    assert!(sim.events() - events > 100_000, "{}", sim.events() - events);
    assert_eq!((change.allocations, change.reallocations), (0, 0), "{change:?}");
}
