//! A sink of one's own: it watches trades go by and keeps a volume-weighted average price, without storing
//! a single one. Sinks only watch; attaching one changes nothing in the run.

#![allow(clippy::print_stdout)] // an example shows something

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use prism::prelude::*;

/// Sends price × size and size of every trade, summed over a batch.
struct Vwap(Sender<(i128, i128)>);

impl Sink for Vwap {
    fn wants(&self) -> Tables {
        Table::Trades.into()
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        if let Batch::Trades(trades) = &**batch {
            let value = trades.rows().map(|t| i128::from(t.price) * i128::from(t.qty)).sum();
            let lots = trades.rows().map(|t| i128::from(t.qty)).sum();
            self.0.send((value, lots)).map_err(|_| SinkError::Closed { what: "the average".to_owned() })?;
        }
        Ok(())
    }
}

fn main() -> prism::Result<()> {
    let (to, from) = channel();
    let noise = NoiseTrader::crowd().sizes(SizeLaw::Uniform { min: Qty(1), max: Qty(20) });
    let maker = LadderMaker::new().fixed().window(4.0).spacing(0.5).size(Qty(200));
    let mut sim = Simulation::builder()
        .seed(7)
        .venue(Exchange::new("XPRM").list(Symbol::new("ACME").tick("0.01").start("100.00")))
        .agents(Group::of(noise).named("noise").count(500).poisson(Span::secs(10)))
        .agents(Group::of(maker).named("makers").count(2).periodic(Span::secs(1)))
        .sink(Vwap(to))
        .build()?;
    sim.run_for(Span::mins(5))?;
    let run = sim.finish()?;

    let (value, lots) = from.try_iter().fold((0, 0), |(v, q), (value, lots)| (v + value, q + lots));
    println!("{lots} lots at {:.3} ticks on average", value as f64 / lots as f64);
    assert_eq!(u128::try_from(lots), Ok(run.volume), "the sink has seen every trade");
    Ok(())
}
