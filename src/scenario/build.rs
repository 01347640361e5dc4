//! A plan to the builder of a simulation.

use prism_core::kernel::{Builder, Gateway, Simulation};
use prism_core::latency::LatencyModel;
use prism_core::sink::{Sink, SinkError};
use prism_core::spec::{ParamError, Params};
use prism_core::types::{Instrument, Qty, Span, Time, VenueId};
use prism_core::venue::{Venue, VenueError, VenuePlace, VenueSpec};
use prism_physics::latency::Fixed;

use super::check::decl;
use super::link::Directions;
use super::params::Filled;
use super::plan::{Delay, GatewayPlan, GroupPlan, LinkPlan, Plan, SinkPlan};
use super::registry::{Found, Kinds, OVERWRITE, Registry};
#[cfg(feature = "cli")]
use super::registry::{STDOUT, TEXTS};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::error::with_causes;

/// The builder with everything but sinks.
pub(crate) fn builder(plan: &Plan, registry: &Registry) -> Result<Builder, Report> {
    let mut builder =
        Simulation::builder().seed(plan.run.seed).ties(plan.run.ties).close(Time::ZERO + plan.run.length);
    if let Some(delay) = plan.run.consolidated {
        builder = builder.consolidated(delay);
    }
    for name in &plan.run.series {
        builder = builder.series(name);
    }
    for venue in &plan.venues {
        let found = find(registry.venues(), &venue.filled)?;
        let params = plain(&found, &venue.filled);
        let spec = (found.kind.make)(&decl(venue, plan.surroundings()), &params);
        builder = builder.venue(AnyVenue(spec.map_err(|why| refused(&venue.filled.kind, &why))?));
        if let Some(plan) = &venue.gateway {
            builder = builder.gateway(&venue.name, gateway(plan));
        }
    }
    for (s, symbol) in plan.symbols.iter().enumerate() {
        let listed = plan.venues.iter().any(|venue| venue.symbols.contains(&s));
        let Some(filled) = symbol.value.as_ref().filter(|_| listed) else { continue };
        let found = find(registry.values(), filled)?;
        let params = Params::new(found.kind.params, filled.values[0].clone(), &symbol.instrument);
        let law = (found.kind.make)(&params).map_err(|why| refused(&filled.kind, &why))?;
        builder = builder.values_boxed(&[&symbol.symbol.name], law);
    }
    for plan in &plan.links {
        builder = builder.link_boxed(&plan.name, link(plan, registry)?);
    }
    for group in &plan.groups {
        let found = find(registry.agents(), &group.filled)?;
        let params = params(plan, group, &found);
        let made = (found.kind.make.group)(&params, &group.decl.0);
        builder = builder.agents_boxed(made.map_err(|why| refused(&group.filled.kind, &why))?);
    }
    Ok(builder)
}

/// What is wrong with sinks, each with its number.
pub(crate) type AboutSinks = Vec<(usize, Diagnostic)>;

/// The sinks, none of which has begun to write. What keeps them from it is told all at once.
pub(crate) fn sinks(plan: &Plan, registry: &Registry) -> Result<Vec<Box<dyn Sink>>, AboutSinks> {
    let mut sinks = Vec::new();
    let mut wrong = Vec::new();
    for (n, sink) in plan.sinks.iter().enumerate() {
        match one_sink(sink, registry) {
            Ok(made) => sinks.push(made),
            Err(why) => wrong.push((n, *why)),
        }
    }
    if wrong.is_empty() { Ok(sinks) } else { Err(wrong) }
}

fn one_sink(plan: &SinkPlan, registry: &Registry) -> Result<Box<dyn Sink>, Box<Diagnostic>> {
    let Some(found) = registry.sinks().find(&plan.filled.kind) else {
        let message = format!("`{}` is not registered", plan.filled.kind);
        return Err(Diagnostic::new(Code::Contradiction, message).into());
    };
    let made = (found.kind.make)(plan.tables, &plain(&found, &plan.filled));
    let ready = made.and_then(|sink| sink.ready().map(|()| sink));
    ready.map_err(|error| {
        let diagnostic = Diagnostic::new(Code::SinkTarget, with_causes(&error));
        let replaces = found.kind.params.iter().any(|param| param.name == OVERWRITE);
        let diagnostic = match error {
            SinkError::Target { why: "exists", .. } if replaces => {
                diagnostic.help(format!(
                    "name another place, or let it be replaced: `{OVERWRITE} = true`, typed as `,{OVERWRITE}=true`"
                ))
            }
            SinkError::Target { .. } => diagnostic.help("name another place, or clear this one"),
            _ => diagnostic,
        };
        Box::new(diagnostic)
    })
}

