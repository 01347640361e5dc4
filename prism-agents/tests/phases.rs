//! What agents do in a trading day: they quote where orders are taken, take where trading is continuous, and leave halted
//! and closed venues alone until they open again.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeMap;

use prism_book::day::{CorridorRules, Day, Stage};
use prism_book::{CallTime, DayRules};
use prism_core::agent::Prints;
use prism_core::kernel::{Builder, GroupSummary};
use prism_core::msg::Msg;
use prism_core::prelude::*;
use prism_core::spec::Liquidity;
use prism_core::testing::Script;
use prism_physics::latency::Fixed;
use prism_physics::value::OrnsteinUhlenbeck;
use support::kinds::{Wanted, all};
use support::worlds::{BOOK, market, secs};

type Given = &'static [(&'static str, &'static str)];

/// Kind, how many, parameters.
const ECOLOGY: [(usize, u32, Given); 6] = [
    (4, 2, &[("window", "6"), ("level_spacing", "0.5"), ("min_size", "50"), ("every", "1s")]),
    (1, 40, &[("repeat", "true"), ("rate", "0.2")]),
    (2, 20, &[("rate", "0.2"), ("horizon", "60s"), ("noise", "10")]),
    (3, 4, &[("every", "1s"), ("short_window", "5"), ("long_window", "15")]),
    (3, 4, &[("rule", "breakout"), ("bar", "2s"), ("bars", "4"), ("retrace", "1")]),
    (
        0,
        20,
        &[
            ("price_min", "9950 ticks"),
            ("price_max", "10050 ticks"),
            ("size", "5"),
            ("assigned", "500"),
            ("rate", "0.5"),
        ],
    ),
];

/// Seconds of the day at which its phases begin, of 200 in all.
const STAGES: [(Phase, i64); 8] = [
    (Phase::PreOpen, 0),
    (Phase::Opening, 20),
    (Phase::Continuous, 40),
    (Phase::Halted, 80),
    (Phase::Continuous, 100),
    (Phase::Volatility, 120),
    (Phase::Continuous, 130),
    (Phase::Closed, 170),
];

fn world(seed: u64, delay: Span) -> Builder {
    let stage = |(phase, from)| Stage { phase, from: Span::secs(from), random_end: Span::ZERO };
    let day = Day::new(Span::secs(200), &STAGES.map(stage)).unwrap();
    // Interruptions that no calendar tells.
    let call = CallTime { length: Span::secs(2), random_end: Span::ZERO };
    let corridor = CorridorRules { dynamic: Some(10), statics: None };
    let rules = DayRules::new(day, Time::ZERO).volatility(call).corridor(corridor);
    let law = OrnsteinUhlenbeck::new(10_000.0, 0.001, 10_000.0, 8.0).unwrap();
    let builder = Simulation::builder().seed(seed).venue(market(10_000).day(rules)).value("A", law);
    let listener = Script::default().hearing(Prints::PHASES);
    let builder = builder.latency(Fixed::new(delay).unwrap()).agents(Group::of(listener).named("listener"));
    ECOLOGY.iter().enumerate().fold(builder, |builder, (n, &(kind, count, given))| {
        let name = &format!("group {n}");
        builder.agents_boxed((all()[kind].group)(&Wanted { given, name, books: &["A"], count, wakes: None }))
    })
}

/// The group that an agent belongs to; the listener is before all of them.
fn group(agent: AgentId) -> usize {
    let mut ends = ECOLOGY.iter().scan(1, |end, (_, count, _)| {
        *end += count;
        Some(*end)
    });
    ends.position(|end| agent.0 < end).unwrap()
}

fn closed(group: &GroupSummary) -> u64 {
    group.refused.iter().filter(|(why, _)| *why == Reject::Closed).map(|(_, n)| *n).sum()
}

/// Without delays everybody knows the phase that an order will meet.
#[test]
fn nobody_sends_orders_to_a_venue_that_takes_none() {
    let mut sim = world(1, Span::ZERO).build().unwrap();
    let mut sent: BTreeMap<(usize, Phase), u32> = BTreeMap::new();
    let mut phase = STAGES[0].0;
    let mut interruptions = 0;
    sim.advance(sim.now()).unwrap();
    while sim.next_time().is_some_and(|at| at <= secs(400)) {
        match sim.step().unwrap().map(|event| event.msg) {
            Some(Msg::Request(Request::New { id, .. } | Request::Replace { id, .. })) => {
                *sent.entry((group(id.agent()), phase)).or_default() += 1;
            }
            Some(Msg::Print(Print::Phase { phase: next, .. })) => {
                interruptions += u32::from((phase, next) == (Phase::Continuous, Phase::Volatility));
                phase = next;
            }
            _ => {}
        }
    }
    assert!(interruptions > 5, "{interruptions}");
    let quotes = [Phase::PreOpen, Phase::Opening, Phase::Continuous, Phase::Volatility];
    for (n, (kind, ..)) in ECOLOGY.iter().enumerate() {
        let phases = match all()[*kind].liquidity {
            Liquidity::Opens => &quotes[..],
            Liquidity::Joins | Liquidity::Takes => &[Phase::Continuous],
        };
        for phase in Phase::ALL {
            let count = sent.get(&(n, phase)).copied().unwrap_or(0);
            assert_eq!(count > 0, phases.contains(&phase), "group {n} sends {count} orders in {phase:?}");
        }
    }
    let summary = sim.summary();
    assert_eq!(summary.groups.iter().map(closed).sum::<u64>(), 0);
    // Two days have passed, and the third begins.
    let phases = &summary.books[0].phases;
    let day = phases.iter().find(|phase| phase.phase == Phase::PreOpen).unwrap();
    assert_eq!(day.times, 3, "{phases:?}");
}

/// With a delay, only what is on its way when trading ends is refused: for each end so much as an agent sends in the time
/// that the news and the order take.
#[test]
fn only_orders_on_their_way_are_refused() {
    let mut sim = world(2, Span::millis(20)).build().unwrap();
    let run = sim.run_for(Span::secs(400)).unwrap();
    let (refused, orders) =
        run.groups.iter().fold((0, 0), |(r, o), group| (r + closed(group), o + group.orders));
    assert!(orders > 5_000 && refused * 200 < orders, "{refused} of {orders}");
}

/// Who quotes takes its quotes back when it finds its book closed, and is back in the next day.
#[test]
fn makers_leave_and_come_back() {
    let mut sim = world(3, Span::ZERO).build().unwrap();
    let mut rests = Vec::new();
    for at in [10, 30, 50, 90, 110, 125, 160, 190, 210, 250, 290, 310] {
        sim.advance(secs(at)).unwrap();
        let quotes = |ctx: &mut Ctx<'_>| (ctx.phase(BOOK), ctx.orders().count());
        // The first maker comes after the listener.
        let (phase, orders) = sim.act(AgentId(1), quotes).unwrap().unwrap();
        assert_eq!(orders > 0, phase.takes_orders(), "{orders} orders in {phase:?} at {at} s");
        rests.push(orders > 0);
    }
    assert!(rests.iter().filter(|rests| !**rests).count() == 3, "{rests:?}");
}
