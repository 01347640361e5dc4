//! Orders in chunks of seven: a queue is a list of chunks, a cancel clears one bit, a sweep reads
//! neighbours (an unrolled linked list).

use super::Handle;

/// Orders in a chunk.
pub(super) const SLOTS: usize = 7;
/// No chunk.
pub(super) const NONE: u32 = u32::MAX >> 3;
/// The low bits of a slot number when the chunk before it is full.
pub(super) const FULL: u32 = 7;
const OCCUPIED: u32 = 0x7f;
const LAST_GENERATION: u32 = (1 << 24) - 1;

/// Seven places of one queue: two cache lines, of which a cancel needs the first.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Chunk {
    pub qty: [u64; SLOTS],
    /// Generation (24 bits) above the occupied bits.
    state: u32,
    /// Level and side of the queue.
    pub home: u32,
    pub id: [u64; SLOTS],
    pub next: u32,
    pub prev: u32,
}

impl Chunk {
    /// One bit for each place that holds an order.
    #[inline(always)]
    pub(super) const fn occupied(&self) -> u32 {
        self.state & OCCUPIED
    }

    #[inline(always)]
    pub(super) const fn vacate(&mut self, place: u32) {
        self.state &= !(1 << place);
    }

    /// The handle of a place of this chunk.
    #[inline(always)]
    pub(super) const fn handle(&self, slot: u32) -> Handle {
        Handle(((self.state >> 8) as u64) << 32 | slot as u64)
    }
}

/// A slab of chunks. A slot number is the chunk's times eight, plus the place in it.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    chunks: Vec<Chunk>,
    unused: u32,
}

impl Orders {
    pub(super) const fn new() -> Orders {
        Orders { chunks: Vec::new(), unused: NONE }
    }

    #[inline(always)]
    pub(super) fn chunk(&self, chunk: u32) -> &Chunk {
        &self.chunks[chunk as usize]
    }

    #[inline(always)]
    pub(super) fn chunk_mut(&mut self, chunk: u32) -> &mut Chunk {
        &mut self.chunks[chunk as usize]
    }

    /// Fills a slot that was never used since its chunk was opened.
    #[inline(always)]
    pub(super) fn put(&mut self, slot: u32, id: u64, qty: u64) -> Handle {
        let chunk = self.chunk_mut(slot >> 3);
        let place = slot & FULL;
        chunk.qty[place as usize] = qty;
        chunk.id[place as usize] = id;
        chunk.state |= 1 << place;
        chunk.handle(slot)
    }

    /// The slot of a handle; `None` if it is stale.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // a handle is two halves
    pub(super) fn slot(&self, handle: Handle) -> Option<u32> {
        let (slot, generation) = (handle.0 as u32, (handle.0 >> 32) as u32);
        let state = self.chunks.get((slot >> 3) as usize)?.state;
        (state >> 8 == generation && state & OCCUPIED & 1 << (slot & FULL) != 0).then_some(slot)
    }

    /// An empty chunk at the end of a queue, after `prev`.
    pub(super) fn open(&mut self, home: u32, prev: u32) -> u32 {
        let chunk = if self.unused == NONE {
            self.chunks.push(Chunk { qty: [0; SLOTS], state: 0, home, id: [0; SLOTS], next: NONE, prev });
            u32::try_from(self.chunks.len() - 1).unwrap_or(NONE)
        } else {
            self.unused
        };
        let row = self.chunk_mut(chunk);
        let unused = row.next;
        (row.home, row.prev, row.next) = (home, prev, NONE);
        if chunk == self.unused {
            self.unused = unused;
        }
        if prev != NONE {
            self.chunk_mut(prev).next = chunk;
        }
        chunk
    }

    /// Gives a chunk back: every handle into it becomes stale.
    #[inline(always)]
    pub(super) fn close(&mut self, chunk: u32) {
        let unused = self.unused;
        let row = self.chunk_mut(chunk);
        let generation = row.state >> 8;
        if generation == LAST_GENERATION {
            // Used up: an old handle must never fit a new order. 128 bytes in sixteen million uses.
            row.state = generation << 8;
            return;
        }
        row.state = (generation + 1) << 8;
        row.next = unused;
        self.unused = chunk;
    }

    /// Takes all orders out.
    pub(super) fn clear(&mut self) {
        for chunk in 0..u32::try_from(self.chunks.len()).unwrap_or(NONE) {
            if self.chunk(chunk).occupied() != 0 {
                self.close(chunk);
            }
        }
    }
}
