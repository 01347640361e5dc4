//! Settings from outside the file: `agents.noise.count=500`, edited into the tree with a text of their own,
//! so that diagnostics point at what was typed.

use std::fmt;
use std::ops::Range;

use super::tree::{self, Entry, Node, Table, Value, quoted};
use crate::diagnostic::{At, Code, Diagnostic, SourceId, Sources, nearest};

/// A setting: where in the scenario, and what.
///
/// The path is `run.KEY`, or `agents`, `symbol`, `venue` or `link` with a name and a key; deeper keys follow
/// (`symbol.ACME.value.sigma`). A name with a point in it stands in double quotes. The value needs no quotes:
/// `30min`, `2 bp` and `500` are read as the key wants them; lists and tables are written as in TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `PATH=VALUE`.
    text: String,
    from: From,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// `--set PATH=VALUE`.
    Typed,
    /// A flag of its own, followed by the value.
    Flag(&'static str),
    /// A program.
    Program,
}

impl Setting {
    /// As it is typed after `--set`.
    pub fn typed(text: impl Into<String>) -> Setting {
        Setting { text: text.into(), from: From::Typed }
    }

    /// A value for a path.
    pub fn new(path: &str, value: impl fmt::Display) -> Setting {
        Setting { text: format!("{path}={value}"), from: From::Program }
    }

