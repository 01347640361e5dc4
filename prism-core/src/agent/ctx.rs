//! All that an agent can know and do.

use super::account::{Account, Accounts, Purse};
use super::group::GroupPlan;
use super::roll::Roll;
use super::working::{Arena, Table, Working};
use crate::market::{Consolidated, Cursor, DepthTape, Level, Phases, Tape, Top, Watch};
use crate::memory::prefetch;
use crate::msg::packed::Delivery;
use crate::msg::{Note, Order, Phase, Reject, Report, Request, Terms};
use crate::rng::RngStream;
use crate::transport::{Address, Post, Transit};
use crate::types::{
    AgentId, BookId, CurrencyId, Instrument, Instruments, LinkId, OrderId, Price, Qty, SeriesId, Side, Span,
    SymbolId, Time, VenueId,
};
use crate::value::Prior;

/// What the kernel keeps for each agent beside the agent itself: two cache lines, the first of them the
/// agent's orders.
#[derive(Clone, Debug)]
#[repr(C, align(128))]
pub(crate) struct Member {
    pub(crate) orders: Table,
    pub(crate) rng: RngStream,
    pub(crate) busy_until: Time,
    pub(crate) purse: Purse,
}

const _: () = assert!(size_of::<Table>() == 64 && size_of::<Member>() == 128);

impl Member {
    /// A member with its random stream and no past.
    pub(crate) fn new(rng: RngStream) -> Member {
        Member { orders: Table::default(), rng, busy_until: Time::ZERO, purse: Purse::default() }
    }

    /// Has both lines brought into the cache.
    #[inline]
    pub(crate) fn fetch(&self) {
        prefetch(self);
    }
}

/// What an agent asked for during a hook that is neither a message nor a wake-up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aside {
    /// A number for the sinks.
    Emit { series: SeriesId, value: f64 },
    /// A misuse that ends the run: an agent of a clocked group asked to be woken.
    WakeInClockedGroup,
    /// One order more than the group's tables can hold, which ends the run.
    TooManyOrders,
}

/// The recorded markets of all books, and how far each link has read them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Views {
    pub(crate) tapes: Vec<Tape>,
    pub(crate) depths: Vec<Option<DepthTape>>,
    pub(crate) phases: Vec<Phases>,
    /// For each link and book, with the books side by side: the feed delay and the reader's places.
    pub(crate) readers: Vec<(Span, Cursor, Cursor)>,
    /// What agents see of all venues together, if the run consolidates them.
    pub(crate) consolidated: Option<Watch>,
    /// What each venue sees of the others, if it looks.
    pub(crate) watches: Vec<Option<Watch>>,
    /// The books of each symbol.
    pub(crate) books_of: Vec<Vec<BookId>>,
}

impl Views {
    #[inline]
    fn reader(&self, link: LinkId, book: BookId) -> usize {
        link.index() * self.tapes.len() + book.index()
    }

    #[inline]
    fn top(&mut self, link: LinkId, book: BookId, now: Time) -> Top {
        let reader = self.reader(link, book);
        match (self.tapes.get(book.index()), self.readers.get_mut(reader)) {
            (Some(tape), Some((delay, cursor, _))) => tape.as_of(cursor, now - *delay),
            _ => Top::default(),
        }
    }

    #[inline]
    fn phase(&self, link: LinkId, book: BookId, now: Time) -> Phase {
        match self.phases.get(book.index()) {
            Some(phases) if phases.has_no_day() => Phase::Continuous,
            Some(phases) => self.phase_of_day(phases, link, book, now),
            None => Phase::Closed,
        }
    }

    /// Out of line, as most books have no day.
    #[inline(never)]
    fn phase_of_day(&self, phases: &Phases, link: LinkId, book: BookId, now: Time) -> Phase {
        let delay = self.readers.get(self.reader(link, book)).map_or(Span::ZERO, |(delay, ..)| *delay);
        phases.as_of(now - delay)
    }

    fn consolidated(&mut self, symbol: SymbolId, now: Time) -> Consolidated {
        match (&mut self.consolidated, self.books_of.get(symbol.index())) {
            (Some(watch), Some(books)) => watch.best(&self.tapes, books.iter().copied(), now),
            _ => Consolidated::default(),
        }
    }

    /// The best prices of the symbol of `book` on the other venues, as `venue` sees them.
    pub(crate) fn away(
        &mut self,
        venue: VenueId,
        symbol: SymbolId,
        own: BookId,
        now: Time,
    ) -> Option<Consolidated> {
        let watch = self.watches.get_mut(venue.index())?.as_mut()?;
        let others = self.books_of.get(symbol.index())?.iter().copied().filter(|book| *book != own);
        Some(watch.best(&self.tapes, others, now))
    }

