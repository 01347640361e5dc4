//! The trading day of a venue, from the scenario to what a run makes of it.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::core::msg::Print;
use prism::core::types::Span;
use prism::prelude::*;
use prism::scenario::Scenario;

/// A small market whose venue has these keys.
fn scenario(kind: &str, keys: &str) -> Scenario {
    let text = format!(
        "schema = 1\nrun = {{ length = \"3min\" }}\n[[symbol]]\nname = \"ACME\"\n\
         [[venue]]\nname = \"XPRM\"\nkind = \"{kind}\"\n{keys}\n\
         [[agents]]\nkind = \"zero_intelligence\"\ncount = 20\nrate = 5\nrefresh = 2\n"
    );
    Scenario::parse(&text, "day.toml").unwrap_or_else(|report| panic!("{report}"))
}

/// Remembers the phases that are told, and the indicative results.
#[derive(Clone, Debug, Default)]
struct Listener {
    phases: Vec<(i64, Phase)>,
    calls: Vec<Qty>,
}

impl Agent for Listener {
    fn on_wake(&mut self, _: &mut Ctx<'_>) {}

    fn hears(&self) -> Prints {
        Prints::PHASES
    }

    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        match *print {
            Print::Phase { phase, .. } => self.phases.push((ctx.now().nanos() / 1_000_000_000, phase)),
            Print::Indicative { volume, .. } => self.calls.push(volume),
            _ => {}
        }
    }
}

#[test]
fn the_summary_tells_of_the_phases() {
    let scenario =
        scenario("exchange", "phases = \"opening 10s, continuous 60s, closing 120s, closed 150s\"");
    let run = scenario.builder().unwrap().build().unwrap().run_for(scenario.length()).unwrap();
    let phases = &run.books[0].phases;
    let told: Vec<_> = phases
        .iter()
        .map(|phase| (phase.phase, phase.times, phase.length.as_nanos() / 1_000_000_000))
        .collect();
    let wanted = [
        (Phase::Closed, 2, 40),
        (Phase::Opening, 1, 50),
        (Phase::Continuous, 1, 60),
        (Phase::Closing, 1, 30),
    ];
    assert_eq!(told, wanted);
    assert_eq!(phases.iter().map(|phase| phase.trades).sum::<u64>(), run.trades);
    assert_eq!(phases.iter().map(|phase| phase.volume).sum::<u128>(), run.volume);
    assert!(phases[1].trades + phases[3].trades > 0 && phases[0].trades == 0, "the uncrossing is the call's");
}

/// What is told in a run of the scenario, and how much trades.
fn run(scenario: &Scenario) -> (Listener, u64) {
    let listeners = Group::of(Listener::default()).named("listeners").periodic(Span::hours(1));
    let mut sim = scenario.builder().unwrap().agents(listeners).build().unwrap();
    let run = sim.run_for(scenario.length()).unwrap();
    (sim.members::<Listener>().next().unwrap().clone(), run.books[0].trades)
}

#[test]
fn days_are_written_out_as_they_are_read() {
    for (kind, keys) in [
        ("exchange", ""),
        ("exchange", "day = \"us_equities\"\nclock = \"9:25\"\nbands = \"luld_2\"\nbreaker = \"us\""),
        ("exchange", "day = \"xetra\"\nrandom_end = \"10s\"\ndynamic_corridor = 200\nstatic_corridor = 500"),
        ("exchange", "phases = \"opening 0s, continuous 1min\"\nday_length = \"1h\"\ncollar = 300"),
        ("exchange", "band_width = 500\nband_patience = \"5s\"\nbreaker_levels = \"500 1min, 1000 day\""),
        ("batch_auction", ""),
        ("batch_auction", "batch = \"1s\""),
        ("call_market", "call_every = \"30min\""),
        ("call_market", "fees = { maker = \"1 bp\", taker_per_lot = \"0.01\", auction = \"2 bp\" }"),
        (
            "exchange",
            "halted = \"collect\"\nbeyond = \"reject\"\nband_width = 500\nauction_tie = \"reference\"",
        ),
    ] {
        let scenario = scenario(kind, keys);
        let expanded = scenario.expanded();
        let again = Scenario::parse(&expanded, "expanded").unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(again, scenario, "{expanded}");
        assert!(scenario.builder().unwrap().build().is_ok());
    }
}

#[test]
fn phases_come_at_their_times() {
    let (told, trades) =
        run(&scenario("exchange", "phases = \"opening 10s, continuous 60s, closing 120s, closed 150s\""));
    let phases = [
        (0, Phase::Closed),
        (10, Phase::Opening),
        (60, Phase::Continuous),
        (120, Phase::Closing),
        (150, Phase::Closed),
    ];
    assert_eq!(told.phases, phases);
    assert!(trades > 20 && told.calls.iter().filter(|volume| !volume.is_zero()).count() > 10);
}

