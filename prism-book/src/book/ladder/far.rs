//! The cells outside the window: a treap whose nodes are the cells themselves, so that a price at any
//! distance costs logarithmic time and no memory of its own.
//!
//! R. Seidel, C. R. Aragon, *Randomized search trees*, Algorithmica 16, 1996. The priorities are a hash of
//! the key, so the shape of the tree depends only on what is in it.

use super::cells::{Cells, NONE};

/// Where a link to a subtree is kept.
#[derive(Clone, Copy)]
enum Link {
    Root,
    Left(u32),
    Right(u32),
}

/// An ordered set of cells.
#[derive(Clone, Debug)]
pub(super) struct Far {
    root: u32,
}

/// The finaliser of splitmix64: a permutation, so no two keys have the same priority.
const fn priority(key: i64) -> u64 {
    let mut z = (key as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// How much of its path a walk remembers: a tree of a million levels is hardly ever deeper.
const PATH: usize = 64;

/// A walk through the levels of a tree, best first, which meets each node once.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// The nodes whose worse subtree is still to come, the next one last.
    path: [u32; PATH],
    len: usize,
    root: u32,
    /// The key of the level that was met last.
    last: i64,
    /// The beginning of the path did not fit: when the rest of it is used up the tree is searched.
    lost: bool,
}

impl Walk {
    /// Puts a subtree before what is to come.
    fn descend(&mut self, mut at: u32, cells: &Cells) {
        while at != NONE {
            if self.len == PATH {
                self.path.copy_within(PATH / 2.., 0);
                self.len = PATH / 2;
                self.lost = true;
            }
            self.path[self.len] = at;
            self.len += 1;
            let row = cells.at(at);
            cells.fetch(row.left());
            at = row.right();
        }
    }

    /// The next level, or `NONE`.
    pub(super) fn next(&mut self, cells: &Cells) -> u32 {
        let level = if self.len > 0 {
            self.len -= 1;
            self.path[self.len]
        } else if self.lost {
            let level = Far { root: self.root }.below(self.last, cells);
            if level == NONE {
                return NONE;
            }
            self.last = cells.at(level).key();
            return level;
        } else {
            return NONE;
        };
        self.last = cells.at(level).key();
        self.descend(cells.at(level).left(), cells);
        level
    }
}

impl Far {
    pub(super) const fn new() -> Far {
        Far { root: NONE }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.root == NONE
    }

    fn at(&self, link: Link, cells: &Cells) -> u32 {
        match link {
            Link::Root => self.root,
            Link::Left(level) => cells.at(level).left(),
            Link::Right(level) => cells.at(level).right(),
        }
    }

    fn set(&mut self, link: Link, to: u32, cells: &mut Cells) {
        match link {
            Link::Root => self.root = to,
            Link::Left(level) => cells.set_left(level, to),
            Link::Right(level) => cells.set_right(level, to),
        }
    }

    /// The level of `key`.
    pub(super) fn find(&self, key: i64, cells: &Cells) -> u32 {
        let mut at = self.root;
        while at != NONE {
            let row = cells.at(at);
            if row.key() == key {
                break;
            }
            at = if key < row.key() { row.left() } else { row.right() };
        }
        at
    }

    /// The best level worse than `key`.
    pub(super) fn below(&self, key: i64, cells: &Cells) -> u32 {
        let (mut at, mut best) = (self.root, NONE);
        while at != NONE {
            let row = cells.at(at);
            if row.key() < key {
                best = at;
                at = row.right();
            } else {
                at = row.left();
            }
        }
        best
    }

    /// The best level.
    pub(super) fn best(&self, cells: &Cells) -> u32 {
        let (mut at, mut best) = (self.root, NONE);
        while at != NONE {
            best = at;
            at = cells.at(at).right();
        }
        best
    }

    /// Takes the best level out. Returns the one that is the best then.
    pub(super) fn pop_best(&mut self, cells: &mut Cells) -> u32 {
        let (mut above, mut best) = (NONE, self.root);
        while cells.at(best).right() != NONE {
            above = best;
            best = cells.at(best).right();
        }
        let left = cells.at(best).left();
        let link = if above == NONE { Link::Root } else { Link::Right(above) };
        self.set(link, left, cells);
        if above != NONE {
            // It will be the best soon: what is looked at then is brought into the cache.
            cells.fetch(cells.at(above).next);
            cells.fetch(cells.at(above).left());
        }
        let (mut next, mut at) = (above, left);
        while at != NONE {
            next = at;
            at = cells.at(at).right();
        }
        next
    }

    /// Takes the levels of another tree in, which are all better than those of this one.
    pub(super) fn join(&mut self, better: &mut Far, cells: &mut Cells) {
        let better = std::mem::replace(&mut better.root, NONE);
        self.hang(Link::Root, (self.root, better), cells);
    }

    /// Splits those off that are not worse than `key`.
    pub(super) fn split(&mut self, key: i64, cells: &mut Cells) -> Far {
        let (mut at, mut better) = (self.root, Far::new());
        let (mut left, mut right) = (Link::Root, Link::Root);
        while at != NONE {
            if cells.at(at).key() < key {
                self.set(left, at, cells);
                left = Link::Right(at);
                at = cells.at(at).right();
            } else {
                better.set(right, at, cells);
                right = Link::Left(at);
                at = cells.at(at).left();
            }
        }
        self.set(left, NONE, cells);
        better.set(right, NONE, cells);
        better
    }

    /// A walk through all levels, best first.
    pub(super) fn walk(&self, cells: &Cells) -> Walk {
        let mut walk = Walk { path: [NONE; PATH], len: 0, root: self.root, last: i64::MAX, lost: false };
        walk.descend(self.root, cells);
        walk
    }

    /// Puts a level in whose key is not there yet.
    pub(super) fn insert(&mut self, level: u32, cells: &mut Cells) {
        let key = cells.at(level).key();
        let mut link = Link::Root;
        let mut at = self.root;
        while at != NONE && priority(cells.at(at).key()) > priority(key) {
            link = if key < cells.at(at).key() { Link::Left(at) } else { Link::Right(at) };
            at = self.at(link, cells);
        }
        self.set(link, level, cells);
        // What hung here is split into the worse and the better prices, along the search path.
        let (mut worse, mut better) = (Link::Left(level), Link::Right(level));
        while at != NONE {
            if cells.at(at).key() < key {
                self.set(worse, at, cells);
                worse = Link::Right(at);
                at = cells.at(at).right();
            } else {
                self.set(better, at, cells);
                better = Link::Left(at);
                at = cells.at(at).left();
            }
        }
        self.set(worse, NONE, cells);
        self.set(better, NONE, cells);
    }

    /// Takes a level out that is there.
    pub(super) fn remove(&mut self, level: u32, cells: &mut Cells) {
        let key = cells.at(level).key();
        let mut link = Link::Root;
        let mut at = self.root;
        while at != level && at != NONE {
            link = if key < cells.at(at).key() { Link::Left(at) } else { Link::Right(at) };
            at = self.at(link, cells);
        }
        self.hang(link, (cells.at(level).left(), cells.at(level).right()), cells);
    }

    /// Hangs two trees at a link as one; the levels of the first are all worse than those of the second.
    fn hang(&mut self, mut link: Link, (mut worse, mut better): (u32, u32), cells: &mut Cells) {
        while worse != NONE && better != NONE {
            if priority(cells.at(worse).key()) > priority(cells.at(better).key()) {
                self.set(link, worse, cells);
                link = Link::Right(worse);
                worse = cells.at(worse).right();
            } else {
                self.set(link, better, cells);
                link = Link::Left(better);
                better = cells.at(better).left();
            }
        }
        self.set(link, if worse == NONE { better } else { worse }, cells);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn depth(level: u32, cells: &Cells) -> usize {
        if level == NONE {
            return 0;
        }
        1 + depth(cells.at(level).left(), cells).max(depth(cells.at(level).right(), cells))
    }

    /// No priority is above that of its parent: the shape does not depend on the order of the changes.
    fn is_heap(level: u32, cells: &Cells) -> bool {
        let row = cells.at(level);
        [row.left(), row.right()]
            .into_iter()
            .filter(|&child| child != NONE)
            .all(|child| priority(cells.at(child).key()) < priority(row.key()) && is_heap(child, cells))
    }

    #[test]
    fn priorities_are_the_published_numbers_of_splitmix64() {
        // The first three numbers of the generator with seed 1234567, whose state grows by the golden gamma.
        let state = |n: u64| 1_234_567_u64.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)) as i64;
        let numbers = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|n| priority(state(n))), numbers);
    }

    #[test]
    fn rising_keys_make_no_list() {
        let (mut far, mut cells) = (Far::new(), Cells::new());
        for key in 0..50_000 {
            let level = cells.open_level(key * 1_000_000);
            far.insert(level, &mut cells);
        }
        assert!(depth(far.root, &cells) < 60, "{} steps for 50,000 levels", depth(far.root, &cells));
    }

    /// A path that is longer than what a walk remembers: a list, which no tree of this kind is.
    #[test]
    fn a_walk_that_has_lost_its_path_goes_on() {
        let mut cells = Cells::new();
        let levels: Vec<u32> = (0..500).map(|key| cells.open_level(key)).collect();
        for pair in levels.windows(2) {
            cells.set_right(pair[0], pair[1]);
        }
        let far = Far { root: levels[0] };
        let mut walk = far.walk(&cells);
        let walked: Vec<u32> = (0..500).map(|_| walk.next(&cells)).collect();
        assert!(walked.iter().eq(levels.iter().rev()));
        assert_eq!(walk.next(&cells), NONE);
    }

    proptest! {
        #[test]
        fn behaves_as_a_sorted_map(keys in prop::collection::vec(-40i64..40, 1..400)) {
            let (mut far, mut cells, mut map) = (Far::new(), Cells::new(), BTreeMap::new());
            for key in keys {
                if let Some(level) = map.remove(&key) {
                    far.remove(level, &mut cells);
                    cells.close_level(level);
                } else {
                    let level = cells.open_level(key);
                    far.insert(level, &mut cells);
                    map.insert(key, level);
                }
                prop_assert!(far.is_empty() || is_heap(far.root, &cells));
                let or_none = |level: Option<&u32>| level.copied().unwrap_or(NONE);
                prop_assert_eq!(far.is_empty(), map.is_empty());
                prop_assert_eq!(far.best(&cells), or_none(map.values().next_back()));
                let mut walk = far.walk(&cells);
                let walked: Vec<u32> =
                    std::iter::from_fn(|| Some(walk.next(&cells)).filter(|&level| level != NONE)).collect();
                prop_assert!(walked.iter().eq(map.values().rev()));
                if let Some((&best, _)) = map.iter().next_back().filter(|_| map.len() % 3 == 0) {
                    let level = map.remove(&best).unwrap_or(NONE);
                    prop_assert_eq!(far.pop_best(&mut cells), or_none(map.values().next_back()));
                    cells.close_level(level);
                }
                let at = map.len() as i64 % 81 - 40;
                let mut better = far.split(at, &mut cells);
                prop_assert_eq!(far.best(&cells), or_none(map.range(..at).next_back().map(|x| x.1)));
                let mut walk = better.walk(&cells);
                for level in map.range(at..).rev().map(|x| *x.1) {
                    prop_assert_eq!(walk.next(&cells), level);
                }
                prop_assert_eq!(walk.next(&cells), NONE);
                far.join(&mut better, &mut cells);
                prop_assert!(better.is_empty());
                prop_assert!(far.is_empty() || is_heap(far.root, &cells));
                for at in -41..=41 {
                    prop_assert_eq!(far.find(at, &cells), or_none(map.get(&at)));
                    prop_assert_eq!(far.below(at, &cells), or_none(map.range(..at).next_back().map(|x| x.1)));
                }
            }
        }
    }
}
