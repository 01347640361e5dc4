//! Kinds named in a section, and their parameters.

use prism_core::spec::{Param, Value as Given};

use super::super::params::{Filled, Target, fill};
use super::super::read::Section;
use super::super::registry::{Found, Kinds};
use super::super::tree::{Node, Value, quoted};
use super::super::units;
use super::Context;
use crate::diagnostic::{At, Code, Diagnostic, nearest};

/// How kinds of a sort are named in messages, and where they are listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sort {
    /// The key that names the kind.
    pub(super) key: &'static str,
    /// "agent kind", "law of value".
    pub(super) name: &'static str,
    /// What to write, for a missing key.
    pub(super) example: &'static str,
    /// The command that lists them.
    pub(super) list: &'static str,
}

/// Looks up the kind that `section` names.
pub(super) fn kind<'r, M>(
    section: &Section<'_>,
    sort: Sort,
    kinds: &'r Kinds<M>,
) -> Option<(String, At, Found<'r, M>)> {
    let name = section.need(sort.key, sort.example, units::text)?;
    let at = section.at_of(sort.key);
    if let Some(found) = kinds.find(&name) {
        return Some((name, at, found));
    }
    let message = format!("unknown {} {}", sort.name, quoted(&name));
    let mut diagnostic = Diagnostic::new(Code::UnknownKind, message)
        .at(at, "")
        .note(format!("`{}` lists what there is", sort.list));
    if let Some(near) = nearest(&name, kinds.names()) {
        diagnostic =
            diagnostic.help(format!("a similar name exists: `{near}`")).patch(at, format!("\"{near}\""));
    }
    section.problem(diagnostic);
    None
}

/// Reads the parameters of a kind, and reports those that it does not have.
pub(super) fn parameters<M>(
    section: &Section<'_>,
    sort: Sort,
    (name, at, found): (&str, At, &Found<'_, M>),
    target: Target<'_>,
    context: Context<'_>,
) -> Filled {
    let filled = fill(section, (name, at), found.kind.params, found.preset, target, context.base);
    let note = match sort.list {
        "prism list agents" => {
            format!("`prism agents {}` lists every parameter with its unit and default", found.kind.kind)
        }
        list => format!("`{list}` lists every kind with its parameters"),
    };
    section.finish_as(
        Code::UnknownParameter,
        |key| format!("unknown parameter {} for {} `{}`", quoted(key), sort.name, found.kind.kind),
        &format!("not a parameter of `{}`", found.kind.kind),
        Some(&note),
    );
    filled
}

/// True when every parameter that is given or has a default has a value: then the kind may be made.
pub(super) fn complete(params: &[Param], filled: &Filled) -> bool {
    let whole = |set: &Vec<Option<Given>>| {
        params.iter().zip(set).zip(&filled.written).all(|((param, value), written)| {
            value.is_some() || (written.is_none() && param.default.is_none() && !param.needed)
        })
    };
    filled.values.iter().all(whole)
}

/// Reports what a kind says against its parameters.
pub(super) fn contradiction(section: &Section<'_>, kind_at: At, why: &prism_core::spec::ParamError) {
    let (at, exact) = match section.entry(why.name) {
        None => (kind_at, false),
        Some(entry) => match why.part.clone().and_then(|part| within(&entry.node, part)) {
            None => (entry.node.at, false),
            Some(at) => (at, true),
        },
    };
    let message = format!("`{}` does not fit: {}", why.name, why.why);
    let diagnostic = Diagnostic::new(Code::Contradiction, message).at(at, "");
    section.problem(match &why.instead {
        Some(near) if exact => diagnostic.help(format!("a similar name exists: `{near}`")).patch(at, near),
        Some(near) => diagnostic.help(format!("a similar name exists: `{near}`")),
        None => diagnostic,
    });
}

/// Where some bytes of a text stand; `None` where the text is written with escapes, so that they are not to be found
/// by counting. Where there are none, the character after them.
fn within(node: &Node, part: std::ops::Range<usize>) -> Option<At> {
    let (Value::Text(text) | Value::Bare(text)) = &node.value else { return None };
    let quote = match (node.at.end - node.at.start).checked_sub(text.len())? {
        0 => 0,
        2 => 1,
        _ => return None,
    };
    let from = node.at.start + quote + part.start;
    let to = node.at.start + quote + part.end;
    Some(At { start: from, end: to.max(from + 1).min(node.at.end), ..node.at })
}
