//! A market of 1,000 makers, patient and impatient traders with some thousand orders in the book, as in
//! `scenarios/bench/mixed.toml`, by small agents of its own: what is timed is the kernel, not the models.

use prism_book::Exchange;
use prism_core::prelude::*;
use prism_core::types::FeeRate;
use prism_physics::latency::{Jitter, LogNormal};

/// Keeps a ladder of quotes on both sides, each moved when the mid has moved.
#[derive(Clone, Debug)]
struct Maker {
    levels: i64,
    half_spread: i64,
}

impl Agent for Maker {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        let lean = (ctx.position(book) / 50).clamp(-3, 3);
        let mid = Price::round(ctx.top(book).reference()).0 - lean;
        let want = |side: Side, level: i64| Price(mid - side.sign() * (self.half_spread + level));
        // One request a wake-up and side at most: the quote that is furthest from where one is missing.
        for side in [Side::Buy, Side::Sell] {
            let mine = || ctx.orders().filter(|(_, order)| order.side == side);
            let missing = (0..self.levels)
                .map(|level| want(side, level))
                .find(|&price| mine().all(|(_, order)| order.price != price));
            let Some(price) = missing else { continue };
            let count = mine().count() as i64;
            let worst = mine().max_by_key(|(_, order)| (order.price.0 - price.0).abs()).map(|(id, _)| id);
            match worst {
                Some(id) if count >= self.levels => ctx.replace(id, price, Qty(10)),
                _ => {
                    ctx.order(Order::limit(book, side, Qty(10), price).tif(Tif::PostOnly));
                }
            }
        }
    }
}

/// Keeps up to `most` orders in the book, each a geometric number of ticks away from the mid; the rest of the
/// time it cancels one of them, or takes.
#[derive(Clone, Debug)]
struct Patient {
    most: usize,
    take: f64,
}

impl Agent for Patient {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        let top = ctx.top(book);
        let count = ctx.orders().count();
        let side = if ctx.rng().chance(0.5) { Side::Buy } else { Side::Sell };
        if ctx.rng().chance(self.take) {
            let size = 1 + u64::from(ctx.rng().below(12));
            ctx.order(Order::market(book, side, Qty(size)));
        } else if count >= self.most || (count > 0 && ctx.rng().chance(0.45)) {
            let pick = ctx.rng().below(count as u32) as usize;
            let picked = ctx.orders().map(|(id, _)| id).nth(pick);
            if let Some(id) = picked {
                ctx.cancel(id);
            }
        } else {
            let away = 1 + i64::from(ctx.rng().below(12)) * i64::from(1 + ctx.rng().below(6));
            let price = Price(Price::round(top.reference()).0 - side.sign() * away);
            let size = 1 + u64::from(ctx.rng().below(10));
            ctx.order(Order::limit(book, side, Qty(size), price));
        }
    }
}

/// 20 makers, 980 traders, fees, log-normal delays on two links.
pub fn market(seed: u64) -> Simulation {
    let link = |median, feed| {
        let jitter = Jitter::new(Span::micros(20), median, 0.4).expect("in range");
        LogNormal::new(jitter, feed).expect("positive")
    };
    let symbol = Symbol::new("ACME").tick("0.01").start("100.00");
    Simulation::builder()
        .seed(seed)
        .venue(Exchange::new("XPRM").list(symbol).fees(FeeRate::tenth_bps(-2), FeeRate::tenth_bps(5)))
        .latency(link(Span::micros(200), Span::micros(250)))
        .link("colo", link(Span::micros(5), Span::micros(10)))
        .agents(
            Group::of(Maker { levels: 8, half_spread: 2 })
                .named("makers")
                .count(20)
                .link("colo")
                .poisson(Span::millis(20)),
        )
        .agents(
            Group::of(Patient { most: 12, take: 0.06 })
                .named("traders")
                .count(980)
                .poisson(Span::millis(200)),
        )
        .build()
        .expect("a sound market")
}
