//! What an output folder says was run, to be run again.

use std::path::Path;

use prism_sinks::Manifest;

use super::Session;
use super::out::{Stop, complain};
use crate::error::with_causes;
use crate::execute::ENGINE;
use crate::scenario::{Loader, Scenario, Setting};

/// A complete run that can be had again.
pub(super) struct Again {
    pub(super) scenario: Scenario,
    /// The digest of the run.
    pub(super) digest: String,
    /// All that the folder says of it.
    pub(super) manifest: Manifest,
}

impl Again {
    /// Reads the manifest of a folder.
    pub(super) fn read(folder: &Path, session: &Session) -> Result<Again, Stop> {
        let wrong = |why: String| {
            complain(&format!("error: {why}"));
            Stop::Wrong
        };
        let manifest = Manifest::read(folder).map_err(|error| wrong(with_causes(&error)))?;
        let Some(digest) = manifest.digest.clone().filter(|_| manifest.complete) else {
            return Err(wrong(format!("{} holds a run that did not come to its end", folder.display())));
        };
        let name = manifest.scenario.path.clone().unwrap_or_else(|| "scenario of the manifest".to_owned());
        let loader = Loader::new(session.registry.clone())
            .settings(manifest.scenario.settings.iter().map(Setting::typed));
        let scenario = loader.parse(&manifest.scenario.text, &name).map_err(|report| {
            session.out.report(&report);
            Stop::Wrong
        })?;
        if scenario.seed() != manifest.seed {
            return Err(Stop::Failed(format!(
                "the manifest contradicts itself: it says seed {}, its scenario has seed {}",
                manifest.seed,
                scenario.seed(),
            )));
        }
        Ok(Again { scenario, digest, manifest })
    }

    /// What is wrong where the run has another digest now.
    pub(super) fn differs(&self, digest: &str) -> Stop {
        let other = if self.manifest.engine == ENGINE {
            String::new()
        } else {
            format!(" (the folder was written by {}, this is {ENGINE})", self.manifest.engine)
        };
        Stop::Failed(format!("the digest is {digest}, the folder says {}{other}", self.digest))
    }
}
