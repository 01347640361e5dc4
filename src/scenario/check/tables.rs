//! Tables that are asked for and can hold nothing.

use prism_core::sink::Table;

use super::super::plan::Plan;
use super::super::registry::Registry;
use super::series::{emitted, listed};
use crate::diagnostic::{Code, Diagnostic};

/// Why `table` stays empty in a run of `plan`, and what would fill it; `None` if it may have rows.
pub(crate) fn stays_empty(plan: &Plan, registry: &Registry, table: Table) -> Option<Diagnostic> {
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
        _ => return None,
    };
    Some(Diagnostic::new(Code::StaysEmpty, format!("the table `{table}` stays empty: {why}")).help(help))
}
