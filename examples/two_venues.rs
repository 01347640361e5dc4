//! One symbol on two venues, and a router: what does it save to look at both?
//!
//! The first venue pays makers and charges takers, the second does the reverse (an *inverted* venue). Two desks buy
//! as much: one sends all of it to the first venue, the other has it routed.

#![allow(clippy::print_stdout)] // an example shows something

use prism::agents::kit::router::{Routed, Router};
use prism::core::types::FeeRate;
use prism::prelude::*;

/// In tenths of a basis point.
const TAKERS: [i64; 2] = [3, -1];
const MAKERS: [i64; 2] = [-2, 2];

/// Buys 40 lots about once a second, at the touch that it sees or worse.
#[derive(Clone, Debug)]
struct Desk {
    router: Router,
    bought: u64,
    paid: f64,
    fees: f64,
    parents: Vec<Routed>,
}

impl Desk {
    fn new() -> Desk {
        let fees = TAKERS.map(FeeRate::tenth_bps);
        let router = Router::with_fees((0..2).map(BookId).zip(fees));
        Desk { router, bought: 0, paid: 0.0, fees: 0.0, parents: Vec::new() }
    }

    /// What a lot has cost, in ticks and with fees.
    fn price(&self) -> f64 {
        (self.paid + self.fees) / self.bought as f64
    }
}

impl Agent for Desk {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let home = ctx.home();
        if let (Some(ask), Some(symbol)) = (ctx.top(home).ask(), ctx.symbol(home)) {
            let limit = ask.price + Ticks(200);
            self.router.send(symbol, Side::Buy, Qty(40), limit, ctx);
        }
    }

    fn on_report(&mut self, report: &Report, ctx: &mut Ctx<'_>) {
        if let Report::Filled { price, qty, fee, .. } = *report {
            self.bought += qty.0;
            self.paid += price.0 as f64 * qty.0 as f64;
            let unit = ctx.instrument(ctx.home()).map_or(1, |instrument| instrument.tick_lot);
            self.fees += fee.0 as f64 / unit as f64;
        }
        self.parents.extend(self.router.on_report(report, ctx));
    }
}

fn main() -> prism::Result<()> {
    let venue = |name: &str, n: usize| {
        Exchange::new(name)
            .list(Symbol::new("ACME").tick("0.01").start("100.00"))
            .fees(FeeRate::tenth_bps(MAKERS[n]), FeeRate::tenth_bps(TAKERS[n]))
            .depth(5)
    };
    let maker = || LadderMaker::new().fixed().window(4.0).spacing(0.5).size(Qty(20));
    let makers = |name: &str, book: &str| {
        Group::of(maker()).named(name).count(3).books([book]).periodic(Span::millis(200))
    };
    let informed = |name: &str, book: &str| {
        let group = Group::of(ValueBayes::new().noise(5.0)).named(name).count(20).books([book]);
        group.poisson(Span::secs(1)).informed()
    };
    let desk = |name: &str| Group::of(Desk::new()).named(name).poisson(Span::secs(1));
    let mut sim = Simulation::builder()
        .seed(5)
        .venue(venue("XPRM", 0))
        .venue(venue("XINV", 1))
        .value("ACME", OrnsteinUhlenbeck::new(10_000.0, 1e-3, 10_000.0, 1.3)?)
        .latency(Fixed::new(Span::micros(200))?)
        .consolidated(Span::micros(500))
        .agents(makers("makers at XPRM", "ACME@XPRM"))
        .agents(makers("makers at XINV", "ACME@XINV"))
        .agents(informed("informed at XPRM", "ACME@XPRM"))
        .agents(informed("informed at XINV", "ACME@XINV"))
        .agents(desk("one venue").books(["ACME@XPRM"]))
        .agents(desk("router").books(["ACME@XPRM", "ACME@XINV"]))
        .build()?;
    let run = sim.run_for(Span::mins(30))?;

    for (name, book) in ["XPRM", "XINV"].iter().zip(&run.books) {
        println!("{name:<10} {:>6} trades of {:>7} lots", book.trades, book.volume);
    }
    let desks: Vec<&Desk> = sim.members::<Desk>().collect();
    for (name, desk) in ["one venue", "router"].iter().zip(&desks) {
        let (orders, lots) = (desk.parents.len(), desk.bought);
        println!(
            "{name:<10} {orders:>6} orders filled with {lots} lots at {:.3} ticks, fees included",
            desk.price()
        );
    }
    let saved = desks[0].price() - desks[1].price();
    println!("the router saved {saved:.3} ticks a lot");
    assert!(desks.iter().all(|desk| desk.bought > 10_000));
    assert!(saved > 0.0, "two venues are not worse than one");
    Ok(())
}
