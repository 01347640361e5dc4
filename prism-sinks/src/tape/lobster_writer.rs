//! Writes LOBSTER message files.

use std::io::{self, Write};

use super::lobster::LobsterMessage;

/// Writes messages in the layout of LOBSTER's message files: six columns, times with nine decimals, line feeds only.
/// What [`LobsterReader`](super::LobsterReader) reads of it is what was written.
#[derive(Debug)]
pub struct LobsterWriter<W> {
    to: W,
    line: Vec<u8>,
}

impl<W: Write> LobsterWriter<W> {
    /// Writes to `to`, which should be buffered.
    pub fn new(to: W) -> LobsterWriter<W> {
        LobsterWriter { to, line: Vec::with_capacity(64) }
    }

    /// Writes one message. Its time must not be negative.
    ///
    /// # Errors
    /// The stream below refuses.
    pub fn write(&mut self, message: &LobsterMessage) -> io::Result<()> {
        const NANOS: i64 = 1_000_000_000;
        let row = message.row();
        let mut digits = itoa::Buffer::new();
        self.line.clear();
        self.line.extend_from_slice(digits.format(row.time_ns / NANOS).as_bytes());
        self.line.push(b'.');
        // One more digit in front keeps the zeros.
        self.line.extend_from_slice(&digits.format(NANOS + row.time_ns % NANOS).as_bytes()[1..]);
        for column in [i64::from(row.kind), row.order_id, row.size as i64, row.price, row.direction.into()] {
            self.line.push(b',');
            self.line.extend_from_slice(digits.format(column).as_bytes());
        }
        self.line.push(b'\n');
        self.to.write_all(&self.line)
    }

    /// The stream.
    pub fn get_ref(&self) -> &W {
        &self.to
    }

    /// Gives the stream back.
    pub fn into_inner(self) -> W {
        self.to
    }
}
