//! The sessions with one device of a peer.

use core::{cmp::Reverse, iter, mem, num::NonZeroU64};
use std::collections::BTreeMap;

use entrenous_identity::{AccountPublicKey, Day, HandshakeHash, Resumption, ResumptionId};
use entrenous_ratchet::{BlockId, Located, RecordChanges, Session, SkippedBlock};
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

    /// Forgets the former chains whose time is over; gives the number of messages that can't come any more.
    pub(crate) fn expire(&mut self, today: Day) -> u32 {
        let expired = self.session.expire(today);
        for id in &expired.records {
            self.skipped.remove(id);
        }
        expired.lost_keys
    }

    /// Whether to send in this session rather than in the `active` one. A session that the peer is known to have
    /// goes before one that it may never come to know; among those the higher counter, and of two that crossed
    /// the lower T: so both sides come to the same.
    fn is_preferred_to(&self, active: &Self) -> bool {
        let rank =
            |kept: &Self| (kept.session.is_answered(), kept.counter, Reverse(kept.session.transcript()));
        self.session.is_answered() && rank(self) > rank(active)
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
        // never grown, which would leave copies of keys behind
        Self { account_key, active, receive_only: Vec::with_capacity(MAX_RECEIVE_ONLY + 1) }
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

    /// The secret that a continued handshake names.
    pub(crate) fn resumption(&self, id: &ResumptionId) -> Option<Resumption> {
        iter::once(&self.active).chain(&self.receive_only).find_map(|kept| kept.session.resumption_secret(id))
    }

    pub(crate) fn knows(&self, hash: &HandshakeHash) -> bool {
        iter::once(&self.active).chain(&self.receive_only).any(|kept| kept.session.handshake_hash() == *hash)
    }

    /// Whether a further session would push one out.
    pub(crate) fn is_full(&self) -> bool {
        self.receive_only.len() >= MAX_RECEIVE_ONLY
    }

    /// Adds a session that we began, for a device that has not answered yet, or one whose first message was just
    /// opened.
    pub(crate) fn add(&mut self, mut new: KeptSession) {
        // spec: RATCHET-40
        if new.counter > self.active.counter || new.is_preferred_to(&self.active) {
            mem::swap(&mut self.active, &mut new);
        }
        // spec: RATCHET-41
        self.receive_only.insert(0, new);
        self.receive_only.truncate(MAX_RECEIVE_ONLY);
    }

    /// A message was opened in the session of `hash`: the peer has it, and it may be the better one to send in.
    pub(crate) fn settle(&mut self, hash: &HandshakeHash) {
        let opened = self.receive_only.iter_mut().find(|kept| kept.session.handshake_hash() == *hash);
        // spec: RATCHET-40
        if let Some(opened) = opened.filter(|opened| opened.is_preferred_to(&self.active)) {
            mem::swap(&mut self.active, opened);
        }
    }
}
