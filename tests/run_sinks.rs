//! `prism run --sink` and `[[sink]]`: where rows go beside the output folder, and what is in the way.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod run_common;

use std::fs;

use prism_core::sink::Table;
use run_common::{
    command, ended, incomplete, names, prism, quickstart, rows, run_quickstart, stderr, stdout, well,
};

#[test]
fn sinks_of_every_kind_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let alone = well(&run_quickstart(dir.path(), &["--json"]));
    let text = fs::read_to_string(quickstart()).unwrap();
    let own = "\n[[sink]]\nkind = \"csv\"\npath = \"own csv\"\ntables = \"all\"\n\n\
               [[sink]]\nkind = \"ndjson\"\npath = \"own.ndjson\"\n";
    fs::create_dir(dir.path().join("there")).unwrap();
    fs::write(dir.path().join("there/with sinks.toml"), text + own).unwrap();
    let mut args = vec!["run", "there/with sinks.toml", "--length", "2s", "--out", "out", "--json"];
    for sink in ["csv:csv", "ndjson:path=all.ndjson,tables=all", "parquet:path=parquet,tables=trades+fills"] {
        args.extend(["--sink", sink]);
    }
    let said = well(&prism(dir.path(), &args));
    assert_eq!(said["digest"], alone["digest"]);
    assert_eq!(names(dir.path()), ["all.ndjson", "csv", "out", "parquet", "there"]);
    // Those of the file lie beside the file, those of the command line where the user stands.
    assert_eq!(names(&dir.path().join("there")), ["own csv", "own.ndjson", "with sinks.toml"]);
    assert_eq!(names(&dir.path().join("there/own csv")).len(), Table::ALL.len());
    assert_eq!(names(&dir.path().join("parquet")), ["fills", "instruments.parquet", "trades"]);
    let trades = alone["trades"].as_u64().unwrap();
    for csv in ["csv/trades.csv", "there/own csv/trades.csv"] {
        let text = fs::read_to_string(dir.path().join(csv)).unwrap();
        assert_eq!(text.lines().count() as u64, trades + 1, "{csv}");
    }
    assert_eq!(rows(&dir.path().join("parquet/trades/part-0000.parquet")), trades);
    assert_eq!(ended(&prism(dir.path(), &["verify", "out"])), (Some(0), ""), "without opening sinks again");
}

