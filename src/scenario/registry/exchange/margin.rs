//! What agents must have: margin, short sales, and who is exempt.

use prism_book::venue::{Exchange, MarginRules, PriceTest, ShortSales};
use prism_core::spec::{Param, ParamError, Params, Unit};
use prism_core::types::{Decimal, Qty};

use crate::scenario::registry::VenueDecl;

const PERCENT: Unit = Unit::Of("%");

pub(super) const INITIAL: Param = Param::optional(
    "initial_margin",
    PERCENT,
    "the equity that a position needs to be opened, as a part of its value; no margin is asked for when not given",
)
.at_least(0.01)
.at_most(100.0);
const MAINTENANCE: Param = Param::optional(
    "maintenance_margin",
    PERCENT,
    "the equity that a position needs to be held, else the venue closes it; half of `initial_margin` when not given",
)
.at_least(0.01)
.at_most(100.0);
pub(super) const INITIAL_PER_LOT: Param = Param::optional(
    "initial_margin_per_lot",
    Unit::Money,
    "instead of `initial_margin`: the equity that each lot needs to be opened",
)
.above(0.0);
const MAINTENANCE_PER_LOT: Param = Param::optional(
    "maintenance_margin_per_lot",
    Unit::Money,
    "instead of `maintenance_margin`: the equity that each lot needs to be held; as to be opened when not given",
)
.above(0.0);
const COLLATERAL: Param = Param::optional(
    "collateral",
    Unit::Money,
    "with margin: what each agent has for each symbol at the beginning; needed then",
)
.at_least(0.0);
const SHORT_POOL: Param = Param::optional(
    "short_pool",
    Unit::Count,
    "how many lots of a symbol all agents together may be short, 0 to forbid short sales; no limit when not given",
)
.at_least(0.0);

const ANY: &str = "any";
const UPTICK: &str = "uptick";
const ALTERNATIVE_UPTICK: &str = "alternative_uptick";

const SHORT_TEST: Param = Param::new(
    "short_test",
    Unit::Choice(&[ANY, UPTICK, ALTERNATIVE_UPTICK]),
    ANY,
    "at which prices short sales may come in: any, those above the last one or at it after a rise, or after a fall only \
     those above the best bid",
);
const SHORT_FALL: Param = Param::optional(
    "short_fall",
    PERCENT,
    "of `short_test = \"alternative_uptick\"`: the fall below the previous close; 10 when not given",
)
.at_least(0.01)
.at_most(100.0);
pub(super) const EXEMPT: Param = Param::optional(
    "exempt",
    Unit::Groups,
    "the groups to whom margin and short-sale rules do not apply; none when not given",
);

pub(super) const PARAMS: [Param; 9] = [
    INITIAL,
    MAINTENANCE,
    INITIAL_PER_LOT,
    MAINTENANCE_PER_LOT,
    COLLATERAL,
    SHORT_POOL,
    SHORT_TEST,
    SHORT_FALL,
    EXEMPT,
];

/// The exchange with what it asks of its agents.
pub(super) fn accounts(exchange: Exchange, decl: &VenueDecl, p: &Params<'_>) -> Result<Exchange, ParamError> {
    let (margin, short_sales) = (margin(p)?, short_sales(p)?);
    let exempt = p.maybe_groups(EXEMPT.name).unwrap_or_default();
    if !exempt.is_empty() && margin.is_none() && short_sales == ShortSales::default() {
        let why = format!(
            "there is nothing to be exempt from: neither `{}` nor a rule for short sales",
            INITIAL.name
        );
        return Err(ParamError::new(EXEMPT.name, why));
    }
    let exchange = exchange.short_sales(short_sales).exempt(decl.members(exempt));
    Ok(match margin {
        Some(rules) => exchange.margin(rules),
        None => exchange,
    })
}

