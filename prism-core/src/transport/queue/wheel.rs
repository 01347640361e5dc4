//! The part of the [queue](super::queue) that holds any number of events at any distance.
//!
//! A 256-way hierarchical timing wheel (a monotone radix queue of base 256). An entry lies at the level of
//! the highest byte in which its time differs from `now`, in the slot which that byte names. Slots of level
//! 0 therefore hold one nanosecond each; when level 0 is empty the earliest slot of the lowest occupied
//! level is *opened*: `now` jumps to its earliest entry and the others move down, in the order in which they
//! came. So
//!
//! * a push and a pop cost a constant number of steps, with a hundred events pending or with a million;
//! * equal times leave in the order in which they were pushed, whatever their numbers: two entries of
//!   one time always lie in one slot, and no step ever reorders the entries of a slot;
//! * the earliest time is known without changing anything, so looking at it never forbids a later push.
//!
//! Entries lie in blocks of [`BLOCK`] in one pool; a slot is a chain of blocks, and an emptied block is the
//! next to be filled, while it is still in the cache. Nothing is allocated once the pool has reached the
//! size that a run needs.
//!
//! Hierarchical wheels: G. Varghese, T. Lauck, *Hashed and hierarchical timing wheels*, SOSP 1987. Monotone
//! radix queues: R. Ahuja, K. Mehlhorn, J. Orlin, R. Tarjan, *Faster algorithms for the shortest path
//! problem*, Journal of the ACM 37(2), 1990.

use crate::memory::prefetch;

/// Levels, one for each byte of a time.
const LEVELS: usize = 8;
/// Slots of one level, one for each value of a byte.
const WIDTH: usize = 256;
/// Entries of one block. Long blocks are read at the speed of memory when a million events are pending (64
/// entries take two thirds of the time of 16); the price is a pool of some kilobytes for each occupied slot.
const BLOCK: u32 = 64;
/// A position's block is the part above these bits.
const SHIFT: u32 = BLOCK.trailing_zeros();
/// A position's place in its block.
const MASK: u32 = BLOCK - 1;
/// The end of the list of free blocks.
const NONE: u32 = u32::MAX;

/// What is pending.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry<T> {
    /// When it is due, in nanoseconds.
    pub(super) at: u64,
    /// How many were pushed before it.
    pub(super) number: u64,
    pub(super) item: T,
}

/// Aligned, so that an entry of 64 bytes is one cache line and not halves of two. The odd line with the link
/// keeps the first entries of many blocks from falling into one set of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Block<T> {
    entries: [Entry<T>; BLOCK as usize],
    /// The next block of the chain, or the next free one.
    next: u32,
}

/// A chain of blocks. Positions count entries of the pool: block `p >> SHIFT`, place `p & MASK`.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// Where the first entry lies.
    head: u32,
    /// Where the next entry goes, if its block has room: a multiple of `BLOCK` is the end of a full block.
    /// Zero is an empty slot.
    tail: u32,
    /// The earliest time in the slot.
    earliest: u64,
}

/// Which slots are occupied: a bit for each slot, one for each word of slots, one for each level.
#[derive(Clone, Copy, Default)]
struct Occupied {
    slots: [[u64; WIDTH / 64]; LEVELS],
    words: [u8; LEVELS],
    levels: u8,
}

impl Occupied {
    #[inline]
    fn set(&mut self, slot: usize) {
        let (level, word) = (slot / WIDTH % LEVELS, slot / 64 % 4);
        self.slots[level][word] |= 1 << (slot % 64);
        self.words[level] |= 1 << word;
        self.levels |= 1 << level;
    }

    #[inline]
    fn clear(&mut self, slot: usize) {
        let (level, word) = (slot / WIDTH % LEVELS, slot / 64 % 4);
        self.slots[level][word] &= !(1 << (slot % 64));
        if self.slots[level][word] == 0 {
            self.words[level] &= !(1 << word);
            if self.words[level] == 0 {
                self.levels &= !(1 << level);
            }
        }
    }

