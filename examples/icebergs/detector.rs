//! Ties displayed orders together that are likely to be peaks of one iceberg.

use std::collections::BTreeMap;

use prism::core::market::BookAction;
use prism::core::types::{Price, Qty, Side, Span, Time};

use crate::flow::{Message, Tape};

/// A displayed order.
#[derive(Clone, Copy, Debug)]
struct Peak {
    number: u32,
    size: Qty,
    /// How many have been tied together before it.
    before: u32,
}

/// Reads the feed, and nothing else.
#[derive(Debug)]
pub(crate) struct Detector {
    window: Span,
    same_size: bool,
    displayed: BTreeMap<u32, Peak>,
    /// Those that have traded in full, and when.
    used_up: BTreeMap<(Side, Price), Vec<(Time, Peak)>>,
    /// An order, and what is taken for its next peak.
    ties: Vec<(u32, u32)>,
}

impl Detector {
    /// A detector that takes an order for the next peak if it comes at the same price at most `window` after another
    /// has traded in full, and, if that is wanted, with the size of that one.
    pub(crate) fn new(window: Span, same_size: bool) -> Detector {
        let (displayed, used_up) = (BTreeMap::new(), BTreeMap::new());
        Detector { window, same_size, displayed, used_up, ties: Vec::new() }
    }

    /// The order that one of this size is the next peak of, if it is one. Of several that could be, the one of the same
    /// size, then the one that has had most peaks, then the first.
    fn before(&mut self, at: Time, level: (Side, Price), qty: Qty) -> Option<Peak> {
        let used_up = self.used_up.get_mut(&level)?;
        used_up.retain(|(time, _)| at - *time <= self.window);
        let could_be = used_up.iter().rev().filter(|(_, peak)| !self.same_size || peak.size == qty);
        let (_, best) = could_be.max_by_key(|(_, peak)| (peak.size == qty, peak.before))?;
        let best = *best;
        used_up.retain(|(_, peak)| peak.number != best.number);
        Some(best)
    }

    /// The next message.
    pub(crate) fn see(&mut self, message: &Message) {
        let Message { at, number, event } = *message;
        let level = (event.side, event.price);
        match event.action {
            BookAction::Add => {
                let before = self.before(at, level, event.qty);
                self.ties.extend(before.map(|before| (before.number, number)));
                let peaks = before.map_or(0, |before| before.before + 1);
                self.displayed.insert(number, Peak { number, size: event.qty, before: peaks });
            }
            BookAction::Execute if event.left.is_zero() => {
                if let Some(peak) = self.displayed.remove(&number) {
                    self.used_up.entry(level).or_default().push((at, peak));
                }
            }
            BookAction::Delete => drop(self.displayed.remove(&number)),
            _ => {}
        }
    }

    /// How the ties stand up to the truth.
    pub(crate) fn score(&self, tape: &Tape) -> Score {
        let owner = |number: u32| tape.owners[number as usize];
        let right = self.ties.iter().filter(|(one, next)| owner(*one) == owner(*next)).count();
        Score { found: self.ties.len(), right, all: tape.refills }
    }
}

/// Refills that a detector found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score {
    /// How many.
    pub(crate) found: usize,
    /// How many of them are refills of the iceberg that they were taken for.
    pub(crate) right: usize,
    /// How many there are.
    all: usize,
}

impl Score {
    /// The share of what was found that is right.
    pub(crate) fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    /// The share of all refills that was found.
    pub(crate) fn recall(&self) -> f64 {
        self.right as f64 / self.all.max(1) as f64
    }
}
