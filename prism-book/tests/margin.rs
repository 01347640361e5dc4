//! Margin and liquidation in worked numbers (section 8 of the rule book).
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/accounts.rs"]
mod accounts;

use accounts::{House, refused};
use prism_book::DayRules;
use prism_book::day::{Day, LotRule};
use prism_book::venue::{Exchange, Fee, Fees, MarginRules};
use prism_core::msg::{CancelReason, Order, Reject, Report, Request, Terms};
use prism_core::types::{
    AgentId, BookId, Cash, CurrencyId, Decimal, FeeRate, OrderId, Price, Qty, Side, Span, Symbol, Tif, Time,
};

const BOOK: BookId = BookId(0);
const OTHER: BookId = BookId(1);
const ME: u32 = 0;
/// Whoever has no margin to keep, and trades with everyone.
const MAKER: u32 = 3;

fn money(units: i64) -> Decimal {
    Decimal::new(units, 0).unwrap()
}

/// 10,000 each, half to open and a quarter to hold, in shares at 100.00 (agent 3 is exempt).
fn reg_t() -> Exchange {
    Exchange::new("X")
        .list(Symbol::new("ACME").tick("0.01").start("100"))
        .list(Symbol::new("BEAR").tick("0.01").start("100"))
        .margin(MarginRules::of_value(5_000, 2_500, money(10_000)))
        .exempt([AgentId(MAKER)])
}

/// The E-mini: 50 dollars a point in steps of a quarter, 12,000 to open and 11,000 to hold each.
fn futures() -> Exchange {
    Exchange::new("X")
        .list(Symbol::new("ES").tick("0.25").lot("50").start("4000"))
        .margin(MarginRules::per_lot(money(12_000), money(11_000), money(50_000)))
        .exempt([AgentId(MAKER)])
}

fn buy(qty: u64, price: i64) -> Order {
    Order::limit(BOOK, Side::Buy, Qty(qty), Price(price))
}

fn sell(qty: u64, price: i64) -> Order {
    Order::limit(BOOK, Side::Sell, Qty(qty), Price(price))
}

/// `agent` buys from the maker (or sells to it, if `lots` is negative) at a price.
fn gets(house: &mut House, agent: u32, lots: i64, price: i64) {
    let side = if lots > 0 { Side::Buy } else { Side::Sell };
    let order = |side| Order::limit(BOOK, side, Qty(lots.unsigned_abs()), Price(price));
    assert_eq!(refused(house.order(MAKER, order(!side))), None);
    assert_eq!(refused(house.order(agent, order(side).tif(Tif::Ioc))), None);
}

/// The maker trades one lot at a price with agent 2, who has money.
fn prints(house: &mut House, price: i64) -> Vec<Report> {
    house.order(MAKER, buy(1, price));
    house.order(2, sell(1, price).tif(Tif::Ioc)).1
}

fn liquidations(reports: &[Report]) -> Vec<(Side, i64, u64)> {
    let of = |report: &Report| match *report {
        Report::Liquidated { side, price, qty, .. } => Some((side, price.0, qty.0)),
        _ => None,
    };
    reports.iter().filter_map(of).collect()
}

#[test]
fn half_of_the_value_opens_a_position() {
    let mut house = House::new(&reg_t(), 4);
    assert_eq!(refused(house.order(ME, buy(201, 10_000))), Some(Reject::NoMargin));
    assert_eq!(refused(house.order(ME, buy(150, 10_000))), None);
    assert_eq!(refused(house.order(ME, buy(51, 10_000))), Some(Reject::NoMargin), "150 are open");
    assert_eq!(refused(house.order(ME, buy(50, 9_000))), None);
    assert_eq!(refused(house.order(ME, sell(200, 10_100))), None, "one can be long or short, not both");
    assert_eq!(refused(house.order(ME, sell(1, 10_100))), Some(Reject::NoMargin));
    let other = Order::limit(OTHER, Side::Buy, Qty(200), Price(10_000));
    assert_eq!(refused(house.order(ME, other)), None, "an account of its own");
    assert_eq!(refused(house.order(MAKER, buy(1_000_000, 9_000))), None, "exempt");
}

