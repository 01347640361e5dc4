//! A message as the queue holds it: six words, with its time and number one cache line.
//!
//! The messages of [`msg`](crate::msg) are made for people; a word for each of their fields, always in the
//! same place, is made for the kernel: contexts and venues write deliveries, the kernel passes them on without
//! asking what they are, and their words go into the digest.

use crate::digest::Digest;
use crate::msg::{CancelReason, Msg, Note, Order, Phase, Print, Reject, Report, Request, To};
use crate::types::{AgentId, BookId, Cash, GroupId, OrderId, Price, Qty, Side, Tif, Time, VenueId};

/// An event without its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// From the lowest bit: the receiver (32 bits: an agent, a group, or a venue in the low byte, a mark above
    /// it, and in the high half the group of the sender), the sort of message (8), its flags (8), and its book
    /// or, in what goes to an agent, that agent's group (16).
    head: u64,
    words: [u64; 5],
}

const _: () = assert!(size_of::<Delivery>() == 48);

/// The sorts of messages.
pub(crate) mod sort {
    pub(crate) const GROUP_CLOCK: u8 = 0;
    pub(crate) const VENUE_CLOCK: u8 = 1;
    pub(crate) const WAKE: u8 = 2;
    pub(crate) const TIMER: u8 = 3;
    pub(crate) const NEW: u8 = 4;
    pub(crate) const CANCEL: u8 = 5;
    pub(crate) const REDUCE: u8 = 6;
    pub(crate) const REPLACE: u8 = 7;
    pub(crate) const ACCEPTED: u8 = 8;
    pub(crate) const FILLED: u8 = 9;
    pub(crate) const REDUCED: u8 = 10;
    pub(crate) const CANCELLED: u8 = 11;
    pub(crate) const TRIGGERED: u8 = 12;
    pub(crate) const REJECTED: u8 = 13;
    pub(crate) const TRADE: u8 = 14;
    pub(crate) const MOVED: u8 = 15;
    pub(crate) const PHASE: u8 = 16;
    pub(crate) const INDICATIVE: u8 = 17;
    pub(crate) const NOTE: u8 = 18;
    pub(crate) const LIQUIDATED: u8 = 19;
    pub(crate) const COVERED: u8 = 20;
}

/// The highest of the flags.
const COUNTED: u64 = 1 << 47;
/// The mark of a new order that has terms: the flag above its side and its time in force.
const TERMS: u64 = 1 << 43;
/// The mark of a request that has been through its venue's gateway.
const SERVED: u64 = 1 << 8;

#[inline(always)]
const fn head(to: u32, sort: u8, flags: u8, book: u16) -> u64 {
    to as u64 | (sort as u64) << 32 | (flags as u64) << 40 | (book as u64) << 48
}

#[allow(clippy::cast_possible_truncation)] // the fields of a head, and what was put into a word
impl Delivery {
    #[inline(always)]
    const fn new(head: u64, words: [u64; 5]) -> Delivery {
        Delivery { head, words }
    }

    /// A tick of a group's clock, which wakes `member`.
    #[inline(always)]
    pub(crate) const fn group_clock(group: GroupId, member: u32) -> Delivery {
        Delivery::new(head(group.0 as u32, sort::GROUP_CLOCK, 0, 0), [member as u64, 0, 0, 0, 0])
    }

    /// A timer of a venue.
    #[inline(always)]
    pub(crate) const fn venue_clock(venue: VenueId) -> Delivery {
        Delivery::new(head(venue.0 as u32, sort::VENUE_CLOCK, 0, 0), [0; 5])
    }

    /// A wake-up or, with a tag, a timer of an agent.
    #[inline(always)]
    pub(crate) fn wake(to: AgentId, tag: Option<u32>, group: GroupId) -> Delivery {
        let sort = if tag.is_some() { sort::TIMER } else { sort::WAKE };
        let word = u64::from(tag.unwrap_or_default());
        Delivery::new(head(to.0, sort, 0, group.0), [word, 0, 0, 0, 0])
    }

