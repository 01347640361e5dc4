//! Price bands with limit states and pauses.

use std::collections::VecDeque;

use prism_core::digest::Digest;
use prism_core::types::{Price, Span, Time};

use super::{DayError, part_of};

/// How far from the reference the bands are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BandWidth {
    /// So many basis points of the reference.
    Bp(u32),
    /// The smaller of so many ticks and so many basis points of the reference.
    Least {
        /// In ticks.
        ticks: i64,
        /// In basis points.
        bp: u32,
    },
}

impl BandWidth {
    fn of(self, reference: Price) -> i64 {
        match self {
            BandWidth::Bp(bp) => part_of(reference, bp),
            BandWidth::Least { ticks, bp } => ticks.min(part_of(reference, bp)),
        }
    }
}

/// The rules of price bands.
///
/// The bands lie around a reference price: the mean of the trades of the last [`window`](BandsRules::window), which
/// takes the place of the one before only when it differs by [`moves`](BandsRules::moves) or more. Nothing trades
/// outside them. When the best bid is at the upper band, or the best ask at the lower one, and the other side does
/// not meet it, the market is in a *limit state*; after [`patience`](BandsRules::patience) of it trading pauses.
///
/// The usual numbers are those of the Limit Up-Limit Down plan of the United States (SEC file 4-631), which
/// [`luld_tier_1`](BandsRules::luld_tier_1) and [`luld_tier_2`](BandsRules::luld_tier_2) give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandsRules {
    /// Widths by reference: each from its price on; the first from the lowest price.
    pub widths: Vec<(Price, BandWidth)>,
    /// How long a trade counts for the reference.
    pub window: Span,
    /// The least change of the reference, in basis points of it.
    pub moves: u32,
    /// How long a limit state lasts before trading pauses.
    pub patience: Span,
    /// How long trading pauses.
    pub pause: Span,
}

impl BandsRules {
    /// The plan's first tier with this many ticks to the unit of money: 5 % above 3.00; 20 % from 0.75 on; below,
    /// 0.15 or 75 %, whichever is less.
    pub fn luld_tier_1(unit: i64) -> BandsRules {
        BandsRules::luld(unit, 500)
    }

    /// The plan's second tier: 10 % above 3.00, otherwise as the first.
    pub fn luld_tier_2(unit: i64) -> BandsRules {
        BandsRules::luld(unit, 1_000)
    }

    fn luld(unit: i64, bp: u32) -> BandsRules {
        let cents =
            |cents: i64| i64::try_from(i128::from(unit) * i128::from(cents) / 100).unwrap_or(i64::MAX);
        BandsRules {
            widths: vec![
                (Price::MIN, BandWidth::Least { ticks: cents(15), bp: 7_500 }),
                (Price(cents(75)), BandWidth::Bp(2_000)),
                (Price(cents(300).saturating_add(1)), BandWidth::Bp(bp)),
            ],
            window: Span::secs(300),
            moves: 100,
            patience: Span::secs(15),
            pause: Span::secs(300),
        }
    }

    fn check(&self) -> Result<(), DayError> {
        let range = |good, field, range| if good { Ok(()) } else { Err(DayError::Range { field, range }) };
        range(!self.widths.is_empty(), "bands", "one width or more")?;
        if let Some(two) = self.widths.windows(2).find(|two| two[1].0 <= two[0].0) {
            return Err(DayError::Order { field: "prices of the bands", at: two[1].0.0 });
        }
        range(self.window.is_positive(), "window", "longer than nothing")?;
        range(self.patience.is_positive(), "patience", "longer than nothing")?;
        range(self.pause.is_positive(), "pause", "longer than nothing")?;
        range((1..=10_000).contains(&self.moves), "moves", "1 to 10000 basis points")?;
        let good = |width: &BandWidth| match *width {
            BandWidth::Bp(bp) => bp > 0,
            BandWidth::Least { ticks, bp } => ticks > 0 && bp > 0,
        };
        range(self.widths.iter().all(|(_, width)| good(width)), "width", "more than nothing")
    }
}

