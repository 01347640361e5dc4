//! DBN tapes through the book: real ones against their checkpoints, made ones against what each action means.
#![allow(clippy::unwrap_used)]

mod replay_common;

use std::path::PathBuf;

use allocation_counter::measure;
use prism::replay::{Format, Options, ReplayError};
use prism_core::types::Side;
use prism_sinks::tape::TapeError;
use prism_sinks::tape::dbn::{Action, Flags, Head, Level, Mbo, Record, UNDEF_PRICE};
use proptest::prelude::*;
use replay_common::day::{Day, refused};
use replay_common::dbn::{MIXED, Tape, event, order};
use replay_common::{dump, plain, run, tape};
use serde_json::{Value, json};

const BUY: Option<Side> = Some(Side::Buy);
const SELL: Option<Side> = Some(Side::Sell);
const TICK: i64 = 250_000_000;

fn ticks(price: i64) -> i64 {
    price * TICK
}

fn options(path: PathBuf) -> Options {
    Options::new(Format::Dbn, path)
}

/// The real tape of orders, with its checkpoints.
fn real(test: &str) -> Option<Options> {
    let name = "dbn/ESM4_GLBX_2024-05-08T00-00-00_2s.mbo";
    let mut options = options(tape(test, &format!("{name}.dbn.zst"))?);
    options.check = tape(test, &format!("{name}.expected.json"));
    Some(options)
}

/// What the checkpoints' file says of the tape as a whole.
fn expected(options: &Options) -> Value {
    serde_json::from_slice(&std::fs::read(options.check.as_ref().unwrap()).unwrap()).unwrap()
}

#[test]
fn the_real_tape_meets_every_checkpoint() {
    let test = "the_real_tape_meets_every_checkpoint";
    let Some(options) = real(test) else { return };
    let (report, lines) = dump(&options);
    eprintln!("{report}");
    assert_eq!(report.first_mismatch, None);
    assert_eq!((report.rows, report.compared, report.mismatches), (Some(5), 5, 0));
    assert_eq!((report.matched.top10, report.demanded.all), (Some(1.0), Some(5)));
    let expected = expected(&options);
    assert_eq!(json!(report.messages), expected["records"]);
    assert_eq!(json!(report.actions), expected["actions"]);
    assert_eq!(json!(report.trade_volume), expected["trade_volume"]);
    assert_eq!((report.unknown_ids, report.contradictions, report.skipped, report.times_back), (0, 0, 0, 0));
    assert_eq!((report.executions, report.executions_at_best), (5, 5));
    assert_eq!((report.crossing_adds, report.crossed_events), (0, Some(0)));
    assert_eq!(report.warnings, Vec::<String>::new());
    let lines: Vec<&str> = lines.lines().collect();
    for checkpoint in expected["checkpoints"].as_array().unwrap() {
        let index = checkpoint["record_index"].as_u64().unwrap();
        let line: Value = serde_json::from_str(lines[usize::try_from(index).unwrap()]).unwrap();
        assert_eq!(
            (&line["ts_event"], &line["sequence"]),
            (&checkpoint["ts_event"], &checkpoint["sequence"])
        );
    }
}

/// A checkpoint that is off by one contract, one order or one order in all is found.
#[test]
fn a_checkpoint_that_differs_is_told() {
    let test = "a_checkpoint_that_differs_is_told";
    let Some(mut options) = real(test) else { return };
    let day = Day::new();
    let right = expected(&options);
    for pointer in ["/checkpoints/2/bids/9/1", "/checkpoints/2/asks/0/2", "/checkpoints/2/open_orders"] {
        let mut wrong = right.clone();
        let number = wrong.pointer_mut(pointer).unwrap();
        *number = json!(number.as_i64().unwrap() + 1);
        options.check = Some(day.bytes("wrong.json", wrong.to_string().as_bytes()));
        let report = run(&options).unwrap();
        assert_eq!((report.compared, report.mismatches), (5, 1), "{pointer}");
        assert_eq!(report.first_mismatch.unwrap().row, 13_603, "{pointer}");
    }
    let mut beyond = right;
    beyond["checkpoints"][4]["record_index"] = json!(13_796);
    options.check = Some(day.bytes("beyond.json", beyond.to_string().as_bytes()));
    assert!(refused(&options).contains("the tape ends after 13796 messages"));
}

