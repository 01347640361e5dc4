//! Ladder market maker: several levels on each side of the mid, as large as the recent volume allows.
//!
//! | parameter | unit | default | range | meaning |
//! |---|---|---|---|---|
//! | `pov` | number | `0.025` | ≥ 0, ≤ 1 | share of the traded volume that each level is worth |
//! | `min_size` | lots | `1` | ≥ 1 | least size of a level |
//! | `levels` | count | `10` | ≥ 1, ≤ 100 | levels of each side |
//! | `level_spacing` | number | `0.5` | ≥ 0.1, ≤ 20 | distance between levels, in windows |
//! | `adaptive` | flag | `true` | | the window follows the spread |
//! | `spread_weight` | number | `0.75` | ≥ 0, ≤ 1 | weight of each new spread in the window |
//! | `pull` | number | `0.5` | ≥ 0, ≤ 1 | weight of the first window in what the window follows |
//! | `spread_cap` | number | | ≥ 1, ≤ 1000 | widest spread that counts, in first windows; any when not given |
//! | `window` | ticks | `50` | > 0 | the window to begin with |
//! | `every` | time | `10s` | > 0 s | how often it quotes anew |
//! | `size_skew` | 1/lot | `0` | ≥ 0 | how strongly sizes lean against the position |
//! | `price_skew` | ticks/lot | `0` | ≥ 0, ≤ 10 | how strongly prices lean against the position |
//! | `backstop` | lots | | ≥ 1 | size of the outermost level; like the others when not given |
//! | `cancel_delay` | time | `50ns` | ≥ 0 s | time between cancelling and posting |
//! | `anchor` | `middle` `top` `bottom` | `middle` | | where the centre lies in the window |
//!
//! Every so often it notes the mid m and cancels all. When its orders are gone and `cancel_delay` has passed, it
//! looks at the spread s that the others leave, and posts anew. Unless it is fixed, the window is an average,
//! w ← α ((1 − p) s + p w₀) + (1 − α) w, of these spreads and of the window w₀ that it began with; the levels are
//! h = max(1, round(ls·w)) ticks apart; the centre is c = m − ψ q with the position q. The highest bid is ⌊c⌋ − ⌊w/2⌋, the lowest ask ⌊c⌋ + ⌈w/2⌉, and n levels a
//! side follow at every h ticks. Anchored at the bottom, the highest bid is one tick below ⌊c⌋ and the lowest
//! ask a whole window above it; anchored at the top the other way round.
//!
//! Each level has max(`min_size`, round(pov·volume)) lots, where volume is what traded since the last time. With
//! β > 0 asks are multiplied by S(q) = 1/(1 + exp(−βq)) and bids by 1 − S(q), so that a position leans on the
//! side that reduces it. A backstop is the size of the outermost level.
//!
//! In the calls of a trading day it quotes like others do, around the last trade; while its book is halted or closed it
//! takes its quotes back as ever, and posts none until it finds, at one of its times, that orders are taken again.
//!
//! **Stability**: where makers are the only ones who quote, the spread that a maker sees is the window of another,
//! or that and a step, (1 + ls) w, where a trade has taken the touch. So a window that only follows spreads feeds
//! on itself and runs away, the sooner the wider the levels stand apart. The part p of the first window holds it:
//! the gain around the loop, (1 − p)(1 + ls), must be below 1, and then windows stay about
//! p w₀ / (1 − (1 − p)(1 + ls)) at most, twice the first one with the defaults. A larger gain is refused unless a
//! `spread_cap` bounds what counts as a spread, and with it the window.
//!
//! **Paper**: T. Chakraborty, M. Kearns, *Market Making and Mean Reversion*, ACM EC 2011; sizes and the
//! adaptive window as in the public ABIDES code; the shift by inventory from T. Ho, H. R. Stoll, *Optimal
//! Dealer Pricing under Transactions and Return Uncertainty*, Journal of Financial Economics 9, 1981.
//! **Differences**: the public code has ls = 5, no pull and no cap (the preset `adaptive_pov_mm` has the first two,
//! and a cap of four windows); the mid is that of the whole market, its own quotes included; where a side is empty it is
//! the last trade, else the previous close (the public code keeps the last mid of the others). It quotes once
//! at the beginning of the run. Quotes are post-only and stay a tick behind the opposite touch. Where the
//! feed is slower than reports, its own old quotes still show when it looks at the spread: a `cancel_delay` as
//! long as the difference avoids that.
//! **Reproduced**: the worked example of the catalogue, `tests/ladder_mm.rs::worked_example`.

