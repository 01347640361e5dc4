//! `prism run --out` and `prism verify`: what a folder holds, and that one under its name is whole.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod run_common;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use prism::sinks::Manifest;
use prism_core::sink::Table;
use run_common::{
    command, ended, incomplete, json, names, prism, quickstart, rows, run_quickstart, stderr, stdout, tables,
    well,
};
use serde_json::Value;

#[test]
fn a_folder_holds_the_run_and_its_manifest_tells_it() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let said = well(&run_quickstart(dir.path(), &["--out", "out", "--tables", "all", "--json"]));
    assert_eq!(names(dir.path()), ["out"]);
    let mut parts: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
    parts.extend(["instruments.parquet", "manifest.json", "summary.json"]);
    parts.sort_unstable();
    assert_eq!(names(&out), parts);

    let manifest = Manifest::read(&out).unwrap();
    assert!(manifest.complete && manifest.reason.is_none());
    assert_eq!(manifest.digest.as_deref(), said["digest"].as_str());
    assert_eq!((manifest.seed, manifest.engine), (7, format!("prism {}", env!("CARGO_PKG_VERSION"))));
    assert_eq!(manifest.scenario.text, fs::read_to_string(quickstart()).unwrap());
    assert_eq!(manifest.scenario.settings, ["run.length=2s"]);
    assert_eq!(manifest.command[1..5], ["run", quickstart().to_str().unwrap(), "--length", "2s"]);

    let count = |key: &str| said[key].as_u64().unwrap();
    assert!(count("trades") > 10);
    for (table, expected) in
        [("trades", count("trades")), ("fills", 2 * count("trades")), ("orders", count("requests"))]
    {
        assert_eq!(manifest.tables[table].rows, expected, "{table}");
    }
    assert_eq!(manifest.tables.len(), Table::ALL.len());
    for (table, info) in &manifest.tables {
        let parts = names(&out.join(table));
        assert_eq!(parts.len(), info.parts as usize, "{table}");
        assert_eq!(parts.iter().map(|part| rows(&out.join(table).join(part))).sum::<u64>(), info.rows);
    }
    assert_eq!(rows(&out.join("instruments.parquet")), 5);
    let summary: Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary, said);
    assert_eq!(said["out"], "out");
}

