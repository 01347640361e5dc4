//! Answers in numbers, where comparing two books says nothing: both share the code, or one has no answer.
#![allow(clippy::unwrap_used)]

mod support;

use prism_book::{BookEngine, Handle, Ladder, Naive};
use prism_core::types::{OrderId, Price, Qty, Side};
use support::digest;

/// A bid at -3 and two at 7, an ask at 9: the handles in the order of arrival.
fn book<B: BookEngine>() -> (B, [Handle; 4]) {
    let mut book = B::default();
    let mut rest = |id, side, price, qty| {
        book.insert_resting(OrderId(id), side, Price(price), Qty(qty)).expect("an order that may rest")
    };
    let handles = [
        rest(11, Side::Buy, -3, 5),
        rest(12, Side::Buy, 7, 6),
        rest(13, Side::Buy, 7, 8),
        rest(14, Side::Sell, 9, 1),
    ];
    (book, handles)
}

fn says_its_state_in_words<B: BookEngine>() {
    let bids = [1, 7, 12, 6, 1, 7, 13, 8, 1, -3_i64 as u64, 11, 5, 0];
    assert_eq!(digest(&book::<B>().0), [&bids[..], &[1, 9, 14, 1, 0]].concat());
    assert_eq!(digest(&B::default()), [0, 0]);
}

#[test]
fn a_digest_has_four_words_for_each_order_and_one_for_each_side() {
    says_its_state_in_words::<Ladder>();
    says_its_state_in_words::<Naive>();
}

fn takes_back_what_it_gave<B: BookEngine>() {
    let (book, handles) = book::<B>();
    for (handle, id) in handles.into_iter().zip(11..) {
        let stored = handle.raw();
        assert_eq!(book.get(Handle::from_raw(stored)).unwrap().id, OrderId(id));
        assert_eq!(book.locate(handle.place(), OrderId(id)), Some(handle));
    }
    let mut numbers = handles.map(Handle::raw).to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 4, "a number of its own for each");
}

#[test]
fn a_handle_survives_being_stored_as_a_number() {
    takes_back_what_it_gave::<Ladder>();
    takes_back_what_it_gave::<Naive>();
}

#[test]
fn the_ladder_knows_who_is_at_a_place_and_the_naive_book_does_not() {
    let (mut ladder, handles) = book::<Ladder>();
    for (handle, id) in handles.into_iter().zip(11..) {
        assert_eq!(ladder.id_at(handle.place()), Some(OrderId(id)));
    }
    let [_, first, second, ask] = handles.map(Handle::place);
    assert_eq!(ladder.fronts(Side::Buy), [first, second]);
    assert_eq!(ladder.fronts(Side::Sell)[0], ask);
    ladder.cancel(handles[1]);
    assert_eq!(ladder.fronts(Side::Buy)[0], second);
    // Not at the place of an order that is gone, and not where the book keeps something else.
    let mut anywhere: Vec<OrderId> = (0..64).filter_map(|place| ladder.id_at(place)).collect();
    anywhere.sort_unstable();
    assert_eq!(anywhere, [11, 13, 14].map(OrderId));
    let empty = Ladder::default();
    assert_eq!(empty.fronts(Side::Buy).map(|place| empty.id_at(place)), [None, None]);

    let (naive, handles) = book::<Naive>();
    assert_eq!(naive.id_at(handles[0].place()), None);
    assert_eq!(naive.fronts(Side::Buy), [u32::MAX; 2]);
}
