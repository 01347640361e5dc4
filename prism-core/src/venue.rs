//! The port for venues: where requests are carried out.

use thiserror::Error;

use crate::digest::Digest;
use crate::market::{BookEvent, Consolidated, Level, Top};
use crate::memory::NoMemory;
use crate::msg::packed::Delivery;
use crate::msg::{Order, Phase, Print, Reject, Report, Request, Terms};
use crate::rng::StreamKey;
use crate::save::{boxed, unsaved};
use crate::types::{
    AgentId, BookId, Cash, CurrencyId, Instrument, Instruments, OrderId, Price, Qty, Side, Span, Symbol,
    SymbolId, Time, VenueId,
};

/// A venue: it carries requests out and tells what happened. It is a state machine without a clock of its
/// own; the kernel brings it every request at its time of arrival.
pub trait Venue: Send {
    /// Carries out a request that arrives now. The requester is `req.id().agent()`.
    fn handle(&mut self, now: Time, req: &Request, out: &mut VenueOut);

    /// Carries out a new order with terms, which arrives now. A venue that does not know terms refuses it.
    fn handle_with(&mut self, now: Time, id: OrderId, order: &Order, terms: &Terms, out: &mut VenueOut) {
        let _ = (now, order, terms);
        out.report(Report::Rejected { id, why: Reject::BadTerms, open: false });
    }

    /// A hint that `agent` may send a request for `book` before long: a venue of many agents can
    /// [fetch](crate::memory::prefetch) what it keeps of this one. It comes three times, with a `stage` of 0, 1 and
    /// 2, so that what was fetched in one stage can tell what to fetch in the next. Nothing may depend on it: it may
    /// come for an agent that sends nothing, not come for one that does, or come for none at all, as in small groups
    /// and in groups that keep their own time. A venue need not write it.
    fn expect(&self, agent: AgentId, book: BookId, stage: u8) {
        let _ = (agent, book, stage);
    }

    /// Called once, when the run begins and before anything else: the phase in which each book begins its day, if
    /// it is not [`Phase::Continuous`], and the first timers.
    fn open(&mut self, now: Time, out: &mut VenueOut) {
        let _ = (now, out);
    }

    /// Called at a time asked for with [`VenueOut::timer`].
    fn on_timer(&mut self, now: Time, out: &mut VenueOut) {
        let _ = (now, out);
    }

    /// The best bid and ask of one of its books, and the last trade.
    fn top(&self, book: BookId) -> Top;

    /// The best `levels` of one side of a book, best first, written to `into` (which is cleared).
    fn depth(&self, book: BookId, side: Side, levels: usize, into: &mut Vec<Level>);

    /// What `agent` has been paid less what it has paid at this venue, fees included.
    fn cash(&self, agent: AgentId, currency: CurrencyId) -> Cash;

    /// The lots of `symbol` that `agent` has bought less those it has sold at this venue.
    fn position(&self, agent: AgentId, symbol: SymbolId) -> i64;

    /// The fees that the venue has taken less the rebates it has paid and the losses it has covered. The sum of all
    /// agents' cash and this is zero, always.
    fn fees(&self, currency: CurrencyId) -> i128;

    /// Folds the state of the market in (not that of a data structure): two venues in the same market state
    /// give the same digest.
    fn digest(&self, into: &mut Digest);

    /// A copy, for forks.
    fn clone_box(&self) -> Box<dyn Venue>;

    unsaved!();
}

/// How a venue is declared before the instrument table exists.
pub trait VenueSpec {
    /// The venue's name, such as `XPRM`.
    fn name(&self) -> &str;

    /// The symbols it lists, one book each, in this order.
    fn symbols(&self) -> &[Symbol];

    /// How many levels a side of each book are recorded for [`Ctx::depth`](crate::agent::Ctx::depth) and the
    /// depth table; 0 for none.
    fn depth(&self) -> u16 {
        0
    }

    /// How late the venue sees the quotes of its symbols on other venues, if it looks at them at all: then
    /// [`VenueOut::away`] tells it of them with each request.
    fn watches(&self) -> Option<Span> {
        None
    }

    /// The largest limit order that it takes in a symbol around its previous close. `prism check` says so where
    /// all orders of a group are larger.
    fn largest_order(&self, symbol: &Instrument) -> Qty {
        let _ = symbol;
        Qty::MAX
    }

    /// Whether its books can go over to another phase, and have calls. `prism check` says so where a table of them is
    /// asked for and will stay empty.
    fn has_phases(&self) -> bool {
        true
    }

    /// Whether it may trade for agents that have too little margin. `prism check` says so where the table of that is
    /// asked for and will stay empty.
    fn liquidates(&self) -> bool {
        true
    }

