//! The one error of the facade.

use std::fmt;

use prism_core::kernel::{BuildError, RunError};
use prism_physics::latency::LatencyError;
use prism_physics::value::ValueError;

use crate::diagnostic::Report;
use crate::scenario::KindError;

/// What went wrong. The kinds are told apart by predicates, so that new ones break nobody; `source()` and
/// the text say more.
pub struct Error(Kind);

#[derive(Debug)]
enum Kind {
    Build(BuildError),
    Run(RunError),
    Value(ValueError),
    Latency(LatencyError),
    Scenario(Report),
    Declared(KindError),
}

/// What the facade's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A scenario is wrong; the text is the whole report.
    pub fn is_scenario(&self) -> bool {
        matches!(self.0, Kind::Scenario(_))
    }

    /// The simulation was declared wrongly.
    pub fn is_build(&self) -> bool {
        matches!(self.0, Kind::Build(_))
    }

    /// A kind cannot be registered as it is declared.
    pub fn is_kind(&self) -> bool {
        matches!(self.0, Kind::Declared(_))
    }

    /// A law of value or of latency was given a parameter outside its range.
    pub fn is_parameter(&self) -> bool {
        matches!(self.0, Kind::Value(_) | Kind::Latency(_))
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

impl fmt::Debug for Error {
    /// The text, as a `main` that returns an error prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Build(error) => error.fmt(f),
            Kind::Run(error) => error.fmt(f),
            Kind::Value(error) => error.fmt(f),
            Kind::Latency(error) => error.fmt(f),
            Kind::Scenario(report) => report.fmt(f),
            Kind::Declared(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Build(error) => error.source(),
            Kind::Run(error) => error.source(),
            Kind::Value(error) => error.source(),
            Kind::Latency(error) => error.source(),
            Kind::Scenario(report) => report.source(),
            Kind::Declared(error) => error.source(),
        }
    }
}

macro_rules! from {
    ($($kind:ident($error:ty)),+) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Error {
                Error(Kind::$kind(error))
            }
        })+
    };
}

from!(
    Build(BuildError),
    Run(RunError),
    Value(ValueError),
    Latency(LatencyError),
    Scenario(Report),
    Declared(KindError)
);

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
