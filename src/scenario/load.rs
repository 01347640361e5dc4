//! From a file or a text, with settings, to a checked scenario.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::params::Base;
use super::read::Problems;
use super::registry::Registry;
use super::set::{self, Setting};
use super::tree::{self, Entry, Node, Table, Value};
use super::{Parts, Scenario, check};
use crate::diagnostic::{At, Code, Diagnostic, Report, SourceId, Sources, nearest};

/// The largest scenario file, in bytes: a guard against reading a tape or a device by mistake.
const LARGEST: u64 = 16 << 20;

/// Reads scenarios with a registry, settings and sinks of one's own.
///
/// ```
/// use std::sync::Arc;
/// use prism::scenario::{Loader, Registry, Setting};
///
/// let text = r#"
///     schema = 1
///     run = { length = "1s" }
///     [[symbol]]
///     name = "ACME"
///     [[venue]]
///     name = "XPRM"
///     kind = "exchange"
/// "#;
/// let scenario = Loader::new(Arc::new(Registry::builtin()))
///     .set(Setting::typed("run.seed=7"))
///     .parse(text, "inline")?;
/// assert_eq!(scenario.seed(), 7);
/// # Ok::<(), prism::diagnostic::Report>(())
/// ```
#[derive(Clone, Debug)]
pub struct Loader {
    registry: Arc<Registry>,
    settings: Vec<Setting>,
    sinks: Vec<String>,
    folder: PathBuf,
}

impl Loader {
    /// A loader that knows the kinds of `registry`.
    pub fn new(registry: Arc<Registry>) -> Loader {
        Loader { registry, settings: Vec::new(), sinks: Vec::new(), folder: PathBuf::new() }
    }

    /// Adds a setting; of several for one key the last holds.
    pub fn set(mut self, setting: Setting) -> Loader {
        self.settings.push(setting);
        self
    }

    /// Adds several settings.
    pub fn settings(mut self, settings: impl IntoIterator<Item = Setting>) -> Loader {
        self.settings.extend(settings);
        self
    }

    /// Adds a sink as it is typed after `--sink`: `KIND`, or `KIND:OPTIONS` with `key=value` pairs and commas
    /// between; one value alone is the `path`.
    pub fn sink(mut self, typed: impl Into<String>) -> Loader {
        self.sinks.push(typed.into());
        self
    }

    /// The folder at which relative paths of the scenario begin. [`load`](Loader::load) takes that of the file.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Loader {
        self.folder = folder.into();
        self
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(mut self, path: impl AsRef<Path>) -> Result<Scenario, Report> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let bytes = read(path).map_err(|why| unreadable(path, &name, &why))?;
        self.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        match String::from_utf8(bytes) {
            Ok(text) if is_utf16(text.as_bytes()) => Err(not_utf8(text.as_bytes(), 0, &name)),
            Ok(text) => self.parse(&text, &name),
            Err(error) => Err(not_utf8(error.as_bytes(), error.utf8_error().valid_up_to(), &name)),
        }
    }

    /// Reads a text. `name` stands for it in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(self, text: &str, name: &str) -> Result<Scenario, Report> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut sources = Sources::new();
        let whole = At::new(sources.add(name, text), 0..0);
        let mut diagnostics = Vec::new();
        let mut root = tree::parse(&sources, SourceId::FIRST, &mut diagnostics);
        if !diagnostics.is_empty() {
            return Err(Report { sources, diagnostics }); // what follows from a half-read text would mislead
        }
        for setting in &self.settings {
            diagnostics.extend(set::apply(&mut root, setting, &mut sources).err().map(|wrong| *wrong));
        }
        for typed in &self.sinks {
            diagnostics.extend(add_sink(&mut root, typed, &mut sources).err().map(|wrong| *wrong));
        }
        let problems = Problems::default();
        let checked = check::check(&root, whole, &self.registry, Base(&self.folder), &problems);
        diagnostics.extend(problems.into_inner());
        if !diagnostics.is_empty() {
            if let Some(other) = diagnostics.iter().position(|d| d.code == Code::Schema)
                && foreign(&root)
            {
                diagnostics = vec![diagnostics.swap_remove(other)]; // the rest was read by the wrong rules
            }
            diagnostics.iter_mut().for_each(unquote_typed);
            // In the order of the text; what is typed comes after it.
            diagnostics.sort_by_key(|d| d.primary.as_ref().map(|label| label.at));
            return Err(Report { sources, diagnostics });
        }
        Ok(Scenario(Arc::new(Parts {
            registry: self.registry,
            name: name.to_owned(),
            text: text.to_owned(),
            folder: self.folder,
            settings: self.settings,
            sinks: self.sinks,
            plan: checked.plan,
            sink_places: checked.sinks,
            warnings: Report { sources, diagnostics: checked.warnings },
        })))
    }
}

/// True for a text that names another schema and does not look like this one: a section of it is unknown here.
fn foreign(root: &Table) -> bool {
    let named = root.get("schema").is_some_and(|entry| check::other_schema(&entry.node));
    named && root.entries.iter().any(|entry| !check::SECTIONS.contains(&entry.key.as_str()))
}

