//! A trading day with calls, halts, hidden orders and icebergs, written as recorded market data and read back.
#![allow(clippy::unwrap_used)]

mod export_common;

use std::collections::BTreeMap;
use std::path::Path;

use export_common::{DAY, Exported, Told, compare, exported, without_a_day};
use prism::prelude::*;
use prism::replay::{Format, Options, replay};
use prism_book::BookEngine;
use prism_core::market::BookAction;
use prism_core::sink::{Table, TradeRow};
use prism_sinks::tape::itch::{Body, Char, Message, Reader};
use prism_sinks::tape::{LobsterEvent, LobsterReader, Source, TradingHalt};

fn itch(folder: &Path) -> Vec<Message> {
    let tape = Source::open(folder.join("XPRM_2012-06-21.itch50")).unwrap();
    Reader::new(tape).map(Result::unwrap).collect()
}

/// Shares of a tape by the letter of the message, printable ones only.
fn volumes(messages: &[Message]) -> BTreeMap<char, u64> {
    let mut volumes = BTreeMap::new();
    for Message { body, .. } in messages {
        let shares = match body {
            Body::OrderExecuted(body) => body.shares.into(),
            Body::OrderExecutedWithPrice(body) if body.printable == Char(b'Y') => body.shares.into(),
            Body::Trade(body) => body.shares.into(),
            Body::CrossTrade(body) => body.shares,
            _ => continue,
        };
        *volumes.entry(char::from(body.kind())).or_default() += shares;
    }
    volumes
}

/// Lots of the trades that are such.
fn lots(trades: &[TradeRow], which: impl Fn(&TradeRow) -> bool) -> u64 {
    trades.iter().filter(|trade| which(trade)).map(|trade| trade.qty).sum()
}

