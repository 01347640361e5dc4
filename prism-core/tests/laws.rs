//! Every law of `RngStream` against its closed form, at fixed seeds: the distribution function by
//! Kolmogorov–Smirnov or chi-square, moments within four standard errors.
//!
//! The bounds are those that an honest sampler misses once in a thousand seeds; the seeds are fixed, so a
//! failure means that a law has moved.
#![allow(clippy::unwrap_used)]

use prism_core::math::exp;
use prism_core::prelude::*;
use prism_core::rng::Alias;
use statrs::distribution::{
    ContinuousCDF, Discrete, Exp, Gamma, Geometric, LogNormal, Normal, Pareto, Poisson, StudentsT, Weibull,
};

const DRAWS: usize = 200_000;

fn stream(name: &str) -> RngStream {
    StreamKey::root(2026).child("laws").child(name).stream()
}

/// Draws from a law and requires `D √n < 1.95` (p = 0.001).
fn follows(name: &str, mut draw: impl FnMut(&mut RngStream) -> f64, cdf: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut rng = stream(name);
    let mut sample: Vec<f64> = (0..DRAWS).map(|_| draw(&mut rng)).collect();
    sample.sort_by(f64::total_cmp);
    let n = DRAWS as f64;
    let mut worst = 0.0;
    for (i, &x) in sample.iter().enumerate() {
        let p = cdf(x);
        for apart in [(p - i as f64 / n).abs(), ((i + 1) as f64 / n - p).abs()] {
            if apart > worst {
                worst = apart;
            }
        }
    }
    assert!(worst * n.sqrt() < 1.95, "{name}: D = {worst}");
    sample
}

/// Requires a mean within four standard errors.
fn averages(name: &str, sample: impl Iterator<Item = f64>, mean: f64, sd: f64) {
    let (mut sum, mut n) = (0.0, 0.0);
    for x in sample {
        sum += x;
        n += 1.0;
    }
    let z = (sum / n - mean) / sd * f64::sqrt(n);
    assert!(z.abs() < 4.0, "{name}: {} should be {mean}, z = {z}", sum / n);
}

