//! What the tables look like outside: which columns, under which names, with names instead of ids.
//!
//! One description serves CSV, NDJSON, Arrow and Parquet, so that a table is the same in all of them. Prices
//! stay integers (ticks), sizes lots, times nanoseconds since the run began, money units of the currency; the
//! instrument table says what a tick, a lot and a unit are worth. A value that means nothing is absent: the
//! bid of an empty side, the price of a market order, the side of a cancel.

use prism_core::market::BookAction;
use prism_core::msg::Phase;
use prism_core::sink::{Batch, BookCols, SinkError, Table, World, order_kind};

/// Version of the columns of all tables; grows when a column changes its name, type or meaning.
pub const SCHEMA_VERSION: u32 = 2;

/// The unit of times.
pub(crate) const NANOSECONDS: &str = "ns since the run began";
/// The unit of prices.
pub(crate) const TICKS: &str = "ticks";

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    /// What a number in it counts; for codes, what they stand for.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "text formats have no place for units"))]
    pub(crate) unit: &'static str,
    /// Where its cells are in a batch.
    pub(crate) source: Source,
    /// Whether the cell of a row means anything; `None` where it always does.
    pub(crate) present: Option<fn(&Batch, usize) -> bool>,
}

/// Where the cells of a column are, and of which type. A batch of another table has none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    I64(fn(&Batch) -> &[i64]),
    U64(fn(&Batch) -> &[u64]),
    U32(fn(&Batch) -> &[u32]),
    U16(fn(&Batch) -> &[u16]),
    F64(fn(&Batch) -> &[f64]),
    /// 0 is false, all else true.
    Flag(fn(&Batch) -> &[u8]),
    /// Indices of names.
    Code8(fn(&Batch) -> &[u8], Legend),
    /// Indices of names.
    Code16(fn(&Batch) -> &[u16], Legend),
}

/// What codes stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Legend {
    SymbolOfBook,
    VenueOfBook,
    Symbol,
    Series,
    Group,
    GroupKind,
    Side,
    OrderKind,
    Tif,
    BookAction,
    Phase,
}

impl Legend {
    /// All, in the order of their numbers.
    pub(crate) const ALL: [Legend; 11] = [
        Legend::SymbolOfBook,
        Legend::VenueOfBook,
        Legend::Symbol,
        Legend::Series,
        Legend::Group,
        Legend::GroupKind,
        Legend::Side,
        Legend::OrderKind,
        Legend::Tif,
        Legend::BookAction,
        Legend::Phase,
    ];

    /// The names, indexed by the code.
    fn of(self, world: &World) -> Vec<String> {
        let table = &world.instruments;
        let fixed = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        match self {
            Legend::SymbolOfBook => {
                table.books().iter().map(|book| table.symbols()[book.symbol.index()].name.clone()).collect()
            }
            Legend::VenueOfBook => {
                table.books().iter().map(|book| table.venues()[book.venue.index()].clone()).collect()
            }
            Legend::Symbol => table.symbols().iter().map(|symbol| symbol.name.clone()).collect(),
            Legend::Series => world.series.clone(),
            Legend::Group => world.groups.iter().map(|group| group.name.clone()).collect(),
            Legend::GroupKind => world.groups.iter().map(|group| group.kind.clone()).collect(),
            Legend::Side => fixed(&["buy", "sell"]),
            Legend::OrderKind => fixed(&["new", "cancel", "reduce", "replace"]),
            Legend::Tif => fixed(&["gtc", "ioc", "fok", "post_only"]),
            Legend::BookAction => fixed(&BookAction::ALL.map(BookAction::name)),
            Legend::Phase => {
                let mut phases = Phase::ALL;
                phases.sort_by_key(|phase| *phase as u8);
                fixed(&phases.map(Phase::name))
            }
        }
    }
}

/// The names of one run, by legend.
#[derive(Clone, Debug)]
pub(crate) struct Names([Vec<String>; Legend::ALL.len()]);

impl Names {
    pub(crate) fn of(world: &World) -> Names {
        Names(Legend::ALL.map(|legend| legend.of(world)))
    }

    pub(crate) fn get(&self, legend: Legend) -> &[String] {
        &self.0[legend as usize]
    }
}

macro_rules! columns {
    ($table:ident: $( $name:ident = $source:ident($field:ident $(, $legend:ident)?) in $unit:tt
        $(if |$cols:ident, $row:ident| $present:expr)?; )*) => {
        &[$( Column {
            name: stringify!($name),
            unit: $unit,
            source: Source::$source(
                |batch| match batch { Batch::$table(cols) => &cols.$field, _ => &[] },
                $( Legend::$legend )?
            ),
            present: columns!(@present $table $(|$cols, $row| $present)?),
        } ),*]
    };
    (@present $table:ident) => { None };
    (@present $table:ident |$cols:ident, $row:ident| $present:expr) => {
        Some(|batch, $row| match batch { Batch::$table($cols) => $present, _ => false })
    };
}