    /// A note from one agent to another, to be [addressed](Delivery::for_group).
    #[inline(always)]
    pub(crate) const fn note(to: AgentId, note: &Note) -> Delivery {
        let words = [note.from.0 as u64, note.topic as u64, note.a as u64, note.b as u64, 0];
        Delivery::new(head(to.0, sort::NOTE, 0, 0), words)
    }

    /// A request, to be [addressed](Delivery::at_venue).
    #[inline(always)]
    pub(crate) const fn request(req: &Request) -> Delivery {
        let (sort, flags, words) = match *req {
            Request::New { id, order: Order { side, tif, qty, price, .. } } => {
                (sort::NEW, side as u8 | (tif as u8) << 1, [id.0, price.0 as u64, qty.0, 0, 0])
            }
            Request::Cancel { id, .. } => (sort::CANCEL, 0, [id.0, 0, 0, 0, 0]),
            Request::Reduce { id, by, .. } => (sort::REDUCE, 0, [id.0, 0, by.0, 0, 0]),
            Request::Replace { id, price, qty, .. } => {
                (sort::REPLACE, 0, [id.0, price.0 as u64, qty.0, 0, 0])
            }
        };
        Delivery::new(head(0, sort, flags, req.book().0), words)
    }

    /// A new order whose terms lie at `place`.
    #[inline]
    pub(crate) const fn with_terms(mut self, place: u32) -> Delivery {
        self.head |= TERMS;
        self.words[3] = place as u64;
        self
    }

    /// Where the terms of a new order lie, if it has any.
    #[inline(always)]
    pub(crate) const fn terms(&self) -> Option<u32> {
        if self.sort() == sort::NEW && self.head & TERMS != 0 { Some(self.words[3] as u32) } else { None }
    }

    /// A request on its way from an agent of `group` to a venue.
    #[inline(always)]
    pub(crate) const fn at_venue(mut self, to: VenueId, group: GroupId) -> Delivery {
        self.head |= to.0 as u64 | (group.0 as u64) << 16;
        self
    }

    /// The request once more, for when it has been through its venue's gateway.
    #[inline]
    pub(crate) const fn served(mut self) -> Delivery {
        self.head |= SERVED;
        self
    }

    /// True when a request has been through its venue's gateway.
    #[inline]
    pub(crate) const fn is_served(&self) -> bool {
        self.head & SERVED != 0
    }

    /// A report to the owner of its order, to be [addressed](Delivery::for_group).
    #[inline(always)]
    pub(crate) const fn report(report: &Report) -> Delivery {
        let (sort, flags, words) = match *report {
            Report::Accepted { id, price, left } => (sort::ACCEPTED, 0, [id.0, price.0 as u64, 0, left.0, 0]),
            Report::Filled { id, price, qty, left, fee, maker } => {
                (sort::FILLED, maker as u8, [id.0, price.0 as u64, qty.0, left.0, fee.0 as u64])
            }
            Report::Reduced { id, left, why } => (sort::REDUCED, why as u8, [id.0, 0, 0, left.0, 0]),
            Report::Cancelled { id, left, why } => (sort::CANCELLED, why as u8, [id.0, 0, 0, left.0, 0]),
            Report::Triggered { id, left } => (sort::TRIGGERED, 0, [id.0, 0, 0, left.0, 0]),
            Report::Rejected { id, why, open } => (sort::REJECTED, open as u8, [id.0, why as u64, 0, 0, 0]),
            Report::Liquidated { id, book, side, price, qty, fee } => {
                let words = [id.0, price.0 as u64, qty.0, book.0 as u64, fee.0 as u64];
                (sort::LIQUIDATED, side as u8, words)
            }
            Report::Covered { id, book, loss } => {
                (sort::COVERED, 0, [id.0, 0, 0, book.0 as u64, loss.0 as u64])
            }
        };
        Delivery::new(head(report.id().agent().0, sort, flags, 0), words)
    }

    /// A report or a note to an agent of `group`.
    #[inline(always)]
    pub(crate) const fn for_group(mut self, group: GroupId) -> Delivery {
        self.head |= (group.0 as u64) << 48;
        self
    }