/// The best prices that bands are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Quote {
    /// The best bid.
    pub bid: Option<Price>,
    /// The best ask.
    pub ask: Option<Price>,
}

/// Which band the market leans on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitState {
    /// The best bid is at the upper band.
    Up,
    /// The best ask is at the lower band.
    Down,
}

/// The price bands of one market.
#[derive(Clone, Debug)]
pub struct Bands {
    rules: BandsRules,
    reference: Price,
    lower: Price,
    upper: Price,
    /// Twice, in the time towards the close: 1 otherwise.
    factor: i64,
    trades: VecDeque<(Time, Price)>,
    sum: i128,
    limit: Option<(LimitState, Time)>,
}

impl Bands {
    /// Bands around a reference.
    ///
    /// # Errors
    /// No width, widths that are not in order, a time or a part that is not positive, a reference below one tick.
    pub fn new(rules: BandsRules, reference: Price) -> Result<Bands, DayError> {
        rules.check()?;
        if reference < Price(1) {
            return Err(DayError::Range { field: "reference", range: "1 tick or more" });
        }
        let mut bands = Bands {
            rules,
            reference,
            lower: reference,
            upper: reference,
            factor: 1,
            trades: VecDeque::new(),
            sum: 0,
            limit: None,
        };
        bands.lay();
        Ok(bands)
    }

    fn lay(&mut self) {
        let after = self.rules.widths.partition_point(|(from, _)| *from <= self.reference);
        let width =
            self.rules.widths[after.saturating_sub(1)].1.of(self.reference).saturating_mul(self.factor);
        self.lower = Price(self.reference.0.saturating_sub(width).max(1));
        self.upper = Price(self.reference.0.saturating_add(width));
    }

    /// The reference.
    pub fn reference(&self) -> Price {
        self.reference
    }

    /// The lowest and the highest price at which anything trades.
    pub fn range(&self) -> (Price, Price) {
        (self.lower, self.upper)
    }

    /// Widens the bands by a factor of 1 or more, such as 2 in the last 25 minutes of the day.
    pub fn widen(&mut self, factor: u8) {
        self.factor = i64::from(factor.max(1));
        self.lay();
    }

    /// The market begins anew around another reference: after a pause, at the opening. The trades so far do not
    /// count any more.
    pub fn reset(&mut self, reference: Price) {
        self.reference = reference.max(Price(1));
        self.trades.clear();
        (self.sum, self.limit) = (0, None);
        self.lay();
    }

    /// A trade. True if the bands moved.
    pub fn on_trade(&mut self, now: Time, price: Price) -> bool {
        self.trades.push_back((now, price));
        self.sum += i128::from(price.0);
        self.move_reference(now)
    }

    /// Trades that have become too old do not count any more; true if the bands moved.
    fn move_reference(&mut self, now: Time) -> bool {
        while let Some(&(at, price)) = self.trades.front()
            && now - at >= self.rules.window
        {
            self.trades.pop_front();
            self.sum -= i128::from(price.0);
        }
        let count = i128::try_from(self.trades.len()).unwrap_or(i128::MAX);
        if count == 0 {
            return false;
        }
        // The mean differs by `moves` of the reference or more, compared without dividing.
        let reference = i128::from(self.reference.0) * count;
        if (self.sum - reference).abs() * 10_000 < reference * i128::from(self.rules.moves) {
            return false;
        }
        let mean = (2 * self.sum + count).div_euclid(2 * count);
        self.reference = Price(i64::try_from(mean).unwrap_or(i64::MAX).max(1));
        self.lay();
        true
    }

    /// Folds in all that decides what the bands will be.
    pub(crate) fn digest(&self, into: &mut Digest) {
        into.pair(self.reference.0.cast_unsigned(), self.factor.cast_unsigned());
        for &(at, price) in &self.trades {
            into.pair(at.nanos().cast_unsigned(), price.0.cast_unsigned());
        }
        let (state, since) =
            self.limit.map_or((0, i64::MIN), |(state, since)| (state as u64 + 1, since.nanos()));
        into.pair(state, since.cast_unsigned());
    }

