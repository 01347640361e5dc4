//! A writer of DBN files, for tests: what the reader reads, put down the other way round.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use prism_core::types::Side;
use prism_sinks::tape::dbn::{Action, Event, Flags, Head, Level, Mbo, Record};

/// The number that stands for several schemas in one file.
pub(crate) const MIXED: u16 = u16::MAX;

/// A DBN file being written.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    pub(crate) bytes: Vec<u8>,
    ts_out: bool,
}

impl Tape {
    /// Metadata with a mapping from each symbol to its instrument.
    pub(crate) fn new(version: u8, schema: u16, ts_out: bool, symbols: &[(&str, u32)]) -> Tape {
        let text = |symbol: &str| {
            let mut text = symbol.as_bytes().to_vec();
            text.resize(if version == 1 { 22 } else { 71 }, 0);
            text
        };
        let mut rest = b"GLBX.MDP3\0\0\0\0\0\0\0".to_vec();
        rest.extend(schema.to_le_bytes());
        rest.extend(1_700_000_000_000_000_000_u64.to_le_bytes());
        rest.extend(u64::MAX.to_le_bytes());
        rest.extend(0_u64.to_le_bytes());
        if version == 1 {
            rest.extend(u64::MAX.to_le_bytes());
        }
        rest.extend([1, 0, u8::from(ts_out)]);
        if version == 1 {
            rest.extend([0; 47]);
        } else {
            rest.extend(71_u16.to_le_bytes());
            rest.extend([0; 53]);
        }
        rest.extend(0_u32.to_le_bytes());
        let count = (symbols.len() as u32).to_le_bytes();
        rest.extend(count);
        rest.extend(symbols.iter().flat_map(|(symbol, _)| text(symbol)));
        rest.extend([0; 8]);
        rest.extend(count);
        for (symbol, instrument) in symbols {
            rest.extend(text(symbol));
            for number in [1_u32, 20_240_508, 20_240_509] {
                rest.extend(number.to_le_bytes());
            }
            rest.extend(text(&instrument.to_string()));
        }
        if version == 3 {
            rest.resize(rest.len().next_multiple_of(8), 0);
        }
        let mut bytes = b"DBN".to_vec();
        bytes.push(version);
        bytes.extend((rest.len() as u32).to_le_bytes());
        bytes.extend(rest);
        Tape { bytes, ts_out }
    }

    /// Adds a record with its levels.
    pub(crate) fn push(&mut self, record: &Record, levels: &[Level]) {
        let mut body = Vec::new();
        match record {
            Record::Mbo(order) => {
                body.extend(order.order_id.to_le_bytes());
                body.extend(order.price.to_le_bytes());
                body.extend(order.size.to_le_bytes());
                body.extend([
                    order.flags.0,
                    order.channel_id,
                    order.action.letter() as u8,
                    letter(order.side),
                ]);
                body.extend(order.ts_recv.to_le_bytes());
                body.extend(order.ts_in_delta.to_le_bytes());
                body.extend(order.sequence.to_le_bytes());
            }
            Record::Trade(event) | Record::Mbp1(event) | Record::Mbp10(event) => {
                body.extend(event.price.to_le_bytes());
                body.extend(event.size.to_le_bytes());
                body.extend([event.action.letter() as u8, letter(event.side), event.flags.0, event.depth]);
                body.extend(event.ts_recv.to_le_bytes());
                body.extend(event.ts_in_delta.to_le_bytes());
                body.extend(event.sequence.to_le_bytes());
            }
            _ => panic!("a record that is not written here"),
        }
        for level in levels {
            body.extend(level.bid_px.to_le_bytes());
            body.extend(level.ask_px.to_le_bytes());
            for number in [level.bid_sz, level.ask_sz, level.bid_ct, level.ask_ct] {
                body.extend(number.to_le_bytes());
            }
        }
        self.raw(record.head(), &body);
    }

    /// Adds a record of any type.
    pub(crate) fn raw(&mut self, head: &Head, body: &[u8]) {
        let tail: &[u8] = if self.ts_out { &[7; 8] } else { &[] };
        let length = 16 + body.len() + tail.len();
        self.bytes.extend([u8::try_from(length / 4).unwrap(), head.rtype]);
        self.bytes.extend(head.publisher_id.to_le_bytes());
        self.bytes.extend(head.instrument_id.to_le_bytes());
        self.bytes.extend(head.ts_event.to_le_bytes());
        self.bytes.extend(body);
        self.bytes.extend(tail);
    }

    /// Adds an order event of instrument 7 that is an event of its own.
    pub(crate) fn order(&mut self, action: Action, order_id: u64, side: Option<Side>, price: i64, size: u32) {
        self.push(&Record::Mbo(order(action, order_id, side, price, size)), &[]);
    }
}

fn letter(side: Option<Side>) -> u8 {
    match side {
        Some(Side::Buy) => b'B',
        Some(Side::Sell) => b'A',
        None => b'N',
    }
}

/// An order event of instrument 7 that is an event of its own.
pub(crate) fn order(action: Action, order_id: u64, side: Option<Side>, price: i64, size: u32) -> Mbo {
    Mbo {
        head: Head { rtype: 0xA0, publisher_id: 1, instrument_id: 7, ts_event: 1_715_126_400_000_000_000 },
        order_id,
        price,
        size,
        flags: Flags::LAST,
        channel_id: 0,
        action,
        side,
        ts_recv: 1_715_126_400_000_000_100,
        ts_in_delta: 100,
        sequence: 1,
    }
}

/// A trade or level event of instrument 7.
pub(crate) fn event(rtype: u8, action: Action, side: Option<Side>, price: i64, size: u32) -> Event {
    Event {
        head: Head { rtype, publisher_id: 1, instrument_id: 7, ts_event: 1_715_126_400_000_000_000 },
        price,
        size,
        action,
        side,
        flags: Flags::LAST,
        depth: 0,
        ts_recv: 1_715_126_400_000_000_100,
        ts_in_delta: 100,
        sequence: 1,
    }
}
