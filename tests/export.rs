//! Runs written as recorded market data, and read back.
#![allow(clippy::unwrap_used)]

mod export_common;
mod run_common;

use std::fs;
use std::path::{Path, PathBuf};

use export_common::{Told, compare};
use prism::replay::{Format, Options, Start as From, replay};
use prism::scenario::Scenario;
use prism_book::BookEngine;
use prism_core::market::BookAction;
use prism_core::sink::Table;
use prism_core::types::{Side, Span};
use prism_sinks::Memory;
use prism_sinks::export::{Itch, Lobster, Start};
use prism_sinks::tape::itch::Reader;
use prism_sinks::tape::{BookReader, LobsterReader, Source};
use run_common::{names, prism, well};

/// A thousand agents in one stock, on a tick of a cent.
fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/calm.toml")
}

fn calm(length: &str, start: &str) -> Scenario {
    let path = path();
    let scenario = Scenario::load(path).unwrap();
    scenario.with("run.length", length).unwrap().with("run.start", start).unwrap()
}

/// Runs with a memory of all changes and both writers.
fn exported(scenario: &Scenario, folder: &Path) -> Memory {
    let memory = Memory::new(Table::Book.into());
    let start = Start(scenario.start_nanos());
    let mut sim = scenario
        .builder()
        .unwrap()
        .sink(memory.clone())
        .sink(Itch::to_folder(folder, start))
        .sink(Lobster::to_folder(folder, start, scenario.length()))
        .build()
        .unwrap();
    sim.run_for(scenario.length()).unwrap();
    sim.finish().unwrap();
    memory
}

#[test]
fn a_run_written_as_itch_is_read_back_message_by_message() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = calm("10min", "2012-06-21T09:30:00Z");
    let memory = exported(&scenario, dir.path());
    let rows = memory.book();
    let actions = BookAction::ALL.map(|action| rows.iter().filter(|row| row.action == action as u8).count());
    assert!(rows.len() > 2_000 && actions[BookAction::Execute as usize] > 100, "{actions:?}");
    assert!(rows.iter().zip(1..).all(|(row, seq)| row.seq == seq));
    let tape = dir.path().join("XPRM_2012-06-21.itch50");
    compare(&tape, &rows, (100, 1));

    let report = replay(&Options::new(Format::Itch, &tape), None, &mut |_| true).unwrap();
    assert_eq!((report.crossing_adds, report.unknown_ids, report.contradictions), (0, 0, 0));
    assert_eq!((report.executions_at_queue_head, report.ended), (report.executions, Some(true)));
    assert_eq!(report.warnings, Vec::<String>::new());
    // Three that open the day, the stock and its state, three that close it.
    assert_eq!(report.messages, rows.len() as u64 + 8);
}

#[test]
fn a_run_written_as_lobster_stands_every_check() {
    let dir = tempfile::tempdir().unwrap();
    let memory = exported(&calm("10min", "2012-06-21T09:30:00Z"), dir.path());
    let name = |kind: &str| dir.path().join(format!("ACME_2012-06-21_34200000_34800000_{kind}_10.csv"));
    let (messages, rows) = (name("message"), name("orderbook"));
    for start in [From::Each, From::First] {
        let mut options = Options::new(Format::Lobster, &messages);
        (options.check, options.start) = (Some(rows.clone()), start);
        let report = replay(&options, None, &mut |_| true).unwrap();
        assert_eq!(report.first_mismatch, None);
        assert_eq!((report.mismatches, report.matched.all), (0, Some(1.0)));
        assert!(report.demanded.top1.unwrap() > 1_000, "{report}");
    }
    let first = LobsterReader::new(Source::open(&messages).unwrap()).next().unwrap().unwrap();
    assert_eq!(first.time_ns, 34_200_000_000_000 + memory.book()[0].at);
    // The other way round: the book of the run shows each row whose message is about one of its ten levels.
    let (mut told, mut reader) = (Told::default(), BookReader::new(Source::open(&rows).unwrap()).unwrap());
    let mut last = None;
    for row in &memory.book() {
        told.row(row);
        let level = |(price, size): &(i64, u64)| (price * 100, *size);
        let side =
            |side| told.ladder.levels(side).take(10).map(|level| (level.price.0, level.qty.0)).collect();
        let now: [Vec<(i64, u64)>; 2] = [side(Side::Buy), side(Side::Sell)];
        if last.as_ref() != Some(&now) {
            let shown = reader.next_row().unwrap().unwrap();
            assert_eq!(shown.bids, now[0].iter().map(level).collect::<Vec<_>>());
            assert_eq!(shown.asks, now[1].iter().map(level).collect::<Vec<_>>());
        }
        last = Some(now);
    }
    assert!(reader.next_row().unwrap().is_none());
}

