//! The records themselves: orders, trades and levels.

use prism_core::types::Side;
use serde::{Serialize, Serializer};

/// A price that is not there.
pub const UNDEF_PRICE: i64 = i64::MAX;

/// A time that is not there.
pub const UNDEF_TIME: u64 = u64::MAX;

/// Bytes of the header that every record begins with.
pub(super) const HEADER: usize = 16;

/// Bytes of a level.
const LEVEL: usize = 32;

/// The most levels of a record.
pub(super) const MOST_LEVELS: usize = 10;

pub(super) const MBO: u8 = 0xA0;
pub(super) const TRADE: u8 = 0x00;
pub(super) const MBP_1: u8 = 0x01;
pub(super) const MBP_10: u8 = 0x0A;

/// What every record begins with, behind its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Type of the record: 160 order, 0 trade, 1 one level, 10 ten levels.
    pub rtype: u8,
    /// The vendor's number of venue and dataset.
    pub publisher_id: u16,
    /// The number of the instrument; it belongs to dataset and day.
    pub instrument_id: u32,
    /// When it happened by the venue's clock, nanoseconds since 1970 UTC; [`UNDEF_TIME`] if unknown.
    pub ts_event: u64,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// An order joins the book.
    Add,
    /// `size` of an order leaves the book.
    Cancel,
    /// An order has a new price or size.
    Modify,
    /// All orders of the instrument leave the book.
    Clear,
    /// An aggressor traded; the book does not change.
    Trade,
    /// A resting order traded; the book does not change: a cancel or modify follows.
    Fill,
    /// Nothing that the book shows.
    None,
}

impl Action {
    /// The letters, for an error.
    pub(super) const LETTERS: &'static str = "an action, one of A C M R T F N";

    #[inline]
    pub(super) const fn of(letter: u8) -> Option<Action> {
        Some(match letter {
            b'A' => Action::Add,
            b'C' => Action::Cancel,
            b'M' => Action::Modify,
            b'R' => Action::Clear,
            b'T' => Action::Trade,
            b'F' => Action::Fill,
            b'N' => Action::None,
            _ => return None,
        })
    }

    /// The letter on the wire.
    pub const fn letter(self) -> char {
        match self {
            Action::Add => 'A',
            Action::Cancel => 'C',
            Action::Modify => 'M',
            Action::Clear => 'R',
            Action::Trade => 'T',
            Action::Fill => 'F',
            Action::None => 'N',
        }
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_char(self.letter())
    }
}

/// Properties of a record, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Flags(pub u8);

impl Flags {
    /// The last record of its event for this instrument: only then is the book whole.
    pub const LAST: Flags = Flags(128);
    /// The best level alone, not an order.
    pub const TOP_OF_BOOK: Flags = Flags(64);
    /// From a snapshot, not from the live feed.
    pub const SNAPSHOT: Flags = Flags(32);
    /// A level of its own, not an order.
    pub const MBP: Flags = Flags(16);
    /// The time of receipt cannot be trusted.
    pub const BAD_TS_RECV: Flags = Flags(8);
    /// Something was lost before: the book may be wrong.
    pub const MAYBE_BAD_BOOK: Flags = Flags(4);

    /// Whether all bits of `flags` are set.
    #[inline]
    pub const fn has(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether the record is the last of its event.
    #[inline]
    pub const fn last(self) -> bool {
        self.has(Flags::LAST)
    }
}

/// An order event (schema `mbo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mbo {
    /// The part that is common to all.
    #[serde(flatten)]
    pub head: Head,
    /// The venue's number of the order.
    pub order_id: u64,
    /// Price in 1/10⁹; [`UNDEF_PRICE`] if there is none.
    pub price: i64,
    /// Quantity.
    pub size: u32,
    /// Properties.
    pub flags: Flags,
    /// Channel of the venue's feed.
    pub channel_id: u8,
    /// What happened.
    pub action: Action,
    /// Side of the order, for a trade of the aggressor; `None` where there is none.
    #[serde(serialize_with = "side_letter")]
    pub side: Option<Side>,
    /// When the vendor received it, nanoseconds since 1970 UTC.
    pub ts_recv: u64,
    /// Nanoseconds from the venue's sending to `ts_recv`.
    pub ts_in_delta: i32,
    /// The venue's sequence number.
    pub sequence: u32,
}