/// A limit of 110.00 loses ten a lot at once: 50 q + 10 q <= 10,000.
#[test]
fn a_limit_beyond_the_mark_needs_what_it_would_lose() {
    let mut house = House::new(&reg_t(), 4);
    assert_eq!(refused(house.order(ME, buy(167, 11_000))), Some(Reject::NoMargin));
    assert_eq!(refused(house.order(ME, buy(166, 11_000))), None);
    let market = Order::market(BOOK, Side::Sell, Qty(200));
    assert_eq!(refused(house.order(1, market)), None, "without a limit it is reckoned at the mark");
    assert_eq!(refused(house.order(1, Order { qty: Qty(201), ..market })), Some(Reject::NoMargin));
}

#[test]
fn a_replace_is_looked_at_like_a_new_order() {
    let mut house = House::new(&reg_t(), 4);
    let (id, _) = house.order(ME, buy(100, 10_000));
    let replace = |price, qty| Request::Replace { id, book: BOOK, price: Price(price), qty: Qty(qty) };
    let refusal = [Report::Rejected { id, why: Reject::NoMargin, open: true }];
    assert_eq!(house.send(replace(10_000, 201)), refusal);
    assert_eq!(house.send(replace(11_000, 167)), refusal);
    assert_eq!(
        house.send(replace(10_000, 200)),
        [Report::Accepted { id, price: Price(10_000), left: Qty(200) }]
    );
    assert_eq!(refused(house.order(ME, buy(1, 9_000))), Some(Reject::NoMargin));
}

/// The price at which a margin call comes is (1 - 1/2) / (1 - 1/4) of what was paid: 66.67.
#[test]
fn shares_are_sold_below_a_quarter_of_their_value_until_they_are_half_paid_again() {
    let mut house = House::new(&reg_t(), 4);
    gets(&mut house, ME, 200, 10_000);
    let resting = house.order(ME, sell(50, 20_000)).0;
    assert_eq!(liquidations(&prints(&mut house, 6_667)), []);
    assert_eq!(house.levels(BOOK, Side::Sell).len(), 1);
    house.order(MAKER, buy(500, 6_666));
    // One lot of agent 2 trades there; equity is 3,332, which is half of 99 lots, so 101 go.
    let reports = house.order(2, sell(1, 6_666).tif(Tif::Ioc)).1;
    let why = CancelReason::Liquidation;
    assert!(reports.contains(&Report::Cancelled { id: resting, left: Qty(50), why }));
    assert_eq!(liquidations(&reports), [(Side::Sell, 6_666, 101)]);
    assert_eq!((house.position(ME, 0), house.cash(ME)), (99, -2_000_000 + 101 * 6_666));
    assert_eq!(house.own(ME, BOOK).lots, 99);
    assert_eq!(refused(house.order(ME, buy(1, 6_666))), Some(Reject::NoMargin));
    assert_eq!(refused(house.order(ME, sell(99, 9_000))), None, "what makes a position smaller is allowed");
    assert_eq!(refused(house.order(ME, sell(199, 9_000))), Some(Reject::NoMargin), "but not a new one");
}

/// Short at 100.00 with 10,000: 30,000 - 200 m >= 50 m up to 120.00.
#[test]
fn a_short_position_is_bought_back() {
    let mut house = House::new(&reg_t(), 4);
    gets(&mut house, ME, -200, 10_000);
    assert_eq!(liquidations(&prints(&mut house, 12_000)), []);
    house.order(MAKER, sell(40, 12_050));
    house.order(MAKER, sell(500, 12_100));
    // At 120.01 equity is 5,998: half of 99 lots. 101 are to go, 40 of them at 120.50; then the mark is 120.50 and
    // equity 5,900 carries 97. So 63 go at 121.00, where it carries 96 (5,800 + 0.50 x 40 = 5,820): one more.
    let reports = prints(&mut house, 12_001);
    let bought = liquidations(&reports);
    assert_eq!(bought[0], (Side::Buy, 12_050, 40));
    assert!(bought[1..].iter().all(|(side, price, _)| (*side, *price) == (Side::Buy, 12_100)), "{bought:?}");
    let lots: u64 = bought.iter().map(|(_, _, qty)| qty).sum();
    assert_eq!(house.position(ME, 0), -200 + lots.cast_signed());
    let (left, cash) = (200 - lots.cast_signed(), 1_000_000 + house.cash(ME));
    let carries = |lots: i64| 2 * (cash - left * 12_100) >= lots * 12_100;
    assert!(carries(left) && !carries(left + 1), "no more than needed: {left} are left");
}

