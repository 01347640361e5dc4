//! An exchange: a book for each symbol, fees for makers and takers, true clearing, and, if it has one, a trading day.

use prism_core::types::{AgentId, FeeRate, Instrument, Qty, Span, Symbol};
use prism_core::venue::{Venue, VenueError, VenuePlace, VenueSpec};

use super::fees::{Fee, Fees};
use super::floor::{Floor, LARGEST};
use super::house::House;
use super::margin::MarginRules;
use super::short_sales::ShortSales;
use crate::book::{BookEngine, Ladder, Naive};
use crate::day::{BreakerRules, LotRule, TickTable};
use crate::market::{DayRules, Matching, SelfTrade};

/// Which book an exchange uses. The choice changes its speed and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The fast one.
    #[default]
    Ladder,
    /// The obvious one, for comparison.
    Naive,
}

/// Declares an exchange, which knows every order term of the rule book (`docs/exchange.md`); continuous trading with
/// price-time priority by default.
///
/// Orders rest at 1 to 2^42 ticks (others are refused with `BadPrice`) and are worth at most 2^53 units of the
/// currency each (else `BadQty`), so that every value fits 64 bits.
///
/// ```
/// use prism_book::venue::Exchange;
/// use prism_book::{FeeRate, Instrument, Qty, Span, Symbol};
///
/// let venue = Exchange::new("XPRM")
///     .list(Symbol::new("ACME").tick("0.01").start("100.00"))
///     .fees(FeeRate::tenth_bps(-2), FeeRate::tenth_bps(5)); // makers get 0.2 bp, takers pay 0.5 bp
/// # let _ = venue;
/// ```
#[derive(Clone, Debug)]
pub struct Exchange {
    name: String,
    symbols: Vec<Symbol>,
    pub(super) fees: Fees,
    depth: u16,
    pub(super) self_trade: SelfTrade,
    pub(super) matching: Matching,
    pub(super) day: Option<DayRules>,
    pub(super) breaker: Option<BreakerRules>,
    pub(super) protect: Option<Span>,
    pub(super) ticks: TickTable,
    pub(super) lots: LotRule,
    pub(super) margin: Option<MarginRules>,
    pub(super) short_sales: ShortSales,
    pub(super) exempt: Vec<AgentId>,
    engine: Engine,
}

impl Exchange {
    /// An exchange that lists nothing yet and takes no fees.
    pub fn new(name: &str) -> Exchange {
        Exchange {
            name: name.to_owned(),
            symbols: Vec::new(),
            fees: Fees::default(),
            depth: 0,
            self_trade: SelfTrade::default(),
            matching: Matching::default(),
            day: None,
            breaker: None,
            protect: None,
            ticks: TickTable::default(),
            lots: LotRule::default(),
            margin: None,
            short_sales: ShortSales::default(),
            exempt: Vec::new(),
            engine: Engine::default(),
        }
    }

    /// Lists a symbol.
    pub fn list(mut self, symbol: Symbol) -> Exchange {
        self.symbols.push(symbol);
        self
    }

    /// What makers and takers pay on the value of a fill; negative for a rebate. Below 100 % either way.
    pub fn fees(mut self, maker: FeeRate, taker: FeeRate) -> Exchange {
        self.fees = Fees::new(Fee::of_value(maker), Fee::of_value(taker));
        self
    }

    /// What trades cost, by value, by lot and by what an agent has traded.
    pub fn fee_schedule(mut self, fees: Fees) -> Exchange {
        self.fees = fees;
        self
    }

    /// How many levels a side are recorded for agents and the depth table; none by default.
    pub fn depth(mut self, levels: u16) -> Exchange {
        self.depth = levels;
        self
    }

    /// What happens when an order meets one of the same agent; by default they trade.
    pub fn self_trade(mut self, rule: SelfTrade) -> Exchange {
        self.self_trade = rule;
        self
    }

    /// Which of the displayed orders at one price trade; by default those who came first.
    pub fn matching(mut self, rule: Matching) -> Exchange {
        self.matching = rule;
        self
    }

    /// The trading day of each of its markets; without one they trade continuously, for ever.
    pub fn day(mut self, rules: DayRules) -> Exchange {
        self.day = Some(rules);
        self
    }

    /// A breaker over all of its markets, which halts them or ends their day; they need a [day](Exchange::day).
    pub fn breaker(mut self, rules: BreakerRules) -> Exchange {
        self.breaker = Some(rules);
        self
    }

    /// Protects the quotes of the symbol's other venues, which it sees `watch` late: no order without
    /// [`sweep`](prism_core::msg::Terms::sweep) trades at a worse price than theirs (§9 of the rule book).
    pub fn protect(mut self, watch: Span) -> Exchange {
        self.protect = Some(watch);
        self
    }

    /// Which prices orders may have (else `BadPrice`); by default every tick.
    pub fn tick_table(mut self, table: TickTable) -> Exchange {
        self.ticks = table;
        self
    }

    /// Which sizes orders may have (else `BadQty`), and what of a level others see in the best bid and ask; by default
    /// all.
    pub fn lots(mut self, rule: LotRule) -> Exchange {
        self.lots = rule;
        self
    }

    /// What agents must have to open and to hold positions; by default nothing.
    pub fn margin(mut self, rules: MarginRules) -> Exchange {
        self.margin = Some(rules);
        self
    }

    /// Whether agents may sell what they do not have; by default they may.
    pub fn short_sales(mut self, rules: ShortSales) -> Exchange {
        self.short_sales = rules;
        self
    }

    /// Agents to whom the rules for margin and for short sales do not apply, such as the venue's own market makers.
    pub fn exempt(mut self, agents: impl IntoIterator<Item = AgentId>) -> Exchange {
        self.exempt.extend(agents);
        self
    }

    /// Which book it uses.
    pub fn engine(mut self, engine: Engine) -> Exchange {
        self.engine = engine;
        self
    }
}

impl VenueSpec for Exchange {
    fn name(&self) -> &str {
        &self.name
    }

    fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    fn depth(&self) -> u16 {
        self.depth
    }

    fn watches(&self) -> Option<Span> {
        self.protect
    }

    fn largest_order(&self, symbol: &Instrument) -> Qty {
        let lot = u128::from(symbol.start.0.unsigned_abs()) * u128::from(symbol.tick_lot.unsigned_abs());
        let lots = u128::from(LARGEST) / lot.max(1);
        Qty(u64::try_from(lots).unwrap_or(u64::MAX)).min(Qty::MAX)
    }

    fn has_phases(&self) -> bool {
        self.day.is_some()
    }

    fn liquidates(&self) -> bool {
        self.margin.is_some()
    }

    fn build(&self, place: &VenuePlace<'_>) -> Result<Box<dyn Venue>, VenueError> {
        match self.engine {
            Engine::Ladder => self.with::<Ladder>(place),
            Engine::Naive => self.with::<Naive>(place),
        }
    }
}

impl Exchange {
    fn with<B: BookEngine + Send + 'static>(
        &self,
        place: &VenuePlace<'_>,
    ) -> Result<Box<dyn Venue>, VenueError> {
        Ok(if self.margin.is_some() || self.short_sales != ShortSales::default() {
            Box::new(House::<B>::new(self, place)?)
        } else {
            Box::new(Floor::<B>::new(self, place)?)
        })
    }
}
