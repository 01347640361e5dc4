//! Bytes as numbers, and back: small ones, which matter most, in one byte; any in a few more.

use prism_core::types::{AgentId, OrderId, Price, Qty, Span};

/// What is left of an input. Behind its end everything is zero.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

/// The counters of an agent whose ids take one byte.
const COUNTERS: u8 = 24;
/// The agents of these.
const AGENTS: u8 = 10;
/// A span in bits at most: a few hours, so that no day is repeated for ever.
const SPAN_BITS: u32 = 44;

impl Bytes<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    pub(crate) fn word(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Mostly near the middle; now and then far away, at the ends of the numbers, or any.
    pub(crate) fn price(&mut self, mid: i64) -> i64 {
        match self.byte() {
            near @ 0..240 => mid + i64::from(near) - 120,
            far @ 240..248 => mid + (i64::from(self.byte() as i8) << ((far - 240) * 7)),
            248 => i64::MIN + i64::from(self.byte()),
            249 => i64::MAX - i64::from(self.byte()),
            _ => self.word() as i64,
        }
    }

    pub(crate) fn qty(&mut self) -> u64 {
        match self.byte() {
            small @ 0..200 => u64::from(small),
            large @ 200..232 => u64::from(self.byte()) << (large - 200),
            232..248 => Qty::MAX.0 - u64::from(self.byte()),
            _ => self.word(),
        }
    }

    pub(crate) fn id(&mut self) -> OrderId {
        let (agent, counter) = match self.byte() {
            near @ 0..240 => (near / COUNTERS, near % COUNTERS),
            _ => (self.byte() % 64, self.byte()),
        };
        OrderId::new(AgentId(agent.into()), counter.into())
    }

    /// Nanoseconds or seconds; now and then any.
    pub(crate) fn span(&mut self) -> Span {
        match self.byte() {
            nanos @ 0..224 => Span::nanos(nanos.into()),
            224..248 => Span::secs(self.byte().into()),
            _ => Span::nanos((self.word() >> (64 - SPAN_BITS)) as i64),
        }
    }
}

/// Writes what [`Bytes`] reads.
#[derive(Default)]
pub(crate) struct Pen(pub(crate) Vec<u8>);

impl Pen {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn word(&mut self, word: u64) {
        self.0.extend(word.to_le_bytes());
    }

    pub(crate) fn price(&mut self, mid: i64, price: Price) {
        let small = |n: i128| u8::try_from(n).ok();
        let price = i128::from(price.0);
        if let Some(near @ 0..240) = small(price - i128::from(mid) + 120) {
            self.byte(near);
        } else if let Some(up) = small(price - i128::from(i64::MIN)) {
            self.0.extend([248, up]);
        } else if let Some(down) = small(i128::from(i64::MAX) - price) {
            self.0.extend([249, down]);
        } else {
            self.byte(250);
            self.word(price as u64);
        }
    }

    pub(crate) fn qty(&mut self, qty: Qty) {
        if qty.0 < 200 {
            self.byte(qty.0 as u8);
        } else if let Some(down @ 0..256) = Qty::MAX.0.checked_sub(qty.0) {
            self.0.extend([232, down as u8]);
        } else {
            self.byte(248);
            self.word(qty.0);
        }
    }

    pub(crate) fn id(&mut self, id: OrderId) {
        let (agent, counter) = (id.agent().0 as u8, id.counter() as u8);
        if agent < AGENTS && counter < COUNTERS {
            self.byte(agent * COUNTERS + counter);
        } else {
            self.0.extend([240, agent, counter]);
        }
    }

    pub(crate) fn span(&mut self, span: Span) {
        let nanos = span.as_nanos();
        let seconds = nanos / 1_000_000_000;
        if (0..224).contains(&nanos) {
            self.byte(nanos as u8);
        } else if nanos % 1_000_000_000 == 0 && seconds < 256 {
            self.0.extend([224, seconds as u8]);
        } else {
            self.byte(248);
            self.word((nanos as u64) << (64 - SPAN_BITS));
        }
    }
}
