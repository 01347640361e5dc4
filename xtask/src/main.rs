//! The project's chores, the same at home and in CI: `cargo xtask`.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a chore reports on the terminal")]

mod arch;
mod ci;
mod digests;
mod fuzz;
mod lines;
mod modules;
mod mutants;
mod source;
mod steps;
mod tapes;
mod tools;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use arch::Plan;
use steps::{Done, run_all};
use workspace::Workspace;

const HELP: &str = "\
cargo xtask COMMAND [--root DIR]

  test [--long] [--only STEP]... [--list]
                                       what CI runs, --long more; --list names the steps
  arch                                 the house plan: imports, sizes, unsafe, the list of crates
  lines                                sizes of files and folders alone
  digests [--accept] [--binary FILE]   every scenario against its committed digest
  mutants [--shard K/N] [--sample N] [--file PART] [--missed] [--minutes N]
                                       bugs planted in prism-book, which tests must find; runs add up
  mutants --summary                    what is known of them; fails below 95 % and for unexplained survivors
  fuzz [TARGET]... [--minutes N]       the fuzz targets, each for N minutes of CPU time (1); runs add up
  tools                                install what the others need
";

fn main() -> ExitCode {
    match chore(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Does one chore. False when it failed, an error when it was not understood.
fn chore(mut words: Vec<String>) -> Result<bool, String> {
    let root = value(&mut words, "--root")?.map_or_else(own_root, PathBuf::from);
    let load = || Workspace::load(&root);
    match words.first().map(String::as_str) {
        Some("test") => {
            let list = flag(&mut words, "--list");
            let long = flag(&mut words, "--long");
            let only: Vec<String> =
                std::iter::from_fn(|| value(&mut words, "--only").transpose()).collect::<Result<_, _>>()?;
            nothing_else(&words)?;
            test(&load()?, &only, (list, long))
        }
        Some("arch") => {
            nothing_else(&words)?;
            Ok(succeeded(load().and_then(|workspace| ci::report(&Plan::load(&root)?.check(&workspace)))))
        }
        Some("lines") => {
            nothing_else(&words)?;
            Ok(succeeded(
                load().and_then(|workspace| ci::report(&Plan::load(&root)?.check_lines(&workspace))),
            ))
        }
        Some("digests") => {
            let accept = flag(&mut words, "--accept");
            let binary = value(&mut words, "--binary")?.map(PathBuf::from);
            nothing_else(&words)?;
            Ok(succeeded(digests::check(&load()?, &digests::Options { accept, binary })))
        }
        Some("mutants") => {
            if flag(&mut words, "--summary") {
                nothing_else(&words)?;
                return Ok(succeeded(mutants::summary(&root)));
            }
            let options = mutants::Options {
                shard: value(&mut words, "--shard")?.as_deref().map(shard).transpose()?,
                sample: number(&mut words, "--sample")?,
                file: value(&mut words, "--file")?,
                missed: flag(&mut words, "--missed"),
                minutes: number(&mut words, "--minutes")?,
            };
            nothing_else(&words)?;
            Ok(succeeded(load().and_then(|workspace| mutants::measure(&workspace, &options))))
        }
        Some("fuzz") => {
            let minutes = number(&mut words, "--minutes")?.unwrap_or(1);
            let targets = fuzz::targets(&words[1..])?;
            Ok(succeeded(load().and_then(|workspace| fuzz::run_all(&workspace, &targets, minutes))))
        }
        Some("tools") => {
            nothing_else(&words)?;
            Ok(succeeded(tools::install()))
        }
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(true)
        }
        Some(other) => Err(format!("`{other}` is no chore\n\n{HELP}")),
        None => Err(format!("which chore?\n\n{HELP}")),
    }
}

/// The repository in which this program was built.
fn own_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

fn test(workspace: &Workspace, only: &[String], (list, long): (bool, bool)) -> Result<bool, String> {
    let steps = ci::steps(workspace, long);
    if let Some(unknown) = only.iter().find(|name| steps.iter().all(|step| step.name != **name)) {
        return Err(format!("`{unknown}` is no step: `cargo xtask test --list` names them"));
    }
    let chosen = steps.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name));
    if list {
        chosen.for_each(|step| println!("{:<10} {}", step.name, step.what));
        return Ok(true);
    }
    Ok(run_all(chosen))
}

/// Says how a chore ended.
fn succeeded(result: Result<Done, String>) -> bool {
    match result {
        Ok(Done::Passed) => println!("ok"),
        Ok(Done::Skipped(why)) => println!("nothing to do: {why}"),
        Err(error) => {
            println!("{error}");
            return false;
        }
    }
    true
}

/// Takes a word out; true if it was there.
fn flag(words: &mut Vec<String>, name: &str) -> bool {
    let found = words.iter().position(|word| word == name);
    found.map(|at| words.remove(at)).is_some()
}

/// Takes a word and the one behind it out.
fn value(words: &mut Vec<String>, name: &str) -> Result<Option<String>, String> {
    let Some(at) = words.iter().position(|word| word == name) else { return Ok(None) };
    if at + 1 == words.len() {
        return Err(format!("{name} wants a value"));
    }
    Ok(words.drain(at..at + 2).nth(1))
}

/// Takes a word and the number behind it out.
fn number<T: std::str::FromStr>(words: &mut Vec<String>, name: &str) -> Result<Option<T>, String> {
    let text = value(words, name)?;
    text.map(|text| text.parse().map_err(|_| format!("{name} wants a number, not `{text}`"))).transpose()
}

/// `K/N`, the part K, from 0, of N.
fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(k, n)| k < n).ok_or(format!("--shard wants K/N with K from 0 to N - 1, not `{text}`"))
}

/// Every word but the chore has been taken out.
fn nothing_else(words: &[String]) -> Result<(), String> {
    words.get(1).map_or(Ok(()), |word| Err(format!("`{word}` is not understood\n\n{HELP}")))
}
