//! Where orders stand in long queues, for whoever asks, at no cost for the rest.
//!
//! The first question about an order far back in a queue *lists* the orders up to it: each gets a slot in a
//! Fenwick tree of its level. A listed order does not name its level, so that the bounds check that everyone who
//! takes from it makes anyway sends them around, through here, where the tree is kept. Orders that nobody asked
//! about, new ones among them, go the usual way. A queue is thus three pieces:
//!
//! 1. at most one order that is not listed: a head that was partly filled;
//! 2. the listed orders;
//! 3. those that have come since.
//!
//! An order is listed at most once, apart from trees that are built anew when half of their slots are of orders
//! that have left. So a question and a change of a listed order take logarithmic time, and listing constant time
//! for each order that ever came, both amortised.

use super::cells::{Cells, NONE};
use super::fenwick::{Fenwick, Sum, steps};

/// Slots that a tree out of use keeps memory for.
const KEPT: usize = 1_024;

/// What is known of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Unlisted,
    /// An order in a slot of its level's tree.
    Slot { slot: u32, level: u32 },
    /// A level with this tree.
    Tree(u32),
}

/// A level's tree, and how many orders are in it.
#[derive(Clone, Debug, Default)]
struct Tree {
    sums: Fenwick,
    orders: usize,
}

/// The trees of all levels that were asked about.
#[derive(Clone, Debug, Default)]
pub(super) struct Positions {
    /// By cell, as far as the last question needed.
    places: Vec<Place>,
    trees: Vec<Tree>,
    unused: Vec<u32>,
}

impl Positions {
    pub(super) const fn new() -> Positions {
        Positions { places: Vec::new(), trees: Vec::new(), unused: Vec::new() }
    }

    /// True when some level has a tree.
    #[inline(always)]
    pub(super) fn any(&self) -> bool {
        self.trees.len() != self.unused.len()
    }

    fn place(&self, cell: u32) -> Place {
        self.places.get(cell as usize).copied().unwrap_or_default()
    }

    fn tree(&self, level: u32) -> Option<u32> {
        if let Place::Tree(tree) = self.place(level) { Some(tree) } else { None }
    }

    /// The level of a listed order.
    pub(super) fn level(&self, order: u32) -> Option<u32> {
        if let Place::Slot { level, .. } = self.place(order) { Some(level) } else { None }
    }

    /// True for a listed order.
    pub(super) fn lists(&self, order: u32) -> bool {
        self.level(order).is_some()
    }

    /// The slot of a listed order, and its tree.
    fn slot(&self, order: u32) -> Option<(usize, u32)> {
        let Place::Slot { slot, level } = self.place(order) else { return None };
        Some((slot as usize, self.tree(level)?))
    }

    /// True for a level with a tree.
    pub(super) fn has_tree(&self, level: u32) -> bool {
        self.tree(level).is_some()
    }

    /// What is listed before a listed order.
    pub(super) fn before(&self, order: u32) -> Sum {
        self.slot(order).map_or_else(Sum::default, |(slot, tree)| self.trees[tree as usize].sums.before(slot))
    }

    /// Lists the orders of a level up to `last`, which is not listed and before which some are not.
    pub(super) fn list(&mut self, last: u32, level: u32, cells: &mut Cells) {
        if self.places.len() < cells.len() {
            self.places.resize(cells.len(), Place::Unlisted);
        }
        let mut first = last;
        loop {
            steps::count();
            let before = cells.at(first).prev;
            if before == level || self.lists(before) {
                break;
            }
            first = before;
        }
        let tree = self.room(level, cells);
        self.append(tree, level, (first, last), cells);
    }

    /// The tree of a level, with no more slots of orders that have left than it has orders.
    fn room(&mut self, level: u32, cells: &mut Cells) -> u32 {
        let Some(tree) = self.tree(level) else {
            let tree = self.unused.pop().unwrap_or_else(|| {
                self.trees.push(Tree::default());
                u32::try_from(self.trees.len() - 1).unwrap_or(u32::MAX)
            });
            self.places[level as usize] = Place::Tree(tree);
            return tree;
        };
        let Tree { sums, orders } = &mut self.trees[tree as usize];
        if sums.len() > 2 * *orders {
            sums.clear(4 * *orders + KEPT);
            *orders = 0;
            let mut first = cells.at(level).next;
            while first != level && !self.lists(first) {
                first = cells.at(first).next;
            }
            let mut last = first;
            while self.lists(cells.at(last).next) {
                last = cells.at(last).next;
            }
            self.append(tree, level, (first, last), cells);
        }
        tree
    }

