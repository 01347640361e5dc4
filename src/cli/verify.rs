//! `prism verify`: hold the files of a folder against its manifest, run again what it says was run, and compare.

use std::path::PathBuf;

use prism_sinks::Manifest;
use serde_json::json;

use super::Session;
use super::out::{Done, Stop, complain};
use super::progress::Progress;
use super::run::stopped;
use crate::error::with_causes;
use crate::execute::{ENGINE, Execution};
use crate::scenario::{Loader, Setting};

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
    let wrong = |why: String| {
        complain(&format!("error: {why}"));
        Stop::Wrong
    };
    let manifest = Manifest::read(&args.folder).map_err(|error| wrong(with_causes(&error)))?;
    let Some(expected) = manifest.digest.clone().filter(|_| manifest.complete) else {
        return Err(wrong(format!("{} holds a run that did not come to its end", args.folder.display())));
    };
    let differences: Vec<String> =
        manifest.differences(&args.folder).iter().map(ToString::to_string).collect();
    for difference in &differences {
        complain(&format!("error: {difference}"));
    }
    let name = manifest.scenario.path.clone().unwrap_or_else(|| "scenario of the manifest".to_owned());
    let loader =
        Loader::new(session.registry.clone()).settings(manifest.scenario.settings.iter().map(Setting::typed));
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
    let execution = Execution {
        scenario: &scenario,
        sinks: false,
        output: None,
        began: session.began,
        warnings: Vec::new(),
    };
    let progress = Progress::new(scenario.length(), &session.out);
    let ran = execution.run(|now| progress.watch(now));
    progress.done();
    let report = ran.map_err(|error| stopped(&error, session))?;
    if !report.complete {
        complain(&format!("interrupted; {} is not verified", args.folder.display()));
        return Err(Stop::Interrupted);
    }
    let same = report.digest == expected;
    if args.json {
        session.out.json(&json!({
            "folder": args.folder.display().to_string(),
            "equal": same && differences.is_empty(),
            "expected": expected,
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
        session
            .out
            .tell(&format!("{}: {files}, the same digest again, {expected}", args.folder.display()))?;
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
    let other = if manifest.engine == ENGINE {
        String::new()
    } else {
        format!(" (the folder was written by {}, this is {ENGINE})", manifest.engine)
    };
    Err(Stop::Failed(format!("the digest is {}, the folder says {expected}{other}", report.digest)))
}
