//! `cargo xtask fuzz`: libFuzzer on the targets of `fuzz/`, with the toolchain of every day. What it finds out
//! stays: inputs in `fuzz/corpus/`, failures in `fuzz/findings/`, the time it took in `fuzz/ledger.toml`.

mod ledger;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::steps::{Done, run};
use crate::workspace::{Workspace, cargo_in};
use ledger::Ledger;

/// Every target; the order in which they run.
const TARGETS: [&str; 4] = ["operations", "itch", "lobster", "dbn"];

/// What cargo-fuzz passes too when it builds without a sanitizer: counters at every edge and the operands of
/// comparisons, through a pass that the stable compiler has.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// The longest input in bytes, what one may take in seconds and the fuzzer in MB.
const LIMITS: [&str; 3] = ["-max_len=2048", "-timeout=30", "-rss_limit_mb=1024"];

/// Seconds on the clock of one round; the ledger is written behind each.
const ROUND: u64 = 60;

/// The targets that the words name, all of them when there is none.
pub(crate) fn targets(words: &[String]) -> Result<Vec<&'static str>, String> {
    if words.is_empty() {
        return Ok(TARGETS.to_vec());
    }
    let known = |word: &String| TARGETS.into_iter().find(|target| target == word);
    words
        .iter()
        .map(|word| known(word).ok_or(format!("`{word}` is no fuzz target: {}", TARGETS.join(", "))))
        .collect()
}

/// Runs each target for `minutes` of CPU time, or until it finds something, and makes the corpora small. No
/// minutes: only the latter.
pub(crate) fn run_all(workspace: &Workspace, targets: &[&'static str], minutes: u64) -> Result<Done, String> {
    let fuzzer = Fuzzer::build(workspace)?;
    let commit = commit(&workspace.root)?;
    let mut found = Vec::new();
    // In turn, so that a run that is ended early has given something to each.
    let mut open: Vec<(&str, f64)> = targets.iter().map(|target| (*target, 0.0)).collect();
    open.retain(|_| minutes > 0);
    while !open.is_empty() {
        for (target, spent) in &mut open {
            let (seconds, finding) = fuzzer.round(target)?;
            *spent += seconds;
            let mut ledger = Ledger::load(&fuzzer.folder)?;
            ledger.add(target, &commit, seconds, u64::from(finding.is_some()));
            ledger.save()?;
            println!("{target}: {seconds:.0} s of CPU time, {}", ledger.sum(target));
            if let Some(file) = finding {
                found.push(file);
                *spent = f64::INFINITY;
            }
        }
        open.retain(|(_, spent)| *spent < 60.0 * minutes as f64);
    }
    for target in targets {
        fuzzer.keep(target)?;
    }
    if found.is_empty() {
        return Ok(Done::Passed);
    }
    Err(format!(
        "found: {}\n    help: mend it, and rename the file after what it shows: it is replayed for ever",
        found.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
    ))
}

/// The built targets and their folders.
struct Fuzzer {
    /// `fuzz/`.
    folder: PathBuf,
    programs: PathBuf,
    /// Inputs that are not committed: all that the fuzzers of this machine ever kept.
    work: PathBuf,
}

impl Fuzzer {
    fn build(workspace: &Workspace) -> Result<Fuzzer, String> {
        let folder = workspace.root.join("fuzz");
        let target = Workspace::load(&folder)?.target;
        let host = host()?;
        let words =
            ["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--features", "libfuzzer", "--bins"];
        // With a target of its own: what runs while building, such as macros, is not instrumented.
        run(cargo_in(&workspace.root, &words).args(["--target", &host]).env("RUSTFLAGS", COVERAGE))?;
        let programs = target.join(&host).join("release");
        Ok(Fuzzer { folder, programs, work: target.join("fuzz-work") })
    }

    /// One round. Returns its CPU seconds, and the file of what it found.
    fn round(&self, target: &str) -> Result<(f64, Option<PathBuf>), String> {
        let findings = self.folder.join("findings").join(target);
        let before = files(&findings);
        let mut command =
            self.fuzz(target, &[&self.inputs(target)?, &self.folder.join("corpus").join(target)])?;
        fs::create_dir_all(&findings).map_err(|error| format!("{}: {error}", findings.display()))?;
        command
            .arg(format!("-max_total_time={ROUND}"))
            .arg(format!("-artifact_prefix={}/", findings.display()));
        let begin = children_seconds()?;
        let output = command.output().map_err(|error| format!("{target} does not start: {error}"))?;
        let seconds = children_seconds()? - begin;
        let finding = files(&findings).into_iter().find(|file| !before.contains(file));
        if finding.is_none() && !output.status.success() {
            return Err(format!("{target}: {}\n{}", output.status, last_lines(&output.stderr)));
        }
        if finding.is_some() {
            println!("{}", last_lines(&output.stderr));
        }
        Ok((seconds, finding))
    }

    /// Keeps in the corpus the smallest inputs that reach all that was reached.
    fn keep(&self, target: &str) -> Result<(), String> {
        let corpus = self.folder.join("corpus").join(target);
        let fresh = self.work.join(format!("{target}.kept"));
        let failed = |error| format!("the corpus of {target}: {error}");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(failed)?;
        }
        let mut command = self.fuzz(target, &[&fresh, &corpus, &self.inputs(target)?])?;
        let output = command.arg("-set_cover_merge=1").output().map_err(failed)?;
        if !output.status.success() {
            return Err(format!("{target}: {}\n{}", output.status, last_lines(&output.stderr)));
        }
        for file in files(&corpus) {
            fs::remove_file(file).map_err(failed)?;
        }
        for file in files(&fresh) {
            fs::copy(&file, corpus.join(file.file_name().unwrap_or_default())).map_err(failed)?;
        }
        let kept = files(&corpus);
        let bytes: u64 = kept.iter().filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum();
        println!("{target}: {} inputs of {bytes} bytes are kept", kept.len());
        Ok(())
    }

    /// The program of a target on folders that are there.
    fn fuzz(&self, target: &str, folders: &[&Path]) -> Result<Command, String> {
        let mut command = Command::new(self.programs.join(target));
        command.args(LIMITS).stdin(Stdio::null());
        for folder in folders {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            command.arg(folder);
        }
        Ok(command)
    }

    fn inputs(&self, target: &str) -> Result<PathBuf, String> {
        let folder = self.work.join(target);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }
}

