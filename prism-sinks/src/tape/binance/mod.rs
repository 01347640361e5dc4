//! Binance market streams, spot and futures, as they were recorded: depth updates, best bids and offers, trades and
//! the snapshots that the updates start from.
//!
//! A line is the local time of receipt in nanoseconds since 1970, a space, and the JSON of a stream or of a depth
//! snapshot; the time may be missing, and so may the envelope of a combined stream. [`Reader`] decodes line by
//! line; the levels of a depth message stay in the reader ([`Reader::bids`], [`Reader::asks`]). What may be applied
//! to a book, and when, is the rule of [`BookSync`].
//!
//! ```
//! use prism_sinks::tape::Source;
//! use prism_sinks::tape::binance::{Event, Reader};
//!
//! let text = r#"1723161254036059768 {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255308,
//! "s":"BTCUSDT","U":203,"u":207,"b":[["55653.87000000","0.00000000"]],"a":[["61838.04","0.32332"]]}}"#;
//! let source = Source::from_reader("btc.jsonl", std::io::Cursor::new(text.replace('\n', "")))?;
//! let mut reader = Reader::new(source);
//! let message = reader.next().expect("a line")?;
//! assert_eq!(message.local_ns, Some(1_723_161_254_036_059_768));
//! assert!(matches!(message.event, Event::Depth(update) if update.first == 203 && update.last == 207));
//! assert_eq!(reader.bids(), [(5_565_387_000_000, 0)]);
//! assert_eq!(reader.asks(), [(6_183_804_000_000, 32_332_000)]);
//! # Ok::<(), prism_sinks::tape::TapeError>(())
//! ```
//!
//! Prices and sizes are whole multiples of 1/10⁸; times of the exchange are milliseconds since 1970.
//!
//! Source: *Binance Spot API* and *USDⓈ-M Futures*, "Diff. Depth Stream", "How to manage a local order book
//! correctly" and "Individual Symbol Book Ticker Streams" (developers.binance.com).

mod json;
mod message;
mod reader;
mod sync;

pub use message::{Depth, Event, Message, Snapshot, Ticker, Trade};
pub use reader::Reader;
pub use sync::{Applied, BookSync, Gap, TooMany};
