//! bourse-de's `RandomAgents` as an agent of PRISM, and the market they trade in.

use prism_book::Exchange;
use prism_core::agent::Wakes;
use prism_core::prelude::*;
use prism_physics::latency::{Fixed, Jitter, LogNormal};

/// What both sides are given.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Prices are uniform in this range, in ticks.
    pub ticks: (u32, u32),
    /// Sizes are uniform in this range.
    pub sizes: (u32, u32),
    /// An agent acts in a step with this probability.
    pub activity: f32,
}

/// bourse's own benchmark has ranges of 20 and 80 ticks, sizes 10 to 20 and 50 to 70, activities 0.8 and 0.2.
pub const RULE: Rule = Rule { ticks: (900, 1_100), sizes: (10, 20), activity: 0.8 };

/// A step of bourse's, in PRISM's time.
pub const STEP: Span = Span::secs(1);

/// When active: an agent with an order in the book cancels it, any other places one, of random side, price and
/// size.
#[derive(Clone, Debug)]
pub struct Random {
    /// What it draws from.
    pub rule: Rule,
    /// True when it is woken in every step and decides itself whether it acts, as in bourse; false when its
    /// clock has the rate of its actions.
    pub decides: bool,
}

impl Agent for Random {
    const HEARS_REPORTS: bool = false;

    #[inline]
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        if self.decides && !ctx.rng().chance(f64::from(self.rule.activity)) {
            return;
        }
        let mine = ctx.orders().next().map(|(id, _)| id);
        if let Some(id) = mine {
            ctx.cancel(id);
            return;
        }
        let Rule { ticks, sizes, .. } = self.rule;
        let book = ctx.home();
        let rng = ctx.rng();
        let side = if rng.chance(0.5) { Side::Buy } else { Side::Sell };
        let price = Price(i64::from(ticks.0 + rng.below(ticks.1 - ticks.0)));
        let size = Qty(u64::from(sizes.0 + rng.below(sizes.1 - sizes.0)));
        ctx.order(Order::limit(book, side, size, price));
    }
}

/// How PRISM's agents are woken and connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A Poisson clock, a constant delay of 50 µs each way.
    Fixed,
    /// A Poisson clock, log-normal delays with median 50 µs, drawn for each message.
    LogNormal,
    /// A Poisson clock, no delay.
    Instant,
    /// All agents in turn in every step, a constant delay of 50 µs each way.
    InTurn,
}

/// The market: `agents` random agents, one book, accounts and digest on.
pub fn market(agents: u32, setting: Setting, seed: u64) -> Simulation {
    let mean = Span::from_secs_f64(1.0 / f64::from(RULE.activity));
    let in_turn = setting == Setting::InTurn;
    let wakes = if in_turn { Wakes::Periodic(STEP) } else { Wakes::Poisson(mean) };
    let builder = Simulation::builder()
        .seed(seed)
        .venue(Exchange::new("XPRM").list(Symbol::new("ACME").tick("0.01").start("10.00")))
        .agents(Group::of(Random { rule: RULE, decides: in_turn }).count(agents).wakes(wakes));
    let delay = Span::micros(50);
    let builder = match setting {
        Setting::Fixed | Setting::InTurn => builder.latency(Fixed::new(delay).expect("positive")),
        Setting::LogNormal => {
            let jitter = Jitter::new(Span::ZERO, delay, 0.5).expect("in range");
            builder.latency(LogNormal::new(jitter, delay).expect("positive"))
        }
        Setting::Instant => builder,
    };
    builder.build().expect("a sound market")
}
