//! `[[venue]]`, and the instrument table that follows from what the venues list.

use prism_book::venue::{FeeTier, Fees};
use prism_core::spec::{Params, Unit};
use prism_core::types::{Decimal, Instruments, InstrumentsError};
use prism_core::venue::VenueSpec;

use super::super::params::{Filled, Target};
use super::super::plan::{GroupPlan, Plan, SymbolPlan, VenuePlan};
use super::super::read::Section;
use super::super::registry::{Registry, VenueDecl, VenueKind, exact_amounts, is_dark, outlook};
use super::super::tree::{Value, quoted, toml_text};
use super::super::units;
use super::fees::{self, fees};
use super::gateway::gateway;
use super::law::{self, Sort};
use super::{Context, Places, VenuePlace, at_most, unique};
use crate::diagnostic::{At, Code, Diagnostic, nearest};

const KIND: Sort =
    Sort { key: "kind", name: "kind of venue", example: "kind = \"exchange\"", list: "prism list venues" };

/// Reads all venues, and gives the symbols their exact units. Also the section of each, for [`made`].
pub(super) fn venues<'a>(
    root: &Section<'a>,
    context: Context<'_>,
    symbols: &mut [SymbolPlan],
    places: &Places,
) -> (Vec<VenuePlan>, Vec<Section<'a>>) {
    let sections = root.sections("venue");
    let plans: Vec<VenuePlan> = sections.iter().map(|section| venue(section, context, symbols)).collect();
    let named = plans.iter().zip(&sections).filter(|(plan, _)| !plan.name.is_empty());
    unique(root, "venues", named.map(|(plan, section)| (plan.name.as_str(), section.at_of("name"))));
    at_most(root, "venues", plans.len(), 1 << 8);
    at_most(root, "books", plans.iter().map(|plan| plan.symbols.len()).sum(), 1 << 16);
    nothing_to_trade(root, &sections);
    units_of(root, &plans, symbols, places);
    (plans, sections)
}

/// Has the venues made, now that the groups are known: for what their kinds say against their parameters.
pub(super) fn made(
    sections: &[Section<'_>],
    plans: &[VenuePlan],
    context: Context<'_>,
    around: Surroundings<'_>,
    places: &Places,
) {
    let (symbols, groups, _) = around;
    for (section, plan) in sections.iter().zip(plans) {
        let Some(found) = context.registry.venues().find(&plan.filled.kind) else { continue };
        let params = found.kind.params;
        let read = |n: usize| plan.filled.written.get(n).is_some_and(Option::is_some);
        for (_, param) in
            params.iter().enumerate().filter(|(n, param)| param.unit == Unit::Groups && read(*n))
        {
            known_groups(section, param.name, groups);
        }
        if law::complete(params, &plan.filled) {
            let params = Params::without_instrument(params, plan.filled.values[0].clone());
            let decl = decl(plan, around);
            if let Err(why) = (found.kind.make)(&decl, &params) {
                law::contradiction(section, section.at_of("kind"), &why);
            }
            exact(section, plan, found.kind, (symbols, places));
            without_auctions(section, plan, found.kind, &decl);
        }
    }
}

/// Where a venue and its keys stand.
pub(super) fn place(section: &Section<'_>) -> VenuePlace {
    let keys = section.named().iter().map(|entry| (entry.key.clone(), entry.node.at)).collect();
    VenuePlace { name: section.at_of("name"), keys }
}

/// Reports amounts of money that are no whole number of the unit in which a symbol is paid.
fn exact(
    section: &Section<'_>,
    plan: &VenuePlan,
    kind: &VenueKind,
    (symbols, places): (&[SymbolPlan], &Places),
) {
    for (key, amount) in exact_amounts(kind, &plan.filled.values[0]) {
        let finer = |s: &&usize| symbols[**s].unit.is_some_and(|unit| amount.steps(unit).is_err());
        let Some(&s) = plan.symbols.iter().find(finer) else { continue };
        let (symbol, unit) = (&symbols[s].symbol, symbols[s].unit.unwrap_or(Decimal::ONE));
        let (name, currency) = (&symbol.name, &symbol.currency);
        let message = format!(
            "`{key}` of {amount} is no whole number of the {unit} {currency} in which `{name}` is paid"
        );
        let near = amount.steps(unit).err().and_then(|(_, above)| unit.times(i64::try_from(above).ok()?));
        let near = near.map_or(String::new(), |near| format!("the next amount is {near}"));
        let tick_at = places.symbols[s].1.unwrap_or(places.symbols[s].0);
        section.problem(
            Diagnostic::new(Code::OffTick, message)
                .at(section.at_of(key), near)
                .label(tick_at, "the unit is what tick and lot divide evenly")
                .help("cash is counted in whole units, exactly; round the amount, or take a finer tick"),
        );
    }
}

/// Reports a fee for auctions at a venue that has none.
fn without_auctions(section: &Section<'_>, plan: &VenuePlan, kind: &VenueKind, decl: &VenueDecl) {
    let has = outlook(kind, decl, &plan.filled.values[0]).map(|rules| rules.has_auctions());
    if plan.auction_fee.is_none() || has.unwrap_or(!is_dark(kind)) {
        return;
    }
    for key in fees::AUCTION.into_iter().filter(|key| section.inner_has("fees", key)) {
        section.problem(
            Diagnostic::new(Code::Contradiction, format!("`{key}` does not fit: `{}` has no auctions", plan.name))
                .at(section.section_at("fees", key), "")
                .help("leave it out, or give the venue auctions: `day`, `phases`, `batch`, or what interrupts trading"),
        );
    }
}

/// Reports names that no group has, and those that are there twice.
fn known_groups(section: &Section<'_>, key: &'static str, groups: &[GroupPlan]) {
    let mut seen: Vec<(String, At)> = Vec::new();
    for (name, at) in section.names(key).unwrap_or_default() {
        let names = || groups.iter().map(|plan| plan.decl.0.name.as_str());
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == name) {
            section.problem(
                Diagnostic::new(Code::SaidTwice, format!("{} is listed twice", quoted(&name)))
                    .at(at, "the second")
                    .label(*first, "the first"),
            );
        } else if !names().any(|known| known == name) {
            let message = format!("no group is called {}", quoted(&name));
            let mut diagnostic = Diagnostic::new(Code::UnknownGroup, message).at(at, "not declared");
            if let Some(near) = nearest(&name, names()) {
                diagnostic =
                    diagnostic.help(format!("a similar name exists: `{near}`")).patch(at, toml_text(near));
            }
            section.problem(diagnostic);
        }
        seen.push((name, at));
    }
}

