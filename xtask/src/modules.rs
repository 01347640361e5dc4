//! Rule B: which modules of a crate, or of a module, may import which, so that a part can become a crate of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::source::{From, paths, tokens, without_tests};
use crate::workspace::{Finding, Package, Workspace, rust_files};

/// For each module the modules that it may import.
type Table = BTreeMap<String, Vec<String>>;

/// Checks the modules of one crate, or those inside one of its modules (`within`), against their table.
pub(crate) fn check(
    workspace: &Workspace,
    package: &Package,
    within: Option<&str>,
    table: &Table,
    plan: &Path,
    findings: &mut Vec<Finding>,
) {
    let source = package.folder().join("src");
    let own = package.label().replace('-', "_");
    let label = within.map_or_else(|| package.label(), |module| format!("{}::{module}", package.label()));
    let depth = usize::from(within.is_some());
    let inside = |file: &Path| {
        let place = place(&source, file);
        place.get(..depth).is_some_and(|outer| outer.iter().eq(within.iter())).then_some(place)
    };
    let files = rust_files(&source);
    let modules: BTreeSet<String> =
        files.iter().filter_map(|file| inside(file)?.into_iter().nth(depth)).collect();
    table_itself(table, &modules, &label, plan, findings);
    let tests = test_files(&files);
    for file in files.iter().filter(|file| !tests.iter().any(|test| file.starts_with(test))) {
        let Some(place) = inside(file) else { continue };
        let Some(module) = place.get(depth) else { continue }; // the root only re-exports
        let Some(allowed) = table.get(module) else { continue };
        let text = fs::read_to_string(file).unwrap_or_default();
        let all = tokens(&text);
        for path in paths(&without_tests(&all).0) {
            // From the root of the crate, the name of the outer module stands before that of the inner.
            let from_root = match path.from {
                From::Crate => true,
                From::Super(times) => times >= place.len(),
                From::Name(name) => name == own,
            };
            let name = match (within, path.from) {
                (None, _) if from_root => path.name,
                (Some(outer), _) if from_root && path.name == outer => path.next,
                (Some(_), From::Super(times)) if times + depth == place.len() => path.name,
                _ => continue,
            };
            if name == "{" {
                findings.push(Finding {
                    file: workspace.short(file).to_path_buf(),
                    line: path.line,
                    what: format!("[B] a group of modules of `{label}`"),
                    help: "import each on a line of its own, so that it can be seen which they are"
                        .to_owned(),
                });
            }
            let known = name != module && modules.contains(name);
            if known && !allowed.iter().any(|allowed| allowed == name || allowed == "*") {
                findings.push(Finding {
                    file: workspace.short(file).to_path_buf(),
                    line: path.line,
                    what: format!("[B] module `{module}` of `{label}` may not import `{name}`"),
                    help: format!(
                        "move what is shared down, or turn the import round; the allowed edges stand under \
                         [modules.{label}] in {}",
                        plan.display()
                    ),
                });
            }
        }
    }
}

/// The table must name every module, no other, and have no circle.
fn table_itself(
    table: &Table,
    modules: &BTreeSet<String>,
    label: &str,
    plan: &Path,
    findings: &mut Vec<Finding>,
) {
    let mut report = |what: String, help: &str| {
        findings.push(Finding {
            file: plan.to_path_buf(),
            line: 0,
            what: format!("[B] {what}"),
            help: help.to_owned(),
        });
    };
    for module in modules.iter().filter(|module| !table.contains_key(*module)) {
        report(format!("module `{module}` of `{label}` has no place in the plan"), "say what it may import");
    }
    for module in table.keys().filter(|module| !modules.contains(*module)) {
        report(format!("`{label}` has no module `{module}`"), "remove the line");
    }
    let edges: BTreeMap<&str, Vec<&str>> = table
        .iter()
        .filter(|(_, imports)| imports.iter().all(|import| import != "*"))
        .map(|(module, imports)| (module.as_str(), imports.iter().map(String::as_str).collect()))
        .collect();
    for (module, import) in
        edges.iter().flat_map(|(module, imports)| imports.iter().map(move |import| (module, import)))
    {
        if !table.contains_key(*import) {
            report(
                format!("`{module}` of `{label}` may import `{import}`, which does not exist"),
                "correct the line",
            );
        }
    }
    if let Some(circle) = circle(&edges) {
        report(
            format!("the modules of `{label}` may import each other in a circle: {circle}"),
            "break the circle",
        );
    }
}

/// A circle among edges, told as `a -> b -> a`.
pub(crate) fn circle(edges: &BTreeMap<&str, Vec<&str>>) -> Option<String> {
    fn walk<'a>(
        at: &'a str,
        edges: &BTreeMap<&'a str, Vec<&'a str>>,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> bool {
        way.push(at);
        if way[..way.len() - 1].contains(&at) {
            return true;
        }
        if done.insert(at) {
            for next in edges.get(at).into_iter().flatten() {
                if walk(next, edges, way, done) {
                    return true;
                }
            }
        }
        way.pop();
        false
    }
    let mut done = BTreeSet::new();
    for start in edges.keys() {
        let mut way = Vec::new();
        if walk(start, edges, &mut way, &mut done) {
            let from = way.iter().position(|name| Some(name) == way.last()).unwrap_or(0);
            return Some(way[from..].join(" -> "));
        }
    }
    None
}

/// The module of a file as a path from the root of the crate; empty for the root and for programs.
fn place(source: &Path, file: &Path) -> Vec<String> {
    let mut parts: Vec<String> = file
        .strip_prefix(source)
        .unwrap_or(file)
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    if matches!(parts[..], [ref only] if only == "lib" || only == "main")
        || parts.first().is_some_and(|first| first == "bin")
    {
        parts.clear();
    }
    parts
}

/// The files and folders of modules that are compiled for tests alone.
fn test_files(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap_or_default();
        let all = tokens(&text);
        let stem = file.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib" || stem == "main");
        let folder = if stem { file.with_file_name("") } else { file.with_extension("") };
        for name in without_tests(&all).1 {
            found.push(folder.join(name));
            found.push(folder.join(format!("{name}.rs")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_told() {
        let edges =
            BTreeMap::from([("a", vec!["b"]), ("b", vec!["c", "d"]), ("c", vec![]), ("d", vec!["b"])]);
        assert_eq!(circle(&edges).as_deref(), Some("b -> d -> b"));
        let edges = BTreeMap::from([("a", vec!["b", "c"]), ("b", vec!["c"]), ("c", vec![])]);
        assert_eq!(circle(&edges), None);
    }

    #[test]
    fn the_place_of_a_file() {
        let place = |file: &str| place(Path::new("src"), Path::new(file)).join("::");
        assert_eq!(place("src/agent/ctx.rs"), "agent::ctx");
        assert_eq!(place("src/agent/mod.rs"), "agent");
        assert_eq!(place("src/lib.rs"), "");
        assert_eq!(place("src/bin/prism.rs"), "");
    }
}
