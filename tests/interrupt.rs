//! Ctrl-C at any moment: the status says so, what was written can be read, and nothing looks complete.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod run_common;

use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use prism::prelude::StreamKey;
use run_common::{command, ended, incomplete, json, names, quickstart, stdout};

/// Longer than any test waits.
const LONG: &str = "1000h";

fn signal(name: &str, child: &Child) {
    let line = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}

/// A run of the quickstart into `out`.
fn begin(folder: &Path, length: &str, more: &[&str]) -> Child {
    let path = quickstart();
    let args = ["run", path.to_str().unwrap(), "--length", length, "--out", "out", "--tables", "all"];
    let mut command = command(folder, args.iter().chain(more));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What an interrupted run has to leave behind.
fn check_left(folder: &Path, output: &Output) {
    assert_eq!(output.status.code(), Some(130), "{:?}", output.status);
    assert_eq!(names(folder), ["out.incomplete"]);
    let kept = incomplete(&folder.join("out.incomplete"));
    assert_eq!(kept.reason.as_deref(), Some("interrupted"));
    assert!(!folder.join("out.incomplete/summary.json").exists());
}

/// The run tells its orders on stdout, and the moment is when so and so many bytes of them have come.
#[test]
fn an_interrupt_at_any_moment_keeps_what_was_written() {
    let mut rng = StreamKey::root(7).child("interrupts").stream();
    for n in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let mut child = begin(dir.path(), LONG, &["--sink", "ndjson:path=-,tables=orders"]);
        let bytes = if n == 0 { 1 } else { 1 + rng.below_u64(10_000_000) };
        let mut orders = child.stdout.take().unwrap();
        let read = std::io::copy(&mut (&mut orders).take(bytes), &mut std::io::sink()).unwrap();
        assert_eq!(read, bytes);
        signal(if n % 2 == 0 { "INT" } else { "TERM" }, &child);
        // Reads on: a run that cannot write cannot end in order.
        let mut rest = Vec::new();
        orders.read_to_end(&mut rest).unwrap();
        assert!(rest.ends_with(b"}\n"), "the last row is whole");
        let output = child.wait_with_output().unwrap();
        check_left(dir.path(), &output);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("INCOMPLETE: interrupted"), "{told}");
        assert!(told.ends_with("interrupted; what was written is kept in out.incomplete\n"), "{told}");
        let manifest = prism::sinks::Manifest::read(&dir.path().join("out.incomplete")).unwrap();
        assert!(manifest.tables["orders"].rows >= 8_192, "{manifest:?}");
    }
}

/// From before the program has looked at its arguments on: then it may die of the signal as any program does,
/// and has made nothing, or it ends in order.
#[test]
fn an_interrupt_right_at_the_start_leaves_nothing_that_looks_complete() {
    for n in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let child = begin(dir.path(), LONG, &["--quiet"]);
        // Ever later: starting a shell takes about as long as setting up the run.
        for _ in 0..n {
            assert!(Command::new("true").status().unwrap().success());
        }
        signal("INT", &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(stdout(&output), "");
        if output.status.signal() == Some(2) {
            assert_eq!(names(dir.path()), Vec::<String>::new());
            continue;
        }
        check_left(dir.path(), &output);
        assert_eq!(ended(&output).1, "interrupted; what was written is kept in out.incomplete\n");
    }
}

#[test]
fn an_interrupted_run_is_still_one_json_object() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = begin(dir.path(), LONG, &["--json", "--sink", "ndjson:path=/dev/stderr,tables=orders"]);
    let mut orders = child.stderr.take().unwrap();
    orders.read_exact(&mut vec![0; 100_000]).unwrap();
    signal("INT", &child);
    std::io::copy(&mut orders, &mut std::io::sink()).unwrap();
    let output = child.wait_with_output().unwrap();
    check_left(dir.path(), &output);
    let said = json(&output);
    assert_eq!((&said["complete"], &said["out"]), (&false.into(), &"out.incomplete".into()));
    let seconds = said["sim_seconds"].as_f64().unwrap();
    assert!(seconds > 0.0 && seconds < 3_600_000.0, "{seconds}");
    let kept = prism::sinks::Manifest::read(&dir.path().join("out.incomplete")).unwrap();
    assert_eq!(said["requests"], kept.tables["orders"].rows, "every row up to the interrupt is there");
    assert_eq!(said["trades"], kept.tables["trades"].rows);
}

/// Nobody reads its rows any more, so it cannot end in order; the second signal ends it all the same.
#[test]
fn a_second_interrupt_ends_a_run_that_hangs() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = begin(dir.path(), LONG, &["--sink", "ndjson:path=-,tables=orders"]);
    let mut orders = child.stdout.take().unwrap();
    orders.read_exact(&mut [0; 1]).unwrap();
    signal("INT", &child);
    signal("TERM", &child); // two of one kind may arrive as one
    let output = child.wait_with_output().unwrap();
    drop(orders);
    assert_eq!(output.status.code(), Some(130), "{:?}", output.status);
    assert_eq!(names(dir.path()), ["out.incomplete"]);
    let manifest = prism::sinks::Manifest::read(&dir.path().join("out.incomplete")).unwrap();
    assert!(!manifest.complete);
}

