//! The sessions with one device of a peer.

use core::num::NonZeroU64;
use std::collections::BTreeMap;

use entrenous_identity::{AccountPublicKey, HandshakeHash};
use entrenous_ratchet::{BlockId, Located, Party, RecordChanges, Session, SkippedBlock};
use zeroize::Zeroizing;

/// Sessions kept beside the active one, to receive what is still under way in them.
const MAX_RECEIVE_ONLY: usize = 3;

/// The active session comes first, then those that only receive, newest first.
#[derive(Debug)]
pub(crate) struct Sessions {
    pub(crate) account_key: AccountPublicKey,
    kept: Vec<KeptSession>,
}

/// A session with its skipped keys.
#[derive(Debug)]
pub(crate) struct KeptSession {
    pub(crate) session: Session,
    pub(crate) counter: NonZeroU64,
    skipped: BTreeMap<BlockId, Zeroizing<Vec<u8>>>,
}

impl KeptSession {
    pub(crate) fn new(session: Session, counter: NonZeroU64) -> Self {
        Self { session, counter, skipped: BTreeMap::new() }
    }

    pub(crate) fn store(&mut self, records: RecordChanges) {
        for block in &records.put {
            self.skipped.insert(block.id(), block.to_record());
        }
        for id in &records.remove {
            self.skipped.remove(id);
        }
    }

    /// Splits into what locates messages and what is needed to open them.
    pub(crate) fn parts(&mut self) -> (&mut Session, SkippedKeys<'_>) {
        (&mut self.session, SkippedKeys(&self.skipped))
    }
}

/// The stored skipped keys of a session.
pub(crate) struct SkippedKeys<'a>(&'a BTreeMap<BlockId, Zeroizing<Vec<u8>>>);

impl SkippedKeys<'_> {
    /// The records that `located` needs; one that is missing or damaged is noticed by who asked for it.
    pub(crate) fn needed(&self, located: &Located<'_, '_>) -> Vec<SkippedBlock> {
        let records = located.needed().iter().filter_map(|id| self.0.get(id));
        records.filter_map(|record| SkippedBlock::from_record(record).ok()).collect()
    }
}

impl Sessions {
    pub(crate) fn new(account_key: AccountPublicKey, first: KeptSession) -> Self {
        Self { account_key, kept: vec![first] }
    }

    pub(crate) fn active(&mut self) -> Option<&mut KeptSession> {
        self.kept.first_mut()
    }

    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut KeptSession> {
        self.kept.iter_mut()
    }

    pub(crate) fn by_handshake(&mut self, hash: &HandshakeHash) -> Option<&mut KeptSession> {
        self.kept.iter_mut().find(|kept| kept.session.handshake_hash() == *hash)
    }

    /// Adds a session that the peer began. It becomes the active one when its counter is higher; when both
    /// sides began one at the same time, the lower T wins on both, and the other goes on receiving.
    pub(crate) fn add(&mut self, new: KeptSession) {
        let wins = self.kept.first().is_none_or(|active| {
            let crossing = active.counter == new.counter
                && active.session.party() == Party::Initiator
                && !active.session.is_answered();
            new.counter > active.counter || crossing && new.session.transcript() < active.session.transcript()
        });
        self.kept.insert(if wins { 0 } else { 1 }, new);
        self.kept.truncate(1 + MAX_RECEIVE_ONLY);
    }
}
