//! Which row of the reference is due after which message of the tape.

use std::path::Path;

use prism_sinks::tape::itch::{Body, Message};
use prism_sinks::tape::{CompletedEvent, CompletedReader, LobsterEvent, Source};

use super::ReplayError;
use super::feed::{Record, inserted};

/// Tells the row that a message leads to.
#[derive(Debug)]
pub(super) enum RowClock {
    /// Row k belongs to message k.
    Message,
    /// The completed stream says so itself.
    Column,
    /// Another file says so: the completed stream from which an ITCH tape was made.
    Stream(Box<RowStream>),
}

/// The row, and whether the message is an event that the exchange never sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub row: u64,
    pub inserted: bool,
}

impl RowClock {
    /// Whether inserted events can be told from recorded ones.
    pub(super) fn tells_inserted(&self) -> bool {
        !matches!(self, RowClock::Message)
    }

    /// The row of message `number` (from 1); `ours` if it may belong to the book that is compared.
    pub(super) fn due(
        &mut self,
        record: &Record,
        number: u64,
        ours: bool,
        tape: &Path,
    ) -> Result<Due, ReplayError> {
        Ok(match (self, record) {
            (RowClock::Stream(stream), Record::Itch(message)) => {
                if ours {
                    stream.follow(message, number, tape)?
                } else {
                    Due { row: stream.row, inserted: false }
                }
            }
            (RowClock::Column, Record::Completed(message)) => {
                Due { row: message.row, inserted: record.inserted() }
            }
            _ => Due { row: number, inserted: record.inserted() },
        })
    }

    /// After the tape's last message: the last row, if it is not that message's own.
    ///
    /// # Errors
    /// The stream of rows has more events.
    pub(super) fn finish(&mut self, tape: &Path, messages: u64) -> Result<Option<u64>, ReplayError> {
        match self {
            RowClock::Stream(stream) => stream.finish(tape, messages).map(Some),
            RowClock::Message | RowClock::Column => Ok(None),
        }
    }
}

/// The completed stream, read in step with the tape that was made from it.
#[derive(Debug)]
pub(super) struct RowStream {
    reader: CompletedReader,
    row: u64,
    /// Trading actions seen: the first one opens the day and has no event.
    halts: u64,
}

impl RowStream {
    pub(super) fn open(path: &Path) -> Result<RowStream, ReplayError> {
        let reader = CompletedReader::new(Source::open(path)?)?;
        Ok(RowStream { reader, row: 1, halts: 0 })
    }

    fn follow(&mut self, message: &Message, number: u64, tape: &Path) -> Result<Due, ReplayError> {
        if let Body::TradingAction(_) = message.body {
            self.halts += 1;
        }
        let Some(accepts) = accepts(&message.body, self.halts) else {
            return Ok(Due { row: self.row, inserted: false });
        };
        let kind = char::from(message.body.kind());
        let Some((row, event)) = self.next()? else {
            return Err(self.differs(
                tape,
                number,
                format!("the rows end before a message of type `{kind}`"),
            ));
        };
        if !accepts(&event) {
            let what = format!("an event that a message of type `{kind}` cannot stand for");
            return Err(self.differs(tape, number, what));
        }
        Ok(Due { row, inserted: inserted(&event) })
    }

    /// The next event that has a message: crosses have none.
    fn next(&mut self) -> Result<Option<(u64, CompletedEvent)>, ReplayError> {
        loop {
            let Some(message) = self.reader.next().transpose()? else { return Ok(None) };
            self.row = message.row;
            if !matches!(message.event, CompletedEvent::Recorded(LobsterEvent::Cross { .. })) {
                return Ok(Some((message.row, message.event)));
            }
        }
    }

    fn finish(&mut self, tape: &Path, messages: u64) -> Result<u64, ReplayError> {
        match self.next()? {
            None => Ok(self.row),
            Some(_) => Err(self.differs(tape, messages, "an event after the tape's last message".to_owned())),
        }
    }

    fn differs(&self, tape: &Path, message: u64, what: String) -> ReplayError {
        ReplayError::RowsDiffer {
            rows: self.reader.source().path().to_owned(),
            // The header is the first line.
            line: self.reader.messages() + 1,
            tape: tape.to_owned(),
            message,
            what,
        }
    }
}

/// Which events a message can stand for; `None` for messages without an event.
fn accepts(body: &Body, halts: u64) -> Option<fn(&CompletedEvent) -> bool> {
    use CompletedEvent::{InsertedAdd, InsertedRemoval, Recorded};
    let accepts: fn(&CompletedEvent) -> bool = match body {
        Body::AddOrder(_) | Body::AddOrderMpid(_) => {
            |event| matches!(event, Recorded(LobsterEvent::Add(_)) | InsertedAdd(_))
        }
        Body::OrderExecuted(_) | Body::OrderExecutedWithPrice(_) => {
            |event| matches!(event, Recorded(LobsterEvent::Execute(_)))
        }
        Body::OrderCancel(_) | Body::OrderDelete(_) => |event| {
            let recorded =
                matches!(event, Recorded(LobsterEvent::PartialCancel(_) | LobsterEvent::Delete(_)));
            recorded || matches!(event, InsertedRemoval(_))
        },
        // A replacement is a removal and an addition; the stream may name either.
        Body::OrderReplace(_) => |_| true,
        Body::Trade(_) => |event| matches!(event, Recorded(LobsterEvent::ExecuteHidden { .. })),
        Body::TradingAction(_) if halts > 1 => |event| matches!(event, Recorded(LobsterEvent::Halt(_))),
        _ => return None,
    };
    Some(accepts)
}
