//! `[[sink]]`.

use std::path::PathBuf;

use prism_core::sink::{Table, Tables};
use prism_core::spec::{Param, Unit, Value as Given};

use super::super::params::Target;
use super::super::plan::SinkPlan;
use super::super::read::Section;
use super::super::registry::{Registry, STDOUT};
use super::super::tree::{Node, Value};
use super::super::units::{self, Complaint};
use super::law::{self, Sort};
use super::{Context, Places};
use crate::diagnostic::{At, Code, Diagnostic};

const KIND: Sort =
    Sort { key: "kind", name: "kind of sink", example: "kind = \"parquet\"", list: "prism list sinks" };

/// Which tables are written unless the scenario says so.
const TABLES: [Table; 3] = [Table::Trades, Table::Tops, Table::Agents];

/// The word for every table.
const ALL: &str = "all";

/// Reads all sinks; the tables that they name are noted in `places`.
pub(super) fn sinks(root: &Section<'_>, context: Context<'_>, places: &mut Places) -> Vec<SinkPlan> {
    let mut plans = Vec::new();
    for section in &root.sections("sink") {
        let wanted = section.read("tables", tables);
        let tables = match wanted.unwrap_or_else(|| Wanted::Named(Vec::new())) {
            Wanted::All => Tables::ALL,
            Wanted::Named(named) if named.is_empty() && !section.has("tables") => {
                TABLES.into_iter().collect()
            }
            Wanted::Named(named) => {
                places.tables.extend(&named);
                named.into_iter().map(|(table, _)| table).collect()
            }
        };
        let Some((kind, at, found)) = law::kind(section, KIND, context.registry.sinks()) else { continue };
        let filled = law::parameters(section, KIND, (&kind, at, &found), Target::Plain, context);
        places.sinks.push(if section.has("path") { section.at_of("path") } else { at });
        plans.push(SinkPlan { tables, filled });
    }
    for (n, plan) in plans.iter().enumerate() {
        let earlier = plans[..n].iter().zip(&places.sinks);
        if let Some((_, &first)) = earlier.into_iter().find(|(other, _)| meet(other, plan, context.registry))
        {
            root.problem(
                Diagnostic::new(Code::SaidTwice, "two sinks write to one place")
                    .at(places.sinks[n], "the second")
                    .label(first, "the first")
                    .help("give each a `path` of its own"),
            );
        }
    }
    plans
}

/// The places that a sink writes to, standard output as it is written.
pub(crate) fn places(plan: &SinkPlan, registry: &Registry) -> Vec<PathBuf> {
    let Some(found) = registry.sinks().find(&plan.filled.kind) else { return Vec::new() };
    let values = found.kind.params.iter().zip(&plan.filled.values[0]);
    let place = |(param, value): (&Param, &Option<Given>)| match value {
        Some(Given::Text(path)) if param.unit == Unit::Path => Some(one_name(path)),
        _ => None,
    };
    values.filter_map(place).collect()
}

/// A place from the root on and without `.`, so that it has one name. Links are not followed.
fn one_name(path: &str) -> PathBuf {
    if path == STDOUT {
        return path.into();
    }
    std::path::absolute(path).map_or_else(|_| path.into(), |path| path.components().collect())
}

/// True for sinks that would write to the same files, or mix their lines on standard output.
fn meet(a: &SinkPlan, b: &SinkPlan, registry: &Registry) -> bool {
    let (of_a, of_b) = (places(a, registry), places(b, registry));
    let files = a.filled.kind == b.filled.kind && a.tables.iter().any(|table| b.tables.has(table));
    of_a.iter().any(|place| of_b.contains(place) && (files || place.as_os_str() == STDOUT))
}

/// The tables that a sink asks for.
enum Wanted {
    All,
    Named(Vec<(Table, At)>),
}

/// A name or `"all"`, a list of them, or names with `+` between (on the command line).
fn tables(node: &Node, key: &str) -> Result<Wanted, Complaint> {
    let names: Vec<&'static str> = Table::ALL.iter().map(|table| table.name()).chain([ALL]).collect();
    let one = |node: &Node| Ok((units::choice(node, key, &names)?, node.at));
    let named: Result<Vec<(&str, At)>, Complaint> = match &node.value {
        Value::Bare(words) => {
            let word = |word: &str| Node { at: node.at, value: Value::Bare(word.trim().to_owned()) };
            // A patch would take the place of all the words.
            words.split('+').map(|text| one(&word(text)).map_err(Complaint::without_patch)).collect()
        }
        Value::Array(items) if items.is_empty() => {
            let message = format!("`{key}` must name at least one table");
            return Err(Complaint::new(Code::OutOfRange, message, "no table")
                .help(format!("leave `{key}` out for trades, tops and agents")));
        }
        Value::Array(items) => items.iter().map(one).collect(),
        _ => one(node).map(|table| vec![table]),
    };
    let named = named?;
    if named.iter().any(|(name, _)| *name == ALL) {
        return Ok(Wanted::All);
    }
    let table = |(name, at): (&str, At)| name.parse::<Table>().ok().map(|table| (table, at));
    Ok(Wanted::Named(named.into_iter().filter_map(table).collect()))
}
