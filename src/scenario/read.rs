//! Typed readers over the tree. They remember which keys were asked for; a key that nobody asked for is an
//! error, never ignored.

use std::cell::RefCell;

use prism_core::types::NameError;

use super::tree::{Entry, Node, Table, Value, quoted, toml_text};
use super::units::{self, Complaint};
use crate::diagnostic::{At, Code, Diagnostic, SourceId, nearest};

/// What is wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Diagnostic>>);

impl Problems {
    pub(crate) fn push(&self, diagnostic: Diagnostic) {
        self.0.borrow_mut().push(diagnostic);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn into_inner(self) -> Vec<Diagnostic> {
        self.0.into_inner()
    }
}

/// A table being read.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    table: &'a Table,
    /// Its header, or the whole of an inline table.
    pub(crate) at: At,
    /// What it is, for messages: "`[[symbol]]`".
    pub(crate) what: String,
    asked: RefCell<Vec<&'static str>>,
    problems: &'a Problems,
}

impl<'a> Section<'a> {
    pub(crate) fn new(
        table: &'a Table,
        at: At,
        what: impl Into<String>,
        problems: &'a Problems,
    ) -> Section<'a> {
        Section { table, at, what: what.into(), asked: RefCell::default(), problems }
    }

    /// The entry under `key`; from now on it counts as read.
    pub(crate) fn entry(&self, key: &'static str) -> Option<&'a Entry> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        self.table.get(key)
    }

    /// True when the section has the key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// The keys and tables of a section whose keys are names that the scenario chooses.
    pub(crate) fn named(&self) -> &'a [Entry] {
        &self.table.entries
    }

    /// Where the value of `key` stands, or else the section.
    pub(crate) fn at_of(&self, key: &str) -> At {
        self.table.get(key).map_or(self.at, |entry| entry.node.at)
    }

    /// True when the table under `table` has the key.
    pub(crate) fn inner_has(&self, table: &str, key: &str) -> bool {
        let inner = self.table.get(table).map(|entry| &entry.node.value);
        matches!(inner, Some(Value::Table(inner)) if inner.get(key).is_some())
    }

    /// Where the value of a key of the table under `table` stands, or else that table, or this section.
    pub(crate) fn section_at(&self, table: &str, key: &str) -> At {
        let inner = self.table.get(table).map(|entry| (&entry.node.value, entry.node.at));
        match inner {
            Some((Value::Table(inner), at)) => inner.get(key).map_or(at, |entry| entry.node.at),
            _ => self.at,
        }
    }

    pub(crate) fn problem(&self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    /// The value of `key` as `read` sees it; `None` if it is not there, or wrong and reported.
    pub(crate) fn read<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Node, &str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let entry = self.entry(key)?;
        read(&entry.node, key).map_err(|complaint| self.problem(complaint.at(entry.node.at))).ok()
    }

    /// As [`read`](Section::read), and a missing key is an error. `example` is the line to write.
    pub(crate) fn need<T>(
        &self,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&Node, &str) -> Result<T, Complaint>,
    ) -> Option<T> {
        if self.entry(key).is_none() {
            self.missing(key, example);
        }
        self.read(key, read)
    }

    /// Reports that `key` is missing.
    pub(crate) fn missing(&self, key: &str, example: &str) {
        let help = if self.at.source == SourceId::FIRST {
            format!("add a line such as `{example}`")
        } else {
            format!("add `{}`", example.replace(" = ", "=").replace('"', ""))
        };
        self.problem(
            Diagnostic::new(Code::MissingKey, format!("{} needs `{key}`", self.what))
                .at(self.at, format!("`{key}` is missing"))
                .help(help),
        );
    }

    /// A name that may be used, with or without `@`, which joins symbol and venue.
    pub(crate) fn name(&self, key: &'static str, may_have_at: bool) -> Option<String> {
        self.read(key, |node, key| {
            let name = units::text(node, key)?;
            check_name(&name, key, may_have_at).map(|()| name)
        })
    }

    /// A list of texts, each with its place.
    pub(crate) fn names(&self, key: &'static str) -> Option<Vec<(String, At)>> {
        let entry = self.entry(key)?;
        let Value::Array(items) = &entry.node.value else {
            let wanted = format!("`{key}` must be a list of names, not {}", entry.node.sort());
            let diagnostic = Diagnostic::new(Code::WrongType, wanted).at(entry.node.at, "");
            self.problem(match &entry.node.value {
                Value::Text(one) | Value::Bare(one) => {
                    diagnostic.help("in brackets").patch(entry.node.at, format!("[{}]", toml_text(one)))
                }
                _ => diagnostic,
            });
            return None;
        };
        let read = |item: &Node| match units::text(item, key) {
            Ok(name) => Some((name, item.at)),
            Err(complaint) => {
                self.problem(complaint.at(item.at));
                None
            }
        };
        Some(items.iter().filter_map(read).collect())
    }

    /// The table under `key`.
    pub(crate) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        let entry = self.entry(key)?;
        self.inner(entry, format!("`{key}`"), "a table")
    }

    fn inner(&self, entry: &'a Entry, what: String, wanted: &str) -> Option<Section<'a>> {
        if let Value::Table(table) = &entry.node.value {
            return Some(Section::new(table, entry.node.at, what, self.problems));
        }
        let sort = entry.node.sort();
        self.problem(
            Diagnostic::new(Code::WrongType, format!("{} must be {wanted}, not {sort}", quoted(&entry.key)))
                .at(entry.node.at, format!("this is {sort}")),
        );
        None
    }

    /// The table of an entry whose key is a name that the scenario chooses.
    pub(crate) fn table_of(&self, entry: &'a Entry, what: String) -> Option<Section<'a>> {
        self.inner(entry, what, "a table")
    }

    /// The list of tables under `key`, each written with the header `[[key]]`.
    pub(crate) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let Value::Array(items) = &entry.node.value else {
            let diagnostic = Diagnostic::new(Code::WrongType, format!("`{key}` is a list of tables"));
            self.problem(match entry.node.value {
                Value::Table(_) => diagnostic
                    .at(entry.key_at, "one table")
                    .help(format!("write `[[{key}]]`, with two brackets")),
                _ => diagnostic
                    .at(entry.node.at, format!("this is {}", entry.node.sort()))
                    .help(format!("write a table with the header `[[{key}]]`")),
            });
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            match &item.value {
                Value::Table(table) => {
                    sections.push(Section::new(table, item.at, format!("`[[{key}]]`"), self.problems));
                }
                _ => self.problem(
                    Diagnostic::new(Code::WrongType, format!("`{key}` is a list of tables"))
                        .at(item.at, format!("this is {}", item.sort())),
                ),
            }
        }
        sections
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn finish(&self) {
        let message = |key: &str| format!("unknown key {} in {}", quoted(key), self.what);
        self.finish_as(Code::UnknownKey, message, "nothing reads this key", None);
    }

    /// As [`finish`](Section::finish), in other words.
    pub(crate) fn finish_as(
        &self,
        code: Code,
        message: impl Fn(&str) -> String,
        label: &str,
        note: Option<&str>,
    ) {
        let asked = self.asked.borrow();
        for entry in self.table.entries.iter().filter(|e| !asked.contains(&e.key.as_str())) {
            let mut diagnostic = Diagnostic::new(code, message(&entry.key)).at(entry.key_at, label);
            let similar = |free: bool| {
                let names = asked.iter().copied().filter(|key| !free || !self.has(key));
                nearest(&entry.key, names)
            };
            if let Some(near) = similar(true) {
                diagnostic =
                    diagnostic.help(format!("a similar name exists: `{near}`")).patch(entry.key_at, near);
            } else if let Some(near) = similar(false) {
                diagnostic = diagnostic.help(format!("a similar name exists: `{near}`"));
            }
            if let Some(note) = note {
                diagnostic = diagnostic.note(note);
            }
            self.problem(diagnostic);
        }
    }
}

/// Refuses names that could not be told apart, or not be shown: by the rules of the kernel, in words about the
/// text.
pub(crate) fn check_name(name: &str, key: &str, may_have_at: bool) -> Result<(), Complaint> {
    let wrong = match NameError::check(name, may_have_at) {
        Ok(()) => return Ok(()),
        Err(NameError::Empty) => {
            return Err(Complaint::new(Code::BadName, format!("a `{key}` cannot be empty"), ""));
        }
        Err(NameError::Space) => "it begins or ends with a space".to_owned(),
        Err(NameError::Control) => "it has a control character in it".to_owned(),
        Err(NameError::At) => "it has `@` in it, which stands between a symbol and its venue".to_owned(),
        Err(other) => format!("it {other}"),
    };
    Err(Complaint::new(Code::BadName, format!("{} cannot be a `{key}`", quoted(name)), wrong))
}
