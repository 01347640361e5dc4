//! `run.series`: the numbers of agents that are recorded.

use super::super::plan::GroupPlan;
use super::super::read::Section;
use super::super::registry::Registry;
use super::super::tree::{Value, quoted, toml_text};
use crate::diagnostic::{At, Code, Diagnostic, nearest};

/// The key.
const KEY: &str = "series";

/// What a scenario asks for.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// Whatever its agents emit.
    All,
    /// These.
    Named(Vec<(String, At)>),
}

/// Reads the key from `[run]`: `"all"`, or a list of names.
pub(super) fn wanted(run: &Section<'_>) -> Wanted {
    match run.entry(KEY).map(|entry| &entry.node.value) {
        None => Wanted::Named(Vec::new()),
        Some(Value::Text(word) | Value::Bare(word)) if word == "all" => Wanted::All,
        Some(_) => Wanted::Named(run.names(KEY).unwrap_or_default()),
    }
}

/// The series that agents of these groups emit, in the order of the groups.
pub(super) fn emitted(groups: &[GroupPlan], registry: &Registry) -> Vec<&'static str> {
    let mut names = Vec::new();
    for found in groups.iter().filter_map(|group| registry.agents().find(&group.filled.kind)) {
        for series in found.kind.make.series {
            if !names.contains(&series.name) {
                names.push(series.name);
            }
        }
    }
    names
}

/// Looks the names up among what the groups emit.
pub(super) fn series(
    root: &Section<'_>,
    wanted: Wanted,
    groups: &[GroupPlan],
    registry: &Registry,
) -> Vec<String> {
    let known = emitted(groups, registry);
    let asked = match wanted {
        Wanted::All => return known.into_iter().map(str::to_owned).collect(),
        Wanted::Named(asked) => asked,
    };
    // A group that is wrong and reported may be the one that emits it.
    let whole = match root.entry("agents").map(|entry| &entry.node.value) {
        None => true,
        Some(Value::Array(all)) => all.len() == groups.len(),
        Some(_) => false,
    };
    let mut found: Vec<(String, At)> = Vec::new();
    for (name, at) in asked {
        if let Some((_, first)) = found.iter().find(|(other, _)| *other == name) {
            root.problem(
                Diagnostic::new(Code::SaidTwice, format!("the series {} is named twice", quoted(&name)))
                    .at(at, "the second")
                    .label(*first, "the first"),
            );
            continue;
        }
        if whole && !known.contains(&name.as_str()) {
            root.problem(unknown(&name, at, &known));
        }
        found.push((name, at));
    }
    found.into_iter().map(|(name, _)| name).collect()
}

fn unknown(name: &str, at: At, known: &[&'static str]) -> Diagnostic {
    let message = format!("no agent emits a series called {}", quoted(name));
    let diagnostic = Diagnostic::new(Code::UnknownSeries, message)
        .at(at, "no group of the scenario knows it")
        .note("`prism agents KIND` lists the series that a kind emits");
    if let Some(near) = nearest(name, known.iter().copied()) {
        return diagnostic.help(format!("a similar name exists: `{near}`")).patch(at, toml_text(near));
    }
    match known {
        [] => diagnostic.help("the kinds of its groups emit none; leave it out"),
        _ => diagnostic.help(format!("there is {}", listed(known))),
    }
}

/// Names in backquotes with commas between.
pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
