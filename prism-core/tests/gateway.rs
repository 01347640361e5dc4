//! Load makes latency: a venue's gateway serves requests one after the other, and limits how many an agent sends.
#![allow(clippy::unwrap_used, missing_docs)]

use prism_core::agent::Group;
use prism_core::kernel::{BuildProblem, Builder, Gateway, GatewaySummary, Ties};
use prism_core::msg::{Event, Msg};
use prism_core::prelude::*;
use prism_core::testing::{EchoSpec, Restless, Script, Step, WildLink};
use proptest::prelude::*;

const BOOK: BookId = BookId(0);

fn market() -> Builder {
    Simulation::builder().venue(EchoSpec::new(&["A"]))
}

fn bid() -> Step {
    Step::Order(Order::limit(BOOK, Side::Buy, Qty(1), Price(100)))
}

/// Times in ns and orders.
type Passed = Vec<(i64, OrderId)>;

/// When requests arrived at the gateway and when they were carried out, with their orders.
fn passage(sim: &mut Simulation) -> (Passed, Passed) {
    let (mut arrived, mut served) = (Vec::new(), Vec::new());
    while let Some(Event { at, msg, .. }) = sim.step().unwrap() {
        match msg {
            Msg::Request(req) => arrived.push((at.nanos(), req.id())),
            Msg::Served(req) => served.push((at.nanos(), req.id())),
            _ => {}
        }
    }
    (arrived, served)
}

fn only(sim: &Simulation) -> GatewaySummary {
    sim.summary().gateways[0]
}

/// Orders in a stream without memory, each gone at once.
#[derive(Clone)]
struct Stream;

impl Agent for Stream {
    const HEARS_REPORTS: bool = false;
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        ctx.order(Order::market(BOOK, Side::Buy, Qty(1)));
    }
}

/// The mean wait of a Poisson stream for a server of 1e5 requests a second that it keeps busy for a share `load`.
fn mean_wait(load: f64, length: Span) -> f64 {
    let gap = Span::from_secs_f64(100.0 / (load * 1e5));
    let mut sim = market()
        .seed(3)
        .gateway("ECHO", Gateway::new().service(Span::micros(10)))
        .agents(Group::of(Stream).named("stream").count(100).poisson(gap))
        .build()
        .unwrap();
    sim.run_for(length).unwrap();
    let summary = only(&sim);
    let sent = load * 1e5 * length.as_secs_f64();
    assert!((summary.passed as f64 / sent - 1.0).abs() < 0.01, "{} of {sent}", summary.passed);
    summary.mean_wait.as_nanos() as f64
}

/// Pollaczek and Khinchin: x / (2 mu (1 - x)).
#[test]
fn the_mean_wait_is_that_of_the_queue_with_fixed_service() {
    for (load, length, want) in [(0.5, Span::secs(2), 5_000.0), (0.8, Span::secs(12), 20_000.0)] {
        let wait = mean_wait(load, length);
        assert!((wait / want - 1.0).abs() < 0.03, "{wait} ns at {load}, not {want} ns");
    }
}