    fn depth(&mut self, link: LinkId, book: BookId, now: Time, side: Side) -> &[Level] {
        let reader = self.reader(link, book);
        match (self.depths.get(book.index()), self.readers.get_mut(reader)) {
            (Some(Some(tape)), Some((delay, _, cursor))) => tape.as_of(cursor, now - *delay, side),
            _ => &[],
        }
    }
}

/// What all agents of a run share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) views: Views,
    pub(crate) values: Vec<Option<f64>>,
    pub(crate) priors: Vec<Option<Prior>>,
    pub(crate) close: Time,
    pub(crate) post: Post,
    pub(crate) roll: Roll,
    pub(crate) asides: Vec<Aside>,
    pub(crate) instruments: Instruments,
    pub(crate) series: Vec<String>,
}

/// All an agent can know and do. What it sends is on its way at once; nothing comes of it before the hook returns.
#[derive(Debug)]
pub struct Ctx<'a> {
    pub(crate) now: Time,
    pub(crate) me: AgentId,
    pub(crate) index: usize,
    pub(crate) member: &'a mut Member,
    pub(crate) accounts: &'a Accounts,
    pub(crate) arena: &'a mut Arena,
    pub(crate) plan: &'a GroupPlan,
    pub(crate) transit: &'a mut Transit,
    pub(crate) shared: &'a mut Shared,
}

