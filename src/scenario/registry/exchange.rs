//! The kind of venue that ships with PRISM.

mod day;
mod guards;
mod limits;
mod margin;
mod matching;
mod outlook;
mod phases;
mod texts;

pub(crate) use outlook::{Outlook, exact_amounts, outlook};
use prism_book::SelfTrade;
use prism_book::venue::Exchange;
use prism_core::spec::{Param, Unit};

use self::margin::accounts;
use self::matching::matching;
use super::VenueKind;

const ALLOW: &str = "allow";
const CANCEL_NEWEST: &str = "cancel_newest";
const CANCEL_OLDEST: &str = "cancel_oldest";
const CANCEL_BOTH: &str = "cancel_both";
const DECREMENT: &str = "decrement";

pub(super) const EXCHANGE: VenueKind = VenueKind {
    kind: "exchange",
    doc: "an order book, by price-time priority or another matching rule, with a trading day if it is to have one",
    cites: &[
        "Budish, Cramton & Shim 2015, The High-Frequency Trading Arms Race, Quarterly J. of Economics 130(4): frequent \
         batch auctions",
    ],
    params: &PARAMS,
    presets: &[("call_market", &[("day", day::CALL)]), ("batch_auction", &[("batch", "100ms")])],
    make: |decl, p| {
        let rule = match p.choice("self_trade") {
            CANCEL_NEWEST => SelfTrade::CancelNewest,
            CANCEL_OLDEST => SelfTrade::CancelOldest,
            CANCEL_BOTH => SelfTrade::CancelBoth,
            DECREMENT => SelfTrade::Decrement,
            _ => SelfTrade::Allow,
        };
        let exchange = Exchange::new(&decl.name).fee_schedule(decl.fees.clone()).depth(decl.depth);
        let exchange = exchange.self_trade(rule).matching(matching(decl, p)?);
        let mut exchange = accounts(exchange, decl, p)?;
        let day = day::rules(decl, p)?;
        if let Some(breaker) = guards::breaker(day.as_ref(), p)? {
            exchange = exchange.breaker(breaker);
        }
        let (ticks, lots) = limits::limits(limits::any_tick(day.as_ref()), p)?;
        exchange = exchange.tick_table(ticks).lots(lots);
        if let Some(day) = day {
            exchange = exchange.day(day);
        }
        if let Some(watch) = p.maybe_span("protect") {
            exchange = exchange.protect(watch);
        }
        let listed = decl.symbols.iter().cloned().fold(exchange, Exchange::list);
        Ok(Box::new(listed))
    },
};

const ORDERS: [Param; 7] = [
    Param::new(
        "self_trade",
        Unit::Choice(&[ALLOW, CANCEL_NEWEST, CANCEL_OLDEST, CANCEL_BOTH, DECREMENT]),
        ALLOW,
        "what happens when an order meets one of the same agent: they trade, the incoming, the resting or both \
             are cancelled, or both are made smaller by the size of the smaller one",
    ),
    matching::MATCHING,
    matching::MIN_ALLOCATION,
    matching::FIFO_SHARE,
    matching::LEAD_MAKERS,
    matching::LEAD_SHARE,
    Param::optional(
        "protect",
        Unit::Span,
        "orders do not trade at worse prices than the symbol's other venues quote, which this one sees so much later; \
         they do when not given",
    )
    .at_least(0.0),
];

const PARAMS: [Param;
    ORDERS.len() + day::PARAMS.len() + guards::PARAMS.len() + limits::PARAMS.len() + margin::PARAMS.len()] =
    joined(&[&ORDERS, &day::PARAMS, &guards::PARAMS, &limits::PARAMS, &margin::PARAMS]);

/// Several lists of parameters as one, of `N` in all.
const fn joined<const N: usize>(lists: &[&[Param]]) -> [Param; N] {
    let mut all = [ORDERS[0]; N];
    let (mut list, mut to) = (0, 0);
    while list < lists.len() {
        let mut from = 0;
        while from < lists[list].len() {
            all[to] = lists[list][from];
            (from, to) = (from + 1, to + 1);
        }
        list += 1;
    }
    assert!(to == N, "lists of another length");
    all
}