/// Pearson's statistic of counts against expected counts, in standard deviations of its law.
fn chi_square_z(counts: &[u64], expected: impl Fn(usize) -> f64) -> f64 {
    let statistic: f64 = counts
        .iter()
        .enumerate()
        .map(|(i, &count)| {
            let expected = expected(i);
            assert!(expected > 10.0, "cell {i} is too thin: {expected}");
            (count as f64 - expected) * (count as f64 - expected) / expected
        })
        .sum();
    let freedom = (counts.len() - 1) as f64;
    (statistic - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn continuous_laws_follow_their_distribution_functions() {
    follows("unit", RngStream::unit, |x| x);
    follows("uniform", |r| r.uniform(-1.0, 3.0), |x| (x + 1.0) / 4.0);
    let normal = Normal::new(0.0, 1.0).unwrap();
    follows("normal", RngStream::normal, |x| normal.cdf(x));
    let exponential = Exp::new(1.0).unwrap();
    follows("exp1", RngStream::exp1, |x| exponential.cdf(x));
    let lognormal = LogNormal::new(0.5, 1.2).unwrap();
    follows("lognormal", |r| r.lognormal(0.5, 1.2), |x| lognormal.cdf(x));
    let pareto = Pareto::new(2.0, 1.5).unwrap();
    follows("pareto", |r| r.pareto(2.0, 1.5), |x| pareto.cdf(x));
    for nu in [1.0, 3.0, 7.5] {
        let student = StudentsT::new(0.0, 1.0, nu).unwrap();
        follows("student_t", |r| r.student_t(nu), |x| student.cdf(x));
    }
    let weibull = Weibull::new(0.7, 2.0).unwrap();
    follows("weibull", |r| r.weibull(2.0, 0.7), |x| weibull.cdf(x));
    for shape in [0.3, 1.0, 2.5, 40.0] {
        let gamma = Gamma::new(shape, 1.0 / 3.0).unwrap();
        follows("gamma", |r| r.gamma(shape, 3.0), |x| gamma.cdf(x));
    }
}

/// Moments up to the fourth, of a sample large enough to see an error of a few thousandths.
#[test]
fn normal_moments_and_tails() {
    let mut rng = stream("normal moments");
    let sample: Vec<f64> = (0..1_000_000).map(|_| rng.normal()).collect();
    averages("mean", sample.iter().copied(), 0.0, 1.0);
    averages("variance", sample.iter().map(|x| x * x), 1.0, 2f64.sqrt());
    averages("third", sample.iter().map(|x| x * x * x), 0.0, 15f64.sqrt());
    averages("fourth", sample.iter().map(|x| x * x * x * x), 3.0, 96f64.sqrt());
    averages("successive", sample.windows(2).map(|w| w[0] * w[1]), 0.0, 1.0);
    // Where the layers end and the tail has its own method, on both sides.
    let law = Normal::new(0.0, 1.0).unwrap();
    for edge in [2.0, 3.0, 3.654_152_885_361_009, 4.0] {
        let p = law.cdf(-edge);
        let sd = (p * (1.0 - p)).sqrt();
        averages("above", sample.iter().map(|&x| f64::from(u8::from(x > edge))), p, sd);
        averages("below", sample.iter().map(|&x| f64::from(u8::from(x < -edge))), p, sd);
    }
}

/// Two hundred cells of equal probability: sees a fault in any layer of the ziggurats.
#[test]
fn ziggurats_fill_every_cell() {
    let normal = Normal::new(0.0, 1.0).unwrap();
    let mut rng = stream("cells");
    let n = 1_000_000;
    let (mut normals, mut exponentials) = ([0; 200], [0; 200]);
    #[allow(clippy::cast_possible_truncation)]
    for _ in 0..n {
        normals[(normal.cdf(rng.normal()) * 200.0) as usize] += 1;
        exponentials[((1.0 - exp(-rng.exp1())) * 200.0) as usize] += 1;
    }
    for counts in [normals, exponentials] {
        let z = chi_square_z(&counts, |_| f64::from(n) / 200.0);
        assert!(z.abs() < 4.0, "{z}");
    }
}

#[test]
fn exponential_moments_and_waiting_times() {
    let mut rng = stream("exp1 moments");
    let sample: Vec<f64> = (0..1_000_000).map(|_| rng.exp1()).collect();
    averages("mean", sample.iter().copied(), 1.0, 1.0);
    averages("second", sample.iter().map(|x| x * x), 2.0, 20f64.sqrt());
    for edge in [5.0, 7.697_117_470_131_05, 9.0] {
        let p = exp(-edge);
        averages("above", sample.iter().map(|&x| f64::from(u8::from(x > edge))), p, p.sqrt());
    }

    let mut rng = stream("exp");
    let mean = Span::millis(100);
    let waits: Vec<Span> = (0..DRAWS).map(|_| rng.exp(mean)).collect();
    averages("waits", waits.iter().map(|wait| wait.as_nanos() as f64), 1e8, 1e8);
    // Rounded to the nearest: with a mean of 1 ns, zero has probability 1 - exp(-1/2).
    let p = 1.0 - exp(-0.5);
    let zeros = (0..DRAWS).map(|_| f64::from(u8::from(rng.exp(Span::nanos(1)) == Span::ZERO)));
    averages("zeros", zeros, p, (p * (1.0 - p)).sqrt());
}

#[test]
fn gamma_and_student_moments() {
    for (shape, scale) in [(0.3, 3.0), (2.5, 3.0), (100.0, 0.1)] {
        let mut rng = stream("gamma moments");
        let sample: Vec<f64> = (0..DRAWS).map(|_| rng.gamma(shape, scale)).collect();
        let sd = shape.sqrt() * scale;
        averages("gamma", sample.iter().copied(), shape * scale, sd);
        let kurtosis = 3.0 + 6.0 / shape;
        let square = |x: &f64| (x - shape * scale) * (x - shape * scale);
        averages("variance", sample.iter().map(square), sd * sd, sd * sd * f64::sqrt(kurtosis - 1.0));
    }
    let mut rng = stream("student moments");
    let sample: Vec<f64> = (0..DRAWS).map(|_| rng.student_t(10.0)).collect();
    // Variance 10/8, kurtosis 3 + 6/6.
    averages("variance", sample.iter().map(|x| x * x), 1.25, 1.25 * 3f64.sqrt());
}

#[test]
fn integers_are_uniform() {
    let mut rng = stream("below");
    for n in [2, 3, 10, 1000] {
        let mut counts = vec![0; n as usize];
        for _ in 0..DRAWS {
            counts[rng.below(n) as usize] += 1;
        }
        let z = chi_square_z(&counts, |_| DRAWS as f64 / f64::from(n));
        assert!(z.abs() < 4.0, "{n}: {z}");
    }
    // A bound near three quarters of 2^64, where a sampler without rejection would favour every third value.
    let bound = (1 << 63) + (1 << 62);
    let mut counts = [0; 3];
    for _ in 0..DRAWS {
        counts[(rng.below_u64(bound) % 3) as usize] += 1;
    }
    let z = chi_square_z(&counts, |_| DRAWS as f64 / 3.0);
    assert!(z.abs() < 4.0, "{z}");

    let mut ends = [0; 2];
    for _ in 0..1000 {
        let x = rng.range_i64(-3..=3);
        assert!((-3..=3).contains(&x));
        ends[0] += u32::from(x == -3);
        ends[1] += u32::from(x == 3);
    }
    assert!(ends.iter().all(|&n| n > 90), "{ends:?}");
    averages("sign", (0..DRAWS).map(|_| rng.sign() as f64), 0.0, 1.0);
    for p in [0.001, 0.3, 0.9] {
        let hits = (0..DRAWS).map(|_| f64::from(u8::from(rng.chance(p))));
        averages("chance", hits, p, (p * (1.0 - p)).sqrt());
    }
}

/// Counts of a law on 0, 1, 2 … against its probabilities, in the cells where 20 or more are expected; the last
/// of them with all that is left.
fn counts_follow(name: &str, mut draw: impl FnMut(&mut RngStream) -> u64, mass: impl Fn(u64) -> f64) {
    let mut rng = stream(name);
    let mut cells: Vec<u64> = (0..2000).filter(|&k| mass(k) * DRAWS as f64 > 20.0).collect();
    cells.pop();
    let first = cells[0];
    let mut counts = vec![0; cells.len() + 1];
    for _ in 0..DRAWS {
        let k = draw(&mut rng).wrapping_sub(first);
        counts[usize::try_from(k).unwrap().min(cells.len())] += 1;
    }
    let rest = 1.0 - cells.iter().map(|&k| mass(k)).sum::<f64>();
    let z =
        chi_square_z(&counts, |i| DRAWS as f64 * if i < cells.len() { mass(first + i as u64) } else { rest });
    assert!(z.abs() < 4.0, "{name}: {z}");
}

#[test]
fn counts_follow_their_probabilities() {
    for mean in [0.1, 3.0, 11.9, 12.1, 50.0, 300.0] {
        let law = Poisson::new(mean).unwrap();
        counts_follow("poisson", |r| r.poisson(mean), |k| law.pmf(k));
    }
    for p in [0.05, 0.4, 0.95] {
        let law = Geometric::new(p).unwrap(); // counts trials, not failures
        counts_follow("geometric", |r| r.geometric(p), |k| law.pmf(k + 1));
    }
    let mut rng = stream("large poisson");
    averages("1e6", (0..20_000).map(|_| rng.poisson(1e6) as f64), 1e6, 1e3);
}

#[test]
fn choices_follow_their_weights() {
    let weights = [3.0, 0.0, 0.5, 12.0, 0.0, 1.25, 0.125, 7.0];
    let total: f64 = weights.iter().sum();
    let alias = Alias::new(&weights).unwrap();
    assert_eq!(alias.positions(), 8);
    let mut rng = stream("choices");
    let (mut by_alias, mut by_scan) = ([0u64; 8], [0u64; 8]);
    for _ in 0..DRAWS {
        by_alias[alias.pick(&mut rng)] += 1;
        by_scan[rng.pick(&weights).unwrap()] += 1;
    }
    for counts in [by_alias, by_scan] {
        assert_eq!((counts[1], counts[4]), (0, 0), "weight zero was drawn");
        let drawn: Vec<(u64, f64)> = counts.into_iter().zip(weights).filter(|pair| pair.1 > 0.0).collect();
        let counts: Vec<u64> = drawn.iter().map(|pair| pair.0).collect();
        let z = chi_square_z(&counts, |i| drawn[i].1 / total * DRAWS as f64);
        assert!(z.abs() < 4.0, "{z}");
    }
}

/// All 24 orders of four cards.
#[test]
fn shuffles_are_uniform() {
    let mut rng = stream("shuffle");
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..DRAWS {
        let mut hand = [0, 1, 2, 3];
        rng.shuffle(&mut hand);
        *counts.entry(hand).or_insert(0u64) += 1;
    }
    let counts: Vec<u64> = counts.into_values().collect();
    assert_eq!(counts.len(), 24);
    let z = chi_square_z(&counts, |_| DRAWS as f64 / 24.0);
    assert!(z.abs() < 4.0, "{z}");
}