use prism_core::agent::{Agent, Ctx, Prints, Wakes};
use prism_core::market::Top;
use prism_core::math::exp;
use prism_core::msg::{Print, Report};
use prism_core::saved;
use prism_core::spec::{self, Param, ParamError, Params, Spec, Unit, Value};
use prism_core::types::{Price, Qty, Side, Span, Ticks};
use serde::{Deserialize, Serialize};

use crate::kit::clock;
use crate::kit::home;
use crate::kit::quotes::{behind, passive, post};

pub use super::rungs::{Anchor, Ladder};
use super::window::Window;

/// Timer: time to post.
const POST: u32 = 1;

/// A maker that quotes a ladder on each side: see the [module](self).
///
/// ```
/// use prism_agents::LadderMaker;
/// use prism_core::prelude::*;
/// let maker = LadderMaker::new().levels(5).size(Qty(10)).window(20.0).spacing(0.5);
/// let group = Group::of(maker).named("makers").count(2).periodic(Span::secs(10));
/// # let _ = group;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LadderMaker {
    share: f64,
    min_size: Qty,
    levels: u32,
    spacing: f64,
    every: Span,
    size_skew: f64,
    price_skew: f64,
    backstop: Option<Qty>,
    cancel_delay: Span,
    anchor: Anchor,
    window: Window,
    /// Lots traded since it last woke up.
    volume: Qty,
    stage: Stage,
}

/// How far it is with its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Stage {
    /// They are in the market.
    Quoting,
    /// They have been cancelled, but some have not been heard to be gone.
    Cancelling(Basis),
    /// All are gone; the timer runs.
    Waiting(Basis),
}

/// What new quotes are made of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Basis {
    mid: f64,
    volume: Qty,
}

impl LadderMaker {
    /// A maker with the default of every parameter.
    pub fn new() -> LadderMaker {
        LadderMaker {
            share: 0.025,
            min_size: Qty(1),
            levels: 10,
            spacing: 0.5,
            every: Span::secs(10),
            size_skew: 0.0,
            price_skew: 0.0,
            backstop: None,
            cancel_delay: Span::nanos(50),
            anchor: Anchor::Middle,
            window: Window { first: 50.0, now: 50.0, adapt: Some(0.75), pull: 0.5, cap: None },
            volume: Qty::ZERO,
            stage: Stage::Quoting,
        }
    }

    /// The least size of a level.
    pub fn size(mut self, lots: Qty) -> LadderMaker {
        self.min_size = lots;
        self
    }

    /// The share of the traded volume that each level is worth.
    pub fn share(mut self, share: f64) -> LadderMaker {
        self.share = share;
        self
    }

    /// The levels of each side.
    pub fn levels(mut self, levels: u32) -> LadderMaker {
        self.levels = levels;
        self
    }

    /// The distance between levels, in windows.
    pub fn spacing(mut self, windows: f64) -> LadderMaker {
        self.spacing = windows;
        self
    }

    /// The window to begin with, in ticks.
    pub fn window(mut self, ticks: f64) -> LadderMaker {
        self.window.begin(ticks);
        self
    }

    /// Keeps the window as it is.
    pub fn fixed(mut self) -> LadderMaker {
        self.window.adapt = None;
        self
    }

    /// Moves the window by this share of its distance to what it follows, at each new spread.
    pub fn adaptive(mut self, weight: f64) -> LadderMaker {
        self.window.adapt = Some(weight);
        self
    }

