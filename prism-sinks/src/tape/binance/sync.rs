//! Which updates belong to a book, and in which order: the rule of the exchange for a local order book.

use super::message::Depth;

/// The most levels that wait for a snapshot; at the busiest, minutes of a liquid symbol.
const MOST_WAITING: usize = 1 << 20;

/// Brings snapshots and updates into step.
///
/// Updates that come before a snapshot wait for it. Then those go that the snapshot contains (spot: last id up to
/// the snapshot's; futures: below it), and from there on every update must follow the one before: on spot its first
/// id is the next one, on futures it names the last id of the message before. An update that does not is a [`Gap`];
/// the book then waits for the next snapshot. A snapshot that is no newer than the book is passed over.
#[derive(Debug, Default)]
pub struct BookSync {
    /// Id of the update applied last; `None` while the book waits for a snapshot.
    last: Option<u64>,
    /// The book is the snapshot alone: the first update may begin before it ends.
    fresh: bool,
    waiting: Vec<Waiting>,
    /// Their levels, one after the other: bids, asks.
    levels: [Vec<(i64, u64)>; 2],
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    ids: Depth,
    /// How many of the levels are its: bids, asks.
    count: [usize; 2],
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Apply its levels.
    Now,
    /// It waits for a snapshot, and is kept.
    Later,
    /// It is part of the book already.
    Known,
}

/// An update that does not follow the one before: messages between were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Id of the update before.
    pub last: u64,
    /// The update.
    pub update: Depth,
}

/// More updates without a snapshot than are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// Updates that wait.
    pub updates: usize,
}

impl BookSync {
    /// Id of the last update in the book; `None` while it waits for a snapshot.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// Updates that wait for a snapshot.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// A snapshot that contains all updates up to `last`. [`Applied::Now`] makes the book of its levels; then
    /// [`catch_up`](BookSync::catch_up) has the updates that waited for it.
    pub fn snapshot(&mut self, last: u64) -> Applied {
        if self.last.is_some_and(|known| last <= known) {
            return Applied::Known;
        }
        (self.last, self.fresh) = (Some(last), true);
        Applied::Now
    }

    /// Hands out the updates that waited for a snapshot and are not in it, oldest first, as bids and asks to apply.
    /// Gives how many these were and how many the snapshot contained.
    ///
    /// # Errors
    /// One does not follow the one before. The book waits for another snapshot, and with it that update and those
    /// behind it.
    pub fn catch_up(
        &mut self,
        mut apply: impl FnMut(&[(i64, u64)], &[(i64, u64)]),
    ) -> Result<(u64, u64), Gap> {
        let mut at = [0; 2];
        let (mut applied, mut known) = (0, 0);
        for index in 0..self.waiting.len() {
            let Waiting { ids, count } = self.waiting[index];
            let next = [at[0] + count[0], at[1] + count[1]];
            match self.follow(&ids) {
                Ok(true) => {
                    apply(&self.levels[0][at[0]..next[0]], &self.levels[1][at[1]..next[1]]);
                    applied += 1;
                }
                Ok(false) => known += 1,
                Err(gap) => {
                    self.waiting.drain(..index);
                    self.levels[0].drain(..at[0]);
                    self.levels[1].drain(..at[1]);
                    return Err(gap);
                }
            }
            at = next;
        }
        self.waiting.clear();
        self.levels.iter_mut().for_each(Vec::clear);
        Ok((applied, known))
    }

    /// An update with its levels.
    ///
    /// # Errors
    /// It does not follow the one before. The book waits for a snapshot from now on, and the update with it.
    pub fn update(&mut self, ids: &Depth, bids: &[(i64, u64)], asks: &[(i64, u64)]) -> Result<Applied, Gap> {
        let due = if self.last.is_some() { self.follow(ids) } else { Ok(true) };
        if self.last.is_none() {
            self.waiting.push(Waiting { ids: *ids, count: [bids.len(), asks.len()] });
            self.levels[0].extend_from_slice(bids);
            self.levels[1].extend_from_slice(asks);
            return due.map(|_| Applied::Later);
        }
        due.map(|now| if now { Applied::Now } else { Applied::Known })
    }

    /// Whether no more updates than the bound wait for a snapshot.
    ///
    /// # Errors
    /// More do; memory would grow with the tape.
    pub fn check(&self) -> Result<(), TooMany> {
        let levels = self.levels.iter().map(Vec::len).sum::<usize>() + self.waiting.len();
        if levels <= MOST_WAITING { Ok(()) } else { Err(TooMany { updates: self.waiting.len() }) }
    }

