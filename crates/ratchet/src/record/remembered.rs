//! The two compact fields of a session's record: resumption secrets, and the last opened messages.
//!
//! ```text
//! resumption   RS 32, newest first
//! opened       (chain's place · 2^20 + n) 4 ‖ tag 8, oldest first; place 0 is the newest chain, then the old ones
//! ```

use alloc::vec::Vec;

use entrenous_primitives::secret::Key;
use entrenous_wire::{
    Malformed, Reason,
    header::MAX_CHAIN,
    records::{MAX_RESUMPTION, OPENED_LEN},
};

use crate::{
    Party, Session,
    opened::{OpenedMessage, OpenedMessages},
    resumption::ResumptionSecrets,
    session::Phase,
};

/// The secrets as the record has them. The record's message wipes them; at their full length at once, so that
/// growing leaves no copies.
pub(super) fn resumption_record(secrets: &ResumptionSecrets) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32 * MAX_RESUMPTION);
    for secret in secrets.newest_first() {
        bytes.extend_from_slice(secret.as_bytes());
    }
    bytes
}

/// The strict decoding saw to it that there are whole secrets, and not too many.
pub(super) fn read_resumption(record: &[u8]) -> ResumptionSecrets {
    let mut secrets = ResumptionSecrets::new();
    let (newest_first, _) = record.as_chunks();
    newest_first.iter().rev().for_each(|secret| secrets.push(Key::from_bytes(secret)));
    secrets
}

impl Session {
    /// Chains by their place: the newest, then the former ones.
    fn chain_ids(&self) -> impl Iterator<Item = u64> {
        self.receiving.iter().map(|recv| recv.id).chain(self.old.iter().map(|old| old.id))
    }

    pub(super) fn opened_record(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for message in self.opened.oldest_first() {
            // tags of chains that are gone are forgotten with them
            let place = (0..).zip(self.chain_ids()).find(|(_, id)| *id == message.chain);
            let Some((place, _)) = place else { continue };
            bytes.extend_from_slice(&(place * MAX_CHAIN + message.n).to_be_bytes());
            bytes.extend_from_slice(&message.tag);
        }
        bytes
    }

    /// Reads what [`Session::opened_record`] wrote of this session.
    pub(super) fn read_opened(&self, record: &[u8]) -> Result<OpenedMessages, Malformed> {
        let malformed = Malformed::new("session opened", Reason::Inconsistent);
        let mut opened = OpenedMessages::new();
        let (entries, _) = record.as_chunks::<OPENED_LEN>();
        for [p0, p1, p2, p3, tag @ ..] in entries {
            let number = u32::from_be_bytes([*p0, *p1, *p2, *p3]);
            let (place, n) = (number / MAX_CHAIN, number % MAX_CHAIN);
            let chain = (0..).zip(self.chain_ids()).find(|(at, _)| *at == place);
            let (_, chain) = chain.ok_or(malformed)?;
            let kept = self.index(chain).is_some_and(|index| index.contains(n));
            let ahead = self.receiving.as_ref().is_some_and(|recv| recv.id == chain && n >= recv.n);
            let twice = opened.oldest_first().any(|known| (known.chain, known.n) == (chain, n));
            // spec: RATCHET-60
            if kept || ahead || twice {
                return Err(malformed);
            }
            opened.push(OpenedMessage { chain, n, tag: *tag });
        }
        Ok(opened)
    }

    /// Four resumption secrets, or as many as there were root steps: each chain of the peer took a receiving step,
    /// and each of ours a sending one.
    pub(super) fn has_its_resumption_secrets(&self) -> bool {
        let received = self.next_chain_id();
        // chains alternate, the initiator's being the first
        let sent = match (&self.phase, self.party) {
            (Phase::Turn { .. }, Party::Responder) => received.saturating_sub(1),
            (Phase::Turn { .. }, Party::Initiator) | (Phase::Live(_), Party::Responder) => received,
            (Phase::Live(_), Party::Initiator) => received.saturating_add(1),
        };
        let steps = received.saturating_add(sent).min(MAX_RESUMPTION as u64);
        // spec: RATCHET-60
        u64::try_from(self.resumption.newest_first().count()).is_ok_and(|kept| kept == steps)
    }
}
