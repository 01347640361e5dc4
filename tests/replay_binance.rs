//! Binance recordings through the book: the real ones against their checkpoints and their own best bids and offers,
//! made ones against the exchange's rule for a local book.
#![allow(clippy::unwrap_used)]

mod replay_common;

use prism::replay::{Format, Options, Report};
use replay_common::day::{Day, refused};
use replay_common::{dump, plain, run, tape};
use serde_json::{Value, json};

/// A real recording with its checkpoints.
fn real(test: &str, market: &str) -> Option<Options> {
    let name = format!("crypto/binance_{market}_btcusdt_20240808");
    let mut options = Options::new(Format::Binance, tape(test, &format!("{name}.jsonl.zst"))?);
    options.check = tape(test, &format!("{name}.expected.json"));
    Some(options)
}

#[test]
fn the_real_recordings_meet_every_checkpoint() {
    let test = "the_real_recordings_meet_every_checkpoint";
    // Of spot, no best bid and offer is that of the last update of any 100 ms when it comes.
    for (market, checkpoints, bbo, volume) in
        [("usdm", 10, 126, 242_936_600_000), ("spot", 9, 0, 21_203_315_000)]
    {
        let Some(options) = real(test, market) else { return };
        let report = run(&options).unwrap();
        eprintln!("{report}");
        assert_eq!(report.first_mismatch, None);
        assert_eq!((report.compared, report.mismatches), (checkpoints, 0));
        assert_eq!((report.matched.top10, report.demanded.all), (Some(1.0), Some(checkpoints)));
        assert_eq!((report.bbo_compared, report.bbo_equal), (Some(bbo), Some(bbo)));
        assert_eq!((report.crossed_events, report.trade_volume), (Some(0), Some(volume)));
        let file = std::fs::read(options.check.as_ref().unwrap()).unwrap();
        let expected: Value = serde_json::from_slice(&file).unwrap();
        assert_eq!(json!(report.messages), expected["lines"]);
        let depth = report.depth.unwrap();
        assert_eq!((depth.snapshots, depth.snapshots_known, depth.gaps), (1, 0, 0));
        // The file counts the updates that come behind the snapshot.
        let waited = depth.updates_applied - expected["depth_updates_applied"].as_u64().unwrap();
        assert_eq!((depth.updates_known, waited), if market == "usdm" { (4, 2) } else { (2, 1) });
        assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
        assert!(report.warnings[0].contains("the recorder's clock is up to 1.27"), "{:?}", report.warnings);
    }
}

#[test]
fn a_checkpoint_that_differs_is_told() {
    let Some(mut options) = real("a_checkpoint_that_differs_is_told", "usdm") else { return };
    let day = Day::new();
    let mut wrong: Value =
        serde_json::from_slice(&std::fs::read(options.check.as_ref().unwrap()).unwrap()).unwrap();
    wrong["checkpoints"][3]["bids"][9][1] = json!("0.00000001");
    options.check = Some(day.bytes("wrong.json", wrong.to_string().as_bytes()));
    let report = run(&options).unwrap();
    assert_eq!((report.compared, report.mismatches), (10, 1));
    assert_eq!(json!(report.first_mismatch.unwrap().row), wrong["checkpoints"][3]["line"]);
    wrong["checkpoints"][9]["line"] = json!(93_955);
    options.check = Some(day.bytes("beyond.json", wrong.to_string().as_bytes()));
    assert!(refused(&options).contains("ends after 93954 messages"));
    wrong["checkpoints"][9]["record_index"] = json!(93_953);
    options.check = Some(day.bytes("both.json", wrong.to_string().as_bytes()));
    assert!(refused(&options).contains("has not one of `record_index` and `line`"));
}

