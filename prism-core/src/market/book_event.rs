//! What an exchange tells of a book: what happens to the orders that rest in it, one by one, and what else happens.

use crate::msg::Phase;
use crate::types::{BookId, OrderId, Price, Qty, Side};

/// One change of one resting order, or something else that is told of the book. In their order, from an empty book on,
/// the events of a book are the book: who applies those of [orders](BookAction::is_of_order) has every order in its place
/// in the queue. Every feed of market data is made of them.
///
/// | action | `price` | `qty` | `left` |
/// |---|---|---|---|
/// | [`Add`](BookAction::Add) | where it rests, behind all that rest there | its size | the same |
/// | [`Reduce`](BookAction::Reduce) | where it rests | what was taken off; it keeps its place | what is left, above 0 |
/// | [`Execute`](BookAction::Execute) | where it rests | what traded, at [`traded`](BookEvent::traded) | what is left; at 0 it is gone |
/// | [`Delete`](BookAction::Delete) | where it rested | what was left of it | 0 |
/// | [`Replace`](BookAction::Replace) | where it rests now, behind all that rest there | its size now | the same |
/// | [`Cross`](BookAction::Cross) | where it rests | what traded, at [`traded`](BookEvent::traded) | what is left; at 0 it is gone |
/// | [`Hidden`](BookAction::Hidden) | of the trade | what traded | 0 |
/// | [`Uncross`](BookAction::Uncross) | of all its trades | what traded, displayed or not | what `side` could not trade |
/// | [`Phase`](BookAction::Phase) | 0 | 0 | 0 |
/// | [`Indicative`](BookAction::Indicative) | of the uncrossing that there would be | what would trade | what `side` could not trade |
///
/// Events of an incoming order come in the order of its trades; what it does to the order that it replaces comes
/// before them. What trades in an uncrossing is `Cross`, as far as it was displayed, and then there is one `Uncross`; the
/// volume of a book is that of its `Execute`, `Hidden` and `Uncross` (that of one uncrossing saturates at the largest size).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookEvent {
    /// Where.
    pub book: BookId,
    /// What happened.
    pub action: BookAction,
    /// The phase of the book; of [`BookAction::Phase`] the one that begins.
    pub phase: Phase,
    /// The side of the order, or the one that could not trade all.
    pub side: Side,
    /// The order; without meaning where the event is of none.
    pub id: OrderId,
    /// Its price, as the table says.
    pub price: Price,
    /// How much, as the table says.
    pub qty: Qty,
    /// What is left of the order, or what could not trade, as the table says.
    pub left: Qty,
    /// Of an execution the price of the trade, which in an uncrossing need not be the order's own; of a replacement the
    /// price at which the order rested before; of other events `price`.
    pub traded: Price,
}

/// What happened to a resting order, or in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum BookAction {
    /// It joined the book.
    Add = 0,
    /// It became smaller without a trade.
    Reduce = 1,
    /// It traded with an order that came in.
    Execute = 2,
    /// It left the book without a trade.
    Delete = 3,
    /// It has another price or size, and goes to the end of the queue.
    Replace = 4,
    /// It traded in an uncrossing.
    Cross = 5,
    /// An order that is not displayed traded with one that came in; the displayed ones are as they were.
    Hidden = 6,
    /// What was collected has traded at one price; what of it was displayed has been told before.
    Uncross = 7,
    /// The book has gone over to another phase.
    Phase = 8,
    /// What an uncrossing would give now is another.
    Indicative = 9,
}

impl BookAction {
    /// All of them, by their numbers.
    pub const ALL: [BookAction; 10] = [
        BookAction::Add,
        BookAction::Reduce,
        BookAction::Execute,
        BookAction::Delete,
        BookAction::Replace,
        BookAction::Cross,
        BookAction::Hidden,
        BookAction::Uncross,
        BookAction::Phase,
        BookAction::Indicative,
    ];

    /// True of what happens to a displayed order; anything else leaves the orders as they are.
    #[inline]
    pub const fn is_of_order(self) -> bool {
        self as u8 <= BookAction::Cross as u8
    }

    /// A word for it, such as `add`.
    pub const fn name(self) -> &'static str {
        match self {
            BookAction::Add => "add",
            BookAction::Reduce => "reduce",
            BookAction::Execute => "execute",
            BookAction::Delete => "delete",
            BookAction::Replace => "replace",
            BookAction::Cross => "cross",
            BookAction::Hidden => "hidden",
            BookAction::Uncross => "uncross",
            BookAction::Phase => "phase",
            BookAction::Indicative => "indicative",
        }
    }
}

/// The order that an event of continuous trading is about, as it rested or rests.
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

    /// It was not displayed, and `qty` of it traded at its price.
    pub fn hidden(self, qty: Qty) -> BookEvent {
        self.event(BookAction::Hidden, qty, Qty::ZERO)
    }

    fn event(self, action: BookAction, qty: Qty, left: Qty) -> BookEvent {
        let Rested { book, id, side, price } = self;
        BookEvent { book, action, phase: Phase::Continuous, side, id, price, qty, left, traded: price }
    }
}
