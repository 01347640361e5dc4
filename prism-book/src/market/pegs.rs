//! Pegged orders (§4.4 of the rule book).

use prism_core::msg::{Display, PegTo};
use prism_core::types::{Price, Qty, Side};

use super::desk::Desk;
use super::extra::{At, Extra};
use super::{OrderIndex, Told};
use crate::book::BookEngine;

impl<B: BookEngine, I: OrderIndex, T: FnMut(&mut I, Told)> Desk<'_, B, I, T> {
    /// The best price of displayed orders that are not pegged.
    fn anchor(&self, side: Side) -> Option<Price> {
        let rare = &*self.back.rare;
        if rare.pegs_shown[side as usize] == 0 {
            return self.shown.best(side).map(|level| level.price);
        }
        let is_peg = |id| self.slot(id).is_some_and(|slot| rare.at(slot).terms.peg.is_some());
        self.shown.orders(side).find(|(_, order)| !is_peg(order.id)).map(|(_, order)| order.price)
    }

    /// The price of a pegged order now, if it has one.
    pub(super) fn peg_price(&self, extra: &Extra) -> Option<Price> {
        self.price_by(extra, |side| self.anchor(side))
    }

    /// The price of a pegged order, where the [anchors](Desk::anchor) are these.
    fn price_by(&self, extra: &Extra, anchor: impl Fn(Side) -> Option<Price>) -> Option<Price> {
        let (peg, side) = (extra.terms.peg.filter(|_| self.trades())?, extra.side);
        let own = |side| anchor(side).map(|price| i128::from(price.0));
        let price = match peg.to {
            PegTo::Primary => own(side)?,
            PegTo::Market => own(!side)? - i128::from(side.sign()),
            PegTo::Midpoint => {
                let sum = own(Side::Buy)? + own(Side::Sell)?;
                // To the order's own advantage: down for a buy, up for a sell.
                (sum + i128::from(side == Side::Sell)).div_euclid(2)
            }
        };
        let sign = i128::from(side.sign());
        let nearest =
            |limit: i128, price: i128| if side == Side::Buy { price.min(limit) } else { price.max(limit) };
        let mut price = price + sign * i128::from(peg.offset);
        if extra.terms.display != Display::Hidden
            && let Some(best) = self.shown.best(!side)
        {
            price = nearest(i128::from(best.price.0) - sign, price);
        }
        let price = nearest(i128::from(self.band(side, extra.limit).0), price);
        let price = self.rules.rounded(side, Price(i64::try_from(price).ok()?));
        let qty = Qty(extra.left);
        self.rules.rests(side, price, qty).ok().map(|()| price)
    }

    /// Prices the pegged orders anew whose price has moved. True if there are any.
    pub(super) fn look_at_pegs(&mut self) -> bool {
        if self.back.rare.pegs.is_empty() {
            return false;
        }
        let best = |side| self.shown.best(side).map(|level| level.price);
        // Found once: the pegged orders themselves may stand in front of them.
        let anchors = Side::BOTH.map(|side| self.anchor(side));
        let followed = [anchors[0], anchors[1], best(Side::Buy), best(Side::Sell)];
        if self.back.rare.followed == Some(followed) {
            return false;
        }
        let mut found = std::mem::take(&mut self.back.rare.found);
        let rare = &*self.back.rare;
        found.extend(rare.pegs.iter().copied().filter_map(|slot| {
            let extra = rare.at(slot);
            let now = if extra.at == At::Held { None } else { Some(extra.price) };
            let price = self.price_by(extra, |side| anchors[side as usize]);
            (price != now).then_some((slot, extra.id))
        }));
        found.sort_unstable_by_key(|&(slot, _)| rare.at(slot).arrival);
        for &(slot, _) in &found {
            self.back.rare.take_out(slot, self.shown);
        }
        for &(slot, id) in &found {
            self.look_at_bands();
            // A link may have taken it out since.
            let extra = self.back.rare.at(slot);
            if extra.id == id && extra.at == At::Coming {
                self.enter(slot);
            }
        }
        let any = !found.is_empty();
        found.clear();
        self.back.rare.found = found;
        self.back.rare.followed = if any { None } else { Some(followed) };
        any
    }
}
