//! A flash crash twice: on an exchange that trades on, and on one with price bands.
//!
//! For twenty seconds somebody sells at nearly any price. Without bands the book empties and the price falls until the seller
//! is done. With bands nothing trades below the lower one; the market stands there in a limit state, and when that has
//! lasted, trading halts, orders are collected, and a call opens the market again near what the share is worth.

#![allow(clippy::print_stdout)] // an example shows something

use prism::book::day::{BandWidth, BandsRules, Day, Stage};
use prism::book::{CallTime, DayRules, Halted};
use prism::prelude::*;

const BOOK: BookId = BookId(0);
const CRASH: Span = Span::secs(120);
const LASTS: Span = Span::secs(20);

/// Sells down to 90.00, a thousand lots ten times a second, and takes back at the end what is left.
#[derive(Clone, Debug)]
struct Seller;

impl Agent for Seller {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let since = ctx.now() - (Time::ZERO + CRASH);
        if !since.is_negative() && since < LASTS {
            ctx.order(Order::limit(BOOK, Side::Sell, Qty(1_000), Price(9_000)));
        } else {
            ctx.cancel_all(BOOK);
        }
    }
}

/// Buys what has become cheap, once there was time to think.
#[derive(Clone, Debug)]
struct Bargain;

impl Agent for Bargain {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let since = ctx.now() - (Time::ZERO + CRASH);
        if since > Span::secs(15) && ctx.position(BOOK) < 200 && ctx.orders().next().is_none() {
            ctx.order(Order::limit(BOOK, Side::Buy, Qty(100), Price(9_950)));
        }
    }
}

/// What was told, and the prices at which it traded.
#[derive(Clone, Debug, Default)]
struct Ticker {
    phases: Vec<(Time, Phase)>,
    trades: Vec<(Time, Price)>,
}

impl Agent for Ticker {
    fn on_wake(&mut self, _: &mut Ctx<'_>) {}

    fn hears(&self) -> Prints {
        Prints::PHASES | Prints::TRADES
    }

    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        match *print {
            Print::Phase { phase, .. } => self.phases.push((ctx.now(), phase)),
            Print::Trade { price, .. } => self.trades.push((ctx.now(), price)),
            _ => {}
        }
    }
}

/// Runs ten minutes on an exchange, and tells what was seen.
fn world(venue: Exchange) -> Result<Ticker, Box<dyn std::error::Error>> {
    let maker = LadderMaker::new().fixed().window(4.0).spacing(0.5).size(Qty(20));
    let informed = ValueBayes::new().noise(5.0);
    let mut sim = Simulation::builder()
        .seed(6)
        .venue(venue.list(Symbol::new("ACME").tick("0.01").start("100.00")))
        .value("ACME", OrnsteinUhlenbeck::new(10_000.0, 1e-3, 10_000.0, 1.0)?)
        .latency(Fixed::new(Span::millis(1))?)
        .agents(Group::of(maker).named("makers").count(3).periodic(Span::secs(1)))
        .agents(Group::of(informed).named("informed").count(20).poisson(Span::secs(2)).informed())
        .agents(Group::of(Seller).named("seller").periodic(Span::millis(100)))
        .agents(Group::of(Bargain).named("bargain hunters").count(60).poisson(Span::secs(10)))
        .agents(Group::of(Ticker::default()).named("ticker"))
        .build()?;
    sim.run_for(Span::mins(10))?;
    Ok(sim.members::<Ticker>().next().ok_or("there is one")?.clone())
}

/// The lowest price from the crash on, and the first one so long after it.
fn depth(ticker: &Ticker, after: Span) -> Option<(i64, i64)> {
    let begin = Time::ZERO + CRASH;
    let low = ticker.trades.iter().filter(|(at, _)| *at >= begin).map(|(_, price)| price.0).min()?;
    let later = ticker.trades.iter().find(|(at, _)| *at >= begin + after)?.1.0;
    Some((low, later))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let always = [Stage { phase: Phase::Continuous, from: Span::ZERO, random_end: Span::ZERO }];
    let bands = BandsRules {
        widths: vec![(Price::MIN, BandWidth::Bp(200))],
        window: Span::secs(60),
        moves: 100,
        patience: Span::secs(5),
        pause: Span::secs(60),
    };
    let rules = DayRules::new(Day::new(Span::hours(24), &always)?, Time::ZERO)
        .bands(bands)
        .halted(Halted::Collect)
        .volatility(CallTime { length: Span::secs(30), random_end: Span::secs(10) });

    let free = world(Exchange::new("XPRM"))?;
    let guarded = world(Exchange::new("XPRM").day(rules))?;
    for (name, ticker) in [("without bands", &free), ("with bands", &guarded)] {
        let (low, later) = depth(ticker, Span::mins(3)).ok_or("it trades")?;
        println!(
            "{name:<14} {:>6} trades, low {low:>6} ticks, after three minutes {later:>6}",
            ticker.trades.len()
        );
    }
    println!("\nphases with bands:");
    for (n, (at, phase)) in guarded.phases.iter().enumerate() {
        let until = guarded.phases.get(n + 1).map_or(Time::MAX, |next| next.0);
        let inside = guarded.trades.iter().filter(|(time, _)| at <= time && *time < until);
        let (first, last) = (inside.clone().next(), inside.clone().next_back());
        let prices = first.zip(last).map_or(String::new(), |(first, last)| {
            format!("{} trades, from {} to {}", inside.count(), first.1.0, last.1)
        });
        println!("{:>8.1} s  {:<12}{prices}", at.as_secs_f64(), format!("{phase:?}"));
    }
    let halted = guarded.phases.iter().any(|(_, phase)| *phase == Phase::Halted);
    let (low, _) = depth(&free, Span::ZERO).ok_or("it trades")?;
    let (guarded_low, later) = depth(&guarded, Span::mins(3)).ok_or("it trades")?;
    assert!(halted && guarded_low > low && later > 9_800, "{halted} {guarded_low} {low} {later}");
    Ok(())
}
