//! `prism run`: a scenario from its file to its results.

use std::path::PathBuf;

use prism_core::sink::{Table, Tables};

use super::Session;
use super::out::{Done, Stop, complain};
use super::progress::Progress;
use super::scenario::Source;
use crate::diagnostic::nearest;
use crate::execute::{ExecuteError, Execution, Output, with_causes};
use crate::profile::Profile;
use crate::run::RunReport;
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
    if args.json && scenario.writes_to_stdout() {
        complain("error: --json prints one object on standard output, and a sink writes its tables there");
        return Err(Stop::Wrong);
    }
    let output = args.out.as_ref().map(|folder| Output {
        folder: folder.clone(),
        force: args.force,
        tables,
        command: std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect(),
    });
    if args.profile {
        return profile(&scenario, session);
    }
    let execution = Execution { scenario: &scenario, sinks: true, output, began: session.began };
    let progress = Progress::new(scenario.length(), &session.out);
    let ran = execution.run(|now| progress.watch(now));
    progress.done();
    let report = ran.map_err(|error| stopped(&error, session))?;
    let told = tell(&report, args.json, scenario.writes_to_stdout(), session);
    if report.complete {
        return told.map(|()| Done::Well);
    }
    let kept = report.out.as_ref().map(|folder| format!("; what was written is kept in {folder}"));
    complain(&format!("interrupted{}", kept.unwrap_or_default()));
    Err(Stop::Interrupted)
}

/// Prints what a run came to: to stderr if its tables are on stdout, and nobody could tell one from the other.
fn tell(report: &RunReport, json: bool, stdout_taken: bool, session: &mut Session) -> Result<(), Stop> {
    if json {
        let object = serde_json::to_string(report).map_err(|why| Stop::Failed(why.to_string()))?;
        session.out.line(&object)?;
        return session.out.flush();
    }
    if session.out.is_quiet() {
        return Ok(());
    }
    let text = report.to_string();
    if stdout_taken {
        complain(text.trim_end());
    } else {
        session.out.line(text.trim_end())?;
        session.out.flush()?;
    }
    for warning in &report.warnings {
        complain(&format!("warning: {warning}"));
    }
    Ok(())
}

/// The end of a run that came to none.
pub(super) fn stopped(error: &ExecuteError, session: &Session) -> Stop {
    match error {
        // With a folder asked for, the run has failed to fill it, whoever went away.
        closed if closed.is_closed() && closed.kept().is_none() => Stop::Closed,
        ExecuteError::Scenario(report) => {
            session.out.report(report);
            Stop::Wrong
        }
        wrong if wrong.is_input() => {
            complain(&format!("error: {}", in_full(wrong)));
            Stop::Wrong
        }
        failed => Stop::Failed(in_full(failed)),
    }
}

/// An error with its causes, and what is left of the run.
fn in_full(error: &ExecuteError) -> String {
    let text = with_causes(error);
    match error.kept().filter(|folder| folder.exists()) {
        Some(folder) => format!("{text}; what was written is kept in {}", folder.display()),
        None => text,
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
            complain(&format!(
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
