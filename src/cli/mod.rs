//! The command line: one binary, one file a command.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     prism::cli::main_with(|registry| {
//!         let _ = registry; // .agent::<MyTrader>()?
//!         Ok(())
//!     })
//! }
//! ```

mod again;
mod agents;
mod check;
mod completions;
mod explain;
mod export;
mod list;
mod man;
mod out;
mod progress;
mod replay;
mod run;
mod scenario;
mod schema;
mod tables;
mod verify;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::diagnostic::Style;
use crate::scenario::{KindError, Registry, SCHEMA};
use out::{Done, Out, Stop, complain, style_of};

/// Success; for a check: it holds.
const SUCCESS: u8 = 0;
/// The run or the check failed.
const FAILURE: u8 = 1;
/// The input is wrong.
const WRONG: u8 = 2;
/// Ended by an interrupt, after what was written had been flushed.
const INTERRUPTED: u8 = 130;

/// Markets made of agents: simulate, check, replay.
#[derive(Debug, Parser)]
#[command(name = "prism", disable_help_subcommand = true, propagate_version = false, max_term_width = 100)]
#[command(after_help = "Examples:
  prism list agents
  prism check scenarios/quickstart.toml

Exit status: 0 well, 1 the run or check failed, 2 the input is wrong, 130 interrupted.")]
struct Cli {
    /// Print errors only
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Check(check::Args),
    List(list::Args),
    Agents(agents::Args),
    Replay(replay::Args),
    Schema(schema::Args),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
    Verify(verify::Args),
    Export(export::Args),
}

/// What a command works with.
struct Session {
    registry: Arc<Registry>,
    out: Out,
    /// When the process began.
    began: Instant,
}

/// The whole command line, with the kinds that ship with PRISM and those that `register` adds. Returns the
/// exit status: 0 for success, 1 for a run or check that failed, 2 for wrong input, 130 when interrupted. A kind
/// that cannot be registered ends every command with 1.
pub fn main_with(register: impl FnOnce(&mut Registry) -> Result<(), KindError>) -> ExitCode {
    #[allow(clippy::disallowed_methods)] // the command line is where wall time is told
    let began = Instant::now();
    let mut registry = Registry::builtin();
    if let Err(error) = register(&mut registry) {
        complain(&format!("error: {error}"));
        return ExitCode::from(FAILURE);
    }
    ExitCode::from(run(registry, std::env::args_os(), began))
}

fn run(registry: Registry, args: impl IntoIterator<Item = OsString>, began: Instant) -> u8 {
    let parsed = command().try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut session = Session { registry: Arc::new(registry), out: Out::new(cli.quiet), began };
    let done = match cli.command {
        Command::Run(args) => run::run(&args, &mut session),
        Command::Verify(args) => verify::run(&args, &mut session),
        Command::Export(args) => export::run(&args, &mut session),
        Command::Check(args) => check::run(&args, &mut session),
        Command::List(args) => list::run(&args, &mut session),
        Command::Agents(args) => agents::run(&args, &mut session),
        Command::Replay(args) => replay::run(&args, &mut session),
        Command::Schema(args) => schema::run(&args, &mut session),
        Command::Explain(args) => explain::run(&args, &mut session),
        Command::Completions(args) => completions::run(&args, &mut session),
        Command::Man(args) => man::run(&args, &mut session),
    };
    match done.and_then(|done| session.out.flush().map(|()| done)) {
        Ok(Done::Well) | Err(Stop::Closed) => SUCCESS,
        Err(Stop::Wrong) => WRONG,
        Err(Stop::Interrupted) => INTERRUPTED,
        Err(Stop::Failed(why)) => {
            complain(&format!("error: {why}"));
            FAILURE
        }
    }
}

/// The command with its version, for parsing, completions and the manual.
fn command() -> clap::Command {
    let tables = prism_sinks::SCHEMA_VERSION;
    let version = format!("{} (schemas: scenario {SCHEMA}, tables {tables})", env!("CARGO_PKG_VERSION"));
    Cli::command().version(version)
}

/// Prints what clap has to say: help and version are results, the rest are errors.
fn usage(error: &clap::Error) -> u8 {
    let text = error.render();
    let shown = |style| match style {
        Style::Coloured => text.ansi().to_string(),
        Style::Plain => text.to_string(),
    };
    if error.use_stderr() {
        let _ = write!(io::stderr(), "{}", shown(style_of(&io::stderr())));
        return WRONG;
    }
    let mut out = Out::new(false);
    match out.print(&shown(style_of(&io::stdout()))).and_then(|()| out.flush()) {
        Ok(()) | Err(Stop::Closed) => SUCCESS,
        Err(_) => FAILURE,
    }
}
