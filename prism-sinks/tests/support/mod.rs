//! A world with awkward names, any batches of any table, and their rows as text, written out by hand.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "each test program uses its part")]

use std::sync::Arc;

use prism_core::sink::{
    AgentCols, AgentRow, Batch, BookCols, BookRow, DepthCols, DepthRow, FillCols, FillRow, GroupInfo,
    IndicativeCols, IndicativeRow, LiquidationCols, LiquidationRow, OrderCols, OrderRow, PhaseCols, PhaseRow,
    SeriesCols, SeriesRow, Table, TopCols, TopRow, TradeCols, TradeRow, ValueCols, ValueRow, World,
};
use prism_core::types::{AgentId, Instruments, LinkId, Symbol};
use proptest::collection::vec;
use proptest::prelude::*;

const SYMBOLS: [&str; 3] = ["ACME", "ÜBER, \"AG\"", "two; words"];
const GROUPS: [(&str, &str); 2] = [("noise", "noise_trader"), ("makers,\nfixed", "fixed_spread_maker")];

/// Symbols 0 and 1 on venue `XPRM` are books 0 and 1, symbols 2 and 0 on `Börse` books 2 and 3.
const BOOKS: [(usize, &str); 4] = [(0, "XPRM"), (1, "XPRM"), (2, "Börse"), (0, "Börse")];

pub(crate) fn world() -> Arc<World> {
    let symbol = |at: usize| Symbol::new(SYMBOLS[at]).tick(["0.01", "0.5", "0.0001"][at]);
    let on = |venue: &str| {
        let listed = BOOKS.iter().filter(|book| book.1 == venue).map(|book| symbol(book.0));
        (venue.to_owned(), listed.collect())
    };
    let group = |&(name, kind): &(&str, &str)| GroupInfo {
        name: name.to_owned(),
        kind: kind.to_owned(),
        first: AgentId(0),
        count: 1,
        link: LinkId(0),
    };
    Arc::new(World {
        seed: 7,
        instruments: Instruments::build(&[on("XPRM"), on("Börse")]).unwrap(),
        groups: GROUPS.iter().map(group).collect(),
        links: vec!["colo".to_owned()],
        series: vec!["inventory".to_owned(), "signal".to_owned()],
    })
}

