//! Momentum trader: buys what has risen and sells what has fallen, by one of two rules of technical analysis.
//!
//! | parameter | unit | default | range | meaning |
//! |---|---|---|---|---|
//! | `rule` | `ma_cross` `breakout` | `ma_cross` | | what it acts on |
//! | `every` | time | `20s` | > 0 s | how often `ma_cross` samples the mid |
//! | `short_window` | count | `20` | ≥ 1, < 100000 | samples of the short mean |
//! | `long_window` | count | `50` | > 1, ≤ 100000 | samples of the long mean, above `short_window` |
//! | `band` | number | `0` | ≥ 0, ≤ 0.05 | share of the price by which a signal must be beyond its mark |
//! | `lot_min` | lots | `1` | ≥ 1 | least lot that a trader may draw for itself |
//! | `lot_max` | lots | `10` | ≥ 1 | greatest lot that a trader may draw for itself |
//! | `bars` | count | `20` | ≥ 2, ≤ 10000 | bars of the channel of `breakout` |
//! | `bar` | time | `60s` | > 0 s | length of a bar |
//! | `retrace` | number | `3` | ≥ 0, ≤ 20 | mean true ranges that `breakout` lets the price come back |
//! | `position_max` | lots | `1000` | ≥ 1 | greatest position, long or short |
//!
//! `ma_cross`: at every wake-up it samples the mid. With S and L the means of the last `short_window` and
//! `long_window` samples, it buys if S > L (1 + band) and sells if S < L (1 − band); where they are equal it
//! does nothing.
//!
//! `breakout`: trades make bars of a fixed length. A trade above (1 + band) times the highest high of the last
//! `bars` closed bars makes it buy, one below (1 − band) times their lowest low makes it sell. It leaves the
//! position when the price comes back from the best since the entry by more than `retrace` times the mean
//! true range of those bars.
//!
//! Either way it takes the opposite touch with a lot that each trader draws for itself at the start, and
//! never more than leads to `position_max`.
//!
//! **Paper**: W. Brock, J. Lakonishok, B. LeBaron, *Simple Technical Trading Rules and the Stochastic
//! Properties of Stock Returns*, Journal of Finance 47(5), 1992; windows and sizes as in the public code of
//! ABIDES.
//! **Differences**: the paper trades one unit of an index and holds it for ten days, or until the averages
//! cross again; here each signal trades a lot, `ma_cross` leaves a position by the opposite signal and
//! `breakout` by its trailing stop. The ABIDES agent buys when the averages are equal, and lets what does not
//! trade rest; here equality does nothing and the rest is cancelled. A breakout counts once a bar and
//! direction, since the trader's own fills print beyond the channel too; a bar without a trade is left out.
//! Orders on their way count towards the limit of the position.
//! **Reproduced**: no number, since the paper's are returns of the Dow Jones index from 1897 to 1986; of the
//! rules, that a rising path is never sold and a constant one never traded, whatever the parameters,
//! `tests/momentum.rs::no_order_goes_against_a_path_of_one_direction`.

use std::cmp::Ordering;

use prism_core::agent::{Agent, Ctx, Prints, Wakes};
use prism_core::msg::Print;
use prism_core::saved;
use prism_core::spec::{self, Liquidity, Param, ParamError, Params, Spec, Unit, Value};
use prism_core::types::{BookId, Price, Qty, Side, Span, Time};
use serde::{Deserialize, Serialize};

use super::{Averages, Channel};
use crate::kit::clock;
use crate::kit::quotes::take;
use crate::kit::size::SizeLaw;

const MA_CROSS: &str = "ma_cross";
const BREAKOUT: &str = "breakout";

/// A trader that follows the trend: see the [module](self).
///
/// ```
/// use prism_agents::MomentumTrader;
/// use prism_core::prelude::*;
/// let crossing = MomentumTrader::ma_cross(20, 50).every(Span::secs(20)).lots(Qty(1), Qty(10));
/// let breaking = MomentumTrader::breakout(20, Span::mins(1)).retrace(3.0);
/// let groups = (Group::of(crossing).count(6), Group::of(breaking).named("breakout").count(6));
/// # let _ = groups;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MomentumTrader {
    every: Span,
    short_window: usize,
    long_window: usize,
    bars: usize,
    bar: Span,
    retrace: f64,
    band: f64,
    lots: (Qty, Qty),
    position_max: Qty,
    /// What it trades at a time; drawn at the start.
    lot: Qty,
    rule: Rule,
}

