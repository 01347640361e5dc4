//! Pending-event sets under the *hold model*: N events pending, then again and again { pop the earliest;
//! push it back later }. Nanoseconds of thread CPU time for each hold, random number and checksum included.
//!
//! `cargo run --release --bin queue -- [--rounds N] [--ops N]`
//!
//! The peers are std's `BinaryHeap`, once with the payload in the heap and once with an index into a slab of
//! payloads, the best a user of std can do. Both key on `time << 22 | sequence`, one word, so that they too
//! pop equal times in order of insertion. All queues see the same draws, in the same round, one after the
//! other; the quotient is the median over rounds of the quotient inside a round, so a slow neighbour hits
//! both sides. The sequences popped are compared by a hash; the run fails where they differ.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::process::ExitCode;

use prism_core::transport::queue::EventQueue;
use prism_core::types::Time;

/// What an event carries: its first word is its name.
trait Payload: Copy + Default {
    fn named(id: u64) -> Self;
    fn name(&self) -> u64;
}

impl Payload for u64 {
    fn named(id: u64) -> Self {
        id
    }
    fn name(&self) -> u64 {
        *self
    }
}

/// The size of PRISM's messages: with their time and number one cache line.
impl Payload for [u64; 6] {
    fn named(id: u64) -> Self {
        [id, id ^ 1, id ^ 2, id ^ 3, id ^ 4, id ^ 5]
    }
    /// Reads both ends, as a receiver would.
    fn name(&self) -> u64 {
        self[0] ^ (self[5] ^ self[0] ^ 5)
    }
}

trait Queue<P> {
    fn new(capacity: usize) -> Self;
    fn push(&mut self, at: u64, item: P);
    fn pop(&mut self) -> Option<(u64, P)>;
}

struct Wheel<P>(EventQueue<P>);

impl<P: Copy + Default> Queue<P> for Wheel<P> {
    fn new(_: usize) -> Self {
        Self(EventQueue::new())
    }
    #[inline]
    fn push(&mut self, at: u64, item: P) {
        self.0.push(Time::from_nanos(at as i64), item);
    }
    #[inline]
    fn pop(&mut self) -> Option<(u64, P)> {
        self.0.pop().map(|(at, item)| (at.nanos() as u64, item))
    }
}

/// A slab with a list of free places, last in first out.
struct Slab<P> {
    items: Vec<P>,
    free: Vec<u32>,
}

impl<P: Copy> Slab<P> {
    fn new(capacity: usize) -> Self {
        Self { items: Vec::with_capacity(capacity), free: Vec::with_capacity(capacity) }
    }
    #[inline]
    fn insert(&mut self, item: P) -> u32 {
        if let Some(place) = self.free.pop() {
            self.items[place as usize] = item;
            place
        } else {
            self.items.push(item);
            self.items.len() as u32 - 1
        }
    }
    #[inline]
    fn remove(&mut self, place: u32) -> P {
        self.free.push(place);
        self.items[place as usize]
    }
}

/// The wheel over indices, to see whether moving four bytes instead of the payload pays.
struct WheelOfIndices<P>(EventQueue<u32>, Slab<P>);

impl<P: Copy> Queue<P> for WheelOfIndices<P> {
    fn new(capacity: usize) -> Self {
        Self(EventQueue::new(), Slab::new(capacity))
    }
    #[inline]
    fn push(&mut self, at: u64, item: P) {
        let place = self.1.insert(item);
        self.0.push(Time::from_nanos(at as i64), place);
    }
    #[inline]
    fn pop(&mut self) -> Option<(u64, P)> {
        let (at, place) = self.0.pop()?;
        Some((at.nanos() as u64, self.1.remove(place)))
    }
}

struct Keyed<P> {
    key: u64,
    item: P,
}

impl<P> PartialEq for Keyed<P> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<P> Eq for Keyed<P> {}
impl<P> PartialOrd for Keyed<P> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<P> Ord for Keyed<P> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

struct Heap<P> {
    heap: BinaryHeap<Reverse<Keyed<P>>>,
    sequence: u64,
}

impl<P: Copy> Queue<P> for Heap<P> {
    fn new(capacity: usize) -> Self {
        Self { heap: BinaryHeap::with_capacity(capacity + 1), sequence: 0 }
    }
    #[inline]
    fn push(&mut self, at: u64, item: P) {
        let key = at << 22 | (self.sequence & 0x3F_FFFF);
        self.sequence += 1;
        self.heap.push(Reverse(Keyed { key, item }));
    }
    #[inline]
    fn pop(&mut self) -> Option<(u64, P)> {
        self.heap.pop().map(|Reverse(top)| (top.key >> 22, top.item))
    }
}

struct HeapOfIndices<P>(Heap<u32>, Slab<P>);