    /// The best prices after something happened. Returns the limit state, if the market is in one.
    pub fn on_quote(&mut self, now: Time, quote: Quote) -> Option<LimitState> {
        let up = quote.bid == Some(self.upper) && quote.ask.is_none_or(|ask| ask > self.upper);
        let down = quote.ask == Some(self.lower) && quote.bid.is_none_or(|bid| bid < self.lower);
        let state = match (up, down) {
            (true, _) => Some(LimitState::Up),
            (_, true) => Some(LimitState::Down),
            _ => None,
        };
        if self.limit.map(|(state, _)| state) != state {
            self.limit = state.map(|state| (state, now));
        }
        state
    }

    /// The limit state, if the market is in one, and since when.
    pub fn limit_state(&self) -> Option<(LimitState, Time)> {
        self.limit
    }

    /// When trading pauses, if the limit state lasts.
    pub fn pauses_at(&self) -> Option<Time> {
        self.limit.map(|(_, since)| since + self.rules.patience)
    }

    /// When the oldest trade stops counting, which may move the bands.
    pub fn moves_at(&self) -> Option<Time> {
        self.trades.front().map(|(at, _)| *at + self.rules.window)
    }

    /// Time has passed. `Some` with the length of a pause that begins now; the limit state is over with it.
    pub fn advance(&mut self, now: Time) -> Option<Span> {
        self.move_reference(now);
        self.pauses_at().filter(|at| *at <= now)?;
        self.limit = None;
        Some(self.rules.pause)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp, clippy::cast_precision_loss)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Time {
        Time::from_nanos(millis * 1_000_000)
    }

    fn tier_1(reference: i64) -> Bands {
        Bands::new(BandsRules::luld_tier_1(100), Price(reference)).unwrap()
    }

    #[test]
    fn the_plans_widths() {
        let range = |rules: fn(i64) -> BandsRules, reference| {
            let (lower, upper) = Bands::new(rules(100), Price(reference)).unwrap().range();
            (lower.0, upper.0)
        };
        assert_eq!(range(BandsRules::luld_tier_1, 10_000), (9_500, 10_500));
        assert_eq!(range(BandsRules::luld_tier_2, 10_000), (9_000, 11_000));
        assert_eq!(range(BandsRules::luld_tier_1, 250), (200, 300));
        assert_eq!(range(BandsRules::luld_tier_2, 300), (240, 360));
        assert_eq!(range(BandsRules::luld_tier_1, 301), (286, 316));
        assert_eq!(range(BandsRules::luld_tier_1, 75), (60, 90));
        assert_eq!(range(BandsRules::luld_tier_1, 50), (35, 65));
        assert_eq!(range(BandsRules::luld_tier_1, 10), (2, 18), "75 % of 0.10, rounded to the cent");
    }

    #[test]
    fn the_reference_moves_by_a_percent_or_not_at_all() {
        let mut bands = tier_1(10_000);
        assert!(!bands.on_trade(at(0), Price(10_099)));
        assert_eq!(bands.reference(), Price(10_000), "0.99 %");
        assert!(bands.on_trade(at(1), Price(10_101)), "the mean is 1 % away");
        assert_eq!((bands.reference(), bands.range()), (Price(10_100), (Price(9_595), Price(10_605))));
    }

    #[test]
    fn trades_stop_counting_after_five_minutes() {
        let mut bands = tier_1(10_000);
        bands.on_trade(at(0), Price(10_000));
        assert!(!bands.on_trade(at(1_000), Price(10_150)), "the mean is 0.75 % away");
        assert_eq!(bands.moves_at(), Some(at(300_000)));
        bands.advance(at(299_999));
        assert_eq!(bands.reference(), Price(10_000));
        bands.advance(at(300_000));
        assert_eq!(bands.reference(), Price(10_150));
    }