    /// Gives the orders of a queue from `first` to `last` the next slots of a tree.
    #[allow(clippy::cast_possible_truncation)] // there are at most twice as many slots as orders
    fn append(&mut self, tree: u32, level: u32, (first, last): (u32, u32), cells: &mut Cells) {
        let Tree { sums, orders } = &mut self.trees[tree as usize];
        let mut order = first;
        loop {
            steps::count();
            let cell = cells.at(order);
            let (next, sum) = (cell.next, Sum::one(cell.qty));
            self.places[order as usize] = Place::Slot { slot: sums.len() as u32, level };
            sums.push(sum);
            *orders += 1;
            cells.set_level(order, NONE);
            if order == last {
                break;
            }
            order = next;
        }
    }

    /// A listed order becomes smaller by `by`, of which more than that is left.
    pub(super) fn shrink(&mut self, order: u32, by: u64) {
        if let Some((slot, tree)) = self.slot(order) {
            self.trees[tree as usize].sums.take(slot, Sum::part(by));
        }
    }

    /// A listed order becomes one like any other, because it is about to leave.
    pub(super) fn strike(&mut self, order: u32, cells: &mut Cells) {
        let (Some((slot, at)), Some(level)) = (self.slot(order), self.level(order)) else { return };
        let tree = &mut self.trees[at as usize];
        tree.sums.take(slot, Sum::one(cells.at(order).qty));
        tree.orders -= 1;
        let empty = tree.orders == 0;
        self.unlist(order, level, cells);
        if empty {
            self.drop_tree(level);
        }
    }

    fn unlist(&mut self, order: u32, level: u32, cells: &mut Cells) {
        self.places[order as usize] = Place::Unlisted;
        cells.set_level(order, level);
    }

    fn drop_tree(&mut self, level: u32) {
        if let Some(at) = self.tree(level) {
            self.places[level as usize] = Place::Unlisted;
            let tree = &mut self.trees[at as usize];
            tree.sums.clear(KEPT);
            tree.orders = 0;
            self.unused.push(at);
        }
    }

    /// Strikes the first orders of a level that are together at least `qty`, because they are about to trade.
    pub(super) fn strike_front(&mut self, level: u32, mut qty: u64, cells: &mut Cells) {
        let mut order = cells.at(level).next;
        while qty != 0 && order != level {
            let cell = cells.at(order);
            let next = cell.next;
            qty = qty.saturating_sub(cell.qty);
            self.strike(order, cells);
            order = next;
        }
    }

    /// Strikes all orders of a level.
    pub(super) fn strike_all(&mut self, level: u32, cells: &mut Cells) {
        let mut order = cells.at(level).next;
        while order != level {
            if self.lists(order) {
                self.unlist(order, level, cells);
            }
            order = cells.at(order).next;
        }
        self.drop_tree(level);
    }

    /// Forgets everything. Listed cells are left as they are.
    pub(super) fn clear(&mut self) {
        if self.any() {
            *self = Positions::new();
        }
    }

    /// Checks a level's tree against the sums of its queue, given in order.
    pub(super) fn check(&self, level: u32, queue: impl Iterator<Item = (u32, u64)>) -> Result<(), String> {
        let tree = self.tree(level).map(|tree| &self.trees[tree as usize]);
        let (mut sum, mut orders, mut before, mut runs) = (Sum::default(), 0, false, 0);
        for (place, (order, qty)) in queue.enumerate() {
            let listed = self.lists(order);
            runs += usize::from(listed && !before);
            if listed && self.before(order) != sum {
                return Err(format!("order {order} of level {level}: {sum:?} are listed before it"));
            }
            if listed && !before && place > 1 {
                return Err(format!("{place} orders of level {level} are before the listed ones"));
            }
            if listed {
                orders += 1;
                sum = sum.and(Sum::one(qty));
            }
            before = listed;
        }
        if tree.map_or(0, |tree| tree.orders) != orders || tree.is_some() != (orders != 0) || runs > 1 {
            return Err(format!("level {level} lists {orders} orders in {runs} runs, its tree is {tree:?}"));
        }
        Ok(())
    }

    /// How many levels have a tree.
    pub(super) fn trees(&self) -> usize {
        self.trees.len() - self.unused.len()
    }
}
