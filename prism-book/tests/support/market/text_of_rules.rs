//! The rules of a market as text: parts with commas between them, as `cancel newest, pro_rata 2`.

use prism_book::SelfTrade;
use prism_book::day::{LotRule, TickTable};
use prism_book::market::{MarketRules, Matching};
use prism_core::types::{AgentId, Price, Qty};

use super::random::MIDDLE;

/// Reads the rules of a market: what differs from the usual ones.
pub fn rules(text: &str) -> MarketRules {
    let mut rules = MarketRules::new(Price(MIDDLE));
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let words: Vec<&str> = part.split(' ').collect();
        match words[..] {
            ["last", price] => rules.reference = Price(price.parse().unwrap()),
            ["cancel", "newest"] => rules.self_trade = SelfTrade::CancelNewest,
            ["cancel", "oldest"] => rules.self_trade = SelfTrade::CancelOldest,
            ["cancel", "both"] => rules.self_trade = SelfTrade::CancelBoth,
            ["decrement"] => rules.self_trade = SelfTrade::Decrement,
            ["pro_rata", min] => rules.matching = Matching::ProRata { min: Qty(min.parse().unwrap()) },
            ["fifo_pro_rata", share] => {
                rules.matching = Matching::FifoProRata { share: share.parse().unwrap() };
            }
            ["lead_maker", share, ref agents @ ..] => {
                let agents = agents.iter().map(|agent| AgentId(agent.parse().unwrap())).collect();
                rules.matching = Matching::LeadMaker { share: share.parse().unwrap(), agents };
            }
            ["prices", lowest, highest] => {
                rules.limits.lowest = Price(lowest.parse().unwrap());
                rules.limits.highest = Price(highest.parse().unwrap());
            }
            ["worth", most] => rules.limits.worth = most.parse().unwrap(),
            ["steps", ref rows @ ..] => {
                let rows: Vec<i64> = rows.iter().map(|word| word.parse().unwrap()).collect();
                let rows: Vec<_> = rows.chunks(2).map(|row| (Price(row[0]), row[1])).collect();
                rules.ticks = TickTable::new(&rows).unwrap();
            }
            ["lots", round] => rules.lots = LotRule::new(Qty(round.parse().unwrap()), false).unwrap(),
            ["size_time"] => rules.matching = Matching::SizeTime,
            _ => panic!("rule {part:?}"),
        }
    }
    rules
}
