//! The double auction of Gode and Sunder: one unit each, all quotes wiped after every trade.

use prism_agents::ZeroIntelligence;
use prism_book::{BookEngine, Fill, Handle, Incoming, Naive, Outcome};
use prism_core::prelude::*;

/// Buyers' limits 150 − 5i, sellers' 50 + 5i, i = 0 … 19: they meet at 100, and the eleven best pairs could
/// share 550.
pub const PAIRS: u32 = 20;
pub const EQUILIBRIUM: f64 = 100.0;
pub const SURPLUS: i64 = 550;

pub fn limit(side: Side, i: u32) -> Price {
    let i = i64::from(i);
    match side {
        Side::Buy => Price(150 - 5 * i),
        Side::Sell => Price(50 + 5 * i),
    }
}

/// A trade of one unit.
#[derive(Clone, Copy, Debug)]
pub struct Deal {
    pub price: Price,
    pub buyer: Price,
    pub seller: Price,
}

pub fn efficiency(deals: &[Deal]) -> f64 {
    deals.iter().map(|deal| deal.buyer.0 - deal.seller.0).sum::<i64>() as f64 / SURPLUS as f64
}

/// Smith's alpha: the root mean square distance of trade prices from the equilibrium, in percent of it.
pub fn alpha(deals: &[Deal]) -> Option<f64> {
    let square = |deal: &Deal| (deal.price.0 as f64 - EQUILIBRIUM) * (deal.price.0 as f64 - EQUILIBRIUM);
    let mean = deals.iter().map(square).sum::<f64>() / deals.len() as f64;
    (!deals.is_empty()).then(|| 100.0 * mean.sqrt() / EQUILIBRIUM)
}

struct Subject {
    side: Side,
    limit: Price,
    quote: Option<Handle>,
    done: bool,
}

/// One session: `quotes` times one of the forty traders, drawn with replacement, quotes anew.
pub fn session(trader: &ZeroIntelligence, quotes: u32, rng: &mut RngStream) -> Vec<Deal> {
    let subject = |side| move |i| Subject { side, limit: limit(side, i), quote: None, done: false };
    let mut subjects: Vec<Subject> =
        (0..PAIRS).map(subject(Side::Buy)).chain((0..PAIRS).map(subject(Side::Sell))).collect();
    let mut book = Naive::default();
    let mut deals = Vec::new();
    for _ in 0..quotes {
        let who = rng.below(2 * PAIRS);
        let Subject { side, limit, ref mut quote, done } = subjects[who as usize];
        if done {
            continue;
        }
        let Some(price) = trader.price(side, limit, rng) else { continue };
        if let Some(old) = quote.take() {
            book.cancel(old);
        }
        let order = Incoming { id: OrderId(u64::from(who)), side, tif: Tif::Gtc, qty: Qty(1), price };
        let mut hit: Option<Fill> = None;
        match book.submit(order, &mut |fill| hit = Some(fill)) {
            Outcome::Rests { handle, .. } => *quote = Some(handle),
            outcome => assert_eq!(outcome, Outcome::Filled),
        }
        if let Some(Fill { maker, price, .. }) = hit {
            let maker = usize::try_from(maker.0).unwrap();
            let limits = (limit, subjects[maker].limit);
            let (buyer, seller) = if side == Side::Buy { limits } else { (limits.1, limits.0) };
            deals.push(Deal { price, buyer, seller });
            (subjects[maker].done, subjects[who as usize].done) = (true, true);
            book.clear();
            for subject in &mut subjects {
                subject.quote = None;
            }
            let best = |side| subjects.iter().filter(move |s| s.side == side && !s.done).map(|s| s.limit);
            let apart = trader.is_constrained() && best(Side::Buy).max() < best(Side::Sell).min();
            if apart || best(Side::Buy).next().is_none() {
                break; // nobody is left who could trade
            }
        }
    }
    deals
}
