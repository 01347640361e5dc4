//! What is odd, and legal all the same.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod run_common;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use prism::prelude::*;
use prism::scenario::Scenario;
use run_common::{command, ended, json, names, prism, quickstart, run_quickstart, stderr, stdout, well};
use serde_json::Value;

/// A market of two symbols, the second of which nobody trades unless a test says so.
const MARKET: &str = r#"schema = 1
run = { seed = 7, length = "20s" }

[[symbol]]
name  = "ACME"
value = { law = "gbm", start = "100", sigma = 1e-3 }

[[symbol]]
name  = "IDLE"
value = { law = "constant", start = "50" }

[[venue]]
name    = "XPRM"
kind    = "exchange"
symbols = ["ACME", "IDLE"]

[link]
near = { order = "1ms", feed = "1ms" }

[[agents]]
kind  = "ladder_mm"
name  = "maker"
link  = "near"
books = ["ACME"]
every = "100ms"

[[agents]]
kind  = "noise_trader"
name  = "noise"
link  = "near"
books = ["ACME"]
count = 10
wakes = { poisson = "200ms" }

[[agents]]
kind  = "value_bayes"
name  = "informed"
link  = "near"
books = ["ACME"]
count = 10
rate  = 2

[[agents]]
kind  = "momentum"
name  = "momentum"
link  = "near"
books = ["ACME"]
every = "1s"

[[agents]]
kind  = "zero_intelligence"
name  = "zi"
link  = "near"
books = ["ACME"]
count = 10
rate  = 1
price_min = "90.00"
price_max = "110.00"
"#;

const GROUPS: [&str; 5] = ["maker", "noise", "informed", "momentum", "zi"];