#[test]
fn the_real_tapes_of_levels_and_trades_are_replayed() {
    let test = "the_real_tapes_of_levels_and_trades_are_replayed";
    let file = |schema: &str| tape(test, &format!("dbn/ESU4_GLBX_2024-07-01T23-58_4min.{schema}.dbn.zst"));
    let (Some(levels), Some(trades)) = (file("mbp-1"), file("trades")) else { return };
    let levels = run(&options(levels)).unwrap();
    assert_eq!((levels.messages, levels.executions, levels.trade_volume), (2_288, 120, Some(253)));
    // One trade went through a level before the feed showed the next one.
    assert_eq!((levels.executions_at_best, levels.crossed_events), (119, Some(0)));
    let trades = run(&options(trades)).unwrap();
    assert_eq!((trades.messages, trades.executions, trades.trade_volume), (120, 120, Some(253)));
    assert_eq!((levels.warnings, trades.warnings), (vec![], vec![]));
}

/// Replays a tape of instrument 7 and compares the book after its last record.
fn last_book(tape: &Tape, bids: &Value, asks: &Value, open_orders: Option<u64>) -> prism::replay::Report {
    let day = Day::new();
    let count = run(&options(day.bytes("all.dbn", &tape.bytes))).unwrap().messages;
    let mut checkpoint = json!({"record_index": count - 1, "bids": bids, "asks": asks});
    if let Some(orders) = open_orders {
        checkpoint["open_orders"] = json!(orders);
    }
    let mut options = options(day.path("all.dbn"));
    let checkpoints = json!({"checkpoints": [checkpoint]});
    options.check = Some(day.bytes("expected.json", checkpoints.to_string().as_bytes()));
    let report = run(&options).unwrap();
    assert_eq!(report.first_mismatch, None);
    report
}

fn orders(records: &[(Action, u64, Option<Side>, i64, u32)]) -> Tape {
    let mut tape = Tape::new(3, 0, false, &[("ESM4", 7)]);
    for &(action, id, side, price, size) in records {
        tape.order(action, id, side, price, size);
    }
    tape
}

#[test]
fn each_action_does_what_it_means() {
    use Action::{Add, Cancel, Clear, Fill, Modify, None as Nothing, Trade};
    let (bid, ask) = (ticks(20_000), ticks(20_001));
    let mut records = vec![
        (Add, 9, BUY, bid, 9),
        (Clear, 0, None, UNDEF_PRICE, 0),
        (Add, 1, BUY, bid, 5),
        (Add, 2, BUY, bid, 6),
        (Add, 3, SELL, ask, 7),
        (Cancel, 2, BUY, bid, 2),
        (Trade, 0, SELL, bid, 1),
        (Fill, 1, BUY, bid, 1),
        (Nothing, 0, None, UNDEF_PRICE, 0),
    ];
    let book = json!([[bid, 9, 2]]);
    let report = last_book(&orders(&records), &book, &json!([[ask, 7, 1]]), Some(3));
    assert_eq!((report.executions, report.executions_at_best, report.executions_at_queue_head), (1, 1, 1));
    assert_eq!(json!(report.actions), json!({"A": 4, "C": 1, "F": 1, "N": 1, "R": 1, "T": 1}));
    // A smaller size keeps the place: order 1 is still the first.
    records.extend([(Modify, 1, BUY, bid, 4), (Fill, 1, BUY, bid, 1)]);
    let report = last_book(&orders(&records), &json!([[bid, 8, 2]]), &json!([[ask, 7, 1]]), Some(3));
    assert_eq!((report.executions, report.executions_at_queue_head), (2, 2));
    // A larger one loses it, and so does another price.
    records.extend([(Modify, 1, BUY, bid, 5), (Fill, 1, BUY, bid, 1), (Fill, 2, BUY, bid, 1)]);
    let report = last_book(&orders(&records), &json!([[bid, 9, 2]]), &json!([[ask, 7, 1]]), Some(3));
    assert_eq!((report.executions, report.executions_at_best, report.executions_at_queue_head), (4, 4, 3));
    records.extend([(Modify, 2, BUY, bid - TICK, 4), (Fill, 2, BUY, bid, 1), (Modify, 3, SELL, bid, 1)]);
    let report = last_book(
        &orders(&records),
        &json!([[bid, 5, 1], [bid - TICK, 4, 1]]),
        &json!([[bid, 1, 1]]),
        Some(3),
    );
    assert_eq!((report.executions, report.executions_at_best, report.executions_at_queue_head), (5, 4, 3));
    assert_eq!((report.crossing_adds, report.crossed_events), (1, Some(1)));
    assert_eq!((report.unknown_ids, report.contradictions), (0, 0));
}

