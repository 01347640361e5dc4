//! Self-trade prevention: what happens when an order would trade with one of the same agent.
//!
//! The rule acts on the orders that the incoming one reaches, in their priority, and on no other: not on those
//! behind the order that fills it, nor on those beyond its limit.

use prism_core::market::Rested;
use prism_core::msg::{CancelReason, Reject, Report};
use prism_core::types::{Qty, Side, Tif};

use super::taking::Taking;
use crate::book::{BookEngine, Fill, Incoming, Outcome, check_terms};
use crate::market::SelfTrade;

/// As [`BookEngine::submit`], under a rule other than [`SelfTrade::Allow`], order by order.
pub(super) fn submit<B: BookEngine>(
    rule: SelfTrade,
    book: &mut B,
    order: Incoming,
    taking: &mut Taking<'_>,
) -> Outcome {
    let Incoming { id, side, tif, qty, price } = order;
    if let Err(why) = check_terms(side, tif, price, qty) {
        return Outcome::Refused(why);
    }
    if tif == Tif::PostOnly && book.would_trade(side, price) {
        return Outcome::Refused(Reject::WouldTrade);
    }
    if tif == Tif::Fok && !can_be_filled(rule, book, &order) {
        return Outcome::Refused(Reject::NotFilled);
    }
    let why = CancelReason::SelfTrade;
    while !taking.left.is_zero() && book.would_trade(side, price) {
        let first = book.best(!side).and_then(|best| book.head(!side, best.price));
        let Some((handle, maker)) = first.and_then(|handle| Some((handle, book.get(handle)?))) else { break };
        let both = taking.left.min(maker.left);
        if maker.id.agent() != id.agent() {
            let Some(taken) = book.execute(handle, both) else { break };
            taking.fill(&Fill {
                maker: maker.id,
                handle,
                price: maker.price,
                qty: taken.qty,
                left: taken.left,
            });
            continue;
        }
        let rested = Rested { book: taking.order.1, id: maker.id, side: maker.side, price: maker.price };
        if matches!(rule, SelfTrade::CancelOldest | SelfTrade::CancelBoth) {
            book.cancel(handle);
            taking.orders.remove(maker.id);
            taking.out.book_event(|| rested.deleted(maker.left));
            taking.out.report(Report::Cancelled { id: maker.id, left: maker.left, why });
        }
        match rule {
            SelfTrade::CancelOldest => {}
            SelfTrade::Decrement => {
                book.reduce(handle, both);
                let left = maker.left.saturating_sub(both);
                taking.out.book_event(|| rested.reduced(both, left));
                if left.is_zero() {
                    taking.orders.remove(maker.id);
                    taking.out.report(Report::Cancelled { id: maker.id, left: both, why });
                } else {
                    taking.out.report(Report::Reduced { id: maker.id, left, why });
                }
                taking.left = taking.left.saturating_sub(both);
                if taking.left.is_zero() {
                    taking.ends = why;
                    return Outcome::Cancelled { left: both };
                }
                taking.out.report(Report::Reduced { id, left: taking.left, why });
            }
            SelfTrade::Allow | SelfTrade::CancelNewest | SelfTrade::CancelBoth => {
                taking.ends = why;
                return Outcome::Cancelled { left: taking.left };
            }
        }
    }
    let left = taking.left;
    if left.is_zero() {
        Outcome::Filled
    } else if matches!(tif, Tif::Gtc | Tif::PostOnly) {
        match book.insert_resting(id, side, price, left) {
            Ok(handle) => Outcome::Rests { handle, left },
            Err(why) => Outcome::Refused(why),
        }
    } else {
        Outcome::Cancelled { left }
    }
}

/// True when others' orders fill a fill-or-kill order in full before the rule would end it or make it smaller.
fn can_be_filled<B: BookEngine>(rule: SelfTrade, book: &B, order: &Incoming) -> bool {
    let reaches = |price| match order.side {
        Side::Buy => price <= order.price,
        Side::Sell => price >= order.price,
    };
    let mut wanted = order.qty;
    for (_, maker) in book.orders(!order.side).take_while(|(_, maker)| reaches(maker.price)) {
        if maker.id.agent() == order.id.agent() {
            if rule == SelfTrade::CancelOldest {
                continue;
            }
            return false;
        }
        wanted = wanted.saturating_sub(maker.left);
        if wanted == Qty::ZERO {
            return true;
        }
    }
    false
}
