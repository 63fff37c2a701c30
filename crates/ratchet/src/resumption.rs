//! The resumption secrets of the last root steps: what a continued handshake takes over from this session.

use entrenous_identity::{Resumption, ResumptionId, session_secret::Resume};
use entrenous_primitives::secret::Key;
use entrenous_wire::records::MAX_RESUMPTION;

use crate::{Session, session::Phase};

/// RS of the last four root steps. A secret stays in the place where it was put until another takes it.
#[derive(Debug)]
pub(crate) struct ResumptionSecrets {
    slots: [Option<Key<Resume>>; MAX_RESUMPTION],
    newest: usize,
}

impl ResumptionSecrets {
    /// None: there was no root step.
    pub(crate) fn new() -> Self {
        Self { slots: [const { None }; MAX_RESUMPTION], newest: MAX_RESUMPTION - 1 }
    }

    /// Adds the secret of a further root step; the oldest of four is wiped.
    pub(crate) fn push(&mut self, secret: Key<Resume>) {
        self.newest = (self.newest + 1) % MAX_RESUMPTION;
        if let Some(slot) = self.slots.get_mut(self.newest) {
            // spec: RATCHET-50
            *slot = Some(secret);
        }
    }

    /// The secrets that there are.
    pub(crate) fn newest_first(&self) -> impl DoubleEndedIterator<Item = &Key<Resume>> {
        let at = |age| (self.newest + MAX_RESUMPTION - age) % MAX_RESUMPTION;
        (0..MAX_RESUMPTION).filter_map(move |age| self.slots.get(at(age))?.as_ref())
    }
}

impl Session {
    /// What to continue this session with: the secret of our last receiving step, which the peer has, since its
    /// sending step made it. None before the first message of the peer.
    pub fn resumption_to_offer(&self) -> Option<Resumption> {
        // steps alternate: in Turn the newest was receiving, in Live the one before it
        let age = match self.phase {
            Phase::Turn { .. } => 0,
            Phase::Live(_) => 1,
        };
        // spec: RATCHET-52
        self.resumption.newest_first().nth(age).map(|secret| self.resumption(secret))
    }

    /// The secret that a continued handshake names, if it is of one of the last four root steps.
    pub fn resumption_secret(&self, id: &ResumptionId) -> Option<Resumption> {
        // spec: RATCHET-53
        let found = self.resumption.newest_first().find(|secret| ResumptionId::of(secret) == *id);
        found.map(|secret| self.resumption(secret))
    }

    fn resumption(&self, secret: &Key<Resume>) -> Resumption {
        Resumption::new(self.transcript, Key::from_bytes(secret.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    // spec: RATCHET-50
    #[test]
    fn the_last_four_stay_newest_first() {
        let mut secrets = ResumptionSecrets::new();
        for step in 0..20u8 {
            let kept: Vec<u8> = secrets.newest_first().map(|secret| secret.as_bytes()[0]).collect();
            assert_eq!(kept, (step.saturating_sub(4)..step).rev().collect::<Vec<_>>());
            secrets.push(Key::from_bytes(&[step; 32]));
        }
    }
}
