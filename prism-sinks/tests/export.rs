//! The writers of recorded market data: each event as the formats tell it, and what cannot be told.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prism_core::market::BookAction::{self, Add, Delete, Execute, Reduce, Replace};
use prism_core::msg::Phase;
use prism_core::sink::{Batch, BookCols, BookRow, Sink, SinkError, World};
use prism_core::types::{Instruments, Side, Span, Symbol};
use prism_sinks::export::{Itch, Lobster, Start};
use prism_sinks::tape::itch::{Body, Reader};
use prism_sinks::tape::{LobsterReader, LobsterWriter, Source};
use proptest::prelude::*;

/// 2012-06-21T09:30:00Z.
const START: Start = Start(1_340_271_000_000_000_000);
const MINUTE: Span = Span::mins(1);

fn world(venues: &[(&str, &[Symbol])]) -> Arc<World> {
    let venues: Vec<_> =
        venues.iter().map(|(name, symbols)| ((*name).to_owned(), symbols.to_vec())).collect();
    Arc::new(World { instruments: Instruments::build(&venues).unwrap(), ..World::default() })
}

fn stock(tick: &str, lot: &str) -> Arc<World> {
    world(&[("XPRM", &[Symbol::new("ACME").tick(tick).lot(lot).start("100")])])
}

/// Time, action, side, id, price, size, what is left.
type Event = (i64, BookAction, u8, u64, i64, u64, u64);

fn rows(book: u16, events: &[Event]) -> Arc<Batch> {
    let mut cols = BookCols::default();
    for (seq, &(at, action, side, id, price, qty, left)) in (1..).zip(events) {
        // Executions at a price above the order's stand for those of a call.
        let traded = if action == Execute && id == 9 { price + 1 } else { price };
        let (action, phase) = (action as u8, Phase::Continuous as u8);
        cols.push(BookRow { at, book, seq, action, phase, side, id, price, qty, left, traded });
    }
    Arc::new(Batch::Book(cols))
}

/// Every action, in one book: two bids and an ask.
const EVENTS: [Event; 9] = [
    (1_000, Add, 0, 7, 9_999, 50, 50),
    (1_000, Add, 0, 8, 9_998, 30, 30),
    (2_500, Add, 1, 9, 10_001, 20, 20),
    (3_000, Reduce, 0, 7, 9_999, 20, 30),
    (3_000, Execute, 0, 7, 9_999, 10, 20),
    (4_000, Replace, 0, 7, 9_998, 25, 25),
    (5_000, Execute, 1, 9, 10_001, 20, 0),
    (6_000, Execute, 0, 8, 9_998, 30, 0),
    (7_000, Delete, 0, 7, 9_998, 25, 0),
];

