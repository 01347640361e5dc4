//! The messages themselves: one table from which structure, decoder, encoder and JSON form are made.

use prism_core::types::Side;
use serde::ser::{Serialize, SerializeMap, Serializer};
use thiserror::Error;

use super::field::{Alpha, Char, Field, Timestamp};
use crate::tape::error::quote;

/// Bytes before the fields of a message: type, stock locate, tracking number, timestamp.
const HEAD: usize = 11;

/// What every message begins with, behind its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The day's code of the stock; 0 where no stock is meant.
    pub stock_locate: u16,
    /// NASDAQ's internal number.
    pub tracking_number: u16,
    /// When.
    pub timestamp: Timestamp,
}

/// One message of the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The part that is common to all.
    pub head: Head,
    /// The part that the type decides.
    pub body: Body,
}

/// Why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// No byte at all.
    #[error("found nothing, expected a message")]
    Empty,
    /// The first byte names no message of ITCH 5.0.
    #[error("found message type {}, expected one of {}", quote(&[*kind]), kinds())]
    UnknownType {
        /// The first byte.
        kind: u8,
    },
    /// The length is not the one of the type.
    #[error("found {found} bytes, expected {expected} for message type `{}`", char::from(*kind))]
    Length {
        /// The type.
        kind: u8,
        /// Bytes given.
        found: usize,
        /// Bytes of this type.
        expected: usize,
    },
    /// A field holds what it cannot hold.
    #[error("found {} in field {name}, expected {expected}", quote(&[*found]))]
    Field {
        /// The field.
        name: &'static str,
        /// Its offset in the message.
        at: usize,
        /// Its first byte.
        found: u8,
        /// What it may hold.
        expected: &'static str,
    },
}

/// The letters of all types, for an error.
pub(super) fn kinds() -> String {
    Body::KINDS.iter().map(|&kind| char::from(kind)).flat_map(|kind| [' ', kind]).skip(1).collect()
}