fn nothing_to_trade(root: &Section<'_>, venues: &[Section<'_>]) {
    let lists_nothing = |venue: &Section<'_>| {
        let listed = venue.entry("symbols").map(|entry| &entry.node.value);
        matches!(listed, Some(Value::Array(names)) if names.is_empty())
    };
    let absent = |key| match root.entry(key).map(|entry| &entry.node.value) {
        None => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false, // of the wrong type, which is reported
    };
    let (what, help) = match (absent("symbol"), absent("venue")) {
        (true, _) => ("no symbol", "add a table such as `[[symbol]]` with `name = \"ACME\"`"),
        (_, true) => {
            ("no venue", "add a table such as `[[venue]]` with `name = \"XPRM\"` and `kind = \"exchange\"`")
        }
        _ if !venues.is_empty() && venues.iter().all(lists_nothing) => {
            ("no symbol at any venue", "let a venue list some in `symbols`")
        }
        _ => return,
    };
    root.problem(
        Diagnostic::new(Code::NothingToTrade, format!("there is nothing to trade: {what}"))
            .at(root.at, "")
            .help(help),
    );
}

fn venue(section: &Section<'_>, context: Context<'_>, symbols: &[SymbolPlan]) -> VenuePlan {
    if section.entry("name").is_none() {
        section.missing("name", "name = \"XPRM\"");
    }
    let name = section.name("name", false).unwrap_or_default();
    let listed = match section.entry("symbols") {
        Some(_) => list(section, symbols),
        None => (0..symbols.len()).collect(),
    };
    let (fees, auction_fee) = fees(section);
    let depth = section.read("depth", |node, key| units::whole(node, key, 0, i128::from(u16::MAX)));
    let depth = depth.and_then(|n| u16::try_from(n).ok()).unwrap_or_default();
    let gateway = gateway(section);
    let filled = Filled { kind: String::new(), written: Vec::new(), values: vec![Vec::new()] };
    let mut plan = VenuePlan { name, symbols: listed, fees, auction_fee, depth, gateway, filled };
    let Some((kind, at, found)) = law::kind(section, KIND, context.registry.venues()) else {
        return plan; // the others may refer to it, whatever its kind was to be
    };
    plan.filled = law::parameters(section, KIND, (&kind, at, &found), Target::Plain, context);
    plan
}

