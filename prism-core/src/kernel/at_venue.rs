//! A request at its venue, and the way back of what the venue says.

use super::Simulation;
use super::delivery::{Delivery, Place};
use crate::agent::Prints;
use crate::msg::{Print, Report, Request};
use crate::sink::{DepthRow, FillRow, OrderRow, Table, TopRow, TradeRow, order_kind};
use crate::types::{BookId, GroupId, Side, VenueId};
use crate::venue::Trade;

impl Simulation {
    /// Has a request carried out.
    #[inline]
    pub(super) fn at_venue(&mut self, venue: VenueId, sender: GroupId, req: &Request) {
        self.groups[sender.index()].stats.request(req);
        if self.recorder.wants(Table::Orders) {
            self.recorder.order(order_row(self.now.nanos(), req));
        }
        self.venues[venue.index()].venue.handle(self.now, req, &mut self.out);
        self.publish(venue);
    }

    /// Sends out what a venue has said: reports to the owners of orders, public messages to those who
    /// listen, tops to the tapes.
    #[inline]
    pub(super) fn publish(&mut self, venue: VenueId) {
        for n in 0..self.out.trades.len() {
            let trade = self.out.trades[n];
            self.on_trade(venue, &trade);
        }
        for n in 0..self.out.reports.len() {
            let report = self.out.reports[n];
            if let Some(place) = self.place_of(report.id().agent()) {
                self.send_report(venue, &report, place);
            }
        }
        for n in 0..self.out.changed.len() {
            self.on_change(venue, self.out.changed[n]);
        }
        for n in 0..self.out.phases.len() {
            let (book, phase) = self.out.phases[n];
            self.broadcast(venue, Print::Phase { book, phase });
        }
        for n in 0..self.out.timers.len() {
            self.queue.push(self.out.timers[n].max(self.now), Delivery::venue_clock(venue));
        }
        self.out.clear();
    }

    #[inline]
    fn on_trade(&mut self, venue: VenueId, trade: &Trade) {
        let Trade { book, price, qty, aggressor, maker, taker } = *trade;
        self.stats[book.index()].trade(price, qty);
        self.recorder.trade(TradeRow {
            at: self.now.nanos(),
            book: book.0,
            price: price.0,
            qty: qty.0,
            aggressor: aggressor as u8,
            maker: maker.0,
            taker: taker.0,
        });
        self.broadcast(venue, Print::Trade { book, price, qty, aggressor });
    }

    #[inline]
    fn send_report(&mut self, venue: VenueId, report: &Report, place: Place) {
        let m = place.member as usize;
        let group = &mut self.groups[place.group.index()];
        group.members[m].fetch(); // the report gets there a delay later
        if let Report::Filled { id, price, qty, left, fee, maker } = *report {
            group.stats.fills += 1;
            group.stats.volume += u128::from(qty.0);
            if !group.members[m].traded {
                group.members[m].traded = true;
                group.stats.traded += 1;
            }
            if self.recorder.wants(Table::Fills) {
                // Until it hears the end of it, the agent knows where its order is.
                let working = group.arena.get(&group.members[m].orders, id.counter());
                self.recorder.fill(FillRow {
                    at: self.now.nanos(),
                    book: working.map_or(u16::MAX, |order| order.book.0),
                    id: id.0,
                    price: price.0,
                    qty: qty.0,
                    left: left.0,
                    maker: u8::from(maker),
                    fee: fee.0,
                });
            }
        }
        let link = &mut self.links[group.plan.link.index()];
        let at = group.transit.report(link, m, self.now, venue);
        self.queue.push(at, Delivery::report(report.id().agent(), report, place.group));
    }

    #[inline]
    fn on_change(&mut self, venue: VenueId, book: BookId) {
        let state = &self.venues[venue.index()].venue;
        let top = state.top(book);
        let tape = &mut self.shared.views.tapes[book.index()];
        let moved = tape.latest() != top;
        if moved {
            tape.push(self.now, top);
            self.stats[book.index()].top(self.now, &top);
            let (bid, ask) = (top.bid().unwrap_or_default(), top.ask().unwrap_or_default());
            self.recorder.top(TopRow {
                at: self.now.nanos(),
                book: book.0,
                bid: bid.price.0,
                bid_qty: bid.qty.0,
                ask: ask.price.0,
                ask_qty: ask.qty.0,
                last: top.last().0,
            });
        }
        if let Some(tape) = &mut self.shared.views.depths[book.index()] {
            let [bids, asks] = &mut self.levels;
            state.depth(book, Side::Buy, tape.levels(), bids);
            state.depth(book, Side::Sell, tape.levels(), asks);
            if tape.push(self.now, bids, asks) {
                for (side, levels) in [(Side::Buy, bids), (Side::Sell, asks)] {
                    for (level, at) in levels.iter().zip(0..) {
                        self.recorder.depth(DepthRow {
                            at: self.now.nanos(),
                            book: book.0,
                            side: side as u8,
                            level: at,
                            price: level.price.0,
                            qty: level.qty.0,
                        });
                    }
                }
            }
        }
        if moved {
            self.broadcast(venue, Print::Moved { book });
        }
    }

    /// Sends a public message to every group in which someone listens for it.
    #[inline]
    fn broadcast(&mut self, venue: VenueId, print: Print) {
        let sort = Prints::of(&print);
        for n in 0..self.audience[print.book().index()].len() {
            let (group, hears) = self.audience[print.book().index()][n];
            if hears.has(sort) {
                let feed = self.links[self.groups[group.index()].plan.link.index()].feed(venue);
                self.queue.push(self.now + feed, Delivery::print(group, &print));
            }
        }
    }
}

fn order_row(at: i64, req: &Request) -> OrderRow {
    let mut row = OrderRow {
        at,
        book: req.book().0,
        id: req.id().0,
        kind: order_kind::NEW,
        side: 0,
        tif: 0,
        price: 0,
        qty: 0,
    };
    match *req {
        Request::New { order, .. } => {
            (row.side, row.tif) = (order.side as u8, order.tif as u8);
            (row.price, row.qty) = (order.price.0, order.qty.0);
        }
        Request::Cancel { .. } => row.kind = order_kind::CANCEL,
        Request::Reduce { by, .. } => (row.kind, row.qty) = (order_kind::REDUCE, by.0),
        Request::Replace { price, qty, .. } => {
            (row.kind, row.price, row.qty) = (order_kind::REPLACE, price.0, qty.0);
        }
    }
    row
}
