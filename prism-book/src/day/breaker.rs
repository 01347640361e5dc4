//! Market-wide circuit breakers.

use prism_core::types::{Price, Span, Time};

use super::DayError;

/// One level of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HaltLevel {
    /// The fall that reaches it, in basis points of the previous close.
    pub fall: u32,
    /// What happens.
    pub halt: Halt,
}

/// What happens at a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Halt {
    /// Trading halts for so long; not in the last part of the day.
    For(Span),
    /// Trading ends for the day, at any time.
    Day,
}

/// The levels of a market-wide breaker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BreakerRules {
    /// From the smallest fall to the largest.
    pub levels: Vec<HaltLevel>,
    /// From this time of the day on only the end of the day is reached; from the beginning of the day.
    pub last: Span,
}

impl BreakerRules {
    /// The rules of the United States: 15 minutes at 7 and at 13 %, before 15:25 of a day that opens at 9:30; the end
    /// of the day at 20 %. `opens` is when the day opens.
    pub fn us(opens: Span) -> BreakerRules {
        let pause = Halt::For(Span::mins(15));
        BreakerRules {
            levels: vec![
                HaltLevel { fall: 700, halt: pause },
                HaltLevel { fall: 1_300, halt: pause },
                HaltLevel { fall: 2_000, halt: Halt::Day },
            ],
            last: opens + Span::mins(355),
        }
    }
}

/// A market-wide breaker: it looks at the mean of the symbols' prices, each as a part of its previous close, and
/// halts all of them when that falls to a level, once a day for each.
#[derive(Clone, Debug)]
pub struct Breaker {
    rules: BreakerRules,
    closes: Vec<Price>,
    last: Vec<Price>,
    reached: usize,
    began: Time,
}

impl Breaker {
    /// A breaker over symbols with these previous closes, whose day begins at `began`.
    ///
    /// # Errors
    /// No level, levels that are not in order, a fall above 100 %, a halt of no length, no symbol, a close below one
    /// tick.
    pub fn new(rules: BreakerRules, closes: &[Price], began: Time) -> Result<Breaker, DayError> {
        if rules.levels.is_empty() {
            return Err(DayError::Range { field: "levels", range: "one or more" });
        }
        if let Some(two) = rules.levels.windows(2).find(|two| two[1].fall <= two[0].fall) {
            return Err(DayError::Order { field: "falls of the breaker", at: i64::from(two[1].fall) });
        }
        if rules.levels.iter().any(|level| level.fall == 0 || level.fall > 10_000) {
            return Err(DayError::Range { field: "fall", range: "1 to 10000 basis points" });
        }
        if rules.levels.iter().any(|level| matches!(level.halt, Halt::For(span) if !span.is_positive())) {
            return Err(DayError::Range { field: "halt", range: "longer than nothing" });
        }
        if closes.is_empty() || closes.iter().any(|close| *close < Price(1)) {
            return Err(DayError::Range {
                field: "previous close",
                range: "1 tick or more, for one symbol or more",
            });
        }
        Ok(Breaker { rules, closes: closes.to_vec(), last: closes.to_vec(), reached: 0, began })
    }

    /// A trade in the symbol with this number. What happens, if a level is reached.
    pub fn on_trade(&mut self, now: Time, symbol: usize, price: Price) -> Option<Halt> {
        *self.last.get_mut(symbol)? = price;
        if self.reached == self.rules.levels.len() {
            return None;
        }
        let late = now - self.began >= self.rules.last;
        let fallen = |level: &HaltLevel| self.has_fallen(level.fall);
        let reached = self.rules.levels.iter().rposition(fallen)? + 1;
        if reached <= self.reached {
            return None;
        }
        let halt = self.rules.levels[reached - 1].halt;
        if late && halt != Halt::Day {
            return None;
        }
        self.reached = reached;
        Some(halt)
    }

    /// True when the mean of price / close is `fall` below one, or more.
    fn has_fallen(&self, fall: u32) -> bool {
        // The sum of (close - price) / close, each rounded towards no fall: a hundred-millionth of a basis point.
        const ONE: i128 = 1_000_000_000_000;
        let each = |(close, last): (&Price, &Price)| {
            ((i128::from(close.0) - i128::from(last.0)) * ONE).div_euclid(i128::from(close.0))
        };
        let sum: i128 = self.closes.iter().zip(&self.last).map(each).sum();
        let count = i128::try_from(self.closes.len()).unwrap_or(i128::MAX);
        sum * 10_000 >= i128::from(fall) * ONE * count
    }

