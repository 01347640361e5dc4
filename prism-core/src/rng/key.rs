//! Names of random streams: a path of words and indices, hashed to 128 bits.

use serde::{Deserialize, Serialize};

use super::RngStream;

/// The name of a random stream, as a path: `root(7).child("agents").child("noise").index(17)`.
///
/// Making a key draws nothing and needs no order, so a scenario that gains a group leaves the randomness of
/// every other group alone. For one parent, distinct indices give distinct keys always; for one last step,
/// distinct parents do; any other two paths collide with probability 2⁻¹²⁸.
///
/// ```
/// use prism_core::rng::StreamKey;
///
/// const NOISE: StreamKey = StreamKey::root(7).child("agents").child("noise");
/// let mut first = NOISE.index(0).stream();
/// let mut second = NOISE.index(1).stream();
/// assert_ne!(first.u64(), second.u64());
/// assert_eq!(NOISE.index(0).stream().u64(), NOISE.index(0).stream().u64());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StreamKey([u64; 2]);

/// First words of the fraction of pi: numbers with nothing up their sleeve.
const PI: [u64; 4] =
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

/// 2⁶⁴ over the golden ratio: the step of SplitMix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What kind of step follows, so that a name never equals an index.
const NAME: u64 = 1;
const INDEX: u64 = 2;
const STREAM: u64 = 3;

/// Stafford's mixer 13, the finaliser of SplitMix64: a bijection in which every input bit moves every
/// output bit.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Takes one word into the state: four Feistel rounds, so a bijection of the state for each word, and of
/// the word for each state.
const fn absorb(state: [u64; 2], word: u64) -> [u64; 2] {
    let [mut left, mut right] = state;
    let word = word.wrapping_mul(GOLDEN);
    left ^= mix(right.wrapping_add(word));
    right ^= mix(left.wrapping_add(PI[2]));
    left ^= mix(right.wrapping_add(PI[3]));
    right ^= mix(left.wrapping_add(GOLDEN));
    [left, right]
}

impl StreamKey {
    /// The key that all others of a run descend from.
    pub const fn root(seed: u64) -> StreamKey {
        StreamKey(absorb([PI[0], PI[1]], seed))
    }

    /// The key of `name` below this one. Names are compared byte by byte; any text will do, even empty.
    pub const fn child(self, name: &str) -> StreamKey {
        let bytes = name.as_bytes();
        let mut state = absorb(self.0, NAME);
        let mut at = 0;
        while at < bytes.len() {
            // Eight bytes a word, the first the lowest, on every platform.
            let mut word = 0;
            let mut i = 0;
            while i < 8 && at + i < bytes.len() {
                word |= (bytes[at + i] as u64) << (8 * i);
                i += 1;
            }
            state = absorb(state, word);
            at += 8;
        }
        // The length last, so that a name padded with zero bytes is another name.
        StreamKey(absorb(state, bytes.len() as u64))
    }

    /// The key of member `i` below this one.
    pub const fn index(self, i: u64) -> StreamKey {
        StreamKey(absorb(absorb(self.0, INDEX), i))
    }

    /// The stream of this name, at its beginning. Distinct keys give distinct states.
    pub const fn stream(self) -> RngStream {
        let first = absorb(self.0, STREAM);
        let second = absorb(first, STREAM);
        RngStream::from_words([first[0], first[1], second[0], second[1]])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn paths_that_look_alike_differ() {
        let root = StreamKey::root(1);
        let keys = [
            root,
            root.child(""),
            root.child("").child(""),
            root.child("a"),
            root.child("a\0"),
            root.child("\0a"),
            root.child("ab"),
            root.child("a").child("b"),
            root.child("abcdefgh"),
            root.child("abcdefgh\0"),
            root.child("abcdefgh").child(""),
            root.child("abcdefghi"),
            root.index(0),
            root.index(1),
            root.index(97),
            root.index(0).index(1),
            root.index(1).index(0),
            root.child("a").index(0),
            root.index(0).child("a"),
            StreamKey::root(0),
            StreamKey::root(2),
            StreamKey::root(u64::MAX),
        ];
        let states: BTreeSet<[u64; 2]> = keys.iter().map(|key| key.0).collect();
        assert_eq!(states.len(), keys.len());
        let streams: BTreeSet<u64> = keys.iter().map(|key| key.stream().u64()).collect();
        assert_eq!(streams.len(), keys.len());
    }

    /// Flipping any bit of a seed, an index or a name turns about half the bits of the stream's state.
    #[test]
    fn every_input_bit_moves_half_the_output() {
        let spread = |a: StreamKey, b: StreamKey| {
            let (a, b) = (a.stream().words(), b.stream().words());
            a.iter().zip(b).map(|(x, y)| (x ^ y).count_ones()).sum::<u32>()
        };
        let mut total = 0;
        for seed in 0..50u64 {
            for bit in 0..64 {
                let key = StreamKey::root(seed).child("noise");
                for turned in [
                    spread(key, StreamKey::root(seed ^ (1 << bit)).child("noise")),
                    spread(key.index(seed), key.index(seed ^ (1 << bit))),
                ] {
                    // 256 fair coins: standard deviation 8; 6400 trials stay within 5.5 of them.
                    assert!((84..=172).contains(&turned), "seed {seed}, bit {bit}: {turned} of 256");
                    total += turned;
                }
            }
        }
        let mean = f64::from(total) / 6400.0;
        assert!((mean - 128.0).abs() < 0.4, "{mean}"); // standard error 0.1
    }
}
