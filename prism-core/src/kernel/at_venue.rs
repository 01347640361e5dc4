//! A request at its venue, and the way back of what the venue says.

use super::error::RunError;
use super::gateway::Entry;
use super::run_loop::Step;
use super::{GroupState, Simulation};
use crate::agent::{Place, Prints, Shared};
use crate::digest::Digest;
use crate::market::{BookEvent, Level, Top};
use crate::msg::packed::{Delivery, aggressor_code, sort};
use crate::msg::{Print, Report, Request};
use crate::sink::{
    BookRow, DepthRow, FillRow, IndicativeRow, LiquidationRow, OrderRow, PhaseRow, Recorder, Table, TopRow,
    TradeRow, order_kind,
};
use crate::transport::{Address, Post};
use crate::types::{BookId, GroupId, Side, Time, VenueId};
use crate::venue::Trade;

impl Simulation {
    /// Has a request carried out, unless the venue's gateway has it wait or refuses it. Inlined for the reason of
    /// [`deliver`](Simulation::deliver).
    #[inline(always)]
    pub(super) fn at_venue(&mut self, event: &Delivery) -> Step {
        let gateway = self.venues[event.venue().index()].gateway.is_some();
        if !event.is_served() {
            self.groups[event.group_of_sender().index()].stats.request(event.sort());
            if gateway {
                return self.at_gateway(&event.served());
            }
        }
        self.execute(event)
    }

    /// A request arrives at a gateway; it comes as it will be once it has been served. Out of line, as most venues have
    /// none.
    #[inline(never)]
    fn at_gateway(&mut self, request: &Delivery) -> Step {
        let (venue, group) = (request.venue(), request.group_of_sender());
        let server = self.venues[venue.index()].gateway.as_mut();
        match server.map_or(Entry::Now, |server| server.arrive(self.now, request)) {
            Entry::Now => self.execute(request),
            Entry::At(at) => {
                self.shared.post.queue.push(at, *request);
                Ok(())
            }
            Entry::Refused(why) => {
                let open = request.sort() != sort::NEW;
                if let Some(place) = request.terms() {
                    self.shared.post.terms.take(place);
                }
                self.out.report(Report::Rejected { id: request.order(), why, open });
                self.publish(venue, group)
            }
        }
    }

    #[inline(always)]
    fn execute(&mut self, event: &Delivery) -> Step {
        let (venue, req) = (event.venue(), event.as_request());
        if self.recorder.wants(Table::Orders) {
            self.recorder.order(order_row(self.now.nanos(), &req));
        }
        if self.venues[venue.index()].watches {
            self.look_away(venue, req.book());
        }
        match event.terms() {
            None => self.venues[venue.index()].venue.handle(self.now, &req, &mut self.out),
            Some(place) => self.execute_with(venue, &req, place),
        }
        self.publish(venue, event.group_of_sender())
    }

    /// Shows a venue the quotes of the others.
    #[cold]
    fn look_away(&mut self, venue: VenueId, book: BookId) {
        let Shared { views, instruments, .. } = &mut self.shared;
        if let Some(symbol) = instruments.books().get(book.index()).map(|book| book.symbol)
            && let Some(away) = views.away(venue, symbol, book, self.now)
        {
            self.out.away = away;
        }
    }

    /// Carries out a new order with terms.
    #[cold]
    fn execute_with(&mut self, venue: VenueId, req: &Request, place: u32) {
        let terms = self.shared.post.terms.take(place);
        terms.digest(&mut self.digest);
        if let Request::New { id, order } = req {
            self.venues[venue.index()].venue.handle_with(self.now, *id, order, &terms, &mut self.out);
        }
    }

