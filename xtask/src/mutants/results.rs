//! What became of each mutant, kept from run to run, and why some survive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::listed::Mutant;

/// Where the results are kept, and the explanations: from the root.
const OUTCOMES: &str = "prism-book/mutants/outcomes.toml";
const SURVIVORS: &str = "prism-book/mutants/survivors.toml";

/// The share of viable mutants that must be caught, in percent.
const WANTED: f64 = 95.0;

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// A test failed.
    Caught,
    /// No test did.
    Missed,
    /// The tests did not end: caught as well.
    Timeout,
    /// It does not compile.
    Unviable,
}

impl Outcome {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Outcome::Caught => "caught",
            Outcome::Missed => "MISSED",
            Outcome::Timeout => "timeout",
            Outcome::Unviable => "unviable",
        }
    }
}

/// The mutants of one file by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Measured {
    /// The text that was measured, in short.
    text: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    missed: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    timeout: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    unviable: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    caught: BTreeSet<String>,
}

impl Measured {
    fn sets(&mut self) -> [(Outcome, &mut BTreeSet<String>); 4] {
        [
            (Outcome::Caught, &mut self.caught),
            (Outcome::Missed, &mut self.missed),
            (Outcome::Timeout, &mut self.timeout),
            (Outcome::Unviable, &mut self.unviable),
        ]
    }

    fn of(&self, key: &str) -> Option<Outcome> {
        let sets = [
            (Outcome::Caught, &self.caught),
            (Outcome::Missed, &self.missed),
            (Outcome::Timeout, &self.timeout),
            (Outcome::Unviable, &self.unviable),
        ];
        sets.into_iter().find(|(_, keys)| keys.contains(key)).map(|(outcome, _)| outcome)
    }
}

/// The results of all runs.
#[derive(Debug)]
pub(super) struct Results {
    root: PathBuf,
    files: BTreeMap<String, Measured>,
    /// File, key, reason.
    survivors: BTreeMap<String, BTreeMap<String, String>>,
    /// What the files of today are in short, as far as it was asked for.
    texts: BTreeMap<String, String>,
}

