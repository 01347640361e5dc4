//! What does one order do to the price? Two worlds with the same past and the same coming chance; one gets
//! a market order more. The difference between them is its impact, free of noise.

#![allow(clippy::print_stdout)] // an example shows something

use prism::prelude::*;

const BOOK: BookId = BookId(0);

fn main() -> prism::Result<()> {
    let noise = NoiseTrader::crowd().sizes(SizeLaw::Uniform { min: Qty(1), max: Qty(20) });
    let maker = LadderMaker::new().fixed().window(4.0).spacing(0.5).size(Qty(100));
    let mut world = Simulation::builder()
        .seed(11)
        .venue(Exchange::new("XPRM").list(Symbol::new("ACME").tick("0.01").start("100.00")))
        .latency(Fixed::new(Span::micros(50))?)
        .agents(Group::of(noise).named("noise").count(200).poisson(Span::secs(5)))
        .agents(Group::of(maker).named("makers").count(2).periodic(Span::secs(1)))
        .build()?;
    world.run_for(Span::millis(60_200))?; // between two turns of the makers

    // An untouched fork is the same world, to the digest.
    let mut twin = world.fork();
    let mut other = world.fork();
    other.act(AgentId(0), |ctx| ctx.order(Order::market(BOOK, Side::Buy, Qty(1_500))))?;

    let mid = |sim: &Simulation| sim.top(BOOK).reference();
    let begin = world.now();
    println!("{:>9}  {:>10}  {:>10}  {:>8}", "after", "without", "with", "impact");
    for millis in [1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000] {
        let until = begin + Span::millis(millis);
        world.advance(until)?;
        twin.advance(until)?;
        other.advance(until)?;
        let (without, with) = (mid(&world), mid(&other));
        println!("{:>6} ms  {without:>10.1}  {with:>10.1}  {:>+8.1}", millis, with - without);
    }
    assert_eq!(world.digest(), twin.digest());
    assert_ne!(world.digest(), other.digest());
    Ok(())
}
