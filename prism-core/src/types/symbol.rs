//! An instrument as a person declares it.

use serde::{Deserialize, Serialize};

/// An instrument as declared: a name, a tick, a lot, a currency and a starting price, as decimal texts.
/// Nothing is checked here; [`Instruments::build`](super::Instruments::build) reports every problem.
///
/// ```
/// use prism_core::types::Symbol;
/// let acme = Symbol::new("ACME").tick("0.01").lot("1").currency("USD").start("100.00");
/// assert_eq!(acme.name, "ACME");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// The ticker.
    pub name: String,
    /// The smallest price step, in `currency` per unit of the instrument.
    pub tick: String,
    /// The smallest quantity, in units of the instrument (shares, coins).
    pub lot: String,
    /// What it is priced and paid in.
    pub currency: String,
    /// The reference price at the beginning: the previous close.
    pub start: String,
}

impl Symbol {
    /// A symbol with tick 0.01, lot 1, currency USD and a previous close of 100.
    pub fn new(name: &str) -> Symbol {
        Symbol {
            name: name.to_owned(),
            tick: "0.01".to_owned(),
            lot: "1".to_owned(),
            currency: "USD".to_owned(),
            start: "100".to_owned(),
        }
    }

    /// Sets the tick, for example `"0.01"`.
    pub fn tick(mut self, tick: &str) -> Symbol {
        tick.clone_into(&mut self.tick);
        self
    }

    /// Sets the lot, for example `"0.001"`.
    pub fn lot(mut self, lot: &str) -> Symbol {
        lot.clone_into(&mut self.lot);
        self
    }

    /// Sets the currency.
    pub fn currency(mut self, currency: &str) -> Symbol {
        currency.clone_into(&mut self.currency);
        self
    }

    /// Sets the reference price at the beginning, a whole number of ticks.
    pub fn start(mut self, price: &str) -> Symbol {
        price.clone_into(&mut self.start);
        self
    }
}