/// The rule that it follows, and what it has seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Rule {
    Cross(Averages),
    Breakout(Breakout),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Breakout {
    channel: Channel,
    /// The bars of the last entries, to buy and to sell.
    entered: [Option<i64>; 2],
    /// The side of the position that is held, and the best price since it was entered.
    best: Option<(Side, Price)>,
}

impl MomentumTrader {
    /// Compares the means of the last `short` and `long` mids, sampled every 20 s.
    pub fn ma_cross(short: usize, long: usize) -> MomentumTrader {
        let rule = Rule::Cross(Averages::new(short, long));
        MomentumTrader { short_window: short, long_window: long, ..MomentumTrader::with(rule) }
    }

    /// Follows trades beyond the last `bars` bars of this `width`.
    pub fn breakout(bars: usize, width: Span) -> MomentumTrader {
        let channel = Channel::new(bars, width);
        let rule = Rule::Breakout(Breakout { channel, entered: [None; 2], best: None });
        MomentumTrader { bars, bar: width, ..MomentumTrader::with(rule) }
    }

    /// The catalogue's values.
    fn with(rule: Rule) -> MomentumTrader {
        MomentumTrader {
            every: Span::secs(20),
            short_window: 20,
            long_window: 50,
            bars: 20,
            bar: Span::secs(60),
            retrace: 3.0,
            band: 0.0,
            lots: (Qty(1), Qty(10)),
            position_max: Qty(1_000),
            lot: Qty::ZERO,
            rule,
        }
    }

    /// How often it samples the mid. Nothing to the rule `breakout`, which acts on trades.
    pub fn every(mut self, span: Span) -> MomentumTrader {
        self.every = span;
        self
    }

    /// How many mean true ranges a price may come back before the position is left. Nothing to the rule
    /// `ma_cross`.
    pub fn retrace(mut self, ranges: f64) -> MomentumTrader {
        self.retrace = ranges;
        self
    }

    /// By what share of the price a signal must be beyond its mark.
    pub fn band(mut self, share: f64) -> MomentumTrader {
        self.band = share;
        self
    }

    /// Each trader draws what it trades at a time from the whole numbers from `min` to `max`.
    pub fn lots(mut self, min: Qty, max: Qty) -> MomentumTrader {
        self.lots = (min, max);
        self
    }

    /// The greatest position, long or short.
    pub fn position_max(mut self, lots: Qty) -> MomentumTrader {
        self.position_max = lots;
        self
    }

    /// What it was made of, by the name of the parameter.
    fn given(&self, name: &str) -> Option<Value> {
        let count = |n: usize| Some(Value::Count(i64::try_from(n).unwrap_or(i64::MAX)));
        match name {
            "rule" => Some(Value::Choice(match self.rule {
                Rule::Cross(_) => MA_CROSS,
                Rule::Breakout(_) => BREAKOUT,
            })),
            "every" => Some(Value::Span(self.every)),
            "short_window" => count(self.short_window),
            "long_window" => count(self.long_window),
            "band" => Some(Value::Number(self.band)),
            "lot_min" => Some(Value::Lots(self.lots.0)),
            "lot_max" => Some(Value::Lots(self.lots.1)),
            "bars" => count(self.bars),
            "bar" => Some(Value::Span(self.bar)),
            "retrace" => Some(Value::Number(self.retrace)),
            "position_max" => Some(Value::Lots(self.position_max)),
            _ => None,
        }
    }

    /// Takes the opposite touch, with what the limit of the position leaves of a lot.
    fn follow(&self, side: Side, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        let held = side.sign().saturating_mul(ctx.position(book));
        let used = held.saturating_add(on_the_way(side, book, ctx).signed());
        let room = self.position_max.signed().saturating_sub(used).max(0).unsigned_abs();
        if let Some(order) = take(book, side, self.lot.min(Qty(room)), &ctx.top(book)) {
            ctx.order(order);
        }
    }

