//! One message of a tape of any format, and what it does to a book.

use std::ops::Not;

use prism_core::types::Side;
use prism_sinks::tape::dbn::{self, Action, UNDEF_PRICE};
use prism_sinks::tape::itch::{self, Alpha, Body};
use prism_sinks::tape::{
    BitstampAction, BitstampMessage, CompletedEvent, CompletedMessage, LobsterEvent, LobsterMessage,
    RestingOrder, binance, tardis,
};
use serde::Serialize;

/// One message of a tape. As JSON it is the message alone: a line of `prism replay --dump`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub(in crate::replay) enum Record {
    Lobster(LobsterMessage),
    Completed(CompletedMessage),
    Itch(itch::Message),
    Dbn(dbn::Record),
    Binance(binance::Message),
    Bitstamp(BitstampMessage),
    Tardis(tardis::Message),
}

/// What a message does to its book. Prices are in the unit of the format, sizes in shares or contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::replay) enum Change {
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
    /// An order has this price and size from now on.
    Modify { id: u64, side: Side, price: i64, qty: u64 },
    /// A resting order traded; another message takes it off the book.
    Fill { id: u64, qty: u64 },
    /// All orders leave.
    Clear,
    /// The levels are those that the message carries.
    Levels {
        /// The price of a trade, and the side of the order that rested.
        traded: Option<(Side, i64)>,
    },
    /// A trade on a tape that tells of no book.
    Trade,
    /// A message of a feed of depth updates; its levels are in the reader.
    Depth(binance::Event),
    /// A level has this size from now on.
    Set(tardis::Depth),
    /// The levels are those that the message carries, on feeds of crypto exchanges.
    Sides,
    /// A trade on a tape that tells of no book, of this size.
    Traded { qty: u64 },
}

impl Record {
    /// The code of the book: 0 on tapes of one stock, the day's code of the stock on ITCH tapes; on DBN tapes it is
    /// made of publisher, kind of record and instrument.
    #[inline]
    pub(in crate::replay) fn code(&self) -> u64 {
        match self {
            Record::Itch(message) => message.head.stock_locate.into(),
            Record::Dbn(record) => {
                let head = record.head();
                let [publisher, kind] = [u64::from(head.publisher_id), u64::from(head.rtype)];
                publisher << 40 | kind << 32 | u64::from(head.instrument_id)
            }
            Record::Lobster(_)
            | Record::Completed(_)
            | Record::Binance(_)
            | Record::Bitstamp(_)
            | Record::Tardis(_) => 0,
        }
    }

    /// Nanoseconds after midnight, or since 1970; `None` where the message does not say, or not reliably.
    #[inline]
    pub(super) fn time_ns(&self) -> Option<i64> {
        match self {
            Record::Lobster(message) => Some(message.time_ns),
            Record::Completed(message) => Some(message.time_ns),
            // The wire has 48 bits for it.
            Record::Itch(message) => Some(message.head.timestamp.ns() as i64),
            // The order of the tape is that of receipt; beyond the year 2262 stands what is undefined.
            Record::Dbn(record) if record.flags().has(dbn::Flags::BAD_TS_RECV) => None,
            Record::Dbn(record) => i64::try_from(record.ts_recv()).ok(),
            // The order of the tape is that of receipt.
            Record::Binance(message) => message.local_ns,
            // The readers refuse times that have no nanoseconds.
            Record::Bitstamp(message) => Some(message.local_ms * 1_000_000),
            Record::Tardis(message) => Some(message.local_us * 1_000),
        }
    }

    /// Whether the message is the last of an event, after which the book is whole; false where it does not say.
    #[inline]
    pub(in crate::replay) fn ends_event(&self) -> bool {
        match self {
            Record::Dbn(record) => record.flags().last(),
            Record::Binance(message) => matches!(message.event, binance::Event::Depth(_)),
            Record::Tardis(message) => message.last && !matches!(message.row, tardis::Row::Trade(_)),
            Record::Lobster(_) | Record::Completed(_) | Record::Itch(_) | Record::Bitstamp(_) => false,
        }
    }