/// One update left out of the real recording is found where it is missing.
#[test]
fn a_missing_update_is_told_with_its_line() {
    let test = "a_missing_update_is_told_with_its_line";
    for market in ["usdm", "spot"] {
        let Some(options) = real(test, market) else { return };
        let text = String::from_utf8(plain(&options.path)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let depth = |line: &&str| line.contains("depthUpdate");
        let mut updates = (2_000..lines.len()).filter(|&at| depth(&lines[at]));
        let (gone, next) = (updates.next().unwrap(), updates.next().unwrap());
        let mut left = lines.clone();
        left.remove(gone);
        let day = Day::new();
        let mut options = Options::new(Format::Binance, day.bytes("tape", left.join("\n").as_bytes()));
        let error = refused(&options);
        assert!(
            error.contains(&format!("tape:{next}: updates are missing: found an update from")),
            "{error}"
        );
        options.lenient = true;
        let report = run(&options).unwrap();
        assert_eq!(report.depth.unwrap().gaps, 1);
        assert!(report.warnings.iter().any(|warning| warning.contains(&format!("first at line {next} "))));
        assert!(
            report.warnings.iter().any(|warning| warning.contains("ends without a snapshot for its last"))
        );
    }
}

fn depth(first: u64, last: u64, bids: &Value, asks: &Value) -> String {
    json!({"e": "depthUpdate", "E": 1, "s": "A", "U": first, "u": last, "b": bids, "a": asks}).to_string()
}

fn ticker(update: u64, bid: &str, size: &str) -> String {
    json!({"u": update, "s": "A", "b": bid, "B": size, "a": "0", "A": "0"}).to_string()
}

fn snapshot(last: u64, bids: &Value) -> String {
    json!({"lastUpdateId": last, "bids": bids, "asks": []}).to_string()
}

/// The made recording, and the bids after its last line.
fn follow(lines: &[String], lenient: bool, bids: &Value) -> Report {
    let day = Day::new();
    let mut options = Options::new(Format::Binance, day.bytes("tape", lines.join("\n").as_bytes()));
    let checkpoints = json!({"checkpoints": [{"line": lines.len(), "bids": bids, "asks": []}]});
    options.check = Some(day.bytes("expected.json", checkpoints.to_string().as_bytes()));
    options.lenient = lenient;
    let report = run(&options).unwrap();
    assert_eq!(report.first_mismatch, None);
    report
}

#[test]
fn the_book_starts_and_restarts_from_snapshots() {
    let none = json!([]);
    let mut lines = vec![
        depth(8, 10, &json!([["7", "99"]]), &none),
        depth(11, 12, &json!([["5", "1"], ["4", "0"]]), &none),
        ticker(12, "6", "1"),
        snapshot(10, &json!([["6", "1.5"], ["4", "2"]])),
        ticker(12, "6", "1.5"),
        ticker(12, "6", "1.4"),
        ticker(13, "6", "1.5"),
    ];
    let book = json!([["6", "1.5"], ["5", "1"]]);
    let report = follow(&lines, false, &book);
    assert_eq!((report.bbo_compared, report.bbo_equal), (Some(2), Some(1)));
    let counts = report.depth.unwrap();
    assert_eq!((counts.updates_applied, counts.updates_known), (1, 1));
    assert!(report.warnings[0].contains("1 of 2 best bids and offers differ"), "{:?}", report.warnings);

    // A snapshot that is older than the book is passed over; one that is newer is the book from now on.
    lines.extend([snapshot(11, &json!([["1", "1"]])), snapshot(20, &json!([["3", "1"]]))]);
    lines.push(depth(19, 22, &json!([["2", "1"]]), &none));
    let counts = follow(&lines, false, &json!([["3", "1"], ["2", "1"]])).depth.unwrap();
    assert_eq!((counts.snapshots, counts.snapshots_known, counts.gaps), (2, 1, 0));

    // Where updates are missing the book waits, and the ones behind the gap wait with it.
    lines.push(depth(30, 31, &json!([["2", "8"]]), &none));
    lines.push(r#"{"result":null}"#.to_owned());
    lines.push(snapshot(29, &json!([["2", "5"]])));
    let report = follow(&lines, true, &json!([["2", "8"]]));
    assert_eq!((report.depth.unwrap().gaps, report.skipped), (1, 1));
}

#[test]
fn the_dump_has_the_levels() {
    let day = Day::new();
    let lines = [snapshot(10, &json!([["6", "1.5"]])), ticker(12, "6", "1.5")].join("\n");
    let (_, dumped) = dump(&Options::new(Format::Binance, day.bytes("tape", lines.as_bytes())));
    let dumped: Vec<Value> = dumped.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        dumped[0],
        json!({"local_ns": null, "type": "snapshot", "last_update": 10, "time_ms": null,
            "bids_e8": [[600_000_000, 150_000_000]], "asks_e8": []})
    );
    assert_eq!(dumped[1]["type"], "ticker");
    assert_eq!(dumped[1]["bid_e8"], json!([600_000_000, 150_000_000]));
}

#[test]
fn the_book_is_written_in_the_unit_of_order_book_files() {
    let day = Day::new();
    let lines =
        [snapshot(10, &json!([["6.25", "1.5"]])), depth(11, 11, &json!([["6.26001", "1"]]), &json!([]))];
    let mut options = Options::new(Format::Binance, day.bytes("tape", lines[0].as_bytes()));
    options.levels = Some(1);
    options.book_out = Some(day.path("out.csv"));
    run(&options).unwrap();
    assert_eq!(std::fs::read_to_string(day.path("out.csv")).unwrap(), "9999999999,0,62500,150000000\n");
    options.path = day.bytes("finer", lines.join("\n").as_bytes());
    assert!(refused(&options).contains("a price of 626001000 in 1/10^8 is no multiple of 1/10,000"));
    options.check = Some(day.path("orderbook.csv"));
    assert!(refused(&options).contains("format binance is compared with a JSON file of checkpoints"));
}