/// The replay of everything that is kept, without libFuzzer: a step of `cargo xtask test`.
pub(crate) fn replay(root: &Path) -> Result<Done, String> {
    let words =
        ["clippy", "--manifest-path", "fuzz/Cargo.toml", "--tests", "--examples", "--", "-D", "warnings"];
    run(&mut cargo_in(root, &words))?;
    run(&mut cargo_in(root, &["test", "--quiet", "--manifest-path", "fuzz/Cargo.toml"]))?;
    Ok(Done::Passed)
}

/// The files of a folder, in order; none when it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn last_lines(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// The triple of this machine.
fn host() -> Result<String, String> {
    let out = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not name its host".to_owned())
}

/// The commit that is fuzzed, in short.
fn commit(root: &Path) -> Result<String, String> {
    let out = Command::new("git")
        .args(["rev-parse", "--short=10", "HEAD"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("git: {error}"))?;
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// CPU time of all programs that this one has started and seen end, in seconds.
fn children_seconds() -> Result<f64, String> {
    let stat = fs::read_to_string("/proc/self/stat").map_err(|error| format!("/proc/self/stat: {error}"))?;
    ticks(&stat)
        .map(|ticks| ticks as f64 / 100.0)
        .ok_or_else(|| "/proc/self/stat is not understood".to_owned())
}

/// User and system time of the children in hundredths of a second, which is what Linux counts in: the fields 16
/// and 17, of which the second is a name in parentheses that may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_whitespace().skip(13);
    let user: u64 = fields.next()?.parse().ok()?;
    Some(user + fields.next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_children_is_behind_a_name_with_anything_in_it() {
        let stat = "12 (a) 7 b) R 1 2 3 4 5 6 7 8 9 10 11 12 250 50 15 16";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("12 (a"), None);
    }

    #[test]
    fn targets_are_known_by_name() {
        assert_eq!(targets(&[]).map(|all| all.len()), Ok(4));
        assert_eq!(targets(&["dbn".to_owned()]), Ok(vec!["dbn"]));
        assert!(targets(&["nbd".to_owned()]).is_err());
    }
}
