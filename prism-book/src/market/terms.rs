//! Which terms go together (§2 of the rule book).

use prism_core::msg::{Display, Expiry, Order, PegTo, Reject, Session, Terms, Trigger};
use prism_core::types::{OrderId, Qty, Tif, Time};

/// The most peaks that an iceberg may have.
const PEAKS: u128 = 10_000;

/// Refuses terms that contradict one another or their order, as they are written.
pub(crate) fn check(now: Time, id: OrderId, order: &Order, terms: &Terms) -> Result<(), Reject> {
    let bad = [
        contradicts(order, terms),
        bad_numbers(order, terms),
        cannot_rest(order, terms),
        bad_min_qty(order, terms),
        bad_links(id, order, terms),
    ];
    if bad.contains(&true) {
        return Err(Reject::BadTerms);
    }
    match terms.expiry {
        Expiry::At { time } if time <= now => Err(Reject::BadTime),
        _ => Ok(()),
    }
}

fn contradicts(order: &Order, terms: &Terms) -> bool {
    let ends_at_once = matches!(order.tif, Tif::Ioc | Tif::Fok);
    let in_a_call = terms.session != Session::Any;
    let call_tif = order.tif == if order.is_market() { Tif::Ioc } else { Tif::Gtc };
    (terms.trigger.is_some() || terms.peg.is_some()) && order.tif == Tif::PostOnly
        || terms.trigger.is_some() && (terms.peg.is_some() || in_a_call || terms.market_to_limit)
        || in_a_call && (!call_tif || terms.expiry != Expiry::Never || terms.oco.is_some())
        || terms.slide && order.tif != Tif::PostOnly
        || terms.market_to_limit && (!order.is_market() || order.tif != Tif::Ioc)
        || terms.expiry != Expiry::Never && ends_at_once && terms.trigger.is_none()
}

fn bad_numbers(order: &Order, terms: &Terms) -> bool {
    let trigger = match terms.trigger {
        Some(Trigger::Trail { ticks }) => ticks == 0,
        Some(Trigger::TrailBp { bp }) => bp == 0 || bp > 10_000,
        Some(Trigger::Stop { .. }) | None => false,
    };
    let display = match terms.display {
        Display::RandomPeak { low, high } => low > high,
        Display::Peak { .. } | Display::Full | Display::Hidden => false,
    };
    trigger || display || !shows_enough(terms.display, order.qty)
}

/// An order is not more peaks than an incoming one can be expected to meet at once.
pub(super) fn shows_enough(display: Display, qty: Qty) -> bool {
    match display {
        Display::Peak { qty: peak } | Display::RandomPeak { low: peak, .. } => {
            u128::from(peak.0) * PEAKS >= u128::from(qty.0)
        }
        Display::Full | Display::Hidden => true,
    }
}

fn cannot_rest(order: &Order, terms: &Terms) -> bool {
    let rests = !matches!(order.tif, Tif::Ioc | Tif::Fok)
        && (!order.is_market() || terms.peg.is_some())
        && !terms.market_to_limit
        && terms.session == Session::Any;
    let iceberg = matches!(terms.display, Display::Peak { .. } | Display::RandomPeak { .. });
    let peg = match terms.peg.map(|peg| peg.to) {
        Some(PegTo::Midpoint) => terms.display != Display::Hidden,
        Some(PegTo::Primary | PegTo::Market) => iceberg,
        None => false,
    };
    peg || !rests && (terms.display != Display::Full || terms.peg.is_some() || terms.slide)
}

fn bad_min_qty(order: &Order, terms: &Terms) -> bool {
    let iceberg = matches!(terms.display, Display::Peak { .. } | Display::RandomPeak { .. });
    terms.min_qty > Qty::ZERO
        && (terms.min_qty > order.qty
            || matches!(order.tif, Tif::Fok | Tif::PostOnly)
            || terms.trigger.is_some()
            || terms.session != Session::Any
            || terms.market_to_limit
            || iceberg
            || terms.peg.is_some())
}

fn bad_links(id: OrderId, order: &Order, terms: &Terms) -> bool {
    let stranger = |other: OrderId| other == id || other.agent() != id.agent();
    terms.oco.is_some_and(stranger)
        || terms.after.is_some_and(stranger)
        || terms.after.is_some()
            && (terms.session != Session::Any
                || matches!(order.tif, Tif::Fok | Tif::PostOnly)
                || terms.min_qty > Qty::ZERO
                || terms.peg.is_some()
                || terms.market_to_limit)
}

/// The terms as they work: a peak that is larger than the order is none, and a minimum quantity hides its order.
pub(super) fn effective(order: &Order, terms: &Terms) -> Terms {
    let display = match terms.display {
        Display::Peak { qty } if qty > order.qty => Display::Full,
        Display::RandomPeak { high, .. } if high > order.qty => Display::Full,
        _ if terms.min_qty > Qty::ZERO && order.tif == Tif::Gtc => Display::Hidden,
        display => display,
    };
    Terms { display, ..*terms }
}
