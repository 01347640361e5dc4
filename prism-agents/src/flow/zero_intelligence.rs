//! Zero-intelligence trader: quotes a uniformly random price, within its budget or not at all mindful of it.
//!
//! | parameter | unit | default | range | meaning |
//! |---|---|---|---|---|
//! | `constrained` | flag | `true` | | never quotes worse than its private limit |
//! | `rate` | 1/s | `0.1` | ≥ 0.000001, ≤ 1000 | how often it quotes |
//! | `price_min` | price | `1 ticks` | ≥ 1 ticks | least price it quotes |
//! | `price_max` | price | `20000 ticks` | > 1 ticks | greatest price it quotes, above `price_min` |
//! | `size` | lots | `1` | ≥ 1 | lots of one quote |
//! | `valuations` | `assignment` `private` | `assignment` | | where its limits come from |
//! | `side` | `alternate` `buy` `sell` | `alternate` | | the side of its assignments; members in turn if it alternates |
//! | `value_min` | price | | ≥ 1 ticks | least limit of an assignment; `price_min` when not given |
//! | `value_max` | price | | ≥ 1 ticks | greatest limit of an assignment; `price_max` when not given |
//! | `assigned` | lots | `1` | ≥ 1 | lots of one assignment |
//! | `refresh` | 1/s | `0.01` | ≥ 0, ≤ 1000 | how often a fresh assignment comes; 0 for never |
//! | `refresh_by` | `poisson` `periodic` | `poisson` | | each trader for itself at random times, or all at once |
//! | `position_max` | count | `10` | ≥ 1, ≤ 10000 | greatest position with private values, in lots |
//! | `private_sigma` | ticks | `200` | ≥ 0 | standard deviation of private values |
//! | `gs_protocol` | flag | `false` | | takes its quote back at every trade it hears of |
//!
//! It has a private limit L for the next unit. At each wake-up it draws a price p uniformly from the whole
//! ticks from `price_min` to `price_max`; if it is constrained, a buyer up to L only and a seller from L on.
//! The quote takes the place of its last one, better or worse. Without an assignment it does nothing, and neither
//! does it while its book is halted or closed; in the calls of a trading day it quotes as ever.
//!
//! The limit comes from one of two sources. *Assignments*: whoever runs the market hands out orders to buy
//! or sell so many lots at no worse than L, the limits uniform over a range, and a fresh one replaces the
//! old after a while. *Private values*: θ₁ ≥ … ≥ θ₂ₙ are normal draws; at position q the next unit is worth
//! r̂ + θ(q+n+1) to buy and r̂ + θ(q+n) to sell, where r̂ forecasts the value at the close; the side is a fair
//! coin.
//!
//! **Paper**: D. K. Gode, S. Sunder, *Allocative Efficiency of Markets with Zero-Intelligence Traders:
//! Market as a Partial Substitute for Individual Rationality*, Journal of Political Economy 101(1), 1993.
//! Private values as in M. P. Wellman and others, e.g. E. Wah, M. Wright, M. P. Wellman, *Welfare Effects of
//! Market Making in Continuous Double Auctions*, JAIR 59, 2017.
//! **Differences**: time is continuous and traders wake by their own Poisson clocks; which of them comes
//! next is uniform, as in the paper. `gs_protocol` adds its other rule, that every trade wipes all quotes:
//! each trader hears the trade and cancels, so it is exact where messages have no delay. A quote of several
//! lots that is changed while a fill is on its way may trade up to its own size more than was assigned.
//! Where it sees the value, r̂ is the forecast of a trader who sees it without noise: the belief of
//! `value_bayes` with `noise = 0`, which needs no memory. Without the value (a group that is not informed) r̂ is
//! the mean of its law, or the previous close.
//! **Reproduced**: efficiency and Smith's alpha of Gode and Sunder's double auction,
//! `tests/zero_intelligence.rs::gode_sunder_constrained` and `gode_sunder_unconstrained`.

use prism_core::agent::{Agent, Ctx, Prints, Wakes};
use prism_core::msg::{Print, Report};
use prism_core::rng::RngStream;
use prism_core::saved;
use prism_core::spec::{self, Param, ParamError, Params, Spec, Unit, Value};
use prism_core::types::{OrderId, Price, Qty, Side};
use serde::{Deserialize, Serialize};

