//! The JSON Schema of scenario files, for editors: sections and keys of schema 1, and the parameters of every
//! registered kind.

use prism_core::sink::Table;
use prism_core::spec::{Param, Unit};
use serde_json::{Map, Value, json};

use super::check::SCHEMA;
use super::keys;
use super::registry::{Kind, Kinds, Registry};

/// The JSON Schema (draft 7, which editors of TOML know) of scenarios that name kinds of `registry`.
pub fn json_schema(registry: &Registry) -> Value {
    let mut definitions = Map::new();
    definitions.insert(
        "span".into(),
        json!({
            "type": "string",
            "pattern": r"^\s*[-+]?[0-9._]+\s*(ns|us|µs|ms|s|min|h|d)\s*$",
            "description": "a span of time with its unit, such as \"100ms\""
        }),
    );
    definitions.insert(
        "decimal".into(),
        json!({
            "type": ["string", "number"],
            "pattern": r"^[-+]?[0-9._]+$",
            "description": "an exact decimal number, such as \"0.01\""
        }),
    );
    definitions.insert(
        "fee".into(),
        json!({
            "type": "string",
            "pattern": r"^\s*[-+]?[0-9._]+\s*(bp|%)\s*$",
            "description": "a share of the traded value, such as \"0.5 bp\"; negative for a rebate"
        }),
    );
    let mut kinds =
        |section: &str, key: &str, common: &Map<String, Value>, required: &[&str], all: Vec<Named>| {
            let mut choices = Vec::new();
            for named in all {
                let name = format!("{section}.{}", named.kind);
                definitions.insert(name.clone(), named.schema(key, common, required));
                choices.push(json!({ "$ref": format!("#/definitions/{name}") }));
            }
            json!({ "oneOf": choices })
        };
    let none = Map::new();
    let value = kinds("value", "law", &none, &["law"], named(registry.values()));
    let latency = kinds("latency", "law", &none, &["law"], named(registry.latencies()));
    let venue = kinds("venue", "kind", &venue_keys(), &["name", "kind"], named(registry.venues()));
    let agents = kinds("agents", "kind", &agent_keys(), &["kind"], named(registry.agents()));
    let sink = kinds("sink", "kind", &sink_keys(), &["kind"], named(registry.sinks()));
    let delay = json!({ "anyOf": [{ "$ref": "#/definitions/span" }, latency] });
    let link = object(
        &properties(&[
            ("order", "delay from agent to venue", delay.clone()),
            ("report", "delay of reports from venue to agent; like `order` when not given", delay.clone()),
            ("feed", "delay of public data from venue to agent; constant", delay),
        ]),
        &["order", "feed"],
    );
    let list = |items: Value| json!({ "type": "array", "items": items });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("PRISM scenario, schema {SCHEMA}"),
        "type": "object",
        "properties": {
            "schema": { "const": SCHEMA, "description": "the number of the schema" },
            "run": object(&run_keys(registry), &["length"]),
            "symbol": list(object(&symbol_keys(value), &["name"])),
            "venue": list(venue),
            "link": { "type": "object", "additionalProperties": link },
            "agents": list(agents),
            "sink": list(sink),
        },
        "required": ["schema", "run", "symbol", "venue"],
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// What a schema needs of a kind of any sort.
struct Named {
    kind: &'static str,
    doc: &'static str,
    names: Vec<&'static str>,
    params: &'static [Param],
}

fn named<M>(kinds: &Kinds<M>) -> Vec<Named> {
    let of = |kind: &Kind<M>| Named {
        kind: kind.kind,
        doc: kind.doc,
        names: std::iter::once(kind.kind).chain(kind.presets.iter().map(|(name, _)| *name)).collect(),
        params: kind.params,
    };
    kinds.iter().map(of).collect()
}

impl Named {
    fn schema(&self, key: &str, common: &Map<String, Value>, required: &[&str]) -> Value {
        let mut keys = Map::new();
        keys.insert(key.to_owned(), json!({ "enum": self.names, "description": self.doc }));
        keys.extend(common.clone());
        keys.extend(self.params.iter().map(|param| (param.name.to_owned(), parameter(param))));
        object(&keys, required)
    }
}

fn object(keys: &Map<String, Value>, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": keys, "required": required, "additionalProperties": false })
}

fn properties(keys: &[(&str, &str, Value)]) -> Map<String, Value> {
    let describe = |(key, doc, schema): &(&str, &str, Value)| {
        let mut schema = schema.clone();
        schema["description"] = json!(doc);
        ((*key).to_owned(), schema)
    };
    keys.iter().map(describe).collect()
}

/// Properties that are described in a list of keys.
fn described(keys: &[Param], schemas: &[(&str, Value)]) -> Map<String, Value> {
    let all: Vec<_> =
        schemas.iter().map(|(key, schema)| (*key, keys::doc(keys, key), schema.clone())).collect();
    properties(&all)
}

/// The schema of one parameter.
fn parameter(param: &Param) -> Value {
    let mut number = json!({ "type": "number" });
    if let Some((least, itself)) = param.least {
        number[if itself { "minimum" } else { "exclusiveMinimum" }] = json!(least);
    }
    if let Some((most, itself)) = param.most {
        number[if itself { "maximum" } else { "exclusiveMaximum" }] = json!(most);
    }
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let (mut schema, unit) = match param.unit {
        Unit::Number => (number, ""),
        Unit::Count => {
            number["type"] = json!("integer");
            (number, "")
        }
        Unit::Ticks => (
            json!({ "anyOf": [number, text(r"^\s*[-+]?[0-9._]+\s*[^0-9\s]")] }),
            "ticks, or a text with bp or the currency",
        ),
        Unit::Price => (text(r"^\s*[-+]?[0-9._]+\s*([^0-9\s].*)?$"), "a price in the currency, or in ticks"),
        Unit::Lots => {
            number["type"] = json!("integer");
            (
                json!({ "anyOf": [number, text(r"^\s*[0-9._]+\s*[^0-9\s]")] }),
                "lots, or an amount in the currency",
            )
        }
        Unit::Span => (json!({ "$ref": "#/definitions/span" }), "a span of time"),
        Unit::Rate => (
            json!({ "anyOf": [number, text(r"^\s*(every\s|[0-9._]+\s*(/s|1/s))")] }),
            "1/s, or \"every 20s\"",
        ),
        Unit::Of(unit) => (json!({ "anyOf": [number, text(r"^\s*[-+]?[0-9._]+\s*[^0-9\s]")] }), unit),
        Unit::Flag => (json!({ "type": "boolean" }), ""),
        Unit::Money => {
            (json!({ "anyOf": [number, text(r"^\s*[-+]?[0-9._]+\s*$")] }), "in the symbol's currency")
        }
        Unit::Groups => (json!({ "type": "array", "items": { "type": "string" } }), "names of groups"),
        Unit::Choice(words) => (json!({ "enum": words }), ""),
        Unit::Text => (json!({ "type": "string" }), ""),
        Unit::Path => (json!({ "type": "string" }), "a path, from the folder of the scenario"),
    };
    let doc = if unit.is_empty() { param.doc.to_owned() } else { format!("{} ({unit})", param.doc) };
    if schema.get("$ref").is_some() {
        schema = json!({ "allOf": [schema] }); // in draft 7 nothing may stand beside a reference
    }
    schema["description"] = json!(doc);
    if let Some(default) = param.default {
        schema["default"] = default_of(param.unit, default);
    }
    schema
}

/// A default as JSON.
pub(crate) fn default_of(unit: Unit, text: &str) -> Value {
    match unit {
        Unit::Flag => json!(text == "true"),
        Unit::Number | Unit::Count | Unit::Ticks | Unit::Lots | Unit::Rate | Unit::Money | Unit::Of(_) => {
            match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(n), _) => json!(n),
                (_, Ok(x)) => json!(x),
                _ => json!(text),
            }
        }
        _ => json!(text),
    }
}

