//! The queue against a twin that cannot be wrong: std's heap over (time, sequence number).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::from_fn;

use prism_core::transport::queue::EventQueue;
use prism_core::types::{Span, Time};
use proptest::prelude::*;

/// The contract, word by word.
#[derive(Clone, Default)]
struct Twin {
    heap: BinaryHeap<Reverse<(Time, u64, u32)>>,
    pushed: u64,
}

impl Twin {
    fn push(&mut self, at: Time, item: u32) {
        self.heap.push(Reverse((at, self.pushed, item)));
        self.pushed += 1;
    }
    fn next_time(&self) -> Option<Time> {
        self.heap.peek().map(|top| top.0.0)
    }
    fn pop(&mut self) -> Option<(Time, u32)> {
        self.heap.pop().map(|Reverse((at, _, item))| (at, item))
    }
    fn pop_before(&mut self, limit: Time) -> Option<(Time, u32)> {
        if self.next_time()? <= limit { self.pop() } else { None }
    }
    fn ordered(&self) -> Vec<(Time, u32)> {
        let mut all: Vec<_> = self.heap.iter().map(|Reverse(entry)| *entry).collect();
        all.sort_unstable();
        all.into_iter().map(|(at, _, item)| (at, item)).collect()
    }
}

#[derive(Clone, Debug)]
enum Op {
    Push(Span),
    Burst(Span, u8),
    Pop,
    Drain(u8),
    /// Pops all that is due up to so much later, then moves the clock there, as a slice of a run does.
    Slice(Span),
    Fork,
}

/// Distances of every magnitude: each level of the wheel, now itself, the borders of a byte, the end of time.
fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        2 => Just(0),
        4 => 0..4_i64,
        4 => (0..63_u32, any::<i64>()).prop_map(|(bits, low)| (low & i64::MAX) >> bits),
        2 => (0..8_u32, -1..=1_i64).prop_map(|(byte, by)| ((1_i64 << (8 * byte)) + by).max(0)),
        1 => Just(i64::MAX),
    ]
    .prop_map(Span::nanos)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => span().prop_map(Op::Push),
        2 => (span(), 1..100_u8).prop_map(|(after, count)| Op::Burst(after, count)),
        6 => Just(Op::Pop),
        2 => (1..150_u8).prop_map(Op::Drain),
        4 => span().prop_map(Op::Slice),
        1 => Just(Op::Fork),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn pops_what_a_stable_heap_pops(ops in prop::collection::vec(op(), 1..120), from in span()) {
        let (mut queue, mut twin) = (EventQueue::new(), Twin::default());
        let mut now = Time::ZERO + from;
        let mut item = 0;
        for op in ops {
            let mut push = |queue: &mut EventQueue<u32>, twin: &mut Twin, at| {
                queue.push(at, item);
                twin.push(at, item);
                item += 1;
            };
            match op {
                Op::Push(after) => push(&mut queue, &mut twin, now + after),
                Op::Burst(after, count) => {
                    for i in 0..count {
                        push(&mut queue, &mut twin, now + after + Span::nanos(i64::from(i % 3)));
                    }
                }
                Op::Pop => {
                    let popped = queue.pop();
                    prop_assert_eq!(popped, twin.pop());
                    now = popped.map_or(now, |(at, _)| at.max(now));
                }
                Op::Drain(count) => {
                    for _ in 0..count {
                        let popped = queue.pop();
                        prop_assert_eq!(popped, twin.pop());
                        now = popped.map_or(now, |(at, _)| at.max(now));
                    }
                }
                Op::Slice(length) => {
                    now += length;
                    loop {
                        let popped = queue.pop_before(now);
                        prop_assert_eq!(popped, twin.pop_before(now));
                        if popped.is_none() {
                            break;
                        }
                    }
                }
                Op::Fork => {
                    let fork = queue.clone();
                    let mut original = std::mem::replace(&mut queue, fork);
                    let rest: Vec<_> = from_fn(|| original.pop()).collect();
                    prop_assert_eq!(rest, twin.ordered());
                }
            }
            prop_assert_eq!(queue.len(), twin.heap.len());
            prop_assert_eq!(queue.is_empty(), twin.heap.is_empty());
            prop_assert_eq!(queue.next_time(), twin.next_time());
        }
        let popped: Vec<_> = from_fn(|| queue.pop()).collect();
        prop_assert_eq!(popped, twin.ordered());
    }

    /// tinyos/tinyos-main#419: on an unstable heap one event more, which did nothing, changed the order of
    /// the others and so the whole run.
    #[test]
    fn tinyos_419_an_event_that_does_nothing_changes_nothing(
        times in prop::collection::vec(0..50_i64, 1..200),
        extra in prop::collection::vec((0..200_usize, 0..50_i64), 1..20),
    ) {
        const NOTHING: u32 = u32::MAX;
        let run = |with_extra: bool| {
            let mut queue = EventQueue::new();
            for (item, at) in times.iter().enumerate() {
                for (_, at) in extra.iter().filter(|(place, _)| with_extra && *place == item) {
                    queue.push(Time::from_nanos(*at), NOTHING);
                }
                queue.push(Time::from_nanos(*at), u32::try_from(item).unwrap_or(NOTHING));
            }
            from_fn(|| queue.pop()).filter(|(_, item)| *item != NOTHING).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(false), run(true));
    }
}