    /// A report that has been folded into the digest already, when it was sent.
    #[inline(always)]
    pub(crate) const fn counted(mut self) -> Delivery {
        self.head |= COUNTED;
        self
    }

    /// True for a report that was folded into the digest when it was sent.
    #[inline(always)]
    pub(crate) const fn is_counted(&self) -> bool {
        self.head & COUNTED != 0
    }

    /// A public message to a group.
    #[inline(always)]
    pub(crate) const fn print(to: GroupId, print: &Print) -> Delivery {
        let (sort, flags, words) = match *print {
            Print::Trade { price, qty, aggressor, .. } => {
                (sort::TRADE, aggressor_code(aggressor), [price.0 as u64, qty.0, 0, 0, 0])
            }
            Print::Moved { .. } => (sort::MOVED, 0, [0; 5]),
            Print::Phase { phase, .. } => (sort::PHASE, phase as u8, [0; 5]),
            Print::Indicative { price, volume, surplus, .. } => {
                (sort::INDICATIVE, 0, [price.0 as u64, volume.0, surplus as u64, 0, 0])
            }
        };
        let group = to.0 as u32;
        Delivery::new(head(group, sort, flags, print.book().0), words)
    }

    /// What sort of message it is.
    #[inline(always)]
    pub(crate) const fn sort(&self) -> u8 {
        (self.head >> 32) as u8
    }

    /// The member that a group's clock wakes.
    #[inline(always)]
    pub(crate) const fn member(&self) -> u32 {
        self.words[0] as u32
    }

    /// The agent that gets it.
    #[inline(always)]
    pub(crate) const fn agent(&self) -> AgentId {
        AgentId(self.head as u32)
    }

    /// The group that gets it.
    #[inline(always)]
    pub(crate) const fn group(&self) -> GroupId {
        GroupId(self.head as u16)
    }

    /// The venue that gets it.
    #[inline(always)]
    pub(crate) const fn venue(&self) -> VenueId {
        VenueId(self.head as u8)
    }

    /// The group of the agent that gets it.
    #[inline(always)]
    pub(crate) const fn group_of_agent(&self) -> GroupId {
        GroupId((self.head >> 48) as u16)
    }

    /// The group of the agent that sent a request.
    #[inline(always)]
    pub(crate) const fn group_of_sender(&self) -> GroupId {
        GroupId((self.head >> 16) as u16)
    }

    #[inline(always)]
    const fn flags(&self) -> u8 {
        ((self.head & !COUNTED) >> 40) as u8
    }

    /// The book of a request or a public message.
    #[inline(always)]
    pub(crate) const fn book(&self) -> BookId {
        BookId((self.head >> 48) as u16)
    }

    /// The order that a request or a report is about.
    #[inline(always)]
    pub(crate) const fn order(&self) -> OrderId {
        OrderId(self.words[0])
    }

    /// The price and the size of a fill.
    #[inline(always)]
    pub(crate) const fn fill(&self) -> (Price, Qty) {
        (Price(self.words[1] as i64), Qty(self.words[2]))
    }

    /// Where a venue has traded for an agent or covered its loss, and the side.
    #[inline]
    pub(crate) const fn closing(&self) -> (BookId, Side) {
        (BookId(self.words[3] as u16), side(self.flags() & 1))
    }

    /// The fee of a fill, or what a venue has covered.
    #[inline(always)]
    pub(crate) const fn fee(&self) -> Cash {
        Cash(self.words[4] as i64)
    }

    /// True when a fill's order rested.
    pub(crate) const fn is_maker(&self) -> bool {
        self.flags() != 0
    }

    /// What a report says is left of its order; nothing in a rejection.
    #[inline(always)]
    pub(crate) const fn left(&self) -> Qty {
        Qty(self.words[3])
    }

    /// True when its order is over with this report.
    #[inline(always)]
    pub(crate) const fn ends(&self) -> bool {
        match self.sort() {
            sort::FILLED => self.words[3] == 0,
            sort::CANCELLED => true,
            sort::REJECTED => self.flags() == 0,
            _ => false,
        }
    }

