//! What opening messages changes in a receiving key, beside it: applied as a whole, or dropped without a trace.

use alloc::{collections::BTreeMap, vec::Vec};

use entrenous_primitives::secret::Key;
use entrenous_wire::records::BLOCK;

use super::{
    OpenError, ReceivingKey,
    kdf::{GroupChain, GroupMessageKey, chain_step},
    skipped::{Present, RecordChanges, SkippedBlock},
};

/// The changing part of a receiving key.
#[derive(Debug)]
pub(crate) struct Stage {
    /// None until it moves.
    chain: Option<Key<GroupChain>>,
    next: u32,
    present: Present,
    /// Blocks that were loaded or begun, and whether they have changed.
    blocks: BTreeMap<u32, (SkippedBlock, bool)>,
    lost: u32,
}

impl Stage {
    /// With the records that the caller has loaded; those that are not as the key left them are as good as lost.
    pub(crate) fn new(key: &ReceivingKey, records: Vec<SkippedBlock>) -> Self {
        // spec: GROUP-145
        let genuine = |block: &SkippedBlock| block.present() == key.present.block(block.number());
        let records = records.into_iter().filter(genuine);
        Self {
            chain: None,
            next: key.next,
            present: key.present,
            blocks: records.map(|block| (block.number(), (block, false))).collect(),
            lost: 0,
        }
    }

    /// The block whose record is needed to open iteration `n`, in the present state: that of a skipped key, or the
    /// one in which the first of the keys between would be kept.
    pub(crate) fn needed(&self, n: u32) -> Option<u32> {
        // spec: GROUP-144
        let block = if n < self.next { n / BLOCK } else { self.next / BLOCK };
        (n != self.next && self.present.block(block) != 0).then_some(block)
    }

    /// Whether iteration `n` may be opened at all.
    pub(crate) fn check(&self, key: &ReceivingKey, n: u32) -> Result<(), OpenError> {
        // spec: GROUP-141
        if n < key.first {
            return Err(OpenError::BeforeFirst);
        }
        // spec: GROUP-142
        if n >= key.end {
            return Err(OpenError::Ended);
        }
        // spec: GROUP-143
        if n < self.next && !self.present.contains(n) {
            return Err(OpenError::Duplicate);
        }
        Ok(())
    }

    /// The message key of `n`, and the state moved beyond it.
    pub(crate) fn take(&mut self, key: &ReceivingKey, n: u32) -> Result<Key<GroupMessageKey>, OpenError> {
        self.check(key, n)?;
        if n < self.next {
            return self.take_skipped(n);
        }
        let chain = self.chain.as_ref().or(key.chain.as_ref()).ok_or(OpenError::Ended)?;
        let (mut chain, mut mk) = chain_step(chain);
        for skipped in self.next..n {
            self.keep(skipped, &mk);
            (chain, mk) = chain_step(&chain);
        }
        self.chain = Some(chain);
        self.next = n + 1;
        Ok(mk)
    }

    fn take_skipped(&mut self, n: u32) -> Result<Key<GroupMessageKey>, OpenError> {
        let number = n / BLOCK;
        let (block, changed) = self.blocks.get_mut(&number).ok_or(OpenError::WrongRecords)?;
        let mk = block.get(n).ok_or(OpenError::WrongRecords)?;
        block.remove(n);
        *changed = true;
        self.present.set_block(number, block.present());
        Ok(mk)
    }

    fn keep(&mut self, n: u32, mk: &Key<GroupMessageKey>) {
        let number = n / BLOCK;
        let present = self.present.block(number);
        let (block, changed) = self.blocks.entry(number).or_insert_with(|| {
            // the record is lost, and its keys with it, but no others
            self.lost += present.count_ones();
            (SkippedBlock::new(number), true)
        });
        block.put(n, mk);
        *changed = true;
        self.present.set_block(number, block.present());
    }

    /// Whether the record that has the skipped key of `n` is here.
    pub(crate) fn has_record(&self, n: u32) -> bool {
        n >= self.next || self.blocks.contains_key(&(n / BLOCK))
    }

    /// The message keys of those of `wanted`, ascending, that the state can give; nothing is taken.
    pub(crate) fn peek(&self, key: &ReceivingKey, wanted: &[u32]) -> MessageKeys {
        // never grown beyond this allocation, which would leave copies behind
        let mut found = MessageKeys(Vec::with_capacity(wanted.len()));
        let (before, ahead) = wanted.split_at(wanted.partition_point(|n| *n < self.next));
        for n in before {
            let block = self.blocks.get(&(n / BLOCK));
            found.0.extend(block.and_then(|(block, _)| block.get(*n)).map(|mk| (*n, mk)));
        }
        let Some(chain) = self.chain.as_ref().or(key.chain.as_ref()) else { return found };
        let mut chain = Key::from_bytes(chain.as_bytes());
        let mut next = self.next;
        for n in ahead.iter().copied().filter(|n| *n < key.end) {
            // `wanted` ascends, so this passes each number once
            while next <= n {
                let (after, mk) = chain_step(&chain);
                if next == n {
                    found.0.push((n, mk));
                }
                chain = after;
                next += 1;
            }
        }
        found
    }

    /// Applies what has changed, and says what is to be stored.
    pub(crate) fn apply(self, key: &mut ReceivingKey) -> RecordChanges {
        let Self { chain, next, present, blocks, lost } = self;
        if chain.is_some() {
            key.chain = chain;
        }
        // spec: GROUP-149
        if next == key.end {
            key.chain = None;
        }
        key.next = next;
        key.present = present;
        let mut changes = RecordChanges { lost_keys: lost, ..RecordChanges::default() };
        for (number, (block, changed)) in blocks {
            match (changed, block.present()) {
                (false, _) => {}
                (true, 0) => changes.remove.push(number),
                (true, _) => changes.put.push(block),
            }
        }
        changes
    }
}

/// Message keys by their numbers, ascending.
#[derive(Debug)]
pub(crate) struct MessageKeys(Vec<(u32, Key<GroupMessageKey>)>);

impl MessageKeys {
    pub(crate) fn get(&self, n: u32) -> Option<&Key<GroupMessageKey>> {
        let at = self.0.binary_search_by_key(&n, |(n, _)| *n).ok()?;
        self.0.get(at).map(|(_, mk)| mk)
    }
}
