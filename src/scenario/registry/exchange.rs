//! The kind of venue that ships with PRISM.

mod margin;
mod matching;

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
    doc: "continuous trading, by price-time priority or another matching rule",
    cites: &[],
    params: &[
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
        margin::INITIAL,
        margin::MAINTENANCE,
        margin::INITIAL_PER_LOT,
        margin::MAINTENANCE_PER_LOT,
        margin::COLLATERAL,
        margin::SHORT_POOL,
        margin::SHORT_TEST,
        margin::SHORT_FALL,
        margin::EXEMPT,
    ],
    presets: &[],
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
        let exchange = accounts(exchange, decl, p)?;
        let listed = decl.symbols.iter().cloned().fold(exchange, Exchange::list);
        Ok(Box::new(listed))
    },
};
