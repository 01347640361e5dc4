//! The JSON Schema and the reader agree: what the reader takes, the schema allows, and a misspelt key fails
//! in both. The check itself knows the keywords that the schema uses, and refuses others.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::sync::Arc;

use prism::scenario::{Loader, Registry, Scenario, json_schema};
use regex_lite::Regex;
use serde_json::{Value, json};

/// A TOML text as JSON.
fn as_json(text: &str) -> Value {
    fn convert(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => json!(text),
            toml::Value::Integer(n) => json!(n),
            toml::Value::Float(x) => json!(x),
            toml::Value::Boolean(flag) => json!(flag),
            toml::Value::Datetime(date) => json!(date.to_string()),
            toml::Value::Array(items) => items.into_iter().map(convert).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(key, value)| (key, convert(value))).collect())
            }
        }
    }
    convert(toml::Value::Table(text.trim_start_matches('\u{feff}').parse().unwrap()))
}

/// What is wrong with `value` by `schema`, whose references lead into `root`.
fn validate(schema: &Value, value: &Value, root: &Value) -> Result<(), String> {
    let at = |error: String| Err(error);
    for (keyword, rule) in schema.as_object().unwrap() {
        let number = |value: &Value| value.as_f64();
        match keyword.as_str() {
            "$ref" => {
                let path = rule.as_str().unwrap().strip_prefix('#').unwrap();
                validate(root.pointer(path).unwrap_or_else(|| panic!("{path}")), value, root)?;
            }
            "type" => {
                let is = |name: &str| match name {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("type {other}"),
                };
                let names = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !names.iter().any(|name| is(name.as_str().unwrap())) {
                    return at(format!("{value} is not {rule}"));
                }
            }
            "const" if value != rule => return at(format!("{value} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                return at(format!("{value} is not in {rule}"));
            }
            "minimum" if number(value).is_some_and(|x| x < rule.as_f64().unwrap()) => {
                return at(format!("{value} < {rule}"));
            }
            "maximum" if number(value).is_some_and(|x| x > rule.as_f64().unwrap()) => {
                return at(format!("{value} > {rule}"));
            }
            "exclusiveMinimum" if number(value).is_some_and(|x| x <= rule.as_f64().unwrap()) => {
                return at(format!("{value} <= {rule}"));
            }
            "exclusiveMaximum" if number(value).is_some_and(|x| x >= rule.as_f64().unwrap()) => {
                return at(format!("{value} >= {rule}"));
            }
            "pattern" => {
                let pattern = Regex::new(rule.as_str().unwrap()).unwrap();
                if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                    return at(format!("{value} does not match {rule}"));
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    validate(rule, item, root)?;
                }
            }
            "minItems" if value.as_array().is_some_and(|a| (a.len() as u64) < rule.as_u64().unwrap()) => {
                return at(format!("{value} is too short"));
            }
            "required" => {
                for key in rule.as_array().unwrap() {
                    if value.is_object() && value.get(key.as_str().unwrap()).is_none() {
                        return at(format!("{key} is missing"));
                    }
                }
            }
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = rule.get(key) {
                        validate(schema, inner, root).map_err(|error| format!("{key}: {error}"))?;
                    }
                }
            }
            "additionalProperties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if schema.get("properties").is_some_and(|known| known.get(key).is_some()) {
                        continue;
                    }
                    match rule {
                        Value::Bool(false) => return at(format!("{key} is not known")),
                        _ => validate(rule, inner, root).map_err(|error| format!("{key}: {error}"))?,
                    }
                }
            }
            "allOf" => {
                for one in rule.as_array().unwrap() {
                    validate(one, value, root)?;
                }
            }
            "anyOf" | "oneOf" => {
                let results: Vec<_> =
                    rule.as_array().unwrap().iter().map(|one| validate(one, value, root)).collect();
                let fitting = results.iter().filter(|result| result.is_ok()).count();
                if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
                    return at(format!("{fitting} of {keyword} fit {value}: {results:?}"));
                }
            }
            // These say nothing of values; those whose guards above did not hold are met.
            "$schema" | "title" | "description" | "default" | "definitions" | "const" | "enum"
            | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minItems" => {}
            other => panic!("the keyword {other} is not known to this test"),
        }
    }
    Ok(())
}

fn check(text: &str) -> Result<(), String> {
    let schema = json_schema(&Registry::builtin());
    validate(&schema, &as_json(text), &schema)
}

/// Every key of every section, and every way to write a value.
const EVERY_KEY: &str = r#"
schema = 1
run = { seed = 7, length = "1.5 h", start = "2000-01-03T00:00:00Z", ties = "random" }
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
symbols = ["ACME", "BETA"]
fees = { maker = "-0.2 bp", taker = "0.05 %" }
depth = 5
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
