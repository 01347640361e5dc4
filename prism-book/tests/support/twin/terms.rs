//! §2 and the beginning of §4.1: what is refused before an order comes in.

use prism_core::msg::{Display, Expiry, Order as Sent, PegTo, Reject, Session, Terms, Trigger};
use prism_core::types::{OrderId, Price, Qty, Side, Tif, Time};

use super::Twin;
use super::order::is_market;

impl Twin {
    /// Why a new order is refused, whatever it would trade with.
    pub(super) fn refusal(&self, now: Time, id: OrderId, sent: &Sent, terms: &Terms) -> Option<Reject> {
        let links = [terms.oco, terms.after];
        let not_linkable = |other: OrderId| other == id || other.agent() != id.agent();
        if self.find(id).is_some() {
            Some(Reject::DuplicateId)
        } else if !self.is_good_size(sent.qty) {
            Some(Reject::BadQty)
        } else if contradict(sent, terms)
            || links.into_iter().flatten().any(not_linkable)
            || self.contradicts_the_day(terms)
        {
            Some(Reject::BadTerms)
        } else if matches!(terms.expiry, Expiry::At { time } if time <= now) {
            Some(Reject::BadTime)
        } else if links.into_iter().flatten().any(|other| self.find(other).is_none()) {
            Some(Reject::TooLate)
        } else if terms.oco.and_then(|oco| self.find(oco)).is_some_and(|o| o.terms.session != Session::Any) {
            Some(Reject::BadTerms)
        } else if matches!(terms.trigger, Some(Trigger::Stop { price }) if !self.is_good_price(price)) {
            Some(Reject::BadPrice)
        } else if let Some(why) = self.bad_limit(sent.side, sent.price, sent.qty, sent.tif, terms) {
            Some(why)
        } else if self.refuses() {
            Some(Reject::Closed)
        } else {
            None
        }
    }
}

impl Twin {
    /// Why an order may not have a limit.
    pub(super) fn bad_limit(
        &self,
        side: Side,
        price: Price,
        qty: Qty,
        tif: Tif,
        terms: &Terms,
    ) -> Option<Reject> {
        if is_market(side, price) && may_be_without_limit(tif, terms) {
            return None;
        }
        self.unsound(side, price, qty.0)
    }

    /// What can never trade in batches.
    fn contradicts_the_day(&self, terms: &Terms) -> bool {
        let batch = self.day.as_ref().is_some_and(|day| day.rules.batch.is_some());
        batch && (terms.peg.is_some() || !terms.min_qty.is_zero() || terms.oco.is_some())
    }
}

/// True for the orders that need no limit.
fn may_be_without_limit(tif: Tif, terms: &Terms) -> bool {
    matches!(tif, Tif::Ioc | Tif::Fok) || terms.peg.is_some()
}

/// True when the terms contradict one another or the order: the list of §2, line by line.
fn contradict(sent: &Sent, terms: &Terms) -> bool {
    let market = is_market(sent.side, sent.price);
    let at_once = matches!(sent.tif, Tif::Ioc | Tif::Fok);
    let post_only = sent.tif == Tif::PostOnly;
    let triggered = terms.trigger.is_some();
    let pegged = terms.peg.is_some();
    let call = terms.session != Session::Any;
    let expires = terms.expiry != Expiry::Never;
    let iceberg = matches!(terms.display, Display::Peak { .. } | Display::RandomPeak { .. });
    let cannot_rest = at_once || (market && !pegged) || terms.market_to_limit || call;
    let hidden = terms.display == Display::Hidden;
    let least = terms.min_qty;

    (post_only && (triggered || pegged))
        || (triggered && (pegged || call || terms.market_to_limit))
        || matches!(terms.trigger, Some(Trigger::Trail { ticks: 0 }))
        || matches!(terms.trigger, Some(Trigger::TrailBp { bp }) if bp == 0 || bp > 10_000)
        || (cannot_rest && (terms.display != Display::Full || pegged || terms.slide))
        || match terms.display {
            Display::RandomPeak { low, high } if low > high => true,
            Display::Peak { qty } | Display::RandomPeak { low: qty, .. } => {
                sent.qty.0.div_ceil(10_000) > qty.0
            }
            Display::Full | Display::Hidden => false,
        }
        || match terms.peg.map(|peg| peg.to) {
            Some(PegTo::Midpoint) => !hidden,
            Some(PegTo::Primary | PegTo::Market) => iceberg,
            None => false,
        }
        || (!least.is_zero()
            && (least > sent.qty
                || sent.tif == Tif::Fok
                || post_only
                || triggered
                || call
                || terms.market_to_limit
                || iceberg
                || pegged))
        || (call && (expires || terms.oco.is_some() || sent.tif != if market { Tif::Ioc } else { Tif::Gtc }))
        || (terms.slide && !post_only)
        || (terms.market_to_limit && !(market && sent.tif == Tif::Ioc))
        || (expires && at_once && !triggered)
        || (terms.after.is_some()
            && (call
                || sent.tif == Tif::Fok
                || post_only
                || pegged
                || terms.market_to_limit
                || !least.is_zero()))
}
