//! The command `prism`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    prism::cli::main_with(|_| Ok(()))
}