static TRADES: &[Column] = columns!(Trades:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    price = I64(price) in TICKS;
    qty = U64(qty) in "lots";
    aggressor = Code8(aggressor, Side) in "side of the incoming order; none in an auction" if |cols, row| cols.aggressor[row] < 2;
    maker = U64(maker) in "order id, agent in the high 32 bits";
    taker = U64(taker) in "order id, agent in the high 32 bits";
);

static TOPS: &[Column] = columns!(Tops:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    bid = I64(bid) in TICKS if |cols, row| cols.bid_qty[row] > 0;
    bid_qty = U64(bid_qty) in "lots";
    ask = I64(ask) in TICKS if |cols, row| cols.ask_qty[row] > 0;
    ask_qty = U64(ask_qty) in "lots";
    last = I64(last) in TICKS;
);

static DEPTH: &[Column] = columns!(Depth:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    side = Code8(side, Side) in "side";
    level = U16(level) in "levels behind the best";
    price = I64(price) in TICKS;
    qty = U64(qty) in "lots";
);

static ORDERS: &[Column] = columns!(Orders:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    id = U64(id) in "order id, agent in the high 32 bits";
    kind = Code8(kind, OrderKind) in "kind of request";
    side = Code8(side, Side) in "side" if |cols, row| cols.kind[row] == order_kind::NEW;
    tif = Code8(tif, Tif) in "time in force" if |cols, row| cols.kind[row] == order_kind::NEW;
    price = I64(price) in TICKS if |cols, row| is_limit(cols.kind[row], cols.price[row]);
    qty = U64(qty) in "lots" if |cols, row| cols.kind[row] != order_kind::CANCEL;
);

/// Whether a request carries a price: a market order names the worst there is, and no other request but a
/// replacement has one.
fn is_limit(kind: u8, price: i64) -> bool {
    match kind {
        order_kind::NEW => price != i64::MAX && price != i64::MIN,
        order_kind::REPLACE => true,
        _ => false,
    }
}

static FILLS: &[Column] = columns!(Fills:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    id = U64(id) in "order id, agent in the high 32 bits";
    price = I64(price) in TICKS;
    qty = U64(qty) in "lots";
    left = U64(left) in "lots";
    maker = Flag(maker) in "true for the resting order";
    fee = I64(fee) in "cash_unit of the instrument";
);

static VALUES: &[Column] = columns!(Values:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(symbol, Symbol) in "name";
    value = F64(value) in TICKS;
);

static SERIES: &[Column] = columns!(Series:
    at = I64(at) in NANOSECONDS;
    series = Code16(series, Series) in "name";
    agent = U32(agent) in "agent id";
    value = F64(value) in "as the agent means it";
);

static AGENTS: &[Column] = columns!(Agents:
    agent = U32(agent) in "agent id";
    group = Code16(group, Group) in "name";
    kind = Code16(group, GroupKind) in "kind of agent";
    symbol = Code16(symbol, Symbol) in "name";
    position = I64(position) in "lots";
    cash = I64(cash) in "cash_unit of the instrument";
);

static BOOK: &[Column] = columns!(Book:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    seq = U64(seq) in "number in its book, from 1";
    action = Code8(action, BookAction) in "what happened to the resting order, or in the book";
    phase = Code8(phase, Phase) in "phase of the book";
    side = Code8(side, Side) in "side of the order, or the one that could not trade all" if |cols, row| is_sided(cols, row);
    id = U64(id) in "order id, agent in the high 32 bits" if |cols, row| cols.action[row] <= BookAction::Hidden as u8;
    price = I64(price) in TICKS if |cols, row| is_priced(cols, row);
    qty = U64(qty) in "lots" if |cols, row| cols.action[row] != BookAction::Phase as u8;
    left = U64(left) in "lots; what could not trade of an uncrossing" if |cols, row| cols.action[row] != BookAction::Phase as u8;
    traded = I64(traded) in TICKS if |cols, row| is_trade(cols.action[row]);
);

/// Whether an event of a book has a side: it is of an order, or one side could not trade all.
fn is_sided(cols: &BookCols, row: usize) -> bool {
    cols.action[row] <= BookAction::Hidden as u8 || cols.left[row] > 0
}

/// Whether an event of a book has a price: no phase has, nor a call in which nothing would trade.
fn is_priced(cols: &BookCols, row: usize) -> bool {
    let action = cols.action[row];
    action != BookAction::Phase as u8 && (action != BookAction::Indicative as u8 || cols.qty[row] > 0)
}

/// Whether an event of a book tells of a trade.
fn is_trade(action: u8) -> bool {
    use BookAction::{Cross, Execute, Hidden, Uncross};
    [Execute, Cross, Hidden, Uncross].into_iter().any(|trade| trade as u8 == action)
}

static PHASES: &[Column] = columns!(Phases:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    phase = Code8(phase, Phase) in "phase that begins";
);

static INDICATIVE: &[Column] = columns!(Indicative:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    price = I64(price) in TICKS if |cols, row| cols.volume[row] > 0;
    volume = U64(volume) in "lots";
    surplus = I64(surplus) in "lots that buyers (above zero) or sellers could not trade";
);