#[test]
fn a_run_past_midnight_has_a_file_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let memory = exported(&calm("4min", "2012-06-20T23:58:00Z"), dir.path());
    let written = [
        "ACME_2012-06-20_86280000_86400000_message_10.csv",
        "ACME_2012-06-20_86280000_86400000_orderbook_10.csv",
        "ACME_2012-06-21_0_120000_message_10.csv",
        "ACME_2012-06-21_0_120000_orderbook_10.csv",
        "XPRM_2012-06-20.itch50",
        "XPRM_2012-06-21.itch50",
    ];
    assert_eq!(names(dir.path()), written);
    let midnight = Span::mins(2).as_nanos();
    let rows = memory.book();
    let (before, after) = rows.split_at(rows.partition_point(|row| row.at < midnight));
    assert!(before.len() > 100 && after.len() > 100);
    compare(&dir.path().join("XPRM_2012-06-20.itch50"), before, (100, 1));
    // The second day begins with the orders that rest, in the order of their queues.
    let mut run = Told::default();
    for row in before {
        run.row(row);
    }
    let resting = run.orders((100, 1));
    assert!(!resting.is_empty());
    let (mut read, mut after, mut announced) = (Told::default(), after.iter(), 0);
    for message in Reader::new(Source::open(dir.path().join(written[5])).unwrap()) {
        let message = message.unwrap();
        if !read.message(&message.body) {
            continue;
        }
        announced += 1;
        if announced <= resting.len() {
            assert_eq!(message.head.timestamp.ns(), 0);
            continue;
        }
        run.row(after.next().unwrap());
        assert_eq!(read.orders((1, 1)), run.orders((100, 1)));
    }
    assert!(after.next().is_none());
}

