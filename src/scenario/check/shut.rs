//! Warnings about venues whose own rules keep trade away, and about rules that never act.

use prism_core::spec::Params;
use prism_core::types::{Qty, Span};

use super::super::plan::{GroupPlan, Plan, VenuePlan};
use super::super::registry::{Outlook, Registry, is_dark, outlook};
use super::dead::trades;
use super::{Places, VenuePlace, decl};
use crate::diagnostic::{At, Code, Diagnostic};

/// A venue, with what is known of it.
struct Seen<'a> {
    plan: &'a VenuePlan,
    place: &'a VenuePlace,
    dark: bool,
    /// Of exchanges.
    rules: Option<Outlook>,
}

impl Seen<'_> {
    /// True unless it is known never to quote.
    fn quotes(&self) -> bool {
        !self.dark && self.rules.as_ref().is_none_or(Outlook::shows_prices)
    }
}

/// Venues that do not open, in which nobody may sell, or that follow nothing; rules that never act.
pub(super) fn warnings(plan: &Plan, registry: &Registry, places: &Places, found: &mut Vec<Diagnostic>) {
    let seen = |(venue, place)| see(plan, registry, venue, place);
    let venues: Vec<Seen<'_>> = plan.venues.iter().zip(&places.venues).map(seen).collect();
    for (v, venue) in venues.iter().enumerate() {
        let followed = |s: &usize| {
            let others = venues.iter().enumerate().filter(|(other, _)| *other != v);
            others.into_iter().any(|(_, other)| other.quotes() && other.plan.symbols.contains(s))
        };
        if venue.dark {
            found.extend(nothing_to_follow(plan, venue, followed));
        }
        let Some(rules) = &venue.rules else { continue };
        found.extend(not_open(plan, venue, rules, places));
        found.extend(nobody_sells(plan, registry, venue, rules));
        found.extend(never_acts(venue, rules));
        found.extend(not_closed(venue, rules));
        if rules.protects && !venue.plan.symbols.iter().any(followed) {
            let message = format!("`protect` never acts at `{}`", venue.plan.name);
            found.push(
                Diagnostic::new(Code::NeverActs, message)
                    .at(venue.place.of("protect"), "no other venue quotes its symbols")
                    .help("leave it out, or list the symbols at another exchange, too"),
            );
        }
    }
}

fn see<'a>(plan: &'a Plan, registry: &Registry, venue: &'a VenuePlan, place: &'a VenuePlace) -> Seen<'a> {
    // A kind that is not registered any more may do anything.
    let kind = registry.venues().find(&venue.filled.kind).map(|found| found.kind);
    let values = venue.filled.values.first().map_or(&[][..], Vec::as_slice);
    let rules = kind.and_then(|kind| outlook(kind, &decl(venue, plan.surroundings()), values));
    Seen { plan: venue, place, dark: kind.is_some_and(is_dark), rules }
}

/// A run that ends before trading begins, or begins when it is over.
fn not_open(plan: &Plan, venue: &Seen<'_>, rules: &Outlook, places: &Places) -> Option<Diagnostic> {
    let (chances, length) = (rules.chances(), plan.run.length);
    if !length.is_positive() {
        return None; // that is said in the scenario, and meant
    }
    let within = |at: Option<Span>| at.is_some_and(|at| at < length);
    if within(chances.continuous) || (!rules.shows_prices() && within(chances.uncrossing)) {
        return None;
    }
    let name = &venue.plan.name;
    let message = if within(chances.uncrossing) {
        format!("`{name}` trades in auctions only in this run")
    } else {
        format!("`{name}` never trades in this run")
    };
    let later = "let the run last longer, or begin it at another time of the day (`clock`)";
    let (begins, help) = match (chances.continuous, chances.uncrossing) {
        (Some(at), _) if rules.shows_prices() => {
            (format!("continuous trading begins {at} after the run does"), later)
        }
        (_, Some(at)) => (format!("the first auction is {at} after the run begins"), later),
        _ => {
            let help = "give the day a phase in which orders trade, such as `continuous`";
            ("it has neither continuous trading nor auctions".to_owned(), help)
        }
    };
    let day = ["phases", "day", "batch"].into_iter().find_map(|key| venue.place.given(key));
    Some(
        Diagnostic::new(Code::NotOpen, message)
            .at(day.unwrap_or(venue.place.name), begins)
            .label(places.length, "so long is the run")
            .help(help),
    )
}

