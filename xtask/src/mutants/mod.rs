//! `cargo xtask mutants`: bugs planted in `prism-book` one at a time by cargo-mutants, each of which a test must
//! find. A run takes up where the one before ended: what was measured is in a committed file.

mod listed;
mod results;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::steps::{Done, run};
use crate::tools;
use crate::workspace::{Workspace, cargo};
use listed::Mutant;
use results::{Outcome, Results};

/// Mutants of one call of cargo-mutants: the results are written behind each call.
const BATCH: usize = 10;
/// The crate in which the bugs are planted.
const CRATE: &str = "prism-book";

/// The tests that are near to a folder, beside the unit tests: they are built and run for each mutant. The first
/// that fits counts. What survives them is held against all tests of the crate.
const NEAR: [(&str, &[&str]); 9] = [
    ("prism-book/src/book", &["against_naive", "answers", "corpus"]),
    ("prism-book/src/auction", &["auction"]),
    ("prism-book/src/day", &["auction_days"]),
    ("prism-book/src/feed", &["feed"]),
    ("prism-book/src/market/session", &["market_rules", "market_day", "trading_day"]),
    ("prism-book/src/market", &["market_rules", "market_twin", "market_api"]),
    ("prism-book/src/venue/dark", &["dark"]),
    ("prism-book/src/venue", &["exchange", "margin", "margin_random", "short_sales"]),
    ("prism-book/src", &["exchange", "self_trade"]),
];

/// How many messages the comparisons with the naive market have: `PRISM_MESSAGES`.
const MESSAGES: &str = "6000";

/// What the tests may take before they count as not ending, also on a busy machine: those near to a folder take
/// two, all of them ten.
const NEAR_SECONDS: u32 = 30;
const ALL_SECONDS: u32 = 120;

/// Which mutants a run takes on, and for how long.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The part `k` of `n` parts that lie in each other like the teeth of combs: `(k, n)`.
    pub(crate) shard: Option<(usize, usize)>,
    /// An even sample of so many over all files.
    pub(crate) sample: Option<usize>,
    /// Only those of files whose path holds this.
    pub(crate) file: Option<String>,
    /// The survivors instead, after tests were added.
    pub(crate) missed: bool,
    /// No batch begins after so many minutes.
    pub(crate) minutes: Option<u64>,
}

/// Measures the mutants that the options choose and that have no result on the text of today.
#[allow(clippy::disallowed_methods)] // how long a chore takes is no part of any simulation
pub(crate) fn measure(workspace: &Workspace, options: &Options) -> Result<Done, String> {
    let begin = Instant::now();
    tools::install_mutants()?;
    let mutants = listed::list(&workspace.root)?;
    let mut results = Results::load(&workspace.root)?;
    let chosen: Vec<&Mutant> = choose(&mutants, options)
        .into_iter()
        .filter(|mutant| results.of(mutant) == options.missed.then_some(Outcome::Missed))
        .collect();
    println!("{} of {} mutants to measure", chosen.len(), mutants.len());
    let lab = Lab::new(workspace)?;
    let mut baselines = Vec::new();
    for (near, group) in by_tests(&chosen) {
        for batch in group.chunks(BATCH) {
            if options.minutes.is_some_and(|most| begin.elapsed() >= Duration::from_secs(60 * most)) {
                return Ok(Done::Skipped("the time is up; the next run goes on from here".to_owned()));
            }
            if !baselines.contains(&near) {
                lab.baseline(near)?;
                baselines.push(near);
            }
            let mut outcomes = lab.plant(batch, &arguments(near), NEAR_SECONDS)?;
            let missed: Vec<&Mutant> = batch
                .iter()
                .filter(|mutant| outcomes.get(&mutant.name) == Some(&Outcome::Missed))
                .copied()
                .collect();
            if !missed.is_empty() {
                outcomes.extend(lab.plant(&missed, &["--tests".to_owned()], ALL_SECONDS)?);
            }
            for mutant in batch {
                if let Some(&outcome) = outcomes.get(&mutant.name) {
                    println!("{:<9} {}", outcome.word(), mutant.name);
                    results.put(mutant, outcome);
                }
            }
            results.save()?;
        }
    }
    Ok(Done::Passed)
}