#[test]
fn the_tables_are_those_that_were_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    well(&run_quickstart(dir.path(), &["--out", "usual", "--json"]));
    let usual = ["agents", "instruments.parquet", "manifest.json", "summary.json", "tops", "trades"];
    assert_eq!(names(&dir.path().join("usual")), usual);
    well(&run_quickstart(dir.path(), &["--out", "some", "--tables", "values, orders", "--json"]));
    let some = ["instruments.parquet", "manifest.json", "orders", "summary.json", "values"];
    assert_eq!(names(&dir.path().join("some")), some);
    // One that there is not is told before anything is run or made.
    let output = run_quickstart(dir.path(), &["--out", "none", "--tables", "trades,topps"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[P0111]: there is no table `topps`"), "{}", stderr(&output));
    assert_eq!(names(dir.path()), ["some", "usual"]);
}

#[test]
fn two_runs_of_one_manifest_write_equal_bytes() {
    let dir = tempfile::tempdir().unwrap();
    for out in ["one", "two"] {
        well(&run_quickstart(dir.path(), &["--out", out, "--tables", "all", "--json"]));
    }
    let (one, two) = (tables(&dir.path().join("one")), tables(&dir.path().join("two")));
    assert_eq!(one.len(), Table::ALL.len() + 1);
    for (a, b) in one.iter().zip(&two) {
        assert_eq!(a.0, b.0);
        assert!(a.1 == b.1, "{} differs", a.0);
    }
    let manifest = |out: &str| {
        let mut manifest = Manifest::read(&dir.path().join(out)).unwrap();
        manifest.command.clear();
        manifest
    };
    assert_eq!(manifest("one"), manifest("two"), "only the command line tells them apart");
    // Another seed writes other trades: the comparison can fail.
    well(&run_quickstart(dir.path(), &["--out", "three", "--tables", "all", "--seed", "8", "--json"]));
    assert_ne!(tables(&dir.path().join("three")), one);
}

#[test]
fn an_existing_folder_is_replaced_only_by_force() {
    let dir = tempfile::tempdir().unwrap();
    let digest = || Manifest::read(&dir.path().join("out")).unwrap().digest.unwrap();
    well(&run_quickstart(dir.path(), &["--out", "out", "--json"]));
    let first = digest();
    let output = run_quickstart(dir.path(), &["--out", "out", "--seed", "8", "--json"]);
    assert_eq!(ended(&output), (Some(2), "error: out exists; it is replaced only by force\n"));
    assert_eq!((stdout(&output), digest(), names(dir.path())), ("", first.clone(), vec!["out".to_owned()]));

    let said = well(&run_quickstart(dir.path(), &["--out", "out/", "--seed", "8", "--force", "--json"]));
    assert_eq!(said["digest"], digest());
    assert_ne!(digest(), first);
    assert_eq!(names(dir.path()), ["out"]);

    // Force replaces runs, not whatever lies there.
    fs::create_dir(dir.path().join("thesis")).unwrap();
    fs::write(dir.path().join("thesis/thesis.tex"), "precious").unwrap();
    for out in ["thesis", "thesis/thesis.tex", "thesis/thesis.tex/out", "..", "/"] {
        let output = run_quickstart(dir.path(), &["--out", out, "--force"]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{out}: {}", stderr(&output));
    }
    assert_eq!(fs::read_to_string(dir.path().join("thesis/thesis.tex")).unwrap(), "precious");
    assert_eq!(names(dir.path()), ["out", "thesis"]);
}

/// A place where nobody may write, whoever runs the tests.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_place_is_a_clear_error() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Permissions do not bind root; the kernel's own file systems do.
    let root = fs::write(dir.path().join("probe"), "").is_ok();
    let place = if root { Path::new("/proc/self").to_owned() } else { dir.path().to_owned() };
    let out = place.join("out").display().to_string();
    let output = run_quickstart(Path::new("/"), &["--out", &out, "--json"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), ""));
    let said = stderr(&output);
    assert!(said.starts_with(&format!("error: cannot write {out}: ")), "{said}");
    assert_eq!(said.matches('\n').count(), 1, "{said}");
}

/// Each run hands more rows than fit to a pipe that this test holds, so both are under way for certain.
#[cfg(unix)]
#[test]
fn two_runs_into_one_folder_do_not_touch_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let begin = |seed: &str| {
        let path = quickstart();
        let sink = "ndjson:path=-,tables=orders";
        let args = ["run", path.to_str().unwrap(), "--length", "1min", "--out", "out"];
        let more = ["--tables", "all", "--seed", seed, "--sink", sink];
        let mut child = command(dir.path(), args.iter().chain(&more))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The first rows: the run is on its way, and its folder made.
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        child
    };
    let (one, two) = (begin("1"), begin("2"));
    assert_eq!(names(dir.path()), ["out.2.incomplete", "out.incomplete"]);
    let two = two.wait_with_output().unwrap();
    assert_eq!(two.status.code(), Some(0), "the first to end has the name");
    let one = one.wait_with_output().unwrap();
    assert_eq!(
        ended(&one),
        (
            Some(1),
            "error: out exists; it is replaced only by force; what was written is kept in out.incomplete\n"
        )
    );
    assert_eq!(names(dir.path()), ["out", "out.incomplete"]);

    let whole = Manifest::read(&dir.path().join("out")).unwrap();
    let kept = incomplete(&dir.path().join("out.incomplete"));
    assert_eq!((whole.complete, whole.seed, kept.seed), (true, 2, 1));
    // Each holds what its run writes alone.
    for (folder, seed) in [("out", "2"), ("out.incomplete", "1")] {
        let alone = ["--out", "alone", "--tables", "all", "--force", "--length", "1min", "--seed", seed];
        let path = quickstart();
        let args = ["run", path.to_str().unwrap()];
        assert_eq!(command(dir.path(), args.iter().chain(&alone)).output().unwrap().status.code(), Some(0));
        assert!(tables(&dir.path().join("alone")) == tables(&dir.path().join(folder)), "{folder}");
    }
}

