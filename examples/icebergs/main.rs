//! Finding icebergs in an order-by-order feed.
//!
//! An iceberg shows one peak at a time; when that has traded, the next is displayed at the end of the queue. A feed such
//! as ITCH gives each displayed peak a number of its own, so that nothing says that two of them are one order. What gives
//! an iceberg away is time: its next peak comes with the trade that used the last one up. Whoever refills by hand needs
//! some milliseconds longer, and so looks like an iceberg to a detector that waits that long, or whose clock is coarse
//! (Zotikov & Antonov 2019, CME Iceberg Order Detection and Prediction, call these native and synthetic icebergs).

#![allow(clippy::print_stdout)] // an example shows something

mod detector;
mod flow;

use prism::core::types::Span;

use detector::{Detector, Score};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tape = flow::record(60_000)?;
    println!(
        "{} messages; {} displayed orders, of which {} are the next peak of an iceberg",
        tape.messages.len(),
        tape.owners.len(),
        tape.refills
    );
    println!(
        "{:<34}{:>8}{:>8}{:>11}{:>9}",
        "refill within, of any size", "found", "right", "precision", "recall"
    );
    let mut scores = Vec::new();
    for same_size in [false, true] {
        if same_size {
            println!("refill within, of the same size");
        }
        for millis in [0, 1, 10, 50, 200, 1_000] {
            let mut detector = Detector::new(Span::millis(millis), same_size);
            for message in &tape.messages {
                detector.see(message);
            }
            let score = detector.score(&tape);
            let Score { found, right, .. } = score;
            let (precision, recall) = (100.0 * score.precision(), 100.0 * score.recall());
            println!(
                "{:<34}{found:>8}{right:>8}{precision:>9.1} %{recall:>7.1} %",
                format!("{millis:>6} ms")
            );
            scores.push(score);
        }
    }
    let (instant, slow, sized) = (&scores[0], &scores[5], &scores[6]);
    assert!(instant.recall() > 0.85 && instant.precision() > 0.85, "{instant:?}");
    assert!(slow.precision() < instant.precision(), "by hand looks the same to who waits");
    assert!(sized.recall() < 0.9, "random peaks are of many sizes");
    Ok(())
}