fn run_keys(registry: &Registry) -> Map<String, Value> {
    let mut names: Vec<&str> =
        registry.agents().iter().flat_map(|kind| kind.make.series.iter().map(|series| series.name)).collect();
    names.sort_unstable();
    names.dedup();
    let list = match names.as_slice() {
        [] => json!({ "type": "array", "maxItems": 0 }), // no kind emits any
        names => json!({ "type": "array", "items": { "enum": names } }),
    };
    properties(&[
        (
            "seed",
            "the root of all random streams; 0 when not given",
            json!({ "type": "integer", "minimum": 0 }),
        ),
        ("length", "how long it runs", json!({ "allOf": [{ "$ref": "#/definitions/span" }] })),
        (
            "start",
            "the date and time in UTC that t = 0 stands for; its time is the `clock` of venues that say none and whose day has \
             times of the clock",
            json!({ "default": "2000-01-03T00:00:00Z" }),
        ),
        (
            "ties",
            "the order of requests that reach a venue at the same instant",
            json!({ "enum": ["fifo", "random"], "default": "fifo" }),
        ),
        (
            "consolidated",
            "how late agents see the best prices of each symbol over all of its venues; no such feed when not given",
            json!({ "allOf": [{ "$ref": "#/definitions/span" }] }),
        ),
        (
            "series",
            "the series of numbers of agents that are recorded, or all that they emit; none when not given",
            json!({ "anyOf": [{ "const": "all" }, list] }),
        ),
    ])
}