/// A row as names and texts; absent values are `None`.
pub(crate) type Row = Vec<(&'static str, Option<String>)>;

macro_rules! row {
    ($($name:literal: $value:expr),* $(,)?) => { vec![$( ($name, Some($value.to_string())) ),*] };
}

/// The rows of a batch as every file must show them.
pub(crate) fn rows(batch: &Batch) -> Vec<Row> {
    let symbol = |book: u16| SYMBOLS[BOOKS[usize::from(book)].0];
    let venue = |book: u16| BOOKS[usize::from(book)].1;
    let side = |side: u8| ["buy", "sell"][usize::from(side)];
    let phase = |phase: u8| {
        ["continuous", "closed", "pre_open", "opening", "volatility", "closing", "halted"][usize::from(phase)]
    };
    match batch {
        Batch::Trades(cols) => cols.rows().map(|r| row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book),
            "price": r.price, "qty": r.qty, "aggressor": side(r.aggressor), "maker": r.maker, "taker": r.taker]).collect(),
        Batch::Tops(cols) => cols.rows().map(|r| {
            let mut row = row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book), "bid": r.bid,
                "bid_qty": r.bid_qty, "ask": r.ask, "ask_qty": r.ask_qty, "last": r.last];
            if r.bid_qty == 0 { row[3].1 = None; }
            if r.ask_qty == 0 { row[5].1 = None; }
            row
        }).collect(),
        Batch::Depth(cols) => cols.rows().map(|r| row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book),
            "side": side(r.side), "level": r.level, "price": r.price, "qty": r.qty]).collect(),
        Batch::Orders(cols) => cols.rows().map(|r| {
            let kind = ["new", "cancel", "reduce", "replace"][usize::from(r.kind)];
            let tif = ["gtc", "ioc", "fok", "post_only"][usize::from(r.tif)];
            let mut row = row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book), "id": r.id, "kind": kind,
                "side": side(r.side), "tif": tif, "price": r.price, "qty": r.qty];
            if kind != "new" { (row[5].1, row[6].1) = (None, None); }
            let market = kind == "new" && (r.price == i64::MAX || r.price == i64::MIN);
            if kind == "cancel" || kind == "reduce" || market { row[7].1 = None; }
            if kind == "cancel" { row[8].1 = None; }
            row
        }).collect(),
        Batch::Fills(cols) => cols.rows().map(|r| row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book), "id": r.id, "price": r.price, "qty": r.qty,
            "left": r.left, "maker": r.maker == 1, "fee": r.fee]).collect(),
        Batch::Values(cols) => cols.rows().map(|r| row!["at": r.at, "symbol": SYMBOLS[usize::from(r.symbol)],
            "value": float(r.value)]).collect(),
        Batch::Series(cols) => cols.rows().map(|r| row!["at": r.at, "series": ["inventory", "signal"][usize::from(r.series)],
            "agent": r.agent, "value": float(r.value)]).collect(),
        Batch::Agents(cols) => cols.rows().map(|r| row!["agent": r.agent, "group": GROUPS[usize::from(r.group)].0,
            "kind": GROUPS[usize::from(r.group)].1, "symbol": SYMBOLS[usize::from(r.symbol)],
            "position": r.position, "cash": r.cash]).collect(),
        Batch::Book(cols) => cols.rows().map(|r| {
            let action = ["add", "reduce", "execute", "delete", "replace", "cross", "hidden", "uncross", "phase",
                "indicative"][usize::from(r.action)];
            let mut row = row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book), "seq": r.seq,
                "action": action, "phase": phase(r.phase), "side": side(r.side), "id": r.id, "price": r.price,
                "qty": r.qty, "left": r.left, "traded": r.traded];
            let none: &[usize] = match action {
                "add" | "reduce" | "delete" | "replace" => &[11],
                "uncross" if r.left == 0 => &[6, 7],
                "uncross" => &[7],
                "indicative" if (r.qty, r.left) == (0, 0) => &[6, 7, 8, 11],
                "indicative" if r.qty == 0 => &[7, 8, 11],
                "indicative" if r.left == 0 => &[6, 7, 11],
                "indicative" => &[7, 11],
                "phase" if r.left == 0 => &[6, 7, 8, 9, 10, 11],
                "phase" => &[7, 8, 9, 10, 11],
                _ => &[],
            };
            for &at in none { row[at].1 = None; }
            row
        }).collect(),
        Batch::Phases(cols) => cols.rows().map(|r| row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book),
            "phase": phase(r.phase)]).collect(),
        Batch::Indicative(cols) => cols.rows().map(|r| {
            let mut row = row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book), "price": r.price,
                "volume": r.volume, "surplus": r.surplus];
            if r.volume == 0 { row[3].1 = None; }
            row
        }).collect(),
        Batch::Liquidations(cols) => cols.rows().map(|r| {
            let mut row = row!["at": r.at, "symbol": symbol(r.book), "venue": venue(r.book), "agent": r.agent,
                "id": r.id, "side": ["buy", "sell", ""][usize::from(r.side)], "price": r.price, "qty": r.qty,
                "fee": r.fee, "covered": r.covered];
            let none: &[usize] = if r.side == 2 { &[5, 6, 7, 8] } else { &[9] };
            for &at in none { row[at].1 = None; }
            row
        }).collect(),
    }
}

/// One text for each number, whichever way a format writes it.
pub(crate) fn float(value: f64) -> String {
    format!("{value:?}")
}

fn times() -> impl Strategy<Value = i64> {
    0..i64::MAX
}

/// A market order's prices included.
fn prices() -> impl Strategy<Value = i64> {
    prop_oneof![-1000_i64..1_000_000, Just(i64::MAX), Just(i64::MIN)]
}

