//! What opening does about the epoch.

use alloc::{boxed::Box, vec::Vec};

use entrenous_identity::{Day, Transcript};
use entrenous_primitives::secret::Key;
use entrenous_wire::{frame::Frame, header::Flags};

use super::{Epoch, EpochSecret, EpochStep, OFFER_LEN, Stage, blob::IndexedShard, kem::Binding};
use crate::Party;

/// What a message has told of the epoch that we are in.
#[derive(Debug)]
pub(crate) struct Learned {
    peer_has: bool,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    Nothing,
    /// Shards of a blob that isn't whole yet.
    Shards(Vec<IndexedShard>),
    /// The encapsulation key is whole.
    Key(Box<[u8; OFFER_LEN]>),
    /// The answer is whole; the secret, if it was one.
    Answer(Option<Key<EpochSecret>>),
}

impl Epoch {
    /// What the peer's new chain does about the epoch, by the flags of its headers; none if it can't.
    pub(crate) fn receiving_step(&self, flags: Flags) -> Option<EpochStep> {
        if flags.epoch == self.number_mod_64() {
            return (!flags.mix).then_some(EpochStep::Stay);
        }
        let next = flags.epoch == (self.number_mod_64() + 1) % 64;
        // the offerer closes an epoch
        // spec: RATCHET-15
        match &self.stage {
            Stage::Answered { secret: Some(_), .. } if next && flags.mix => Some(EpochStep::Mix),
            Stage::Collecting(_) | Stage::Collected { .. } | Stage::Answered { .. } if next && !flags.mix => {
                Some(EpochStep::Skip)
            }
            _ => None,
        }
    }

    /// The secret that the peer's chain mixes in with `step`.
    pub(crate) fn secret_of(&self, step: EpochStep) -> Option<&Key<EpochSecret>> {
        match &self.stage {
            Stage::Answered { secret, .. } if step.mixes() => secret.as_ref(),
            _ => None,
        }
    }

    /// A chain of the peer has begun: our shards may be answered by now.
    pub(crate) fn receiving_stepped(&mut self, party: Party, step: EpochStep, flags: Flags, today: Day) {
        if step != EpochStep::Stay {
            *self = self.next(party, step, Some(today));
        } else if let Some(blob) = self.stage.outgoing_mut() {
            // taken back by a peer that had said `have` and was then restored
            blob.peer_has = flags.have;
        }
        // spec: RATCHET-77
        self.sent_shards = 0;
    }

    /// What an authentic message tells of this epoch, by the flags of its header and its plaintext. Most tell nothing, and
    /// only those with shards are looked into. A message that ends the epoch is of the next one, of which there is
    /// nothing to learn yet.
    pub(crate) fn learn(&self, transcript: &Transcript, flags: Flags, plaintext: &[u8]) -> Option<Learned> {
        // spec: RATCHET-78
        if flags.epoch != self.number_mod_64() {
            return None;
        }
        let peer_has = flags.have && self.stage.outgoing().is_some();
        let progress = self.progress(transcript, plaintext);
        let learned = peer_has || !matches!(progress, Progress::Nothing);
        learned.then_some(Learned { peer_has, progress })
    }

    fn progress(&self, transcript: &Transcript, plaintext: &[u8]) -> Progress {
        let Some(incoming) = self.stage.incoming() else { return Progress::Nothing };
        let Some(run) = Frame::shards_of(plaintext) else { return Progress::Nothing };
        let new = incoming.wanted(&run);
        if new.is_empty() {
            return Progress::Nothing;
        }
        let Some(blob) = incoming.completed_by(&new) else { return Progress::Shards(new) };
        match &self.stage {
            Stage::Offered { seed, key, .. } => {
                Progress::Answer(Binding { transcript, epoch: self.number }.settle(seed, &key.blob, &blob))
            }
            _ => match blob.into_boxed_slice().try_into() {
                Ok(key) => Progress::Key(key),
                Err(_) => Progress::Nothing,
            },
        }
    }

    /// Enters what was learned.
    pub(crate) fn apply(&mut self, learned: Learned) {
        let Learned { peer_has, progress } = learned;
        if let Some(blob) = self.stage.outgoing_mut() {
            blob.peer_has |= peer_has;
        }
        match progress {
            Progress::Nothing => {}
            Progress::Shards(new) => {
                if let Some(incoming) = self.stage.incoming_mut() {
                    incoming.add(new);
                }
            }
            Progress::Key(key) => self.stage = Stage::Collected { key },
            Progress::Answer(secret) => {
                // the key's seed goes here, whether the answer was right or not
                // spec: RATCHET-73
                if let Some(made) = self.stage.made() {
                    self.stage = Stage::Settled { secret, made };
                }
            }
        }
    }
}
