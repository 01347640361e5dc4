//! TOML text to a tree of values that know where they stand.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{At, Code, Diagnostic, SourceId, Sources};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: At,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    /// The number and how it is written.
    Integer(i128, String),
    /// The number and how it is written; also a whole number that does not fit.
    Float(f64, String),
    Flag(bool),
    Date(String),
    Array(Vec<Node>),
    Table(Table),
    /// A word without quotes, from the command line or the defaults of a kind: a number, a flag or a text,
    /// as is needed.
    Bare(String),
}

/// Entries in the order of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: At,
    pub(crate) node: Node,
}

impl Node {
    /// What it is, for messages.
    pub(crate) fn sort(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "a text",
            Value::Integer(..) => "a whole number",
            Value::Float(_, text) => number_sort(text),
            Value::Flag(_) => "true or false",
            Value::Date(_) => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
            Value::Bare(text) => match text.as_str() {
                "true" | "false" => "true or false",
                _ if is_number(text) => number_sort(text),
                _ => "a word",
            },
        }
    }
}

/// True for a text that is written as a number.
pub(crate) fn is_number(text: &str) -> bool {
    text.starts_with(|c| "+-.0123456789".contains(c)) && text.replace('_', "").parse::<f64>().is_ok()
}

/// What a number is by how it is written.
fn number_sort(text: &str) -> &'static str {
    if text.contains('.') {
        "a number with a point"
    } else if text.starts_with(['0', '+', '-']) && text.contains(['x', 'o', 'b'])
        || text.chars().all(|c| c.is_ascii_digit() || "+-_".contains(c))
    {
        "a whole number"
    } else if text.contains(['e', 'E']) {
        "a number with an exponent"
    } else {
        "no finite number"
    }
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }
}

/// Parses a text of `sources`. Errors of syntax are pushed to `problems`, one for each line at most: what
/// follows on a line is mostly the echo of the first.
pub(crate) fn parse(sources: &Sources, source: SourceId, problems: &mut Vec<Diagnostic>) -> Table {
    let text = sources.text(source);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut found: Vec<(usize, Diagnostic)> = errors
        .iter()
        .map(|error| {
            let at = At::new(source, error.span().unwrap_or(text.len()..text.len()));
            (sources.position(at).line, syntax(error.message(), at, &text[sources.range(at)]))
        })
        .collect();
    found.sort_by_key(|(line, d)| (*line, d.primary.as_ref().map(|label| label.at)));
    found.dedup_by_key(|(line, _)| *line);
    problems.extend(found.into_iter().map(|(_, diagnostic)| diagnostic));
    table(document.get_ref(), (source, 0))
}

/// Parses one value that stands at `offset` of a text of its own.
pub(crate) fn value(text: &str, offset: usize, source: SourceId) -> Result<Node, String> {
    let value = DeValue::parse(text).map_err(|error| error.message().to_owned())?;
    Ok(node(&value, (source, offset)))
}

/// A text, and what is added to the places in it.
type Origin = (SourceId, usize);

fn place((source, offset): Origin, range: Range<usize>) -> At {
    At::new(source, range.start + offset..range.end + offset)
}

fn syntax(message: &str, at: At, found: &str) -> Diagnostic {
    if message.starts_with("duplicate key") {
        return Diagnostic::new(Code::Syntax, format!("{} is set twice", quoted(found))).at(at, "");
    }
    if !message.starts_with("string values must be quoted") {
        return Diagnostic::new(Code::Syntax, message).at(at, "");
    }
    if found.is_empty() {
        return Diagnostic::new(Code::Syntax, "a value is missing").at(at, "");
    }
    Diagnostic::new(Code::Syntax, format!("{} is not a value", quoted(found)))
        .at(at, "")
        .help("a text needs quotes")
        .patch(at, format!("\"{}\"", found.replace(['"', '\\'], "")))
}

fn table(table: &DeTable<'_>, origin: Origin) -> Table {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &Spanned<Cow<'_, str>> = key;
        Entry {
            key: key.get_ref().clone().into_owned(),
            key_at: place(origin, key.span()),
            node: node(value, origin),
        }
    };
    let mut entries: Vec<Entry> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.key_at.start);
    Table { entries }
}

