//! `prism schema`: JSON Schema for editors.

use super::Session;
use super::out::{Done, Stop};
use crate::scenario::json_schema;

/// Print the JSON Schema of a kind of file, for editors
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  prism schema scenario

Save it, and name it in the first line of a scenario for editors that know Taplo:
  #:schema ./scenario.schema.json")]
pub(super) struct Args {
    /// The kind of file
    #[arg(value_enum)]
    what: What,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// A scenario
    Scenario,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let schema = match args.what {
        What::Scenario => json_schema(&session.registry),
    };
    session.out.line(&format!("{schema:#}"))?;
    Ok(Done::Well)
}
