//! Laws of value against their closed forms (physics §1.1 to 1.3), at fixed seeds.
//!
//! Bounds are four standard errors, Kolmogorov–Smirnov bounds those of p = 0.001, unless a line says otherwise.
#![allow(clippy::unwrap_used)]

use prism_core::math::{exp, expm1, ln, sqrt};
use prism_core::prelude::*;
use prism_core::value::Fundamental;
use prism_physics::value::{
    Brownian, Constant, GeometricBrownian, LogOrnsteinUhlenbeck, OrnsteinUhlenbeck, ValueError,
};
use statrs::distribution::{ContinuousCDF, Normal};

fn stream(name: &str) -> RngStream {
    StreamKey::root(1900).child("value").child(name).stream()
}

/// `n` independent values after `steps` steps from the start.
fn ends<F: Fundamental>(name: &str, law: &F, steps: usize, n: usize) -> Vec<f64> {
    let mut law = law.clone_box();
    let mut rng = stream(name);
    let mut values = [0.0];
    (0..n)
        .map(|_| {
            law.start(&mut values);
            for _ in 0..steps {
                law.step(&mut rng, &mut values);
            }
            values[0]
        })
        .collect()
}

/// One path of `n` steps, without its beginning.
fn path<F: Fundamental>(name: &str, law: &F, n: usize) -> Vec<f64> {
    let mut law = law.clone_box();
    let mut rng = stream(name);
    let mut values = [0.0];
    law.start(&mut values);
    (0..n)
        .map(|_| {
            law.step(&mut rng, &mut values);
            values[0]
        })
        .collect()
}

fn mean(sample: &[f64]) -> f64 {
    sample.iter().sum::<f64>() / sample.len() as f64
}

fn variance(sample: &[f64]) -> f64 {
    let centre = mean(sample);
    sample.iter().map(|x| (x - centre) * (x - centre)).sum::<f64>() / (sample.len() - 1) as f64
}

/// Requires the mean and the variance of a sample of normal numbers.
fn normal_moments(name: &str, sample: &[f64], want_mean: f64, want_variance: f64) {
    let n = sample.len() as f64;
    let z = (mean(sample) - want_mean) / sqrt(want_variance / n);
    assert!(z.abs() < 4.0, "{name}: mean {} should be {want_mean}", mean(sample));
    let z = (variance(sample) / want_variance - 1.0) / sqrt(2.0 / n);
    assert!(z.abs() < 4.0, "{name}: variance {} should be {want_variance}", variance(sample));
}

/// Largest distance between two empirical distribution functions, times √(n/2).
fn two_sample_ks(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    assert_eq!(a.len(), b.len());
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let (n, mut i, mut j, mut worst) = (a.len(), 0, 0, 0usize);
    while i < n && j < n {
        if a[i] <= b[j] {
            i += 1;
        } else {
            j += 1;
        }
        worst = worst.max(i.abs_diff(j));
    }
    worst as f64 / n as f64 * sqrt(n as f64 / 2.0)
}

/// Requires that a sample has this normal law.
fn one_sample_ks(name: &str, mut sample: Vec<f64>, mean: f64, sd: f64) {
    sample.sort_by(f64::total_cmp);
    let law = Normal::new(mean, sd).unwrap();
    let n = sample.len() as f64;
    for (i, &x) in sample.iter().enumerate() {
        let apart = (law.cdf(x) - (i as f64 + 0.5) / n).abs();
        assert!(apart * n.sqrt() < 1.95, "{name}: {apart} at {x}");
    }
}

#[test]
fn constant_has_no_variance() {
    let law = Constant::new(10_000.0).unwrap();
    assert!(path("constant", &law, 1000).iter().all(|value| value.to_bits() == 10_000f64.to_bits()));
}

#[test]
fn brownian_steps_are_normal_with_the_right_moments() {
    let law = Brownian::new(10_000.0, 0.2, 1.3).unwrap().with_dt(Span::millis(250)).unwrap();
    // V(T) - V(0) over T = 5 s: mean mu T = 1, variance sigma² T = 8.45.
    let gains: Vec<f64> = ends("brownian", &law, 20, 50_000).iter().map(|v| v - 10_000.0).collect();
    normal_moments("brownian", &gains, 1.0, 8.45);
    one_sample_ks("brownian", gains, 1.0, sqrt(8.45));
}

