//! Which tables there are, and sets of them.

use std::fmt;
use std::ops::BitOr;
use std::str::FromStr;

/// A table of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// One row per trade.
    Trades = 0,
    /// One row per change of a best bid or ask, or of the last price.
    Tops = 1,
    /// The best levels of books that record depth, one row a level.
    Depth = 2,
    /// One row per request that a venue carries out; none of what its gateway refuses.
    Orders = 3,
    /// Two rows per trade: the maker's and the taker's side of it.
    Fills = 4,
    /// The fundamental values on their grid.
    Values = 5,
    /// The numbers that agents emit.
    Series = 6,
    /// One row per agent and currency or symbol, at the end.
    Agents = 7,
    /// One row per change of a resting order, and what else an exchange tells of a book, in its order.
    Book = 8,
    /// One row per phase that a book goes over to.
    Phases = 9,
    /// One row per change of what a call would give.
    Indicative = 10,
    /// One row per trade that a venue has made for an agent with too little margin, and per loss that it has borne.
    Liquidations = 11,
}

impl Table {
    /// All tables, in order.
    pub const ALL: [Table; 12] = [
        Table::Trades,
        Table::Tops,
        Table::Depth,
        Table::Orders,
        Table::Fills,
        Table::Values,
        Table::Series,
        Table::Agents,
        Table::Book,
        Table::Phases,
        Table::Indicative,
        Table::Liquidations,
    ];

    /// Its name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Table::Trades => "trades",
            Table::Tops => "tops",
            Table::Depth => "depth",
            Table::Orders => "orders",
            Table::Fills => "fills",
            Table::Values => "values",
            Table::Series => "series",
            Table::Agents => "agents",
            Table::Book => "book",
            Table::Phases => "phases",
            Table::Indicative => "indicative",
            Table::Liquidations => "liquidations",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Table {
    type Err = ();
    fn from_str(name: &str) -> Result<Table, ()> {
        Table::ALL.into_iter().find(|table| table.name() == name).ok_or(())
    }
}

/// A set of tables.
///
/// ```
/// use prism_core::sink::{Table, Tables};
/// let some = Tables::from(Table::Trades) | Table::Tops.into();
/// assert!(some.has(Table::Tops) && !some.has(Table::Orders));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables(u16);

impl Tables {
    /// No table.
    pub const NONE: Tables = Tables(0);
    /// Every table.
    pub const ALL: Tables = Tables((1 << Table::ALL.len()) - 1);

    /// True when `table` is in the set.
    #[inline]
    pub const fn has(self, table: Table) -> bool {
        self.0 & (1 << table as u8) != 0
    }

    /// The tables in the set, in order.
    pub fn iter(self) -> impl Iterator<Item = Table> {
        Table::ALL.into_iter().filter(move |&table| self.has(table))
    }
}

impl From<Table> for Tables {
    fn from(table: Table) -> Tables {
        Tables(1 << table as u8)
    }
}

impl FromIterator<Table> for Tables {
    fn from_iter<I: IntoIterator<Item = Table>>(tables: I) -> Tables {
        tables.into_iter().fold(Tables::NONE, |set, table| set | table.into())
    }
}

impl BitOr for Tables {
    type Output = Tables;
    fn bitor(self, other: Tables) -> Tables {
        Tables(self.0 | other.0)
    }
}
