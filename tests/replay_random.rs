//! Random days made here, with every state known: what LOBSTER would tell of them, the same as ITCH and as a
//! completed stream, against the states of a book that is kept in the obvious way.
#![allow(clippy::unwrap_used)]

mod replay_common;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use prism::replay::{Format, Options, Report, Start};
use prism_core::types::Side;
use prism_sinks::tape::itch::{
    AddOrder, Alpha, Body, Head, Message, OrderCancel, OrderDelete, OrderExecuted, OrderReplace, Timestamp,
};
use proptest::prelude::*;
use proptest::sample::Index;
use replay_common::run;

/// What is drawn: an attempt at an event, which the state of the book turns into one.
#[derive(Clone, Debug)]
struct Draw {
    kind: u8,
    side: Side,
    /// Ticks of half a cent away from the own side's limit.
    offset: i64,
    size: u64,
    which: Index,
}

fn draw() -> impl Strategy<Value = Draw> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    (0..12_u8, side, 0..14_i64, 1..60_u64, any::<Index>())
        .prop_map(|(kind, side, offset, size, which)| Draw { kind, side, offset, size, which })
}

/// One event of the day.
#[derive(Clone, Copy, Debug)]
enum Event {
    Add {
        id: u64,
        at: (Side, i64),
        size: u64,
    },
    Take {
        id: u64,
        at: (Side, i64),
        size: u64,
        traded: bool,
        all: bool,
    },
    /// The new order has the next number.
    Replace {
        id: u64,
        at: (Side, i64),
        left: u64,
        price: i64,
        size: u64,
    },
}

type Levels = Vec<(i64, u64)>;

/// Asks and bids, best first.
type State = (Levels, Levels);

/// The obvious book: orders in lists, levels in sorted maps.
#[derive(Default)]
struct Book {
    orders: BTreeMap<u64, ((Side, i64), u64)>,
    queues: BTreeMap<(Side, i64), VecDeque<u64>>,
    next: u64,
}

const MIDDLE: i64 = 5_800_000;

impl Book {
    fn state(&self) -> State {
        let size = |queue: &VecDeque<u64>| queue.iter().map(|id| self.orders[id].1).sum::<u64>();
        let side = |side| {
            let levels = self.queues.iter().filter(move |((of, _), _)| *of == side);
            levels.map(move |((_, price), queue)| (*price, size(queue)))
        };
        (side(Side::Sell).collect(), side(Side::Buy).rev().collect())
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Add { id, at, size } => {
                self.orders.insert(id, (at, size));
                self.queues.entry(at).or_default().push_back(id);
                self.next = id + 1;
            }
            Event::Take { id, at, size, .. } => self.take(id, at, size),
            Event::Replace { id, at, left, price, size } => {
                self.take(id, at, left);
                let id = self.next;
                self.apply(Event::Add { id, at: (at.0, price), size });
            }
        }
    }

    fn take(&mut self, id: u64, at: (Side, i64), size: u64) {
        let left = &mut self.orders.get_mut(&id).unwrap().1;
        *left -= size;
        if *left == 0 {
            self.orders.remove(&id);
            let queue = self.queues.get_mut(&at).unwrap();
            queue.retain(|other| *other != id);
            if queue.is_empty() {
                self.queues.remove(&at);
            }
        }
    }

    /// The event of a draw: bids below the middle, asks above, so that nothing crosses.
    fn event(&self, draw: &Draw) -> Event {
        let away = 50 * (draw.offset + 1);
        let price = if draw.side == Side::Buy { MIDDLE - away } else { MIDDLE + away };
        let add = Event::Add { id: self.next, at: (draw.side, price), size: draw.size };
        if self.orders.is_empty() || draw.kind < 5 {
            return add;
        }
        let (&id, &(at, left)) = self.orders.iter().nth(draw.which.index(self.orders.len())).unwrap();
        let size = draw.size.min(left);
        match draw.kind {
            5 | 6 => Event::Take { id, at, size, traded: false, all: false },
            7 | 8 => Event::Take { id, at, size: left, traded: false, all: true },
            9 => {
                let price = if at.0 == Side::Buy { MIDDLE - away } else { MIDDLE + away };
                Event::Replace { id, at, left, price, size: draw.size }
            }
            _ => self.execution(draw).unwrap_or(add),
        }
    }

    /// An execution of the order that is due: the first at the best price.
    fn execution(&self, draw: &Draw) -> Option<Event> {
        let (asks, bids) = self.state();
        let levels = if draw.side == Side::Buy { bids } else { asks };
        let at = (draw.side, levels.first()?.0);
        let id = *self.queues[&at].front()?;
        let size = draw.size.min(self.orders[&id].1);
        Some(Event::Take { id, at, size, traded: true, all: false })
    }
}