#[test]
fn geometric_moments() {
    let (mu, sigma) = (0.05, 0.2);
    let law = GeometricBrownian::new(10_000.0, mu, sigma).unwrap().with_dt(Span::millis(500)).unwrap();
    // T = 1 s in two steps, large parameters to see the corrections.
    let values = ends("geometric", &law, 2, 200_000);
    let returns: Vec<f64> = values.iter().map(|v| ln(v / 10_000.0)).collect();
    normal_moments("log-return", &returns, mu - sigma * sigma / 2.0, sigma * sigma);
    one_sample_ks("log-return", returns, mu - sigma * sigma / 2.0, sigma);

    let n = values.len() as f64;
    let want_mean = 10_000.0 * exp(mu);
    let want_variance = 1e8 * exp(2.0 * mu) * expm1(sigma * sigma);
    assert!(((mean(&values) - want_mean) / sqrt(want_variance / n)).abs() < 4.0);
    // The kurtosis of a log-normal number of sigma 0.2 is 3.678.
    assert!(((variance(&values) / want_variance - 1.0) / sqrt(2.678 / n)).abs() < 4.0);
}

/// k = 0.5, sigma = 0.2: stationary variance 0.04, half-life 1.386294, ACF(1) = 0.606531 (recomputed values of
/// physics §1.3).
#[test]
fn ornstein_uhlenbeck_in_the_long_run() {
    let (k, sigma, n) = (0.5, 0.2, 400_000);
    let law = OrnsteinUhlenbeck::new(100.0, k, 100.0, sigma).unwrap().with_dt(Span::secs(1)).unwrap();
    let values = path("ornstein_uhlenbeck", &law, n);
    let phi = 0.606_531;
    let effective = n as f64 * (1.0 - phi * phi) / (1.0 + phi * phi);
    let z = (variance(&values) / 0.04 - 1.0) / sqrt(2.0 / effective);
    assert!(z.abs() < 4.0, "variance {}", variance(&values));

    let (centre, scale) = (mean(&values), variance(&values));
    let acf = |lag: usize| {
        let products = values.iter().zip(&values[lag..]).map(|(a, b)| (a - centre) * (b - centre));
        products.sum::<f64>() / n as f64 / scale
    };
    let error = sqrt((1.0 - phi * phi) / n as f64);
    assert!((acf(1) - phi).abs() < 4.0 * error, "ACF(1) {}", acf(1));
    for lag in 2..10u32 {
        // The errors of later lags are at most about 1/√effective.
        let want = exp(-k * f64::from(lag));
        assert!((acf(lag as usize) - want).abs() < 4.0 / sqrt(effective), "ACF({lag}) {}", acf(lag as usize));
    }
}

/// The regression of each value on the one before recovers k within two standard errors, `√((1 - phi²) / n)` in
/// phi, as often as a normal estimate does: in 95.4 % of 400 paths.
#[test]
fn regression_recovers_the_rate() {
    let (k, n, paths) = (0.5, 4_000, 400u32);
    let mut law = OrnsteinUhlenbeck::new(100.0, k, 100.0, 0.2).unwrap().with_dt(Span::secs(1)).unwrap();
    let (mut within, mut sum) = (0, 0.0);
    let mut rng = stream("regression");
    for _ in 0..paths {
        let mut value = [100.0];
        let values: Vec<f64> = (0..n)
            .map(|_| {
                law.step(&mut rng, &mut value);
                value[0]
            })
            .collect();
        let centre = mean(&values);
        let (mut products, mut squares) = (0.0, 0.0);
        for pair in values.windows(2) {
            products += (pair[0] - centre) * (pair[1] - centre);
            squares += (pair[0] - centre) * (pair[0] - centre);
        }
        let phi: f64 = products / squares;
        let error = sqrt((1.0 - phi * phi) / f64::from(n)) / phi;
        let z = (-ln(phi) - k) / error;
        within += u32::from(z.abs() < 2.0);
        sum += z;
    }
    let share = f64::from(within) / f64::from(paths);
    assert!((share - 0.954).abs() < 4.0 * sqrt(0.954 * 0.046 / f64::from(paths)), "{share}");
    // The bias of the estimate, (1 + 3 phi) / n in phi, is a twentieth of its standard error.
    let mean_z = sum / f64::from(paths);
    assert!(mean_z.abs() < 4.0 / sqrt(f64::from(paths)), "{mean_z}");
}

