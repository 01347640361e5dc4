//! Short sales in worked cases (section 8 of the rule book).
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/accounts.rs"]
mod accounts;

use accounts::{House, refused};
use prism_book::venue::{Exchange, PriceTest, ShortSales};
use prism_core::msg::{Order, Reject, Report, Request, Terms};
use prism_core::types::{AgentId, BookId, Price, Qty, Side, Symbol, Tif};

const BOOK: BookId = BookId(0);
/// Whoever may sell what it does not have.
const MAKER: u32 = 3;

fn house(rules: ShortSales) -> House {
    let symbol = |name| Symbol::new(name).tick("0.01").start("100");
    let spec = Exchange::new("X").list(symbol("ACME")).list(symbol("BEAR"));
    House::new(&spec.short_sales(rules).exempt([AgentId(MAKER)]), 4)
}

fn buy(qty: u64, price: i64) -> Order {
    Order::limit(BOOK, Side::Buy, Qty(qty), Price(price))
}

fn sell(qty: u64, price: i64) -> Order {
    Order::limit(BOOK, Side::Sell, Qty(qty), Price(price))
}

/// `agent` buys from the maker.
fn gets(house: &mut House, agent: u32, lots: u64) {
    house.order(MAKER, sell(lots, 10_000));
    assert_eq!(refused(house.order(agent, buy(lots, 10_000).tif(Tif::Ioc))), None);
}

const SHORT: Option<Reject> = Some(Reject::ShortSale);

#[test]
fn what_one_has_may_be_sold_once() {
    let mut house = house(ShortSales::FORBIDDEN);
    assert_eq!(refused(house.order(0, sell(1, 10_100))), SHORT);
    gets(&mut house, 0, 10);
    assert_eq!(refused(house.order(0, Order::market(BOOK, Side::Sell, Qty(11)))), SHORT);
    let (id, reports) = house.order(0, sell(6, 10_100));
    assert!(matches!(reports[..], [Report::Accepted { .. }]));
    assert_eq!(refused(house.order(0, sell(5, 10_100))), SHORT, "six are for sale");
    let other = Order::limit(BookId(1), Side::Sell, Qty(1), Price(10_100));
    assert_eq!(refused(house.order(0, other)), SHORT, "of another symbol it has none");
    let replace = |qty| Request::Replace { id, book: BOOK, price: Price(10_200), qty: Qty(qty) };
    assert_eq!(house.send(replace(11)), [Report::Rejected { id, why: Reject::ShortSale, open: true }]);
    assert!(matches!(house.send(replace(10))[..], [Report::Accepted { left: Qty(10), .. }]));
    assert_eq!(refused(house.order(0, sell(1, 10_300))), SHORT);
    house.send(Request::Reduce { id, book: BOOK, by: Qty(1) });
    assert_eq!(refused(house.order(0, sell(1, 10_300))), None);
    assert_eq!(refused(house.order(0, buy(100, 9_000))), None);
}

/// A bracket sells what its entry has bought.
#[test]
fn the_legs_of_a_bracket_are_no_short_sales() {
    let mut house = house(ShortSales::FORBIDDEN);
    let (entry, _) = house.order(0, buy(10, 10_000));
    let after = Terms { after: Some(entry), ..Terms::default() };
    let (target, reports) = house.order_with(0, sell(10, 10_500), &after);
    assert!(matches!(reports[..], [Report::Accepted { .. }]));
    let stop = Terms { oco: Some(target), after: Some(entry), ..Terms::stop(Price(9_500)) };
    assert_eq!(refused(house.order_with(0, Order::market(BOOK, Side::Sell, Qty(10)), &stop)), None);
    house.order(MAKER, sell(4, 10_000));
    assert_eq!(house.position(0, 0), 4);
    assert_eq!(refused(house.order(0, sell(1, 10_600))), SHORT, "four are for sale, twice");
    house.order(MAKER, sell(6, 10_000));
    house.order(MAKER, buy(10, 10_500));
    assert_eq!(
        (house.position(0, 0), house.open.keys().filter(|id| id.agent() == AgentId(0)).count()),
        (0, 0)
    );
}

/// Two legs that are not `oco` of each other would sell twice what their parent has bought.
#[test]
fn legs_on_their_own_sell_what_their_parent_buys_once() {
    let mut house = house(ShortSales::FORBIDDEN);
    gets(&mut house, 0, 2);
    let (entry, _) = house.order(0, buy(3, 10_000));
    let after = Terms { after: Some(entry), ..Terms::default() };
    assert_eq!(refused(house.order_with(0, sell(10, 10_500), &after)), None);
    assert_eq!(
        refused(house.order_with(0, sell(10, 10_600), &after)),
        SHORT,
        "three more than the two there are"
    );
    assert_eq!(refused(house.order_with(0, sell(2, 10_600), &after)), None);
    assert_eq!(refused(house.order(0, sell(1, 10_700))), SHORT);
    let replace = |qty| Request::Replace { id: entry, book: BOOK, price: Price(9_900), qty: Qty(qty) };
    assert!(matches!(house.send(replace(12))[..], [Report::Accepted { .. }]), "it buys as much as they sell");
    assert_eq!(refused(house.order_with(0, sell(3, 10_600), &after)), SHORT);
    assert_eq!(refused(house.order_with(0, sell(2, 10_600), &after)), None);
    // A smaller parent lets less of the legs in.
    assert!(matches!(house.send(replace(1))[..], [Report::Accepted { .. }]));
    assert_eq!(refused(house.order_with(0, sell(9, 10_600), &after)), SHORT, "one of each, less one");
    house.send(Request::Reduce { id: entry, book: BOOK, by: Qty(1) });
    assert_eq!(house.open.len(), 0, "the legs go with it");
    gets(&mut house, 0, 1);
    let (entry, _) = house.order(0, buy(3, 10_000));
    let after = Terms { after: Some(entry), ..Terms::default() };
    house.order_with(0, sell(10, 10_500), &after);
    assert_eq!(refused(house.order_with(0, sell(10, 10_600), &after)), None, "three of the three there are");
    let larger = Request::Replace { id: entry, book: BOOK, price: Price(9_900), qty: Qty(4) };
    let refusal = Report::Rejected { id: entry, why: Reject::ShortSale, open: true };
    assert_eq!(house.send(larger), [refusal], "it would let four of each in");
}

