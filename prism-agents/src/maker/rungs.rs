//! The quotes of a ladder market maker, and where they lie around its centre.

use prism_core::types::{Price, Qty, Side, Ticks};
use serde::{Deserialize, Serialize};

/// Where the centre lies between the highest bid and the lowest ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Anchor {
    /// In the middle of the window.
    Middle,
    /// A tick below the lowest ask.
    Top,
    /// A tick above the highest bid.
    Bottom,
}

impl Anchor {
    /// The words of scenarios.
    pub(super) const WORDS: &'static [&'static str] =
        &[Anchor::Middle.word(), Anchor::Top.word(), Anchor::Bottom.word()];

    /// Its word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Anchor::Middle => "middle",
            Anchor::Top => "top",
            Anchor::Bottom => "bottom",
        }
    }

    /// The one of this word; the middle for any other.
    pub(super) fn called(word: &str) -> Anchor {
        [Anchor::Top, Anchor::Bottom]
            .into_iter()
            .find(|anchor| anchor.word() == word)
            .unwrap_or(Anchor::Middle)
    }
}

/// Quotes of a [`LadderMaker`](super::LadderMaker): `levels` a side, `step` ticks apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The highest bid.
    pub bid: Price,
    /// The lowest ask.
    pub ask: Price,
    /// The distance between levels.
    pub step: Ticks,
    /// The size of each bid.
    pub bid_size: Qty,
    /// The size of each ask.
    pub ask_size: Qty,
}

impl Ladder {
    /// The prices of the first `levels` levels of a side, best first.
    pub fn prices(&self, side: Side, levels: u32) -> impl Iterator<Item = Price> + use<> {
        let (best, step) = match side {
            Side::Buy => (self.bid, -self.step),
            Side::Sell => (self.ask, self.step),
        };
        (0..levels).map(move |n| best + step * i64::from(n))
    }

    /// The size of the levels of a side.
    pub fn size(&self, side: Side) -> Qty {
        match side {
            Side::Buy => self.bid_size,
            Side::Sell => self.ask_size,
        }
    }
}
