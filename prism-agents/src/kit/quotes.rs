//! From a wish to an order: rounding to ticks, taking the opposite touch, staying behind it.
//!
//! Passive prices round away from the market and marketable ones into it. No order has a price below one
//! tick or a size of nothing: a wish that would need one gives no order.

use prism_core::market::Top;
use prism_core::msg::Order;
use prism_core::types::{BookId, Price, Qty, Side, Ticks, Tif};

/// The least price an agent names.
pub const LEAST_PRICE: Price = Price(1);

const TICK: Ticks = Ticks(1);

/// A price of `x` ticks for an order that is to rest: a bid rounds down, an ask up.
pub fn passive(side: Side, x: f64) -> Price {
    match side {
        Side::Buy => Price::floor(x),
        Side::Sell => Price::ceil(x),
    }
}

/// A price of `x` ticks for an order that is to trade: a buy rounds up, a sell down.
pub fn marketable(side: Side, x: f64) -> Price {
    passive(!side, x)
}

/// The price for an order that is to rest: at most one tick from the opposite touch.
///
/// ```
/// use prism_agents::kit::quotes::behind;
/// use prism_core::prelude::*;
/// let top = Top::new(None, Some(Level { price: Price(101), qty: Qty(5) }), Price(100));
/// assert_eq!(behind(Side::Buy, Price(103), &top), Price(100));
/// assert_eq!(behind(Side::Buy, Price(97), &top), Price(97));
/// assert_eq!(behind(Side::Sell, Price(97), &top), Price(97)); // nothing is bid
/// ```
pub fn behind(side: Side, price: Price, top: &Top) -> Price {
    match (side, top.best(!side)) {
        (Side::Buy, Some(ask)) => price.min(ask.price - TICK),
        (Side::Sell, Some(bid)) => price.max(bid.price + TICK),
        (_, None) => price,
    }
}

/// A limit order, good till cancelled; none at a price below one tick or of no size.
pub fn limit(book: BookId, side: Side, qty: Qty, price: Price) -> Option<Order> {
    (price >= LEAST_PRICE && !qty.is_zero()).then_some(Order::limit(book, side, qty, price))
}

/// A limit order that rests or is refused; none at a price below one tick or of no size.
pub fn post(book: BookId, side: Side, qty: Qty, price: Price) -> Option<Order> {
    limit(book, side, qty, price).map(|order| order.tif(Tif::PostOnly))
}

/// A limit order at the opposite touch, immediate or cancel; none where nothing is on offer.
pub fn take(book: BookId, side: Side, qty: Qty, top: &Top) -> Option<Order> {
    let touch = top.best(!side)?;
    limit(book, side, qty, touch.price).map(|order| order.tif(Tif::Ioc))
}

#[cfg(test)]
mod tests {
    use prism_core::market::Level;
    use proptest::prelude::*;

    use super::*;

    fn top(bid: Option<i64>, ask: Option<i64>) -> Top {
        let level = |price: Option<i64>| price.map(|price| Level { price: Price(price), qty: Qty(3) });
        Top::new(level(bid), level(ask), Price(100))
    }

    #[test]
    fn prices_round_away_from_the_market_or_into_it() {
        assert_eq!((passive(Side::Buy, 99.7), passive(Side::Sell, 99.2)), (Price(99), Price(100)));
        assert_eq!((marketable(Side::Buy, 99.2), marketable(Side::Sell, 99.7)), (Price(100), Price(99)));
        for side in Side::BOTH {
            assert_eq!((passive(side, 7.0), marketable(side, 7.0)), (Price(7), Price(7)));
        }
    }

    #[test]
    fn no_order_of_no_size_or_below_one_tick() {
        let book = BookId(0);
        assert_eq!(limit(book, Side::Buy, Qty(1), Price(0)), None);
        assert_eq!(post(book, Side::Sell, Qty(0), Price(5)), None);
        assert_eq!(take(book, Side::Sell, Qty(1), &top(Some(-3), None)), None);
        assert_eq!(take(book, Side::Buy, Qty(1), &top(Some(5), None)), None);
        let order = take(book, Side::Sell, Qty(2), &top(Some(5), None)).map(|o| (o.price, o.tif));
        assert_eq!(order, Some((Price(5), Tif::Ioc)));
    }

    proptest! {
        #[test]
        fn what_stays_behind_crosses_nothing(
            price in any::<i64>(),
            bid in proptest::option::of(1i64..1_000),
            spread in 1i64..100,
        ) {
            let top = top(bid, bid.map(|bid| bid + spread));
            let buy = behind(Side::Buy, Price(price), &top);
            let sell = behind(Side::Sell, Price(price), &top);
            prop_assert!(buy <= Price(price) && top.ask().is_none_or(|ask| buy < ask.price));
            prop_assert!(sell >= Price(price) && top.bid().is_none_or(|bid| sell > bid.price));
        }
    }
}
