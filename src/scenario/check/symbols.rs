//! `[[symbol]]` with its law of value.

use prism_core::spec::{Params, Unit};
use prism_core::types::{CurrencyId, Decimal, Instrument, Price, Symbol};

use super::super::params::{Filled, Target};
use super::super::plan::SymbolPlan;
use super::super::read::Section;
use super::super::registry::{Found, MakeValue};
use super::super::units::amounts::on_tick;
use super::super::units::{self, Complaint, Measured};
use super::law::{self, Sort};
use super::{Context, Places, market, unique};
use crate::diagnostic::{At, Code};

const LAW: Sort =
    Sort { key: "law", name: "law of value", example: "law = \"constant\"", list: "prism list values" };

/// Reads all symbols.
pub(super) fn symbols(root: &Section<'_>, context: Context<'_>, places: &mut Places) -> Vec<SymbolPlan> {
    let mut plans = Vec::new();
    for section in root.sections("symbol") {
        let (plan, at) = symbol(&section, context);
        places.symbols.push(at);
        plans.push(plan);
    }
    let named = plans.iter().zip(&places.symbols).filter(|(plan, _)| !plan.symbol.name.is_empty());
    unique(root, "symbols", named.map(|(plan, (at, _))| (plan.symbol.name.as_str(), *at)));
    plans
}

fn positive(node: &super::super::tree::Node, key: &str) -> Result<Decimal, Complaint> {
    let number = units::decimal(node, key)?;
    if number.is_positive() {
        return Ok(number);
    }
    Err(Complaint::new(Code::OutOfRange, format!("`{key}` must be above 0, not {number}"), "must be above 0"))
}

/// Reads one symbol; also the places of its name and its tick.
fn symbol(section: &Section<'_>, context: Context<'_>) -> (SymbolPlan, (At, Option<At>)) {
    if section.entry("name").is_none() {
        section.missing("name", "name = \"ACME\"");
    }
    let name = section.name("name", false).unwrap_or_default();
    let mut symbol = Symbol::new(&name);
    let tick = section.entry("tick").map(|_| section.read("tick", positive));
    let lot = section.entry("lot").map(|_| section.read("lot", positive));
    if let Some(currency) = section.name("currency", true) {
        symbol = symbol.currency(&currency);
    }
    let tick_at = section.entry("tick").map(|entry| entry.node.at);
    let or_default = |read: &Option<Option<Decimal>>, default: &str| {
        read.flatten().or_else(|| default.parse().ok()).unwrap_or(Decimal::ONE)
    };
    let mut plan = SymbolPlan {
        instrument: Instrument {
            name: name.clone(),
            tick: or_default(&tick, &symbol.tick),
            lot: or_default(&lot, &symbol.lot),
            currency: CurrencyId(0),
            tick_lot: 1,
            start: Price(0),
        },
        unit: None,
        value: None,
        symbol,
    };
    plan.symbol.tick = plan.instrument.tick.to_string();
    plan.symbol.lot = plan.instrument.lot.to_string();

    let value = section.section("value");
    let value = value.as_ref().and_then(|value| {
        let (name, at, found) = law::kind(value, LAW, context.registry.values())?;
        Some((value, name, at, found))
    });
    // The previous close: the symbol's own `start`, else that of the law, else the default.
    let own = section.read("start", |node, key| start(node, key, &plan, tick_at));
    let has_own = section.entry("start").is_some();
    let of_law = value.as_ref().filter(|_| !has_own).and_then(|(value, _, _, found)| {
        let param = found.kind.params.iter().find(|p| p.name == "start" && p.unit == Unit::Price)?;
        let entry = value.entry(param.name)?;
        // What is wrong with it is reported when the parameters of the law are read.
        Some(
            start(&entry.node, param.name, &plan, tick_at)
                .unwrap_or_else(|_| likely_start(&entry.node, &plan)),
        )
    });
    let tick_known = !matches!(tick, Some(None));
    plan.instrument.start = match own.or(of_law) {
        Some(price) => price,
        None if !tick_known => Price(0),
        None if has_own => section.entry("start").map_or(Price(0), |entry| likely_start(&entry.node, &plan)),
        None => default_start(section, &plan, tick_at),
    };
    if let Some(price) = plan.instrument.price(plan.instrument.start) {
        plan.symbol.start = price.to_string();
    }
    if let Some((value, name, at, found)) = &value
        && tick_known
    {
        plan.value = Some(value_law(value, (name, *at, found), &plan, tick_at, context));
    }
    section.finish();
    (plan, (section.at_of("name"), tick_at))
}

fn start(
    node: &super::super::tree::Node,
    key: &str,
    plan: &SymbolPlan,
    tick_at: Option<At>,
) -> Result<Price, Complaint> {
    match units::measured(node, key, Unit::Price)? {
        Measured::Count(ticks) => Ok(Price(ticks)),
        Measured::Money(price, currency) => {
            if let Some(named) = currency.filter(|named| *named != plan.symbol.currency) {
                let message = format!("`{named}` is not the currency of `{}`", plan.symbol.name);
                let label = format!("expected ticks, or the currency {}", plan.symbol.currency);
                return Err(Complaint::new(Code::WrongCurrency, message, label));
            }
            on_tick(key, price, &market(plan, tick_at))
        }
        _ => Ok(Price(0)), // a price is read as nothing else
    }
}

/// What stands for a previous close that has been complained of, so that nothing else is complained of for its
/// sake: the tick below it or, if it is no price at all, below the default.
fn likely_start(written: &super::super::tree::Node, plan: &SymbolPlan) -> Price {
    let written = units::measured(written, "start", Unit::Price).ok();
    let close = match written {
        Some(Measured::Money(price, _)) => Some(price),
        _ => plan.symbol.start.parse().ok(),
    };
    let ticks =
        close.map(|close: Decimal| close.steps(plan.instrument.tick).unwrap_or_else(|(below, _)| below));
    Price(ticks.and_then(|ticks| i64::try_from(ticks).ok()).unwrap_or(0))
}

/// The previous close of a symbol that says nothing of it, which may not lie on its tick.
fn default_start(section: &Section<'_>, plan: &SymbolPlan, tick_at: Option<At>) -> Price {
    let Ok(close) = plan.symbol.start.parse() else { return Price(0) };
    match on_tick("start", close, &market(plan, tick_at)) {
        Ok(price) => price,
        Err(complaint) => {
            let complaint = complaint.label("the previous close is 100 by default").help("set `start`");
            section.problem(complaint.at(section.at));
            Price(0)
        }
    }
}

fn value_law(
    section: &Section<'_>,
    (name, at, found): (&str, At, &Found<'_, MakeValue>),
    plan: &SymbolPlan,
    tick_at: Option<At>,
    context: Context<'_>,
) -> Filled {
    let markets = [market(plan, tick_at)];
    let filled = law::parameters(section, LAW, (name, at, found), Target::Markets(&markets), context);
    if law::complete(found.kind.params, &filled) {
        for set in &filled.values {
            let params = Params::new(found.kind.params, set.clone(), &plan.instrument);
            if let Err(why) = (found.kind.make)(&params) {
                law::contradiction(section, at, &why);
            }
        }
    }
    filled
}
