//! Binance recordings: the real ones, each kind of message, and what must be refused and where.
#![allow(clippy::unwrap_used)]

mod tapes;

use std::io::Cursor;

use allocation_counter::measure;
use prism_core::types::Side;
use prism_sinks::tape::binance::{Depth, Event, Message, Reader, Snapshot, Ticker, Trade};
use prism_sinks::tape::{Source, TapeError};
use proptest::prelude::*;
use tapes::tape;

const DEPTH: &str = r#"1723161255030314667 {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61739.00","0.000"]],"a":[["61800.30","3.330"]]}}"#;
const TICKER: &str = r#"1723161254087891268 {"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}"#;
const TRADE: &str = r#"1723161254087896568 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}"#;
const SNAPSHOT: &str = r#"1723161255319702566 {"lastUpdateId":5123107852948,"E":1723161256501,"T":1723161256493,"bids":[["61800.20","2.909"]],"asks":[["61800.30","0.5"],["61801","1"]]}"#;

fn reader(text: &str) -> Reader {
    Reader::new(Source::from_reader("tape.jsonl", Cursor::new(text.as_bytes().to_vec())).unwrap())
}

type Levels = Vec<(i64, u64)>;

fn one(line: &str) -> (Message, Levels, Levels) {
    let mut reader = reader(line);
    let message = reader.next().unwrap().unwrap();
    (message, reader.bids().to_vec(), reader.asks().to_vec())
}

fn refused(text: &str) -> String {
    reader(text).find_map(Result::err).unwrap().to_string()
}

#[test]
fn each_kind_is_read() {
    let (message, bids, asks) = one(DEPTH);
    let depth = Depth {
        time_ms: 1_723_161_256_299,
        first: 5_123_107_832_006,
        last: 5_123_107_837_557,
        previous: Some(5_123_107_831_937),
    };
    assert_eq!(message, Message { local_ns: Some(1_723_161_255_030_314_667), event: Event::Depth(depth) });
    assert_eq!(bids, [(5_871_020_000_000, 1_400_000), (6_173_900_000_000, 0)]);
    assert_eq!(asks, [(6_180_030_000_000, 333_000_000)]);

    let (message, bids, _) = one(TICKER);
    let ticker = Ticker {
        time_ms: None,
        update: 50_093_239_212,
        bid_e8: (6_183_763_000_000, 378_826_000),
        ask_e8: (6_183_764_000_000, 154_698_000),
    };
    assert_eq!((message.event, bids), (Event::Ticker(ticker), vec![]));

    let trade = Trade {
        time_ms: 1_723_161_255_343,
        id: 3_735_683_259,
        price_e8: 6_183_763_000_000,
        qty_e8: 2_000_000,
        aggressor: Side::Sell,
        market: true,
    };
    assert_eq!(one(TRADE).0.event, Event::Trade(trade));
    let bought = TRADE.replace("\"m\":true", "\"X\":\"MARKET\",\"m\":false");
    assert_eq!(one(&bought).0.event, Event::Trade(Trade { aggressor: Side::Buy, ..trade }));
    let taken_over = TRADE.replace("\"m\":true", "\"X\":\"INSURANCE_FUND\",\"m\":true");
    assert_eq!(one(&taken_over).0.event, Event::Trade(Trade { market: false, ..trade }));
    // Spot trades once named the two orders under the letters of levels.
    let older = TRADE.replace("\"M\":true", "\"b\":88,\"a\":50");
    assert_eq!(one(&older).0.event, Event::Trade(trade));

    let (message, bids, asks) = one(SNAPSHOT);
    let snapshot = Snapshot { last_update: 5_123_107_852_948, time_ms: Some(1_723_161_256_501) };
    assert_eq!(message.event, Event::Snapshot(snapshot));
    assert_eq!(bids, [(6_180_020_000_000, 290_900_000)]);
    assert_eq!(asks, [(6_180_030_000_000, 50_000_000), (6_180_100_000_000, 100_000_000)]);
}

