//! Streams have names: keys are distinct, their streams unrelated, and a new name leaves the others alone.

use prism_core::prelude::*;

/// 20 seeds × 5 groups × 10,000 members, in the order of members, groups, seeds.
fn a_million_keys() -> impl Iterator<Item = StreamKey> {
    (0..20).flat_map(|seed| {
        ["noise", "noise2", "maker", "momentum", ""].into_iter().flat_map(move |group| {
            let group = StreamKey::root(seed).child("agents").child(group);
            (0..10_000).map(move |i| group.index(i))
        })
    })
}

#[test]
fn a_million_first_outputs_are_distinct() {
    let mut first: Vec<u64> = a_million_keys().map(|key| key.stream().u64()).collect();
    assert_eq!(first.len(), 1_000_000);
    first.sort_unstable();
    first.dedup();
    // 64 bits: two of a million ideal words meet with probability 3e-8.
    assert_eq!(first.len(), 1_000_000);
}

#[test]
fn every_bit_is_fair_across_keys() {
    let mut ones = [[0u32; 64]; 2];
    for key in a_million_keys() {
        let mut stream = key.stream();
        for ones in &mut ones {
            let word = stream.u64();
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += u32::from(word >> bit & 1 == 1);
            }
        }
    }
    for count in ones.as_flattened() {
        let z = (f64::from(*count) - 500_000.0) / 500.0;
        assert!(z.abs() < 4.2, "z = {z}"); // the worst of 128 is above with probability 0.003
    }
}

/// Neighbouring members, neighbouring seeds, and the first and second output of one stream.
#[test]
fn neighbours_are_uncorrelated() {
    let centred = |rng: &mut RngStream| (rng.unit() - 0.5) * 12f64.sqrt(); // variance 1
    let key = |seed, i| StreamKey::root(seed).child("agents").child("noise").index(i);
    let (mut members, mut seeds, mut successive) = (0.0, 0.0, 0.0);
    let n = 250_000u64;
    for i in 0..n {
        let mut one = key(7, i).stream();
        let first = centred(&mut one);
        members += first * centred(&mut key(7, i + 1).stream());
        seeds += centred(&mut key(i, 0).stream()) * centred(&mut key(i + 1, 0).stream());
        successive += first * centred(&mut one);
    }
    for (name, sum) in [("members", members), ("seeds", seeds), ("successive", successive)] {
        let z: f64 = sum / (n as f64).sqrt();
        assert!(z.abs() < 4.0, "{name}: z = {z}");
    }
}

/// The draws of a scenario's groups, by name, in the order in which they are listed.
fn scenario(groups: &[(&str, u64)]) -> Vec<(String, Vec<u64>)> {
    let agents = StreamKey::root(7).child("agents");
    groups
        .iter()
        .map(|&(name, count)| {
            let draws = (0..count)
                .flat_map(|i| {
                    let mut member = agents.child(name).index(i).stream();
                    let mut setup = agents.child(name).index(i).child("setup").stream();
                    [member.u64(), member.normal().to_bits(), setup.u64()]
                })
                .collect();
            (name.to_owned(), draws)
        })
        .collect()
}

#[test]
fn a_new_group_changes_no_other() {
    let before = scenario(&[("noise", 50), ("maker", 5)]);
    let after = scenario(&[("insider", 3), ("maker", 5), ("noise", 60)]);
    let find = |name: &str| after.iter().find(|group| group.0 == name).map(|group| &group.1[..]);
    for (name, draws) in &before {
        // A larger group keeps its first members as they were.
        assert_eq!(find(name).map(|all| &all[..draws.len()]), Some(&draws[..]), "{name}");
    }
    assert_ne!(find("insider").map(|all| &all[..9]), find("noise").map(|all| &all[..9]));
}
