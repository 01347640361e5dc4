//! What is used wrongly says so, at once and by name.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use prism_core::agent::Group;
use prism_core::kernel::{BuildProblem, RunError};
use prism_core::latency::Instant;
use prism_core::prelude::*;
use prism_core::sink::{Batch, Sink, SinkError, Table, Tables};
use prism_core::testing::{EchoSpec, Script, Step};
use prism_core::types::SeriesId;
use prism_core::value::{Fundamental, Prior};

fn quoting() -> Group<Script> {
    let bid = |n: i64| (n * 10, Step::Order(Order::limit(BookId(0), Side::Buy, Qty(1), Price(n))));
    Group::of(Script::new((1..100).map(bid))).named("quoting")
}

#[test]
fn a_finished_run_does_not_go_on() {
    let mut sim = Simulation::builder().venue(EchoSpec::new(&["A"])).agents(quoting()).build().unwrap();
    sim.run_for(Span::nanos(500)).unwrap();
    let whole = sim.finish().unwrap();
    assert_eq!(sim.finish().unwrap().digest, whole.digest, "once more is no harm");
    assert!(matches!(sim.run_for(Span::nanos(1)), Err(RunError::Over { .. })));
    assert!(matches!(sim.step(), Err(RunError::Over { .. })));
    assert!(matches!(sim.act(AgentId(0), |_| ()), Err(RunError::Over { .. })));
}

#[test]
fn a_failed_run_stays_failed() {
    struct Broken;
    impl Sink for Broken {
        fn wants(&self) -> Tables {
            Table::Tops.into()
        }
        fn finish(&mut self) -> Result<(), SinkError> {
            Err(SinkError::Other { what: "the end".into(), why: "no more ink".into() })
        }
        fn on_batch(&mut self, _: &Arc<Batch>) -> Result<(), SinkError> {
            Err(SinkError::Other { what: "tops".into(), why: "no more paper".into() })
        }
    }
    let mut sim =
        Simulation::builder().venue(EchoSpec::new(&["A"])).agents(quoting()).sink(Broken).build().unwrap();
    sim.run_for(Span::micros(1)).unwrap();
    let error = sim.finish().unwrap_err();
    assert!(error.to_string().contains("no more paper"), "{error}");
    assert!(matches!(sim.finish(), Err(RunError::Over { .. })), "the output is still missing");
    assert!(matches!(sim.run_for(Span::nanos(1)), Err(RunError::Over { .. })));
    let again = sim.flush().unwrap_err();
    assert!(again.to_string().contains("no more paper"), "{again}");
    // Not a row, and yet it fails at the end.
    let mut sim = Simulation::builder().venue(EchoSpec::new(&["A"])).sink(Broken).build().unwrap();
    sim.finish().unwrap_err();
    assert!(sim.flush().unwrap_err().to_string().contains("no more ink"));
    // The other way round: a flush that fails ends the run, and the next one does not say that all is well.
    let mut sim =
        Simulation::builder().venue(EchoSpec::new(&["A"])).agents(quoting()).sink(Broken).build().unwrap();
    sim.run_for(Span::micros(1)).unwrap();
    for _ in 0..3 {
        let error = sim.flush().unwrap_err();
        assert!(error.to_string().contains("no more paper"), "{error}");
    }
    assert!(matches!(sim.run_for(Span::nanos(1)), Err(RunError::Over { .. })));
}

#[derive(Clone)]
struct Steps(Span);

impl Fundamental for Steps {
    fn width(&self) -> usize {
        1
    }
    fn dt(&self) -> Span {
        self.0
    }
    fn start(&self, values: &mut [f64]) {
        values[0] = 1.0;
    }
    fn step(&mut self, _: &mut RngStream, values: &mut [f64]) {
        values[0] += 1.0;
    }
    fn clone_box(&self) -> Box<dyn Fundamental> {
        Box::new(self.clone())
    }
}

#[test]
fn a_law_of_value_that_hardly_moves_on_is_refused() {
    let built = Simulation::builder().venue(EchoSpec::new(&["A"])).value("A", Steps(Span::ZERO)).build();
    let problems = built.unwrap_err().problems;
    assert!(matches!(&problems[..], [BuildProblem::SpanRange { field: "step", .. }]), "{problems:?}");
}

