//! Skipped message keys: which exist is in the receiving key, the keys themselves in records of 64 numbers, so that
//! traffic in order rewrites none of them.

use alloc::{vec, vec::Vec};
use core::fmt;

use entrenous_primitives::secret::Key;
use entrenous_wire::{
    Malformed, Reason, Strict,
    group_message::MAX_ITERATIONS,
    proto::SkippedKeysRecord,
    records::{BLOCK, RECORD_VERSION},
};
use zeroize::{Zeroize, Zeroizing};

use super::kdf::GroupMessageKey;

/// Blocks of one key.
pub(crate) const BLOCKS: usize = (MAX_ITERATIONS / BLOCK) as usize;

/// One bit for each number whose key is kept; a word for each block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Present(pub(crate) [u64; BLOCKS]);

impl Present {
    pub(crate) const NONE: Self = Self([0; BLOCKS]);

    pub(crate) fn block(&self, number: u32) -> u64 {
        self.0.get(number as usize).copied().unwrap_or(0)
    }

    pub(crate) fn set_block(&mut self, number: u32, present: u64) {
        if let Some(word) = self.0.get_mut(number as usize) {
            *word = present;
        }
    }

    pub(crate) fn contains(&self, n: u32) -> bool {
        self.block(n / BLOCK) & bit(n) != 0
    }

    pub(crate) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

impl fmt::Debug for Present {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Present({})", self.len())
    }
}

fn bit(n: u32) -> u64 {
    1 << (n % BLOCK)
}

/// The skipped keys of 64 numbers of one sender key, wiped when dropped.
pub struct SkippedBlock {
    number: u32,
    present: u64,
    /// One place for each number, so that nothing is ever moved; a place without a key is zero.
    keys: Zeroizing<Vec<[u8; 32]>>,
}

impl SkippedBlock {
    pub(crate) fn new(number: u32) -> Self {
        Self { number, present: 0, keys: Zeroizing::new(vec![[0; 32]; BLOCK as usize]) }
    }

    /// The block's place in its sender key: it holds the numbers from 64 · block. Names the record.
    pub fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn present(&self) -> u64 {
        self.present
    }

    /// The record's bytes: at most 2.1 KB, secret.
    pub fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let mut keys = Vec::with_capacity(self.present.count_ones() as usize * 32);
        for (n, key) in (0..BLOCK).zip(self.keys.iter()) {
            if self.present & bit(n) != 0 {
                keys.extend_from_slice(key);
            }
        }
        let record = SkippedKeysRecord {
            version: RECORD_VERSION,
            chain: 0,
            block: self.number,
            present: self.present,
            keys,
        };
        Zeroizing::new(record.encode_canonical())
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that are no such record.
    pub fn from_record(bytes: &[u8]) -> Result<Self, Malformed> {
        // the strict decoding saw to it that there is a key for each bit
        let record = SkippedKeysRecord::decode_strict(bytes)?;
        // spec: GROUP-174
        if record.chain != 0 || record.block as usize >= BLOCKS {
            return Err(Malformed::new("skipped keys record block", Reason::Range));
        }
        let mut block = Self::new(record.block);
        block.present = record.present;
        let places = (0..BLOCK).zip(block.keys.iter_mut()).filter(|(n, _)| record.present & bit(*n) != 0);
        for ((_, place), key) in places.zip(record.keys.as_chunks().0) {
            *place = *key;
        }
        Ok(block)
    }

    /// Keeps the key of number `n`.
    pub(crate) fn put(&mut self, n: u32, key: &Key<GroupMessageKey>) {
        if let Some(place) = self.keys.get_mut((n % BLOCK) as usize) {
            *place = *key.as_bytes();
            self.present |= bit(n);
        }
    }

    /// The key of number `n`, if it is kept.
    pub(crate) fn get(&self, n: u32) -> Option<Key<GroupMessageKey>> {
        let place = self.keys.get((n % BLOCK) as usize)?;
        (self.present & bit(n) != 0).then(|| Key::from_bytes(place))
    }

    pub(crate) fn remove(&mut self, n: u32) {
        self.present &= !bit(n);
        if let Some(place) = self.keys.get_mut((n % BLOCK) as usize) {
            place.zeroize();
        }
    }
}

impl fmt::Debug for SkippedBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, present, keys: _ } = self;
        write!(f, "SkippedBlock({number}, {} keys [redacted])", present.count_ones())
    }
}

/// Skipped-key records to write and to remove, in one commit with the receiving key.
#[derive(Debug, Default)]
pub struct RecordChanges {
    /// To be written, each in the place of its former content.
    pub put: Vec<SkippedBlock>,
    /// Numbers of the blocks to be removed.
    pub remove: Vec<u32>,
    /// Messages that can't be opened any more, should they come: the store has lost their keys.
    pub lost_keys: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_was_taken_is_wiped() {
        let mut block = SkippedBlock::new(0);
        block.put(3, &Key::from_bytes(&[0xab; 32]));
        block.put(4, &Key::from_bytes(&[0xcd; 32]));
        assert_eq!(block.get(3).unwrap().as_bytes(), &[0xab; 32]);
        block.remove(3);
        assert!(block.get(3).is_none());
        // the place itself, and not only its bit
        assert_eq!(block.keys[3], [0; 32]);
        assert_eq!(block.keys[4], [0xcd; 32]);
    }
}