#[test]
fn the_clock_says_when_in_the_day_a_run_begins() {
    let keys = "day = \"us_equities\"\nclock = \"9:29\"";
    let (told, _) = run(&scenario("exchange", keys));
    assert_eq!(told.phases.last(), Some(&(60, Phase::Continuous)));
    let (told, trades) = run(&scenario("exchange", "day = \"xetra\"\nclock = \"7:00\""));
    assert_eq!((&told.phases[..], trades), (&[(0, Phase::Closed)][..], 0), "it is early");
}

/// `run.start` says it, too, unless it says the day alone; and the two must not contradict one another.
#[test]
fn the_date_of_a_run_has_a_time_of_the_day() {
    let at = |start: &str, keys: &str| {
        let scenario = scenario("exchange", keys);
        scenario.with("run.start", start).map(|scenario| run(&scenario).0.phases)
    };
    let opens = Some(&(60, Phase::Continuous));
    assert_eq!(at("2024-03-01T09:29:00Z", "day = \"us_equities\"").unwrap().last(), opens);
    let local = "day = \"us_equities\"\nclock = \"9:29\"";
    assert_eq!(at("2024-03-01T14:29:00Z", local).unwrap().last(), opens, "New York in winter");
    assert_eq!(at("2024-03-01T00:00:00Z", local).unwrap().last(), opens, "a day, and no time");
    let wrong = at("2024-03-01T14:30:00Z", local).expect_err("one minute apart").to_string();
    assert!(wrong.contains("`clock` does not fit") && wrong.contains("14:30:00 UTC"), "{wrong}");
    // Spans count from the beginning of the day, which a run without a clock begins with.
    let spans = "phases = \"opening 10s, continuous 60s\"";
    assert_eq!(at("2024-03-01T14:30:00Z", spans).unwrap().last(), opens);
    let short = "phases = \"opening 0:00:10, continuous 0:01\"\nday_length = \"1h\"";
    assert_eq!(at("2024-03-01T14:30:00Z", short).unwrap().last(), opens);
}

/// What both sides of all trades pay, in units of the currency (cents), and the lots that traded.
fn fees(kind: &str, keys: &str) -> (i128, u128) {
    let scenario = scenario(kind, keys);
    let mut sim = scenario.builder().unwrap().build().unwrap();
    let volume = sim.run_for(scenario.length()).unwrap().volume;
    (sim.fees(CurrencyId(0)), volume)
}

#[test]
fn auctions_have_a_fee_of_their_own() {
    let call = |fees_of: &str| fees("call_market", &format!("call_every = \"1min\"\nfees = {{ {fees_of} }}"));
    let (paid, volume) = call("maker_per_lot = \"0.01\", taker_per_lot = \"0.02\"");
    assert!(volume > 0 && paid == 2 * 2 * i128::try_from(volume).unwrap(), "both pay as takers: {paid}");
    let (paid, _) = call("taker_per_lot = \"0.02\", auction_per_lot = \"0.05\"");
    assert_eq!(paid, 2 * 5 * i128::try_from(volume).unwrap());
    assert_eq!(call("taker = \"10 bp\", auction = \"0 bp\"").0, 0);
    assert!(call("taker = \"0 bp\", auction = \"10 bp\"").0 > 0);
    // One of the two is as for takers where the other is given.
    assert!(call("taker = \"10 bp\", auction_per_lot = \"0\"").0 > 0);
    let continuous = "phases = \"continuous 0s, closing 4min\"\nfees = { auction_per_lot = \"0.05\" }";
    assert_eq!(fees("exchange", continuous).0, 0, "no auction within the run");
}

#[test]
fn a_batch_auction_trades_at_its_times_and_a_call_market_at_its() {
    let (told, trades) = run(&scenario("batch_auction", "batch = \"1s\""));
    assert_eq!(told.phases, [(0, Phase::Continuous)]);
    assert!(trades > 20 && told.calls.is_empty(), "{trades}");
    let (told, trades) = run(&scenario("call_market", "call_every = \"1min\""));
    assert!(trades > 1 && !told.calls.is_empty(), "{trades}");
    let calls = told.phases.iter().filter(|(_, phase)| *phase == Phase::Opening);
    assert_eq!(calls.map(|(at, _)| *at).collect::<Vec<_>>(), [0, 60, 120, 180]);
}

#[test]
fn a_corridor_and_a_breaker_interrupt() {
    let (told, _) = run(&scenario("exchange", "dynamic_corridor = 1\nvolatility_call = \"5s\""));
    let calls = told.phases.iter().filter(|(_, phase)| *phase == Phase::Volatility).count();
    assert!(calls > 3, "{:?}", told.phases);
    let (told, _) = run(&scenario("exchange", "breaker_levels = \"1 30s, 2 day\""));
    let last = told.phases.last().map(|(_, phase)| *phase);
    assert_eq!(last, Some(Phase::Closed), "{:?}", told.phases);
}