const ODD: &str = r#"schema = 1
run    = { seed = 7, length = "10s" }
[[symbol]]
name  = "ÄÖÜ 1/2"
value = { law = "gbm", start = "100", sigma = 1e-3 }
[[venue]]
name    = "Börse Süd"
kind    = "exchange"
symbols = ["ÄÖÜ 1/2"]
[link]
"très loin" = { order = "1ms", feed = "1ms" }
[[agents]]
kind  = "ladder_mm"
name  = "做市商"
link  = "très loin"
every = "100ms"
[[agents]]
kind  = "noise_trader"
name  = "bruit, \"blanc\""
link  = "très loin"
count = 5
wakes = { poisson = "100ms" }
"#;

#[test]
fn names_with_spaces_and_letters_of_any_kind() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("mes scénarios");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("le premier è.toml"), ODD).unwrap();
    let more = ["--tables", "all", "--sink", "csv:path=tables en csv,tables=trades", "--json"];
    let args = ["run", "mes scénarios/le premier è.toml", "--out", "résultats 1/ici ü"];
    let said = well(&command(dir.path(), args.iter().chain(&more)).output().unwrap());
    assert!(said["trades"].as_u64().unwrap() > 0);
    assert_eq!(said["symbols"][0]["name"], "ÄÖÜ 1/2");
    assert_eq!(said["groups"][1]["name"], "bruit, \"blanc\"");
    let out = dir.path().join("résultats 1/ici ü");
    assert_eq!(Manifest::read(&out).unwrap().command[2], "mes scénarios/le premier è.toml");
    let csv = fs::read_to_string(dir.path().join("tables en csv/trades.csv")).unwrap();
    assert!(csv.lines().nth(1).unwrap().contains("ÄÖÜ 1/2"), "{csv}");
    let verified = prism(dir.path(), &["verify", "résultats 1/ici ü"]);
    assert_eq!(ended(&verified), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_at_all() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let (scenario, out) = (OsStr::from_bytes(b"s\xff.toml"), OsStr::from_bytes(b"out \xfe"));
    fs::copy(quickstart(), dir.path().join(scenario)).unwrap();
    let args = ["run", "--length", "1s", "--json"].map(OsStr::new);
    let output = command(dir.path(), args.into_iter().chain([scenario, OsStr::new("--out"), out])).output();
    well(&output.unwrap());
    let verified = command(dir.path(), [OsStr::new("verify"), out]).output().unwrap();
    assert_eq!(ended(&verified), (Some(0), ""));
}