macro_rules! messages {
    ($(
        $(#[$doc:meta])*
        $kind:literal $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty ),* $(,)? }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name { $( $(#[$field_doc])* pub $field: $type ),* }

            impl $name {
                /// Bytes of the whole message on the wire.
                pub const SIZE: usize = HEAD $( + <$type as Field>::SIZE )*;

                /// Reads the fields behind the head; `bytes` has exactly `SIZE` bytes.
                #[inline]
                fn get(bytes: &[u8]) -> Result<$name, DecodeError> {
                    let at = HEAD;
                    $( let ($field, at) = take::<$type>(bytes, at, stringify!($field))?; )*
                    debug_assert_eq!(at, Self::SIZE);
                    Ok($name { $( $field ),* })
                }
            }
        )*

        /// The part of a message that its type decides, by type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Body { $( $(#[$doc])* $name($name) ),* }

        impl Body {
            /// The letters of all types, in the order of the specification.
            pub const KINDS: &[u8] = &[$( $kind ),*];

            /// The letter of the type.
            pub const fn kind(&self) -> u8 {
                match self { $( Body::$name(_) => $kind ),* }
            }

            /// Bytes of a whole message of the type `kind`; `None` for an unknown type.
            pub const fn size_of_kind(kind: u8) -> Option<usize> {
                match kind {
                    $( $kind => Some($name::SIZE), )*
                    _ => None,
                }
            }

            #[inline]
            fn get(kind: u8, bytes: &[u8]) -> Result<Body, DecodeError> {
                match kind {
                    $( $kind => $name::get(bytes).map(Body::$name), )*
                    _ => Err(DecodeError::UnknownType { kind }),
                }
            }

            fn put(&self, out: &mut Vec<u8>) {
                match self { $( Body::$name(body) => { $( body.$field.put(out); )* } ),* }
            }

            fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                match self { $( Body::$name(body) => { $( body.$field.entry(stringify!($field), map)?; )* } ),* }
                Ok(())
            }
        }
    };
}

#[inline]
fn take<F: Field>(bytes: &[u8], at: usize, name: &'static str) -> Result<(F, usize), DecodeError> {
    let end = at + F::SIZE;
    if let Some(value) = bytes.get(at..end).and_then(F::get) {
        return Ok((value, end));
    }
    let found = bytes.get(at).copied().unwrap_or_default();
    Err(DecodeError::Field { name, at, found, expected: F::EXPECTED })
}

messages! {
    /// Type S: an event of the whole system's day.
    b'S' SystemEvent {
        /// O start of messages, S start of system hours, Q start of market hours, M end of market hours,
        /// E end of system hours, C end of messages.
        event_code: Char,
    }
    /// Type R: a stock that trades today.
    b'R' StockDirectory {
        /// Ticker.
        stock: Alpha<8>,
        /// Listing market and tier.
        market_category: Char,
        /// Whether the issuer is in compliance.
        financial_status: Char,
        /// Shares of a round lot.
        round_lot_size: u32,
        /// Y if only round lots are accepted.
        round_lots_only: Char,
        /// Kind of security.
        issue_classification: Char,
        /// Finer kind of security.
        issue_subtype: Alpha<2>,
        /// P live, T test.
        authenticity: Char,
        /// Whether Reg SHO's threshold list has it.
        short_sale_threshold: Char,
        /// Y on the day of an initial public offering.
        ipo_flag: Char,
        /// Tier of the limit-up limit-down plan.
        luld_tier: Char,
        /// Y for an exchange-traded product.
        etp_flag: Char,
        /// Leverage of the product.
        etp_leverage: u32,
        /// Y for an inverse product.
        inverse: Char,
    }
    /// Type H: trading in a stock stops or resumes.
    b'H' TradingAction {
        /// Ticker.
        stock: Alpha<8>,
        /// H halted, P paused, Q quotation only, T trading.
        trading_state: Char,
        /// Reserved.
        reserved: Char,
        /// Why.
        reason: Alpha<4>,
    }
    /// Type Y: Reg SHO short-sale price test.
    b'Y' RegSho {
        /// Ticker.
        stock: Alpha<8>,
        /// 0 none, 1 in effect from an intraday drop, 2 in effect.
        reg_sho_action: Char,
    }
    /// Type L: a participant's standing in a stock.
    b'L' MarketParticipantPosition {
        /// The participant.
        mpid: Alpha<4>,
        /// Ticker.
        stock: Alpha<8>,
        /// Y if a primary market maker.
        primary_mm: Char,
        /// Mode of market making.
        mm_mode: Char,
        /// State of registration.
        participant_state: Char,
    }
    /// Type V: levels of the market-wide circuit breaker, in 1/10⁸ index points.
    b'V' MwcbLevels {
        /// First level.
        level1_e8: u64,
        /// Second level.
        level2_e8: u64,
        /// Third level.
        level3_e8: u64,
    }
    /// Type W: a level of the market-wide circuit breaker was breached.
    b'W' MwcbStatus {
        /// 1, 2 or 3.
        breached_level: Char,
    }
    /// Type K: when quoting of an initial public offering begins.
    b'K' IpoQuoting {
        /// Ticker.
        stock: Alpha<8>,
        /// Seconds after midnight.
        ipo_release_time_s: u32,
        /// A anticipated, C cancelled or postponed.
        qualifier: Char,
        /// Price of the offering.
        ipo_price_e4: u32,
    }
    /// Type J: collar of a limit-up limit-down auction.
    b'J' LuldCollar {
        /// Ticker.
        stock: Alpha<8>,
        /// Reference price.
        reference_price_e4: u32,
        /// Upper bound.
        upper_e4: u32,
        /// Lower bound.
        lower_e4: u32,
        /// Number of the extension.
        extension: u32,
    }
    /// Type h: an operational halt at one market centre.
    b'h' OperationalHalt {
        /// Ticker.
        stock: Alpha<8>,
        /// Q Nasdaq, B BX, X PSX.
        market_code: Char,
        /// H halted, T lifted.
        action: Char,
    }
    /// Type A: a new order rests in the book.
    b'A' AddOrder {
        /// The order's number, unique for the day.
        order_ref: u64,
        /// Its side.
        side: Side,
        /// Shares shown.
        shares: u32,
        /// Ticker.
        stock: Alpha<8>,
        /// Its price.
        price_e4: u32,
    }
    /// Type F: a new order with its participant.
    b'F' AddOrderMpid {
        /// The order's number, unique for the day.
        order_ref: u64,
        /// Its side.
        side: Side,
        /// Shares shown.
        shares: u32,
        /// Ticker.
        stock: Alpha<8>,
        /// Its price.
        price_e4: u32,
        /// The participant.
        attribution: Alpha<4>,
    }
    /// Type E: an order is executed at its own price.
    b'E' OrderExecuted {
        /// The resting order.
        order_ref: u64,
        /// Shares executed.
        shares: u32,
        /// Number of the match.
        match_number: u64,
    }
    /// Type C: an order is executed at another price.
    b'C' OrderExecutedWithPrice {
        /// The resting order.
        order_ref: u64,
        /// Shares executed.
        shares: u32,
        /// Number of the match.
        match_number: u64,
        /// N if the volume is counted elsewhere (in a later cross).
        printable: Char,
        /// The price of the execution.
        price_e4: u32,
    }
    /// Type X: part of an order is cancelled.
    b'X' OrderCancel {
        /// The order.
        order_ref: u64,
        /// Shares removed.
        shares: u32,
    }
    /// Type D: an order leaves the book.
    b'D' OrderDelete {
        /// The order.
        order_ref: u64,
    }
    /// Type U: an order is replaced; side, stock and participant stay, its place in the queue is lost.
    b'U' OrderReplace {
        /// The order that leaves.
        order_ref: u64,
        /// The order that comes.
        new_order_ref: u64,
        /// Its shares.
        shares: u32,
        /// Its price.
        price_e4: u32,
    }
    /// Type P: a hidden order is executed; the book does not change.
    b'P' Trade {
        /// 0 since 2010.
        order_ref: u64,
        /// Always buy since 2014-07-14.
        side: Side,
        /// Shares.
        shares: u32,
        /// Ticker.
        stock: Alpha<8>,
        /// The price.
        price_e4: u32,
        /// Number of the match.
        match_number: u64,
    }
    /// Type Q: a cross; the book does not change.
    b'Q' CrossTrade {
        /// Shares.
        shares: u64,
        /// Ticker.
        stock: Alpha<8>,
        /// The price of the cross.
        price_e4: u32,
        /// Number of the match.
        match_number: u64,
        /// O opening, C closing, H halt or offering, I intraday.
        cross_type: Char,
    }
    /// Type B: an execution is broken; the book does not change.
    b'B' BrokenTrade {
        /// Number of the match.
        match_number: u64,
    }
    /// Type I: net order imbalance before a cross.
    b'I' NetOrderImbalance {
        /// Shares that match at the reference price.
        paired: u64,
        /// Shares that do not.
        imbalance: u64,
        /// B buy, S sell, N none, O too few orders.
        direction: Char,
        /// Ticker.
        stock: Alpha<8>,
        /// Clearing price of the cross orders.
        far_price_e4: u32,
        /// Clearing price of cross and continuous orders.
        near_price_e4: u32,
        /// Reference price.
        reference_price_e4: u32,
        /// O opening, C closing, H halt or offering.
        cross_type: Char,
        /// Size class of the distance of near price and reference.
        price_variation: Char,
    }
    /// Type N: retail price improvement.
    b'N' RetailInterest {
        /// Ticker.
        stock: Alpha<8>,
        /// B buy, S sell, A both, N none.
        interest_flag: Char,
    }
    /// Type O: price discovery of a direct listing.
    b'O' DirectListing {
        /// Ticker.
        stock: Alpha<8>,
        /// Y if eligible to be released.
        eligibility: Char,
        /// Lowest allowed price.
        min_price_e4: u32,
        /// Highest allowed price.
        max_price_e4: u32,
        /// Near execution price.
        near_price_e4: u32,
        /// When that price stood, nanoseconds after midnight.
        near_time_ns: u64,
        /// Lower bound of the collar.
        lower_collar_e4: u32,
        /// Upper bound of the collar.
        upper_collar_e4: u32,
    }
}

impl Message {
    /// Decodes one message without its frame.
    ///
    /// # Errors
    /// An unknown type, a length that is not the type's, or a field that cannot hold its value.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Result<Message, DecodeError> {
        let &kind = bytes.first().ok_or(DecodeError::Empty)?;
        let expected = Body::size_of_kind(kind).ok_or(DecodeError::UnknownType { kind })?;
        if bytes.len() != expected {
            return Err(DecodeError::Length { kind, found: bytes.len(), expected });
        }
        let (stock_locate, at) = take(bytes, 1, "stock_locate")?;
        let (tracking_number, at) = take(bytes, at, "tracking_number")?;
        let (timestamp, _) = take(bytes, at, "timestamp_ns")?;
        let head = Head { stock_locate, tracking_number, timestamp };
        Ok(Message { head, body: Body::get(kind, bytes)? })
    }

    /// Appends the message without a frame.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.body.kind());
        self.head.stock_locate.put(out);
        self.head.tracking_number.put(out);
        self.head.timestamp.put(out);
        self.body.put(out);
    }

    /// Appends the message behind its length in two bytes, big-endian.
    pub fn encode_frame(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0, 0]);
        self.encode(out);
        // The longest message has 50 bytes.
        #[allow(clippy::cast_possible_truncation)]
        let length = (out.len() - start - 2) as u16;
        out[start..start + 2].copy_from_slice(&length.to_be_bytes());
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("type", &Char(self.body.kind()))?;
        self.head.stock_locate.entry("stock_locate", &mut map)?;
        self.head.tracking_number.entry("tracking_number", &mut map)?;
        self.head.timestamp.entry("timestamp_ns", &mut map)?;
        self.body.entries(&mut map)?;
        map.end()
    }
}