/// The margin that is asked for, if any is.
pub(super) fn margin(p: &Params<'_>) -> Result<Option<MarginRules>, ParamError> {
    let parts = [INITIAL, MAINTENANCE].map(|param| p.maybe_number(param.name));
    let lots = [INITIAL_PER_LOT, MAINTENANCE_PER_LOT].map(|param| p.maybe_money(param.name));
    let collateral = p.maybe_money(COLLATERAL.name);
    let with = |name, other: Param| Err(ParamError::new(name, format!("needs `{}`", other.name)));
    let needed = |rule: Param| {
        collateral.ok_or_else(|| ParamError::new(rule.name, format!("needs `{}`", COLLATERAL.name)))
    };
    let rules = match (parts, lots) {
        ([Some(_), _] | [_, Some(_)], [Some(_), _]) => {
            let why = format!("stands instead of `{}`: one of them must go", INITIAL.name);
            return Err(ParamError::new(INITIAL_PER_LOT.name, why));
        }
        ([None, Some(_)], _) => return with(MAINTENANCE.name, INITIAL),
        (_, [None, Some(_)]) => return with(MAINTENANCE_PER_LOT.name, INITIAL_PER_LOT),
        ([Some(initial), maintenance], [None, None]) => {
            let initial = basis_points(INITIAL, initial)?;
            let maintenance = match maintenance {
                Some(part) => basis_points(MAINTENANCE, part)?,
                None => initial.div_ceil(2),
            };
            MarginRules::of_value(initial, maintenance, needed(INITIAL)?)
        }
        ([None, None], [Some(initial), maintenance]) => {
            let maintenance = maintenance.unwrap_or(initial);
            if more(maintenance, initial) {
                return Err(at_most(MAINTENANCE_PER_LOT, INITIAL_PER_LOT));
            }
            MarginRules::per_lot(initial, maintenance, needed(INITIAL_PER_LOT)?)
        }
        ([None, None], [None, None]) if collateral.is_some() => return with(COLLATERAL.name, INITIAL),
        ([None, None], [None, None]) => return Ok(None),
    };
    match rules.check() {
        Ok(()) => Ok(Some(rules)),
        // The range of each is held before; what is left is how the two compare.
        Err(_) => Err(at_most(MAINTENANCE, INITIAL)),
    }
}

fn at_most(this: Param, other: Param) -> ParamError {
    ParamError::new(this.name, format!("must be at most `{}`", other.name))
}

/// True if an amount is more than another one.
fn more(a: Decimal, b: Decimal) -> bool {
    let scale = a.scale().max(b.scale());
    a.at_scale(scale) > b.at_scale(scale)
}

/// A share in percent as whole basis points.
fn basis_points(param: Param, percent: f64) -> Result<u32, ParamError> {
    let points = percent * 100.0;
    let whole = (1..=10_000).find(|n| (f64::from(*n) - points).abs() < 1e-6);
    whole.ok_or_else(|| ParamError::new(param.name, "must be a whole number of hundredths of a percent"))
}

/// The rules for short sales.
pub(super) fn short_sales(p: &Params<'_>) -> Result<ShortSales, ParamError> {
    let fall = p.maybe_number(SHORT_FALL.name);
    let test = p.choice(SHORT_TEST.name);
    if fall.is_some() && test != ALTERNATIVE_UPTICK {
        let why = format!("is a parameter of `{} = \"{ALTERNATIVE_UPTICK}\"` only", SHORT_TEST.name);
        return Err(ParamError::new(SHORT_FALL.name, why));
    }
    let test = match test {
        UPTICK => PriceTest::Uptick,
        ALTERNATIVE_UPTICK => {
            PriceTest::AlternativeUptick { fall: basis_points(SHORT_FALL, fall.unwrap_or(10.0))? }
        }
        _ => PriceTest::Any,
    };
    Ok(ShortSales { pool: p.maybe_count(SHORT_POOL.name).map(|lots| Qty(lots.unsigned_abs())), test })
}