#[test]
fn verify_holds_fails_and_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let said = well(&run_quickstart(dir.path(), &["--out", "out", "--seed", "9", "--json"]));
    let good = prism(dir.path(), &["verify", "out"]);
    let digest = said["digest"].as_str().unwrap();
    assert_eq!(ended(&good), (Some(0), ""));
    assert_eq!(stdout(&good), format!("out: 4 files as written, the same digest again, {digest}\n"));
    let good = well(&prism(dir.path(), &["verify", "out", "--json"]));
    assert_eq!((&good["equal"], &good["digest"]), (&true.into(), &digest.into()));
    assert_eq!(prism(dir.path(), &["verify", "out", "--quiet"]).stdout, b"");

    let path = dir.path().join("out/manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    let wrong = |from: &str, to: &str| {
        assert!(manifest.contains(from), "{from}");
        fs::write(&path, manifest.replace(from, to)).unwrap();
        prism(dir.path(), &["verify", "out", "--json"])
    };
    let changed = wrong(digest, "0123456789abcdef");
    let text = format!("error: the digest is {digest}, the folder says 0123456789abcdef\n");
    assert_eq!(ended(&changed), (Some(1), text.as_str()));
    assert_eq!(json(&changed)["equal"], false);
    let other = wrong("run.seed=9", "run.seed=10");
    assert_eq!(other.status.code(), Some(1), "another world than the folder's");
    let contradiction = wrong("\"seed\": 9", "\"seed\": 8");
    let text = "error: the manifest contradicts itself: it says seed 8, its scenario has seed 9\n";
    assert_eq!(ended(&contradiction), (Some(1), text));
    for (from, to) in [
        ("\"complete\": true", "\"complete\": false"),
        ("schema = 1", "schema = 99"),
        ("run.seed=9", "run.sed=9"),
        ("\"digest\"", "\"diggest\""),
        ("\"scenario\"", "scenario"),
    ] {
        let refused = wrong(from, to);
        assert_eq!((refused.status.code(), stdout(&refused)), (Some(2), ""), "{to}: {}", stderr(&refused));
        assert!(!stderr(&refused).is_empty());
    }
    fs::remove_file(&path).unwrap();
    for folder in ["out", "nowhere"] {
        let refused = prism(dir.path(), &["verify", folder]);
        assert_eq!((refused.status.code(), stdout(&refused)), (Some(2), ""));
        let text = format!("error: cannot read {folder}/manifest.json: ");
        assert!(stderr(&refused).starts_with(&text), "{}", stderr(&refused));
    }
}

/// The run is what it was, and its files are not.
#[test]
fn verify_looks_at_the_tables() {
    let dir = tempfile::tempdir().unwrap();
    let digest = well(&run_quickstart(dir.path(), &["--out", "out", "--json"]))["digest"].clone();
    let part = dir.path().join("out/trades/part-0000.parquet");
    let mut edited = fs::read(&part).unwrap();
    let length = edited.len();
    edited[length / 2] ^= 1;
    fs::write(&part, &edited[..length]).unwrap();
    fs::remove_file(dir.path().join("out/instruments.parquet")).unwrap();
    fs::write(dir.path().join("out/tops/part-0001.parquet"), b"").unwrap();
    let verified = prism(dir.path(), &["verify", "out", "--json"]);
    let said = json(&verified);
    assert_eq!((&said["equal"], &said["digest"], &said["expected"]), (&false.into(), &digest, &digest));
    let differences: Vec<&str> =
        said["differences"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let [instruments, trades, tops] = differences[..] else { panic!("{differences:?}") };
    assert_eq!(instruments, "instruments.parquet is missing");
    assert!(trades.starts_with("trades/part-0000.parquet has the hash "), "{trades}");
    assert_eq!(tops, "tops/part-0001.parquet is not named in the manifest");
    let text = format!(
        "error: {instruments}\nerror: {trades}\nerror: {tops}\n\
         error: out is not as it was written, though its run is the same again\n"
    );
    assert_eq!(ended(&verified), (Some(1), text.as_str()));
}

#[test]
fn force_is_refused_where_somebody_elses_files_lie() {
    let dir = tempfile::tempdir().unwrap();
    well(&run_quickstart(dir.path(), &["--out", "out", "--json"]));
    fs::write(dir.path().join("out/thesis.tex"), "precious").unwrap();
    let refused = run_quickstart(dir.path(), &["--out", "out", "--force", "--json"]);
    let text = "error: out holds what no run has written, so it is not replaced even by force: thesis.tex\n";
    assert_eq!(ended(&refused), (Some(2), text));
    assert_eq!(fs::read_to_string(dir.path().join("out/thesis.tex")).unwrap(), "precious");
    assert_eq!(names(dir.path()), ["out"]);
}

/// More agents than fit the memory are an error with a name, and not the end of the process.
#[cfg(target_os = "linux")]
#[test]
fn a_group_that_does_not_fit_the_memory_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |set: &str| {
        let line = format!(
            "ulimit -v 1000000; exec {} run {} --length 1s --out out {set}",
            env!("CARGO_BIN_EXE_prism"),
            quickstart().display()
        );
        let output = Command::new("sh").args(["-c", &line]).current_dir(dir.path()).output().unwrap();
        assert_eq!((output.status.code(), stdout(&output)), (Some(1), ""), "{}", stderr(&output));
        assert!(!dir.path().join("out").exists());
        let kept = Manifest::read(&dir.path().join("out.incomplete")).unwrap();
        fs::remove_dir_all(dir.path().join("out.incomplete")).unwrap();
        let said = stderr(&output).to_owned();
        assert_eq!(said, format!("error: {}\n", kept.reason.unwrap()));
        said
    };
    // A venue keeps less of an agent than its group, and is built before; so the one or the other is too much.
    let many = r#"--set agents.noise.wakes='{ poisson = "2000s" }' --set agents.noise.count"#;
    assert_eq!(
        refused(&format!("{many}=100000000")),
        "error: no memory for the resting orders of the 100000020 agents at venue XPRM, of which group \"noise\" \
         has 100000000: 6400001280 bytes asked for\n"
    );
    let said = refused(&format!("{many}=3000000"));
    let begin = "error: no memory for the ";
    assert!(said.starts_with(begin) && said.contains(" of group \"noise\" with 3000000 agents: "), "{said}");
}

