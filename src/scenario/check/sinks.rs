//! `[[sink]]`.

use prism_core::sink::{Table, Tables};
use prism_core::spec::{Param, Unit, Value as Given};

use super::super::params::Target;
use super::super::plan::SinkPlan;
use super::super::read::Section;
use super::super::registry::STDOUT;
use super::super::tree::{Node, Value};
use super::super::units::{self, Complaint};
use super::law::{self, Sort};
use super::{Context, Places};
use crate::diagnostic::{At, Code, Diagnostic};

const KIND: Sort =
    Sort { key: "kind", name: "kind of sink", example: "kind = \"parquet\"", list: "prism list sinks" };

/// Which tables are written unless the scenario says so.
const TABLES: [Table; 3] = [Table::Trades, Table::Tops, Table::Agents];

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
        if let Some((_, &first)) = earlier.into_iter().find(|(other, _)| meet(other, plan, context)) {
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

/// True for sinks that would write to the same files, or mix their lines on standard output.
fn meet(a: &SinkPlan, b: &SinkPlan, context: Context<'_>) -> bool {
    let paths = |plan: &SinkPlan| -> Vec<String> {
        let Some(found) = context.registry.sinks().find(&plan.filled.kind) else { return Vec::new() };
        let values = found.kind.params.iter().zip(&plan.filled.values[0]);
        let path = |(param, value): (&Param, &Option<Given>)| match value {
            Some(Given::Text(path)) if param.unit == Unit::Path => Some(path.clone()),
            _ => None,
        };
        values.filter_map(path).collect()
    };
    // From the root on, and without `.`, a place has one name; links are not followed.
    let place = |path: &str| std::path::absolute(path).unwrap_or_else(|_| path.into());
    let same = |a: &str, b: &str| place(a).components().eq(place(b).components());
    let (of_a, of_b) = (paths(a), paths(b));
    let stdout = |paths: &[String]| paths.iter().any(|path| path == STDOUT);
    if stdout(&of_a) && stdout(&of_b) {
        return true;
    }
    let files = a.filled.kind == b.filled.kind && a.tables.iter().any(|table| b.tables.has(table));
    files && of_a.iter().any(|a| of_b.iter().any(|b| same(a, b)))
}

/// The tables that a sink asks for.
enum Wanted {
    All,
    Named(Vec<(Table, At)>),
}

/// `"all"`, a list of names, or names with `+` between them (on the command line).
fn tables(node: &Node, key: &str) -> Result<Wanted, Complaint> {
    let names: Vec<&'static str> = Table::ALL.iter().map(|table| table.name()).collect();
    let one = |node: &Node| {
        let name = units::choice(node, key, &names)?;
        Ok(name.parse::<Table>().ok().map(|table| (table, node.at)))
    };
    let named: Result<Vec<_>, Complaint> = match &node.value {
        Value::Text(word) | Value::Bare(word) if word == "all" => return Ok(Wanted::All),
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
    named.map(|named| Wanted::Named(named.into_iter().flatten().collect()))
}
