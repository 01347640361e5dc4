//! `prism verify`: hold the files of a folder against its manifest, run again what it says was run, and compare.

use std::path::PathBuf;

use serde_json::json;

use super::Session;
use super::again::Again;
use super::out::{Done, Stop, complain};
use super::progress::Progress;
use super::run::stopped;
use crate::execute::Execution;

/// Check the files of an output folder, run it again and compare the digests
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  prism run scenarios/quickstart.toml --out results/quickstart
  prism verify results/quickstart")]
pub(super) struct Args {
    /// The output folder of a complete run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let again = Again::read(&args.folder, session)?;
    let Again { scenario, manifest, .. } = &again;
    let differences: Vec<String> =
        manifest.differences(&args.folder).iter().map(ToString::to_string).collect();
    for difference in &differences {
        complain(&format!("error: {difference}"));
    }
    let execution =
        Execution { scenario, sinks: false, output: None, began: session.began, warnings: Vec::new() };
    let progress = Progress::new(scenario.length(), &session.out);
    let ran = execution.run(|now| progress.watch(now));
    progress.done();
    let report = ran.map_err(|error| stopped(&error, session))?;
    if !report.complete {
        complain(&format!("interrupted; {} is not verified", args.folder.display()));
        return Err(Stop::Interrupted);
    }
    let same = report.digest == again.digest;
    if args.json {
        session.out.json(&json!({
            "folder": args.folder.display().to_string(),
            "equal": same && differences.is_empty(),
            "expected": again.digest,
            "digest": report.digest,
            "engine": manifest.engine,
            "events": report.events,
            "files": manifest.files.len(),
            "differences": differences,
        }))?;
    } else if same && differences.is_empty() {
        let files = match manifest.files.len() {
            0 => "its tables have the rows they should".to_owned(), // of a version that named no files
            files => format!("{files} files as written"),
        };
        let folder = args.folder.display();
        session.out.tell(&format!("{folder}: {files}, the same digest again, {}", again.digest))?;
    }
    if same && differences.is_empty() {
        return Ok(Done::Well);
    }
    session.out.flush()?;
    if same {
        let folder = args.folder.display();
        return Err(Stop::Failed(format!(
            "{folder} is not as it was written, though its run is the same again"
        )));
    }
    Err(again.differs(&report.digest))
}