    /// Sends out what a venue has said: reports to the owners of orders, public messages to those who
    /// listen, tops to the tapes. Most reports are for members of the group `likely`.
    ///
    /// A venue speaks of its own books only: with another one the run is over, whatever was sent before.
    #[inline]
    pub(super) fn publish(&mut self, venue: VenueId, likely: GroupId) -> Step {
        let Simulation { out, venues, shared, stats, levels, recorder, .. } = self;
        let Shared { post, roll, views, .. } = shared;
        let (digest, events) = (self.digest, self.events);
        let (groups, audience) = (&mut self.groups[..], &self.audience[..]);
        let now = self.now;
        let number = self.number;
        let mut from = Sender { now, number, venue, digest, events, groups, audience, post, recorder };
        let state = &venues[venue.index()];
        for &event in &out.events {
            if !state.lists(event.book) {
                return self.unlisted(venue, event.book);
            }
            let seq = stats[event.book.index()].next_book_event();
            from.recorder.book(book_row(now.nanos(), seq, &event));
        }
        for &Trade { book, price, qty, aggressor, maker, taker } in &out.trades {
            if !state.lists(book) {
                return self.unlisted(venue, book);
            }
            stats[book.index()].trade(price, qty);
            from.recorder.trade(TradeRow {
                at: now.nanos(),
                book: book.0,
                price: price.0,
                qty: qty.0,
                aggressor: aggressor_code(aggressor),
                maker: maker.0,
                taker: taker.0,
            });
            from.broadcast(Print::Trade { book, price, qty, aggressor });
        }
        for report in &out.reports {
            if let Some(place) = roll.place_near(report.agent(), likely) {
                from.report(report, place);
            }
        }
        for &book in &out.changed {
            if !state.lists(book) {
                return self.unlisted(venue, book);
            }
            let top = state.venue.top(book);
            let tape = &mut views.tapes[book.index()];
            let moved = tape.latest() != top;
            if moved {
                tape.push(now, top);
                stats[book.index()].top(now, &top);
                from.record_top(book, &top);
            }
            if let Some(tape) = &mut views.depths[book.index()] {
                let [bids, asks] = &mut *levels;
                state.depth(book, Side::Buy, tape.levels(), bids);
                state.depth(book, Side::Sell, tape.levels(), asks);
                if tape.push(now, bids, asks) {
                    from.record_depth(book, bids, asks);
                }
            }
            if moved {
                from.broadcast(Print::Moved { book });
            }
        }
        for &print in &out.prints {
            if !state.lists(print.book()) {
                return self.unlisted(venue, print.book());
            }
            if let Print::Phase { book, phase } = print {
                stats[book.index()].phase(now, phase);
                views.phases[book.index()].push(now, phase);
            }
            from.record_print(&print);
            from.broadcast(print);
        }
        for &at in &out.timers {
            from.post.queue.push(at.max(now), Delivery::venue_clock(venue));
        }
        out.clear();
        (self.digest, self.events) = (from.digest, from.events);
        Ok(())
    }

    #[cold]
    fn unlisted(&self, venue: VenueId, book: BookId) -> Step {
        let venue = self.world.instruments.venues()[venue.index()].clone();
        Err(Box::new(RunError::UnlistedBook { venue, book, at: self.now }))
    }
}

/// A venue's messages on their way out.
struct Sender<'a> {
    now: Time,
    number: u64,
    venue: VenueId,
    digest: Digest,
    events: u64,
    groups: &'a mut [GroupState],
    audience: &'a [Vec<(GroupId, Prints)>],
    post: &'a mut Post,
    recorder: &'a mut Recorder,
}

