//! Fills batches and hands them to the sinks.

use std::fmt;
use std::sync::Arc;

use super::{
    AgentRow, Batch, BookRow, DepthRow, FillRow, IndicativeRow, LiquidationRow, OrderRow, PhaseRow,
    SeriesRow, Sink, SinkError, Table, Tables, TopRow, TradeRow, ValueRow, World,
};

/// Rows in a full batch.
pub const BATCH_ROWS: usize = 8_192;
/// Batches that are watched for coming back.
const MOST_LENT: usize = 32;

/// Collects rows of the tables that somebody wants and hands full batches on. Batches come back when all
/// sinks have dropped them, so a run in which sinks read at once allocates a few of them and no more.
#[derive(Default)]
pub struct Recorder {
    sinks: Vec<Box<dyn Sink>>,
    wanted: Tables,
    open: [Option<Batch>; Table::ALL.len()],
    /// Batches that were handed out and may have come back.
    lent: Vec<Arc<Batch>>,
    error: Option<SinkError>,
}

macro_rules! record {
    ($($(#[$doc:meta])* $name:ident: $table:ident($row:ty);)+) => {
        $(
            $(#[$doc])*
            #[inline]
            pub fn $name(&mut self, row: $row) {
                if let Some(Batch::$table(cols)) = &mut self.open[Table::$table as usize] {
                    cols.push(row);
                    if cols.len() >= BATCH_ROWS {
                        self.hand_on(Table::$table);
                    }
                }
            }
        )+
    };
}

impl Recorder {
    /// A recorder for `sinks`.
    pub fn new(sinks: Vec<Box<dyn Sink>>) -> Recorder {
        let wanted = sinks.iter().fold(Tables::NONE, |all, sink| all | sink.wants());
        let mut recorder = Recorder { sinks, wanted, ..Recorder::default() };
        for table in wanted.iter() {
            recorder.open[table as usize] = Some(Batch::with_capacity(table, BATCH_ROWS));
        }
        recorder
    }

    /// True when some sink wants `table`.
    #[inline]
    pub fn wants(&self, table: Table) -> bool {
        self.wanted.has(table)
    }

    /// Adds a sink, which gets the rows from here on. `world` is given to it at once in a run that has begun.
    ///
    /// # Errors
    /// Another sink's, when the rows so far are handed on, or its own when it is started.
    pub fn attach(&mut self, mut sink: Box<dyn Sink>, world: Option<&Arc<World>>) -> Result<(), SinkError> {
        self.flush()?;
        if let Some(world) = world {
            let done = sink.ready().and_then(|()| sink.start(world));
            done.map_err(|error| self.keep(error))?;
        }
        self.wanted = self.wanted | sink.wants();
        for table in sink.wants().iter() {
            self.open[table as usize].get_or_insert_with(|| Batch::with_capacity(table, BATCH_ROWS));
        }
        self.sinks.push(sink);
        Ok(())
    }

    /// Tells the sinks the names.
    ///
    /// # Errors
    /// The first sink's that fails.
    pub fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        let done = self.sinks.iter_mut().try_for_each(|sink| sink.start(world));
        done.map_err(|error| self.keep(error))
    }

    record! {
        /// Records a trade.
        trade: Trades(TradeRow);
        /// Records a top.
        top: Tops(TopRow);
        /// Records a level of depth.
        depth: Depth(DepthRow);
        /// Records a request.
        order: Orders(OrderRow);
        /// Records one side of a trade.
        fill: Fills(FillRow);
        /// Records a fundamental value.
        value: Values(ValueRow);
        /// Records an emitted number.
        series: Series(SeriesRow);
        /// Records what an agent holds.
        agent: Agents(AgentRow);
        /// Records a change of a resting order, or what else is told of a book.
        book: Book(BookRow);
        /// Records a phase.
        phase: Phases(PhaseRow);
        /// Records what a call would give.
        indicative: Indicative(IndicativeRow);
        /// Records what a venue has done for an agent.
        liquidation: Liquidations(LiquidationRow);
    }

    fn hand_on(&mut self, table: Table) {
        let Some(full) = self.open[table as usize].take() else { return };
        let full = self.share(full);
        for sink in &mut self.sinks {
            if self.error.is_none() && sink.wants().has(table) {
                self.error = sink.on_batch(&full).err();
            }
        }
        if self.lent.len() == MOST_LENT {
            // Kept by a sink for good, most likely; forgetting it costs one allocation if not.
            self.lent.remove(0);
        }
        self.lent.push(full);
        self.open[table as usize] = Some(self.fresh(table));
    }

    /// Puts a batch behind an `Arc`, reusing one that has come back.
    fn share(&mut self, batch: Batch) -> Arc<Batch> {
        for at in 0..self.lent.len() {
            if let Some(slot) = Arc::get_mut(&mut self.lent[at])
                && slot.is_empty()
                && slot.table() == batch.table()
            {
                *slot = batch;
                return self.lent.swap_remove(at);
            }
        }
        Arc::new(batch)
    }

    /// An empty batch, from one that has come back if there is any. What stays behind in its `Arc` is an
    /// empty shell without buffers, for [`share`](Recorder::share) to fill.
    fn fresh(&mut self, table: Table) -> Batch {
        for shared in &mut self.lent {
            if let Some(batch) = Arc::get_mut(shared)
                && !batch.is_empty()
                && batch.table() == table
            {
                let mut back = std::mem::replace(batch, Batch::with_capacity(table, 0));
                back.clear();
                return back;
            }
        }
        Batch::with_capacity(table, BATCH_ROWS)
    }

    /// True from the first failure of a sink on; [`check`](Recorder::check) says how.
    #[inline]
    pub fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// The first error of a sink.
    ///
    /// # Errors
    /// That error, and from the second call on [`SinkError::Before`], which tells of it.
    #[inline]
    pub fn check(&mut self) -> Result<(), SinkError> {
        match self.error.take() {
            None => Ok(()),
            Some(error) => Err(self.keep(error)),
        }
    }

    /// Remembers that the output is not whole, whatever is done about the error itself.
    #[cold]
    fn keep(&mut self, error: SinkError) -> SinkError {
        let why = match &error {
            SinkError::Before { why } => why.clone(),
            SinkError::Io { source, .. } => format!("{error}: {source}"),
            other => other.to_string(),
        };
        self.error = Some(SinkError::Before { why });
        error
    }

    /// Hands the begun batches on, without ending anything.
    ///
    /// # Errors
    /// The first sink's that fails.
    pub fn flush(&mut self) -> Result<(), SinkError> {
        for table in self.wanted.iter() {
            if self.open[table as usize].as_ref().is_some_and(|batch| !batch.is_empty()) {
                self.hand_on(table);
            }
        }
        self.check()
    }

    /// Hands the last batches on and finishes the sinks.
    ///
    /// # Errors
    /// The first sink's that fails.
    pub fn finish(&mut self) -> Result<(), SinkError> {
        self.flush()?;
        let done = self.sinks.iter_mut().try_for_each(|sink| sink.finish());
        done.map_err(|error| self.keep(error))
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("sinks", &self.sinks.len())
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    struct Keeper(Sender<Arc<Batch>>);
    impl Sink for Keeper {
        fn wants(&self) -> Tables {
            Table::Series.into()
        }
        fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
            self.0.send(batch.clone()).map_err(|_| SinkError::Closed { what: "channel".into() })
        }
    }

    fn row(n: usize) -> SeriesRow {
        SeriesRow { at: n as i64, series: 0, agent: 0, value: n as f64 }
    }

    #[test]
    fn buffers_come_back_when_sinks_let_go() {
        let (to, from) = channel();
        let mut recorder = Recorder::new(vec![Box::new(Keeper(to))]);
        let mut addresses = Vec::new();
        for n in 0..10 * BATCH_ROWS {
            recorder.series(row(n));
            if let Ok(batch) = from.try_recv() {
                assert_eq!(batch.len(), BATCH_ROWS);
                let Batch::Series(cols) = &*batch else { panic!("wrong table") };
                addresses.push(cols.at.as_ptr() as usize);
            }
        }
        assert_eq!(addresses.len(), 10);
        addresses.sort_unstable();
        addresses.dedup();
        assert!(addresses.len() <= 3, "{} buffers for ten batches", addresses.len());
    }

    #[test]
    fn a_failing_sink_is_reported_and_nothing_is_lost_before() {
        let (to, from) = channel();
        let mut recorder = Recorder::new(vec![Box::new(Keeper(to))]);
        recorder.series(row(1));
        recorder.flush().expect("open");
        assert_eq!(from.recv().expect("a batch").len(), 1);
        drop(from);
        recorder.series(row(2));
        assert!(matches!(recorder.flush(), Err(SinkError::Closed { .. })));
        for _ in 0..2 {
            let again = recorder.flush().expect_err("the row is still missing").to_string();
            assert_eq!(again, "the output is not whole: the reader of channel has gone away");
        }
        assert!(matches!(recorder.finish(), Err(SinkError::Before { .. })));
    }

    #[test]
    fn unwanted_tables_are_not_made() {
        let recorder = Recorder::new(Vec::new());
        assert!(recorder.open.iter().all(Option::is_none));
    }
}
