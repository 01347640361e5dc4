//! The output folder: whole under its name, or visibly not.
#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use prism_core::sink::{Sink, Table, Tables};
use prism_sinks::{Difference, FileInfo, Folder, FolderError, Manifest, ScenarioText, TableInfo};
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
    assert_eq!((&read.scenario, read.seed, &read.command), (&manifest().scenario, 7, &manifest().command));
    let text = fs::read_to_string(target.join("manifest.json")).unwrap();
    let keys: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&String> = keys.as_object().unwrap().keys().collect();
    let expected =
        ["engine", "schema", "scenario", "seed", "digest", "command", "tables", "files", "complete"];
    assert_eq!(keys, expected);
    let files: Vec<&str> = read.files.keys().map(String::as_str).collect();
    let expected = ["instruments.parquet", "tops/part-0000.parquet", "trades/part-0000.parquet"];
    assert_eq!(files, expected);
    assert_eq!(read.differences(&target), []);
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

/// Somebody's own files in the folder of a run are theirs, at the beginning and at the end.
#[test]
fn force_takes_away_nothing_that_the_manifest_does_not_name() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out");
    let mut first = create(&target, false).unwrap();
    run(&mut first, 10);
    first.complete(1, &json!(1)).unwrap();
    let foreign = ["notes.md", "trades/part-0001.parquet", "trades/part-1.parquet", "figures/deep/one.svg"];
    for name in foreign {
        let (path, before) = (target.join(name), names(&target));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "precious").unwrap();
        let error = create(&target, true).unwrap_err();
        let top = if name.starts_with("figures") { "figures" } else { name };
        assert!(error.to_string().ends_with(&format!("not replaced even by force: {top}")), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
        fs::remove_file(path).unwrap();
        if names(&target) != before {
            fs::remove_dir_all(target.join("figures")).unwrap();
        }
    }
    // It comes while the second run is under way.
    let mut second = create(&target, true).unwrap();
    run(&mut second, 20);
    fs::write(target.join("notes.md"), "precious").unwrap();
    let error = second.complete(2, &json!(2)).unwrap_err();
    assert!(
        matches!(error, FolderError::Mixed { ref names, .. } if *names == [Path::new("notes.md")]),
        "{error}"
    );
    assert_eq!(names(dir.path()), ["out", "out.incomplete"]);
    assert_eq!(Manifest::read(&target).unwrap().differences(&target), []);
    assert_eq!(fs::read_to_string(target.join("notes.md")).unwrap(), "precious");
}

#[test]
fn force_replaces_the_folder_of_a_run_that_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out");
    let mut killed = create(&target, false).unwrap();
    let mut sink = killed.sink(Table::Trades.into());
    sink.start(&world()).unwrap();
    sink.on_batch(&trades(0..50)).unwrap();
    // What is killed writes no more; its manifest is that of the beginning.
    fs::rename(killed.path(), &target).unwrap();
    assert!(Manifest::read(&target).unwrap().files.is_empty());
    let mut next = create(&target, true).unwrap();
    run(&mut next, 20);
    next.complete(2, &json!(2)).unwrap();
    assert_eq!(names(dir.path()), ["out"]);
    assert_eq!(Manifest::read(&target).unwrap().tables["trades"].rows, 20);
}

#[test]
fn whatever_differs_from_the_manifest_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out");
    let mut folder = create(&target, false).unwrap();
    run(&mut folder, 300);
    folder.complete(1, &json!(1)).unwrap();
    let manifest = Manifest::read(&target).unwrap();
    let trades = "trades/part-0000.parquet";
    let whole = fs::read(target.join(trades)).unwrap();
    assert_eq!(FileInfo::of_file(&target.join(trades)).unwrap(), manifest.files[trades]);
    let told = |manifest: &Manifest| -> Vec<String> {
        manifest.differences(&target).iter().map(Difference::to_string).collect()
    };

    let mut edited = whole.clone();
    edited[whole.len() / 2] ^= 1;
    fs::write(target.join(trades), &edited).unwrap();
    let [Difference::Hash { name, .. }] = &manifest.differences(&target)[..] else {
        panic!("{:?}", told(&manifest))
    };
    assert_eq!(name, trades);
    let short = whole.len() - 1;
    fs::write(target.join(trades), &whole[..short]).unwrap();
    let bytes = format!("{trades} has {short} bytes, the manifest says {}", whole.len());
    assert_eq!(told(&manifest), [bytes.as_str()]);
    fs::remove_file(target.join(trades)).unwrap();
    fs::remove_file(target.join("instruments.parquet")).unwrap();
    fs::write(target.join("tops/part-0001.parquet"), &whole).unwrap();
    let expected = [
        "instruments.parquet is missing",
        "trades/part-0000.parquet is missing",
        "tops/part-0001.parquet is not named in the manifest",
    ];
    assert_eq!(told(&manifest), expected);

    // A folder from before there were hashes; and one whose manifest was edited.
    fs::remove_file(target.join("tops/part-0001.parquet")).unwrap();
    let mut before = manifest.clone();
    before.files.clear();
    assert_eq!(told(&before), ["trades/part-0000.parquet is missing"]);
    fs::write(target.join(trades), &whole).unwrap();
    assert_eq!(told(&before), Vec::<String>::new());
    before.tables.insert("trades".into(), TableInfo { rows: 301, parts: 1 });
    assert_eq!(told(&before), ["table trades has 300 rows, the manifest says 301"]);
    before.tables.insert("trades".into(), TableInfo { rows: 300, parts: u32::MAX });
    assert_eq!(told(&before), ["trades/part-0001.parquet is missing"]);
    fs::write(target.join(trades), "no table").unwrap();
    assert!(told(&before)[0].starts_with("trades/part-0000.parquet cannot be read: "), "{:?}", told(&before));
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