    /// The tag of a timer.
    #[inline(always)]
    pub(crate) const fn tag(&self) -> u32 {
        self.words[0] as u32
    }

    /// A delivery of one of the four sorts of requests as what it is.
    #[inline(always)]
    pub(crate) const fn as_request(&self) -> Request {
        let (id, book) = (OrderId(self.words[0]), self.book());
        let (price, qty) = (Price(self.words[1] as i64), Qty(self.words[2]));
        match self.sort() {
            sort::CANCEL => Request::Cancel { id, book },
            sort::REDUCE => Request::Reduce { id, book, by: qty },
            sort::REPLACE => Request::Replace { id, book, price, qty },
            _ => {
                let tif = match self.flags() >> 1 & 3 {
                    0 => Tif::Gtc,
                    1 => Tif::Ioc,
                    2 => Tif::Fok,
                    _ => Tif::PostOnly,
                };
                Request::New { id, order: Order { book, side: side(self.flags() & 1), tif, qty, price } }
            }
        }
    }

    /// A delivery of one of the eight sorts of reports as what it is.
    #[inline(always)]
    pub(crate) const fn as_report(&self) -> Report {
        let [id, price, qty, left, fee] = self.words;
        let (id, left) = (OrderId(id), Qty(left));
        match self.sort() {
            sort::ACCEPTED => Report::Accepted { id, price: Price(price as i64), left },
            sort::REDUCED => Report::Reduced { id, left, why: reason(self.flags()) },
            sort::CANCELLED => Report::Cancelled { id, left, why: reason(self.flags()) },
            sort::TRIGGERED => Report::Triggered { id, left },
            sort::REJECTED => Report::Rejected { id, why: reject(price), open: self.flags() != 0 },
            sort::LIQUIDATED => {
                let (book, side) = self.closing();
                let (price, qty, fee) = (Price(price as i64), Qty(qty), Cash(fee as i64));
                Report::Liquidated { id, book, side, price, qty, fee }
            }
            sort::COVERED => Report::Covered { id, book: self.closing().0, loss: Cash(fee as i64) },
            _ => Report::Filled {
                id,
                price: Price(price as i64),
                qty: Qty(qty),
                left,
                fee: Cash(fee as i64),
                maker: self.flags() != 0,
            },
        }
    }

    /// A delivery of one of the four sorts of prints as what it is.
    #[inline(always)]
    pub(crate) const fn as_print(&self) -> Print {
        let book = self.book();
        match self.sort() {
            sort::MOVED => Print::Moved { book },
            sort::PHASE => Print::Phase { book, phase: phase(self.flags()) },
            sort::INDICATIVE => Print::Indicative {
                book,
                price: Price(self.words[0] as i64),
                volume: Qty(self.words[1]),
                surplus: self.words[2] as i64,
            },
            _ => Print::Trade {
                book,
                price: Price(self.words[0] as i64),
                qty: Qty(self.words[1]),
                aggressor: aggressor(self.flags()),
            },
        }
    }

    /// A note as what it is.
    #[inline(always)]
    pub(crate) const fn as_note(&self) -> Note {
        let [from, topic, a, b, _] = self.words;
        Note { from: AgentId(from as u32), topic: topic as u32, a: a as i64, b: b as i64 }
    }

    /// The delivery as receiver and message.
    pub(crate) fn open(&self) -> (To, Msg) {
        let (agent, group, venue) = (self.agent(), self.group(), self.venue());
        match self.sort() {
            sort::GROUP_CLOCK => (To::Group(group), Msg::Clock),
            sort::VENUE_CLOCK => (To::Venue(venue), Msg::Clock),
            sort::WAKE => (To::Agent(agent), Msg::Wake { tag: None }),
            sort::TIMER => (To::Agent(agent), Msg::Wake { tag: Some(self.tag()) }),
            sort::NEW..=sort::REPLACE if self.is_served() => {
                (To::Venue(venue), Msg::Served(self.as_request()))
            }
            sort::NEW..=sort::REPLACE => (To::Venue(venue), Msg::Request(self.as_request())),
            sort::ACCEPTED..=sort::REJECTED | sort::LIQUIDATED | sort::COVERED => {
                (To::Agent(agent), Msg::Report(self.as_report()))
            }
            sort::NOTE => (To::Agent(agent), Msg::Note(self.as_note())),
            _ => (To::Group(group), Msg::Print(self.as_print())),
        }
    }