/// 50,000 carry four contracts; thirty points cost 6,000, and one tick more is too much.
#[test]
fn a_contract_is_closed_when_the_deposit_is_below_maintenance() {
    let mut house = House::new(&futures(), 4);
    assert_eq!(refused(house.order(ME, buy(5, 16_000))), Some(Reject::NoMargin));
    gets(&mut house, ME, 4, 16_000);
    house.order(MAKER, buy(10, 15_800));
    assert_eq!(liquidations(&prints(&mut house, 15_880)), [], "at 3,970.00 there are just 44,000");
    // At 3,969.75 there are 43,950, the deposit of three. The best bid is 3,950.00: there they have lost 10,000, and
    // the 40,000 are the deposit of three.
    assert_eq!(liquidations(&prints(&mut house, 15_879)), [(Side::Sell, 15_800, 1)]);
    assert_eq!(house.position(ME, 0), 3);
}

#[test]
fn what_cannot_be_sold_is_tried_again_and_the_agent_is_locked_out_until_then() {
    let mut house = House::new(&reg_t(), 4);
    gets(&mut house, ME, 200, 10_000);
    let mine = house.order(ME, buy(1, 100));
    assert_eq!(refused(mine), Some(Reject::NoMargin), "all of it is bound");
    assert_eq!(liquidations(&prints(&mut house, 6_000)), [], "nobody bids");
    assert_eq!(refused(house.order(ME, sell(1, 6_500))), Some(Reject::NoMargin), "the venue sells now");
    // Equity is 2,000, which carries 66 lots at 60.00.
    let first = house.order(MAKER, buy(30, 6_000)).1;
    assert_eq!(liquidations(&first), [(Side::Sell, 6_000, 30)]);
    assert_eq!(liquidations(&house.order(MAKER, sell(5, 9_000)).1), [], "no bid");
    assert_eq!(liquidations(&house.order(MAKER, buy(500, 6_000)).1), [(Side::Sell, 6_000, 104)]);
    assert_eq!(house.position(ME, 0), 66);
    assert_eq!(refused(house.order(ME, sell(66, 6_500))), None);
}

#[test]
fn a_price_that_comes_back_ends_it() {
    let mut house = House::new(&reg_t(), 4);
    gets(&mut house, ME, 150, 10_000);
    gets(&mut house, 1, 150, 10_000);
    assert_eq!(liquidations(&prints(&mut house, 1_000)), [], "both have lost 13,500, and nobody bids");
    let back = house.order(2, buy(1, 10_000)).1;
    assert_eq!(liquidations(&back), [(Side::Sell, 10_000, 1)], "the lower id comes first");
    // From there on the mark is 100.00 and all is well.
    assert_eq!(refused(house.order(ME, sell(149, 20_000))), None);
    assert_eq!(refused(house.order(1, sell(150, 20_000))), None);
}

