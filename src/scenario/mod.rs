//! Scenarios: a world described in a text, checked before it is built.
//!
//! A [`Scenario`] is immutable and complete: all names are looked up, all units converted, all defaults
//! filled in, and every problem has been reported at once in a [`Report`].

mod build;
mod check;
mod expand;
pub(crate) mod keys;
mod link;
mod load;
mod params;
mod plan;
mod read;
mod registry;
mod schema;
mod set;
mod tree;
mod units;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use prism_core::digest::Digest;
use prism_core::kernel::Builder;
use prism_core::sink::{Sink, Table};
use prism_core::types::Span;

pub use check::SCHEMA;
pub use load::Loader;
pub use registry::{
    AgentKind, Found, Kind, KindError, KindFault, Kinds, LatencyKind, MakeGroup, MakeLatency, MakeSink,
    MakeValue, MakeVenue, PresetValues, Registry, SinkKind, Trader, ValueKind, VenueDecl, VenueKind,
};
#[cfg(feature = "cli")]
pub(crate) use schema::default_of;
pub use schema::json_schema;
pub use set::Setting;

#[cfg(feature = "parquet")]
use crate::diagnostic::Code;
use crate::diagnostic::{At, Diagnostic, Report};
use plan::Plan;

/// A checked scenario. Cheap to clone; two are equal when they describe the same world, however they are
/// written.
#[derive(Clone)]
pub struct Scenario(Arc<Parts>);

struct Parts {
    registry: Arc<Registry>,
    name: String,
    text: String,
    folder: PathBuf,
    settings: Vec<Setting>,
    sinks: Vec<String>,
    plan: Plan,
    /// Where each sink says what it writes to, in the sources of the warnings.
    sink_places: Vec<At>,
    warnings: Report,
}