use crate::kit::clock::{self, mean_wait};
use crate::kit::home;
use crate::kit::quotes::{LEAST_PRICE, limit, passive};
use crate::kit::valuation::{Assignment, Issue, PrivateValues, Refresh, Sides, common_value};

/// Timer: the next assignment is due.
const REFRESH: u32 = 1;

/// A trader that quotes at random: see the [module](self).
///
/// ```
/// use prism_agents::ZeroIntelligence;
/// use prism_core::prelude::*;
/// let buyers = ZeroIntelligence::new().prices(1, 200).assigned(Side::Buy, Price(150), Qty(1));
/// let group = Group::of(buyers).named("buyers").count(20).poisson(Span::secs(10));
/// # let _ = group;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZeroIntelligence {
    constrained: bool,
    rate: f64,
    prices: (Price, Price),
    /// Lots of a quote.
    size: Qty,
    wipes: bool,
    source: Source,
    /// The quote in the market, if any.
    quote: Option<Quote>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Quote {
    id: OrderId,
    side: Side,
    /// Taken back, but not yet heard to be gone: a fill may still come.
    leaving: bool,
}

/// Where the private limit comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Source {
    Assigned { issue: Issue, given: Option<Assignment> },
    Private { most: u32, sigma: f64, values: Option<PrivateValues> },
}

const ASSIGNMENT: &str = "assignment";
const PRIVATE: &str = "private";
const ALTERNATE: &str = "alternate";
const BUY: &str = "buy";
const SELL: &str = "sell";
const POISSON: &str = "poisson";
const PERIODIC: &str = "periodic";

impl ZeroIntelligence {
    /// A constrained trader with the catalogue's values; members of a group buy and sell in turn, with
    /// limits anywhere between the least and the greatest price.
    pub fn new() -> ZeroIntelligence {
        let prices = (Price(1), Price(20_000));
        let issue =
            Issue { sides: Sides::Alternate, limits: prices, lots: Qty(1), refresh: Refresh::Drip(0.01) };
        ZeroIntelligence {
            constrained: true,
            rate: 0.1,
            prices,
            size: Qty(1),
            wipes: false,
            source: Source::Assigned { issue, given: None },
            quote: None,
        }
    }

    /// Pays no heed to its limit.
    pub fn unconstrained(mut self) -> ZeroIntelligence {
        self.constrained = false;
        self
    }

    /// Quotes so often, per second, where it keeps its own time.
    pub fn rate(mut self, rate: f64) -> ZeroIntelligence {
        self.rate = rate;
        self
    }

    /// The least and the greatest price that it quotes, in ticks. Its assignments have limits between the same
    /// two, unless it is told how they are issued.
    pub fn prices(mut self, least: i64, greatest: i64) -> ZeroIntelligence {
        let prices = (Price(least), Price(greatest));
        match &mut self.source {
            Source::Assigned { issue, given: None } if issue.limits == self.prices => issue.limits = prices,
            Source::Assigned { .. } | Source::Private { .. } => {}
        }
        self.prices = prices;
        self
    }

    /// The lots of one quote.
    pub fn size(mut self, size: Qty) -> ZeroIntelligence {
        self.size = size;
        self
    }

    /// Gets its limits as assignments issued this way.
    pub fn issued(mut self, issue: Issue) -> ZeroIntelligence {
        self.source = Source::Assigned { issue, given: None };
        self
    }

    /// Has this one assignment and gets no other.
    pub fn assigned(mut self, side: Side, limit: Price, lots: Qty) -> ZeroIntelligence {
        let sides = if side == Side::Buy { Sides::Buy } else { Sides::Sell };
        let issue = Issue { sides, limits: (limit, limit), lots, refresh: Refresh::Never };
        self.source = Source::Assigned { issue, given: Some(Assignment { side, limit, lots }) };
        self
    }

    /// Has private values for positions from `-most` to `most`, drawn with a standard deviation of `sigma`
    /// ticks when the run begins.
    pub fn private_values(mut self, most: u32, sigma: f64) -> ZeroIntelligence {
        self.source = Source::Private { most, sigma, values: None };
        self
    }

