//! No law may reach the platform's C library, whose last bits depend on the processor.
//!
//! The test runs itself again in a process where glibc is told to do without FMA and AVX2, and requires the
//! same hash of 200,000 draws of every law; a pinned hash does the same across machines. `num-traits/std` is
//! on in this build (see the dev-dependencies), which is what makes unguarded generic code call `std`.

use std::process::Command;

use prism_core::math;
use prism_core::prelude::*;
use prism_core::rng::Alias;

const DRAWS: u32 = 200_000;
const MARKER: &str = "PRISM_FLOAT_LEAK_CHILD";
/// Changes only with a "value-breaking" line in the changelog.
const PINNED: u64 = 0x0f53_ab17_134c_3a17;

/// FNV-1a over words.
fn fold(hash: u64, word: u64) -> u64 {
    word.to_le_bytes()
        .iter()
        .fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn hash_of_every_law() -> u64 {
    type Law = fn(&mut RngStream) -> f64;
    let laws: [(&str, Law); 13] = [
        ("unit", RngStream::unit),
        ("uniform", |r| r.uniform(-0.1, 0.7)),
        ("normal", RngStream::normal),
        ("exp1", RngStream::exp1),
        ("exp", |r| r.exp(Span::millis(100)).as_secs_f64()),
        ("lognormal", |r| r.lognormal(0.5, 1.2)),
        ("pareto", |r| r.pareto(2.0, 1.5)),
        ("student_t", |r| r.student_t(3.0)),
        ("weibull", |r| r.weibull(2.0, 0.7)),
        ("gamma", |r| r.gamma(0.3, 3.0) + r.gamma(2.5, 3.0)),
        ("poisson", |r| (r.poisson(3.0) + r.poisson(300.0)) as f64),
        ("geometric", |r| r.geometric(0.05) as f64),
        ("range", |r| (r.range_i64(-5..=900) + r.sign() + i64::from(r.chance(0.3))) as f64),
    ];
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for (name, law) in laws {
        let mut rng = StreamKey::root(11).child("leak").child(name).stream();
        for _ in 0..DRAWS {
            hash = fold(hash, law(&mut rng).to_bits());
        }
    }
    let weights: Vec<f64> = (1..50).map(|i| math::pow(f64::from(i), -1.3)).collect();
    let Ok(alias) = Alias::new(&weights) else { return 0 };
    let mut rng = StreamKey::root(11).child("leak").child("weights").stream();
    for _ in 0..DRAWS {
        hash = fold(hash, alias.pick(&mut rng) as u64);
        hash = fold(hash, rng.pick(&weights).map_or(u64::MAX, |at| at as u64));
    }
    let functions: [fn(f64) -> f64; 17] = [
        math::ln,
        math::log1p,
        math::log2,
        math::log10,
        math::exp,
        math::expm1,
        math::cbrt,
        math::sin,
        math::cos,
        math::tan,
        math::atan,
        math::sinh,
        math::cosh,
        math::tanh,
        math::erf,
        math::erfc,
        math::lgamma,
    ];
    for function in functions {
        for _ in 0..DRAWS / 10 {
            hash = fold(hash, function(rng.gamma(2.0, 2.0)).to_bits());
        }
    }
    for _ in 0..DRAWS {
        let (x, y) = (rng.gamma(2.0, 2.0), rng.normal());
        for value in [math::pow(x, y), math::hypot(x, y), math::atan2(x, y), math::powi(x, 7), math::sqrt(x)]
        {
            hash = fold(hash, value.to_bits());
        }
    }
    hash
}

#[test]
fn draws_do_not_depend_on_the_processor() {
    let hash = hash_of_every_law();
    if let Ok(parent) = std::env::var(MARKER) {
        assert_eq!(format!("{hash:#x}"), parent, "another processor would draw other numbers");
        return;
    }
    assert_eq!(hash, PINNED, "{hash:#018x}: the laws of random numbers have moved");
    let Ok(this) = std::env::current_exe() else { panic!("the test's own program is not to be found") };
    let child = Command::new(this)
        .args(["--exact", "draws_do_not_depend_on_the_processor"])
        .env(MARKER, format!("{hash:#x}"))
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4")
        .output();
    match child {
        Ok(child) => {
            let report = String::from_utf8_lossy(&child.stdout);
            assert!(child.status.success(), "{report}");
            assert!(report.contains("1 passed"), "the test did not run again:\n{report}");
        }
        Err(why) => panic!("could not run again: {why}"),
    }
}
