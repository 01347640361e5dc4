//! One side of the book: which level is where, and which is the best.

use super::cells::{Cells, NONE};
use super::far::Far;
use super::window::Window;

/// The smallest and the largest window, in ticks: 1 KiB and 256 KiB of slots.
const LEAST: usize = 256;
const MOST: usize = 1 << 16;

/// A side in keys: a greater key is a better price. Levels better than the window are in `above`, worse
/// ones in `below`.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// The key of the best level, the least number when the side is empty.
    pub best_key: i64,
    /// The best level, or `NONE`.
    pub best: u32,
    /// How many levels there are.
    count: u32,
    /// Steps in the trees that a better placed window would have saved.
    debt: u32,
    near: Window,
    above: Far,
    below: Far,
}

impl Side {
    pub(super) const fn new() -> Side {
        Side {
            best_key: i64::MIN,
            best: NONE,
            count: 0,
            debt: 0,
            near: Window::new(),
            above: Far::new(),
            below: Far::new(),
        }
    }

    /// The level of `key` if it is in the window, else `NONE`.
    #[inline(always)]
    pub(super) fn near(&self, key: i64) -> u32 {
        self.near.get(key)
    }

    fn far(&mut self, key: i64) -> &mut Far {
        if key < self.near.base() { &mut self.below } else { &mut self.above }
    }

    /// The level of `key`, or `NONE`.
    #[inline(always)]
    pub(super) fn find(&self, key: i64, cells: &Cells) -> u32 {
        if self.near.index(key) < self.near.len() { self.near(key) } else { self.find_far(key, cells) }
    }

    #[inline(never)]
    fn find_far(&self, key: i64, cells: &Cells) -> u32 {
        if key < self.near.base() { self.below.find(key, cells) } else { self.above.find(key, cells) }
    }

    /// The best level worse than `key`, or `NONE`.
    pub(super) fn next(&self, key: i64, cells: &Cells) -> u32 {
        let mut index = self.near.index(key);
        if index >= self.near.len() {
            if key < self.near.base() {
                return self.below.below(key, cells);
            }
            let level = self.above.below(key, cells);
            if level != NONE {
                return level;
            }
            index = self.near.len();
        }
        let level = self.near.below(index);
        if level == NONE && !self.below.is_empty() { self.below.best(cells) } else { level }
    }

    /// All levels, best first.
    pub(super) fn levels<'a>(&'a self, cells: &'a Cells) -> impl Iterator<Item = u32> + 'a {
        let (mut walk, mut end, mut in_window) = (self.above.walk(cells), self.near.len(), true);
        let known = |level: u32| (level != NONE).then_some(level);
        std::iter::from_fn(move || {
            let level = walk.next(cells);
            if level != NONE || !in_window {
                return known(level);
            }
            let level = self.near.below(end);
            if level != NONE {
                end = self.near.index(cells.at(level).key());
                return Some(level);
            }
            in_window = false;
            walk = self.below.walk(cells);
            known(walk.next(cells))
        })
    }

    /// The level of `key`, which is opened if it is not there.
    pub(super) fn open(&mut self, key: i64, cells: &mut Cells) -> u32 {
        if self.count == 0 {
            let len = self.near.len().max(LEAST);
            self.near.place(Window::base_for(key, len), len);
            self.debt = 0;
        }
        let mut index = self.near.index(key);
        if index >= self.near.len() {
            let level = self.far(key).find(key, cells);
            if level != NONE {
                self.charge(key, cells);
                return level;
            }
        }
        self.count += 1;
        let level = cells.open_level(key);
        if self.best == NONE || key > self.best_key {
            (self.best, self.best_key) = (level, key);
        }
        if index >= self.near.len() {
            self.charge(key, cells);
            index = self.near.index(key);
        }
        self.list(level, key, index, cells);
        level
    }

    fn list(&mut self, level: u32, key: i64, index: usize, cells: &mut Cells) {
        if index < self.near.len() {
            self.near.put(index, level);
        } else {
            self.far(key).insert(level, cells);
        }
    }

    /// Strikes a level without orders off.
    pub(super) fn close(&mut self, level: u32, cells: &mut Cells) {
        let key = cells.at(level).key();
        let index = self.near.index(key);
        self.count -= 1;
        let mut next = NONE;
        if index < self.near.len() {
            self.near.remove(index);
        } else if level == self.best {
            next = self.far(key).pop_best(cells);
        } else {
            self.far(key).remove(level, cells);
        }
        if level == self.best {
            if next == NONE {
                next = self.next(key, cells);
            }
            self.best = next;
            self.best_key = if next == NONE { i64::MIN } else { cells.at(next).key() };
        }
        cells.close_level(level);
        if index >= self.near.len() {
            self.charge(key, cells);
        }
    }

