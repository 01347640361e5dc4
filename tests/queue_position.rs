//! Estimators of the quantity ahead on a recorded day: the table of `docs/queue-position.md`.
#![allow(clippy::unwrap_used)]

mod replay_common;
#[path = "../examples/queue_position/tape.rs"]
mod tape;

use prism::book::queue_position::{Contest, Entrant, Score};

const GOOG: &str = "itch/GOOG_2012-06-21_from_lobster_10.itch50.zst";

/// Bias and root mean squared error in shares, orders told early, right and late.
const TABLE: [(&str, f64, f64, [u64; 3]); 9] = [
    ("pessimistic", 17.5, 62.1, [3, 1467, 116]),
    ("biased -0.8", 9.8, 62.1, [87, 1418, 81]),
    ("power 3", -7.9, 56.3, [150, 1394, 46]),
    ("power 2", -8.9, 60.6, [156, 1387, 47]),
    ("proportional", -9.1, 65.0, [176, 1364, 49]),
    ("log", -7.5, 68.9, [162, 1379, 47]),
    ("optimistic", -22.4, 67.5, [195, 1396, 2]),
    ("Bayes, proportional", -7.3, 59.0, [136, 1415, 39]),
    ("Bayes, biased -0.8", 7.2, 61.8, [95, 1441, 53]),
];

#[test]
fn estimators_err_on_a_recorded_day_as_documented() {
    let Some(path) = replay_common::tape("estimators_err_on_a_recorded_day_as_documented", GOOG) else {
        return;
    };
    let mut contest = Contest::new(&Entrant::ALL, &[]);
    tape::replay(&path, &mut contest).unwrap();
    assert_eq!(contest.orders(), 11_491);
    for (score, (name, bias, rms, told)) in contest.scores().iter().zip(TABLE) {
        assert_eq!(score.name, name);
        assert!((score.all.bias() - bias).abs() < 0.06 && (score.all.rms() - rms).abs() < 0.06, "{score:?}");
        assert_eq!([score.early, score.right, score.late], told, "{name}");
    }
    let score = |name: &str| -> &Score { contest.scores().iter().find(|score| score.name == name).unwrap() };
    let [high, low] = ["pessimistic", "optimistic"].map(score);
    let [fair, biased] = ["proportional", "biased -0.8"].map(score);
    // What the sources say: the bounds are bounds, and all between them is between them.
    assert!(low.all.bias() < 0.0 && high.all.bias() > 0.0);
    for between in contest.scores() {
        assert!((low.all.bias()..=high.all.bias()).contains(&between.all.bias()), "{}", between.name);
        assert!((high.early..=low.early).contains(&between.early), "{}", between.name);
        assert!((low.late..=high.late).contains(&between.late), "{}", between.name);
    }
    // Cancellations come from the back of the queue: who takes them for uniform thinks he is too far ahead.
    assert!(
        fair.all.bias() < 0.0 && biased.all.bias() > fair.all.bias() && biased.all.rms() < fair.all.rms()
    );
    // It helps to know that an order goes whole.
    for (with, without) in [("Bayes, proportional", "proportional"), ("Bayes, biased -0.8", "biased -0.8")] {
        assert!(score(with).all.rms() < score(without).all.rms(), "{with}");
    }
}
