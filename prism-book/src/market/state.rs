//! What a market says of its state.

use prism_core::digest::Digest;
use prism_core::market::Level;
use prism_core::types::{OrderId, Price, Qty, Side};

use super::extra::{At, NONE, slot_of};
use super::{Market, OrderIndex};
use crate::book::{Ahead, BookEngine};

/// An order that is in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Buy or sell.
    pub side: Side,
    /// The price at which it rests; of a held order its stop price if it has one, else its limit.
    pub price: Price,
    /// All that is left of it.
    pub left: Qty,
    /// What of that others see.
    pub displayed: Qty,
    /// True if it is in neither book.
    pub held: bool,
}

impl<B: BookEngine> Market<B> {
    /// The best displayed bid and ask.
    #[inline]
    pub fn top(&self) -> (Option<Level>, Option<Level>) {
        self.shown.top()
    }

    /// The displayed levels of a side, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        self.shown.levels(side)
    }

    /// The price of the latest trade; before there is one, the reference price.
    #[inline]
    pub fn last(&self) -> Price {
        self.last
    }

    /// The displayed book.
    #[inline]
    pub fn book(&self) -> &B {
        &self.shown
    }

    /// The hidden book; `None` before the first order with terms.
    pub fn hidden(&self) -> Option<&B> {
        self.rare.as_ref().map(|rare| &rare.hidden)
    }

    /// The orders that are in neither book, by id, with all that is left of each: stops, market orders that wait for an
    /// uncrossing, pegged orders without a price, orders that wait for a call or for another order.
    pub fn held(&self) -> Vec<(OrderId, Qty)> {
        let slots = self.rare.iter().flat_map(|rare| &rare.slots);
        let held = slots.filter(|extra| matches!(extra.at, At::Stop(..) | At::Waits(_) | At::Held));
        let mut held: Vec<_> = held.map(|extra| (extra.id, Qty(extra.left))).collect();
        held.sort_unstable();
        held
    }

    /// An order, if it is there.
    pub fn open(&self, id: OrderId, index: &impl OrderIndex) -> Option<Open> {
        let place = index.get(id)?;
        let Some(slot) = slot_of(place) else {
            let order = self.shown.get(self.shown.locate(place, id)?)?;
            return Some(Open {
                side: order.side,
                price: order.price,
                left: order.left,
                displayed: order.left,
                held: false,
            });
        };
        let rare = self.rare.as_ref()?;
        let extra = rare.slots.get(slot as usize).filter(|_| rare.holds(slot, id))?;
        let displayed = if matches!(extra.at, At::Shown(_)) { extra.inside() } else { 0 };
        let held = !matches!(extra.at, At::Shown(_) | At::Hidden(_));
        Some(Open {
            side: extra.side,
            price: extra.told_price(),
            left: Qty(extra.left),
            displayed: Qty(displayed),
            held,
        })
    }

    /// What trades before an order at its price, under price-time matching: displayed orders, with what of them is
    /// displayed, and before a hidden order the hidden ones that came earlier. `None` if it is in neither book.
    pub fn ahead(&mut self, id: OrderId, index: &impl OrderIndex) -> Option<Ahead> {
        let place = index.get(id)?;
        let Some(slot) = slot_of(place) else {
            let handle = self.shown.locate(place, id)?;
            return self.shown.ahead(handle);
        };
        let rare = self.rare.as_mut()?;
        let extra = *rare.slots.get(slot as usize).filter(|_| rare.holds(slot, id))?;
        match extra.at {
            At::Shown(handle) => self.shown.ahead(handle),
            At::Hidden(handle) => {
                let hidden = rare.hidden.ahead(handle)?;
                let level = self.shown.orders(extra.side).skip_while(|(_, order)| order.price != extra.price);
                let level = level.take_while(|(_, order)| order.price == extra.price);
                Some(level.fold(hidden, |ahead, (_, order)| Ahead {
                    orders: ahead.orders + 1,
                    qty: ahead.qty + order.left,
                }))
            }
            At::Stop(..) | At::Waits(_) | At::Held | At::Coming | At::Free => None,
        }
    }

    /// Folds the whole state in: equal for equal states, whatever the engine. That of a market without terms is the
    /// last price and the book.
    pub fn digest(&self, into: &mut Digest) {
        into.int(self.last.0);
        if let Some(day) = &self.day {
            day.digest(into);
        }
        self.shown.digest(&mut |word| into.word(word));
        let Some(rare) = &self.rare else { return };
        if let Some(peaks) = &rare.peaks {
            for word in <[u64; 4]>::from(peaks.clone()) {
                into.word(word);
            }
        }
        if self.live == 0 {
            return;
        }
        rare.hidden.digest(&mut |word| into.word(word));
        let mut slots: Vec<_> = rare.slots.iter().filter(|extra| extra.at != At::Free).collect();
        slots.sort_unstable_by_key(|extra| extra.arrival);
        for extra in slots {
            let at = match extra.at {
                At::Shown(_) => 0,
                At::Hidden(_) => 1,
                At::Stop(..) => 2,
                At::Held | At::Coming | At::Free => 3,
                At::Waits(_) => 4,
            };
            let first = |set: u32| rare.sets.members(set).first().map_or(u64::MAX, |member| member.0.0);
            into.pair(extra.id.0, at << 8 | (extra.side as u64) << 4 | extra.tif as u64);
            into.pair(extra.left, extra.reserve);
            into.pair(extra.waiting, extra.limit.0.cast_unsigned());
            into.pair(extra.price.0.cast_unsigned(), extra.best.0.cast_unsigned());
            into.word(if rare.is_linked(extra) { first(extra.group) } else { u64::MAX });
            into.word(if extra.parent == NONE { u64::MAX } else { rare.at(extra.parent).id.0 });
            extra.terms.digest(into);
        }
    }

    /// Checks that books, slots and counts agree, for tests. Between messages the displayed book is not crossed while
    /// orders trade as they come.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        self.shown.check()?;
        if self.trades() && self.shown.is_crossed() {
            return Err("the displayed book is crossed".into());
        }
        let Some(rare) = &self.rare else { return Ok(()) };
        for book in [&rare.marked, &rare.hidden, &rare.stops, &rare.trails, rare.call.market()] {
            book.check()?;
        }
        let idle = [rare.triggered.len(), rare.due.len(), rare.used_up.len(), rare.printed.len()];
        if idle != [0; 4] {
            return Err(format!("something is left to do: {idle:?}"));
        }
        let (mut shown, mut hidden, mut stops, mut waits) = (0, 0, 0, 0);
        for extra in rare.slots.iter().filter(|extra| extra.at != At::Free) {
            let wrong = |what: &str| Err(format!("{}: {what}", extra.id));
            if extra.left < extra.reserve + extra.waiting || extra.left == 0 {
                return wrong("its parts are more than the whole");
            }
            let order = match extra.at {
                At::Shown(handle) => {
                    shown += 1;
                    let mark = rare.marked.get(extra.mark);
                    if mark.map(|mark| (mark.id, mark.side, mark.price))
                        != Some((extra.id, extra.side, extra.price))
                    {
                        return wrong("not among the displayed ones");
                    }
                    self.shown.get(handle)
                }
                At::Hidden(handle) => {
                    hidden += 1;
                    rare.hidden.get(handle)
                }
                At::Stop(stop, _) => {
                    stops += 1;
                    if rare.stops.get(stop).is_none_or(|stop| stop.id != extra.id) {
                        return wrong("not among the stops");
                    }
                    continue;
                }
                At::Waits(handle) => {
                    waits += 1;
                    let order = rare.call.market().get(handle).filter(|order| order.id == extra.id);
                    if order.is_none_or(|order| order.left.0 != extra.inside()) {
                        return wrong("not among the market orders that wait");
                    }
                    continue;
                }
                At::Held => continue,
                At::Coming | At::Free => return wrong("still on its way"),
            };
            let Some(order) = order else { return wrong("not in its book") };
            if (order.id, order.side, order.price) != (extra.id, extra.side, extra.price) {
                return wrong("not what its book says");
            }
            if order.left.0 != extra.inside() {
                return wrong("not as large as its book says");
            }
        }
        let count = |book: &B| Side::BOTH.map(|side| book.orders(side).count()).iter().sum::<usize>();
        let counted = [&rare.marked, &rare.hidden, &rare.stops, rare.call.market()].map(count);
        if [shown, hidden, stops, waits] != counted {
            return Err("an order is not counted".into());
        }
        if shown > count(&self.shown) {
            return Err("more orders with slots than orders".into());
        }
        Ok(())
    }
}