fn symbol_keys(value: Value) -> Map<String, Value> {
    let decimal = json!({ "allOf": [{ "$ref": "#/definitions/decimal" }] });
    let with = |default: &str| {
        let mut schema = decimal.clone();
        schema["default"] = json!(default);
        schema
    };
    properties(&[
        ("name", "the ticker", json!({ "type": "string" })),
        ("tick", "the smallest price step, in the currency", with("0.01")),
        ("lot", "the smallest quantity, in units of the instrument", with("1")),
        ("currency", "what it is priced and paid in", json!({ "type": "string", "default": "USD" })),
        (
            "start",
            "the previous close; the start of its law of value when not given, else 100",
            json!({ "type": "string" }),
        ),
        ("value", "its law of fundamental value", value),
    ])
}

fn venue_keys() -> Map<String, Value> {
    let fee = |key| {
        let mut fee = json!({ "allOf": [{ "$ref": "#/definitions/fee" }] });
        fee["description"] = json!(keys::doc(keys::VENUE, key));
        fee
    };
    let own = |key: &Param| Some((key.name.strip_prefix("fees.")?.to_owned(), parameter(key)));
    let mut rates: Map<String, Value> = keys::VENUE.iter().filter_map(own).collect();
    rates.insert("maker".to_owned(), fee("fees.maker"));
    rates.insert("taker".to_owned(), fee("fees.taker"));
    rates.insert("auction".to_owned(), fee("fees.auction"));
    rates.remove("tiers");
    let mut tier = rates.clone();
    tier.retain(|key, _| !key.starts_with("auction"));
    tier.insert(
        "from".to_owned(),
        json!({ "type": "integer", "minimum": 1, "description": "lots traded from which on it holds" }),
    );
    let mut tiers = json!({ "type": "array", "items": object(&tier, &["from"]) });
    tiers["description"] = json!(keys::doc(keys::VENUE, "fees.tiers"));
    let mut fees = rates;
    fees.insert("tiers".to_owned(), tiers);
    let mut all = described(
        keys::VENUE,
        &[
            ("name", json!({ "type": "string" })),
            ("symbols", json!({ "type": "array", "items": { "type": "string" } })),
            ("depth", json!({ "type": "integer", "minimum": 0, "maximum": 65535, "default": 0 })),
        ],
    );
    let mut fees = object(&fees, &[]);
    fees["description"] = json!("what trades cost; nothing when not given");
    all.insert("fees".to_owned(), fees);
    let own = |key: &Param| Some((key.name.strip_prefix("gateway.")?.to_owned(), parameter(key)));
    let mut gateway = object(&keys::VENUE.iter().filter_map(own).collect(), &[]);
    gateway["description"] =
        json!("a queue and a limit that requests pass on their way in; none when not given");
    all.insert("gateway".to_owned(), gateway);
    all
}

fn agent_keys() -> Map<String, Value> {
    let span = json!({ "$ref": "#/definitions/span" });
    let clock = |key: &str, doc: &str| object(&properties(&[(key, doc, json!({ "allOf": [span] }))]), &[key]);
    described(
        keys::AGENTS,
        &[
            ("name", json!({ "type": "string" })),
            ("count", json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX, "default": 1 })),
            ("link", json!({ "type": "string" })),
            ("books", json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 })),
            (
                "wakes",
                json!({ "anyOf": [
                    { "const": "own" },
                    clock("poisson", "mean time between two wake-ups of a member"),
                    clock("periodic", "time between two wake-ups of a member"),
                ] }),
            ),
            ("informed", json!({ "type": "boolean" })),
        ],
    )
}

fn sink_keys() -> Map<String, Value> {
    let names: Vec<&str> = Table::ALL.iter().map(|table| table.name()).chain(["all"]).collect();
    let tables = json!({ "anyOf": [
        { "enum": names },
        { "type": "array", "items": { "enum": names }, "minItems": 1 },
    ] });
    described(keys::SINK, &[("tables", tables)])
}
