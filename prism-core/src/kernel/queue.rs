//! The set of pending events: pops in the order *(time, insertion)*, whatever happens in between.
//!
//! A 256-way hierarchical timing wheel (a monotone radix queue of base 256). An entry lies at the level of
//! the highest byte in which its time differs from `now`, in the slot which that byte names. Slots of level
//! 0 therefore hold one nanosecond each; when level 0 is empty the earliest slot of the lowest occupied
//! level is *opened*: `now` jumps to its earliest entry and the others move down, in the order in which they
//! came. So
//!
//! * a push and a pop cost a constant number of steps, with a hundred events pending or with a million;
//! * equal times leave in the order in which they were pushed, without a sequence number: two entries of
//!   one time always lie in one slot, and no step ever reorders the entries of a slot;
//! * the earliest time is known without changing anything, so looking at it never forbids a later push.
//!
//! Entries lie in blocks of 64 in one pool; a slot is a chain of blocks, and an emptied block is the
//! next to be filled, while it is still in the cache. Nothing is allocated once the pool has reached the
//! size that a run needs.
//!
//! Hierarchical wheels: G. Varghese, T. Lauck, *Hashed and hierarchical timing wheels*, SOSP 1987. Monotone
//! radix queues: R. Ahuja, K. Mehlhorn, J. Orlin, R. Tarjan, *Faster algorithms for the shortest path
//! problem*, Journal of the ACM 37(2), 1990.

use std::fmt;

use crate::types::Time;

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

#[derive(Clone, Copy)]
struct Entry<T> {
    at: u64,
    item: T,
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

/// Pending events, popped in the order *(time, insertion)*.
///
/// `T` is whatever is due: a `Copy` value, best of at most 56 bytes (with its time one cache line).
///
/// Time runs one way: no push may lie before the last pop. Looking at the next event ([`next_time`],
/// [`pop_before`] that finds nothing) moves nothing, so after a pause events may be pushed that come before
/// those already pending.
///
/// [`next_time`]: EventQueue::next_time
/// [`pop_before`]: EventQueue::pop_before
///
/// ```
/// use prism_core::kernel::queue::EventQueue;
/// use prism_core::types::Time;
///
/// let mut queue = EventQueue::new();
/// queue.push(Time::from_nanos(20), 'b');
/// queue.push(Time::from_nanos(10), 'a');
/// queue.push(Time::from_nanos(20), 'c');
/// let order: Vec<char> = std::iter::from_fn(|| queue.pop()).map(|(_, item)| item).collect();
/// assert_eq!(order, ['a', 'b', 'c']);
/// ```
#[derive(Clone)]
pub struct EventQueue<T> {
    /// The time of the last pop; zero before.
    now: u64,
    len: usize,
    slots: Box<[Slot; LEVELS * WIDTH]>,
    occupied: Occupied,
    pool: Vec<Block<T>>,
    /// The block emptied last.
    free: u32,
}

impl<T: Copy> EventQueue<T> {
    /// An empty queue at time zero.
    #[allow(clippy::large_stack_arrays)] // 32 KiB once a simulation, on its way into the box
    pub fn new() -> Self {
        Self {
            now: 0,
            len: 0,
            slots: Box::new([Slot::default(); LEVELS * WIDTH]),
            occupied: Occupied::default(),
            pool: Vec::new(),
            free: NONE,
        }
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an event, behind those already pending at the same time.
    ///
    /// # Panics
    ///
    /// When `at` lies before the last pop: the past has been dealt with, and an event that still wants to
    /// change it is a bug of the caller.
    #[inline]
    pub fn push(&mut self, at: Time, item: T) {
        if at < Time::from_nanos(self.now as i64) {
            in_the_past(at, self.now);
        }
        self.len = self.len.wrapping_add(1); // bounded by the pool
        self.put(Entry { at: at.nanos() as u64, item });
    }

    /// Takes the earliest event; of several at one time the one pushed first.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, T)> {
        let slot = self.occupied.first()?;
        let at = self.slots[slot % (LEVELS * WIDTH)].earliest;
        Some((Time::from_nanos(at as i64), self.take(slot, at)))
    }

    /// Takes the earliest event if it is due at `limit` or before; otherwise changes nothing.
    #[inline(always)]
    pub fn pop_before(&mut self, limit: Time) -> Option<(Time, T)> {
        let slot = self.occupied.first()?;
        let at = self.slots[slot % (LEVELS * WIDTH)].earliest;
        let time = Time::from_nanos(at as i64);
        (time <= limit).then(|| (time, self.take(slot, at)))
    }

    /// When the earliest event is due.
    #[inline]
    pub fn next_time(&self) -> Option<Time> {
        let slot = self.occupied.first()?;
        Some(Time::from_nanos(self.slots[slot].earliest as i64))
    }

