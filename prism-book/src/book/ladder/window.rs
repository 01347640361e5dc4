//! The prices around the touch: one place a tick, with a two-level bitmap of the occupied ones.

use super::cells::NONE;

/// A run of consecutive keys, a power of two long, each with its level.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The worst key, a multiple of 64.
    base: i64,
    slots: Vec<u32>,
    /// A bit for each slot.
    words: Vec<u64>,
    /// A bit for each word that is not zero.
    blocks: Vec<u64>,
}

impl Window {
    pub(super) const fn new() -> Window {
        Window { base: 0, slots: Vec::new(), words: Vec::new(), blocks: Vec::new() }
    }

    /// Ticks.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) const fn base(&self) -> i64 {
        self.base
    }

    /// The lowest key of a window of `len` ticks in which `best` has some room above it and most of the
    /// window, where orders rest, below it.
    pub(super) fn base_for(best: i64, len: usize) -> i64 {
        let len = len as i64;
        // Above this the window would pass the end of the numbers, and `index` would not be exact.
        (best.saturating_sub(len / 4 * 3) & !63).min(i64::MAX - (len - 1))
    }

    /// The place of `key`; `len` or more if it is outside.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // no target has less than 64 bits and a book of this size
    pub(super) const fn index(&self, key: i64) -> usize {
        key.wrapping_sub(self.base) as u64 as usize
    }

    /// The level at `key`, `NONE` also when the key is outside.
    #[inline(always)]
    pub(super) fn get(&self, key: i64) -> u32 {
        self.slots.get(self.index(key)).copied().unwrap_or(NONE)
    }

    /// Moves the empty window.
    pub(super) fn place(&mut self, base: i64, len: usize) {
        self.base = base;
        if len != self.slots.len() {
            self.slots = vec![NONE; len];
            self.words = vec![0; len / 64];
            self.blocks = vec![0; len.div_ceil(4096)];
        }
    }

    /// Takes all levels out.
    pub(super) fn empty(&mut self) {
        self.slots.fill(NONE);
        self.words.fill(0);
        self.blocks.fill(0);
    }

    pub(super) fn put(&mut self, index: usize, level: u32) {
        self.slots[index] = level;
        self.words[index >> 6] |= 1 << (index & 63);
        self.blocks[index >> 12] |= 1 << (index >> 6 & 63);
    }

    pub(super) fn remove(&mut self, index: usize) {
        self.slots[index] = NONE;
        let word = &mut self.words[index >> 6];
        *word &= !(1 << (index & 63));
        if *word == 0 {
            self.blocks[index >> 12] &= !(1 << (index >> 6 & 63));
        }
    }

    /// The level of the best key below place `index`, which may be `len`.
    #[inline]
    pub(super) fn below(&self, index: usize) -> u32 {
        let Some(last) = index.checked_sub(1) else { return NONE };
        let at = last >> 6;
        let Some(word) = self.words.get(at) else { return NONE };
        let word = word & !0 >> (63 - (last & 63));
        if word != 0 {
            return self.slots[at << 6 | top_bit(word)];
        }
        let mut block = at >> 6;
        let mut bits = self.blocks[block] & !(!0 << (at & 63));
        loop {
            if bits != 0 {
                let at = block << 6 | top_bit(bits);
                return self.slots[at << 6 | top_bit(self.words[at])];
            }
            if block == 0 {
                return NONE;
            }
            block -= 1;
            bits = self.blocks[block];
        }
    }

    /// Checks the bitmaps against the slots.
    pub(super) fn check(&self) -> Result<(), String> {
        for (index, &level) in self.slots.iter().enumerate() {
            if (level != NONE) != (self.words[index >> 6] >> (index & 63) & 1 == 1) {
                return Err(format!("bit of slot {index}"));
            }
        }
        for (at, &word) in self.words.iter().enumerate() {
            if (word != 0) != (self.blocks[at >> 6] >> (at & 63) & 1 == 1) {
                return Err(format!("bit of word {at}"));
            }
        }
        Ok(())
    }
}

#[inline(always)]
const fn top_bit(word: u64) -> usize {
    63 - word.leading_zeros() as usize
}