/// A pool of lots to borrow that is too small for the first sale of anybody.
fn nobody_sells(plan: &Plan, registry: &Registry, venue: &Seen<'_>, rules: &Outlook) -> Option<Diagnostic> {
    let pool = rules.short_pool?;
    let mut books = plan.books().into_iter();
    let before: usize =
        plan.venues.iter().take_while(|other| other.name != venue.plan.name).map(|v| v.symbols.len()).sum();
    let (book, least) =
        books.by_ref().skip(before).take(venue.plan.symbols.len()).find_map(|(book, s)| {
            let groups = || plan.groups.iter().filter(|group| trades(group, &book));
            if groups().any(|group| rules.exempt.contains(&group.decl.0.name)) {
                return None;
            }
            let least = groups().map(|group| least_order(plan, registry, group, s)).min()?;
            (least > pool).then_some((book, least))
        })?;
    let message = format!("nobody may sell `{book}`");
    let diagnostic = Diagnostic::new(Code::NobodySells, message)
        .at(venue.place.of("short_pool"), "nobody has any to begin with, and so few may be borrowed")
        .help("raise `short_pool`, or name in `exempt` who may sell short");
    let least = format!("the least order has {}; all orders to sell are refused", lots(least));
    Some(if pool.is_zero() {
        diagnostic.note("all orders to sell are refused")
    } else {
        diagnostic.note(least)
    })
}

fn lots(qty: Qty) -> String {
    format!("{} {}", qty.0, if qty.0 == 1 { "lot" } else { "lots" })
}

/// The least order of a group in a symbol; one lot where that cannot be told.
fn least_order(plan: &Plan, registry: &Registry, group: &GroupPlan, s: usize) -> Qty {
    let least = registry.agents().find(&group.filled.kind).and_then(|found| {
        let (values, _) = group.filled.values.iter().zip(&group.symbols).find(|(_, of)| **of == s)?;
        let params = Params::new(found.kind.params, values.clone(), &plan.symbols[s].instrument);
        (found.kind.make.least_order)(&params).ok()
    });
    least.unwrap_or(Qty(1))
}

/// A dark venue for a symbol that nobody else quotes.
fn nothing_to_follow(plan: &Plan, venue: &Seen<'_>, followed: impl Fn(&usize) -> bool) -> Option<Diagnostic> {
    let alone = venue.plan.symbols.iter().find(|s| !followed(s))?;
    let symbol = &plan.symbols[*alone].symbol.name;
    let message = format!("`{}` has no quote to follow in `{symbol}`", venue.plan.name);
    Some(
        Diagnostic::new(Code::NothingToFollow, message)
            .at(venue.place.of("symbols"), "its orders trade in the middle of what other venues quote")
            .help(format!("list `{symbol}` at an exchange, too")),
    )
}

/// Rules for continuous trading where there is none.
fn never_acts<'a>(venue: &'a Seen<'_>, rules: &'a Outlook) -> impl Iterator<Item = Diagnostic> + 'a {
    let given = |key: &&'static str| venue.place.given(key).map(|at| (*key, at));
    let idle = rules.continuous_only.iter().filter(|_| !rules.is_ever_continuous()).filter_map(given);
    idle.map(|(key, at): (&str, At)| {
        Diagnostic::new(Code::NeverActs, format!("`{key}` never acts at `{}`", venue.plan.name))
            .at(at, "it is a rule of continuous trading")
            .note("this venue trades in auctions only")
            .help("leave it out")
    })
}

/// Margin where the venue has no market in which to close positions.
fn not_closed(venue: &Seen<'_>, rules: &Outlook) -> Option<Diagnostic> {
    let key = rules.margin.filter(|_| !rules.is_ever_continuous())?;
    let message = format!("positions with too little margin are not closed at `{}`", venue.plan.name);
    Some(
        Diagnostic::new(Code::NotClosed, message)
            .at(venue.place.of(key), "positions are closed in continuous trading only")
            .note(
                "this venue trades in auctions only: the orders of who has too little are cancelled and refused, and the \
                 position stays until the mark comes back",
            )
            .help("leave the margin out, or let the venue trade continuously"),
    )
}
