//! The record of up to 64 skipped keys.

use alloc::{collections::BTreeMap, vec::Vec};
use core::{fmt, mem, ops::Range};

use entrenous_primitives::secret::Key;
use entrenous_wire::{
    Malformed, Strict,
    proto::SkippedKeysRecord,
    records::{BLOCK, RECORD_VERSION},
};
use zeroize::Zeroizing;

use crate::kdf::Message;

/// Names a record of skipped keys within a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId {
    /// The number of the peer's chain, from 0.
    pub chain: u64,
    /// The block's place in the chain: it holds the numbers from 64 · block.
    pub block: u32,
}

impl BlockId {
    pub(crate) fn of(chain: u64, n: u32) -> Self {
        Self { chain, block: n / BLOCK }
    }
}

/// The skipped keys of one block, wiped when dropped.
pub struct SkippedBlock {
    id: BlockId,
    present: u64,
    /// By number, ascending; never grown beyond its first allocation, which would leave copies behind.
    keys: Vec<Key<Message>>,
}

impl SkippedBlock {
    fn new(id: BlockId) -> Self {
        Self { id, present: 0, keys: Vec::with_capacity(BLOCK as usize) }
    }

    /// The record's name.
    pub fn id(&self) -> BlockId {
        self.id
    }

    /// The record's bytes: at most 2.1 KB, secret.
    pub fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let mut keys = Vec::with_capacity(self.keys.len() * 32);
        for key in &self.keys {
            keys.extend_from_slice(key.as_bytes());
        }
        let record = SkippedKeysRecord {
            version: RECORD_VERSION,
            chain: self.id.chain,
            block: self.id.block,
            present: self.present,
            keys,
        };
        Zeroizing::new(record.encode_canonical())
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that are no such record, and for a record of a later version.
    pub fn from_record(bytes: &[u8]) -> Result<Self, Malformed> {
        // the strict decoding saw to it that there is a key for each bit
        let record = SkippedKeysRecord::decode_strict(bytes)?;
        let mut block = Self::new(BlockId { chain: record.chain, block: record.block });
        block.present = record.present;
        block.keys.extend(record.keys.as_chunks().0.iter().map(Key::from_bytes));
        Ok(block)
    }

    /// Adds the key of number `n`, which is beyond all that are there.
    fn push(&mut self, n: u32, key: Key<Message>) {
        self.present |= 1 << (n % BLOCK);
        self.keys.push(key);
    }

    fn take(&mut self, n: u32) -> Option<Key<Message>> {
        let bit = 1u64 << (n % BLOCK);
        if self.present & bit == 0 {
            return None;
        }
        let at = (self.present & (bit - 1)).count_ones() as usize;
        self.present &= !bit;
        // `Vec::remove` would leave a copy of the last key behind the end
        let key = mem::replace(&mut self.keys[at], Key::from_bytes(&[0; 32]));
        self.keys[at..].rotate_left(1);
        self.keys.truncate(self.keys.len() - 1);
        Some(key)
    }

    fn remove(&mut self, range: &Range<u32>) {
        let first = self.id.block * BLOCK;
        for n in range.start.max(first)..range.end.min(first + BLOCK) {
            drop(self.take(n));
        }
    }
}

impl fmt::Debug for SkippedBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, present, keys: _ } = self;
        write!(f, "SkippedBlock({}/{}, {} keys [redacted])", id.chain, id.block, present.count_ones())
    }
}

/// The blocks that one opening reads and writes.
#[derive(Debug, Default)]
pub(crate) struct WorkingSet {
    blocks: BTreeMap<BlockId, SkippedBlock>,
}

impl WorkingSet {
    /// Takes the records that the caller loaded and gives the names of those of `needed` that are missing, or
    /// not as the session left them: their keys are lost.
    pub(crate) fn load(
        needed: &[BlockId],
        records: Vec<SkippedBlock>,
        present: impl Fn(&BlockId) -> u64,
    ) -> (Self, Vec<BlockId>) {
        // spec: RATCHET-31
        let genuine = records
            .into_iter()
            .filter(|block| needed.contains(&block.id) && block.present == present(&block.id));
        let blocks: BTreeMap<_, _> = genuine.map(|block| (block.id, block)).collect();
        let lost = needed.iter().filter(|id| !blocks.contains_key(id)).copied().collect();
        (Self { blocks }, lost)
    }

    pub(crate) fn push(&mut self, chain: u64, n: u32, key: Key<Message>) {
        let id = BlockId::of(chain, n);
        self.blocks.entry(id).or_insert_with(|| SkippedBlock::new(id)).push(n, key);
    }

    pub(crate) fn take(&mut self, chain: u64, n: u32) -> Option<Key<Message>> {
        self.blocks.get_mut(&BlockId::of(chain, n))?.take(n)
    }

    pub(crate) fn remove(&mut self, chain: u64, range: &Range<u32>) {
        for block in self.blocks.values_mut().filter(|block| block.id.chain == chain) {
            block.remove(range);
        }
    }

    /// Splits into the records to write and those that became empty, to remove.
    pub(crate) fn finish(self) -> (Vec<SkippedBlock>, Vec<BlockId>) {
        let (kept, empty): (Vec<_>, Vec<_>) = self.blocks.into_values().partition(|block| block.present != 0);
        (kept, empty.iter().map(SkippedBlock::id).collect())
    }
}
