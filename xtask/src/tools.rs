//! What the chores need on a machine, installed where it is missing.

use std::process::{Command, Stdio};

use crate::steps::{Done, run};
use crate::workspace::cargo;

/// The version of cargo-nextest that is known to work; an installed one of another version is taken as it is.
const NEXTEST: &str = "0.9.143";
/// The version of cargo-mutants whose names of mutants the committed results go by.
const MUTANTS: &str = "27.1.0";
/// Programs and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 3] = [("git", "git"), ("python3", "python3"), ("zstd", "zstd")];

/// Makes sure that every tool answers.
pub(crate) fn install() -> Result<Done, String> {
    let mut failures = Vec::new();
    for component in ["fmt", "clippy"] {
        if !answers(Command::new(cargo()).args([component, "--version"])) {
            failures.push(format!(
                "cargo {component} is missing: rustup component add {}",
                rustup_name(component)
            ));
        }
    }
    let missing: Vec<&str> =
        PROGRAMS.into_iter().filter(|(program, _)| !has(program)).map(|(_, package)| package).collect();
    if !missing.is_empty() {
        failures.extend(apt(&missing).err());
    }
    failures.extend(
        PROGRAMS
            .iter()
            .filter(|(program, _)| !has(program))
            .map(|(program, _)| format!("{program} is missing")),
    );
    if !has_nextest() {
        failures.extend(
            run(Command::new(cargo()).args(["install", "--locked", "cargo-nextest", "--version", NEXTEST]))
                .err(),
        );
        if !has_nextest() {
            failures.push("cargo-nextest is missing".to_owned());
        }
    }
    if failures.is_empty() { Ok(Done::Passed) } else { Err(failures.join("\n")) }
}

fn rustup_name(component: &str) -> &str {
    if component == "fmt" { "rustfmt" } else { component }
}

fn has(program: &str) -> bool {
    answers(Command::new(program).arg("--version"))
}

fn has_nextest() -> bool {
    answers(Command::new(cargo()).args(["nextest", "--version"]))
}

/// Makes sure that cargo-mutants answers, in the version that the results were measured with.
pub(crate) fn install_mutants() -> Result<(), String> {
    let version = || {
        let out = Command::new(cargo()).args(["mutants", "--version"]).output().ok()?;
        String::from_utf8(out.stdout).ok()
    };
    let wanted = format!("cargo-mutants {MUTANTS}");
    if version().is_some_and(|found| found.trim() == wanted) {
        return Ok(());
    }
    run(Command::new(cargo()).args(["install", "--locked", "cargo-mutants", "--version", MUTANTS]))?;
    match version() {
        Some(found) if found.trim() == wanted => Ok(()),
        other => Err(format!("{wanted} is wanted, {} answers", other.as_deref().unwrap_or("nothing").trim())),
    }
}

/// Does the command start and succeed?
fn answers(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Installs Debian packages, as root or through sudo.
fn apt(packages: &[&str]) -> Result<(), String> {
    let list = packages.join(" ");
    if !has("apt-get") {
        return Err(format!("please install: {list}"));
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    if !root && !answers(Command::new("sudo").args(["-n", "true"])) {
        return Err(format!("please install as root: apt-get install {list}"));
    }
    let apt_get = |words: &[&str]| {
        let mut command = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            command.args(["-n", "apt-get"]);
        }
        run(command.args(words).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    // The lists of a fresh image are empty; of an old one they may be good enough.
    let fresh = apt_get(&["update"]);
    let mut words = vec!["install", "--yes", "--no-install-recommends"];
    words.extend(packages);
    apt_get(&words)
        .map_err(|error| fresh.err().map_or_else(|| error.clone(), |before| format!("{before}\n{error}")))
}