#[test]
fn time_of_receipt_and_envelope_may_be_missing() {
    let bare = &DEPTH[DEPTH.find(r#"{"e""#).unwrap()..DEPTH.len() - 1];
    let (message, bids, asks) = one(bare);
    assert_eq!(message.local_ns, None);
    assert_eq!((message.event, bids, asks), {
        let (message, bids, asks) = one(DEPTH);
        (message.event, bids, asks)
    });
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (line, from, to, place) in [
        (DEPTH, "5123107832006", "\"x\"", ":1:133: found invalid type: string \"x\", expected u64"),
        (DEPTH, "\"U\"", "\"V\"", ":1:21: found a message without it, expected an update id `U`"),
        (DEPTH, "\"a\":", "\"c\":", "expected lists `b` and `a`"),
        (DEPTH, "5123107837557", "5123107832005", "expected an update id `u` that is no less than `U`"),
        (DEPTH, "0.014", "-0.014", "found invalid value: string \"-0.014\", expected a decimal number"),
        (DEPTH, "58710.20", "0.00", "found a level at a price of 0"),
        (DEPTH, "[\"58710.20\",\"0.014\"]", "[\"58710.20\"]", "found invalid length 1, expected a level"),
        (DEPTH, "}}", "}", "EOF while parsing an object"),
        (DEPTH, "}}", "}}}", "trailing characters"),
        (DEPTH, "depthUpdate", "kline", ":1:21: found a message of another kind"),
        (DEPTH, "1723161255030314667 ", "1723161255030314667", ":1:1: found `1723161255030314667`"),
        (DEPTH, "1723161255030314667", "17x", ":1:1: found `17x`, expected a time of receipt"),
        (TICKER, "\"B\":\"3.78826000\",", "", "expected a bid `b` and its size `B`"),
        (TICKER, "\"s\":\"BTCUSDT\",", "", "found a message of another kind"),
        (TRADE, "\"m\":true,", "", "expected a flag `m`"),
        (TRADE, "\"61837.63000000\"", "\"0\"", "expected a price `p` above 0"),
        (SNAPSHOT, "asks", "as", "expected lists `bids` and `asks`"),
    ] {
        let wrong = line.replacen(from, to, 1);
        assert_ne!(line, wrong);
        let error = refused(&wrong);
        assert!(error.contains("tape.jsonl:1:") && error.contains(place), "{from} to {to}: {error}");
    }
    let other = TRADE.replace("BTCUSDT", "ETHUSDT");
    assert!(refused(&format!("{DEPTH}\n{other}\n")).contains(":2:1: found symbol `ETHUSDT` after `BTCUSDT`"));
    assert!(refused("").contains("the tape is empty"));
}

#[test]
fn a_lenient_reader_passes_over_other_kinds() {
    let kline = DEPTH.replace("depthUpdate", "kline");
    let text = [DEPTH, &kline, r#"{"result":null,"id":1}"#, TICKER].join("\n");
    let mut reader = reader(&text).lenient(true);
    assert_eq!(reader.by_ref().filter_map(Result::ok).count(), 2);
    assert_eq!((reader.line(), reader.skipped()), (4, 2));
}

#[test]
fn the_real_recordings_are_read_without_an_allocation_a_line() {
    let test = "the_real_recordings_are_read_without_an_allocation_a_line";
    for (file, counts) in [("usdm", [1, 6_551, 66_089, 21_313]), ("spot", [1, 3_451, 28_040, 9_757])] {
        let Some(path) = tape(test, &format!("crypto/binance_{file}_btcusdt_20240808.jsonl.zst")) else {
            return;
        };
        let mut found = [0; 4];
        let allocated = measure(|| {
            for message in Reader::new(Source::open(path).unwrap()) {
                found[match message.unwrap().event {
                    Event::Snapshot(_) => 0,
                    Event::Depth(_) => 1,
                    Event::Ticker(_) => 2,
                    Event::Trade(_) => 3,
                    _ => unreachable!(),
                }] += 1;
            }
        });
        assert_eq!(found, counts);
        assert!(allocated.count_total < 100, "{allocated:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn mutated_lines_are_read_or_refused_with_their_place(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        lenient: bool,
    ) {
        let mut bytes = [DEPTH, TICKER, TRADE, SNAPSHOT].join("\n").into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let Ok(source) = Source::from_reader("tape", Cursor::new(bytes)) else { return Ok(()) };
        let mut reader = Reader::new(source).lenient(lenient);
        let error = reader.find_map(Result::err);
        let placed = match error {
            None => true,
            Some(TapeError::Text { line, column, .. }) => (1..=10).contains(&line) && column > 0,
            Some(other) => matches!(other, TapeError::Empty { .. } | TapeError::Compression { .. }),
        };
        prop_assert!(placed);
        prop_assert!(reader.next().is_none());
    }
}