#[test]
fn no_more_is_sold_short_than_there_is_to_borrow() {
    let mut house = house(ShortSales::borrow(Qty(10)));
    assert_eq!(refused(house.order(0, sell(11, 10_100))), SHORT);
    let (id, _) = house.order(0, sell(6, 10_100));
    assert_eq!(refused(house.order(1, sell(5, 10_100))), SHORT, "six are spoken for");
    assert_eq!(refused(house.order(1, sell(4, 10_100))), None);
    house.order(MAKER, buy(6, 10_100));
    assert_eq!(house.position(0, 0), -6);
    assert_eq!(refused(house.order(0, sell(1, 10_100))), SHORT);
    assert_eq!(
        house.send(Request::Cancel { id, book: BOOK })[..],
        [Report::Rejected { id, why: Reject::TooLate, open: false }]
    );
    gets(&mut house, 0, 2);
    assert_eq!(refused(house.order(0, sell(3, 10_100))), SHORT, "two came back");
    assert_eq!(refused(house.order(0, sell(2, 10_100))), None);
    gets(&mut house, 2, 50);
    assert_eq!(refused(house.order(2, sell(50, 10_200))), None, "its own");
    assert_eq!(refused(house.order(2, sell(1, 10_200))), SHORT);
}

/// SEC Rule 201: after a fall of 10 % only above the best bid.
#[test]
fn after_a_fall_short_sales_stay_above_the_best_bid() {
    let mut house = house(ShortSales::default().test(PriceTest::AlternativeUptick { fall: 1_000 }));
    gets(&mut house, 0, 5);
    house.order(MAKER, buy(1, 9_001));
    assert_eq!(refused(house.order(1, sell(1, 9_001))), None, "not yet");
    house.order(MAKER, buy(1, 9_000));
    assert_eq!(refused(house.order(1, sell(1, 9_000))), None, "the trade that is the fall");
    house.order(MAKER, buy(100, 9_500));
    assert_eq!(refused(house.order(1, sell(1, 9_500))), SHORT);
    assert_eq!(refused(house.order(1, Order::market(BOOK, Side::Sell, Qty(1)))), SHORT);
    let (id, reports) = house.order(1, sell(1, 9_501));
    assert!(matches!(reports[..], [Report::Accepted { .. }]), "above the bid");
    let lower = Request::Replace { id, book: BOOK, price: Price(9_500), qty: Qty(1) };
    assert_eq!(house.send(lower), [Report::Rejected { id, why: Reject::ShortSale, open: true }]);
    assert_eq!(refused(house.order(0, sell(5, 9_500))), None, "a long sale");
    assert_eq!(refused(house.order(MAKER, sell(5, 9_500))), None, "exempt");
    // What a bracket buys back it may not sell short again at the bid.
    gets(&mut house, 2, 1);
    let (entry, _) = house.order(1, buy(2, 9_400));
    let after = Terms { after: Some(entry), ..Terms::default() };
    assert_eq!(refused(house.order_with(1, sell(2, 9_500), &after)), SHORT);
    assert_eq!(refused(house.order_with(1, sell(2, 9_501), &after)), None);
}

/// SEC Rule 10a-1: on a plus tick, or a zero-plus tick.
#[test]
fn the_tick_test_looks_at_the_last_change() {
    let mut house = house(ShortSales::default().test(PriceTest::Uptick));
    assert_eq!(refused(house.order(0, sell(1, 10_000))), SHORT, "at the previous close");
    assert_eq!(refused(house.order(0, sell(1, 10_001))), None);
    house.order(MAKER, buy(1, 10_001));
    assert_eq!(refused(house.order(0, sell(1, 10_001))), None, "zero-plus");
    house.order(MAKER, buy(1, 10_001));
    assert_eq!(refused(house.order(0, sell(1, 10_001))), None, "still");
    house.order(MAKER, sell(1, 9_990));
    house.order(2, buy(1, 9_990));
    assert_eq!(refused(house.order(0, sell(1, 9_990))), SHORT, "zero-minus");
    assert_eq!(refused(house.order(0, sell(1, 9_991))), None);
    assert_eq!(refused(house.order(0, Order::market(BOOK, Side::Sell, Qty(1)))), SHORT);
}

#[test]
fn wrong_rules_are_refused() {
    let with = |fall| {
        let rules = ShortSales::default().test(PriceTest::AlternativeUptick { fall });
        House::refusal(&Exchange::new("X").list(Symbol::new("A").start("10")).short_sales(rules))
    };
    assert_eq!(with(0), "short sales: `fall` must be 1 to 10000 basis points");
    assert_eq!(with(10_001), "short sales: `fall` must be 1 to 10000 basis points");
}
