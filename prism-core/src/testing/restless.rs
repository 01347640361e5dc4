//! A trader and a link that do anything.

use crate::agent::{Agent, Ctx};
use crate::latency::LatencyModel;
use crate::msg::Order;
use crate::rng::RngStream;
use crate::types::{Price, Qty, Side, Span, Time, VenueId};

/// Whenever it is woken, it bids for one lot within ten ticks of the best bid it sees (else of 1,000), and three
/// times in ten cancels all it had before.
#[derive(Clone, Copy, Debug)]
pub struct Restless;

impl Agent for Restless {
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let book = ctx.home();
        let around = ctx.top(book).bid().map_or(1_000, |bid| bid.price.0);
        let price = Price(around + i64::from(ctx.rng().below(21)) - 10);
        if ctx.rng().chance(0.3) {
            ctx.cancel_all(book);
        }
        ctx.order(Order::limit(book, Side::Buy, Qty(1), price));
    }
}

/// Delays of requests and reports anywhere below so many nanoseconds; none for public messages.
#[derive(Clone, Copy, Debug)]
pub struct WildLink {
    /// Of requests.
    pub order: u32,
    /// Of reports.
    pub report: u32,
}

impl LatencyModel for WildLink {
    fn order(&mut self, _: Time, _: VenueId, rng: &mut RngStream) -> Span {
        Span::nanos(i64::from(rng.below(self.order)))
    }
    fn report(&mut self, _: Time, _: VenueId, rng: &mut RngStream) -> Span {
        Span::nanos(i64::from(rng.below(self.report)))
    }
    fn feed(&self, _: VenueId) -> Span {
        Span::ZERO
    }
    fn clone_box(&self) -> Box<dyn LatencyModel> {
        Box::new(*self)
    }
}
