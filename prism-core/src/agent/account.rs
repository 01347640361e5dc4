//! What agents know of their own money and positions.

use crate::types::{BookId, Cash, CurrencyId, Instruments, Price, Qty, Side, SymbolId};

/// The accounts of a group's members, as their reports tell: a report still on its way is not in them. The
/// venue keeps the true ones.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// Places of one member: one for each currency and symbol that it may trade.
    currencies: Vec<CurrencyId>,
    symbols: Vec<SymbolId>,
    cash: Vec<Cash>,
    positions: Vec<i64>,
}

impl Accounts {
    /// Empty accounts of `members` agents that may trade `books`.
    pub fn new(members: usize, books: &[BookId], instruments: &Instruments) -> Accounts {
        let mut accounts = Accounts::default();
        for book in books {
            let symbol = instruments.books()[book.index()].symbol;
            let currency = instruments.symbols()[symbol.index()].currency;
            if !accounts.symbols.contains(&symbol) {
                accounts.symbols.push(symbol);
            }
            if !accounts.currencies.contains(&currency) {
                accounts.currencies.push(currency);
            }
        }
        accounts.cash = vec![Cash::ZERO; members * accounts.currencies.len()];
        accounts.positions = vec![0; members * accounts.symbols.len()];
        accounts
    }

    fn cash_at(&self, member: usize, currency: CurrencyId) -> Option<usize> {
        let place = self.currencies.iter().position(|&c| c == currency)?;
        Some(member * self.currencies.len() + place)
    }

    fn position_at(&self, member: usize, symbol: SymbolId) -> Option<usize> {
        let place = self.symbols.iter().position(|&s| s == symbol)?;
        Some(member * self.symbols.len() + place)
    }

    /// Books a fill.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        member: usize,
        (instruments, book): (&Instruments, BookId),
        side: Side,
        price: Price,
        qty: Qty,
        fee: Cash,
    ) {
        let symbol = instruments.books()[book.index()].symbol;
        let instrument = &instruments.symbols()[symbol.index()];
        // The venue has checked that the value fits before it traded.
        let value = instrument.value(price, qty).unwrap_or_default();
        if let Some(at) = self.cash_at(member, instrument.currency) {
            // What an agent is told saturates rather than ending the run; the venue's own account is exact.
            let paid = (value.0 * side.sign()).saturating_add(fee.0);
            self.cash[at] = Cash(self.cash[at].0.saturating_sub(paid));
        }
        if let Some(at) = self.position_at(member, symbol) {
            self.positions[at] = self.positions[at].saturating_add(side.sign() * qty.signed());
        }
    }

    /// One member's account.
    #[inline]
    pub fn of(&self, member: usize) -> Account<'_> {
        Account { accounts: self, member }
    }
}

/// One agent's account, as its reports tell.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    accounts: &'a Accounts,
    member: usize,
}

impl Account<'_> {
    /// What the agent has been paid less what it has paid, fees included. Agents begin with nothing and may
    /// go below it.
    #[inline]
    pub fn cash(&self, currency: CurrencyId) -> Cash {
        self.accounts.cash_at(self.member, currency).map_or(Cash::ZERO, |at| self.accounts.cash[at])
    }

    /// Lots bought less lots sold.
    #[inline]
    pub fn position(&self, symbol: SymbolId) -> i64 {
        self.accounts.position_at(self.member, symbol).map_or(0, |at| self.accounts.positions[at])
    }
}
