//! What the specification says of values beyond their size in bytes.

use super::message::Body;

/// The highest price of the specification, 200,000.0000 USD, in the unit of the fields with four decimals.
///
/// Tapes have carried higher ones: a share of Berkshire Hathaway's class A has cost more since 2014. So this is
/// for counting, not for refusing.
pub const MAX_PRICE_E4: u32 = 2_000_000_000;

impl Body {
    /// The highest of the message's prices with four decimals; 0 where it has none.
    #[inline]
    pub fn highest_price_e4(&self) -> u32 {
        let highest = |prices: &[u32]| prices.iter().copied().max().unwrap_or_default();
        match self {
            Body::AddOrder(body) => body.price_e4,
            Body::AddOrderMpid(body) => body.price_e4,
            Body::OrderExecutedWithPrice(body) => body.price_e4,
            Body::OrderReplace(body) => body.price_e4,
            Body::Trade(body) => body.price_e4,
            Body::CrossTrade(body) => body.price_e4,
            Body::IpoQuoting(body) => body.ipo_price_e4,
            Body::LuldCollar(body) => highest(&[body.reference_price_e4, body.upper_e4, body.lower_e4]),
            Body::NetOrderImbalance(body) => {
                highest(&[body.far_price_e4, body.near_price_e4, body.reference_price_e4])
            }
            Body::DirectListing(body) => highest(&[
                body.min_price_e4,
                body.max_price_e4,
                body.near_price_e4,
                body.lower_collar_e4,
                body.upper_collar_e4,
            ]),
            _ => 0,
        }
    }

    /// The name and the offset in the message of a field that is 0 although an order that joins the book has
    /// shares and a price.
    #[inline]
    pub(super) fn zero_in_order(&self) -> Option<(&'static str, u64)> {
        let (shares, price, shares_at, price_at) = match self {
            Body::AddOrder(body) => (body.shares, body.price_e4, 20, 32),
            Body::AddOrderMpid(body) => (body.shares, body.price_e4, 20, 32),
            Body::OrderReplace(body) => (body.shares, body.price_e4, 27, 31),
            _ => return None,
        };
        match (shares, price) {
            (0, _) => Some(("shares", shares_at)),
            (_, 0) => Some(("price_e4", price_at)),
            _ => None,
        }
    }
}
