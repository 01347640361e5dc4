//! Orders of Bitstamp and files of tardis.dev through the book.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod replay_common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use prism::replay::{Format, Options, Report};
use replay_common::day::{Day, refused};
use replay_common::{plain, run, tape};
use serde_json::{Value, json};

/// Replays against checkpoints.
fn held(format: Format, path: PathBuf, checkpoints: &Value) -> Report {
    let day = Day::new();
    let mut options = Options::new(format, path);
    options.check =
        Some(day.bytes("expected.json", json!({"checkpoints": checkpoints}).to_string().as_bytes()));
    let report = run(&options).unwrap();
    assert_eq!(report.first_mismatch, None);
    report
}

/// The real recording against a book in the plainest words there are: a map of orders.
#[test]
fn the_real_orders_make_the_book_that_they_say() {
    let test = "the_real_orders_make_the_book_that_they_say";
    let Some(path) = tape(test, "crypto/bitstamp_btcusd_2015-05-01_l3.csv.zst") else { return };
    let text = String::from_utf8(plain(&path)).unwrap();
    let mut orders: BTreeMap<u64, (bool, i64, i64)> = BTreeMap::new();
    let (mut checkpoints, mut unknown) = (Vec::new(), 0);
    for (index, line) in text.lines().skip(1).enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        let id = fields[0].parse().unwrap();
        let price = (fields[3].parse::<f64>().unwrap() * 100.0).round() as i64 * 1_000_000;
        unknown += u64::from(fields[5] != "created" && !orders.contains_key(&id));
        if fields[5] == "deleted" {
            orders.remove(&id);
        } else {
            orders.insert(id, (fields[6] == "bid", price, fields[4].parse().unwrap()));
        }
        if index % 5_000 == 4_999 {
            let side = |bid: bool| {
                let mut levels: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
                for (_, price, left) in orders.values().filter(|order| order.0 == bid) {
                    let level = levels.entry(if bid { -price } else { *price }).or_default();
                    (level.0, level.1) = (level.0 + left, level.1 + 1);
                }
                let level = |(price, (size, count)): (i64, (i64, i64))| json!([price.abs(), size, count]);
                levels.into_iter().take(10).map(level).collect::<Value>()
            };
            let (bids, asks) = (side(true), side(false));
            checkpoints.push(
                json!({"record_index": index, "open_orders": orders.len(), "bids": bids, "asks": asks}),
            );
        }
    }
    let report = held(Format::Bitstamp, path, &checkpoints.into());
    assert_eq!((report.messages, report.compared, report.mismatches), (50_414, 10, 0));
    assert_eq!((report.unknown_ids, report.contradictions, report.times_back), (unknown, 0, 0));
    assert_eq!(report.warnings, Vec::<String>::new());
    assert!(report.executions > 0 && report.executions_at_best > report.executions / 2, "{report}");
}

const FRONT: &str = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n";

#[test]
fn changes_of_the_depth_begin_with_a_snapshot() {
    let day = Day::new();
    let rows = "x,A,1,1,false,bid,99,1\nx,A,2,2,true,ask,101,3\nx,A,2,2,true,bid,100,2\nx,A,3,3,false,bid,100,0\n\
        x,A,3,3,false,bid,99.5,4\nx,A,4,4,true,bid,98,1\nx,A,4,4,true,ask,102,1e-8\n";
    let path = day.bytes("depth.csv", format!("{FRONT}{rows}").as_bytes());
    let report = held(
        Format::Tardis,
        path,
        &json!([
            {"line": 2, "bids": [], "asks": []},
            {"line": 4, "bids": [["100", "2"]], "asks": [["101", "3"]]},
            {"line": 6, "bids": [["99.5", "4"]], "asks": [["101", "3"]]},
            {"record_index": 6, "bids": [["98", "1"]], "asks": [["102", "0.00000001"]]},
        ]),
    );
    assert_eq!((report.compared, report.crossed_events), (4, Some(0)));
    let depth = report.depth.unwrap();
    assert_eq!((depth.snapshots, depth.updates_applied, depth.updates_unusable), (2, 2, 1));
    assert!(
        report.warnings[0].contains("1 updates stand in front of the first snapshot"),
        "{:?}",
        report.warnings
    );
}

#[test]
fn the_real_files_are_replayed() {
    let test = "the_real_files_are_replayed";
    let file = |name: &str| tape(test, &format!("tardis/{name}.csv"));
    let Some(depth) = file("deribit_incremental_book_L2_BTC-PERPETUAL") else { return };
    let asks = json!([["6421.5", "18640"], ["6422", "1190"], ["6422.5", "1080"]]);
    let report = held(Format::Tardis, depth, &json!([{"line": 16, "bids": [], "asks": asks}]));
    assert_eq!((report.messages, report.bbo_compared), (15, None));
    let five = file("binance-futures_book_snapshot_5_BTCUSDT").unwrap();
    let best = json!([{"line": 2, "bids": [["11657.07", "10.896"]], "asks": [["11657.08", "1.714"]]}]);
    assert_eq!(held(Format::Tardis, five, &best).crossed_events, Some(0));
    let quotes = file("huobi-dm-swap_quotes_BTC-USD").unwrap();
    let best = json!([{"line": 11, "bids": [["8629.2", "847"]], "asks": [["8629.3", "5411"]]}]);
    assert_eq!(held(Format::Tardis, quotes, &best).mismatches, 0);
    let trades = run(&Options::new(Format::Tardis, file("bitmex_trades_XBTUSD").unwrap())).unwrap();
    assert_eq!((trades.executions, trades.trade_volume), (10, Some(2_161 * 100_000_000)));
}

#[test]
fn damage_is_told_with_its_line() {
    let day = Day::new();
    let path =
        day.bytes("depth.csv", format!("{FRONT}x,A,2,2,true,ask,101,3\nx,A,2,2,true,ask,101\n").as_bytes());
    assert!(refused(&Options::new(Format::Tardis, &path)).contains("depth.csv:3:"));
    assert!(refused(&Options::new(Format::Bitstamp, &path)).contains("depth.csv:1:1: "));
    let mut options = Options::new(Format::Tardis, &path);
    options.lenient = true;
    assert!(refused(&options).contains("--lenient: is for formats itch, dbn and binance, not tardis"));
}