fn write(mut sink: impl Sink, world: &Arc<World>, batches: &[Arc<Batch>]) -> Result<(), SinkError> {
    sink.start(world)?;
    batches.iter().try_for_each(|batch| sink.on_batch(batch))?;
    sink.finish()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn lobster_tells_every_action() {
    let dir = tempfile::tempdir().unwrap();
    let sink = Lobster::to_folder(dir.path(), START, MINUTE).levels(2);
    write(sink, &stock("0.01", "10"), &[rows(0, &EVENTS)]).unwrap();
    let messages = "34200.000001000,1,1,500,999900,1\n34200.000001000,1,2,300,999800,1\n\
        34200.000002500,1,3,200,1000100,-1\n34200.000003000,2,1,200,999900,1\n34200.000003000,4,1,100,999900,1\n\
        34200.000004000,3,1,200,999900,1\n34200.000004000,1,4,250,999800,1\n34200.000005000,4,3,200,1000100,-1\n\
        34200.000006000,4,2,300,999800,1\n34200.000007000,3,4,250,999800,1\n";
    assert_eq!(read(dir.path(), "ACME_2012-06-21_34200000_34260000_message_2.csv"), messages);
    let none = "9999999999,0,-9999999999,0";
    let rows = read(dir.path(), "ACME_2012-06-21_34200000_34260000_orderbook_2.csv");
    let rows: Vec<&str> = rows.lines().collect();
    assert_eq!(rows.len(), 10);
    assert_eq!(rows[0], format!("9999999999,0,999900,500,{none}"));
    assert_eq!(rows[2], "1000100,200,999900,500,9999999999,0,999800,300");
    assert_eq!(rows[5], format!("1000100,200,999800,300,{none}"));
    assert_eq!(rows[6], format!("1000100,200,999800,550,{none}"));
    assert_eq!(rows[9], format!("{none},{none}"));
}

/// As in LOBSTER's own files: what happens beyond the levels is not told, nor is what a better level hid.
#[test]
fn lobster_tells_of_its_levels_alone() {
    let dir = tempfile::tempdir().unwrap();
    let sink = Lobster::to_folder(dir.path(), START, MINUTE).levels(1);
    write(sink, &stock("0.01", "1"), &[rows(0, &EVENTS)]).unwrap();
    let messages = read(dir.path(), "ACME_2012-06-21_34200000_34260000_message_1.csv");
    // Order 2 joined behind the best bid.
    assert!(!messages.contains(",1,2,30,"), "{messages}");
    assert_eq!(messages.lines().count(), 9);
    let rows = read(dir.path(), "ACME_2012-06-21_34200000_34260000_orderbook_1.csv");
    assert_eq!(rows.lines().nth(4).unwrap(), "1000100,20,999800,30");
}

#[test]
fn itch_tells_every_action() {
    let dir = tempfile::tempdir().unwrap();
    write(Itch::to_folder(dir.path(), START), &stock("0.01", "10"), &[rows(0, &EVENTS)]).unwrap();
    let source = Source::open(dir.path().join("XPRM_2012-06-21.itch50")).unwrap();
    let messages: Vec<_> = Reader::new(source).map(Result::unwrap).collect();
    let kinds: String = messages.iter().map(|message| char::from(message.body.kind())).collect();
    assert_eq!(kinds, "SSSRHAAAXEUCEDSSS");
    assert!(messages.is_sorted_by_key(|message| message.head.timestamp));
    assert_eq!(messages[0].head.timestamp.ns(), 34_200_000_000_000);
    assert_eq!(messages[13].head.timestamp.ns(), 34_200_000_007_000);
    let told = |at: usize| messages[at].body;
    assert!(
        matches!(told(5), Body::AddOrder(add) if (add.order_ref, add.shares, add.price_e4) == (1, 500, 999_900))
    );
    assert!(matches!(told(8), Body::OrderCancel(order) if (order.order_ref, order.shares) == (1, 200)));
    assert!(matches!(told(9), Body::OrderExecuted(order) if (order.order_ref, order.match_number) == (1, 1)));
    let Body::OrderReplace(replace) = told(10) else { panic!("{:?}", told(10)) };
    assert_eq!((replace.order_ref, replace.new_order_ref), (1, 4));
    assert_eq!((replace.shares, replace.price_e4), (250, 999_800));
    // Not at its own price.
    assert!(matches!(told(11), Body::OrderExecutedWithPrice(order) if order.price_e4 == 1_000_200));
    assert!(matches!(told(13), Body::OrderDelete(order) if order.order_ref == 4));
}

/// A row that is of no order: time, action, phase, side, price, size, what could not trade.
type Remark = (i64, BookAction, Phase, u8, i64, u64, u64);

/// An opening call, an uncrossing of a displayed order with one that is not, a hidden order, a pause and its end.
fn day_of_calls() -> Arc<Batch> {
    let order = |at, action: BookAction, phase: Phase, id, qty, left| BookRow {
        at,
        book: 0,
        seq: 0,
        action: action as u8,
        phase: phase as u8,
        side: 0,
        id,
        price: 10_010,
        qty,
        left,
        traded: 10_000,
    };
    let told = |(at, action, phase, side, price, qty, left): Remark| BookRow {
        side,
        price,
        traded: price,
        ..order(at, action, phase, 0, qty, left)
    };
    let (call, trading, pause) = (Phase::Opening, Phase::Continuous, Phase::Volatility);
    let mut cols = BookCols::default();
    for row in [
        told((0, BookAction::Phase, Phase::PreOpen, 0, 0, 0, 0)),
        told((1_000, BookAction::Phase, call, 0, 0, 0, 0)),
        order(2_000, Add, call, 7, 50, 50),
        told((2_000, BookAction::Indicative, call, 0, 9_990, 0, 0)),
        told((3_000, BookAction::Indicative, call, 0, 10_000, 20, 30)),
        order(4_000, BookAction::Cross, call, 7, 20, 30),
        told((4_000, BookAction::Uncross, call, 0, 10_000, 20, 30)),
        told((4_000, BookAction::Phase, trading, 0, 0, 0, 0)),
        told((5_000, BookAction::Hidden, trading, 1, 10_005, 8, 0)),
        told((6_000, BookAction::Phase, pause, 0, 0, 0, 0)),
        order(7_000, BookAction::Cross, pause, 7, 30, 0),
        told((7_000, BookAction::Uncross, pause, 1, 10_000, 5_000_000_000, 4)),
        told((7_000, BookAction::Phase, Phase::Halted, 0, 0, 0, 0)),
        told((8_000, BookAction::Phase, Phase::Closed, 0, 0, 0, 0)),
    ] {
        cols.push(row);
    }
    Arc::new(Batch::Book(cols))
}

#[test]
fn itch_tells_of_calls_halts_and_hidden_orders() {
    let dir = tempfile::tempdir().unwrap();
    let two = [Symbol::new("ACME").tick("0.01").lot("10").start("100"), Symbol::new("QUIET").start("100")];
    let world = world(&[("XPRM", &two)]);
    write(Itch::to_folder(dir.path(), START), &world, &[day_of_calls()]).unwrap();
    let source = Source::open(dir.path().join("XPRM_2012-06-21.itch50")).unwrap();
    let messages: Vec<_> = Reader::new(source).map(Result::unwrap).collect();
    let kinds: String = messages.iter().map(|message| char::from(message.body.kind())).collect();
    assert_eq!(kinds, "SSSRRHHHAIICQHPHCQHHSSS");
    let (mut phases, mut noii, mut trades) = (Vec::new(), Vec::new(), Vec::new());
    for message in &messages {
        match message.body {
            Body::TradingAction(action) => {
                phases.push(format!("{} {}{}", action.stock, action.trading_state, action.reason));
            }
            Body::NetOrderImbalance(told) => noii.push((
                (told.paired, told.imbalance, told.direction.0, told.cross_type.0, told.price_variation.0),
                [told.far_price_e4, told.near_price_e4, told.reference_price_e4],
            )),
            Body::OrderExecutedWithPrice(order) => {
                assert_eq!((order.printable.0, order.price_e4), (b'N', 1_000_000));
                trades.push(('C', u64::from(order.shares), order.match_number));
            }
            Body::CrossTrade(cross) => {
                assert_eq!(cross.price_e4, 1_000_000);
                trades.push((char::from(cross.cross_type.0), cross.shares, cross.match_number));
            }
            Body::Trade(trade) => {
                assert_eq!((trade.order_ref, trade.side, trade.price_e4), (0, Side::Buy, 1_000_500));
                trades.push(('P', u64::from(trade.shares), trade.match_number));
            }
            _ => {}
        }
    }
    // The stock that nothing is told of trades from the beginning on.
    let told = ["ACME QPREO", "QUIET T", "ACME QOPEN", "ACME T", "ACME PLUDP", "ACME HHALT", "ACME HSHUT"];
    assert_eq!(phases, told);
    let few = ((0, 0, b'O', b'O', b' '), [0, 0, 999_000]);
    assert_eq!(noii, [few, ((200, 300, b'B', b'O', b'L'), [1_000_000; 3])]);
    // A volume that no order could have fits a cross.
    let counted = [('C', 200, 1), ('O', 200, 2), ('P', 80, 3), ('C', 300, 4), ('H', 50_000_000_000, 5)];
    assert_eq!(trades, counted);
}

#[test]
fn lobster_tells_of_calls_halts_and_hidden_orders() {
    let dir = tempfile::tempdir().unwrap();
    let sink = Lobster::to_folder(dir.path(), START, MINUTE).levels(1);
    let files = sink.files();
    write(sink, &stock("0.01", "10"), &[day_of_calls()]).unwrap();
    let messages = "34200.000000000,7,0,0,0,-1\n34200.000002000,1,1,500,1001000,1\n\
        34200.000004000,2,1,200,1001000,1\n34200.000004000,6,-1,200,1000000,-1\n34200.000004000,7,0,0,1,-1\n\
        34200.000005000,5,0,80,1000500,-1\n34200.000006000,7,0,0,-1,-1\n34200.000007000,3,1,300,1001000,1\n\
        34200.000007000,6,-1,50000000000,1000000,-1\n";
    assert_eq!(read(dir.path(), "ACME_2012-06-21_34200000_34260000_message_1.csv"), messages);
    let rows = read(dir.path(), "ACME_2012-06-21_34200000_34260000_orderbook_1.csv");
    let bids = [0, 500, 300, 300, 300, 300, 300, 0, 0];
    let shown = rows.lines().map(|row| row.rsplit(',').next().unwrap().to_owned());
    assert!(shown.eq(bids.map(|size| size.to_string())), "{rows}");
    let written = files.list();
    assert!(written.len() == 2 && written.iter().all(|path| path.exists()), "{written:?}");
}

#[test]
fn each_venue_and_each_symbol_has_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b] = ["A", "B/C"].map(|name| Symbol::new(name).tick("0.01").start("100"));
    let world = world(&[("X", std::slice::from_ref(&a)), ("Y Z", &[a.clone(), b])]);
    let events = [0, 1, 2].map(|book| rows(book, &EVENTS));
    write(Itch::to_folder(dir.path(), START), &world, &events).unwrap();
    write(Lobster::to_folder(dir.path(), START, MINUTE), &world, &events).unwrap();
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let lobster = |ticker| {
        ["message", "orderbook"].map(|kind| format!("{ticker}_2012-06-21_34200000_34260000_{kind}_10.csv"))
    };
    let [x, y, z] = ["A.X", "A.Y-Z", "B-C"].map(lobster);
    let tapes = ["X_2012-06-21.itch50", "Y-Z_2012-06-21.itch50"].map(str::to_owned);
    assert_eq!(names, [x, y, z, tapes].concat());
    let tape = Source::open(dir.path().join("Y-Z_2012-06-21.itch50")).unwrap();
    let last = Reader::new(tape).map(Result::unwrap).filter(|message| message.head.stock_locate == 2).last();
    assert_eq!(last.unwrap().body.kind(), b'D');
}