    /// Takes its quote back whenever it hears of a trade, as in the experiments of Gode and Sunder.
    pub fn gs_protocol(mut self) -> ZeroIntelligence {
        self.wipes = true;
        self
    }

    /// What it was made of, by the name of the parameter.
    fn given(&self, name: &str) -> Option<Value> {
        let issue = match self.source {
            Source::Assigned { issue, .. } => Some(issue),
            Source::Private { .. } => None,
        };
        let private = match self.source {
            Source::Assigned { .. } => None,
            Source::Private { most, sigma, .. } => Some((most, sigma)),
        };
        match name {
            "constrained" => Some(Value::Flag(self.constrained)),
            "rate" => Some(Value::Number(self.rate)),
            "price_min" => Some(Value::Price(self.prices.0)),
            "price_max" => Some(Value::Price(self.prices.1)),
            "size" => Some(Value::Lots(self.size)),
            "valuations" => Some(Value::Choice(if private.is_some() { PRIVATE } else { ASSIGNMENT })),
            "side" => issue.map(|issue| {
                Value::Choice(match issue.sides {
                    Sides::Alternate => ALTERNATE,
                    Sides::Buy => BUY,
                    Sides::Sell => SELL,
                })
            }),
            "value_min" => issue.map(|issue| Value::Price(issue.limits.0)),
            "value_max" => issue.map(|issue| Value::Price(issue.limits.1)),
            "assigned" => issue.map(|issue| Value::Lots(issue.lots)),
            "refresh" => issue.map(|issue| Value::Number(issue.refresh.rate())),
            "refresh_by" => issue.map(|issue| {
                let together = matches!(issue.refresh, Refresh::Periodic(_));
                Value::Choice(if together { PERIODIC } else { POISSON })
            }),
            "position_max" => private.map(|(most, _)| Value::Count(i64::from(most))),
            "private_sigma" => private.map(|(_, sigma)| Value::Number(sigma)),
            "gs_protocol" => Some(Value::Flag(self.wipes)),
            _ => None,
        }
    }

    /// True if it heeds its limit.
    pub fn is_constrained(&self) -> bool {
        self.constrained
    }

    /// The assignment it works on, if it has one.
    pub fn assignment(&self) -> Option<Assignment> {
        match self.source {
            Source::Assigned { given, .. } => given.filter(|given| !given.lots.is_zero()),
            Source::Private { .. } => None,
        }
    }

    /// Draws a price for a unit with the private limit `limit`; `None`, without a draw, if no price is
    /// allowed.
    ///
    /// ```
    /// use prism_agents::ZeroIntelligence;
    /// use prism_core::prelude::*;
    /// let mut rng = StreamKey::root(1).stream();
    /// let trader = ZeroIntelligence::new().prices(1, 200);
    /// assert!(trader.price(Side::Buy, Price(50), &mut rng).is_some_and(|p| p <= Price(50)));
    /// assert_eq!(trader.price(Side::Sell, Price(201), &mut rng), None);
    /// ```
    pub fn price(&self, side: Side, limit: Price, rng: &mut RngStream) -> Option<Price> {
        let (mut low, mut high) = self.prices;
        match side {
            Side::Buy if self.constrained => high = high.min(limit),
            Side::Sell if self.constrained => low = low.max(limit),
            Side::Buy | Side::Sell => {}
        }
        (low <= high).then(|| Price(rng.range_i64(low.0..=high.0)))
    }

    /// Side, limit and greatest size of the next quote.
    fn next_unit(&self, ctx: &mut Ctx<'_>) -> Option<(Side, Price, Qty)> {
        match &self.source {
            Source::Assigned { .. } => {
                let given = self.assignment()?;
                Some((given.side, given.limit, self.size.min(given.lots)))
            }
            Source::Private { values, .. } => {
                let side = if ctx.rng().sign() > 0 { Side::Buy } else { Side::Sell };
                let extra = values.as_ref()?.next(side, ctx.position(ctx.home()))?;
                Some((side, passive(side, common_value(ctx) + extra), self.size))
            }
        }
    }