    #[test]
    fn a_pause_after_fifteen_seconds_in_a_limit_state() {
        let mut bands = tier_1(10_000);
        let leaning = Quote { bid: Some(Price(10_500)), ask: Some(Price(10_501)) };
        assert_eq!(bands.on_quote(at(1_000), leaning), Some(LimitState::Up));
        assert_eq!(bands.pauses_at(), Some(at(16_000)));
        assert_eq!(bands.advance(at(15_999)), None);
        let free = Quote { bid: Some(Price(10_499)), ask: Some(Price(10_501)) };
        assert_eq!(bands.on_quote(at(15_999), free), None);
        assert_eq!(bands.advance(at(16_000)), None, "it was over in time");
        let down = Quote { bid: None, ask: Some(Price(9_500)) };
        assert_eq!(bands.on_quote(at(20_000), down), Some(LimitState::Down));
        assert_eq!(bands.advance(at(34_999)), None);
        assert_eq!(bands.advance(at(35_000)), Some(Span::secs(300)));
        assert_eq!(bands.limit_state(), None);
    }

    #[test]
    fn a_limit_state_is_a_quote_at_the_band_with_nothing_to_trade_with_there() {
        let mut bands = tier_1(10_000);
        let mut state = |bid: Option<i64>, ask: Option<i64>| {
            bands.on_quote(at(0), Quote { bid: bid.map(Price), ask: ask.map(Price) })
        };
        for ask in [None, Some(10_501), Some(12_000)] {
            assert_eq!(state(Some(10_500), ask), Some(LimitState::Up), "{ask:?}");
        }
        assert_eq!(state(Some(10_500), Some(10_500)), None, "they can trade");
        assert_eq!(state(Some(10_500), Some(10_499)), None);
        for bid in [None, Some(9_499), Some(8_000)] {
            assert_eq!(state(bid, Some(9_500)), Some(LimitState::Down), "{bid:?}");
        }
        assert_eq!(state(Some(9_500), Some(9_500)), None, "they can trade");
        assert_eq!(state(Some(9_501), Some(9_500)), None);
        assert_eq!(state(Some(9_501), Some(10_499)), None, "both inside");
        assert_eq!(state(None, None), None);
    }

    #[test]
    fn bands_are_doubled_and_begin_anew() {
        let mut bands = tier_1(10_000);
        bands.widen(2);
        assert_eq!(bands.range(), (Price(9_000), Price(11_000)));
        bands.on_trade(at(0), Price(10_000));
        bands.reset(Price(12_000));
        assert_eq!((bands.range(), bands.moves_at()), ((Price(10_800), Price(13_200)), None));
    }

    proptest! {
        #[test]
        fn the_reference_is_the_mean_when_it_moves(
            trades in proptest::collection::vec((0i64..60_000, 9_000i64..11_000), 1..60),
        ) {
            let mut bands = tier_1(10_000);
            let (mut now, mut seen, mut reference) = (0, Vec::new(), 10_000.0);
            for (gap, price) in trades {
                now += gap;
                let moved = bands.on_trade(at(now), Price(price));
                seen.push((now, price));
                let counted: Vec<f64> =
                    seen.iter().filter(|(at, _)| now - at < 300_000).map(|(_, price)| *price as f64).collect();
                let mean = counted.iter().sum::<f64>() / counted.len() as f64;
                let far = (mean - reference).abs() / reference;
                if (far - 0.01).abs() > 1e-9 {
                    prop_assert_eq!(moved, far > 0.01);
                }
                if moved {
                    reference = (mean + 0.5).floor();
                }
                prop_assert_eq!(bands.reference().0 as f64, reference);
            }
        }
    }

    #[test]
    fn wrong_rules_are_refused() {
        let good = BandsRules::luld_tier_1(100);
        let with = |change: fn(&mut BandsRules)| {
            let mut rules = good.clone();
            change(&mut rules);
            Bands::new(rules, Price(100)).is_err()
        };
        assert!(with(|rules| rules.widths.clear()));
        assert!(with(|rules| rules.widths[2].0 = Price(0)));
        assert!(with(|rules| rules.widths[0].1 = BandWidth::Bp(0)));
        assert!(with(|rules| rules.window = Span::ZERO));
        assert!(with(|rules| rules.patience = Span::ZERO));
        assert!(with(|rules| rules.pause = Span::nanos(-1)));
        assert!(with(|rules| rules.moves = 0));
        assert!(Bands::new(good, Price(0)).is_err());
    }
}
