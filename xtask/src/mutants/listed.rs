//! What cargo-mutants says: the bugs it would plant, and what became of those it did.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::results::Outcome;
use super::{CRATE, cargo};

/// A bug that can be planted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    /// As cargo-mutants calls it: file, line, column, what is done.
    pub(crate) name: String,
    /// From the root of the repository.
    pub(crate) file: String,
    /// What is done, with a number where the same is done in several places of one file. It stays when lines move.
    pub(crate) key: String,
}

/// What became of mutants, by name.
pub(super) type Outcomes = BTreeMap<String, Outcome>;

/// Every mutant of the crate, in the order of the files.
pub(super) fn list(root: &Path) -> Result<Vec<Mutant>, String> {
    let out = std::process::Command::new(cargo())
        .args(["mutants", "--no-config", "--list", "--json", "--package", CRATE])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo mutants does not start: {error}"))?;
    if !out.status.success() {
        return Err(format!("cargo mutants --list failed: {}", String::from_utf8_lossy(&out.stderr).trim()));
    }
    parse(&out.stdout)
}

fn parse(json: &[u8]) -> Result<Vec<Mutant>, String> {
    let all: Vec<Value> = serde_json::from_slice(json)
        .map_err(|error| format!("the list of mutants is not understood: {error}"))?;
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    all.iter()
        .map(|mutant| {
            let text = |key| mutant[key].as_str().ok_or(format!("a mutant without {key}")).map(str::to_owned);
            let (name, file) = (text("name")?, text("file")?);
            let what = name
                .strip_prefix(file.as_str())
                .and_then(|place| place.split_once(": "))
                .map(|(_, what)| what.to_owned())
                .ok_or(format!("a mutant that is called {name}"))?;
            let nth = seen.entry((file.clone(), what.clone())).or_default();
            *nth += 1;
            let key = if *nth == 1 { what } else { format!("{what} #{nth}") };
            Ok(Mutant { name, file, key })
        })
        .collect()
}

/// The results of one call, from the file that it leaves.
pub(super) fn outcomes(file: &Path) -> Result<Outcomes, String> {
    let text = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let found: Value =
        serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let all = found["outcomes"].as_array().ok_or("no outcomes in the outcomes of cargo mutants")?;
    let mut outcomes = Outcomes::new();
    for one in all {
        let Some(name) = one["scenario"]["Mutant"]["name"].as_str() else { continue };
        let outcome = match one["summary"].as_str() {
            Some("CaughtMutant") => Outcome::Caught,
            Some("MissedMutant") => Outcome::Missed,
            Some("Timeout") => Outcome::Timeout,
            Some("Unviable") => Outcome::Unviable,
            other => return Err(format!("{name}: an outcome {other:?}")),
        };
        outcomes.insert(name.to_owned(), outcome);
    }
    Ok(outcomes)
}

/// A regular expression that is met by this text alone.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(2 * text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation()
            && !matches!(
                letter,
                '_' | '<' | '>' | '"' | '\'' | '/' | ':' | ',' | ';' | '=' | '!' | '@' | '%' | '`'
            )
        {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_when_lines_move() {
        let json = |line: u32| {
            format!(
                r#"[{{"name": "a/b.rs:{line}:9: replace + with - in f", "file": "a/b.rs"}},
                    {{"name": "a/b.rs:{}:2: replace + with - in f", "file": "a/b.rs"}},
                    {{"name": "a/c.rs:1:2: replace f -> u8 with 0", "file": "a/c.rs"}}]"#,
                line + 3
            )
        };
        let keys = |line| -> Vec<String> {
            parse(json(line).as_bytes()).expect("a list").into_iter().map(|mutant| mutant.key).collect()
        };
        assert_eq!(keys(4), ["replace + with - in f", "replace + with - in f #2", "replace f -> u8 with 0"]);
        assert_eq!(keys(4), keys(90));
    }

    #[test]
    fn names_are_no_patterns() {
        assert_eq!(escaped("a.rs:1: x -> Option<u8> with (+)"), r"a\.rs:1: x \-> Option<u8> with \(\+\)");
    }
}
