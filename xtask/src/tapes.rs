//! The replay of recorded days by the built `prism`, and the opinion of a program that shares no code with it.
//!
//! The tapes lie in `PRISM_TAPES`, else in `../shared/data` beside the repository; they are not shipped. What must
//! come out stands in `FORMATS.md` beside them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::digests::release_binary;
use crate::steps::Done;
use crate::workspace::Workspace;

/// The folder of tapes, if there is one. A folder that was asked for must be there.
pub(crate) fn folder(root: &Path) -> Result<Option<PathBuf>, String> {
    if let Some(named) = std::env::var_os("PRISM_TAPES") {
        let found = PathBuf::from(&named).canonicalize();
        return found.map(Some).map_err(|error| format!("PRISM_TAPES={}: {error}", named.display()));
    }
    Ok(root.join("../shared/data").canonicalize().ok())
}

/// One replay: its words, what its JSON must say, and how an order-book file it writes is judged.
struct Replay {
    format: &'static str,
    tape: &'static str,
    book: &'static str,
    options: Vec<String>,
    expected: Value,
    /// The demand of `lobster_check.py`.
    demand: &'static str,
    /// The message file that belongs to `book`.
    messages: &'static str,
}

const GOOG_10: [&str; 2] = [
    "lobster/GOOG_2012-06-21_34200000_57600000_message_10.csv.zst",
    "lobster/GOOG_2012-06-21_34200000_57600000_orderbook_10.csv.zst",
];
const GOOG_1: [&str; 2] = [
    "lobster/GOOG_2012-06-21_34200000_57600000_message_1.csv.zst",
    "lobster/GOOG_2012-06-21_34200000_57600000_orderbook_1.csv.zst",
];
const AAPL_1: [&str; 2] = [
    "lobster/AAPL_2012-06-21_34200000_57600000_message_1.csv.zst",
    "lobster/AAPL_2012-06-21_34200000_57600000_orderbook_1.csv.zst",
];
const COMPLETED: &str = "lobster/GOOG_2012-06-21_completed_10.csv.zst";
const ITCH: &str = "itch/GOOG_2012-06-21_from_lobster_10.itch50.zst";
/// The tape that is shipped with the project.
const SHIPPED: &str = "examples/tapes/ex20101224.TEST_ITCH_50.itch50.zst";

fn replays(folder: &Path) -> Vec<Replay> {
    let exact = json!({
        "compared": 147_915, "mismatches": 0, "crossing_adds": 0,
        "executions": 7_764, "executions_at_best": 7_764, "executions_at_queue_head": 7_721,
    });
    let mut clean = exact.clone();
    clean["clean_executions"] = json!(6_830);
    clean["clean_at_queue_head"] = json!(6_825);
    let rows = vec!["--rows".to_owned(), folder.join(COMPLETED).display().to_string()];
    let [messages, book] = GOOG_10;
    let mut all = vec![
        Replay {
            format: "completed",
            tape: COMPLETED,
            book,
            options: vec![],
            expected: clean,
            demand: "all",
            messages,
        },
        Replay { format: "itch", tape: ITCH, book, options: rows, expected: exact, demand: "all", messages },
    ];
    for [messages, book] in [GOOG_10, GOOG_1, AAPL_1] {
        for (start, demand) in [("each", "onestep"), ("first", "determinable")] {
            all.push(Replay {
                format: "lobster",
                tape: messages,
                book,
                options: vec!["--start".to_owned(), start.to_owned()],
                expected: json!({"mismatches": 0}),
                demand,
                messages,
            });
        }
    }
    all
}

/// Replays every tape and compares.
pub(crate) fn check(workspace: &Workspace) -> Result<Done, String> {
    if workspace.targets("bin").iter().all(|(_, target)| target.name != "prism") {
        return Ok(Done::Skipped("the workspace has no command `prism`".to_owned()));
    }
    let prism = release_binary(workspace)?;
    let mut failures = shipped(workspace, &prism);
    let Some(folder) = folder(&workspace.root)? else {
        return failures_or(
            &failures,
            Done::Skipped(
                "no folder of tapes (PRISM_TAPES, ../shared/data): only the shipped tape ran".to_owned(),
            ),
        );
    };
    let scratch = workspace.target.join("xtask-tapes");
    fs::create_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
    for (at, replay) in replays(&folder).iter().enumerate() {
        let written = scratch.join(format!("{at}.csv"));
        let words =
            [&["replay", replay.format, replay.tape].map(str::to_owned)[..], &replay.options].concat();
        let name = words.join(" ");
        println!("{name}");
        if let Err(error) = one(&prism, &folder, replay, &written) {
            failures.push(format!("{name}: {error}"));
        }
    }
    failures.extend(dump(&prism, &folder).err());
    failures.extend(lenient(&prism, &folder).err());
    failures_or(&failures, Done::Passed)
}

