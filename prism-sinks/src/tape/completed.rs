//! The completed stream: a LOBSTER day with the events added that its order-book file discloses, so that a
//! plain order book fed with it shows every reference row.

use prism_core::types::Side;
use serde::{Serialize, Serializer};

use super::error::TapeError;
use super::fields::{BadField, Fields};
use super::lobster::{LobsterEvent, LobsterMessage, LobsterRow, RestingOrder};
use super::lobster::{direction, parse_event, parse_order};
use super::source::Source;
use super::text::{Lines, Messages};

const HEADER: &[u8] = b"row,time_ns,type,order_id,size,price,direction";

/// One event of the completed stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletedMessage {
    /// The row of the reference, from 1, that the book equals after the last event with this row.
    pub row: u64,
    /// Nanoseconds after midnight, US/Eastern.
    pub time_ns: i64,
    /// What happened.
    pub event: CompletedEvent,
}

/// An event of the day itself, or one that was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompletedEvent {
    /// Types 1 to 7: a message of the LOBSTER file.
    Recorded(LobsterEvent),
    /// Type 8: an order that must have rested there; ids from 9,000,000,000 on are anonymous.
    InsertedAdd(RestingOrder),
    /// Type 9: `size` shares of the order that must have gone.
    InsertedRemoval(RestingOrder),
}

impl Serialize for CompletedMessage {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row {
            row: u64,
            #[serde(flatten)]
            columns: LobsterRow,
        }
        let inserted = |kind, order: RestingOrder| LobsterRow {
            time_ns: self.time_ns,
            kind,
            order_id: order.id as i64,
            size: order.size,
            price: order.price,
            direction: direction(order.side),
        };
        let columns = match self.event {
            CompletedEvent::Recorded(event) => LobsterMessage { time_ns: self.time_ns, event }.row(),
            CompletedEvent::InsertedAdd(order) => inserted(8, order),
            CompletedEvent::InsertedRemoval(order) => inserted(9, order),
        };
        Row { row: self.row, columns }.serialize(to)
    }
}

impl CompletedEvent {
    /// The side and price whose level the event changes, if it changes the visible book.
    pub fn level(&self) -> Option<(Side, i64)> {
        match self {
            CompletedEvent::InsertedAdd(order)
            | CompletedEvent::InsertedRemoval(order)
            | CompletedEvent::Recorded(
                LobsterEvent::Add(order)
                | LobsterEvent::PartialCancel(order)
                | LobsterEvent::Delete(order)
                | LobsterEvent::Execute(order),
            ) => Some((order.side, order.price)),
            CompletedEvent::Recorded(_) => None,
        }
    }
}

/// Reads a completed stream; an iterator over its events that ends at the first error.
#[derive(Debug)]
pub struct CompletedReader {
    lines: Messages,
    /// Row of the event before: rows never go back.
    row: u64,
}

impl CompletedReader {
    /// Reads and checks the header line.
    ///
    /// # Errors
    /// The file is empty, cannot be read, or does not begin with the header.
    pub fn new(source: Source) -> Result<CompletedReader, TapeError> {
        let mut lines = Lines::new(source);
        let expected = "the header row,time_ns,type,order_id,size,price,direction";
        let Some(line) = lines.next()? else { return Err(lines.empty(expected)) };
        if line != HEADER {
            let found = super::error::quote(line);
            return Err(lines.error(BadField { column: 1, found, expected }));
        }
        Ok(CompletedReader { lines: Messages::new(lines, "events after the header"), row: 1 })
    }

    /// Events read so far; the last one stands on the line after as many.
    pub fn messages(&self) -> u64 {
        self.lines.count()
    }

    /// The source, for its path and progress.
    pub fn source(&self) -> &Source {
        self.lines.source()
    }
}

impl Iterator for CompletedReader {
    type Item = Result<CompletedMessage, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let message = self.lines.next(|line| parse(line, self.row));
        if let Some(Ok(message)) = &message {
            self.row = message.row;
        }
        message
    }
}

fn parse(line: &[u8], row_before: u64) -> Result<CompletedMessage, BadField> {
    let mut fields = Fields::new(line);
    let rows = "a row number from 1, not below the one before";
    let row = fields.natural(rows)?;
    if row < row_before {
        return Err(fields.bad(rows));
    }
    let time_ns = fields.natural("a time from 0 to 9223372036854775807 nanoseconds after midnight")? as i64;
    let types = "a message type from 1 to 9";
    let event = match fields.natural(types)? {
        8 => CompletedEvent::InsertedAdd(parse_order(&mut fields)?),
        9 => CompletedEvent::InsertedRemoval(parse_order(&mut fields)?),
        kind => match parse_event(&mut fields, kind)? {
            Some(event) => CompletedEvent::Recorded(event),
            None => return Err(fields.bad(types)),
        },
    };
    fields.end("seven columns")?;
    Ok(CompletedMessage { row, time_ns, event })
}
