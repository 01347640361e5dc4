//! The value at a time does not depend on who asked before, how often, or when: a path is what the seed and
//! the law make of its grid.
#![allow(clippy::unwrap_used)]

use prism_core::agent::Wakes;
use prism_core::prelude::*;
use prism_core::testing::EchoSpec;
use prism_core::value::Fundamental;
use prism_physics::value::{Brownian, Constant, GeometricBrownian, LogOrnsteinUhlenbeck, OrnsteinUhlenbeck};

const SEED: u64 = 11;
const LENGTH: Span = Span::secs(20);

/// Writes down the value whenever it wakes.
#[derive(Clone, Default)]
struct Observer {
    seen: Vec<(Time, f64)>,
}

impl Agent for Observer {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        self.seen.extend(ctx.value(SymbolId(0)).map(|value| (ctx.now(), value)));
    }
}

/// What observers with these clocks see of a law in one run.
fn observed(law: &dyn Fundamental, clocks: &[Wakes]) -> Vec<(Time, f64)> {
    let mut builder =
        Simulation::builder().seed(SEED).venue(EchoSpec::new(&["A"])).values_boxed(&["A"], law.clone_box());
    for (n, clock) in clocks.iter().enumerate() {
        let group = Group::of(Observer::default()).named(&format!("observer {n}")).wakes(*clock);
        builder = builder.agents(group.count(3).informed());
    }
    let mut sim = builder.build().unwrap();
    sim.run_for(LENGTH).unwrap();
    sim.members::<Observer>().flat_map(|observer| observer.seen.iter().copied()).collect()
}

/// The grid of the law, stepped by nobody but this function; the first value is that at time zero.
fn grid(law: &dyn Fundamental, length: Span) -> Vec<f64> {
    let mut law = law.clone_box();
    let mut rng = StreamKey::root(SEED).child("value").child("A").stream();
    let mut value = [0.0];
    law.start(&mut value);
    let mut path = vec![value[0]];
    for _ in 0..length.as_nanos() / law.dt().as_nanos() {
        law.step(&mut rng, &mut value);
        path.push(value[0]);
    }
    path
}

#[test]
fn a_path_is_the_same_whoever_asks_and_whenever() {
    let odd = Span::nanos(123_456_789);
    let laws: [Box<dyn Fundamental>; 5] = [
        Box::new(Constant::new(500.0).unwrap()),
        Box::new(Brownian::new(500.0, 0.3, 1.3).unwrap()),
        Box::new(GeometricBrownian::new(500.0, 0.01, 0.02).unwrap().with_dt(odd).unwrap()),
        Box::new(OrnsteinUhlenbeck::new(520.0, 0.1, 500.0, 1.3).unwrap().with_dt(odd).unwrap()),
        Box::new(LogOrnsteinUhlenbeck::new(520.0, 0.1, 500.0, 0.02).unwrap()),
    ];
    let crowds = [
        vec![Wakes::Periodic(Span::millis(7_300))],
        vec![Wakes::Periodic(Span::millis(100))],
        vec![Wakes::Poisson(Span::millis(3)), Wakes::Periodic(Span::secs(1)), Wakes::Poisson(Span::secs(3))],
    ];
    for law in &laws {
        let path = grid(&**law, LENGTH);
        for crowd in &crowds {
            let seen = observed(&**law, crowd);
            assert!(seen.len() >= 6);
            for (at, value) in seen {
                let cell = usize::try_from(at.nanos() / law.dt().as_nanos()).unwrap();
                assert_eq!(value.to_bits(), path[cell].to_bits(), "at {at}");
            }
        }
    }
}
