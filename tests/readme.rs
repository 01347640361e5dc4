//! The README's first screen is what the program prints.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::run::{RunReport, Timing};
use prism::scenario::Scenario;

/// The README up to the figures that no two runs share: how long it took.
fn without_times(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let line = match (line.find(" simulated in "), line.find(" · seed ")) {
            (Some(from), Some(to)) => format!("{}{}", &line[..from], &line[to..]),
            _ => line.to_owned(),
        };
        match (line.find(" ("), line.find(" million a second)")) {
            (Some(from), Some(to)) => {
                format!("{}{}", &line[..from], &line[to + " million a second)".len()..])
            }
            _ => line,
        }
    };
    text.trim().lines().map(line).collect()
}

#[test]
fn the_first_screen_is_what_the_program_prints() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let command = "$ cargo run --release -- run scenarios/quickstart.toml\n";
    let shown = readme.split_once(command).unwrap().1.split_once("\n```").unwrap().0;

    let scenario = Scenario::load("scenarios/quickstart.toml").unwrap();
    let mut sim = scenario.builder().unwrap().build().unwrap();
    let run = sim.run_for(scenario.length()).unwrap();
    let timing = Timing { wall_seconds: 1.0, ..Timing::default() };
    let printed = RunReport::new("quickstart", &run, timing, true, None).to_string();
    assert_eq!(without_times(shown), without_times(&printed));

    assert!(run.groups.iter().all(|group| group.traded == group.count), "all forty agents have traded");
    for book in &run.books {
        assert!(book.trades > 5_000, "{book:?}");
    }
}