#[test]
fn half_the_displacement_is_gone_after_a_half_life() {
    let half_life = Span::from_secs_f64(1.386_294_361_119_890_6);
    let law = OrnsteinUhlenbeck::new(300.0, 0.5, 100.0, 0.0).unwrap().with_dt(half_life).unwrap();
    for (n, value) in path("half-life", &law, 4).iter().enumerate() {
        assert!((value - 100.0 - 200.0 / f64::from(2 << n)).abs() < 1e-6, "{value}");
    }
    let log = LogOrnsteinUhlenbeck::new(400.0, 0.5, 100.0, 0.0).unwrap().with_dt(half_life).unwrap();
    assert!((path("half-life", &log, 1)[0] - 200.0).abs() < 1e-6); // √4 = 2
}

/// Conditional law of the level: mean `theta + (V - theta) e^{-kh}`, variance `sigma² (1 - e^{-2kh}) / 2k`, for a
/// start far from the mean and steps short, middling and long beside the half-life.
#[test]
fn reversion_has_the_exact_transition() {
    let (k, sigma) = (0.7, 20.0);
    for dt in [Span::millis(10), Span::secs(1), Span::secs(30)] {
        let law = OrnsteinUhlenbeck::new(900.0, k, 500.0, sigma).unwrap().with_dt(dt).unwrap();
        let values = ends("level", &law, 1, 50_000);
        let h = dt.as_secs_f64();
        let want = 500.0 + 400.0 * exp(-k * h);
        let spread = sigma * sigma * -expm1(-2.0 * k * h) / (2.0 * k);
        normal_moments("level", &values, want, spread);
        one_sample_ks("level", values, want, sqrt(spread));
    }
}

/// In the long run the logarithm is normal with variance `s² = sigma² / 2k`, so the value has the mean
/// `theta e^{s²/2}` and the variance `theta² e^{s²} (e^{s²} - 1)`.
#[test]
fn log_reversion_in_the_long_run() {
    let (k, sigma, theta) = (0.5, 0.2, 500.0);
    let law = LogOrnsteinUhlenbeck::new(900.0, k, theta, sigma).unwrap().with_dt(Span::secs(60)).unwrap();
    let values = path("log level", &law, 200_000);
    let (n, s2) = (values.len() as f64, sigma * sigma / (2.0 * k));
    let (want_mean, want_variance) = (theta * exp(s2 / 2.0), theta * theta * exp(s2) * expm1(s2));
    assert!(((mean(&values) - want_mean) / sqrt(want_variance / n)).abs() < 4.0, "{}", mean(&values));
    // The kurtosis of a log-normal number of variance 0.04 is 3.678.
    let z = (variance(&values) / want_variance - 1.0) / sqrt(2.678 / n);
    assert!(z.abs() < 4.0, "{}", variance(&values));
}

/// The parameters of the ABIDES reference configuration, in cents: k = 1.67e-16 1/ns, volatility 5e-5 cents/√ns,
/// that is 1.58 cents/√s, move the value by 242 cents in 6.5 hours.
#[test]
fn slow_reversion_moves_as_published() {
    let k = 1.67e-16 * 1e9;
    let sigma = 5e-5 * sqrt(1e9);
    let day = Span::secs(23_400);
    let law = OrnsteinUhlenbeck::new(1e5, k, 1e5, sigma).unwrap().with_dt(day).unwrap();
    let values = ends("reference", &law, 1, 100_000);
    let want = sigma * sigma * -expm1(-2.0 * k * 23_400.0) / (2.0 * k);
    assert!((sqrt(want) - 242.0).abs() < 1.0);
    normal_moments("reference", &values, 1e5, want);
}

