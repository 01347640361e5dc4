//! A small JSON Schema validator: it knows the keywords that PRISM's schemas use, and refuses others.

#![allow(clippy::unwrap_used, unreachable_pub)] // a test that cannot go on fails; a module of several tests

use regex_lite::Regex;
use serde_json::{Value, json};

/// Every key of every section, and every way to write a value.
pub(crate) const EVERY_KEY: &str = r#"# é
schema = 1
run = { seed = 7, length = "1.5 h", start = 2000-01-03T00:00:00Z, ties = "random", consolidated = "500us", series = "all" }
[[symbol]]
name = "ÄCME"
tick = "0.01"
lot = 1
currency = "USD"
start = "100.00"
value = { law = "ornstein_uhlenbeck", start = "10000 ticks", theta = "101.00 USD", k = 1e-5, sigma = "1.3 ticks/sqrt(s)", dt = "50ms" }
[[symbol]]
name = "BTC USDT"
value = { law = "geometric_brownian", drift = 0, sigma = 1e-4 }
[[venue]]
name = "XPRM"
kind = "exchange"
self_trade = "decrement"
matching = "pro_rata"
min_allocation = 2
symbols = ["ÄCME", "BTC USDT"]
fees = { maker = "-0.2 bp", taker = "0.05 %" }
depth = 5
gateway = { service = "10us", limit = 500, window = "3 s", exempt_cancels = true, max_queue = 0 }
[[venue]]
name = "XTWO"
kind = "exchange"
symbols = ["BTC USDT"]
matching = "fifo_pro_rata"
fifo_share = 40
fees = { maker_per_lot = "-0.002", taker_per_lot = 0.003, tiers = [ { from = 1000, taker = "0.1 bp" }, { from = 5_000, taker_per_lot = 0 } ] }
initial_margin = "50 %"
maintenance_margin = 25
collateral = "100000.00"
short_pool = 5_000
short_test = "alternative_uptick"
short_fall = "10 %"
exempt = ["ladder_mm"]
phases = "pre_open 7:30, opening 8:50, continuous 9:00, closing 17:30, closed 17:35"
day_length = "24h"
clock = "8:45"
random_end = "30s"
auction_prices = "ticks"
auction_tie = "reference"
auction_allocation = "pro_rata"
collar = "500 bp"
collar_extension = "5min"
collar_extensions = 3
volatility_call = "2min"
volatility_random_end = "30s"
halted = "collect"
band_width = 1000
band_window = "5min"
band_moves = 100
band_patience = "15s"
band_pause = "5min"
beyond = "reject"
dynamic_corridor = 100
static_corridor = "300 bp"
breaker_levels = "700 15min, 1300 15min, 2000 day"
breaker_last = "15:25"
[[venue]]
name = "XTHREE"
kind = "exchange"
symbols = ["BTC USDT"]
matching = "lead_maker"
lead_makers = ["ladder_mm", "noise"]
lead_share = 30
initial_margin_per_lot = 12_000
maintenance_margin_per_lot = "11000.5"
collateral = 50000
[[venue]]
name = "XUS"
kind = "exchange"
symbols = ["BTC USDT"]
day = "us_equities"
bands = "luld_1"
breaker = "us"
protect = "500us"
tick_table = "1000 5"
round_lot = 100
odd_lots = false
[[venue]]
name = "XBATCH"
kind = "batch_auction"
symbols = ["BTC USDT"]
batch = "250ms"
[[venue]]
name = "XCALL"
kind = "call_market"
symbols = ["BTC USDT"]
call_every = "1h"
[link]
colo = { order = "5us", feed = "5us" }
retail = { order = { law = "lognormal", base = "1ms", median = "20ms", sigma = 0.4 }, report = { law = "fixed", delay = "1ms" }, feed = { law = "fixed", delay = "1ms" } }
[[agents]]
kind = "abides_noise"
name = "noise"
count = 1000
link = "retail"
wakes = { poisson = "1min" }
books = ["ÄCME", "BTC USDT@XPRM"]
informed = false
size = "uniform"
size_min = "200 USD"
size_max = "50 lots"
repeat = true
rate = "every 20s"
session = "6.5h"
[[agents]]
kind = "ladder_mm"
count = 12
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

/// A TOML text as JSON; `None` where a number is beyond 64 bits.
pub fn as_json(text: &str) -> Option<Value> {
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
    let table = text.trim_start_matches('\u{feff}').parse().ok()?;
    Some(convert(toml::Value::Table(table)))
}

/// What is wrong with `value` by `schema`, whose references lead into `root`.
pub fn validate(schema: &Value, value: &Value, root: &Value) -> Result<(), String> {
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
            "maxItems" if value.as_array().is_some_and(|a| (a.len() as u64) > rule.as_u64().unwrap()) => {
                return at(format!("{value} is too long"));
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
            | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minItems" | "maxItems" => {}
            other => panic!("the keyword {other} is not known to this test"),
        }
    }
    Ok(())
}
