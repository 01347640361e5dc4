//! Kinds named in a section, and their parameters.

use prism_core::spec::{Param, Value as Given};

use super::super::params::{Filled, Target, fill};
use super::super::read::Section;
use super::super::registry::{Found, Kinds};
use super::super::tree::quoted;
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
    let at = if section.has(why.name) { section.at_of(why.name) } else { kind_at };
    section.problem(
        Diagnostic::new(Code::Contradiction, format!("`{}` does not fit: {}", why.name, why.why)).at(at, ""),
    );
}
