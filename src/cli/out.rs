//! What the command prints: results to stdout, everything else to stderr.

use std::io::{self, BufWriter, IsTerminal, Write};

use crate::diagnostic::{Code, Diagnostic, Finding, Report, Severity, Style};

/// Why a command ends before it is done.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody reads stdout any more: the end, and no failure.
    Closed,
    /// The input is wrong; what is wrong has been printed.
    Wrong,
    /// Interrupted from outside; what was written has been flushed and marked as incomplete.
    Interrupted,
    /// The run or the check failed, for a reason in words.
    Failed(String),
}

/// How a command ended that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Well; for a check: it holds.
    Well,
}

/// The two streams of the process.
#[derive(Debug)]
pub(crate) struct Out {
    stdout: BufWriter<io::Stdout>,
    quiet: bool,
}

/// Whether a stream shows colours.
pub(crate) fn style_of(stream: &impl IsTerminal) -> Style {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if stream.is_terminal() && !set("NO_COLOR") && !dumb { Style::Coloured } else { Style::Plain }
}

impl Out {
    pub(crate) fn new(quiet: bool) -> Out {
        Out { stdout: BufWriter::new(io::stdout()), quiet }
    }

    /// Prints a result. A reader that has gone away ends the command without an error.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Stop> {
        self.stdout.write_all(text.as_bytes()).map_err(|error| stopped(&error))
    }

    /// Prints a result and a line end.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Stop> {
        self.print(text)?;
        self.print("\n")
    }

    /// Prints a value as JSON on a line of its own.
    pub(crate) fn json(&mut self, value: &serde_json::Value) -> Result<(), Stop> {
        self.line(&value.to_string())
    }

    /// Hands everything printed so far to the system.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        self.stdout.flush().map_err(|error| stopped(&error))
    }

    /// Draws a report on stderr; warnings not if the command is to be quiet.
    pub(crate) fn report(&self, report: &Report) {
        let errors = report.diagnostics.iter().any(|d| d.severity() == Severity::Error);
        if errors || (!report.is_empty() && !self.quiet) {
            complain(&report.render(style_of(&io::stderr())));
            complain("");
        }
    }

    /// Draws a finding that points at no place, a warning, on stderr.
    pub(crate) fn finding(&self, finding: &Finding) {
        let Some(code) = Code::of(&finding.code) else { return };
        let mut diagnostic = Diagnostic::new(code, &finding.message);
        diagnostic.help.clone_from(&finding.help);
        self.report(&diagnostic.into());
    }

    /// True when the command is to print errors only.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints a line for people, which a quiet command leaves out.
    pub(crate) fn tell(&mut self, text: &str) -> Result<(), Stop> {
        if self.quiet { Ok(()) } else { self.line(text) }
    }
}

/// Writes a line to stderr. That nobody can read it is no reason to stop.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn stopped(error: &io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::Closed,
        _ => Stop::Failed(format!("cannot write to stdout: {error}")),
    }
}

/// Rows in columns; the last column is as wide as it is.
pub(crate) fn columns(rows: &[Vec<String>], indent: &str) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|row| row.get(c)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|c| width(c).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = indent.to_owned();
        for (c, cell) in row.iter().enumerate().filter(|(c, _)| widths[*c] > 0) {
            line += cell;
            if c + 1 < row.len() {
                line += &" ".repeat(widths[c] - cell.chars().count() + 2);
            }
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
