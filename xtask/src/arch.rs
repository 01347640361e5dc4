//! `cargo xtask arch`: the house plan of `ARCHITECTURE.md`, checked against the tree.
//!
//! Rules A (who may depend on whom), B (`modules.rs`), C (`lines.rs`), E (no `unsafe`), and the list of crates in
//! `ARCHITECTURE.md` itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::source::{From, paths, tokens, without_tests};
use crate::workspace::{Finding, Package, Workspace, rust_files};
use crate::{lines, modules};

/// The file `xtask/src/arch.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    crates: BTreeMap<String, Allowed>,
    #[serde(default)]
    modules: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    crowded: BTreeMap<String, String>,
    #[serde(default, rename = "unsafe")]
    exempt: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    imports: Vec<String>,
    outside: Vec<String>,
}

/// Where the plan lies in the repository.
const PLAN: &str = "xtask/src/arch.toml";
/// The document whose table lists the crates.
const DOCUMENT: &str = "ARCHITECTURE.md";
const FORBID: &str = "#![forbid(unsafe_code)]";

/// What a check of the plan came to.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Files that grow long: no error yet.
    pub(crate) long: Vec<String>,
    pub(crate) findings: Vec<Finding>,
}

impl Plan {
    /// Reads the plan of the workspace in `root`.
    pub(crate) fn load(root: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(root.join(PLAN)).map_err(|error| format!("{PLAN}: {error}"))?;
        toml::from_str(&text).map_err(|error| format!("{PLAN}: {error}"))
    }

    /// Checks the sizes of files and folders alone.
    pub(crate) fn check_lines(&self, workspace: &Workspace) -> Checked {
        let (long, mut findings) = lines::check(workspace, &self.crowded);
        findings.sort();
        Checked { long, findings }
    }

    /// Checks every rule.
    pub(crate) fn check(&self, workspace: &Workspace) -> Checked {
        let Checked { long, mut findings } = self.check_lines(workspace);
        let labels: BTreeSet<String> = workspace.packages.iter().map(Package::label).collect();
        for package in &workspace.packages {
            match self.crates.get(&package.label()) {
                Some(allowed) => {
                    dependencies(workspace, package, allowed, &mut findings);
                    siblings_in_code(workspace, package, allowed, &labels, &mut findings);
                }
                None => findings.push(Finding {
                    file: workspace.short(&package.manifest).to_path_buf(),
                    line: 0,
                    what: format!("[A] `{}` has no place in the plan", package.label()),
                    help: format!("say under [crates.{}] in {PLAN} what it may import", package.label()),
                }),
            }
            self.no_unsafe(workspace, package, &mut findings);
            for (name, table) in &self.modules {
                let (label, within) = scope(name);
                if label == package.label() {
                    modules::check(workspace, package, within, table, Path::new(PLAN), &mut findings);
                }
            }
        }
        self.stale(&labels, workspace, &mut findings);
        document(workspace, &mut findings);
        findings.sort();
        findings.dedup();
        Checked { long, findings }
    }

    /// Rule E: `unsafe` is forbidden where a crate begins, or stands in the named folders alone.
    fn no_unsafe(&self, workspace: &Workspace, package: &Package, findings: &mut Vec<Finding>) {
        let exempt = |path: &Path| self.exempt.keys().any(|folder| workspace.short(path).starts_with(folder));
        let source = package.folder().join("src");
        let excepted = self.exempt.keys().any(|folder| workspace.root.join(folder).starts_with(&source));
        for target in package.targets.iter().filter(|target| target.is("lib") || target.is("bin")) {
            let text = fs::read_to_string(&target.source).unwrap_or_default();
            if !excepted && !text.lines().any(|line| line.trim() == FORBID) {
                findings.push(Finding {
                    file: workspace.short(&target.source).to_path_buf(),
                    line: 1,
                    what: format!("[E] the crate does not begin with `{FORBID}`"),
                    help: format!(
                        "add the line; a folder that needs `unsafe` is named with its reason in {PLAN}"
                    ),
                });
            }
        }
        for path in rust_files(&source).into_iter().filter(|path| excepted && !exempt(path)) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let found =
                tokens(&text).into_iter().filter(|token| matches!(token.text, "unsafe" | "unsafe_code"));
            findings.extend(found.map(|token| Finding {
                file: workspace.short(&path).to_path_buf(),
                line: token.line,
                what: format!("[E] `{}` outside the folders that may hold it", token.text),
                help: "write it in safe Rust, or move it where the plan allows it".to_owned(),
            }));
        }
    }

    /// Lines of the plan about what is not there.
    fn stale(&self, labels: &BTreeSet<String>, workspace: &Workspace, findings: &mut Vec<Finding>) {
        let mut stale = |what: String| {
            let help = "correct the plan".to_owned();
            findings.push(Finding { file: PathBuf::from(PLAN), line: 0, what, help });
        };
        let named =
            self.crates.keys().map(String::as_str).chain(self.modules.keys().map(|name| scope(name).0));
        for name in named.filter(|name| !labels.contains(*name)) {
            stale(format!("the workspace has no crate `{name}`"));
        }
        for (name, allowed) in &self.crates {
            for import in allowed.imports.iter().filter(|import| !labels.contains(*import)) {
                stale(format!("`{name}` may import `{import}`, which does not exist"));
            }
            let package = workspace.packages.iter().find(|package| package.label() == *name);
            let uses = |outside: &String| {
                package.is_some_and(|package| {
                    package.dependencies.iter().any(|dependency| dependency.name == *outside)
                })
            };
            for outside in allowed.outside.iter().filter(|outside| !uses(outside)) {
                stale(format!("`{name}` does not depend on `{outside}` any more"));
            }
        }
        for folder in self.crowded.keys().chain(self.exempt.keys()) {
            // A planned folder may be named before it is there, but not in a crate that is not.
            if !workspace.root.join(folder).ancestors().nth(1).is_some_and(Path::exists) {
                stale(format!("there is no folder `{folder}`"));
            }
        }
        if let Some(cycle) = cycle(&self.crates) {
            stale(format!("the crates import each other in a circle: {cycle}"));
        }
    }
}

