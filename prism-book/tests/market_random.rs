//! Random requests with all terms under all rules: both engines tell the same and have the same state, and whatever
//! happens, the accounts of every order are right.
#![allow(clippy::unwrap_used)]

mod support;
#[path = "support/terms.rs"]
mod terms;

use std::collections::BTreeMap;

use prism_book::book::Leveled;
use prism_book::feed::{LevelCopy, LevelFeed};
use prism_book::market::{MarketRules, Matching, SelfTrade, Told};
use prism_book::{Ladder, Naive};
use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side, Time};

use terms::{Ask, Asks, Floor, SELF_TRADES, matchings};

/// What has become of each order, from what was told alone.
#[derive(Default)]
struct Accounts(BTreeMap<OrderId, Account>);

#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// What it came with, and what a replace has added since.
    put_in: u64,
    filled: u64,
    /// What was taken out without a trade.
    taken: u64,
    left: u64,
}

impl Accounts {
    /// Enters what was told of a request.
    fn book(&mut self, ask: &Ask, told: &[Told]) {
        let (asked, size) = match *ask {
            Ask::New(id, order, _) => (Some(id), order.qty.0),
            Ask::Replace(id, _, qty) => (Some(id), qty.0),
            _ => (None, 0),
        };
        let refused = told.iter().any(|told| {
            matches!(told, Told::Rejected { id, why, .. } if Some(*id) == asked && *why != Reject::NotFilled)
        });
        if let Some(id) = asked.filter(|_| !refused) {
            let account = self.0.entry(id).or_default();
            if matches!(ask, Ask::New(..)) {
                *account = Account::default();
            }
            account.put_in += size.saturating_sub(account.left);
            account.taken += account.left.saturating_sub(size);
            account.left = size;
        }
        for told in told {
            match *told {
                Told::Trade { maker: a, taker: b, qty, maker_left: a_left, taker_left: b_left, .. }
                | Told::Crossed { buy: a, sell: b, qty, buy_left: a_left, sell_left: b_left, .. } => {
                    for (id, left) in [(a, a_left), (b, b_left)] {
                        let account = self.0.get_mut(&id).unwrap();
                        account.filled += qty.0;
                        account.left -= qty.0;
                        assert_eq!(account.left, left.0, "{id} after {told:?}");
                    }
                }
                Told::Reduced { id, left, .. } => {
                    let account = self.0.get_mut(&id).unwrap();
                    assert!(left.0 < account.left && !left.is_zero(), "{id} after {told:?}");
                    account.taken += account.left - left.0;
                    account.left = left.0;
                }
                Told::Cancelled { id, left, .. } => {
                    let account = self.0.get_mut(&id).unwrap();
                    assert_eq!(account.left, left.0, "{id} after {told:?}");
                    account.taken += left.0;
                    account.left = 0;
                }
                Told::Accepted { id, left, .. } | Told::Triggered { id, left } => {
                    assert_eq!(self.0[&id].left, left.0, "{id} after {told:?}");
                }
                Told::Rejected { id, why: Reject::NotFilled, .. } => {
                    let account = self.0.get_mut(&id).unwrap();
                    account.taken += account.left;
                    account.left = 0;
                }
                Told::Rejected { .. }
                | Told::Phase { .. }
                | Told::Uncrossed { .. }
                | Told::Indicative { .. } => {}
            }
        }
    }
}

fn run(seed: u64, rules: MarketRules, rare: u64, calls: u32) -> u64 {
    let mut asks = Asks::new(seed, rare);
    let mut ladder = Floor::<Leveled<Ladder>>::new(rules.clone());
    ladder.market.watch_levels(true);
    let (mut feed, mut copy) = (LevelFeed::default(), LevelCopy::default());
    let mut naive = Floor::<Naive>::new(rules);
    let mut accounts = Accounts::default();
    let mut trades = 0;
    for call in 0..calls {
        let ask = asks.next();
        let now = Time::from_nanos(asks.now);
        let told = ladder.ask(now, &ask);
        assert_eq!(told, naive.ask(now, &ask), "seed {seed}, call {call}: {ask:?}");
        trades += told.iter().filter(|told| matches!(told, Told::Trade { .. })).count() as u64;
        accounts.book(&ask, &ladder.told);
        ladder.market.tell_levels(&mut |side, level| copy.apply(&feed.update(side, level)).unwrap());
        for side in Side::BOTH {
            assert!(copy.levels(side).eq(ladder.market.levels(side)), "seed {seed}, call {call}: {ask:?}");
        }
        ladder.market.check().unwrap_or_else(|wrong| panic!("seed {seed}, call {call}: {ask:?}: {wrong}"));
        if call % 16 == 0 {
            naive.market.check().unwrap();
            assert_eq!(ladder.digest(), naive.digest(), "seed {seed}, call {call}: {ask:?}");
        }
    }
    for (&id, account) in &accounts.0 {
        let open = ladder.market.open(id, &ladder.index).map_or(Qty::ZERO, |open| open.left);
        assert_eq!(account.left, open.0, "{id}");
        assert_eq!(account.put_in, account.filled + account.taken + account.left, "{id}: {account:?}");
    }
    trades
}

fn rules(matching: Matching, self_trade: SelfTrade) -> MarketRules {
    MarketRules { matching, self_trade, ..MarketRules::new(Price(100)) }
}

#[test]
fn all_terms_under_all_rules() {
    for (n, matching) in (0..).zip(matchings()) {
        for (m, self_trade) in (0..).zip(SELF_TRADES) {
            let trades = run(n * 10 + m, rules(matching.clone(), self_trade), 60, 3_000);
            assert!(trades > 100, "{matching:?} {self_trade:?}: {trades}");
        }
    }
}

#[test]
fn terms_only() {
    (100..106).for_each(|seed| {
        run(seed, rules(Matching::PriceTime, SelfTrade::Allow), 100, 6_000);
    });
}

#[test]
fn few_terms() {
    (200..204).for_each(|seed| {
        run(seed, rules(Matching::PriceTime, SelfTrade::CancelOldest), 5, 10_000);
    });
}

/// Nothing that was told of a market without terms depends on whether there have been any.
#[test]
fn a_market_whose_terms_are_gone_is_a_plain_one() {
    let mut floor = Floor::<Ladder>::new(rules(Matching::PriceTime, SelfTrade::Allow));
    let mut asks = Asks::new(1, 60);
    let mut ids = Vec::new();
    for _ in 0..500 {
        let ask = asks.next();
        if let Ask::New(id, ..) = ask {
            ids.push(id);
        }
        floor.ask(Time::from_nanos(asks.now), &ask);
    }
    for id in ids {
        floor.ask(Time::from_nanos(asks.now), &Ask::Cancel(id));
    }
    assert!(floor.market.top() == (None, None));
    let mut plain = Asks::new(2, 0);
    plain.now = asks.now;
    let mut fresh = Floor::<Ladder>::new(MarketRules {
        reference: floor.market.last(),
        ..rules(Matching::PriceTime, SelfTrade::Allow)
    });
    for _ in 0..2_000 {
        let ask = plain.next();
        let now = Time::from_nanos(plain.now);
        assert_eq!(floor.ask(now, &ask), fresh.ask(now, &ask));
    }
}