#[test]
fn the_command_writes_what_the_sinks_write() {
    let dir = tempfile::tempdir().unwrap();
    let path = path();
    let mut args = vec!["run", path.to_str().unwrap(), "--out", "run", "--json"];
    args.extend(["--set", "run.length=1min", "--set", "run.start=2012-06-21T09:30:00Z"]);
    well(&prism(dir.path(), &args));
    let export = |args: &[&str]| prism(dir.path(), &[&["export", "run"], args].concat());
    let said = well(&export(&["--to", "itch", "--out", "tapes", "--json"]));
    assert_eq!((said["format"].as_str(), said["out"].as_str()), (Some("itch"), Some("tapes")));
    well(&export(&["--to", "lobster", "--out", "tapes", "--json"]));
    let other = dir.path().join("other");
    exported(&calm("1min", "2012-06-21T09:30:00Z"), &other);
    assert_eq!(names(&dir.path().join("tapes")), names(&other));
    for name in names(&other) {
        assert_eq!(
            fs::read(dir.path().join("tapes").join(&name)).unwrap(),
            fs::read(other.join(&name)).unwrap()
        );
    }
    // What is there stays, unless it may go.
    let again = export(&["--to", "itch", "--out", "tapes"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("XPRM_2012-06-21.itch50"));
    well(&export(&["--to", "itch", "--out", "tapes", "--force", "--json"]));
    assert_eq!(names(&dir.path().join("tapes")), names(&other));
}

#[test]
fn what_lies_in_the_folder_of_a_run_is_replaced_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = path();
    let run = |more: &[&str]| {
        let mut args =
            vec!["run", path.to_str().unwrap(), "--out", "run", "--json", "--set", "run.length=10s"];
        args.extend(more);
        prism(dir.path(), &args)
    };
    well(&run(&[]));
    for format in ["itch", "lobster"] {
        let said = well(&prism(dir.path(), &["export", "run", "--to", format, "--json"]));
        let files: Vec<String> = names(&dir.path().join("run").join(format))
            .iter()
            .map(|name| format!("run/{format}/{name}"))
            .collect();
        assert_eq!(said["files"], serde_json::json!(files));
    }
    let verified = prism(dir.path(), &["verify", "run"]);
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    // A file of somebody else's keeps all of it.
    fs::write(dir.path().join("run/itch/notes.txt"), "mine").unwrap();
    let refused = run(&["--force"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("itch/notes.txt"));
    fs::remove_file(dir.path().join("run/itch/notes.txt")).unwrap();
    well(&run(&["--force"]));
    assert!(!dir.path().join("run/itch").exists() && !dir.path().join("run/lobster").exists());
    assert_eq!(names(dir.path()), ["run"]);
}

#[test]
fn a_run_that_tells_nothing_has_no_folder_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let text = "schema = 1\nrun = { length = \"5s\" }\n[[symbol]]\nname = \"ACME\"\n[[venue]]\nname = \"XPRM\"\nkind = \"exchange\"\n\
        [[agents]]\nkind = \"noise_trader\"\ncount = 3\n";
    fs::write(dir.path().join("dead.toml"), text).unwrap();
    assert_eq!(prism(dir.path(), &["run", "dead.toml", "--out", "run", "--quiet"]).status.code(), Some(0));
    for format in ["itch", "lobster"] {
        let said = well(&prism(dir.path(), &["export", "run", "--to", format, "--json"]));
        assert_eq!((&said["out"], &said["files"]), (&serde_json::json!(null), &serde_json::json!([])));
        let told = prism(dir.path(), &["export", "run", "--to", format]);
        assert!(String::from_utf8(told.stdout).unwrap().contains("nothing is written"));
        assert!(!dir.path().join("run").join(format).exists());
    }
}

/// A market of the given symbols, run for five seconds into `run`.
fn ran(dir: &Path, symbols: &[&str], force: bool) {
    let symbols: Vec<String> = symbols
        .iter()
        .map(|name| format!("[[symbol]]\nname = \"{name}\"\nstart = \"100\"\ntick = \"0.01\"\n"))
        .collect();
    let text = format!(
        "schema = 1\nrun = {{ length = \"5s\" }}\n{}[[venue]]\nname = \"XPRM\"\nkind = \"exchange\"\n\
        [[agents]]\nkind = \"zero_intelligence\"\ncount = 20\n",
        symbols.concat()
    );
    fs::write(dir.join("market.toml"), text).unwrap();
    let args = ["run", "market.toml", "--out", "run", "--quiet", "--force"];
    let ended = prism(dir, &args[..if force { 6 } else { 5 }]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

#[test]
fn symbols_that_would_share_a_file_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    ran(dir.path(), &["BTC/USD", "BTC-USD"], false);
    let refused = prism(dir.path(), &["export", "run", "--to", "lobster", "--force"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("the files of BTC/USD and BTC-USD would have the same names"), "{why}");
    assert!(!dir.path().join("run/lobster").exists());
}

#[test]
fn what_a_failed_export_leaves_goes_with_the_run() {
    let dir = tempfile::tempdir().unwrap();
    ran(dir.path(), &["TOOLONGNAME"], false);
    let failed = prism(dir.path(), &["export", "run", "--to", "itch"]);
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    let left = names(&dir.path().join("run/itch"));
    assert!(left.len() == 1 && left[0].ends_with(".incomplete"), "{left:?}");
    ran(dir.path(), &["ACME"], true);
    assert!(!dir.path().join("run/itch").exists());
}
