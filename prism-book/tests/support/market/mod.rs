//! Markets under test: what is asked of them, messages as text, random messages, and what must hold after each.
#![allow(dead_code, unreachable_pub, missing_docs)] // each test file uses its part of this module
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::must_use_candidate)]

pub mod days;
pub mod engine;
pub mod fast;
pub mod random;
pub mod text;
pub mod text_of_days;
pub mod text_of_rules;
pub mod watch;
pub mod watch_day;

use prism_core::msg::{Expiry, Order, Terms};
use prism_core::types::{BookId, OrderId, Price, Qty, Side, Span, Tif, Time};

pub use engine::Engine;

/// A message. It has all that it needs, so that leaving one out of a sequence leaves the others as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// The price is none of a market order; the time of an expiry counts from the message on.
    New {
        id: OrderId,
        side: Side,
        qty: Qty,
        price: Option<Price>,
        tif: Tif,
        terms: Terms,
    },
    Cancel {
        id: OrderId,
    },
    Reduce {
        id: OrderId,
        by: Qty,
    },
    Replace {
        id: OrderId,
        price: Price,
        qty: Qty,
    },
    Halt {
        length: Span,
    },
    EndDay,
    /// Only time passes.
    Wait,
}

/// A message some nanoseconds after the one before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub after: Span,
    pub message: Message,
}

impl Message {
    /// The order of a new-order message at a time, with its terms.
    pub fn order(&self, now: Time) -> Option<(OrderId, Order, Terms)> {
        let Message::New { id, side, qty, price, tif, mut terms } = *self else { return None };
        if let Expiry::At { time } = &mut terms.expiry {
            *time = now + (*time - Time::ZERO);
        }
        let price = price.unwrap_or(Order::market(BookId(0), side, qty).price);
        Some((id, Order::limit(BookId(0), side, qty, price).tif(tif), terms))
    }

    /// Sends the message.
    pub fn send(&self, now: Time, to: &mut impl Engine) -> Vec<prism_book::market::Told> {
        match *self {
            Message::New { .. } => {
                let (id, order, terms) = self.order(now).unwrap();
                to.submit(now, id, &order, &terms)
            }
            Message::Cancel { id } => to.cancel(now, id),
            Message::Reduce { id, by } => to.reduce(now, id, by),
            Message::Replace { id, price, qty } => to.replace(now, id, price, qty),
            Message::Halt { length } => to.halt(now, length),
            Message::EndDay => to.end_day(now),
            Message::Wait => to.advance(now),
        }
    }
}
