//! The command as people and scripts use it: streams, exit status, JSON, help.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn prism(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prism"));
    command.args(args).env_remove("NO_COLOR").env("TERM", "xterm");
    command
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// Succeeds without a word on stderr; what it printed.
fn well(args: &[&str]) -> String {
    let output = prism(args);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""), "{args:?}");
    stdout(&output).to_owned()
}

fn json(args: &[&str]) -> Value {
    let text = well(args);
    assert_eq!(text.matches('\n').count(), 1, "one object on one line");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn check_says_what_it_checked() {
    let said = well(&["check", "scenarios/calm.toml"]);
    assert!(said.starts_with("scenarios/calm.toml: nothing wrong · ACME on XPRM"), "{said}");
    assert_eq!(well(&["check", "scenarios/calm.toml", "--quiet"]), "");
    let expanded = well(&["check", "scenarios/calm.toml", "--expanded", "--seed", "11", "--length", "10min"]);
    assert!(expanded.contains("seed = 11\nlength = \"10min\"\n"), "{expanded}");
}

#[test]
fn a_wrong_scenario_is_one_report_and_status_2() {
    let output = prism(&["check", "tests/diagnostics/two_problems.toml"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    let wanted = std::fs::read_to_string("tests/diagnostics/two_problems.txt").unwrap();
    let said = format!("{wanted}\n2 problems in tests/diagnostics/two_problems.toml\n");
    assert_eq!(stderr(&output), said);
    // Quiet keeps errors, and silences warnings.
    let output = prism(&["--quiet", "check", "tests/diagnostics/two_problems.toml"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(2), said.as_str()));
    let unused = ["check", "scenarios/calm.toml", "--set", "agents.makers.link=retail"];
    let warned = prism(&unused);
    assert_eq!(warned.status.code(), Some(0));
    assert!(
        stderr(&warned).starts_with("warning[W0204]: nobody uses the link `colo`"),
        "{}",
        stderr(&warned)
    );
    assert_eq!(well(&[&["--quiet"], &unused[..]].concat()), "");
    for path in [
        "scenarios/none.toml",
        "scenarios",
        "tests/diagnostics/not_utf8.toml",
        "tests/diagnostics/syntax.toml",
    ] {
        assert_eq!(prism(&["check", path]).status.code(), Some(2), "{path}");
    }
}

#[test]
fn check_as_json() {
    let good = json(&["check", "scenarios/calm.toml", "--json"]);
    assert_eq!((&good["ok"], &good["agents"], &good["seed"]), (&true.into(), &1022.into(), &7.into()));
    assert_eq!(good["hash"].as_str().unwrap().len(), 16);
    let output = prism(&["check", "tests/diagnostics/two_problems.toml", "--json"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(2), ""));
    let bad: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(bad["ok"], false);
    let errors = bad["errors"].as_array().unwrap();
    let places: Vec<_> =
        errors.iter().map(|e| (e["code"].as_str().unwrap(), e["line"].as_u64().unwrap())).collect();
    assert_eq!(places, [("P0108", 19), ("P0201", 20)]);
    assert_eq!(errors[1]["help"], "a similar name exists: `retail`");
    assert_eq!(errors[1]["fix"], "\"retail\"");
}

#[test]
fn lists_are_the_registry() {
    for (what, kind) in
        [("agents", "noise_trader"), ("values", "gbm"), ("latency", "lognormal"), ("venues", "exchange")]
    {
        assert!(well(&["list", what]).contains(kind), "{what}");
        let list = json(&["list", what, "--json"]);
        let entries = list[what].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["kind"] == kind).unwrap();
        for key in ["number", "preset_of", "doc", "cites"] {
            assert!(entry.get(key).is_some(), "{what}: {key}");
        }
    }
    let agents = json(&["list", "agents", "--json"]);
    let entries = agents["agents"].as_array().unwrap();
    let of = |kind: &str| entries.iter().find(|entry| entry["kind"] == kind).unwrap();
    assert_eq!((&of("noise_trader")["number"], &of("noise_trader")["preset_of"]), (&5.into(), &Value::Null));
    assert_eq!(
        (&of("zi_c")["number"], &of("zi_c")["preset_of"]),
        (&Value::Null, &"zero_intelligence".into())
    );
}

#[test]
fn kinds_are_listed_with_the_keys_of_their_section() {
    let text = well(&["list", "venues"]);
    for part in [
        "  depth                       count   0           ≥ 0, ≤ 65535 ",
        "  fees.maker                  %       0 %         > -100, < 100",
        "  self_trade                  choice  allow       allow | cancel_newest",
        "  matching                    choice  price_time  price_time | pro_rata | fifo_pro_rata",
        "  symbols ",
        "  gateway.service             span    0s          ≥ 0s ",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let list = json(&["list", "venues", "--json"]);
    let parameters = list["venues"][0]["parameters"].as_array().unwrap();
    let depth = parameters.iter().find(|parameter| parameter["name"] == "depth").unwrap();
    assert_eq!((&depth["unit"], &depth["default"]), (&"count".into(), &0.into()));
    assert_eq!(depth["most"], serde_json::json!({ "value": 65535.0, "allowed": true }));
    assert!(well(&["list", "sinks"]).matches("  tables ").count() >= 3);
    let kind = json(&["agents", "value_bayes", "--json"]);
    assert_eq!((&kind["liquidity"], &kind["series"]), (&"joins".into(), &serde_json::json!([])));
    assert_eq!(kind["common"].as_array().unwrap().len(), 6);
    assert!(well(&["agents", "noise_trader"]).contains("Liquidity\n  only takes what others offer\n"));
}

#[test]
fn one_kind_with_everything_about_it() {
    let text = well(&["agents", "noise_trader"]);
    for part in
        ["Number 5", "Rule\n", "Parameters", "size_min", "≥ 1", "uniform | mixture", "Presets\n", "Papers\n"]
    {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let kind = json(&["agents", "noise_trader", "--json"]);
    let rate = kind["parameters"].as_array().unwrap().iter().find(|p| p["name"] == "rate").unwrap();
    assert_eq!((&rate["unit"], &rate["default"]), (&"1/s".into(), &1e-4.into()));
    assert_eq!(rate["least"], serde_json::json!({ "value": 1e-6, "allowed": true }));
    let preset = json(&["agents", "zi_u", "--json"]);
    assert_eq!((&preset["kind"], &preset["preset_of"]), (&"zi_u".into(), &"zero_intelligence".into()));
    let output = prism(&["agents", "noise_tradr"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("a similar name exists: `noise_trader`"));
}

#[test]
fn every_code_is_explained() {
    assert!(well(&["explain", "p0103"]).starts_with("# P0103: "));
    assert!(well(&["explain"]).lines().count() > 30);
    let output = prism(&["explain", "P0193"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
}

#[test]
fn usage_errors_are_status_2_and_help_is_a_result() {
    for args in [&["chck"][..], &[], &["check"], &["check", "a", "--no-such-flag"], &["list", "nothing"]] {
        let output = prism(args);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{args:?}");
        assert!(!stderr(&output).is_empty());
    }
    assert!(
        well(&["--version"])
            .starts_with(&format!("prism {} (schemas: scenario 1, ", env!("CARGO_PKG_VERSION")))
    );
    assert!(well(&["--help"]).contains("Commands:"));
}

#[test]
fn every_command_has_help_with_an_example_that_works() {
    let help = well(&["--help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert!(commands.len() >= 7, "{commands:?}");
    for name in commands {
        let help = well(&[name, "--help"]);
        let examples: Vec<&str> =
            help.lines().filter_map(|line| line.trim().strip_prefix("prism ")).collect();
        let examples: Vec<_> = examples.iter().filter(|line| !line.contains('>')).collect();
        assert!(!examples.is_empty(), "{name} shows no example\n{help}");
        if matches!(name, "run" | "verify" | "export" | "replay") {
            continue; // longer than a test of the command line should take; they have tests of their own
        }
        for example in examples {
            let args: Vec<&str> = example.split_whitespace().collect();
            assert_eq!(prism(&args).status.code(), Some(0), "prism {example}");
        }
    }
}

#[test]
fn completions_and_manual_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(well(&["completions", shell]).contains("check"), "{shell}");
    }
    assert!(well(&["man"]).contains(".TH prism 1"));
    assert!(well(&["man", "check"]).contains("expanded"));
    assert_eq!(prism(&["man", "nothing"]).status.code(), Some(2));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    // Before the first byte, and after the first line of a long text.
    for (args, lines) in [
        (&["schema", "scenario"][..], 0),
        (&["schema", "scenario"], 1),
        (&["--help"], 0),
        (&["list", "agents", "--json"], 0),
    ] {
        let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
        for _ in 0..lines {
            reader.read_line(&mut String::new()).unwrap();
        }
        drop(reader);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn no_colour_away_from_a_terminal() {
    let output = prism(&["check", "tests/diagnostics/two_problems.toml"]);
    assert!(!stderr(&output).contains('\u{1b}'));
    assert!(!stdout(&prism(&["--help"])).contains('\u{1b}'));
}

/// A terminal is made by `script`, where it is installed.
#[test]
fn colour_on_a_terminal_unless_no_color_is_set() {
    let on_terminal = |no_color: &str| {
        let line = format!("{} check tests/diagnostics/two_problems.toml", env!("CARGO_BIN_EXE_prism"));
        Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .env("TERM", "xterm")
            .env("NO_COLOR", no_color)
            .stdin(Stdio::null())
            .output()
    };
    let Ok(output) = on_terminal("") else {
        eprintln!("skipped: `script` is not installed");
        return;
    };
    assert!(stdout(&output).contains("\u{1b}["), "{}", stdout(&output));
    assert!(!stdout(&on_terminal("1").unwrap()).contains('\u{1b}'));
}
