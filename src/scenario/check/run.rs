//! `schema` and `[run]`.

use jiff::Timestamp;
use prism_core::kernel::Ties;
use prism_core::types::Span;

use super::super::plan::RunPlan;
use super::super::read::Section;
use super::super::tree::{Node, Value, quoted};
use super::super::units::{self, Complaint};
use super::SCHEMA;
use super::series::{self, Wanted};
use crate::diagnostic::{Code, Diagnostic};

/// 2000-01-03T00:00:00Z, a Monday.
const START: &str = "2000-01-03T00:00:00Z";

/// Reads `schema`, which must be there.
pub(super) fn schema(root: &Section<'_>) {
    let Some(entry) = root.entry("schema") else {
        root.problem(
            Diagnostic::new(Code::Schema, "the scenario does not say which schema it is written in")
                .at(root.at, "")
                .help(format!("begin it with `schema = {SCHEMA}`")),
        );
        return;
    };
    let node = &entry.node;
    if matches!(node.value, Value::Integer(n, _) if n == i128::from(SCHEMA)) {
        return;
    }
    root.problem(if other_schema(node) {
        Diagnostic::new(Code::Schema, "this schema is not known")
            .at(node.at, format!("this version reads schema {SCHEMA}"))
            .help(format!("write `schema = {SCHEMA}`, or use the version of prism that the scenario is for"))
    } else {
        let message = format!("`schema` must be the whole number {SCHEMA}, not {}", node.sort());
        Diagnostic::new(Code::Schema, message)
            .at(node.at, format!("this is {}", node.sort()))
            .help("write it as a bare number")
            .patch(node.at, SCHEMA.to_string())
    });
}

/// True for the number of another schema, however it is written.
pub(crate) fn other_schema(node: &Node) -> bool {
    let number = match &node.value {
        Value::Integer(n, _) => Some(*n as f64),
        Value::Float(x, _) => Some(*x),
        Value::Text(text) | Value::Bare(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.is_some_and(|number| number.total_cmp(&f64::from(SCHEMA)).is_ne())
}

/// Reads `[run]`; the series that it asks for are looked up when the groups are known.
pub(super) fn run(root: &Section<'_>) -> (RunPlan, Wanted) {
    let start = Timestamp::UNIX_EPOCH; // stands in where something is wrong and reported
    let mut plan = RunPlan {
        seed: 0,
        length: Span::ZERO,
        start: 0,
        ties: Ties::Fifo,
        consolidated: None,
        series: Vec::new(),
    };
    let Some(run) = root.section("run") else {
        if root.entry("run").is_none() {
            root.missing("run", "run = { seed = 7, length = \"30min\" }");
        }
        return (plan, Wanted::Named(Vec::new()));
    };
    if let Some(seed) = run.read("seed", |node, key| units::whole(node, key, 0, i128::from(u64::MAX))) {
        plan.seed = u64::try_from(seed).unwrap_or_default();
    }
    if let Some(length) = run.need("length", "length = \"30min\"", not_negative) {
        plan.length = length;
    }
    let start = match run.entry("start") {
        Some(_) => run.read("start", date).unwrap_or(start),
        None => START.parse().unwrap_or(start),
    };
    plan.start = i64::try_from(start.as_nanosecond()).unwrap_or_default();
    if let Some("random") = run.read("ties", |node, key| units::choice(node, key, &["fifo", "random"])) {
        plan.ties = Ties::Random;
    }
    if run.entry("consolidated").is_some() {
        plan.consolidated = run.read("consolidated", not_negative);
    }
    let series = series::wanted(&run);
    run.finish();
    (plan, series)
}

/// A span of at least nothing.
pub(super) fn not_negative(node: &Node, key: &str) -> Result<Span, Complaint> {
    let span = units::span(node, key)?;
    if span.is_negative() {
        let message = format!("`{key}` must be at least 0s, not {span}");
        return Err(Complaint::new(Code::OutOfRange, message, "must be at least 0s"));
    }
    Ok(span)
}

fn date(node: &Node, key: &str) -> Result<Timestamp, Complaint> {
    let (Value::Text(text) | Value::Bare(text) | Value::Date(text)) = &node.value else {
        let message = format!("`{key}` must be a date and time, not {}", node.sort());
        return Err(Complaint::new(Code::WrongType, message, format!("this is {}", node.sort())));
    };
    let bad = |label: &str| {
        let message = format!("{} is not a date and time in UTC", quoted(text));
        Complaint::new(Code::BadDate, message, label)
    };
    match text.parse::<Timestamp>() {
        Ok(start) if i64::try_from(start.as_nanosecond()).is_ok() => Ok(start),
        Ok(_) => Err(bad("must be between 1677-09-22 and 2262-04-11")),
        Err(_) => match format!("{text}Z").parse::<Timestamp>() {
            Ok(_) => {
                Err(bad("the time zone is missing").help("Z stands for UTC").patch(format!("\"{text}Z\"")))
            }
            Err(_) => Err(bad("").help(format!("write it as \"{START}\""))),
        },
    }
}
