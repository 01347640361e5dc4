//! Ticks and lots in the units of the formats.

use prism_core::sink::SinkError;
use prism_core::types::{Decimal, Instrument};

/// Decimals of a price.
const PRICE_SCALE: u8 = 4;

/// What a tick and a lot of one instrument are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    /// A tick in 1/10,000 of the currency.
    tick: i64,
    /// A lot in shares; 1 where it is no whole number of them.
    lot: u64,
}

impl Units {
    /// # Errors
    /// The tick is no multiple of 1/10,000.
    pub(super) fn of(instrument: &Instrument) -> Result<Units, String> {
        let tick = instrument.tick.at_scale(PRICE_SCALE).and_then(|tick| i64::try_from(tick).ok());
        let Some(tick) = tick else {
            return Err(format!(
                "its tick of {} is no multiple of 1/10,000, the unit of prices",
                instrument.tick
            ));
        };
        let shares = instrument.lot.steps(Decimal::ONE).ok();
        let lot = shares.and_then(|shares| u64::try_from(shares).ok()).filter(|&lot| lot > 0).unwrap_or(1);
        Ok(Units { tick, lot })
    }

    /// A price in 1/10,000, from 1 to `most`.
    pub(super) fn price(self, ticks: i64, most: i64) -> Result<i64, String> {
        let price = ticks.checked_mul(self.tick).filter(|price| (1..=most).contains(price));
        price.ok_or_else(|| {
            let (tick, most) = (self.tick, most);
            format!("a price of {ticks} ticks of {tick}/10,000 is not from 1/10,000 to {most}/10,000")
        })
    }

    /// A level of the book.
    pub(super) fn level(self, ticks: i64, lots: u64) -> (i64, u64) {
        (ticks.saturating_mul(self.tick), lots.saturating_mul(self.lot))
    }

    /// A volume in shares, up to 2⁶³ - 1.
    pub(super) fn volume(self, lots: u64) -> Result<u64, String> {
        let shares = lots.checked_mul(self.lot).filter(|&shares| shares <= i64::MAX.cast_unsigned());
        shares.ok_or_else(|| format!("a volume of {lots} lots is above 2^63 - 1 shares"))
    }

    /// A size in shares, from 1 to 2³² - 1.
    pub(super) fn size(self, lots: u64) -> Result<u32, String> {
        let size = lots.checked_mul(self.lot).and_then(|size| u32::try_from(size).ok());
        size.filter(|&size| size > 0)
            .ok_or_else(|| format!("a size of {lots} lots is not from 1 to 4294967295 shares"))
    }
}

/// The error of an order that the sink has never heard of.
pub(super) fn unannounced(symbol: &str, id: u64) -> SinkError {
    let why =
        format!("order {id} has rested since before the sink was attached, which is to be at the start");
    wrong(symbol, why)
}

/// The error of a symbol that cannot be written.
pub(super) fn wrong(symbol: &str, why: String) -> SinkError {
    SinkError::Other { what: format!("symbol {symbol}"), why }
}
