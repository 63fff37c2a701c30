//! The sessions with one device of a peer.

use core::{iter, mem, num::NonZeroU64};
use std::collections::BTreeMap;

use entrenous_identity::{AccountPublicKey, Day, HandshakeHash};
use entrenous_ratchet::{BlockId, Located, Party, RecordChanges, Session, SkippedBlock};
use zeroize::Zeroizing;

/// Sessions kept beside the active one, to receive what is still under way in them.
const MAX_RECEIVE_ONLY: usize = 3;

/// The active session, in which messages are sent, and those that only receive, newest first.
#[derive(Debug)]
pub(crate) struct Sessions {
    pub(crate) account_key: AccountPublicKey,
    active: KeptSession,
    receive_only: Vec<KeptSession>,
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

    /// Forgets the former chains whose time is over.
    pub(crate) fn expire(&mut self, today: Day) {
        for id in self.session.expire(today) {
            self.skipped.remove(&id);
        }
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
    pub(crate) fn new(account_key: AccountPublicKey, active: KeptSession) -> Self {
        Self { account_key, active, receive_only: Vec::new() }
    }

    pub(crate) fn active(&mut self) -> &mut KeptSession {
        &mut self.active
    }

    /// Whether the device has answered on the active session, or began it.
    pub(crate) fn is_answered(&self) -> bool {
        self.active.session.is_answered()
    }

    /// The highest counter in either direction.
    pub(crate) fn highest_counter(&self) -> NonZeroU64 {
        self.receive_only.iter().map(|kept| kept.counter).fold(self.active.counter, NonZeroU64::max)
    }

    /// The active session first.
    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut KeptSession> {
        iter::once(&mut self.active).chain(&mut self.receive_only)
    }

    pub(crate) fn by_handshake(&mut self, hash: &HandshakeHash) -> Option<&mut KeptSession> {
        self.all().find(|kept| kept.session.handshake_hash() == *hash)
    }

    /// Adds a session. It becomes the active one when its counter is higher; when both sides began one at the
    /// same time, the lower T wins on both, and the other goes on receiving.
    pub(crate) fn add(&mut self, mut new: KeptSession) {
        let active = &self.active;
        let crossing = active.counter == new.counter
            && active.session.party() == Party::Initiator
            && !active.session.is_answered();
        // spec: RATCHET-40
        if new.counter > active.counter || crossing && new.session.transcript() < active.session.transcript()
        {
            mem::swap(&mut self.active, &mut new);
        }
        // spec: RATCHET-41
        self.receive_only.insert(0, new);
        self.receive_only.truncate(MAX_RECEIVE_ONLY);
    }
}
