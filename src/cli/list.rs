//! `prism list`: the registry.

use prism_core::spec::Param;
use serde_json::{Map, Value, json};

use super::Session;
use super::agents::{parameter_rows, parameters_json};
use super::out::{Done, Stop, columns};
use crate::scenario::{Kind, Kinds, keys};

/// List what scenarios can name: agents, laws of value and latency, venues, sinks
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  prism list agents
  prism list values --json")]
pub(super) struct Args {
    /// What to list
    #[arg(value_enum)]
    what: What,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// Kinds of traders; `prism agents KIND` has their parameters
    Agents,
    /// Laws of fundamental value
    Values,
    /// Laws of delay
    Latency,
    /// Kinds of venues
    Venues,
    /// Where results go
    Sinks,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let registry = session.registry.clone();
    match args.what {
        What::Agents => show(session, args.json, "agents", registry.agents(), |t| t.number, None),
        What::Values => show(session, args.json, "values", registry.values(), |_| None, Some(&[])),
        What::Latency => show(session, args.json, "latency", registry.latencies(), |_| None, Some(&[])),
        What::Venues => show(session, args.json, "venues", registry.venues(), |_| None, Some(keys::VENUE)),
        What::Sinks => show(session, args.json, "sinks", registry.sinks(), |_| None, Some(keys::SINK)),
    }
}

/// Lists kinds, with their parameters where `common` says which keys all of them have.
fn show<M>(
    session: &mut Session,
    as_json: bool,
    what: &str,
    kinds: &Kinds<M>,
    number: impl Fn(&M) -> Option<u8>,
    common: Option<&[Param]>,
) -> Result<Done, Stop> {
    if as_json {
        let mut entries = Vec::new();
        for kind in kinds.iter() {
            let mut own = entry(kind, kind.kind, number(&kind.make), None);
            if let Some(common) = common {
                own.insert("parameters".into(), parameters_json(common.iter().chain(kind.params), &[]));
            }
            entries.push(Value::Object(own));
            let preset =
                |(name, _): &(&'static str, _)| Value::Object(entry(kind, name, None, Some(kind.kind)));
            entries.extend(kind.presets.iter().map(preset));
        }
        session.out.json(&json!({ what: entries }))?;
        return Ok(Done::Well);
    }
    if let Some(common) = common {
        for (n, kind) in kinds.iter().enumerate() {
            let gap = if n == 0 { "" } else { "\n" };
            session.out.line(&format!("{gap}{}{}: {}", kind.kind, aliases(kind), kind.doc))?;
            session.out.print(&columns(&parameter_rows(common.iter().chain(kind.params), &[]), "  "))?;
        }
        return Ok(Done::Well);
    }
    let row = |kind: &Kind<M>| {
        let number = number(&kind.make).map_or(String::new(), |n| n.to_string());
        vec![number, kind.kind.to_owned(), format!("{}{}", kind.doc, aliases(kind))]
    };
    session.out.print(&columns(&kinds.iter().map(row).collect::<Vec<_>>(), ""))?;
    Ok(Done::Well)
}

fn entry<M>(kind: &Kind<M>, name: &str, number: Option<u8>, of: Option<&str>) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("kind".into(), json!(name));
    entry.insert("number".into(), json!(number));
    entry.insert("preset_of".into(), json!(of));
    entry.insert("doc".into(), json!(kind.doc));
    entry.insert("cites".into(), json!(kind.cites));
    entry
}

fn aliases<M>(kind: &Kind<M>) -> String {
    let names: Vec<_> = kind.presets.iter().map(|(name, _)| *name).collect();
    if names.is_empty() { String::new() } else { format!(" (presets: {})", names.join(", ")) }
}