    /// Another day begins; these were the last closes.
    pub fn new_day(&mut self, began: Time) {
        (self.began, self.reached) = (began, 0);
        for (close, last) in self.closes.iter_mut().zip(&self.last) {
            *close = (*last).max(Price(1));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PAUSE: Halt = Halt::For(Span::mins(15));

    fn at(mins: i64) -> Time {
        Time::ZERO + Span::mins(mins)
    }

    fn breaker(closes: &[i64]) -> Breaker {
        let closes: Vec<_> = closes.iter().map(|&close| Price(close)).collect();
        Breaker::new(BreakerRules::us(Span::ZERO), &closes, Time::ZERO).unwrap()
    }

    #[test]
    fn each_level_halts_once() {
        let mut breaker = breaker(&[10_000]);
        assert_eq!(breaker.on_trade(at(1), 0, Price(9_301)), None);
        assert_eq!(breaker.on_trade(at(2), 0, Price(9_300)), Some(PAUSE));
        assert_eq!(breaker.on_trade(at(3), 0, Price(9_500)), None);
        assert_eq!(breaker.on_trade(at(4), 0, Price(9_300)), None, "once");
        assert_eq!(breaker.on_trade(at(5), 0, Price(8_700)), Some(PAUSE));
        assert_eq!(breaker.on_trade(at(6), 0, Price(8_000)), Some(Halt::Day));
        assert_eq!(breaker.on_trade(at(7), 0, Price(100)), None);
        breaker.new_day(at(1_440));
        assert_eq!(breaker.on_trade(at(1_441), 0, Price(93)), Some(PAUSE), "of the new close");
    }

    #[test]
    fn a_fall_through_two_levels_is_the_larger_one() {
        let mut one = breaker(&[10_000]);
        assert_eq!(one.on_trade(at(1), 0, Price(7_000)), Some(Halt::Day));
        let mut two = breaker(&[10_000]);
        assert_eq!(two.on_trade(at(1), 0, Price(8_600)), Some(PAUSE));
        assert_eq!(two.on_trade(at(2), 0, Price(9_300)), None, "7 % is behind it");
    }

    #[test]
    fn late_in_the_day_only_its_end_is_reached() {
        let mut breaker = breaker(&[10_000]);
        assert_eq!(breaker.on_trade(at(355), 0, Price(9_000)), None);
        assert_eq!(breaker.on_trade(at(356), 0, Price(8_000)), Some(Halt::Day));
    }

    #[test]
    fn the_mean_of_all_symbols_counts() {
        let mut breaker = breaker(&[100, 10_000]);
        assert_eq!(breaker.on_trade(at(1), 0, Price(87)), None);
        assert_eq!(breaker.on_trade(at(2), 1, Price(9_901)), None);
        assert_eq!(breaker.on_trade(at(3), 1, Price(9_900)), Some(PAUSE));
        assert_eq!(breaker.on_trade(at(4), 2, Price(1)), None, "no such symbol");
    }

    #[test]
    fn wrong_rules_are_refused() {
        let with = |change: fn(&mut BreakerRules)| {
            let mut rules = BreakerRules::us(Span::ZERO);
            change(&mut rules);
            Breaker::new(rules, &[Price(100)], Time::ZERO).is_err()
        };
        assert!(with(|rules| rules.levels.clear()));
        assert!(with(|rules| rules.levels[1].fall = 700));
        assert!(with(|rules| rules.levels[0].fall = 0));
        assert!(with(|rules| rules.levels[2].fall = 10_001));
        assert!(with(|rules| rules.levels[0].halt = Halt::For(Span::ZERO)));
        assert!(Breaker::new(BreakerRules::us(Span::ZERO), &[], Time::ZERO).is_err());
        assert!(Breaker::new(BreakerRules::us(Span::ZERO), &[Price(0)], Time::ZERO).is_err());
    }
}
