//! `gateway` of a `[[venue]]`.

use prism_core::types::Span;

use super::super::plan::GatewayPlan;
use super::super::read::Section;
use super::super::tree::Node;
use super::super::units::{self, Complaint};
use super::run::not_negative;
use crate::diagnostic::{Code, Diagnostic};

/// Reads the gateway of a venue, if it has one.
pub(super) fn gateway(venue: &Section<'_>) -> Option<GatewayPlan> {
    let section = venue.section("gateway")?;
    let count = |key, least| {
        let n = section.read(key, |node, key| units::whole(node, key, least, i128::from(u32::MAX)));
        n.and_then(|n| u32::try_from(n).ok())
    };
    let plan = GatewayPlan {
        service: section.read("service", not_negative).unwrap_or(Span::ZERO),
        limit: count("limit", 1),
        window: section.read("window", positive).unwrap_or(GatewayPlan::WINDOW),
        exempt_cancels: section.read("exempt_cancels", units::flag).unwrap_or_default(),
        max_queue: count("max_queue", 0),
    };
    needs(&section, "window", ("limit", "nothing is counted"));
    needs(&section, "exempt_cancels", ("limit", "nothing is counted"));
    needs(&section, "max_queue", ("service", "nothing waits"));
    section.finish();
    Some(plan)
}

fn positive(node: &Node, key: &str) -> Result<Span, Complaint> {
    let span = units::span(node, key)?;
    if span.is_positive() {
        return Ok(span);
    }
    let message = format!("`{key}` must be more than 0s, not {span}");
    Err(Complaint::new(Code::OutOfRange, message, "must be more than 0s"))
}

/// A key that has no effect without another is a mistake.
fn needs(section: &Section<'_>, key: &str, (other, why): (&str, &str)) {
    if section.has(key) && !section.has(other) {
        section.problem(
            Diagnostic::new(Code::Contradiction, format!("`{key}` does not fit: without `{other}` {why}"))
                .at(section.at_of(key), "")
                .help(format!("add `{other}`, or leave `{key}` out")),
        );
    }
}
