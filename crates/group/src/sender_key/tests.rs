//! The sender keys against what a hostile network, a hostile member and a hostile sender can do.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec,
    vec::Vec,
};
use core::convert::Infallible;

use entrenous_identity::{AccountId, DeviceId, Timestamp};
use entrenous_primitives::{hash::sha256, nonce_salt::NonceSalt};
use entrenous_wire::{
    frame::{Frame, FrameKind},
    group_message::GroupMessage,
    padding::Padding,
};
use rand_core::{TryCryptoRng, TryRng};

use super::*;
use crate::{GroupId, RosterId};

mod accepting;
mod backlogs;
mod closing;
mod judging;
mod orders;
mod people;
mod refusals;
mod standing;
mod vectors;

/// SHA-256(seed ‖ block) one after another: the stream of the test kit, which this crate can't import.
pub(super) struct Scripted(u64, Vec<u8>);

impl Scripted {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed << 32, Vec::new())
    }
}

impl TryRng for Scripted {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for byte in dst {
            if self.1.is_empty() {
                self.0 += 1;
                self.1 = sha256(&[&self.0.to_be_bytes()]).to_vec();
            }
            *byte = self.1.pop().unwrap();
        }
        Ok(())
    }
}
impl TryCryptoRng for Scripted {}

pub(super) const GROUP: GroupId = GroupId::from_bytes([0x11; 32]);
pub(super) const ROSTER: RosterId = RosterId::from_bytes([0x22; 32]);
pub(super) const LATER: RosterId = RosterId::from_bytes([0x33; 32]);
pub(super) const NOW: Timestamp = Timestamp::MAX;

pub(super) fn sender(account: u8, device: u32) -> Sender {
    Sender { account: AccountId::from_bytes([account; 32]), device: DeviceId::new(device).unwrap() }
}

pub(super) fn frame(content: &[u8]) -> Frame<'_> {
    Frame {
        kind: FrameKind::Application,
        sent_ms: 1,
        nonce: [9; 8],
        ttl: None,
        list_epoch: None,
        shards: None,
        content,
    }
}

/// A sender with its source of salts.
pub(super) struct Author {
    pub(super) key: SendingKey,
    pub(super) salt: NonceSalt,
}

impl Author {
    pub(super) fn new(seed: u64) -> Self {
        Self::of(seed, sender(7, 1))
    }

    pub(super) fn of(seed: u64, sender: Sender) -> Self {
        let mut rng = Scripted::new(seed);
        let key = SendingKey::generate(GROUP, sender, ROSTER, None, NOW, &mut rng).unwrap();
        Self { key, salt: NonceSalt::new(&mut rng).unwrap() }
    }

    pub(super) fn renew(&mut self, seed: u64) {
        let (group, sender) = (self.key.group(), self.key.sender());
        let rng = &mut Scripted::new(seed);
        self.key = SendingKey::generate(group, sender, LATER, Some(&self.key), NOW, rng).unwrap();
    }

    pub(super) fn seal_under(&mut self, roster: RosterId, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let frame = frame(content);
        self.key.seal(&frame, roster, Padding::default(), &mut self.salt, &mut out).unwrap().commit();
        out
    }

    pub(super) fn seal(&mut self, content: &[u8]) -> Vec<u8> {
        self.seal_under(ROSTER, content)
    }

    /// The messages of numbers up to `count`, each with its number as its content.
    pub(super) fn seal_many(&mut self, count: u32) -> Vec<Vec<u8>> {
        (0..count).map(|n| self.seal(&n.to_be_bytes())).collect()
    }

    pub(super) fn received(&self) -> ReceivedKey {
        ReceivedKey::parse(&self.key.distribution().unwrap()).unwrap()
    }

    pub(super) fn receiver(&self) -> Receiver {
        match self.received().accept(GROUP, self.key.sender(), None).unwrap() {
            Accepted::New(key) => Receiver { key, records: BTreeMap::new() },
            Accepted::Known => panic!("nothing is known"),
        }
    }
}

/// A receiving key with its store.
pub(super) struct Receiver {
    pub(super) key: ReceivingKey,
    pub(super) records: BTreeMap<u32, Vec<u8>>,
}

impl Receiver {
    pub(super) fn block(&self, number: u32) -> Option<SkippedBlock> {
        self.records.get(&number).map(|bytes| SkippedBlock::from_record(bytes).unwrap())
    }

    pub(super) fn open(&mut self, bytes: &[u8]) -> Result<Vec<u8>, OpenError> {
        let message = GroupMessage::parse(bytes).unwrap();
        let needed = self.key.locate(&message)?.needed();
        let record = needed.and_then(|number| self.block(number));
        let mut out = Vec::new();
        let opened = self.key.locate(&message)?.open(record, &mut out)?;
        let committed = opened.commit();
        let content = committed.frame.expect("a frame").content.to_vec();
        assert_eq!(committed.changes.lost_keys, 0);
        store(&mut self.records, &committed.changes);
        self.reload();
        Ok(content)
    }

    /// As a client does between two messages.
    pub(super) fn reload(&mut self) {
        let record = self.key.to_record();
        self.key = ReceivingKey::from_record(&record).unwrap();
        assert_eq!(self.key.to_record(), record);
    }

    pub(super) fn state(&self) -> (Vec<u8>, BTreeMap<u32, Vec<u8>>) {
        (self.key.to_record().to_vec(), self.records.clone())
    }

    pub(super) fn copy(&self) -> Self {
        let key = ReceivingKey::from_record(&self.key.to_record()).unwrap();
        Self { key, records: self.records.clone() }
    }
}

pub(super) fn store(records: &mut BTreeMap<u32, Vec<u8>>, changes: &RecordChanges) {
    for block in &changes.put {
        records.insert(block.number(), block.to_record().to_vec());
    }
    for number in &changes.remove {
        assert!(records.remove(number).is_some(), "block {number} was stored");
    }
}
