//! Reads the tree into a plan and reports everything that is wrong with it.

mod dead;
mod fees;
mod gateway;
mod groups;
mod law;
mod links;
mod run;
mod series;
mod shut;
mod sinks;
mod sizes;
mod symbols;
mod tables;
mod venues;

use std::collections::BTreeMap;

pub(crate) use run::other_schema;
#[cfg(feature = "parquet")]
pub(crate) use sinks::places as sink_places;
pub(crate) use tables::stays_empty;
pub(crate) use venues::decl;

use prism_core::sink::Table;

use super::params::Base;
use super::plan::{Plan, SymbolPlan};
use super::read::{Problems, Section};
use super::registry::Registry;
use super::tree;
use super::units::amounts::Market;
use crate::diagnostic::{At, Code, Diagnostic};

/// The number of the schema that this version reads.
pub const SCHEMA: u32 = 1;

/// What a scenario of this schema consists of.
pub(crate) const SECTIONS: [&str; 7] = ["schema", "run", "symbol", "venue", "link", "agents", "sink"];

/// What the readers of all sections need.
#[derive(Clone, Copy, Debug)]
struct Context<'a> {
    registry: &'a Registry,
    base: Base<'a>,
}

/// Places that the plan does not keep, for complaints across sections.
#[derive(Debug, Default)]
struct Places {
    /// Of each symbol: its name, and its tick where that is set.
    symbols: Vec<(At, Option<At>)>,
    venues: Vec<VenuePlace>,
    links: Vec<At>,
    groups: Vec<At>,
    /// Where the length of the run stands.
    length: At,
    /// The tables that sinks ask for by name.
    tables: Vec<(Table, At)>,
    /// Of each sink: its path, or its kind.
    sinks: Vec<At>,
}

/// Where the parts of a `[[venue]]` stand.
#[derive(Debug, Default)]
struct VenuePlace {
    name: At,
    /// Its keys, and where their values are.
    keys: Vec<(String, At)>,
}

impl VenuePlace {
    /// Where the value of a key stands, or else the name of the venue.
    fn of(&self, key: &str) -> At {
        self.given(key).unwrap_or(self.name)
    }

    /// The same of a key that is there.
    fn given(&self, key: &str) -> Option<At> {
        self.keys.iter().find(|(known, _)| known == key).map(|(_, at)| *at)
    }
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Complete only if there was no problem.
    pub(crate) plan: Plan,
    /// About a complete plan.
    pub(crate) warnings: Vec<Diagnostic>,
    /// Where each sink says what it writes to.
    pub(crate) sinks: Vec<At>,
}

/// Checks a scenario. What is wrong goes to `problems`.
pub(crate) fn check(
    root: &tree::Table,
    whole: At,
    registry: &Registry,
    base: Base<'_>,
    problems: &Problems,
) -> Checked {
    let context = Context { registry, base };
    let root = Section::new(root, whole, "the scenario", problems);
    run::schema(&root);
    let mut places = Places::default();
    let (mut run, wanted) = run::run(&root);
    places.length = root.section_at("run", "length");
    let mut symbols = symbols::symbols(&root, context, &mut places);
    let (venues, sections) = venues::venues(&root, context, &mut symbols, &places);
    let links = links::links(&root, context, &mut places);
    let groups = groups::groups(&root, context, (&symbols, &venues, &links), &mut places);
    places.venues = sections.iter().map(venues::place).collect();
    let start = run.start;
    venues::made(&sections, &venues, context, (&symbols, &groups, start), &places);
    run.series = series::series(&root, wanted, &groups, registry);
    let sinks = sinks::sinks(&root, context, &mut places);
    root.finish();
    let plan = Plan { run, symbols, venues, links, groups, sinks };
    let warnings = if problems.count() == 0 { dead::warnings(&plan, registry, &places) } else { Vec::new() };
    Checked { plan, warnings, sinks: places.sinks }
}

/// Reports names that are used twice. `what` is the sort of thing that is named.
fn unique<'a>(section: &Section<'_>, what: &str, names: impl Iterator<Item = (&'a str, At)>) {
    let mut first: BTreeMap<&str, At> = BTreeMap::new();
    for (name, at) in names {
        if let Some(&before) = first.get(name) {
            section.problem(
                Diagnostic::new(Code::SameName, format!("two {what} are called `{name}`"))
                    .at(at, "the second")
                    .label(before, "the first")
                    .help("names tell them apart in files and random streams; give each its own"),
            );
        } else {
            first.insert(name, at);
        }
    }
}

/// Reports what exceeds the number of ids.
fn at_most(section: &Section<'_>, what: &str, given: usize, most: usize) {
    if given > most {
        section.problem(
            Diagnostic::new(Code::TooMany, format!("{given} {what}; there can be at most {most}"))
                .at(section.at, ""),
        );
    }
}

/// The currency of a symbol and the place of its tick, for [`Market`].
fn market(symbol: &SymbolPlan, tick_at: Option<At>) -> Market<'_> {
    Market { instrument: &symbol.instrument, currency: &symbol.symbol.currency, tick_at }
}
