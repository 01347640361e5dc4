//! `cargo xtask arch` finds every violation that is planted, and nothing in a workspace that has none.
#![allow(clippy::unwrap_used)]

mod planted;

use planted::Planted;

/// Breaks the workspace in one way and demands that the report says so.
fn finds(plant: impl Fn(&Planted), said: &[&str]) {
    let planted = Planted::new();
    plant(&planted);
    let (status, report) = planted.xtask(&["arch"]);
    for words in said {
        assert!(report.contains(words), "`{words}` is not in the report:\n{report}");
    }
    assert_eq!(status, Some(1), "{report}");
    let expected = format!("\n{} places break the house plan", said.len());
    assert!(report.contains(&expected), "more or fewer findings than {}:\n{report}", said.len());
    assert_eq!(report.matches("    help: ").count(), said.len(), "{report}");
}

#[test]
fn a_workspace_that_keeps_the_rules_passes() {
    let (status, report) = Planted::new().xtask(&["arch"]);
    assert_eq!((status, report.as_str()), (Some(0), "ok\n"));
}

#[test]
fn rule_a_a_sibling_that_is_not_allowed() {
    finds(
        |planted| planted.edit("xtask/src/arch.toml", "imports = [\"low\"]", "imports = []"),
        &["high/Cargo.toml:7: [A] `high` may not depend on `low`"],
    );
}

#[test]
fn rule_a_an_outside_crate_that_is_not_allowed() {
    finds(
        |planted| {
            planted.edit(
                "low/Cargo.toml",
                "[dependencies]\n",
                "[dependencies]\nserde_json = \"1\"\n[dev-dependencies]\nlibc = \"1\"\n",
            );
        },
        &["low/Cargo.toml:7: [A] `low` may not depend on `serde_json`"],
    );
    finds(
        |planted| planted.edit("low/Cargo.toml", "[dependencies]\n", "[build-dependencies]\ncc = \"1\"\n"),
        &["low/Cargo.toml:7: [A] `low` may not depend on `cc`"],
    );
}

#[test]
fn rule_a_a_dev_dependency_in_code_that_is_no_test() {
    let dev = |planted: &Planted| {
        planted.edit(
            "low/Cargo.toml",
            "[dependencies]\n",
            "[dev-dependencies]\nhigh = { path = \"../high\" }\n",
        );
    };
    finds(
        |planted| {
            dev(planted);
            planted.write("low/src/a.rs", "pub struct A;\npub use high::{\n    a::A as B,\n};\n");
        },
        &["low/src/a.rs:3: [A] `low` may not import `high`"],
    );
    let planted = Planted::new();
    dev(&planted);
    planted.write("low/src/a.rs", "pub struct A;\n#[cfg(test)]\nmod tests {\n    use high::a::A;\n}\n");
    assert_eq!(planted.xtask(&["arch"]).0, Some(0));
}

#[test]
fn rule_a_a_crate_without_a_place() {
    finds(
        |planted| {
            planted.edit("xtask/src/arch.toml", "[crates.low]", "[crates.lower]");
        },
        &[
            "low/Cargo.toml: [A] `low` has no place in the plan",
            "arch.toml: the workspace has no crate `lower`",
        ],
    );
}

#[test]
fn the_plan_names_nothing_that_is_gone() {
    finds(
        |planted| {
            planted.edit(
                "xtask/src/arch.toml",
                "outside = []\n[crates.high]",
                "outside = [\"libc\"]\n[crates.high]",
            );
        },
        &["arch.toml: `low` does not depend on `libc` any more"],
    );
    finds(
        |planted| planted.edit("xtask/src/arch.toml", "imports = [\"low\"]", "imports = [\"low\", \"lost\"]"),
        &["arch.toml: `high` may import `lost`, which does not exist"],
    );
    finds(
        |planted| planted.edit("xtask/src/arch.toml", "imports = []", "imports = [\"high\"]"),
        &["arch.toml: the crates import each other in a circle: high -> low -> high"],
    );
}

#[test]
fn rule_b_an_import_against_the_table() {
    for (file, text, line) in [
        ("low/src/a.rs", "pub struct A;\n\nuse crate::b::B;\n", 3),
        (
            "low/src/a.rs",
            "use std::{fmt, mem};\nuse crate::{\n    b::{B, deep::Deep},\n};\npub struct A;\n",
            3,
        ),
        ("low/src/a.rs", "use super::b;\npub struct A;\n", 1),
        ("low/src/a.rs", "/* \n */ pub struct A(Vec<crate::b::B>);\n", 2),
        ("low/src/a.rs", "// crate::b\npub struct A(low::b::B);\n", 2),
        ("low/src/a/inner.rs", "use super::super::b::B;\n", 1),
    ] {
        let said = format!("{file}:{line}: [B] module `a` of `low` may not import `b`");
        finds(|planted| planted.write(file, text), &[&said]);
    }
}

