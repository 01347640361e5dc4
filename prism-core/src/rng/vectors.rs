//! Reference outputs. They pin the format: a change to any of them is "value-breaking" and belongs in the
//! changelog, since it moves the digest of every run.
#![allow(clippy::unwrap_used)]

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Alias, RngStream, StreamKey};
use crate::types::Span;

/// From `xoshiro256plusplus.c` (Blackman and Vigna, 2019, public domain, <https://prng.di.unimi.it>), compiled
/// and run from the state 1, 2, 3, 4: outputs 1 to 10, and the millionth.
#[test]
fn generator_is_the_published_one() {
    const FIRST: [u64; 10] = [
        41_943_041,
        58_720_359,
        3_588_806_011_781_223,
        3_591_011_842_654_386,
        9_228_616_714_210_784_205,
        9_973_669_472_204_895_162,
        14_011_001_112_246_962_877,
        12_406_186_145_184_390_807,
        15_849_039_046_786_891_736,
        10_450_023_813_501_588_000,
    ];
    let mut rng = RngStream::from_words([1, 2, 3, 4]);
    for want in FIRST {
        assert_eq!(rng.u64(), want);
    }
    for _ in 11..1_000_000 {
        rng.u64();
    }
    assert_eq!(rng.u64(), 6_247_625_096_812_398_776);
}

/// The same generator as the crate `rand_xoshiro`, through all three methods of the trait.
#[test]
fn generator_is_that_of_rand_xoshiro() {
    let mut ours = StreamKey::root(5).stream();
    let mut seed = [0; 32];
    for (bytes, word) in seed.chunks_mut(8).zip(ours.words()) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let mut theirs = Xoshiro256PlusPlus::from_seed(seed);
    for _ in 0..1000 {
        assert_eq!(ours.next_u64(), theirs.next_u64());
        assert_eq!(ours.next_u32(), theirs.next_u32());
        let (mut a, mut b) = ([0; 13], [0; 13]);
        ours.fill_bytes(&mut a);
        theirs.fill_bytes(&mut b);
        assert_eq!(a, b);
    }
}

#[test]
fn key_outputs() {
    const AGENTS: StreamKey = StreamKey::root(7).child("agents");
    for (key, want) in [
        (StreamKey::root(0), 7_608_299_437_350_176_726),
        (AGENTS.child("noise").index(17), 9_646_649_697_612_187_002),
        (StreamKey::root(7).child("value").child("BTCUSDT"), 2_076_306_241_401_519_606),
        (StreamKey::root(u64::MAX).child(""), 15_053_249_116_736_029_550),
    ] {
        assert_eq!(key.stream().u64(), want, "{key:?}");
    }
}

fn stream(name: &str) -> RngStream {
    StreamKey::root(42).child("vectors").child(name).stream()
}

/// The first four numbers of every law over the reals, bit by bit.
#[test]
fn first_real_outputs() {
    type Law = fn(&mut RngStream) -> f64;
    let laws: [(&str, Law, [u64; 4]); 10] = [
        (
            "unit",
            RngStream::unit,
            [0x3fc6_a637_c349_5570, 0x3fe1_b065_f476_5cde, 0x3fea_e507_d27f_087d, 0x3fe6_af29_ede8_dc8c],
        ),
        (
            "uniform",
            |r| r.uniform(-1.0, 2.0),
            [0x3ff5_3053_594a_087c, 0x3fe2_3661_2f3e_2f5a, 0xbfa9_2e09_4898_9070, 0x3ff5_13f4_7c4c_d128],
        ),
        (
            "normal",
            RngStream::normal,
            [0x3ff1_3e75_9697_d91a, 0x3fda_1478_3c67_0b6d, 0x3fc9_2cd9_9c67_73cd, 0x3ff1_bfbd_55f3_b936],
        ),
        (
            "exp1",
            RngStream::exp1,
            [0x3fa3_9063_8aee_dadb, 0x3ff2_b7bb_4be8_ba1a, 0x3fc4_7721_aef7_84d8, 0x3fe0_ad06_2a89_66a2],
        ),
        (
            "lognormal",
            |r| r.lognormal(0.5, 1.2),
            [0x3ff5_98db_25b1_afb8, 0x4017_27e7_e144_1659, 0x4002_30e2_abf1_b9cd, 0x3ff9_0a50_d35b_eba5],
        ),
        (
            "pareto",
            |r| r.pareto(2.0, 1.5),
            [0x4003_0225_cb92_7388, 0x401d_ad29_4645_3a0d, 0x4022_8e4b_fb56_8f82, 0x4000_6510_7a0d_4228],
        ),
        (
            "student_t",
            |r| r.student_t(3.0),
            [0xbff0_dc86_a5d2_2120, 0x3fe9_5c04_3c28_0b51, 0xbffa_3b73_fb6b_74ad, 0xbfe7_ece7_ffff_6ac1],
        ),
        (
            "weibull",
            |r| r.weibull(2.0, 0.7),
            [0x3ffb_07ce_065d_d294, 0x3fe3_1df8_1029_2625, 0x3fd8_2476_550e_9b6e, 0x3fd6_fa08_41be_0900],
        ),
        (
            "gamma",
            |r| r.gamma(2.5, 3.0),
            [0x4034_9062_51a2_828e, 0x401f_1bd9_7e66_a02b, 0x401a_fae2_5bd4_32d6, 0x4025_94ed_f863_77cc],
        ),
        (
            "gamma small",
            |r| r.gamma(0.3, 3.0),
            [0x3ffb_7a16_3d11_4ecc, 0x3fb3_68c7_9d05_c20c, 0x401e_00f6_9dae_94a8, 0x3fb7_31d1_c9d3_e07e],
        ),
    ];
    for (name, law, want) in laws {
        let mut rng = stream(name);
        let got: [u64; 4] = std::array::from_fn(|_| law(&mut rng).to_bits());
        assert_eq!(got, want, "{name}");
    }
}

/// The first four numbers of every law over the integers.
#[test]
fn first_whole_outputs() {
    type Law = fn(&mut RngStream) -> i64;
    const WEIGHTS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];
    let laws: [(&str, Law, [i64; 4]); 10] = [
        ("below", |r| r.below(1000).into(), [779, 448, 56, 982]),
        ("exp", |r| r.exp(Span::millis(100)).as_nanos(), [109_959_531, 103_609_775, 51_841_688, 31_476_364]),
        ("range", |r| r.range_i64(10..=20), [13, 19, 11, 11]),
        ("chance", |r| r.chance(0.5).into(), [1, 1, 0, 1]),
        ("sign", RngStream::sign, [1, 1, -1, -1]),
        ("poisson small", |r| r.poisson(3.0) as i64, [5, 3, 2, 2]),
        ("poisson large", |r| r.poisson(300.0) as i64, [303, 262, 294, 309]),
        ("geometric", |r| r.geometric(0.05) as i64, [3, 1, 12, 3]),
        ("pick", |r| r.pick(&WEIGHTS).unwrap() as i64, [3, 1, 3, 2]),
        ("alias", |r| Alias::new(&WEIGHTS).unwrap().pick(r) as i64, [3, 1, 1, 1]),
    ];
    for (name, law, want) in laws {
        let mut rng = stream(name);
        let got: [i64; 4] = std::array::from_fn(|_| law(&mut rng));
        assert_eq!(got, want, "{name}");
    }
    let mut hand = [1, 2, 3, 4, 5, 6, 7, 8];
    stream("shuffle").shuffle(&mut hand);
    assert_eq!(hand, [7, 4, 2, 6, 5, 8, 1, 3]);
}
