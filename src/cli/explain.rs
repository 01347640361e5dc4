//! `prism explain`: the page of a diagnostic.

use super::Session;
use super::out::{Done, Stop, columns, complain};
use crate::diagnostic::{Code, nearest};

/// Explain a diagnostic: a wrong example, the reason, the right one
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  prism explain P0103
  prism explain")]
pub(super) struct Args {
    /// Its number; without one, all are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let Some(id) = &args.code else {
        let row = |code: &Code| vec![code.id().to_owned(), code.title().to_owned()];
        session.out.print(&columns(&Code::ALL.iter().map(row).collect::<Vec<_>>(), ""))?;
        return Ok(Done::Well);
    };
    if let Some(code) = Code::of(id) {
        session.out.print(code.page())?;
        return Ok(Done::Well);
    }
    complain(&format!("error: no diagnostic has the number {id}"));
    if let Some(near) = nearest(id, Code::ALL.iter().map(|code| code.id())) {
        complain(&format!("help: a similar one exists: {near}"));
    }
    Err(Stop::Wrong)
}
