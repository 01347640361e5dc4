//! The output folder: whole under its name, or visibly not.
#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use prism_core::sink::{Sink, Table, Tables};
use prism_sinks::{Folder, FolderError, Manifest, ScenarioText, TableInfo};
use serde_json::json;
use support::{trades, world};

fn manifest() -> Manifest {
    let scenario = ScenarioText {
        path: Some("a.toml".into()),
        text: "[run]\nseed = 7\n".into(),
        settings: vec!["run.seed=7".into()],
        hash: "ab12".into(),
    };
    Manifest::new("prism 0.1.0", scenario, 7, vec!["prism".into(), "run".into(), "ä b.toml".into()])
}

fn create(target: &Path, force: bool) -> Result<Folder, FolderError> {
    Folder::create(target, manifest(), force)
}

/// Writes trades into the folder as a run would.
fn run(folder: &mut Folder, rows: i64) {
    let mut sink = folder.sink(Tables::from(Table::Trades) | Table::Tops.into());
    sink.start(&world()).unwrap();
    sink.on_batch(&trades(0..rows)).unwrap();
    sink.finish().unwrap();
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_complete_folder_holds_what_the_contract_says() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("deep/er/out ä 1");
    let mut folder = create(&target, false).unwrap();
    assert!(!target.exists());
    assert_eq!(folder.path().file_name().unwrap(), "out ä 1.incomplete");
    let before = Manifest::read(folder.path()).unwrap();
    assert!(!before.complete && before.digest.is_none());
    run(&mut folder, 300);
    assert!(!target.exists(), "tables alone do not make it whole");
    let path = folder.complete(0x0301_4d89_f405_ab34, &json!({"trades": 300})).unwrap();
    assert_eq!(path, target);
    assert_eq!(names(target.parent().unwrap()), ["out ä 1"]);
    assert_eq!(names(&target), ["instruments.parquet", "manifest.json", "summary.json", "tops", "trades"]);
    assert_eq!(names(&target.join("trades")), ["part-0000.parquet"]);
    assert_eq!(names(&target.join("tops")), ["part-0000.parquet"]);

    let read = Manifest::read(&target).unwrap();
    assert!(read.complete && read.reason.is_none());
    assert_eq!(read.digest.as_deref(), Some("03014d89f405ab34"));
    assert_eq!(read.tables["trades"], TableInfo { rows: 300, parts: 1 });
    assert_eq!(read.tables["tops"], TableInfo { rows: 0, parts: 1 });
    assert_eq!((read.scenario, read.seed, read.command), (manifest().scenario, 7, manifest().command));
    let text = fs::read_to_string(target.join("manifest.json")).unwrap();
    let keys: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&String> = keys.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["engine", "schema", "scenario", "seed", "digest", "command", "tables", "complete"]);
    let summary = fs::read_to_string(target.join("summary.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&summary).unwrap(), json!({"trades": 300}));
}

#[test]
fn an_existing_folder_is_left_alone_without_force() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out");
    fs::create_dir(&target).unwrap();
    let error = create(&target, false).unwrap_err();
    assert!(matches!(error, FolderError::Exists { .. }), "{error}");
    assert_eq!(names(dir.path()), ["out"], "no temporary folder is left for a run that never began");
}

#[test]
fn force_replaces_the_folder_of_an_earlier_run_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out");
    let mut first = create(&target, false).unwrap();
    run(&mut first, 10);
    first.complete(1, &json!(1)).unwrap();
    let mut second = create(&target, true).unwrap();
    run(&mut second, 20);
    assert_eq!(Manifest::read(&target).unwrap().tables["trades"].rows, 10, "the old one stays until the end");
    second.complete(2, &json!(2)).unwrap();
    assert_eq!(Manifest::read(&target).unwrap().tables["trades"].rows, 20);
    assert_eq!(names(dir.path()), ["out"]);
    // An empty folder is nobody's.
    fs::create_dir(dir.path().join("empty")).unwrap();
    let mut third = create(&dir.path().join("empty"), true).unwrap();
    run(&mut third, 5);
    third.complete(3, &json!(3)).unwrap();
}

#[test]
fn force_does_not_replace_what_no_run_has_made() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("thesis.tex"), "precious").unwrap();
    fs::write(dir.path().join("file"), "precious").unwrap();
    for target in [home.clone(), dir.path().join("file")] {
        let error = create(&target, true).unwrap_err();
        assert!(matches!(error, FolderError::Foreign { .. }), "{error}");
    }
    for target in ["/", "..", ".", ""] {
        let error = create(Path::new(target), true).unwrap_err();
        assert!(matches!(error, FolderError::NoName { .. }), "{target}: {error}");
    }
    assert_eq!(fs::read_to_string(home.join("thesis.tex")).unwrap(), "precious");
}