    /// The weight of the first window in what the window follows; the spreads have the rest.
    pub fn pull(mut self, weight: f64) -> LadderMaker {
        self.window.pull = weight;
        self
    }

    /// The widest spread that counts, in first windows.
    pub fn spread_cap(mut self, windows: f64) -> LadderMaker {
        self.window.cap = Some(windows);
        self
    }

    /// How often it quotes anew, where it keeps its own time.
    pub fn every(mut self, span: Span) -> LadderMaker {
        self.every = span;
        self
    }

    /// How strongly sizes lean against the position, in 1/lot.
    pub fn size_skew(mut self, beta: f64) -> LadderMaker {
        self.size_skew = beta;
        self
    }

    /// How strongly prices lean against the position, in ticks per lot.
    pub fn price_skew(mut self, psi: f64) -> LadderMaker {
        self.price_skew = psi;
        self
    }

    /// The size of the outermost level.
    pub fn backstop(mut self, lots: Qty) -> LadderMaker {
        self.backstop = Some(lots);
        self
    }

    /// The time between cancelling and posting.
    pub fn cancel_delay(mut self, span: Span) -> LadderMaker {
        self.cancel_delay = span;
        self
    }

    /// Where the centre lies in the window.
    pub fn anchor(mut self, anchor: Anchor) -> LadderMaker {
        self.anchor = anchor;
        self
    }

    /// The average spread that it works with, in ticks.
    pub fn window_now(&self) -> f64 {
        self.window.now
    }

    /// What it was made of, by the name of the parameter.
    fn given(&self, name: &str) -> Option<Value> {
        match name {
            "pov" => Some(Value::Number(self.share)),
            "min_size" => Some(Value::Lots(self.min_size)),
            "levels" => Some(Value::Count(i64::from(self.levels))),
            "level_spacing" => Some(Value::Number(self.spacing)),
            "adaptive" => Some(Value::Flag(self.window.adapt.is_some())),
            "spread_weight" => self.window.adapt.map(Value::Number),
            "pull" => Some(Value::Number(self.window.pull)),
            "spread_cap" => self.window.cap.map(Value::Number),
            "window" => Some(Value::Number(self.window.first)),
            "every" => Some(Value::Span(self.every)),
            "size_skew" => Some(Value::Number(self.size_skew)),
            "price_skew" => Some(Value::Number(self.price_skew)),
            "backstop" => self.backstop.map(Value::Lots),
            "cancel_delay" => Some(Value::Span(self.cancel_delay)),
            "anchor" => Some(Value::Choice(self.anchor.word())),
            _ => None,
        }
    }

    /// Takes a spread of so many ticks into the window, unless that is fixed.
    pub fn see_spread(&mut self, spread: Ticks) {
        self.window.see(spread);
    }

    /// The quotes around the mid `mid` with a position of `position` lots, after `volume` lots have traded,
    /// when the touch is `top`.
    ///
    /// ```
    /// use prism_agents::LadderMaker;
    /// use prism_core::prelude::*;
    /// let maker = LadderMaker::new().window(4.0).spacing(0.5).levels(3);
    /// let ladder = maker.ladder(1000.0, 0, Qty(400), &Top::default());
    /// assert_eq!((ladder.bid, ladder.ask, ladder.step.0), (Price(998), Price(1002), 2));
    /// assert_eq!((ladder.bid_size, ladder.ask_size), (Qty(10), Qty(10)));
    /// ```
    pub fn ladder(&self, mid: f64, position: i64, volume: Qty, top: &Top) -> Ladder {
        let held = position as f64;
        let floor = Price::floor(mid - self.price_skew * held);
        let whole = Ticks(Price::ceil(self.window.now).0);
        let (below, above) = match self.anchor {
            Anchor::Middle => {
                let half = self.window.now / 2.0;
                (Ticks(passive(Side::Buy, half).0), Ticks(passive(Side::Sell, half).0))
            }
            Anchor::Top => (whole, Ticks(1)),
            Anchor::Bottom => (Ticks(1), whole),
        };
        let bid = behind(Side::Buy, floor - below, top);
        // A window of nothing would make the two meet.
        let ask = behind(Side::Sell, floor + above, top).max(bid + Ticks(1));
        let step = Ticks(Price::round(self.spacing * self.window.now).0.max(1));
        let size = self.min_size.max(Qty::round(self.share * volume.0 as f64));
        let (bid_size, ask_size) = if self.size_skew > 0.0 {
            let leaning = |q: f64| Qty::round(size.0 as f64 / (1.0 + exp(-self.size_skew * q)));
            (leaning(-held), leaning(held))
        } else {
            (size, size)
        };
        Ladder { bid, ask, step, bid_size, ask_size }
    }