#[test]
fn what_cannot_be_told_is_named() {
    let long = world(&[("X", &[Symbol::new("NINECHARS").tick("0.01").start("100")])]);
    let fine = stock("0.00001", "1");
    let add = |price, qty| rows(0, &[(0, Add, 0, 7, price, qty, qty)]);
    for (world, batch, why) in [
        (&fine, add(9_999, 5), "its tick of 0.00001 is no multiple of 1/10,000"),
        (
            &stock("0.01", "1"),
            add(9_999, 1 << 32),
            "a size of 4294967296 lots is not from 1 to 4294967295 shares",
        ),
        (&stock("0.01", "1"), add(1 << 40, 5), "a price of 1099511627776 ticks of 100/10,000 is not from"),
        (
            &stock("0.01", "1"),
            rows(0, &EVENTS[3..4]),
            "order 7 has rested since before the sink was attached",
        ),
        (&stock("0.01", "1"), rows(0, &[EVENTS[0], EVENTS[0]]), "order 7 joins the book twice"),
        (&long, add(9_999, 5), "its name has more than 8 ASCII characters"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let batches = [batch];
        let said = |ended: Result<(), SinkError>| ended.err().map(|why| why.to_string()).unwrap_or_default();
        let itch = said(write(Itch::to_folder(dir.path(), START), world, &batches));
        assert!(itch.contains("symbol ") && itch.contains(why), "{itch}");
        // LOBSTER's names of symbols may have any length.
        let lobster = said(write(Lobster::to_folder(dir.path(), START, MINUTE), world, &batches));
        assert!(
            lobster.contains(why) || why.contains("8 ASCII characters") && lobster.is_empty(),
            "{lobster}"
        );
        for entry in fs::read_dir(dir.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name.ends_with(".incomplete") || why.contains("name"), "{name}");
        }
    }
    // Sizes of a fractional lot are told in lots.
    let dir = tempfile::tempdir().unwrap();
    write(Lobster::to_folder(dir.path(), START, MINUTE), &stock("0.01", "0.001"), &[rows(0, &EVENTS)])
        .unwrap();
    assert!(
        read(dir.path(), "ACME_2012-06-21_34200000_34260000_message_10.csv").contains(",1,1,50,999900,1\n")
    );
}

