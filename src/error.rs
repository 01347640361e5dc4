//! The one error of the facade.

use std::fmt;

use prism_core::kernel::{BuildError, RunError};

/// What went wrong. The kinds are told apart by predicates, so that new ones break nobody; `source()` and
/// the text say more.
#[derive(Debug)]
pub struct Error(Kind);

#[derive(Debug)]
enum Kind {
    Build(BuildError),
    Run(RunError),
}

/// What the facade's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The simulation was declared wrongly.
    pub fn is_build(&self) -> bool {
        matches!(self.0, Kind::Build(_))
    }

    /// A sink failed.
    pub fn is_sink(&self) -> bool {
        matches!(self.0, Kind::Run(RunError::Sink { .. }))
    }

    /// The run ended early, because of a sink or of an agent.
    pub fn is_run(&self) -> bool {
        matches!(self.0, Kind::Run(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Build(error) => error.fmt(f),
            Kind::Run(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Build(error) => error.source(),
            Kind::Run(error) => error.source(),
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Error {
        Error(Kind::Build(error))
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Error {
        Error(Kind::Run(error))
    }
}