    /// Notes the mid and cancels all.
    fn renew(&mut self, ctx: &mut Ctx<'_>) {
        if self.stage != Stage::Quoting {
            return;
        }
        let book = ctx.home();
        let mid = ctx.top(book).reference();
        let volume = std::mem::replace(&mut self.volume, Qty::ZERO);
        ctx.cancel_all(book);
        self.stage = Stage::Cancelling(Basis { mid, volume });
        self.when_gone(ctx);
    }

    /// Sets the timer once the last order is gone.
    fn when_gone(&mut self, ctx: &mut Ctx<'_>) {
        if let Stage::Cancelling(basis) = self.stage
            && ctx.orders().next().is_none()
        {
            self.stage = Stage::Waiting(basis);
            ctx.timer(self.cancel_delay, POST);
        }
    }

    /// Looks at the spread of the others and posts.
    fn post(&mut self, basis: Basis, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        if !home::takes_orders(ctx) {
            return;
        }
        let top = ctx.top(book);
        if let Some(spread) = top.spread() {
            self.see_spread(spread);
        }
        let ladder = self.ladder(basis.mid, ctx.position(book), basis.volume, &top);
        for side in Side::BOTH {
            for (n, price) in (1..).zip(ladder.prices(side, self.levels)) {
                let size = self.backstop.filter(|_| n == self.levels).unwrap_or(ladder.size(side));
                if let Some(order) = post(book, side, size, price) {
                    ctx.order(order);
                }
            }
        }
    }
}

impl Default for LadderMaker {
    fn default() -> LadderMaker {
        LadderMaker::new()
    }
}

impl Agent for LadderMaker {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        clock::start(self.wakes(), ctx);
        self.renew(ctx);
    }

    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        clock::again(self.wakes(), ctx);
        self.renew(ctx);
    }

    fn on_timer(&mut self, tag: u32, ctx: &mut Ctx<'_>) {
        if let (POST, Stage::Waiting(basis)) = (tag, self.stage) {
            self.stage = Stage::Quoting;
            self.post(basis, ctx);
        }
    }

    fn on_report(&mut self, _report: &Report, ctx: &mut Ctx<'_>) {
        self.when_gone(ctx);
    }

    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        if let Print::Trade { book, qty, .. } = print
            && *book == ctx.home()
        {
            self.volume += *qty;
        }
    }

    fn hears(&self) -> Prints {
        Prints::TRADES
    }

    fn check(&self) -> Result<(), ParamError> {
        spec::check::<LadderMaker>(|name| self.given(name))
    }

    saved!();
}