#[test]
fn what_is_there_stays_unless_it_may_go() {
    let dir = tempfile::tempdir().unwrap();
    let (world, events) = (stock("0.01", "1"), [rows(0, &EVENTS)]);
    write(Itch::to_folder(dir.path(), START), &world, &events).unwrap();
    let again = write(Itch::to_folder(dir.path(), START), &world, &events);
    assert!(matches!(again, Err(SinkError::Target { why: "exists", .. })));
    write(Itch::to_folder(dir.path(), START).overwrite(true), &world, &events).unwrap();
    let sink = Lobster::to_folder(dir.path().join("new"), START, MINUTE);
    let unfinished = sink.unfinished();
    write(sink, &world, &events).unwrap();
    assert!(unfinished.list().is_empty());
}

proptest! {
    /// Whatever LOBSTER's own reader gives, the writer writes so that it reads the same.
    #[test]
    fn messages_are_read_as_they_were_written(
        lines in prop::collection::vec(
            (0..90_000_000_000_000_i64, 1..5_u8, 1..i64::MAX, 1..u32::MAX, 1..9_999_999_998_i64, any::<bool>()),
            1..20,
        ),
    ) {
        let line = |&(time, kind, id, size, price, buy): &(i64, u8, i64, u32, i64, bool)| {
            let (seconds, nanos) = (time / 1_000_000_000, time % 1_000_000_000);
            format!("{seconds}.{nanos:09},{kind},{id},{size},{price},{}\n", if buy { 1 } else { -1 })
        };
        let text: String = lines.iter().map(line).collect();
        let source = Source::from_reader("message.csv", std::io::Cursor::new(text.clone().into_bytes())).unwrap();
        let mut writer = LobsterWriter::new(Vec::new());
        for message in LobsterReader::new(source) {
            writer.write(&message.unwrap()).unwrap();
        }
        prop_assert_eq!(String::from_utf8(writer.into_inner()).unwrap(), text);
    }
}
