//! NASDAQ TotalView-ITCH 5.0: every message type, decoded from and encoded to the wire form.
//!
//! A tape is a row of frames: two bytes of length, big-endian, then the message. [`Reader`] decodes them one by
//! one without allocating; [`Message::encode_frame`] writes them.
//!
//! ```
//! use prism_core::types::Side;
//! use prism_sinks::tape::itch::{AddOrder, Alpha, Body, Head, Message, Reader, Timestamp};
//! use prism_sinks::tape::Source;
//!
//! let add = Message {
//!     head: Head { stock_locate: 1, tracking_number: 0, timestamp: Timestamp::new(34_200_000_000_001).unwrap() },
//!     body: Body::AddOrder(AddOrder {
//!         order_ref: 1000,
//!         side: Side::Buy,
//!         shares: 500,
//!         stock: Alpha::new("PRSM").unwrap(),
//!         price_e4: 999_900,
//!     }),
//! };
//! let mut tape = Vec::new();
//! add.encode_frame(&mut tape);
//! assert_eq!(tape.len(), 2 + 36);
//! let mut reader = Reader::new(Source::from_reader("one.itch50", std::io::Cursor::new(tape))?);
//! assert_eq!(reader.next().unwrap()?, add);
//! assert!(reader.next().is_none());
//! # Ok::<(), prism_sinks::tape::TapeError>(())
//! ```
//!
//! Source: *NASDAQ TotalView-ITCH 5.0* specification (2015-03-06); type `O` from the later direct-listing
//! extension. Prices are integers in 1/10,000 USD (`_e4`) or 1/10⁸ USD (`_e8`).

mod check;
mod field;
mod message;
mod reader;

pub use check::MAX_PRICE_E4;
pub use field::{Alpha, Char, Timestamp};
pub use message::{
    AddOrder, AddOrderMpid, Body, BrokenTrade, CrossTrade, DecodeError, DirectListing, Head, IpoQuoting,
    LuldCollar, MarketParticipantPosition, Message, MwcbLevels, MwcbStatus, NetOrderImbalance,
    OperationalHalt, OrderCancel, OrderDelete, OrderExecuted, OrderExecutedWithPrice, OrderReplace, RegSho,
    RetailInterest, StockDirectory, SystemEvent, Trade, TradingAction,
};
pub use reader::Reader;
