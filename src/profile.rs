//! Where the time of a run goes: by kind of event, and by group or venue.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use prism_core::kernel::{RunError, Simulation};
use prism_core::msg::{Event, Msg, Print, Report, Request, To};
use prism_core::types::Time;
use serde::Serialize;

use crate::drive::Ended;

/// Events between two looks at the watcher.
const STRIDE: u64 = 1 << 12;

/// The time spent on events, as measured one by one; the measuring itself costs some 50 ns an event.
///
/// Reports to agents that do not hear them are no events of their own: their time is that of the request that
/// caused them, or of the wake-up before which they are booked.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    rows: BTreeMap<(&'static str, String), (u64, Duration)>,
}

impl Profile {
    /// Runs `sim` until `until`, timing every event. `watch` is asked now and then, with the simulated time so
    /// far; it stops the run by returning false.
    ///
    /// # Errors
    /// Those of the simulation.
    #[allow(clippy::disallowed_methods)] // wall time is what this measures
    pub fn run(
        &mut self,
        sim: &mut Simulation,
        until: Time,
        mut watch: impl FnMut(Time) -> bool,
    ) -> Result<Ended, RunError> {
        sim.advance(sim.now())?;
        let mut steps = 0_u64;
        while sim.next_time().is_some_and(|next| next <= until) {
            steps += 1;
            if steps.is_multiple_of(STRIDE) && !watch(sim.now()) {
                return Ok(Ended::Interrupted);
            }
            let start = Instant::now();
            let event = sim.step()?;
            let took = start.elapsed();
            if let Some(event) = event {
                let (count, time) = self.rows.entry((kind(&event), target(sim, &event))).or_default();
                *count += 1;
                *time += took;
            }
        }
        sim.advance(until)?;
        Ok(Ended::Complete)
    }

    /// Where the time went, the most expensive first.
    pub fn rows(&self) -> Vec<ProfileRow> {
        let row = |((event, group), (count, time)): (&(&'static str, String), &(u64, Duration))| ProfileRow {
            event,
            group: group.clone(),
            count: *count,
            seconds: time.as_secs_f64(),
        };
        let mut rows: Vec<ProfileRow> = self.rows.iter().map(row).collect();
        rows.sort_by(|a, b| b.seconds.total_cmp(&a.seconds)); // equal ones stay in the order of their names
        rows
    }
}

/// The time spent on one kind of event for one group or venue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileRow {
    /// The kind of event, such as `new order`.
    pub event: &'static str,
    /// The group that it concerned, or the venue.
    pub group: String,
    /// How many there were.
    pub count: u64,
    /// How long they took, in wall time.
    pub seconds: f64,
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
        Msg::Served(_) => "served",
        Msg::Report(Report::Accepted { .. }) => "accepted",
        Msg::Report(Report::Filled { .. }) => "filled",
        Msg::Report(Report::Reduced { .. }) => "reduced",
        Msg::Report(Report::Cancelled { .. }) => "cancelled",
        Msg::Report(Report::Triggered { .. }) => "triggered",
        Msg::Report(Report::Rejected { .. }) => "rejected",
        Msg::Report(Report::Liquidated { .. }) => "liquidated",
        Msg::Report(Report::Covered { .. }) => "covered",
        Msg::Print(Print::Trade { .. }) => "trade print",
        Msg::Print(Print::Moved { .. }) => "touch print",
        Msg::Print(Print::Phase { .. }) => "phase print",
        Msg::Print(Print::Indicative { .. }) => "indicative print",
        Msg::Note(_) => "note",
    }
}

/// The group that the event concerns (for a request, the sender's), or the venue.
fn target(sim: &Simulation, event: &Event) -> String {
    let world = sim.world();
    let agent = match (event.to, event.msg) {
        (To::Agent(agent), _) => Some(agent),
        (To::Venue(_), Msg::Request(req) | Msg::Served(req)) => Some(req.id().agent()),
        (To::Group(group), _) => world.groups.get(group.index()).map(|g| g.first),
        (To::Venue(venue), _) => return world.instruments.venues()[venue.index()].clone(),
    };
    agent.and_then(|agent| world.group_of(agent)).map_or_else(String::new, |group| group.name.clone())
}

impl fmt::Display for Profile {
    /// A table, the most expensive first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let total: f64 = rows.iter().map(|row| row.seconds).sum();
        writeln!(
            f,
            "{:<12}  {:<20}  {:>12}  {:>9}  {:>7}  {:>8}",
            "event", "group", "count", "ms", "share", "ns each"
        )?;
        for ProfileRow { event, group, count, seconds } in &rows {
            writeln!(
                f,
                "{event:<12}  {group:<20}  {count:>12}  {:>9.1}  {:>6.1}%  {:>8.0}",
                seconds * 1e3,
                if total > 0.0 { 100.0 * seconds / total } else { 0.0 },
                seconds * 1e9 / *count as f64,
            )?;
        }
        Ok(())
    }
}
