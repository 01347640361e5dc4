//! The port for results, and the columns they come in.
//!
//! The kernel fills plain column vectors; a full set goes to every sink as an `Arc<Batch>` and comes back
//! when the last sink has let go of it. A sink only watches: attaching one cannot change a run.

mod columns;
mod recorder;
mod tables;
mod unfinished;

use std::sync::Arc;

use thiserror::Error;

pub use columns::{
    AgentCols, AgentRow, Batch, BookCols, BookRow, DepthCols, DepthRow, FillCols, FillRow, IndicativeCols,
    IndicativeRow, LiquidationCols, LiquidationRow, OrderCols, OrderRow, PhaseCols, PhaseRow, SeriesCols,
    SeriesRow, TopCols, TopRow, TradeCols, TradeRow, ValueCols, ValueRow, order_kind,
};
pub use recorder::{BATCH_ROWS, Recorder};
pub use tables::{Table, Tables};
pub use unfinished::Unfinished;

use crate::types::{AgentId, Instruments, LinkId};

/// Receives the tables of a run, batch by batch.
pub trait Sink: Send {
    /// The tables it wants; others are not written for it, and tables nobody wants are not made at all.
    fn wants(&self) -> Tables;

    /// Looks whether it could start: whether what it is to write is there already, say. It makes nothing.
    ///
    /// # Errors
    /// Keeps the run from beginning.
    fn ready(&self) -> Result<(), SinkError> {
        Ok(())
    }

    /// What it has begun and not ended at any time from now on. Of a run that ends early, these are left.
    fn unfinished(&self) -> Unfinished {
        Unfinished::default()
    }

    /// Called once before the first batch, with the names behind the ids.
    ///
    /// # Errors
    /// Ends the run.
    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        let _ = world;
        Ok(())
    }

    /// A batch of one table. Keep a clone of the `Arc`, or not.
    ///
    /// # Errors
    /// Ends the run.
    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError>;

    /// Called once after the last batch of a complete run. A sink that is dropped without it belongs to a
    /// run that failed or was interrupted.
    ///
    /// # Errors
    /// Ends the run with a failure.
    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// The names behind the ids of a run, for sinks and summaries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// The root seed of the run.
    pub seed: u64,
    /// Symbols, currencies, venues and books.
    pub instruments: Instruments,
    /// Groups of agents, in order; agent ids run through them.
    pub groups: Vec<GroupInfo>,
    /// The names of the links.
    pub links: Vec<String>,
    /// The names of the series that agents may emit.
    pub series: Vec<String>,
}

/// A group of agents, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// The group's name, unique in a run.
    pub name: String,
    /// The kind of its agents, such as `noise_trader`.
    pub kind: String,
    /// Its first member.
    pub first: AgentId,
    /// How many members it has.
    pub count: u32,
    /// How it is connected.
    pub link: LinkId,
}

impl World {
    /// The group of an agent; `None` if there is no such agent.
    pub fn group_of(&self, agent: AgentId) -> Option<&GroupInfo> {
        let after = self.groups.partition_point(|g| g.first <= agent);
        self.groups[..after].iter().rev().find(|g| agent.0 - g.first.0 < g.count)
    }
}

/// Why a sink could not start, or take what it was given.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SinkError {
    /// Whoever read the output has gone away, such as `head` after its last line.
    #[error("the reader of {what} has gone away")]
    Closed {
        /// The output.
        what: String,
    },
    /// What was asked for cannot be written there, whatever the system is like.
    #[error("{what} {why}")]
    Target {
        /// The file or folder.
        what: String,
        /// `exists`, `is a folder` and the like.
        why: &'static str,
    },
    /// Reading or writing failed.
    #[error("cannot write {what}")]
    Io {
        /// The file, table or address.
        what: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A sink has failed before, and what was lost then is still missing.
    #[error("the output is not whole: {why}")]
    Before {
        /// How it failed.
        why: String,
    },
    /// Anything else, in words.
    #[error("cannot write {what}: {why}")]
    Other {
        /// The file, table or address.
        what: String,
        /// What is wrong.
        why: String,
    },
}
