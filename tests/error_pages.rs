//! Every diagnostic is triggered by the example on its own page, and mended by the example beside it.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::sync::Arc;

use prism::core::kernel::RunWarning;
use prism::diagnostic::{Code, Report};
use prism::prelude::*;
use prism::scenario::{Loader, Registry, Scenario, Setting};
use prism_core::spec::{Param, ParamError, Params, Spec};

/// Asks to be woken whenever it wakes.
#[derive(Clone)]
struct Restless;

impl Agent for Restless {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        ctx.wake_in(Span::secs(1));
    }
}

impl Spec for Restless {
    const KIND: &'static str = "restless";
    const DOC: &'static str = "asks to be woken whenever it wakes";
    const RULE: &'static str = "none";
    const PARAMS: &'static [Param] = &[];
    fn from_params(_: &Params<'_>) -> Result<Restless, ParamError> {
        Ok(Restless)
    }
}

/// Asks to be woken at once, whenever it wakes.
#[derive(Clone)]
struct Hasty;

impl Agent for Hasty {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        ctx.wake_in(Span::secs(1));
    }
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        ctx.wake_in(Span::ZERO);
    }
}

impl Spec for Hasty {
    const KIND: &'static str = "hasty";
    const DOC: &'static str = "asks to be woken at once, whenever it wakes";
    const RULE: &'static str = "none";
    const PARAMS: &'static [Param] = &[];
    fn from_params(_: &Params<'_>) -> Result<Hasty, ParamError> {
        Ok(Hasty)
    }
}

/// A fenced block: the words after the fence, and what is in it.
struct Block {
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { info: info.to_owned(), text: String::new() }),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// The pages leave out what has nothing to do with the matter.
fn completed(fragment: &str) -> String {
    let has = |begin: &str| fragment.lines().any(|line| line.starts_with(begin));
    let mut text = String::new();
    for (begins, line) in
        [(&["schema"][..], "schema = 1\n"), (&["run", "[run]"], "run = { length = \"1min\" }\n")]
    {
        if !begins.iter().any(|begin| has(begin)) {
            text += line;
        }
    }
    text += fragment;
    if !has("[[symbol]]") {
        text += "[[symbol]]\nname = \"ACME\"\n";
    }
    if !has("[[venue]]") {
        text += "[[venue]]\nname = \"XPRM\"\nkind = \"exchange\"\n";
    }
    text
}

fn loader() -> Loader {
    let mut registry = Registry::builtin();
    registry.agent::<Restless>().unwrap();
    registry.agent::<Hasty>().unwrap();
    Loader::new(Arc::new(registry))
}

/// The codes that a block yields, and the drawn report.
fn codes(block: &Block) -> (Vec<&'static str>, String) {
    let words: Vec<&str> = block.info.split(' ').collect();
    let outcome: Result<Scenario, Report> = match words[0] {
        "console" => typed(&block.text),
        "toml" if words.contains(&"latin-1") => {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("latin-1.toml");
            let bytes: Vec<u8> =
                completed(&block.text).chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            std::fs::write(&path, bytes).unwrap();
            loader().load(path)
        }
        "toml" if words.contains(&"whole") => loader().parse(&block.text, "page.toml"),
        "toml" => loader().parse(&completed(&block.text), "page.toml"),
        other => panic!("what is a block of {other}?"),
    };
    match outcome {
        Err(report) => (report.located().map(|d| d.code).collect(), report.to_string()),
        Ok(scenario) => {
            let warnings = scenario.warnings();
            let mut found: Vec<&str> = warnings.located().map(|d| d.code).collect();
            if words.contains(&"run") || block.text.contains("restless") {
                let unfit = scenario.sinks().err().unwrap_or_default();
                found.extend(unfit.located().map(|d| d.code));
                let mut sim = scenario.builder().unwrap().build().unwrap();
                match sim.run_for(Span::secs(30)) {
                    Ok(run) => found.extend(run.warnings.iter().map(RunWarning::code)),
                    Err(error) => found.extend(
                        Code::ALL.iter().map(|c| c.id()).filter(|id| error.to_string().starts_with(id)),
                    ),
                }
            }
            (found, warnings.to_string())
        }
    }
}

/// `$ prism check FILE --set …`.
fn typed(line: &str) -> Result<Scenario, Report> {
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..3], ["$", "prism", "check"]);
    let settings = words[4..].chunks(2).map(|pair| {
        assert_eq!(pair[0], "--set");
        Setting::typed(pair[1])
    });
    loader().settings(settings).load(words[3])
}

#[test]
fn every_code_has_a_page_that_triggers_it() {
    for code in Code::ALL {
        let page = code.page();
        assert!(page.starts_with(&format!("# {}: {}\n", code.id(), code.title())), "{}", code.id());
        let mut wrong = 0;
        for block in blocks(page).iter().filter(|block| block.info != "rust") {
            let (found, drawn) = codes(block);
            if block.info.ends_with("right") {
                let still: Vec<_> = match code.id().as_bytes()[0] {
                    b'W' => found.iter().filter(|id| id.starts_with('W')).collect(),
                    _ => found.iter().filter(|id| id.starts_with('P')).collect(),
                };
                assert!(still.is_empty(), "{}: the right example is wrong\n{drawn}", code.id());
            } else {
                wrong += 1;
                assert!(found.contains(&code.id()), "{} is not triggered\n{found:?}\n{drawn}", code.id());
                let errors = found.iter().filter(|id| id.starts_with('P')).count();
                assert!(errors <= 1, "{}: the example is wrong in other ways too\n{drawn}", code.id());
            }
        }
        assert_eq!(wrong, 1, "{} needs one wrong example", code.id());
    }
}

#[test]
fn codes_are_distinct_and_in_order() {
    let ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
    for pair in ids.windows(2) {
        let same_list = pair[0].as_bytes()[0] == pair[1].as_bytes()[0];
        assert!(!same_list || pair[0] < pair[1], "{pair:?}");
    }
    assert_eq!(Code::of("p0103"), Some(Code::UnknownParameter));
    assert_eq!(Code::of("P9999"), None);
    let pages = std::fs::read_dir("docs/errors").unwrap().count();
    assert_eq!(pages, ids.len(), "a page without a code");
}
