//! Another device's sender key.

use entrenous_identity::Timestamp;
use entrenous_primitives::secret::Key;

use super::{
    kdf::GroupChain,
    key::{Description, KeyId, PreviousKey, Sender},
    skipped::Present,
};
use crate::{GroupId, RosterId};

/// What opens the messages of one sender key, wiped when dropped.
#[derive(Debug)]
pub struct ReceivingKey {
    pub(crate) id: KeyId,
    pub(crate) description: Description,
    /// The chain key at `next`; none exactly if `next` is `end`.
    pub(crate) chain: Option<Key<GroupChain>>,
    /// The first iteration that was ever known.
    pub(crate) first: u32,
    /// The iteration after the highest that was opened.
    pub(crate) next: u32,
    /// The first iteration that is never opened.
    pub(crate) end: u32,
    /// When the sender lost access.
    pub(crate) closed: Option<Timestamp>,
    pub(crate) previous: Option<PreviousKey>,
    pub(crate) present: Present,
}

/// What ending a key has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedKey {
    /// The key ends where its sender says.
    Ended,
    /// The sender counts fewer messages than were opened: it was restored from an older state, or somebody runs a
    /// copy of it. The key ends with what was opened.
    CloneSuspected,
}

impl ReceivingKey {
    /// The key's name: messages are found by it.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The group.
    pub fn group(&self) -> GroupId {
        self.description.group
    }

    /// Whose messages it opens.
    pub fn sender(&self) -> Sender {
        self.description.sender
    }

    /// The roster under which the key was made.
    pub fn roster(&self) -> RosterId {
        self.description.roster
    }

    /// The sender's key before, if it had one.
    pub fn previous(&self) -> Option<PreviousKey> {
        self.previous
    }

    /// The first iteration that this device was given.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// The iteration after the highest that was opened, or passed over in [`close`](Self::close).
    pub fn next(&self) -> u32 {
        self.next
    }

    /// The highest iteration that was opened or passed over, if any was.
    pub fn last_seen(&self) -> Option<u32> {
        (self.next > self.first).then(|| self.next - 1)
    }

    /// The sender lost access, and the key ended with that.
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Skipped message keys that are kept.
    pub fn skipped_keys(&self) -> u32 {
        self.present.len()
    }

    /// The numbers of the blocks that hold them, ascending: each is a record of its own.
    pub fn blocks(&self) -> impl Iterator<Item = u32> {
        (0..).zip(self.present.0).filter(|(_, present)| *present != 0).map(|(number, _)| number)
    }

    /// Nothing more can be opened. The record may go: as long as it stays, a distribution of the same key changes
    /// nothing.
    pub fn is_spent(&self) -> bool {
        self.next == self.end && self.present == Present::NONE
    }

    /// The sender says that it sealed `count` messages with this key and uses another now. What is missing before
    /// that still opens, and nothing beyond it. Says nothing of who may say so: see [`Accepted`](super::Accepted).
    pub(crate) fn end_at_count(&mut self, count: u32) -> EndedKey {
        // spec: GROUP-151
        let clone_suspected = count < self.next && self.last_seen().is_some();
        self.end_at(count.max(self.next));
        if clone_suspected { EndedKey::CloneSuspected } else { EndedKey::Ended }
    }

    pub(super) fn end_at(&mut self, end: u32) {
        self.end = self.end.min(end);
        // spec: GROUP-149
        if self.next == self.end {
            self.chain = None;
        }
    }
}