/// 10,000 are lost at 50.00. Who sells at 40.00 owes another 2,000, which the venue bears to the cent.
#[test]
fn the_venue_bears_what_an_agent_cannot() {
    let fees = Fees::new(Fee::NONE, Fee::of_value(FeeRate::tenth_bps(10)));
    let mut house = House::new(&reg_t().fee_schedule(fees), 4);
    gets(&mut house, ME, 190, 10_000);
    let paid = house.venue.fees(CurrencyId(0));
    house.order(MAKER, buy(300, 4_000));
    let reports = prints(&mut house, 6_000);
    assert_eq!(liquidations(&reports).iter().map(|(_, _, qty)| qty).sum::<u64>(), 190);
    let fees: i64 = reports
        .iter()
        .map(|report| match report {
            Report::Liquidated { fee, .. } => fee.0,
            _ => 0,
        })
        .sum();
    let owes = 190 * 6_000 + 190 + fees - 1_000_000;
    let covered = reports.iter().find_map(|report| match *report {
        Report::Covered { id, book: BOOK, loss } if id.agent() == AgentId(ME) => Some(loss),
        _ => None,
    });
    assert_eq!(covered, Some(Cash(owes)));
    assert_eq!((house.position(ME, 0), house.cash(ME)), (0, -1_000_000), "all that it had, and not more");
    let other = 1; // of the lot of agent 2: 0.6 cents
    assert_eq!(house.venue.fees(CurrencyId(0)) - paid, i128::from(fees + other - owes));
    assert_eq!(refused(house.order(ME, buy(1, 4_000))), Some(Reject::NoMargin));
}

#[test]
fn orders_that_share_their_quantity_count_once() {
    let mut house = House::new(&reg_t(), 4);
    gets(&mut house, ME, 100, 10_000);
    let (first, reports) = house.order(ME, sell(200, 11_000));
    assert!(matches!(reports[..], [Report::Accepted { .. }]), "100 short need what 100 long do");
    let stop = Order::market(BOOK, Side::Sell, Qty(200));
    let terms = Terms { oco: Some(first), ..Terms::stop(Price(9_000)) };
    assert_eq!(refused(house.order_with(ME, stop, &Terms::stop(Price(9_000)))), Some(Reject::NoMargin));
    assert_eq!(refused(house.order_with(ME, stop, &terms)), None);
    assert_eq!(refused(house.order(ME, sell(101, 12_000))), Some(Reject::NoMargin));
    assert_eq!(refused(house.order(ME, sell(100, 12_000))), None);
}

/// The legs of a bracket undo what their parent does, and need no margin of their own.
#[test]
fn a_bracket_needs_the_margin_of_its_entry() {
    let mut house = House::new(&reg_t(), 4);
    let (entry, _) = house.order(ME, buy(200, 10_000));
    let leg = |terms: Terms| Terms { after: Some(entry), ..terms };
    let (target, reports) = house.order_with(ME, sell(200, 12_000), &leg(Terms::default()));
    assert!(matches!(reports[..], [Report::Accepted { .. }]), "{reports:?}");
    let stop = Order::market(BOOK, Side::Sell, Qty(200));
    let terms = Terms { oco: Some(target), ..leg(Terms::stop(Price(9_000))) };
    assert_eq!(refused(house.order_with(ME, stop, &terms)), None);
    assert_eq!(refused(house.order(ME, buy(1, 9_000))), Some(Reject::NoMargin));
    let after = Terms { after: Some(entry), ..Terms::default() };
    assert_eq!(
        refused(house.order_with(ME, buy(1, 9_000), &after)),
        Some(Reject::NoMargin),
        "no leg of a bracket"
    );
    house.order(MAKER, sell(200, 10_000));
    assert_eq!(house.position(ME, 0), 200);
    house.order(MAKER, buy(200, 12_000));
    assert_eq!((house.position(ME, 0), house.open.values().filter(|known| known.left > 0).count()), (0, 0));
}

/// An order that has expired by the time of a message binds nothing.
#[test]
fn what_is_due_happens_before_the_accounts_are_looked_at() {
    use prism_core::msg::Expiry;
    let mut house = House::new(&reg_t(), 4);
    let until = Time::from_nanos(10);
    let terms = Terms { expiry: Expiry::At { time: until }, ..Terms::default() };
    house.order_with(ME, buy(200, 9_000), &terms);
    assert_eq!(refused(house.order(ME, buy(200, 9_000))), Some(Reject::NoMargin));
    house.now = until;
    let (id, reports) = house.order(ME, buy(200, 9_000));
    assert!(matches!(reports[..], [Report::Cancelled { .. }, Report::Accepted { id: of, .. }] if of == id));
}