fn sizes() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0_u64), 1_u64..10_000, any::<u64>()]
}

fn floats() -> impl Strategy<Value = f64> {
    prop_oneof![prop::num::f64::NORMAL, Just(0.0), Just(0.1), -1e6..1e6]
}

/// Columns from rows, which come sorted by time as the kernel makes them.
macro_rules! cols {
    ($table:ident, $cols:ident, $rows:expr) => {{
        let mut cols = $cols::default();
        for row in $rows {
            cols.push(row);
        }
        Batch::$table(cols)
    }};
}

/// Some rows of any table.
pub(crate) fn any_batch() -> impl Strategy<Value = Batch> {
    let most = 30;
    prop_oneof![
        vec((times(), 0..4_u16, prices(), any::<u64>(), 0..2_u8, any::<u64>(), any::<u64>()), 1..most)
            .prop_map(|mut rows| {
                rows.sort_by_key(|row| row.0);
                cols!(
                    Trades,
                    TradeCols,
                    rows.into_iter().map(|(at, book, price, qty, aggressor, maker, taker)| TradeRow {
                        at,
                        book,
                        price,
                        qty,
                        aggressor,
                        maker,
                        taker
                    })
                )
            }),
        vec((times(), 0..4_u16, prices(), sizes(), prices(), sizes(), prices()), 1..most).prop_map(
            |mut rows| {
                rows.sort_by_key(|row| row.0);
                cols!(
                    Tops,
                    TopCols,
                    rows.into_iter().map(|(at, book, bid, bid_qty, ask, ask_qty, last)| TopRow {
                        at,
                        book,
                        bid,
                        bid_qty,
                        ask,
                        ask_qty,
                        last
                    })
                )
            }
        ),
        vec((times(), 0..4_u16, 0..2_u8, any::<u16>(), prices(), any::<u64>()), 1..most).prop_map(
            |mut rows| {
                rows.sort_by_key(|row| row.0);
                cols!(
                    Depth,
                    DepthCols,
                    rows.into_iter().map(|(at, book, side, level, price, qty)| DepthRow {
                        at,
                        book,
                        side,
                        level,
                        price,
                        qty
                    })
                )
            }
        ),
        vec((times(), 0..4_u16, any::<u64>(), 0..4_u8, 0..2_u8, 0..4_u8, prices(), sizes()), 1..most)
            .prop_map(|mut rows| {
                rows.sort_by_key(|row| row.0);
                cols!(
                    Orders,
                    OrderCols,
                    rows.into_iter().map(|(at, book, id, kind, side, tif, price, qty)| OrderRow {
                        at,
                        book,
                        id,
                        kind,
                        side,
                        tif,
                        price,
                        qty
                    })
                )
            }),
        vec(
            (times(), 0..3_u16, any::<u64>(), prices(), any::<u64>(), any::<u64>(), 0..2_u8, any::<i64>()),
            1..most
        )
        .prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            cols!(
                Fills,
                FillCols,
                rows.into_iter().map(|(at, book, id, price, qty, left, maker, fee)| FillRow {
                    at,
                    book,
                    id,
                    price,
                    qty,
                    left,
                    maker,
                    fee
                })
            )
        }),
        vec((times(), 0..3_u16, floats()), 1..most).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            cols!(
                Values,
                ValueCols,
                rows.into_iter().map(|(at, symbol, value)| ValueRow { at, symbol, value })
            )
        }),
        vec((times(), 0..2_u16, any::<u32>(), floats()), 1..most).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            cols!(
                Series,
                SeriesCols,
                rows.into_iter().map(|(at, series, agent, value)| SeriesRow { at, series, agent, value })
            )
        }),
        vec((any::<u32>(), 0..2_u16, 0..3_u16, any::<i64>(), any::<i64>()), 1..most).prop_map(|rows| {
            cols!(
                Agents,
                AgentCols,
                rows.into_iter().map(|(agent, group, symbol, position, cash)| AgentRow {
                    agent,
                    group,
                    symbol,
                    position,
                    cash
                })
            )
        }),
        vec((times(), 0..4_u16, 0..10_u8, 0..2_u8, any::<u64>(), prices(), sizes(), prices()), 1..most)
            .prop_map(|mut rows| {
                rows.sort_by_key(|row| row.0);
                cols!(
                    Book,
                    BookCols,
                    rows.into_iter().map(|(at, book, action, side, id, price, qty, traded)| BookRow {
                        at,
                        book,
                        seq: id.rotate_left(9),
                        action,
                        phase: (id % 7) as u8,
                        side,
                        id,
                        price,
                        qty,
                        left: qty / 2,
                        traded
                    })
                )
            }),
        vec((times(), 0..4_u16, 0..7_u8), 1..most).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            cols!(Phases, PhaseCols, rows.into_iter().map(|(at, book, phase)| PhaseRow { at, book, phase }))
        }),
        vec((times(), 0..4_u16, prices(), sizes(), any::<i64>()), 1..most).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            cols!(
                Indicative,
                IndicativeCols,
                rows.into_iter().map(|(at, book, price, volume, surplus)| IndicativeRow {
                    at,
                    book,
                    price,
                    volume,
                    surplus
                })
            )
        }),
        vec(
            (times(), 0..4_u16, any::<u32>(), 0..3_u8, prices(), sizes(), any::<i64>(), any::<i64>()),
            1..most
        )
        .prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            cols!(
                Liquidations,
                LiquidationCols,
                rows.into_iter().map(|(at, book, agent, side, price, qty, fee, covered)| LiquidationRow {
                    at,
                    book,
                    agent,
                    id: u64::from(agent) << 32 | 1 << 31,
                    side,
                    price,
                    qty,
                    fee,
                    covered
                })
            )
        }),
    ]
}

