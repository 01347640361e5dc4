//! One symbol's market: what the rule book (`docs/exchange.md`) says of orders with terms, of matching rules and of
//! the trading day.

mod change;
mod counting;
mod desk;
mod division;
mod entry;
mod exposure;
mod extra;
mod index;
mod linked;
mod order_table;
mod pegs;
mod plain;
mod queries;
mod rules;
mod session;
mod settle;
mod state;
mod stops;
mod terms;
mod told;
mod trading;
mod watched;

pub use index::{OrderIndex, Orders};
pub(crate) use order_table::OrderTable;
pub(crate) use rules::is_market;
pub use rules::{Limits, MarketRules, Matching, SelfTrade};
pub use session::{Beyond, CallTime, Collar, DayRules, Halted};
pub use state::Open;
pub(crate) use terms::check as check_terms;
pub use told::Told;

use prism_core::market::Level;
use prism_core::msg::{CancelReason, Order, Phase, Reject, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{OrderId, Price, Qty, Side, Span, Tif, Time};

use self::desk::{Back, Desk};
use self::extra::Rare;
use self::plain::Plain;
use self::session::TradingDay;
use crate::auction::Candidates;
use crate::book::{BookEngine, Leveled};
use crate::day::{Change, DayError, Schedule, TickTable};

/// One symbol's market, with every order term and matching rule: a state machine without a clock, which a simulator
/// or a backtester can use as its matching engine by this type alone.
///
/// A message is carried out in full when its call returns; whatever happened has been handed to `told`, in that order.
/// `index` is kept by the caller ([`Orders`] will do), the same one for all calls; `told` gets it too, for whoever
/// keeps accounts beside it. Time must not go back from one call
/// to the next. What is told happens at the time of the call, but for what was due before it:
/// [`catch_up`](Market::catch_up) tells that with its times. No call panics, whatever its arguments, as long as there is memory.
///
/// A plain order that meets nothing but plain orders of others, under price-time matching, is put into the book directly;
/// everything that terms need lies beside the books and is touched only where there are any.
///
/// ```
/// use prism_book::{AgentId, BookId, Order, OrderId, Price, Qty, Side, StreamKey, Terms, Tif, Time};
/// use prism_book::{Ladder, Market, MarketRules, Orders, Told};
///
/// let key = StreamKey::root(1).child("market");
/// let mut market = Market::<Ladder>::new(MarketRules::new(Price(100)), key);
/// let mut index = Orders::new(2).unwrap(); // of two agents
/// let mut tape = Vec::new();
/// let id = |agent, n| OrderId::new(AgentId(agent), n);
/// let now = Time::ZERO;
///
/// // An iceberg of 30 that shows 10, and a stop below it.
/// let iceberg = Order::limit(BookId(0), Side::Buy, Qty(30), Price(100));
/// market.submit_with(now, id(0, 0), &iceberg, &Terms::peak(Qty(10)), &mut index, &mut |_, told| tape.push(told));
/// let stop = Order::market(BookId(0), Side::Sell, Qty(5));
/// market.submit_with(now, id(0, 1), &stop, &Terms::stop(Price(98)), &mut index, &mut |_, told| tape.push(told));
/// assert_eq!(market.top().0.unwrap().qty, Qty(10));
///
/// // Whoever sells 25 meets it three times.
/// tape.clear();
/// let sell = Order::limit(BookId(0), Side::Sell, Qty(25), Price(100)).tif(Tif::Ioc);
/// market.submit(now, id(1, 0), &sell, &mut index, &mut |_, told| tape.push(told));
/// let traded = |told: &Told| if let Told::Trade { qty, .. } = told { Some(qty.0) } else { None };
/// assert_eq!(tape.iter().filter_map(traded).collect::<Vec<_>>(), [10, 10, 5]);
/// ```
#[derive(Clone, Debug)]
pub struct Market<B> {
    rules: MarketRules,
    /// How many orders have a slot in `rare`.
    live: u32,
    /// Orders rest hidden.
    veiled: bool,
    /// Orders of one agent must not trade with each other.
    prevents: bool,
    /// The displayed book trades by price and time.
    by_time: bool,
    /// Nothing follows from an order that comes to rest, or is cancelled: no price is followed, nothing waits to trade,
    /// and the day has nothing to say to it.
    calm: bool,
    /// When something is due next.
    due: Time,
    shown: B,
    last: Price,
    /// Orders with terms: from the first one on, or the first that needs more than a book.
    rare: Option<Box<Rare<B>>>,
    day: Option<Box<TradingDay>>,
    key: StreamKey,
}

impl<B: BookEngine> Market<B> {
    /// An empty market. Random peaks are drawn from the stream of `key`.
    pub fn new(rules: MarketRules, key: StreamKey) -> Market<B> {
        Market {
            last: rules.reference,
            prevents: rules.self_trade != SelfTrade::Allow,
            by_time: rules.matching == Matching::PriceTime,
            live: 0,
            veiled: false,
            calm: true,
            due: Time::MAX,
            shown: B::default(),
            rare: None,
            day: None,
            key,
            rules,
        }
    }

    /// The same market with a trading day. It is closed until the first one begins; bands and corridors begin around the
    /// reference price of its rules.
    ///
    /// # Errors
    /// What is wrong with the day; auctions at any tick in a market with a tick table.
    pub fn with_day(mut self, rules: DayRules) -> Result<Market<B>, DayError> {
        if rules.auction.candidates == Candidates::Ticks && self.rules.ticks != TickTable::default() {
            let range = "the limits, where there is a tick table";
            return Err(DayError::Range { field: "auction candidates", range });
        }
        self.day = Some(Box::new(TradingDay::new(rules, self.rules.reference, self.key)?));
        self.plan_ahead();
        Ok(self)
    }

    /// The phase of its day.
    #[inline]
    pub fn phase(&self) -> Phase {
        self.day.as_ref().map_or(Phase::Continuous, |day| day.phase())
    }

    /// Takes in a new order without terms.
    #[inline(always)]
    pub fn submit<I: OrderIndex>(
        &mut self,
        now: Time,
        id: OrderId,
        order: &Order,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        if self.calm && now < self.due {
            if !self.meets_anything(order) {
                return self.rest_plain(id, order, index, told);
            }
            let trades = order.tif == Tif::Ioc || order.tif == Tif::Gtc && !order.is_market();
            if self.by_time && trades {
                return self.trade_plain(now, id, order, index, told);
            }
        }
        self.submit_at_desk(now, id, order, index, told);
    }

    /// The same by the desk.
    #[inline(never)]
    fn submit_at_desk<I: OrderIndex>(
        &mut self,
        now: Time,
        id: OrderId,
        order: &Order,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        self.at_desk(now, index, told, |desk| desk.plain_order(id, order));
    }

    /// Takes in a new order with terms.
    pub fn submit_with<I: OrderIndex>(
        &mut self,
        now: Time,
        id: OrderId,
        order: &Order,
        terms: &Terms,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        self.at_desk(now, index, told, |desk| desk.new_order(now, id, order, terms));
    }

    /// Takes out what is left of an order.
    #[inline(always)]
    pub fn cancel<I: OrderIndex>(
        &mut self,
        now: Time,
        id: OrderId,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        match self.plain(now, id, index) {
            Plain::At(handle) => self.cancel_plain(id, handle, index, told),
            Plain::Gone => plain::refuse(id, Reject::TooLate, index, told),
            Plain::No => self.cancel_at_desk(now, id, index, told),
        }
    }

    #[inline(never)]
    fn cancel_at_desk<I: OrderIndex>(
        &mut self,
        now: Time,
        id: OrderId,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        self.at_desk(now, index, told, |desk| desk.cancel(id, CancelReason::Requested));
    }

    /// Makes an order smaller by `by`; it keeps its place.
    pub fn reduce<I: OrderIndex>(
        &mut self,
        now: Time,
        id: OrderId,
        by: Qty,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        match self.plain(now, id, index) {
            Plain::At(handle) if !by.is_zero() => self.reduce_plain(id, handle, by, index, told),
            _ => self.at_desk(now, index, told, |desk| desk.reduce(id, by)),
        }
    }

    /// Gives an order another price and open size.
    pub fn replace<I: OrderIndex>(
        &mut self,
        now: Time,
        id: OrderId,
        price: Price,
        qty: Qty,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        if let Plain::At(handle) = self.plain(now, id, index)
            && self.replace_plain((id, handle), (price, qty), index, told)
        {
            return;
        }
        self.at_desk(now, index, told, |desk| desk.replace(id, price, qty));
    }

    /// Carries out what is due by `now`, which every other call does first, too: all of it, so that a day which repeats
    /// has much to do until the end of time.
    pub fn advance<I: OrderIndex>(&mut self, now: Time, index: &mut I, told: &mut impl FnMut(&mut I, Told)) {
        if now >= self.due {
            self.at_desk(now, index, told, |_| {});
        }
    }

    /// The same, one time after another, each thing with the time at which it was due: for whoever wants to know it, before
    /// each message, because a message that has to do first what is due tells that without its time.
    pub fn catch_up<I: OrderIndex>(
        &mut self,
        now: Time,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Time, Told),
    ) {
        while let Some(due) = self.next_due().filter(|due| *due <= now) {
            self.advance(due, index, &mut |index, what| told(index, due, what));
        }
    }

    /// When something is due next: an order expires, or its day goes on. The end of time for never.
    #[inline]
    pub fn next_due(&self) -> Option<Time> {
        (self.due < Time::MAX).then_some(self.due)
    }

    /// Halts continuous trading, or a volatility call, for so long (§7.7 of the rule book); a volatility call
    /// follows. Nothing happens in other phases, and in a market without a day.
    pub fn halt<I: OrderIndex>(
        &mut self,
        now: Time,
        length: Span,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
    ) {
        self.force(now, index, told, |schedule, rules| {
            schedule.halt(now, length, (rules.volatility.length, rules.volatility.random_end))
        });
    }

    /// Ends the day: the market is closed until the next one begins. Nothing happens in a market without a day.
    pub fn end_day<I: OrderIndex>(&mut self, now: Time, index: &mut I, told: &mut impl FnMut(&mut I, Told)) {
        self.force(now, index, told, |schedule, _| schedule.end_day(now));
    }

    fn force<I: OrderIndex>(
        &mut self,
        now: Time,
        index: &mut I,
        told: &mut impl FnMut(&mut I, Told),
        how: impl FnOnce(&mut Schedule, &DayRules) -> Option<Change>,
    ) {
        self.at_desk(now, index, told, |desk| {
            let day = desk.back.day.as_mut();
            if let Some(change) = day.and_then(|day| how(&mut day.schedule, &day.rules)) {
                desk.go_over(&change, false);
            }
        });
    }

    /// A message: what is due first, the message itself, and what follows from it.
    fn at_desk<I: OrderIndex, T: FnMut(&mut I, Told)>(
        &mut self,
        now: Time,
        index: &mut I,
        told: &mut T,
        message: impl FnOnce(&mut Desk<'_, B, I, T>),
    ) {
        let rare = match &mut self.rare {
            Some(rare) => rare,
            none => first_need(none, self.key),
        };
        let day = self.day.as_deref_mut();
        let back = Back { last: &mut self.last, rare, index, told, day, linked: None };
        let mut desk = Desk { rules: &self.rules, shown: &mut self.shown, back };
        desk.catch_up(now);
        message(&mut desk);
        desk.settle();
        desk.look_around();
        self.plan_ahead();
    }

    /// Finds out what the next message has to look at.
    fn plan_ahead(&mut self) {
        let (live, calm, expires) = self.rare.as_ref().map_or((0, true, None), |rare| {
            (rare.live(), rare.is_calm(), rare.expiries.first().map(|&(time, _)| time))
        });
        let free = self.day.as_ref().is_none_or(|day| day.is_free());
        let goes_on = self.day.as_ref().map(|day| day.due());
        self.live = live;
        self.veiled = self.rare.as_ref().is_some_and(|rare| !rare.hidden.is_empty());
        self.calm = calm && free;
        self.due = [expires, goes_on].into_iter().flatten().min().unwrap_or(Time::MAX);
    }

    /// The displayed book, to be changed in nothing but what is written down of it.
    pub(crate) fn shown_mut(&mut self) -> &mut B {
        &mut self.shown
    }

    /// True while orders trade as they come.
    pub(crate) fn trades(&self) -> bool {
        self.day.as_ref().is_none_or(|day| day.trades())
    }
}

/// The first message that needs more than a book.
#[cold]
#[inline(never)]
fn first_need<B: BookEngine>(none: &mut Option<Box<Rare<B>>>, key: StreamKey) -> &mut Rare<B> {
    none.insert(Box::new(Rare::new(key)))
}

impl<B: BookEngine> Market<Leveled<B>> {
    /// From now on the market notes which of its displayed levels change, or no more.
    pub fn watch_levels(&mut self, on: bool) {
        self.shown.watch(on);
    }

    /// Tells the displayed levels that have changed since the last time ([`Leveled::tell`]): call it after each message.
    #[inline(always)]
    pub fn tell_levels(&mut self, told: &mut impl FnMut(Side, Level)) {
        self.shown.tell(told);
    }
}
