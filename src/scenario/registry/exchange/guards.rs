//! What interrupts the trading of an exchange: price bands, the corridor, the breaker.

use prism_book::day::{BandWidth, BandsRules, Breaker, BreakerRules, CorridorRules, Halt, HaltLevel};
use prism_book::{Beyond, DayRules, Phase};
use prism_core::spec::{Param, ParamError, Params, Unit};
use prism_core::types::{Decimal, Price, Span};

use super::phases;
use super::texts::{self, Item, Wrong};
use crate::scenario::registry::VenueDecl;

const NONE: &str = "none";
const LULD_1: &str = "luld_1";
const LULD_2: &str = "luld_2";
const REPRICE: &str = "reprice";
const REJECT: &str = "reject";
const US: &str = "us";

pub(super) const PARAMS: [Param; 12] = [
    Param::new(
        "bands",
        Unit::Choice(&[NONE, LULD_1, LULD_2]),
        NONE,
        "price bands with limit states and pauses: those of the Limit Up-Limit Down plan for the first or the second \
         tier (without its doubled bands before the close), or give `band_width`",
    ),
    Param::optional("band_width", Unit::Of("bp"), "price bands so far from their reference; those of `bands` when not given")
        .at_least(1.0)
        .at_most(10_000.0),
    Param::optional(
        "band_window",
        Unit::Span,
        "of price bands: how long a trade counts for the reference; 5min when not given",
    )
    .above(0.0),
    Param::optional(
        "band_moves",
        Unit::Of("bp"),
        "of price bands: the least change of the reference; 100 bp when not given",
    )
    .at_least(1.0)
    .at_most(10_000.0),
    Param::optional(
        "band_patience",
        Unit::Span,
        "of price bands: how long a limit state lasts before trading pauses; 15s when not given",
    )
    .above(0.0),
    Param::optional("band_pause", Unit::Span, "of price bands: how long trading pauses; 5min when not given").above(0.0),
    Param::optional(
        "beyond",
        Unit::Choice(&[REPRICE, REJECT]),
        "what becomes of orders beyond the price bands: they are priced at the band, or refused and cancelled; priced at \
         it when not given",
    ),
    Param::optional(
        "dynamic_corridor",
        Unit::Of("bp"),
        "a trade that would be further from the last one is not made, and a volatility call begins; no such rule when \
         not given",
    )
    .at_least(1.0)
    .at_most(10_000.0),
    Param::optional(
        "static_corridor",
        Unit::Of("bp"),
        "the same of the distance from the last auction's price; no such rule when not given",
    )
    .at_least(1.0)
    .at_most(10_000.0),
    Param::new(
        "breaker",
        Unit::Choice(&[NONE, US]),
        NONE,
        "a market-wide breaker over all symbols of the venue: that of the United States (15 minutes at 7 and at 13 %, the \
         end of the day at 20 %), or give `breaker_levels`",
    ),
    Param::optional(
        "breaker_levels",
        Unit::Text,
        "falls from the previous close in basis points and what they lead to, such as `700 15min, 2000 day`; those of \
         `breaker` when not given",
    ),
    Param::optional(
        "breaker_last",
        Unit::Text,
        "of a breaker: the time of the day from which on only the end of the day is reached; 5h55min after continuous \
         trading begins when not given",
    ),
];

fn has_bands(p: &Params<'_>) -> bool {
    p.choice("bands") != NONE || p.maybe_number("band_width").is_some()
}

fn has_breaker(p: &Params<'_>) -> bool {
    p.choice("breaker") != NONE || p.maybe_text("breaker_levels").is_some()
}

/// True if anything interrupts trading.
pub(super) fn asked(p: &Params<'_>) -> bool {
    let corridor = ["dynamic_corridor", "static_corridor"].map(|name| p.maybe_number(name).is_some());
    has_bands(p) || has_breaker(p) || corridor.contains(&true)
}

/// True if anything halts trading.
pub(super) fn halts(p: &Params<'_>) -> bool {
    has_bands(p) || has_breaker(p)
}

/// Whether parameters that belong to others stand with them.
pub(super) fn check(p: &Params<'_>) -> Result<(), ParamError> {
    let only = |name: &'static str, given: bool, what: &str| {
        if given { Err(ParamError::new(name, format!("is a parameter of {what} only"))) } else { Ok(()) }
    };
    if !has_bands(p) {
        let bands = "price bands (`bands`, `band_width`)";
        only("band_window", p.maybe_span("band_window").is_some(), bands)?;
        only("band_moves", p.maybe_number("band_moves").is_some(), bands)?;
        only("band_patience", p.maybe_span("band_patience").is_some(), bands)?;
        only("band_pause", p.maybe_span("band_pause").is_some(), bands)?;
        only("beyond", !p.choice("beyond").is_empty(), bands)?;
    }
    if !has_breaker(p) {
        only(
            "breaker_last",
            p.maybe_text("breaker_last").is_some(),
            "a breaker (`breaker`, `breaker_levels`)",
        )?;
    }
    if p.choice("bands") != NONE && p.maybe_number("band_width").is_some() {
        return Err(ParamError::new("band_width", "give `bands` or `band_width`, not both"));
    }
    if p.choice("breaker") != NONE && p.maybe_text("breaker_levels").is_some() {
        return Err(ParamError::new("breaker_levels", "give `breaker` or `breaker_levels`, not both"));
    }
    Ok(())
}