impl Scenario {
    /// Reads a scenario file with the kinds that ship with PRISM. [`Loader`] takes others, and settings.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(path: impl AsRef<Path>) -> Result<Scenario, Report> {
        Loader::new(Arc::new(Registry::builtin())).load(path)
    }

    /// Reads a scenario from a text, with the kinds that ship with PRISM. `name` stands for it in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, name: &str) -> Result<Scenario, Report> {
        Loader::new(Arc::new(Registry::builtin())).parse(text, name)
    }

    /// The scenario with one value set: `with("agents.noise.count", 500)`. See [`Setting`] for paths and
    /// values.
    ///
    /// # Errors
    /// Everything that is wrong with it then.
    pub fn with(&self, path: &str, value: impl fmt::Display) -> Result<Scenario, Report> {
        self.with_settings([Setting::new(path, value)])
    }

    /// The scenario with several values set.
    ///
    /// # Errors
    /// Everything that is wrong with it then.
    pub fn with_settings(&self, settings: impl IntoIterator<Item = Setting>) -> Result<Scenario, Report> {
        let parts = &self.0;
        let loader = Loader::new(parts.registry.clone())
            .folder(parts.folder.clone())
            .settings(parts.settings.iter().cloned())
            .settings(settings);
        let loader = parts.sinks.iter().cloned().fold(loader, Loader::sink);
        loader.parse(&parts.text, &parts.name)
    }

    /// The path, or whatever name it was given.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The text as it was read, without the settings.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What was set on top of the text.
    pub fn settings(&self) -> &[Setting] {
        &self.0.settings
    }

    /// The whole scenario as TOML, with the settings and with every default written out. Read again, it is
    /// equal to this one.
    pub fn expanded(&self) -> String {
        expand::expand(&self.0.plan, &self.start(), &self.0.registry)
    }

    /// A fingerprint of [`expanded`](Scenario::expanded): scenarios with the same hash describe the same
    /// world.
    pub fn hash(&self) -> u64 {
        let mut digest = Digest::new();
        digest.text(&self.expanded());
        digest.value()
    }

    /// The seed of all random streams.
    pub fn seed(&self) -> u64 {
        self.0.plan.run.seed
    }

    /// How long it runs.
    pub fn length(&self) -> Span {
        self.0.plan.run.length
    }

    /// The date and time in UTC that t = 0 stands for, such as `2000-01-03T00:00:00Z`.
    pub fn start(&self) -> String {
        Timestamp::from_nanosecond(i128::from(self.0.plan.run.start)).unwrap_or_default().to_string()
    }

    /// The same in nanoseconds since 1970.
    pub fn start_nanos(&self) -> i64 {
        self.0.plan.run.start
    }

    /// The number of agents.
    pub fn agents(&self) -> u64 {
        self.0.plan.groups.iter().map(|group| u64::from(group.decl.0.count)).sum()
    }

    /// The names of groups with the number of their members.
    pub fn groups(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.plan.groups.iter().map(|group| (group.decl.0.name.as_str(), group.decl.0.count))
    }

    /// The names of the symbols.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.0.plan.symbols.iter().map(|plan| plan.symbol.name.as_str())
    }

    /// The names of the venues.
    pub fn venues(&self) -> impl Iterator<Item = &str> {
        self.0.plan.venues.iter().map(|plan| plan.name.as_str())
    }

    /// What looks wrong, though it can be run: books that nobody trades, traders without what they need.
    pub fn warnings(&self) -> &Report {
        &self.0.warnings
    }

    /// The series of numbers of agents that are recorded.
    pub fn series(&self) -> impl Iterator<Item = &str> {
        self.0.plan.run.series.iter().map(String::as_str)
    }

    /// A warning if `table` can have no row in a run of this scenario, such as the depth of venues that record
    /// none.
    pub fn stays_empty(&self, table: Table) -> Option<Diagnostic> {
        check::stays_empty(&self.0.plan, &self.0.registry, table)
    }

    /// The kinds that it was read with.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.0.registry
    }

    /// The builder of the simulation, to which sinks and further groups may be added.
    ///
    /// # Errors
    /// If a kind refuses parameters that it accepted when the scenario was read: a fault of that kind.
    pub fn builder(&self) -> Result<Builder, Report> {
        build::builder(&self.0.plan, &self.0.registry)
    }

    /// True when a sink writes its tables to standard output.
    #[cfg(feature = "cli")]
    pub(crate) fn writes_to_stdout(&self) -> bool {
        build::writes_to_stdout(&self.0.plan, &self.0.registry)
    }

    /// What is wrong with sinks that would write into `folder`, which is to be made when the run is over.
    ///
    /// # Errors
    /// If there are any.
    #[cfg(feature = "parquet")]
    pub(crate) fn no_sink_within(&self, folder: &Path) -> Result<(), Report> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let wrong = |(n, sink): (usize, &plan::SinkPlan)| {
            let places = check::sink_places(sink, &self.0.registry);
            let inside = places.iter().find(|place| place.starts_with(&folder))?;
            let message = format!("{} lies in the output folder", inside.display());
            let help =
                "the folder is made when the run is over, and must not be there before; name another place";
            Some((n, Diagnostic::new(Code::SinkTarget, message).help(help)))
        };
        let wrong: Vec<_> = self.0.plan.sinks.iter().enumerate().filter_map(wrong).collect();
        if wrong.is_empty() { Ok(()) } else { Err(self.about_sinks(wrong)) }
    }

    /// A report about sinks by their number, each at its place.
    fn about_sinks(&self, wrong: build::AboutSinks) -> Report {
        let placed = |(n, diagnostic): (usize, Diagnostic)| match self.0.sink_places.get(n) {
            Some(&at) => diagnostic.at(at, "this sink"),
            None => diagnostic,
        };
        let sources = self.0.warnings.sources.clone();
        Report { sources, diagnostics: wrong.into_iter().map(placed).collect() }
    }

    /// Makes the sinks that the scenario names. They write nothing before a run begins.
    ///
    /// # Errors
    /// Those that cannot be had: their files are there already, say.
    pub fn sinks(&self) -> Result<Vec<Box<dyn Sink>>, Report> {
        build::sinks(&self.0.plan, &self.0.registry).map_err(|wrong| self.about_sinks(wrong))
    }
}

impl PartialEq for Scenario {
    fn eq(&self, other: &Scenario) -> bool {
        self.0.plan == other.0.plan
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("name", &self.0.name)
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}
