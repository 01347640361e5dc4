//! Scenarios that are right: what they mean, and that writing them differently changes nothing.

#![allow(clippy::unwrap_used, clippy::float_cmp)] // a test that cannot go on fails; the numbers are exact

use std::sync::Arc;

use prism::prelude::*;
use prism::scenario::{Loader, Registry, Scenario, Setting};
use prism_core::spec::{Param, ParamError, Params, Spec, Unit};

/// Keeps the values that it was made of.
#[derive(Clone, Debug, PartialEq)]
struct Probe {
    size: Qty,
    gap: f64,
    limit: Price,
    every: Span,
    rate: f64,
    slope: f64,
    word: &'static str,
    seen: Vec<BookId>,
    value: Option<f64>,
}

impl Agent for Probe {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.seen = ctx.books().to_vec();
        self.value = ctx.value(SymbolId(0));
    }
}

impl Spec for Probe {
    const KIND: &'static str = "probe";
    const DOC: &'static str = "keeps the values that it was made of";
    const RULE: &'static str = "none";
    const PARAMS: &'static [Param] = &[
        Param::new("size", Unit::Lots, "1 lot", "a size").at_least(1.0),
        Param::new("gap", Unit::Ticks, "1", "a distance"),
        Param::new("limit", Unit::Price, "7 ticks", "a price"),
        Param::new("every", Unit::Span, "1s", "a span"),
        Param::new("rate", Unit::Rate, "every 4s", "a rate"),
        Param::new("slope", Unit::Of("1/lot"), "0.5", "a slope"),
        Param::new("word", Unit::Choice(&["one", "two"]), "one", "a word"),
    ];
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] =
        &[("probe_two", &[("word", "two"), ("size", "5")])];

    fn from_params(p: &Params<'_>) -> Result<Probe, ParamError> {
        Ok(Probe {
            size: p.lots("size"),
            gap: p.number("gap"),
            limit: p.maybe_price("limit").unwrap(),
            every: p.span("every"),
            rate: p.number("rate"),
            slope: p.number("slope"),
            word: p.choice("word"),
            seen: Vec::new(),
            value: None,
        })
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodic(self.every)
    }
}

fn loader() -> Loader {
    let mut registry = Registry::builtin();
    registry.agent::<Probe>().unwrap();
    Loader::new(Arc::new(registry))
}

fn parse(text: &str) -> Scenario {
    loader().parse(text, "test.toml").unwrap_or_else(|report| panic!("{report}"))
}

fn probes(scenario: &Scenario) -> Vec<Probe> {
    let mut sim = scenario.builder().unwrap().build().unwrap();
    sim.run_for(Span::ZERO).unwrap();
    sim.members::<Probe>().cloned().collect()
}

/// Two symbols of different tick, lot and price on one venue, one of them on a second as well.
const WORLD: &str = r#"
schema = 1
run = { seed = 18_446_744_073_709_551_615, length = "90min" }

[[symbol]]
name = "BTCUSDT"
tick = "0.1"
lot = "0.001"
currency = "USDT"
start = "64000"

[[symbol]]
name = "ADAUSDT"
tick = 0.0001
lot = 1
currency = "USDT"
value = { law = "brownian", start = "0.34", sigma = "1.3 ticks/sqrt(s)" }

[[venue]]
name = "XPRM"
kind = "exchange"
symbols = ["BTCUSDT", "ADAUSDT"]
fees = { maker = "-0.2 bp", taker = "0.05 %" }

[[venue]]
name = "XALT"
kind = "exchange"
symbols = ["BTCUSDT"]
depth = 5

[link."slow lane"]
order = { law = "lognormal", median = "8ms", sigma = 0.4 }
feed = "1.5ms"
"#;

#[test]
fn amounts_become_ticks_and_lots_of_each_symbol() {
    let scenario = parse(&format!(
        "{WORLD}\n[[agents]]\nkind = \"probe\"\ncount = 5\nlink = \"slow lane\"\n\
         books = [\"ADAUSDT\", \"BTCUSDT@XALT\"]\nsize = \"640 USDT\"\ngap = \"2 bp\"\nevery = \"0.5s\"\n\
         rate = \"every 20s\"\nslope = \"0.25 1/lot\"\nword = \"two\"\n"
    ));
    let all = probes(&scenario);
    // Members take the books in turn: ADA, BTC, ADA, BTC, ADA.
    assert_eq!(all.len(), 5);
    assert_eq!(all[0].size, Qty(1882)); // 640 / 0.34 = 1882.4
    assert_eq!(all[1].size, Qty(10)); // one lot is worth 64
    assert_eq!(all[0].gap, 0.68); // 2 bp of 3,400 ticks
    assert_eq!(all[1].gap, 128.0);
    assert_eq!((all[0].seen.as_slice(), all[1].seen.as_slice()), (&[BookId(1)][..], &[BookId(2)][..]));
    assert_eq!((&all[4].size, &all[4].seen), (&all[0].size, &all[0].seen));
    assert_eq!(
        (all[0].every, all[0].rate, all[0].slope, all[0].word),
        (Span::millis(500), 0.05, 0.25, "two")
    );
    assert!(scenario.expanded().contains("wakes = { periodic = \"500ms\" }"), "{}", scenario.expanded());
}