/// The events of a day with the state after each.
fn day(draws: &[Draw]) -> Vec<(Event, State)> {
    let mut book = Book { next: 1, ..Book::default() };
    let mut events = Vec::new();
    for draw in draws {
        let event = book.event(draw);
        book.apply(event);
        events.push((event, book.state()));
    }
    events
}

/// Replacements as the removal and the addition that they are, with the states between.
fn split(draws: &[Draw]) -> Vec<(Event, State)> {
    let mut book = Book { next: 1, ..Book::default() };
    let mut events = Vec::new();
    for draw in draws {
        let parts = match book.event(draw) {
            Event::Replace { id, at, left, price, size } => vec![
                Event::Take { id, at, size: left, traded: false, all: true },
                Event::Add { id: book.next, at: (at.0, price), size },
            ],
            event => vec![event],
        };
        for event in parts {
            book.apply(event);
            events.push((event, book.state()));
        }
    }
    events
}

fn row(state: &State, levels: usize) -> String {
    let mut row = String::new();
    for at in 0..levels {
        let (ask, ask_size) = state.0.get(at).copied().unwrap_or((9_999_999_999, 0));
        let (bid, bid_size) = state.1.get(at).copied().unwrap_or((-9_999_999_999, 0));
        let comma = if at + 1 < levels { "," } else { "\n" };
        write!(row, "{ask},{ask_size},{bid},{bid_size}{comma}").unwrap();
    }
    row
}

/// Type, order, size, price and direction.
fn columns(event: Event) -> String {
    let (kind, id, (side, price), size) = match event {
        Event::Add { id, at, size } => (1, id, at, size),
        Event::Take { id, at, size, traded: true, .. } => (4, id, at, size),
        Event::Take { id, at, size, all: true, .. } => (3, id, at, size),
        Event::Take { id, at, size, .. } => (2, id, at, size),
        Event::Replace { .. } => unreachable!("split before"),
    };
    format!("{kind},{id},{size},{price},{}", if side == Side::Buy { 1 } else { -1 })
}

/// Whether an event shows in a window of that many levels.
fn visible(event: Event, before: &State, after: &State, levels: usize) -> bool {
    let (Event::Add { at, .. } | Event::Take { at, .. } | Event::Replace { at, .. }) = event;
    let shows = |state: &State| {
        let side = if at.0 == Side::Buy { &state.1 } else { &state.0 };
        side.iter().take(levels).any(|level| level.0 == at.1)
    };
    shows(before) || shows(after)
}

/// A message and an order-book file of the visible part; `None` if nothing is.
fn lobster(folder: &Path, draws: &[Draw], levels: usize) -> Option<(PathBuf, PathBuf, Vec<State>)> {
    let (mut messages, mut rows, mut states) = (String::new(), String::new(), Vec::new());
    let mut before = State::default();
    for (number, (event, after)) in split(draws).into_iter().enumerate() {
        if visible(event, &before, &after, levels) {
            writeln!(messages, "34200.{number:09},{}", columns(event)).unwrap();
            rows.push_str(&row(&after, levels));
            states.push(after.clone());
        }
        before = after;
    }
    let paths = (folder.join("message.csv"), folder.join("orderbook.csv"));
    std::fs::write(&paths.0, &messages).unwrap();
    std::fs::write(&paths.1, &rows).unwrap();
    (!states.is_empty()).then_some((paths.0, paths.1, states))
}

