//! The first market: five hundred noise traders and two makers on one exchange, for five minutes.

#![allow(clippy::print_stdout)] // an example shows something

use prism::prelude::*;

fn main() -> prism::Result<()> {
    let noise = NoiseTrader::crowd().sizes(SizeLaw::Uniform { min: Qty(1), max: Qty(20) });
    let maker = LadderMaker::new().fixed().window(4.0).spacing(0.5).size(Qty(200));

    let mut sim = Simulation::builder()
        .seed(7)
        .venue(Exchange::new("XPRM").list(Symbol::new("ACME").tick("0.01").start("100.00")))
        .latency(Fixed::new(Span::micros(50))?)
        .agents(Group::of(noise).named("noise").count(500).poisson(Span::secs(10)))
        .agents(Group::of(maker).named("makers").count(2).periodic(Span::secs(1)))
        .build()?;

    let run = sim.run_for(Span::mins(5))?;
    println!("{run}");
    assert!(run.trades > 1_000, "a market that trades");
    Ok(())
}
