//! Reports on their way to agents that do not hear them.
//!
//! An agent whose type says so ([`Agent::HEARS_REPORTS`](crate::agent::Agent::HEARS_REPORTS)) is not called
//! when a report arrives, so nothing can happen then. Its account and its working orders need only be up to
//! date when it looks at them. So such a report is no event of the queue: it waits here, and is booked together
//! with others, or when the agent is called, whichever is first. What the agent sees is what it would have seen.

use crate::msg::packed::Delivery;
use crate::types::Time;

/// When something is due, and how many events were pushed before it: less is earlier.
pub(crate) type Due = (Time, u64);

/// Where a small group's reports wait, and those of a large one: so many that booking them together pays, so
/// few that looking through them does not cost more.
const FEWEST: usize = 64;
const MOST: usize = 256;
/// Members of a group for each place.
const SHARE: usize = 16;
/// So many reports ahead the memory of a member is fetched.
const AHEAD: usize = 6;

/// A report, and when it arrives.
#[derive(Clone, Copy, Debug)]
struct Mail {
    at: Time,
    number: u64,
    report: Delivery,
}

const _: () = assert!(size_of::<Mail>() == 64);

/// The reports that wait for the members of one group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox {
    /// In the order in which they were sent: that of their arrival, for the reports of one venue to one member.
    mail: Vec<Mail>,
    /// How many it takes: `room`, or none while it is closed.
    limit: usize,
    /// How many wait for the members whose number ends alike. Empty for a group that hears its reports.
    waiting: Vec<u16>,
    room: usize,
    /// So many reports more are not taken.
    closed_for: u32,
}

impl Inbox {
    /// An inbox of a group of so many that do not hear their reports.
    pub(crate) fn new(members: usize) -> Inbox {
        let room = (members / SHARE).next_power_of_two().clamp(FEWEST, MOST);
        let waiting = vec![0; room * SHARE];
        Inbox { mail: Vec::with_capacity(room), limit: room, waiting, room, closed_for: 0 }
    }

    /// True where reports may wait.
    #[inline]
    pub(crate) fn exists(&self) -> bool {
        self.room > 0
    }

    /// True when it takes one more report. If not, it may take one after it has been
    /// [collected](Inbox::collect), unless it [turns it away](Inbox::turns_away).
    #[inline(always)]
    pub(crate) fn takes(&self) -> bool {
        self.mail.len() < self.limit
    }

    /// True when a report has to take the way through the queue: so many are under way that the last
    /// collection left the inbox more than half full, and it is not yet time for another.
    pub(crate) fn turns_away(&mut self) -> bool {
        let closed = self.closed_for > 0;
        self.closed_for -= u32::from(closed);
        if self.closed_for == 0 {
            self.limit = self.room;
        }
        closed
    }

    fn bucket(&self, member: usize) -> usize {
        member & self.waiting.len().wrapping_sub(1)
    }

    /// True when something may wait for a member.
    #[inline]
    pub(crate) fn waits_for(&self, member: usize) -> bool {
        self.waiting.get(self.bucket(member)).is_some_and(|&count| count > 0)
    }

    /// A report that arrives at `due`.
    #[inline(always)]
    pub(crate) fn post(&mut self, due: Due, member: usize, report: Delivery) {
        let bucket = self.bucket(member);
        if let Some(count) = self.waiting.get_mut(bucket) {
            *count = count.wrapping_add(1); // at most `MOST`
        }
        self.mail.push(Mail { at: due.0, number: due.1, report });
    }

    /// Takes out what is due before `now` and hands it to `book`, with the place of the member, which is what
    /// `member` says. Some reports before its own turn, a member is told to `fetch`.
    #[inline]
    pub(crate) fn collect<B>(
        &mut self,
        now: Due,
        books: &mut B,
        member: impl Fn(&Delivery) -> usize,
        fetch: impl Fn(&B, usize),
        book: impl Fn(&mut B, usize, &Delivery),
    ) {
        let mut kept = 0;
        for n in 0..self.mail.len() {
            if let Some(next) = self.mail.get(n + AHEAD) {
                fetch(books, member(&next.report));
            }
            let mail = &self.mail[n];
            if mail.at < now.0 || mail.at == now.0 && mail.number < now.1 {
                let member = member(&mail.report);
                book(books, member, &mail.report);
                let bucket = self.bucket(member);
                if let Some(count) = self.waiting.get_mut(bucket) {
                    *count = count.wrapping_sub(1); // it counts this one
                }
            } else {
                self.mail[kept] = self.mail[n];
                kept += 1;
            }
        }
        self.mail.truncate(kept);
        if kept > self.room / 2 {
            self.closed_for = u32::try_from(self.room).unwrap_or(u32::MAX);
            self.limit = 0;
        }
    }
}
