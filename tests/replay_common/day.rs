//! A day of six messages, in every format, and what is usual to do with it.

use std::fs;
use std::path::PathBuf;

use prism::replay::{Format, Options, Report, Start};
use prism_core::types::Side;
use prism_sinks::tape::itch::{
    AddOrder, Alpha, Body, Char, Head, Message, OrderDelete, OrderExecuted, Timestamp, Trade, TradingAction,
};
use tempfile::TempDir;

use super::run;

/// A bid of 100 at 99.99 and an ask of 50 at 100.01 to start with; then the bid grows, half of the ask trades,
/// a hidden order trades, an order joins and leaves.
pub(crate) const MESSAGES: [&str; 6] = [
    "34200.1,1,1,100,999900,1",
    "34200.2,1,2,40,999900,1",
    "34200.25,4,3,25,1000100,-1",
    "34200.250000001,5,0,10,1000050,1",
    "34200.3,1,4,7,999950,1",
    "34200.4,3,4,7,999950,1",
];

pub(crate) const ROWS: [&str; 6] = [
    "1000100,50,999900,100,9999999999,0,-9999999999,0",
    "1000100,50,999900,140,9999999999,0,-9999999999,0",
    "1000100,25,999900,140,9999999999,0,-9999999999,0",
    "1000100,25,999900,140,9999999999,0,-9999999999,0",
    "1000100,25,999950,7,9999999999,0,999900,140",
    "1000100,25,999900,140,9999999999,0,-9999999999,0",
];

/// The same day as a completed stream: what the first row shows is put in.
pub(crate) const COMPLETED: [&str; 9] = [
    "row,time_ns,type,order_id,size,price,direction",
    "1,34200100000000,8,1,100,999900,1",
    "1,34200100000000,8,3,50,1000100,-1",
    "2,34200200000000,1,2,40,999900,1",
    "3,34200250000000,4,3,25,1000100,-1",
    "4,34200250000001,5,0,10,1000050,1",
    "5,34200300000000,1,4,7,999950,1",
    "6,34200400000000,6,-1,500,1000000,-1",
    "6,34200400000000,3,4,7,999950,1",
];

pub(crate) struct Day {
    pub(crate) folder: TempDir,
}

impl Day {
    pub(crate) fn new() -> Day {
        let day = Day { folder: tempfile::tempdir().unwrap() };
        day.write("message.csv", &MESSAGES, "\n");
        day.write("orderbook.csv", &ROWS, "\n");
        day.write("completed.csv", &COMPLETED, "\n");
        day
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, lines: &[&str], end: &str) -> PathBuf {
        let text: String = lines.iter().flat_map(|line| [line, end]).collect();
        self.bytes(name, text.as_bytes())
    }

    pub(crate) fn bytes(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    pub(crate) fn lobster(&self, start: Start) -> Options {
        let mut options = Options::new(Format::Lobster, self.path("message.csv"));
        options.check = Some(self.path("orderbook.csv"));
        options.start = start;
        options
    }

    pub(crate) fn completed(&self) -> Options {
        let mut options = Options::new(Format::Completed, self.path("completed.csv"));
        options.check = Some(self.path("orderbook.csv"));
        options
    }

    /// Files in the folder.
    pub(crate) fn files(&self) -> usize {
        fs::read_dir(self.folder.path()).unwrap().count()
    }
}

/// The error of a replay that must fail because of its input.
pub(crate) fn refused(options: &Options) -> String {
    let error = run(options).unwrap_err();
    assert!(error.is_input(), "{error}");
    error.to_string()
}

/// A report without what depends on the clock and on names.
pub(crate) fn timeless(mut report: Report) -> Report {
    report.path = String::new();
    report.wall_seconds = 0.0;
    report.messages_per_second = 0.0;
    report
}

/// The small day as an ITCH tape, with a first trading action that no event stands for.
pub(crate) fn itch_day(day: &Day) -> Options {
    let stock = Alpha::new("TEST").unwrap();
    let add = |order_ref, side, shares, price_e4| {
        Body::AddOrder(AddOrder { order_ref, side, shares, stock, price_e4 })
    };
    let (trading_state, reserved) = (Char(b'T'), Char(b' '));
    let reason = Alpha::new("").unwrap();
    let bodies = [
        Body::TradingAction(TradingAction { stock, trading_state, reserved, reason }),
        add(1, Side::Buy, 100, 999_900),
        add(3, Side::Sell, 50, 1_000_100),
        add(2, Side::Buy, 40, 999_900),
        Body::OrderExecuted(OrderExecuted { order_ref: 3, shares: 25, match_number: 1 }),
        Body::Trade(Trade {
            order_ref: 0,
            side: Side::Buy,
            shares: 10,
            stock,
            price_e4: 1_000_050,
            match_number: 2,
        }),
        add(4, Side::Buy, 7, 999_950),
        Body::OrderDelete(OrderDelete { order_ref: 4 }),
    ];
    let mut bytes = Vec::new();
    let timestamp = Timestamp::new(34_200_000_000_000).unwrap();
    for body in bodies {
        let head = Head { stock_locate: 9, tracking_number: 0, timestamp };
        Message { head, body }.encode_frame(&mut bytes);
    }
    Options::new(Format::Itch, day.bytes("day.itch50", &bytes))
}