#[test]
fn a_sink_that_cannot_be_had_is_wrong_input() {
    let dir = tempfile::tempdir().unwrap();
    for (sink, part) in [
        ("csvv:out", "`csvv`"),
        ("csv", "path"),
        ("csv:path=x,tables=tradez", "tradez"),
        ("csv:path=x,colour=red", "colour"),
        ("csv:path=-", "exactly one table"),
    ] {
        let output = run_quickstart(dir.path(), &["--out", "out", "--sink", sink]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{sink}");
        assert!(stderr(&output).contains(part), "{sink}: {}", stderr(&output));
    }
    for stream in ["ndjson:-", "ndjson:/dev/stdout"] {
        let output = run_quickstart(dir.path(), &["--json", "--sink", stream]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "two things on one stream");
    }
    assert_eq!(names(dir.path()), Vec::<String>::new(), "nothing is left of runs that never began");
}

/// A file or folder in the place of a sink's is told before anything is run or made, with its whole name.
#[test]
fn a_sink_whose_place_is_taken_is_wrong_input() {
    let dir = tempfile::tempdir().unwrap();
    let make = |path: &str| {
        fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
        fs::write(dir.path().join(path), "precious").unwrap();
    };
    ["csv/tops.csv", "rows.ndjson", "pq/instruments.parquet", "parts/tops/part-0000.parquet", "file"]
        .into_iter()
        .for_each(make);
    fs::create_dir_all(dir.path().join("odd/trades.csv")).unwrap();
    let before = names(dir.path());
    let replace = "let it be replaced: `overwrite = true`";
    for (sink, told, help) in [
        ("csv:csv", "csv/tops.csv exists", replace),
        ("ndjson:rows.ndjson", "rows.ndjson exists", replace),
        ("parquet:pq", "pq/instruments.parquet exists", "or clear this one"),
        ("parquet:parts", "parts/tops/part-0000.parquet exists", "or clear this one"),
        ("csv:file", "file/trades.csv is to lie in a file, not in a folder", "another place"),
        ("ndjson:file/rows", "file/rows is to lie in a file, not in a folder", "another place"),
        ("ndjson:csv", "csv is a folder", "another place"),
        ("ndjson:csv,overwrite=true", "csv is a folder", "another place"),
        ("csv:path=odd,overwrite=true", "odd/trades.csv is a folder", "another place"),
    ] {
        for out in [&[][..], &["--out", "out"]] {
            let output = run_quickstart(dir.path(), &[&["--sink", sink, "--json"], out].concat());
            assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{sink}: {}", stderr(&output));
            let said = stderr(&output);
            assert!(
                said.starts_with(&format!("error[P0302]: {told}\n --> command line:1:")),
                "{sink}: {said}"
            );
            assert!(said.contains("\nhelp: name another place") && said.contains(help), "{sink}: {said}");
        }
    }
    let both = ["--sink", "csv:csv", "--sink", "ndjson:new", "--sink", "ndjson:rows.ndjson"];
    let said = run_quickstart(dir.path(), &both);
    assert_eq!(stderr(&said).matches("error[P0302]").count(), 2, "all of them at once: {}", stderr(&said));
    assert_eq!(names(dir.path()), before, "nothing is made, beside those either");
    assert_eq!(fs::read_to_string(dir.path().join("csv/tops.csv")).unwrap(), "precious");

    let replacing = ["--sink", "csv:csv,overwrite=true", "--sink", "ndjson:rows.ndjson,overwrite=true"];
    let more = ["--sink", "ndjson:made/for/it/rows.ndjson", "--json"];
    well(&run_quickstart(dir.path(), &[&replacing[..], &more].concat()));
    assert!(fs::read_to_string(dir.path().join("csv/tops.csv")).unwrap().starts_with("at,"));
    assert!(dir.path().join("made/for/it/rows.ndjson").exists());
}

/// It would make the folder before the run is over, and so keep the run from its name.
#[test]
fn a_sink_inside_the_output_folder_is_wrong_input() {
    let dir = tempfile::tempdir().unwrap();
    for (out, sink) in [("out", "csv:out/tables"), ("./out/", "ndjson:./out/rows"), ("out", "parquet:out")] {
        let output = run_quickstart(dir.path(), &["--out", out, "--sink", sink]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        let said = stderr(&output);
        assert!(said.contains(" lies in the output folder\n --> command line:1:"), "{said}");
        assert_eq!(names(dir.path()), Vec::<String>::new());
    }
    well(&run_quickstart(dir.path(), &["--out", "out", "--sink", "csv:out tables", "--json"]));
}

#[test]
fn two_sinks_in_one_place_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (one, two) in [
        ("csv:csv", "csv:./csv/,tables=trades"),
        ("ndjson:path=rows,tables=trades", "ndjson:path=rows,tables=trades+tops"),
        ("parquet:pq", "parquet:pq"),
        ("ndjson:-", "csv:-,tables=depth"),
    ] {
        let output = run_quickstart(dir.path(), &["--sink", one, "--sink", two]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{one}: {}", stderr(&output));
        assert!(
            stderr(&output).starts_with("error[P0205]: two sinks write to one place\n"),
            "{}",
            stderr(&output)
        );
    }
    let apart = [
        "--sink",
        "csv:csv,tables=trades",
        "--sink",
        "csv:csv,tables=tops",
        "--sink",
        "parquet:csv",
        "--json",
    ];
    well(&run_quickstart(dir.path(), &apart));
    assert_eq!(names(&dir.path().join("csv")).len(), 6, "{:?}", names(&dir.path().join("csv")));
}

#[test]
fn tables_on_stdout_have_it_for_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let output = run_quickstart(dir.path(), &["--sink", "csv:path=-,tables=trades"]);
    assert_eq!(output.status.code(), Some(0));
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert!(lines[0].starts_with("at,") && lines.len() > 10);
    let columns = lines[0].matches(',').count();
    assert!(lines.iter().all(|line| line.matches(',').count() == columns), "{}", stdout(&output));
    assert!(stderr(&output).contains("digest"), "the summary is for people: {}", stderr(&output));
}

/// Fails with "no space left on device" at every write.
#[cfg(target_os = "linux")]
#[test]
fn a_sink_on_a_full_disk_ends_the_run_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let output = run_quickstart(dir.path(), &["--out", "out", "--sink", "ndjson:/dev/full", "--json"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), ""));
    let said = stderr(&output);
    assert!(said.contains("cannot write /dev/full: No space left on device"), "{said}");
    assert!(said.ends_with("; what was written is kept in out.incomplete\n"), "{said}");
    assert_eq!(names(dir.path()), ["out.incomplete"]);
    let kept = incomplete(&dir.path().join("out.incomplete"));
    assert!(kept.reason.unwrap().contains("No space left"));

    // The results themselves cannot be told.
    for more in [&["--json"][..], &[]] {
        let path = quickstart();
        let args = ["run", path.to_str().unwrap(), "--length", "1s"];
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command(dir.path(), args.iter().chain(more)).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("cannot write to stdout: No space left"), "{}", stderr(&output));
    }
}
