//! What an agent asks of a venue.

use serde::{Deserialize, Serialize};

use super::Order;
use crate::types::{BookId, OrderId, Price, Qty};

/// A request from an agent to a venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// A new order.
    New {
        /// The id its agent gave it.
        id: OrderId,
        /// The order.
        order: Order,
    },
    /// Take the rest of an order out of the book.
    Cancel {
        /// Which order.
        id: OrderId,
        /// Where it rests.
        book: BookId,
    },
    /// Make an order smaller; it keeps its place in the queue.
    Reduce {
        /// Which order.
        id: OrderId,
        /// Where it rests.
        book: BookId,
        /// By how much. Reducing by all that is left, or more, cancels it.
        by: Qty,
    },
    /// Give an order another price and size. At the same price and not larger it keeps its place in the
    /// queue, otherwise it goes to the end and may trade at once.
    Replace {
        /// Which order; the id stays.
        id: OrderId,
        /// Where it rests.
        book: BookId,
        /// The new price.
        price: Price,
        /// The new open size.
        qty: Qty,
    },
}

impl Request {
    /// The book it concerns.
    #[inline]
    pub const fn book(&self) -> BookId {
        match self {
            Request::New { order, .. } => order.book,
            Request::Cancel { book, .. } | Request::Reduce { book, .. } | Request::Replace { book, .. } => {
                *book
            }
        }
    }

    /// The order it concerns.
    #[inline]
    pub const fn id(&self) -> OrderId {
        match self {
            Request::New { id, .. }
            | Request::Cancel { id, .. }
            | Request::Reduce { id, .. }
            | Request::Replace { id, .. } => *id,
        }
    }
}
