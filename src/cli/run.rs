//! `prism run`: a scenario from its file to its results.

use std::path::PathBuf;

use prism_core::sink::{Table, Tables};

use super::Session;
use super::out::{Done, Stop};
use super::progress::Progress;
use super::scenario::Source;
use crate::diagnostic::nearest;
use crate::execute::{ExecuteError, Execution, Output};
use crate::profile::Profile;
use crate::scenario::Scenario;

/// Run a scenario and print what it came to
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  prism run scenarios/quickstart.toml
  prism run scenarios/quickstart.toml --seed 8 --set agents.noise.count=40 --out results/busy
  prism run scenarios/quickstart.toml --sink csv:csv-tables --json")]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Write tables, manifest and summary to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace the folder of an earlier run
    #[arg(long, requires = "out")]
    force: bool,
    /// Tables to write to --out, with commas between, or all
    #[arg(long, value_name = "TABLES", requires = "out", default_value = "trades,tops,agents")]
    tables: String,
    /// Attach a sink: KIND or KIND:key=value,… with the keys of [[sink]]; one value alone is the path
    #[arg(long = "sink", value_name = "KIND[:OPTIONS]")]
    sinks: Vec<String>,
    /// Show where the time went, by kind of event and group; slower, and no results are written
    #[arg(long, conflicts_with_all = ["out", "sinks", "json"])]
    profile: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let tables = tables(&args.tables)?;
    let scenario = args.source.load_with_sinks(session, &args.sinks)?;
    let output = args.out.as_ref().map(|folder| Output {
        folder: folder.clone(),
        force: args.force,
        tables,
        command: std::env::args().collect(),
    });
    if args.profile {
        return profile(&scenario, session);
    }
    let execution = Execution { scenario: &scenario, sinks: true, output, began: session.began };
    let progress = Progress::new(scenario.length(), &session.out);
    let ran = execution.run(|now| progress.watch(now));
    progress.done();
    let report = ran.map_err(|error| stopped(&error, session))?;
    if args.json {
        session.out.json(&serde_json::to_value(&report).map_err(|why| Stop::Failed(why.to_string()))?)?;
    } else {
        session.out.tell(report.to_string().trim_end())?;
    }
    if report.complete {
        return Ok(Done::Well);
    }
    session.out.flush()?;
    Err(Stop::Interrupted)
}

/// The end of a run that came to none.
pub(super) fn stopped(error: &ExecuteError, session: &Session) -> Stop {
    match error {
        closed if closed.is_closed() => Stop::Closed,
        ExecuteError::Scenario(report) => {
            session.out.report(report);
            Stop::Wrong
        }
        ExecuteError::Build(_) => {
            super::out::complain(&format!("error: {error}"));
            Stop::Wrong
        }
        error => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(error);
            while let Some(why) = cause {
                let why_text = why.to_string();
                if !text.contains(&why_text) {
                    text = format!("{text}: {why_text}");
                }
                cause = why.source();
            }
            Stop::Failed(text)
        }
    }
}

/// A list of tables as it is typed.
fn tables(typed: &str) -> Result<Tables, Stop> {
    let mut all = Tables::NONE;
    for name in typed.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if name == "all" {
            all = Tables::ALL;
        } else if let Ok(table) = name.parse::<Table>() {
            all = all | table.into();
        } else {
            let known = Table::ALL.map(Table::name);
            let hint =
                nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            super::out::complain(&format!(
                "error: --tables: there is no table `{name}`{hint}\n  tables: {}, all",
                known.join(", ")
            ));
            return Err(Stop::Wrong);
        }
    }
    Ok(all)
}

fn profile(scenario: &Scenario, session: &mut Session) -> Result<Done, Stop> {
    let execution = Execution { scenario, sinks: false, output: None, began: session.began };
    let (mut sim, _) = execution.build().map_err(|error| stopped(&error, session))?;
    let mut profile = Profile::default();
    let until = sim.now() + scenario.length();
    profile.run(&mut sim, until).map_err(|error| Stop::Failed(error.to_string()))?;
    session.out.print(&profile.to_string())?;
    Ok(Done::Well)
}