#[test]
fn what_cannot_be_known_is_counted() {
    use Action::{Add, Cancel, Fill, Modify};
    let bid = ticks(20_000);
    let records = [
        (Cancel, 1, BUY, bid, 1),
        (Fill, 2, None, bid, 1),
        // All that the order is from now on stands in the message.
        (Modify, 3, BUY, bid, 4),
        (Add, 3, BUY, bid, 5),
        (Cancel, 3, BUY, bid, 6),
        (Add, 4, BUY, UNDEF_PRICE, 5),
        (Add, 5, BUY, bid, 0),
        (Add, 6, SELL, bid + TICK, 2),
        (Modify, 6, BUY, bid, 2),
    ];
    let report = last_book(&orders(&records), &json!([[bid, 2]]), &json!([]), Some(1));
    assert_eq!((report.unknown_ids, report.contradictions), (3, 5));
    assert_eq!((report.executions, report.executions_at_best), (1, 0));
}

/// Orders that an event fills one behind the other are each the first when their turn comes, although the feed
/// takes them off the book only afterwards.
#[test]
fn a_sweep_meets_the_head_of_each_queue() {
    let (best, worse) = (ticks(100), ticks(101));
    let mut tape = orders(&[
        (Action::Add, 1, SELL, best, 2),
        (Action::Add, 2, SELL, best, 3),
        (Action::Add, 3, SELL, worse, 4),
    ]);
    let mut part = |action, id, side, price, size, last: bool| {
        let flags = if last { Flags::LAST } else { Flags::default() };
        tape.push(&Record::Mbo(Mbo { flags, ..order(action, id, side, price, size) }), &[]);
    };
    part(Action::Trade, 0, BUY, worse, 6, false);
    part(Action::Fill, 1, SELL, best, 2, false);
    part(Action::Fill, 2, SELL, best, 3, false);
    part(Action::Fill, 3, SELL, worse, 1, false);
    part(Action::Cancel, 1, SELL, best, 2, false);
    part(Action::Cancel, 2, SELL, best, 3, false);
    part(Action::Modify, 3, SELL, worse, 3, true);
    let report = last_book(&tape, &json!([]), &json!([[worse, 3, 1]]), Some(1));
    assert_eq!((report.executions, report.executions_at_best, report.executions_at_queue_head), (3, 3, 3));
    assert_eq!((report.trade_volume, report.contradictions), (Some(6), 0));
    assert_eq!(report.warnings, Vec::<String>::new());
    // Cut before its last record, the event is not over.
    let mut cut = tape;
    cut.bytes.truncate(cut.bytes.len() - 56);
    let report = last_book(&cut, &json!([]), &json!([[worse, 4, 1]]), Some(1));
    assert!(
        report.warnings.len() == 1 && report.warnings[0].contains("ends inside an event"),
        "{:?}",
        report.warnings
    );
}

fn levels(bid: i64, ask: i64) -> Vec<Level> {
    let level = |at: i64| Level {
        bid_px: if at < 2 { bid - at * TICK } else { UNDEF_PRICE },
        ask_px: ask + at * TICK,
        bid_sz: 5,
        ask_sz: 6,
        bid_ct: 2,
        ask_ct: 3,
    };
    (0..10).map(level).collect()
}