    /// Gives the member an assignment and sets the timer for the one after it.
    fn issue(&mut self, ctx: &mut Ctx<'_>) {
        if let Source::Assigned { issue, given } = &mut self.source {
            *given = Some(issue.draw(ctx.member(), ctx.rng()));
            if let Some(after) = issue.next(ctx.rng()) {
                ctx.timer(after, REFRESH);
            }
        }
    }

    fn take_back(&mut self, ctx: &mut Ctx<'_>) {
        if let Some(quote) = &mut self.quote
            && !quote.leaving
        {
            quote.leaving = true;
            ctx.cancel(quote.id);
        }
    }

    fn quote_anew(&mut self, side: Side, price: Price, size: Qty, ctx: &mut Ctx<'_>) {
        let order = limit(ctx.home(), side, size, price);
        self.quote = order.map(|order| Quote { id: ctx.order(order), side, leaving: false });
    }
}

impl Default for ZeroIntelligence {
    fn default() -> ZeroIntelligence {
        ZeroIntelligence::new()
    }
}

impl Agent for ZeroIntelligence {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        match &mut self.source {
            Source::Assigned { given: Some(_), .. } => {}
            Source::Assigned { .. } => self.issue(ctx),
            Source::Private { most, sigma, values } => {
                *values = Some(PrivateValues::draw(*most as usize, *sigma, ctx.rng()));
            }
        }
        clock::start(self.wakes(), ctx);
    }

    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        clock::again(self.wakes(), ctx);
        if self.quote.is_some_and(|quote| quote.leaving) {
            return; // one quote at a time
        }
        if !home::takes_orders(ctx) {
            return;
        }
        let Some((side, worth, size)) = self.next_unit(ctx) else { return };
        let Some(price) = self.price(side, worth, ctx.rng()) else {
            self.take_back(ctx);
            return;
        };
        match self.quote {
            Some(quote) if quote.side == side => ctx.replace(quote.id, price, size),
            Some(quote) => {
                ctx.cancel(quote.id);
                self.quote_anew(side, price, size, ctx);
            }
            None => self.quote_anew(side, price, size, ctx),
        }
    }

    fn on_timer(&mut self, tag: u32, ctx: &mut Ctx<'_>) {
        if tag == REFRESH {
            // A fill that the old quote may still get is none of the new assignment's.
            self.take_back(ctx);
            self.quote = None;
            self.issue(ctx);
        }
    }

    fn on_report(&mut self, report: &Report, ctx: &mut Ctx<'_>) {
        let id = report.id();
        if self.quote.is_none_or(|quote| quote.id != id) {
            return; // of an earlier assignment
        }
        if let (Report::Filled { qty, .. }, Source::Assigned { given: Some(given), .. }) =
            (report, &mut self.source)
        {
            given.lots = given.lots.saturating_sub(*qty);
        }
        if ctx.working(id).is_none() {
            self.quote = None;
        }
    }

    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        if matches!(print, Print::Trade { book, .. } if *book == ctx.home()) {
            self.take_back(ctx);
        }
    }

    fn hears(&self) -> Prints {
        if self.wipes { Prints::TRADES } else { Prints::NONE }
    }

    fn check(&self) -> Result<(), ParamError> {
        spec::check::<ZeroIntelligence>(|name| self.given(name))
    }

    saved!();
}

