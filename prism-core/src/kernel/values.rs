//! The fundamental values on their grids.

use crate::rng::RngStream;
use crate::sink::{Recorder, ValueRow};
use crate::types::{Span, SymbolId, Time};
use crate::value::Fundamental;

/// All laws of value of a run. They are stepped by the clock alone, so a path depends on nothing but its
/// seed.
#[derive(Clone, Debug, Default)]
pub(crate) struct ValueGrid {
    laws: Vec<Law>,
    /// The next grid point of any law.
    pub(crate) due: Option<Time>,
}

#[derive(Clone, Debug)]
struct Law {
    process: Box<dyn Fundamental>,
    symbols: Vec<SymbolId>,
    values: Vec<f64>,
    next: Time,
    dt: Span,
    rng: RngStream,
}

impl ValueGrid {
    /// Adds a law, and writes its first values to `current`.
    pub(crate) fn add(
        &mut self,
        law: Box<dyn Fundamental>,
        symbols: Vec<SymbolId>,
        rng: RngStream,
        current: &mut [Option<f64>],
    ) {
        let mut values = vec![0.0; symbols.len()];
        law.start(&mut values);
        for (symbol, value) in symbols.iter().zip(&values) {
            current[symbol.index()] = Some(*value);
        }
        let dt = law.dt().max(Span::nanos(1));
        self.laws.push(Law { process: law, symbols, values, next: Time::ZERO + dt, dt, rng });
        self.find_due();
    }

    fn find_due(&mut self) {
        self.due = self.laws.iter().map(|law| law.next).min();
    }

    /// Records where the values begin.
    pub(crate) fn record_start(&self, recorder: &mut Recorder) {
        for law in &self.laws {
            law.record(Time::ZERO, recorder);
        }
    }

    /// Steps every law up to `now`, in the order of time and, at equal times, of declaration.
    ///
    /// # Errors
    /// The first value that is no number: whose it is, what it is, and when.
    #[cold]
    pub(crate) fn advance(
        &mut self,
        now: Time,
        current: &mut [Option<f64>],
        recorder: &mut Recorder,
    ) -> Result<(), (SymbolId, f64, Time)> {
        while let Some(due) = self.due.filter(|&due| due <= now && due < Time::MAX) {
            for law in self.laws.iter_mut().filter(|law| law.next == due) {
                law.process.step(&mut law.rng, &mut law.values);
                law.next += law.dt;
                for (symbol, value) in law.symbols.iter().zip(&law.values) {
                    if !value.is_finite() {
                        return Err((*symbol, *value, due));
                    }
                    current[symbol.index()] = Some(*value);
                }
                law.record(due, recorder);
            }
            self.find_due();
        }
        Ok(())
    }
}

impl Law {
    fn record(&self, at: Time, recorder: &mut Recorder) {
        for (symbol, value) in self.symbols.iter().zip(&self.values) {
            recorder.value(ValueRow { at: at.nanos(), symbol: symbol.0, value: *value });
        }
    }
}
