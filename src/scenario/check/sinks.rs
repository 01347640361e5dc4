//! `[[sink]]`.

use prism_core::sink::{Table, Tables};

use super::super::params::Target;
use super::super::plan::SinkPlan;
use super::super::read::Section;
use super::super::tree::{Node, Value};
use super::super::units::{self, Complaint};
use super::Context;
use super::law::{self, Sort};

const KIND: Sort =
    Sort { key: "kind", name: "kind of sink", example: "kind = \"parquet\"", list: "prism list sinks" };

/// Which tables are written unless the scenario says so.
const TABLES: [Table; 3] = [Table::Trades, Table::Tops, Table::Agents];

/// Reads all sinks.
pub(super) fn sinks(root: &Section<'_>, context: Context<'_>) -> Vec<SinkPlan> {
    let sink = |section: &Section<'_>| {
        let tables = section.read("tables", tables).unwrap_or_else(|| TABLES.into_iter().collect());
        let (kind, at, found) = law::kind(section, KIND, context.registry.sinks())?;
        let filled = law::parameters(section, KIND, (&kind, at, &found), Target::Plain, context);
        Some(SinkPlan { tables, filled })
    };
    root.sections("sink").iter().filter_map(sink).collect()
}

/// `"all"`, a list of names, or names with `+` between them (on the command line).
fn tables(node: &Node, key: &str) -> Result<Tables, Complaint> {
    let names: Vec<&'static str> = Table::ALL.iter().map(|table| table.name()).collect();
    let one = |node: &Node| {
        let name = units::choice(node, key, &names)?;
        Ok(name.parse::<Table>().map_or(Tables::NONE, Tables::from))
    };
    match &node.value {
        Value::Text(word) | Value::Bare(word) if word == "all" => Ok(Tables::ALL),
        Value::Bare(words) => {
            let mut set = Tables::NONE;
            for word in words.split('+') {
                let value = Value::Bare(word.trim().to_owned());
                // A patch would take the place of all the words.
                set = set | one(&Node { at: node.at, value }).map_err(Complaint::without_patch)?;
            }
            Ok(set)
        }
        Value::Array(items) => {
            items.iter().map(one).try_fold(Tables::NONE, |set, table| table.map(|table| set | table))
        }
        _ => one(node),
    }
}