proptest! {
    /// Against a queue of which every place is counted.
    #[test]
    fn first_come_first_served_and_never_early(
        seed in any::<u64>(),
        (service, most, shuffled) in (1i64..400, 1u32..500, any::<bool>()),
        room in proptest::option::of(0u32..5),
        gaps in proptest::collection::vec(0i64..300, 1..40),
    ) {
        let rules = Gateway::new().service(Span::nanos(service));
        let rules = room.map_or(rules, |room| rules.max_queue(room));
        let at = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) });
        let script = Script::new(at.map(|at| (at, bid())));
        let mut sim = market()
            .seed(seed)
            .latency(WildLink { order: most, report: 1 })
            .ties(if shuffled { Ties::Random } else { Ties::Fifo })
            .gateway("ECHO", rules)
            .agents(Group::of(script).named("three").count(3))
            .build()
            .unwrap();
        let (arrived, served) = passage(&mut sim);
        prop_assert_eq!(arrived.len(), 3 * gaps.len());

        let (mut begins, mut ends, mut refused) = (Vec::<i64>::new(), Vec::new(), Vec::new());
        let (mut longest, mut largest) = (0, 0);
        for &(at, id) in &arrived {
            let begin = ends.last().map_or(at, |&(end, _): &(i64, OrderId)| end.max(at));
            let waiting = begins.iter().filter(|&&begin| begin > at).count();
            if begin > at && room.is_some_and(|room| waiting >= room as usize) {
                refused.push((at, id));
                continue;
            }
            begins.push(begin);
            ends.push((begin + service, id));
            longest = longest.max(begin - at);
            largest = largest.max(waiting as u64 + u64::from(begin > at));
        }
        prop_assert_eq!(&served, &ends, "in the order of arrival, each its time after the one before");
        let summary = only(&sim);
        prop_assert_eq!(summary.passed, ends.len() as u64);
        prop_assert_eq!((summary.rejected_by_rate, summary.rejected_by_queue), (0, refused.len() as u64));
        prop_assert_eq!((summary.max_wait.as_nanos(), summary.largest_queue), (longest, largest));

        let mut heard: Vec<(i64, OrderId)> = Vec::new();
        for script in sim.members::<Script>() {
            for (at, report) in &script.reports {
                match *report {
                    Report::Rejected { id, why: Reject::QueueFull, open: false } => {
                        prop_assert!(refused.contains(&(at.nanos(), id)), "refused on arrival");
                    }
                    _ => heard.push((at.nanos(), report.id())),
                }
            }
        }
        heard.sort_unstable();
        ends.sort_unstable();
        prop_assert_eq!(heard, ends, "reports leave when the service ends");
    }

    /// Against a count of every window.
    #[test]
    fn no_window_takes_more_than_the_limit(
        (limit, window) in (1u32..5, 1i64..400),
        gaps in proptest::collection::vec(0i64..200, 1..60),
    ) {
        let at: Vec<i64> = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) }).collect();
        let script = Script::new(at.iter().map(|&at| (at, bid())));
        let mut sim = market()
            .gateway("ECHO", Gateway::new().limit(limit, Span::nanos(window)))
            .agents(Group::of(script).named("two").count(2))
            .build()
            .unwrap();
        sim.run_for(Span::millis(1)).unwrap();
        let (mut begin, mut used, mut want) = (i64::MIN / 2, 0, Vec::new());
        for &at in &at {
            if at - begin >= window {
                (begin, used) = (at, 0);
            }
            want.push(used < limit);
            used += 1;
        }
        for script in sim.members::<Script>() {
            let taken = |report: &Report| !matches!(report, Report::Rejected { why: Reject::RateLimit, .. });
            let got: Vec<bool> = script.reports.iter().map(|(_, report)| taken(report)).collect();
            prop_assert_eq!(&got, &want, "each agent has its own count");
        }
        let over = want.iter().filter(|taken| !**taken).count() as u64;
        prop_assert_eq!(only(&sim).rejected_by_rate, 2 * over);
    }
}

/// What a script hears, and whether each request was taken.
fn answers(rules: Gateway, steps: &[(i64, Step)]) -> Vec<(i64, bool)> {
    let mut sim = market()
        .gateway("ECHO", rules)
        .agents(Group::of(Script::new(steps.iter().copied())).named("one"))
        .build()
        .unwrap();
    sim.run_for(Span::micros(1)).unwrap();
    let script = sim.members::<Script>().next().unwrap();
    let taken = |report: &Report| !matches!(report, Report::Rejected { .. });
    script.reports.iter().map(|(at, report)| (at.nanos(), taken(report))).collect()
}

#[test]
fn a_window_begins_with_a_request_and_ends_before_its_last_instant() {
    let two_in_a_hundred = Gateway::new().limit(2, Span::nanos(100));
    let steps = [50, 60, 149, 150, 249, 249, 251, 400, 499].map(|at| (at, bid()));
    let taken = [true, true, false, true, true, false, true, true, true];
    assert_eq!(
        answers(two_in_a_hundred, &steps),
        steps.map(|(at, _)| at).into_iter().zip(taken).collect::<Vec<_>>()
    );
}

#[test]
fn cancels_are_free_where_they_are_exempt() {
    let steps = [(10, bid()), (11, bid()), (12, Step::Cancel(0)), (13, bid()), (14, Step::Cancel(1))];
    let limit = Gateway::new().limit(2, Span::nanos(100));
    let taken = |rules| answers(rules, &steps).into_iter().map(|(_, taken)| taken).collect::<Vec<_>>();
    assert_eq!(taken(limit), [true, true, false, false, false]);
    assert_eq!(taken(limit.exempt_cancels()), [true, true, true, false, true]);
}

#[test]
fn what_is_refused_takes_no_service() {
    let rules = Gateway::new().service(Span::nanos(10)).limit(1, Span::nanos(5));
    let heard = answers(rules, &[(100, bid()), (101, bid()), (102, bid()), (105, bid())]);
    assert_eq!(heard, [(101, false), (102, false), (110, true), (120, true)]);
}

/// A cancel that does not get through leaves the order where it is, for its owner too.
#[test]
fn a_refused_cancel_leaves_the_order_working() {
    let steps = [(10, bid()), (11, Step::Cancel(0)), (12, bid())];
    let mut sim = market()
        .gateway("ECHO", Gateway::new().limit(1, Span::micros(1)))
        .agents(Group::of(Script::new(steps)).named("one"))
        .build()
        .unwrap();
    let run = sim.run_for(Span::nanos(100)).unwrap();
    let working: Vec<OrderId> =
        sim.act(AgentId(0), |ctx| ctx.orders().map(|(id, _)| id).collect()).unwrap().unwrap();
    let script = sim.members::<Script>().next().unwrap();
    assert_eq!(working, [script.sent[0]], "the first rests, the second never came to the book");
    let why = Reject::RateLimit;
    assert_eq!(script.reports[1].1, Report::Rejected { id: script.sent[0], why, open: true });
    assert_eq!(script.reports[2].1, Report::Rejected { id: script.sent[1], why, open: false });
    assert_eq!((run.requests, run.orders, run.cancels), (3, 2, 1), "all of them came to the venue");
}