#[test]
fn ids_of_the_venue_are_not_an_agents() {
    let mut house = House::new(&reg_t(), 4);
    let id = OrderId::new(AgentId(ME), OrderId::RESERVED);
    house.open.insert(id, accounts::Known { book: BOOK, side: Side::Buy, left: 1 });
    let order = buy(1, 9_000);
    let refusal = Report::Rejected { id, why: Reject::NotYours, open: false };
    assert_eq!(house.send(Request::New { id, order }), [refusal]);
}

#[test]
fn wrong_rules_are_refused() {
    let with = |rules| House::refusal(&Exchange::new("X").list(Symbol::new("A").start("10")).margin(rules));
    let of_value = |initial, maintenance| with(MarginRules::of_value(initial, maintenance, money(1)));
    assert_eq!(of_value(0, 1), "margin: `initial` must be 1 to 10000 basis points");
    assert_eq!(of_value(10_001, 1), "margin: `initial` must be 1 to 10000 basis points");
    assert_eq!(of_value(2_000, 2_001), "margin: `maintenance` must be 1 basis point to `initial`");
    assert_eq!(of_value(2_000, 0), "margin: `maintenance` must be 1 basis point to `initial`");
    assert_eq!(with(MarginRules::of_value(2, 1, money(-1))), "margin: `collateral` must be 0 or more");
    let lots =
        |initial, maintenance| with(MarginRules::per_lot(money(initial), money(maintenance), money(1)));
    assert_eq!(lots(0, 0), "margin: `initial` and `maintenance` per lot must be above 0");
    assert_eq!(lots(1, 2), "margin: `maintenance` per lot must be at most `initial`");
    let mill = Decimal::new(5, 3).unwrap();
    assert_eq!(
        with(MarginRules::of_value(2, 1, mill)),
        "margin: `collateral` of 0.005 is no whole number of the 0.01 in which A is paid: 0 or 0.01"
    );
    let far = with(MarginRules::of_value(2, 1, money(1 << 59)));
    assert!(far.starts_with("margin: `collateral` of 576460752303423488 is too much"), "{far}");
    let free = Exchange::new("X").list(Symbol::new("A").start("0"));
    let free = House::refusal(&free.margin(MarginRules::of_value(2, 1, money(1))));
    assert_eq!(free, "margin: margin needs a previous close of A above 0");
}

/// A position that is worth too little at the close is sold on the next day.
#[test]
fn the_venue_sells_in_continuous_trading_only() {
    let secs = Span::secs;
    let day = Day::with_calls(secs(1_000), (secs(60), secs(120)), (secs(600), secs(660)), Span::ZERO);
    let mut house = House::new(&reg_t().day(DayRules::new(day.unwrap(), Time::ZERO)), 4);
    let at = |seconds| Time::ZERO + secs(seconds);
    house.at(at(0));
    house.now = at(130);
    gets(&mut house, ME, 200, 10_000);
    let resting = house.order(ME, sell(50, 20_000)).0;
    house.at(at(600));
    house.order(MAKER, buy(300, 6_000));
    house.order(2, sell(1, 6_000));
    let close = house.at(at(660));
    let why = CancelReason::Liquidation;
    assert!(close.contains(&Report::Cancelled { id: resting, left: Qty(50), why }), "{close:?}");
    assert_eq!(liquidations(&close), [], "it is closed");
    let mut opening = house.at(at(1_060));
    assert_eq!(refused(house.order(ME, sell(200, 6_000))), Some(Reject::NoMargin));
    opening.extend(house.at(at(1_120)));
    assert_eq!(liquidations(&opening), [(Side::Sell, 6_000, 134)], "2,000 carry 66 lots");
}

/// Where odd lots are not taken, whole round lots are sold.
#[test]
fn the_venue_sells_round_lots() {
    let mut house = House::new(&reg_t().lots(LotRule::new(Qty(100), false).unwrap()), 4);
    gets(&mut house, ME, 200, 10_000);
    house.order(MAKER, buy(500, 6_666));
    let reports = house.order(2, sell(100, 6_666).tif(Tif::Ioc)).1;
    assert_eq!(liquidations(&reports), [(Side::Sell, 6_666, 200)], "101 would do");
}
