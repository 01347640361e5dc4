//! What is wrong with something a person wrote: where it stands, why, and what to write instead.
//!
//! A [`Diagnostic`] has a stable [`Code`] with a page of explanation, and points at places in [`Sources`]. A
//! [`Report`] is all of them together: [`Report::render`] draws it with source lines and carets,
//! [`Report::located`] gives it as data.

mod codes;
mod nearest;
mod render;
mod sources;

use std::error::Error;
use std::fmt;

pub use codes::Code;
pub use nearest::nearest;
pub use render::Style;
pub use sources::{At, Position, SourceId, Sources};

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be done until it is mended.
    Error,
    /// It can be run, but hardly as it was meant.
    Warning,
}

/// A place and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub at: At,
    /// What; may be empty.
    pub text: String,
}

/// What to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Instead of what.
    pub at: At,
    /// What.
    pub text: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its number, under which `prism explain` has a page.
    pub code: Code,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; `None` for a file that could not be read at all.
    pub primary: Option<Label>,
    /// Other places that have to do with it.
    pub labels: Vec<Label>,
    /// How it is mended.
    pub help: Option<String>,
    /// The mending itself, where it is clear.
    pub patch: Option<Patch>,
    /// What else is good to know.
    pub note: Option<String>,
}

impl Diagnostic {
    /// A diagnostic about no place in particular.
    pub fn new(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            message: message.into(),
            primary: None,
            labels: Vec::new(),
            help: None,
            patch: None,
            note: None,
        }
    }

    /// Where it stands, and what is to be said there.
    pub fn at(mut self, at: At, text: impl Into<String>) -> Diagnostic {
        self.primary = Some(Label { at, text: text.into() });
        self
    }

    /// Another place that has to do with it.
    pub fn label(mut self, at: At, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { at, text: text.into() });
        self
    }

    /// How it is mended.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// What to write instead of the text at `at`; [`help`](Diagnostic::help) says why.
    pub fn patch(mut self, at: At, text: impl Into<String>) -> Diagnostic {
        self.patch = Some(Patch { at, text: text.into() });
        self
    }

    /// What else is good to know.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.note = Some(text.into());
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// Everything that is wrong, with the texts it points into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The texts.
    pub sources: Sources,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// A diagnostic with its place in numbers, for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<'a> {
    /// Its number, such as `P0103`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: &'a str,
    /// The file, or `command line`.
    pub source: Option<&'a str>,
    /// From 1.
    pub line: Option<usize>,
    /// In characters, from 1.
    pub column: Option<usize>,
    /// How it is mended.
    pub help: Option<&'a str>,
    /// What to write instead of what stands there, where that is clear.
    pub fix: Option<&'a str>,
    /// What else is good to know.
    pub note: Option<&'a str>,
}

/// A diagnostic as JSON tells it, with its texts. See [`Located`] for what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its number, such as `P0103`.
    pub code: String,
    /// What is wrong, in one line.
    pub message: String,
    /// The file, or `command line`.
    pub source: Option<String>,
    /// From 1.
    pub line: Option<usize>,
    /// In characters, from 1.
    pub column: Option<usize>,
    /// How it is mended.
    pub help: Option<String>,
    /// What to write instead of what stands there, where that is clear.
    pub fix: Option<String>,
    /// What else is good to know.
    pub note: Option<String>,
}

impl From<Located<'_>> for Finding {
    fn from(d: Located<'_>) -> Finding {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Finding {
            code: d.code.to_owned(),
            message: d.message.to_owned(),
            source: text(d.source),
            line: d.line,
            column: d.column,
            help: text(d.help),
            fix: text(d.fix),
            note: text(d.note),
        }
    }
}

impl fmt::Display for Finding {
    /// `W0301: what is wrong`, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl From<Diagnostic> for Report {
    /// A diagnostic about no place in particular.
    fn from(diagnostic: Diagnostic) -> Report {
        Report { sources: Sources::new(), diagnostics: vec![diagnostic] }
    }
}

impl Report {
    /// The diagnostics with texts of their own, for JSON.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        self.located().map(Finding::from)
    }

    /// True when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// The diagnostics with their places in numbers.
    pub fn located(&self) -> impl Iterator<Item = Located<'_>> {
        self.diagnostics.iter().map(|d| {
            let at = d.primary.as_ref().map(|label| label.at);
            let position = at.map(|at| self.sources.position(at));
            Located {
                code: d.code.id(),
                severity: d.severity(),
                message: &d.message,
                source: at.map(|at| self.sources.name(at.source)),
                line: position.map(|p| p.line),
                column: position.map(|p| p.column),
                help: d.help.as_deref(),
                fix: d.patch.as_ref().map(|patch| patch.text.as_str()),
                note: d.note.as_deref(),
            }
        })
    }

    /// Draws the report: each problem with its source lines, carets, help and note.
    pub fn render(&self, style: Style) -> String {
        render::report(self, style)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

impl Error for Report {}