    fn on_cross(&mut self, ctx: &mut Ctx<'_>) {
        let Rule::Cross(averages) = &mut self.rule else { return };
        let top = ctx.top(ctx.home());
        let (Some(bid), Some(ask)) = (top.bid(), top.ask()) else { return };
        averages.push(bid.price.0.saturating_add(ask.price.0)); // the mid in half ticks
        match averages.cross(self.band) {
            Some(Ordering::Greater) => self.follow(Side::Buy, ctx),
            Some(Ordering::Less) => self.follow(Side::Sell, ctx),
            Some(Ordering::Equal) | None => {}
        }
    }

    fn on_price(&mut self, price: Price, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        let Rule::Breakout(breakout) = &mut self.rule else { return };
        match breakout.call(ctx.now(), price, ctx.position(book), (self.band, self.retrace)) {
            Some(Call::Enter(side)) => self.follow(side, ctx),
            Some(Call::Leave(side, held)) => {
                let open = held.saturating_sub(on_the_way(side, book, ctx));
                if let Some(order) = take(book, side, open, &ctx.top(book)) {
                    ctx.order(order);
                }
            }
            None => {}
        }
    }
}

/// What a price asks for.
enum Call {
    Enter(Side),
    Leave(Side, Qty),
}

impl Breakout {
    fn call(&mut self, now: Time, price: Price, position: i64, (band, retrace): (f64, f64)) -> Option<Call> {
        if let Some(side) = self.stopped(price, position, retrace) {
            return Some(Call::Leave(side, Qty(position.unsigned_abs())));
        }
        let side = self.breaks_out(price, band)?;
        let bar = Some(self.channel.bar(now));
        if std::mem::replace(&mut self.entered[side as usize], bar) == bar {
            return None;
        }
        Some(Call::Enter(side))
    }

    /// Which way a trade at `price` leaves the channel, if it does.
    fn breaks_out(&self, price: Price, band: f64) -> Option<Side> {
        let (low, high) = self.channel.bounds()?;
        let x = price.0 as f64;
        if price > high && x > high.0 as f64 * (1.0 + band) {
            Some(Side::Buy)
        } else if price < low && x < low.0 as f64 * (1.0 - band) {
            Some(Side::Sell)
        } else {
            None
        }
    }

    /// Follows the best price since the position was entered; the side to trade when `price` has come back
    /// too far.
    fn stopped(&mut self, price: Price, position: i64, retrace: f64) -> Option<Side> {
        if position == 0 {
            self.best = None;
            return None;
        }
        let held = if position > 0 { Side::Buy } else { Side::Sell };
        let best = match self.best {
            Some((Side::Buy, best)) if held == Side::Buy => best.max(price),
            Some((Side::Sell, best)) if held == Side::Sell => best.min(price),
            _ => price,
        };
        self.best = Some((held, best));
        let back = (price - best).abs().0 as f64;
        (back > retrace * self.channel.mean_range()?).then_some(!held)
    }
}

/// What the agent has sent on one side and not yet heard the end of.
fn on_the_way(side: Side, book: BookId, ctx: &Ctx<'_>) -> Qty {
    let orders = ctx.orders().filter(|(_, order)| order.side == side && order.book == book);
    orders.fold(Qty::ZERO, |sum, (_, order)| sum + order.left)
}

impl Default for MomentumTrader {
    /// The rule `ma_cross` with windows of 20 and 50 samples.
    fn default() -> MomentumTrader {
        MomentumTrader::ma_cross(20, 50)
    }
}

impl Agent for MomentumTrader {
    const HEARS_REPORTS: bool = false;

    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        let (min, max) = self.lots;
        self.lot = SizeLaw::Uniform { min, max }.draw(ctx.rng());
        clock::start(self.wakes(), ctx);
    }

    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        clock::again(self.wakes(), ctx);
        match self.rule {
            Rule::Cross(_) => self.on_cross(ctx),
            // Only where a scenario gives the group a clock: a look at the last trade.
            Rule::Breakout(_) => self.on_price(ctx.top(ctx.home()).last(), ctx),
        }
    }

    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        if let (Print::Trade { book, price, .. }, Rule::Breakout(breakout)) = (print, &mut self.rule)
            && *book == ctx.home()
        {
            breakout.channel.push(ctx.now(), *price);
            self.on_price(*price, ctx);
        }
    }

    fn hears(&self) -> Prints {
        match self.rule {
            Rule::Cross(_) => Prints::NONE,
            Rule::Breakout(_) => Prints::TRADES,
        }
    }

    fn check(&self) -> Result<(), ParamError> {
        spec::check::<MomentumTrader>(|name| self.given(name))
    }

    saved!();
}