/// True when a sink of text has standard output for its path.
#[cfg(feature = "cli")]
pub(crate) fn writes_to_stdout(plan: &Plan, registry: &Registry) -> bool {
    plan.sinks.iter().any(|sink| {
        registry.sinks().find(&sink.filled.kind).is_some_and(|found| {
            let params = plain(&found, &sink.filled);
            TEXTS.contains(&found.kind.kind)
                && matches!(params.text("path"), STDOUT | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1")
        })
    })
}

fn gateway(plan: &GatewayPlan) -> Gateway {
    let mut gateway = Gateway::new().service(plan.service);
    if let Some(limit) = plan.limit {
        gateway = gateway.limit(limit, plan.window);
    }
    if plan.exempt_cancels {
        gateway = gateway.exempt_cancels();
    }
    plan.max_queue.map_or(gateway, |most| gateway.max_queue(most))
}

fn params<'a, M>(plan: &'a Plan, group: &GroupPlan, found: &Found<'_, M>) -> Vec<Params<'a>> {
    let sets = group.filled.values.iter().zip(&group.symbols);
    sets.map(|(set, &s)| Params::new(found.kind.params, set.clone(), &plan.symbols[s].instrument)).collect()
}

fn plain<M>(found: &Found<'_, M>, filled: &Filled) -> Params<'static> {
    Params::without_instrument(found.kind.params, filled.values[0].clone())
}

fn link(plan: &LinkPlan, registry: &Registry) -> Result<Box<dyn LatencyModel>, Report> {
    let feed = model(&plan.feed, registry)?.fixed(VenueId(0)).map_or(Span::ZERO, |(order, _)| order);
    let order = model(&plan.order, registry)?;
    Ok(Box::new(Directions { order, report: model(&plan.report, registry)?, feed }))
}

fn model(delay: &Delay, registry: &Registry) -> Result<Box<dyn LatencyModel>, Report> {
    match delay {
        Delay::Fixed(span) => match Fixed::new(*span) {
            Ok(fixed) => Ok(Box::new(fixed)),
            Err(why) => Err(unbuilt(&format!("a delay was accepted and is now refused: {why}"))),
        },
        Delay::Law(filled) => {
            let found = find(registry.latencies(), filled)?;
            (found.kind.make)(&plain(&found, filled)).map_err(|why| refused(&filled.kind, &why))
        }
    }
}

/// The kind of a plan that was checked with this registry.
fn find<'a, M>(kinds: &'a Kinds<M>, filled: &Filled) -> Result<Found<'a, M>, Report> {
    kinds.find(&filled.kind).ok_or_else(|| unbuilt(&format!("`{}` is not registered", filled.kind)))
}

/// A kind that refuses what it took when the scenario was checked: its `from_params` is not a function of
/// its parameters alone.
fn refused(kind: &str, why: &ParamError) -> Report {
    unbuilt(&format!("`{kind}` accepted its parameters and now refuses them: {why}"))
}

fn unbuilt(message: &str) -> Report {
    Diagnostic::new(Code::Contradiction, message).into()
}

/// A venue whose kind is known at run time only.
struct AnyVenue(Box<dyn VenueSpec>);

impl VenueSpec for AnyVenue {
    fn name(&self) -> &str {
        self.0.name()
    }
    fn symbols(&self) -> &[prism_core::types::Symbol] {
        self.0.symbols()
    }
    fn depth(&self) -> u16 {
        self.0.depth()
    }
    fn watches(&self) -> Option<Span> {
        self.0.watches()
    }
    fn largest_order(&self, symbol: &Instrument) -> Qty {
        self.0.largest_order(symbol)
    }
    fn has_phases(&self) -> bool {
        self.0.has_phases()
    }
    fn liquidates(&self) -> bool {
        self.0.liquidates()
    }
    fn build(&self, place: &VenuePlace<'_>) -> Result<Box<dyn Venue>, VenueError> {
        self.0.build(place)
    }
}