/// As k tends to zero the law is Brownian motion, so variance grows as the step and not as its square.
#[test]
fn without_reversion_it_is_brownian_motion() {
    for dt in [Span::millis(1), Span::secs(1), Span::secs(10_000)] {
        let brownian = Brownian::new(1e6, 0.0, 1.3).unwrap().with_dt(dt).unwrap();
        let want = path("limit", &brownian, 100);
        for k in [0.0, 1e-300, 1e-18, 1e-14] {
            let law = OrnsteinUhlenbeck::new(1e6, k, 1e6, 1.3).unwrap().with_dt(dt).unwrap();
            for (got, want) in path("limit", &law, 100).iter().zip(&want) {
                assert!((got - want).abs() < 1e-5, "k = {k}, dt = {dt}: {got} {want}");
            }
        }
    }
    let spread = |dt| {
        let law = OrnsteinUhlenbeck::new(1e6, 1e-12, 1e6, 1.3).unwrap().with_dt(dt).unwrap();
        variance(&ends("scaling", &law, 1, 100_000))
    };
    // The same draws at both steps: only rounding is left.
    assert!((spread(Span::secs(16)) / spread(Span::secs(1)) - 16.0).abs() < 1e-3);
}

#[test]
fn one_step_is_two_half_steps() {
    let n = 50_000;
    let (whole, half) = (Span::millis(800), Span::millis(400));
    let brownian = Brownian::new(500.0, 3.0, 20.0).unwrap();
    let geometric = GeometricBrownian::new(500.0, 0.1, 0.3).unwrap();
    let level = OrnsteinUhlenbeck::new(600.0, 1.1, 500.0, 20.0).unwrap();
    let log = LogOrnsteinUhlenbeck::new(600.0, 1.1, 500.0, 0.3).unwrap();
    let same = |name: &str, one: Vec<f64>, two: Vec<f64>| {
        let distance = two_sample_ks(one, two);
        assert!(distance < 1.95, "{name}: {distance}");
    };
    same(
        "brownian",
        ends("one", &brownian.with_dt(whole).unwrap(), 1, n),
        ends("two", &brownian.with_dt(half).unwrap(), 2, n),
    );
    same(
        "geometric",
        ends("one", &geometric.with_dt(whole).unwrap(), 1, n),
        ends("two", &geometric.with_dt(half).unwrap(), 2, n),
    );
    same(
        "level",
        ends("one", &level.with_dt(whole).unwrap(), 1, n),
        ends("two", &level.with_dt(half).unwrap(), 2, n),
    );
    same(
        "log",
        ends("one", &log.with_dt(whole).unwrap(), 1, n),
        ends("two", &log.with_dt(half).unwrap(), 2, n),
    );
}

/// Conditional law of the logarithm: mean `ln theta + ln(V/theta) e^{-kh}`, variance `sigma² (1 - e^{-2kh}) / 2k`.
#[test]
fn log_reversion_has_the_exact_transition() {
    let (k, sigma) = (0.7, 0.25);
    let law = LogOrnsteinUhlenbeck::new(900.0, k, 500.0, sigma).unwrap().with_dt(Span::secs(2)).unwrap();
    let logs: Vec<f64> = ends("log", &law, 1, 50_000).iter().map(|&v| ln(v)).collect();
    let want = ln(500.0) + ln(900.0 / 500.0) * exp(-k * 2.0);
    let spread = sigma * sigma * -expm1(-2.0 * k * 2.0) / (2.0 * k);
    normal_moments("log", &logs, want, spread);
    one_sample_ks("log", logs, want, sqrt(spread));
    // In the long run: median theta, variance sigma² / 2k of the logarithm.
    let law = law.with_dt(Span::secs(30)).unwrap();
    let logs: Vec<f64> = path("log stationary", &law, 50_000).iter().map(|&v| ln(v)).collect();
    normal_moments("log stationary", &logs, ln(500.0), sigma * sigma / (2.0 * k));
}

#[test]
fn levels_stop_at_one_tick_and_come_back() {
    let brownian = path("floor", &Brownian::new(3.0, 0.0, 5.0).unwrap(), 10_000);
    let level = path("floor", &OrnsteinUhlenbeck::new(3.0, 0.1, 2.0, 5.0).unwrap(), 10_000);
    for values in [brownian, level] {
        assert!(values.iter().all(|&value| value >= 1.0));
        let at_floor = values.iter().filter(|&&value| value.to_bits() == 1f64.to_bits()).count();
        assert!(at_floor > 10 && at_floor < 9_000, "{at_floor}");
    }
    let log = path("floor", &GeometricBrownian::new(0.01, 0.0, 0.5).unwrap(), 10_000);
    assert!(log.iter().all(|&value| value > 0.0));
}