#[test]
fn defaults_are_read_like_what_is_written() {
    let scenario = parse(&format!("{WORLD}\n[[agents]]\nkind = \"probe_two\"\ninformed = true\n"));
    let probe = &probes(&scenario)[0];
    assert_eq!((probe.size, probe.gap, probe.limit, probe.word), (Qty(5), 1.0, Price(7), "two"));
    assert_eq!((probe.every, probe.rate, probe.slope), (Span::secs(1), 0.25, 0.5));
    assert_eq!(scenario.groups().collect::<Vec<_>>(), [("probe_two", 1)]);
}

#[test]
fn prices_and_distances_may_name_their_unit() {
    let case = |gap: &str, limit: &str| {
        let text = format!(
            "{WORLD}\n[[agents]]\nkind = \"probe\"\nbooks = [\"BTCUSDT@XPRM\"]\ngap = {gap}\nlimit = {limit}\n"
        );
        let probe = probes(&parse(&text)).swap_remove(0);
        (probe.gap, probe.limit)
    };
    assert_eq!(case("2.5", "\"64000.1\""), (2.5, Price(640_001)));
    assert_eq!(case("\"3 ticks\"", "\"640001 ticks\""), (3.0, Price(640_001)));
    assert_eq!(case("\"0.25 USDT\"", "\"64000.10 USDT\""), (2.5, Price(640_001)));
    assert_eq!(case("\"-1bp\"", "\"-0.1\""), (-64.0, Price(-1)));
}

#[test]
fn the_expanded_text_is_the_same_scenario() {
    let shipped = ["scenarios/calm.toml", "scenarios/quickstart.toml", "scenarios/million.toml"];
    let mut all: Vec<Scenario> = shipped.iter().map(|path| Scenario::load(path).unwrap()).collect();
    all.push(parse(&format!(
        "{WORLD}\n[[agents]]\nkind = \"probe\"\nname = \"a \\\"b\\\" \\\\ ü\"\nbooks = [\"BTCUSDT@XALT\", \"BTCUSDT@XPRM\"]\n\
         gap = \"2 bp\"\n[[agents]]\nkind = \"probe_two\"\ncount = 0\nwakes = \"own\"\n"
    )));
    for scenario in all {
        let text = scenario.expanded();
        let again = loader().parse(&text, "expanded").unwrap_or_else(|report| panic!("{report}\n{text}"));
        assert_eq!(again, scenario);
        assert_eq!(again.expanded(), text);
        assert_eq!(again.hash(), scenario.hash());
    }
}

#[test]
fn how_it_is_written_makes_no_difference() {
    let plain = parse(WORLD);
    let windows = parse(&format!("\u{feff}{}", WORLD.replace('\n', "\r\n")));
    let other =
        parse(&WORLD.replace("\"90min\"", "\"1.5 h\"").replace("tick = 0.0001", "tick = \"0.00010\""));
    let tables = parse(&WORLD.replace(
        "fees = { maker = \"-0.2 bp\", taker = \"0.05 %\" }",
        "fees.maker = \"-0.002 %\"\nfees.taker = \"5 bp\"",
    ));
    for same in [windows, other, tables] {
        assert_eq!(same, plain);
        assert_eq!(same.expanded(), plain.expanded());
    }
    assert_eq!(plain.seed(), u64::MAX);
    assert_eq!(plain.length(), Span::mins(90));
    assert_eq!(
        (plain.start().as_str(), plain.start_nanos()),
        ("2000-01-03T00:00:00Z", 946_857_600_000_000_000)
    );
}

