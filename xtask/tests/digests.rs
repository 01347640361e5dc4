//! `cargo xtask digests` against a stand-in for `prism` that answers as `cli.md` says.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod planted;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use planted::{Planted, all};

const FULL: &str = "3014d89f405ab347";
const SHORT: &str = "0f1e2d3c4b5a6978";

/// A workspace with one scenario and a program that knows its two digests.
fn planted(digests: &str) -> Planted {
    let planted = Planted::new();
    planted.write("scenarios/deep/calm.toml", "schema = 1\n");
    planted.write("scenarios/deep/calm.digest", digests);
    program(&planted, FULL, "true");
    planted
}

fn program(planted: &Planted, full: &str, complete: &str) {
    let script = format!(
        "#!/bin/sh\n[ \"$1 $3 $4\" = 'run --json --quiet' ] && [ -f \"$2\" ] || {{ echo \"bad call: $*\" >&2; exit 2; }}\n\
         digest={full}\n[ \"$5 $6\" = '--length 60s' ] && digest={SHORT}\n\
         echo '{{\"scenario\":\"calm\",\"digest\":\"'$digest'\",\"complete\":{complete},\"out\":null}}'\n"
    );
    planted.write("prism.sh", &script);
    fs::set_permissions(planted.path().join("prism.sh"), fs::Permissions::from_mode(0o755)).unwrap();
}

fn digests(planted: &Planted, words: &[&str]) -> (Option<i32>, String) {
    let binary = planted.path().join("prism.sh").display().to_string();
    planted.xtask(&[&["digests", "--binary", &binary], words].concat())
}

fn git(planted: &Planted, words: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    let out = Command::new("git").args(identity).args(words).current_dir(planted.path()).output().unwrap();
    assert!(out.status.success(), "{}", all(&out));
}

#[test]
fn equal_digests_pass() {
    let (status, report) = digests(&planted(&format!("full {FULL}\nlength=60s {SHORT}\n")), &[]);
    assert_eq!(status, Some(0), "{report}");
    assert!(report.contains("2 digests of 1 scenarios, 0 files rewritten"), "{report}");
}

#[test]
fn every_difference_is_told() {
    for (text, said) in [
        (
            format!("full {SHORT}\nlength=60s {SHORT}\n"),
            "full given: digest 3014d89f405ab347, committed is 0f1e2d3c4b5a6978",
        ),
        (
            format!("full {FULL}\nlength=60s {FULL}\n"),
            "60s given: digest 0f1e2d3c4b5a6978, committed is 3014d89f405ab347",
        ),
        ("full ?\n".to_owned(), "committed is not filled in yet"),
        ("full 12\n".to_owned(), "scenarios/deep/calm.digest: line 1: `12` is neither"),
    ] {
        let planted = planted(&text);
        let (status, report) = digests(&planted, &[]);
        assert!(status == Some(1) && report.contains(said), "{text}{report}");
        assert_eq!(planted.read("scenarios/deep/calm.digest"), text, "a check writes nothing");
    }
}

#[test]
fn a_run_that_did_not_end_or_did_not_start_fails() {
    let planted = planted(&format!("full {FULL}\n"));
    program(&planted, FULL, "false");
    let (status, report) = digests(&planted, &[]);
    assert!(status == Some(1) && report.contains("does not say `\"complete\": true`"), "{report}");
    program(&planted, "; exit 3; #", "true");
    let (status, report) = digests(&planted, &[]);
    assert!(status == Some(1) && report.contains("exit status: 3"), "{report}");
    fs::remove_file(planted.path().join("prism.sh")).unwrap();
    let (status, report) = digests(&planted, &[]);
    assert!(status == Some(1) && report.contains("does not start"), "{report}");
}

#[test]
fn a_digest_without_its_scenario_fails() {
    let planted = planted(&format!("full {FULL}\n"));
    fs::remove_file(planted.path().join("scenarios/deep/calm.toml")).unwrap();
    let (status, report) = digests(&planted, &[]);
    assert!(status == Some(1) && report.contains("there is no scenarios/deep/calm.toml"), "{report}");
}

#[test]
fn a_new_digest_is_filled_in() {
    let planted = planted("# new\nfull ?\nlength=60s ?\ndebug-full\n");
    let (status, report) = digests(&planted, &["--accept"]);
    assert_eq!(status, Some(0), "{report}");
    let text = planted.read("scenarios/deep/calm.digest");
    assert_eq!(text, format!("# new\nfull {FULL}\nlength=60s {SHORT}\ndebug-full\n"));
}

#[test]
fn a_moved_digest_is_accepted_with_a_line_in_the_changelog_alone() {
    let before = format!("full {SHORT}\n");
    let planted = planted(&before);
    planted.write("CHANGELOG.md", "# Changes\n\n- Value-breaking: an old one.\n");
    git(&planted, &["init", "-q"]);
    git(&planted, &["add", "."]);
    git(&planted, &["commit", "-qm", "before"]);

    let (status, report) = digests(&planted, &["--accept"]);
    assert!(status == Some(1) && report.contains("CHANGELOG.md gains no line"), "{report}");
    assert_eq!(planted.read("scenarios/deep/calm.digest"), before);

    planted.edit("CHANGELOG.md", "\n- V", "\n- Value-breaking: fees are rounded half to even.\n- V");
    let (status, report) = digests(&planted, &["--accept"]);
    assert_eq!(status, Some(0), "{report}");
    assert_eq!(planted.read("scenarios/deep/calm.digest"), format!("full {FULL}\n"));
}
