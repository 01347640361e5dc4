//! Who gets filled? The same orders and the same trades under four matching rules.
//!
//! Three traders rest at one price: one came first with a small order, one second with a middling one, and one last with
//! a large one. Then somebody sells, a little at a time, until half of what rests is gone; so it goes five hundred times.
//! Under price-time priority the race decides, under pro-rata the size, and the rest are between them.

#![allow(clippy::print_stdout)] // an example shows something

use prism::book::{Ladder, Market, MarketRules, Matching, Orders, Told};
use prism::prelude::*;

const ROUNDS: u32 = 500;
const PRICE: Price = Price(10_000);
const NAMES: [&str; 3] = ["first, small", "second", "last, large"];

/// What one trader got.
#[derive(Clone, Copy, Debug, Default)]
struct Got {
    sent: u64,
    filled: u64,
    /// Sells until the first fill, over the rounds with one.
    waited: u64,
    rounds: u64,
}

/// All rounds under one rule.
fn play(matching: Matching) -> Result<[Got; 3], Box<dyn std::error::Error>> {
    let mut flow = StreamKey::root(4).stream(); // the same for every rule
    let rules = MarketRules { matching, ..MarketRules::new(PRICE) };
    let mut market = Market::<Ladder>::new(rules, StreamKey::root(1));
    let mut index = Orders::new(4)?;
    let mut got = [Got::default(); 3];
    for round in 0..ROUNDS {
        let sizes = [10, 30, 100].map(|mean| mean / 2 + flow.below_u64(mean));
        let id = |agent| OrderId::new(AgentId(agent), round);
        for (agent, &size) in (0u32..).zip(&sizes) {
            let bid = Order::limit(BookId(0), Side::Buy, Qty(size), PRICE);
            market.submit(Time::ZERO, id(agent), &bid, &mut index, &mut |_, _| {});
            got[agent as usize].sent += size;
        }
        let (mut left, mut sells, mut first) = (sizes.iter().sum::<u64>() / 2, 0, [None; 3]);
        while left > 0 {
            let qty = (1 + flow.geometric(0.03)).min(left);
            left -= qty;
            sells += 1;
            let sell = Order::market(BookId(0), Side::Sell, Qty(qty));
            let seller = OrderId::new(AgentId(3), round * 1_000 + sells);
            market.submit(Time::ZERO, seller, &sell, &mut index, &mut |_, told| {
                if let Told::Trade { maker, qty, .. } = told {
                    let agent = maker.agent().index();
                    got[agent].filled += qty.0;
                    first[agent].get_or_insert(u64::from(sells));
                }
            });
        }
        for agent in 0..3 {
            market.cancel(Time::ZERO, id(agent), &mut index, &mut |_, _| {});
            if let Some(waited) = first[agent as usize] {
                got[agent as usize].waited += waited;
                got[agent as usize].rounds += 1;
            }
        }
    }
    Ok(got)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rules = [
        ("price-time", Matching::PriceTime),
        ("pro-rata", Matching::ProRata { min: Qty(1) }),
        ("40 % price-time, the rest pro-rata", Matching::FifoProRata { share: 40 }),
        ("size-time", Matching::SizeTime),
    ];
    let mut shares = Vec::new();
    for (name, matching) in rules {
        println!("{name}");
        let got = play(matching)?;
        for (who, got) in NAMES.iter().zip(&got) {
            let share = got.filled as f64 / got.sent as f64;
            let waited = got.waited as f64 / got.rounds.max(1) as f64;
            println!(
                "  {who:<13} {:>6} of {:>6} lots ({:>5.1} %), first filled by sell {waited:>4.1} in {:>3} rounds",
                got.filled,
                got.sent,
                100.0 * share,
                got.rounds
            );
        }
        shares.push(got.map(|got| got.filled as f64 / got.sent as f64));
    }
    let [time, pro_rata, mixed, size] = shares[..] else { return Err("four rules".into()) };
    assert!(time[0] > 0.99 && time[2] < 0.5, "the first order is filled, the last one waits");
    assert!(pro_rata[2] > time[2] && mixed[2] > time[2] && mixed[2] < pro_rata[2], "{pro_rata:?} {mixed:?}");
    assert!(size[2] > pro_rata[2] && size[0] < 0.1, "{size:?}");
    Ok(())
}
