//! A running hash over 64-bit words: the fingerprint of a run.

/// A running hash. The same words in the same order give the same digest on every platform, in every
/// build; it depends on nothing else. Not cryptographic.
///
/// Each word is folded in by a 64×64→128-bit multiplication, the mixing step of wyhash (Wang Yi, 2019,
/// public domain).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

const K: [u64; 6] = [
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
    0x8ebc_6af0_9c88_c6e3,
    0x5899_65cc_7537_4cc3,
    0x1d8e_4e27_c47d_124f,
    0xeb44_acca_b455_d165,
];

impl Default for Digest {
    fn default() -> Digest {
        Digest::new()
    }
}

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Digest {
        Digest(0x8ebc_6af0_9c88_c6e3)
    }

    /// Folds one word in.
    #[inline]
    pub fn word(&mut self, word: u64) {
        self.0 = mix(self.0 ^ K[0], word ^ K[1]);
    }

    /// Folds two words in at the price of one.
    #[inline]
    pub fn pair(&mut self, first: u64, second: u64) {
        self.0 = mix(first ^ K[0], second ^ self.0);
    }

    /// Folds three words in, at the price of two.
    #[inline]
    pub fn three(&mut self, words: [u64; 3]) {
        let [a, b, c] = words;
        self.0 = mix(self.0 ^ mix(a ^ K[0], b ^ K[1]), c ^ K[2]);
    }

    /// Folds five words in, at the price of three.
    #[inline]
    pub fn five(&mut self, words: [u64; 5]) {
        let [a, b, c, d, e] = words;
        let (first, second) = (mix(a ^ K[0], b ^ K[1]), mix(c ^ K[2], d ^ K[3]));
        self.0 = mix(self.0 ^ first, second ^ e.rotate_left(17) ^ K[4]);
    }

    /// Folds seven words in. Only one of the multiplications waits for the words before, so that a processor
    /// does it beside other work.
    #[inline]
    pub fn seven(&mut self, words: [u64; 7]) {
        let [a, b, c, d, e, f, g] = words;
        let (first, second) = (mix(a ^ K[0], b ^ K[1]), mix(c ^ K[2], d ^ K[3]));
        let third = mix(e ^ K[4], f ^ K[5]);
        self.0 = mix(self.0 ^ first, (second ^ third.rotate_left(31)) ^ g.rotate_left(17));
    }

    /// Folds a signed word in.
    #[inline]
    pub fn int(&mut self, word: i64) {
        self.word(word as u64);
    }

    /// Folds a text in, with its length.
    pub fn text(&mut self, text: &str) {
        self.word(text.len() as u64);
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    /// The digest so far.
    pub fn value(&self) -> u64 {
        mix(self.0, K[0])
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation)] // the two halves are what is meant
fn mix(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    // Folding the factors back in keeps a zero among them from erasing the other.
    (wide as u64) ^ ((wide >> 64) as u64) ^ a.rotate_left(23) ^ b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[u64]) -> u64 {
        let mut digest = Digest::new();
        for &word in words {
            digest.word(word);
        }
        digest.value()
    }

    #[test]
    fn order_length_and_every_bit_count() {
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&[0]), of(&[0, 0]));
        assert_ne!(of(&[]), of(&[0]));
        let pair = |a, b| {
            let mut digest = Digest::new();
            digest.pair(a, b);
            digest.value()
        };
        assert_ne!(pair(1, 2), pair(2, 1));
        assert_ne!(pair(K[0], 2), pair(K[0], 3), "beside the zero factor");
        for bit in 0..64 {
            assert_ne!(of(&[7, 1 << bit, 9]), of(&[7, 0, 9]), "bit {bit}");
            assert_ne!(of(&[K[1] ^ (1 << bit), 5]), of(&[K[1], 5]), "bit {bit} beside the zero factor");
        }
    }

    /// Flips every bit of `zeros`, of 1, 2, 3, … and of the factors at which a multiplication gives zero.
    fn every_bit_counts<const N: usize>(fold: fn(&mut Digest, [u64; N]), factors: [u64; N]) {
        let of = |words| {
            let mut digest = Digest::new();
            fold(&mut digest, words);
            digest.value()
        };
        let flips = || (0..N).flat_map(|word| (0..64).map(move |bit| (word, bit)));
        let mut numbers = [0; N];
        (0..).zip(&mut numbers).for_each(|(n, number)| *number = n + 1);
        for base in [[0; N], numbers, factors] {
            let flipped = |(word, bit): (usize, u32)| {
                let mut words = base;
                words[word] ^= 1 << bit;
                of(words)
            };
            let mut seen: Vec<u64> = flips().map(flipped).collect();
            assert!(!seen.contains(&of(base)), "{base:?}");
            seen.sort_unstable();
            seen.dedup();
            assert!(base == factors || seen.len() == N * 64, "{base:?}");
        }
        for (a, b) in (0..N).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let mut swapped = numbers;
            swapped.swap(a, b);
            assert_ne!(of(swapped), of(numbers), "words {a} and {b}");
        }
    }

    #[test]
    fn of_several_words_every_bit_and_their_order_counts() {
        every_bit_counts(Digest::three, [K[0], K[1], K[2]]);
        every_bit_counts(Digest::five, [K[0], K[1], K[2], K[3], 0]);
        every_bit_counts(Digest::seven, [K[0], K[1], K[2], K[3], K[4], K[5], 0]);
    }

    #[test]
    fn pinned() {
        // A changed value here is a value-breaking change of every committed digest.
        let mut digest = Digest::new();
        digest.text("prism");
        digest.int(-1);
        assert_eq!(digest.value(), PINNED);
    }
    const PINNED: u64 = 18_010_358_295_374_310_572;
}