#[test]
fn odd_and_legal() {
    let odd = parse(
        "schema = 1\n[run]\nlength = \"0s\"\nstart = 1969-12-31T23:59:59Z\n[link]\n[[symbol]]\nname = \"ÄCME Ωμέγα 東京\"\n\
         [symbol.value]\nlaw = \"constant\"\n[[venue]]\nname = \"Börse am Platz\"\nkind = \"exchange\"\n[venue.fees]\n\
         [[agents]]\nkind = \"probe\"\nname = \"leere Gruppe ∅\"\ncount = 0\nbooks = [\"ÄCME Ωμέγα 東京@Börse am Platz\"]\n\
         [[agents]]\nkind = \"probe\"\nname = \"one\"\nwakes = { poisson = \"10ns\" }\n",
    );
    assert_eq!((odd.length(), odd.start_nanos()), (Span::ZERO, -1_000_000_000));
    let mut sim = odd.builder().unwrap().build().unwrap();
    let run = sim.run_for(odd.length()).unwrap();
    assert_eq!((run.agents, run.groups[0].count), (1, 0));
    assert!(odd.symbols().eq(["ÄCME Ωμέγα 東京"]));
    // Without agents at all.
    let bare = parse(
        "schema = 1\nrun = { length = \"1s\" }\n[[symbol]]\nname = \"A\"\n[[venue]]\nname = \"X\"\nkind = \"exchange\"\n",
    );
    assert_eq!(bare.builder().unwrap().build().unwrap().run_for(bare.length()).unwrap().events, 0);
    assert_eq!(bare.warnings().located().map(|d| d.code).collect::<Vec<_>>(), ["W0201"]);
}

#[test]
fn settings_change_one_thing() {
    let calm = Scenario::load("scenarios/calm.toml").unwrap();
    let more = calm.with("agents.noise.count", 1500).unwrap();
    assert_eq!(more.groups().next(), Some(("noise", 1500)));
    assert_eq!((calm.groups().next(), more.text()), (Some(("noise", 1000)), calm.text()));
    assert_eq!(more.with("agents.noise.count", "1_000").unwrap(), calm);
    // One on top of the other; the last holds.
    let both = more.with("run.seed", 8).unwrap().with("run.seed", 9).unwrap();
    assert_eq!((both.seed(), both.agents()), (9, 1522));
    assert_eq!(both.settings().len(), 3);
    let texts = [
        "run.length=5s",
        "symbol.ACME.value.sigma=2",
        "link.colo.order={ law = \"lognormal\" }",
        "venue.XPRM.fees.taker=1 bp",
        "agents.makers.wakes.poisson=20ms",
        "run.ties=random",
        "symbol.ACME.value.start=101.00",
    ];
    let set = calm.with_settings(texts.map(Setting::typed)).unwrap();
    let expanded = set.expanded();
    for line in [
        "length = \"5s\"",
        "sigma = 2 ",
        "taker = \"1 bp\"",
        "wakes = { poisson = \"20ms\" }",
        "ties = \"random\"",
        "start = \"101\"",
    ] {
        assert!(expanded.contains(line), "{line}\n{expanded}");
    }
    assert_ne!(set.hash(), calm.hash());
    let quoted = parse(&format!("{WORLD}\n[[agents]]\nkind = \"probe\"\nname = \"a.b c\"\n"));
    assert_eq!(quoted.with("agents.\"a.b c\".count", 3).unwrap().agents(), 3);
    assert_eq!(
        quoted.with("link.slow lane.feed", "2ms").unwrap().expanded().matches("feed = \"2ms\"").count(),
        1
    );
    let wrong = quoted.with("agents.a.b c.count", 3).unwrap_err();
    let wrong = wrong.located().next().unwrap();
    assert_eq!((wrong.code, wrong.fix), ("P0206", Some("\"a.b c\"")));
    assert_eq!(wrong.help, Some("a name with a point in it stands in quotes"));
    assert!(calm.with("agents.noise.count", 1.5).is_err());
    assert!(calm.with("agents.noise.repeat", true).is_ok());
}

#[test]
fn the_previous_close_comes_from_where_it_is_said() {
    let with = |symbol: &str| {
        let text = format!(
            "schema = 1\nrun = {{ length = \"1s\" }}\n[[symbol]]\nname = \"A\"\n{symbol}\n[[venue]]\nname = \"X\"\nkind = \"exchange\"\n\
             [[agents]]\nkind = \"probe\"\ngap = \"100 bp\"\ninformed = true\n"
        );
        let probe = probes(&parse(&text)).swap_remove(0);
        (probe.gap, probe.value)
    };
    assert_eq!(with(""), (100.0, None));
    assert_eq!(with("start = \"50\""), (50.0, None));
    assert_eq!(with("value = { law = \"constant\", start = \"20.00\" }"), (20.0, Some(2_000.0)));
    assert_eq!(with("start = \"50\"\nvalue = { law = \"constant\" }"), (50.0, Some(5_000.0)));
    assert_eq!(
        with("start = \"50\"\nvalue = { law = \"constant\", start = \"2100 ticks\" }"),
        (50.0, Some(2_100.0))
    );
}