/// A law's state is the value itself: a copy, a law made anew and one loaded from a save go on alike, also from
/// a value that was moved.
#[test]
fn the_value_is_the_whole_state() {
    let laws: [Box<dyn Fundamental>; 5] = [
        Box::new(Constant::new(500.0).unwrap()),
        Box::new(Brownian::new(500.0, 0.1, 1.3).unwrap()),
        Box::new(GeometricBrownian::new(500.0, 0.1, 0.3).unwrap()),
        Box::new(OrnsteinUhlenbeck::new(500.0, 0.1, 400.0, 1.3).unwrap()),
        Box::new(LogOrnsteinUhlenbeck::new(500.0, 0.1, 400.0, 0.3).unwrap()),
    ];
    for mut law in laws {
        let mut fresh = law.clone();
        let mut rng = stream("state");
        let mut value = [0.0];
        law.start(&mut value);
        assert_eq!((law.width(), value), (1, [500.0]));
        for _ in 0..100 {
            law.step(&mut rng, &mut value);
        }
        let mut saved = Vec::new();
        law.save(&mut saved).unwrap();
        fresh.load(&mut saved.as_slice()).unwrap();
        value[0] *= 0.9;
        let (mut twin, mut twin_rng) = (value, rng.clone());
        for _ in 0..100 {
            law.step(&mut rng, &mut value);
            fresh.step(&mut twin_rng, &mut twin);
            assert_eq!(value[0].to_bits(), twin[0].to_bits());
        }
    }
}

/// The first values of each law, which a change of format moves.
#[test]
fn first_values() {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
    let brownian = Brownian::new(10_000.0, 0.0, Brownian::SIGMA).unwrap();
    let geometric = GeometricBrownian::new(10_000.0, 0.0, GeometricBrownian::SIGMA).unwrap();
    let level = OrnsteinUhlenbeck::new(10_000.0, 0.01, 9_900.0, OrnsteinUhlenbeck::SIGMA).unwrap();
    let log = LogOrnsteinUhlenbeck::new(10_000.0, 0.01, 9_900.0, LogOrnsteinUhlenbeck::SIGMA).unwrap();
    assert_eq!(
        bits(&path("pin", &brownian, 3)),
        [0x40c3_87d5_1c90_8b66, 0x40c3_880b_e8a4_aff6, 0x40c3_8821_ba2e_204c]
    );
    assert_eq!(
        bits(&path("pin", &geometric, 3)),
        [0x40c3_87d5_1c78_c070, 0x40c3_880b_e81a_8c93, 0x40c3_8821_b976_9720]
    );
    assert_eq!(
        bits(&path("pin", &level, 3)),
        [0x40c3_87c8_56e3_d147, 0x40c3_87f2_5f09_8dc0, 0x40c3_87fb_661b_8f6c]
    );
    assert_eq!(
        bits(&path("pin", &log, 3)),
        [0x40c3_87c8_46b6_f1c8, 0x40c3_87f2_3e19_e229, 0x40c3_87fb_34b3_b2d1]
    );
    // With drift, far from the mean, on another grid: the whole path in one word.
    let fold = |values: &[f64]| values.iter().fold(0, |sum: u64, x| sum.rotate_left(5) ^ x.to_bits());
    let odd = Span::nanos(333_333_333);
    let brownian = Brownian::new(500.0, 0.7, 20.0).unwrap().with_dt(odd).unwrap();
    let geometric = GeometricBrownian::new(500.0, 0.01, 0.3).unwrap().with_dt(odd).unwrap();
    let level = OrnsteinUhlenbeck::new(900.0, 0.3, 50.0, 40.0).unwrap().with_dt(odd).unwrap();
    let log = LogOrnsteinUhlenbeck::new(900.0, 0.3, 50.0, 0.4).unwrap().with_dt(odd).unwrap();
    let paths = [
        path("pin", &brownian, 300),
        path("pin", &geometric, 300),
        path("pin", &level, 300),
        path("pin", &log, 300),
    ];
    assert_eq!(
        paths.map(|path| fold(&path)),
        [0x01e4_2bd4_02a1_13bc, 0x4d41_b1be_5e55_2ef6, 0xaa40_e172_142a_f897, 0x4fcc_0aaa_391c_dc64]
    );
}

