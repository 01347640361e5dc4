//! The kinds of field an ITCH message is made of.

use std::fmt;

use prism_core::types::Side;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A field of fixed length on the wire.
pub(super) trait Field: Sized {
    /// Bytes on the wire.
    const SIZE: usize;
    /// What the bytes must be, for an error.
    const EXPECTED: &'static str;
    /// Reads exactly `SIZE` bytes; `None` if they are no such field.
    fn get(bytes: &[u8]) -> Option<Self>;
    /// Writes exactly `SIZE` bytes.
    fn put(&self, out: &mut Vec<u8>);
    /// Writes the value as an entry of a JSON object.
    fn entry<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;
}

macro_rules! integer_field {
    ($($integer:ty),*) => {$(
        impl Field for $integer {
            const SIZE: usize = size_of::<$integer>();
            const EXPECTED: &'static str = "a big-endian integer";
            #[inline]
            fn get(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(<$integer>::from_be_bytes)
            }
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn entry<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
                map.serialize_entry(name, self)
            }
        }
    )*};
}
integer_field!(u16, u32, u64);

/// Nanoseconds after midnight, US/Eastern, in the 48 bits that the wire has for them (78 hours).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// A time; `None` from 2⁴⁸ ns on.
    pub const fn new(ns: u64) -> Option<Timestamp> {
        if ns >> 48 == 0 { Some(Timestamp(ns)) } else { None }
    }

    /// Nanoseconds after midnight.
    pub const fn ns(self) -> u64 {
        self.0
    }
}

impl Field for Timestamp {
    const SIZE: usize = 6;
    const EXPECTED: &'static str = "a time in nanoseconds";
    #[inline]
    fn get(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f] = bytes.try_into().ok()?;
        Some(Timestamp(u64::from_be_bytes([0, 0, a, b, c, d, e, f])))
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes()[2..]);
    }
    fn entry<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, &self.0)
    }
}

/// A text of at most `N` characters, padded with spaces on the wire: a stock (8), a participant (4), a reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alpha<const N: usize>([u8; N]);

impl<const N: usize> Alpha<N> {
    /// A text of up to `N` ASCII characters; `None` for anything else.
    pub fn new(text: &str) -> Option<Alpha<N>> {
        let mut bytes = [b' '; N];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        text.is_ascii().then_some(Alpha(bytes))
    }

    /// The bytes without the padding.
    pub fn trimmed(&self) -> &[u8] {
        let padding = self.0.iter().rev().take_while(|&&byte| byte == b' ').count();
        &self.0[..N - padding]
    }
}

/// All padding.
impl<const N: usize> Default for Alpha<N> {
    fn default() -> Alpha<N> {
        Alpha([b' '; N])
    }
}

impl<const N: usize> PartialEq<str> for Alpha<N> {
    fn eq(&self, text: &str) -> bool {
        self.trimmed() == text.as_bytes()
    }
}

impl<const N: usize> fmt::Display for Alpha<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The wire is ASCII; a byte beyond it (a damaged file) shows as its Latin-1 character.
        self.trimmed().iter().try_for_each(|&byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

impl<const N: usize> fmt::Debug for Alpha<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl<const N: usize> Serialize for Alpha<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<const N: usize> Field for Alpha<N> {
    const SIZE: usize = N;
    const EXPECTED: &'static str = "text";
    #[inline]
    fn get(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Alpha)
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
    fn entry<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, self)
    }
}

/// A code of one character.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Char(pub u8);

impl fmt::Display for Char {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Alpha([self.0]), f)
    }
}

impl fmt::Debug for Char {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.escape_ascii())
    }
}

impl Serialize for Char {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl Field for Char {
    const SIZE: usize = 1;
    const EXPECTED: &'static str = "a character";
    #[inline]
    fn get(bytes: &[u8]) -> Option<Self> {
        bytes.first().copied().map(Char)
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.0);
    }
    fn entry<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, self)
    }
}

impl Field for Side {
    const SIZE: usize = 1;
    const EXPECTED: &'static str = "a side, B or S";
    #[inline]
    fn get(bytes: &[u8]) -> Option<Self> {
        match bytes {
            b"B" => Some(Side::Buy),
            b"S" => Some(Side::Sell),
            _ => None,
        }
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.push(wire(*self));
    }
    fn entry<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, &Char(wire(*self)))
    }
}

fn wire(side: Side) -> u8 {
    match side {
        Side::Buy => b'B',
        Side::Sell => b'S',
    }
}
