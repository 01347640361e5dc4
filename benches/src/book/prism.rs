//! PRISM's own book behind the harness's trait.

use prism_book::{BookEngine, Incoming, Ladder, Outcome};
use prism_core::types::{OrderId, Price, Qty, Side, Tif};

use super::stream::{CANCEL, Msg};
use super::{Engine, Sink};

/// PRISM's ladder. The dense client ids of the stream are mapped to places with a flat array, as for every
/// engine that gives its own ids. Nothing has to be erased there: an order that is gone is not found.
pub struct Prism {
    book: Ladder,
    places: Box<[u32]>,
}

impl Engine for Prism {
    fn new(ids: usize, _hi: u32) -> Self {
        Prism { book: Ladder::default(), places: vec![u32::MAX; ids].into() }
    }

    #[inline(always)]
    fn on<S: Sink>(&mut self, m: &Msg, out: &mut S) {
        if m.kind == CANCEL {
            let found = self.book.locate(self.places[m.id as usize], OrderId(m.id.into()));
            if found.and_then(|order| self.book.cancel(order)).is_some() {
                out.cancelled(m.id);
            }
            return;
        }
        let order = Incoming {
            id: OrderId(m.id.into()),
            side: if m.side == 0 { Side::Buy } else { Side::Sell },
            tif: Tif::Gtc,
            qty: Qty(m.qty.into()),
            price: Price(m.price.into()),
        };
        let done = self.book.submit(order, &mut |fill| {
            out.trade(fill.maker.0 as u32, m.id, fill.price.0 as u32, fill.qty.0 as u32);
        });
        if let Outcome::Rests { handle, .. } = done {
            self.places[m.id as usize] = handle.place();
        }
    }

    fn touch(&mut self) -> (u32, u32) {
        let (bid, ask) = self.book.top();
        (bid.map_or(0, |l| l.price.0 as u32), ask.map_or(u32::MAX, |l| l.price.0 as u32))
    }
}
