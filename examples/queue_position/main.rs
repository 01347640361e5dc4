//! How far from the front is my order, when the feed shows only levels? Estimators against the exact answer.
//!
//! Without arguments in two simulated markets: one where every order is as likely to be cancelled, which is what
//! most estimators assume, and one where it is the late orders that go, as on real markets. With the path of an
//! ITCH 5.0 tape of one stock, on that: `cargo run --release --example queue_position -- TAPE`.

#![allow(clippy::print_stdout)] // an example shows something

mod flow;
mod tape;

use std::path::Path;

use prism::book::queue_position::{Contest, Entrant, Score};

/// Ages at which errors are told apart, in nanoseconds.
const AGES: [u64; 3] = [1_000_000_000, 10_000_000_000, 60_000_000_000];
const NAMES: [&str; 5] = ["< 1 s", "< 10 s", "< 1 min", "older", "all"];

/// Prints the scores: for each age the bias and the root mean squared error, then how fills were told.
fn show(title: &str, contest: &Contest) {
    println!("\n{title}: {} orders followed; bias and RMS error of the quantity ahead", contest.orders());
    print!("{:<20}", "");
    for name in NAMES {
        print!("{name:>18}");
    }
    println!("{:>8}{:>7}{:>7}", "early", "right", "late");
    for score in contest.scores() {
        print!("{:<20}", score.name);
        for errors in score.by_age.iter().chain([&score.all]) {
            print!("{:>+9.1}{:>9.1}", errors.bias(), errors.rms());
        }
        println!("{:>8}{:>7}{:>7}", score.early, score.right, score.late);
    }
}

fn score<'a>(contest: &'a Contest, name: &str) -> &'a Score {
    contest.scores().iter().find(|score| score.name == name).expect("an entrant of that name")
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(path) = std::env::args().nth(1) {
        let mut contest = Contest::new(&Entrant::ALL, &AGES);
        tape::replay(Path::new(&path), &mut contest)?;
        show(&path, &contest);
        return Ok(());
    }
    for (title, late) in [("any order is cancelled", 0.0), ("late orders are cancelled", 0.8)] {
        let mut contest = Contest::new(&Entrant::ALL, &AGES);
        flow::run(&mut contest, late, 40_000)?;
        show(title, &contest);
        let [low, fair, high] =
            ["optimistic", "proportional", "pessimistic"].map(|name| score(&contest, name).all.bias());
        assert!(low < fair && fair < high && low < 0.0 && high > 0.0, "{low} {fair} {high}");
        // Where late orders go, whoever thinks that all are as likely to go takes himself for further ahead.
        assert!(if late > 0.5 { fair < -5.0 } else { fair.abs() < 3.0 }, "{fair}");
    }
    Ok(())
}