fn node(value: &Spanned<DeValue<'_>>, origin: Origin) -> Node {
    let at = place(origin, value.span());
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(whole) => Value::Integer(whole, number.to_string()),
            Err(_) => Value::Float(number.as_str().parse().unwrap_or(f64::INFINITY), number.to_string()),
        },
        DeValue::Float(number) => {
            let text = number.as_str().to_owned();
            Value::Float(text.parse().unwrap_or(f64::NAN), text)
        }
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(array) => Value::Array(array.iter().map(|item| node(item, origin)).collect()),
        DeValue::Table(inner) => Value::Table(table(inner, origin)),
    };
    Node { at, value }
}

/// A piece of somebody's text in backquotes, on one line and not too long.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { '·' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// A text in TOML's quotes.
pub(crate) fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> (Table, Vec<Diagnostic>, Sources) {
        let mut sources = Sources::new();
        let id = sources.add("a.toml", text);
        let mut problems = Vec::new();
        let table = parse(&sources, id, &mut problems);
        (table, problems, sources)
    }

    #[test]
    fn values_know_where_they_stand() {
        let text = "b = { x = 1_0, y = 'z' }\r\na = [ 2.50, 0x1F ]\n[[t]]\nñ = 1979-05-27T07:32:00Z\n[l.m]\n";
        let (table, problems, _) = tree(&text.replace('ñ', "'ñ'"));
        let text = text.replace('ñ', "'ñ'");
        assert_eq!(problems, []);
        let keys: Vec<_> = table.entries.iter().map(|e| &text[e.key_at.start..e.key_at.end]).collect();
        assert_eq!(keys, ["b", "a", "t", "l"]);
        let Value::Array(numbers) = &table.entries[1].node.value else { panic!("a list") };
        let shown: Vec<_> = numbers.iter().map(|n| (&n.value, &text[n.at.start..n.at.end])).collect();
        assert!(
            matches!(&shown[..], [(Value::Float(x, t), "2.50"), (Value::Integer(31, h), "0x1F")]
                if x.to_string() == "2.5" && t == "2.50" && h == "0x1F"),
            "{shown:?}"
        );
        let Value::Array(tables) = &table.entries[2].node.value else { panic!("a list") };
        assert_eq!(&text[tables[0].at.start..tables[0].at.end], "[[t]]");
        let Value::Table(inner) = &tables[0].value else { panic!("a table") };
        assert!(inner.get("ñ").is_some() && inner.get("n").is_none());
    }

    #[test]
    fn errors_of_syntax_are_told_line_by_line() {
        let (table, problems, sources) = tree("a = 100ms 2\nb =\nc = 1\nc = 2\ne = \"x\n[d\n");
        let report = crate::diagnostic::Report { sources, diagnostics: problems };
        let told: Vec<_> = report.located().map(|d| (d.line, d.column, d.message.to_owned())).collect();
        let at = |line, column, message: &str| (Some(line), Some(column), message.to_owned());
        assert_eq!(
            told,
            [
                at(1, 5, "`100ms 2` is not a value"),
                at(2, 4, "a value is missing"),
                at(4, 1, "`c` is set twice"),
                at(5, 7, "invalid basic string, expected `\"`"),
                at(6, 3, "unclosed table, expected `]`"),
            ]
        );
        assert_eq!(table.entries.len(), 5);
    }

    #[test]
    fn a_number_is_called_by_how_it_is_written() {
        let bare = |text: &str| Node { at: At::default(), value: Value::Bare(text.to_owned()) }.sort();
        let long = "9".repeat(300);
        for (text, sort) in [
            ("1.5", "a number with a point"),
            ("-1_000.5e3", "a number with a point"),
            ("1e3", "a number with an exponent"),
            ("-7", "a whole number"),
            (&long, "a whole number"),
            ("false", "true or false"),
            ("seven", "a word"),
            ("5us", "a word"),
            ("", "a word"),
        ] {
            assert_eq!(bare(text), sort, "{text}");
        }
        let (table, _, _) = tree(&format!("a = 0x{0}\nb = {0}\nc = inf\nd = 1E2\n", "9".repeat(60)));
        let sorts: Vec<_> = table.entries.iter().map(|entry| entry.node.sort()).collect();
        assert_eq!(
            sorts,
            ["a whole number", "a whole number", "no finite number", "a number with an exponent"]
        );
    }

    #[test]
    fn what_people_wrote_is_shown_on_one_line() {
        assert_eq!(quoted("a\nb\u{1b}"), "`a·b·`");
        assert_eq!(quoted(&"x".repeat(100)), format!("`{}…`", "x".repeat(60)));
    }
}