/// A value that is typed stands without the quotes that a text has in a file.
fn unquote_typed(diagnostic: &mut Diagnostic) {
    if diagnostic.code != Code::UnknownTarget
        && let Some(patch) = &mut diagnostic.patch
        && patch.at.source != SourceId::FIRST
        && let Some(bare) = patch.text.strip_prefix('"').and_then(|text| text.strip_suffix('"'))
    {
        patch.text = bare.to_owned();
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, name: &str, why: &io::Error) -> Report {
    let diagnostic = match why.kind() {
        io::ErrorKind::NotFound => {
            let diagnostic = Diagnostic::new(Code::Unreadable, format!("there is no file {name}"));
            match neighbour(path) {
                Some(near) => diagnostic.help(format!("a similar file exists: {near}")),
                None => diagnostic,
            }
        }
        io::ErrorKind::IsADirectory => Diagnostic::new(Code::Unreadable, format!("{name} is a folder"))
            .help("name a scenario file in it"),
        io::ErrorKind::FileTooLarge => {
            Diagnostic::new(Code::Unreadable, format!("{name} is larger than {} MiB", LARGEST >> 20))
                .help("this is hardly a scenario")
        }
        _ => Diagnostic::new(Code::Unreadable, format!("cannot read {name}: {why}")),
    };
    Report { sources: Sources::new(), diagnostics: vec![diagnostic] }
}

/// The file in the same folder whose name is most like this one.
fn neighbour(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "toml"))
        .collect();
    names.sort(); // a folder is listed in no order
    let wanted = path.file_name()?.to_str()?;
    let near = nearest(wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near).display().to_string())
}

/// True for what looks like UTF-16 without a mark at its beginning: of the first characters, most are of ASCII and
/// so have a byte that is 0, always the first of the two or always the second.
fn is_utf16(bytes: &[u8]) -> bool {
    let pairs = || bytes.chunks_exact(2).take(64);
    let zeros = |at: usize| pairs().filter(|pair| pair[at] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let half = pairs().count().div_ceil(2);
    half > 0 && (first >= half && second == 0 || second >= half && first == 0)
}

fn not_utf8(bytes: &[u8], valid: usize, name: &str) -> Report {
    let mut sources = Sources::new();
    let text = String::from_utf8_lossy(bytes);
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let id = sources.add(name, &text[mark..]);
    let at = At::new(id, valid - mark..valid - mark + '\u{fffd}'.len_utf8());
    let marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let help = if marked || is_utf16(bytes) {
        "this looks like UTF-16; save the file as UTF-8"
    } else {
        "save the file as UTF-8"
    };
    let diagnostic = Diagnostic::new(Code::NotUtf8, format!("{name} is not UTF-8 text"))
        .at(at, "not a character")
        .help(help);
    Report { sources, diagnostics: vec![diagnostic] }
}

/// Adds `KIND[:OPTIONS]` to the list of sinks. What the words mean, the reader of sinks tells.
fn add_sink(root: &mut Table, typed: &str, sources: &mut Sources) -> Result<(), Box<Diagnostic>> {
    const FLAG: &str = "--sink ";
    let id = sources.add("command line", format!("{FLAG}{typed}"));
    let at = |begin: usize, end: usize| At::new(id, begin + FLAG.len()..end + FLAG.len());
    let entry = |key: &str, key_at: At, value_at: At, value: &str| {
        let node = Node { at: value_at, value: Value::Bare(value.to_owned()) };
        Entry { key: key.to_owned(), key_at, node }
    };
    let colon = typed.find(':').unwrap_or(typed.len());
    let mut table = Table { entries: vec![entry("kind", at(0, colon), at(0, colon), &typed[..colon])] };
    let mut begin = colon + 1;
    for option in typed.get(begin..).unwrap_or_default().split(',') {
        let end = begin + option.len();
        if !option.is_empty() {
            let new = match option.split_once('=') {
                Some((key, value)) => {
                    entry(key, at(begin, begin + key.len()), at(end - value.len(), end), value)
                }
                None => entry("path", at(begin, end), at(begin, end), option),
            };
            if let Some(before) = table.get(&new.key) {
                let message = format!("{} is set twice", tree::quoted(&new.key));
                return Err(Diagnostic::new(Code::SaidTwice, message)
                    .at(new.key_at, "the second")
                    .label(before.key_at, "the first")
                    .into());
            }
            table.entries.push(new);
        }
        begin = end + 1;
    }
    let sink = Node { at: at(0, typed.len()), value: Value::Table(table) };
    match root.get_mut("sink").map(|entry| &mut entry.node.value) {
        Some(Value::Array(sinks)) => sinks.push(sink),
        Some(_) => {} // of the wrong type, which is reported
        None => root.entries.push(Entry {
            key: "sink".to_owned(),
            key_at: sink.at,
            node: Node { at: sink.at, value: Value::Array(vec![sink]) },
        }),
    }
    Ok(())
}
