//! What one message does to the skipped keys, known before any of them is loaded.

use alloc::vec::Vec;
use core::ops::Range;

use entrenous_wire::records::BLOCK;

use super::{BlockId, SkippedIndex, index::mask};

/// Numbers of one chain that the message skips.
#[derive(Clone, Debug)]
pub(crate) struct NewKeys {
    pub(crate) chain: u64,
    /// Stepped over.
    pub(crate) steps: Range<u32>,
    /// The end of `steps`, whose keys are kept; of the others none is.
    pub(crate) kept: Range<u32>,
}

impl NewKeys {
    pub(crate) fn new(chain: u64, steps: Range<u32>) -> Self {
        Self { chain, kept: steps.clone(), steps }
    }
}

/// Which keys are added, and which go to make room: always the oldest, by chain and number.
#[derive(Debug, Default)]
pub(crate) struct SkipPlan {
    /// Ascending by chain.
    pub(crate) new: Vec<NewKeys>,
    /// Of each chain the numbers whose keys go.
    pub(crate) evicted: Vec<(u64, Range<u32>)>,
    /// Records to be loaded, because they are changed and not just removed.
    pub(crate) needed: Vec<BlockId>,
    /// Records that go as a whole, unread.
    pub(crate) removed: Vec<BlockId>,
    /// Keys lost: evicted, or stepped over and not kept.
    pub(crate) lost: u32,
}

impl SkipPlan {
    /// The plan for `new` keys beside the existing `chains`, oldest first, of which those in `dead` go
    /// altogether; at most `capacity` keys are kept in all.
    pub(crate) fn new<'a>(
        mut new: Vec<NewKeys>,
        chains: impl Iterator<Item = (u64, &'a SkippedIndex)>,
        dead: &[u64],
        capacity: u32,
    ) -> Self {
        // the sums are far below 2^32: an index has at most 2^20 keys, a message at most 2^21 new ones
        let chains: Vec<_> = chains.collect();
        let existing: u32 =
            chains.iter().filter(|(id, _)| !dead.contains(id)).map(|(_, index)| index.len()).sum();
        let added: u32 = new.iter().map(|keys| keys.steps.len_u32()).sum();
        let not_kept = added.saturating_sub(capacity);
        let mut excess = (existing + added - not_kept).saturating_sub(capacity);

        let mut plan = Self { lost: not_kept, ..Self::default() };
        let mut skip = not_kept;
        for keys in &mut new {
            let cut = skip.min(keys.steps.len_u32());
            keys.kept.start += cut;
            skip -= cut;
        }
        for (id, index) in chains {
            let evicted = if dead.contains(&id) { index.len() } else { excess.min(index.len()) };
            if !dead.contains(&id) {
                excess -= evicted;
            }
            // everything below the first key that stays
            let end = index.nth(evicted).unwrap_or(u32::MAX);
            if evicted > 0 {
                plan.lost += evicted;
                plan.evicted.push((id, 0..end));
            }
            for (block, present) in index.blocks() {
                let gone = present & mask(block, &(0..end));
                let grows = new.iter().any(|keys| keys.chain == id && keys.touches(block));
                let name = BlockId { chain: id, block };
                if gone == present && !grows {
                    plan.removed.push(name);
                } else if gone != 0 || grows {
                    plan.needed.push(name);
                }
            }
        }
        plan.new = new;
        plan
    }
}

trait Len {
    fn len_u32(&self) -> u32;
}
impl Len for Range<u32> {
    fn len_u32(&self) -> u32 {
        self.end.saturating_sub(self.start)
    }
}

impl NewKeys {
    fn touches(&self, block: u32) -> bool {
        !self.kept.is_empty() && (self.kept.start / BLOCK..=(self.kept.end - 1) / BLOCK).contains(&block)
    }
}

impl SkipPlan {
    /// Counts a record with the keys `present` as gone, because the store has lost it.
    pub(crate) fn lose(&mut self, id: BlockId, present: u64) {
        let evicted = self.evicted.iter().filter(|(chain, _)| *chain == id.chain);
        let gone = evicted.fold(0, |gone, (_, range)| gone | mask(id.block, range));
        self.lost += (present & !gone).count_ones();
        self.evicted.push((id.chain, id.block * BLOCK..(id.block + 1) * BLOCK));
        self.removed.push(id);
    }

    /// What is skipped in `chain`.
    pub(crate) fn keys_of(&self, chain: u64) -> Option<&NewKeys> {
        self.new.iter().find(|keys| keys.chain == chain)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    /// Chain 7 keeps a key in each of the blocks 0, 1 and 2.
    fn plan(steps: Range<u32>) -> SkipPlan {
        let index = SkippedIndex::from_blocks(vec![(0, 1), (1, 1), (2, 1)]);
        SkipPlan::new(vec![NewKeys::new(7, steps)], [(7, &index)].into_iter(), &[], 1_000)
    }

    /// Nothing is loaded that stays as it is.
    // spec: RATCHET-20
    #[test]
    fn a_record_is_needed_where_keys_come_into_its_block() {
        let needed = |steps| plan(steps).needed.iter().map(|id| id.block).collect::<Vec<_>>();
        assert_eq!(needed(70..127), [1]);
        assert_eq!(needed(70..128), [1]);
        assert_eq!(needed(70..129), [1, 2]);
        assert_eq!(needed(63..64), [0]);
        assert_eq!(needed(300..400), []);
        assert_eq!(needed(70..70), []);
    }

    /// What goes anyway is not lost once more with its record.
    // spec: RATCHET-31
    #[test]
    fn a_record_that_the_store_has_lost_counts_once() {
        let mut plan = SkipPlan { evicted: vec![(3, 0..1_000), (7, 0..70)], ..SkipPlan::default() };
        let block = BlockId { chain: 7, block: 1 };
        // 64 to 71, of which 64 to 69 go
        plan.lose(block, 0xff);
        assert_eq!((plan.lost, plan.evicted.last()), (2, Some(&(7, 64..128))));
        plan.lose(block, 0xff);
        assert_eq!((plan.lost, plan.removed), (2, vec![block, block]));
    }
}