fn crowd(ties: Ties, gateway: Option<Gateway>) -> Simulation {
    let mut builder = market().seed(11).ties(ties);
    if let Some(gateway) = gateway {
        builder = builder.gateway("ECHO", gateway);
    }
    // A period that makes ties, and a stream that does not.
    builder
        .agents(Group::of(Restless).named("ticking").count(20).periodic(Span::millis(20)))
        .agents(Group::of(Restless).named("random").count(20).poisson(Span::millis(2)))
        .build()
        .unwrap()
}

/// Busy most of the time, and over its limits now and then.
const NARROW: Gateway = Gateway::new().service(Span::micros(20)).limit(30, Span::millis(10)).max_queue(15);

#[test]
fn a_gateway_that_does_nothing_changes_nothing() {
    for ties in [Ties::Fifo, Ties::Random] {
        let digest = |gateway| crowd(ties, gateway).run_for(Span::secs(1)).unwrap().digest;
        let without = digest(None);
        assert_eq!(digest(Some(Gateway::new())), without);
        let wide = Gateway::new().limit(u32::MAX, Span::secs(1)).max_queue(0);
        assert_eq!(digest(Some(wide)), without, "limits that nobody meets");
        assert_ne!(digest(Some(Gateway::new().service(Span::nanos(1)))), without, "a delay is another world");
    }
}

#[test]
fn twins_stay_twins_behind_a_gateway() {
    for ties in [Ties::Fifo, Ties::Random] {
        let mut straight = crowd(ties, Some(NARROW));
        let whole = straight.run_for(Span::secs(1)).unwrap();
        let gateway = whole.gateways[0];
        assert!(gateway.rejected_by_rate > 0 && gateway.rejected_by_queue > 0, "{gateway:?}");
        for cut in [0, 1, 17, 1_000_000, 500_000_003] {
            let mut first = crowd(ties, Some(NARROW));
            first.run_for(Span::nanos(cut)).unwrap();
            let mut twin = first.fork();
            for sim in [&mut twin, &mut first] {
                let run = sim.run_for(Span::secs(1) - Span::nanos(cut)).unwrap();
                assert_eq!((run.digest, run.events), (whole.digest, whole.events), "cut at {cut}");
                assert_eq!(run.gateways, whole.gateways);
            }
        }
        let mut stepped = crowd(ties, Some(NARROW));
        stepped.run_for(Span::ZERO).unwrap();
        while stepped.next_time().is_some_and(|at| at <= Time::from_nanos(1_000_000_000)) {
            stepped.step().unwrap();
        }
        assert_eq!(stepped.digest(), whole.digest, "step by step");
    }
}

#[test]
fn venues_have_gateways_of_their_own() {
    let other = EchoSpec::new(&["B"]).named("OTHER");
    let orders = [(10, bid()), (10, Step::Order(Order::limit(BookId(1), Side::Buy, Qty(1), Price(7))))];
    let mut sim = Simulation::builder()
        .venue(EchoSpec::new(&["A"]))
        .venue(other)
        .gateway("OTHER", Gateway::new().service(Span::nanos(30)))
        .agents(Group::of(Script::new(orders)).named("one"))
        .build()
        .unwrap();
    let run = sim.run_for(Span::micros(1)).unwrap();
    let script = sim.members::<Script>().next().unwrap();
    assert_eq!(script.reports.iter().map(|(at, _)| at.nanos()).collect::<Vec<_>>(), [10, 40]);
    assert_eq!(run.gateways.len(), 1);
    assert_eq!((run.gateways[0].venue, run.gateways[0].passed), (VenueId(1), 1));
    let text = run.to_string();
    assert!(text.ends_with("gateway of OTHER · 1 requests · wait 0.0 us, at most 0.0 us · queue at most 0 · rejected 0 by rate, 0 by queue"), "{text}");
}

#[test]
fn gateways_that_cannot_be_are_refused() {
    let error = market()
        .gateway("ECHO", Gateway::new().service(Span::nanos(-1)).limit(0, Span::ZERO))
        .gateway("ECHO", Gateway::new())
        .build()
        .unwrap_err();
    assert_eq!(error.to_string(), "two gateways are called \"ECHO\"");
    let error = market()
        .gateway("ECHO", Gateway::new().service(Span::nanos(-1)).limit(0, Span::ZERO))
        .gateway("ELSEWHERE", Gateway::new())
        .build()
        .unwrap_err();
    assert!(matches!(error.problems[3], BuildProblem::Unknown { what: "venue", .. }), "{error}");
    let text: Vec<String> = error.problems[..3].iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "service of the gateway of ECHO must be at least 0s, not -1ns",
            "window of the gateway of ECHO must be at least 1ns, not 0s",
            "limit of the gateway of ECHO must be at least 1, not 0",
        ]
    );
}
