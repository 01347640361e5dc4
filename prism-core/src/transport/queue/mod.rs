//! The set of pending events: pops in the order *(time, insertion)*, whatever happens in between.
//!
//! Most messages are due soon and in about the order in which they are sent: what travels over links with
//! similar delays arrives in turn. So the queue keeps a few *lines*, each sorted because an event joins one
//! only behind those that are due before it. Whatever fits no line, or is due later than two milliseconds, goes to the
//! wheel, which takes a constant number of steps with a hundred events pending or with a
//! million.
//!
//! The next event is the earliest of the heads of the lines and of the wheel. Between equal times the number
//! of the push decides, which each event carries.

mod wheel;

use std::fmt;

use crate::types::Time;
use wheel::{Entry, Wheel};

/// How many lines there are.
const LINES: usize = 2;
/// How many events a line holds, a power of two.
const LENGTH: usize = 64;
/// What is due later than this many nanoseconds from now would only block a line for what comes before it.
const SOON: u64 = 1 << 21;

/// The number in a key.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)] // its lower half
const fn number_of(key: Key) -> u64 {
    key as u64
}

/// A ring of events in the order in which they are due.
#[derive(Clone)]
struct Line<T> {
    /// The key of its first event; [`NEVER`] when it is empty.
    first: Key,
    /// When its last event is due; zero when it is empty.
    last: u64,
    head: usize,
    tail: usize,
    ring: Box<[Entry<T>; LENGTH]>,
}

/// A time and, below it, the number of a push: less is earlier.
type Key = u128;
const NEVER: Key = Key::MAX;

#[inline(always)]
const fn key(at: u64, number: u64) -> Key {
    (at as Key) << 64 | number as Key
}

impl<T: Copy + Default> Line<T> {
    fn new() -> Line<T> {
        Line { first: NEVER, last: 0, head: 0, tail: 0, ring: Box::new([Entry::default(); LENGTH]) }
    }

    /// True when an event due at `at` may join.
    #[inline(always)]
    fn takes(&self, at: u64) -> bool {
        self.last <= at && self.tail.wrapping_sub(self.head) < LENGTH
    }

    /// The place behind the last event, for one due at `at`.
    #[inline(always)]
    fn room(&mut self, at: u64, number: u64) -> &mut Entry<T> {
        if self.head == self.tail {
            self.first = key(at, number);
        }
        self.last = at;
        let place = self.tail % LENGTH;
        self.tail = self.tail.wrapping_add(1);
        &mut self.ring[place]
    }

    /// Takes the first event out, and says where in the ring it still lies.
    #[inline(always)]
    fn take(&mut self) -> usize {
        let place = self.head % LENGTH;
        self.head = self.head.wrapping_add(1);
        if self.head == self.tail {
            (self.first, self.last) = (NEVER, 0);
        } else {
            let next = &self.ring[self.head % LENGTH];
            self.first = key(next.at, next.number);
        }
        place
    }
}

/// Pending events, popped in the order *(time, insertion)*.
///
/// `T` is whatever is due: a `Copy` value, best of at most 48 bytes (with its time and number one cache
/// line).
///
/// Time runs one way: no push may lie before the last pop. Looking at the next event ([`next_time`],
/// [`pop_before`] that finds nothing) moves nothing, so after a pause events may be pushed that come before
/// those already pending.
///
/// [`next_time`]: EventQueue::next_time
/// [`pop_before`]: EventQueue::pop_before
///
/// ```
/// use prism_core::transport::queue::EventQueue;
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
    /// How many numbers have been given out.
    pushed: u64,
    pending: usize,
    /// The number of the last pop.
    number: u64,
    /// When the earliest event is due, and in which line it is or, [`LINES`], in the wheel; the end of time
    /// when there is none. Of those tied for the first place it may be the wheel's: see `first_at`.
    first: u64,
    from: usize,
    /// When the earliest event of the wheel is due; the end of time when it is empty.
    wheel_at: u64,
    lines: [Line<T>; LINES],
    wheel: Wheel<T>,
    /// What was last taken from the wheel. Events are handed out from one sort of place, so that a caller
    /// can read an event field by field: one that was pushed a moment ago cannot be copied in larger pieces
    /// than it was written in without waiting.
    out: T,
}

impl<T: Copy + Default> EventQueue<T> {
    /// An empty queue at time zero.
    #[allow(clippy::large_stack_arrays)] // 32 KiB once a simulation, on its way into the box
    pub fn new() -> Self {
        Self {
            now: 0,
            pushed: 0,
            pending: 0,
            number: 0,
            first: u64::MAX,
            from: LINES,
            wheel_at: u64::MAX,
            lines: std::array::from_fn(|_| Line::new()),
            wheel: Wheel::new(),
            out: T::default(),
        }
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.pending
    }

