//! A group's clock has the law of as many independent clocks, and costs one pending event.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::agent::Group;
use prism_core::kernel::{BuildProblem, RunError, RunWarning};
use prism_core::prelude::*;
use prism_core::testing::{EchoSpec, Script};

fn woken(group: Group<Script>, span: Span) -> Vec<Vec<i64>> {
    let mut sim = Simulation::builder().seed(3).venue(EchoSpec::new(&["A"])).agents(group).build().unwrap();
    sim.run_for(span).unwrap();
    sim.members::<Script>().map(|s| s.woken.iter().map(|t| t.nanos()).collect()).collect()
}

#[test]
fn poisson_members_are_poisson() {
    let (members, mean, span) = (50u32, Span::millis(10), Span::secs(20));
    let woken = woken(Group::of(Script::default()).named("g").count(members).poisson(mean), span);
    let expected = 2_000.0;
    // Counts of one member: mean and variance 2000, so the average of 50 has a deviation of 6.3.
    let counts: Vec<f64> = woken.iter().map(|times| times.len() as f64).collect();
    let average = counts.iter().sum::<f64>() / 50.0;
    assert!((average - expected).abs() < 4.0 * (expected / 50.0f64).sqrt(), "average {average}");
    let dispersion = counts.iter().map(|c| (c - average) * (c - average)).sum::<f64>() / 49.0 / average;
    assert!((dispersion - 1.0).abs() < 4.0 * (2.0 / 49.0f64).sqrt(), "dispersion {dispersion}");
    // Gaps of one member are exponential: their coefficient of variation is 1, and e^-1 of them are longer
    // than the mean.
    let gaps: Vec<f64> = woken[0].windows(2).map(|w| (w[1] - w[0]) as f64).collect();
    let n = gaps.len() as f64;
    let m = gaps.iter().sum::<f64>() / n;
    let long = gaps.iter().filter(|gap| **gap > m).count() as f64 / n;
    assert!((long - 0.367_879).abs() < 4.0 * (0.2325 / n).sqrt(), "{long} longer than the mean");
    let variance = gaps.iter().map(|gap| (gap - m) * (gap - m)).sum::<f64>() / n;
    assert!((variance.sqrt() / m - 1.0).abs() < 0.1);
}

#[test]
fn periodic_members_take_even_turns() {
    let woken =
        woken(Group::of(Script::default()).named("g").count(3).periodic(Span::nanos(100)), Span::nanos(210));
    assert_eq!(woken, [vec![33, 133], vec![66, 166], vec![100, 200]]);
}

#[test]
fn a_million_members_are_one_pending_event() {
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(Script::default()).named("g").count(100_000).poisson(Span::mins(1)))
        .build()
        .unwrap();
    sim.advance(Time::ZERO).unwrap();
    assert_eq!(sim.pending(), 1);
}

#[test]
fn waking_oneself_in_a_clocked_group_names_the_group() {
    #[derive(Clone)]
    struct Eager;
    impl Agent for Eager {
        fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
            ctx.wake_in(Span::nanos(1));
        }
    }
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(Eager).named("eager ones").count(2).poisson(Span::millis(1)))
        .build()
        .unwrap();
    let error = sim.run_for(Span::secs(1)).unwrap_err();
    assert!(matches!(&error, RunError::WakeInClockedGroup { group, .. } if group == "eager ones"), "{error}");
    assert!(error.to_string().starts_with("P0301"));
}

#[test]
fn a_group_that_never_wakes_is_a_warning() {
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(Script::default()).named("asleep"))
        .agents(Group::of(Script::default()).named("nobody").count(0))
        .build()
        .unwrap();
    let run = sim.run_for(Span::secs(1)).unwrap();
    assert_eq!(run.warnings, [RunWarning::IdleGroup { group: "asleep".to_owned() }]);
    assert_eq!(run.warnings[0].code(), "W0301");
    assert!(run.warnings[0].to_string().starts_with("group \"asleep\" keeps its own time"));
}

#[test]
fn clocks_too_fast_to_keep_are_refused() {
    let built = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(Script::default()).named("g").count(1_000).poisson(Span::micros(1)))
        .agents(Group::of(Script::default()).named("h").link("nowhere").books(["Z", "A@MARS"]))
        .agents(Group::of(Script::default()).named("h"))
        .build();
    let problems = built.unwrap_err().problems;
    assert_eq!(problems.len(), 1, "{problems:?}"); // names first: what depends on them would only repeat it
    assert!(matches!(&problems[0], BuildProblem::Twice { what: "groups", .. }));
    let built = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(Script::default()).named("g").count(1_000).poisson(Span::micros(1)))
        .agents(Group::of(Script::default()).named("h").link("nowhere").books(["Z", "A@MARS"]))
        .build();
    let problems = built.unwrap_err().problems;
    assert_eq!(problems.len(), 4, "{problems:?}");
}
