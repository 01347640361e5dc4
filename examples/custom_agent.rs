//! A trader of one's own: it fades moves away from its own moving average.

#![allow(clippy::print_stdout)] // an example shows something

use prism::prelude::*;

/// Fades moves away from an exponential average of the mid.
#[derive(Clone, Debug)]
struct Fader {
    mean: Option<f64>,
    /// Weight of each new mid in the average.
    weight: f64,
    /// How far the mid must be away, in ticks.
    trigger: f64,
}

impl Agent for Fader {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        let Some(mid) = ctx.top(book).mid() else { return };
        let mean = self.mean.get_or_insert(mid);
        let gap = mid - *mean;
        *mean += self.weight * gap;
        if gap.abs() > self.trigger && ctx.position(book).abs() < 100 {
            let side = if gap > 0.0 { Side::Sell } else { Side::Buy };
            ctx.order(Order::market(book, side, Qty(5)));
        }
    }
}

fn main() -> prism::Result<()> {
    let value = OrnsteinUhlenbeck::new(10_000.0, 1e-3, 10_000.0, 1.3)?;
    let fader = Fader { mean: None, weight: 0.02, trigger: 1.0 };
    let maker = LadderMaker::new().fixed().window(4.0).spacing(0.5).size(Qty(50));

    let mut sim = Simulation::builder()
        .seed(3)
        .venue(Exchange::new("XPRM").list(Symbol::new("ACME").tick("0.01").start("100.00")))
        .value("ACME", value)
        .latency(Fixed::new(Span::micros(50))?)
        .agents(Group::of(maker).named("makers").count(3).periodic(Span::millis(500)))
        .agents(
            Group::of(ValueBayes::new().noise(5.0))
                .named("informed")
                .count(10)
                .poisson(Span::secs(1))
                .informed(),
        )
        .agents(Group::of(fader).named("faders").count(10).poisson(Span::millis(500)))
        .build()?;

    let run = sim.run_for(Span::mins(10))?;
    println!("{run}");
    for group in &run.groups {
        println!("{:<10} {:>6} fills of {:>6} lots", group.name, group.trades, group.volume);
    }
    let held: Vec<f64> = sim.members::<Fader>().filter_map(|fader| fader.mean).collect();
    assert_eq!(held.len(), 10, "every fader has seen the market");
    Ok(())
}
