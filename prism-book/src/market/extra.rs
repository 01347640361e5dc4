//! What is kept of orders with terms, beside the books: one slab, touched only where there are any.

use std::collections::BTreeSet;

use prism_core::msg::{Display, Expiry, Reject, Session, Terms};
use prism_core::rng::{RngStream, StreamKey};
use prism_core::types::{OrderId, Price, Qty, Side, Tif, Time};

use super::OrderIndex;
use super::desk::better;
use super::division::Part;
use crate::auction::{Call, Execution};
use crate::book::{BookEngine, Handle};

/// The size of an order in a book in which only prices matter.
pub(super) const ONE: Qty = Qty(1);
/// No price that a trade has.
const NOTHING: [Price; 2] = [Price(i64::MIN), Price(i64::MAX)];

/// No slot, no group.
pub(super) const NONE: u32 = u32::MAX >> 1;
/// What an [`OrderIndex`] holds for an order with a slot: this bit and the slot. Of a plain order it holds the
/// place in the displayed book.
const SLOT: u32 = 1 << 31;

/// The slot of an order, if it has one.
#[inline]
pub(super) fn slot_of(place: u32) -> Option<u32> {
    (place & SLOT != 0).then_some(place & !SLOT)
}

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// In the displayed book.
    Shown(Handle),
    /// In the hidden book.
    Hidden(Handle),
    /// Among the stops, and among the trails if it is one.
    Stop(Handle, Option<Handle>),
    /// Among the market orders that wait for an uncrossing.
    Waits(Handle),
    /// Held: it waits for a call, for a price to follow, for continuous trading, or for its parent.
    Held,
    /// On its way in: a stop that is triggered, a pegged order between two prices, the order at hand.
    Coming,
    /// The slot is not in use.
    Free,
}

/// An order with terms, or one that others are linked to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extra {
    pub(super) id: OrderId,
    /// All that is left of it: what is in a book or held, and the two below.
    pub(super) left: u64,
    /// Of an iceberg, what is not displayed.
    pub(super) reserve: u64,
    /// Of a leg, what waits for the parent.
    pub(super) waiting: u64,
    /// Of that, what the parent has traded: it is about to come in.
    pub(super) owed: u64,
    pub(super) at: At,
    /// Of a displayed order, its place among those with a slot.
    pub(super) mark: Handle,
    pub(super) side: Side,
    pub(super) tif: Tif,
    /// The limit.
    pub(super) limit: Price,
    /// The price at which it rests, or its stop price.
    pub(super) price: Price,
    /// The best price since a trail came in.
    pub(super) best: Price,
    pub(super) arrival: u64,
    /// Its group of orders that cancel one another.
    pub(super) group: u32,
    /// Its family as a parent.
    pub(super) family: u32,
    /// The slot of its parent.
    pub(super) parent: u32,
    pub(super) terms: Terms,
}

impl Extra {
    pub(super) fn new(id: OrderId, side: Side, tif: Tif, limit: Price, left: Qty, terms: Terms) -> Extra {
        Extra {
            id,
            left: left.0,
            reserve: 0,
            waiting: 0,
            owed: 0,
            at: At::Coming,
            mark: Handle::from_raw(u64::MAX),
            side,
            tif,
            limit,
            price: limit,
            best: limit,
            arrival: 0,
            group: NONE,
            family: NONE,
            parent: NONE,
            terms,
        }
    }

    /// What is in a book, or is held to come in as one.
    pub(super) fn inside(&self) -> u64 {
        self.left - self.reserve - self.waiting
    }

    /// The minimum quantity in force.
    pub(super) fn least(&self) -> u64 {
        self.terms.min_qty.0.min(self.left)
    }

    /// True for an iceberg of which not all is displayed.
    pub(super) fn has_reserve(&self) -> bool {
        self.reserve > 0 && matches!(self.at, At::Shown(_))
    }

    /// True if a displayed order like this needs no slot.
    fn is_plain(&self) -> bool {
        self.terms.display == Display::Full
            && self.tif == Tif::Gtc
            && self.terms.session == Session::Any
            && self.terms.peg.is_none()
            && self.terms.expiry == Expiry::Never
            && self.waiting == 0
            && [self.group, self.family, self.parent] == [NONE; 3]
    }
}