/// ROSS-org/ROSS#180, arbor-sim/arbor#385: events of one time need an order of their own. Here it is the order
/// of insertion, whether they were laid straight into their slot or came down through every level.
#[test]
fn ross_180_ties_leave_in_the_order_of_insertion() {
    let due = Time::from_nanos(0x0102_0304_0506_0708);
    let mut queue = EventQueue::new();
    let mut item = 0;
    let mut expected = Vec::new();
    // Each stop shares one byte more with `due`, so each batch enters one level lower.
    for level in (0..8).rev() {
        for _ in 0..100 {
            queue.push(due, item);
            expected.push(item);
            item += 1;
        }
        let stop = Time::from_nanos(due.nanos() >> (8 * level) << (8 * level));
        if stop < due {
            queue.push(stop, u32::MAX);
            assert_eq!(queue.pop(), Some((stop, u32::MAX)));
        }
    }
    let popped: Vec<_> = from_fn(|| queue.pop()).collect();
    assert!(popped.iter().all(|(at, _)| *at == due));
    assert_eq!(popped.into_iter().map(|(_, item)| item).collect::<Vec<_>>(), expected);
}

#[test]
fn a_pause_leaves_the_time_up_to_the_next_event_open() {
    let mut queue = EventQueue::new();
    queue.push(Time::from_nanos(1_000_000), "late");
    queue.push(Time::MAX, "never");
    assert_eq!(queue.pop_before(Time::from_nanos(999_999)), None);
    assert_eq!(queue.next_time(), Some(Time::from_nanos(1_000_000)));
    queue.push(Time::from_nanos(400_000), "between");
    queue.push(Time::from_nanos(999_999), "just before");
    assert_eq!(queue.pop_before(Time::from_nanos(400_000)), Some((Time::from_nanos(400_000), "between")));
    let rest: Vec<_> = from_fn(|| queue.pop()).map(|(_, item)| item).collect();
    assert_eq!(rest, ["just before", "late", "never"]);
    assert_eq!(queue.next_time(), None);
}

#[test]
fn an_event_pushed_while_its_time_is_being_served_comes_last() {
    let now = Time::from_nanos(77);
    let mut queue = EventQueue::new();
    queue.push(now, 0);
    queue.push(now, 1);
    assert_eq!(queue.pop(), Some((now, 0)));
    queue.push(now, 2);
    queue.push(now + Span::nanos(1), 3);
    queue.push(now, 4);
    let rest: Vec<_> = from_fn(|| queue.pop()).map(|(_, item)| item).collect();
    assert_eq!(rest, [1, 2, 4, 3]);
}

#[test]
#[should_panic(expected = "event at 9 ns pushed after the queue had reached 10 ns")]
fn the_past_is_closed() {
    let mut queue = EventQueue::new();
    queue.push(Time::from_nanos(10), ());
    queue.pop();
    queue.push(Time::from_nanos(9), ());
}

#[test]
#[should_panic(expected = "event at -1 ns")]
fn there_is_no_time_before_the_beginning() {
    EventQueue::new().push(Time::from_nanos(-1), ());
}
