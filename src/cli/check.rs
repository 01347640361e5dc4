//! `prism check`: every diagnostic, no run.

use prism_core::types::Time;
use serde_json::json;

use super::Session;
use super::out::{Done, Stop};
use super::scenario::Source;
use crate::diagnostic::{Finding, Report, Severity};
use crate::scenario::Scenario;

/// Check a scenario without running it: all that is wrong, and what looks wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  prism check scenarios/calm.toml
  prism check scenarios/calm.toml --set agents.noise.count=500 --expanded")]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Print the scenario with all defaults written out
    #[arg(long)]
    expanded: bool,
    /// Print one JSON object
    #[arg(long, conflicts_with = "expanded")]
    json: bool,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    if args.json {
        return as_json(args, session);
    }
    let scenario = args.source.load(session)?;
    if args.expanded {
        session.out.print(&scenario.expanded())?;
    } else {
        session.out.tell(&summary(&scenario))?;
    }
    Ok(Done::Well)
}

fn as_json(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let name = args.source.name();
    match args.source.loader(session).load(&name) {
        Ok(scenario) => {
            session.out.json(&json!({
                "scenario": name,
                "ok": true,
                "seed": scenario.seed(),
                "length_seconds": scenario.length().as_secs_f64(),
                "agents": scenario.agents(),
                "hash": format!("{:016x}", scenario.hash()),
                "errors": [],
                "warnings": list(scenario.warnings(), Severity::Warning),
            }))?;
            Ok(Done::Well)
        }
        Err(report) => {
            session.out.json(&json!({
                "scenario": name,
                "ok": false,
                "seed": null,
                "length_seconds": null,
                "agents": null,
                "hash": null,
                "errors": list(&report, Severity::Error),
                "warnings": list(&report, Severity::Warning),
            }))?;
            session.out.flush()?;
            Err(Stop::Wrong)
        }
    }
}

fn list(report: &Report, severity: Severity) -> Vec<Finding> {
    report.located().filter(|d| d.severity == severity).map(Finding::from).collect()
}

fn summary(scenario: &Scenario) -> String {
    let symbols: Vec<_> = scenario.symbols().collect();
    let venues: Vec<_> = scenario.venues().collect();
    let groups = scenario.groups().count();
    let wrong = match scenario.warnings().diagnostics.len() {
        0 => "nothing wrong".to_owned(),
        1 => "no error, 1 warning".to_owned(),
        n => format!("no error, {n} warnings"),
    };
    format!(
        "{}: {wrong} · {} on {} · {} agents in {groups} groups · {} · seed {}",
        scenario.name(),
        symbols.join(", "),
        venues.join(", "),
        scenario.agents(),
        Time::ZERO + scenario.length(),
        scenario.seed(),
    )
}
