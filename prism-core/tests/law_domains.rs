//! Parameters outside a law's domain: no law panics, each returns what it says.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

use prism_core::prelude::*;
use prism_core::rng::{Alias, WeightsError};
use proptest::prelude::*;

fn stream() -> RngStream {
    StreamKey::root(3).stream()
}

#[test]
fn laws_of_reals_answer_nan_and_draw_nothing() {
    let untouched = stream();
    let mut rng = stream();
    let nan = f64::NAN;
    let inf = f64::INFINITY;
    for x in [
        rng.lognormal(0.0, -1.0),
        rng.lognormal(0.0, nan),
        rng.lognormal(0.0, inf),
        rng.pareto(0.0, 1.0),
        rng.pareto(1.0, -1.0),
        rng.pareto(nan, 1.0),
        rng.student_t(0.0),
        rng.student_t(-2.0),
        rng.student_t(nan),
        rng.weibull(0.0, 1.0),
        rng.weibull(1.0, nan),
        rng.gamma(0.0, 1.0),
        rng.gamma(1.0, 0.0),
        rng.gamma(nan, 1.0),
    ] {
        assert!(x.is_nan());
    }
    assert_eq!(rng.poisson(0.0), 0);
    assert_eq!(rng.poisson(-1.0), 0);
    assert_eq!(rng.poisson(nan), 0);
    assert_eq!(rng.poisson(1e20), u64::MAX);
    assert_eq!(rng.poisson(inf), u64::MAX);
    assert_eq!(rng.geometric(1.0), 0);
    assert_eq!(rng.geometric(7.0), 0);
    assert_eq!(rng.geometric(0.0), u64::MAX);
    assert_eq!(rng.geometric(nan), u64::MAX);
    assert_eq!(rng.pick(&[]), None);
    assert_eq!(rng.pick(&[0.0, 0.0]), None);
    assert_eq!(rng.pick(&[1.0, -1.0]), None);
    assert_eq!(rng.pick(&[1.0, nan]), None);
    assert_eq!(rng.pick(&[f64::MAX, f64::MAX]), None);
    assert_eq!(rng, untouched);
}

#[test]
fn edges_of_the_uniform_laws() {
    let mut rng = stream();
    assert_eq!(rng.below(0), 0);
    assert_eq!(rng.below(1), 0);
    assert_eq!(rng.below_u64(0), 0);
    #[allow(clippy::reversed_empty_ranges)]
    let empty = 5..=-5;
    assert_eq!(rng.range_i64(empty), 5);
    assert_eq!(rng.range_i64(-4..=-4), -4);
    assert_eq!(rng.range_i64(i64::MAX..=i64::MAX), i64::MAX);
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    for _ in 0..1000 {
        let x = rng.range_i64(i64::MIN..=i64::MAX);
        (low, high) = (low.min(x), high.max(x));
        assert!(!rng.chance(0.0) && !rng.chance(-1.0) && !rng.chance(f64::NAN));
        assert!(rng.chance(1.0) && rng.chance(f64::INFINITY));
    }
    assert!(low < i64::MIN / 2 && high > i64::MAX / 2);
    assert_eq!(rng.choose::<u8>(&[]), None);
    assert_eq!(rng.choose(&[9]), Some(&9));
    rng.shuffle::<u8>(&mut []);
    rng.shuffle(&mut [1]);
    assert_eq!(rng.exp(Span::ZERO), Span::ZERO);
    assert_eq!(rng.exp(Span::secs(-1)), Span::ZERO);
    assert!((0..100).any(|_| rng.exp(Span::MAX) == Span::MAX));
}

#[test]
fn degenerate_laws() {
    let mut rng = stream();
    assert_eq!(rng.lognormal(0.0, 0.0), 1.0);
    assert_eq!(rng.student_t(f64::INFINITY), { stream_after_one(|r| r.lognormal(0.0, 0.0)) }.normal());
    assert_eq!(rng.gamma(f64::INFINITY, 1.0), f64::INFINITY);
    assert_eq!(rng.pareto(2.0, f64::INFINITY), 2.0);
    assert_eq!(rng.geometric(f64::MIN_POSITIVE), u64::MAX);
    assert!(rng.poisson(1e19) > 9_900_000_000_000_000_000);
}

fn stream_after_one(draw: impl Fn(&mut RngStream) -> f64) -> RngStream {
    let mut rng = stream();
    draw(&mut rng);
    rng
}

#[test]
fn weights_that_make_no_law() {
    assert_eq!(Alias::new(&[]), Err(WeightsError::Nothing));
    assert_eq!(Alias::new(&[0.0]), Err(WeightsError::Nothing));
    assert_eq!(Alias::new(&[1.0, -0.5]), Err(WeightsError::Weight { at: 1 }));
    assert_eq!(Alias::new(&[f64::NAN]), Err(WeightsError::Weight { at: 0 }));
    assert_eq!(Alias::new(&[f64::MAX, f64::MAX]), Err(WeightsError::Sum));
    assert_eq!(Alias::new(&[1.0, -0.5]).unwrap_err().to_string(), "weight 1 must be finite and at least 0");
}

#[test]
fn saved_states_return_and_damaged_ones_are_refused() {
    let mut rng = stream();
    rng.normal();
    let bytes = postcard::to_allocvec(&rng).unwrap();
    assert_eq!(postcard::from_bytes::<RngStream>(&bytes).unwrap(), rng);
    assert!(postcard::from_bytes::<RngStream>(&[0; 4]).is_err(), "all zeros never moves");
    assert_eq!(size_of::<RngStream>(), 32);

    let alias = Alias::new(&[1.0, 2.0]).unwrap();
    let bytes = postcard::to_allocvec(&alias).unwrap();
    assert_eq!(postcard::from_bytes::<Alias>(&bytes).unwrap(), alias);
    assert!(postcard::from_bytes::<Alias>(&[0]).is_err(), "no cell");
    assert!(postcard::from_bytes::<Alias>(&[1, 0, 9]).is_err(), "a cell that points outside");
}

proptest! {
    #[test]
    fn any_parameters_are_survived(seed: u64, a: f64, b: f64, n: u64, low: i64, high: i64) {
        let mut rng = StreamKey::root(seed).stream();
        rng.uniform(a, b);
        rng.lognormal(a, b);
        rng.pareto(a, b);
        rng.student_t(a);
        rng.weibull(a, b);
        rng.gamma(a, b);
        rng.geometric(a);
        rng.poisson(a);
        rng.exp(Span::nanos(low));
        rng.chance(a);
        prop_assert!(rng.below_u64(n) <= n.saturating_sub(1));
        let x = rng.range_i64(low..=high);
        let allowed = if low <= high { low..=high } else { low..=low };
        prop_assert!(allowed.contains(&x));
    }

    #[test]
    fn any_weights_are_survived(seed: u64, weights in prop::collection::vec(0.0..1e300f64, 0..50)) {
        let mut rng = StreamKey::root(seed).stream();
        let picked = rng.pick(&weights);
        prop_assert_eq!(picked.is_some(), weights.iter().any(|weight| *weight > 0.0));
        if let Ok(alias) = Alias::new(&weights) {
            for _ in 0..20 {
                prop_assert!(weights[alias.pick(&mut rng)] > 0.0);
            }
        }
    }
}