/// Runs the market with settings, into a folder with all tables; what it said.
fn run_market(settings: &[String]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("market.toml"), MARKET).unwrap();
    let mut args = vec!["run", "market.toml", "--quiet", "--json", "--out", "out", "--tables", "all"];
    args.extend(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
    let said = well(&prism(dir.path(), &args));
    assert_eq!(ended(&prism(dir.path(), &["verify", "out", "--quiet"])), (Some(0), ""), "{settings:?}");
    // The summary for people, too.
    args.truncate(2);
    args.extend(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
    let output = prism(dir.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{settings:?}");
    let text = stdout(&output);
    assert!(text.contains(said["digest"].as_str().unwrap()), "{settings:?}: {text}");
    let number = |word: &&str| ["NaN", "inf", "+inf", "-inf"].contains(word);
    assert_eq!(text.split_whitespace().find(number), None, "{settings:?}: {text}");
    said
}

fn set(path: &str, value: &str) -> Vec<String> {
    GROUPS.iter().map(|group| format!("agents.{group}.{path}={value}")).collect()
}

#[test]
fn groups_of_nobody_and_of_one() {
    let usual = run_market(&[]);
    assert!(usual["trades"].as_u64().unwrap() > 50, "{usual}");
    for group in GROUPS {
        let said = run_market(&[format!("agents.{group}.count=0")]);
        let found = said["groups"].as_array().unwrap().iter().find(|g| g["name"] == group).unwrap().clone();
        for key in ["count", "traded", "orders", "trades", "volume"] {
            assert_eq!(found[key], 0, "{group}: {key}");
        }
        assert_eq!(found["pnl"].as_f64(), Some(0.0));
        assert_ne!(said["digest"], usual["digest"], "{group} did something");
    }
    let ones = run_market(&set("count", "1"));
    assert_eq!(ones["agents"], 5);
    let nobody = run_market(&set("count", "0"));
    for key in ["agents", "events", "requests", "trades"] {
        assert_eq!(nobody[key], 0, "{key}");
    }
    assert_eq!((&nobody["sim_seconds"], &nobody["first_trade_seconds"]), (&20.0.into(), &Value::Null));
}

#[test]
fn no_time_at_all() {
    let said = run_market(&["run.length=0s".to_owned()]);
    assert_eq!((&said["sim_seconds"], &said["trades"]), (&0.0.into(), &0.into()));
    let all = said["symbols"].as_array().unwrap().iter();
    assert!(all.clone().all(|s| s["last"].is_null() && s["mean_spread_ticks"].is_null()), "{said}");
    assert_eq!(all.count(), 2);
    run_market(&["run.length=1ns".to_owned()]);
    // And as much as there is of it, in which nothing ever happens.
    let dir = tempfile::tempdir().unwrap();
    let empty = "schema = 1\nrun = { length = \"2500000h\" }\n[[symbol]]\nname = \"ACME\"\n\
                 [[venue]]\nname = \"XPRM\"\nkind = \"exchange\"\nsymbols = [\"ACME\"]\n";
    fs::write(dir.path().join("empty.toml"), empty).unwrap();
    let said = well(&prism(dir.path(), &["run", "empty.toml", "--quiet", "--json"]));
    assert_eq!((&said["events"], &said["sim_seconds"]), (&0.into(), &9e9.into()));
}

#[test]
fn a_symbol_that_nobody_trades_has_no_prices() {
    let said = run_market(&[]);
    let idle = &said["symbols"][1];
    assert_eq!((&idle["name"], &idle["trades"], &idle["volume"]), (&"IDLE".into(), &0.into(), &0.into()));
    for key in ["first", "last", "high", "low", "mean_spread_ticks", "return_volatility"] {
        assert!(idle[key].is_null(), "{key}: {}", idle[key]);
    }
    // Its readers are warned, and the run is none the worse.
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("market.toml"), MARKET).unwrap();
    let output = prism(dir.path(), &["run", "market.toml"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("nobody trades `IDLE`"), "{}", stderr(&output));
}

#[test]
fn traders_in_a_book_where_nobody_quotes_find_nothing() {
    let settings = ["maker", "zi"].map(|group| format!("agents.{group}.count=0"));
    let said = run_market(&settings);
    assert!(said["events"].as_u64().unwrap() > 1_000, "they are awake: {said}");
    assert_eq!((&said["trades"], &said["symbols"][0]["mean_spread_ticks"]), (&0.into(), &Value::Null));
}

/// Buys, and nothing else: now at the market, now at a limit.
#[derive(Clone)]
struct Bull(i64);

impl Agent for Bull {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        self.0 += 1;
        let order = match self.0 % 3 {
            0 => Order::market(book, Side::Buy, Qty(3)),
            n => Order::limit(book, Side::Buy, Qty(2), Price(4_000 + n + self.0 % 50)),
        };
        ctx.order(order);
    }
}

#[test]
fn a_side_that_stays_empty_for_the_whole_run() {
    let scenario = Scenario::parse(MARKET, "market").unwrap();
    // In the book that nobody else trades: bids without an ask; and the other way round.
    let bulls = Group::of(Bull(0)).named("bulls").count(2).books(["IDLE"]).periodic(Span::millis(10));
    let mut sim = scenario.builder().unwrap().agents(bulls).build().unwrap();
    let run = sim.run_for(scenario.length()).unwrap();
    let book = &run.books[1];
    assert_eq!((book.trades, book.mean_spread, book.return_volatility), (0, None, None));
    assert!(book.top.bid().is_some() && book.top.ask().is_none(), "{:?}", book.top);
    let group = run.groups.last().unwrap();
    assert!(group.orders > 1_000, "{}", group.orders);
    assert_eq!((group.traded, group.trades), (0, 0));

    // Noise, informed, momentum and makers among buyers alone: the market is lifted, and nothing breaks.
    let bulls = Group::of(Bull(0)).named("bulls").count(2).books(["ACME"]).periodic(Span::millis(10));
    let mut sim = scenario.builder().unwrap().agents(bulls).build().unwrap();
    assert!(sim.run_for(scenario.length()).unwrap().trades > 0);
}

#[test]
fn files_from_another_system_are_the_same_scenario() {
    let dir = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(quickstart()).unwrap();
    let plain = well(&run_quickstart(dir.path(), &["--json"]));
    let crlf = text.replace('\n', "\r\n");
    for (name, text) in [
        ("crlf.toml", crlf.clone()),
        ("mark.toml", format!("\u{feff}{text}")),
        ("both.toml", format!("\u{feff}{crlf}")),
        ("no end.toml", text.trim_end().to_owned()),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
        let said =
            well(&prism(dir.path(), &["run", name, "--length", "2s", "--json", "--out", "out", "--force"]));
        assert_eq!(said["digest"], plain["digest"], "{name}");
        assert_eq!(ended(&prism(dir.path(), &["verify", "out"])), (Some(0), ""), "{name}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = quickstart();
    let run = ["run", path.to_str().unwrap(), "--quiet", "--length"];
    let left = |args: &[&str], lines: usize| {
        let mut child =
            command(dir.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
        for _ in 0..lines {
            reader.read_line(&mut String::new()).unwrap();
        }
        drop(reader);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (child.wait().unwrap().code(), said)
    };
    let fine = (Some(0), String::new());
    let with = |more: &[&'static str]| [&run[..], more].concat();
    for lines in [0, 1] {
        assert_eq!(left(&["list", "agents"], lines), fine);
        assert_eq!(left(&with(&["2s", "--json"]), lines), fine);
        assert_eq!(left(&["run", path.to_str().unwrap(), "--length", "2s"], lines), fine);
        // Far more rows than a pipe holds, so that the run finds out on its way.
        for sink in ["csv:path=-,tables=orders", "ndjson:path=-,tables=orders"] {
            assert_eq!(left(&with(&["1000h", "--sink", sink]), lines), fine, "{sink}");
        }
    }
    // Unless a folder was to be filled: then whoever waits for it must know that it is not coming.
    let (status, said) = left(&with(&["1000h", "--sink", "ndjson:path=-,tables=orders", "--out", "out"]), 1);
    assert_eq!(status, Some(1));
    assert!(
        said.ends_with(
            "the reader of standard output has gone away; what was written is kept in out.incomplete\n"
        ),
        "{said}"
    );
    run_common::incomplete(&dir.path().join("out.incomplete"));
}

#[test]
fn quiet_says_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("market.toml"), MARKET).unwrap();
    let quiet = |args: &[&str]| {
        let output = prism(dir.path(), args);
        assert_eq!((output.status.code(), stdout(&output), stderr(&output)), (Some(0), "", ""), "{args:?}");
    };
    // A scenario with a warning, and agents that never send anything.
    quiet(&["run", "market.toml", "--quiet", "--out", "out"]);
    quiet(&["-q", "run", "market.toml", "--length", "0s"]);
    quiet(&["verify", "out", "-q"]);
    assert_eq!(names(dir.path()), ["market.toml", "out"]);
    // Results that were asked for are no noise.
    json(&prism(dir.path(), &["run", "market.toml", "--quiet", "--json"]));
}

/// A terminal is made by `script`, where it is installed.
#[test]
fn no_color_is_honoured_by_a_run() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("market.toml"), MARKET).unwrap();
    let line = format!("{} run market.toml --length 2s", env!("CARGO_BIN_EXE_prism"));
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(dir.path())
        .env("TERM", "xterm")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: no_color_is_honoured_by_a_run needs `script`");
        return;
    };
    let said = stdout(&output);
    assert!(said.contains("digest") && said.contains("warning"), "{said}");
    // The bar moves the cursor and clears its line; colours and weights end in `m`.
    let coloured = said
        .split("\u{1b}[")
        .skip(1)
        .any(|after| after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'));
    assert!(!coloured, "{said:?}");
}

#[test]
fn seeds_at_both_ends() {
    let dir = tempfile::tempdir().unwrap();
    let mut digests = Vec::new();
    for seed in [0, 1, u64::MAX - 1, u64::MAX] {
        let seed = seed.to_string();
        let said = well(&run_quickstart(dir.path(), &["--seed", &seed, "--json", "--out", "out", "--force"]));
        assert_eq!(said["seed"].to_string(), seed);
        let manifest = prism::sinks::Manifest::read(&dir.path().join("out")).unwrap();
        assert_eq!(manifest.seed.to_string(), seed);
        assert_eq!(ended(&prism(dir.path(), &["verify", "out"])), (Some(0), ""), "{seed}");
        digests.push(said["digest"].to_string());
    }
    digests.dedup();
    assert_eq!(digests.len(), 4, "four worlds");
    for seed in ["-1", "18446744073709551616", "1.5", "seven", ""] {
        let output = run_quickstart(dir.path(), &["--seed", seed, "--json"]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{seed}");
        assert!(stderr(&output).contains("seed"), "{seed}: {}", stderr(&output));
    }
}

#[test]
fn settings_with_spaces_and_quotes() {
    let dir = tempfile::tempdir().unwrap();
    let said = |settings: &[&str]| {
        let mut args = vec!["--json"];
        args.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        well(&run_quickstart(dir.path(), &args))["digest"].clone()
    };
    let usual = said(&[]);
    // One world, written in many ways.
    let slower = said(&["agents.maker BTC.every=1s"]);
    assert_ne!(slower, usual);
    for setting in [
        "agents.maker BTC.every = 1s",
        "agents.\"maker BTC\".every=1 s",
        "agents.\"maker BTC\".every=\"1s\"",
        "  agents . maker BTC . every  =  '1s'  ",
        "agents.maker BTC.every=1000ms",
    ] {
        assert_eq!(said(&[setting]), slower, "{setting}");
    }
    assert_eq!(said(&["agents.maker BTC.every=7s", "agents.maker BTC.every=1s"]), slower, "the last holds");
    assert_ne!(said(&["venue.XPRM.fees={ maker = \"0 bp\", taker = \"1 bp\" }"]), usual);
    assert_eq!(said(&["run.length=2s"]), usual);
    for setting in
        ["", "=", "agents.maker BTC.every", "agents.maker  BTC.every=1s", "agents.\"maker BTC.every=1s"]
    {
        let output = run_quickstart(dir.path(), &["--set", setting]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{setting}");
        assert!(stderr(&output).starts_with("error[P"), "{setting}: {}", stderr(&output));
    }
}

#[test]
fn a_profile_is_taken_of_odd_worlds_too() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("market.toml"), MARKET).unwrap();
    for length in ["0s", "2s"] {
        let output = prism(dir.path(), &["run", "market.toml", "--quiet", "--profile", "--length", length]);
        assert_eq!(ended(&output), (Some(0), ""));
        let text = stdout(&output);
        assert!(text.starts_with("event ") && !text.contains("NaN"), "{text}");
        let args = ["run", "market.toml", "--profile", "--length", length, "--json", "-q"];
        let said = well(&prism(dir.path(), &args));
        let rows = said["profile"].as_array().unwrap();
        assert_eq!((rows.is_empty(), &said["complete"]), (length == "0s", &true.into()));
        let whole = well(&prism(dir.path(), &["run", "market.toml", "--length", length, "--json", "-q"]));
        let count = |kinds: &[&str]| -> u64 {
            let wanted = |row: &&serde_json::Value| kinds.iter().any(|kind| row["event"] == *kind);
            rows.iter().filter(wanted).map(|row| row["count"].as_u64().unwrap()).sum()
        };
        let requests = count(&["new order", "cancel", "reduce", "replace"]);
        assert_eq!(requests, whole["requests"].as_u64().unwrap(), "{said}");
    }
    assert_eq!(names(Path::new(dir.path())), ["market.toml"]);
}

/// A price off the tick is one problem, not one for every size that is measured in money.
#[test]
fn a_previous_close_off_the_tick_is_one_problem() {
    let dir = tempfile::tempdir().unwrap();
    let text = fs::read_to_string("scenarios/quickstart.toml").unwrap();
    for (written, wrong) in
        [("start = \"64000\"", "start = \"64000.05\""), ("start = \"64000\"", "start = \"dear\"")]
    {
        assert!(text.contains(written));
        fs::write(dir.path().join("market.toml"), text.replace(written, wrong)).unwrap();
        let output = prism(dir.path(), &["check", "market.toml"]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(stderr(&output).matches("error[").count(), 1, "{}", stderr(&output));
    }
}
