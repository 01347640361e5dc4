//! Per agent and venue, no message overtakes another, whatever delays are drawn.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::agent::Group;
use prism_core::msg::{Event, Msg};
use prism_core::prelude::*;
use prism_core::testing::{EchoSpec, Script, Step, WildLink};
use proptest::prelude::*;

proptest! {
    #[test]
    fn first_in_first_out_per_link(
        seed in any::<u64>(),
        most in 1u32..5_000,
        gaps in proptest::collection::vec(0i64..300, 1..60),
    ) {
        let mut at = 0;
        let steps: Vec<_> = gaps
            .iter()
            .enumerate()
            .map(|(n, gap)| {
                at += gap;
                (at, Step::Order(Order::limit(BookId(0), Side::Buy, Qty(n as u64 + 1), Price(100))))
            })
            .collect();
        let mut sim = Simulation::builder()
            .seed(seed)
            .venue(EchoSpec::new(&["A"]))
            .latency(WildLink { order: most, report: most })
            .agents(Group::of(Script::new(steps)).named("one").count(3))
            .build()
            .unwrap();
        let mut arrived: [Vec<u32>; 3] = Default::default();
        while let Some(event) = sim.step().unwrap() {
            if let Event { msg: Msg::Request(req), .. } = event {
                arrived[req.id().agent().index()].push(req.id().counter());
            }
        }
        for (script, arrived) in sim.members::<Script>().zip(&arrived) {
            prop_assert_eq!(arrived.len(), gaps.len());
            let sent: Vec<u32> = script.sent.iter().map(|id| id.counter()).collect();
            prop_assert_eq!(arrived, &sent, "requests arrive as sent");
            let reported: Vec<u32> = script.reports.iter().map(|(_, r)| r.id().counter()).collect();
            prop_assert_eq!(&reported, &sent, "reports arrive as sent");
            prop_assert!(script.reports.windows(2).all(|w| w[0].0 <= w[1].0));
        }
    }
}

#[test]
fn thinking_time_delays_what_follows_and_keeps_the_order() {
    let bid = |qty| Step::Order(Order::limit(BookId(0), Side::Buy, Qty(qty), Price(100)));
    let script =
        Script::new([(100, bid(1)), (100, Step::Busy(Span::nanos(50))), (100, bid(2)), (120, bid(3))]);
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .agents(Group::of(script).named("one"))
        .build()
        .unwrap();
    sim.run_for(Span::micros(1)).unwrap();
    let script = sim.members::<Script>().next().unwrap();
    let heard: Vec<_> = script.reports.iter().map(|(at, r)| (at.nanos(), r.id().counter())).collect();
    assert_eq!(
        heard,
        [(100, script.sent[0].counter()), (150, script.sent[1].counter()), (150, script.sent[2].counter())]
    );
}
