//! A small workspace on disk, made to be broken, and xtask run on it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A workspace that keeps every rule.
pub(crate) struct Planted(TempDir);

impl Planted {
    pub(crate) fn new() -> Self {
        let planted = Self(TempDir::new().unwrap());
        planted.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"low\", \"high\"]\n");
        for (name, dependencies) in [("low", ""), ("high", "low = { path = \"../low\" }\n")] {
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
            );
            planted.write(&format!("{name}/Cargo.toml"), &manifest);
            planted.write(
                &format!("{name}/src/lib.rs"),
                "//! A crate.\n#![forbid(unsafe_code)]\npub mod a;\npub mod b;\n",
            );
            planted.write(&format!("{name}/src/a.rs"), "pub struct A;\n");
            planted.write(
                &format!("{name}/src/b/mod.rs"),
                "use crate::a::A;\npub mod deep;\npub struct B(pub A);\n",
            );
            planted.write(&format!("{name}/src/b/deep.rs"), "pub struct Deep(super::B);\n");
        }
        planted.write(
            "xtask/src/arch.toml",
            "[crates.low]\nimports = []\noutside = []\n[crates.high]\nimports = [\"low\"]\noutside = []\n\
             [modules.low]\na = []\nb = [\"a\"]\n",
        );
        planted.write(
            "ARCHITECTURE.md",
            "# House\n\n## Crates\n\n| crate | folder | what |\n|---|---|---|\n| `low` | `low/` | low |\n| `high` | `high/` | high |\n",
        );
        planted
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Replaces a piece of a file that must be there.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no `{from}`");
        self.write(file, &text.replace(from, to));
    }

    /// Exit status and output of `cargo xtask WORDS` in this workspace.
    pub(crate) fn xtask(&self, words: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let out = command.args(words).arg("--root").arg(self.path()).output().unwrap();
        (out.status.code(), all(&out))
    }
}

/// Both streams of a program.
pub(crate) fn all(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}
