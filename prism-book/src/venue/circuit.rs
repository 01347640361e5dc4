//! The market-wide breaker of an exchange (§7.7 of the rule book).

use prism_core::types::{Price, Span, Time};
use prism_core::venue::VenueOut;

use super::clearing::Firsts;
use super::floor::Floor;
use crate::book::BookEngine;
use crate::day::{Breaker, BreakerRules, DayError, Halt};
use crate::market::DayRules;

/// A breaker that knows when days begin.
#[derive(Clone, Debug)]
pub(super) struct Circuit {
    breaker: Breaker,
    /// When the day under way began.
    began: Time,
    /// How long a day is.
    length: Span,
}

impl Circuit {
    /// A breaker over symbols with these previous closes, for markets with this day.
    pub(super) fn new(rules: BreakerRules, day: &DayRules, closes: &[Price]) -> Result<Circuit, DayError> {
        let breaker = Breaker::new(rules, closes, day.start)?;
        Ok(Circuit { breaker, began: day.start, length: day.day.length() })
    }

    /// What follows from trades, each told by the number of its symbol and its price.
    pub(super) fn look(&mut self, now: Time, trades: impl Iterator<Item = (usize, Price)>) -> Option<Halt> {
        let days = (now - self.began).as_nanos() / self.length.as_nanos().max(1);
        if days > 0 {
            self.began += self.length * days;
            self.breaker.new_day(self.began);
        }
        // A later halt is that of a larger fall.
        trades.filter_map(|(symbol, price)| self.breaker.on_trade(now, symbol, price)).last()
    }
}

impl<B: BookEngine> Floor<B> {
    /// The breaker looks at what has traded since `seen` trades were told; it may halt all markets, or end their day.
    #[inline(always)]
    pub(super) fn look_at_trades(&mut self, now: Time, seen: usize, out: &mut VenueOut) {
        if self.circuit.is_some() {
            self.break_circuit(now, seen, out);
        }
    }

    #[cold]
    fn break_circuit(&mut self, now: Time, seen: usize, out: &mut VenueOut) {
        let Some(circuit) = &mut self.circuit else { return };
        let first = self.first.index();
        let trades = out.trades().get(seen..).unwrap_or_default();
        let halt = circuit.look(now, trades.iter().map(|trade| (trade.book.index() - first, trade.price)));
        let Some(halt) = halt else { return };
        for place in 0..self.pits.len() {
            self.at(place, out, |market, orders, desk| {
                let told = &mut |orders: &mut Firsts, told| desk.note(orders, told);
                match halt {
                    Halt::For(length) => market.halt(now, length, orders, told),
                    Halt::Day => market.end_day(now, orders, told),
                }
            });
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use prism_core::msg::Phase;

    use super::*;
    use crate::day::{Day, Stage};

    #[test]
    fn each_day_has_the_closes_of_the_one_before() {
        let hour = Span::hours(1);
        let stages = [Stage { phase: Phase::Continuous, from: Span::ZERO, random_end: Span::ZERO }];
        let day = DayRules::new(Day::new(hour, &stages).unwrap(), Time::ZERO);
        let mut circuit = Circuit::new(BreakerRules::us(Span::ZERO), &day, &[Price(10_000)]).unwrap();
        let at = |mins| Time::ZERO + Span::mins(mins);
        let mut look =
            |mins, prices: &[i64]| circuit.look(at(mins), prices.iter().map(|&price| (0, Price(price))));
        assert_eq!(look(1, &[10_000, 9_400]), None);
        assert_eq!(
            look(2, &[9_300, 9_500]),
            Some(Halt::For(Span::mins(15))),
            "a trade that was passed counts"
        );
        assert_eq!(look(3, &[8_700, 7_900]), Some(Halt::Day), "the larger fall");
        assert_eq!(look(59, &[7_000]), None);
        assert_eq!(look(60, &[6_600]), None, "of 7000");
        assert_eq!(look(61, &[6_500]), Some(Halt::For(Span::mins(15))));
        assert_eq!(look(600, &[6_050]), None, "of 6500: days without a trade");
        assert_eq!(look(601, &[6_045]), Some(Halt::For(Span::mins(15))));
    }
}
