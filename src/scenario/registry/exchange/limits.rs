//! Which prices and sizes an exchange takes.

use prism_book::auction::Candidates;
use prism_book::day::{LotRule, TickTable};
use prism_core::spec::{Param, ParamError, Params, Unit};
use prism_core::types::{Price, Qty};

use super::texts::{self, Item, Wrong};

pub(super) const PARAMS: [Param; 3] = [
    Param::optional(
        "tick_table",
        Unit::Text,
        "which prices are good: from which price on, in ticks, and in which steps, in ticks, such as `1000 5, 5000 10`; \
         every tick when not given",
    ),
    Param::optional("round_lot", Unit::Count, "how many lots a round lot is; 1 when not given")
        .at_least(1.0)
        .at_most(1e15),
    Param::new(
        "odd_lots",
        Unit::Flag,
        "true",
        "whether orders may be no whole number of round lots; others see only whole round lots in the best bid and ask",
    ),
];

/// The rules for prices and sizes.
pub(super) fn limits(any_tick: bool, p: &Params<'_>) -> Result<(TickTable, LotRule), ParamError> {
    let table = match p.maybe_text("tick_table") {
        None => TickTable::default(),
        Some(_) if any_tick => {
            return Err(ParamError::new("tick_table", "does not go with `auction_prices = \"ticks\"`"));
        }
        Some(text) => {
            let works = |rows: &[(Price, i64)]| TickTable::new(rows).map(drop).map_err(|why| why.to_string());
            let rows = texts::list(text, row, works).map_err(|wrong| wrong.of("tick_table"))?;
            TickTable::new(&rows).map_err(|why| ParamError::new("tick_table", why.to_string()))?
        }
    };
    let (round, odd) = (p.maybe_count("round_lot"), p.flag("odd_lots"));
    if round.is_none() && !odd {
        return Err(ParamError::new("odd_lots", "needs a `round_lot`"));
    }
    let lots = LotRule::new(Qty(round.map_or(1, i64::unsigned_abs)), odd);
    let lots = lots.map_err(|why| ParamError::new("round_lot", why.to_string()))?;
    Ok((table, lots))
}

/// True if auctions may have any tick for their price.
pub(super) fn any_tick(rules: Option<&prism_book::DayRules>) -> bool {
    rules.is_some_and(|rules| rules.auction.candidates == Candidates::Ticks)
}

/// `1000 5`: from 1000 ticks on in steps of 5.
fn row(item: Item<'_>) -> Result<(Price, i64), Wrong> {
    let wrong = || {
        let text = item.text;
        item.wrong(format!(
            "`{text}` is no row, such as `1000 5`: a price in ticks and the step from there on"
        ))
    };
    let (from, step) = item.halves().ok_or_else(wrong)?;
    Ok((Price(from.text.parse().map_err(|_| wrong())?), step.text.parse().map_err(|_| wrong())?))
}
