//! The fingerprint of a book: its market state, not its structure.

use prism_core::types::Side;

use super::BookEngine;

/// Each side: its orders in priority, four words an order, then a word that no order begins with.
pub(super) fn words(book: &impl BookEngine, word: &mut impl FnMut(u64)) {
    for side in Side::BOTH {
        for (_, order) in book.orders(side) {
            word(1);
            word(order.price.0 as u64);
            word(order.id.0);
            word(order.left.0);
        }
        word(0);
    }
}