/// A trade (schema `trades`), or a change of the best levels (`mbp-1`, `tbbo`, `mbp-10`), without the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The part that is common to all.
    #[serde(flatten)]
    pub head: Head,
    /// Price in 1/10⁹; [`UNDEF_PRICE`] if there is none.
    pub price: i64,
    /// Quantity.
    pub size: u32,
    /// What happened.
    pub action: Action,
    /// Side of the order that did it, for a trade of the aggressor; `None` where there is none.
    #[serde(serialize_with = "side_letter")]
    pub side: Option<Side>,
    /// Properties.
    pub flags: Flags,
    /// The level that changed, from 0.
    pub depth: u8,
    /// When the vendor received it, nanoseconds since 1970 UTC.
    pub ts_recv: u64,
    /// Nanoseconds from the venue's sending to `ts_recv`.
    pub ts_in_delta: i32,
    /// The venue's sequence number.
    pub sequence: u32,
}

/// One level of both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Level {
    /// Price in 1/10⁹; [`UNDEF_PRICE`] without a level.
    pub bid_px: i64,
    /// Price in 1/10⁹; [`UNDEF_PRICE`] without a level.
    pub ask_px: i64,
    /// Quantity.
    pub bid_sz: u32,
    /// Quantity.
    pub ask_sz: u32,
    /// Orders.
    pub bid_ct: u32,
    /// Orders.
    pub ask_ct: u32,
}

/// One record of the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Record {
    /// An order event.
    Mbo(Mbo),
    /// A trade.
    Trade(Event),
    /// A change of the best level, or a trade with it; the level is with the reader.
    Mbp1(Event),
    /// A change of the best ten levels, or a trade with them; the levels are with the reader.
    Mbp10(Event),
}

impl Record {
    /// The part that is common to all.
    #[inline]
    pub const fn head(&self) -> &Head {
        match self {
            Record::Mbo(order) => &order.head,
            Record::Trade(event) | Record::Mbp1(event) | Record::Mbp10(event) => &event.head,
        }
    }

    /// What happened.
    #[inline]
    pub const fn action(&self) -> Action {
        match self {
            Record::Mbo(order) => order.action,
            Record::Trade(event) | Record::Mbp1(event) | Record::Mbp10(event) => event.action,
        }
    }

    /// Properties.
    #[inline]
    pub const fn flags(&self) -> Flags {
        match self {
            Record::Mbo(order) => order.flags,
            Record::Trade(event) | Record::Mbp1(event) | Record::Mbp10(event) => event.flags,
        }
    }

    /// Quantity.
    #[inline]
    pub const fn size(&self) -> u32 {
        match self {
            Record::Mbo(order) => order.size,
            Record::Trade(event) | Record::Mbp1(event) | Record::Mbp10(event) => event.size,
        }
    }

    /// When the vendor received it, nanoseconds since 1970 UTC.
    #[inline]
    pub const fn ts_recv(&self) -> u64 {
        match self {
            Record::Mbo(order) => order.ts_recv,
            Record::Trade(event) | Record::Mbp1(event) | Record::Mbp10(event) => event.ts_recv,
        }
    }

    /// The venue's sequence number.
    #[inline]
    pub const fn sequence(&self) -> u32 {
        match self {
            Record::Mbo(order) => order.sequence,
            Record::Trade(event) | Record::Mbp1(event) | Record::Mbp10(event) => event.sequence,
        }
    }
}

/// Bytes and levels of the records that are read here; `None` for other types.
#[inline]
pub(super) const fn shape(rtype: u8) -> Option<(usize, usize)> {
    match rtype {
        MBO => Some((56, 0)),
        TRADE => Some((48, 0)),
        MBP_1 => Some((48 + LEVEL, 1)),
        MBP_10 => Some((48 + MOST_LEVELS * LEVEL, MOST_LEVELS)),
        _ => None,
    }
}

