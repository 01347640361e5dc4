//! The books of a tape: one a stock, of which at most one is compared.

use std::path::Path;

use prism_sinks::tape::itch::Alpha;

use super::ReplayError;
use super::book::Book;
use super::error::BookCode;
use super::feed::{Feed, Record};
use super::ids::Places;

/// Which stocks get a book.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    /// Each its own.
    All,
    /// The tape's only one: orders of a second one are an error.
    Only { code: Option<u64> },
    /// The one of that name.
    Named { stock: Alpha<8>, code: Option<u64> },
}

/// The instruments of a DBN tape that were asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub symbol: String,
    /// In ascending order.
    pub instruments: Vec<u32>,
    /// Whether any of them had a record.
    pub seen: bool,
}

/// The books by the stock's code, or the one that was chosen.
#[derive(Debug)]
pub(super) struct Stocks {
    choice: Choice,
    wanted: Option<Wanted>,
    /// Books that had a message; most codes of an ITCH day never get there.
    books: Vec<Option<Box<Book>>>,
    /// Where the books are whose codes are too large to be places.
    places: Places,
}

impl Stocks {
    pub(super) fn new(choice: Choice, wanted: Option<Wanted>) -> Stocks {
        Stocks { choice, wanted, books: Vec::new(), places: Places::default() }
    }

    /// The book that is compared and written.
    pub(super) fn chosen(&mut self) -> &mut Book {
        self.at(0)
    }

    /// The place of the message's book; `None` if the message is about another stock than the chosen one.
    #[inline]
    pub(super) fn place(&mut self, record: &Record, feed: &Feed) -> Result<Option<usize>, ReplayError> {
        if let (Some(wanted), Record::Dbn(record)) = (&mut self.wanted, record) {
            if wanted.instruments.binary_search(&record.head().instrument_id).is_err() {
                return Ok(None);
            }
            wanted.seen = true;
        }
        let code = record.code();
        match &mut self.choice {
            Choice::All => Ok(Some(self.place_of(record, code))),
            Choice::Only { code: Some(only) } if *only == code => Ok(Some(0)),
            Choice::Only { code: only } => {
                if record.change().is_none() {
                    // No order yet decides which stock the tape is of: it may be this one.
                    return Ok(only.is_none().then_some(0));
                }
                let Some(first) = *only else {
                    *only = Some(code);
                    return Ok(Some(0));
                };
                Err(several(record, feed, first))
            }
            Choice::Named { stock, code: named } => {
                if named.is_none() && record.stock() == Some(*stock) {
                    *named = Some(code);
                }
                Ok((*named == Some(code)).then_some(0))
            }
        }
    }

    /// The codes of ITCH stocks are places themselves.
    #[inline]
    fn place_of(&mut self, record: &Record, code: u64) -> usize {
        match record {
            Record::Dbn(_) => {
                let next = self.places.len();
                *self.places.entry(code).or_insert(next)
            }
            Record::Itch(message) => message.head.stock_locate.into(),
            _ => 0,
        }
    }

    /// The book at a place that [`place`](Stocks::place) gave.
    #[inline]
    pub(super) fn at(&mut self, place: usize) -> &mut Book {
        if place >= self.books.len() {
            self.books.resize_with(place + 1, || None);
        }
        self.books[place].get_or_insert_default()
    }

    /// After the tape's last message.
    ///
    /// # Errors
    /// The chosen stock never appeared.
    pub(super) fn finish(&self, tape: &Path) -> Result<(), ReplayError> {
        let missing = match (&self.choice, &self.wanted) {
            (Choice::Named { stock, code: None }, _) => stock.to_string(),
            (_, Some(wanted)) if !wanted.seen => wanted.symbol.clone(),
            _ => return Ok(()),
        };
        Err(ReplayError::NoSuchStock { tape: tape.to_owned(), symbol: missing })
    }
}

#[cold]
fn several(record: &Record, feed: &Feed, first: u64) -> ReplayError {
    let (tape, offset) = (feed.source().path().to_owned(), feed.offset());
    let second = record.code();
    match record {
        Record::Dbn(_) => {
            let (first, second) = (BookCode::of(first), BookCode::of(second));
            ReplayError::SeveralBooks { tape, offset, first, second }
        }
        _ => ReplayError::SeveralStocks { tape, offset, first, second },
    }
}