#[test]
fn a_day_written_as_itch_is_read_back_with_its_volume_and_its_phases() {
    let Exported { folder, memory, run } = exported(DAY);
    let (rows, trades, phases) = (memory.book(), memory.trades(), memory.phases());
    let messages = itch(folder.path());
    compare(&folder.path().join("XPRM_2012-06-21.itch50"), &rows, (100, 10));

    // A lot is ten shares. Every trade is counted once, whichever way it came about.
    let volumes = volumes(&messages);
    assert_eq!(u128::from(volumes.values().sum::<u64>()), run.volume * 10);
    assert_eq!(volumes[&'Q'], 10 * lots(&trades, |trade| trade.aggressor == 2));
    assert!(
        volumes.keys().eq(&['E', 'P', 'Q']) && volumes.values().all(|&shares| shares > 1_000),
        "{volumes:?}"
    );
    let mut crosses = messages.iter().filter_map(|message| match message.body {
        Body::CrossTrade(cross) => Some((message.head.timestamp.ns(), cross)),
        _ => None,
    });
    // One for each uncrossing: all its trades are of one time and one price.
    let mut uncrossed: Vec<(i64, i64, u64)> = Vec::new();
    for trade in trades.iter().filter(|trade| trade.aggressor == 2) {
        match uncrossed.last_mut() {
            Some(last) if last.0 == trade.at => last.2 += trade.qty,
            _ => uncrossed.push((trade.at, trade.price, trade.qty)),
        }
    }
    let began = 32_400_000_000_000;
    let mut types = BTreeMap::<char, u32>::new();
    for (at, price, qty) in uncrossed {
        let (time, cross) = crosses.next().unwrap();
        assert_eq!((time, cross.shares), (began + u64::try_from(at).unwrap(), qty * 10));
        assert_eq!(i64::from(cross.price_e4), price * 100);
        *types.entry(char::from(cross.cross_type.0)).or_default() += 1;
    }
    assert!(crosses.next().is_none());
    assert!(types[&'O'] == 1 && types[&'C'] == 1 && types[&'H'] > 2, "{types:?}");
    // What was displayed is told beside it, and is not counted.
    let crossed = messages.iter().filter_map(|message| match message.body {
        Body::OrderExecutedWithPrice(body) => Some((body.printable, body.shares)),
        _ => None,
    });
    let (count, shares) = crossed.fold((0, 0), |(count, shares), (printable, more)| {
        assert_eq!(printable, Char(b'N'));
        (count + 1, shares + u64::from(more))
    });
    assert!(count > 20 && shares <= 2 * volumes[&'Q'], "{count} {shares} {volumes:?}");

    // The phases, each at its time.
    let state = |phase: u8| match Phase::ALL.into_iter().find(|known| *known as u8 == phase).unwrap() {
        Phase::PreOpen => ('Q', "PREO"),
        Phase::Opening => ('Q', "OPEN"),
        Phase::Closing => ('Q', "CLOS"),
        Phase::Volatility => ('P', "LUDP"),
        Phase::Halted => ('H', "HALT"),
        Phase::Closed => ('H', "SHUT"),
        _ => ('T', ""),
    };
    let told = messages.iter().filter_map(|message| match message.body {
        Body::TradingAction(action) => {
            let (state, reason) = (char::from(action.trading_state.0), action.reason.to_string());
            Some((message.head.timestamp.ns() - began, state, reason))
        }
        _ => None,
    });
    let wanted: Vec<_> = phases
        .iter()
        .map(|row| (u64::try_from(row.at).unwrap(), state(row.phase).0, state(row.phase).1.to_owned()))
        .collect();
    assert_eq!(told.collect::<Vec<_>>(), wanted);
    let seen: Vec<u8> = phases.iter().map(|row| row.phase).collect();
    assert!(Phase::ALL.into_iter().all(|phase| seen.contains(&(phase as u8))), "{phases:?}");

    // What the calls would have given.
    let indicative = memory.indicative();
    let mut noii = messages.iter().filter_map(|message| match message.body {
        Body::NetOrderImbalance(body) => Some(body),
        _ => None,
    });
    assert!(indicative.len() > 100, "{}", indicative.len());
    for row in indicative {
        let told = noii.next().unwrap();
        assert_eq!((told.paired, told.imbalance), (row.volume * 10, row.surplus.unsigned_abs() * 10));
        let direction = match (row.volume, row.surplus) {
            (0, _) => b'O',
            (_, 0) => b'N',
            (_, 1..) => b'B',
            _ => b'S',
        };
        let near = if row.volume == 0 { 0 } else { row.price * 100 };
        assert_eq!((told.direction, i64::from(told.near_price_e4)), (Char(direction), near));
        assert_eq!(i64::from(told.reference_price_e4), row.price * 100);
    }
    assert!(noii.next().is_none());

    let report =
        replay(&Options::new(Format::Itch, folder.path().join("XPRM_2012-06-21.itch50")), None, &mut |_| {
            true
        })
        .unwrap();
    assert_eq!((report.unknown_ids, report.contradictions, report.times_back), (0, 0, 0));
    assert_eq!((report.ended, report.warnings), (Some(true), Vec::new()));
    assert_eq!(report.trade_volume.map(u128::from), Some(run.volume * 10));
}