    /// The stock's name where the message tells it together with its code.
    pub(in crate::replay) fn stock(&self) -> Option<Alpha<8>> {
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
    pub(in crate::replay) fn inserted(&self) -> bool {
        match self {
            Record::Completed(message) => inserted(&message.event),
            _ => false,
        }
    }

    /// Size that the message says has traded and that no other message counts; 0 on feeds whose volume is counted
    /// elsewhere.
    #[inline]
    pub(in crate::replay) fn traded(&self) -> u64 {
        match self {
            Record::Lobster(message) => lobster_volume(&message.event),
            Record::Completed(message) => match &message.event {
                CompletedEvent::Recorded(event) => lobster_volume(event),
                _ => 0,
            },
            Record::Itch(message) => match &message.body {
                Body::OrderExecuted(body) => body.shares.into(),
                // What is not printable is in the cross that it belongs to.
                Body::OrderExecutedWithPrice(body) if body.printable.0 != b'N' => body.shares.into(),
                Body::Trade(body) => body.shares.into(),
                Body::CrossTrade(body) => body.shares,
                _ => 0,
            },
            Record::Dbn(_) | Record::Binance(_) | Record::Bitstamp(_) | Record::Tardis(_) => 0,
        }
    }

    /// What the message does to the visible book, if anything.
    #[inline]
    pub(in crate::replay) fn change(&self) -> Option<Change> {
        match self {
            Record::Lobster(message) => lobster(message.event),
            Record::Completed(message) => match message.event {
                CompletedEvent::Recorded(event) => lobster(event),
                CompletedEvent::InsertedAdd(order) => Some(add(order)),
                CompletedEvent::InsertedRemoval(order) => Some(take(order, false)),
                _ => None,
            },
            Record::Itch(message) => itch(&message.body),
            Record::Dbn(record) => dbn(record),
            Record::Binance(message) => Some(Change::Depth(message.event)),
            Record::Bitstamp(message) => Some(bitstamp(message)),
            Record::Tardis(message) => tardis(&message.row),
        }
    }
}

pub(in crate::replay) fn inserted(event: &CompletedEvent) -> bool {
    matches!(event, CompletedEvent::InsertedAdd(_) | CompletedEvent::InsertedRemoval(_))
}

fn lobster_volume(event: &LobsterEvent) -> u64 {
    match event {
        LobsterEvent::Execute(order) => order.size,
        LobsterEvent::ExecuteHidden { size, .. } | LobsterEvent::Cross { size, .. } => *size,
        _ => 0,
    }
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

fn bitstamp(message: &BitstampMessage) -> Change {
    let &BitstampMessage { id, side, price_e8: price, left_e8: qty, .. } = message;
    match message.action {
        BitstampAction::Created => Change::Add { id, side, price, qty },
        // Filled in part; it keeps its place.
        BitstampAction::Changed if qty > 0 => Change::Modify { id, side, price, qty },
        // Nothing left of an order is an order that was filled.
        BitstampAction::Changed | BitstampAction::Deleted => {
            Change::Take { id, qty: None, traded: qty == 0, at: None }
        }
    }
}

fn tardis(row: &tardis::Row) -> Option<Change> {
    match row {
        tardis::Row::Depth(level) => Some(Change::Set(*level)),
        tardis::Row::Snapshot | tardis::Row::Quote => Some(Change::Sides),
        tardis::Row::Trade(trade) => Some(Change::Traded { qty: trade.qty_e8 }),
        _ => None,
    }
}

#[inline]
fn dbn(record: &dbn::Record) -> Option<Change> {
    let event = match record {
        dbn::Record::Mbo(order) => return mbo(order),
        dbn::Record::Trade(_) => return Some(Change::Trade),
        dbn::Record::Mbp1(event) | dbn::Record::Mbp10(event) => event,
        _ => return None,
    };
    // Its side is that of the aggressor.
    let rested = event.side.filter(|_| event.action == Action::Trade).map(Side::not);
    Some(Change::Levels { traded: rested.map(|side| (side, event.price)) })
}

#[inline]
fn mbo(order: &dbn::Mbo) -> Option<Change> {
    let &dbn::Mbo { order_id: id, price, .. } = order;
    // An order without a price has no place in the book: none of it rests.
    let qty = if price == UNDEF_PRICE { 0 } else { u64::from(order.size) };
    match (order.action, order.side) {
        (Action::Add, Some(side)) => Some(Change::Add { id, side, price, qty }),
        (Action::Modify, Some(side)) => Some(Change::Modify { id, side, price, qty }),
        (Action::Cancel, _) => {
            Some(Change::Take { id, qty: Some(order.size.into()), traded: false, at: None })
        }
        (Action::Fill, _) => Some(Change::Fill { id, qty: order.size.into() }),
        (Action::Clear, _) => Some(Change::Clear),
        _ => None,
    }
}