/// A limit on the size of files stands for a disk that is full when the tables are written: the manifest at
/// the beginning fits in.
#[cfg(target_os = "linux")]
#[test]
fn tables_that_find_no_room_leave_no_folder_that_looks_complete() {
    let dir = tempfile::tempdir().unwrap();
    let line = format!(
        "trap '' XFSZ; ulimit -f 64; exec {} run {} --length 60s --out out --tables all --json",
        env!("CARGO_BIN_EXE_prism"),
        quickstart().display()
    );
    let output = Command::new("sh").args(["-c", &line]).current_dir(dir.path()).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), ""), "{}", stderr(&output));
    assert!(stderr(&output).contains("File too large"), "{}", stderr(&output));
    assert!(
        stderr(&output).ends_with("; what was written is kept in out.incomplete\n"),
        "{}",
        stderr(&output)
    );
    assert_eq!(names(dir.path()), ["out.incomplete"]);
    let kept = Manifest::read(&dir.path().join("out.incomplete")).unwrap();
    assert!(!kept.complete && kept.digest.is_none() && kept.reason.is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_file_system_leaves_no_folder_that_looks_complete() {
    let dir = tempfile::tempdir().unwrap();
    let small = dir.path().join("small");
    fs::create_dir(&small).unwrap();
    let mount = |size: &str| {
        let options = format!("size={size}");
        let args = ["-t", "tmpfs", "-o", options.as_str(), "tmpfs"];
        Command::new("mount").args(args).arg(&small).output().is_ok_and(|output| output.status.success())
    };
    // Full from the first byte, after the manifest, and in the middle of the tables.
    for size in ["4k", "12k", "64k", "100k"] {
        if !mount(size) {
            eprintln!("skipped: a_full_file_system_leaves_no_folder_that_looks_complete may not mount");
            return;
        }
        let path = quickstart();
        let args = ["run", path.to_str().unwrap(), "--length", "60s", "--out", "small/out"];
        let output = command(dir.path(), args.iter().chain(&["--tables", "all"])).output().unwrap();
        let left = names(&small);
        let complete = small.join("out").exists()
            || left.iter().any(|name| Manifest::read(&small.join(name)).is_ok_and(|read| read.complete));
        let kept = Manifest::read(&small.join("out.incomplete"));
        let umount = Command::new("umount").arg(&small).output().unwrap();
        assert!(umount.status.success());
        assert_eq!((output.status.code(), complete), (Some(1), false), "{size}: {left:?}");
        assert!(stderr(&output).contains("No space left on device"), "{size}: {}", stderr(&output));
        match kept {
            Ok(kept) => {
                let reason = kept.reason.unwrap();
                assert!(reason.contains(".parquet: No space left on device"), "{size}: {reason}");
            }
            // Without room for a manifest there is no folder.
            Err(_) => assert!(left.is_empty() && size != "100k", "{size}: {left:?}"),
        }
    }
}
