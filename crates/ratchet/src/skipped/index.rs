//! One bit for each skipped key of a chain.

use alloc::vec::Vec;
use core::ops::Range;

use entrenous_wire::records::BLOCK;

/// The numbers of a chain's skipped keys; blocks ascending, none empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SkippedIndex {
    blocks: Vec<(u32, u64)>,
}

/// The bits of `range` that fall into `block`.
pub(super) fn mask(block: u32, range: &Range<u32>) -> u64 {
    let first = block * BLOCK;
    let from = range.start.saturating_sub(first).min(BLOCK);
    let to = range.end.saturating_sub(first).min(BLOCK);
    below(to) & !below(from)
}

/// The lowest `count` bits.
fn below(count: u32) -> u64 {
    if count >= BLOCK { u64::MAX } else { (1 << count) - 1 }
}

impl SkippedIndex {
    /// From a record, whose strict decoding saw to it that the blocks ascend and none is empty.
    pub(crate) fn from_blocks(blocks: Vec<(u32, u64)>) -> Self {
        Self { blocks }
    }

    /// Block numbers with the map of their keys, ascending.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (u32, u64)> {
        self.blocks.iter().copied()
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> u32 {
        self.blocks.iter().map(|(_, present)| present.count_ones()).sum()
    }

    /// The map of `block`; 0 when there is none.
    pub(crate) fn present(&self, block: u32) -> u64 {
        match self.blocks.binary_search_by_key(&block, |(block, _)| *block) {
            Ok(at) => self.blocks[at].1,
            Err(_) => 0,
        }
    }

    pub(crate) fn contains(&self, n: u32) -> bool {
        self.present(n / BLOCK) >> (n % BLOCK) & 1 == 1
    }

    /// The number of the key that has `count` keys before it, if there are as many.
    pub(crate) fn nth(&self, mut count: u32) -> Option<u32> {
        for (block, mut present) in self.blocks() {
            if count >= present.count_ones() {
                count -= present.count_ones();
                continue;
            }
            for _ in 0..count {
                present &= present - 1; // clears the lowest bit
            }
            return Some(block * BLOCK + present.trailing_zeros());
        }
        None
    }

    pub(crate) fn insert(&mut self, range: &Range<u32>) {
        if range.is_empty() {
            return;
        }
        for block in range.start / BLOCK..=(range.end - 1) / BLOCK {
            let bits = mask(block, range);
            match self.blocks.binary_search_by_key(&block, |(block, _)| *block) {
                Ok(at) => self.blocks[at].1 |= bits,
                Err(at) => self.blocks.insert(at, (block, bits)),
            }
        }
    }

    pub(crate) fn remove(&mut self, range: &Range<u32>) {
        self.blocks.retain_mut(|(block, present)| {
            *present &= !mask(*block, range);
            *present != 0
        });
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain set of numbers.
        #[test]
        fn behaves_as_a_set(ops in prop::collection::vec((any::<bool>(), 0u32..400, 0u32..200), 0..12)) {
            let (mut index, mut set) = (SkippedIndex::default(), BTreeSet::new());
            for (insert, from, len) in ops {
                let range = from..from + len;
                if insert {
                    index.insert(&range);
                    set.extend(range);
                } else {
                    index.remove(&range);
                    set.retain(|n| !range.contains(n));
                }
                prop_assert_eq!(index.len() as usize, set.len());
                for n in 0..620 {
                    prop_assert_eq!(index.contains(n), set.contains(&n), "{}", n);
                }
                for (i, n) in (0..).zip(&set) {
                    prop_assert_eq!(index.nth(i), Some(*n));
                }
                prop_assert_eq!(index.nth(index.len()), None);
                prop_assert_eq!(SkippedIndex::from_blocks(index.blocks().collect()), index.clone());
            }
        }
    }
}
