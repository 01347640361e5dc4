//! What is wrong with a value.

use crate::diagnostic::{At, Code, Diagnostic};

/// What is wrong with a value; where it stands is told later.
#[derive(Clone, Debug)]
pub(crate) struct Complaint(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    code: Code,
    message: String,
    label: String,
    help: Option<String>,
    patch: Option<String>,
    also: Option<(At, String)>,
}

impl Complaint {
    pub(crate) fn new(code: Code, message: impl Into<String>, label: impl Into<String>) -> Complaint {
        let (message, label) = (message.into(), label.into());
        Complaint(Box::new(Details { code, message, label, help: None, patch: None, also: None }))
    }

    /// What is said at the place itself, instead of what was.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Complaint {
        self.0.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Complaint {
        self.0.help = Some(help.into());
        self
    }

    /// What to write instead of the whole value.
    pub(crate) fn patch(mut self, text: impl Into<String>) -> Complaint {
        self.0.patch = Some(text.into());
        self
    }

    /// For a value that is not in the text, where nothing can be put in its place.
    pub(crate) fn without_patch(mut self) -> Complaint {
        self.0.patch = None;
        self
    }

    /// Another place that has to do with it.
    pub(crate) fn also(mut self, at: At, text: impl Into<String>) -> Complaint {
        self.0.also = Some((at, text.into()));
        self
    }

    /// What is wrong, in one line.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn at(self, at: At) -> Diagnostic {
        let Details { code, message, label, help, patch, also } = *self.0;
        let mut diagnostic = Diagnostic::new(code, message).at(at, label);
        if let Some((at, text)) = also {
            diagnostic = diagnostic.label(at, text);
        }
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        match patch {
            Some(text) => diagnostic.patch(at, text),
            None => diagnostic,
        }
    }
}