impl<P: Copy> Queue<P> for HeapOfIndices<P> {
    fn new(capacity: usize) -> Self {
        Self(Heap::new(capacity), Slab::new(capacity))
    }
    #[inline]
    fn push(&mut self, at: u64, item: P) {
        let place = self.1.insert(item);
        self.0.push(at, place);
    }
    #[inline]
    fn pop(&mut self) -> Option<(u64, P)> {
        let (at, place) = self.0.pop()?;
        Some((at, self.1.remove(place)))
    }
}

/// xoshiro256**, seeded by splitmix64.
struct Rng([u64; 4]);

impl Rng {
    fn new(seed: u64) -> Self {
        let mut x = seed;
        Self(std::array::from_fn(|_| {
            x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }))
    }
    #[inline]
    fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let out = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }
    #[inline]
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

/// How far ahead an event is pushed.
#[derive(Clone, Copy)]
enum Load {
    /// Exponential, mean 1 ms.
    Exp,
    /// 80 % message delays of 0.5 to 50 us, 20 % think times of mean 1 s.
    Agents,
    /// 30 % at once, the others on a grid of 1 us up to 1 ms: many equal times.
    Grid,
}

impl Load {
    fn name(self) -> &'static str {
        match self {
            Load::Exp => "exp",
            Load::Agents => "agents",
            Load::Grid => "grid",
        }
    }

    /// A piecewise linear exponential from the leading zeros of a random word: integers only.
    #[inline]
    fn exponential(word: u64, mean: u64) -> u64 {
        let zeros = u64::from(word.leading_zeros());
        let fraction = word.checked_shl(zeros as u32 + 1).unwrap_or(0) >> 32;
        let doublings = u128::from(((zeros + 1) << 32) - fraction);
        ((doublings * (u128::from(mean) * 710 / 1024)) >> 32) as u64
    }

    #[inline]
    fn draw(self, rng: &mut Rng) -> u64 {
        match self {
            Load::Exp => Self::exponential(rng.next(), 1_000_000),
            Load::Agents if !rng.next().is_multiple_of(5) => 500 + rng.below(49_500),
            Load::Agents => Self::exponential(rng.next(), 1_000_000_000),
            Load::Grid if rng.next() % 10 < 3 => 0,
            Load::Grid => 1_000 * (1 + rng.below(1_000)),
        }
    }
}

/// Nanoseconds a hold, and the hash of all that was popped.
fn hold<P: Payload, Q: Queue<P>>(pending: usize, ops: usize, load: Load) -> (f64, u64) {
    let mut queue = Q::new(pending);
    let mut rng = Rng::new(7 + pending as u64);
    for id in 0..pending {
        queue.push(load.draw(&mut rng), P::named(id as u64));
    }
    let mut hash = 0_u64;
    let mut turn = |times: usize| {
        for _ in 0..times {
            let Some((at, item)) = queue.pop() else { return };
            hash = (hash ^ at).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) ^ item.name();
            queue.push(at + load.draw(&mut rng), item);
        }
    };
    turn(pending.min(ops));
    let begin = cpu_ns();
    turn(ops);
    ((cpu_ns() - begin) as f64 / ops as f64, hash)
}

/// CPU time of this thread, in nanoseconds.
fn cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec, which is all that the call asks for.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

type Hold = fn(usize, usize, Load) -> (f64, u64);

/// One table. True if all queues popped the same sequences.
fn table<P: Payload>(rounds: usize, ops: usize) -> bool {
    let queues: [Hold; 4] =
        [hold::<P, Heap<P>>, hold::<P, HeapOfIndices<P>>, hold::<P, WheelOfIndices<P>>, hold::<P, Wheel<P>>];
    println!("\npayload of {} bytes: ns a hold, median of {rounds}", size_of::<P>());
    println!(
        "   load  pending  BinaryHeap  heap of indices  wheel of indices  EventQueue   BinaryHeap/EventQueue"
    );
    let mut same = true;
    for load in [Load::Exp, Load::Agents, Load::Grid] {
        for pending in [100, 1_000, 10_000, 100_000, 1_000_000] {
            let ops = ops.max(pending);
            let runs: Vec<[(f64, u64); 4]> =
                (0..rounds).map(|_| queues.map(|hold| hold(pending, ops, load))).collect();
            same &= runs.iter().flatten().all(|run| run.1 == runs[0][0].1);
            let ns = |queue: usize| median(runs.iter().map(|round| round[queue].0));
            println!(
                "{:>7} {pending:>8} {:>11.1} {:>16.1} {:>17.1} {:>11.1} {:>23.1}",
                load.name(),
                ns(0),
                ns(1),
                ns(2),
                ns(3),
                median(runs.iter().map(|round| round[0].0 / round[3].0)),
            );
        }
    }
    same
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let option = |name: &str, default: usize| {
        let given = args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
        given.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} wants a number")))
    };
    let (rounds, ops) = (option("--rounds", 3), option("--ops", 1_000_000));
    let same = [table::<u64>(rounds, ops), table::<[u64; 6]>(rounds, ops)];
    if same == [true, true] {
        ExitCode::SUCCESS
    } else {
        eprintln!("the queues popped different sequences");
        ExitCode::FAILURE
    }
}
