//! §7.3: one price for everyone.

use std::cmp::Reverse;

use prism_book::auction::{Allocation, Clearing, Curves};
use prism_book::market::Told;
use prism_core::msg::Phase;
use prism_core::types::{OrderId, Price, Qty, Side};

use super::Twin;
use super::day::is_call;
use super::order::{Order, Place, in_reach};

/// Where an order stands in its side's priority: has a limit, its rank, and is hidden.
type Level = (bool, i128, bool);

impl Twin {
    /// The orders of a side that take part, in their priority, each with its level.
    fn taking_part(&self, side: Side) -> Vec<(Level, &Order)> {
        let level = |order: &Order| match order.place {
            Place::AtMarket => Some((false, 0, false)),
            Place::Displayed => Some((true, order.rank(), false)),
            Place::Hidden if order.min_qty == 0 => Some((true, order.rank(), true)),
            _ => None,
        };
        let orders = self.orders.iter().filter(|order| order.side == side);
        let mut part: Vec<_> = orders.filter_map(|order| Some((level(order)?, order))).collect();
        part.sort_by_key(|part| part.0); // keeps the order of arrival
        part
    }

    /// What the uncrossing would give.
    pub(super) fn clearing(&self) -> Option<Clearing> {
        let limit = |order: &Order| (order.place != Place::AtMarket).then_some(order.price);
        let orders = Side::BOTH.into_iter().flat_map(|side| self.taking_part(side));
        let orders = orders.map(|(_, order)| (order.side, limit(order), Qty(order.inside())));
        Curves::new(orders).clearing(self.last, self.day.as_ref()?.rules.auction)
    }

    /// Uncrosses what was collected. Gives the price, if anything trades.
    pub(super) fn uncross(&mut self) -> Option<Price> {
        let clearing = self.clearing()?;
        let Clearing { price, volume, surplus } = clearing;
        let [mut buys, mut sells] = Side::BOTH.map(|side| self.allocate(side, price, volume));
        let traded: Vec<OrderId> = buys.iter().chain(&sells).map(|part| part.0).collect();
        self.told.push(Told::Uncrossed { price, volume: size(volume), surplus: fit(surplus) });
        self.last = price;
        self.unseen.push(price);
        if let Some(corridor) = &mut self.day.as_mut().unwrap().corridor {
            corridor.on_auction(price);
        }
        buys.reverse();
        sells.reverse();
        while let (Some(buy), Some(sell)) = (buys.last_mut(), sells.last_mut()) {
            let qty = self.at_one_time(price, buy.1.min(sell.1));
            self.cross(buy.0, sell.0, price, qty);
            buy.1 -= qty;
            sell.1 -= qty;
            buys.pop_if(|part| part.1 == 0);
            sells.pop_if(|part| part.1 == 0);
        }
        for &id in &traded {
            self.gone_or_held_if_used_up(id);
        }
        for &id in &traded {
            self.show_next_peak(id);
        }
        Some(price)
    }

    /// How much of a quantity trades at one time: no more than an order may be worth.
    fn at_one_time(&self, price: Price, qty: u64) -> u64 {
        let (price, most) = (price.0.unsigned_abs(), self.rules.limits.worth);
        if qty.saturating_mul(price) > most { (most / price).max(1) } else { qty }
    }

    fn cross(&mut self, buy: OrderId, sell: OrderId, price: Price, qty: u64) {
        self.order_mut(buy).take(qty);
        self.order_mut(sell).take(qty);
        let [buy_left, sell_left] = [buy, sell].map(|id| Qty(self.order(id).left));
        self.told.push(Told::Crossed { buy, sell, price, qty: Qty(qty), buy_left, sell_left });
        self.let_legs_in(buy, qty);
        self.let_legs_in(sell, qty);
    }

    /// What of the volume each order of a side gets, in their priority.
    fn allocate(&self, side: Side, price: Price, volume: u128) -> Vec<(OrderId, u64)> {
        let pro_rata = self.day.as_ref().unwrap().rules.auction.allocation == Allocation::ProRata;
        let mut part = self.taking_part(side);
        part.retain(|(_, order)| order.place == Place::AtMarket || in_reach(side, order.price, price));
        let (mut left, mut parts) = (volume, Vec::new());
        for level in part.chunk_by(|a, b| (a.0.0, a.0.1) == (b.0.0, b.0.1)) {
            let sizes: Vec<u64> = level.iter().map(|(_, order)| order.inside()).collect();
            let shares =
                if pro_rata && left < sum(&sizes) { divide(&sizes, left) } else { in_turn(&sizes, left) };
            left -= sum(&shares);
            parts.extend(level.iter().map(|(_, order)| order.id).zip(shares));
        }
        parts.retain(|part| part.1 > 0);
        parts
    }

    /// A call that would be uncrossed now goes on instead, while its price is too far from the last one.
    pub(super) fn goes_on(&mut self) -> bool {
        let (last, clearing) = (self.last, self.clearing());
        let day = self.day.as_mut().unwrap();
        let Some(collar) = day.rules.collar else { return false };
        let ends = matches!(day.schedule.next_phase(), Phase::Continuous | Phase::Closed);
        let far = clearing.is_some_and(|clearing| {
            let away = i128::from(clearing.price.0) - i128::from(last.0);
            away.abs() * 10_000
                > i128::from(last.0).abs() * i128::from(collar.bp) * i128::from(day.extended + 1)
        });
        if !is_call(day.schedule.phase()) || !ends || !far || day.extended == collar.extensions {
            return false;
        }
        day.extended += 1;
        day.schedule.extend(collar.extension);
        true
    }

    /// In a call the result that the uncrossing would have is told when it has changed.
    pub(super) fn tell_indicative(&mut self) {
        if !is_call(self.phase()) {
            return;
        }
        let clearing = self.clearing().unwrap_or(Clearing { price: self.last, volume: 0, surplus: 0 });
        let Clearing { price, volume, surplus } = clearing;
        let day = self.day.as_mut().unwrap();
        if day.indicated != (price, volume, surplus) {
            day.indicated = (price, volume, surplus);
            self.told.push(Told::Indicative { price, volume: size(volume), surplus: fit(surplus) });
        }
    }
}

fn sum(sizes: &[u64]) -> u128 {
    sizes.iter().map(|&size| u128::from(size)).sum()
}

fn size(lots: u128) -> Qty {
    Qty(u64::try_from(lots).unwrap_or(u64::MAX))
}

fn fit(surplus: i128) -> i64 {
    i64::try_from(surplus.clamp(i64::MIN.into(), i64::MAX.into())).unwrap()
}

/// Each in turn gets what it can have.
fn in_turn(sizes: &[u64], lots: u128) -> Vec<u64> {
    let mut left = lots;
    let give = |&size: &u64| {
        let share = u64::try_from(left.min(size.into())).unwrap();
        left -= u128::from(share);
        share
    };
    sizes.iter().map(give).collect()
}

/// Fewer lots than there are, in proportion to the sizes; what does not divide goes to the largest remainders, the
/// first comer among equals.
fn divide(sizes: &[u64], lots: u128) -> Vec<u64> {
    let all = sum(sizes);
    let exact = |&size: &u64| u128::from(size) * lots;
    let mut shares: Vec<u64> = sizes.iter().map(|size| u64::try_from(exact(size) / all).unwrap()).collect();
    let over = usize::try_from(lots - sum(&shares)).unwrap();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|&at| Reverse(exact(&sizes[at]) % all));
    for &at in &by_remainder[..over] {
        shares[at] += 1;
    }
    shares
}
