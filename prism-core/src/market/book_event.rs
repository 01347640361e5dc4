//! What happens to the orders that rest in a book, one by one.

use crate::types::{BookId, OrderId, Price, Qty, Side};

/// One change of one resting order. In their order, from an empty book on, the events of a book are the book: who
/// applies them has every order in its place in the queue. Every feed of market data is made of them.
///
/// | action | `price` | `qty` | `left` |
/// |---|---|---|---|
/// | [`Add`](BookAction::Add) | where it rests, behind all that rest there | its size | the same |
/// | [`Reduce`](BookAction::Reduce) | where it rests | what was taken off; it keeps its place | what is left, above 0 |
/// | [`Execute`](BookAction::Execute) | where it rests | what traded, at [`traded`](BookEvent::traded) | what is left; at 0 it is gone |
/// | [`Delete`](BookAction::Delete) | where it rested | what was left of it | 0 |
/// | [`Replace`](BookAction::Replace) | where it rests now, behind all that rest there | its size now | the same |
///
/// Events of an incoming order come in the order of its trades; what it does to the order that it replaces comes
/// before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookEvent {
    /// Where.
    pub book: BookId,
    /// What happened.
    pub action: BookAction,
    /// The side of the resting order.
    pub side: Side,
    /// The resting order.
    pub id: OrderId,
    /// Its price, as the table says.
    pub price: Price,
    /// How much, as the table says.
    pub qty: Qty,
    /// What is left of the order.
    pub left: Qty,
    /// Of an execution the price of the trade, which in a call need not be the order's own; of a replacement the price
    /// at which the order rested before; of other events the order's.
    pub traded: Price,
}

/// What happened to a resting order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum BookAction {
    /// It joined the book.
    Add = 0,
    /// It became smaller without a trade.
    Reduce = 1,
    /// It traded.
    Execute = 2,
    /// It left the book without a trade.
    Delete = 3,
    /// It has another price or size, and goes to the end of the queue.
    Replace = 4,
}

impl BookAction {
    /// All of them, by their numbers.
    pub const ALL: [BookAction; 5] =
        [BookAction::Add, BookAction::Reduce, BookAction::Execute, BookAction::Delete, BookAction::Replace];
}

/// The order that an event is about, as it rested or rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rested {
    /// Where.
    pub book: BookId,
    /// The order.
    pub id: OrderId,
    /// Its side.
    pub side: Side,
    /// Its price.
    pub price: Price,
}

impl Rested {
    /// It joined the book with this size.
    pub fn added(self, qty: Qty) -> BookEvent {
        self.event(BookAction::Add, qty, qty)
    }

    /// It became smaller by `by`, without a trade; nothing left means that it is gone.
    pub fn reduced(self, by: Qty, left: Qty) -> BookEvent {
        let action = if left.is_zero() { BookAction::Delete } else { BookAction::Reduce };
        self.event(action, by, left)
    }

    /// `qty` of it traded at `traded`.
    pub fn executed(self, qty: Qty, left: Qty, traded: Price) -> BookEvent {
        BookEvent { traded, ..self.event(BookAction::Execute, qty, left) }
    }

    /// It left the book; `left` was left of it.
    pub fn deleted(self, left: Qty) -> BookEvent {
        self.event(BookAction::Delete, left, Qty::ZERO)
    }

    /// It has this price and size from now on, and is the last in its queue; it rested at `was`.
    pub fn replaced(self, qty: Qty, was: Price) -> BookEvent {
        BookEvent { traded: was, ..self.event(BookAction::Replace, qty, qty) }
    }

    fn event(self, action: BookAction, qty: Qty, left: Qty) -> BookEvent {
        let Rested { book, id, side, price } = self;
        BookEvent { book, action, side, id, price, qty, left, traded: price }
    }
}
