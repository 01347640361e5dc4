//! The rules of a market's trading day.

use prism_core::types::{Price, Span, Time};

use crate::auction;
use crate::day::{Bands, BandsRules, Corridor, CorridorRules, Day, DayError};

/// The trading day of a market (§7 of the rule book): its phases, its auctions, and the safeguards that interrupt it.
///
/// ```
/// use prism_book::day::{BandsRules, Day};
/// use prism_book::{Collar, DayRules, Ladder, Market, MarketRules, Phase, Price, Span, StreamKey, Time};
///
/// let (mins, none) = (Span::mins, Span::ZERO);
/// let day = Day::with_calls(mins(1_440), (mins(540), mins(570)), (mins(950), mins(960)), none)?;
/// let rules = DayRules::new(day, Time::ZERO)
///     .collar(Collar { bp: 500, extension: mins(5), extensions: 3 })
///     .bands(BandsRules::luld_tier_1(100));
/// let market = Market::<Ladder>::new(MarketRules::new(Price(10_000)), StreamKey::root(1)).with_day(rules)?;
/// assert_eq!((market.phase(), market.next_due()), (Phase::Closed, Some(Time::ZERO + mins(540))));
/// # Ok::<(), prism_book::day::DayError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayRules {
    /// The phases by the clock.
    pub day: Day,
    /// When the first day begins.
    pub start: Time,
    /// How the price of an auction is found, and who trades at it.
    pub auction: auction::Rules,
    /// Calls go on while their price is too far from the last one.
    pub collar: Option<Collar>,
    /// An uncrossing every so often in the place of continuous trading: a frequent batch auction.
    pub batch: Option<Span>,
    /// Price bands.
    pub bands: Option<BandsRules>,
    /// What becomes of orders beyond the price bands.
    pub beyond: Beyond,
    /// Volatility interruptions.
    pub corridor: Option<CorridorRules>,
    /// How long volatility calls last, those that follow halts, too.
    pub volatility: CallTime,
    /// What becomes of new orders while trading is halted.
    pub halted: Halted,
}

/// How long a volatility call lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallTime {
    /// At least so long.
    pub length: Span,
    /// Up to so much longer, drawn uniformly.
    pub random_end: Span,
}

/// How far the price of an uncrossing may be from the last price before the call goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Collar {
    /// In basis points of the last price; after each extension so much more.
    pub bp: u32,
    /// How much longer a call lasts each time.
    pub extension: Span,
    /// How often at most.
    pub extensions: u32,
}

/// What becomes of orders beyond the price bands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Beyond {
    /// They are priced at the band.
    #[default]
    Reprice,
    /// They are refused, and cancelled where the bands have moved.
    Reject,
}

/// What becomes of new orders while trading is halted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Halted {
    /// They are refused.
    #[default]
    Refuse,
    /// They are collected for the call that follows.
    Collect,
}

impl DayRules {
    /// A day whose first one begins at `start`, with volatility calls of two minutes and up to 30 s, no safeguards,
    /// and auctions of the default [rules](auction::Rules).
    pub fn new(day: Day, start: Time) -> DayRules {
        DayRules {
            day,
            start,
            auction: auction::Rules::default(),
            collar: None,
            batch: None,
            bands: None,
            beyond: Beyond::default(),
            corridor: None,
            volatility: CallTime { length: Span::mins(2), random_end: Span::secs(30) },
            halted: Halted::default(),
        }
    }

    /// The same with other rules for the price and the division of auctions.
    pub fn auction(mut self, rules: auction::Rules) -> DayRules {
        self.auction = rules;
        self
    }

    /// The same with calls that go on while their price is too far from the last one.
    pub fn collar(mut self, collar: Collar) -> DayRules {
        self.collar = Some(collar);
        self
    }

    /// The same with an uncrossing every so often in the place of continuous trading (a frequent batch auction).
    pub fn batch(mut self, interval: Span) -> DayRules {
        self.batch = Some(interval);
        self
    }

    /// The same with price bands.
    pub fn bands(mut self, rules: BandsRules) -> DayRules {
        self.bands = Some(rules);
        self
    }

    /// The same with another way to treat orders beyond the price bands.
    pub fn beyond(mut self, beyond: Beyond) -> DayRules {
        self.beyond = beyond;
        self
    }

    /// The same with volatility interruptions.
    pub fn corridor(mut self, rules: CorridorRules) -> DayRules {
        self.corridor = Some(rules);
        self
    }

    /// The same with volatility calls of another length.
    pub fn volatility(mut self, call: CallTime) -> DayRules {
        self.volatility = call;
        self
    }

    /// The same with another way to treat new orders while trading is halted.
    pub fn halted(mut self, halted: Halted) -> DayRules {
        self.halted = halted;
        self
    }

    /// Whether a market with this previous close can have such a day.
    ///
    /// # Errors
    /// What is wrong with it: a collar, an extension, a batch interval or a volatility call of nothing, bands or
    /// corridors that are none, both with a batch interval.
    pub fn check(&self, reference: Price) -> Result<(), DayError> {
        let range = |good, field, range| if good { Ok(()) } else { Err(DayError::Range { field, range }) };
        if let Some(collar) = self.collar {
            range((1..=10_000).contains(&collar.bp), "collar", "1 to 10000 basis points")?;
            range(collar.extension.is_positive(), "extension", "longer than nothing")?;
        }
        range(self.batch.is_none_or(Span::is_positive), "batch", "longer than nothing")?;
        range(self.volatility.length.is_positive(), "volatility call", "longer than nothing")?;
        range(!self.volatility.random_end.is_negative(), "random end of volatility calls", "0 or more")?;
        let guarded = self.bands.is_some() || self.corridor.is_some();
        range(self.batch.is_none() || !guarded, "batch", "without price bands and corridors")?;
        if let Some(bands) = &self.bands {
            Bands::new(bands.clone(), reference)?;
        }
        if let Some(corridor) = self.corridor {
            Corridor::new(corridor, reference)?;
        }
        Ok(())
    }
}