impl Spec for MomentumTrader {
    const KIND: &'static str = "momentum";
    const NUMBER: Option<u8> = Some(15);
    const DOC: &'static str =
        "buys what has risen and sells what has fallen, by one of two rules of technical analysis";
    const RULE: &'static str = "\
ma_cross: sample the mid; buy if the mean of the short window is above that of the long one (by the band),
sell if below. breakout: a trade above the highest high of the last bars: buy, below the lowest low: sell;
leave when the price comes back by so many mean true ranges. Always at the opposite touch.";
    const CITE: &'static [&'static str] = &[
        "Brock, Lakonishok & LeBaron 1992, Simple Technical Trading Rules and the Stochastic Properties of Stock Returns, J. Finance 47",
    ];
    const LIQUIDITY: Liquidity = Liquidity::Takes;
    const PARAMS: &'static [Param] = &[
        Param::new("rule", Unit::Choice(&[MA_CROSS, BREAKOUT]), MA_CROSS, "what it acts on"),
        Param::new("every", Unit::Span, "20s", "how often `ma_cross` samples the mid").above(0.0),
        Param::new("short_window", Unit::Count, "20", "samples of the short mean")
            .at_least(1.0)
            .below(Averages::LONGEST as f64),
        Param::new("long_window", Unit::Count, "50", "samples of the long mean, above `short_window`")
            .above(1.0)
            .at_most(Averages::LONGEST as f64),
        Param::new("band", Unit::Number, "0", "share of the price by which a signal must be beyond its mark")
            .at_least(0.0)
            .at_most(0.05),
        Param::new("lot_min", Unit::Lots, "1", "least lot that a trader may draw for itself").at_least(1.0),
        Param::new("lot_max", Unit::Lots, "10", "greatest lot that a trader may draw for itself")
            .at_least(1.0),
        Param::new("bars", Unit::Count, "20", "bars of the channel of `breakout`")
            .at_least(2.0)
            .at_most(Channel::MOST_BARS as f64),
        Param::new("bar", Unit::Span, "60s", "length of a bar").above(0.0),
        Param::new("retrace", Unit::Number, "3", "mean true ranges that `breakout` lets the price come back")
            .at_least(0.0)
            .at_most(20.0),
        Param::new("position_max", Unit::Lots, "1000", "greatest position, long or short").at_least(1.0),
    ];
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] =
        &[("ma_cross", &[("rule", "ma_cross")]), ("breakout", &[("rule", "breakout")])];

    fn from_params(p: &Params<'_>) -> Result<MomentumTrader, ParamError> {
        let windows = (p.count("short_window"), p.count("long_window"));
        if windows.0 >= windows.1 {
            let why = format!("must be below long_window, {}, not {}", windows.1, windows.0);
            return Err(ParamError::new("short_window", why));
        }
        let lots = (p.lots("lot_min"), p.lots("lot_max"));
        if lots.0 > lots.1 {
            return Err(ParamError::new(
                "lot_min",
                format!("must be at most lot_max, {}, not {}", lots.1, lots.0),
            ));
        }
        let count = |name| usize::try_from(p.count(name)).unwrap_or(0);
        let trader = if p.choice("rule") == BREAKOUT {
            MomentumTrader::breakout(count("bars"), p.span("bar"))
        } else {
            MomentumTrader::ma_cross(count("short_window"), count("long_window"))
        };
        Ok(MomentumTrader {
            every: p.span("every"),
            short_window: count("short_window"),
            long_window: count("long_window"),
            bars: count("bars"),
            bar: p.span("bar"),
            retrace: p.number("retrace"),
            band: p.number("band"),
            lots,
            position_max: p.lots("position_max"),
            ..trader
        })
    }

    fn least_order(&self) -> Qty {
        self.lots.0
    }

    fn greatest_order(&self) -> Qty {
        self.lots.1
    }

    fn wakes(&self) -> Wakes {
        match self.rule {
            Rule::Cross(_) => Wakes::Periodic(self.every),
            Rule::Breakout(_) => Wakes::Own,
        }
    }
}
