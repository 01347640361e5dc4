//! What must hold of every market after every message, whatever its rules: kept by reading only what it tells.

use std::collections::{BTreeMap, BTreeSet};

use prism_book::SelfTrade;
use prism_book::market::{MarketRules, Told};
use prism_core::msg::{CancelReason, Expiry, Order, Session, Terms, Trigger};
use prism_core::rng::StreamKey;
use prism_core::types::{BookId, OrderId, Price, Qty, Side, Tif, Time};

use super::engine::Engine;
use super::{Message, Step};

/// What is known of an order that is there.
#[derive(Clone, Copy, Debug)]
struct Known {
    side: Side,
    /// Nothing of it has come in yet, as far as anyone was told.
    untriggered: bool,
    limit: Option<Price>,
    terms: Terms,
    open: Qty,
    /// No replace has made it larger.
    as_sent: bool,
    group: Option<usize>,
}

/// Orders that share their quantity.
#[derive(Clone, Copy, Debug)]
struct Group {
    traded: u128,
    /// The most that it may trade: the largest order, when it joined.
    most: u128,
}

/// A market with what it has told so far.
#[derive(Clone, Debug)]
pub struct Watch<E> {
    pub market: E,
    rules: MarketRules,
    now: Time,
    there: BTreeMap<OrderId, Known>,
    groups: Vec<Group>,
}

impl<E: Engine> Watch<E> {
    pub fn new(rules: &MarketRules, key: StreamKey) -> Watch<E> {
        Watch {
            market: E::new(rules, key),
            rules: rules.clone(),
            now: Time::ZERO,
            there: BTreeMap::new(),
            groups: Vec::new(),
        }
    }

    /// Sends a message and checks everything.
    pub fn step(&mut self, step: &Step) -> Vec<Told> {
        self.now += step.after;
        // What is due first by itself, so that it is known which orders the message finds.
        let mut all = self.market.advance(self.now);
        for told in &all {
            self.hear(told);
        }
        let before = self.expect(&step.message);
        let told = step.message.send(self.now, &mut self.market);
        if let (Some((id, known)), Some(Told::Rejected { id: of, open: true, .. })) = (before, told.first())
            && *of == id
        {
            self.there.insert(id, known); // nothing was replaced
        }
        for told in &told {
            self.hear(told);
        }
        self.check_new(&step.message, &told);
        self.check_books();
        all.extend(told);
        all
    }

    /// Takes in what a message asks for, as if it were done. Gives what was known of the order before a replace.
    fn expect(&mut self, message: &Message) -> Option<(OrderId, Known)> {
        match *message {
            Message::New { id, side, qty, price, terms, .. } if !self.there.contains_key(&id) => {
                let untriggered = terms.trigger.is_some();
                let known =
                    Known { side, untriggered, limit: price, terms, open: qty, as_sent: true, group: None };
                self.there.insert(id, known);
                None
            }
            Message::Replace { id, price, qty } => {
                let known = self.there.get_mut(&id)?;
                let old = *known;
                if !(known.untriggered && known.limit.is_none()) {
                    let without = Order::market(BookId(0), known.side, qty).price;
                    known.limit = Some(price).filter(|&price| price != without);
                }
                if qty > known.open {
                    known.as_sent = false;
                    if let Some(group) = known.group {
                        self.groups[group].most += u128::from(qty.0 - known.open.0);
                    }
                }
                known.open = qty;
                Some((id, old))
            }
            _ => None,
        }
    }

    fn hear(&mut self, told: &Told) {
        match *told {
            Told::Accepted { id, .. } | Told::Triggered { id, .. } => self.join(id),
            Told::Trade { maker, taker, .. } => {
                self.join(maker);
                self.join(taker);
            }
            _ => {}
        }
        match *told {
            Told::Accepted { id, left, price } => {
                let known = self.known(id, told);
                assert_eq!(known.open, left, "{told:?}");
                assert!(known.untriggered || within(known, price), "{told:?}");
            }
            Told::Triggered { id, left } => {
                let known = self.known(id, told);
                assert_eq!((known.open, known.untriggered), (left, true), "{told:?}");
                known.untriggered = false;
            }
            Told::Reduced { id, left, why } => {
                let known = self.known(id, told);
                assert!(left < known.open && !left.is_zero(), "{told:?}");
                known.open = left;
                self.check_reason(id, why, told);
            }
            Told::Cancelled { id, left, why } => {
                self.check_reason(id, why, told);
                let known = self.there.remove(&id).unwrap_or_else(|| panic!("{told:?}"));
                assert_eq!(known.open, left, "{told:?}");
            }
            Told::Rejected { id, open, .. } => {
                if open {
                    self.known(id, told);
                } else {
                    self.there.remove(&id);
                }
            }
            Told::Trade { maker, taker, aggressor, price, qty, maker_left, taker_left } => {
                assert!(!qty.is_zero() && maker != taker, "{told:?}");
                assert!(
                    self.rules.self_trade == SelfTrade::Allow || maker.agent() != taker.agent(),
                    "{told:?}"
                );
                for (id, left, side) in [(maker, maker_left, !aggressor), (taker, taker_left, aggressor)] {
                    let known = self.known(id, told);
                    assert_eq!((known.side, known.untriggered), (side, false), "{told:?}");
                    assert!(within(known, price), "{told:?}: {known:?}");
                    assert_eq!(known.open.checked_sub(qty), Some(left), "{told:?}");
                    let least = known.terms.min_qty.min(known.open);
                    let in_part = id == maker && known.as_sent && known.terms.after.is_none();
                    assert!(!in_part || qty >= least, "{told:?}: {known:?}");
                    known.open = left;
                }
                self.count(maker, taker, qty, told);
                for id in [maker, taker] {
                    if self.there[&id].open.is_zero() {
                        self.there.remove(&id);
                    }
                }
            }
            Told::Crossed { .. } | Told::Uncrossed { .. } | Told::Indicative { .. } | Told::Phase { .. } => {
                panic!("without a day: {told:?}")
            }
        }
    }

