//! A plan as TOML, with every default written out.

use std::fmt::Write;

use prism_book::venue::FeeTier;
use prism_core::agent::Wakes;
use prism_core::kernel::Ties;
use prism_core::sink::Tables;
use prism_core::spec::{Param, Unit};
use prism_core::types::{Decimal, FeeRate, Span};

use super::check::SCHEMA;
use super::params::Filled;
use super::plan::{Delay, GatewayPlan, GroupPlan, LinkPlan, Plan, SinkPlan, SymbolPlan, VenuePlan};
use super::registry::{Found, Kinds, Registry};
use super::tree::toml_text;

/// Writes the whole plan; what it gives, read again, is the same plan.
pub(crate) fn expand(plan: &Plan, start: &str, registry: &Registry) -> String {
    let mut out = format!("schema = {SCHEMA}\n\n[run]\n");
    let ties = match plan.run.ties {
        Ties::Fifo => "fifo",
        Ties::Random => "random",
    };
    line(&mut out, "seed", &plan.run.seed.to_string(), "");
    line(&mut out, "length", &span(plan.run.length), "");
    line(&mut out, "start", &toml_text(start), "what t = 0 stands for");
    line(&mut out, "ties", &toml_text(ties), "");
    if let Some(delay) = plan.run.consolidated {
        line(&mut out, "consolidated", &span(delay), "how late the best prices over all venues are seen");
    }
    let series: Vec<_> = plan.run.series.iter().map(|name| toml_text(name)).collect();
    line(&mut out, "series", &format!("[{}]", series.join(", ")), "numbers of agents that are recorded");
    for symbol in &plan.symbols {
        expand_symbol(&mut out, symbol, registry);
    }
    for venue in &plan.venues {
        expand_venue(&mut out, venue, &plan.symbols, registry);
    }
    for link in &plan.links {
        expand_link(&mut out, link, registry);
    }
    for group in &plan.groups {
        expand_group(&mut out, group, registry);
    }
    for sink in &plan.sinks {
        expand_sink(&mut out, sink, registry);
    }
    out
}

/// One line, with the unit or meaning behind it where the value does not show it.
fn line(out: &mut String, key: &str, value: &str, remark: &str) {
    let _ = match remark {
        "" => writeln!(out, "{key} = {value}"),
        _ => writeln!(out, "{key} = {value}    # {remark}"),
    }; // writing to a String cannot fail
}

fn span(span: Span) -> String {
    toml_text(&span.to_string())
}

fn parameters<M>(out: &mut String, filled: &Filled, kinds: &Kinds<M>) {
    let Some(Found { kind, .. }) = kinds.find(&filled.kind) else { return };
    for (param, written) in kind.params.iter().zip(&filled.written) {
        match written {
            Some(value) => line(out, param.name, value, unit_of(param, value)),
            None => {
                let _ = writeln!(out, "# {} has no value: {}", param.name, param.doc);
            }
        }
    }
}

/// The unit of a bare number.
fn unit_of(param: &Param, value: &str) -> &'static str {
    if value.starts_with('"') {
        return "";
    }
    match param.unit {
        Unit::Ticks => "ticks",
        Unit::Lots => "lots",
        Unit::Rate => "1/s",
        Unit::Of(unit) => unit,
        _ => "",
    }
}

fn expand_symbol(out: &mut String, plan: &SymbolPlan, registry: &Registry) {
    let symbol = &plan.symbol;
    out.push_str("\n[[symbol]]\n");
    line(out, "name", &toml_text(&symbol.name), "");
    line(out, "tick", &toml_text(&symbol.tick), "");
    line(out, "lot", &toml_text(&symbol.lot), "");
    line(out, "currency", &toml_text(&symbol.currency), "");
    line(out, "start", &toml_text(&symbol.start), "previous close");
    if let Some(filled) = &plan.value {
        out.push_str("[symbol.value]\n");
        line(out, "law", &toml_text(&filled.kind), "");
        parameters(out, filled, registry.values());
    }
}

fn expand_venue(out: &mut String, plan: &VenuePlan, symbols: &[SymbolPlan], registry: &Registry) {
    out.push_str("\n[[venue]]\n");
    line(out, "name", &toml_text(&plan.name), "");
    line(out, "kind", &toml_text(&plan.filled.kind), "");
    let names: Vec<_> = plan.symbols.iter().map(|&s| toml_text(&symbols[s].symbol.name)).collect();
    line(out, "symbols", &format!("[{}]", names.join(", ")), "");
    line(out, "depth", &plan.depth.to_string(), "levels a side that are recorded");
    line(out, "fees", &fees(plan), "of the traded value, and for each lot");
    if let Some(plan) = &plan.gateway {
        line(out, "gateway", &gateway(plan), "");
    }
    parameters(out, &plan.filled, registry.venues());
}

