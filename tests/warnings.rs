//! What can be run, but hardly as it was meant: told by `check`, by `run`, and in what `run` leaves behind.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod run_common;

use std::fs;

use prism::scenario::Scenario;
use prism::sinks::Manifest;
use run_common::{json, names, prism, stderr, well};

const WORLD: &str = "\
schema = 1
run = { length = \"10s\" }
[[symbol]]
name = \"ACME\"
value = { law = \"gbm\" }
[[venue]]
name = \"XPRM\"
kind = \"exchange\"
";

/// The codes of the warnings about the world with more text, in order, with the reports.
fn warned(more: &str) -> (Vec<&'static str>, String) {
    let scenario =
        Scenario::parse(&format!("{WORLD}{more}"), "a.toml").unwrap_or_else(|report| panic!("{report}"));
    let warnings = scenario.warnings();
    (warnings.located().map(|d| d.code).collect(), warnings.to_string())
}

fn group(kind: &str) -> String {
    format!("[[agents]]\nkind = \"{kind}\"\ncount = 3\n")
}

/// Runs the scenario for its length: does anybody trade?
fn trades(more: &str) -> bool {
    let scenario = Scenario::parse(&format!("{WORLD}{more}"), "a.toml").unwrap();
    let scenario = scenario.with("run.length", "1h").unwrap();
    scenario.builder().unwrap().build().unwrap().run_for(scenario.length()).unwrap().trades > 0
}

/// The warning is right: where it is given nobody trades in an hour, and where it is not somebody does.
#[test]
fn a_market_that_nobody_begins_is_reported() {
    let kinds = ["noise_trader", "momentum", "value_bayes", "zero_intelligence", "ladder_mm"];
    for mask in 1..32_usize {
        let here: Vec<&str> = (0..5).filter(|n| mask >> n & 1 == 1).map(|n| kinds[n]).collect();
        let text: String = here.iter().map(|kind| group(kind)).collect();
        let (codes, drawn) = warned(&text);
        let begun = here.contains(&"zero_intelligence") || here.contains(&"ladder_mm");
        assert_eq!(codes, if begun { vec![] } else { vec!["W0202"] }, "{here:?}\n{drawn}");
        if !begun {
            assert!(!trades(&text), "{here:?}");
            assert!(here.iter().all(|kind| drawn.contains(&format!("`{kind}`"))), "{drawn}");
        }
    }
    assert!(trades(&(group("ladder_mm") + &group("value_bayes"))));
    // A maker without members begins nothing.
    let (codes, _) = warned(&(group("value_bayes") + &group("ladder_mm").replace('3', "0")));
    assert_eq!(codes, ["W0202"]);
}

#[test]
fn what_it_says_of_each_group() {
    let (_, drawn) = warned(&(group("noise_trader") + &group("value_bayes")));
    assert!(
        drawn.starts_with("warning[W0202]: nobody begins a market in `ACME`\n --> a.toml:4:8\n"),
        "{drawn}"
    );
    let note =
        "note: `noise_trader`: only what others offer is taken; `value_bayes`: orders rest once others quote";
    assert!(drawn.ends_with(note), "{drawn}");
}

/// Where it is given, every order is refused, and the summary says so; at the limit it is not.
#[test]
fn orders_that_no_venue_takes_are_reported_and_counted() {
    let maker = |size: &str| group("ladder_mm") + &format!("min_size = \"{size}\"\n");
    let value =
        group("value_bayes") + "size_min = \"1000000000000000 lots\"\nsize_max = \"1000000000000000 lots\"\n";
    // 2^53 units of the currency, at 10,000 ticks of one unit.
    for (text, codes) in [
        (maker("1000000000000000 lots"), vec!["W0207"]),
        (maker("900719925475 lots"), vec!["W0207"]),
        (maker("900719925474 lots"), vec![]),
        (
            maker("1000000000000000 lots").replace("count = 3", "count = 0") + &group("zero_intelligence"),
            vec![],
        ),
        (maker("10 lots") + &value, vec!["W0207"]),
        (value.clone() + "size = \"mixture\"\n" + &maker("10 lots"), vec![]),
    ] {
        let (found, drawn) = warned(&text);
        assert_eq!(found, codes, "{text}\n{drawn}");
    }
    let (_, drawn) = warned(&maker("1000000000000000 lots"));
    assert!(
        drawn.starts_with("warning[W0207]: the orders of `ladder_mm` are too large for `ACME`"),
        "{drawn}"
    );
    assert!(drawn.contains("they have 1000000000000000 lots at least"), "{drawn}");

    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("dead.toml"), format!("{WORLD}{}", maker("1000000000000000 lots"))).unwrap();
    let run = prism(dir.path(), &["run", "dead.toml", "--json"]);
    let group = &json(&run)["groups"][0];
    assert!(group["orders"].as_u64().unwrap() > 0, "{group}");
    assert_eq!(group["refused"], serde_json::json!({ "bad_qty": group["orders"] }));
    let run = prism(dir.path(), &["run", "dead.toml"]);
    let told = run_common::stdout(&run);
    assert!(told.contains("\n\nrefused: ") && told.ends_with(" bad qty\n"), "{told}");
}

#[test]
fn tables_that_stay_empty_are_reported_where_they_are_named() {
    let maker = group("ladder_mm");
    let sink = |tables: &str| format!("{maker}[[sink]]\nkind = \"csv\"\npath = \"x\"\ntables = {tables}\n");
    let (codes, drawn) = warned(&sink("[\"trades\", \"depth\", \"series\"]"));
    assert_eq!(codes, ["W0206", "W0206"]);
    assert!(drawn.contains("--> a.toml:15:21"), "{drawn}");
    assert!(drawn.contains("such as `depth = 10`"), "{drawn}");
    assert_eq!(warned(&sink("\"depth\"")).0, ["W0206"]);
    assert_eq!(warned(&sink("\"values\"")).0, Vec::<&str>::new(), "there is a law");
    assert_eq!(warned(&sink("[\"depth\", \"all\"]")).0, Vec::<&str>::new());
    assert_eq!(warned(&sink("\"all\"")).0, Vec::<&str>::new(), "all means what there is");
    let scenario = Scenario::parse(&format!("{WORLD}{}", sink("\"depth\"")), "a.toml").unwrap();
    assert!(scenario.with("venue.XPRM.depth", 1).unwrap().warnings().is_empty());
    let plain = WORLD.replace("value = { law = \"gbm\" }\n", "");
    let without = Scenario::parse(&format!("{plain}{}", sink("\"values\"")), "a.toml").unwrap();
    assert!(without.warnings().to_string().contains("no symbol has a law of value"));

    let day = "[\"phases\", \"indicative\", \"liquidations\"]";
    let (codes, drawn) = warned(&sink(day));
    assert_eq!(codes, ["W0206"; 3]);
    assert!(
        drawn.contains("no venue has a trading day") && drawn.contains("no venue asks for margin"),
        "{drawn}"
    );
    let scenario = Scenario::parse(&format!("{WORLD}{}", sink(day)), "a.toml").unwrap();
    let scenario = scenario.with("venue.XPRM.band_width", 300).unwrap();
    assert_eq!(scenario.warnings().diagnostics.len(), 1, "bands can halt a market");
    let scenario = scenario.with("venue.XPRM.collateral", 1000).unwrap_err();
    assert!(scenario.to_string().contains("initial_margin"), "{scenario}");
}

#[test]
fn the_tables_of_a_folder_are_looked_at_too() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.toml"), format!("{WORLD}{}", group("ladder_mm"))).unwrap();
    let output = prism(dir.path(), &["run", "a.toml", "--out", "out", "--tables", "trades, depth", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let told = stderr(&output);
    assert!(
        told.starts_with("warning[W0206]: the table `depth` stays empty: no venue records depth\n"),
        "{told}"
    );
    assert!(told.contains("--> command line:1:18"), "{told}");
    assert_eq!(json(&output)["warnings"][0]["code"], "W0206");
    let quiet = prism(dir.path(), &["run", "a.toml", "--out", "two", "--tables", "depth", "--quiet"]);
    assert_eq!((quiet.status.code(), stderr(&quiet)), (Some(0), ""));
    for typed in ["all", "depth,all", "all,depth"] {
        well(&prism(
            dir.path(),
            &["run", "a.toml", "--out", "three", "--force", "--tables", typed, "--json"],
        ));
    }
    for typed in ["", " , "] {
        let none = prism(dir.path(), &["run", "a.toml", "--out", "none", "--tables", typed]);
        assert_eq!(none.status.code(), Some(2), "{typed:?}");
        assert!(stderr(&none).starts_with("error[P0111]: no table is named\n"), "{}", stderr(&none));
    }
    assert_eq!(names(dir.path()), ["a.toml", "out", "three", "two"]);
}

/// Nobody trades, so there is no trend to follow.
#[test]
fn a_group_that_did_nothing_has_a_number_and_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("{WORLD}{}{}wakes = \"own\"\n", group("ladder_mm"), group("momentum"));
    fs::write(dir.path().join("a.toml"), text).unwrap();
    let output = prism(dir.path(), &["run", "a.toml", "--out", "out"]);
    let told = stderr(&output);
    assert!(
        told.starts_with("warning[W0301]: group \"momentum\" keeps its own time and sent nothing"),
        "{told}"
    );
    assert!(told.contains("\nhelp: leave out `wakes`"), "{told}");
    assert_eq!(prism(dir.path(), &["explain", "W0301"]).status.code(), Some(0));

    let output = prism(dir.path(), &["run", "a.toml", "--json"]);
    let said = json(&output);
    assert_eq!(stderr(&output), told, "warnings go to stderr, whatever is asked for");
    let warning = &said["warnings"][0];
    assert_eq!((&warning["code"], &warning["source"]), (&"W0301".into(), &serde_json::Value::Null));
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("out/summary.json")).unwrap()).unwrap();
    assert_eq!(summary["warnings"], said["warnings"]);
    let manifest = Manifest::read(&dir.path().join("out")).unwrap();
    assert_eq!(manifest.warnings.len(), 1);
    assert!(manifest.warnings[0].starts_with("W0301: group \"momentum\""), "{:?}", manifest.warnings);
    assert_eq!(prism(dir.path(), &["verify", "out"]).status.code(), Some(0));
}

#[test]
fn what_check_says_is_in_the_summary_as_well() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.toml"), format!("{WORLD}{}", group("noise_trader"))).unwrap();
    let checked = json(&prism(dir.path(), &["check", "a.toml", "--json"]));
    let output = prism(dir.path(), &["run", "a.toml", "--out", "out", "--json"]);
    let said = json(&output);
    assert_eq!(said["warnings"][0], checked["warnings"][0]);
    assert_eq!((&said["warnings"][0]["code"], &said["warnings"][0]["line"]), (&"W0202".into(), &4.into()));
    assert_eq!(said["warnings"][1]["code"], "W0301", "and then nobody did anything");
    assert_eq!(stderr(&output).matches("warning[").count(), 2, "each is told once");
}
