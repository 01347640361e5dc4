//! Databento Binary Encoding (DBN), versions 1 to 3: orders (MBO), levels (MBP-1, TBBO, MBP-10) and trades.
//!
//! A file is metadata (what was asked for, which symbol is which instrument) and records, little-endian; the
//! records read here are the same in all three versions. [`Reader`] decodes them one by one without allocating.
//! The levels of a level record stay in the reader ([`Reader::levels`]), so that a record of an order feed, the
//! largest files by far, is as small as it can be.
//!
//! ```
//! use prism_sinks::tape::Source;
//! use prism_sinks::tape::dbn::{Action, Reader, Record};
//!
//! # fn bytes() -> Vec<u8> {
//! #     let mut file = b"DBN\x01".to_vec();
//! #     file.extend(120_u32.to_le_bytes());
//! #     file.extend(*b"GLBX.MDP3\0\0\0\0\0\0\0");
//! #     file.resize(8 + 120, 0);
//! #     file.extend([14, 0xA0, 1, 0, 7, 0, 0, 0]);
//! #     file.extend(1_u64.to_le_bytes()); // ts_event
//! #     file.extend(42_u64.to_le_bytes()); // order_id
//! #     file.extend(5_214_250_000_000_i64.to_le_bytes());
//! #     file.extend([3, 0, 0, 0, 128, 0, b'A', b'B']);
//! #     file.extend([0; 16]);
//! #     file
//! # }
//! let source = Source::from_reader("one.dbn", std::io::Cursor::new(bytes()))?;
//! let mut reader = Reader::new(source)?;
//! assert_eq!(reader.metadata().dataset, "GLBX.MDP3");
//! let Some(Record::Mbo(order)) = reader.next().transpose()? else { panic!("an order") };
//! assert_eq!((order.action, order.order_id, order.size), (Action::Add, 42, 3));
//! assert_eq!(order.price, 5_214_250_000_000); // 5214.25
//! assert!(order.flags.last());
//! # Ok::<(), prism_sinks::tape::TapeError>(())
//! ```
//!
//! Prices are integers in 1/10⁹ of the currency, times nanoseconds since 1970 UTC.
//!
//! Source: *Databento Binary Encoding* (databento.com/docs/standards-and-conventions/databento-binary-encoding),
//! checked on the vendor's own files of all three versions.

mod metadata;
mod reader;
mod record;

pub use metadata::{Interval, Mapping, Metadata};
pub use reader::Reader;
pub use record::{Action, Event, Flags, Head, Level, Mbo, Record, UNDEF_PRICE, UNDEF_TIME};