#[test]
fn parameters_out_of_range_are_named() {
    let text = |result: Result<(), ValueError>| result.unwrap_err().to_string();
    let brownian = |start, mu, sigma| text(Brownian::new(start, mu, sigma).map(|_| ()));
    assert_eq!(brownian(0.5, 0.0, 1.0), "start must be finite and at least 1 tick, but is 0.5");
    assert_eq!(brownian(1.0, f64::NAN, 1.0), "mu must be finite, but is NaN");
    assert_eq!(brownian(1.0, 0.0, -1.0), "sigma must be finite and at least 0, but is -1");
    let geometric = |start, mu, sigma| text(GeometricBrownian::new(start, mu, sigma).map(|_| ()));
    assert_eq!(geometric(0.0, 0.0, 1.0), "start must be finite and above 0, but is 0");
    assert_eq!(geometric(1.0, f64::INFINITY, 1.0), "mu must be finite, but is inf");
    assert_eq!(geometric(1.0, 0.0, f64::INFINITY), "sigma must be finite and at least 0, but is inf");
    let level = |start, k, theta, sigma| text(OrnsteinUhlenbeck::new(start, k, theta, sigma).map(|_| ()));
    assert_eq!(level(0.0, 1.0, 1.0, 1.0), "start must be finite and at least 1 tick, but is 0");
    assert_eq!(level(1.0, -0.1, 1.0, 1.0), "k must be finite and at least 0, but is -0.1");
    assert_eq!(level(1.0, 0.1, 0.0, 1.0), "theta must be finite and above 0, but is 0");
    assert_eq!(level(1.0, 0.1, 1.0, -2.0), "sigma must be finite and at least 0, but is -2");
    let log = |start, k, theta, sigma| text(LogOrnsteinUhlenbeck::new(start, k, theta, sigma).map(|_| ()));
    assert_eq!(log(-1.0, 1.0, 1.0, 1.0), "start must be finite and above 0, but is -1");
    assert_eq!(log(1.0, 1.0, f64::NAN, 1.0), "theta must be finite and above 0, but is NaN");
    assert_eq!(text(Constant::new(f64::NAN).map(|_| ())), "value must be finite, but is NaN");

    let law = Brownian::new(1.0, 0.0, 1.0).unwrap();
    assert_eq!(law.with_dt(Span::ZERO), Err(ValueError::Dt { dt: Span::ZERO }));
    assert_eq!(text(law.with_dt(Span::nanos(-5)).map(|_| ())), "dt must be at least 1ns, but is -5ns");
}

#[test]
fn priors_are_the_local_law_in_ticks() {
    let prior = |law: &dyn Fundamental| law.prior(0).expect("every law here has one");
    let ou = prior(&OrnsteinUhlenbeck::new(90.0, 0.5, 100.0, 0.2).expect("valid"));
    assert_eq!((ou.mean, ou.kappa, ou.sigma), (100.0, 0.5, 0.2));
    let log = prior(&LogOrnsteinUhlenbeck::new(90.0, 0.5, 100.0, 0.01).expect("valid"));
    assert_eq!((log.mean, log.kappa, log.sigma), (100.0, 0.5, 1.0));
    let gbm = prior(&GeometricBrownian::new(200.0, 0.0, 0.01).expect("valid"));
    assert_eq!((gbm.mean, gbm.kappa, gbm.sigma), (200.0, 0.0, 2.0));
    let still = prior(&Constant::new(7.0).expect("valid"));
    assert_eq!((still.mean, still.kappa, still.sigma), (7.0, 0.0, 0.0));
    let walk = prior(&Brownian::new(7.0, 1.0, 2.0).expect("valid"));
    assert_eq!((walk.mean, walk.kappa, walk.sigma), (7.0, 0.0, 2.0));
}
