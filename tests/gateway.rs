//! The gateway of a venue, from the scenario to what a run says of it.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod run_common;

use std::fs;

use prism::scenario::Scenario;
use run_common::{prism, quickstart, stdout, well};

const OWN: &str = "{ service = \"0.2ms\", limit = 300, window = \"100ms\", max_queue = 60 }";

fn scenario() -> Scenario {
    Scenario::load(quickstart()).unwrap()
}

#[test]
fn load_makes_latency_and_the_run_says_how_much() {
    let dir = tempfile::tempdir().unwrap();
    let path = quickstart();
    let run = |more: &[&str]| {
        let mut args = vec!["run", path.to_str().unwrap(), "--length", "5s"];
        args.extend(more);
        prism(dir.path(), &args)
    };
    let setting = format!("venue.XPRM.gateway={OWN}");
    let with = well(&run(&["--json", "--set", &setting]));
    let without = well(&run(&["--json"]));
    assert_eq!(without["gateways"], serde_json::json!([]));
    assert_ne!(with["digest"], without["digest"]);
    let gateway = &with["gateways"][0];
    assert_eq!((&gateway["venue"], with["gateways"].as_array().unwrap().len()), (&"XPRM".into(), 1));
    let count = |key: &str| gateway[key].as_u64().unwrap();
    let refused = count("rejected_by_rate") + count("rejected_by_queue");
    assert_eq!(count("passed") + refused, with["requests"].as_u64().unwrap(), "there is one venue");
    assert!(count("rejected_by_queue") > 0 && count("largest_queue") == 60, "{gateway}");
    let (mean, max) =
        (gateway["mean_wait_seconds"].as_f64().unwrap(), gateway["max_wait_seconds"].as_f64().unwrap());
    assert!(0.0 < mean && mean < max && max <= 60.0 * 0.2e-3, "{gateway}");

    let said = run(&["--set", &setting]);
    assert!(stdout(&said).contains("\ngateway  passed  over the limit  queue full"), "{}", stdout(&said));
    assert!(!stdout(&run(&[])).contains("gateway"), "nothing of what is not there");
}

#[test]
fn a_gateway_is_written_out_as_it_is_read() {
    let plain = scenario();
    assert!(!plain.expanded().contains("gateway"));
    for (own, written) in [
        (
            OWN,
            "{ service = \"200us\", limit = 300, window = \"100ms\", exempt_cancels = false, max_queue = 60 }",
        ),
        (
            "{ limit = 5, exempt_cancels = true }",
            "{ service = \"0s\", limit = 5, window = \"1s\", exempt_cancels = true }",
        ),
        ("{}", "{ service = \"0s\" }"),
    ] {
        let text = fs::read_to_string(quickstart()).unwrap();
        let text = text.replacen("[[venue]]\n", &format!("[[venue]]\ngateway = {own}\n"), 1);
        let scenario = Scenario::parse(&text, "with").unwrap();
        let expanded = scenario.expanded();
        assert!(expanded.contains(&format!("\ngateway = {written}\n")), "{expanded}");
        assert_eq!(Scenario::parse(&expanded, "expanded").unwrap(), scenario);
        assert_ne!(scenario.hash(), plain.hash());
    }
}

#[test]
fn one_that_does_nothing_is_the_same_market() {
    let digest = |scenario: &Scenario| {
        scenario
            .builder()
            .unwrap()
            .build()
            .unwrap()
            .run_for(prism::core::types::Span::secs(2))
            .unwrap()
            .digest
    };
    let wide =
        scenario().with("venue.XPRM.gateway", "{ limit = 4_000_000_000, max_queue = 0, service = \"0s\" }");
    assert_eq!(digest(&wide.unwrap()), digest(&scenario()));
}