#[test]
fn the_run_is_that_of_the_meaning() {
    let calm = Scenario::load("scenarios/calm.toml").unwrap();
    let run =
        |scenario: &Scenario| scenario.builder().unwrap().build().unwrap().run_for(Span::mins(2)).unwrap();
    let first = run(&calm);
    assert!(first.trades > 100, "{first}");
    assert_eq!(run(&calm).digest, first.digest);
    assert_eq!(run(&Scenario::parse(&calm.expanded(), "expanded").unwrap()).digest, first.digest);
    assert_ne!(run(&calm.with("run.seed", 8).unwrap()).digest, first.digest);
    // A law that never varies is the constant that it comes to.
    let fixed = calm.with("link.retail.order", "20ms").unwrap();
    let flat = calm.with("link.retail.order.sigma", 0).unwrap();
    assert_ne!(fixed, flat);
    assert_eq!(run(&fixed).digest, run(&flat).digest);
}

#[test]
fn paths_begin_where_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.toml");
    let sink = "[[sink]]\nkind = \"ndjson\"\npath = \"rows.ndjson\"\ntables = [\"trades\"]\n";
    std::fs::write(&path, format!("{WORLD}{sink}")).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let typed = format!("csv:{},tables=trades+tops", elsewhere.display());
    let scenario = loader().sink(typed).load(&path).unwrap_or_else(|report| panic!("{report}"));
    assert!(!folder.path().join("rows.ndjson").exists(), "checking opens nothing");
    let mut builder = scenario.builder().unwrap();
    for sink in scenario.sinks().unwrap() {
        builder = builder.sink_boxed(sink);
    }
    let mut sim = builder.build().unwrap();
    sim.run_for(Span::ZERO).unwrap();
    sim.finish().unwrap();
    assert!(folder.path().join("rows.ndjson").exists());
    assert!(elsewhere.join("trades.csv").exists() && elsewhere.join("tops.csv").exists());
    // A scenario with one thing changed keeps its sinks, which now find their files there.
    let refused = scenario.with("run.seed", 1).unwrap().sinks().map(drop).unwrap_err();
    let told: Vec<_> =
        refused.located().map(|d| (d.code, d.source.unwrap().to_owned(), d.line, d.column)).collect();
    let file = path.display().to_string();
    assert_eq!(
        told,
        [("P0302", file, Some(36), Some(8)), ("P0302", "command line".to_owned(), Some(1), Some(12))],
        "{refused}"
    );
}

#[test]
fn scenarios_go_to_threads() {
    fn sent<T: Send + Sync + Clone>(_: &T) {}
    sent(&Scenario::load("scenarios/calm.toml").unwrap());
}

#[test]
fn a_kind_registered_again_takes_the_place_of_the_first() {
    let mut registry = Registry::builtin();
    let before = registry.agents().iter().count();
    registry.agent::<Probe>().and_then(|registry| registry.agent::<Probe>()).unwrap();
    assert_eq!(registry.agents().iter().count(), before + 1);
    assert_eq!(registry.agents().find("probe_two").unwrap().preset.len(), 2);
}

/// The defaults of every kind that ships are values that it takes, and no parameter hides a common key.
#[test]
fn every_shipped_kind_can_be_named_alone() {
    let registry = Registry::builtin();
    let world = "schema = 1\nrun = { length = \"1h\" }\n[[symbol]]\nname = \"ACME\"\nstart = \"150\"\n";
    let venue = "[[venue]]\nname = \"XPRM\"\nkind = \"exchange\"\n";
    for name in registry.agents().names() {
        let text = format!("{world}value = {{ law = \"gbm\" }}\n{venue}[[agents]]\nkind = \"{name}\"\n");
        let scenario = Scenario::parse(&text, name).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(Scenario::parse(&scenario.expanded(), name).unwrap(), scenario, "{name}");
        let kind = registry.agents().find(name).unwrap().kind;
        for common in ["kind", "name", "count", "link", "books", "wakes", "informed"] {
            assert!(kind.params.iter().all(|param| param.name != common), "{name}: {common}");
        }
    }
    for name in registry.values().names() {
        let text = format!("{world}value = {{ law = \"{name}\" }}\n{venue}");
        let scenario = Scenario::parse(&text, name).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(Scenario::parse(&scenario.expanded(), name).unwrap(), scenario, "{name}");
    }
    for name in registry.latencies().names() {
        let text = format!("{world}{venue}[link.x]\norder = {{ law = \"{name}\" }}\nfeed = \"1us\"\n");
        let scenario = Scenario::parse(&text, name).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(Scenario::parse(&scenario.expanded(), name).unwrap(), scenario, "{name}");
    }
}
