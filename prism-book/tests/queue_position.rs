//! Estimators of the quantity ahead: their published formulas, their bounds, and how a contest counts.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

use prism_book::queue_position::{
    Biased, CancelLaw, Contest, Entrant, LawError, Log, Optimistic, Pessimistic, Posterior, Power,
    Proportional, QueueEstimator, Shared,
};
use prism_book::{BookEngine, Incoming, OrderId, Price, Qty, Side, Tif};
use proptest::prelude::*;

/// What the sources say of 30 lots ahead and 10 behind.
#[test]
fn laws_are_as_published() {
    let laws: [(&dyn CancelLaw, f64); 9] = [
        (&Pessimistic, 0.0),
        (&Optimistic, 1.0),
        (&Proportional, 0.75),
        (&Power::SQUARE, 0.9),
        (&Power::CUBE, 27.0 / 28.0),
        (&Log, 0.588_829_973_488_199_1),
        (&Biased::BACK, 0.237_304_687_5),
        (&Biased::new(0.0).unwrap(), 0.75),
        (&Biased::new(0.5).unwrap(), 0.9375),
    ];
    for (law, want) in laws {
        assert!((law.share_ahead(30.0, 10.0) - want).abs() < 1e-12, "{law:?}: {want}");
    }
    assert_eq!(Power::new(2.0), Ok(Power::SQUARE));
    assert_eq!(Power::new(0.0), Err(LawError::Exponent { found: 0.0 }));
    assert!(Power::new(f64::NAN).is_err() && Power::new(100.1).is_err());
    assert_eq!(Biased::new(-1.0), Err(LawError::Bias { found: -1.0 }));
    assert!(Biased::new(1.0).is_err() && Biased::new(f64::NAN).is_err());
    let text = Biased::new(2.0).unwrap_err().to_string();
    assert_eq!(text, "bias 2: expected a number between -1 and 1, without the ends");
}

/// Feeds 100 lots ahead, 50 that come, a trade of 20 and a cancellation of 26, and asks.
fn after(estimator: &mut dyn QueueEstimator) -> f64 {
    estimator.on_order(Qty(100));
    estimator.on_level(Qty(150));
    estimator.on_trade(Qty(20));
    estimator.on_level(Qty(130));
    assert!((estimator.ahead() - 80.0).abs() < 1e-9, "a trade is from the front");
    estimator.on_level(Qty(104));
    estimator.ahead()
}

#[test]
fn a_cancellation_is_shared_out_by_the_law() {
    assert_eq!(after(&mut Shared::new(Pessimistic)), 80.0);
    assert_eq!(after(&mut Shared::new(Optimistic)), 54.0);
    assert_eq!(after(&mut Shared::new(Proportional)), 64.0);
    // Ahead with probability 80/130, and then it is 54; behind otherwise.
    assert!((after(&mut Posterior::new(Proportional)) - 64.0).abs() < 1e-9);
}

#[test]
fn nothing_behind_means_ahead() {
    let mut all = Entrant::ALL.map(|entrant| (entrant.make)());
    for estimator in &mut all {
        estimator.on_order(Qty(100));
        estimator.on_level(Qty(70));
        assert!((estimator.ahead() - 70.0).abs() < 1e-9, "{estimator:?}");
        estimator.on_level(Qty(0));
        assert_eq!(estimator.ahead(), 0.0, "{estimator:?}");
        estimator.on_level(Qty(40));
        assert_eq!(estimator.ahead(), 0.0, "{estimator:?}");
    }
}

/// An order larger than all that is behind was ahead; one larger than all that is ahead was behind.
#[test]
fn a_large_cancellation_tells_where_it_was() {
    let (mut bayes, mut shared) = (Posterior::new(Proportional), Shared::new(Proportional));
    for estimator in [&mut bayes as &mut dyn QueueEstimator, &mut shared] {
        estimator.on_order(Qty(100));
        estimator.on_level(Qty(120));
        estimator.on_level(Qty(70));
    }
    assert_eq!(bayes.ahead(), 50.0);
    assert!(shared.ahead() > 58.0);
    // Either the first 10 lots were ahead or behind; then 95 go that cannot have been ahead of less.
    bayes.on_order(Qty(100));
    bayes.on_level(Qty(200));
    bayes.on_level(Qty(190));
    assert!((bayes.ahead() - 95.0).abs() < 1e-9);
    bayes.on_level(Qty(95));
    // Ahead were 90 or 100, behind 100 or 90: it was behind the 90 or ahead of the 100, both as likely.
    assert!((bayes.ahead() - f64::midpoint(90.0, 5.0)).abs() < 1e-9, "{}", bayes.ahead());
}

#[derive(Clone, Debug)]
enum Seen {
    Order(u64),
    Trade(u64),
    Level(u64),
}

