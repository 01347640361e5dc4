//! The parameters of a kind: read from a section, filled up with defaults, and brought into the units of an
//! instrument.

use std::path::Path;

use prism_core::spec::{Param, Unit, Value as Given};

use super::read::Section;
use super::registry::PresetValues;
use super::tree::{Node, Value, toml_text};
use super::units::amounts::{Market, in_range, value};
use super::units::{self, Complaint};
use crate::diagnostic::{At, Code, SourceId};

/// What the parameters are for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// Nothing with ticks and lots.
    Plain,
    /// One set of values for each of these.
    Markets(&'a [Market<'a>]),
}

/// The parameters of a kind, filled in.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    /// The kind or preset, as it was named.
    pub(crate) kind: String,
    /// Each parameter as TOML, `None` if it has no value.
    pub(crate) written: Vec<Option<String>>,
    /// Each parameter for each of the markets, or once.
    pub(crate) values: Vec<Vec<Option<Given>>>,
}

impl PartialEq for Filled {
    /// How it is written makes no difference.
    fn eq(&self, other: &Filled) -> bool {
        self.kind == other.kind && self.values == other.values
    }
}

/// Where paths begin that a text names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base<'a>(pub(crate) &'a Path);

impl Base<'_> {
    /// Paths in the scenario begin at its folder, those of the command line where the user stands.
    fn join(self, path: &str, source: SourceId) -> Result<String, Complaint> {
        // `-` is standard output.
        if source != SourceId::FIRST || matches!(path, "" | "-") {
            return Ok(path.to_owned());
        }
        self.0.join(path).into_os_string().into_string().map_err(|_| {
            let message = "a path begins in the folder of the scenario, whose name is not UTF-8";
            Complaint::new(Code::BadName, message, "").help("write the path from the root on")
        })
    }
}

/// Reads all of `params` from `section`. `kind` is where the kind is named, to which complaints about
/// defaults point.
pub(crate) fn fill(
    section: &Section<'_>,
    (kind, kind_at): (&str, At),
    params: &'static [Param],
    preset: PresetValues,
    target: Target<'_>,
    base: Base<'_>,
) -> Filled {
    let sets = match target {
        Target::Plain => 1,
        Target::Markets(markets) => markets.len(),
    };
    let mut filled = Filled { kind: kind.to_owned(), written: Vec::new(), values: vec![Vec::new(); sets] };
    for param in params {
        let entry = section.entry(param.name);
        let spare = || {
            let of_preset = preset.iter().find(|(name, _)| *name == param.name).map(|(_, text)| *text);
            let text = of_preset.or(param.default)?;
            Some(Node { at: kind_at, value: Value::Bare(text.to_owned()) })
        };
        let Some(node) = entry.map(|entry| entry.node.clone()).or_else(spare) else {
            if param.needed {
                section.missing(param.name, &format!("{} = \"…\"", param.name));
            }
            filled.push_none();
            continue;
        };
        let complain = |complaint: Complaint| {
            let complaint = if entry.is_some() {
                complaint
            } else {
                let label = format!("the default of `{}` does not fit", param.name);
                let help = format!("set `{}`", param.name);
                complaint.label(label).without_patch().help(help)
            };
            section.problem(complaint.at(node.at));
        };
        match units::measured(&node, param.name, param.unit) {
            Err(complaint) => {
                complain(complaint);
                filled.push_none();
            }
            Ok(measured) => {
                filled.written.push(Some(literal(&node.value, param.unit)));
                let resolve = |market| {
                    let value = value(param, &measured, market)?;
                    in_range(param, &value)?;
                    match value {
                        Given::Text(path) if param.unit == Unit::Path => {
                            base.join(&path, node.at.source).map(Given::Text)
                        }
                        value => Ok(value),
                    }
                };
                let resolved: Result<Vec<Given>, Complaint> = match target {
                    Target::Plain => resolve(None).map(|value| vec![value]),
                    Target::Markets(markets) => markets.iter().map(|m| resolve(Some(m))).collect(),
                };
                match resolved {
                    Ok(values) => {
                        for (set, value) in filled.values.iter_mut().zip(values) {
                            set.push(Some(value));
                        }
                    }
                    Err(complaint) => {
                        complain(complaint);
                        filled.values.iter_mut().for_each(|set| set.push(None));
                    }
                }
            }
        }
    }
    filled
}

impl Filled {
    fn push_none(&mut self) {
        self.written.push(None);
        self.values.iter_mut().for_each(|set| set.push(None));
    }
}

/// A whole number as TOML: beyond 64 bits it is no integer to other readers.
fn integer(n: i128) -> String {
    if i64::try_from(n).is_ok() { n.to_string() } else { format!("{:?}", n as f64) }
}

/// A value as TOML.
fn literal(value: &Value, unit: Unit) -> String {
    match value {
        // As it was written: it is exact.
        Value::Integer(_, shown) | Value::Float(_, shown) if unit == Unit::Money => shown.clone(),
        Value::Integer(n, _) => integer(*n),
        Value::Float(x, _) => format!("{x:?}"),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => toml_text(text),
        Value::Bare(text) => {
            let numbers = !matches!(
                unit,
                Unit::Span | Unit::Price | Unit::Choice(_) | Unit::Groups | Unit::Text | Unit::Path
            );
            let plain = text.replace('_', "");
            match (plain.parse::<i128>(), plain.parse::<f64>()) {
                (Ok(n), _) if numbers => integer(n),
                (_, Ok(x)) if numbers && x.is_finite() => format!("{x:?}"),
                _ if unit == Unit::Flag => text.clone(),
                _ => toml_text(text),
            }
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| literal(&item.value, unit)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Date(_) | Value::Table(_) => String::new(), // no unit reads these
    }
}
