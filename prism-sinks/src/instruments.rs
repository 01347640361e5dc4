//! The instrument table: what a tick, a lot and a unit of money are worth.

use std::sync::Arc;

use ::parquet::file::metadata::KeyValue;
use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, UInt16Array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use prism_core::sink::{SinkError, World};
use prism_core::types::{Book, Currency, Decimal, Instrument};
use serde::Serialize;

use crate::layout::{NANOSECONDS, TICKS};

/// Digits behind the point of decimal columns: as many as a [`Decimal`] can have.
const SCALE: u8 = Decimal::MAX_SCALE;

/// A row for each book: its number and names, tick, lot and the unit of money as exact decimals in the
/// currency, and the previous close in ticks.
pub(crate) fn table(world: &World) -> Result<RecordBatch, SinkError> {
    build(world).map_err(|error| SinkError::Other { what: "instruments".to_owned(), why: error.to_string() })
}

fn build(world: &World) -> Result<RecordBatch, ArrowError> {
    let names = |name: fn(&World, Book) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            world.instruments.books().iter().map(|&book| name(world, book)),
        ))
    };
    let decimals = |value: fn(&World, Book) -> Decimal| -> Result<ArrayRef, ArrowError> {
        let scaled = world.instruments.books().iter().map(|&book| value(world, book).at_scale(SCALE));
        let array = scaled.collect::<Decimal128Array>().with_precision_and_scale(38, SCALE.cast_signed())?;
        Ok(Arc::new(array))
    };
    let books = 0..u16::try_from(world.instruments.books().len()).unwrap_or(u16::MAX);
    let starts = world.instruments.books().iter().map(|&book| instrument(world, book).start.0);
    let decimal = DataType::Decimal128(38, SCALE.cast_signed());
    let schema = Schema::new(vec![
        Field::new("book", DataType::UInt16, false),
        Field::new("symbol", DataType::Utf8, false),
        Field::new("venue", DataType::Utf8, false),
        Field::new("tick", decimal.clone(), false),
        Field::new("lot", decimal.clone(), false),
        Field::new("currency", DataType::Utf8, false),
        Field::new("cash_unit", decimal, false),
        Field::new("start", DataType::Int64, false),
    ]);
    RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(UInt16Array::from_iter_values(books)),
            names(|world, book| instrument(world, book).name.clone()),
            names(|world, book| world.instruments.venues()[book.venue.index()].clone()),
            decimals(|world, book| instrument(world, book).tick)?,
            decimals(|world, book| instrument(world, book).lot)?,
            names(|world, book| currency(world, book).name.clone()),
            decimals(|world, book| currency(world, book).unit)?,
            Arc::new(Int64Array::from_iter_values(starts)),
        ],
    )
}

fn instrument(world: &World, book: Book) -> &Instrument {
    &world.instruments.symbols()[book.symbol.index()]
}

fn currency(world: &World, book: Book) -> &Currency {
    &world.instruments.currencies()[instrument(world, book).currency.index()]
}

/// What a reader of one file alone must know, for its key-value metadata.
pub(crate) fn metadata(world: &World) -> Vec<KeyValue> {
    #[derive(Serialize)]
    struct Entry<'a> {
        symbol: &'a str,
        venue: &'a str,
        tick: String,
        lot: String,
        currency: &'a str,
        cash_unit: String,
    }
    let entries: Vec<Entry<'_>> = world
        .instruments
        .books()
        .iter()
        .map(|&book| Entry {
            symbol: &instrument(world, book).name,
            venue: &world.instruments.venues()[book.venue.index()],
            tick: instrument(world, book).tick.to_string(),
            lot: instrument(world, book).lot.to_string(),
            currency: &currency(world, book).name,
            cash_unit: currency(world, book).unit.to_string(),
        })
        .collect();
    let entries = serde_json::to_string(&entries).unwrap_or_default();
    vec![
        KeyValue::new("prism.time".to_owned(), NANOSECONDS.to_owned()),
        KeyValue::new("prism.price".to_owned(), TICKS.to_owned()),
        KeyValue::new("prism.qty".to_owned(), "lots".to_owned()),
        KeyValue::new("prism.cash".to_owned(), "multiples of the instrument's cash_unit".to_owned()),
        KeyValue::new("prism.instruments".to_owned(), entries),
    ]
}
