//! Files of tardis.dev: changes of the depth, snapshots of it, quotes and trades, one symbol a file.
//!
//! The header says which of the four a file is ([`Kind`]). [`Reader`] decodes row by row; the levels of a snapshot
//! or quote stay in the reader ([`Reader::bids`], [`Reader::asks`]).
//!
//! ```
//! use prism_core::types::Side;
//! use prism_sinks::tape::Source;
//! use prism_sinks::tape::tardis::{Kind, Reader, Row};
//!
//! let text = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n\
//!     deribit,BTC-PERPETUAL,1585699200245000,1585699200355684,true,ask,6421.5,18640\n";
//! let source = Source::from_reader("deribit.csv", std::io::Cursor::new(text))?;
//! let mut reader = Reader::new(source)?;
//! assert_eq!(reader.kind(), Kind::Depth);
//! let message = reader.next().expect("a row")?;
//! assert!(message.last);
//! let Row::Depth(level) = message.row else { panic!("a level") };
//! assert_eq!((level.side, level.price_e8, level.qty_e8), (Side::Sell, 642_150_000_000, 1_864_000_000_000));
//! # Ok::<(), prism_sinks::tape::TapeError>(())
//! ```
//!
//! Prices and sizes are whole multiples of 1/10⁸, times microseconds since 1970 UTC.
//!
//! Source: docs.tardis.dev, "Downloadable CSV files".

mod header;
mod reader;
mod row;

pub use header::Kind;
pub use reader::{Message, Reader};
pub use row::{Depth, Row, Trade};