/// The quotes that the venue gave out are those of the events, wherever it quotes.
#[test]
fn the_events_of_a_day_are_its_quotes() {
    let Exported { memory, .. } = exported(DAY);
    let (rows, tops) = (memory.book(), memory.tops());
    let (mut told, mut rows, mut compared) = (Told::default(), rows.iter().peekable(), 0);
    let mut phase = Phase::Continuous as u8;
    for (n, top) in tops.iter().enumerate() {
        if tops.get(n + 1).is_some_and(|next| next.at == top.at) {
            continue;
        }
        while let Some(row) = rows.next_if(|row| row.at <= top.at) {
            told.row(row);
            phase = row.phase;
        }
        let best = |side| told.ladder.best(side).map_or((0, 0), |level| (level.price.0, level.qty.0));
        let shown = [(top.bid, top.bid_qty), (top.ask, top.ask_qty)];
        let shown = shown.map(|(price, qty)| if qty == 0 { (0, 0) } else { (price, qty) });
        if phase == Phase::Continuous as u8 {
            assert_eq!(shown, [best(Side::Buy), best(Side::Sell)], "at {}", top.at);
            compared += 1;
        } else {
            assert_eq!(shown, [(0, 0); 2], "at {}", top.at);
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn a_day_written_as_lobster_counts_its_volume_once() {
    let Exported { folder, memory, run } = exported(DAY);
    let path = folder.path().join("ACME_2012-06-21_32400000_32700000_message_10.csv");
    let (mut volumes, mut halts) = ([0_u64; 3], Vec::new());
    for message in LobsterReader::new(Source::open(path).unwrap()) {
        let message = message.unwrap();
        match message.event {
            LobsterEvent::Execute(order) => volumes[0] += order.size,
            LobsterEvent::ExecuteHidden { size, .. } => volumes[1] += size,
            LobsterEvent::Cross { size, .. } => volumes[2] += size,
            LobsterEvent::Halt(halt) => halts.push((message.time_ns - 32_400_000_000_000, halt)),
            _ => {}
        }
    }
    let trades = memory.trades();
    assert_eq!(volumes[2], 10 * lots(&trades, |trade| trade.aggressor == 2));
    let hidden: u64 =
        memory.book().iter().filter(|row| row.action == BookAction::Hidden as u8).map(|row| row.qty).sum();
    assert_eq!(volumes[1], 10 * hidden);
    assert_eq!(u128::from(volumes.iter().sum::<u64>()), 10 * run.volume);
    let mut wanted: Vec<(i64, TradingHalt)> = Vec::new();
    for row in memory.phases() {
        let halt = match row.phase {
            0 => TradingHalt::TradingResumes,
            2 | 3 | 5 => TradingHalt::QuotingResumes,
            _ => TradingHalt::Halted,
        };
        if wanted.last().is_none_or(|last| last.1 != halt) {
            wanted.push((row.at, halt));
        }
    }
    assert_eq!(halts, wanted);
}

#[test]
fn what_a_day_tells_is_in_the_tables() {
    let Exported { memory, run, .. } = exported(DAY);
    for table in [Table::Phases, Table::Indicative] {
        assert!(memory.rows(table) > 5, "{table}");
    }
    // As often as the summary says, in the order of time.
    let phases = memory.phases();
    assert!(phases.is_sorted_by_key(|row| row.at));
    for phase in &run.books[0].phases {
        let times = phases.iter().filter(|row| row.phase == phase.phase as u8).count();
        assert_eq!(u64::try_from(times).unwrap(), u64::from(phase.times), "{:?}", phase.phase);
    }
    // The events of the book tell the same.
    let of = |action| memory.book().into_iter().filter(move |row| row.action == action as u8);
    assert!(
        of(BookAction::Phase).map(|row| (row.at, row.phase)).eq(phases.iter().map(|row| (row.at, row.phase)))
    );
    assert!(of(BookAction::Indicative).map(|row| (row.at, row.price, row.qty, row.left)).eq(
        memory.indicative().iter().map(|row| (row.at, row.price, row.volume, row.surplus.unsigned_abs()))
    ));
}

/// Of a frequent batch auction every trade is in a cross, and of each trade the displayed part is told beside it.
#[test]
fn batches_are_crosses_of_their_own() {
    let text = without_a_day().replace("kind             = \"exchange\"", "kind = \"batch_auction\"");
    let Exported { folder, memory, run } =
        exported(&text.replace("batch_auction\"", "batch_auction\"\nbatch = \"500ms\""));
    let messages = itch(folder.path());
    let volumes = volumes(&messages);
    assert_eq!(volumes.into_iter().collect::<Vec<_>>(), [('Q', u64::try_from(run.volume * 10).unwrap())]);
    let mut crosses = 0;
    for message in &messages {
        if let Body::CrossTrade(cross) = message.body {
            assert_eq!(cross.cross_type, Char(b'I'));
            crosses += 1;
        }
    }
    assert!(crosses > 100, "{crosses}");
    assert!(memory.phases().iter().all(|row| row.phase == Phase::Continuous as u8));
    compare(&folder.path().join("XPRM_2012-06-21.itch50"), &memory.book(), (100, 10));
}