fn failures_or(failures: &[String], done: Done) -> Result<Done, String> {
    if failures.is_empty() { Ok(done) } else { Err(failures.join("\n")) }
}

/// A replay, and the judgement of the other program.
fn one(prism: &Path, folder: &Path, replay: &Replay, written: &Path) -> Result<(), String> {
    let mut command = Command::new(prism);
    command
        .args(["replay", replay.format])
        .arg(folder.join(replay.tape))
        .arg("--check")
        .arg(folder.join(replay.book));
    command.args(&replay.options).arg("--book-out").arg(written).arg("--json");
    agrees(&output(&mut command)?, &replay.expected)?;
    let judge = folder.join("../tools/lobster_check.py");
    if !judge.exists() {
        return Err(format!("{} is missing", judge.display()));
    }
    let mut command = Command::new("python3");
    command.arg(judge).args(["--mode", "compare", "--demand", replay.demand, "--messages"]);
    command.arg(folder.join(replay.messages)).arg("--orderbook").arg(folder.join(replay.book));
    command.arg("--other").arg(written);
    output(&mut command).map(|_| ())
}

/// Compares what is expected with a JSON object that may say more.
fn agrees(json: &[u8], expected: &Value) -> Result<(), String> {
    let got: Value = serde_json::from_slice(json)
        .map_err(|error| format!("its output is not one JSON object: {error}"))?;
    let differs = expected.as_object().into_iter().flatten().filter(|(key, value)| got[*key] != **value);
    let told: Vec<String> =
        differs.map(|(key, value)| format!("`{key}` is {}, not {value}", got[key])).collect();
    if told.is_empty() { Ok(()) } else { Err(told.join(", ")) }
}

/// The tape in the repository is read to its end.
fn shipped(workspace: &Workspace, prism: &Path) -> Vec<String> {
    let mut command = Command::new(prism);
    command.args(["replay", "itch", SHIPPED, "--json"]).current_dir(&workspace.root);
    let read = output(&mut command).and_then(|json| agrees(&json, &json!({"mismatches": 0})));
    read.err().map(|error| format!("{SHIPPED}: {error}")).into_iter().collect()
}

/// Every message of ITCH 5.0 decodes to what was encoded.
fn dump(prism: &Path, folder: &Path) -> Result<(), String> {
    let tape = "itch/all_types.itch50";
    let lines = output(Command::new(prism).args(["replay", "itch"]).arg(folder.join(tape)).arg("--dump"))?;
    let decoded: Vec<Value> = serde_json::Deserializer::from_slice(&lines)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{tape}: {error}"))?;
    let text =
        fs::read(folder.join("itch/all_types.expected.json")).map_err(|error| format!("{tape}: {error}"))?;
    let expected: Value = serde_json::from_slice(&text).map_err(|error| format!("{tape}: {error}"))?;
    let expected = expected["messages"].as_array().cloned().unwrap_or_default();
    match decoded.iter().zip(&expected).position(|(got, expected)| got != expected) {
        Some(at) => Err(format!("{tape}: message {}: {} instead of {}", at + 1, decoded[at], expected[at])),
        None if decoded.len() != expected.len() => {
            Err(format!("{tape}: {} messages, not {}", decoded.len(), expected.len()))
        }
        None => Ok(()),
    }
}

/// Frames of length zero are an error, unless the reader is told to be lenient.
fn lenient(prism: &Path, folder: &Path) -> Result<(), String> {
    let tape = "itch/ex20101224.TEST_ITCH_50.zero_length_frames.zst";
    let replay = |options: &[&str]| {
        let mut command = Command::new(prism);
        command.args(["replay", "itch"]).arg(folder.join(tape)).args(options).stdin(Stdio::null());
        command.output().map_err(|error| format!("{tape}: {error}")).map(|out| out.status.code())
    };
    match (replay(&["--json"])?, replay(&["--json", "--lenient"])?) {
        (Some(2), Some(0)) => Ok(()),
        (strict, lenient) => {
            Err(format!("{tape}: exit status {strict:?}, with --lenient {lenient:?}; expected 2 and 0"))
        }
    }
}

/// What a command prints, if it succeeds.
fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let out = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?} does not start: {error}"))?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    let said = if out.stderr.is_empty() { &out.stdout } else { &out.stderr };
    Err(format!("{}: {}", out.status, String::from_utf8_lossy(said).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_must_say_what_is_expected() {
        let expected = json!({"mismatches": 0, "executions": 7_764});
        assert_eq!(agrees(br#"{"mismatches": 0, "executions": 7764, "rows": 5}"#, &expected), Ok(()));
        let short = agrees(br#"{"mismatches": 3}"#, &expected);
        assert_eq!(short, Err("`mismatches` is 3, not 0, `executions` is null, not 7764".to_owned()));
        assert!(agrees(b"", &expected).is_err());
    }
}
