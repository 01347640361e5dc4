//! A tape of any format as one kind of record, and what a record does to a book.

use std::path::Path;

use prism_core::types::Side;
use prism_sinks::tape::itch::{self, Alpha, Body};
use prism_sinks::tape::{
    CompletedEvent, CompletedMessage, CompletedReader, LobsterEvent, LobsterMessage, LobsterReader,
    RestingOrder, Source, TapeError,
};
use serde::Serialize;

use super::Format;

/// An opened tape.
#[derive(Debug)]
pub(super) enum Feed {
    Lobster(LobsterReader),
    Completed(CompletedReader),
    Itch(itch::Reader),
}

/// One message of a tape. As JSON it is the message alone: a line of `prism replay --dump`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Record {
    Lobster(LobsterMessage),
    Completed(CompletedMessage),
    Itch(itch::Message),
}

/// What a message does to its book. Prices are USD × 10,000, sizes are shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// An order joins the end of its queue.
    Add { id: u64, side: Side, price: i64, qty: u64 },
    /// Shares leave a resting order.
    Take {
        id: u64,
        /// All of them where the message does not say how many.
        qty: Option<u64>,
        /// They traded.
        traded: bool,
        /// Where the order rests, if the message says so.
        at: Option<(Side, i64)>,
    },
    /// An order leaves, and another one of its side joins the end of a queue.
    Replace { old: u64, new: u64, price: i64, qty: u64 },
}

impl Feed {
    pub(super) fn open(format: Format, path: &Path, lenient: bool) -> Result<Feed, TapeError> {
        let source = Source::open(path)?;
        Ok(match format {
            Format::Lobster => Feed::Lobster(LobsterReader::new(source)),
            Format::Completed => Feed::Completed(CompletedReader::new(source)?),
            Format::Itch => Feed::Itch(itch::Reader::new(source).lenient(lenient)),
        })
    }

    pub(super) fn source(&self) -> &Source {
        match self {
            Feed::Lobster(reader) => reader.source(),
            Feed::Completed(reader) => reader.source(),
            Feed::Itch(reader) => reader.source(),
        }
    }

    /// Messages of unknown type that a lenient reader passed over.
    pub(super) fn skipped(&self) -> u64 {
        match self {
            Feed::Itch(reader) => reader.skipped(),
            Feed::Lobster(_) | Feed::Completed(_) => 0,
        }
    }

    /// The offset of the message read last, for tapes that are told by bytes.
    pub(super) fn offset(&self) -> u64 {
        match self {
            Feed::Itch(reader) => reader.frame_offset(),
            Feed::Lobster(_) | Feed::Completed(_) => self.source().offset(),
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Record>, TapeError> {
        Ok(match self {
            Feed::Lobster(reader) => reader.next().transpose()?.map(Record::Lobster),
            Feed::Completed(reader) => reader.next().transpose()?.map(Record::Completed),
            Feed::Itch(reader) => reader.next().transpose()?.map(Record::Itch),
        })
    }
}

impl Record {
    /// The day's code of the stock; 0 on tapes of one stock.
    pub(super) fn locate(&self) -> u16 {
        match self {
            Record::Itch(message) => message.head.stock_locate,
            Record::Lobster(_) | Record::Completed(_) => 0,
        }
    }

    /// The stock's name where the message tells it together with its code.
    pub(super) fn stock(&self) -> Option<Alpha<8>> {
        let Record::Itch(message) = self else { return None };
        match &message.body {
            Body::StockDirectory(body) => Some(body.stock),
            Body::TradingAction(body) => Some(body.stock),
            Body::AddOrder(body) => Some(body.stock),
            Body::AddOrderMpid(body) => Some(body.stock),
            _ => None,
        }
    }

    /// True for an event that the exchange never sent: it was put in because a later state needs it.
    pub(super) fn inserted(&self) -> bool {
        match self {
            Record::Completed(message) => inserted(&message.event),
            Record::Lobster(_) | Record::Itch(_) => false,
        }
    }

    /// What the message does to the visible book, if anything.
    #[inline]
    pub(super) fn change(&self) -> Option<Change> {
        match self {
            Record::Lobster(message) => lobster(message.event),
            Record::Completed(message) => match message.event {
                CompletedEvent::Recorded(event) => lobster(event),
                CompletedEvent::InsertedAdd(order) => Some(add(order)),
                CompletedEvent::InsertedRemoval(order) => Some(take(order, false)),
                _ => None,
            },
            Record::Itch(message) => itch(&message.body),
        }
    }
}

pub(super) fn inserted(event: &CompletedEvent) -> bool {
    matches!(event, CompletedEvent::InsertedAdd(_) | CompletedEvent::InsertedRemoval(_))
}

fn lobster(event: LobsterEvent) -> Option<Change> {
    match event {
        LobsterEvent::Add(order) => Some(add(order)),
        // A delete takes what it names, not what is left: the two differ where the file contradicts itself,
        // and the book file follows the former.
        LobsterEvent::PartialCancel(order) | LobsterEvent::Delete(order) => Some(take(order, false)),
        LobsterEvent::Execute(order) => Some(take(order, true)),
        _ => None,
    }
}

fn add(order: RestingOrder) -> Change {
    Change::Add { id: order.id, side: order.side, price: order.price, qty: order.size }
}

fn take(order: RestingOrder, traded: bool) -> Change {
    Change::Take { id: order.id, qty: Some(order.size), traded, at: Some((order.side, order.price)) }
}

#[inline]
fn itch(body: &Body) -> Option<Change> {
    let take = |id, shares: Option<u32>, traded| {
        Some(Change::Take { id, qty: shares.map(u64::from), traded, at: None })
    };
    match *body {
        Body::AddOrder(itch::AddOrder { order_ref, side, shares, price_e4, .. })
        | Body::AddOrderMpid(itch::AddOrderMpid { order_ref, side, shares, price_e4, .. }) => {
            Some(Change::Add { id: order_ref, side, price: i64::from(price_e4), qty: u64::from(shares) })
        }
        Body::OrderExecuted(body) => take(body.order_ref, Some(body.shares), true),
        // The order stood at its own price, whatever the price it was executed at.
        Body::OrderExecutedWithPrice(body) => take(body.order_ref, Some(body.shares), true),
        Body::OrderCancel(body) => take(body.order_ref, Some(body.shares), false),
        Body::OrderDelete(body) => take(body.order_ref, None, false),
        Body::OrderReplace(body) => Some(Change::Replace {
            old: body.order_ref,
            new: body.new_order_ref,
            price: i64::from(body.price_e4),
            qty: u64::from(body.shares),
        }),
        _ => None,
    }
}