/// No agent must ever see a value that is no number.
#[test]
fn a_law_of_value_begins_with_numbers() {
    #[derive(Clone)]
    struct Odd([f64; 2], Prior);
    impl Fundamental for Odd {
        fn width(&self) -> usize {
            2
        }
        fn dt(&self) -> Span {
            Span::secs(1)
        }
        fn start(&self, values: &mut [f64]) {
            values.copy_from_slice(&self.0);
        }
        fn step(&mut self, _: &mut RngStream, _: &mut [f64]) {}
        fn prior(&self, n: usize) -> Option<Prior> {
            (n == 1).then_some(self.1)
        }
        fn clone_box(&self) -> Box<dyn Fundamental> {
            Box::new(self.clone())
        }
    }
    let told = |start, mean, sigma| {
        let law = Box::new(Odd(start, Prior { mean, kappa: 0.0, sigma }));
        let builder = Simulation::builder().venue(EchoSpec::new(&["A", "B"])).values_boxed(&["B", "A"], law);
        builder.build().err().map(|error| error.to_string()).unwrap_or_default()
    };
    let of = |field: &str, symbol, given| {
        format!("{field} of the law of value of {symbol} must be finite, not {given}")
    };
    assert_eq!(told([f64::NAN, 1.0], 0.0, 0.0), of("start", "B", "NaN"));
    assert_eq!(told([1.0, f64::INFINITY], 0.0, 0.0), of("start", "A", "inf"));
    assert_eq!(told([1.0, 1.0], f64::NEG_INFINITY, 0.0), of("mean", "A", "-inf"));
    assert_eq!(told([1.0, 1.0], 0.0, f64::NAN), of("sigma", "A", "NaN"));
    assert_eq!(told([-1.0, f64::MAX], 0.0, 0.0), "");
}

#[test]
fn the_end_of_time_can_be_reached() {
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .value("A", Steps(Span::hours(100_000)))
        .build()
        .unwrap();
    sim.advance(Time::MAX).unwrap();
    assert_eq!(sim.now(), Time::MAX);
}

#[test]
fn latency_given_twice_is_told_in_words() {
    let builder = || Simulation::builder().venue(EchoSpec::new(&["A"])).agents(quoting());
    let built = builder().latency(Instant).latency(Instant).build();
    let error = built.unwrap_err();
    assert_eq!(error.problems, [BuildProblem::TwoLatencies]);
    assert!(error.to_string().starts_with("latency is given twice"), "{error}");
    let built = builder().link("far", Instant).latency(Instant).link("far", Instant).build();
    let problems = built.unwrap_err().problems;
    assert_eq!(problems, [BuildProblem::Twice { what: "links", name: "far".to_owned() }]);
}

#[test]
fn a_book_named_twice_is_refused() {
    for names in [["A", "A"], ["A", "A@ECHO"]] {
        let built = Simulation::builder().venue(EchoSpec::new(&["A"])).agents(quoting().books(names)).build();
        let problems = built.unwrap_err().problems;
        assert!(
            matches!(&problems[..], [BuildProblem::Twice { what: "books of a group", .. }]),
            "{problems:?}"
        );
    }
}

/// Where two venues list a symbol its name alone is no book, neither in a group nor outside.
#[test]
fn a_book_must_be_named_in_full_where_two_venues_list_it() {
    let build = |names: [&'static str; 1]| {
        Simulation::builder()
            .venue(EchoSpec::new(&["A", "B"]).named("X"))
            .venue(EchoSpec::new(&["A"]).named("Y"))
            .agents(quoting().books(names))
            .build()
    };
    let error = build(["A"]).unwrap_err();
    assert!(matches!(&error.problems[..], [BuildProblem::Ambiguous { .. }]), "{error:?}");
    assert_eq!(error.to_string(), "group \"quoting\" names the book \"A\", which may be A@X or A@Y");
    let sim = build(["A@Y"]).unwrap();
    assert_eq!(
        ["A", "A@X", "A@Y", "B"].map(|name| sim.book(name).map(|book| book.0)),
        [None, Some(0), Some(2), Some(1)]
    );
    build(["B"]).unwrap();
}