    /// The first occupied slot of the lowest occupied level, which is the one with the earliest entry.
    #[inline]
    fn first(&self) -> Option<usize> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize % LEVELS;
        let word = self.words[level].trailing_zeros() as usize % 4;
        let bit = self.slots[level][word].trailing_zeros() as usize;
        Some(level * WIDTH + word * 64 + bit)
    }
}

/// Entries, taken in the order *(time, insertion)*. No entry may lie before the last one taken.
#[derive(Clone)]
pub(super) struct Wheel<T> {
    /// The time of the last entry taken; zero before.
    now: u64,
    slots: Box<[Slot; LEVELS * WIDTH]>,
    occupied: Occupied,
    pool: Vec<Block<T>>,
    /// The block emptied last.
    free: u32,
}

impl<T: Copy + Default> Wheel<T> {
    #[allow(clippy::large_stack_arrays)] // 32 KiB once a simulation, on its way into the box
    pub(super) fn new() -> Self {
        Self {
            now: 0,
            slots: Box::new([Slot::default(); LEVELS * WIDTH]),
            occupied: Occupied::default(),
            pool: Vec::new(),
            free: NONE,
        }
    }

    /// When the earliest entry is due; the end of time without entries. Has the first entry of its slot brought
    /// into the cache: of a million it is seldom there.
    #[inline]
    pub(super) fn earliest(&self) -> u64 {
        let Some(slot) = self.occupied.first() else { return u64::MAX };
        let Slot { head, earliest, .. } = self.slots[slot % (LEVELS * WIDTH)];
        if let Some(block) = self.pool.get((head >> SHIFT) as usize) {
            prefetch(&block.entries[(head & MASK) as usize]);
        }
        earliest
    }

    /// The earliest entry, in a wheel that has one. No entry may come before it from now on.
    pub(super) fn peek(&mut self) -> Entry<T> {
        let mut index = self.occupied.first().unwrap_or_default();
        let at = self.slots[index % (LEVELS * WIDTH)].earliest;
        if index >= WIDTH {
            self.now = at;
            self.open(index);
            index = byte(at, 0);
        }
        let Slot { head, .. } = self.slots[index];
        self.pool[(head >> SHIFT) as usize].entries[(head & MASK) as usize]
    }

    /// Makes room for an entry due at `at`, to be written there.
    #[inline]
    pub(super) fn room(&mut self, at: u64) -> &mut Entry<T> {
        if self.free == NONE {
            self.more();
        }
        let place = self.next_place(at);
        &mut self.pool[(place >> SHIFT) as usize].entries[(place & MASK) as usize]
    }

    /// Where an entry due at `at` goes. There must be a free block.
    #[inline]
    fn next_place(&mut self, at: u64) -> u32 {
        let level = (63 - ((at ^ self.now) | 1).leading_zeros() as usize) / 8;
        let index = level * WIDTH + byte(at, level);
        let slot = &mut self.slots[index];
        let place = slot.tail;
        if place & MASK != 0 {
            slot.earliest = slot.earliest.min(at);
            slot.tail = place + 1;
            return place;
        }
        // One more block.
        let block = self.free;
        self.free = self.pool[block as usize].next;
        slot.tail = (block << SHIFT) + 1;
        if place == 0 {
            slot.head = block << SHIFT;
            slot.earliest = at;
            self.occupied.set(index);
        } else {
            slot.earliest = slot.earliest.min(at);
            self.pool[((place - 1) >> SHIFT) as usize].next = block;
        }
        block << SHIFT
    }

    /// Enlarges the pool by a block.
    #[cold]
    #[inline(never)]
    fn more(&mut self) {
        let block = u32::try_from(self.pool.len()).unwrap_or(NONE);
        assert!(block < NONE >> SHIFT, "more than {} events pending", u64::from(block) << SHIFT);
        self.pool.push(Block { entries: [Entry::default(); BLOCK as usize], next: NONE });
        self.free = block;
    }

    #[inline]
    fn release(&mut self, block: u32) {
        self.pool[block as usize].next = self.free;
        self.free = block;
    }

