//! Keeps the tables in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prism_core::sink::{
    AgentRow, Batch, BookRow, DepthRow, FillRow, IndicativeRow, LiquidationRow, OrderRow, PhaseRow,
    SeriesRow, Sink, SinkError, Table, Tables, TopRow, TradeRow, ValueRow, World,
};

/// A sink that keeps every batch as it comes, without a copy. Clones share what they hold: attach one to the
/// simulation and read from the other.
///
/// ```
/// use std::sync::Arc;
/// use prism_core::sink::{Batch, Sink, Table, TradeCols, TradeRow};
/// use prism_sinks::Memory;
///
/// let memory = Memory::new(Table::Trades.into());
/// let mut sink = memory.clone();
/// let mut trades = TradeCols::default();
/// trades.push(TradeRow { at: 5, book: 0, price: 10_000, qty: 3, aggressor: 0, maker: 1, taker: 2 });
/// sink.on_batch(&Arc::new(Batch::Trades(trades)))?;
/// sink.finish()?;
/// assert_eq!(memory.trades()[0].price, 10_000);
/// assert!(memory.is_complete());
/// # Ok::<(), prism_core::sink::SinkError>(())
/// ```
#[derive(Clone)]
pub struct Memory {
    wanted: Tables,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    world: Option<Arc<World>>,
    batches: Vec<Arc<Batch>>,
    complete: bool,
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident: $table:ident -> $row:ty;)+) => {
        $(
            $(#[$doc])*
            pub fn $name(&self) -> Vec<$row> {
                let held = self.held();
                let batches = held.batches.iter().filter_map(|batch| match &**batch {
                    Batch::$table(cols) => Some(cols),
                    _ => None,
                });
                batches.flat_map(|cols| cols.rows()).collect()
            }
        )+
    };
}

impl Memory {
    /// Keeps the given tables.
    pub fn new(tables: Tables) -> Memory {
        Memory { wanted: tables, held: Arc::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A panic elsewhere leaves whole batches behind: they may still be read.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names behind the ids, once the run has begun.
    pub fn world(&self) -> Option<Arc<World>> {
        self.held().world.clone()
    }

    /// True once a run has ended as it should.
    pub fn is_complete(&self) -> bool {
        self.held().complete
    }

    /// The batches of one table, in order.
    pub fn batches(&self, table: Table) -> Vec<Arc<Batch>> {
        self.held().batches.iter().filter(|batch| batch.table() == table).cloned().collect()
    }

    /// How many rows of a table are held.
    pub fn rows(&self, table: Table) -> usize {
        let held = self.held();
        held.batches.iter().filter(|batch| batch.table() == table).map(|batch| batch.len()).sum()
    }

    /// Takes all batches out, so that their buffers can be used again.
    pub fn take(&self) -> Vec<Arc<Batch>> {
        std::mem::take(&mut self.held().batches)
    }

    rows! {
        /// All trades.
        trades: Trades -> TradeRow;
        /// All tops of book.
        tops: Tops -> TopRow;
        /// All recorded depth.
        depth: Depth -> DepthRow;
        /// All requests.
        orders: Orders -> OrderRow;
        /// All fills.
        fills: Fills -> FillRow;
        /// All fundamental values.
        values: Values -> ValueRow;
        /// All numbers that agents emitted.
        series: Series -> SeriesRow;
        /// What agents held at the end.
        agents: Agents -> AgentRow;
        /// All changes of resting orders, and what else was told of books.
        book: Book -> BookRow;
        /// All phases.
        phases: Phases -> PhaseRow;
        /// All that calls would have given.
        indicative: Indicative -> IndicativeRow;
        /// All that venues have done for agents with too little margin.
        liquidations: Liquidations -> LiquidationRow;
    }
}

impl Sink for Memory {
    fn wants(&self) -> Tables {
        self.wanted
    }

    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        self.held().world = Some(world.clone());
        Ok(())
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        if self.wanted.has(batch.table()) {
            self.held().batches.push(batch.clone());
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.held().complete = true;
        Ok(())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let batches = self.held().batches.len();
        f.debug_struct("Memory")
            .field("wanted", &self.wanted)
            .field("batches", &batches)
            .finish_non_exhaustive()
    }
}
