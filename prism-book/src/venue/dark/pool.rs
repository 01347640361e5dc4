//! The orders of one symbol in a dark venue, and which of them trade.

use prism_core::market::Consolidated;
use prism_core::types::{OrderId, Price, Qty, Side};

use super::DarkPriority;

/// Between the best bid and ask of other venues, in half ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Midpoint(i64);

impl Midpoint {
    /// That of a quote; `None` if a side is missing, or the quote is crossed.
    pub(super) fn of(away: &Consolidated) -> Option<Midpoint> {
        let (bid, ask) = away.bid().zip(away.ask())?;
        (bid.price <= ask.price).then(|| Midpoint(bid.price.0.saturating_add(ask.price.0)))
    }

    /// True if an order of this side and limit trades at it.
    #[inline]
    fn suits(self, side: Side, limit: Price) -> bool {
        let limit = limit.0.saturating_mul(2);
        match side {
            Side::Buy => limit >= self.0,
            Side::Sell => limit <= self.0,
        }
    }

    /// In whole ticks, in favour of an order of this side.
    fn rounded(self, side: Side) -> Price {
        let up = match side {
            Side::Buy => 0,
            Side::Sell => 1,
        };
        Price((self.0 + up).div_euclid(2))
    }
}

/// An order that rests, or comes in.
#[derive(Clone, Copy, Debug)]
pub(super) struct DarkOrder {
    pub(super) id: OrderId,
    pub(super) side: Side,
    pub(super) limit: Price,
    pub(super) left: u64,
    pub(super) min_qty: u64,
    /// When it came to the end of its queue.
    pub(super) arrival: u64,
}

impl DarkOrder {
    /// The least quantity of a trade with it.
    fn least(&self) -> u64 {
        self.min_qty.min(self.left)
    }
}

/// A trade of two orders. What is left is after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// The order that came first.
    pub(super) maker: DarkOrder,
    /// The other one.
    pub(super) taker: DarkOrder,
    pub(super) price: Price,
    pub(super) qty: u64,
}

/// The orders of one symbol.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// By their places; those that are free have nothing left.
    slots: Vec<DarkOrder>,
    free: Vec<u32>,
    /// The places of the buys and of the sells, by their priority.
    queues: [Vec<u32>; 2],
    arrivals: u64,
    priority: DarkPriority,
    /// Units of the currency in one tick × one lot.
    tick_lot: i64,
    /// What one trade may be worth at most.
    worth: u64,
    /// The midpoint at which no two resting orders can trade, as they are.
    settled: Option<Midpoint>,
}

impl Pool {
    pub(super) fn new(priority: DarkPriority, tick_lot: i64, worth: u64) -> Pool {
        let (slots, free, queues) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
        Pool { slots, free, queues, arrivals: 0, priority, tick_lot, worth, settled: None }
    }

    /// The order at a place.
    pub(super) fn at(&self, place: u32) -> Option<&DarkOrder> {
        self.slots.get(place as usize).filter(|order| order.left > 0)
    }

    /// An order that comes now.
    pub(super) fn arriving(
        &mut self,
        id: OrderId,
        side: Side,
        limit: Price,
        qty: Qty,
        min_qty: Qty,
    ) -> DarkOrder {
        self.arrivals += 1;
        DarkOrder { id, side, limit, left: qty.0, min_qty: min_qty.0, arrival: self.arrivals }
    }

    fn key(&self, order: &DarkOrder) -> (u64, u64) {
        match self.priority {
            DarkPriority::Time => (0, order.arrival),
            DarkPriority::SizeTime => (u64::MAX - order.left, order.arrival),
        }
    }

    /// Where in its queue an order of this priority is, or would be.
    fn rank(&self, order: &DarkOrder) -> usize {
        let key = self.key(order);
        let queue = &self.queues[order.side as usize];
        queue.partition_point(|&place| self.key(&self.slots[place as usize]) < key)
    }

    /// Puts an order in its place in the queue, which trades with nobody at the midpoint `now`. Where it lies.
    pub(super) fn rest(&mut self, order: DarkOrder, now: Option<Midpoint>) -> u32 {
        self.settled = self.settled.filter(|_| self.settled == now);
        self.insert(order)
    }