    /// A value that is typed after a flag of its own, such as `--seed` for `run.seed`.
    pub fn flag(flag: &'static str, path: &str, value: impl fmt::Display) -> Setting {
        Setting { text: format!("{path}={value}"), from: From::Flag(flag) }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is wrong with a setting.
type Wrong = Box<Diagnostic>;

/// A piece of a path.
#[derive(Clone, Debug)]
struct Step {
    name: String,
    at: At,
}

/// Sections whose tables have names.
const NAMED: [&str; 4] = ["agents", "symbol", "venue", "link"];

/// Edits a setting into the tree.
pub(crate) fn apply(root: &mut Table, setting: &Setting, sources: &mut Sources) -> Result<(), Wrong> {
    let Some(equals) = outside_quotes(&setting.text, '=').next() else {
        let id = setting.source(setting.text.len(), sources).0;
        return Err(Diagnostic::new(Code::BadSetting, format!("{} sets nothing", quoted(&setting.text)))
            .at(At::new(id, 0..usize::MAX), "no `=`")
            .help("write the path, `=` and the value, such as `agents.noise.count=500`")
            .into());
    };
    let (path, value_text) = (&setting.text[..equals], &setting.text[equals + 1..]);
    let (id, path_at, value_at) = setting.source(equals, sources);
    let at = |range: Range<usize>| match path_at {
        Some(offset) => At::new(id, range.start + offset..range.end + offset),
        None => At::new(id, 0..value_at), // the path is not in the text; the flag stands for it
    };
    let steps = steps(path, &at)?;
    let value = value(value_text, value_at, id)?;
    let (table, rest) = target(root, &steps, at(0..equals))?;
    put(table, rest, value)
}

impl Setting {
    /// Adds the text that is shown for it; where in it the path and the value begin.
    fn source(&self, equals: usize, sources: &mut Sources) -> (SourceId, Option<usize>, usize) {
        const SET: &str = "--set ";
        match self.from {
            From::Typed => {
                let id = sources.add("command line", format!("{SET}{}", self.text));
                (id, Some(SET.len()), SET.len() + equals + 1)
            }
            From::Flag(flag) => {
                let value = self.text.get(equals + 1..).unwrap_or_default();
                (sources.add("command line", format!("{flag} {value}")), None, flag.len() + 1)
            }
            From::Program => (sources.add("setting", self.text.as_str()), Some(0), equals + 1),
        }
    }
}

/// The places of a character that stand outside double quotes.
fn outside_quotes(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let mut inside = false;
    text.char_indices().filter_map(move |(at, c)| {
        inside ^= c == '"';
        (c == wanted && !inside).then_some(at)
    })
}

fn steps(path: &str, at: &impl Fn(Range<usize>) -> At) -> Result<Vec<Step>, Wrong> {
    let mut steps = Vec::new();
    let mut begin = 0;
    for end in outside_quotes(path, '.').chain([path.len()]) {
        let piece = path[begin..end].trim();
        let name = piece.strip_prefix('"').and_then(|piece| piece.strip_suffix('"')).unwrap_or(piece);
        if name.is_empty() {
            return Err(Diagnostic::new(Code::BadSetting, format!("{} is not a path", quoted(path)))
                .at(at(begin..end), "a name is missing here")
                .into());
        }
        steps.push(Step { name: name.to_owned(), at: at(begin..end) });
        begin = end + 1;
    }
    Ok(steps)
}

/// The value: TOML where it begins like a list, a table or a text in quotes, else a word.
fn value(text: &str, offset: usize, source: SourceId) -> Result<Node, Wrong> {
    let trimmed = text.trim();
    let begin = offset + (text.len() - text.trim_start().len());
    let at = At::new(source, begin..begin + trimmed.len());
    if !trimmed.starts_with(['[', '{', '"', '\'']) {
        return Ok(Node { at, value: Value::Bare(trimmed.to_owned()) });
    }
    tree::value(trimmed, begin, source).map_err(|message| {
        let message = format!("{} cannot be read: {message}", quoted(trimmed));
        Diagnostic::new(Code::BadSetting, message).at(at, "").into()
    })
}

/// The table that a path leads to by its section and name, and the steps that are left.
fn target<'t, 's>(
    root: &'t mut Table,
    steps: &'s [Step],
    path: At,
) -> Result<(&'t mut Table, &'s [Step]), Wrong> {
    let incomplete = |what: &str| {
        const HELP: &str =
            "write `run.KEY`, `agents.GROUP.KEY`, `symbol.NAME.KEY`, `venue.NAME.KEY` or `link.NAME.KEY`";
        Box::new(Diagnostic::new(Code::BadSetting, format!("the path lacks {what}")).at(path, "").help(HELP))
    };
    let section = &steps[0];
    if section.name == "run" {
        return match steps.len() {
            1 => Err(incomplete("a key")),
            _ => Ok((table_under(root, section)?, &steps[1..])),
        };
    }
    if !NAMED.contains(&section.name.as_str()) {
        let sections = NAMED.iter().copied().chain(["run"]);
        return Err(unknown(
            section,
            "nothing can be set in",
            sections,
            "sections are run, agents, symbol, venue and link",
        ));
    }
    let [_, named, rest @ ..] = steps else { return Err(incomplete("a name and a key")) };
    if rest.is_empty() {
        return Err(incomplete("a key"));
    }
    let entry = root.get_mut(&section.name).map(|entry| &mut entry.node.value);
    let tables: Vec<(String, &mut Table)> = match entry {
        Some(Value::Table(links)) => {
            let inner = links.entries.iter_mut().filter_map(|entry| match &mut entry.node.value {
                Value::Table(table) => Some((entry.key.clone(), table)),
                _ => None,
            });
            inner.collect()
        }
        Some(Value::Array(items)) => {
            let inner = items.iter_mut().filter_map(|item| match &mut item.value {
                Value::Table(table) => Some((name_of(table)?, table)),
                _ => None,
            });
            inner.collect()
        }
        _ => Vec::new(),
    };
    let names: Vec<String> = tables.iter().map(|(name, _)| name.clone()).collect();
    let found = tables.into_iter().find(|(name, _)| *name == named.name);
    let Some((_, table)) = found else {
        let what = if section.name == "agents" { "group" } else { section.name.as_str() };
        let label = match names.len() {
            0 => format!("the scenario has no {what}"),
            _ => format!(
                "there is {}",
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        let sentence = format!("no {what} is called");
        let wrong = unknown(named, &sentence, names.iter().map(String::as_str), &label);
        return Err(match with_points(&steps[1..], &names) {
            Some((name, at)) => Box::new(
                wrong.help("a name with a point in it stands in quotes").patch(at, format!("\"{name}\"")),
            ),
            None => wrong,
        });
    };
    Ok((table, rest))
}

/// One of `names` that has points in it, and stands at the beginning of `steps` without its quotes.
fn with_points<'n>(steps: &[Step], names: &'n [String]) -> Option<(&'n str, At)> {
    let pieces =
        |count: usize| steps[..count].iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(".");
    // A key follows the name.
    let count = (2..steps.len()).find(|&count| names.contains(&pieces(count)))?;
    let name = names.iter().find(|name| **name == pieces(count))?;
    Some((name, At { end: steps[count - 1].at.end, ..steps[0].at }))
}

/// The name of a table in a list: a group without one has the name of its kind.
fn name_of(table: &Table) -> Option<String> {
    let of = |key| match &table.get(key)?.node.value {
        Value::Text(name) | Value::Bare(name) => Some(name.clone()),
        _ => None,
    };
    of("name").or_else(|| of("kind"))
}

fn unknown<'a>(step: &Step, message: &str, names: impl Iterator<Item = &'a str>, label: &str) -> Wrong {
    let message = format!("{message} {}", quoted(&step.name));
    let diagnostic = Diagnostic::new(Code::UnknownTarget, message).at(step.at, label);
    match nearest(&step.name, names) {
        Some(near) => diagnostic.help(format!("a similar name exists: `{near}`")).patch(step.at, near),
        None => diagnostic,
    }
    .into()
}

/// The table of this name, made if it is not there.
fn table_under<'t>(table: &'t mut Table, step: &Step) -> Result<&'t mut Table, Wrong> {
    let there = table.entries.iter().position(|entry| entry.key == step.name);
    let place = there.unwrap_or_else(|| {
        let node = Node { at: step.at, value: Value::Table(Table::default()) };
        table.entries.push(Entry { key: step.name.clone(), key_at: step.at, node });
        table.entries.len() - 1
    });
    let node = &mut table.entries[place].node;
    let (sort, set_at) = (node.sort(), node.at);
    if let Value::Table(inner) = &mut node.value {
        return Ok(inner);
    }
    Err(Diagnostic::new(Code::UnknownTarget, format!("{} has no keys", quoted(&step.name)))
        .at(step.at, format!("it is {sort}"))
        .label(set_at, "set here")
        .into())
}

fn put(mut table: &mut Table, steps: &[Step], value: Node) -> Result<(), Wrong> {
    let [path @ .., last] = steps else { return Ok(()) }; // `target` leaves at least one
    for step in path {
        table = table_under(table, step)?;
    }
    let entry = Entry { key: last.name.clone(), key_at: last.at, node: value };
    match table.get_mut(&last.name) {
        Some(there) => *there = entry,
        None => table.entries.push(entry),
    }
    Ok(())
}