impl Ctx<'_> {
    /// The time.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The agent's own id.
    #[inline]
    pub fn me(&self) -> AgentId {
        self.me
    }

    /// The agent's place in its group, from 0.
    #[inline]
    pub fn member(&self) -> usize {
        self.index
    }

    /// The first of the agent's books.
    #[inline]
    pub fn home(&self) -> BookId {
        self.plan.books_of(self.index)[0]
    }

    /// The agent's books: where it may send orders.
    #[inline]
    pub fn books(&self) -> &[BookId] {
        self.plan.books_of(self.index)
    }

    /// True when the kernel keeps the group's time; then [`wake_in`](Ctx::wake_in) is not allowed.
    #[inline]
    pub fn clocked(&self) -> bool {
        self.plan.clocked
    }

    /// The instrument traded in `book`: its tick, lot and previous close. `None` if there is no such book.
    #[inline]
    pub fn instrument(&self, book: BookId) -> Option<&Instrument> {
        self.shared.instruments.symbols().get(self.symbol(book)?.index())
    }

    /// The symbol traded in `book`; `None` if there is no such book.
    #[inline]
    pub fn symbol(&self, book: BookId) -> Option<SymbolId> {
        self.shared.instruments.books().get(book.index()).map(|book| book.symbol)
    }

    /// The currency that `book` is paid in; `None` if there is no such book.
    #[inline]
    pub fn currency(&self, book: BookId) -> Option<CurrencyId> {
        self.instrument(book).map(|instrument| instrument.currency)
    }

    /// The best bid and ask as of `now - feed delay` of the agent's link: no look-ahead. Of a book that does
    /// not exist, an empty top.
    #[inline]
    pub fn top(&mut self, book: BookId) -> Top {
        self.shared.views.top(self.plan.link, book, self.now)
    }

    /// The levels of one side, best first, with the same delay; empty unless the book records depth.
    pub fn depth(&mut self, book: BookId, side: Side) -> &[Level] {
        self.shared.views.depth(self.plan.link, book, self.now, side)
    }

    /// The phase that the book is in, with the same delay; the one in which the run begins is known from its
    /// beginning on. [`Phase::Continuous`] throughout where the venue has no day, [`Phase::Closed`] of a book that
    /// does not exist. Whether an order may be sent, [`Phase::takes_orders`] says.
    #[inline]
    pub fn phase(&self, book: BookId) -> Phase {
        self.shared.views.phase(self.plan.link, book, self.now)
    }

    /// The best prices of a symbol over all of its venues, as of the run's [consolidated
    /// feed](crate::kernel::Builder::consolidated): everybody sees it equally late. Empty without one.
    pub fn consolidated(&mut self, symbol: SymbolId) -> Consolidated {
        self.shared.views.consolidated(symbol, self.now)
    }

    /// The books in which a symbol is traded, one for each of its venues.
    pub fn books_of(&self, symbol: SymbolId) -> &[BookId] {
        self.shared.views.books_of.get(symbol.index()).map_or(&[], Vec::as_slice)
    }

    /// Cash and positions, as the agent's reports tell.
    #[inline]
    pub fn account(&self) -> Account<'_> {
        self.accounts.of(self.index, &self.member.purse)
    }

    /// The agent's position in the symbol of `book`, in lots, as its reports tell; nothing if there is no such
    /// book.
    #[inline]
    pub fn position(&self, book: BookId) -> i64 {
        self.symbol(book).map_or(0, |symbol| self.account().position(symbol))
    }

    /// The agent's working orders: those it has sent and not yet heard the end of.
    #[inline]
    pub fn orders(&self) -> impl Iterator<Item = (OrderId, &Working)> {
        let me = self.me;
        self.arena.iter(&self.member.orders).map(move |order| (OrderId::new(me, order.counter), order))
    }

    /// One of the agent's working orders; `None` once it has heard its end.
    #[inline]
    pub fn working(&self, id: OrderId) -> Option<&Working> {
        if id.agent() == self.me { self.arena.get(&self.member.orders, id.counter()) } else { None }
    }

    /// The fundamental value of a symbol in ticks, now; `None` unless the group is informed and the symbol
    /// has a law of value.
    #[inline]
    pub fn value(&self, symbol: SymbolId) -> Option<f64> {
        if self.plan.informed { self.shared.values.get(symbol.index()).copied().flatten() } else { None }
    }

    /// What is commonly known of a symbol's law of value; `None` if it has none of that form.
    pub fn prior(&self, symbol: SymbolId) -> Option<Prior> {
        self.shared.priors.get(symbol.index()).copied().flatten()
    }

    /// The end of the session, if the run declares one; [`Time::MAX`] otherwise.
    #[inline]
    pub fn close(&self) -> Time {
        self.shared.close
    }

    /// The agent's own random stream.
    #[inline]
    pub fn rng(&mut self) -> &mut RngStream {
        &mut self.member.rng
    }

    #[inline]
    fn leave(&self) -> Time {
        self.now.max(self.member.busy_until)
    }

    /// Sends an order. Its id is known at once; whether the venue takes it, a report will say.
    #[inline]
    pub fn order(&mut self, order: Order) -> OrderId {
        let Some(id) = self.open(&order) else { return self.no_room() };
        self.request(Request::New { id, order });
        id
    }

    #[inline(always)]
    fn open(&mut self, order: &Order) -> Option<OrderId> {
        let Order { book, side, price, qty, .. } = *order;
        let counter = self.arena.open(&mut self.member.orders, book, side, price, qty)?;
        Some(OrderId::new(self.me, counter))
    }

    /// Ends the run: an order that its agent cannot keep must not be sent. The id is none of a working order.
    #[cold]
    fn no_room(&mut self) -> OrderId {
        self.shared.asides.push(Aside::TooManyOrders);
        OrderId::new(self.me, u32::MAX)
    }

    /// Sends an order with terms: a stop, an iceberg, a pegged order … It counts as working from here on, held or
    /// resting, and its price and size are what the venue last reported.
    ///
    /// ```
    /// use prism_core::prelude::*;
    ///
    /// /// Buys, and takes the profit or the loss: a bracket.
    /// fn bracket(ctx: &mut Ctx<'_>, book: BookId, at: Price) {
    ///     let entry = ctx.order(Order::limit(book, Side::Buy, Qty(10), at));
    ///     let profit = Order::limit(book, Side::Sell, Qty(10), at + Ticks(20));
    ///     let profit = ctx.order_with(profit, &Terms::default().after(entry));
    ///     let loss = Terms::stop(at - Ticks(10)).after(entry).oco(profit);
    ///     ctx.order_with(Order::market(book, Side::Sell, Qty(10)), &loss);
    /// }
    /// # let _ = bracket;
    /// ```
    pub fn order_with(&mut self, order: Order, terms: &Terms) -> OrderId {
        let Some(id) = self.open(&order) else { return self.no_room() };
        let book = order.book;
        let (leave, req) = (self.leave(), Request::New { id, order });
        if !self.plan.books_of(self.index).contains(&book) {
            self.refuse(leave, &req, Reject::UnknownBook);
            return id;
        }
        let Some(place) = self.shared.post.terms.put(terms) else {
            self.refuse(leave, &req, Reject::BadTerms);
            return id;
        };
        self.send(leave, book, Delivery::request(&req).with_terms(place));
        id
    }

    /// Asks for an order to be cancelled. Nothing is sent for an order that is not the agent's own or whose
    /// end it has heard.
    #[inline]
    pub fn cancel(&mut self, id: OrderId) {
        if let Some(book) = self.working(id).map(|order| order.book) {
            self.request(Request::Cancel { id, book });
        }
    }

    /// Cancels all of the agent's working orders in `book`.
    pub fn cancel_all(&mut self, book: BookId) {
        let mut place = 0;
        while let Some((next, counter)) = self.arena.next_in(&self.member.orders, place, book) {
            let id = OrderId::new(self.me, counter);
            self.request(Request::Cancel { id, book });
            place = next;
        }
    }

    /// Asks for an order to be made smaller; it keeps its place in the queue. Nothing is sent for an order
    /// that is not the agent's own or whose end it has heard.
    #[inline]
    pub fn reduce(&mut self, id: OrderId, by: Qty) {
        if let Some(book) = self.working(id).map(|order| order.book) {
            self.request(Request::Reduce { id, book, by });
        }
    }

    /// Asks for an order to get another price and open size. At the same price and not larger it keeps its
    /// place in the queue. Nothing is sent for an order that is not the agent's own or whose end it has
    /// heard.
    #[inline]
    pub fn replace(&mut self, id: OrderId, price: Price, qty: Qty) {
        if let Some(book) = self.working(id).map(|order| order.book) {
            self.request(Request::Replace { id, book, price, qty });
        }
    }

    #[inline(always)]
    fn request(&mut self, req: Request) {
        let (leave, book) = (self.leave(), req.book());
        if !self.plan.books_of(self.index).contains(&book) {
            return self.refuse(leave, &req, Reject::UnknownBook);
        }
        self.send(leave, book, Delivery::request(&req));
    }

    #[inline(always)]
    #[allow(clippy::needless_pass_by_value)] // it is made for this call
    fn send(&mut self, leave: Time, book: BookId, request: Delivery) {
        let venue = self.shared.instruments.books()[book.index()].venue;
        let GroupPlan { id, link, .. } = *self.plan;
        let from = Address { group: id, member: self.index, link, transit: self.transit };
        self.shared.post.send(leave, request, from, venue);
    }

    /// An order for a book that is not the agent's never reaches a venue: its own connection refuses it.
    #[cold]
    fn refuse(&mut self, at: Time, req: &Request, why: Reject) {
        if let Request::New { id, .. } = *req {
            let refused = Report::Rejected { id, why, open: false };
            self.shared.post.queue.push(at, Delivery::report(&refused).for_group(self.plan.id));
        }
    }

    /// Asks for [`on_wake`](super::Agent::on_wake) after `after` (at once, if that is negative). Only in
    /// groups that keep their own time: in a clocked group it ends the run with an error that names the
    /// group, because the wake-ups would multiply.
    #[inline]
    pub fn wake_in(&mut self, after: Span) {
        if self.plan.clocked {
            self.shared.asides.push(Aside::WakeInClockedGroup);
            return;
        }
        let at = self.now + after.max(Span::ZERO);
        self.shared.post.queue.push(at, Delivery::wake(self.me, None, self.plan.id));
    }

    /// [`wake_in`](Ctx::wake_in) after a time with an exponential law of this mean, drawn from the agent's
    /// own stream.
    #[inline]
    pub fn wake_poisson(&mut self, mean: Span) {
        let after = self.member.rng.exp(mean);
        self.wake_in(after);
    }

    /// Asks for [`on_timer`](super::Agent::on_timer) with `tag` after `after`; allowed in every group.
    #[inline]
    pub fn timer(&mut self, after: Span, tag: u32) {
        let at = self.now + after.max(Span::ZERO);
        self.shared.post.queue.push(at, Delivery::wake(self.me, Some(tag), self.plan.id));
    }

    /// Thinking time: requests and notes from here on leave `span` later, and those of later hooks not
    /// before them.
    #[inline]
    pub fn busy_for(&mut self, span: Span) {
        self.member.busy_until = self.leave() + span.max(Span::ZERO);
    }

    /// Sends a note to another agent, which gets it at the instant it leaves, after what already waits for
    /// that instant. A note to an agent that does not exist is lost.
    pub fn note(&mut self, to: AgentId, topic: u32, a: i64, b: i64) {
        let note = Note { from: self.me, topic, a, b };
        if let Some(place) = self.shared.roll.place(to) {
            let note = Delivery::note(to, &note).for_group(place.group);
            self.shared.post.queue.push(self.leave(), note);
        }
    }

    /// The series of numbers called `name`, if the run declares it.
    pub fn series(&self, name: &str) -> Option<SeriesId> {
        self.shared.series.iter().position(|known| known == name).map(SeriesId::from_index)
    }

    /// Emits a number for the sinks; it changes nothing in the market. A series that the run does not declare
    /// takes none.
    #[inline]
    pub fn emit(&mut self, series: SeriesId, value: f64) {
        if series.index() < self.shared.series.len() {
            self.shared.asides.push(Aside::Emit { series, value });
        }
    }
}
