//! Delay laws: moments at fixed seeds, bounds, errors.
#![allow(clippy::unwrap_used)]

use prism_core::latency::LatencyModel;
use prism_core::math::{exp, expm1, ln, sqrt};
use prism_core::prelude::*;
use prism_physics::latency::{Fixed, Jitter, LatencyError, LogNormal};
use proptest::prelude::*;

const VENUE: VenueId = VenueId(0);

fn stream() -> RngStream {
    StreamKey::root(5).child("latency").stream()
}

#[test]
fn fixed_is_the_same_in_every_direction_until_told_otherwise() {
    let mut rng = stream();
    let untouched = rng.clone();
    let now = Time::from_nanos(7);
    let mut link = Fixed::new(Span::micros(5)).unwrap();
    assert_eq!(link.order(now, VENUE, &mut rng), Span::micros(5));
    assert_eq!(link.report(now, VENUE, &mut rng), Span::micros(5));
    assert_eq!(link.feed(VENUE), Span::micros(5));
    assert_eq!(link.fixed(VENUE), Some((Span::micros(5), Span::micros(5))));

    let mut link = link
        .with_order(Span::micros(1))
        .and_then(|link| link.with_report(Span::micros(2)))
        .and_then(|link| link.with_feed(Span::micros(3)))
        .unwrap();
    assert_eq!(link.order(now, VENUE, &mut rng), Span::micros(1));
    assert_eq!(link.report(now, VENUE, &mut rng), Span::micros(2));
    assert_eq!(link.feed(VENUE), Span::micros(3));
    assert_eq!(link.fixed(VENUE), Some((Span::micros(1), Span::micros(2))));
    assert_eq!(rng, untouched, "a constant draws nothing");
}

/// Base 1 ms, median 200 µs, sigma 0.5: mean `base + median e^{s²/2}`, variance `median² e^{s²} (e^{s²} - 1)`.
#[test]
fn lognormal_has_the_moments_and_median_it_says() {
    let (base, median, sigma) = (1e6, 2e5, 0.5);
    let jitter = Jitter::new(Span::millis(1), Span::micros(200), sigma).unwrap();
    let mut link = LogNormal::new(jitter, Span::micros(700)).unwrap();
    assert_eq!(link.feed(VENUE), Span::micros(700));
    assert_eq!(link.fixed(VENUE), None);
    let mut rng = stream();
    let n = 200_000;
    let mut draw = |way: fn(&mut LogNormal, &mut RngStream) -> Span| -> Vec<f64> {
        (0..n).map(|_| way(&mut link, &mut rng).as_nanos() as f64).collect()
    };
    let orders = draw(|link, rng| link.order(Time::ZERO, VENUE, rng));
    let reports = draw(|link, rng| link.report(Time::ZERO, VENUE, rng));
    let count = f64::from(n);
    let want = base + median * exp(sigma * sigma / 2.0);
    let spread = median * median * exp(sigma * sigma) * expm1(sigma * sigma);
    for delays in [orders, reports] {
        let mean = delays.iter().sum::<f64>() / count;
        assert!(((mean - want) / sqrt(spread / count)).abs() < 4.0, "mean {mean} should be {want}");
        let square = delays.iter().map(|delay| (delay - mean) * (delay - mean)).sum::<f64>() / count;
        // The kurtosis of a log-normal number of sigma 0.5 is 8.898.
        assert!(((square / spread - 1.0) / sqrt(7.898 / count)).abs() < 4.0, "variance {square}");
        let below = delays.iter().filter(|&&delay| delay < base + median).count() as f64;
        assert!(
            ((below - count / 2.0) / sqrt(count / 4.0)).abs() < 4.0,
            "{below} of {count} below the median"
        );
        let logs: Vec<f64> = delays.iter().map(|delay| ln(delay - base) - ln(median)).collect();
        let variance = logs.iter().map(|x| x * x).sum::<f64>() / count;
        assert!(((variance / (sigma * sigma) - 1.0) / sqrt(2.0 / count)).abs() < 4.0, "{variance}");
        assert!(delays.iter().all(|&delay| delay > base));
    }
}

#[test]
fn reports_may_have_a_law_of_their_own() {
    let order = Jitter::new(Span::micros(10), Span::micros(5), 0.3).unwrap();
    let report = Jitter::none(Span::micros(4)).unwrap();
    let mut link = LogNormal::new(order, Span::ZERO).unwrap().with_report(report);
    let mut rng = stream();
    assert!(link.order(Time::ZERO, VENUE, &mut rng) > Span::micros(10));
    assert_eq!(link.report(Time::ZERO, VENUE, &mut rng), Span::micros(4));
    assert_eq!(link.fixed(VENUE), None);
}