    /// Folds the event into the digest: its time, its receiver and every field of its message. Those are in
    /// the first `WORDS` words (1, 3 or 5); which is known where it is delivered.
    #[inline(always)]
    pub(crate) fn fold<const WORDS: usize>(&self, at: Time, digest: &mut Digest) {
        let [a, b, c, d, e] = self.words;
        // Where an order's terms lie says nothing of them; they are folded in where they are read.
        debug_assert!(self.terms().is_some() || self.words[WORDS..].iter().all(|&word| word == 0));
        let at = at.nanos() as u64;
        match WORDS {
            1 => digest.three([at, self.head, a]),
            3 => digest.five([at, self.head, a, b, c]),
            _ => digest.seven([at, self.head, a, b, c, d, e]),
        }
    }
}

#[inline(always)]
const fn side(bit: u8) -> Side {
    if bit == 0 { Side::Buy } else { Side::Sell }
}

/// The number of the side of an incoming order, or of none.
#[inline(always)]
pub(crate) const fn aggressor_code(side: Option<Side>) -> u8 {
    match side {
        Some(side) => side as u8,
        None => 2,
    }
}

#[inline(always)]
const fn aggressor(code: u8) -> Option<Side> {
    if code == 2 { None } else { Some(side(code)) }
}

#[inline(always)]
const fn reject(code: u64) -> Reject {
    match code {
        0 => Reject::UnknownBook,
        1 => Reject::BadQty,
        2 => Reject::BadPrice,
        3 => Reject::WouldTrade,
        4 => Reject::NotFilled,
        5 => Reject::TooLate,
        6 => Reject::DuplicateId,
        7 => Reject::NotYours,
        8 => Reject::Closed,
        9 => Reject::RateLimit,
        10 => Reject::QueueFull,
        11 => Reject::BadTerms,
        12 => Reject::BadTime,
        13 => Reject::TradeThrough,
        14 => Reject::OutsideBands,
        15 => Reject::NoMargin,
        _ => Reject::ShortSale,
    }
}

#[inline(always)]
const fn reason(code: u8) -> CancelReason {
    match code {
        0 => CancelReason::Requested,
        1 => CancelReason::TimeInForce,
        2 => CancelReason::SelfTrade,
        3 => CancelReason::Expired,
        4 => CancelReason::Linked,
        5 => CancelReason::Venue,
        6 => CancelReason::TradeThrough,
        _ => CancelReason::Liquidation,
    }
}

