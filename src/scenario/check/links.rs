//! `[link.NAME]`.

use prism_core::latency::LatencyModel;
use prism_core::spec::Params;
use prism_core::types::VenueId;

use super::super::params::Target;
use super::super::plan::{Delay, LinkPlan};
use super::super::read::{Section, check_name};
use super::super::tree::{Value, quoted};
use super::law::{self, Sort};
use super::run::not_negative;
use super::{Context, Places, at_most};
use crate::diagnostic::{Code, Diagnostic};
use prism_core::types::Span;

const LAW: Sort =
    Sort { key: "law", name: "law of latency", example: "law = \"lognormal\"", list: "prism list latency" };

/// Reads all links.
pub(super) fn links(root: &Section<'_>, context: Context<'_>, places: &mut Places) -> Vec<LinkPlan> {
    let Some(all) = root.section("link") else { return Vec::new() };
    let mut plans = Vec::new();
    for entry in all.named() {
        if let Err(complaint) = check_name(&entry.key, "link", true) {
            root.problem(complaint.at(entry.key_at));
        }
        let Some(section) = all.table_of(entry, format!("the link {}", quoted(&entry.key))) else { continue };
        places.links.push(entry.key_at);
        plans.push(link(&section, &entry.key, context));
    }
    at_most(root, "links", plans.len(), (1 << 8) - 1);
    plans
}

fn link(section: &Section<'_>, name: &str, context: Context<'_>) -> LinkPlan {
    let zero = Delay::Fixed(Span::ZERO); // stands in where something is wrong and reported
    if section.entry("order").is_none() {
        section.missing("order", "order = \"5us\"");
    }
    let order = delay(section, "order", context).unwrap_or(zero.clone());
    let report = match section.entry("report") {
        Some(_) => delay(section, "report", context).unwrap_or(zero.clone()),
        None => order.clone(),
    };
    if section.entry("feed").is_none() {
        section.missing("feed", "feed = \"5us\"");
    }
    let feed = delay(section, "feed", context).unwrap_or(zero);
    if !constant(&feed, context) {
        section.problem(
            Diagnostic::new(Code::FeedVaries, "`feed` must be constant")
                .at(section.at_of("feed"), "a random delay")
                .help("an agent sees the market as it was one constant `feed` ago; for feeds of different speed, declare several links"),
        );
    }
    section.finish();
    LinkPlan { name: name.to_owned(), order, report, feed }
}

/// A delay: `"5us"`, or a table with a law.
fn delay(section: &Section<'_>, key: &'static str, context: Context<'_>) -> Option<Delay> {
    let entry = section.entry(key)?;
    if !matches!(entry.node.value, Value::Table(_)) {
        return section.read(key, not_negative).map(Delay::Fixed);
    }
    let law = section.section(key)?;
    let (name, at, found) = law::kind(&law, LAW, context.registry.latencies())?;
    let filled = law::parameters(&law, LAW, (&name, at, &found), Target::Plain, context);
    if law::complete(found.kind.params, &filled) {
        let params = Params::without_instrument(found.kind.params, filled.values[0].clone());
        if let Err(why) = (found.kind.make)(&params) {
            law::contradiction(&law, at, &why);
            return None;
        }
        return Some(Delay::Law(filled));
    }
    None
}

fn constant(delay: &Delay, context: Context<'_>) -> bool {
    let Delay::Law(filled) = delay else { return true };
    let Some(found) = context.registry.latencies().find(&filled.kind) else { return true };
    let params = Params::without_instrument(found.kind.params, filled.values[0].clone());
    let model: Option<Box<dyn LatencyModel>> = (found.kind.make)(&params).ok();
    model.is_none_or(|model| model.fixed(VenueId(0)).is_some())
}
