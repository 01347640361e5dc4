//! An agent that does not hear its reports sees at every look what it would have seen if it did.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, missing_docs)]

use prism_book::venue::Exchange;
use prism_core::agent::AnyAgent;
use prism_core::kernel::{Builder, Ties};
use prism_core::latency::LatencyModel;
use prism_core::prelude::*;
use prism_core::types::FeeRate;
use proptest::prelude::*;

/// Does anything an agent can do, and remembers all it saw. `HEARS` only says how it learns of its reports.
#[derive(Clone, Default)]
struct Looker<const HEARS: bool> {
    seen: Vec<(Time, u64)>,
}

impl<const HEARS: bool> Looker<HEARS> {
    fn look(&mut self, ctx: &Ctx<'_>) {
        let mut digest = prism_core::digest::Digest::new();
        for (id, order) in ctx.orders() {
            digest.word(id.0);
            digest.int(order.price.0);
            digest.word(order.left.0);
        }
        for &book in ctx.books() {
            digest.int(ctx.position(book));
            digest.int(ctx.account().cash(ctx.currency(book).unwrap()).0);
        }
        self.seen.push((ctx.now(), digest.value()));
    }
}

impl<const HEARS: bool> Agent for Looker<HEARS> {
    const HEARS_REPORTS: bool = HEARS;

    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        self.look(ctx);
        let books = ctx.books().to_vec();
        let book = books[ctx.rng().below(books.len() as u32) as usize];
        let side = if ctx.rng().chance(0.5) { Side::Buy } else { Side::Sell };
        let price = Price(1_000 + ctx.rng().range_i64(-4..=4));
        let qty = Qty(ctx.rng().range_i64(0..=9) as u64);
        let picked = ctx.rng().below(4) as usize;
        let mine = ctx.orders().map(|(id, _)| id).nth(picked);
        match (ctx.rng().below(8), mine) {
            (0, Some(id)) => ctx.cancel(id),
            (1, Some(id)) => ctx.reduce(id, qty),
            (2, Some(id)) => ctx.replace(id, price, qty),
            (3, _) => {
                ctx.order(Order::market(book, side, qty));
            }
            (4, _) => ctx.timer(Span::micros(i64::from(picked as u32) * 10), 7),
            _ => {
                ctx.order(Order::limit(book, side, qty, price));
            }
        }
    }
    fn on_timer(&mut self, _tag: u32, ctx: &mut Ctx<'_>) {
        self.look(ctx);
    }
    fn on_print(&mut self, _print: &Print, ctx: &mut Ctx<'_>) {
        self.look(ctx);
    }
    fn hears(&self) -> Prints {
        Prints::TRADES
    }
}

/// Delays in whole steps, so that much happens at one instant.
#[derive(Clone, Copy, Debug)]
struct Steps {
    step: i64,
    most: u32,
}

impl LatencyModel for Steps {
    fn order(&mut self, _: Time, _: VenueId, rng: &mut RngStream) -> Span {
        Span::nanos(self.step * i64::from(rng.below(self.most)))
    }
    fn report(&mut self, _: Time, _: VenueId, rng: &mut RngStream) -> Span {
        Span::nanos(self.step * i64::from(rng.below(self.most)))
    }
    fn feed(&self, _: VenueId) -> Span {
        Span::nanos(self.step)
    }
    fn fixed(&self, _: VenueId) -> Option<(Span, Span)> {
        (self.most == 1).then_some((Span::ZERO, Span::ZERO))
    }
    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(*self)
    }
}

fn market<const HEARS: bool>(seed: u64, members: u32, delay: Steps, ties: Ties) -> Simulation {
    let list = |venue: Exchange| {
        venue.list(Symbol::new("A").tick("0.05").start("50")).list(Symbol::new("B").tick("0.05").start("50"))
    };
    Simulation::builder()
        .seed(seed)
        .ties(ties)
        .venue(list(Exchange::new("X")).fees(FeeRate::tenth_bps(-13), FeeRate::tenth_bps(31)))
        .venue(list(Exchange::new("Y")))
        .latency(delay)
        .agents(Group::of(Looker::<HEARS>::default()).named("a").count(members).periodic(Span::micros(200)))
        .agents(Group::of(Looker::<HEARS>::default()).named("b").count(members).poisson(Span::micros(100)))
        .build()
        .unwrap()
}

/// Behind one type for all agents it is as before: who does not hear its reports is not called for them, unless
/// a member of its group does.
#[test]
fn a_box_around_an_agent_changes_nothing() {
    let run = |group: &dyn Fn(u32) -> AnyAgent| {
        let agents: Vec<AnyAgent> = (0..20).map(group).collect();
        let boxed = Group::each(move |i, _| agents[i as usize].clone()).named("a").count(20);
        run_alone(Simulation::builder().agents(boxed.periodic(Span::micros(200))))
    };
    let bare = |group: Group<Looker<false>>| {
        run_alone(Simulation::builder().agents(group.named("a").count(20).periodic(Span::micros(200))))
    };
    let silent = bare(Group::of(Looker::default()));
    assert_eq!(run(&|_| AnyAgent::new(Looker::<false>::default())), silent);
    assert_eq!(run(&|_| AnyAgent::new(AnyAgent::new(Looker::<false>::default()))), silent);
    let heard = run(&|_| AnyAgent::new(Looker::<true>::default()));
    assert_eq!(heard.2, silent.2, "the same trades,");
    assert_ne!(heard, silent, "but not at the same cost");
    let one = |i| {
        if i == 7 {
            AnyAgent::new(Looker::<true>::default())
        } else {
            AnyAgent::new(Looker::<false>::default())
        }
    };
    assert_eq!(run(&one), heard, "as long as one member hears them, all do");
}

