//! How long each target was fuzzed, at which commit, and how often it failed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What one target did at one commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    cpu_seconds: u64,
    findings: u64,
}

/// The file `fuzz/ledger.toml`: by target and commit.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    entries: BTreeMap<String, BTreeMap<String, Entry>>,
}

impl Ledger {
    /// Reads the ledger of a folder; an empty one where there is none.
    pub(super) fn load(folder: &Path) -> Result<Ledger, String> {
        let path = folder.join("ledger.toml");
        let entries = match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Ledger { path, entries })
    }

    /// Adds a round.
    #[allow(clippy::cast_possible_truncation)] // a round of seconds
    pub(super) fn add(&mut self, target: &str, commit: &str, seconds: f64, findings: u64) {
        let entry = self.entries.entry(target.to_owned()).or_default().entry(commit.to_owned()).or_default();
        entry.cpu_seconds += seconds.round() as u64;
        entry.findings += findings;
    }

    /// A target's total, in words.
    pub(super) fn sum(&self, target: &str) -> String {
        let all = self.entries.get(target).into_iter().flat_map(BTreeMap::values);
        let (seconds, findings) =
            all.fold((0, 0), |sum, entry| (sum.0 + entry.cpu_seconds, sum.1 + entry.findings));
        format!("{seconds} s in all, {findings} findings")
    }

    /// Writes it.
    pub(super) fn save(&self) -> Result<(), String> {
        let head = "# CPU time of the fuzz targets by commit; written by `cargo xtask fuzz`.\n\n";
        let tables = toml::to_string_pretty(&self.entries).map_err(|error| error.to_string())?;
        fs::write(&self.path, head.to_owned() + &tables)
            .map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn runs_add_up() {
        let folder = tempfile::tempdir().unwrap();
        for (commit, seconds, findings) in [("a", 59.6, 0), ("a", 10.0, 1), ("b", 5.0, 0)] {
            let mut ledger = Ledger::load(folder.path()).unwrap();
            ledger.add("itch", commit, seconds, findings);
            ledger.save().unwrap();
        }
        let ledger = Ledger::load(folder.path()).unwrap();
        assert_eq!(ledger.sum("itch"), "75 s in all, 1 findings");
        assert_eq!(ledger.sum("dbn"), "0 s in all, 0 findings");
        assert_eq!(ledger.entries["itch"]["a"], Entry { cpu_seconds: 70, findings: 1 });
    }
}