    /// Ticks the window should have: enough for the levels there are at usual spacing, not more.
    fn fitting(&self) -> usize {
        (self.count as usize * 8).next_power_of_two().clamp(LEAST, MOST)
    }

    /// Counts a step outside the window that a window around the best price would have saved, and moves
    /// the window when there were as many as moving it costs. So no sequence of prices, however wild, pays
    /// more than its logarithmic share.
    fn charge(&mut self, key: i64, cells: &mut Cells) {
        if self.best == NONE {
            return;
        }
        let len = self.near.len().max(self.fitting());
        let base = Window::base_for(self.best_key, len);
        if key.wrapping_sub(base) as u64 >= len as u64 {
            return;
        }
        self.debt += 1;
        if self.debt > 64 + self.count / 4 {
            self.debt = 0;
            // A window four times too long shrinks.
            let len = if self.fitting() * 4 <= len { self.fitting() } else { len };
            self.move_window(Window::base_for(self.best_key, len), len, cells);
        }
    }

    fn move_window(&mut self, base: i64, len: usize, cells: &mut Cells) {
        // The levels of the window are chained through the links that only far levels use.
        let mut chain = NONE;
        loop {
            let level = self.near.below(self.near.len());
            if level == NONE {
                break;
            }
            self.near.remove(self.near.index(cells.at(level).key()));
            cells.set_left(level, chain);
            chain = level;
        }
        // So are the far levels that will be in it; those on either side of it stay in one piece.
        self.below.join(&mut self.above, cells);
        let mut inside = self.below.split(base, cells);
        if let Some(end) = base.checked_add(len as i64) {
            self.above = inside.split(end, cells);
        }
        let mut level = inside.best(cells);
        while level != NONE {
            let next = inside.pop_best(cells);
            cells.set_left(level, chain);
            chain = level;
            level = next;
        }
        self.near.place(base, len);
        while chain != NONE {
            let row = cells.at(chain);
            let (level, key, next) = (chain, row.key(), row.left());
            self.list(level, key, self.near.index(key), cells);
            chain = next;
        }
    }

    pub(super) fn clear(&mut self) {
        let mut near = std::mem::replace(&mut self.near, Window::new());
        near.empty();
        *self = Side::new();
        self.near = near;
    }

    /// Checks the counts and the bitmaps, given how many levels a walk from the best has met.
    pub(super) fn check(&self, in_order: usize) -> Result<(), String> {
        self.near.check()?;
        if in_order != self.count as usize {
            return Err(format!("{in_order} levels in order, {} counted", self.count));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A side with a level at each of these keys.
    fn side(keys: impl Iterator<Item = i64>) -> (Side, Cells) {
        let (mut side, mut cells) = (Side::new(), Cells::new());
        for key in keys {
            side.open(key, &mut cells);
        }
        (side, cells)
    }

    fn close(side: &mut Side, key: i64, cells: &mut Cells) {
        let level = side.find(key, cells);
        side.close(level, cells);
    }

    #[test]
    fn the_window_follows_the_best_price() {
        let (mut side, mut cells) = side(0..100);
        for step in 0..200_000i64 {
            side.open(step + 100, &mut cells);
            close(&mut side, step, &mut cells);
            assert_eq!(side.best_key, step + 100);
        }
        assert!(side.near.index(side.best_key) <= side.near.len() + 200, "lost sight of the best price");
        assert!(side.near.len() <= 4 * side.fitting());
        side.check(100).expect("a sound side");
    }

    #[test]
    fn the_window_grows_with_the_levels_in_reach() {
        let (mut side, mut cells) = side((0..5_000).rev());
        let far = (0..5_000).filter(|&key| side.near(key) == NONE).count();
        assert!(far < 200, "{far} levels are outside");
        for key in 0..4_990 {
            close(&mut side, key, &mut cells);
        }
        side.check(10).expect("a sound side");
    }

    #[test]
    fn the_window_is_not_thrown_between_worlds() {
        let (mut side, mut cells) = side(0..400);
        let (mut base, mut moves) = (side.near.base(), 0);
        for round in 0..10_000i64 {
            // The best price is now here, now a million million ticks away; both ends are busy.
            for key in [1_000_000_000_000 + round % 7, 400 + round % 7] {
                side.open(key, &mut cells);
                assert_eq!(side.best_key, key);
                close(&mut side, key, &mut cells);
                assert_eq!(side.best_key, 399);
                moves += u32::from(side.near.base() != base);
                base = side.near.base();
            }
        }
        assert!(moves < 10_000 / 50, "{moves} moves");
        side.check(400).expect("a sound side");
    }
}
