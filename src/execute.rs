//! A scenario from its checked text to its results: built, run, written, reported.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use prism_core::kernel::{BuildError, RunError, Simulation};
use prism_core::sink::{SinkError, Tables, Unfinished};
use prism_core::types::Time;
use prism_sinks::{Folder, FolderError, Manifest, ScenarioText};
use thiserror::Error;

use crate::diagnostic::{self, Finding};
use crate::drive::{Ended, drive};
use crate::error::with_causes;
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
    /// What looked wrong before the run, for its report.
    pub warnings: Vec<Finding>,
}

/// What [`Execution::build`] makes.
#[derive(Debug)]
pub struct Built {
    /// The simulation, with its sinks.
    pub sim: Simulation,
    /// The output folder, if one was asked for.
    pub folder: Option<Folder>,
    /// What its sinks have begun and not ended.
    pub unfinished: Vec<Unfinished>,
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
    /// A sink cannot write where it is to, or a kind refused what it had accepted.
    #[error("the scenario cannot be run as it is")]
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
        /// Where what was written is kept, marked as incomplete: the output folder, and files of sinks.
        kept: Vec<PathBuf>,
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
            ExecuteError::Scenario(_) => true,
            ExecuteError::Build(error) => !error.is_memory(),
            ExecuteError::Folder(error) => match error {
                FolderError::Exists { .. }
                | FolderError::Foreign { .. }
                | FolderError::Mixed { .. }
                | FolderError::NoName { .. } => true,
                // A file stands where a folder would have to.
                FolderError::Write { source, .. } => source.kind() == io::ErrorKind::NotADirectory,
                _ => false,
            },
            ExecuteError::Run { .. } | ExecuteError::Unfinished { .. } => false,
        }
    }

    /// Where what was written is kept, marked as incomplete: the output folder, and files of sinks.
    pub fn kept(&self) -> &[PathBuf] {
        match self {
            ExecuteError::Run { kept, .. } => kept,
            ExecuteError::Unfinished { folder, .. } => std::slice::from_ref(folder),
            _ => &[],
        }
    }
}

/// The text that names the program and its version in manifests.
pub const ENGINE: &str = concat!("prism ", env!("CARGO_PKG_VERSION"));

impl Execution<'_> {
    /// Builds the simulation with all sinks, without running it.
    ///
    /// # Errors
    /// What keeps it from being built.
    pub fn build(&self) -> Result<Built, ExecuteError> {
        let mut builder = self.scenario.builder().map_err(ExecuteError::Scenario)?;
        let mut unfinished = Vec::new();
        if self.sinks {
            if let Some(output) = &self.output {
                self.scenario.no_sink_within(&output.folder).map_err(ExecuteError::Scenario)?;
            }
            for sink in self.scenario.sinks().map_err(ExecuteError::Scenario)? {
                unfinished.push(sink.unfinished());
                builder = builder.sink_boxed(sink);
            }
        }
        let mut folder = None;
        if let Some(output) = &self.output {
            let mut manifest =
                Manifest::new(ENGINE, self.scenario_text(), self.scenario.seed(), output.command.clone());
            manifest.warnings = self.warnings.iter().map(ToString::to_string).collect();
            let made = folder.insert(Folder::create(&output.folder, manifest, output.force)?);
            builder = builder.sink(made.sink(output.tables));
        }
        match builder.build() {
            Ok(sim) => Ok(Built { sim, folder, unfinished }),
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
        let Built { mut sim, folder, unfinished } = self.build()?;
        let name = self.scenario.name();
        let driven = drive(&mut sim, self.scenario.length(), self.began, watch);
        let ended = driven.and_then(|(ended, timing)| {
            let complete = ended == Ended::Complete;
            let run = if complete { sim.finish()? } else { sim.flush()? };
            Ok((complete, run, timing))
        });
        drop(sim); // the sinks let go of their files
        let unfinished = || unfinished.iter().flat_map(Unfinished::list);
        let (complete, run, timing) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                let folder = folder.map(|folder| folder.abandon(&with_causes(&error)));
                return Err(ExecuteError::Run {
                    error,
                    kept: folder.into_iter().chain(unfinished()).collect(),
                });
            }
        };
        let shown = |path: &Path| path.display().to_string();
        let target = folder.as_ref().map(|folder| shown(folder.target()));
        let mut report = RunReport::new(name, &run, timing, complete, target);
        report.warnings.splice(0..0, self.warnings.iter().cloned());
        report.unfinished = unfinished().map(|path| shown(&path)).collect();
        let warnings = report.warnings.iter().map(ToString::to_string).collect();
        match folder.map(|folder| folder.warnings(warnings)) {
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
