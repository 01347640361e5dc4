//! The JSON Schema and the reader agree: what the reader takes, the schema allows, and a misspelt key fails
//! in both.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

#[path = "support/json_schema.rs"]
mod support;

use std::sync::Arc;

use prism::scenario::{Loader, Registry, Scenario, json_schema};
use regex_lite::Regex;
use support::{as_json, validate};

fn check(text: &str) -> Result<(), String> {
    let schema = json_schema(&Registry::builtin());
    validate(&schema, &as_json(text).unwrap(), &schema)
}

/// Every key of every section, and every way to write a value.
const EVERY_KEY: &str = r#"
schema = 1
run = { seed = 7, length = "1.5 h", start = "2000-01-03T00:00:00Z", ties = "random", consolidated = "500us", series = "all" }
[[symbol]]
name = "ACME"
tick = "0.01"
lot = 1
currency = "USD"
start = "100.00"
value = { law = "ornstein_uhlenbeck", start = "10000 ticks", theta = "101.00 USD", k = 1e-5, sigma = "1.3 ticks/sqrt(s)", dt = "50ms" }
[[symbol]]
name = "BETA"
value = { law = "geometric_brownian", drift = 0, sigma = 1e-4 }
[[venue]]
name = "XPRM"
kind = "exchange"
self_trade = "decrement"
symbols = ["ACME", "BETA"]
fees = { maker = "-0.2 bp", taker = "0.05 %" }
depth = 5
gateway = { service = "10us", limit = 500, window = "3 s", exempt_cancels = true, max_queue = 0 }
[link]
colo = { order = "5us", feed = "5us" }
retail = { order = { law = "lognormal", base = "1ms", median = "20ms", sigma = 0.4 }, report = { law = "fixed", delay = "1ms" }, feed = { law = "fixed", delay = "1ms" } }
[[agents]]
kind = "abides_noise"
name = "noise"
count = 1000
link = "retail"
wakes = { poisson = "1min" }
books = ["ACME", "BETA@XPRM"]
informed = false
size = "uniform"
size_min = "200 USD"
size_max = "50 lots"
repeat = true
rate = "every 20s"
session = "6.5h"
[[agents]]
kind = "ladder_mm"
count = 2
link = "colo"
wakes = "own"
window = "0.05 USD"
min_size = 5
size_skew = "0.1 1/lot"
[[sink]]
kind = "csv"
path = "tables"
tables = ["trades", "tops"]
overwrite = true
[[sink]]
kind = "ndjson"
path = "-"
tables = "all"
"#;

#[test]
fn what_ships_is_allowed() {
    for path in ["calm", "quickstart", "million", "bench/mixed"] {
        let text = std::fs::read_to_string(format!("scenarios/{path}.toml")).unwrap();
        check(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        check(&Scenario::parse(&text, path).unwrap().expanded())
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[test]
fn every_key_is_known_to_both() {
    let text = EVERY_KEY;
    let loader = Loader::new(Arc::new(Registry::builtin()));
    let scenario = loader.parse(text, "every_key").unwrap_or_else(|report| panic!("{report}"));
    check(text).unwrap();
    check(&scenario.expanded()).unwrap();
    // Every key that the schema knows, of sections without kinds, stands in this text.
    let schema = json_schema(&Registry::builtin());
    let keys = |pointer: &str| {
        schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let mut known = keys("/properties");
    known.extend(keys("/properties/run/properties"));
    known.extend(keys("/properties/symbol/items/properties"));
    known.extend(keys("/properties/link/additionalProperties/properties"));
    for kind in ["venue.exchange", "agents.noise_trader", "sink.csv"] {
        known.extend(keys(&format!("/definitions/{kind}/properties")));
    }
    for key in known {
        assert!(text.contains(&key), "{key} is in the schema, and not in the text");
    }
}

/// Each `key` of the text misspelt, one at a time: neither the reader nor the schema takes it.
#[test]
fn no_misspelt_key_is_taken() {
    let text = EVERY_KEY;
    let key = Regex::new(r"(?m)(^|[{,] )([a-z_]+) = ").unwrap();
    let mut tried = 0;
    for found in key.captures_iter(text) {
        let at = found.get(2).unwrap();
        if ["colo", "retail"].contains(&at.as_str()) {
            continue; // names
        }
        let wrong = format!("{}x{}", &text[..at.end()], &text[at.end()..]);
        assert!(Scenario::parse(&wrong, "wrong").is_err(), "the reader takes {}x", at.as_str());
        assert!(check(&wrong).is_err(), "the schema takes {}x", at.as_str());
        tried += 1;
    }
    assert!(tried > 60, "{tried}");
}
