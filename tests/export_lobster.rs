//! Runs written as LOBSTER files, before the independent checker.
#![allow(clippy::unwrap_used)]

mod export_common;
mod replay_common;

use std::fs;
use std::path::Path;
use std::process::Command;

use export_common::{DAY, Exported, exported, without_a_day};
use prism_core::market::BookAction;
use replay_common::checker;
use serde_json::Value;

const LEVELS: usize = 10;

/// The lines of the two files of a day.
fn lines(folder: &Path, start: &str) -> [Vec<String>; 2] {
    ["message", "orderbook"].map(|kind| {
        let path = folder.join(format!("ACME_2012-06-21_{start}_{kind}_{LEVELS}.csv"));
        fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    })
}

/// Everything that the checker demands holds of these rows; what it says.
fn stands(program: &Path, [messages, rows]: [&[String]; 2]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let paths = [("message.csv", messages), ("orderbook.csv", rows)].map(|(name, lines)| {
        let path = dir.path().join(name);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        path
    });
    let output = Command::new("python3")
        .arg(program)
        .args(["--mode", "all", "--messages"])
        .arg(&paths[0])
        .arg("--orderbook")
        .arg(&paths[1])
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["all_demands_hold"], true, "{out}");
    assert_eq!(said["completed"]["crossing_adds"], 0, "{out}");
    let executions = &said["completed"]["visible_executions"];
    assert_eq!(executions["at_best_price"], executions["executions"], "{out}");
    // The first message is in the first row, which does not tell whose order it was.
    let clean = &executions["executions_at_levels_without_inserted_orders"];
    assert_eq!(&executions["of_these_at_head_of_queue"], clean, "{out}");
    said
}

/// Icebergs, hidden orders, orders at the market.
#[test]
fn a_continuous_run_stands_every_check() {
    let Some(program) = checker("a_continuous_run_stands_every_check") else { return };
    let Exported { folder, memory, .. } = exported(&without_a_day());
    let count = |action| memory.book().iter().filter(|row| row.action == action as u8).count();
    assert!(count(BookAction::Hidden) > 100 && count(BookAction::Cross) == 0);
    let [messages, rows] = lines(folder.path(), "32400000_32700000");
    let said = stands(&program, [&messages, &rows]);
    let types = &said["checks"]["type_counts"];
    for (kind, least) in [("1", 1_000), ("3", 500), ("4", 500), ("5", 50)] {
        assert!(types[kind].as_u64().unwrap() > least, "{types}");
    }
    // A file in which something is wrong is found out.
    let mut wrong = rows.clone();
    let last = wrong.len() - 1;
    wrong.swap(last, last / 2);
    let checked = std::panic::catch_unwind(|| stands(&program, [&messages, &wrong]));
    assert!(checked.is_err());
}

/// Of a day with calls and halts, whatever lies between two of them.
#[test]
fn the_continuous_parts_of_a_day_stand_every_check() {
    let Some(program) = checker("the_continuous_parts_of_a_day_stand_every_check") else { return };
    let Exported { folder, .. } = exported(DAY);
    let [messages, rows] = lines(folder.path(), "32400000_32700000");
    assert_eq!(messages.len(), rows.len());
    let (mut began, mut parts, mut checked) = (None, 0, 0);
    for (at, message) in messages.iter().enumerate() {
        let columns: Vec<&str> = message.split(',').collect();
        if columns[1] == "6" {
            assert_eq!((columns[2], columns[5]), ("-1", "-1"), "{message}");
            assert!(began.is_none(), "an uncrossing in continuous trading: {message}");
            assert_eq!(rows[at], rows[at - 1], "{message}");
        }
        if columns[1] != "7" {
            continue;
        }
        assert_eq!((columns[2], columns[3], columns[5]), ("0", "0", "-1"), "{message}");
        if let Some(from) = began.take()
            && at - from > 50
        {
            stands(&program, [&messages[from..at], &rows[from..at]]);
            (parts, checked) = (parts + 1, checked + at - from);
        }
        began = (columns[4] == "1").then_some(at + 1);
    }
    assert!(parts > 2 && checked > 1_000, "{parts} parts, {checked} rows");
}