#[test]
fn names_that_cannot_be_used_are_refused() {
    let error = Simulation::builder()
        .venue(EchoSpec::new(&["A@ECHO"]).named("X\r"))
        .agents(quoting().named(""))
        .agents(quoting().named("at@home"))
        .link("far ", Instant)
        .series("a\tb")
        .build()
        .unwrap_err();
    let told: Vec<_> = error.problems.iter().map(ToString::to_string).collect();
    let begins = [
        "name \"X\\r\" of a venue must not begin or end with a space",
        "name \"A@ECHO\" of a symbol must not have `@` in it",
        "name \"\" of a group must not be empty",
        "name \"far \" of a link must not begin or end with a space",
        "name \"a\\tb\" of a series must not have a control character in it",
    ];
    assert_eq!(told.len(), begins.len(), "{told:#?}");
    for (told, begin) in told.iter().zip(begins) {
        assert!(told.starts_with(begin), "{told}");
    }
}

/// Whatever an agent asks about a book that there is none of: nothing, and no panic.
#[test]
fn a_book_that_is_none_is_nothing() {
    let mut sim = Simulation::builder().venue(EchoSpec::new(&["A"])).agents(quoting()).build().unwrap();
    for book in [BookId(1), BookId(u16::MAX)] {
        sim.act(AgentId(0), |ctx| {
            assert_eq!((ctx.symbol(book), ctx.currency(book), ctx.instrument(book)), (None, None, None));
            assert_eq!((ctx.position(book), ctx.top(book)), (0, Top::default()));
            assert!(ctx.depth(book, Side::Buy).is_empty());
            ctx.cancel_all(book);
            let order = ctx.order(Order::market(book, Side::Buy, Qty(1)));
            assert_eq!(ctx.working(order).map(|order| order.book), Some(book));
        })
        .unwrap();
    }
    sim.act(AgentId(0), |ctx| {
        let book = ctx.home();
        assert_eq!((ctx.symbol(book), ctx.currency(book)), (Some(SymbolId(0)), Some(CurrencyId(0))));
        assert_eq!(ctx.instrument(book).map(|instrument| instrument.name.as_str()), Some("A"));
    })
    .unwrap();
    sim.run_for(Span::micros(1)).unwrap();
}

#[test]
fn a_series_that_nobody_declared_takes_no_numbers() {
    #[derive(Clone)]
    struct Loud;
    impl Agent for Loud {
        fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
            ctx.emit(SeriesId(9), 1.0);
            if let Some(known) = ctx.series("known") {
                ctx.emit(known, 2.0);
            }
        }
    }
    struct Count(std::sync::mpsc::Sender<usize>);
    impl Sink for Count {
        fn wants(&self) -> Tables {
            Table::Series.into()
        }
        fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
            self.0.send(batch.len()).map_err(|_| SinkError::Closed { what: "count".into() })
        }
    }
    let (to, from) = std::sync::mpsc::channel();
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .series("known")
        .agents(Group::of(Loud).named("loud").periodic(Span::millis(1)))
        .sink(Count(to))
        .build()
        .unwrap();
    sim.run_for(Span::millis(10)).unwrap();
    sim.finish().unwrap();
    assert_eq!(from.try_iter().sum::<usize>(), 10);
}

/// In `on_stop` there is nothing left to do: what is sent goes nowhere, and what is not allowed ends nothing.
#[test]
fn what_an_agent_asks_for_at_the_end_is_dropped() {
    #[derive(Clone)]
    struct Late;
    impl Agent for Late {
        fn on_stop(&mut self, ctx: &mut Ctx<'_>) {
            ctx.wake_in(Span::ZERO);
            ctx.timer(Span::secs(1), 3);
            ctx.order(Order::limit(ctx.home(), Side::Buy, Qty(1), Price(5)));
        }
    }
    let mut sim = Simulation::builder()
        .venue(prism_core::testing::EchoSpec::new(&["A"]))
        .agents(prism_core::agent::Group::of(Late).poisson(Span::secs(1)))
        .build()
        .unwrap();
    sim.run_for(Span::secs(10)).unwrap();
    let pending = sim.pending();
    let run = sim.finish().unwrap();
    assert_eq!((sim.pending(), sim.finish().unwrap().digest), (pending, run.digest));
}

/// To the end of time, and nothing happens on the way.
#[test]
fn an_empty_world_runs_for_ever_at_once() {
    let mut sim = Simulation::builder().venue(prism_core::testing::EchoSpec::new(&["A"])).build().unwrap();
    let run = sim.run_for(Span::MAX).unwrap();
    assert_eq!((run.time, run.events), (Time::MAX, 0));
}
