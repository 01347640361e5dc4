//! A market of long queues: Poisson orders at five bid prices, trades at the best, and cancellations.

use prism::book::queue_position::Contest;
use prism::book::{BookEngine, Handle, Incoming};
use prism::core::rng::StreamKey;
use prism::prelude::*;

/// Orders a second, trades a second, and cancellations a second and resting order.
const RATES: [f64; 3] = [20.0, 8.0, 0.04];
const PRICES: i64 = 5;
/// One in so many orders is followed.
const EVERY: u64 = 20;

/// Makes `steps` events. `late` is the chance that of two orders drawn for a cancellation the later one goes; other
/// cancellations are of any order.
pub(crate) fn run(contest: &mut Contest, late: f64, steps: u64) -> Result<(), String> {
    let mut rng = StreamKey::root(2013).stream();
    let mut live: Vec<(u64, Handle)> = Vec::new();
    let mut now = Time::ZERO;
    for id in 0..steps {
        let weights = [RATES[0], RATES[1], RATES[2] * live.len() as f64];
        now += rng.exp(Span::from_secs_f64(1.0 / weights.iter().sum::<f64>()));
        let time = now.nanos().unsigned_abs();
        match rng.pick(&weights) {
            Some(0) => {
                let (price, qty) = (Price(100 + rng.range_i64(1..=PRICES)), Qty(rng.geometric(0.2) + 1));
                let handle = contest
                    .insert((OrderId(id), Side::Buy), price, qty, time)
                    .map_err(|why| format!("order {id} is refused: {why:?}"))?;
                if id % EVERY == 0 {
                    contest.follow(handle, time);
                }
                live.push((id, handle));
            }
            Some(1) => {
                let (side, tif, price) = (Side::Sell, Tif::Ioc, Price::MIN);
                let qty = Qty(rng.geometric(0.1) + 1);
                let _ = contest.submit(Incoming { id: OrderId(id), side, tif, qty, price }, time);
            }
            _ => {
                live.retain(|&(_, handle)| contest.book().get(handle).is_some());
                let Some(last) = u32::try_from(live.len()).ok().filter(|&count| count > 0) else { continue };
                let [one, other] = [rng.below(last), rng.below(last)];
                let gone = if rng.chance(late) { one.max(other) } else { one };
                let (_, handle) = live.remove(gone as usize);
                contest.reduce(handle, Qty::MAX, time);
            }
        }
    }
    Ok(())
}
