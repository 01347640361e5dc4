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
        // What can be run has warnings.
        let read = Scenario::load(Path::new(FOLDER).join(name));
        let report = read.map_or_else(|report| report, |scenario| scenario.warnings().clone());
        assert!(!report.diagnostics.is_empty(), "{name}");
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

/// As an editor of another system saves it, with and without a mark at its beginning.
#[test]
fn utf_16_is_recognized_in_either_order() {
    let folder = tempfile::tempdir().unwrap();
    let calm = fs::read_to_string("scenarios/calm.toml").unwrap();
    for (mark, order) in
        [("", u16::to_be_bytes as fn(u16) -> [u8; 2]), ("", u16::to_le_bytes), ("\u{feff}", u16::to_be_bytes)]
    {
        let path = folder.path().join("wide.toml");
        let wide = format!("{mark}# é, 東\n{calm}");
        fs::write(&path, wide.encode_utf16().flat_map(order).collect::<Vec<u8>>()).unwrap();
        let report = Scenario::load(&path).expect_err("no UTF-8").to_string();
        assert!(report.starts_with("error[P0002]: "), "{report}");
        assert!(report.ends_with("help: this looks like UTF-16; save the file as UTF-8"), "{report}");
    }
    // Nothing but ASCII: then it is UTF-8 as well, with a zero before each character.
    let path = folder.path().join("wide.toml");
    let ascii: String = calm.chars().filter(char::is_ascii).collect();
    for order in [u16::to_be_bytes as fn(u16) -> [u8; 2], u16::to_le_bytes] {
        fs::write(&path, ascii.encode_utf16().flat_map(order).collect::<Vec<u8>>()).unwrap();
        let report = Scenario::load(&path).expect_err("no UTF-8").to_string();
        assert!(report.ends_with("help: this looks like UTF-16; save the file as UTF-8"), "{report}");
    }
    // A zero here and there is a fault of the text.
    fs::write(&path, calm.replacen('=', "\0", 1)).unwrap();
    assert!(Scenario::load(&path).expect_err("a zero").to_string().starts_with("error[P0003]"));
}

/// What is typed has no quotes, and is called what it looks like.
#[test]
fn a_number_is_never_called_a_word() {
    let long = "9".repeat(300);
    let beyond = format!("{}… (300 characters)", "9".repeat(24));
    for (typed, message) in [
        ("agents.noise.count=1.5", "`count` must be a whole number, not a number with a point"),
        ("agents.noise.count=1e3", "`count` must be a whole number, not a number with an exponent"),
        ("agents.noise.count=seven", "`count` must be a whole number, not a word"),
        ("agents.noise.count=true", "`count` must be a whole number, not true or false"),
        (&format!("agents.noise.count={long}"), &format!("`count` must be at most 4294967295, not {beyond}")),
        (&format!("run.seed={long}"), &format!("`seed` must be at most 18446744073709551615, not {beyond}")),
        (
            &format!("agents.noise.count=-{long}"),
            &format!("`count` must be at least 0, not -{}", "9".repeat(23)),
        ),
        (&format!("agents.makers.price_skew={long}"), "not 1e300 ticks/lot"),
        ("agents.value.rate=1e-300", "not 1e-300 1/s"),
    ] {
        let settings = [Setting::typed(typed)];
        let loader = Loader::new(Arc::new(Registry::builtin())).settings(settings);
        let report = loader.load("scenarios/calm.toml").expect_err(typed);
        let found: Vec<_> = report.located().map(|d| d.message.to_owned()).collect();
        assert!(
            found.len() == 1 && found[0].contains(message) && found[0].len() < 120,
            "{found:?}\n{message}"
        );
    }
    let text = fs::read_to_string("scenarios/calm.toml").unwrap();
    let text = text.replacen("seed = 7", &format!("seed = {long}"), 1);
    let report = Scenario::parse(&text, "a.toml").expect_err("too long").to_string();
    assert!(report.contains(&beyond), "{report}");
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
