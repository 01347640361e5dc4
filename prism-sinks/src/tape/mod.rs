//! Recorded market data: LOBSTER, the completed stream, NASDAQ ITCH 5.0, Databento DBN, and the feeds of
//! crypto exchanges: Binance, Bitstamp, tardis.dev.
//!
//! Every reader streams (its memory does not grow with the file), takes plain and zstd files alike (told by
//! their content, not by their name) and allocates nothing per message. A file that is empty, cut short,
//! corrupt or of another format ends in one [`TapeError`] that names the file and the line or byte.
//!
//! | format | reader | writer | an item |
//! |---|---|---|---|
//! | LOBSTER message file | [`LobsterReader`] | [`LobsterWriter`] | [`LobsterMessage`] |
//! | LOBSTER order-book file | [`BookReader`] | [`BookWriter`] | [`BookRow`] |
//! | completed stream | [`CompletedReader`] | | [`CompletedMessage`] |
//! | NASDAQ TotalView-ITCH 5.0 | [`itch::Reader`] | [`itch::Message::encode_frame`] | [`itch::Message`] |
//! | Databento DBN 1 to 3 | [`dbn::Reader`] | | [`dbn::Record`] |
//! | Binance streams | [`binance::Reader`] | | [`binance::Message`] |
//! | orders of Bitstamp | [`BitstampReader`] | | [`BitstampMessage`] |
//! | files of tardis.dev | [`tardis::Reader`] | | [`tardis::Message`] |
//!
//! ```
//! use prism_sinks::tape::{LobsterEvent, LobsterReader, Source};
//!
//! let text = "34200.015105074,4,15818974,4,5794000,1\r\n";
//! let source = Source::from_reader("GOOG_message.csv", text.as_bytes())?;
//! let mut tape = LobsterReader::new(source);
//! let message = tape.next().expect("one row")?;
//! assert_eq!(message.time_ns, 34_200_015_105_074);
//! assert!(matches!(message.event, LobsterEvent::Execute(order) if order.size == 4));
//! assert!(tape.next().is_none());
//! # Ok::<(), prism_sinks::tape::TapeError>(())
//! ```
//!
//! Times are nanoseconds after midnight of the exchange's day (US/Eastern), prices are USD × 10,000 (DBN:
//! nanoseconds since 1970 UTC and 1/10⁹ of the currency; crypto exchanges: the feed's own unit of time since 1970,
//! prices and sizes in 1/10⁸), all as integers: nothing passes through a floating-point number.

pub mod binance;
mod bitstamp;
mod completed;
pub mod dbn;
mod decimal;
mod error;
mod fields;
pub mod itch;
mod lobster;
mod lobster_book;
mod lobster_writer;
mod source;
pub mod tardis;
mod text;

pub use bitstamp::{BitstampAction, BitstampMessage, BitstampReader};
pub use completed::{CompletedEvent, CompletedMessage, CompletedReader};
pub use decimal::parse_e8;
pub use error::TapeError;
pub use lobster::{LobsterEvent, LobsterMessage, LobsterReader, LobsterRow, RestingOrder, TradingHalt};
pub use lobster_book::{BookReader, BookRow, BookWriter};
pub use lobster_writer::LobsterWriter;
pub use source::Source;
