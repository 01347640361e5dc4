//! `cargo xtask digests`: every scenario still ends in the digest that was committed for it.
//!
//! Beside `NAME.toml` lies `NAME.digest`:
//!
//! ```text
//! # Anything behind a number sign is a remark.
//! full 3014d89f405ab347
//! length=60s 0f1e2d3c4b5a6978
//! debug-full
//! ```
//!
//! `length=60s` is a short beginning (`--length 60s`), which the unoptimised build runs too; `full` is the whole
//! run, for the release build alone unless `debug-full` stands in the file. A new line is written with `?` in
//! place of the digest and filled in by `--accept`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::steps::{Done, run};
use crate::workspace::{Workspace, cargo_in};

/// What `cargo xtask digests` was asked for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Write what the release build computes.
    pub(crate) accept: bool,
    /// Run this program on every line instead of what cargo builds: another target, another machine's build.
    pub(crate) binary: Option<PathBuf>,
}

/// One line of a digest file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Row {
    Digest { length: Option<String>, digest: Option<String> },
    DebugFull,
    Remark(String),
}

/// A digest file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Digests(Vec<Row>);

impl Digests {
    fn parse(text: &str) -> Result<Self, String> {
        let row =
            |(at, line): (usize, &str)| Row::parse(line).map_err(|error| format!("line {}: {error}", at + 1));
        let rows: Vec<Row> = text.lines().enumerate().map(row).collect::<Result<_, _>>()?;
        let digests = rows.iter().filter(|row| matches!(row, Row::Digest { .. })).count();
        if digests == 0 {
            return Err("no digest in the file".to_owned());
        }
        Ok(Self(rows))
    }

    fn render(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, row| {
            let _ = match row {
                Row::Remark(line) => writeln!(text, "{line}"),
                Row::DebugFull => writeln!(text, "debug-full"),
                Row::Digest { length, digest } => {
                    let digest = digest.as_deref().unwrap_or("?");
                    match length {
                        Some(length) => writeln!(text, "length={length} {digest}"),
                        None => writeln!(text, "full {digest}"),
                    }
                }
            };
            text
        })
    }

    /// Does an unoptimised build run this length?
    fn in_debug(&self, length: Option<&str>) -> bool {
        length.is_some() || self.0.contains(&Row::DebugFull)
    }
}

