//! A scenario from its checked text to its results: built, run, written, reported.

use std::path::{Path, PathBuf};
use std::time::Instant;

use prism_core::kernel::{BuildError, RunError, Simulation};
use prism_core::sink::{SinkError, Tables};
use prism_core::types::Time;
use prism_sinks::{Folder, FolderError, Manifest, ScenarioText};
use thiserror::Error;

use crate::diagnostic;
use crate::drive::{Ended, drive};
use crate::run::RunReport;
use crate::scenario::Scenario;

/// What is to be done with a scenario.
#[derive(Clone, Debug)]
pub struct Execution<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Whether the sinks that the scenario names are opened.
    pub sinks: bool,
    /// The folder to write, if any.
    pub output: Option<Output>,
    /// When the process began, from which set-up is counted.
    pub began: Instant,
}

/// An output folder.
#[derive(Clone, Debug)]
pub struct Output {
    /// Where.
    pub folder: PathBuf,
    /// Whether an earlier run's folder may be replaced.
    pub force: bool,
    /// Which tables are written.
    pub tables: Tables,
    /// The command line, for the manifest; program first.
    pub command: Vec<String>,
}

/// Why a scenario did not come to its results.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// A kind refused what it had accepted.
    #[error("the scenario cannot be built")]
    Scenario(diagnostic::Report),
    /// The pieces do not fit together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The run ended early.
    #[error("{error}")]
    Run {
        /// Why.
        #[source]
        error: RunError,
        /// Where what was written is kept, marked as incomplete.
        folder: Option<PathBuf>,
    },
    /// The folder cannot be made.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The run came to its end, but its folder cannot be completed.
    #[error("{error}")]
    Unfinished {
        /// Why.
        #[source]
        error: FolderError,
        /// Where what was written is kept, marked as incomplete.
        folder: PathBuf,
    },
    /// A sink is not to be had as it was declared.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

impl ExecuteError {
    /// True when the reader of an output went away, which is its right.
    pub fn is_closed(&self) -> bool {
        matches!(
            self,
            ExecuteError::Run { error: RunError::Sink { source: SinkError::Closed { .. }, .. }, .. }
        )
    }

    /// True when what was asked for cannot be done, whatever the system is like: nothing has been run.
    pub fn is_input(&self) -> bool {
        match self {
            ExecuteError::Scenario(_) | ExecuteError::Build(_) | ExecuteError::Sink(_) => true,
            ExecuteError::Folder(error) => matches!(
                error,
                FolderError::Exists { .. } | FolderError::Foreign { .. } | FolderError::NoName { .. }
            ),
            ExecuteError::Run { .. } | ExecuteError::Unfinished { .. } => false,
        }
    }

    /// The folder in which what was written is kept, marked as incomplete.
    pub fn kept(&self) -> Option<&Path> {
        match self {
            ExecuteError::Run { folder, .. } => folder.as_deref(),
            ExecuteError::Unfinished { folder, .. } => Some(folder),
            _ => None,
        }
    }
}

/// An error in one line, with what caused it.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(why) = cause {
        let why_text = why.to_string();
        if !text.contains(&why_text) {
            text = format!("{text}: {why_text}");
        }
        cause = why.source();
    }
    text
}

/// The text that names the program and its version in manifests.
pub const ENGINE: &str = concat!("prism ", env!("CARGO_PKG_VERSION"));

impl Execution<'_> {
    /// Builds the simulation with all sinks, without running it.
    ///
    /// # Errors
    /// What keeps it from being built.
    pub fn build(&self) -> Result<(Simulation, Option<Folder>), ExecuteError> {
        let mut builder = self.scenario.builder().map_err(ExecuteError::Scenario)?;
        if self.sinks {
            for sink in self.scenario.sinks()? {
                builder = builder.sink_boxed(sink);
            }
        }
        let mut folder = None;
        if let Some(output) = &self.output {
            let manifest =
                Manifest::new(ENGINE, self.scenario_text(), self.scenario.seed(), output.command.clone());
            let made = folder.insert(Folder::create(&output.folder, manifest, output.force)?);
            builder = builder.sink(made.sink(output.tables));
        }
        match builder.build() {
            Ok(sim) => Ok((sim, folder)),
            Err(error) => {
                if let Some(folder) = folder {
                    folder.abandon(&error.to_string());
                }
                Err(error.into())
            }
        }
    }

    fn scenario_text(&self) -> ScenarioText {
        ScenarioText {
            path: Some(self.scenario.name().to_owned()),
            text: self.scenario.text().to_owned(),
            settings: self.scenario.settings().iter().map(ToString::to_string).collect(),
            hash: format!("{:016x}", self.scenario.hash()),
        }
    }

    /// Runs the scenario to its end, or until `watch` returns false (see [`drive`]).
    ///
    /// A run that is interrupted or fails keeps its folder under the temporary name, marked as incomplete, and
    /// the report (or the error) says where.
    ///
    /// # Errors
    /// Whatever keeps it from its end.
    pub fn run(&self, watch: impl FnMut(Time) -> bool) -> Result<RunReport, ExecuteError> {
        let (mut sim, folder) = self.build()?;
        let name = self.scenario.name();
        let driven = drive(&mut sim, self.scenario.length(), self.began, watch);
        let ended = driven.and_then(|(ended, timing)| {
            let complete = ended == Ended::Complete;
            let run = if complete { sim.finish()? } else { sim.flush()? };
            Ok((complete, run, timing))
        });
        drop(sim); // the sinks let go of their files
        let (complete, run, timing) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                let folder = folder.map(|folder| folder.abandon(&with_causes(&error)));
                return Err(ExecuteError::Run { error, folder });
            }
        };
        let shown = |path: &Path| path.display().to_string();
        let target = folder.as_ref().map(|folder| shown(folder.target()));
        let mut report = RunReport::new(name, &run, timing, complete, target);
        match folder {
            Some(folder) if complete => {
                let kept = folder.path().to_owned();
                let done = folder.complete(run.digest, &report);
                done.map_err(|error| ExecuteError::Unfinished { error, folder: kept })?;
            }
            Some(folder) => report.out = Some(shown(&folder.abandon("interrupted"))),
            None => {}
        }
        Ok(report)
    }
}
