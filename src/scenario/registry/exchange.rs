//! The kind of venue that ships with PRISM.

mod day;
mod guards;
mod limits;
mod phases;

use prism_book::venue::Exchange;
use prism_book::{Matching, SelfTrade};
use prism_core::spec::{Param, ParamError, Params, Unit};
use prism_core::types::Qty;

use super::VenueKind;

const PRICE_TIME: &str = "price_time";
const PRO_RATA: &str = "pro_rata";
const FIFO_PRO_RATA: &str = "fifo_pro_rata";
const SIZE_TIME: &str = "size_time";

const MIN_ALLOCATION: Param = Param::optional(
    "min_allocation",
    Unit::Count,
    "of `matching = \"pro_rata\"`: a part below so many lots is nothing, and goes to the first to come; 1 when not given",
)
.at_least(1.0);
const FIFO_SHARE: Param = Param::optional(
    "fifo_share",
    Unit::Count,
    "of `matching = \"fifo_pro_rata\"`: the share of the first to come, in percent; 40 when not given",
)
.at_least(0.0)
.at_most(100.0);

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
        let matching = matching(p)?;
        let exchange = Exchange::new(&decl.name).fees(decl.maker, decl.taker).depth(decl.depth);
        let mut exchange = exchange.self_trade(rule).matching(matching);
        let day = day::rules(decl, p)?;
        if let Some(breaker) = guards::breaker(day.as_ref(), p)? {
            exchange = exchange.breaker(breaker);
        }
        exchange = limits::limited(exchange, limits::any_tick(day.as_ref()), p)?;
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

const ORDERS: [Param; 5] = [
    Param::new(
        "self_trade",
        Unit::Choice(&[ALLOW, CANCEL_NEWEST, CANCEL_OLDEST, CANCEL_BOTH, DECREMENT]),
        ALLOW,
        "what happens when an order meets one of the same agent: they trade, the incoming, the resting or both \
             are cancelled, or both are made smaller by the size of the smaller one",
    ),
    Param::new(
        "matching",
        Unit::Choice(&[PRICE_TIME, PRO_RATA, FIFO_PRO_RATA, SIZE_TIME]),
        PRICE_TIME,
        "which of the displayed orders at one price trade: the first to come, all in proportion to their sizes, \
             a share to the first and the rest in proportion, or the largest",
    ),
    MIN_ALLOCATION,
    FIFO_SHARE,
    Param::optional(
        "protect",
        Unit::Span,
        "orders do not trade at worse prices than the symbol's other venues quote, which this one sees so much later; \
         they do when not given",
    )
    .at_least(0.0),
];

const PARAMS: [Param; ORDERS.len() + day::PARAMS.len() + guards::PARAMS.len() + limits::PARAMS.len()] =
    joined(&[&ORDERS, &day::PARAMS, &guards::PARAMS, &limits::PARAMS]);

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

/// The matching rule, with the parameter that is its own.
fn matching(p: &Params<'_>) -> Result<Matching, ParamError> {
    let (rule, min, share) =
        (p.choice("matching"), p.maybe_count(MIN_ALLOCATION.name), p.maybe_count(FIFO_SHARE.name));
    if min.is_some() && rule != PRO_RATA {
        return Err(ParamError::new(MIN_ALLOCATION.name, "is a parameter of `matching = \"pro_rata\"` only"));
    }
    if share.is_some() && rule != FIFO_PRO_RATA {
        return Err(ParamError::new(
            FIFO_SHARE.name,
            "is a parameter of `matching = \"fifo_pro_rata\"` only",
        ));
    }
    Ok(match rule {
        PRO_RATA => Matching::ProRata { min: Qty(min.map_or(1, i64::unsigned_abs)) },
        FIFO_PRO_RATA => {
            Matching::FifoProRata { share: share.and_then(|share| u8::try_from(share).ok()).unwrap_or(40) }
        }
        SIZE_TIME => Matching::SizeTime,
        _ => Matching::PriceTime,
    })
}
