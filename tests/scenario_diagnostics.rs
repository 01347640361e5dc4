//! What wrong scenarios look like to whoever wrote them: each `tests/diagnostics/NAME.toml` is read, and the
//! report compared with `NAME.txt`. `PRISM_ACCEPT=1 cargo test --test scenario_diagnostics` rewrites those.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prism::diagnostic::{Report, Style};
use prism::scenario::{Loader, Registry, Scenario, Setting};

const FOLDER: &str = "tests/diagnostics";

/// Compares with the file, or writes it.
fn compare(name: &str, report: &Report) -> Result<(), String> {
    let mut got = report.render(Style::Plain);
    got.push('\n');
    let path = Path::new(FOLDER).join(name).with_extension("txt");
    if std::env::var_os("PRISM_ACCEPT").is_some() {
        fs::write(&path, got).unwrap();
        return Ok(());
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    if got == wanted { Ok(()) } else { Err(format!("--- {name}: got\n{got}\n--- wanted\n{wanted}")) }
}

#[test]
fn reports_read_as_they_should() {
    let mut names: Vec<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 19, "{names:?}");
    let mut differing = Vec::new();
    for name in &names {
        let report = Scenario::load(Path::new(FOLDER).join(name)).expect_err(name);
        differing.extend(compare(name, &report).err());
        // Data and drawing say the same.
        let drawn = report.render(Style::Plain);
        for d in report.located() {
            let place = format!("{}:{}:{}", d.source.unwrap(), d.line.unwrap(), d.column.unwrap());
            assert!(drawn.contains(&place), "{place} in\n{drawn}");
            assert!(drawn.contains(&format!("[{}]", d.code)));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn settings_are_pointed_at_where_they_were_typed() {
    let typed = [
        "agents.noise.conut=500",
        "agents.nosie.count=500",
        "agents.noise.count=-500",
        "agents.noise.wakes={ poisson = 5 }",
        "agents.noise.wakes={ poisson = ",
        "symbol.ACME.value.sigma=-1",
        "symbol.ACME.tick=0.3",
        "link.retail.order.law.x=1",
        "venue.XPRM.fees.maker=0.5",
        "runs.seed=7",
        "run=7",
        "run..seed=7",
        "agents.noise=7",
        "seed",
        "run.ties=shuffle",
    ];
    let report = Loader::new(Arc::new(Registry::builtin()))
        .settings(typed.into_iter().map(Setting::typed))
        .set(Setting::flag("--length", "run.length", "30"))
        .set(Setting::new("run.seed", -1))
        .sink("nothing:path=x")
        .sink("csv")
        .sink("csv:out,path=out")
        .sink("csv:out,tables=trades+topps,overwrite=maybe")
        .load("scenarios/calm.toml")
        .expect_err("every setting is wrong");
    assert!(report.diagnostics.len() >= typed.len() + 3, "{report}");
    compare("settings", &report).unwrap();
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Scenario::load("scenarios/clam.toml").expect_err("there is none");
    assert_eq!(
        missing.to_string(),
        "error[P0001]: there is no file scenarios/clam.toml\nhelp: a similar file exists: scenarios/calm.toml"
    );
    let is_folder = Scenario::load("scenarios").expect_err("a folder");
    assert!(is_folder.to_string().starts_with("error[P0001]: scenarios is a folder\n"), "{is_folder}");
    let large = folder.path().join("large.toml");
    fs::File::create(&large).unwrap().set_len((16 << 20) + 1).unwrap();
    let large = Scenario::load(large).expect_err("too large");
    assert!(large.to_string().contains("is larger than 16 MiB"), "{large}");
    let empty = folder.path().join("empty.toml");
    fs::write(&empty, "\u{feff}").unwrap();
    let empty = Scenario::load(empty).expect_err("nothing in it");
    assert!(empty.located().all(|d| (d.line, d.column) == (Some(1), Some(1))), "{empty}");
}

#[test]
fn many_problems_are_counted_and_not_all_drawn() {
    let mut text = String::from("schema = 1\nrun = { length = \"1s\" }\n");
    for n in 0..200 {
        text.extend(["k", &n.to_string(), " = 1\n"]);
    }
    let report = Scenario::parse(&text, "many.toml").expect_err("wrong");
    assert_eq!(report.diagnostics.len(), 201);
    assert!(report.to_string().ends_with("… and 151 more"), "{report}");
}

/// Keys of schema 1 that this version does not carry out are errors, never passed over.
#[test]
fn keys_of_later_versions_are_refused() {
    let calm = fs::read_to_string("scenarios/calm.toml").unwrap();
    let cases = [
        ("", "[[value]]\nsymbols = [\"ACME\"]\n"),
        ("", "[[shock]]\nat = \"5min\"\n"),
        ("run    = {", "run    = { allow = [\"manipulation\"],"),
        ("kind    = \"exchange\"", "kind    = \"exchange\"\nrules   = {}"),
        ("kind    = \"exchange\"", "kind    = \"exchange\"\nphases  = []"),
        ("kind    = \"exchange\"", "kind    = \"exchange\"\nlink    = \"colo\""),
    ];
    for (place, key) in cases {
        let text = if place.is_empty() { format!("{calm}{key}") } else { calm.replacen(place, key, 1) };
        assert_ne!(text, calm);
        let report = Scenario::parse(&text, "later.toml").expect_err(key);
        let codes: Vec<_> = report.located().map(|d| d.code).collect();
        assert!(matches!(codes[..], ["P0101" | "P0103"]), "{report}");
    }
}