/// A gateway as an inline table, without the keys that need another.
fn gateway(plan: &GatewayPlan) -> String {
    let mut keys = vec![format!("service = {}", span(plan.service))];
    if let Some(limit) = plan.limit {
        let window = span(plan.window);
        keys.push(format!("limit = {limit}, window = {window}, exempt_cancels = {}", plan.exempt_cancels));
    }
    keys.extend(plan.max_queue.map(|most| format!("max_queue = {most}")));
    format!("{{ {} }}", keys.join(", "))
}

/// Fees as an inline table.
fn fees(plan: &VenuePlan) -> String {
    let tiers = &plan.fees;
    let keys = |tier: &FeeTier| {
        let mut keys = format!("maker = {}, taker = {}", fee(tier.maker.rate), fee(tier.taker.rate));
        for (key, fee) in [("maker_per_lot", tier.maker), ("taker_per_lot", tier.taker)] {
            let _ = write!(keys, ", {key} = \"{}\"", fee.per_lot);
        }
        keys
    };
    let mut first = tiers.first().map_or_else(String::new, keys);
    if let Some(auction) = plan.auction_fee {
        let _ = write!(first, ", auction = {}, auction_per_lot = \"{}\"", fee(auction.rate), auction.per_lot);
    }
    let more: Vec<_> =
        tiers.iter().skip(1).map(|tier| format!("{{ from = {}, {} }}", tier.from.0, keys(tier))).collect();
    if more.is_empty() {
        format!("{{ {first} }}")
    } else {
        format!("{{ {first}, tiers = [{}] }}", more.join(", "))
    }
}

fn fee(rate: FeeRate) -> String {
    // A billionth is 1e-5 basis points.
    let bp = Decimal::new(rate.0, 5).unwrap_or(Decimal::ZERO);
    format!("\"{bp} bp\"")
}

fn expand_link(out: &mut String, plan: &LinkPlan, registry: &Registry) {
    let _ = writeln!(out, "\n[link.{}]", toml_text(&plan.name));
    for (key, delay) in [("order", &plan.order), ("report", &plan.report), ("feed", &plan.feed)] {
        let value = match delay {
            Delay::Fixed(delay) => span(*delay),
            Delay::Law(filled) => law(filled, registry),
        };
        line(out, key, &value, "");
    }
}

/// A law of latency as an inline table.
fn law(filled: &Filled, registry: &Registry) -> String {
    let mut inner = format!("law = {}", toml_text(&filled.kind));
    if let Some(Found { kind, .. }) = registry.latencies().find(&filled.kind) {
        for (param, written) in kind.params.iter().zip(&filled.written) {
            if let Some(value) = written {
                let _ = write!(inner, ", {} = {value}", param.name);
            }
        }
    }
    format!("{{ {inner} }}")
}

fn expand_group(out: &mut String, plan: &GroupPlan, registry: &Registry) {
    let decl = &plan.decl.0;
    out.push_str("\n[[agents]]\n");
    line(out, "kind", &toml_text(&decl.kind), "");
    line(out, "name", &toml_text(&decl.name), "");
    line(out, "count", &decl.count.to_string(), "");
    if decl.link.is_empty() {
        out.push_str("# link: none, without delay\n");
    } else {
        line(out, "link", &toml_text(&decl.link), "");
    }
    let books: Vec<_> = decl.books.iter().map(|name| toml_text(name)).collect();
    let remark = if decl.dealt && books.len() > 1 { "each member trades one, in turn" } else { "" };
    line(out, "books", &format!("[{}]", books.join(", ")), remark);
    let wakes = match decl.wakes {
        Wakes::Own => toml_text("own"),
        Wakes::Poisson(mean) => format!("{{ poisson = {} }}", span(mean)),
        Wakes::Periodic(every) => format!("{{ periodic = {} }}", span(every)),
    };
    line(out, "wakes", &wakes, "");
    line(out, "informed", &decl.informed.to_string(), "");
    parameters(out, &plan.filled, registry.agents());
}

fn expand_sink(out: &mut String, plan: &SinkPlan, registry: &Registry) {
    out.push_str("\n[[sink]]\n");
    line(out, "kind", &toml_text(&plan.filled.kind), "");
    line(out, "tables", &tables(plan.tables), "");
    parameters(out, &plan.filled, registry.sinks());
}

fn tables(tables: Tables) -> String {
    let names: Vec<_> = tables.iter().map(|table| toml_text(table.name())).collect();
    format!("[{}]", names.join(", "))
}
