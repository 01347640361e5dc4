//! `prism export`: a run in the formats of recorded market data.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use prism_core::sink::Sink;
use prism_sinks::export::{Files, Itch, Lobster, Start};
use prism_sinks::{Manifest, Threaded};
use serde_json::json;

use super::Session;
use super::again::Again;
use super::out::{Done, Stop, complain};
use super::progress::Progress;
use super::run::{kept_in, stopped};
use crate::drive::{Ended, drive};
use crate::error::with_causes;
use crate::execute::{Built, Execution};

/// Write a run as recorded market data
///
/// The run is had again from the manifest of its folder, so that it needs no tables, and must have the same digest.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  prism run scenarios/quickstart.toml --out results/quickstart
  prism export results/quickstart --to itch --out tapes
  prism export results/quickstart --to lobster --levels 5 --out tapes

Files are dated by `run.start` of the scenario. What lies in a folder of DIR is replaced with the run.")]
pub(super) struct Args {
    /// The output folder of a complete run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The format
    #[arg(long, value_name = "FORMAT")]
    to: To,
    /// The folder for the files [default: one in DIR, named as the format]
    #[arg(long, value_name = "OUT")]
    out: Option<PathBuf>,
    /// lobster: levels a side of the order-book files
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    levels: u16,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    /// LOBSTER message and order-book files, a pair for each symbol and day
    Lobster,
    /// NASDAQ TotalView-ITCH 5.0, a tape for each venue and day
    Itch,
}

impl To {
    const fn name(self) -> &'static str {
        match self {
            To::Lobster => "lobster",
            To::Itch => "itch",
        }
    }
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let again = Again::read(&args.folder, session)?;
    let out = args.out.clone().unwrap_or_else(|| args.folder.join(args.to.name()));
    let (scenario, start) = (&again.scenario, Start(again.scenario.start_nanos()));
    let written = match args.to {
        To::Lobster => {
            let lobster = Lobster::to_folder(&out, start, scenario.length()).levels(args.levels.into());
            let lobster = lobster.overwrite(args.force);
            let files = lobster.files();
            write(&again, lobster, (&args.folder, &out, &files), session)?
        }
        To::Itch => {
            let itch = Itch::to_folder(&out, start).overwrite(args.force);
            let files = itch.files();
            write(&again, itch, (&args.folder, &out, &files), session)?
        }
    };
    if args.json {
        let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        session.out.json(&json!({
            "folder": args.folder.display().to_string(),
            "format": args.to.name(),
            "out": (!written.is_empty()).then(|| out.display().to_string()),
            "files": names,
            "digest": again.digest,
        }))?;
    } else if written.is_empty() {
        let folder = args.folder.display();
        session.out.tell(&format!(
            "{folder}: nothing is written, as no venue has told of any order, trade or phase"
        ))?;
    } else {
        session.out.tell(&format!("{}: written to {}", args.folder.display(), out.display()))?;
    }
    Ok(Done::Well)
}

/// Has the manifest name files that lie in a folder of the run, so that they go where the run goes.
fn keep(folder: &Path, out: &Path, written: &[PathBuf]) -> Result<(), Stop> {
    let whole = |path: &Path| path.canonicalize().ok();
    let inside =
        out.parent().is_some_and(|parent| whole(parent).is_some_and(|parent| Some(parent) == whole(folder)));
    let Some(name) = out.file_name().and_then(|name| name.to_str()).filter(|_| inside && !written.is_empty())
    else {
        return Ok(());
    };
    let names = written.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    Manifest::add_export(folder, name, names).map_err(|error| Stop::Failed(with_causes(&error)))
}

/// Runs again, with the sink, and tells which files it has written. What it left unfinished belongs to the run, too.
fn write(
    again: &Again,
    sink: impl Sink + 'static,
    (folder, out, files): (&Path, &Path, &Files),
    session: &Session,
) -> Result<Vec<PathBuf>, Stop> {
    let unfinished = sink.unfinished();
    let done = run_again(again, sink, session);
    let written = files.list();
    let mut left = unfinished.list();
    left.extend(written.iter().cloned());
    let kept = keep(folder, out, &left);
    done.and(kept).map(|()| written)
}

/// Runs again, with the sink. Its files get their names only if the digest is that of the folder.
fn run_again(again: &Again, sink: impl Sink + 'static, session: &Session) -> Result<(), Stop> {
    let (scenario, unfinished) = (&again.scenario, sink.unfinished());
    let execution =
        Execution { scenario, sinks: false, output: None, began: session.began, warnings: Vec::new() };
    let Built { mut sim, .. } = execution.build().map_err(|error| stopped(&error, session))?;
    let attached = sim.attach(Threaded::new(sink));
    let progress = Progress::new(scenario.length(), &session.out);
    let driven =
        attached.and_then(|()| drive(&mut sim, scenario.length(), session.began, |now| progress.watch(now)));
    progress.done();
    let kept = || {
        let left: Vec<String> = unfinished.list().iter().map(|path| path.display().to_string()).collect();
        kept_in(&left.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let failed = |error| Stop::Failed(with_causes(&error) + &kept());
    let (ended, _) = driven.map_err(failed)?;
    if ended == Ended::Interrupted {
        drop(sim);
        complain(&format!("interrupted{}", kept()));
        return Err(Stop::Interrupted);
    }
    let digest = format!("{:016x}", sim.digest());
    if digest != again.digest {
        return Err(again.differs(&digest));
    }
    sim.finish().map(|_| ()).map_err(failed)
}
