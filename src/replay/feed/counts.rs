//! What a tape of DBN records says in numbers.

use std::collections::BTreeMap;
use std::path::Path;

use prism_sinks::tape::dbn::{Action, Flags, Record};

/// Records by what they say.
#[derive(Clone, Debug, Default)]
pub(in crate::replay) struct Counts {
    /// By [`Action`].
    actions: [u64; 7],
    /// Traded size, by the aggressors' records.
    volume: u64,
    bad_times: u64,
    maybe_bad_books: u64,
    /// Whether the record before was the last of its event.
    whole: bool,
    /// Whether any record was.
    marked: bool,
}

impl Counts {
    #[inline]
    pub(super) fn look(&mut self, record: &Record) {
        let (action, flags) = (record.action(), record.flags());
        self.actions[action as usize] += 1;
        if action == Action::Trade {
            self.volume += u64::from(record.size());
        }
        // Records of a snapshot were never received: the flag is no news there.
        let doubted = flags.has(Flags::BAD_TS_RECV) && !flags.has(Flags::SNAPSHOT);
        self.bad_times += u64::from(doubted);
        self.maybe_bad_books += u64::from(flags.has(Flags::MAYBE_BAD_BOOK));
        self.whole = flags.last();
        self.marked |= flags.last();
    }

    /// Records by the letter of their action, without those that do not occur.
    pub(in crate::replay) fn actions(&self) -> BTreeMap<char, u64> {
        use Action::{Add, Cancel, Clear, Fill, Modify, None, Trade};
        let all = [Add, Cancel, Modify, Clear, Trade, Fill, None];
        let counted = all.into_iter().map(|action| (action.letter(), self.actions[action as usize]));
        counted.filter(|&(_, count)| count > 0).collect()
    }

    /// Traded size.
    pub(in crate::replay) fn volume(&self) -> u64 {
        self.volume
    }

    /// A sentence for each kind of doubt about a tape that was read to its end.
    pub(super) fn warnings(&self, path: &Path) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |what: String| warnings.push(format!("{}: {what}", path.display()));
        if self.maybe_bad_books > 0 {
            warn(format!(
                "the vendor doubts the book at {} (flag MAYBE_BAD_BOOK): messages were lost before",
                records(self.maybe_bad_books)
            ));
        }
        if self.bad_times > 0 {
            warn(format!(
                "the vendor doubts the time of receipt of {} (flag BAD_TS_RECV)",
                records(self.bad_times)
            ));
        }
        if self.marked && !self.whole {
            warn(
                "the tape ends inside an event (its last record lacks the flag LAST): it may be truncated"
                    .to_owned(),
            );
        }
        warnings
    }
}

fn records(count: u64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}
