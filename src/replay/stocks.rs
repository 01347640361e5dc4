//! The books of a tape: one a stock, of which at most one is compared.

use std::path::Path;

use prism_sinks::tape::itch::Alpha;

use super::ReplayError;
use super::book::TapeBook;
use super::feed::{Feed, Record};

/// Which stocks get a book.
#[derive(Clone, Copy, Debug)]
pub(super) enum Choice {
    /// Each its own.
    All,
    /// The tape's only one: orders of a second one are an error.
    Only { locate: Option<u16> },
    /// The one of that name.
    Named { stock: Alpha<8>, locate: Option<u16> },
}

/// The books by the stock's code, or the one that was chosen.
#[derive(Debug)]
pub(super) struct Stocks {
    choice: Choice,
    /// Books that had a message; most codes of a day never get there.
    books: Vec<Option<Box<TapeBook>>>,
}

impl Stocks {
    pub(super) fn new(choice: Choice) -> Stocks {
        Stocks { choice, books: Vec::new() }
    }

    /// The book that is compared and written.
    pub(super) fn chosen(&mut self) -> &mut TapeBook {
        self.at(0)
    }

    /// The place of the message's book; `None` if the message is about another stock than the chosen one.
    #[inline]
    pub(super) fn place(&mut self, record: &Record, feed: &Feed) -> Result<Option<usize>, ReplayError> {
        let code = record.locate();
        match &mut self.choice {
            Choice::All => Ok(Some(usize::from(code))),
            Choice::Only { locate: Some(locate) } if *locate == code => Ok(Some(0)),
            Choice::Only { locate } => {
                if record.change().is_none() {
                    // No order yet decides which stock the tape is of: it may be this one.
                    return Ok(locate.is_none().then_some(0));
                }
                let Some(first) = *locate else {
                    *locate = Some(code);
                    return Ok(Some(0));
                };
                let tape = feed.source().path().to_owned();
                Err(ReplayError::SeveralStocks { tape, offset: feed.offset(), first, second: code })
            }
            Choice::Named { stock, locate } => {
                if locate.is_none() && record.stock() == Some(*stock) {
                    *locate = Some(code);
                }
                Ok((*locate == Some(code)).then_some(0))
            }
        }
    }

    /// The book at a place that [`place`](Stocks::place) gave.
    #[inline]
    pub(super) fn at(&mut self, place: usize) -> &mut TapeBook {
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
        match self.choice {
            Choice::Named { stock, locate: None } => {
                Err(ReplayError::NoSuchStock { tape: tape.to_owned(), symbol: stock.to_string() })
            }
            _ => Ok(()),
        }
    }
}
