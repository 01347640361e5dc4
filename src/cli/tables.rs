//! `--tables`: which tables an output folder gets.

use prism_core::sink::{Table, Tables};

use crate::diagnostic::{At, Code, Diagnostic, Report, Sources, nearest};
use crate::scenario::Scenario;

const FLAG: &str = "--tables ";

/// The tables as they were typed.
pub(super) struct Asked {
    pub(super) tables: Tables,
    /// Those that were named one by one, and where.
    named: Vec<(Table, At)>,
    sources: Sources,
}

/// Reads names with commas between, or `all`.
pub(super) fn read(typed: &str) -> Result<Asked, Report> {
    let mut sources = Sources::new();
    let id = sources.add("command line", format!("{FLAG}{typed}"));
    let mut tables = Tables::NONE;
    let mut named = Vec::new();
    let mut wrong = Vec::new();
    let known = Table::ALL.map(Table::name);
    let help = format!("tables are {} and all", known.join(", "));
    let mut begin = FLAG.len();
    for piece in typed.split(',') {
        let name = piece.trim();
        let from = begin + (piece.len() - piece.trim_start().len());
        let at = At::new(id, from..from + name.len());
        begin += piece.len() + 1;
        if name == "all" {
            tables = Tables::ALL;
        } else if let Ok(table) = name.parse::<Table>() {
            tables = tables | table.into();
            named.push((table, at));
        } else if !name.is_empty() {
            let message = format!("there is no table `{name}`");
            let diagnostic = Diagnostic::new(Code::UnknownWord, message).at(at, "").help(help.as_str());
            wrong.push(match nearest(name, known) {
                Some(near) => diagnostic.patch(at, near),
                None => diagnostic,
            });
        }
    }
    if tables == Tables::ALL {
        named.clear(); // all means what there is
    }
    if wrong.is_empty() && tables == Tables::NONE {
        let whole = At::new(id, FLAG.len()..FLAG.len() + typed.len());
        wrong.push(Diagnostic::new(Code::UnknownWord, "no table is named").at(whole, "").help(help));
    }
    if wrong.is_empty() {
        Ok(Asked { tables, named, sources })
    } else {
        Err(Report { sources, diagnostics: wrong })
    }
}

impl Asked {
    /// Warnings about those that stay empty in a run of `scenario`.
    pub(super) fn warnings(&self, scenario: &Scenario) -> Report {
        let empty = |&(table, at): &(Table, At)| Some(scenario.stays_empty(table)?.at(at, "asked for here"));
        let diagnostics = self.named.iter().filter_map(empty).collect();
        Report { sources: self.sources.clone(), diagnostics }
    }
}
