//! What agents know of their own money and positions.

use crate::memory::{NoMemory, filled};
use crate::types::{BookId, Cash, CurrencyId, Instruments, Price, Qty, Side, SymbolId};

/// The accounts of a group's members, as their reports tell: a report still on its way is not in them. The
/// venue keeps the true ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts {
    /// What a member's row holds: cash in these currencies, then positions in these symbols.
    currencies: Vec<CurrencyId>,
    symbols: Vec<SymbolId>,
    /// Per book: where its cash and its position are in a row, and the value of a tick × lot.
    books: Vec<Entry>,
    width: usize,
    /// Empty for a group of one currency and one symbol: there each member's [`Purse`] is the row.
    rows: Vec<i64>,
}

/// Cash and position of an agent that trades one symbol, kept with the agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purse([i64; PURSE]);

const PURSE: usize = 2;

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    cash: usize,
    position: usize,
    /// 0 for a book that the group does not trade.
    tick_lot: i64,
}

impl Accounts {
    /// Empty accounts of `members` agents that may trade `books`.
    pub(crate) fn new(
        members: usize,
        books: &[BookId],
        instruments: &Instruments,
    ) -> Result<Accounts, NoMemory> {
        let mut accounts = Accounts::default();
        let of = |book: &BookId| {
            let symbol = instruments.books()[book.index()].symbol;
            (symbol, &instruments.symbols()[symbol.index()])
        };
        for (symbol, instrument) in books.iter().map(of) {
            if !accounts.symbols.contains(&symbol) {
                accounts.symbols.push(symbol);
            }
            if !accounts.currencies.contains(&instrument.currency) {
                accounts.currencies.push(instrument.currency);
            }
        }
        accounts.books = vec![Entry::default(); instruments.books().len()];
        for book in books {
            let (symbol, instrument) = of(book);
            let cash = accounts.cash_at(instrument.currency).unwrap_or_default();
            let position = accounts.position_at(symbol).unwrap_or_default();
            accounts.books[book.index()] = Entry { cash, position, tick_lot: instrument.tick_lot };
        }
        accounts.width = accounts.currencies.len() + accounts.symbols.len();
        let cells = if accounts.width == PURSE { 0 } else { members * accounts.width };
        accounts.rows = filled("the accounts", cells, 0)?;
        Ok(accounts)
    }

    fn cash_at(&self, currency: CurrencyId) -> Option<usize> {
        self.currencies.iter().position(|&c| c == currency)
    }

    fn position_at(&self, symbol: SymbolId) -> Option<usize> {
        Some(self.currencies.len() + self.symbols.iter().position(|&s| s == symbol)?)
    }

    /// Books a fill. What an agent is told saturates rather than ending the run; the venue's own account is
    /// exact.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        (member, purse): (usize, &mut Purse),
        (book, side): (BookId, Side),
        (price, qty, fee): (Price, Qty, Cash),
    ) {
        let Some(&Entry { cash, position, tick_lot }) = self.books.get(book.index()) else { return };
        let lots = side.sign() * qty.signed();
        // The venue has checked that the value fits before it traded.
        let paid = price.0.saturating_mul(lots).saturating_mul(tick_lot).saturating_add(fee.0);
        let [cash, position] = if self.width == PURSE {
            purse.0.each_mut()
        } else {
            let row = self.rows.get_mut(member * self.width..).unwrap_or_default();
            let Ok(places) = row.get_disjoint_mut([cash, position]) else { return };
            places
        };
        *cash = cash.saturating_sub(paid);
        *position = position.saturating_add(lots);
    }

    /// One member's account.
    #[inline]
    pub(crate) fn of<'a>(&'a self, member: usize, purse: &'a Purse) -> Account<'a> {
        let row = member * self.width;
        let row = if self.width == PURSE { &purse.0[..] } else { &self.rows[row..row + self.width] };
        Account { accounts: self, row }
    }
}

/// One agent's account, as its reports tell.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    accounts: &'a Accounts,
    row: &'a [i64],
}

impl Account<'_> {
    /// What the agent has been paid less what it has paid, fees included. Agents begin with nothing and may
    /// go below it.
    #[inline]
    pub fn cash(&self, currency: CurrencyId) -> Cash {
        self.accounts.cash_at(currency).map_or(Cash::ZERO, |at| Cash(self.row[at]))
    }

    /// Lots bought less lots sold.
    #[inline]
    pub fn position(&self, symbol: SymbolId) -> i64 {
        self.accounts.position_at(symbol).map_or(0, |at| self.row[at])
    }
}