#[test]
fn rule_b_what_is_no_import() {
    for text in [
        "/// As [`crate::b::B`] does.\npub struct A;\n",
        "pub struct A(&'static str);\npub const T: A = A(\"crate::b\");\n",
        "pub struct A;\n#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}\n",
        "pub struct A;\n#[cfg(test)]\nuse crate::{b::B};\n",
    ] {
        let planted = Planted::new();
        planted.write("low/src/a.rs", text);
        let (status, report) = planted.xtask(&["arch"]);
        assert_eq!(status, Some(0), "{text}{report}");
    }
    let planted = Planted::new();
    planted.write("low/src/a.rs", "pub struct A;\n#[cfg(test)]\nmod tests;\n");
    planted.write("low/src/a/tests.rs", "use crate::b::B;\n");
    assert_eq!(planted.xtask(&["arch"]).0, Some(0));
}

#[test]
fn rule_b_the_table_itself() {
    finds(
        |planted| planted.edit("xtask/src/arch.toml", "a = []\n", "c = []\n"),
        &[
            "arch.toml: [B] module `a` of `low` has no place in the plan",
            "arch.toml: [B] `low` has no module `c`",
            "arch.toml: [B] `b` of `low` may import `a`, which does not exist",
        ],
    );
    finds(
        |planted| planted.edit("xtask/src/arch.toml", "a = []\n", "a = [\"b\"]\n"),
        &["arch.toml: [B] the modules of `low` may import each other in a circle: a -> b -> a"],
    );
}

/// A table may be about the modules inside a module.
#[test]
fn rule_b_inside_a_module() {
    const TABLE: &str = "deep = []\nupper = [\"deep\"]\n";
    let nested = |planted: &Planted, table: &str| {
        let plan = planted.read("xtask/src/arch.toml");
        planted.write("xtask/src/arch.toml", &format!("{plan}[modules.\"low::b\"]\n{table}"));
        planted.write(
            "low/src/b/upper.rs",
            "use super::deep::Deep;\nuse crate::a::A;\npub struct Upper(Deep, A);\n",
        );
    };
    let planted = Planted::new();
    nested(&planted, TABLE);
    assert_eq!(planted.xtask(&["arch"]), (Some(0), "ok\n".to_owned()));
    for (text, line) in [
        ("use super::B;\npub struct Deep(super::upper::Upper);\n", 2),
        ("use crate::b::upper::Upper;\npub struct Deep(Upper);\n", 1),
        ("use crate::{a::A, b::upper};\npub struct Deep(A, upper::Upper);\n", 1),
        ("pub struct Deep(low::b::upper::Upper);\n", 1),
    ] {
        let said = format!("low/src/b/deep.rs:{line}: [B] module `deep` of `low::b` may not import `upper`");
        finds(
            |planted| {
                nested(planted, TABLE);
                planted.write("low/src/b/deep.rs", text);
            },
            &[&said],
        );
    }
    finds(
        |planted| {
            nested(planted, TABLE);
            planted.write("low/src/b/deep.rs", "use crate::b::{upper::Upper};\npub struct Deep(Upper);\n");
        },
        &["low/src/b/deep.rs:1: [B] a group of modules of `low::b`"],
    );
    finds(
        |planted| nested(planted, "deep = [\"upper\"]\nupper = [\"deep\"]\n"),
        &["arch.toml: [B] the modules of `low::b` may import each other in a circle: deep -> upper -> deep"],
    );
    finds(
        |planted| nested(planted, "deep = []\n"),
        &["arch.toml: [B] module `upper` of `low::b` has no place in the plan"],
    );
}