fn options(format: Format, tape: &Path, check: &Path, start: Start) -> Options {
    let mut options = Options::new(format, tape);
    options.check = Some(check.to_owned());
    options.start = start;
    options
}

/// All rows were compared and are equal.
fn all_equal(report: &Report, rows: usize) -> Result<(), TestCaseError> {
    prop_assert_eq!(&report.first_mismatch, &None);
    prop_assert_eq!((report.compared, report.mismatches), (rows as u64, 0));
    prop_assert_eq!(report.plain.all, (rows > 0).then_some(1.0));
    Ok(())
}

/// Deep enough to show every level of these days.
const WHOLE: usize = 14;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_a_window_tells_is_enough_for_what_is_demanded(
        draws in prop::collection::vec(draw(), 1..250),
        levels in 1..6_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let Some((tape, book, states)) = lobster(folder.path(), &draws, levels) else { return Ok(()) };
        for start in [Start::Each, Start::First] {
            let out = folder.path().join("out.csv");
            let mut options = options(Format::Lobster, &tape, &book, start);
            options.book_out = Some(out.clone());
            let report = run(&options).unwrap();
            prop_assert_eq!(&report.first_mismatch, &None, "{:?}", start);
            prop_assert_eq!((report.compared, report.mismatches), (states.len() as u64 - 1, 0));
            prop_assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), states.len());
            if start == Start::Each {
                prop_assert_eq!(report.matched.all, (report.compared > 0).then_some(1.0));
                prop_assert_eq!(report.executions, report.executions_at_best);
                prop_assert_eq!(report.crossing_adds, 0);
            }
        }
    }

    #[test]
    fn a_tape_of_everything_gives_every_state(draws in prop::collection::vec(draw(), 1..250)) {
        let folder = tempfile::tempdir().unwrap();
        let (tape, book, states) = lobster(folder.path(), &draws, WHOLE).unwrap();
        let out = folder.path().join("out.csv");
        let mut options = options(Format::Lobster, &tape, &book, Start::Empty);
        options.book_out = Some(out.clone());
        let report = run(&options).unwrap();
        all_equal(&report, states.len())?;
        prop_assert_eq!(report.executions, report.executions_at_queue_head);
        prop_assert_eq!((report.unknown_ids, report.contradictions, report.crossing_adds), (0, 0, 0));
        prop_assert!(std::fs::read(&out).unwrap() == std::fs::read(&book).unwrap());
        // With everything told, whatever the first row determines is equal, and its own level is the last.
        options.start = Start::First;
        options.book_out = None;
        prop_assert_eq!(run(&options).unwrap().mismatches, 0);
    }

    #[test]
    fn one_wrong_number_in_the_reference_is_found_at_its_row(
        draws in prop::collection::vec(draw(), 20..120),
        at in any::<Index>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (tape, book, mut states) = lobster(folder.path(), &draws, WHOLE).unwrap();
        let wrong = at.index(states.len());
        let level = match &mut states[wrong] {
            (asks, bids) if asks.len() > bids.len() => asks.last_mut(),
            (_, bids) => bids.last_mut(),
        };
        let Some(level) = level else { return Ok(()) };
        level.1 += 1;
        let rows: String = states.iter().map(|state| row(state, WHOLE)).collect();
        std::fs::write(&book, rows).unwrap();
        let report = run(&options(Format::Lobster, &tape, &book, Start::Empty)).unwrap();
        prop_assert_eq!(report.mismatches, 1);
        let first = report.first_mismatch.unwrap();
        prop_assert_eq!(first.row, wrong as u64 + 1);
        prop_assert_ne!(first.expected, first.got);
        prop_assert_eq!(report.matched.all, Some((report.compared - 1) as f64 / report.compared as f64));
    }

    #[test]
    fn the_completed_form_gives_every_state_after_its_row(
        draws in prop::collection::vec(draw(), 2..250),
        events_a_row in 1..5_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (tape, book) = (folder.path().join("completed.csv"), folder.path().join("orderbook.csv"));
        let mut lines = "row,time_ns,type,order_id,size,price,direction\n".to_owned();
        let mut rows = String::new();
        let mut count = 0;
        for group in split(&draws).chunks(events_a_row) {
            count += 1;
            for (event, _) in group {
                writeln!(lines, "{count},{},{}", 34_200_000_000_000_i64, columns(*event)).unwrap();
            }
            rows.push_str(&row(&group.last().unwrap().1, WHOLE));
        }
        std::fs::write(&tape, lines).unwrap();
        std::fs::write(&book, rows).unwrap();
        let report = run(&options(Format::Completed, &tape, &book, Start::Empty)).unwrap();
        all_equal(&report, count - 1)?;
        // Nothing was inserted: every queue is known.
        prop_assert_eq!(report.clean_executions, Some(report.executions));
        prop_assert_eq!(report.clean_at_queue_head, Some(report.executions_at_queue_head));
        prop_assert_eq!(report.executions, report.executions_at_queue_head);
    }

    #[test]
    fn the_itch_form_gives_every_state(draws in prop::collection::vec(draw(), 1..250)) {
        let folder = tempfile::tempdir().unwrap();
        let (tape, book) = (folder.path().join("day.itch50"), folder.path().join("orderbook.csv"));
        let (mut bytes, mut rows) = (Vec::new(), String::new());
        let events = day(&draws);
        let mut next = 1;
        for (event, state) in &events {
            message(*event, &mut next).encode_frame(&mut bytes);
            rows.push_str(&row(state, WHOLE));
        }
        std::fs::write(&tape, bytes).unwrap();
        std::fs::write(&book, rows).unwrap();
        let mut options = options(Format::Itch, &tape, &book, Start::Empty);
        for symbol in [None, Some("TEST".to_owned())] {
            options.symbol = symbol;
            let report = run(&options).unwrap();
            all_equal(&report, events.len())?;
            prop_assert_eq!(report.executions, report.executions_at_queue_head);
            prop_assert_eq!((report.unknown_ids, report.contradictions, report.crossing_adds), (0, 0, 0));
        }
    }
}