/// What a process says that was ended while it waited for somebody else.
const BLOCKED: &str = "interrupted, and nothing moved for 5 s (set-up, or a pipe whose other end waits); \
                       what was being written is kept under a name that ends in .incomplete\n";

fn pipe(folder: &Path) {
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
}

/// One is enough: after a while it ends a run whose rows nobody takes.
#[test]
fn one_interrupt_ends_a_run_whose_rows_nobody_takes() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = begin(dir.path(), LONG, &["--quiet", "--sink", "ndjson:path=-,tables=orders"]);
    let mut orders = child.stdout.take().unwrap();
    orders.read_exact(&mut [0; 1]).unwrap();
    signal("INT", &child);
    let output = child.wait_with_output().unwrap();
    drop(orders);
    assert_eq!(ended(&output), (Some(130), BLOCKED));
    assert_eq!(names(dir.path()), ["out.incomplete"]);
    let manifest = prism::sinks::Manifest::read(&dir.path().join("out.incomplete")).unwrap();
    assert!(!manifest.complete);
}

/// A pipe that nobody reads cannot even be opened.
#[test]
fn one_interrupt_ends_a_run_that_waits_for_a_pipe() {
    let dir = tempfile::tempdir().unwrap();
    pipe(dir.path());
    let mut child = begin(dir.path(), LONG, &["--quiet", "--sink", "ndjson:path=pipe,tables=orders"]);
    let made = dir.path().join("out.incomplete/manifest.json");
    while !made.exists() {
        assert!(child.try_wait().unwrap().is_none(), "the run has ended by itself");
    }
    signal("TERM", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(ended(&output), (Some(130), BLOCKED));
    assert_eq!(names(dir.path()), ["out.incomplete", "pipe"]);
    assert!(!prism::sinks::Manifest::read(&dir.path().join("out.incomplete")).unwrap().complete);
}

/// A tape that is open and says nothing.
#[test]
fn one_interrupt_ends_a_replay_that_waits_for_its_tape() {
    let dir = tempfile::tempdir().unwrap();
    pipe(dir.path());
    let args = ["replay", "itch", "pipe", "--book-out", "book.csv"];
    let child = command(dir.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let tape = fs::OpenOptions::new().write(true).open(dir.path().join("pipe")).unwrap(); // is being read
    signal("INT", &child);
    let output = child.wait_with_output().unwrap();
    drop(tape);
    assert_eq!(ended(&output), (Some(130), BLOCKED));
    assert!(!dir.path().join("book.csv").exists());
}

#[test]
fn an_interrupted_run_without_a_folder_says_so_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = quickstart();
    let args = ["run", path.to_str().unwrap(), "--length", LONG, "--sink", "csv:path=-,tables=orders"];
    let mut child = command(dir.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut orders = child.stdout.take().unwrap();
    orders.read_exact(&mut [0; 1]).unwrap();
    signal("INT", &child);
    std::io::copy(&mut orders, &mut std::io::sink()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(ended(&output).1.ends_with("\ninterrupted\n"), "{}", ended(&output).1);
    assert_eq!(names(dir.path()), Vec::<String>::new());
}

/// Whatever has not come to its end is named, each by the name it has now.
#[test]
fn what_is_left_of_sinks_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("there")).unwrap();
    fs::write(dir.path().join("there/rows.ndjson.incomplete"), "of another run").unwrap();
    let sinks =
        ["csv:tables", "ndjson:there/rows.ndjson", "parquet:path=pq,tables=trades", "ndjson:/dev/null"];
    let path = quickstart();
    let mut args = vec!["run", path.to_str().unwrap(), "--length", LONG];
    args.extend(sinks.iter().flat_map(|sink| ["--sink", sink]));
    let left = [
        "tables/trades.csv.incomplete",
        "tables/tops.csv.incomplete",
        "tables/agents.csv.incomplete",
        "there/rows.ndjson.2.incomplete",
        "pq/trades/part-0000.parquet.incomplete",
    ];
    for more in [&[][..], &["--out", "out", "--json"]] {
        let mut child = command(
            dir.path(),
            args.iter().chain(more).chain(&["--sink", "ndjson:path=/dev/stderr,tables=orders"]),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        let mut orders = child.stderr.take().unwrap();
        orders.read_exact(&mut vec![0; 100_000]).unwrap();
        signal("INT", &child);
        let mut told = String::new();
        orders.read_to_string(&mut told).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        let folder: &[&str] = if more.is_empty() { &[] } else { &["out.incomplete"] };
        let all = [folder, &left].concat();
        let said = format!("interrupted; what was written is kept in\n  {}\n", all.join("\n  "));
        assert!(told.ends_with(&said), "{}", &told[told.len() - 600..]);
        assert!(all.iter().all(|file| dir.path().join(file).exists()));
        if !more.is_empty() {
            assert_eq!(json(&output)["unfinished"], serde_json::json!(left));
        }
        for left in ["tables", "pq", "there/rows.ndjson.2.incomplete"] {
            let left = dir.path().join(left);
            if left.is_dir() { fs::remove_dir_all(left).unwrap() } else { fs::remove_file(left).unwrap() }
        }
    }
}

/// A run that fails names them too.
#[cfg(target_os = "linux")]
#[test]
fn what_is_left_of_a_failed_run_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = quickstart();
    let args = ["run", path.to_str().unwrap(), "--sink", "csv:path=t,tables=trades", "--length"];
    let output =
        command(dir.path(), args.iter().chain(&["60s", "--sink", "ndjson:/dev/full"])).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = ended(&output).1;
    assert!(told.ends_with("; what was written is kept in t/trades.csv.incomplete\n"), "{told}");
    // A reader that went away is no failure, unless files are left that were asked for.
    let mut child = command(dir.path(), args.iter().chain(&[LONG, "--sink", "ndjson:-"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut rows = child.stdout.take().unwrap();
    rows.read_exact(&mut [0]).unwrap();
    drop(rows);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(ended(&output).1.ends_with("kept in t/trades.csv.2.incomplete\n"), "{}", ended(&output).1);
}

#[test]
fn a_profile_can_be_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let path = quickstart();
    let mut in_order = 0;
    for n in 0..10 {
        let args = ["run", path.to_str().unwrap(), "--length", LONG, "--profile", "--json"];
        let child = command(dir.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        for _ in 0..5 * n {
            assert!(Command::new("true").status().unwrap().success());
        }
        signal("INT", &child);
        let output = child.wait_with_output().unwrap();
        if output.status.signal() == Some(2) {
            continue;
        }
        assert_eq!(ended(&output), (Some(130), "interrupted\n"));
        assert_eq!(json(&output)["complete"], false);
        in_order += 1;
    }
    assert!(in_order > 0);
}

/// So many agents are not made at once: the interrupt comes while they are, and is heard when they stand.
#[cfg(target_os = "linux")]
#[test]
fn a_profile_can_be_interrupted_before_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let path = quickstart();
    let more = ["--set", "agents.noise.count=300000", "--profile", "--json"];
    let args = ["run", path.to_str().unwrap(), "--length", LONG];
    let mut child = command(dir.path(), args.iter().chain(&more))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let resident = || {
        let text = fs::read_to_string(&status).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0").trim();
        line.split(' ').next().unwrap().parse::<u64>().unwrap()
    };
    while resident() < 30_000 {
        assert!(child.try_wait().unwrap().is_none(), "the profile has ended by itself");
    }
    signal("INT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{:?}", output.status);
    assert!(ended(&output).1.ends_with("interrupted\n"), "{}", ended(&output).1);
    assert_eq!(json(&output)["complete"], false);
}

/// `nohup prism run …` outlives the terminal, and a script's job in the background its Ctrl-C.
#[cfg(target_os = "linux")]
#[test]
fn signals_that_the_process_was_told_to_ignore_stay_ignored() {
    for name in ["HUP", "INT"] {
        let dir = tempfile::tempdir().unwrap();
        let line = format!(
            "trap '' {name}; exec {} run {} --length 1min --out out --sink ndjson:path=-,tables=orders",
            env!("CARGO_BIN_EXE_prism"),
            quickstart().display()
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).current_dir(dir.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = shell.spawn().unwrap();
        let mut orders = child.stdout.take().unwrap();
        orders.read_exact(&mut [0; 1]).unwrap();
        signal(name, &child);
        std::io::copy(&mut orders, &mut std::io::sink()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert_eq!(names(dir.path()), ["out"]);
    }
}

#[test]
fn a_verification_can_be_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let path = quickstart();
    let args = ["run", path.to_str().unwrap(), "--length", "1s", "--out", "out", "--quiet"];
    assert_eq!(ended(&command(dir.path(), args).output().unwrap()), (Some(0), ""));
    let manifest = dir.path().join("out/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("run.length=1s", &format!("run.length={LONG}"))).unwrap();
    // Ever later: before the program has looked at its arguments, it may die of the signal as any does.
    let mut in_order = 0;
    for n in 0..10 {
        let mut command = command(dir.path(), ["verify", "out", "--json"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        for _ in 0..5 * n {
            assert!(Command::new("true").status().unwrap().success());
        }
        signal("TERM", &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(stdout(&output), "");
        if output.status.signal() == Some(15) {
            continue;
        }
        assert_eq!(ended(&output), (Some(130), "interrupted; out is not verified\n"));
        in_order += 1;
    }
    assert!(in_order > 0);
}