#[test]
fn without_variation_a_lognormal_link_is_fixed() {
    for (median, sigma) in [(Span::ZERO, 0.5), (Span::micros(3), 0.0)] {
        let jitter = Jitter::new(Span::micros(10), median, sigma).unwrap();
        let mut link = LogNormal::new(jitter, Span::ZERO).unwrap();
        let want = Span::micros(10) + median;
        assert_eq!(link.fixed(VENUE), Some((want, want)));
        let mut rng = stream();
        let untouched = rng.clone();
        assert_eq!(link.order(Time::ZERO, VENUE, &mut rng), want);
        assert_eq!(rng, untouched);
    }
}

#[test]
fn the_first_delays_are_pinned() {
    let jitter = Jitter::new(Span::millis(1), Span::micros(200), 0.3).unwrap();
    let mut link = LogNormal::new(jitter, Span::millis(1)).unwrap();
    let mut rng = stream();
    let delays: [i64; 4] = std::array::from_fn(|_| link.order(Time::ZERO, VENUE, &mut rng).as_nanos());
    assert_eq!(delays, [1_340_569, 1_179_767, 1_163_016, 1_191_256]);
}

#[test]
fn copies_and_saves_hold_no_state() {
    let jitter = Jitter::new(Span::millis(1), Span::micros(200), 0.3).unwrap();
    let links: [Box<dyn LatencyModel>; 2] = [
        Box::new(Fixed::new(Span::micros(5)).unwrap()),
        Box::new(LogNormal::new(jitter, Span::millis(1)).unwrap()),
    ];
    for mut link in links {
        let mut saved = Vec::new();
        link.save(&mut saved).unwrap();
        let mut copy = link.clone();
        copy.load(&mut saved.as_slice()).unwrap();
        let (mut a, mut b) = (stream(), stream());
        for _ in 0..10 {
            assert_eq!(link.order(Time::ZERO, VENUE, &mut a), copy.order(Time::ZERO, VENUE, &mut b));
        }
    }
}

#[test]
fn parameters_out_of_range_are_named() {
    let text = |error: LatencyError| error.to_string();
    let early = Span::micros(-1);
    assert_eq!(text(Fixed::new(early).unwrap_err()), "delay must be at least 0s, but is -1us");
    let fixed = Fixed::new(Span::ZERO).unwrap();
    assert_eq!(text(fixed.with_order(early).unwrap_err()), "order must be at least 0s, but is -1us");
    assert_eq!(text(fixed.with_report(early).unwrap_err()), "report must be at least 0s, but is -1us");
    assert_eq!(text(fixed.with_feed(early).unwrap_err()), "feed must be at least 0s, but is -1us");
    let jitter = |base, median, sigma| text(Jitter::new(base, median, sigma).unwrap_err());
    assert_eq!(jitter(early, Span::ZERO, 0.0), "base must be at least 0s, but is -1us");
    assert_eq!(jitter(Span::ZERO, early, 0.0), "median must be at least 0s, but is -1us");
    assert_eq!(jitter(Span::ZERO, Span::ZERO, -0.1), "sigma must be finite and at least 0, but is -0.1");
    assert_eq!(jitter(Span::ZERO, Span::ZERO, f64::NAN), "sigma must be finite and at least 0, but is NaN");
    assert_eq!(
        jitter(Span::ZERO, Span::ZERO, f64::INFINITY),
        "sigma must be finite and at least 0, but is inf"
    );
    let none = Jitter::none(Span::ZERO).unwrap();
    assert_eq!(text(LogNormal::new(none, early).unwrap_err()), "feed must be at least 0s, but is -1us");
}

proptest! {
    /// Whatever the parameters, no message arrives before it was sent.
    #[test]
    fn delays_are_never_below_the_base(seed: u64, base in 0..i64::MAX, median in 0..i64::MAX, sigma in 0.0..1e3f64) {
        let base = Span::nanos(base);
        let jitter = Jitter::new(base, Span::nanos(median), sigma);
        let mut link = LogNormal::new(jitter.unwrap(), base).unwrap();
        let mut rng = StreamKey::root(seed).stream();
        for _ in 0..20 {
            prop_assert!(link.order(Time::ZERO, VENUE, &mut rng) >= base);
            prop_assert!(link.report(Time::ZERO, VENUE, &mut rng) >= base);
        }
    }
}
