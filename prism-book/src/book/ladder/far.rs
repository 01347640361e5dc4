//! The levels outside the window: a treap whose nodes are the levels themselves, so that a price at any
//! distance costs logarithmic time and no memory of its own.
//!
//! R. Seidel, C. R. Aragon, *Randomized search trees*, Algorithmica 16, 1996. The priorities are a hash of
//! the key, so the shape of the tree depends only on what is in it.

use super::levels::{Levels, NONE};

/// Where a link to a subtree is kept.
#[derive(Clone, Copy)]
enum Link {
    Root,
    Left(u32),
    Right(u32),
}

/// An ordered set of levels.
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

    fn at(&self, link: Link, levels: &Levels) -> u32 {
        match link {
            Link::Root => self.root,
            Link::Left(level) => levels.row(level).left,
            Link::Right(level) => levels.row(level).right,
        }
    }

    fn set(&mut self, link: Link, to: u32, levels: &mut Levels) {
        match link {
            Link::Root => self.root = to,
            Link::Left(level) => levels.row_mut(level).left = to,
            Link::Right(level) => levels.row_mut(level).right = to,
        }
    }

    /// The level of `key`.
    pub(super) fn find(&self, key: i64, levels: &Levels) -> u32 {
        let mut at = self.root;
        while at != NONE {
            let row = levels.row(at);
            if row.key == key {
                break;
            }
            at = if key < row.key { row.left } else { row.right };
        }
        at
    }

    /// The best level worse than `key`.
    pub(super) fn below(&self, key: i64, levels: &Levels) -> u32 {
        let (mut at, mut best) = (self.root, NONE);
        while at != NONE {
            let row = levels.row(at);
            if row.key < key {
                best = at;
                at = row.right;
            } else {
                at = row.left;
            }
        }
        best
    }

    /// The best level.
    pub(super) fn best(&self, levels: &Levels) -> u32 {
        let (mut at, mut best) = (self.root, NONE);
        while at != NONE {
            best = at;
            at = levels.row(at).right;
        }
        best
    }

    /// The worst level.
    pub(super) fn worst(&self, levels: &Levels) -> u32 {
        let (mut at, mut worst) = (self.root, NONE);
        while at != NONE {
            worst = at;
            at = levels.row(at).left;
        }
        worst
    }

    /// Puts a level in whose key is not there yet.
    pub(super) fn insert(&mut self, level: u32, levels: &mut Levels) {
        let key = levels.row(level).key;
        let mut link = Link::Root;
        let mut at = self.root;
        while at != NONE && priority(levels.row(at).key) > priority(key) {
            link = if key < levels.row(at).key { Link::Left(at) } else { Link::Right(at) };
            at = self.at(link, levels);
        }
        self.set(link, level, levels);
        // What hung here is split into the worse and the better prices, along the search path.
        let (mut worse, mut better) = (Link::Left(level), Link::Right(level));
        while at != NONE {
            if levels.row(at).key < key {
                self.set(worse, at, levels);
                worse = Link::Right(at);
                at = levels.row(at).right;
            } else {
                self.set(better, at, levels);
                better = Link::Left(at);
                at = levels.row(at).left;
            }
        }
        self.set(worse, NONE, levels);
        self.set(better, NONE, levels);
    }

    /// Takes a level out that is there.
    pub(super) fn remove(&mut self, level: u32, levels: &mut Levels) {
        let key = levels.row(level).key;
        let mut link = Link::Root;
        let mut at = self.root;
        while at != level && at != NONE {
            link = if key < levels.row(at).key { Link::Left(at) } else { Link::Right(at) };
            at = self.at(link, levels);
        }
        let (mut worse, mut better) = (levels.row(level).left, levels.row(level).right);
        while worse != NONE && better != NONE {
            if priority(levels.row(worse).key) > priority(levels.row(better).key) {
                self.set(link, worse, levels);
                link = Link::Right(worse);
                worse = levels.row(worse).right;
            } else {
                self.set(link, better, levels);
                link = Link::Left(better);
                better = levels.row(better).left;
            }
        }
        self.set(link, if worse == NONE { better } else { worse }, levels);
    }
}
