//! What sealing does about the epoch: all new post-quantum keys are made here, where a chain begins.

use entrenous_identity::{Timestamp, Transcript};
use entrenous_primitives::{random::draw, reed_solomon::SHARD_LEN, secret::Key};
use entrenous_wire::frame::{Frame, MAX_SHARDS, Shards};
use rand_core::TryCryptoRng;

use super::{
    ANSWER_LEN, Epoch, EpochSecret, EpochStep, Rest, Stage,
    blob::{Incoming, Outgoing},
    kem::{Binding, Seed},
};
use crate::{Party, PostQuantumPolicy, SealError, SealPolicy, ShardsPerMessage};

/// What a sending step does about the epoch.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) step: EpochStep,
    /// The epoch in the chain that begins, if it differs.
    // not boxed: moving out of a box frees its memory unwiped
    pub(crate) epoch: Option<Epoch>,
}

impl Epoch {
    /// The secret that our next sending step mixes in, if it does.
    pub(crate) fn secret_to_mix(&self) -> Option<&Key<EpochSecret>> {
        match &self.stage {
            Stage::Settled { secret, .. } => secret.as_ref(),
            _ => None,
        }
    }

    /// A chain of ours begins.
    pub(crate) fn sending_step(
        &self,
        party: Party,
        transcript: &Transcript,
        policy: &PostQuantumPolicy,
        now: Timestamp,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Begun, SealError> {
        // spec: RATCHET-75
        let stage = match &self.stage {
            Stage::Settled { secret, .. } => {
                let step = if secret.is_some() { EpochStep::Mix } else { EpochStep::Skip };
                return Ok(Begun { step, epoch: Some(self.next(party, step, None)) });
            }
            Stage::Resting(rest) if rest.is_over(policy, now) => {
                let seed = Seed::from_seed(draw(rng)?.as_bytes());
                let key = Outgoing::new(seed.encapsulation_key().as_bytes().to_vec());
                Stage::Offered { seed, key, answer: Incoming::new(ANSWER_LEN), made: now }
            }
            Stage::Collected { key } => {
                let (answer, secret) = Binding { transcript, epoch: self.number }.answer(key, rng)?;
                Stage::Answered { secret, answer: Outgoing::new(answer), made: now }
            }
            Stage::Resting(_) | Stage::Offered { .. } | Stage::Collecting(_) | Stage::Answered { .. } => {
                return Ok(Begun { step: EpochStep::Stay, epoch: None });
            }
        };
        let Self { number, stage: _, sent_shards, mixed } = *self;
        let epoch = Self { number, stage, sent_shards, mixed };
        Ok(Begun { step: EpochStep::Stay, epoch: Some(epoch) })
    }

    /// Whether this end has a blob that the peer doesn't have yet.
    pub(crate) fn sends_shards(&self) -> bool {
        self.stage.outgoing().is_some_and(|blob| !blob.peer_has)
    }

    /// Writes the shards that go along with `frame` into `space`. `answers`: how many messages of the peer are
    /// answered with it.
    pub(crate) fn shards<'a>(
        &self,
        frame: &Frame<'_>,
        policy: &SealPolicy,
        answers: u32,
        space: &'a mut [u8; MAX_SHARDS * SHARD_LEN],
    ) -> Option<Shards<'a>> {
        let blob = self.stage.outgoing()?;
        let left = usize::from(blob.budget().saturating_sub(self.sent_shards));
        let count = policy.shards(frame, answers).min(left).min(MAX_SHARDS);
        let bytes = space.get_mut(..count * SHARD_LEN).filter(|bytes| !bytes.is_empty())?;
        let first = blob.write(bytes);
        Some(Shards { first, bytes })
    }

    /// A message with `count` shards was sealed.
    pub(crate) fn sent(&mut self, count: u8) {
        self.sent_shards = self.sent_shards.saturating_add(count);
        if let Some(blob) = self.stage.outgoing_mut() {
            blob.advance(count);
        }
        self.count_message();
    }
}

impl Rest {
    fn is_over(&self, policy: &PostQuantumPolicy, now: Timestamp) -> bool {
        // spec: RATCHET-79
        let Some(ended) = self.ended else { return policy.offers };
        let days = now.day().0.abs_diff(ended.0);
        policy.offers && (self.messages >= policy.pause_messages || days >= policy.pause_days)
    }
}

impl SealPolicy {
    /// How many shards go along with `frame`, as far as there are any.
    fn shards(&self, frame: &Frame<'_>, answers: u32) -> usize {
        let least = match self.post_quantum.shards {
            ShardsPerMessage::Exactly(count) => return usize::from(count),
            ShardsPerMessage::Adaptive => {
                let content = frame.content.len() / 256;
                content.max(usize::try_from(answers).unwrap_or(usize::MAX)).clamp(2, 8)
            }
        };
        // spec: RATCHET-80
        let with = |count| frame.unpadded_len_with_shards(count);
        let room = self.padding.padded_len(with(least)) - with(least);
        least + room / SHARD_LEN
    }
}
