//! Tables that are asked for and can hold nothing.

use prism_core::sink::Table;
use prism_core::venue::VenueSpec;

use super::super::plan::Plan;
use super::super::registry::Registry;
use super::series::{emitted, listed};
use super::venues::declared;
use crate::diagnostic::{Code, Diagnostic};

/// Why `table` stays empty in a run of `plan`, and what would fill it; `None` if it may have rows.
pub(crate) fn stays_empty(plan: &Plan, registry: &Registry, table: Table) -> Option<Diagnostic> {
    // Of a venue that cannot be declared, other complaints tell.
    let no_venue = |has: fn(&dyn VenueSpec) -> bool| {
        plan.venues.iter().all(|venue| declared(plan, registry, venue).is_some_and(|venue| !has(&*venue)))
    };
    let (why, help) = match table {
        Table::Depth if plan.venues.iter().all(|venue| venue.depth == 0) => (
            "no venue records depth",
            "say in a `[[venue]]` how many levels a side are recorded, such as `depth = 10`".to_owned(),
        ),
        Table::Values if plan.symbols.iter().all(|symbol| symbol.value.is_none()) => (
            "no symbol has a law of value",
            "give one to a `[[symbol]]`, such as `value = { law = \"gbm\" }`".to_owned(),
        ),
        Table::Series if plan.run.series.is_empty() => (
            "no series is recorded",
            match emitted(&plan.groups, registry).as_slice() {
                [] => "the kinds of its groups emit none; leave the table out".to_owned(),
                names => {
                    format!("name some in `[run]`, such as `series = \"all\"`: there is {}", listed(names))
                }
            },
        ),
        Table::Phases | Table::Indicative if no_venue(|venue| venue.has_phases()) => {
            ("no venue has a trading day", "give one to a `[[venue]]`, such as `day = \"xetra\"`".to_owned())
        }
        Table::Liquidations if no_venue(|venue| venue.liquidates()) => (
            "no venue asks for margin",
            "say in a `[[venue]]` what it asks for, such as `initial_margin = 20` and `collateral = 10_000`"
                .to_owned(),
        ),
        _ => return None,
    };
    Some(Diagnostic::new(Code::StaysEmpty, format!("the table `{table}` stays empty: {why}")).help(help))
}