/// Symbols, groups, and the date of the beginning, in nanoseconds since 1970.
pub(crate) type Surroundings<'a> = (&'a [SymbolPlan], &'a [GroupPlan], i64);

/// What the kind of a venue is told.
pub(crate) fn decl(plan: &VenuePlan, (symbols, groups, start): Surroundings<'_>) -> VenueDecl {
    let (first, tiers) =
        plan.fees.split_first().map_or((FeeTier::default(), &[][..]), |(&f, rest)| (f, rest));
    let fees = tiers.iter().fold(Fees::new(first.maker, first.taker), |fees, &tier| fees.tier(tier));
    let fees = match plan.auction_fee {
        Some(fee) => fees.auctions(fee),
        None => fees,
    };
    let mut next = 0u32;
    let ids = |group: &GroupPlan| {
        let first = next;
        next = next.saturating_add(group.decl.0.count);
        (group.decl.0.name.clone(), first..next)
    };
    VenueDecl {
        name: plan.name.clone(),
        symbols: plan.symbols.iter().map(|&s| symbols[s].symbol.clone()).collect(),
        fees,
        depth: plan.depth,
        groups: groups.iter().map(ids).collect(),
        start,
    }
}

/// The declaration of a venue; `None` if its kind refuses to make one.
pub(super) fn declared(plan: &Plan, registry: &Registry, venue: &VenuePlan) -> Option<Box<dyn VenueSpec>> {
    let made = registry.venues().find(&venue.filled.kind)?.kind;
    let params = Params::without_instrument(made.params, venue.filled.values.first()?.clone());
    (made.make)(&decl(venue, plan.surroundings()), &params).ok()
}

fn list(section: &Section<'_>, symbols: &[SymbolPlan]) -> Vec<usize> {
    let mut listed: Vec<(usize, At)> = Vec::new();
    for (name, at) in section.names("symbols").unwrap_or_default() {
        let Some(s) = symbols.iter().position(|plan| plan.symbol.name == name) else {
            let message = format!("no symbol is called {}", quoted(&name));
            let mut diagnostic = Diagnostic::new(Code::UnknownSymbol, message).at(at, "not declared");
            let names = symbols.iter().map(|plan| plan.symbol.name.as_str());
            if let Some(near) = nearest(&name, names) {
                diagnostic =
                    diagnostic.help(format!("a similar name exists: `{near}`")).patch(at, toml_text(near));
            }
            section.problem(diagnostic);
            continue;
        };
        match listed.iter().find(|(other, _)| *other == s) {
            Some((_, first)) => section.problem(
                Diagnostic::new(Code::SaidTwice, format!("{} is listed twice", quoted(&name)))
                    .at(at, "the second")
                    .label(*first, "the first"),
            ),
            None => listed.push((s, at)),
        }
    }
    listed.into_iter().map(|(s, _)| s).collect()
}

/// Builds the instrument table, which finds the exact unit of every currency.
fn units_of(root: &Section<'_>, plans: &[VenuePlan], symbols: &mut [SymbolPlan], places: &Places) {
    let listed: Vec<_> = plans
        .iter()
        .map(|plan| (plan.name.clone(), plan.symbols.iter().map(|&s| symbols[s].symbol.clone()).collect()))
        .collect();
    match Instruments::build(&listed) {
        Ok(table) => {
            for plan in symbols {
                if let Some(id) = table.symbol_named(&plan.symbol.name) {
                    plan.instrument = table.symbols()[id.index()].clone();
                    plan.unit = Some(table.currencies()[plan.instrument.currency.index()].unit);
                }
            }
        }
        Err(errors) => {
            for error in errors {
                // All else was found when the symbols were read.
                let (code, name, help) = match &error {
                    InstrumentsError::Headroom { symbol, .. } => {
                        (Code::NoHeadroom, symbol, "take a coarser tick or lot")
                    }
                    InstrumentsError::StartRange { symbol, .. } => {
                        (Code::OutOfRange, symbol, "take a coarser tick")
                    }
                    _ => continue,
                };
                let place = symbols.iter().position(|plan| plan.symbol.name == *name);
                let (at, tick_at) = place.map_or((root.at, None), |s| places.symbols[s]);
                root.problem(
                    Diagnostic::new(code, error.to_string()).at(tick_at.unwrap_or(at), "").help(help),
                );
            }
        }
    }
}
