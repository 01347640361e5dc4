//! The levels of a book in one slab: a level keeps its number for as long as anything rests at its price,
//! wherever it is listed.

/// No level.
pub(super) const NONE: u32 = u32::MAX;

/// What rests at one price of one side.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(super) struct Row {
    /// How good the price is: greater is better, on both sides.
    pub key: i64,
    /// Total size, modulo 2^64 (see `Ladder::wide`).
    pub qty: u64,
    /// The first chunk of the queue.
    pub head: u32,
    /// The slot the next order gets; its low bits say "full" when that needs a new chunk.
    pub tail: u32,
    /// The worse prices below it in the tree of far levels; also the link of the list of unused rows.
    pub left: u32,
    /// The better prices below it in the tree.
    pub right: u32,
}

/// A slab of levels.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    rows: Vec<Row>,
    unused: u32,
}

impl Levels {
    pub(super) const fn new() -> Levels {
        Levels { rows: Vec::new(), unused: NONE }
    }

    #[inline(always)]
    pub(super) fn row(&self, level: u32) -> &Row {
        &self.rows[level as usize]
    }

    #[inline(always)]
    pub(super) fn row_mut(&mut self, level: u32) -> &mut Row {
        &mut self.rows[level as usize]
    }

    /// A new level without orders.
    pub(super) fn open(&mut self, key: i64) -> u32 {
        let row = Row { key, qty: 0, head: u32::MAX, tail: u32::MAX, left: NONE, right: NONE };
        if self.unused == NONE {
            self.rows.push(row);
            return u32::try_from(self.rows.len() - 1).unwrap_or(NONE);
        }
        let level = self.unused;
        self.unused = self.row(level).left;
        *self.row_mut(level) = row;
        level
    }

    /// Gives a level back.
    pub(super) fn close(&mut self, level: u32) {
        self.row_mut(level).left = self.unused;
        self.unused = level;
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.unused = NONE;
    }
}
