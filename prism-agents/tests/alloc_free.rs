//! Agents in their stride allocate nothing.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use allocation_counter::measure;
use prism_core::prelude::*;
use prism_physics::value::OrnsteinUhlenbeck;
use support::kinds::{Wanted, all};
use support::worlds::{secs, world};

/// Quotes plenty of size around a price that swings to and fro, so that the book's own memory finds its size:
/// it grows when prices go where they have not been.
#[derive(Clone)]
struct Pendulum(i64);

impl Agent for Pendulum {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        ctx.cancel_all(book);
        self.0 += 1;
        let mid = 10_000 + 10 - (self.0 % 40 - 20).abs();
        ctx.order(Order::limit(book, Side::Buy, Qty(1_000_000), Price(mid - 1)));
        ctx.order(Order::limit(book, Side::Sell, Qty(1_000_000), Price(mid + 1)));
    }
}

#[test]
fn no_allocation_per_wake() {
    for (n, given) in [
        (
            0,
            &[("price_min", "9950 ticks"), ("price_max", "10050 ticks"), ("rate", "1"), ("refresh", "0.5")][..],
        ),
        (
            0,
            &[
                ("valuations", "private"),
                ("price_min", "9950 ticks"),
                ("price_max", "10050 ticks"),
                ("rate", "1"),
            ],
        ),
        (1, &[("repeat", "true"), ("rate", "1")]),
        (2, &[("rate", "1")]),
        (3, &[("every", "1s"), ("short_window", "3"), ("long_window", "10")]),
        (3, &[("rule", "breakout"), ("bar", "1s"), ("bars", "3"), ("retrace", "1")]),
        (4, &[("every", "1s"), ("window", "6"), ("level_spacing", "0.5")]),
    ] {
        let kind = &all()[n];
        let group = |n: usize, name, given, count| {
            (all()[n].group)(&Wanted { given, name, books: &[], count, wakes: None })
        };
        let mut sim = world(4, 10_000)
            .value("A", OrnsteinUhlenbeck::new(10_000.0, 0.001, 10_000.0, 2.0).unwrap())
            .agents(Group::of(Pendulum(0)).periodic(Span::secs(1)))
            .agents_boxed(group(1, "noise", &[("repeat", "true"), ("rate", "0.2")], 20))
            .agents_boxed(group(n, "guests", given, 10))
            .build()
            .unwrap();
        sim.advance(secs(300)).unwrap(); // buffers find their size
        let before = sim.summary().groups[2].requests;
        let info = measure(|| sim.advance(secs(360)).unwrap());
        let acted = sim.summary().groups[2].requests - before;
        assert!(acted > 20, "{} sent {acted} requests", kind.name);
        assert_eq!(info.count_total, 0, "{} with {given:?}, in {acted} requests", kind.name);
    }
}
