//! Where each order of a tape rests, by the number that the tape gives it.

#![allow(clippy::disallowed_types, reason = "only looked up by key, never iterated: no order can show")]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use prism_book::Handle;

/// The book's handles by the tape's order numbers; it holds the resting orders and no others.
pub(super) type Ids = HashMap<u64, Handle, BuildHasherDefault<IdHasher>>;

/// The places of instruments by their code.
pub(super) type Places = HashMap<u64, usize, BuildHasherDefault<IdHasher>>;

/// Order numbers are dense or nearly so: one multiplication whose halves are folded together spreads them over
/// both the bits that choose the place and those that tell entries apart.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    #[inline]
    fn write_u64(&mut self, id: u64) {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let product = u128::from(self.0 ^ id) * u128::from(ODD);
        #[allow(clippy::cast_possible_truncation)] // the low half is what is meant
        let low = product as u64;
        self.0 = low ^ (product >> 64) as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