impl Sender<'_> {
    /// Sends a report to the agent at `place`.
    #[inline(always)]
    fn report(&mut self, report: &Delivery, place: Place) {
        let m = place.member as usize;
        let group = &mut self.groups[place.group.index()];
        if report.sort() == sort::FILLED {
            group.stats.fill(m, report.fill().1);
            if self.recorder.wants(Table::Fills) {
                // Until it hears the end of it, the agent knows where its order is.
                let working = group.arena.get(&group.members[m].orders, report.order().counter());
                let book = working.map_or(u16::MAX, |order| order.book.0);
                self.recorder.fill(fill_row(self.now.nanos(), book, report));
            }
        } else if report.sort() == sort::REJECTED {
            group.stats.refuse(&report.as_report());
        } else if report.sort() >= sort::LIQUIDATED {
            // Or a loss that is covered: one look passes both by.
            if report.sort() == sort::LIQUIDATED {
                group.stats.fill(m, report.fill().1);
                if self.recorder.wants(Table::Fills) {
                    self.recorder.fill(forced_fill_row(self.now.nanos(), report));
                }
            }
            self.recorder.liquidation(liquidation_row(self.now.nanos(), report));
        }
        let to =
            Address { group: place.group, member: m, link: group.plan.link, transit: &mut group.transit };
        let at = self.post.arrival(self.now, self.venue, to);
        let report = report.for_group(place.group);
        if group.inbox.exists() {
            // It counts now, whichever way it takes: that depends on who has looked at what, and must not show.
            self.events += 1;
            report.fold::<5>(at, &mut self.digest);
            if group.takes_mail((self.now, self.number)) {
                group.inbox.post((at, self.post.queue.stamp()), m, report);
                return;
            }
        }
        group.members[m].fetch(); // the report gets there a delay later
        let report = if group.inbox.exists() { report.counted() } else { report };
        self.post.queue.push(at, report);
    }

    /// Records what a venue publishes of its day.
    fn record_print(&mut self, print: &Print) {
        let at = self.now.nanos();
        match *print {
            Print::Phase { book, phase } => {
                self.recorder.phase(PhaseRow { at, book: book.0, phase: phase as u8 });
            }
            Print::Indicative { book, price, volume, surplus } => {
                let row = IndicativeRow { at, book: book.0, price: price.0, volume: volume.0, surplus };
                self.recorder.indicative(row);
            }
            Print::Trade { .. } | Print::Moved { .. } => {}
        }
    }

    /// Sends a public message to every group in which someone listens for it.
    #[inline(always)]
    fn broadcast(&mut self, print: Print) {
        for &(group, hears) in &self.audience[print.book().index()] {
            if hears.has(Prints::of(&print)) {
                let feed = self.post.feed(self.groups[group.index()].plan.link, self.venue);
                self.post.queue.push(self.now + feed, Delivery::print(group, &print));
            }
        }
    }

    #[inline(always)]
    fn record_top(&mut self, book: BookId, top: &Top) {
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

    fn record_depth(&mut self, book: BookId, bids: &[Level], asks: &[Level]) {
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

fn book_row(at: i64, seq: u64, event: &BookEvent) -> BookRow {
    BookRow {
        at,
        book: event.book.0,
        seq,
        action: event.action as u8,
        phase: event.phase as u8,
        side: event.side as u8,
        id: event.id.0,
        price: event.price.0,
        qty: event.qty.0,
        left: event.left.0,
        traded: event.traded.0,
    }
}

fn fill_row(at: i64, book: u16, report: &Delivery) -> FillRow {
    let (price, qty) = report.fill();
    FillRow {
        at,
        book,
        id: report.order().0,
        price: price.0,
        qty: qty.0,
        left: report.left().0,
        maker: u8::from(report.is_maker()),
        fee: report.fee().0,
    }
}

/// What a venue has done for an agent: a trade, or a loss borne.
#[cold]
fn liquidation_row(at: i64, report: &Delivery) -> LiquidationRow {
    let agent = report.agent().0;
    let none = LiquidationRow { at, book: 0, agent, id: 0, side: 2, price: 0, qty: 0, fee: 0, covered: 0 };
    match report.as_report() {
        Report::Liquidated { id, book, side, price, qty, fee } => LiquidationRow {
            book: book.0,
            id: id.0,
            side: side as u8,
            price: price.0,
            qty: qty.0,
            fee: fee.0,
            ..none
        },
        Report::Covered { id, book, loss } => {
            LiquidationRow { book: book.0, id: id.0, covered: loss.0, ..none }
        }
        _ => none,
    }
}

fn forced_fill_row(at: i64, report: &Delivery) -> FillRow {
    let (price, qty) = report.fill();
    let (book, left, maker) = (report.closing().0.0, 0, 0);
    FillRow { at, book, id: report.order().0, price: price.0, qty: qty.0, left, maker, fee: report.fee().0 }
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