    /// True when nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.first == u64::MAX
    }

    /// Adds an event, behind those already pending at the same time.
    ///
    /// # Panics
    ///
    /// When `at` lies before the last pop: the past has been dealt with, and an event that still wants to
    /// change it is a bug of the caller.
    #[inline(always)]
    pub fn push(&mut self, at: Time, item: T) {
        // Only the time is passed on, so that the event is written once, where it stays.
        self.room(at).item = item;
    }

    /// Takes a number as a push would, for something that waits elsewhere.
    #[inline]
    pub(crate) fn stamp(&mut self) -> u64 {
        let number = self.pushed;
        self.pushed = number.wrapping_add(1);
        number
    }

    /// The number of the event that was popped last.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    #[inline(never)]
    fn room(&mut self, at: Time) -> &mut Entry<T> {
        if at < Time::from_nanos(self.now as i64) {
            in_the_past(at, self.now);
        }
        let at = at.nanos() as u64;
        let number = self.pushed;
        self.pushed = number.wrapping_add(1);
        self.pending = self.pending.wrapping_add(1);
        let soon = at.wrapping_sub(self.now) < SOON;
        let line = if soon { self.lines.iter().position(|line| line.takes(at)) } else { None };
        if at < self.first {
            (self.first, self.from) = (at, line.unwrap_or(LINES));
        }
        let entry = if let Some(line) = line {
            self.lines[line].room(at, number)
        } else {
            self.wheel_at = self.wheel_at.min(at);
            self.wheel.room(at)
        };
        (entry.at, entry.number) = (at, number);
        entry
    }

    /// Takes the earliest event; of several at one time the one pushed first.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, T)> {
        self.pop_before(Time::MAX)
    }

    /// Takes the earliest event if it is due at `limit` or before; otherwise changes nothing.
    #[inline(always)]
    pub fn pop_before(&mut self, limit: Time) -> Option<(Time, T)> {
        let limit = u64::try_from(limit.nanos()).ok()?;
        if self.first > limit {
            return None;
        }
        let at = self.first;
        self.now = at;
        self.pending = self.pending.wrapping_sub(1);
        if self.from == LINES {
            self.from = self.first_at(at);
        }
        // A branch for each place, since it can be predicted: where an event lies is then known without waiting for
        // what was last noted of the queue.
        let item = match self.from {
            0 => self.take_from::<0>(),
            1 => self.take_from::<1>(),
            _ => {
                (self.number, self.out) = self.wheel.take();
                self.wheel_at = self.wheel.earliest();
                self.find_first();
                &self.out
            }
        };
        Some((Time::from_nanos(at as i64), *item))
    }

    #[inline(always)]
    fn take_from<const LINE: usize>(&mut self) -> &T {
        let line = &mut self.lines[LINE];
        self.number = number_of(line.first);
        let place = line.take();
        self.find_first();
        &self.lines[LINE].ring[place % LENGTH].item
    }

    /// Notes which of the heads is the earliest.
    #[inline(always)]
    fn find_first(&mut self) {
        let mut first = key(self.wheel_at, 0);
        let mut from = LINES;
        for (n, line) in self.lines.iter().enumerate() {
            if line.first < first {
                (first, from) = (line.first, n);
            }
        }
        (self.first, self.from) = ((first >> 64) as u64, from);
    }

    /// Of the wheel and the lines whose head is due at `at`, as that of the wheel is: which is first.
    #[inline]
    fn first_at(&mut self, at: u64) -> usize {
        let tied = |line: &Line<T>| line.first >> 64 == Key::from(at);
        if !self.lines.iter().any(tied) {
            return LINES;
        }
        let mut first = key(at, self.wheel.peek().number);
        let mut from = LINES;
        for (n, line) in self.lines.iter().enumerate() {
            if line.first < first {
                (first, from) = (line.first, n);
            }
        }
        from
    }

    /// When the earliest event is due.
    #[inline]
    pub fn next_time(&self) -> Option<Time> {
        (!self.is_empty()).then(|| Time::from_nanos(self.first as i64))
    }

    /// True when everything pending is due after `at`.
    #[inline(always)]
    pub(crate) fn is_after(&self, at: Time) -> bool {
        self.first > at.nanos() as u64
    }

    /// The number of the earliest event, which is about to be popped.
    #[cold]
    pub(crate) fn first_number(&mut self) -> u64 {
        if self.from == LINES {
            self.from = self.first_at(self.first);
        }
        match self.lines.get(self.from) {
            Some(line) => number_of(line.first),
            None => self.wheel.peek().number,
        }
    }

    /// Says that it is now `at`, by a clock of the caller's own. Nothing may be due before.
    #[inline]
    pub(crate) fn reach(&mut self, at: Time) {
        self.now = at.nanos() as u64;
    }
}

#[cold]
#[inline(never)]
fn in_the_past(at: Time, now: u64) -> ! {
    panic!("event at {} ns pushed after the queue had reached {now} ns", at.nanos());
}

impl<T: Copy + Default> Default for EventQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for EventQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventQueue")
            .field("now", &self.now)
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}
