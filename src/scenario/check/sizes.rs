//! Orders so large that no venue takes them.

use prism_core::spec::{Liquidity, Params};

use super::super::plan::{GroupPlan, Plan};
use super::super::registry::Registry;
use super::Places;
use super::venues::declared;
use crate::diagnostic::{Code, Diagnostic};

/// Groups whose least limit order is larger than what a venue takes. Who only takes is left out: what it asks for
/// beyond what is offered is no order that rests.
pub(super) fn warnings(plan: &Plan, registry: &Registry, places: &Places, found: &mut Vec<Diagnostic>) {
    for (group, &at) in plan.groups.iter().zip(&places.groups) {
        if let Some((book, least, most)) = refused(plan, registry, group) {
            let name = &group.decl.0.name;
            let message = format!("the orders of `{name}` are too large for `{book}`");
            found.push(
                Diagnostic::new(Code::TooLarge, message)
                    .at(at, "all of them are refused")
                    .note(format!("they have {least} lots at least; at its previous close the venue takes {most} at most"))
                    .help("make its orders smaller: a value such as `\"10000 USD\"` becomes so many lots"),
            );
        }
    }
}

/// The first book of a group that takes none of its orders, with their least size and the greatest that it takes.
fn refused(plan: &Plan, registry: &Registry, group: &GroupPlan) -> Option<(String, u64, u64)> {
    let kind = registry.agents().find(&group.filled.kind)?.kind;
    let members = &group.decl.0;
    if members.count == 0 || kind.make.liquidity == Liquidity::Takes {
        return None;
    }
    let mut books = plan.books().into_iter();
    for venue in &plan.venues {
        let spec = declared(plan, registry, venue)?;
        for (book, s) in
            books.by_ref().take(venue.symbols.len()).filter(|(book, _)| members.books.contains(book))
        {
            let instrument = &plan.symbols[s].instrument;
            let most = spec.largest_order(instrument).0;
            for (values, _) in group.filled.values.iter().zip(&group.symbols).filter(|(_, of)| **of == s) {
                let params = Params::new(kind.params, values.clone(), instrument);
                let least = (kind.make.least_order)(&params).ok()?.0;
                if least > most {
                    return Some((book, least, most));
                }
            }
        }
    }
    None
}
