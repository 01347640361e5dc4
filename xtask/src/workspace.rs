//! What the workspace consists of, as cargo tells it, and what a chore found wrong in it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// The workspace of `cargo metadata --no-deps`.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// The name on the registry.
    pub(crate) name: String,
    #[serde(rename = "manifest_path")]
    pub(crate) manifest: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// Where a crate of this repository lies; `None` for one of a registry.
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
    #[serde(rename = "src_path")]
    pub(crate) source: PathBuf,
}

impl Workspace {
    /// Asks cargo about the workspace in `root`.
    pub(crate) fn load(root: &Path) -> Result<Self, String> {
        let out = Command::new(cargo())
            .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"])
            .arg(root.join("Cargo.toml"))
            .output()
            .map_err(|error| format!("cargo metadata does not start: {error}"))?;
        if !out.status.success() {
            return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&out.stderr).trim()));
        }
        serde_json::from_slice(&out.stdout)
            .map_err(|error| format!("cargo metadata is not understood: {error}"))
    }

    /// A path as it is written in reports: relative to the root.
    pub(crate) fn short<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// Every target of one kind (`bin`, `example`), with its package, in order of names.
    pub(crate) fn targets<'a>(&'a self, kind: &'a str) -> Vec<(&'a Package, &'a Target)> {
        let of = |package: &'a Package| package.targets.iter().map(move |target| (package, target));
        let mut found: Vec<_> =
            self.packages.iter().flat_map(of).filter(|(_, target)| target.is(kind)).collect();
        found.sort_by_key(|(_, target)| &target.name);
        found
    }
}

impl Package {
    /// What the project calls it: the name under which code imports it, with dashes. For
    /// `prism-market-core` that is `prism-core`, for the root package `prism`.
    pub(crate) fn label(&self) -> String {
        let library = self.targets.iter().find(|target| target.is("lib") || target.is("cdylib"));
        library.map_or(&self.name, |target| &target.name).replace('_', "-")
    }

    /// The folder of its manifest.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new("."))
    }
}

impl Target {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind.iter().any(|of| of == kind)
    }
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A cargo command in the root. Nothing is built incrementally: a clean machine gains nothing by it.
pub(crate) fn cargo_in(root: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(cargo());
    command.args(words).current_dir(root).env("CARGO_INCREMENTAL", "0").stdin(Stdio::null());
    command
}

/// Something that breaks a rule, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Relative to the root.
    pub(crate) file: PathBuf,
    /// Counted from 1; 0 when the finding is about the whole file.
    pub(crate) line: usize,
    pub(crate) what: String,
    pub(crate) help: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}\n    help: {}", self.what, self.help)
    }
}

/// Every Rust file below a folder, in order of paths; build output and hidden folders left out.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