static LIQUIDATIONS: &[Column] = columns!(Liquidations:
    at = I64(at) in NANOSECONDS;
    symbol = Code16(book, SymbolOfBook) in "name";
    venue = Code16(book, VenueOfBook) in "name";
    agent = U32(agent) in "agent id";
    id = U64(id) in "id of the venue's order, agent in the high 32 bits";
    side = Code8(side, Side) in "what was done for the agent; none for a loss" if |cols, row| cols.side[row] < 2;
    price = I64(price) in TICKS if |cols, row| cols.side[row] < 2;
    qty = U64(qty) in "lots" if |cols, row| cols.side[row] < 2;
    fee = I64(fee) in "cash_unit of the instrument" if |cols, row| cols.side[row] < 2;
    covered = I64(covered) in "loss that the venue has borne, in cash_unit of the instrument" if |cols, row| cols.side[row] == 2;
);

/// The columns of a table, in order.
pub(crate) fn columns(table: Table) -> &'static [Column] {
    match table {
        Table::Trades => TRADES,
        Table::Tops => TOPS,
        Table::Depth => DEPTH,
        Table::Orders => ORDERS,
        Table::Fills => FILLS,
        Table::Values => VALUES,
        Table::Series => SERIES,
        Table::Agents => AGENTS,
        Table::Book => BOOK,
        Table::Phases => PHASES,
        Table::Indicative => INDICATIVE,
        Table::Liquidations => LIQUIDATIONS,
    }
}

/// A cell as text formats write it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Absent,
    Int(i64),
    Uint(u64),
    Float(f64),
    Flag(bool),
    Name(&'a str),
}

/// The cells of one column of one batch.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    /// The column's name.
    pub(crate) name: &'static str,
    batch: &'a Batch,
    slice: Slice<'a>,
    present: Option<fn(&Batch, usize) -> bool>,
}

#[derive(Debug)]
enum Slice<'a> {
    I64(&'a [i64]),
    U64(&'a [u64]),
    U32(&'a [u32]),
    U16(&'a [u16]),
    F64(&'a [f64]),
    Flag(&'a [u8]),
    Code8(&'a [u8], &'a [String]),
    Code16(&'a [u16], &'a [String]),
}

impl<'a> Cells<'a> {
    /// The columns of a batch, in order.
    ///
    /// # Errors
    /// A code without a name.
    pub(crate) fn of(batch: &'a Batch, names: &'a Names) -> Result<Vec<Cells<'a>>, SinkError> {
        let table = batch.table();
        let cells = |column: &Column| {
            let is_present = |row| column.present.is_none_or(|present| present(batch, row));
            let slice = match column.source {
                Source::I64(cells) => Slice::I64(cells(batch)),
                Source::U64(cells) => Slice::U64(cells(batch)),
                Source::U32(cells) => Slice::U32(cells(batch)),
                Source::U16(cells) => Slice::U16(cells(batch)),
                Source::F64(cells) => Slice::F64(cells(batch)),
                Source::Flag(cells) => Slice::Flag(cells(batch)),
                Source::Code8(cells, legend) => {
                    let (codes, names) = (cells(batch), names.get(legend));
                    let highest =
                        codes.iter().zip(0..).filter(|&(_, row)| is_present(row)).map(|(code, _)| *code);
                    check(table, column, highest.max().map(usize::from), names.len())?;
                    Slice::Code8(codes, names)
                }
                Source::Code16(cells, legend) => {
                    let (codes, names) = (cells(batch), names.get(legend));
                    let highest =
                        codes.iter().zip(0..).filter(|&(_, row)| is_present(row)).map(|(code, _)| *code);
                    check(table, column, highest.max().map(usize::from), names.len())?;
                    Slice::Code16(codes, names)
                }
            };
            Ok(Cells { name: column.name, batch, slice, present: column.present })
        };
        columns(table).iter().map(cells).collect()
    }

    /// The cell of a row of the batch.
    ///
    /// # Panics
    /// If the batch has no such row.
    pub(crate) fn at(&self, row: usize) -> Cell<'a> {
        if self.present.is_some_and(|present| !present(self.batch, row)) {
            return Cell::Absent;
        }
        match self.slice {
            Slice::I64(cells) => Cell::Int(cells[row]),
            Slice::U64(cells) => Cell::Uint(cells[row]),
            Slice::U32(cells) => Cell::Uint(cells[row].into()),
            Slice::U16(cells) => Cell::Uint(cells[row].into()),
            Slice::F64(cells) => Cell::Float(cells[row]),
            Slice::Flag(cells) => Cell::Flag(cells[row] != 0),
            Slice::Code8(codes, names) => Cell::Name(&names[usize::from(codes[row])]),
            Slice::Code16(codes, names) => Cell::Name(&names[usize::from(codes[row])]),
        }
    }
}

fn check(table: Table, column: &Column, highest: Option<usize>, names: usize) -> Result<(), SinkError> {
    match highest {
        Some(code) if code >= names => Err(SinkError::Other {
            what: format!("column {} of table {table}", column.name),
            why: format!("code {code} has no name: there are {names}"),
        }),
        _ => Ok(()),
    }
}
