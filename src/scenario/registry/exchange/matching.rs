//! Who of the orders at one price trades: `matching` and what belongs to it.

use prism_book::Matching;
use prism_core::spec::{Param, ParamError, Params, Unit};
use prism_core::types::Qty;

use crate::scenario::registry::VenueDecl;

pub(super) const PRICE_TIME: &str = "price_time";
const PRO_RATA: &str = "pro_rata";
const FIFO_PRO_RATA: &str = "fifo_pro_rata";
const LEAD_MAKER: &str = "lead_maker";
const SIZE_TIME: &str = "size_time";

pub(super) const MATCHING: Param = Param::new(
    "matching",
    Unit::Choice(&[PRICE_TIME, PRO_RATA, FIFO_PRO_RATA, LEAD_MAKER, SIZE_TIME]),
    PRICE_TIME,
    "which of the displayed orders at one price trade: the first to come, all in proportion to their sizes, a share to \
     the first or to the lead market makers and the rest in proportion, or the largest",
);
pub(super) const MIN_ALLOCATION: Param = Param::optional(
    "min_allocation",
    Unit::Count,
    "of `matching = \"pro_rata\"`: a part below so many lots is nothing, and goes to the first to come; 1 when not given",
)
.at_least(1.0);
pub(super) const FIFO_SHARE: Param = Param::optional(
    "fifo_share",
    Unit::Count,
    "of `matching = \"fifo_pro_rata\"`: the share of the first to come, in percent; 40 when not given",
)
.at_least(0.0)
.at_most(100.0);
pub(super) const LEAD_MAKERS: Param = Param::optional(
    "lead_makers",
    Unit::Groups,
    "of `matching = \"lead_maker\"`: the groups whose members are the lead market makers",
);
pub(super) const LEAD_SHARE: Param = Param::optional(
    "lead_share",
    Unit::Count,
    "of `matching = \"lead_maker\"`: the share of the lead market makers, in percent; 40 when not given",
)
.at_least(0.0)
.at_most(100.0);

/// The matching rule, with the parameters that are its own.
pub(super) fn matching(decl: &VenueDecl, p: &Params<'_>) -> Result<Matching, ParamError> {
    let rule = p.choice(MATCHING.name);
    let of = [
        (MIN_ALLOCATION.name, PRO_RATA, p.maybe_count(MIN_ALLOCATION.name).is_some()),
        (FIFO_SHARE.name, FIFO_PRO_RATA, p.maybe_count(FIFO_SHARE.name).is_some()),
        (LEAD_MAKERS.name, LEAD_MAKER, p.maybe_groups(LEAD_MAKERS.name).is_some()),
        (LEAD_SHARE.name, LEAD_MAKER, p.maybe_count(LEAD_SHARE.name).is_some()),
    ];
    if let Some((name, owner, _)) = of.into_iter().find(|(_, owner, given)| *given && *owner != rule) {
        return Err(ParamError::new(name, format!("is a parameter of `matching = \"{owner}\"` only")));
    }
    let share = |name| p.maybe_count(name).and_then(|share| u8::try_from(share).ok()).unwrap_or(40);
    Ok(match rule {
        PRO_RATA => {
            Matching::ProRata { min: Qty(p.maybe_count(MIN_ALLOCATION.name).map_or(1, i64::unsigned_abs)) }
        }
        FIFO_PRO_RATA => Matching::FifoProRata { share: share(FIFO_SHARE.name) },
        LEAD_MAKER => {
            let makers = p.maybe_groups(LEAD_MAKERS.name).filter(|makers| !makers.is_empty());
            let makers = makers.ok_or_else(|| {
                ParamError::new(
                    MATCHING.name,
                    format!("\"{LEAD_MAKER}\" needs groups in `{}`", LEAD_MAKERS.name),
                )
            })?;
            Matching::LeadMaker { share: share(LEAD_SHARE.name), agents: decl.members(makers).collect() }
        }
        SIZE_TIME => Matching::SizeTime,
        _ => Matching::PriceTime,
    })
}
