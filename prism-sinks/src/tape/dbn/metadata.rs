//! What stands in front of the records.

use crate::tape::error::{TapeError, quote};
use crate::tape::source::Source;

/// What a DBN file begins with.
const MAGIC: &[u8] = b"DBN";

/// Bytes before the part whose length the fourth to seventh of them give.
const PRELUDE: usize = 8;

/// Bytes of a symbol in version 1; later versions say it themselves.
const SYMBOL_V1: usize = 22;

/// Offset of the schema.
const SCHEMA_AT: u64 = 24;

/// Metadata may be filled up to the next multiple of this.
const ALIGNMENT: u64 = 8;

/// The schemas by number.
const SCHEMAS: [&str; 20] = [
    "mbo",
    "mbp-1",
    "mbp-10",
    "tbbo",
    "trades",
    "ohlcv-1s",
    "ohlcv-1m",
    "ohlcv-1h",
    "ohlcv-1d",
    "definition",
    "statistics",
    "status",
    "imbalance",
    "ohlcv-eod",
    "cmbp-1",
    "cbbo-1s",
    "cbbo-1m",
    "tcbbo",
    "bbo-1s",
    "bbo-1m",
];

/// The number that stands for several schemas in one file.
const MIXED: u16 = u16::MAX;

/// The way instruments are named by: numbers.
const INSTRUMENT_ID: u8 = 0;

/// What was asked for, and which symbol is which instrument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// Version of the encoding, 1 to 3.
    pub version: u8,
    /// The vendor's code of the dataset.
    pub dataset: String,
    /// The one schema of the records, by number; `None` if they are of several.
    pub schema: Option<u16>,
    /// Begin of the time asked for, nanoseconds since 1970 UTC.
    pub start: u64,
    /// End of it; `u64::MAX` if it is open.
    pub end: u64,
    /// The most records asked for; 0 for all.
    pub limit: u64,
    /// How symbols were given, by number; `None` if in several ways.
    pub stype_in: Option<u8>,
    /// What they were resolved to: 0 is instrument ids.
    pub stype_out: u8,
    /// Whether each record ends with the time the vendor sent it.
    pub ts_out: bool,
    /// Symbols asked for.
    pub symbols: Vec<String>,
    /// Those that were not resolved on some of the days.
    pub partial: Vec<String>,
    /// Those that were not resolved on any.
    pub not_found: Vec<String>,
    /// What each symbol was resolved to.
    pub mappings: Vec<Mapping>,
}

/// What a symbol stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The symbol asked for.
    pub symbol: String,
    /// What it was, by day.
    pub intervals: Vec<Interval>,
}

/// What a symbol stands for on some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// First day as a number `yyyymmdd`.
    pub start_date: u32,
    /// The day after the last one, likewise.
    pub end_date: u32,
    /// What the symbol is on those days; as a decimal number where it is an instrument id.
    pub symbol: String,
}