impl Results {
    /// Reads what is committed; nothing where there is nothing yet.
    pub(super) fn load(root: &Path) -> Result<Results, String> {
        fn read<T: Default + for<'a> Deserialize<'a>>(path: &Path) -> Result<T, String> {
            if !path.exists() {
                return Ok(T::default());
            }
            let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
        }
        let files: BTreeMap<String, Measured> = read(&root.join(OUTCOMES))?;
        let mut texts = BTreeMap::new();
        for folder in crate::workspace::rust_files(&root.join("prism-book/src")) {
            let text =
                fs::read_to_string(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            let name = folder.strip_prefix(root).unwrap_or(&folder).to_string_lossy().into_owned();
            texts.insert(name, in_short(&text));
        }
        Ok(Results { root: root.to_path_buf(), files, survivors: read(&root.join(SURVIVORS))?, texts })
    }

    /// What became of a mutant, if it was measured on the text of today.
    pub(super) fn of(&self, mutant: &Mutant) -> Option<Outcome> {
        let measured = self.files.get(&mutant.file)?;
        (self.texts.get(&mutant.file) == Some(&measured.text)).then(|| measured.of(&mutant.key)).flatten()
    }

    /// Notes what became of a mutant. Results on an older text of its file are forgotten.
    pub(super) fn put(&mut self, mutant: &Mutant, outcome: Outcome) {
        let text = self.texts.get(&mutant.file).cloned().unwrap_or_default();
        let measured = self.files.entry(mutant.file.clone()).or_default();
        if measured.text != text {
            *measured = Measured { text, ..Measured::default() };
        }
        for (kind, keys) in measured.sets() {
            if kind == outcome {
                keys.insert(mutant.key.clone());
            } else {
                keys.remove(&mutant.key);
            }
        }
    }

    /// Writes the results.
    pub(super) fn save(&self) -> Result<(), String> {
        let path = self.root.join(OUTCOMES);
        let tables = toml::to_string_pretty(&self.files).map_err(|error| error.to_string())?;
        let head = "# What became of the bugs that were planted; written by `cargo xtask mutants`.\n\n";
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        fs::write(&path, head.to_owned() + &tables).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Prints a line for each file and the share that was caught.
    pub(super) fn summary(&self, mutants: &[Mutant]) -> Result<(), String> {
        let mut lines: BTreeMap<&str, [u32; 5]> = BTreeMap::new();
        let mut unexplained = Vec::new();
        for mutant in mutants {
            let line = lines.entry(&mutant.file).or_default();
            match self.of(mutant) {
                Some(Outcome::Caught) => line[0] += 1,
                Some(Outcome::Timeout) => line[1] += 1,
                Some(Outcome::Missed) => {
                    line[2] += 1;
                    if self.reason(mutant).is_none() {
                        unexplained.push(mutant);
                    }
                }
                Some(Outcome::Unviable) => line[3] += 1,
                None => line[4] += 1,
            }
        }
        println!(
            "{:<44} {:>7} {:>8} {:>7} {:>9} {:>9}",
            "file", "caught", "timeout", "missed", "unviable", "open"
        );
        let mut sum = [0; 5];
        for (file, line) in &lines {
            print_line(file, *line);
            sum.iter_mut().zip(line).for_each(|(sum, count)| *sum += count);
        }
        print_line("all", sum);
        for mutant in mutants.iter().filter(|mutant| self.reason(mutant).is_some()) {
            if self.of(mutant).is_some_and(|outcome| outcome != Outcome::Missed) {
                println!("explained in vain: {}: {}", mutant.file, mutant.key);
            }
        }
        let [caught, timeout, missed, _, open] = sum;
        let viable = caught + timeout + missed;
        if viable == 0 {
            return Err("nothing is measured yet: cargo xtask mutants".to_owned());
        }
        let share = f64::from(caught + timeout) / f64::from(viable) * 100.0;
        println!(
            "{share:.1} % of {viable} viable mutants were found; {open} are not measured on the text of today"
        );
        let mut wrong: Vec<String> = Vec::new();
        if share < WANTED {
            wrong.push(format!("{share:.1} % found, {WANTED} % wanted"));
        }
        wrong.extend(unexplained.iter().map(|mutant| {
            format!("{}\n    help: a test that finds it, or why there is none in {SURVIVORS}", mutant.name)
        }));
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }

    fn reason(&self, mutant: &Mutant) -> Option<&String> {
        self.survivors.get(&mutant.file)?.get(&mutant.key)
    }
}

fn print_line(name: &str, [caught, timeout, missed, unviable, open]: [u32; 5]) {
    println!("{name:<44} {caught:>7} {timeout:>8} {missed:>7} {unviable:>9} {open:>9}");
}

/// A fingerprint of the part of a file in which bugs are planted: without the unit tests at its end.
fn in_short(text: &str) -> String {
    format!("{:016x}", hash(text.split("\n#[cfg(test)]\n").next().unwrap_or_default()))
}

/// FNV-1a, 64 bits.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FILE: &str = "prism-book/src/a.rs";

    fn mutant(key: &str) -> Mutant {
        Mutant { name: format!("{FILE}:1:1: {key}"), file: FILE.to_owned(), key: key.to_owned() }
    }

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn runs_add_up_until_the_file_changes() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, FILE, "fn f() {}\n\n#[cfg(test)]\nmod tests {}\n");
        for (key, outcome) in [("x", Outcome::Missed), ("y", Outcome::Caught), ("x", Outcome::Caught)] {
            let mut results = Results::load(root).unwrap();
            results.put(&mutant(key), outcome);
            results.save().unwrap();
        }
        let known = |key| Results::load(root).unwrap().of(&mutant(key));
        assert_eq!(
            [known("x"), known("y"), known("z")],
            [Some(Outcome::Caught), Some(Outcome::Caught), None]
        );

        write(root, FILE, "fn f() {}\n\n#[cfg(test)]\nmod tests { fn more() {} }\n");
        assert_eq!(known("x"), Some(Outcome::Caught), "a unit test is no change of what is measured");
        write(root, FILE, "fn g() {}\n");
        assert_eq!(known("x"), None, "the result of another text");
        let mut results = Results::load(root).unwrap();
        results.put(&mutant("z"), Outcome::Unviable);
        results.save().unwrap();
        assert_eq!([known("x"), known("z")], [None, Some(Outcome::Unviable)]);
    }

    #[test]
    fn a_survivor_needs_a_reason_and_one_in_twenty_may_survive() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, FILE, "");
        let all: Vec<Mutant> = (0..20).map(|n| mutant(&n.to_string())).collect();
        let mut results = Results::load(root).unwrap();
        assert!(results.summary(&all).unwrap_err().contains("nothing is measured"));
        results.put(&all[0], Outcome::Missed);
        all[1..].iter().for_each(|mutant| results.put(mutant, Outcome::Caught));
        results.save().unwrap();
        assert!(results.summary(&all).unwrap_err().contains("a.rs:1:1: 0\n"), "no reason");

        write(root, SURVIVORS, "[\"prism-book/src/a.rs\"]\n\"0\" = \"the same\"\n\"1\" = \"the same\"\n");
        let mut results = Results::load(root).unwrap();
        assert_eq!(results.summary(&all), Ok(()));
        results.put(&all[1], Outcome::Missed);
        assert_eq!(results.summary(&all), Err("90.0 % found, 95 % wanted".to_owned()));
        results.put(&all[1], Outcome::Unviable);
        assert_eq!(results.summary(&all).unwrap_err(), "94.7 % found, 95 % wanted");
    }
}
