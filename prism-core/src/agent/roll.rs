//! Which group an agent belongs to.

use crate::types::{AgentId, GroupId};

/// Which group, and which of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) group: GroupId,
    pub(crate) member: u32,
}

/// The ids of each group. Groups follow one another, so an id is found from a coarse table of where to begin and
/// a step or two.
#[derive(Clone, Debug)]
pub(crate) struct Roll {
    /// The first id of each group with members, with the group, and at the end that of no agent.
    firsts: Vec<(u32, GroupId)>,
    /// For each range of ids, the place in `firsts` of the group of its first id.
    starts: Vec<u16>,
    /// An id's range is what is above these bits.
    shift: u32,
    /// For each group its first id and its size.
    ranges: Vec<(u32, u32)>,
}

/// So many ranges at most: they stay in the cache.
const RANGES: u32 = 1_024;

impl Roll {
    /// The roll of groups of these sizes.
    pub(crate) fn new(counts: impl Iterator<Item = u32>) -> Roll {
        let mut firsts = Vec::new();
        let mut ranges = Vec::new();
        let mut next = 0_u32;
        for (g, count) in counts.enumerate() {
            ranges.push((next, count));
            if count > 0 {
                firsts.push((next, GroupId::from_index(g)));
            }
            next += count; // the builder bounds the number of agents
        }
        let shift = (0..32).find(|shift| next >> shift < RANGES).unwrap_or(31);
        let group_of = |id: u32| firsts.partition_point(|(first, _)| *first <= id).saturating_sub(1);
        let starts =
            (0..=next >> shift).map(|range| u16::try_from(group_of(range << shift)).unwrap_or(u16::MAX));
        let starts = starts.collect();
        firsts.push((next, GroupId(u16::MAX)));
        Roll { firsts, starts, shift, ranges }
    }

    /// Group and place of an agent, if there is such an agent. It is quick when the agent is of `likely`.
    #[inline(always)]
    pub(crate) fn place_near(&self, agent: AgentId, likely: GroupId) -> Option<Place> {
        match self.ranges.get(likely.index()) {
            Some(&(first, count)) if agent.0.wrapping_sub(first) < count => {
                Some(Place { group: likely, member: agent.0 - first })
            }
            _ => self.place(agent),
        }
    }

    /// Group and place of an agent, if there is such an agent.
    #[inline]
    pub(crate) fn place(&self, agent: AgentId) -> Option<Place> {
        let mut n = usize::from(*self.starts.get((agent.0 >> self.shift) as usize)?);
        while self.firsts.get(n + 1)?.0 <= agent.0 {
            n += 1;
        }
        let (first, group) = self.firsts[n];
        Some(Place { group, member: agent.0 - first })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_everybody(counts in proptest::collection::vec(prop_oneof![Just(0), 1u32..5, 1u32..3_000], 0..40)) {
            let roll = Roll::new(counts.iter().copied());
            let mut id = 0;
            for (g, count) in counts.iter().enumerate() {
                for member in 0..*count {
                    let place = Place { group: GroupId::from_index(g), member };
                    prop_assert_eq!(roll.place(AgentId(id)), Some(place));
                    for likely in [0, g, g + 1, 99] {
                        let found = roll.place_near(AgentId(id), GroupId::from_index(likely));
                        prop_assert_eq!(found, Some(place));
                    }
                    id += 1;
                }
            }
            prop_assert_eq!(roll.place(AgentId(id)), None);
            prop_assert_eq!(roll.place(AgentId(u32::MAX)), None);
        }
    }
}
