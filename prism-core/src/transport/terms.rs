//! The terms of orders on their way: rare, so beside the messages and not in them.

use crate::msg::Terms;

/// Where terms lie while their order is under way; places are used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct TermsBeside {
    slots: Vec<Terms>,
    free: Vec<u32>,
}

impl TermsBeside {
    /// Puts terms down; `None` when 2^32 orders with terms are under way.
    pub(crate) fn put(&mut self, terms: &Terms) -> Option<u32> {
        if let Some(place) = self.free.pop() {
            self.slots[place as usize] = *terms;
            return Some(place);
        }
        let place = u32::try_from(self.slots.len()).ok()?;
        self.slots.push(*terms);
        Some(place)
    }

    /// Takes them up again, where their order has arrived.
    pub(crate) fn take(&mut self, place: u32) -> Terms {
        self.free.push(place);
        self.slots[place as usize]
    }
}