/// A number of basis points, which must be a whole one.
pub(super) fn whole_bp(p: &Params<'_>, name: &'static str) -> Result<Option<u32>, ParamError> {
    let Some(bp) = p.maybe_number(name) else { return Ok(None) };
    let whole = (1..=10_000).find(|whole| (f64::from(*whole) - bp).abs() < 1e-9);
    whole
        .map(Some)
        .ok_or_else(|| ParamError::new(name, format!("must be a whole number of basis points, not {bp}")))
}

/// The day with what interrupts it.
pub(super) fn guarded(mut rules: DayRules, decl: &VenueDecl, p: &Params<'_>) -> Result<DayRules, ParamError> {
    if has_bands(p) {
        rules = rules.bands(bands(decl, p)?);
        rules = rules.beyond(if p.choice("beyond") == REJECT { Beyond::Reject } else { Beyond::Reprice });
    }
    let (dynamic, statics) = (whole_bp(p, "dynamic_corridor")?, whole_bp(p, "static_corridor")?);
    if dynamic.is_some() || statics.is_some() {
        rules = rules.corridor(CorridorRules { dynamic, statics });
    }
    Ok(rules)
}

fn bands(decl: &VenueDecl, p: &Params<'_>) -> Result<BandsRules, ParamError> {
    let mut bands = match whole_bp(p, "band_width")? {
        None => luld(decl, p.choice("bands"))?,
        // Everything but the widths is that of the plan.
        Some(bp) => {
            BandsRules { widths: vec![(Price::MIN, BandWidth::Bp(bp))], ..BandsRules::luld_tier_1(1) }
        }
    };
    bands.window = p.maybe_span("band_window").unwrap_or(bands.window);
    bands.moves = whole_bp(p, "band_moves")?.unwrap_or(bands.moves);
    bands.patience = p.maybe_span("band_patience").unwrap_or(bands.patience);
    bands.pause = p.maybe_span("band_pause").unwrap_or(bands.pause);
    Ok(bands)
}

/// The bands of the plan, whose prices are in dollars.
fn luld(decl: &VenueDecl, tier: &str) -> Result<BandsRules, ParamError> {
    let mut units = decl.symbols.iter().map(|symbol| {
        let tick: Decimal = symbol.tick.parse().ok()?;
        i64::try_from(Decimal::ONE.steps(tick).ok()?).ok()
    });
    let first = units.next().unwrap_or(Some(100));
    let Some(unit) = first.filter(|unit| units.all(|other| other == Some(*unit))) else {
        return Err(ParamError::new(
            "bands",
            "the prices of the plan need one tick for all symbols of the venue, which divides one unit of money",
        ));
    };
    Ok(if tier == LULD_2 { BandsRules::luld_tier_2(unit) } else { BandsRules::luld_tier_1(unit) })
}

/// The market-wide breaker of a venue with this day.
pub(super) fn breaker(rules: Option<&DayRules>, p: &Params<'_>) -> Result<Option<BreakerRules>, ParamError> {
    let Some(rules) = rules.filter(|_| has_breaker(p)) else { return Ok(None) };
    let opens = rules.day.stages().iter().find(|stage| stage.phase == Phase::Continuous);
    let mut breaker = BreakerRules::us(opens.map_or(Span::ZERO, |stage| stage.from));
    if let Some(text) = p.maybe_text("breaker_last") {
        breaker.last = phases::time_of_day(Item::all(text)).map_err(|wrong| wrong.of("breaker_last"))?;
    }
    if let Some(text) = p.maybe_text("breaker_levels") {
        let works = |levels: &[HaltLevel]| {
            let rules_of = BreakerRules { levels: levels.to_vec(), ..breaker.clone() };
            // The closes of the symbols are not what is looked at here.
            Breaker::new(rules_of, &[Price(1)], rules.start).map(drop).map_err(|why| why.to_string())
        };
        breaker.levels = texts::list(text, level, works).map_err(|wrong| wrong.of("breaker_levels"))?;
    }
    Ok(Some(breaker))
}

/// `700 15min`, or `2000 day`.
fn level(item: Item<'_>) -> Result<HaltLevel, Wrong> {
    let wrong = || {
        let text = item.text;
        item.wrong(format!(
            "`{text}` is no level, such as `700 15min` or `2000 day`: a fall in basis points, and the halt"
        ))
    };
    let (fall, halt) = item.halves().ok_or_else(wrong)?;
    let fall = fall.text.parse().map_err(|_| wrong())?;
    let halt = match halt.text {
        "day" => Halt::Day,
        length => Halt::For(phases::span(length).ok_or_else(wrong)?),
    };
    Ok(HaltLevel { fall, halt })
}
