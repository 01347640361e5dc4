//! The JSON Schema and the reader agree: what the reader takes, the schema allows, and a misspelt key fails
//! in both.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

#[path = "support/json_schema.rs"]
mod support;

use std::sync::Arc;

use prism::scenario::{Loader, Registry, Scenario, json_schema};
use regex_lite::Regex;
use support::{EVERY_KEY, as_json, validate};

fn check(text: &str) -> Result<(), String> {
    let schema = json_schema(&Registry::builtin());
    validate(&schema, &as_json(text).unwrap(), &schema)
}

#[test]
fn what_ships_is_allowed() {
    for path in ["calm", "day", "quickstart", "million", "bench/mixed"] {
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