    /// Every pending event in the order in which they would be popped. Sorts: meant for saving and digests,
    /// not for the hot path.
    pub fn iter_ordered(&self) -> impl Iterator<Item = (Time, &T)> {
        let mut all: Vec<(u64, &T)> = Vec::with_capacity(self.len);
        for slot in self.slots.iter().filter(|slot| slot.tail != 0) {
            let mut at = slot.head;
            loop {
                let entry = &self.pool[(at >> SHIFT) as usize].entries[(at & MASK) as usize];
                all.push((entry.at, &entry.item));
                at += 1;
                if at == slot.tail {
                    break;
                }
                if at & MASK == 0 {
                    at = self.pool[((at - 1) >> SHIFT) as usize].next << SHIFT;
                }
            }
        }
        all.sort_by_key(|(at, _)| *at); // stable, so equal times keep their order
        all.into_iter().map(|(at, item)| (Time::from_nanos(at as i64), item))
    }

    /// Lays an entry into its slot. The entry is written once, where it stays, since what is not inlined
    /// sees its time alone.
    #[inline(always)]
    fn put(&mut self, entry: Entry<T>) {
        if self.free == NONE {
            self.more(entry);
        }
        let at = self.room(entry.at);
        self.pool[(at >> SHIFT) as usize].entries[(at & MASK) as usize] = entry;
    }

    /// Makes room for an entry due at `at`, and says where. There must be a free block.
    #[inline(never)]
    fn room(&mut self, at: u64) -> u32 {
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

    /// Enlarges the pool by a block full of `entry`.
    #[cold]
    #[inline(never)]
    fn more(&mut self, entry: Entry<T>) {
        let block = u32::try_from(self.pool.len()).unwrap_or(NONE);
        assert!(block < NONE >> SHIFT, "more than {} events pending", self.len);
        self.pool.push(Block { entries: [entry; BLOCK as usize], next: NONE });
        self.free = block;
    }

    #[inline]
    fn release(&mut self, block: u32) {
        self.pool[block as usize].next = self.free;
        self.free = block;
    }

    /// Takes the earliest entry, which lies in slot `index` and is due at `at`.
    #[inline(always)]
    fn take(&mut self, mut index: usize, at: u64) -> T {
        self.now = at;
        self.len = self.len.wrapping_sub(1); // one is there
        let slot = &mut self.slots[index % (LEVELS * WIDTH)];
        if index >= WIDTH && slot.head.wrapping_add(1) != slot.tail {
            self.open(index);
            index = byte(at, 0);
        }
        let slot = &mut self.slots[index % (LEVELS * WIDTH)];
        let (block, place) = (slot.head >> SHIFT, slot.head & MASK);
        let item = self.pool[block as usize].entries[place as usize].item;
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
        item
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
                self.put(entry);
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

#[cold]
#[inline(never)]
fn in_the_past(at: Time, now: u64) -> ! {
    panic!("event at {} ns pushed after the queue had reached {now} ns", at.nanos());
}

impl<T: Copy> Default for EventQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for EventQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventQueue").field("now", &self.now).field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Span;

    /// What is kept between two turns of a steady load, in blocks and bytes: it must stop growing.
    #[test]
    fn a_steady_load_needs_no_new_memory() {
        let mut queue = EventQueue::new();
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // From nanoseconds to seconds, so that every level up to the fourth opens and closes.
            Span::nanos((state >> 40) as i64 >> (state % 24))
        };
        for item in 0..5_000_u64 {
            queue.push(Time::ZERO + draw(), item);
        }
        let mut turn = |queue: &mut EventQueue<u64>, times: u32| {
            for _ in 0..times {
                let (at, item) = queue.pop().expect("the load is steady");
                queue.push(at + draw(), item);
            }
            (queue.pool.len(), queue.pool.capacity())
        };
        let warm = turn(&mut queue, 200_000);
        assert_eq!(turn(&mut queue, 200_000), warm);
        assert!(warm.0 < 5_000, "{} blocks for 5000 events", warm.0);
    }

    /// Every block is either in one chain or in the free list.
    #[test]
    fn no_block_is_lost() {
        let mut queue = EventQueue::new();
        for round in 0..50_i64 {
            for i in 0..200 {
                queue.push(Time::from_nanos(round * 100_000 + i * i * i % 70_000), i);
            }
            while queue.pop_before(Time::from_nanos((round + 1) * 100_000)).is_some() {}
        }
        assert!(queue.is_empty());
        let free = std::iter::successors((queue.free != NONE).then_some(queue.free), |block| {
            Some(queue.pool[*block as usize].next).filter(|block| *block != NONE)
        });
        assert_eq!(free.count(), queue.pool.len());
        assert_eq!((queue.occupied.levels, queue.occupied.words), (0, [0; LEVELS]));
    }
}