    fn insert(&mut self, order: DarkOrder) -> u32 {
        let rank = self.rank(&order);
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(order);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX) // more would not fit the memory
        });
        self.slots[place as usize] = order;
        self.queues[order.side as usize].insert(rank, place);
        place
    }

    /// Takes an order out.
    pub(super) fn take(&mut self, place: u32) -> Option<DarkOrder> {
        let order = *self.at(place)?;
        let rank = self.rank(&order);
        self.queues[order.side as usize].remove(rank);
        self.slots[place as usize].left = 0;
        self.free.push(place);
        Some(order)
    }

    /// Gives an order another size, with the same arrival.
    pub(super) fn resize(&mut self, place: u32, left: u64) {
        let Some(order) = self.take(place) else { return };
        if left > 0 {
            // The place is the last that became free.
            self.insert(DarkOrder { left, ..order });
        }
        self.settled = None;
    }

    /// True if the two trade at a midpoint that suits both: of two that do not, one may get smaller and then do.
    fn agree(one: &DarkOrder, other: &DarkOrder) -> bool {
        let qty = one.left.min(other.left);
        one.id.agent() != other.id.agent() && qty >= one.least() && qty >= other.least()
    }

    /// The first order that one trades with.
    fn counterparty(&self, order: &DarkOrder, at: Midpoint) -> Option<u32> {
        if !at.suits(order.side, order.limit) {
            return None;
        }
        let queue = self.queues[!order.side as usize].iter().copied();
        queue.into_iter().find(|&place| {
            let other = &self.slots[place as usize];
            at.suits(other.side, other.limit) && Pool::agree(order, other)
        })
    }

    /// What the two trade.
    fn priced(&self, one: DarkOrder, other: DarkOrder, at: Midpoint) -> Match {
        let (maker, taker) = if one.arrival < other.arrival { (one, other) } else { (other, one) };
        let price = at.rounded(maker.side);
        let lot = price.0.unsigned_abs().saturating_mul(self.tick_lot.unsigned_abs());
        let qty = one.left.min(other.left).min((self.worth / lot.max(1)).max(1));
        let less = |order: DarkOrder| DarkOrder { left: order.left - qty, ..order };
        Match { maker: less(maker), taker: less(taker), price, qty }
    }

    /// True if an incoming order could trade now.
    pub(super) fn would_trade(&self, order: &DarkOrder, at: Option<Midpoint>) -> bool {
        at.is_some_and(|at| self.counterparty(order, at).is_some())
    }

    /// How much of an incoming order would trade now, of all that is left of it.
    pub(super) fn would_fill(&self, order: &DarkOrder, at: Option<Midpoint>) -> u64 {
        let Some(at) = at.filter(|at| at.suits(order.side, order.limit)) else { return 0 };
        let mut left = *order;
        for &place in &self.queues[!order.side as usize] {
            let other = &self.slots[place as usize];
            if left.left > 0 && at.suits(other.side, other.limit) && Pool::agree(&left, other) {
                left.left -= left.left.min(other.left);
            }
        }
        order.left - left.left
    }

    /// The next trade of an incoming order, and where the other one lies.
    pub(super) fn next_for(&mut self, order: &mut DarkOrder, at: Option<Midpoint>) -> Option<(Match, u32)> {
        let at = at?;
        let place = self.counterparty(order, at)?;
        let other = self.slots[place as usize];
        let found = self.priced(*order, other, at);
        order.left -= found.qty;
        self.resize(place, other.left - found.qty);
        Some((found, place))
    }

    /// The next trade of two resting orders, and where they lie.
    pub(super) fn next(&mut self, at: Option<Midpoint>) -> Option<(Match, [u32; 2])> {
        let at = at.filter(|at| self.settled != Some(*at))?;
        let buys = self.queues[Side::Buy as usize].iter().copied();
        let pair = buys.into_iter().find_map(|buy| {
            let sell = self.counterparty(&self.slots[buy as usize], at)?;
            Some((buy, sell))
        });
        let Some((buy, sell)) = pair else {
            self.settled = Some(at);
            return None;
        };
        let found = self.priced(self.slots[buy as usize], self.slots[sell as usize], at);
        for place in [buy, sell] {
            self.resize(place, self.slots[place as usize].left - found.qty);
        }
        Some((found, [buy, sell]))
    }

    /// All orders, the buys first, by their priority.
    pub(super) fn orders(&self) -> impl Iterator<Item = &DarkOrder> {
        self.queues.iter().flatten().map(|&place| &self.slots[place as usize])
    }
}
