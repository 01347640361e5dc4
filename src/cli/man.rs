//! `prism man`: the manual, made from the same source as `--help`.

use super::Session;
use super::out::{Done, Stop, complain};

/// Print a page of the manual for `man`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  prism man
  prism man check")]
pub(super) struct Args {
    /// A command; without one, the page of prism itself
    command: Option<String>,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let mut command = super::command();
    command.build();
    let wanted = match &args.command {
        None => Some(command.clone()),
        Some(name) => command.find_subcommand(name).cloned(),
    };
    let Some(wanted) = wanted else {
        complain("error: there is no such command; `prism --help` lists them");
        return Err(Stop::Wrong);
    };
    let name = args.command.as_ref().map_or("prism".to_owned(), |name| format!("prism-{name}"));
    let mut page = Vec::new();
    clap_mangen::Man::new(wanted.name(name))
        .render(&mut page)
        .map_err(|error| Stop::Failed(format!("cannot write the page: {error}")))?;
    session.out.print(&String::from_utf8_lossy(&page))?;
    Ok(Done::Well)
}
