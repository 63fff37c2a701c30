//! Former chains of the peer go: when their time is over, or when there is no room for them.

use alloc::vec::Vec;

use entrenous_identity::Day;
use entrenous_wire::records::MAX_OLD_CHAINS;

use crate::{BlockId, Session};

/// What [`Session::expire`] or [`Session::keep_old_chains`] has forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Messages that can't be opened any more, should they come.
    pub lost_keys: u32,
    /// The skipped-key records to be removed.
    pub records: Vec<BlockId>,
}

impl Session {
    /// Forgets the former chains of the peer whose time is over, with their skipped keys. A turn does the same;
    /// this is for sessions in which none comes. The caller stores the session and removes the records in one
    /// commit.
    pub fn expire(&mut self, today: Day) -> Expired {
        self.keep_old_chains(today, MAX_OLD_CHAINS as usize)
    }

    /// Former chains of the peer whose late messages can still be opened, 0 to 32: each has a header key of its own that
    /// is tried for a message that none of the newer chains explains.
    pub fn old_chains(&self) -> usize {
        self.old.len()
    }

    /// Forgets all but the newest `most` former chains of the peer, and of those the ones whose time is over, with
    /// their skipped keys. The caller stores the session and removes the records in one commit.
    ///
    /// For a session beside others with the same peer, which together are to have no more header keys than one. Late
    /// messages of the chains that go are lost, and told; those of the peer's newest chain still open, and so do all of
    /// the next one, where one can still come.
    // spec: RATCHET-59
    pub fn keep_old_chains(&mut self, today: Day, most: usize) -> Expired {
        let days = self.limits.old_chain_days;
        let mut expired = Expired::default();
        let mut at = 0;
        self.old.retain(|old| {
            let keep = at < most && !old.is_expired(today, days);
            at += 1;
            if !keep {
                expired.lost_keys += old.skipped.len();
                expired
                    .records
                    .extend(old.skipped.blocks().map(|(block, _)| BlockId { chain: old.id, block }));
            }
            keep
        });
        self.forget_opened();
        expired
    }

    /// Every record of skipped keys that the session has: who drops the session removes them with it.
    pub fn skipped_blocks(&self) -> Vec<BlockId> {
        let newest = self.receiving.iter().map(|recv| (recv.id, &recv.skipped));
        let chains = newest.chain(self.old.iter().map(|old| (old.id, &old.skipped)));
        let blocks = chains
            .flat_map(|(chain, skipped)| skipped.blocks().map(move |(block, _)| BlockId { chain, block }));
        blocks.collect()
    }

    /// Forgets the tags of chains that are gone.
    pub(crate) fn forget_opened(&mut self) {
        let Self { receiving, old, opened, .. } = self;
        let newest = receiving.as_ref().map(|recv| recv.id);
        opened.retain_chains(|chain| newest == Some(chain) || old.iter().any(|old| old.id == chain));
    }

    /// The former chains that go when the newest becomes one: the expired, and the oldest beyond the limit.
    pub(crate) fn dead_chains(&self, today: Day) -> Vec<u64> {
        if self.receiving.is_none() {
            return Vec::new();
        }
        let room = usize::from(self.limits.old_chains).clamp(1, MAX_OLD_CHAINS as usize) - 1;
        let over = |at: usize| at >= room;
        let days = self.limits.old_chain_days;
        let dead = self.old.iter().enumerate().filter(|(at, old)| over(*at) || old.is_expired(today, days));
        dead.map(|(_, old)| old.id).collect()
    }
}
