//! `run.series`: numbers that agents emit, from the scenario to the table.

#![allow(clippy::unwrap_used, clippy::float_cmp)] // a test that cannot go on fails; the numbers are exact

use std::sync::Arc;

use prism::diagnostic::Report;
use prism::prelude::*;
use prism::scenario::{Loader, Registry, Scenario, Setting, json_schema};
use prism_core::sink::Table;
use prism_core::spec::{Param, ParamError, Params, Series, Spec, Unit};
use prism_core::types::SeriesId;
use prism_sinks::Memory;

/// Emits a count and its double every second, where the run records them.
#[derive(Clone, Default)]
struct Counter {
    n: f64,
    series: [Option<SeriesId>; 2],
}

impl Agent for Counter {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.series = ["count", "double"].map(|name| ctx.series(name));
    }

    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        self.n += 1.0;
        for (series, value) in self.series.into_iter().zip([self.n, 2.0 * self.n]) {
            if let Some(series) = series {
                ctx.emit(series, value);
            }
        }
    }
}

impl Spec for Counter {
    const KIND: &'static str = "counter";
    const DOC: &'static str = "counts its wake-ups";
    const RULE: &'static str = "none";
    const PARAMS: &'static [Param] =
        &[Param::new("every", Unit::Span, "1s", "time between wake-ups").above(0.0)];
    const SERIES: &'static [Series] = &[
        Series { name: "count", doc: "wake-ups so far" },
        Series { name: "double", doc: "twice the wake-ups so far" },
    ];
    fn from_params(_: &Params<'_>) -> Result<Counter, ParamError> {
        Ok(Counter::default())
    }
    fn wakes(&self) -> Wakes {
        Wakes::Periodic(Span::secs(1))
    }
}

fn registry() -> Arc<Registry> {
    let mut registry = Registry::builtin();
    registry.agent::<Counter>().unwrap();
    Arc::new(registry)
}

const WORLD: &str = "\
schema = 1
run = { length = \"5s\", series = [\"double\"] }
[[symbol]]
name = \"ACME\"
[[venue]]
name = \"XPRM\"
kind = \"exchange\"
[[agents]]
kind = \"ladder_mm\"
[[agents]]
kind = \"counter\"
";

fn read(series: &str) -> Result<Scenario, Report> {
    Loader::new(registry()).parse(&WORLD.replace("[\"double\"]", series), "a.toml")
}

/// The names that are recorded, with the numbers.
fn recorded(scenario: &Scenario) -> (Vec<String>, Vec<(u16, u32, f64)>) {
    let memory = Memory::new(Table::Series.into());
    let mut sim = scenario.builder().unwrap().sink(memory.clone()).build().unwrap();
    sim.run_for(scenario.length()).unwrap();
    let run = sim.finish().unwrap();
    let rows = memory.series().iter().map(|row| (row.series, row.agent, row.value)).collect();
    (run.world.series.clone(), rows)
}

#[test]
fn what_is_named_is_recorded() {
    let (names, rows) = recorded(&read("[\"double\"]").unwrap());
    assert_eq!(names, ["double"]);
    assert_eq!(rows, [(0, 1, 2.0), (0, 1, 4.0), (0, 1, 6.0), (0, 1, 8.0), (0, 1, 10.0)]);
    let (names, rows) = recorded(&read("\"all\"").unwrap());
    assert_eq!(names, ["count", "double"]);
    assert_eq!(rows[..2], [(0, 1, 1.0), (1, 1, 2.0)]);
    assert_eq!(recorded(&read("[]").unwrap()), (vec![], vec![]));
}

#[test]
fn recording_changes_nothing() {
    let run = |series: &str| {
        let scenario = read(series).unwrap();
        scenario.builder().unwrap().build().unwrap().run_for(scenario.length()).unwrap().digest
    };
    assert_eq!(run("[]"), run("\"all\""));
}

#[test]
fn the_scenario_tells_its_series() {
    let all = read("\"all\"").unwrap();
    assert!(all.series().eq(["count", "double"]));
    assert!(all.expanded().contains("series = [\"count\", \"double\"]"), "{}", all.expanded());
    assert_eq!(Loader::new(registry()).parse(&all.expanded(), "again").unwrap(), all);
    let set = all.with_settings([Setting::typed("run.series=[\"count\"]")]).unwrap();
    assert!(set.series().eq(["count"]));
    assert!(set.with("run.series", "all").unwrap() == all);
    assert_ne!(set.hash(), all.hash());
}

#[test]
fn names_are_looked_up_like_all_others() {
    let wrong = |series: &str| {
        let report = read(series).unwrap_err();
        let told: Vec<_> = report
            .located()
            .map(|d| (d.code, d.line.unwrap(), d.column.unwrap(), d.fix.map(str::to_owned)))
            .collect();
        told
    };
    assert_eq!(wrong("[\"cuont\"]"), [("P0212", 2, 34, Some("\"count\"".to_owned()))]);
    assert_eq!(wrong("[\"spread\", \"count\"]"), [("P0212", 2, 34, None)]);
    assert_eq!(wrong("[\"count\", \"count\"]"), [("P0205", 2, 43, None)]);
    assert_eq!(wrong("\"count\"")[0].0, "P0104");
    assert_eq!(wrong("[1]")[0].0, "P0104");
    assert_eq!(wrong("7")[0].0, "P0104");
    // The group that would emit it is wrong itself: one problem, not two.
    let text = WORLD.replace("\"counter\"", "\"conter\"");
    let report = Loader::new(registry()).parse(&text, "a.toml").unwrap_err();
    assert_eq!(report.located().map(|d| d.code).collect::<Vec<_>>(), ["P0105"], "{report}");
}

#[test]
fn editors_know_the_names() {
    let names = |registry: &Registry| {
        let schema = json_schema(registry);
        schema["properties"]["run"]["properties"]["series"]["anyOf"][1].clone()
    };
    assert_eq!(names(&registry())["items"]["enum"], serde_json::json!(["count", "double"]));
    assert_eq!(names(&Registry::builtin())["maxItems"], 0);
}
