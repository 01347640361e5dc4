//! Warnings about a scenario that can be run, but in which somebody cannot do anything.

use prism_core::spec::Liquidity;

use super::super::plan::{GroupPlan, Plan};
use super::super::registry::Registry;
use super::tables::stays_empty;
use super::{Places, shut, sizes};
use crate::diagnostic::{At, Code, Diagnostic};

/// Who cannot trade, and why; what nobody uses.
pub(super) fn warnings(plan: &Plan, registry: &Registry, places: &Places) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    unlisted(plan, places, &mut found);
    books(plan, registry, places, &mut found);
    values(plan, registry, places, &mut found);
    links(plan, places, &mut found);
    sizes::warnings(plan, registry, places, &mut found);
    shut::warnings(plan, registry, places, &mut found);
    for &(table, at) in &places.tables {
        found.extend(stays_empty(plan, registry, table).map(|empty| empty.at(at, "asked for here")));
    }
    found
}

fn unlisted(plan: &Plan, places: &Places, found: &mut Vec<Diagnostic>) {
    for (s, symbol) in plan.symbols.iter().enumerate() {
        if plan.venues.iter().all(|venue| !venue.symbols.contains(&s)) {
            found.push(
                Diagnostic::new(Code::Unlisted, format!("no venue lists `{}`", symbol.symbol.name))
                    .at(places.symbols[s].0, "cannot be traded")
                    .help("name it in the `symbols` of a venue"),
            );
        }
    }
}

/// True when a member of the group trades the book.
pub(super) fn trades(group: &GroupPlan, book: &str) -> bool {
    let decl = &group.decl.0;
    let place = decl.books.iter().position(|name| name == book);
    place.is_some_and(|at| decl.count > 0 && (!decl.dealt || (at as u64) < u64::from(decl.count)))
}

fn books(plan: &Plan, registry: &Registry, places: &Places, found: &mut Vec<Diagnostic>) {
    for (book, s) in plan.books() {
        let traders: Vec<&GroupPlan> = plan.groups.iter().filter(|group| trades(group, &book)).collect();
        let at = places.symbols[s].0;
        if traders.is_empty() {
            let mut diagnostic = Diagnostic::new(Code::NobodyTrades, format!("nobody trades `{book}`"))
                .at(at, "its book stays empty")
                .help("name it in the `books` of a group");
            let short = plan.groups.iter().map(|group| &group.decl.0).find(|decl| decl.books.contains(&book));
            if let Some(decl) = short {
                diagnostic = diagnostic.note(format!(
                    "group `{}` has {} members for {} books; each of them trades one",
                    decl.name,
                    decl.count,
                    decl.books.len()
                ));
            }
            found.push(diagnostic);
            continue;
        }
        found.extend(no_market(&book, at, &traders, registry));
    }
}

/// A book whose traders all wait for somebody else to quote first.
fn no_market(book: &str, at: At, traders: &[&GroupPlan], registry: &Registry) -> Option<Diagnostic> {
    // A kind that is not registered any more may do anything.
    let of = |group: &GroupPlan| {
        registry.agents().find(&group.filled.kind).map_or(Liquidity::Opens, |found| found.kind.make.liquidity)
    };
    if traders.iter().any(|group| of(group) == Liquidity::Opens) {
        return None;
    }
    let named = |liquidity| {
        let names: Vec<String> = traders
            .iter()
            .filter(|group| of(group) == liquidity)
            .map(|group| format!("`{}`", group.decl.0.name))
            .collect();
        names.join(", ")
    };
    let (takers, joiners) = (named(Liquidity::Takes), named(Liquidity::Joins));
    let takers =
        if takers.is_empty() { takers } else { format!("{takers}: only what others offer is taken") };
    let joiners =
        if joiners.is_empty() { joiners } else { format!("{joiners}: orders rest once others quote") };
    let note: Vec<String> = [takers, joiners].into_iter().filter(|part| !part.is_empty()).collect();
    Some(
        Diagnostic::new(Code::NobodyBegins, format!("nobody begins a market in `{book}`"))
            .at(at, "its book stays empty")
            .help("add a market maker, or other traders that quote into an empty book")
            .note(note.join("; ")),
    )
}

fn values(plan: &Plan, registry: &Registry, places: &Places, found: &mut Vec<Diagnostic>) {
    for (group, &at) in plan.groups.iter().zip(&places.groups) {
        let decl = &group.decl.0;
        let asks = registry.agents().find(&group.filled.kind).is_some_and(|f| f.kind.make.informed);
        if !asks || decl.count == 0 {
            continue;
        }
        let message = format!("`{}` ask for a value that they do not learn", decl.name);
        let diagnostic = Diagnostic::new(Code::NoValue, message).at(at, "they will not trade");
        if !decl.informed {
            found.push(diagnostic.help("leave out `informed = false`"));
            continue;
        }
        let books = plan.books();
        let without = decl.books.iter().filter_map(|name| books.iter().find(|(book, _)| book == name));
        let without: Vec<usize> =
            without.map(|(_, s)| *s).filter(|s| plan.symbols[*s].value.is_none()).collect();
        if let Some(&s) = without.first() {
            let symbol = &plan.symbols[s].symbol.name;
            found.push(
                diagnostic.label(places.symbols[s].0, "has no value").help(format!(
                    "give `{symbol}` a law of value, such as `value = {{ law = \"constant\" }}`"
                )),
            );
        }
    }
}

fn links(plan: &Plan, places: &Places, found: &mut Vec<Diagnostic>) {
    for (link, &at) in plan.links.iter().zip(&places.links) {
        if plan.groups.iter().all(|group| group.decl.0.link != link.name) {
            found.push(
                Diagnostic::new(Code::UnusedLink, format!("nobody uses the link `{}`", link.name))
                    .at(at, "")
                    .help("name it in the `link` of a group, or leave it out"),
            );
        }
    }
}
