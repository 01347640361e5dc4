//! The tables as columns of plain integers and floats.
//!
//! Times are nanoseconds since the run began, prices ticks, sizes lots, money units of the currency; ids
//! index the names in [`World`](super::World). Sides are 0 for buy and 1 for sell.

use super::Table;

macro_rules! tables {
    ($( $(#[$doc:meta])* $table:ident = $cols:ident / $row:ident { $( $(#[$col_doc:meta])* $col:ident: $ty:ty ),+ $(,)? } )+) => {
        $(
            $(#[$doc])*
            /// One row.
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub struct $row { $( $(#[$col_doc])* pub $col: $ty, )+ }

            $(#[$doc])*
            /// In columns, all of one length.
            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct $cols { $( $(#[$col_doc])* pub $col: Vec<$ty>, )+ }

            impl $cols {
                /// Empty columns with room for `rows` rows.
                pub fn with_capacity(rows: usize) -> Self {
                    Self { $( $col: Vec::with_capacity(rows), )+ }
                }
                /// Adds a row.
                #[inline]
                pub fn push(&mut self, row: $row) {
                    $( self.$col.push(row.$col); )+
                }
                /// The row at `at`, if there is one.
                pub fn row(&self, at: usize) -> Option<$row> {
                    Some($row { $( $col: *self.$col.get(at)?, )+ })
                }
                /// All rows in order.
                pub fn rows(&self) -> impl Iterator<Item = $row> + '_ {
                    (0..self.len()).filter_map(|at| self.row(at))
                }
                /// How many rows there are.
                pub fn len(&self) -> usize {
                    tables!(@first $(self.$col),+).len()
                }
                /// True without rows.
                pub fn is_empty(&self) -> bool {
                    self.len() == 0
                }
                fn clear(&mut self) {
                    $( self.$col.clear(); )+
                }
            }
        )+

        /// A batch of rows of one table.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Batch { $( $(#[$doc])* $table($cols), )+ }

        impl Batch {
            /// An empty batch of `table` with room for `rows` rows.
            pub fn with_capacity(table: Table, rows: usize) -> Batch {
                match table { $( Table::$table => Batch::$table($cols::with_capacity(rows)), )+ }
            }
            /// Its table.
            pub fn table(&self) -> Table {
                match self { $( Batch::$table(_) => Table::$table, )+ }
            }
            /// How many rows it has.
            pub fn len(&self) -> usize {
                match self { $( Batch::$table(cols) => cols.len(), )+ }
            }
            /// True without rows.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
            pub(super) fn clear(&mut self) {
                match self { $( Batch::$table(cols) => cols.clear(), )+ }
            }
        }
    };
    (@first $first:expr $(, $rest:expr)*) => { $first };
}

tables! {
    /// Trades.
    Trades = TradeCols / TradeRow {
        /// When, in ns.
        at: i64,
        /// The book.
        book: u16,
        /// The price in ticks.
        price: i64,
        /// The size in lots.
        qty: u64,
        /// The side of the incoming order; 2 in an uncrossing.
        aggressor: u8,
        /// The resting order.
        maker: u64,
        /// The incoming order.
        taker: u64,
    }
    /// Best bids and asks. A size of 0 stands for an empty side, whose price means nothing.
    Tops = TopCols / TopRow {
        /// When, in ns.
        at: i64,
        /// The book.
        book: u16,
        /// Best bid, in ticks.
        bid: i64,
        /// Its size, in lots.
        bid_qty: u64,
        /// Best ask, in ticks.
        ask: i64,
        /// Its size, in lots.
        ask_qty: u64,
        /// The last traded price, in ticks.
        last: i64,
    }
    /// Depth: all recorded levels of both sides after every change of any of them.
    Depth = DepthCols / DepthRow {
        /// When, in ns.
        at: i64,
        /// The book.
        book: u16,
        /// 0 for bids, 1 for asks.
        side: u8,
        /// 0 for the best level.
        level: u16,
        /// The price in ticks.
        price: i64,
        /// The size in lots.
        qty: u64,
    }
    /// Requests, as the venue carries them out: on arrival or, behind a gateway, when it is their turn.
    Orders = OrderCols / OrderRow {
        /// When that was, in ns.
        at: i64,
        /// The book.
        book: u16,
        /// The order's id.
        id: u64,
        /// What was asked: see [`order_kind`].
        kind: u8,
        /// The side of a new order; 0 otherwise.
        side: u8,
        /// The time in force of a new order (0 GTC, 1 IOC, 2 FOK, 3 post-only); 0 otherwise.
        tif: u8,
        /// The limit in ticks of a new order or a replace; 0 otherwise.
        price: i64,
        /// The size in lots of a new order or a replace, or by how much to reduce; 0 for a cancel.
        qty: u64,
    }
    /// Fills, one for each side of a trade.
    Fills = FillCols / FillRow {
        /// When, in ns.
        at: i64,
        /// The book; 65,535 for an order that its agent does not know.
        book: u16,
        /// The order's id.
        id: u64,
        /// The price in ticks.
        price: i64,
        /// The size in lots.
        qty: u64,
        /// What is left of the order, in lots.
        left: u64,
        /// 1 for the resting order, 0 for the incoming one.
        maker: u8,
        /// The fee in units of the currency; negative for a rebate.
        fee: i64,
    }
    /// Fundamental values.
    Values = ValueCols / ValueRow {
        /// From when on, in ns.
        at: i64,
        /// The symbol.
        symbol: u16,
        /// The value in ticks.
        value: f64,
    }
    /// Numbers that agents emit.
    Series = SeriesCols / SeriesRow {
        /// When, in ns.
        at: i64,
        /// The series.
        series: u16,
        /// Who.
        agent: u32,
        /// The number.
        value: f64,
    }
    /// What agents hold at the end: a row for each agent that traded and each symbol.
    Agents = AgentCols / AgentRow {
        /// The agent.
        agent: u32,
        /// Its group.
        group: u16,
        /// The symbol.
        symbol: u16,
        /// Its position in lots.
        position: i64,
        /// Its cash in the symbol's currency, in units, over all symbols of that currency.
        cash: i64,
    }
    /// The resting orders, change by change, and what else an exchange tells of a book: see
    /// [`BookEvent`](crate::market::BookEvent). From an empty book on the changes are the book, with every order in its
    /// place.
    Book = BookCols / BookRow {
        /// When, in ns.
        at: i64,
        /// The book.
        book: u16,
        /// Number of the event in its book, from 1, without a gap.
        seq: u64,
        /// What happened: the number of a [`BookAction`](crate::market::BookAction).
        action: u8,
        /// The phase of the book: the number of a [`Phase`](crate::msg::Phase).
        phase: u8,
        /// The side of the order, or the one that could not trade all.
        side: u8,
        /// The order.
        id: u64,
        /// Its price in ticks, of a replacement the new one; or that of the trades.
        price: i64,
        /// How much joined, left or traded, in lots; of a replacement the new size.
        qty: u64,
        /// What is left of the order, or could not trade, in lots.
        left: u64,
        /// The price of the trade in ticks; of a replacement the price before; else `price`.
        traded: i64,
    }
    /// The phases of books, from the beginning of each on. A book without a trading day has none.
    Phases = PhaseCols / PhaseRow {
        /// When, in ns.
        at: i64,
        /// The book.
        book: u16,
        /// The phase that begins: the number of a [`Phase`](crate::msg::Phase).
        phase: u8,
    }
    /// What calls would give if they ended at this moment.
    Indicative = IndicativeCols / IndicativeRow {
        /// When, in ns.
        at: i64,
        /// The book.
        book: u16,
        /// The price in ticks; without meaning if nothing would trade.
        price: i64,
        /// What would trade, in lots.
        volume: u64,
        /// What buyers (above zero) or sellers (below) could not trade at the price, in lots.
        surplus: i64,
    }
    /// What venues have done about agents with too little margin: trades in their name, and losses borne for them.
    Liquidations = LiquidationCols / LiquidationRow {
        /// When, in ns.
        at: i64,
        /// The book.
        book: u16,
        /// The agent.
        agent: u32,
        /// The id of the venue's order, or of what it has paid.
        id: u64,
        /// What was done for the agent: 0 bought, 1 sold, 2 a loss borne.
        side: u8,
        /// The price of the trade in ticks; 0 of a loss.
        price: i64,
        /// The size of the trade in lots; 0 of a loss.
        qty: u64,
        /// What the agent pays for the trade in units of the currency; 0 of a loss.
        fee: i64,
        /// What the venue has paid out of its till, in units of the currency; 0 of a trade.
        covered: i64,
    }
}

/// The values of [`OrderRow::kind`].
pub mod order_kind {
    /// A new order.
    pub const NEW: u8 = 0;
    /// A cancel.
    pub const CANCEL: u8 = 1;
    /// A reduction.
    pub const REDUCE: u8 = 2;
    /// A replacement.
    pub const REPLACE: u8 = 3;
}
