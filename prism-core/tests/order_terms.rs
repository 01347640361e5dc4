//! Terms travel with their order: through the link and the gateway, into the digest, to venues that know them.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::agent::Group;
use prism_core::digest::Digest;
use prism_core::kernel::Gateway;
use prism_core::prelude::*;
use prism_core::testing::{EchoSpec, Script, Step};

const BOOK: BookId = BookId(0);

fn order() -> Order {
    Order::limit(BOOK, Side::Buy, Qty(7), Price(100))
}

/// What a script hears of its orders, and the digest at the end.
fn run(steps: impl IntoIterator<Item = (i64, Step)>, gateway: Option<Gateway>) -> (Vec<Report>, u64) {
    let mut builder = Simulation::builder().venue(EchoSpec::new(&["A"])).seed(1);
    if let Some(gateway) = gateway {
        builder = builder.gateway("ECHO", gateway);
    }
    let group = Group::of(Script::new(steps)).named("script").books(["A"]);
    let mut sim = builder.agents(group).build().unwrap();
    sim.run_for(Span::secs(1)).unwrap();
    let script = sim.members::<Script>().next().unwrap();
    (script.reports.iter().map(|(_, report)| *report).collect(), sim.digest())
}

fn stop(price: i64) -> Step {
    Step::OrderWith(order(), Terms::stop(Price(price)))
}

/// The price and the size that the reports say of orders that were triggered.
fn triggered(reports: &[Report]) -> Vec<i64> {
    let pair = |two: &[Report]| match *two {
        [Report::Accepted { id, price, .. }, Report::Triggered { id: again, left: Qty(7) }]
            if id == again =>
        {
            price.0
        }
        ref other => panic!("{other:?}"),
    };
    reports.chunks(2).map(pair).collect()
}

#[test]
fn each_order_arrives_with_its_own_terms() {
    let steps = [(5, stop(90)), (5, stop(91)), (40, stop(92)), (40, stop(93)), (41, stop(94))];
    let (reports, _) = run(steps, None);
    assert_eq!(triggered(&reports), [90, 91, 92, 93, 94]);
}

#[test]
fn they_wait_with_their_order_in_a_gateway_and_are_forgotten_with_it() {
    let gateway = || Gateway::new().service(Span::micros(1)).max_queue(2);
    let steps = (0..9).map(|n| (5, stop(90 + n))).chain([(10_000, stop(200)), (10_000, stop(201))]);
    let (reports, _) = run(steps, Some(gateway()));
    let refused = reports.iter().filter(|report| matches!(report, Report::Rejected { .. })).count();
    assert!((5..9).contains(&refused), "{refused}");
    let heard: Vec<_> =
        reports.into_iter().filter(|report| !matches!(report, Report::Rejected { .. })).collect();
    let heard = triggered(&heard);
    assert_eq!(heard.len(), 11 - refused);
    assert_eq!(heard[heard.len() - 2..], [200, 201]);
}

#[test]
fn every_term_is_part_of_the_digest() {
    let other = OrderId(1);
    let at = Expiry::At { time: Time::from_nanos(99) };
    let kinds = [
        Terms::default(),
        Terms::stop(Price(5)),
        Terms::stop(Price(6)),
        Terms::trail(5),
        Terms::trail_bp(5),
        Terms::peak(Qty(5)),
        Terms::random_peak(Qty(5), Qty(6)),
        Terms::hidden(),
        Terms::peg(PegTo::Primary, 1),
        Terms::peg(PegTo::Primary, -1),
        Terms::peg(PegTo::Market, 1),
        Terms::peg(PegTo::Midpoint, 1),
        Terms::market_to_limit(),
        Terms::slide(),
        Terms::sweep(),
        Terms::default().min_qty(Qty(5)),
        Terms::default().expires(Expiry::Day),
        Terms::default().expires(at),
        Terms::default().session(Session::AtOpen),
        Terms::default().session(Session::AtClose),
        Terms::default().oco(other),
        Terms::default().after(other),
    ];
    let digest = |terms: &Terms| {
        let mut digest = Digest::default();
        terms.digest(&mut digest);
        digest.value()
    };
    for (n, one) in kinds.iter().enumerate() {
        assert_eq!(one.is_plain(), n == 0);
        for other in &kinds[..n] {
            assert_ne!(digest(one), digest(other), "{one:?} {other:?}");
        }
    }
    assert_ne!(run([(5, stop(90))], None).1, run([(5, stop(91))], None).1);
    assert_eq!(run([(5, stop(90))], None).1, run([(5, stop(90))], None).1);
}