/// Its digest, its events and its trades after a while.
fn run_alone(builder: Builder) -> (u64, usize, u64) {
    let venue = Exchange::new("X").list(Symbol::new("A").tick("0.05").start("50"));
    let link = Steps { step: 10_000, most: 20 };
    let mut sim = builder.venue(venue).latency(link).build().unwrap();
    let run = sim.run_for(Span::millis(50)).unwrap();
    (run.digest, sim.pending(), run.trades)
}

/// All that its agents saw, and its trades.
fn seen<const HEARS: bool>(sim: &Simulation) -> (Vec<Vec<(Time, u64)>>, u64, u128) {
    let run = sim.summary();
    (sim.members::<Looker<HEARS>>().map(|looker| looker.seen.clone()).collect(), run.trades, run.volume)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// With delays from nothing to a thousand times the time between wake-ups, over several venues, and with
    /// many things at one instant.
    #[test]
    fn changes_nothing_that_an_agent_sees(
        seed in 0u64..1_000,
        members in 1u32..40,
        step in prop_oneof![Just(0i64), Just(1), Just(5_000), Just(100_000), Just(2_000_000)],
        most in 1u32..6,
        shuffled in any::<bool>(),
    ) {
        let ties = if shuffled { Ties::Random } else { Ties::Fifo };
        let delay = Steps { step, most };
        let mut hearing = market::<true>(seed, members, delay, ties);
        let mut deaf = market::<false>(seed, members, delay, ties);
        for millis in [1, 5, 12] {
            let until = Time::ZERO + Span::millis(millis);
            hearing.advance(until).unwrap();
            deaf.advance(until).unwrap();
            prop_assert_eq!(seen::<true>(&hearing), seen::<false>(&deaf));
        }
        prop_assert!(deaf.summary().trades > 0 || members < 8 || step * i64::from(most) > 1_000_000);
    }
}

/// More reports under way than there is room to keep, so that some take the way of events.
#[test]
fn also_when_very_many_are_under_way() {
    let delay = Steps { step: 1_000_000, most: 9 };
    let mut hearing = market::<true>(3, 50, delay, Ties::Fifo);
    let mut deaf = market::<false>(3, 50, delay, Ties::Fifo);
    hearing.advance(Time::ZERO + Span::millis(20)).unwrap();
    deaf.advance(Time::ZERO + Span::millis(20)).unwrap();
    assert!(seen::<true>(&hearing) == seen::<false>(&deaf));
    assert!(deaf.summary().trades > 2_000, "{}", deaf.summary().trades);
}

/// One event at a time, in two pieces, and in a fork: always the same run.
#[test]
fn stepping_and_forking_change_nothing() {
    for ties in [Ties::Fifo, Ties::Random] {
        let make = || market::<false>(5, 20, Steps { step: 5_000, most: 3 }, ties);
        let until = Time::ZERO + Span::millis(4);
        let mut whole = make();
        whole.advance(until).unwrap();
        let mut stepped = make();
        for _ in 0..1_000 {
            stepped.step().unwrap();
        }
        let mut fork = stepped.fork();
        while fork.next_time().is_some_and(|at| at <= until) {
            fork.step().unwrap();
        }
        fork.advance(until).unwrap();
        stepped.advance(until).unwrap();
        assert_eq!(whole.digest(), stepped.digest(), "{ties:?}");
        assert_eq!(whole.digest(), fork.digest(), "{ties:?}");
    }
}

/// Who looks from outside sees what has arrived.
#[test]
fn an_agent_asked_from_outside_is_up_to_date() {
    #[derive(Clone)]
    struct Silent;
    impl Agent for Silent {
        const HEARS_REPORTS: bool = false;
    }
    let mut sim = Simulation::builder()
        .venue(Exchange::new("X").list(Symbol::new("A").tick("0.05").start("50")))
        .latency(Steps { step: 1_000, most: 2 })
        .agents(Group::of(Silent).count(2))
        .build()
        .unwrap();
    let book = BookId(0);
    let sell = Order::limit(book, Side::Sell, Qty(3), Price(1_000));
    let id = sim.act(AgentId(0), |ctx| ctx.order(sell)).unwrap().unwrap();
    sim.advance(Time::from_nanos(5_000)).unwrap();
    sim.act(AgentId(1), |ctx| ctx.order(Order::market(book, Side::Buy, Qty(2)))).unwrap();
    sim.advance(Time::from_nanos(10_000)).unwrap();
    let (left, position) =
        sim.act(AgentId(0), |ctx| (ctx.working(id).unwrap().left, ctx.position(book))).unwrap().unwrap();
    assert_eq!((left, position), (Qty(1), -2));
    assert_eq!(sim.act(AgentId(1), |ctx| ctx.position(book)).unwrap(), Some(2));
    assert_eq!(sim.pending(), 0);
}

/// A look from outside is no event: whatever it makes the kernel book early, the digest does not show it.
#[test]
fn a_look_from_outside_changes_no_digest() {
    for (members, step) in [(10, 100_000), (10, 700_000), (60, 300_000), (60, 3_000_000)] {
        let run = |look: bool| {
            let mut sim = market::<false>(9, members, Steps { step, most: 2 }, Ties::Fifo);
            for slice in 1..=200 {
                sim.advance(Time::ZERO + Span::micros(100) * slice).unwrap();
                if look {
                    let agent = AgentId(u32::try_from(slice).unwrap() % members);
                    sim.act(agent, |ctx| ctx.account().cash(prism_core::types::CurrencyId(0))).unwrap();
                }
            }
            (sim.digest(), sim.events(), sim.pending())
        };
        assert_eq!(run(true), run(false), "{members} members, {step} ns");
    }
}
