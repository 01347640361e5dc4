//! The scenario that a command is about, with what is set on top of it.

use std::path::PathBuf;

use super::Session;
use super::out::{Stop, complain};
use crate::scenario::{Loader, Scenario, Setting};

/// Arguments of every command that reads a scenario.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// The scenario file
    #[arg(value_name = "SCENARIO")]
    path: PathBuf,
    /// Set a value: agents.GROUP.KEY, symbol.NAME.KEY, venue.NAME.KEY, link.NAME.KEY or run.KEY
    #[arg(long = "set", value_name = "PATH=VALUE", allow_hyphen_values = true)]
    settings: Vec<String>,
    /// The root of all random streams (run.seed)
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    seed: Option<String>,
    /// How long it runs, such as 30min (run.length)
    #[arg(long, value_name = "SPAN", allow_hyphen_values = true)]
    length: Option<String>,
}

impl Source {
    /// The scenario's path as it was typed.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// A loader with everything that was typed.
    pub(super) fn loader(&self, session: &Session) -> Loader {
        let settings = self.settings.iter().map(Setting::typed);
        let seed = self.seed.iter().map(|seed| Setting::flag("--seed", "run.seed", seed));
        let length = self.length.iter().map(|length| Setting::flag("--length", "run.length", length));
        Loader::new(session.registry.clone()).settings(settings.chain(seed).chain(length))
    }

    /// Reads the scenario; what is wrong with it, or looks wrong, is printed.
    pub(super) fn load(&self, session: &Session) -> Result<Scenario, Stop> {
        self.load_with_sinks(session, &[])
    }

    /// Reads the scenario with sinks as they were typed.
    pub(super) fn load_with_sinks(&self, session: &Session, sinks: &[String]) -> Result<Scenario, Stop> {
        let loader = sinks.iter().fold(self.loader(session), Loader::sink);
        match loader.load(&self.path) {
            Ok(scenario) => {
                session.out.report(scenario.warnings());
                Ok(scenario)
            }
            Err(report) => {
                session.out.report(&report);
                if report.diagnostics.len() > 1 {
                    complain(&format!("{} problems in {}", report.diagnostics.len(), self.name()));
                }
                Err(Stop::Wrong)
            }
        }
    }
}
