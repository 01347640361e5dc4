//! `prism run`: a scenario from its file to its results.

use std::path::PathBuf;

use serde_json::json;

use super::out::{Done, Stop, complain};
use super::progress::Progress;
use super::scenario::Source;
use super::{Session, tables};
use crate::diagnostic::Finding;
use crate::drive::Ended;
use crate::error::with_causes;
use crate::execute::{Built, ExecuteError, Execution, Output};
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
    /// Replace the folder of an earlier run, unless it holds other files, too
    #[arg(long, requires = "out")]
    force: bool,
    /// Tables to write to --out, with commas between, or all
    #[arg(long, value_name = "TABLES", requires = "out", default_value = "trades,tops,agents")]
    tables: String,
    /// Attach a sink: KIND or KIND:key=value,… with the keys of [[sink]]; one value alone is the path
    #[arg(long = "sink", value_name = "KIND[:OPTIONS]")]
    sinks: Vec<String>,
    /// Show where the time went, by kind of event and group; slower, and no results are written
    #[arg(long, conflicts_with_all = ["out", "sinks"])]
    profile: bool,
    /// Print one JSON object; with --profile, the profile
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let asked = tables::read(&args.tables).map_err(|report| {
        session.out.report(&report);
        Stop::Wrong
    })?;
    let scenario = args.source.load_with_sinks(session, &args.sinks)?;
    if args.json && scenario.writes_to_stdout() {
        complain("error: --json prints one object on standard output, and a sink writes its tables there");
        return Err(Stop::Wrong);
    }
    if args.profile {
        return profile(&scenario, args.json, session);
    }
    let mut warnings: Vec<Finding> = scenario.warnings().findings().collect();
    let output = args.out.as_ref().map(|folder| {
        let empty = asked.warnings(&scenario);
        session.out.report(&empty);
        warnings.extend(empty.findings());
        Output {
            folder: folder.clone(),
            force: args.force,
            tables: asked.tables,
            command: std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        }
    });
    let before = warnings.len();
    let execution = Execution { scenario: &scenario, sinks: true, output, began: session.began, warnings };
    let progress = Progress::new(scenario.length(), &session.out);
    let ran = execution.run(|now| progress.watch(now));
    progress.done();
    let report = ran.map_err(|error| stopped(&error, session))?;
    let told = tell(&report, args.json, scenario.writes_to_stdout(), session);
    for warning in &report.warnings[before..] {
        session.out.finding(warning);
    }
    if report.complete {
        return told.map(|()| Done::Well);
    }
    let kept: Vec<&str> = report.out.iter().chain(&report.unfinished).map(String::as_str).collect();
    complain(&format!("interrupted{}", kept_in(&kept)));
    Err(Stop::Interrupted)
}

/// Where what was written lies, behind a sentence; nothing if nothing is left.
pub(super) fn kept_in(places: &[&str]) -> String {
    match places {
        [] => String::new(),
        [place] => format!("; what was written is kept in {place}"),
        places => format!("; what was written is kept in\n  {}", places.join("\n  ")),
    }
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
    Ok(())
}

/// The end of a run that came to none.
pub(super) fn stopped(error: &ExecuteError, session: &Session) -> Stop {
    match error {
        // With files asked for, the run has failed to fill them, whoever went away.
        closed if closed.is_closed() && closed.kept().is_empty() => Stop::Closed,
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
    let left = error.kept().iter().filter(|place| place.exists());
    let left: Vec<String> = left.map(|place| place.display().to_string()).collect();
    let left: Vec<&str> = left.iter().map(String::as_str).collect();
    with_causes(error) + &kept_in(&left)
}

/// Times the run, event by event.
fn profile(scenario: &Scenario, json: bool, session: &mut Session) -> Result<Done, Stop> {
    let execution =
        Execution { scenario, sinks: false, output: None, began: session.began, warnings: Vec::new() };
    // Before set-up, which may be long: an interrupt then ends in order, too.
    let progress = Progress::new(scenario.length(), &session.out);
    let Built { mut sim, .. } = execution.build().map_err(|error| stopped(&error, session))?;
    let mut profile = Profile::default();
    let until = sim.now() + scenario.length();
    let ended = profile.run(&mut sim, until, |now| progress.watch(now));
    progress.done();
    let ended = ended.map_err(|error| Stop::Failed(error.to_string()))?;
    if json {
        session.out.json(&json!({
            "scenario": scenario.name(),
            "seed": scenario.seed(),
            "complete": ended == Ended::Complete,
            "sim_seconds": sim.now().as_secs_f64(),
            "profile": profile.rows(),
        }))?;
    } else {
        session.out.print(&profile.to_string())?;
    }
    session.out.flush()?;
    if ended == Ended::Interrupted {
        complain("interrupted");
        return Err(Stop::Interrupted);
    }
    Ok(Done::Well)
}