impl Metadata {
    /// The instruments that `symbol` stands for on any day, in ascending order. The number of an instrument as
    /// text stands for itself.
    pub fn instruments(&self, symbol: &str) -> Vec<u32> {
        let mut found: Vec<u32> = symbol.parse().into_iter().collect();
        for mapping in &self.mappings {
            for interval in &mapping.intervals {
                let (name, number) = match self.stype_out {
                    INSTRUMENT_ID => (&mapping.symbol, &interval.symbol),
                    _ => (&interval.symbol, &mapping.symbol),
                };
                if name == symbol {
                    found.extend(number.parse::<u32>());
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Reads all that stands in front of the first record.
    pub(super) fn read(source: &mut Source) -> Result<Metadata, TapeError> {
        let path = source.path().to_owned();
        let wrong = |offset, found: String, expected: &str| TapeError::Binary {
            path: path.clone(),
            offset,
            found,
            expected: expected.to_owned(),
        };
        let head = source.peek(PRELUDE)?;
        let begin = &head[..head.len().min(MAGIC.len())];
        if begin.is_empty() {
            return Err(TapeError::Empty { path, expected: "DBN metadata and records" });
        }
        if !MAGIC.starts_with(begin) {
            return Err(wrong(0, quote(begin), "`DBN`, what a DBN file begins with"));
        }
        if let Some(version) = head.get(MAGIC.len()).filter(|version| !(1..=3).contains(*version)) {
            return Err(wrong(3, format!("DBN version {version}"), "version 1, 2 or 3"));
        }
        let Some(&[_, _, _, version, a, b, c, d]) = head.first_chunk::<PRELUDE>() else {
            return Err(TapeError::Truncated { path, offset: 0, left: head.len(), needed: PRELUDE });
        };
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        source.consume(PRELUDE);
        let mut fields = Fields { source, end: PRELUDE as u64 + length, length };
        let metadata = fields.metadata(version)?;
        fields.finish()?;
        Ok(metadata)
    }
}

/// The metadata's fields, one after the other.
struct Fields<'a> {
    source: &'a mut Source,
    /// Where the metadata ends.
    end: u64,
    /// Bytes it says it has.
    length: u64,
}

impl Fields<'_> {
    fn metadata(&mut self, version: u8) -> Result<Metadata, TapeError> {
        let dataset = self.text(16, "dataset")?;
        let schema = u16::from_le_bytes(self.take("schema")?);
        if schema != MIXED && schema > 4 {
            let name = SCHEMAS.get(usize::from(schema)).copied();
            let found =
                name.map_or_else(|| format!("schema number {schema}"), |name| format!("schema {name}"));
            return Err(self.wrong(SCHEMA_AT, found, "mbo, mbp-1, mbp-10, tbbo, trades or mixed (65535)"));
        }
        let start = u64::from_le_bytes(self.take("start")?);
        let end = u64::from_le_bytes(self.take("end")?);
        let limit = u64::from_le_bytes(self.take("limit")?);
        if version == 1 {
            // The count of records, which is not kept up: the vendor's own files of version 1 have none.
            self.take::<8>("record count")?;
        }
        let stype_in = self.byte("stype_in")?;
        let stype_out = self.byte("stype_out")?;
        let ts_out = match self.byte("ts_out")? {
            0 => false,
            1 => true,
            other => return Err(self.wrong(self.source.offset() - 1, format!("ts_out {other}"), "0 or 1")),
        };
        let symbol = if version == 1 {
            self.take::<47>("reserved bytes")?;
            SYMBOL_V1
        } else {
            let symbol = usize::from(u16::from_le_bytes(self.take("length of a symbol")?));
            if symbol == 0 {
                let at = self.source.offset() - 2;
                return Err(self.wrong(at, "0 in field length of a symbol".to_owned(), "1 to 65535"));
            }
            self.take::<53>("reserved bytes")?;
            symbol
        };
        let definition = self.count("length of a schema definition")?;
        if definition != 0 {
            let at = self.source.offset() - 4;
            return Err(self.wrong(at, format!("a schema definition of {definition} bytes"), "none"));
        }
        let symbols = self.list(symbol, "symbols")?;
        let partial = self.list(symbol, "partial")?;
        let not_found = self.list(symbol, "not_found")?;
        let mappings = self.mappings(symbol)?;
        Ok(Metadata {
            version,
            dataset,
            schema: (schema != MIXED).then_some(schema),
            start,
            end,
            limit,
            stype_in: (stype_in != u8::MAX).then_some(stype_in),
            stype_out,
            ts_out,
            symbols,
            partial,
            not_found,
            mappings,
        })
    }

    fn list(&mut self, symbol: usize, name: &'static str) -> Result<Vec<String>, TapeError> {
        // A count is not trusted with memory: what it counts must be there.
        let count = self.count(name)?;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(self.text(symbol, name)?);
        }
        Ok(list)
    }

    fn mappings(&mut self, symbol: usize) -> Result<Vec<Mapping>, TapeError> {
        let count = self.count("mappings")?;
        let mut mappings = Vec::new();
        for _ in 0..count {
            let name = self.text(symbol, "mapped symbol")?;
            let count = self.count("intervals")?;
            let mut intervals = Vec::new();
            for _ in 0..count {
                intervals.push(Interval {
                    start_date: self.count("start date")?,
                    end_date: self.count("end date")?,
                    symbol: self.text(symbol, "symbol of an interval")?,
                });
            }
            mappings.push(Mapping { symbol: name, intervals });
        }
        Ok(mappings)
    }

    /// What is left must be what fills the metadata up.
    fn finish(&mut self) -> Result<(), TapeError> {
        let at = self.source.offset();
        let left = self.end - at;
        if left >= ALIGNMENT {
            let found = format!("a metadata length of {}", self.length);
            let expected =
                format!("{} to {}: the fields end there", self.length - left, self.length - left + 7);
            return Err(self.wrong(4, found, &expected));
        }
        for _ in 0..left {
            let byte = self.byte("padding")?;
            if byte != 0 {
                let found = format!("{} behind the metadata", quote(&[byte]));
                return Err(self.wrong(self.source.offset() - 1, found, "zeros up to its end"));
            }
        }
        Ok(())
    }

    fn byte(&mut self, name: &'static str) -> Result<u8, TapeError> {
        self.take::<1>(name).map(|[byte]| byte)
    }

    fn count(&mut self, name: &'static str) -> Result<u32, TapeError> {
        self.take(name).map(u32::from_le_bytes)
    }

    /// A field of `size` bytes that a zero ends.
    fn text(&mut self, size: usize, name: &'static str) -> Result<String, TapeError> {
        let at = self.source.offset();
        let bytes = self.ready(size, name)?;
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        let printable = text.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if text.len() == size || !printable {
            let found = format!("{} in field {name}", quote(text));
            return Err(self.wrong(at, found, "printable ASCII with a zero behind it"));
        }
        let text = text.iter().map(|&byte| char::from(byte)).collect();
        self.source.consume(size);
        Ok(text)
    }

    fn take<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], TapeError> {
        let mut field = [0; N];
        field.copy_from_slice(self.ready(N, name)?);
        self.source.consume(N);
        Ok(field)
    }

    /// The next bytes of the metadata, exactly `size`.
    fn ready(&mut self, size: usize, name: &'static str) -> Result<&[u8], TapeError> {
        let at = self.source.offset();
        if self.end - at < size as u64 {
            let found = format!("a metadata length of {}", self.length);
            return Err(self.wrong(4, found, &format!("more: field {name} at byte {at} needs {size} bytes")));
        }
        let left = self.source.peek(size)?.len();
        if left < size {
            let path = self.source.path().to_owned();
            return Err(TapeError::Truncated { path, offset: at, left, needed: size });
        }
        Ok(&self.source.ready()[..size])
    }

    fn wrong(&self, offset: u64, found: String, expected: &str) -> TapeError {
        let path = self.source.path().to_owned();
        TapeError::Binary { path, offset, found, expected: expected.to_owned() }
    }
}