#[test]
fn rule_c_long_files_and_crowded_folders() {
    let lines = |count| "// line\n".repeat(count);
    finds(
        |planted| planted.write("low/tests/long.rs", &lines(601)),
        &["low/tests/long.rs: 601 lines, 601 of them before"],
    );
    finds(
        |planted| {
            for file in 0..11 {
                planted.write(&format!("low/src/b/{file}.rs"), "");
            }
        },
        &["low/src/b: 13 Rust files in one folder"],
    );
    let planted = Planted::new();
    planted.write("low/tests/long.rs", &lines(501));
    planted.write("low/tests/tested.rs", &(lines(500) + "#[cfg(test)]\nmod tests {\n}\n"));
    for file in 0..11 {
        planted.write(&format!("low/src/b/{file}.rs"), "");
    }
    planted.edit(
        "xtask/src/arch.toml",
        "[modules.low]",
        "[crowded]\n\"low/src/b\" = \"a reason\"\n[modules.low]",
    );
    let (status, report) = planted.xtask(&["lines"]);
    assert_eq!(
        (status, report.as_str()),
        (Some(0), "long: low/tests/long.rs: 501 lines before the tests, over 500\nok\n")
    );
}

#[test]
fn rule_e_unsafe() {
    finds(
        |planted| planted.edit("low/src/lib.rs", "#![forbid(unsafe_code)]\n", "// #![forbid(unsafe_code)]\n"),
        &["low/src/lib.rs:1: [E] the crate does not begin with `#![forbid(unsafe_code)]`"],
    );
    let exempt = |planted: &Planted| {
        planted.edit("low/src/lib.rs", "#![forbid(unsafe_code)]\n", "");
        planted.edit(
            "xtask/src/arch.toml",
            "[modules.low]",
            "[unsafe]\n\"low/src/b\" = \"a reason\"\n[modules.low]",
        );
        planted.write("low/src/b/deep.rs", "#[allow(unsafe_code)]\npub unsafe fn deep() {}\n");
    };
    let planted = Planted::new();
    exempt(&planted);
    assert_eq!(planted.xtask(&["arch"]).0, Some(0), "in its folder");
    finds(
        |planted| {
            exempt(planted);
            planted.write("low/src/a.rs", "pub struct A;\npub unsafe fn a() {}\n");
        },
        &["low/src/a.rs:2: [E] `unsafe` outside the folders that may hold it"],
    );
}

#[test]
fn the_document_lists_every_crate() {
    finds(
        |planted| planted.edit("ARCHITECTURE.md", "| `low` |", "| `gone` |"),
        &[
            "ARCHITECTURE.md:3: package `low` is not in the table",
            "ARCHITECTURE.md:7: the workspace has no package `gone`",
        ],
    );
    finds(
        |planted| planted.edit("ARCHITECTURE.md", "`low/`", "`lower/`"),
        &["ARCHITECTURE.md:7: package `low` lies in `low`, not in `lower`"],
    );
    finds(
        |planted| planted.write("ARCHITECTURE.md", "# House\n"),
        &["ARCHITECTURE.md: no heading `## Crates`"],
    );
}

#[test]
fn what_is_not_understood_is_an_error_of_its_own() {
    let planted = Planted::new();
    for words in
        [&["arc"][..], &[], &["arch", "--fast"], &["test", "--only"], &["test", "--only", "everything"]]
    {
        let (status, report) = planted.xtask(words);
        assert_eq!(status, Some(2), "{words:?}: {report}");
    }
    planted.edit("xtask/src/arch.toml", "[crates.low]\n", "[crates.low]\nimport = []\n");
    let (status, report) = planted.xtask(&["arch"]);
    assert_eq!(status, Some(1), "{report}");
    assert!(report.contains("xtask/src/arch.toml: "), "{report}");
}

#[test]
fn the_steps_can_be_listed() {
    let (status, list) = Planted::new().xtask(&["test", "--list", "--only", "arch", "--only", "fmt"]);
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!((status, names), (Some(0), vec!["fmt", "arch"]));
}

#[test]
fn a_failed_step_fails_the_run_and_stands_in_the_summary() {
    let planted = Planted::new();
    planted.edit("ARCHITECTURE.md", "| `low` | `low/` | low |\n", "");
    let (status, report) = planted.xtask(&["test", "--only", "arch", "--only", "digests"]);
    assert_eq!(status, Some(1), "{report}");
    for words in [
        "ARCHITECTURE.md:3: package `low`",
        "arch       FAILED",
        "digests    skipped",
        "1 of 2 steps failed: arch",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
    planted.edit("ARCHITECTURE.md", "| `high`", "| `low` | `low/` | low |\n| `high`");
    let (status, report) = planted.xtask(&["test", "--only", "arch"]);
    assert!(status == Some(0) && report.contains("all 1 steps passed"), "{report}");
}