impl Spec for ZeroIntelligence {
    const KIND: &'static str = "zero_intelligence";
    const NUMBER: Option<u8> = Some(1);
    const DOC: &'static str =
        "quotes a uniformly random price, within its budget or not at all mindful of it";
    const RULE: &'static str = "\
At each wake-up: a price drawn uniformly from the whole ticks between price_min and price_max, constrained
buyers no higher and sellers no lower than their private limit; it takes the place of the last quote.
Limits come as assignments (uniform between value_min and value_max) or as private values.";
    const CITE: &'static [&'static str] = &[
        "Gode & Sunder 1993, Allocative Efficiency of Markets with Zero-Intelligence Traders, J. Political Economy 101(1)",
    ];
    const PARAMS: &'static [Param] = &[
        Param::new("constrained", Unit::Flag, "true", "never quotes worse than its private limit"),
        Param::new("rate", Unit::Rate, "0.1", "how often it quotes").at_least(1e-6).at_most(1e3),
        Param::new("price_min", Unit::Price, "1 ticks", "least price it quotes").at_least(1.0),
        Param::new("price_max", Unit::Price, "20000 ticks", "greatest price it quotes, above `price_min`")
            .above(1.0),
        Param::new("size", Unit::Lots, "1", "lots of one quote").at_least(1.0),
        Param::new(
            "valuations",
            Unit::Choice(&[ASSIGNMENT, PRIVATE]),
            ASSIGNMENT,
            "where its limits come from",
        ),
        Param::new(
            "side",
            Unit::Choice(&[ALTERNATE, BUY, SELL]),
            ALTERNATE,
            "the side of its assignments; members in turn if it alternates",
        ),
        Param::optional("value_min", Unit::Price, "least limit of an assignment; `price_min` when not given")
            .at_least(1.0),
        Param::optional(
            "value_max",
            Unit::Price,
            "greatest limit of an assignment; `price_max` when not given",
        )
        .at_least(1.0),
        Param::new("assigned", Unit::Lots, "1", "lots of one assignment").at_least(1.0),
        Param::new("refresh", Unit::Rate, "0.01", "how often a fresh assignment comes; 0 for never")
            .at_least(0.0)
            .at_most(1e3),
        Param::new(
            "refresh_by",
            Unit::Choice(&[POISSON, PERIODIC]),
            POISSON,
            "each trader for itself at random times, or all at once",
        ),
        Param::new("position_max", Unit::Count, "10", "greatest position with private values, in lots")
            .at_least(1.0)
            .at_most(10_000.0),
        Param::new("private_sigma", Unit::Ticks, "200", "standard deviation of private values").at_least(0.0),
        Param::new("gs_protocol", Unit::Flag, "false", "takes its quote back at every trade it hears of"),
    ];
    const PRESETS: &'static [(&'static str, &'static [(&'static str, &'static str)])] =
        &[("zi_u", &[("constrained", "false")]), ("zi_c", &[("constrained", "true")])];

    fn from_params(p: &Params<'_>) -> Result<ZeroIntelligence, ParamError> {
        let prices = (
            p.maybe_price("price_min").unwrap_or(LEAST_PRICE),
            p.maybe_price("price_max").unwrap_or(LEAST_PRICE),
        );
        if prices.0 >= prices.1 {
            return Err(ParamError::new("price_max", format!("must be above price_min, {}", prices.0)));
        }
        let limits =
            (p.maybe_price("value_min").unwrap_or(prices.0), p.maybe_price("value_max").unwrap_or(prices.1));
        if limits.0 > limits.1 {
            return Err(ParamError::new("value_max", format!("must not be below value_min, {}", limits.0)));
        }
        let rate = p.number("refresh");
        let refresh = match p.choice("refresh_by") {
            _ if rate <= 0.0 => Refresh::Never,
            PERIODIC => Refresh::Periodic(mean_wait(rate)),
            _ => Refresh::Drip(rate),
        };
        let sides = match p.choice("side") {
            BUY => Sides::Buy,
            SELL => Sides::Sell,
            _ => Sides::Alternate,
        };
        let source = if p.choice("valuations") == PRIVATE {
            let most = u32::try_from(p.count("position_max")).unwrap_or(0);
            Source::Private { most, sigma: p.number("private_sigma"), values: None }
        } else {
            Source::Assigned {
                issue: Issue { sides, limits, lots: p.lots("assigned"), refresh },
                given: None,
            }
        };
        Ok(ZeroIntelligence {
            constrained: p.flag("constrained"),
            rate: p.number("rate"),
            prices,
            size: p.lots("size"),
            wipes: p.flag("gs_protocol"),
            source,
            quote: None,
        })
    }

    fn least_order(&self) -> Qty {
        self.size
    }

    fn greatest_order(&self) -> Qty {
        self.size
    }

    fn wakes(&self) -> Wakes {
        Wakes::Poisson(mean_wait(self.rate))
    }
}