    /// Brings the earliest entry to the head of a slot, and says of which. There must be one.
    #[inline]
    fn ripe(&mut self) -> usize {
        let index = self.occupied.first().unwrap_or_default();
        let slot = &self.slots[index % (LEVELS * WIDTH)];
        let at = slot.earliest;
        self.now = at;
        if index >= WIDTH && slot.head.wrapping_add(1) != slot.tail {
            self.open(index);
            return byte(at, 0);
        }
        index
    }

    /// Takes the earliest entry, of a wheel that has one: its number and what it is.
    #[inline]
    pub(super) fn take(&mut self) -> (u64, T) {
        let index = self.ripe();
        let slot = &mut self.slots[index % (LEVELS * WIDTH)];
        let (block, place) = (slot.head >> SHIFT, slot.head & MASK);
        let Entry { number, item, .. } = self.pool[block as usize].entries[place as usize];
        if slot.head.wrapping_add(1) == slot.tail {
            slot.tail = 0;
            self.occupied.clear(index);
            self.release(block);
        } else if place == MASK {
            slot.head = self.pool[block as usize].next << SHIFT;
            self.release(block);
        } else {
            slot.head = slot.head.wrapping_add(1);
        }
        (number, item)
    }

    /// Moves the entries of a slot above level 0 down to where they belong now.
    #[inline(never)]
    fn open(&mut self, index: usize) {
        let Slot { head, tail, .. } = std::mem::take(&mut self.slots[index]);
        self.occupied.clear(index);
        let last = (tail - 1) >> SHIFT;
        let mut block = head >> SHIFT;
        loop {
            let count = if block == last { ((tail - 1) & MASK) + 1 } else { BLOCK };
            for place in 0..count {
                let entry = self.pool[block as usize].entries[place as usize];
                *self.room(entry.at) = entry;
            }
            let next = self.pool[block as usize].next;
            self.release(block);
            if block == last {
                break;
            }
            block = next;
        }
    }
}

/// Byte `level` of a time, counted from the lowest.
#[inline]
#[allow(clippy::cast_possible_truncation)] // one byte is what is meant
fn byte(time: u64, level: usize) -> usize {
    usize::from((time >> (8 * level)) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(wheel: &mut Wheel<u64>, at: u64, item: u64) {
        *wheel.room(at) = Entry { at, number: 0, item };
    }

    /// What is kept between two turns of a steady load: it must stop growing.
    #[test]
    fn a_steady_load_needs_no_new_memory() {
        let mut wheel = Wheel::new();
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // From nanoseconds to seconds, so that every level up to the fourth opens and closes.
            state >> 40 >> (state % 24)
        };
        for item in 0..5_000_u64 {
            let at = draw();
            put(&mut wheel, at, item);
        }
        let mut turn = |wheel: &mut Wheel<u64>, times: u32| {
            for _ in 0..times {
                let at = wheel.earliest();
                let (_, item) = wheel.take();
                put(wheel, at + draw(), item);
            }
            (wheel.pool.len(), wheel.pool.capacity())
        };
        let warm = turn(&mut wheel, 200_000);
        assert_eq!(turn(&mut wheel, 200_000), warm);
        assert!(warm.0 < 5_000, "{} blocks for 5000 events", warm.0);
    }

    /// Every block is either in one chain or in the free list.
    #[test]
    fn no_block_is_lost() {
        let mut wheel = Wheel::new();
        for round in 0..50_u64 {
            for i in 0..200 {
                put(&mut wheel, round * 100_000 + i * i * i % 70_000, i);
            }
            while wheel.earliest() <= (round + 1) * 100_000 {
                wheel.take();
            }
        }
        assert_eq!(wheel.earliest(), u64::MAX);
        let free = std::iter::successors((wheel.free != NONE).then_some(wheel.free), |block| {
            Some(wheel.pool[*block as usize].next).filter(|block| *block != NONE)
        });
        assert_eq!(free.count(), wheel.pool.len());
        assert_eq!((wheel.occupied.levels, wheel.occupied.words), (0, [0; LEVELS]));
    }
}
