//! The opening of a day: orders are collected for five minutes, the venue tells what a crossing would give, and at a
//! random end one price is found at which everything that can trade trades.
//!
//! Every trader thinks a share worth something else, around 100.00, and says so with a limit order at some time of the
//! call; some want to trade at whatever price opens the day (`at_open`). The opening price is where demand and supply
//! meet: near the mean of all opinions, with less noise than any of them.

#![allow(clippy::print_stdout)] // an example shows something

use prism::book::day::Day;
use prism::book::{Collar, DayRules};
use prism::prelude::*;

const TRADERS: u32 = 400;
const BOOK: BookId = BookId(0);

/// Sends one order in the call.
#[derive(Clone, Debug)]
struct Trader {
    /// What it thinks a share is worth, in ticks; nothing for who takes the price of the opening.
    opinion: Option<f64>,
}

impl Agent for Trader {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        let within = Span::from_secs_f64(ctx.rng().uniform(60.0, 355.0));
        ctx.wake_in(within);
    }

    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let side = if ctx.rng().chance(0.5) { Side::Buy } else { Side::Sell };
        let qty = Qty(1 + ctx.rng().geometric(0.05));
        match self.opinion {
            Some(worth) => ctx.order(Order::limit(BOOK, side, qty, Price::round(worth))),
            None => {
                ctx.order_with(Order::market(BOOK, side, qty), &Terms::default().session(Session::AtOpen))
            }
        };
    }
}

/// Writes down what the venue tells.
#[derive(Clone, Debug, Default)]
struct Ticker {
    calls: Vec<(Time, Price, Qty, i64)>,
    phases: Vec<(Time, Phase)>,
}

impl Agent for Ticker {
    fn on_wake(&mut self, _: &mut Ctx<'_>) {}

    fn hears(&self) -> Prints {
        Prints::PHASES
    }

    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        match *print {
            Print::Indicative { price, volume, surplus, .. } => {
                self.calls.push((ctx.now(), price, volume, surplus));
            }
            Print::Phase { phase, .. } => self.phases.push((ctx.now(), phase)),
            _ => {}
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mins = Span::mins;
    let day = Day::with_calls(mins(1_440), (mins(1), mins(6)), (mins(20), mins(25)), Span::secs(30))?;
    let collar = Collar { bp: 500, extension: mins(1), extensions: 2 };
    let rules = DayRules::new(day, Time::ZERO).collar(collar);
    let symbol = Symbol::new("ACME").tick("0.01").start("98.00");
    let mut opinions = StreamKey::root(9).stream();
    let traders: Vec<Trader> = (0..TRADERS)
        .map(|n| Trader { opinion: (n % 10 != 0).then(|| 10_000.0 + 150.0 * opinions.normal()) })
        .collect();
    let worth: Vec<f64> = traders.iter().filter_map(|trader| trader.opinion).collect();
    let mut sim = Simulation::builder()
        .seed(1)
        .venue(Exchange::new("XPRM").list(symbol).day(rules))
        .agents(Group::each(move |n, _| traders[n as usize].clone()).named("traders").count(TRADERS))
        .agents(Group::of(Ticker::default()).named("ticker"))
        .build()?;
    let run = sim.run_for(mins(7))?;

    let ticker = sim.members::<Ticker>().next().ok_or("there is one")?;
    println!("{:>9}  {:>10}  {:>7}  {:>8}", "time", "indicative", "volume", "surplus");
    let mut next = Time::ZERO;
    for &(at, price, volume, surplus) in &ticker.calls {
        if at >= next {
            println!("{:>9}  {:>10}  {:>7}  {:>+8}", secs(at), price.0, volume.0, surplus);
            next = at + Span::secs(30);
        }
    }
    for (at, phase) in &ticker.phases {
        println!("{:>9}  {phase:?}", secs(*at));
    }
    let (last, opening) = (ticker.calls.last().ok_or("there was a call")?, sim.top(BOOK).last());
    let mean = worth.iter().sum::<f64>() / worth.len() as f64;
    println!("opened at {opening} with {} lots; the traders' opinions have a mean of {mean:.1}", run.volume);
    assert_eq!((last.1, u128::from(last.2.0)), (opening, run.volume), "the last indication is the result");
    assert!((opening.0 as f64 - mean).abs() < 40.0, "a tenth of what the opinions differ by");
    Ok(())
}

fn secs(time: Time) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
