//! A copy of the repository to plant bugs in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What no test of the crate reads.
const LEFT_OUT: [&str; 4] = ["benches/", "docs/", "fuzz/", "examples/tapes/"];

/// Makes `to` a copy of what git knows in `root`. A file that is equal is left alone: cargo builds by the time of
/// the last change.
pub(super) fn copy(root: &Path, to: &Path) -> Result<(), String> {
    let out = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("git does not start: {error}"))?;
    if !out.status.success() {
        return Err(format!("git ls-files failed: {}", String::from_utf8_lossy(&out.stderr).trim()));
    }
    let listed = String::from_utf8(out.stdout).map_err(|error| format!("a file name: {error}"))?;
    let kept: BTreeSet<&str> = listed
        .split_terminator('\0')
        .filter(|file| !LEFT_OUT.iter().any(|folder| file.starts_with(folder)) && root.join(file).is_file())
        .collect();
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for file in &kept {
        let (from, to) = (root.join(file), to.join(file));
        let bytes = fs::read(&from).map_err(|error| failed(&from, error))?;
        if fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        to.parent().map_or(Ok(()), fs::create_dir_all).map_err(|error| failed(&to, error))?;
        fs::write(&to, bytes).map_err(|error| failed(&to, error))?;
    }
    for stale in files(to).into_iter().filter(|file| !file.to_str().is_some_and(|file| kept.contains(file))) {
        let path = to.join(stale);
        fs::remove_file(&path).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

/// Every file below a folder, from there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for path in fs::read_dir(&at).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else if let Ok(short) = path.strip_prefix(folder) {
                found.push(short.to_path_buf());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::unwrap_used)]
    fn a_copy_follows_its_original_and_leaves_equal_files_alone() {
        let (root, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let git = |words: &[&str]| {
            let status = Command::new("git").args(words).current_dir(root.path()).status();
            assert!(status.unwrap().success());
        };
        git(&["init", "--quiet"]);
        for (name, text) in
            [("a.rs", "1"), ("fuzz/b.rs", "2"), ("src/c.rs", "3"), (".gitignore", "/out\n"), ("out", "")]
        {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        copy(root.path(), to.path()).unwrap();
        let read = |name: &str| fs::read_to_string(to.path().join(name)).ok();
        assert_eq!(
            [read("a.rs"), read("src/c.rs"), read("fuzz/b.rs"), read("out")],
            [Some("1".into()), Some("3".into()), None, None]
        );
        let before = fs::metadata(to.path().join("a.rs")).unwrap().modified().unwrap();

        fs::remove_file(root.path().join("src/c.rs")).unwrap();
        fs::write(root.path().join("d.rs"), "4").unwrap();
        copy(root.path(), to.path()).unwrap();
        assert_eq!([read("d.rs"), read("src/c.rs")], [Some("4".into()), None]);
        assert_eq!(fs::metadata(to.path().join("a.rs")).unwrap().modified().unwrap(), before);
    }
}
