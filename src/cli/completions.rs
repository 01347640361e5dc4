//! `prism completions`: for the shell.

use clap_complete::Shell;

use super::Session;
use super::out::{Done, Stop};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  prism completions bash

For bash, save them where it looks for them:
  prism completions bash > ~/.local/share/bash-completion/completions/prism")]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "prism", &mut script);
    session.out.print(&String::from_utf8_lossy(&script))?;
    Ok(Done::Well)
}
