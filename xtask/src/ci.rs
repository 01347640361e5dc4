//! `cargo xtask test`: what CI runs, the same at home.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::arch::{Checked, Plan};
use crate::digests::{self, Options};
use crate::steps::{Done, Step, run, run_within};
use crate::workspace::{Workspace, cargo_in};
use crate::{fuzz, tapes, tools};

/// How long one example may take, unoptimised and on a slow machine.
const EXAMPLE: Duration = Duration::from_mins(5);

/// How many random messages the long comparison of two markets sends.
const MESSAGES: &str = "10000000";

/// The steps, in the order in which they run: what is told soonest comes first. The long ones take minutes each and
/// are run when asked for.
pub(crate) fn steps(workspace: &Workspace, long: bool) -> Vec<Step<'_>> {
    let mut steps = short_steps(workspace);
    if long {
        let root = &workspace.root;
        steps.push(Step::new("markets", "ten million random messages to two markets", || markets(root)));
    }
    steps
}

fn short_steps(workspace: &Workspace) -> Vec<Step<'_>> {
    let root = &workspace.root;
    let call =
        |words: &'static [&'static str]| move || run(&mut cargo_in(root, words)).map(|()| Done::Passed);
    vec![
        Step::new("tools", "what the other steps need is installed", tools::install),
        Step::new("fmt", "rustfmt", || fmt(root)),
        Step::new("arch", "imports, sizes of files, no unsafe, the list of crates", || arch(workspace)),
        Step::new(
            "clippy",
            "every target, no warning",
            call(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        ),
        Step::new("nextest", "unit and integration tests", || nextest(root)),
        Step::new("doctests", "the examples in the documentation", call(&["test", "--doc", "--workspace"])),
        Step::new("doc", "documentation without a warning", || doc(root)),
        Step::new("examples", "each example runs to its end", || examples(workspace)),
        Step::new("digests", "every scenario ends in its digest, debug and release", || {
            digests::check(workspace, &Options::default())
        }),
        Step::new("tapes", "recorded days replay to the last row", || tapes::check(workspace)),
        Step::new("fuzz", "what the fuzzers kept still passes, without libFuzzer", || fuzz::replay(root)),
        Step::new("benches", "the measuring programs still build", || benches(root)),
    ]
}

fn fmt(root: &Path) -> Result<Done, String> {
    run(&mut cargo_in(root, &["fmt", "--all", "--check"]))?;
    for outside in ["benches/Cargo.toml", "fuzz/Cargo.toml"] {
        if root.join(outside).exists() {
            run(&mut cargo_in(root, &["fmt", "--manifest-path", outside, "--check"]))?;
        }
    }
    Ok(Done::Passed)
}

fn arch(workspace: &Workspace) -> Result<Done, String> {
    report(&Plan::load(&workspace.root)?.check(workspace))
}

/// Says what a check of the plan found.
pub(crate) fn report(checked: &Checked) -> Result<Done, String> {
    for line in &checked.long {
        println!("long: {line}");
    }
    for finding in &checked.findings {
        println!("{finding}");
    }
    match checked.findings.len() {
        0 => Ok(Done::Passed),
        count => Err(format!("{count} places break the house plan")),
    }
}

/// The tests of the workspace. Where the tapes lie beside the repository no test may pass by not finding them.
fn nextest(root: &Path) -> Result<Done, String> {
    let mut command = cargo_in(root, &["nextest", "run", "--workspace"]);
    command.env("INSTA_UPDATE", "no");
    if let Some(folder) = tapes::folder(root)? {
        command.env("PRISM_REQUIRE_TAPES", "1").env("PRISM_TAPES", folder);
    } else {
        println!("no folder of tapes (PRISM_TAPES, ../shared/data): tests that need them skip themselves");
    }
    run(&mut command).map(|()| Done::Passed)
}

fn doc(root: &Path) -> Result<Done, String> {
    let mut command = cargo_in(root, &["doc", "--no-deps", "--workspace"]);
    run(command.env("RUSTDOCFLAGS", "-D warnings")).map(|()| Done::Passed)
}

fn examples(workspace: &Workspace) -> Result<Done, String> {
    let examples = workspace.targets("example");
    if examples.is_empty() {
        return Ok(Done::Skipped("there are no examples".to_owned()));
    }
    run(&mut cargo_in(&workspace.root, &["build", "--workspace", "--examples"]))?;
    let mut failures = Vec::new();
    for (_, target) in examples {
        let program = workspace.target.join("debug/examples").join(&target.name);
        let mut command = Command::new(program);
        failures.extend(run_within(command.current_dir(&workspace.root).stdin(Stdio::null()), EXAMPLE).err());
    }
    if failures.is_empty() { Ok(Done::Passed) } else { Err(failures.join("\n")) }
}

/// The long runs of the markets' tests, optimised.
fn markets(root: &Path) -> Result<Done, String> {
    let words = [
        "test",
        "--release",
        "-p",
        "prism-book",
        "--test",
        "market_twin",
        "--test",
        "market_day",
        "--",
        "for_long",
    ];
    run(cargo_in(root, &words).env("PRISM_MESSAGES", MESSAGES)).map(|()| Done::Passed)
}

/// The benches are a package of their own, so the other steps do not see them.
fn benches(root: &Path) -> Result<Done, String> {
    if !root.join("benches/Cargo.toml").exists() {
        return Ok(Done::Skipped("there are no benches".to_owned()));
    }
    let words = ["clippy", "--manifest-path", "benches/Cargo.toml", "--all-targets", "--", "-D", "warnings"];
    run(&mut cargo_in(root, &words)).map(|()| Done::Passed)
}
