//! Market data of a market by itself: what happens to its displayed orders.

use prism_core::market::BookEvent;
use prism_core::types::BookId;

use super::Market;
use crate::book::{BookEngine, Watched};

/// A market over a [`Watched`] book, from whose events every feed is made ([`feed`](crate::feed)).
///
/// ```
/// use prism_book::book::Watched;
/// use prism_book::feed::{LevelCopy, LevelFeed, OrderCopy, OrderFeed};
/// use prism_book::{BookId, Ladder, Market, MarketRules, Order, OrderId, Orders, Price, Qty, Side, StreamKey, Time};
///
/// let mut market = Market::<Watched<Ladder>>::new(MarketRules::new(Price(100)), StreamKey::root(1));
/// let mut index = Orders::new(1).unwrap();
/// let (mut levels, mut orders) = (LevelFeed::default(), OrderFeed::default());
/// let (mut level_copy, mut order_copy) = (LevelCopy::default(), OrderCopy::<Ladder>::default());
/// market.watch(true);
///
/// // After each message to the market: the events, and from them what the feeds send.
/// let order = Order::limit(BookId(0), Side::Buy, Qty(7), Price(99));
/// market.submit(Time::ZERO, OrderId(0), &order, &mut index, &mut |_, _| {});
/// let mut events = Vec::new();
/// market.drain_events(BookId(0), &mut |event| events.push(event));
/// levels.publish(market.book(), &events, &mut |update| level_copy.apply(&update).unwrap());
/// for event in events {
///     order_copy.apply(&orders.publish(event)).unwrap();
/// }
/// assert_eq!(level_copy.best(Side::Buy), market.top().0);
/// assert!(order_copy.place(OrderId(0)).is_some());
/// ```
impl<B: BookEngine> Market<Watched<B>> {
    /// From now on what happens to displayed orders is written down, or not any more. Nothing is at first, and then
    /// it costs nothing.
    pub fn watch(&mut self, on: bool) {
        self.shown.watch(on);
    }

    /// Hands over what has happened to displayed orders since the last time, in order, as events of `book`, and forgets
    /// it. An order that was moved, without a trade in between, is replaced.
    pub fn drain_events(&mut self, book: BookId, told: &mut impl FnMut(BookEvent)) {
        self.shown.drain_events(book, told);
    }
}
