//! Recordings of Bitstamp and files of tardis.dev: the real ones, each kind of row, and what must be refused.
#![allow(clippy::unwrap_used)]

mod tapes;

use std::io::Cursor;

use prism_core::types::Side;
use prism_sinks::tape::tardis::{self, Depth, Kind, Row, Trade};
use prism_sinks::tape::{BitstampAction, BitstampMessage, BitstampReader, Source, TapeError};
use proptest::prelude::*;
use tapes::tape;

const ORDERS: &str = "id,timestamp,exchange.timestamp,price,volume,action,direction\n\
    65595247,1430438404518,1430438404000,236.47,200000000,created,bid\n\
    65595247,1430438404635,1430438404000,236.47,178855669,changed,bid\n\
    65595187,1430438404637,1430438340000,236.47,0,deleted,ask\n";
const FRONT: &str = "exchange,symbol,timestamp,local_timestamp";

fn source(text: &str) -> Source {
    Source::from_reader("tape.csv", Cursor::new(text.as_bytes().to_vec())).unwrap()
}

fn orders(text: &str) -> Result<Vec<BitstampMessage>, TapeError> {
    BitstampReader::new(source(text))?.collect()
}

fn depth() -> String {
    format!(
        "{FRONT},is_snapshot,side,price,amount\nx,A,10,20,true,ask,6421.5,18640\nx,A,10,20,true,bid,6421,5\n\
         x,A,11,21,false,ask,6421.5,0\n"
    )
}

fn quotes() -> String {
    format!(
        "{FRONT},ask_amount,ask_price,bid_price,bid_amount\nx,A,10,20,5494,8629.3,8629.2,806\nx,A,11,20,,,8629.2,8\n"
    )
}

fn snapshots() -> String {
    let level = |at| format!("asks[{at}].price,asks[{at}].amount,bids[{at}].price,bids[{at}].amount");
    format!("{FRONT},{},{}\nx,A,10,20,7,1,6,2,8,3,5,4\nx,A,11,21,7,1,6,2,8,3,,\n", level(0), level(1))
}

fn trades() -> String {
    format!(
        "{FRONT},id,side,price,amount\nx,A,10,20,ccc3-1,sell,8531.5,2152\nx,A,10,20,,unknown,8531.5,1e-7\n"
    )
}

type Levels = Vec<(i64, u64)>;

fn rows(text: &str) -> Result<Vec<(tardis::Message, Levels, Levels)>, TapeError> {
    let mut reader = tardis::Reader::new(source(text))?;
    let mut rows = Vec::new();
    while let Some(message) = reader.next().transpose()? {
        rows.push((message, reader.bids().to_vec(), reader.asks().to_vec()));
    }
    Ok(rows)
}

const E8: u64 = 100_000_000;

#[test]
fn orders_of_bitstamp_are_read() {
    let read = orders(ORDERS).unwrap();
    let first = BitstampMessage {
        id: 65_595_247,
        local_ms: 1_430_438_404_518,
        exchange_ms: 1_430_438_404_000,
        price_e8: 23_647_000_000,
        left_e8: 2 * E8,
        action: BitstampAction::Created,
        side: Side::Buy,
    };
    assert_eq!(read[0], first);
    assert_eq!((read[1].action, read[1].left_e8), (BitstampAction::Changed, 178_855_669));
    assert_eq!((read[2].action, read[2].side, read[2].left_e8), (BitstampAction::Deleted, Side::Sell, 0));
    // Newer recordings have coins.
    let coins = ORDERS.replace("200000000", "2.0").replace("178855669", "1.78855669");
    assert_eq!(orders(&coins).unwrap(), read);
}

#[test]
fn wrong_orders_are_refused_with_their_place() {
    for (from, to, place) in [
        ("volume", "amount", ":1:1: found `id,timestamp,exchange.timestamp,price,am"),
        ("178855669", "1.78855669", ":3:45: found `1.78855669`, expected a volume in 1/100000000"),
        (",236.47,200", ",0,200", ":2:38: found `0`, expected a price above 0"),
        ("created", "made", ":2:55: found `made`, expected an action"),
        ("changed,bid", "changed,buy", ":3:63: found `buy`, expected a direction"),
        ("changed,bid", "changed,bid,", ":3:"),
        ("1430438404635", "9223372036855", ":3:10: found `9223372036855`, expected a time"),
        ("0,deleted", "0,created", ":4:1: found an order without a volume"),
        ("65595187", "-1", ":4:1: found `-1`"),
    ] {
        let wrong = ORDERS.replacen(from, to, 1);
        let error = orders(&wrong).unwrap_err().to_string();
        assert!(error.starts_with("tape.csv:") && error.contains(place), "{error}");
    }
    assert!(matches!(orders(""), Err(TapeError::Empty { .. })));
    let header = ORDERS.lines().next().unwrap();
    assert!(matches!(orders(header), Err(TapeError::Empty { .. })));
}

#[test]
fn the_real_orders_are_read() {
    let Some(path) = tape("the_real_orders_are_read", "crypto/bitstamp_btcusd_2015-05-01_l3.csv.zst") else {
        return;
    };
    let mut counts = [0; 3];
    for message in BitstampReader::new(Source::open(path).unwrap()).unwrap() {
        counts[message.unwrap().action as usize] += 1;
    }
    assert_eq!(counts, [24_894, 602, 24_918]);
}

