//! What one opened client remembers beside its records, because a record can come back from a backup.

use entrenous_primitives::{
    hash::sha256,
    random::{RandomError, draw},
};
use entrenous_wire::sas::{RUN_LEN, SasMessage};
use rand_core::TryCryptoRng;

use super::Which;

/// Length of the name of an opened client, in bytes.
pub(crate) const OPENED_LEN: usize = 16;

/// One opened client: never stored, never cloned.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Tells it from every other one, those on copies of its store included.
    pub(crate) name: [u8; OPENED_LEN],
    /// The numbers that follow the last that it has given out, in the inbox and in the outbox.
    next: [Option<u64>; 2],
    /// The runs of short strings in which a nonce was revealed, and for which answer.
    revealed: Vec<([u8; RUN_LEN], [u8; 32])>,
    /// The last code for a linking that it has made.
    shown: Option<ShownCode>,
    /// The highest count of changes of the store's mark that was seen.
    changes: u64,
}

#[derive(Debug)]
struct ShownCode {
    rendezvous: [u8; 16],
    /// The hash of the request for which its nonce was revealed.
    revealed_for: Option<[u8; 32]>,
}

impl Opened {
    pub(crate) fn new(rng: &mut impl TryCryptoRng) -> Result<Self, RandomError> {
        let name = *draw(rng)?.as_bytes();
        Ok(Self { name, next: [None; 2], revealed: Vec::new(), shown: None, changes: 0 })
    }

    /// The number that follows the last that it has given out in a queue; none if it has given out none.
    pub(super) const fn next(&mut self, which: Which) -> &mut Option<u64> {
        let [inbox, outbox] = &mut self.next;
        match which {
            Which::Inbox => inbox,
            Which::Outbox => outbox,
        }
    }

    /// Whether the store has had a later mark than one that was changed so often: then it was brought back since.
    // spec: CLIENT-134
    pub(crate) fn has_seen_later(&mut self, changes: u64) -> bool {
        changes < self.latest_change(changes)
    }

    /// The highest count of changes of the store's mark that was seen, `found` included.
    pub(crate) fn latest_change(&mut self, found: u64) -> u64 {
        self.changes = self.changes.max(found);
        self.changes
    }

    /// Whether the nonce of a run may be revealed for `answer`: for one only, however often a step is redone, since
    /// who knows the nonce could search for another answer.
    // spec: IDENTITY-77
    pub(crate) fn may_reveal(&mut self, answer: &SasMessage) -> bool {
        match self.revealed.iter().find(|(run, _)| *run == answer.run) {
            Some((_, value)) => *value == answer.value,
            None => {
                self.revealed.push((answer.run, answer.value));
                true
            }
        }
    }

    /// A code for a linking was made, in the place of the one before.
    pub(crate) const fn shows(&mut self, rendezvous: [u8; 16]) {
        self.shown = Some(ShownCode { rendezvous, revealed_for: None });
    }

    /// Whether it has made the code, and no other since.
    // spec: IDENTITY-77
    pub(crate) fn has_shown(&self, rendezvous: &[u8; 16]) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.rendezvous == *rendezvous)
    }

    /// Whether the nonce of the code that it shows may be revealed for `request`: for one only, as in
    /// [`may_reveal`](Self::may_reveal).
    // spec: IDENTITY-77
    pub(crate) fn may_reveal_to(&mut self, request: &[u8]) -> bool {
        let Some(shown) = &mut self.shown else { return false };
        let request = sha256(&[request]);
        *shown.revealed_for.get_or_insert(request) == request
    }
}