/// The crate of a table of modules, and the module of it that the table is about: `prism::scenario`.
fn scope(name: &str) -> (&str, Option<&str>) {
    name.split_once("::").map_or((name, None), |(label, module)| (label, Some(module)))
}

/// Rule A, from the manifest.
fn dependencies(workspace: &Workspace, package: &Package, allowed: &Allowed, findings: &mut Vec<Finding>) {
    let text = fs::read_to_string(&package.manifest).unwrap_or_default();
    let label = package.label();
    for dependency in
        package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"))
    {
        let sibling = dependency.path.as_ref().map(|path| {
            let found = workspace.packages.iter().find(|package| package.folder() == path);
            found.map_or_else(|| path.display().to_string(), Package::label)
        });
        let (name, list, kind) = match sibling {
            Some(name) => (name, &allowed.imports, "imports"),
            None => (dependency.name.clone(), &allowed.outside, "outside"),
        };
        if !list.contains(&name) {
            findings.push(Finding {
                file: workspace.short(&package.manifest).to_path_buf(),
                line: line_of(&text, &name),
                what: format!("[A] `{label}` may not depend on `{name}`"),
                help: format!(
                    "do without it, or name a port and let the root hand it in; if the edge is right, add it to \
                     `{kind}` under [crates.{label}] in {PLAN}"
                ),
            });
        }
    }
}

/// Rule A, from the code: a sibling that came in as a dev-dependency is for tests.
fn siblings_in_code(
    workspace: &Workspace,
    package: &Package,
    allowed: &Allowed,
    labels: &BTreeSet<String>,
    findings: &mut Vec<Finding>,
) {
    let label = package.label();
    for path in rust_files(&package.folder().join("src")) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let all = tokens(&text);
        for found in paths(&without_tests(&all).0) {
            let From::Name(name) = found.from else { continue };
            let name = name.replace('_', "-");
            if labels.contains(&name) && name != label && !allowed.imports.contains(&name) {
                findings.push(Finding {
                    file: workspace.short(&path).to_path_buf(),
                    line: found.line,
                    what: format!("[A] `{label}` may not import `{name}`"),
                    help: "move what is needed down to prism-core as a port, or keep it to tests".to_owned(),
                });
            }
        }
    }
}

/// The list of crates in `ARCHITECTURE.md`: the table under the heading "Crates", whose first two columns are the
/// package and its folder.
fn document(workspace: &Workspace, findings: &mut Vec<Finding>) {
    let text = fs::read_to_string(workspace.root.join(DOCUMENT)).unwrap_or_default();
    let mut report = |line, what, help: &str| {
        findings.push(Finding { file: PathBuf::from(DOCUMENT), line, what, help: help.to_owned() });
    };
    let Some(start) = text.lines().position(|line| line.trim_end() == "## Crates") else {
        let help = "list every package there, one row each: | `name` | `folder/` | what it is for |";
        return report(0, "no heading `## Crates`".to_owned(), help);
    };
    let section = text.lines().enumerate().skip(start + 1).take_while(|(_, line)| !line.starts_with("## "));
    let row = |(at, line): (usize, &str)| {
        let mut cells = line
            .split('|')
            .skip(1)
            .map(|cell| cell.trim().trim_matches('`').trim_end_matches('/').to_owned());
        line.starts_with("| `")
            .then(|| (cells.next().unwrap_or_default(), (at + 1, cells.next().unwrap_or_default())))
    };
    let mut listed: BTreeMap<String, (usize, String)> = section.filter_map(row).collect();
    for package in &workspace.packages {
        let folder = match workspace.short(package.folder()).display().to_string() {
            root if root.is_empty() => ".".to_owned(),
            folder => folder,
        };
        match listed.remove(&package.name) {
            None => report(
                start + 1,
                format!("package `{}` is not in the table", package.name),
                "add a row that says what it is for",
            ),
            Some((line, said)) if said != folder => {
                report(
                    line,
                    format!("package `{}` lies in `{folder}`, not in `{said}`", package.name),
                    "correct the row",
                );
            }
            Some(_) => {}
        }
    }
    for (name, (line, _)) in listed {
        report(line, format!("the workspace has no package `{name}`"), "remove the row");
    }
}

/// The line of a manifest that names a dependency; 0 if none does.
fn line_of(manifest: &str, name: &str) -> usize {
    let names = |line: &str| {
        let rest = line.trim_start().trim_start_matches('"').strip_prefix(name);
        rest.is_some_and(|rest| !rest.starts_with(|sign: char| sign.is_alphanumeric() || "-_".contains(sign)))
    };
    let mut listed = false;
    for (at, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            listed = line.contains("dependencies") && !line.contains("dev-") && !line.contains("workspace");
        } else if listed && names(line) {
            return at + 1;
        }
    }
    0
}

/// A circle of imports, told as `a -> b -> a`.
fn cycle(crates: &BTreeMap<String, Allowed>) -> Option<String> {
    let edges = crates
        .iter()
        .map(|(name, allowed)| (name.as_str(), allowed.imports.iter().map(String::as_str).collect()));
    modules::circle(&edges.collect())
}