#[test]
fn two_runs_into_one_folder_do_not_touch_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out");
    let mut one = create(&target, false).unwrap();
    let mut two = create(&target, false).unwrap();
    assert_ne!(one.path(), two.path());
    run(&mut one, 10);
    run(&mut two, 20);
    two.complete(2, &json!(2)).unwrap();
    let left = one.path().to_owned();
    let error = one.complete(1, &json!(1)).unwrap_err();
    assert!(matches!(error, FolderError::Exists { .. }), "{error}");
    assert_eq!(Manifest::read(&target).unwrap().tables["trades"].rows, 20, "the first to end has the name");
    let kept = Manifest::read(&left).unwrap();
    assert!(!kept.complete && kept.reason.is_some());
    assert_eq!(kept.tables["trades"].rows, 10, "the other's rows are still there");
}

#[test]
fn an_interrupted_run_keeps_its_folder_marked_incomplete() {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = create(&dir.path().join("out"), false).unwrap();
    let mut sink = folder.sink(Table::Trades.into());
    sink.start(&world()).unwrap();
    sink.on_batch(&trades(0..50)).unwrap();
    drop(sink);
    let left = folder.abandon("interrupted");
    assert_eq!(left, dir.path().join("out.incomplete"));
    let read = Manifest::read(&left).unwrap();
    assert_eq!((read.complete, read.reason.as_deref()), (false, Some("interrupted")));
    assert_eq!(read.tables["trades"], TableInfo { rows: 50, parts: 1 });
    assert!(left.join("trades/part-0000.parquet").exists());

    // Killed at any moment: whatever is there says that it is not complete.
    let folder = create(&dir.path().join("out"), false).unwrap();
    let left = folder.path().to_owned();
    drop(folder);
    assert_eq!(left, dir.path().join("out.2.incomplete"));
    assert!(!Manifest::read(&left).unwrap().complete);
}

#[test]
fn a_folder_whose_tables_are_not_finished_does_not_get_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = create(&dir.path().join("out"), false).unwrap();
    let sink = folder.sink(Table::Trades.into());
    let error = folder.complete(1, &json!({})).unwrap_err();
    assert!(matches!(error, FolderError::Unfinished { .. }), "{error}");
    drop(sink);
    assert_eq!(names(dir.path()), ["out.incomplete"]);
}

/// A full disk at the last step, played by a folder in the summary's place.
#[test]
fn a_failure_at_the_last_step_leaves_it_incomplete() {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = create(&dir.path().join("out"), false).unwrap();
    run(&mut folder, 10);
    fs::create_dir(folder.path().join("summary.json")).unwrap();
    let left = folder.path().to_owned();
    let error = folder.complete(1, &json!({})).unwrap_err();
    assert!(
        matches!(error, FolderError::Write { ref path, .. } if path.ends_with("summary.json")),
        "{error}"
    );
    let read = Manifest::read(&left).unwrap();
    assert!(!read.complete && read.reason.unwrap().contains("summary.json"));
    assert!(!dir.path().join("out").exists());
}

/// A place where nobody may write, whoever runs the tests.
#[cfg(target_os = "linux")]
fn read_only(dir: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o555)).unwrap();
    // Permissions do not bind root; the kernel's own file systems do.
    if fs::write(dir.join("probe"), "").is_ok() { PathBuf::from("/proc/self") } else { dir.to_owned() }
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_place_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let place = read_only(dir.path());
    for target in [place.join("out"), place.join("deeper/out")] {
        let error = create(&target, false).unwrap_err();
        assert!(matches!(error, FolderError::Write { ref path, .. } if *path == target), "{error:?}");
        let shown = error.to_string();
        assert!(shown.starts_with("cannot write ") && shown.ends_with("out"), "{shown}");
    }
}

#[test]
fn what_is_no_manifest_is_said_so() {
    let dir = tempfile::tempdir().unwrap();
    let error = Manifest::read(dir.path()).unwrap_err();
    assert!(
        matches!(error, FolderError::Read { ref source, .. } if source.kind() == io::ErrorKind::NotFound)
    );
    for text in ["", "{}", "[1, 2", "{\"engine\": 5}"] {
        fs::write(dir.path().join("manifest.json"), text).unwrap();
        assert!(
            matches!(Manifest::read(dir.path()).unwrap_err(), FolderError::NoManifest { .. }),
            "{text:?}"
        );
    }
}