#[test]
fn each_kind_of_file_is_read() {
    let read = rows(&depth()).unwrap();
    let level =
        |is_snapshot, side, price, qty_e8| Row::Depth(Depth { is_snapshot, side, price_e8: price, qty_e8 });
    let found: Vec<_> =
        read.iter().map(|row| (row.0.exchange_us, row.0.local_us, row.0.row, row.0.last)).collect();
    let asked = [
        (10, 20, level(true, Side::Sell, 642_150_000_000, 18_640 * E8), false),
        (10, 20, level(true, Side::Buy, 642_100_000_000, 5 * E8), true),
        (11, 21, level(false, Side::Sell, 642_150_000_000, 0), true),
    ];
    assert_eq!(found, asked);
    let read = rows(&quotes()).unwrap();
    assert_eq!((read[0].1[0], read[0].2[0]), ((862_920_000_000, 806 * E8), (862_930_000_000, 5_494 * E8)));
    assert_eq!((read[1].1[0], read[1].2.len(), read[1].0.last), ((862_920_000_000, 8 * E8), 0, true));
    let read = rows(&snapshots()).unwrap();
    let price = |price: i64| price * 100_000_000;
    assert_eq!(read[0].1, [(price(6), 2 * E8), (price(5), 4 * E8)]);
    assert_eq!(read[0].2, [(price(7), E8), (price(8), 3 * E8)]);
    assert_eq!((read[1].1.len(), read[1].2.len()), (1, 2));
    let read = rows(&trades()).unwrap();
    let trade = |aggressor, qty_e8| Row::Trade(Trade { aggressor, price_e8: 853_150_000_000, qty_e8 });
    assert_eq!([read[0].0.row, read[1].0.row], [trade(Some(Side::Sell), 2_152 * E8), trade(None, 10)]);
}

#[test]
fn the_real_files_are_read() {
    let test = "the_real_files_are_read";
    for (file, kind, count) in [
        ("deribit_incremental_book_L2_BTC-PERPETUAL", Kind::Depth, 15),
        ("binance-futures_book_snapshot_5_BTCUSDT", Kind::Snapshots { levels: 5 }, 10),
        ("binance-futures_book_snapshot_25_BTCUSDT", Kind::Snapshots { levels: 25 }, 10),
        ("huobi-dm-swap_quotes_BTC-USD", Kind::Quotes, 10),
        ("bitmex_trades_XBTUSD", Kind::Trades, 10),
    ] {
        let Some(path) = tape(test, &format!("tardis/{file}.csv")) else { return };
        let mut reader = tardis::Reader::new(Source::open(path).unwrap()).unwrap();
        assert_eq!((reader.kind(), reader.by_ref().map(Result::unwrap).count()), (kind, count), "{file}");
        assert_eq!(reader.messages(), count as u64);
    }
}

#[test]
fn wrong_files_are_refused_with_their_place() {
    for (text, from, to, place) in [
        (depth(), "amount", "size", ":1:1: found `exchange,symbol"),
        (depth(), "true", "yes", ":2:11: found `yes`, expected true or false"),
        (depth(), "ask,", "sell,", ":2:16: found `sell`, expected a side"),
        (depth(), "6421.5", "0", ":2:20: found `0`, expected a price above 0"),
        (depth(), "18640", "1864000000000", ":2:27: found `1864000000000`, expected an amount"),
        (depth(), "x,A,11", "x,B,11", ":4:1: found a row of `x,B` after one of `x,A`"),
        (depth(), "18640\n", "18640,1\n", ":2:33: found `1`, expected no more columns"),
        (trades(), "sell", "SELL", ":2:18: found `SELL`, expected a side"),
        (trades(), "20,ccc", "20.5,ccc", ":2:8: found `20.5`, expected a time in microseconds"),
        (quotes(), "8629.2,806", "8629.2", ":2:29: found the end of the line, expected an amount"),
        (snapshots(), ",8,3,5,4", ",8,3,5", ":2:24: found the end of the line, expected an amount"),
    ] {
        let wrong = text.replacen(from, to, 1);
        let error = rows(&wrong).unwrap_err().to_string();
        assert!(error.starts_with("tape.csv:") && error.contains(place), "{error}");
    }
    assert!(matches!(rows(""), Err(TapeError::Empty { .. })));
    assert!(matches!(rows(depth().lines().next().unwrap()), Err(TapeError::Empty { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn mutated_files_are_read_or_refused_with_their_place(
        which in 0..5_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let text = [ORDERS.to_owned(), depth(), quotes(), snapshots(), trades()][which].clone();
        let mut bytes = text.into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let Ok(source) = Source::from_reader("tape", Cursor::new(bytes)) else { return Ok(()) };
        let error = if which == 0 {
            BitstampReader::new(source).map(|mut reader| reader.find_map(Result::err))
        } else {
            tardis::Reader::new(source).map(|mut reader| reader.find_map(Result::err))
        };
        let placed = match error.unwrap_or_else(Some) {
            None => true,
            Some(TapeError::Text { line, column, .. }) => line > 0 && column > 0,
            Some(other) => matches!(other, TapeError::Empty { .. } | TapeError::Compression { .. }),
        };
        prop_assert!(placed);
    }
}