/// A field that cannot hold what stands there.
#[derive(Clone, Copy, Debug)]
pub(super) struct BadField {
    /// Its offset in the record.
    pub at: usize,
    pub name: &'static str,
    pub expected: &'static str,
}

fn bad(at: usize, name: &'static str, expected: &'static str) -> BadField {
    BadField { at, name, expected }
}

#[inline]
fn head<const N: usize>(bytes: &[u8; N]) -> Head {
    Head {
        rtype: bytes[1],
        publisher_id: u16::from_le_bytes(part(bytes, 2)),
        instrument_id: u32::from_le_bytes(part(bytes, 4)),
        ts_event: u64::from_le_bytes(part(bytes, 8)),
    }
}

#[inline]
pub(super) fn mbo(bytes: &[u8; 56]) -> Result<Mbo, BadField> {
    let order = Mbo {
        head: head(bytes),
        order_id: u64::from_le_bytes(part(bytes, 16)),
        price: i64::from_le_bytes(part(bytes, 24)),
        size: u32::from_le_bytes(part(bytes, 32)),
        flags: Flags(bytes[36]),
        channel_id: bytes[37],
        action: Action::of(bytes[38]).ok_or(bad(38, "action", Action::LETTERS))?,
        side: side(bytes[39]).ok_or(bad(39, "side", SIDES))?,
        ts_recv: u64::from_le_bytes(part(bytes, 40)),
        ts_in_delta: i32::from_le_bytes(part(bytes, 48)),
        sequence: u32::from_le_bytes(part(bytes, 52)),
    };
    if order.side.is_none() && matches!(order.action, Action::Add | Action::Modify) {
        return Err(bad(39, "side", "B or A for an order that rests"));
    }
    Ok(order)
}

#[inline]
pub(super) fn event(bytes: &[u8; 48]) -> Result<Event, BadField> {
    Ok(Event {
        head: head(bytes),
        price: i64::from_le_bytes(part(bytes, 16)),
        size: u32::from_le_bytes(part(bytes, 24)),
        action: Action::of(bytes[28]).ok_or(bad(28, "action", Action::LETTERS))?,
        side: side(bytes[29]).ok_or(bad(29, "side", SIDES))?,
        flags: Flags(bytes[30]),
        depth: bytes[31],
        ts_recv: u64::from_le_bytes(part(bytes, 32)),
        ts_in_delta: i32::from_le_bytes(part(bytes, 40)),
        sequence: u32::from_le_bytes(part(bytes, 44)),
    })
}

/// The levels in the bytes behind a record of levels, as many as `to` has room for.
#[inline]
pub(super) fn levels(bytes: &[u8], to: &mut [Level]) {
    let (found, _) = bytes.as_chunks::<LEVEL>();
    for (level, bytes) in to.iter_mut().zip(found) {
        *level = Level {
            bid_px: i64::from_le_bytes(part(bytes, 0)),
            ask_px: i64::from_le_bytes(part(bytes, 8)),
            bid_sz: u32::from_le_bytes(part(bytes, 16)),
            ask_sz: u32::from_le_bytes(part(bytes, 20)),
            bid_ct: u32::from_le_bytes(part(bytes, 24)),
            ask_ct: u32::from_le_bytes(part(bytes, 28)),
        };
    }
}

/// `M` bytes from an offset; the sizes are constants, so that no check is left.
#[inline(always)]
fn part<const N: usize, const M: usize>(bytes: &[u8; N], at: usize) -> [u8; M] {
    let mut part = [0; M];
    part.copy_from_slice(&bytes[at..at + M]);
    part
}

const SIDES: &str = "a side, B, A or N";

#[inline]
#[allow(clippy::option_option)] // no side is a side that the format knows
const fn side(letter: u8) -> Option<Option<Side>> {
    match letter {
        b'B' => Some(Some(Side::Buy)),
        b'A' => Some(Some(Side::Sell)),
        b'N' => Some(None),
        _ => None,
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::ref_option)] // the form that serde asks for
fn side_letter<S: Serializer>(side: &Option<Side>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_char(match side {
        Some(Side::Buy) => 'B',
        Some(Side::Sell) => 'A',
        None => 'N',
    })
}