    /// Builds the venue.
    ///
    /// # Errors
    /// What is wrong with it, or there are more agents than fit the memory.
    fn build(&self, place: &VenuePlace<'_>) -> Result<Box<dyn Venue>, VenueError>;
}

/// Why a venue cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VenueError {
    /// It is declared wrongly: a message that names the field and its allowed range.
    #[error("{0}")]
    Declared(String),
    /// There are too many agents.
    #[error(transparent)]
    Memory(#[from] NoMemory),
}

/// What a venue learns when it is built.
#[derive(Clone, Copy, Debug)]
pub struct VenuePlace<'a> {
    /// Its own id.
    pub id: VenueId,
    /// The instrument table; its books are `instruments.books_on(id)`, in the order of
    /// [`VenueSpec::symbols`].
    pub instruments: &'a Instruments,
    /// How many agents there are: their ids are below this.
    pub agents: u32,
    /// The key of its random stream.
    pub key: StreamKey,
}

/// A trade between two orders, as the venue saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Where.
    pub book: BookId,
    /// The resting order's price, or the price of the uncrossing.
    pub price: Price,
    /// How much.
    pub qty: Qty,
    /// The side of the incoming order; `None` in an uncrossing, where neither came in to trade.
    pub aggressor: Option<Side>,
    /// The resting order; in an uncrossing that of the buyer.
    pub maker: OrderId,
    /// The incoming order; in an uncrossing that of the seller.
    pub taker: OrderId,
}

/// Where a venue writes what happened. The kernel owns the buffers, stamps the delays, and clears them.
#[derive(Clone, Debug, Default)]
pub struct VenueOut {
    pub(crate) reports: Vec<Delivery>,
    pub(crate) trades: Vec<Trade>,
    pub(crate) changed: Vec<BookId>,
    pub(crate) prints: Vec<Print>,
    pub(crate) timers: Vec<Time>,
    pub(crate) away: Consolidated,
    pub(crate) events: Vec<BookEvent>,
    pub(crate) tells_book: bool,
}

impl VenueOut {
    /// An empty one.
    pub fn new() -> VenueOut {
        VenueOut::default()
    }

    /// The best prices of the request's symbol on the other venues, as late as the venue
    /// [watches](VenueSpec::watches) them; empty if it does not, and in [`Venue::on_timer`].
    #[inline]
    pub fn away(&self) -> &Consolidated {
        &self.away
    }

    /// Sets what [`away`](VenueOut::away) tells, for who drives a venue without the kernel.
    pub fn see_away(&mut self, away: Consolidated) {
        self.away = away;
    }

    /// Tells the owner of an order what happened to it.
    #[inline(always)]
    pub fn report(&mut self, report: Report) {
        self.reports.push(Delivery::report(&report));
    }

    /// Publishes a trade.
    #[inline]
    pub fn trade(&mut self, trade: Trade) {
        self.trades.push(trade);
    }

    /// Says that resting orders of `book` changed, so that its top is read again.
    #[inline]
    pub fn changed(&mut self, book: BookId) {
        if self.changed.last() != Some(&book) {
            self.changed.push(book);
        }
    }

    /// Whether somebody wants to know of the orders that rest, one by one. If nobody does, what a venue says of
    /// them goes nowhere, and it need not find it out.
    #[inline]
    pub fn tells_book(&self) -> bool {
        self.tells_book
    }

    /// Says whether somebody wants that. The kernel does, for its sinks.
    pub fn tell_book(&mut self, wanted: bool) {
        self.tells_book = wanted;
    }

    /// Tells of a change of a resting order, if [somebody wants to know](VenueOut::tells_book). A venue tells of all
    /// of them, in their order.
    #[inline]
    pub fn book_event(&mut self, event: impl FnOnce() -> BookEvent) {
        if self.tells_book {
            self.events.push(event());
        }
    }

    /// The changes of resting orders so far, in order.
    pub fn book_events(&self) -> &[BookEvent] {
        &self.events
    }

    /// Publishes a new phase of a book.
    pub fn phase(&mut self, book: BookId, phase: Phase) {
        self.prints.push(Print::Phase { book, phase });
    }

    /// Publishes what the call in `book` would give if it ended now: the price, the volume, and what buyers (above
    /// zero) or sellers could not trade. A volume of zero: nothing would trade.
    pub fn indicative(&mut self, book: BookId, price: Price, volume: Qty, surplus: i64) {
        self.prints.push(Print::Indicative { book, price, volume, surplus });
    }

    /// Asks for [`Venue::on_timer`] at `at` (now, if that has passed).
    pub fn timer(&mut self, at: Time) {
        self.timers.push(at);
    }

    /// The reports so far, in order.
    pub fn reports(&self) -> impl ExactSizeIterator<Item = Report> {
        self.reports.iter().map(Delivery::as_report)
    }

    /// The trades so far, in order.
    pub fn trades(&self) -> &[Trade] {
        &self.trades
    }

    /// The phases and the indicative results so far, in order.
    pub fn prints(&self) -> &[Print] {
        &self.prints
    }

    /// The timers asked for, in order.
    pub fn timers(&self) -> &[Time] {
        &self.timers
    }

    /// The books that changed.
    pub fn changed_books(&self) -> &[BookId] {
        &self.changed
    }

    /// Forgets everything and keeps the buffers.
    #[inline]
    pub fn clear(&mut self) {
        self.reports.clear();
        self.trades.clear();
        self.changed.clear();
        self.prints.clear();
        self.timers.clear();
        self.away = Consolidated::default();
        self.events.clear();
    }
}

boxed!(Venue);