    /// Whether an update is to be applied; false if the snapshot contains it.
    fn follow(&mut self, ids: &Depth) -> Result<bool, Gap> {
        let Some(last) = self.last else { return Ok(false) };
        if self.fresh {
            let known = match ids.previous {
                Some(_) => ids.last < last,
                None => ids.last <= last,
            };
            if known {
                return Ok(false);
            }
        }
        let follows = match (ids.previous, self.fresh) {
            (Some(previous), false) => previous == last,
            // The snapshot lies between the update before and the end of this one.
            (Some(previous), true) => previous <= last,
            (None, false) => Some(ids.first) == last.checked_add(1),
            (None, true) => ids.first <= last.saturating_add(1),
        };
        if !follows {
            self.last = None;
            return Err(Gap { last, update: *ids });
        }
        (self.last, self.fresh) = (Some(ids.last), false);
        Ok(true)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn spot(first: u64, last: u64) -> Depth {
        Depth { time_ms: 0, first, last, previous: None }
    }

    fn futures(first: u64, last: u64, previous: u64) -> Depth {
        Depth { previous: Some(previous), ..spot(first, last) }
    }

    fn update(sync: &mut BookSync, ids: Depth) -> Result<Applied, Gap> {
        sync.update(&ids, &[(1, ids.last)], &[])
    }

    fn caught_up(sync: &mut BookSync) -> (Vec<u64>, Result<(u64, u64), Gap>) {
        let mut sizes = Vec::new();
        let ended = sync.catch_up(|bids, _| sizes.extend(bids.iter().map(|level| level.1)));
        (sizes, ended)
    }

    #[test]
    fn spot_drops_what_the_snapshot_contains() {
        let mut sync = BookSync::default();
        for (first, last) in [(1, 4), (5, 9), (10, 12), (13, 13)] {
            assert_eq!(update(&mut sync, spot(first, last)), Ok(Applied::Later));
        }
        assert_eq!((sync.snapshot(9), sync.last()), (Applied::Now, Some(9)));
        assert_eq!(caught_up(&mut sync), (vec![12, 13], Ok((2, 2))));
        assert_eq!(update(&mut sync, spot(14, 20)), Ok(Applied::Now));
        assert_eq!(update(&mut sync, spot(22, 23)), Err(Gap { last: 20, update: spot(22, 23) }));
        assert_eq!((sync.last(), sync.waiting()), (None, 1));
        assert_eq!(update(&mut sync, spot(24, 30)), Ok(Applied::Later));
        assert_eq!(sync.snapshot(22), Applied::Now);
        assert_eq!(caught_up(&mut sync), (vec![23, 30], Ok((2, 0))));
    }

    #[test]
    fn futures_keep_the_update_that_ends_with_the_snapshot() {
        let mut sync = BookSync::default();
        for (first, last, previous) in [(1, 4, 0), (6, 9, 4), (11, 15, 9)] {
            assert_eq!(update(&mut sync, futures(first, last, previous)), Ok(Applied::Later));
        }
        assert_eq!(sync.snapshot(9), Applied::Now);
        assert_eq!(caught_up(&mut sync), (vec![9, 15], Ok((2, 1))));
        assert_eq!(update(&mut sync, futures(20, 22, 15)), Ok(Applied::Now));
        assert!(update(&mut sync, futures(24, 25, 23)).is_err());
    }

    #[test]
    fn a_snapshot_that_is_too_old_leaves_a_gap() {
        let mut sync = BookSync::default();
        assert_eq!(update(&mut sync, spot(10, 12)), Ok(Applied::Later));
        assert_eq!(update(&mut sync, spot(13, 14)), Ok(Applied::Later));
        assert_eq!(sync.snapshot(8), Applied::Now);
        assert_eq!(caught_up(&mut sync), (vec![], Err(Gap { last: 8, update: spot(10, 12) })));
        assert_eq!(sync.waiting(), 2);
        assert_eq!(sync.snapshot(12), Applied::Now);
        assert_eq!(caught_up(&mut sync), (vec![14], Ok((1, 1))));
        assert_eq!(sync.snapshot(13), Applied::Known);
        assert_eq!(update(&mut sync, spot(15, 15)), Ok(Applied::Now));
    }

    #[test]
    fn an_update_behind_the_snapshot_may_be_in_it() {
        let mut sync = BookSync::default();
        assert_eq!(sync.snapshot(8), Applied::Now);
        assert_eq!(update(&mut sync, spot(5, 8)), Ok(Applied::Known));
        assert_eq!(update(&mut sync, spot(7, 9)), Ok(Applied::Now));
        assert!(update(&mut sync, spot(9, 10)).is_err());
    }

    #[test]
    fn no_more_waits_than_the_bound() {
        let mut sync = BookSync::default();
        let levels = vec![(1, 1); MOST_WAITING / 2];
        sync.update(&spot(1, 1), &levels, &[]).unwrap();
        assert_eq!(sync.check(), Ok(()));
        sync.update(&spot(2, 2), &[], &levels).unwrap();
        assert_eq!(sync.check(), Err(TooMany { updates: 2 }));
    }
}