/// The orders with terms of a market.
#[derive(Clone, Debug)]
pub(super) struct Rare<B> {
    /// Orders that nobody sees.
    pub(super) hidden: B,
    /// Stops, at their stop prices, each on the other side: the best is the one that is reached first.
    pub(super) stops: B,
    /// Trails, at the best prices since they came in, on their own side: the best is the one that moves first.
    pub(super) trails: B,
    /// A trade at the first of these prices or below, or at the second or above, is of interest to stops and trails.
    pub(super) awaited: [Price; 2],
    /// Market orders that wait for an uncrossing.
    pub(super) call: Call<B>,
    /// What an uncrossing did.
    pub(super) executions: Vec<Execution>,
    pub(super) slots: Vec<Extra>,
    unused: Vec<u32>,
    /// Displayed orders with a slot, at their prices.
    pub(super) marked: B,
    /// Displayed pegged orders.
    pub(super) pegs_shown: [u32; 2],
    /// Hidden orders with a minimum quantity.
    pub(super) picky: [u32; 2],
    /// Orders in groups.
    pub(super) grouped: u32,
    /// Groups and families: their members by id.
    pub(super) sets: Sets,
    /// Pegged orders.
    pub(super) pegs: Vec<u32>,
    /// The prices that pegs follow, and keep away from, at the last look that changed nothing.
    pub(super) followed: Option<[Option<Price>; 4]>,
    pub(super) expiries: BTreeSet<(Time, OrderId)>,
    /// The prices of the trades since the last look at the stops.
    pub(super) printed: Vec<Price>,
    /// Stops that are triggered and come in next, the last one first.
    pub(super) triggered: Vec<(u32, OrderId)>,
    /// Legs with something to come in, or whose parent is gone.
    pub(super) due: Vec<u32>,
    /// Icebergs whose peak is used up, in that order.
    pub(super) used_up: Vec<(u32, OrderId)>,
    /// For looks: kept, so that nothing is allocated in the stride.
    pub(super) found: Vec<(u32, OrderId)>,
    pub(super) parts: Vec<Part>,
    pub(super) arrivals: u64,
    key: StreamKey,
    /// From the first random peak on.
    pub(super) peaks: Option<RngStream>,
}

impl<B: BookEngine> Rare<B> {
    pub(super) fn new(key: StreamKey) -> Rare<B> {
        Rare {
            hidden: B::default(),
            stops: B::default(),
            trails: B::default(),
            call: Call::default(),
            executions: Vec::new(),
            slots: Vec::new(),
            unused: Vec::new(),
            marked: B::default(),
            awaited: NOTHING,
            pegs_shown: [0; 2],
            picky: [0; 2],
            grouped: 0,
            sets: Sets::default(),
            pegs: Vec::new(),
            followed: None,
            expiries: BTreeSet::new(),
            printed: Vec::new(),
            triggered: Vec::new(),
            due: Vec::new(),
            used_up: Vec::new(),
            found: Vec::new(),
            parts: Vec::new(),
            arrivals: 0,
            key,
            peaks: None,
        }
    }

    /// How many orders have a slot.
    pub(super) fn live(&self) -> u32 {
        u32::try_from(self.slots.len() - self.unused.len()).unwrap_or(u32::MAX)
    }

    /// True if this is the order's slot.
    pub(super) fn holds(&self, slot: u32, id: OrderId) -> bool {
        self.slots.get(slot as usize).is_some_and(|extra| extra.id == id && extra.at != At::Free)
    }