#[test]
fn levels_are_shown_as_they_come() {
    let (bid, ask) = (ticks(100), ticks(101));
    let mut tape = Tape::new(2, 2, true, &[("ESM4", 7)]);
    tape.push(&Record::Mbp10(event(0x0A, Action::Add, BUY, bid, 5)), &levels(bid - TICK, ask));
    tape.push(&Record::Mbp10(event(0x0A, Action::Add, BUY, bid, 5)), &levels(bid, ask));
    tape.push(&Record::Mbp10(event(0x0A, Action::Trade, SELL, bid, 5)), &levels(bid, ask));
    tape.push(&Record::Mbp10(event(0x0A, Action::Trade, BUY, bid, 5)), &levels(bid, ask));
    let asks: Vec<Value> = (0..10).map(|at| json!([ask + at * TICK, 6, 3])).collect();
    let report = last_book(&tape, &json!([[bid, 5, 2], [bid - TICK, 5, 2]]), &json!(asks), None);
    assert_eq!((report.demanded.top10, report.executions, report.executions_at_best), (Some(1), 2, 1));
}

#[test]
fn one_instrument_of_several_is_chosen_by_symbol_or_number() {
    let day = Day::new();
    let mut tape = Tape::new(1, 0, false, &[("ESM4", 7), ("ESU4", 8), ("GONE", 9)]);
    tape.order(Action::Add, 1, BUY, ticks(100), 5);
    let head = Head { instrument_id: 8, ..order(Action::Add, 1, BUY, 0, 1).head };
    tape.push(&Record::Mbo(Mbo { head, ..order(Action::Add, 1, BUY, ticks(90), 4) }), &[]);
    let mut options = options(day.bytes("two.dbn", &tape.bytes));
    // Each has a book of its own: the same number is another order.
    assert_eq!(run(&options).unwrap().contradictions, 0);
    let checkpoint = json!({"record_index": 1, "bids": [[ticks(90), 4, 1]], "asks": [], "open_orders": 1});
    let checkpoints = json!({"checkpoints": [checkpoint]}).to_string();
    options.check = Some(day.bytes("expected.json", checkpoints.as_bytes()));
    let told = refused(&options);
    let end = "a record of instrument 8 of publisher 1 (type 0xa0) after those of instrument 7 of publisher 1 \
        (type 0xa0): choose the instrument with --symbol";
    assert!(told.contains("byte 418: ") && told.ends_with(end), "{told}");
    for symbol in ["ESU4", "8"] {
        options.symbol = Some(symbol.to_owned());
        assert_eq!(run(&options).unwrap().mismatches, 0, "{symbol}");
    }
    options.symbol = Some("ESM4".to_owned());
    assert_eq!(run(&options).unwrap().mismatches, 1);
    for symbol in ["GONE", "CLM4"] {
        options.symbol = Some(symbol.to_owned());
        assert!(refused(&options).ends_with(&format!("the tape has no stock {symbol}")));
    }
}

#[test]
fn the_book_is_written_in_ten_thousandths() {
    let day = Day::new();
    let tape = orders(&[(Action::Add, 1, BUY, ticks(400), 5), (Action::Add, 2, SELL, -ticks(1), 4)]);
    let mut options = options(day.bytes("tape.dbn", &tape.bytes));
    (options.book_out, options.levels) = (Some(day.path("book.csv")), Some(1));
    run(&options).unwrap();
    let written = std::fs::read_to_string(day.path("book.csv")).unwrap();
    assert_eq!(written, "9999999999,0,1000000,5\n-2500,4,1000000,5\n");
    let tape = orders(&[(Action::Add, 1, BUY, 100_001, 5)]);
    options.path = day.bytes("odd.dbn", &tape.bytes);
    let told = refused(&options);
    assert!(told.contains("a price of 100001 in 1/10^9 is no multiple of 1/10,000"), "{told}");
}

#[test]
fn options_of_other_formats_are_refused() {
    let day = Day::new();
    let tape = orders(&[(Action::Add, 1, BUY, ticks(400), 5)]);
    let mut rows = options(day.bytes("tape.dbn", &tape.bytes));
    rows.check = Some(day.path("orderbook.csv"));
    assert!(refused(&rows).starts_with("--check: format dbn is compared with a JSON file of checkpoints"));
    rows.rows = Some(day.path("completed.csv"));
    assert_eq!(refused(&rows), "--rows: is for format itch, not dbn");
}

