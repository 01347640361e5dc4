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

    /// The worst level.
    pub(super) fn worst(&self, cells: &Cells) -> u32 {
        let (mut at, mut worst) = (self.root, NONE);
        while at != NONE {
            worst = at;
            at = cells.at(at).left();
        }
        worst
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
        let (mut worse, mut better) = (cells.at(level).left(), cells.at(level).right());
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
                prop_assert_eq!(far.worst(&cells), or_none(map.values().next()));
                for at in -41..=41 {
                    prop_assert_eq!(far.find(at, &cells), or_none(map.get(&at)));
                    prop_assert_eq!(far.below(at, &cells), or_none(map.range(..at).next_back().map(|x| x.1)));
                }
            }
        }
    }
}