    #[inline]
    pub(super) fn at(&self, slot: u32) -> &Extra {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(super) fn at_mut(&mut self, slot: u32) -> &mut Extra {
        &mut self.slots[slot as usize]
    }

    /// True if nothing follows from an order that comes to rest, or is cancelled.
    pub(super) fn is_calm(&self) -> bool {
        self.pegs.is_empty() && self.picky == [0; 2]
    }

    /// Notes the price of a trade, if it is of interest to stops: when one was, all that follow are. True if it is.
    #[inline]
    pub(super) fn print(&mut self, price: Price) -> bool {
        let [low, high] = self.awaited;
        let awaited = price <= low || price >= high || !self.printed.is_empty();
        if awaited && self.printed.last() != Some(&price) {
            self.printed.push(price);
        }
        awaited
    }

    /// Finds out what stops and trails wait for.
    pub(super) fn await_prices(&mut self) {
        let [mut low, mut high] = NOTHING;
        // A stop is kept on the other side, a trail on its own; it moves when a price is better than its best.
        if let Some(stop) = self.stops.best(Side::Buy) {
            low = stop.price;
        }
        if let Some(stop) = self.stops.best(Side::Sell) {
            high = stop.price;
        }
        if let Some(trail) = self.trails.best(Side::Buy) {
            low = low.max(Price(trail.price.0.saturating_sub(1)));
        }
        if let Some(trail) = self.trails.best(Side::Sell) {
            high = high.min(Price(trail.price.0.saturating_add(1)));
        }
        self.awaited = [low, high];
    }

    /// The best price of a side at which there is an order that is not a plain one.
    #[inline]
    pub(super) fn first_with_terms(&self, side: Side) -> Option<Price> {
        let [marked, hidden] =
            [&self.marked, &self.hidden].map(|book| book.best(side).map(|level| level.price));
        match (marked, hidden) {
            (Some(a), Some(b)) => Some(if better(side, a, b) { a } else { b }),
            (marked, hidden) => marked.or(hidden),
        }
    }

    /// An order with a slot is in the displayed book now, at its price.
    pub(super) fn shows(&mut self, slot: u32, handle: Handle) {
        let Extra { id, side, price, terms, .. } = *self.at(slot);
        self.pegs_shown[side as usize] += u32::from(terms.peg.is_some());
        let mark = self.marked.insert_resting(id, side, price, ONE);
        let extra = self.at_mut(slot);
        extra.at = At::Shown(handle);
        // What rests in one book may rest in another.
        extra.mark = mark.unwrap_or(extra.mark);
    }

    /// True for an order that shares its quantity with another one.
    pub(super) fn is_linked(&self, extra: &Extra) -> bool {
        extra.group != NONE && self.sets.members(extra.group).len() > 1
    }

    pub(super) fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    /// Gives an order a slot and has the index find it there.
    ///
    /// # Errors
    /// What the index says.
    pub(super) fn enter(&mut self, extra: Extra, index: &mut impl OrderIndex) -> Result<u32, Reject> {
        let slot =
            self.unused.last().copied().unwrap_or_else(|| u32::try_from(self.slots.len()).unwrap_or(NONE));
        index.set(extra.id, slot | SLOT)?;
        if self.unused.pop().is_some() {
            self.slots[slot as usize] = extra;
        } else {
            self.slots.push(extra);
        }
        if let Expiry::At { time } = extra.terms.expiry {
            self.expiries.insert((time, extra.id));
        }
        if extra.terms.peg.is_some() {
            self.pegs.push(slot);
            self.followed = None;
        }
        Ok(slot)
    }

    /// Takes an order out of whatever book it is in. It is then on its way.
    pub(super) fn take_out(&mut self, slot: u32, shown: &mut B) {
        match self.at(slot).at {
            At::Shown(handle) => {
                shown.cancel(handle);
            }
            At::Hidden(handle) => {
                self.hidden.cancel(handle);
            }
            At::Stop(stop, trail) => {
                self.stops.cancel(stop);
                trail.map(|trail| self.trails.cancel(trail));
                self.await_prices();
            }
            At::Waits(handle) => {
                self.call.cancel(handle);
            }
            At::Held | At::Coming | At::Free => {}
        }
        self.left_place(slot, At::Coming);
    }

    /// An order is not where it was any more.
    pub(super) fn left_place(&mut self, slot: u32, to: At) {
        let extra = self.at_mut(slot);
        let (from, mark, side) = (extra.at, extra.mark, extra.side as usize);
        let (peg, picky) = (extra.terms.peg.is_some(), !extra.terms.min_qty.is_zero());
        extra.at = to;
        extra.reserve = 0;
        match from {
            At::Shown(_) => {
                self.marked.cancel(mark);
                self.pegs_shown[side] -= u32::from(peg);
            }
            At::Hidden(_) => self.picky[side] -= u32::from(picky),
            At::Stop(..) | At::Waits(_) | At::Held | At::Coming | At::Free => {}
        }
    }

    /// Has an order wait.
    pub(super) fn hold(&mut self, slot: u32) {
        self.left_place(slot, At::Held);
        self.at_mut(slot).arrival = self.next_arrival();
    }

    /// What is in the slot of an order that comes to rest displayed is given up, if it is of no further use.
    pub(super) fn becomes_plain(&mut self, slot: u32) -> bool {
        let plain = self.at(slot).is_plain();
        if plain {
            self.at_mut(slot).at = At::Free;
            self.unused.push(slot);
        }
        plain
    }

    /// Forgets an order that is gone, and that is in no book any more.
    pub(super) fn forget(&mut self, slot: u32, index: &mut impl OrderIndex) {
        self.left_place(slot, At::Free);
        let Extra { id, group, family, parent, terms, .. } = *self.at(slot);
        index.remove(id);
        if group != NONE {
            self.sets.leave(group, id);
            self.grouped -= 1;
        }
        if parent != NONE {
            let family = self.at(parent).family;
            if self.sets.leave(family, id) {
                self.at_mut(parent).family = NONE;
            }
        }
        if family != NONE {
            for n in 0..self.sets.members(family).len() {
                let leg = self.sets.members(family)[n].1;
                self.at_mut(leg).parent = NONE;
                self.falls_due(leg);
            }
            self.sets.end(family);
        }
        if let Expiry::At { time } = terms.expiry {
            self.expiries.remove(&(time, id));
        }
        if terms.peg.is_some() {
            self.pegs.retain(|&peg| peg != slot);
        }
        self.due.retain(|&leg| leg != slot);
        self.unused.push(slot);
    }

    /// A leg is to be looked at: its parent has traded or is gone.
    pub(super) fn falls_due(&mut self, leg: u32) {
        if self.at(leg).waiting > 0 && !self.due.contains(&leg) {
            self.due.push(leg);
        }
    }

    /// An order has traded: as much of its legs may come in.
    pub(super) fn parent_traded(&mut self, slot: u32, qty: u64) {
        let family = self.at(slot).family;
        if family == NONE {
            return;
        }
        for n in 0..self.sets.members(family).len() {
            let leg = self.sets.members(family)[n].1;
            let extra = self.at_mut(leg);
            extra.owed = extra.owed.saturating_add(qty).min(extra.waiting);
            self.falls_due(leg);
        }
    }

    /// The next peak of an order of `inside` lots, or all of them if it is no iceberg.
    pub(super) fn peak(&mut self, display: Display, inside: u64) -> u64 {
        match display {
            Display::Full | Display::Hidden => inside,
            Display::Peak { qty } => qty.0.min(inside),
            Display::RandomPeak { low, high } => {
                let stream = self.peaks.get_or_insert_with(|| self.key.stream());
                (low.0 + stream.below_u64(high.0 - low.0 + 1)).min(inside)
            }
        }
    }
}

/// Small sets of orders, each in the order of the ids; an emptied one keeps its memory for the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    sets: Vec<Vec<(OrderId, u32)>>,
    unused: Vec<u32>,
}

impl Sets {
    pub(super) fn begin(&mut self) -> u32 {
        self.unused.pop().unwrap_or_else(|| {
            self.sets.push(Vec::new());
            u32::try_from(self.sets.len() - 1).unwrap_or(NONE)
        })
    }

    pub(super) fn members(&self, set: u32) -> &[(OrderId, u32)] {
        &self.sets[set as usize]
    }

    pub(super) fn join(&mut self, set: u32, id: OrderId, slot: u32) {
        let members = &mut self.sets[set as usize];
        let at = members.partition_point(|&(other, _)| other < id);
        members.insert(at, (id, slot));
    }

    /// True if that was the last one, and the set is no more.
    pub(super) fn leave(&mut self, set: u32, id: OrderId) -> bool {
        let members = &mut self.sets[set as usize];
        members.retain(|&(other, _)| other != id);
        let empty = members.is_empty();
        if empty {
            self.unused.push(set);
        }
        empty
    }

    pub(super) fn end(&mut self, set: u32) {
        self.sets[set as usize].clear();
        self.unused.push(set);
    }
}