#[test]
fn doubts_of_the_vendor_are_told() {
    let mut tape = Tape::new(1, 0, false, &[]);
    let mut flagged = |flags: u8| {
        let order = order(Action::Cancel, 1, BUY, 0, 1);
        tape.push(&Record::Mbo(Mbo { flags: Flags(flags | 128), ts_recv: 5, ..order }), &[]);
    };
    // A snapshot's records were never received: their times say nothing.
    flagged(0);
    flagged(32 | 8);
    flagged(4);
    flagged(8);
    let day = Day::new();
    let report = run(&options(day.bytes("tape.dbn", &tape.bytes))).unwrap();
    assert_eq!(report.times_back, 0);
    let [books, times] = &report.warnings[..] else { panic!("{:?}", report.warnings) };
    assert!(books.contains("doubts the book at 1 record "), "{books}");
    assert!(times.contains("doubts the time of receipt of 1 record "), "{times}");
    let back = Mbo { ts_recv: 4, ..order(Action::Cancel, 1, BUY, 0, 1) };
    tape.push(&Record::Mbo(back), &[]);
    let report = run(&options(day.bytes("tape.dbn", &tape.bytes))).unwrap();
    let told = "from 0.000000005 to 0.000000004 seconds since 1970";
    assert!(report.warnings[0].ends_with(told), "{:?}", report.warnings);
}

/// More than any of these replays needs.
const MEMORY: u64 = 16 << 20;

/// Replays damaged bytes: an error with its place, or a report, and little memory.
fn judge(options: &Options) -> bool {
    let mut ended = None;
    let memory = measure(|| ended = Some(run(options)));
    let ended = ended.unwrap();
    assert!(memory.bytes_max < MEMORY, "{memory:?}: {ended:?}");
    let Err(error) = &ended else { return true };
    assert!(error.is_input(), "{error}");
    let placed = match error {
        ReplayError::Tape(error) => {
            let empty = matches!(error, TapeError::Empty { .. });
            empty || error.to_string().contains("byte ")
        }
        _ => true,
    };
    assert!(placed && !error.to_string().contains('\n'), "{error}");
    false
}

fn small_tapes() -> Vec<Tape> {
    let bid = ticks(20_000);
    let mut mixed = Tape::new(2, MIXED, true, &[("ESM4", 7)]);
    mixed.push(&Record::Trade(event(0, Action::Trade, BUY, bid, 1)), &[]);
    mixed.push(&Record::Mbp1(event(1, Action::Add, BUY, bid, 1)), &levels(bid, bid + TICK)[..1]);
    mixed.push(&Record::Mbp10(event(10, Action::Add, BUY, bid, 1)), &levels(bid, bid + TICK));
    let orders = orders(&[
        (Action::Clear, 0, None, UNDEF_PRICE, 0),
        (Action::Add, 1, BUY, bid, 5),
        (Action::Add, 2, SELL, bid + TICK, 6),
        (Action::Fill, 1, BUY, bid, 1),
        (Action::Modify, 1, BUY, bid, 4),
        (Action::Cancel, 2, SELL, bid + TICK, 6),
    ]);
    vec![mixed, orders]
}

#[test]
fn every_flipped_bit_and_every_cut_is_survived() {
    let day = Day::new();
    let mut refusals = 0;
    for tape in small_tapes() {
        let whole = tape.bytes;
        let replayed = |bytes: &[u8]| judge(&options(day.bytes("tape.dbn", bytes)));
        assert!(replayed(&whole));
        let mut bytes = whole.clone();
        for bit in 0..8 * whole.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
            refusals += usize::from(!replayed(&bytes));
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        for cut in 0..whole.len() {
            replayed(&whole[..cut]);
        }
    }
    assert!(refusals > 1_000, "{refusals}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_real_tape_survives_any_damage(
        length in 500..200_000_usize,
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..6),
        packed in any::<bool>(),
    ) {
        let Some(real) = real("a_real_tape_survives_any_damage") else { return Ok(()) };
        let mut bytes = plain(&real.path);
        bytes.truncate(length);
        if packed {
            bytes = zstd::encode_all(&bytes[..], 1).unwrap();
        }
        for (at, byte, lose) in damages {
            let at = at.index(bytes.len());
            if lose {
                bytes.remove(at);
            } else {
                bytes[at] = byte;
            }
        }
        let day = Day::new();
        judge(&options(day.bytes("tape", &bytes)));
    }
}
