//! `prism agents KIND`: all about one kind of trader.

use std::fmt::Write;

use prism_core::spec::{Liquidity, Param, Unit};
use prism_core::types::Span;
use serde_json::{Value, json};

use super::Session;
use super::out::{Done, Stop, columns};
use crate::diagnostic::{Code, Diagnostic, Report, Sources, nearest};
use crate::scenario::{Found, PresetValues, Trader, default_of, keys};

/// Show one kind of agent: parameters with unit, default and range, rule, paper
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  prism agents noise_trader
  prism agents ladder_mm --json")]
pub(super) struct Args {
    /// The kind or preset
    kind: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let registry = session.registry.clone();
    let Some(found) = registry.agents().find(&args.kind) else {
        let mut diagnostic =
            Diagnostic::new(Code::UnknownKind, format!("unknown agent kind `{}`", args.kind))
                .note("`prism list agents` lists what there is");
        if let Some(near) = nearest(&args.kind, registry.agents().names()) {
            diagnostic = diagnostic.help(format!("a similar name exists: `{near}`"));
        }
        session.out.report(&Report { sources: Sources::new(), diagnostics: vec![diagnostic] });
        return Err(Stop::Wrong);
    };
    if args.json {
        session.out.json(&as_json(&args.kind, &found))?;
    } else {
        session.out.print(&as_text(&args.kind, &found))?;
    }
    Ok(Done::Well)
}

fn as_json(name: &str, found: &Found<'_, Trader>) -> Value {
    let Found { kind, preset } = found;
    let values = |values: PresetValues| -> Value {
        values
            .iter()
            .map(|(name, text)| ((*name).to_owned(), default_of(unit(kind.params, name), text)))
            .collect()
    };
    json!({
        "kind": name,
        "number": (name == kind.kind).then_some(kind.make.number),
        "preset_of": (name != kind.kind).then_some(kind.kind),
        "doc": kind.doc,
        "rule": kind.make.rule,
        "cites": kind.cites,
        "one_book": kind.make.one_book,
        "informed": kind.make.informed,
        "liquidity": kind.make.liquidity.name(),
        "series": kind.make.series.iter().map(|s| json!({ "name": s.name, "doc": s.doc })).collect::<Vec<_>>(),
        "presets": kind.presets.iter().map(|(name, set)| json!({ "kind": name, "values": values(set) })).collect::<Vec<_>>(),
        "parameters": parameters_json(kind.params, preset),
        "common": parameters_json(keys::AGENTS, &[]),
    })
}

fn unit(params: &[Param], name: &str) -> Unit {
    params.iter().find(|param| param.name == name).map_or(Unit::Text, |param| param.unit)
}

/// Each parameter as JSON; a preset's values take the place of defaults.
pub(super) fn parameters_json<'a>(
    params: impl IntoIterator<Item = &'a Param>,
    preset: PresetValues,
) -> Value {
    let of = |param: &Param| {
        let choices = match param.unit {
            Unit::Choice(words) => Some(words),
            _ => None,
        };
        let bound = |bound: Option<(f64, bool)>| {
            bound.map(|(value, itself)| json!({ "value": value, "allowed": itself }))
        };
        json!({
            "name": param.name,
            "unit": unit_name(param.unit),
            "default": default(param, preset).map(|text| default_of(param.unit, text)),
            "needed": param.needed,
            "least": bound(param.least),
            "most": bound(param.most),
            "choices": choices,
            "doc": param.doc,
        })
    };
    params.into_iter().map(of).collect()
}

fn default(param: &Param, preset: PresetValues) -> Option<&'static str> {
    preset.iter().find(|(name, _)| *name == param.name).map(|(_, text)| *text).or(param.default)
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Number => "number",
        Unit::Count => "count",
        Unit::Ticks => "ticks",
        Unit::Price => "price",
        Unit::Lots => "lots",
        Unit::Span => "span",
        Unit::Rate => "1/s",
        Unit::Of(unit) => unit,
        Unit::Flag => "flag",
        Unit::Choice(_) => "choice",
        Unit::Money => "money",
        Unit::Groups => "groups",
        Unit::Text => "text",
        Unit::Path => "path",
    }
}

/// Each parameter as a row: name, unit, default, range, meaning.
pub(super) fn parameter_rows<'a>(
    params: impl IntoIterator<Item = &'a Param>,
    preset: PresetValues,
) -> Vec<Vec<String>> {
    let row = |param: &Param| {
        let default = match default(param, preset) {
            Some(text) => text.to_owned(),
            None if param.needed => "(needed)".to_owned(),
            None => "–".to_owned(),
        };
        let range = match param.unit {
            Unit::Choice(words) => words.join(" | "),
            _ => range(param),
        };
        vec![param.name.to_owned(), unit_name(param.unit).to_owned(), default, range, param.doc.to_owned()]
    };
    params.into_iter().map(row).collect()
}

/// The range of a parameter in its unit: `≥ 0, < 1`.
fn range(param: &Param) -> String {
    let shown = |x: f64| match param.unit {
        Unit::Span => Span::from_secs_f64(x).to_string(),
        _ => x.to_string(),
    };
    let least = param.least.map(|(x, itself)| format!("{} {}", if itself { "≥" } else { ">" }, shown(x)));
    let most = param.most.map(|(x, itself)| format!("{} {}", if itself { "≤" } else { "<" }, shown(x)));
    least.into_iter().chain(most).collect::<Vec<_>>().join(", ")
}

/// Writing to a `String` cannot fail.
fn as_text(name: &str, found: &Found<'_, Trader>) -> String {
    let Found { kind, preset } = found;
    let mut text = format!("{name}: {}\n", kind.doc);
    if name == kind.kind {
        if let Some(number) = kind.make.number {
            let _ = writeln!(text, "Number {number} of the catalogue.");
        }
    } else {
        let _ = writeln!(text, "A preset of {}.", kind.kind);
    }
    text += "\nRule\n";
    for line in kind.make.rule.lines() {
        let _ = writeln!(text, "  {line}");
    }
    let liquidity = match kind.make.liquidity {
        Liquidity::Opens => "begins a market: it quotes into an empty book as well",
        Liquidity::Joins => "leaves orders in the book once others quote; it begins no market",
        Liquidity::Takes => "only takes what others offer",
    };
    let _ = writeln!(text, "\nLiquidity\n  {liquidity}");
    text += "\nParameters (unit, default, range, meaning)\n";
    text += &columns(&parameter_rows(kind.params, preset), "  ");
    text += "\nOf every group\n";
    text += &columns(&parameter_rows(keys::AGENTS, &[]), "  ");
    if !kind.make.series.is_empty() {
        text += "\nSeries (recorded where `run.series` names them)\n";
        let rows = kind.make.series.iter().map(|series| vec![series.name.to_owned(), series.doc.to_owned()]);
        text += &columns(&rows.collect::<Vec<_>>(), "  ");
    }
    if !kind.presets.is_empty() {
        text += "\nPresets\n";
        let row = |(name, values): &(&str, PresetValues)| {
            let set: Vec<_> = values.iter().map(|(key, value)| format!("{key} = {value}")).collect();
            vec![(*name).to_owned(), set.join(", ")]
        };
        text += &columns(&kind.presets.iter().map(row).collect::<Vec<_>>(), "  ");
    }
    if !kind.cites.is_empty() {
        text += "\nPapers\n";
        for cite in kind.cites {
            let _ = writeln!(text, "  {cite}");
        }
    }
    text
}