/// Prints what is known so far. An error when too few bugs are found, or a survivor has no explanation.
pub(crate) fn summary(root: &Path) -> Result<Done, String> {
    tools::install_mutants()?;
    let mutants = listed::list(root)?;
    Results::load(root)?.summary(&mutants).map(|()| Done::Passed)
}

/// The mutants that the options name, measured or not.
fn choose<'a>(mutants: &'a [Mutant], options: &Options) -> Vec<&'a Mutant> {
    let sample: Option<BTreeSet<usize>> = options.sample.map(|wanted| sample(mutants, wanted));
    let named = mutants.iter().enumerate().filter(|(index, mutant)| {
        options.shard.is_none_or(|(k, n)| index % n == k)
            && sample.as_ref().is_none_or(|sample| sample.contains(index))
            && options.file.as_ref().is_none_or(|part| mutant.file.contains(part))
    });
    named.map(|(_, mutant)| mutant).collect()
}

/// So many mutants, of each file its share. Which ones they are hangs on their keys alone, so that a sample after
/// a change has most mutants of the one before, and a larger one all of a smaller.
fn sample(mutants: &[Mutant], wanted: usize) -> BTreeSet<usize> {
    let mut files: BTreeMap<&str, Vec<(u64, usize)>> = BTreeMap::new();
    for (index, mutant) in mutants.iter().enumerate() {
        files.entry(&mutant.file).or_default().push((results::hash(&mutant.key), index));
    }
    let mut turns = Vec::with_capacity(mutants.len());
    for of_file in files.values_mut() {
        of_file.sort_unstable();
        let count = of_file.len() as f64;
        turns.extend(
            of_file.iter().enumerate().map(|(rank, &(_, index))| ((rank as f64 + 0.5) / count, index)),
        );
    }
    turns.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    turns.into_iter().take(wanted).map(|(_, index)| index).collect()
}

/// The tests near to a file.
fn near(file: &str) -> &'static [&'static str] {
    NEAR.iter().find(|(folder, _)| file.starts_with(folder)).map_or(&[], |(_, tests)| tests)
}

/// Mutants with the same tests together.
fn by_tests<'a>(mutants: &[&'a Mutant]) -> Vec<(&'static [&'static str], Vec<&'a Mutant>)> {
    let mut groups: Vec<(_, Vec<_>)> = Vec::new();
    for mutant in mutants {
        let tests = near(&mutant.file);
        match groups.iter_mut().find(|(known, _)| *known == tests) {
            Some((_, group)) => group.push(*mutant),
            None => groups.push((tests, vec![*mutant])),
        }
    }
    groups
}

/// Tests as `cargo test` takes them.
fn arguments(tests: &[&str]) -> Vec<String> {
    std::iter::once("--lib".to_owned()).chain(tests.iter().map(|test| format!("--test={test}"))).collect()
}

/// The copy of the repository in which the bugs are planted, with a build folder of its own, so that one run
/// finds what another has built.
struct Lab {
    tree: PathBuf,
    build: PathBuf,
    out: PathBuf,
}

impl Lab {
    fn new(workspace: &Workspace) -> Result<Lab, String> {
        let folder = workspace.target.join("mutants");
        let lab = Lab { tree: folder.join("tree"), build: folder.join("build"), out: folder.clone() };
        tree::copy(&workspace.root, &lab.tree)?;
        Ok(lab)
    }

    fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command
            .current_dir(&self.tree)
            .stdin(Stdio::null())
            .env("CARGO_TARGET_DIR", &self.build)
            .env("CARGO_INCREMENTAL", "1")
            .env("PROPTEST_CASES", "64")
            .env("PRISM_MESSAGES", MESSAGES);
        command
    }

    /// The tests pass where no bug is planted.
    fn baseline(&self, tests: &[&str]) -> Result<(), String> {
        let mut command = self.cargo();
        command.args(["test", "--quiet", "--profile", "mutants", "--package", CRATE]).args(arguments(tests));
        run(&mut command).map_err(|error| format!("without any planted bug: {error}"))
    }

    /// Plants each of the bugs and runs the tests.
    fn plant(&self, mutants: &[&Mutant], tests: &[String], seconds: u32) -> Result<listed::Outcomes, String> {
        let mut command = self.cargo();
        command.args(["mutants", "--in-place", "--no-config", "--colors=never", "--baseline=skip"]);
        command.args(["--profile=mutants", "--build-timeout=600"]).arg(format!("--timeout={seconds}"));
        command.args(["--package", CRATE]).arg("--output").arg(&self.out);
        command.args(tests.iter().map(|test| format!("--cargo-arg={test}")));
        command.args(mutants.iter().map(|mutant| format!("--re=^{}$", listed::escaped(&mutant.name))));
        // It takes some mutants on whatever the patterns say; at least not those of other files.
        let files: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.file.as_str()).collect();
        command.args(files.iter().map(|file| format!("--file={file}")));
        // That a bug survives is no failure of this command.
        let status = command
            .stdout(Stdio::null())
            .status()
            .map_err(|error| format!("cargo mutants does not start: {error}"))?;
        let outcomes = listed::outcomes(&self.out.join("mutants.out/outcomes.json"))?;
        match mutants.iter().find(|mutant| !outcomes.contains_key(&mutant.name)) {
            None => Ok(outcomes),
            Some(mutant) => Err(format!("cargo mutants did not measure {}: {status}", mutant.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutants(count: usize) -> Vec<Mutant> {
        let mutant =
            |n| Mutant { name: format!("a.rs:{n}:1: x"), file: "a.rs".into(), key: format!("x #{n}") };
        (0..count).map(mutant).collect()
    }

    #[test]
    fn shards_are_disjoint_and_all_of_it_together() {
        let all = mutants(103);
        let mut seen = 0;
        for k in 0..7 {
            let part = choose(&all, &Options { shard: Some((k, 7)), ..Options::default() });
            assert!((14..=15).contains(&part.len()));
            seen += part.len();
        }
        assert_eq!(seen, 103);
    }

    #[test]
    fn a_sample_has_its_size_and_of_each_file_its_share() {
        let mut all = mutants(1_259);
        for (index, mutant) in all.iter_mut().enumerate() {
            mutant.file = format!("{}.rs", (index * index) / 100_000);
        }
        let in_file =
            |set: &BTreeSet<usize>, file: &str| set.iter().filter(|&&at| all[at].file == file).count();
        let everything: BTreeSet<usize> = (0..all.len()).collect();
        let smaller = sample(&all, 100);
        for wanted in [1, 10, 500, 1_259] {
            let chosen = sample(&all, wanted);
            assert_eq!(chosen.len(), wanted);
            assert!(wanted < 100 || chosen.is_superset(&smaller));
            for file in ["0.rs", "3.rs", "15.rs"] {
                let share = wanted * in_file(&everything, file) / all.len();
                assert!(in_file(&chosen, file).abs_diff(share) <= 1, "{file} in {wanted}");
            }
        }
        assert_eq!(sample(&all, 5_000), everything);
    }

    #[test]
    fn every_file_has_tests_near_to_it() {
        assert_eq!(near("prism-book/src/day/lots.rs"), ["auction_days"]);
        assert_eq!(near("prism-book/src/market/told.rs"), ["market_rules", "market_twin", "market_api"]);
        assert_eq!(near("prism-book/src/market/session/uncross.rs")[1], "market_day");
        assert_eq!(near("prism-book/src/venue/dark/pool.rs"), ["dark"]);
        assert_eq!(near("prism-book/src/lib.rs"), ["exchange", "self_trade"]);
    }
}
