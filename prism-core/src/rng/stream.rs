//! The generator: xoshiro256++, 32 bytes of state, and the uniform words everything else is made of.

use std::convert::Infallible;

use rand_core::TryRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A stream of random numbers with PRISM's laws as methods. Made by
/// [`StreamKey::stream`](super::StreamKey::stream).
///
/// The generator is xoshiro256++ of Blackman and Vigna (*Scrambled linear pseudorandom number generators*, ACM
/// Trans. Math. Softw. 47(4), 2021): period 2²⁵⁶ − 1, not for cryptography. Every law computes with `libm`, so
/// a stream gives the same bits on every platform and with every set of features. Which law uses which method
/// is part of the format: a change is "value-breaking" and moves every digest.
///
/// No method panics. A law with parameters outside its domain returns what its documentation says, NaN for
/// laws of real numbers, and draws nothing.
///
/// It is also a generator in the sense of the crate `rand_core`; laws of `rand_distr` taken directly over
/// `f64` are not reproducible between builds, so prefer the methods here.
///
/// ```
/// use prism_core::prelude::*;
///
/// let mut rng = StreamKey::root(7).child("demo").stream();
/// let die = 1 + rng.below(6);
/// assert!((1..=6).contains(&die));
/// assert!(rng.exp(Span::millis(100)) >= Span::ZERO);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[u64; 4]", into = "[u64; 4]")]
pub struct RngStream([u64; 4]);

/// Why four words are not the state of an [`RngStream`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StateError {
    /// From the state of four zeros the generator never moves.
    #[error("the state of a random stream must not be all zeros")]
    Zero,
}

impl RngStream {
    /// The stream in this state; that of all zeros, which a key meets once in 2¹²⁸, moves aside.
    pub(super) const fn from_words(mut words: [u64; 4]) -> RngStream {
        if words[0] | words[1] | words[2] | words[3] == 0 {
            words[0] = 1;
        }
        RngStream(words)
    }

    /// The state.
    #[cfg(test)]
    pub(super) fn words(&self) -> [u64; 4] {
        self.0
    }

    /// The next 64 random bits.
    #[inline]
    pub fn u64(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }
}

impl TryFrom<[u64; 4]> for RngStream {
    type Error = StateError;

    fn try_from(words: [u64; 4]) -> Result<RngStream, StateError> {
        if words == [0; 4] { Err(StateError::Zero) } else { Ok(RngStream(words)) }
    }
}

impl From<RngStream> for [u64; 4] {
    fn from(stream: RngStream) -> [u64; 4] {
        stream.0
    }
}

/// The words of [`RngStream::u64`]; 32-bit words are their upper halves.
impl TryRng for RngStream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        #[allow(clippy::cast_possible_truncation)] // 32 bits are left
        Ok((self.u64() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        rand_core::utils::fill_bytes_via_next_word(bytes, || Ok(self.u64()))
    }
}