/// Batches as a run hands them on: the times of each table never go back.
pub(crate) fn any_run() -> impl Strategy<Value = Vec<Arc<Batch>>> {
    vec(any_batch(), 0..12).prop_map(|batches| {
        let mut last = [0_i64; Table::ALL.len()];
        let later = |last: &mut i64, at: &mut Vec<i64>| {
            // Spread over the run: each batch of a table begins where the one before ended.
            for at in at {
                *last = last.saturating_add(*at >> 8);
                *at = *last;
            }
        };
        let in_order = |mut batch: Batch| {
            let last = &mut last[batch.table() as usize];
            match &mut batch {
                Batch::Trades(cols) => later(last, &mut cols.at),
                Batch::Tops(cols) => later(last, &mut cols.at),
                Batch::Depth(cols) => later(last, &mut cols.at),
                Batch::Orders(cols) => later(last, &mut cols.at),
                Batch::Fills(cols) => later(last, &mut cols.at),
                Batch::Values(cols) => later(last, &mut cols.at),
                Batch::Series(cols) => later(last, &mut cols.at),
                Batch::Book(cols) => later(last, &mut cols.at),
                Batch::Phases(cols) => later(last, &mut cols.at),
                Batch::Indicative(cols) => later(last, &mut cols.at),
                Batch::Liquidations(cols) => later(last, &mut cols.at),
                Batch::Agents(_) => {}
            }
            Arc::new(batch)
        };
        batches.into_iter().map(in_order).collect()
    })
}

/// Trades at the given times.
pub(crate) fn trades(times: std::ops::Range<i64>) -> Arc<Batch> {
    let row = |at| TradeRow {
        at,
        book: u16::try_from(at % 4).unwrap(),
        price: 10_000 + at % 7,
        qty: 1 + at.unsigned_abs() % 5,
        aggressor: u8::try_from(at % 2).unwrap(),
        maker: 1 << 32 | at.unsigned_abs(),
        taker: 2 << 32 | at.unsigned_abs(),
    };
    Arc::new(cols!(Trades, TradeCols, times.map(row)))
}