proptest! {
    /// Whatever the feed says, sound or not.
    #[test]
    fn estimates_keep_to_their_bounds(
        seen in prop::collection::vec(
            prop_oneof![
                1 => (0u64..1_000).prop_map(Seen::Order),
                3 => (0u64..100).prop_map(Seen::Trade),
                9 => (0u64..1_000).prop_map(Seen::Level),
                1 => prop_oneof![Just(u64::MAX), Just(i64::MAX as u64)].prop_map(Seen::Level),
            ],
            1..200,
        )
    ) {
        let mut all = Entrant::ALL.map(|entrant| (entrant.make)());
        let (mut level, mut exact) = (0.0, true);
        for seen in seen {
            for estimator in &mut all {
                match seen {
                    Seen::Order(qty) => estimator.on_order(Qty(qty)),
                    Seen::Trade(qty) => estimator.on_trade(Qty(qty)),
                    Seen::Level(qty) => estimator.on_level(Qty(qty)),
                }
            }
            match seen {
                Seen::Order(qty) | Seen::Level(qty) => level = qty as f64,
                Seen::Trade(qty) => level = prism_core::math::max(level - qty as f64, 0.0),
            }
            // Above 2^53 lots not every number of them is a float, and bounds may pass each other.
            exact &= level < 1e15;
            let ahead = all.each_ref().map(|estimator| estimator.ahead());
            let at = |name| ahead[Entrant::ALL.iter().position(|entrant| entrant.name == name).unwrap()];
            let (low, high) = (at("optimistic"), at("pessimistic"));
            let rounding = 1e-6 * (1.0 + high);
            for (ahead, estimator) in ahead.iter().zip(&all) {
                prop_assert!((0.0..=level).contains(ahead), "{} of {}: {:?}", ahead, level, estimator);
                let between = *ahead >= low - rounding && *ahead <= high + rounding;
                prop_assert!(between || !exact, "{}: {:?}", ahead, estimator);
            }
        }
    }
}

/// Three followed orders: one whose fill is told right by one entrant and late by the other, one that leaves after
/// a trade that one of them takes for its fill, and one at the front, which is not followed.
#[test]
fn a_contest_counts_errors_and_fills() {
    let pick = |name| *Entrant::ALL.iter().find(|entrant| entrant.name == name).unwrap();
    let mut contest = Contest::new(&[pick("pessimistic"), pick("optimistic")], &[10]);
    let rest = |contest: &mut Contest, id, qty, now| {
        let handle = contest.insert((OrderId(id), Side::Buy), Price(5), Qty(qty), now).unwrap();
        contest.follow(handle, now);
        handle
    };
    rest(&mut contest, 1, 10, 0);
    let ahead = rest(&mut contest, 2, 10, 0);
    let mine = rest(&mut contest, 3, 10, 0);
    let behind = rest(&mut contest, 4, 10, 0);
    assert_eq!(contest.orders(), 3);
    // 1 and 2 are ahead of 3, 10 lots go: of 2. The pessimist of 3 is wrong by 10 from here on.
    contest.reduce(ahead, Qty(10), 5);
    let [pessimist, optimist] = contest.scores() else { panic!("two entrants") };
    // Arrivals were told to 2, then to 2 and 3; this to 3 and 4.
    assert_eq!((pessimist.all.count(), optimist.all.count()), (5, 5));
    assert_eq!((pessimist.all.bias(), pessimist.all.rms()), (2.0, 20f64.sqrt()));
    assert_eq!((optimist.all.bias(), optimist.all.rms()), (0.0, 0.0));
    // Behind 3, 5 lots go: the optimist of 3 is wrong by 5, at an age of 10.
    contest.reduce(behind, Qty(5), 10);
    let optimist = &contest.scores()[1];
    assert_eq!((optimist.by_age[0].count(), optimist.by_age[1].count()), (5, 2));
    assert_eq!(optimist.by_age[1].bias(), -2.5);
    // A trade of 8: past the optimist's 5 lots ahead of 3, not past the 10 that there are.
    let sell =
        |qty| Incoming { id: OrderId(9), side: Side::Sell, tif: Tif::Ioc, qty: Qty(qty), price: Price(1) };
    let _ = contest.submit(sell(8), 20);
    assert_eq!((contest.scores()[0].early, contest.scores()[1].early), (0, 1));
    // Then one of 4 reaches it: the pessimist has 7 ahead still.
    let _ = contest.submit(sell(4), 21);
    assert_eq!(contest.book().get(mine).unwrap().left, Qty(8));
    let [pessimist, optimist] = contest.scores() else { panic!("two entrants") };
    assert_eq!((pessimist.early, pessimist.right, pessimist.late), (0, 0, 1));
    assert_eq!((optimist.early, optimist.right, optimist.late), (1, 0, 0));
    // 4 is followed to its end: the rest of 3 and some of 4 trade at once.
    let _ = contest.submit(sell(9), 22);
    let [pessimist, optimist] = contest.scores() else { panic!("two entrants") };
    assert_eq!((pessimist.right + pessimist.late, optimist.right), (2, 1));
}
