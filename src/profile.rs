//! Where the time of a run goes: by kind of event, and by group or venue.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use prism_core::kernel::{RunError, Simulation};
use prism_core::msg::{Event, Msg, Print, Report, Request, To};
use prism_core::types::Time;

/// The time spent on events, as measured one by one; the measuring itself costs some 50 ns an event.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    rows: BTreeMap<(&'static str, String), (u64, Duration)>,
}

impl Profile {
    /// Runs `sim` until `until`, timing every event.
    ///
    /// # Errors
    /// Those of the simulation.
    #[allow(clippy::disallowed_methods)] // wall time is what this measures
    pub fn run(&mut self, sim: &mut Simulation, until: Time) -> Result<(), RunError> {
        sim.advance(sim.now())?;
        while sim.next_time().is_some_and(|next| next <= until) {
            let start = Instant::now();
            let event = sim.step()?;
            let took = start.elapsed();
            if let Some(event) = event {
                let (count, time) = self.rows.entry((kind(&event), target(sim, &event))).or_default();
                *count += 1;
                *time += took;
            }
        }
        sim.advance(until)
    }
}

fn kind(event: &Event) -> &'static str {
    match event.msg {
        Msg::Wake { tag: None } => "wake-up",
        Msg::Wake { tag: Some(_) } => "timer",
        Msg::Clock => "clock",
        Msg::Request(Request::New { .. }) => "new order",
        Msg::Request(Request::Cancel { .. }) => "cancel",
        Msg::Request(Request::Reduce { .. }) => "reduce",
        Msg::Request(Request::Replace { .. }) => "replace",
        Msg::Report(Report::Accepted { .. }) => "accepted",
        Msg::Report(Report::Filled { .. }) => "filled",
        Msg::Report(Report::Reduced { .. }) => "reduced",
        Msg::Report(Report::Cancelled { .. }) => "cancelled",
        Msg::Report(Report::Rejected { .. }) => "rejected",
        Msg::Print(Print::Trade { .. }) => "trade print",
        Msg::Print(Print::Moved { .. }) => "touch print",
        Msg::Print(Print::Phase { .. }) => "phase print",
        Msg::Note(_) => "note",
    }
}

/// The group that the event concerns (for a request, the sender's), or the venue.
fn target(sim: &Simulation, event: &Event) -> String {
    let world = sim.world();
    let agent = match (event.to, event.msg) {
        (To::Agent(agent), _) => Some(agent),
        (To::Venue(_), Msg::Request(req)) => Some(req.id().agent()),
        (To::Group(group), _) => world.groups.get(group.index()).map(|g| g.first),
        (To::Venue(venue), _) => return world.instruments.venues()[venue.index()].clone(),
    };
    agent.and_then(|agent| world.group_of(agent)).map_or_else(String::new, |group| group.name.clone())
}

impl fmt::Display for Profile {
    /// A table, the most expensive first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: Duration = self.rows.values().map(|(_, time)| *time).sum();
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by_key(|(name, (_, time))| (std::cmp::Reverse(*time), *name));
        writeln!(
            f,
            "{:<12}  {:<20}  {:>12}  {:>9}  {:>7}  {:>8}",
            "event", "group", "count", "ms", "share", "ns each"
        )?;
        for ((kind, group), (count, time)) in rows {
            writeln!(
                f,
                "{kind:<12}  {group:<20}  {count:>12}  {:>9.1}  {:>6.1}%  {:>8.0}",
                time.as_secs_f64() * 1e3,
                100.0 * time.as_secs_f64() / total.max(Duration::from_nanos(1)).as_secs_f64(),
                time.as_secs_f64() * 1e9 / *count as f64,
            )?;
        }
        Ok(())
    }
}
