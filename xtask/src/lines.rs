//! Rule C: a file has one job and a folder is taken in at a glance.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::workspace::{Finding, Workspace, rust_files};

/// Lines of a file without its tests, above which it is named.
const LONG: usize = 500;
/// Lines of a file, tests included, above which it is an error.
const TOO_LONG: usize = 600;
/// Rust files directly in one folder.
const CROWDED: usize = 12;

/// Files to keep an eye on, and files and folders that must be divided. `crowded` names the folders that may
/// hold more files than others.
pub(crate) fn check(
    workspace: &Workspace,
    crowded: &BTreeMap<String, String>,
) -> (Vec<String>, Vec<Finding>) {
    let (mut long, mut findings) = (Vec::new(), Vec::new());
    let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
    let files = rust_files(&workspace.root);
    for path in &files {
        let file = workspace.short(path);
        *folders.entry(file.parent().unwrap_or(Path::new(""))).or_default() += 1;
        let text = fs::read_to_string(path).unwrap_or_default();
        let (all, code) = (text.lines().count(), code_lines(&text));
        if all > TOO_LONG {
            findings.push(Finding {
                file: file.to_path_buf(),
                line: 0,
                what: format!("{all} lines, {code} of them before the tests; {TOO_LONG} is the limit"),
                help: "split the file by its jobs, or move its tests to tests/".to_owned(),
            });
        } else if code > LONG {
            long.push(format!("{}: {code} lines before the tests, over {LONG}", file.display()));
        }
    }
    for (folder, count) in folders {
        if count > CROWDED && !crowded.contains_key(&*folder.to_string_lossy()) {
            findings.push(Finding {
                file: folder.to_path_buf(),
                line: 0,
                what: format!("{count} Rust files in one folder; {CROWDED} is the limit"),
                help: "group them into folders, or give the reason under [crowded] in xtask/src/arch.toml"
                    .to_owned(),
            });
        }
    }
    (long, findings)
}

/// Lines before the unit tests at the end of the file.
fn code_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).rposition(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod "));
    tests.unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_tests_at_the_end_are_not_code() {
        assert_eq!(code_lines("a\nb\n#[cfg(test)]\nmod tests {\n}\n"), 2);
        assert_eq!(code_lines("a\n#[cfg(test)]\nuse b;\nc\n"), 4);
    }
}