impl Spec for LadderMaker {
    const KIND: &'static str = "ladder_mm";
    const NUMBER: Option<u8> = Some(26);
    const DOC: &'static str = "several levels on each side of the mid, as large as the recent volume allows";
    const RULE: &'static str = "\
Every so often: cancel all, wait until the orders are gone, average the spread that the others leave and the
first window into the window, post. Bids from the centre less half a
window down, asks from it plus half a window up, each level so many windows from the next; sizes are a share of
the volume since the last time. Position leans on prices and sizes, if asked to.";
    const CITE: &'static [&'static str] = &[
        "Chakraborty & Kearns 2011, Market Making and Mean Reversion, ACM EC",
        "Ho & Stoll 1981, Optimal Dealer Pricing under Transactions and Return Uncertainty, J. Financial Economics 9",
    ];
    const PARAMS: &'static [Param] = &[
        Param::new("pov", Unit::Number, "0.025", "share of the traded volume that each level is worth")
            .at_least(0.0)
            .at_most(1.0),
        Param::new("min_size", Unit::Lots, "1", "least size of a level").at_least(1.0),
        Param::new("levels", Unit::Count, "10", "levels of each side").at_least(1.0).at_most(100.0),
        Param::new("level_spacing", Unit::Number, "0.5", "distance between levels, in windows")
            .at_least(0.1)
            .at_most(20.0),
        Param::new("adaptive", Unit::Flag, "true", "the window follows the spread"),
        Param::new("spread_weight", Unit::Number, "0.75", "weight of each new spread in the window")
            .at_least(0.0)
            .at_most(1.0),
        Param::new("pull", Unit::Number, "0.5", "weight of the first window in what the window follows")
            .at_least(0.0)
            .at_most(1.0),
        Param::optional(
            "spread_cap",
            Unit::Number,
            "widest spread that counts, in first windows; any when not given",
        )
        .at_least(1.0)
        .at_most(1_000.0),
        Param::new("window", Unit::Ticks, "50", "the window to begin with").above(0.0),
        Param::new("every", Unit::Span, "10s", "how often it quotes anew").above(0.0),
        Param::new("size_skew", Unit::Of("1/lot"), "0", "how strongly sizes lean against the position")
            .at_least(0.0),
        Param::new("price_skew", Unit::Of("ticks/lot"), "0", "how strongly prices lean against the position")
            .at_least(0.0)
            .at_most(10.0),
        Param::optional(
            "backstop",
            Unit::Lots,
            "size of the outermost level; like the others when not given",
        )
        .at_least(1.0),
        Param::new("cancel_delay", Unit::Span, "50ns", "time between cancelling and posting").at_least(0.0),
        Param::new(
            "anchor",
            Unit::Choice(Anchor::WORDS),
            Anchor::Middle.word(),
            "where the centre lies in the window",
        ),
    ];
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] = &[
        (
            "adaptive_pov_mm",
            &[("adaptive", "true"), ("level_spacing", "5"), ("pull", "0"), ("spread_cap", "4")],
        ),
        (
            "chakraborty_kearns",
            &[("adaptive", "false"), ("window", "2"), ("level_spacing", "0.5"), ("pov", "0")],
        ),
        ("ho_stoll", &[("price_skew", "0.02")]),
    ];

    fn from_params(p: &Params<'_>) -> Result<LadderMaker, ParamError> {
        let maker = LadderMaker {
            share: p.number("pov"),
            min_size: p.lots("min_size"),
            levels: u32::try_from(p.count("levels")).unwrap_or(0),
            spacing: p.number("level_spacing"),
            every: p.span("every"),
            size_skew: p.number("size_skew"),
            price_skew: p.number("price_skew"),
            backstop: p.maybe_lots("backstop"),
            cancel_delay: p.span("cancel_delay"),
            anchor: Anchor::called(p.choice("anchor")),
            window: Window {
                first: p.number("window"),
                now: p.number("window"),
                adapt: p.flag("adaptive").then(|| p.number("spread_weight")),
                pull: p.number("pull"),
                cap: p.maybe_number("spread_cap"),
            },
            ..LadderMaker::new()
        };
        maker.window.check(maker.spacing).map_err(|why| ParamError::new("pull", why))?;
        Ok(maker)
    }

    fn least_order(&self) -> Qty {
        self.min_size.min(self.backstop.unwrap_or(self.min_size))
    }

    fn greatest_order(&self) -> Qty {
        if self.share > 0.0 { Qty::MAX } else { self.min_size.max(self.backstop.unwrap_or(self.min_size)) }
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodic(self.every)
    }
}
