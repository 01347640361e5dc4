//! What holds the clock for ever ends the run, by name, after a stated number of events at one instant.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::kernel::{Builder, MOST_AT_ONCE, RunError, Ties};
use prism_core::prelude::*;
use prism_core::testing::EchoSpec;

/// What an agent does whenever anything reaches it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    Wake,
    Timer,
    Note,
    Order,
    Nothing,
}

#[derive(Clone)]
struct Hasty(Does);

impl Hasty {
    fn act(&self, ctx: &mut Ctx<'_>) {
        match self.0 {
            Does::Wake => ctx.wake_in(Span::ZERO),
            Does::Timer => ctx.timer(Span::ZERO, 1),
            Does::Note => ctx.note(AgentId(3 - ctx.me().0), 0, 0, 0), // 1 and 2 write to each other
            Does::Order => drop(ctx.order(Order::limit(ctx.home(), Side::Buy, Qty(1), Price(1)))),
            Does::Nothing => {}
        }
    }
}

impl Agent for Hasty {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        ctx.timer(Span::millis(1), 0);
    }
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        self.act(ctx);
    }
    fn on_timer(&mut self, _: u32, ctx: &mut Ctx<'_>) {
        self.act(ctx);
    }
    fn on_note(&mut self, _: &Note, ctx: &mut Ctx<'_>) {
        self.act(ctx);
    }
    fn on_report(&mut self, _: &Report, ctx: &mut Ctx<'_>) {
        self.act(ctx);
    }
}

/// Agent 0 does nothing, the group of agents 1 and 2 something.
fn world(does: Does) -> Builder {
    Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(Hasty(Does::Nothing)).named("calm"))
        .agents(Group::of(Hasty(does)).named("hasty").count(2))
}

#[test]
fn whoever_acts_without_delay_for_ever_is_named() {
    for does in [Does::Wake, Does::Timer, Does::Note, Does::Order] {
        for ties in [Ties::Fifo, Ties::Random] {
            let mut sim = world(does).ties(ties).most_at_once(10_000).build().unwrap();
            let error = sim.run_for(Span::secs(1)).unwrap_err();
            let RunError::StandsStill { at, events: 10_000, agent: Some(agent), who } = &error else {
                panic!("{does:?}: {error}");
            };
            assert_eq!(*at, Time::ZERO + Span::millis(1));
            assert!([1, 2].contains(&agent.0) && who.ends_with("of group \"hasty\""), "{does:?}: {who}");
            assert!(error.to_string().contains("time stands still: after 10000 events"), "{error}");
            assert!(matches!(sim.run_for(Span::secs(1)), Err(RunError::Over { .. })));
        }
    }
}

/// The number is exact, and one instant takes nothing from the next.
#[test]
fn an_instant_may_have_so_many_events_and_no_more() {
    for (most, fits) in [(3, true), (2, false)] {
        let mut sim = world(Does::Nothing).most_at_once(most).build().unwrap(); // three timers at 1 ms
        sim.advance(Time::from_nanos(500)).unwrap();
        sim.act(AgentId(0), |ctx| (0..2).for_each(|_| ctx.timer(Span::ZERO, 2))).unwrap();
        assert_eq!(sim.run_for(Span::secs(1)).is_ok(), fits);
    }
    assert_eq!(MOST_AT_ONCE, 10_000_000, "as the documents say");
}

/// By default a crowd may act at one instant, several times over.
#[test]
fn a_crowd_may_begin_at_one_instant() {
    let crowd = Group::of(Hasty(Does::Nothing)).named("crowd").count(100_000);
    let mut sim = Simulation::builder().venue(EchoSpec::new(&["A"])).agents(crowd).build().unwrap();
    assert_eq!(sim.run_for(Span::secs(1)).unwrap().events, 100_000);
}
