//! Why a replay stops before its end.

use std::io;
use std::path::PathBuf;

use prism_sinks::tape::TapeError;
use thiserror::Error;

/// A replay that cannot go on. Every [cause](ReplayError::cause) but [`Write`](ReplayError::Write),
/// [`Dump`](ReplayError::Dump) and [`Stopped`](ReplayError::Stopped) says what is wrong with the input, and where.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The tape, or a reference in one of the tape formats, cannot be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// An option that does not fit the format, the reference or the other options.
    #[error("{option}: {why}")]
    Option {
        /// The option as it is typed.
        option: &'static str,
        /// What does not fit.
        why: String,
    },
    /// The reference is a JSON file but not one of checkpoints.
    #[error("{}:{line}:{column}: {what}", path.display())]
    Checkpoints {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// The tape has a row that the reference lacks: the two do not belong together, or one is cut.
    #[error("{}:{rows}: the reference ends after row {rows}, {} goes on with row {}", reference.display(),
        tape.display(), rows + 1)]
    ReferenceEnds {
        /// The reference.
        reference: PathBuf,
        /// The tape.
        tape: PathBuf,
        /// Rows of the reference.
        rows: u64,
    },
    /// The reference has a row that the tape never reaches.
    #[error("{}: the tape ends after {messages} messages at row {row}, {}:{} goes on", tape.display(),
        reference.display(), row + 1)]
    TapeEnds {
        /// The tape.
        tape: PathBuf,
        /// The reference.
        reference: PathBuf,
        /// Messages of the tape.
        messages: u64,
        /// The tape's last row.
        row: u64,
    },
    /// The tape ends before the message of a checkpoint.
    #[error("{}: the tape ends after {messages} messages, {} has a checkpoint after message {number}", tape.display(),
        reference.display())]
    CheckpointBeyond {
        /// The tape.
        tape: PathBuf,
        /// The reference.
        reference: PathBuf,
        /// Messages of the tape.
        messages: u64,
        /// Number of the checkpoint's message, or its line, from 1.
        number: u64,
    },
    /// The stream that gives the rows does not belong to the tape.
    #[error("{}:{line}: {what} (message {message} of {})", rows.display(), tape.display())]
    RowsDiffer {
        /// The completed stream.
        rows: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// The tape.
        tape: PathBuf,
        /// Number of the tape's message, from 1.
        message: u64,
        /// What differs.
        what: String,
    },
    /// A reference is for one stock and the tape has orders of more.
    #[error("{}: byte {offset}: an order of stock locate {second} after orders of stock locate {first}: \
        choose the stock with --symbol", tape.display())]
    SeveralStocks {
        /// The tape.
        tape: PathBuf,
        /// Offset of the message, from 0.
        offset: u64,
        /// Code of the stock whose orders came first.
        first: u64,
        /// Code of the other stock.
        second: u64,
    },
    /// A reference is for one book and the tape has several.
    #[error("{}: byte {offset}: a record of instrument {} of publisher {} (type {:#04x}) after those of instrument {} \
        of publisher {} (type {:#04x}): choose the instrument with --symbol", tape.display(), second.instrument,
        second.publisher, second.rtype, first.instrument, first.publisher, first.rtype)]
    SeveralBooks {
        /// The tape.
        tape: PathBuf,
        /// Offset of the record, from 0.
        offset: u64,
        /// Whose records came first.
        first: BookCode,
        /// Whose came then.
        second: BookCode,
    },
    /// A price that the layout of LOBSTER's order-book files cannot show.
    #[error("{}: a price of {price} in 1/10^{} is no multiple of 1/10,000, the unit of the file", path.display(),
        per_one.ilog10())]
    Unit {
        /// The file to be written.
        path: PathBuf,
        /// The price.
        price: i64,
        /// The parts of one that it is counted in.
        per_one: i64,
    },
    /// Depth updates are missing: the book is unknown from here on.
    #[error("{}:{line}: updates are missing: found an update from {first} on {}, expected the one that follows {last} \
        (--lenient waits for the next snapshot)", tape.display(), behind(*previous))]
    Gap {
        /// The tape.
        tape: PathBuf,
        /// Line of the update, or of the snapshot that does not reach it.
        line: u64,
        /// Id of the last update of the book.
        last: u64,
        /// Id of the first update of the message.
        first: u64,
        /// The update that it says it follows, where it does.
        previous: Option<u64>,
    },
    /// Depth updates wait for a snapshot, and it does not come.
    #[error("{}:{line}: no snapshot: {updates} depth updates wait for one", tape.display())]
    NoSnapshot {
        /// The tape.
        tape: PathBuf,
        /// Line of the last update.
        line: u64,
        /// Updates that wait.
        updates: usize,
    },
    /// The stock that was asked for is not on the tape.
    #[error("{}: the tape has no stock {symbol}", tape.display())]
    NoSuchStock {
        /// The tape.
        tape: PathBuf,
        /// What was asked for.
        symbol: String,
    },
    /// The file of book rows cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The stream that the decoded messages go to refuses.
    #[error("the decoded messages cannot be written: {0}")]
    Dump(io::Error),
    /// The caller asked for the end.
    #[error("stopped after {messages} messages")]
    Stopped {
        /// Messages read until then.
        messages: u64,
    },
    /// The replay ended early while it wrote a file of book rows.
    #[error("{error}; the rows until then are kept in {}", kept.display())]
    Unfinished {
        /// Why.
        error: Box<ReplayError>,
        /// The file as far as it came, under a name that says so.
        kept: PathBuf,
    },
}

fn behind(previous: Option<u64>) -> String {
    previous.map_or_else(String::new, |previous| format!("behind {previous}"))
}

/// Which book a record of a DBN tape belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookCode {
    /// The vendor's number of venue and dataset.
    pub publisher: u16,
    /// The number of the instrument.
    pub instrument: u32,
    /// The type of the records.
    pub rtype: u8,
}

impl BookCode {
    /// Which book a [code](super::feed::Record::code) of a DBN tape stands for.
    pub(super) fn of(code: u64) -> BookCode {
        let [a, b, c, d, rtype, low, high, _] = code.to_le_bytes();
        let (publisher, instrument) = (u16::from_le_bytes([low, high]), u32::from_le_bytes([a, b, c, d]));
        BookCode { publisher, instrument, rtype }
    }
}

impl ReplayError {
    /// What ended the replay, whatever was kept of it.
    pub fn cause(&self) -> &ReplayError {
        match self {
            ReplayError::Unfinished { error, .. } => error.cause(),
            cause => cause,
        }
    }

    /// True when what was given is wrong: a file or an option, rather than the machine or the caller.
    pub fn is_input(&self) -> bool {
        !matches!(
            self.cause(),
            ReplayError::Write { .. } | ReplayError::Dump(_) | ReplayError::Stopped { .. }
        )
    }
}
