//! Steps that are run one after the other, all of them, whatever becomes of one.

use std::process::Command;
use std::time::{Duration, Instant};

/// How a step ended when it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Passed,
    /// Nothing to do, and why.
    Skipped(String),
}

/// A named part of the work.
pub(crate) struct Step<'a> {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) work: Box<dyn Fn() -> Result<Done, String> + 'a>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(
        name: &'static str,
        what: &'static str,
        work: impl Fn() -> Result<Done, String> + 'a,
    ) -> Self {
        Self { name, what, work: Box::new(work) }
    }
}

/// Runs every step and sums up. True when none failed.
pub(crate) fn run_all<'a>(steps: impl Iterator<Item = &'a Step<'a>>) -> bool {
    let mut done = Vec::new();
    for step in steps {
        println!("\n==> {}: {}", step.name, step.what);
        let (result, time) = timed(&step.work);
        if let Err(error) = &result {
            println!("{error}");
        }
        done.push((step.name, result, time));
    }
    println!("\n==> summary");
    for (name, result, time) in &done {
        let (mark, remark) = match result {
            Ok(Done::Passed) => ("ok", ""),
            Ok(Done::Skipped(why)) => ("skipped", why.as_str()),
            Err(error) => ("FAILED", error.lines().next().unwrap_or_default()),
        };
        println!("{name:<10} {mark:<8} {:>7.1} s  {remark}", time.as_secs_f64());
    }
    let failed: Vec<&str> =
        done.iter().filter(|(_, result, _)| result.is_err()).map(|(name, ..)| *name).collect();
    match &failed[..] {
        [] => println!("all {} steps passed", done.len()),
        names => println!("{} of {} steps failed: {}", names.len(), done.len(), names.join(", ")),
    }
    failed.is_empty()
}

#[allow(clippy::disallowed_methods)] // how long a chore takes is no part of any simulation
fn timed<T>(work: impl Fn() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let result = work();
    (result, begin.elapsed())
}

/// Says what is run, runs it with its output in sight, and turns a failure into words.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = announce(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` failed: {status}")),
        Err(error) => Err(format!("`{shown}` does not start: {error}")),
    }
}

/// The same for a program that must end by itself within a time.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<(), String> {
    let shown = announce(command);
    let mut child = command.spawn().map_err(|error| format!("`{shown}` does not start: {error}"))?;
    let pause = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    while waited < limit {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("`{shown}` failed: {status}")),
            Ok(None) => std::thread::sleep(pause),
            Err(error) => return Err(format!("`{shown}`: {error}")),
        }
        waited += pause;
    }
    let ended = child.kill().and_then(|()| child.wait());
    Err(format!(
        "`{shown}` had not ended after {} s ({})",
        limit.as_secs(),
        ended.map_or_else(|error| error.to_string(), |status| status.to_string())
    ))
}

/// Prints a command as one would type it.
fn announce(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default();
    let words = command.get_args().map(|word| word.to_string_lossy());
    let shown = words.fold(program.to_owned(), |line, word| line + " " + &word);
    println!("$ {shown}");
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn a_failure_is_neither_hidden_nor_the_end() {
        let seen = RefCell::new(Vec::new());
        let seen = &seen;
        let step = |name: &'static str, result: Result<Done, String>| {
            Step::new(name, "", move || {
                seen.borrow_mut().push(name);
                result.clone()
            })
        };
        let skipped = || Ok(Done::Skipped("nothing there".to_owned()));
        let steps = [step("a", Ok(Done::Passed)), step("b", Err("broken".to_owned())), step("c", skipped())];
        assert!(!run_all(steps.iter()));
        assert_eq!(*seen.borrow(), ["a", "b", "c"]);
        assert!(run_all(steps.iter().filter(|step| step.name != "b")));
    }

    #[test]
    fn a_command_that_fails_or_is_not_there_is_an_error() {
        assert_eq!(run(&mut Command::new("true")), Ok(()));
        let failed = run(Command::new("sh").args(["-c", "exit 3"])).expect_err("it says 3");
        assert!(failed.starts_with("`sh -c exit 3` failed:"), "{failed}");
        let absent = run(&mut Command::new("/no/such/program")).expect_err("it is not there");
        assert!(absent.contains("does not start"), "{absent}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let long = Duration::from_mins(1);
        assert_eq!(run_within(&mut Command::new("true"), long), Ok(()));
        assert!(run_within(&mut Command::new("false"), long).is_err());
        let hung =
            run_within(Command::new("sleep").arg("1000"), Duration::from_millis(1)).expect_err("it hangs");
        assert!(hung.contains("had not ended"), "{hung}");
    }
}