fn message(event: Event, next: &mut u64) -> Message {
    let shares = |size: u64| u32::try_from(size).unwrap();
    let price_e4 = |price: i64| u32::try_from(price).unwrap();
    let body = match event {
        Event::Add { id, at: (side, price), size } => {
            *next = id + 1;
            Body::AddOrder(AddOrder {
                order_ref: id,
                side,
                shares: shares(size),
                stock: Alpha::new("TEST").unwrap(),
                price_e4: price_e4(price),
            })
        }
        Event::Take { id, size, traded: true, .. } => {
            Body::OrderExecuted(OrderExecuted { order_ref: id, shares: shares(size), match_number: 1 })
        }
        Event::Take { id, all: true, .. } => Body::OrderDelete(OrderDelete { order_ref: id }),
        Event::Take { id, size, .. } => {
            Body::OrderCancel(OrderCancel { order_ref: id, shares: shares(size) })
        }
        Event::Replace { id, price, size, .. } => {
            *next += 1;
            Body::OrderReplace(OrderReplace {
                order_ref: id,
                new_order_ref: *next - 1,
                shares: shares(size),
                price_e4: price_e4(price),
            })
        }
    };
    let timestamp = Timestamp::new(34_200_000_000_000).unwrap();
    Message { head: Head { stock_locate: 3, tracking_number: 0, timestamp }, body }
}