    /// An order of which something is told for the first time has joined the group of the one that it names.
    fn join(&mut self, id: OrderId) {
        let Some(known) = self.there.get_mut(&id) else { return };
        let Some(named) = known.terms.oco.take() else { return };
        let open = known.open;
        // Self-trade prevention may have taken the other out before anything was told of this one.
        let Some(other) = self.there.get(&named).copied() else { return };
        let group = other.group.unwrap_or_else(|| {
            self.groups.push(Group { traded: 0, most: u128::from(other.open.0) });
            self.groups.len() - 1
        });
        let of = &mut self.groups[group];
        of.most = of.most.max(of.traded + u128::from(open.0));
        for id in [id, named] {
            self.there.get_mut(&id).unwrap().group = Some(group);
        }
    }

    /// No group trades more than its largest order.
    fn count(&mut self, maker: OrderId, taker: OrderId, qty: Qty, told: &Told) {
        let groups: BTreeSet<usize> = [maker, taker].iter().filter_map(|id| self.there[id].group).collect();
        for group in groups {
            let group = &mut self.groups[group];
            group.traded += u128::from(qty.0);
            assert!(group.traded <= group.most, "{told:?}: {group:?}");
        }
    }

    fn check_reason(&self, id: OrderId, why: CancelReason, told: &Told) {
        let known = self.there.get(&id).unwrap_or_else(|| panic!("{told:?}"));
        let fits = match why {
            CancelReason::SelfTrade => self.rules.self_trade != SelfTrade::Allow,
            CancelReason::Expired => !matches!(known.terms.expiry, Expiry::Never),
            CancelReason::Venue => false,
            _ => true,
        };
        assert!(fits, "{told:?}");
    }

    fn known(&mut self, id: OrderId, told: &Told) -> &mut Known {
        self.there.get_mut(&id).unwrap_or_else(|| panic!("of an order that is not there: {told:?}"))
    }

    /// What times in force promise of a new order.
    fn check_new(&self, message: &Message, told: &[Told]) {
        let Message::New { id, tif, terms, qty, price, .. } = *message else { return };
        let refused = |told: &Told| matches!(*told, Told::Rejected { id: of, .. } if of == id);
        if told.first().is_some_and(refused) || terms.after.is_some() || terms.session != Session::Any {
            return;
        }
        let takes = |told: &&Told| matches!(**told, Told::Trade { taker, .. } if taker == id);
        match tif {
            Tif::PostOnly => assert_eq!(told.iter().find(takes), None, "{message:?}"),
            Tif::Fok if terms.trigger.is_none() => {
                let sum = told.iter().map(|told| match *told {
                    Told::Trade { taker, qty, .. } if taker == id => qty.0,
                    _ => 0,
                });
                assert_eq!(sum.sum::<u64>(), qty.0, "{message:?}");
            }
            Tif::Ioc if terms.trigger.is_none() && !terms.market_to_limit => {
                assert!(!self.there.contains_key(&id), "{message:?}");
            }
            _ => {}
        }
        if terms.peg.is_some() || matches!(terms.trigger, Some(Trigger::Stop { .. })) || price.is_none() {
            return;
        }
        // A plain limit order that is still there rests or was triggered; it never just disappears.
        let heard = |told: &Told| match *told {
            Told::Trade { maker, taker, .. } => maker == id || taker == id,
            Told::Accepted { id: of, .. }
            | Told::Cancelled { id: of, .. }
            | Told::Reduced { id: of, .. }
            | Told::Triggered { id: of, .. }
            | Told::Rejected { id: of, .. } => of == id,
            _ => false,
        };
        assert!(told.iter().any(heard), "{message:?}");
    }

    /// The books hold what was told, and the displayed one is not crossed.
    fn check_books(&self) {
        let mut found = BTreeMap::new();
        let mut best = [None, None];
        for side in Side::BOTH {
            let rows = self.market.displayed(side);
            best[side as usize] = rows.first().map(|row| row.0);
            assert!(
                rows.is_sorted_by(|a, b| if side == Side::Buy { a.0 > b.0 } else { a.0 < b.0 }),
                "{rows:?}"
            );
            for (price, qty, orders) in rows {
                assert_eq!(qty, orders.iter().fold(Qty::ZERO, |sum, &(_, shown)| sum + shown));
                for (id, shown) in orders {
                    assert!(!shown.is_zero() && within(&self.there[&id], price));
                    assert_eq!(found.insert(id, shown), None, "{id} twice");
                }
            }
            for (id, price, left) in self.market.hidden(side) {
                assert!(!left.is_zero() && within(&self.there[&id], price));
                assert_eq!(found.insert(id, left), None, "{id} twice");
            }
        }
        if let [Some(bid), Some(ask)] = best {
            assert!(bid < ask, "crossed: {bid:?} {ask:?}");
        }
        for (id, left) in self.market.held() {
            assert_eq!(self.there[&id].open, left, "{id}");
            assert_eq!(found.insert(id, left), None, "{id} twice");
        }
        assert!(found.keys().eq(self.there.keys()), "{found:?} {:?}", self.there);
        assert!(found.iter().all(|(id, qty)| *qty <= self.there[id].open));
    }
}

/// True when a price is one that the order's owner accepts.
fn within(known: &Known, price: Price) -> bool {
    known.limit.is_none_or(|limit| match known.side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    })
}