#[inline(always)]
const fn phase(code: u8) -> Phase {
    match code {
        0 => Phase::Continuous,
        1 => Phase::Closed,
        2 => Phase::PreOpen,
        3 => Phase::Opening,
        4 => Phase::Volatility,
        5 => Phase::Closing,
        _ => Phase::Halted,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOME: GroupId = GroupId(60_003);

    fn requests() -> impl Strategy<Value = Request> {
        let tif = prop_oneof![Just(Tif::Gtc), Just(Tif::Ioc), Just(Tif::Fok), Just(Tif::PostOnly)];
        let numbers = (any::<u64>(), any::<u16>(), any::<i64>(), any::<u64>(), 0u8..4);
        (numbers, any::<bool>(), tif).prop_map(|((id, book, price, qty, sort), sell, tif)| {
            let (id, book, price, qty) = (OrderId(id), BookId(book), Price(price), Qty(qty));
            let side = if sell { Side::Sell } else { Side::Buy };
            match sort {
                0 => Request::New { id, order: Order { book, side, tif, qty, price } },
                1 => Request::Cancel { id, book },
                2 => Request::Reduce { id, book, by: qty },
                _ => Request::Replace { id, book, price, qty },
            }
        })
    }

    fn reports() -> impl Strategy<Value = Report> {
        let numbers = (any::<u64>(), any::<i64>(), any::<u64>(), any::<u64>(), any::<i64>());
        (numbers, any::<bool>(), 0u8..8, 0u8..17).prop_map(
            |((id, price, qty, left, fee), flag, sort, why)| {
                let book = BookId((left & 0xffff) as u16);
                let side = if flag { Side::Sell } else { Side::Buy };
                let (id, price, qty, left) = (OrderId(id), Price(price), Qty(qty), Qty(left));
                match sort {
                    0 => Report::Accepted { id, price, left },
                    1 => Report::Filled { id, price, qty, left, fee: Cash(fee), maker: flag },
                    2 => Report::Reduced { id, left, why: reason(why % 8) },
                    3 => Report::Cancelled { id, left, why: reason(why % 8) },
                    4 => Report::Triggered { id, left },
                    5 => Report::Liquidated { id, book, side, price, qty, fee: Cash(fee) },
                    6 => Report::Covered { id, book, loss: Cash(fee) },
                    _ => Report::Rejected { id, why: reject(u64::from(why)), open: flag },
                }
            },
        )
    }

    fn prints() -> impl Strategy<Value = Print> {
        (any::<u16>(), any::<i64>(), any::<u64>(), any::<i64>(), any::<bool>(), 0u8..9).prop_map(
            |(book, price, qty, surplus, flag, sort)| {
                let book = BookId(book);
                match sort {
                    0 => {
                        let aggressor = (surplus > 0).then_some(if flag { Side::Sell } else { Side::Buy });
                        Print::Trade { book, price: Price(price), qty: Qty(qty), aggressor }
                    }
                    1 => Print::Moved { book },
                    2 => Print::Indicative { book, price: Price(price), volume: Qty(qty), surplus },
                    code => Print::Phase { book, phase: phase(code - 2) },
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            (req, report, print) in (requests(), reports(), prints()),
            (to, tag, topic, a, b) in (any::<u32>(), any::<Option<u32>>(), any::<u32>(), any::<i64>(), any::<i64>()),
        ) {
            let (agent, group, venue) = (AgentId(to), GroupId::from_index(to as usize), VenueId::from_index(to as usize));
            let open = |delivery: Delivery| delivery.open();
            prop_assert_eq!(open(Delivery::request(&req).at_venue(venue, HOME)), (To::Venue(venue), Msg::Request(req)));
            let served = Delivery::request(&req).at_venue(venue, HOME).served();
            prop_assert_eq!((open(served), served.group_of_sender()), ((To::Venue(venue), Msg::Served(req)), HOME));
            prop_assert_eq!(open(Delivery::report(&report).for_group(HOME)), (To::Agent(report.id().agent()), Msg::Report(report)));
            prop_assert_eq!(Delivery::report(&report).ends(), ends(&report));
            prop_assert_eq!(open(Delivery::print(group, &print)), (To::Group(group), Msg::Print(print)));
            prop_assert_eq!(open(Delivery::wake(agent, tag, HOME)), (To::Agent(agent), Msg::Wake { tag }));
            let note = Note { from: agent, topic, a, b };
            prop_assert_eq!(open(Delivery::note(agent, &note).for_group(HOME)), (To::Agent(agent), Msg::Note(note)));
            prop_assert_eq!(open(Delivery::group_clock(group, tag.unwrap_or(7))), (To::Group(group), Msg::Clock));
            prop_assert_eq!(open(Delivery::venue_clock(venue)), (To::Venue(venue), Msg::Clock));
        }
    }

    fn ends(report: &Report) -> bool {
        match *report {
            Report::Filled { left, .. } => left.is_zero(),
            Report::Cancelled { .. } => true,
            Report::Rejected { open, .. } => !open,
            _ => false,
        }
    }

    #[test]
    fn reasons_keep_their_codes() {
        for code in 0..16 {
            assert_eq!(reject(code) as u64, code);
        }
        for code in 0..8 {
            assert_eq!(reason(code) as u8, code);
        }
        for code in 0..7 {
            assert_eq!(phase(code) as u8, code);
        }
    }
}