impl Row {
    fn parse(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let digest = |text: &str| match text {
            "?" => Ok(None),
            _ if is_digest(text) => Ok(Some(text.to_owned())),
            _ => Err(format!("`{text}` is neither 16 hexadecimal digits nor `?`")),
        };
        match words[..] {
            [] => Ok(Self::Remark(line.to_owned())),
            [first, ..] if first.starts_with('#') => Ok(Self::Remark(line.to_owned())),
            ["debug-full"] => Ok(Self::DebugFull),
            ["full", text] => Ok(Self::Digest { length: None, digest: digest(text)? }),
            [first, text] => match first.strip_prefix("length=") {
                Some(length) if !length.is_empty() => {
                    Ok(Self::Digest { length: Some(length.to_owned()), digest: digest(text)? })
                }
                _ => Err(format!("`{first}` is neither `full` nor `length=SPAN`")),
            },
            _ => Err("expected `full DIGEST`, `length=SPAN DIGEST` or `debug-full`".to_owned()),
        }
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A program to check, and whether it is the unoptimised build.
struct Binary {
    path: PathBuf,
    name: &'static str,
    debug: bool,
}

/// Checks, or with `accept` rewrites, the digests of every scenario that has some.
pub(crate) fn check(workspace: &Workspace, options: &Options) -> Result<Done, String> {
    let files = digest_files(&workspace.root.join("scenarios"));
    if files.is_empty() {
        return Ok(Done::Skipped("no scenario has a digest".to_owned()));
    }
    let binaries = binaries(workspace, options)?;
    let (mut failures, mut checked) = (Vec::new(), 0);
    let mut rewritten = Vec::new();
    for file in &files {
        let shown = workspace.short(file).display().to_string();
        let scenario = file.with_extension("toml");
        let text = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
        let mut digests = match Digests::parse(&text) {
            Ok(digests) if scenario.exists() => digests,
            Ok(_) => {
                failures.push(format!("{shown}: there is no {}", workspace.short(&scenario).display()));
                continue;
            }
            Err(error) => {
                failures.push(format!("{shown}: {error}"));
                continue;
            }
        };
        let committed = digests.clone();
        for (at, row) in committed.0.iter().enumerate() {
            let Row::Digest { length, digest } = row else { continue };
            let due = binaries.iter().filter(|binary| !binary.debug || committed.in_debug(length.as_deref()));
            for binary in due {
                let what = format!("{shown}: {} {}", length.as_deref().unwrap_or("full"), binary.name);
                checked += 1;
                match digest_of(&workspace.root, &binary.path, workspace.short(&scenario), length.as_deref())
                {
                    Err(error) => failures.push(format!("{what}: {error}")),
                    Ok(got) if Some(&got) == digest.as_ref() => println!("{what}: {got}"),
                    Ok(got) if options.accept => {
                        println!("{what}: {got}, was {}", digest.as_deref().unwrap_or("?"));
                        digests.0[at] = Row::Digest { length: length.clone(), digest: Some(got) };
                    }
                    Ok(got) => {
                        let expected = digest.as_deref().unwrap_or("not filled in yet");
                        failures.push(format!("{what}: digest {got}, committed is {expected}"));
                    }
                }
            }
        }
        if digests != committed {
            rewritten.push((file, committed, digests));
        }
    }
    if !failures.is_empty() {
        return Err(format!(
            "{}\n    help: two builds that differ are a bug of determinism; if both moved and should have, say why in \
             CHANGELOG.md (a line with \"Value-breaking\") and run `cargo xtask digests --accept`",
            failures.join("\n")
        ));
    }
    if rewritten.iter().any(|(_, before, after)| moves_a_value(before, after))
        && !changelog_says_so(&workspace.root)?
    {
        return Err(
            "a committed digest would move, but CHANGELOG.md gains no line with \"Value-breaking\" in this \
                    diff: say there what moved and why, then accept"
                .to_owned(),
        );
    }
    for (file, _, after) in &rewritten {
        fs::write(file, after.render()).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    println!("{checked} digests of {} scenarios, {} files rewritten", files.len(), rewritten.len());
    Ok(Done::Passed)
}

/// The digest files below a folder, in order of paths.
fn digest_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(digest_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "digest") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Builds `prism` both ways, or takes the one given. To accept, the release build decides.
fn binaries(workspace: &Workspace, options: &Options) -> Result<Vec<Binary>, String> {
    if let Some(path) = &options.binary {
        return Ok(vec![Binary { path: path.clone(), name: "given", debug: false }]);
    }
    let release = release_binary(workspace)?;
    let mut found = vec![Binary { path: release, name: "release", debug: false }];
    if !options.accept {
        run(&mut cargo_in(&workspace.root, &["build", "--bin", "prism"]))?;
        found.push(Binary { path: workspace.target.join("debug/prism"), name: "debug", debug: true });
    }
    Ok(found)
}

/// Builds the release `prism`.
pub(crate) fn release_binary(workspace: &Workspace) -> Result<PathBuf, String> {
    run(&mut cargo_in(&workspace.root, &["build", "--release", "--bin", "prism"]))?;
    Ok(workspace.target.join("release/prism"))
}

/// Runs a scenario and reads the digest from what it prints.
fn digest_of(root: &Path, binary: &Path, scenario: &Path, length: Option<&str>) -> Result<String, String> {
    let mut command = Command::new(binary);
    command.arg("run").arg(scenario).args(["--json", "--quiet"]).current_dir(root).stdin(Stdio::null());
    if let Some(length) = length {
        command.args(["--length", length]);
    }
    let out = command.output().map_err(|error| format!("{} does not start: {error}", binary.display()))?;
    if !out.status.success() {
        return Err(format!("{}: {}", out.status, String::from_utf8_lossy(&out.stderr).trim()));
    }
    read_digest(&out.stdout)
}

/// The digest in the JSON of `prism run --json`.
fn read_digest(json: &[u8]) -> Result<String, String> {
    let value: serde_json::Value = serde_json::from_slice(json)
        .map_err(|error| format!("its output is not one JSON object: {error}"))?;
    if value["complete"] != serde_json::Value::Bool(true) {
        return Err("the run does not say `\"complete\": true`".to_owned());
    }
    match value["digest"].as_str() {
        Some(digest) if is_digest(digest) => Ok(digest.to_owned()),
        _ => Err(format!("`digest` is {}, not 16 hexadecimal digits", value["digest"])),
    }
}

/// Is a digest replaced that was there before?
fn moves_a_value(before: &Digests, after: &Digests) -> bool {
    let filled = |row: &Row| matches!(row, Row::Digest { digest: Some(_), .. });
    before.0.iter().zip(&after.0).any(|(before, after)| filled(before) && before != after)
}

/// Does the change that is not committed yet add the line to CHANGELOG.md?
fn changelog_says_so(root: &Path) -> Result<bool, String> {
    let out = Command::new("git")
        .args(["diff", "HEAD", "--", "CHANGELOG.md"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("git does not start: {error}"))?;
    if !out.status.success() {
        return Err(format!("git diff: {}", String::from_utf8_lossy(&out.stderr).trim()));
    }
    Ok(gains_the_line(&String::from_utf8_lossy(&out.stdout)))
}

fn gains_the_line(diff: &str) -> bool {
    diff.lines()
        .any(|line| line.starts_with('+') && !line.starts_with("+++") && line.contains("Value-breaking"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_file_is_read_and_written_back() {
        let text = "# the whole hour\nfull 3014d89f405ab347\n\nlength=60s ?\ndebug-full\n";
        let digests = Digests::parse(text).expect("the form of the documentation");
        assert_eq!(digests.render(), text);
        assert!(digests.in_debug(None) && digests.in_debug(Some("60s")));
        let short =
            Digests::parse("full 3014d89f405ab347\nlength=60s 3014d89f405ab347\n").expect("two digests");
        assert!(!short.in_debug(None) && short.in_debug(Some("60s")));
    }

    #[test]
    fn a_damaged_digest_file_is_told_by_line() {
        for (text, error) in [
            ("full 3014d89f405ab34", "line 1: `3014d89f405ab34` is neither"),
            ("full 3014D89F405AB347", "line 1: `3014D89F405AB347` is neither"),
            ("#\nfool 3014d89f405ab347", "line 2: `fool` is neither"),
            ("length= 3014d89f405ab347", "line 1: `length=` is neither"),
            ("full", "line 1: expected"),
            ("# nothing\n", "no digest in the file"),
        ] {
            let got = Digests::parse(text).expect_err(text);
            assert!(got.starts_with(error), "{text}: {got}");
        }
    }

    #[test]
    fn the_digest_of_a_run_is_read() {
        let good = br#"{"seed": 7, "digest": "3014d89f405ab347", "complete": true}"#;
        assert_eq!(read_digest(good).as_deref(), Ok("3014d89f405ab347"));
        for bad in [
            &br#"{"digest": "3014d89f405ab347", "complete": false}"#[..],
            br#"{"digest": "3014d89f405ab347"}"#,
            br#"{"digest": 3014, "complete": true}"#,
            br#"{"complete": true}"#,
            b"5 instruments",
            b"",
        ] {
            assert!(read_digest(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn only_an_added_line_of_the_changelog_counts() {
        assert!(gains_the_line("+++ b/CHANGELOG.md\n@@\n+- Value-breaking: fees round half to even.\n"));
        assert!(!gains_the_line("+++ b/Value-breaking\n- Value-breaking: old\n Value-breaking: context\n"));
    }

    #[test]
    fn filling_in_is_not_moving() {
        let read = |text| Digests::parse(text).expect("well formed");
        let (empty, one, two) =
            (read("full ?"), read("full 3014d89f405ab347"), read("full 4014d89f405ab347"));
        assert!(!moves_a_value(&empty, &one));
        assert!(!moves_a_value(&one, &one));
        assert!(moves_a_value(&one, &two));
    }
}
