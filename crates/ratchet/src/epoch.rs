//! The post-quantum ratchet: epochs of one ML-KEM-768 exchange each, in shards beside the messages.
//!
//! ```text
//! offerer:   Resting --(seal) begin--> Offered --(open) the answer is whole--> Settled --(seal) mix, or skip--> e + 1
//! answerer:  Collecting --(open) the key is whole--> Collected --(seal) encapsulate--> Answered
//!                       --(open) the peer's chain that mixes, or skips--> e + 1
//! ```
//!
//! (seal) is a sending ratchet step and nothing else of sealing: a key pair or an encapsulation is made, and a secret
//! mixed, only where a chain begins, so that all of it is stored before anything of it leaves. Odd epochs are offered
//! by the responder of the session, even ones by the initiator: who has answered an epoch offers the next.
//!
//! An epoch can be lost, when what has come is not what was sent: then it is skipped. The session can't: no header
//! key and no plain root step depends on it.

mod blob;
mod kem;
mod receiving;
mod record;
mod sending;

use alloc::boxed::Box;

use entrenous_identity::{Day, Timestamp};
use entrenous_primitives::{
    ml_kem::{CIPHERTEXT_768_LEN, ENCAPSULATION_KEY_768_LEN},
    secret::Key,
};
use entrenous_wire::header::Flags;

pub(crate) use receiving::Learned;
pub(crate) use sending::Begun;

use crate::Party;
use blob::{Incoming, Outgoing};
pub(crate) use kem::EpochSecret;
use kem::{CONFIRMATION_LEN, Seed};

/// The first epoch of a session: the responder offers it.
const FIRST: u64 = 1;

/// Bytes of what the offerer sends: an encapsulation key, 37 shards.
const OFFER_LEN: usize = ENCAPSULATION_KEY_768_LEN;

/// Bytes of what the answerer sends: a ciphertext and a confirmation, 35 shards.
const ANSWER_LEN: usize = CIPHERTEXT_768_LEN + CONFIRMATION_LEN;

/// The epoch under way, and what is left of those before.
#[derive(Debug)]
pub(crate) struct Epoch {
    /// From 1.
    pub(crate) number: u64,
    stage: Stage,
    /// Shards sent since the last receiving step.
    sent_shards: u8,
    mixed: Option<MixedEpoch>,
}

/// Where an epoch stands. The first three are the offerer's, the others the answerer's.
#[derive(Debug)]
enum Stage {
    /// Nothing is offered yet.
    Resting(Rest),
    /// The encapsulation key is on its way, or its answer.
    Offered { seed: Seed, key: Outgoing, answer: Incoming, made: Timestamp },
    /// The answer is whole: there is a secret, unless the confirmation was false. The key is gone.
    Settled { secret: Option<Key<EpochSecret>>, made: Timestamp },
    /// Shards of the encapsulation key may come.
    Collecting(Incoming),
    /// The encapsulation key is whole, whatever it is.
    Collected { key: Box<[u8; OFFER_LEN]> },
    /// The answer is on its way. There is a secret, unless the key was none.
    Answered { secret: Option<Key<EpochSecret>>, answer: Outgoing, made: Timestamp },
}

/// The pause between two epochs.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    /// Messages sealed and opened since the last one.
    messages: u32,
    /// When it ended; none before the first epoch.
    ended: Option<Day>,
}

/// An epoch whose secret is in the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedEpoch {
    /// Its number, from 1.
    pub epoch: u64,
    /// When this end's part of its secret was made, a key pair or an encapsulation. Whoever took this end's state
    /// before, has nothing later of either end, and only listens, reads no body of the chain that mixes the epoch in
    /// and of all that begin after it, not with a quantum computer either.
    pub made: Timestamp,
}

/// What a root step does about the epoch under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EpochStep {
    /// Nothing: it goes on.
    Stay,
    /// Its secret goes into the root, and it is over.
    Mix,
    /// It is over without a secret.
    Skip,
}

impl EpochStep {
    /// The `mix` flag of the chain that begins with the step.
    pub(crate) fn mixes(self) -> bool {
        self == Self::Mix
    }
}

/// An epoch that is over on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedEpoch {
    /// Its number, from 1.
    pub epoch: u64,
    /// Whether its secret is in the root. Else what the two ends had of it didn't fit together.
    pub mixed: bool,
    /// Epochs in a row that ended without a secret, this one included.
    pub skipped: u32,
}

impl Epoch {
    /// The first epoch of a session.
    pub(crate) fn first(party: Party) -> Self {
        Self { number: FIRST, stage: Stage::first_of(party, FIRST), sent_shards: 0, mixed: None }
    }

    /// The flags of our headers in a chain that began with `step`.
    pub(crate) fn flags(&self, step: EpochStep) -> Flags {
        // spec: RATCHET-29
        Flags { epoch: self.number_mod_64(), have: self.stage.has_whole_blob(), mix: step.mixes() }
    }

    fn number_mod_64(&self) -> u8 {
        (self.number % 64).to_le_bytes()[0]
    }

    /// The epoch after this one, which is over.
    fn next(&self, party: Party, step: EpochStep, today: Option<Day>) -> Self {
        let number = self.number.saturating_add(1);
        // spec: RATCHET-74
        let mixed = match self.stage.made() {
            Some(made) if step.mixes() => Some(MixedEpoch { epoch: self.number, made }),
            _ => self.mixed,
        };
        let stage = match Stage::first_of(party, number) {
            Stage::Resting(_) => Stage::Resting(Rest { messages: 0, ended: today }),
            stage => stage,
        };
        Self { number, stage, sent_shards: self.sent_shards, mixed }
    }

    /// Whether shards of this end are under way, or of the peer.
    fn is_under_way(&self) -> bool {
        match &self.stage {
            Stage::Resting(_) => false,
            Stage::Collecting(key) => !key.is_empty(),
            Stage::Offered { .. }
            | Stage::Settled { .. }
            | Stage::Collected { .. }
            | Stage::Answered { .. } => true,
        }
    }

    /// The epoch that is over on both sides when the peer's chain begins with `step` and answers ours, which began with
    /// `own_step`: the peer has ended it, or we had, and the peer has followed.
    pub(crate) fn ended_by(&self, step: EpochStep, own_step: EpochStep) -> Option<EndedEpoch> {
        let former = self.number.saturating_sub(1);
        match (step, own_step) {
            (EpochStep::Mix, _) => Some(EndedEpoch { epoch: self.number, mixed: true, skipped: 0 }),
            (EpochStep::Skip, _) => Some(EndedEpoch {
                epoch: self.number,
                mixed: false,
                skipped: self.skipped().saturating_add(1),
            }),
            (EpochStep::Stay, EpochStep::Mix) => Some(EndedEpoch { epoch: former, mixed: true, skipped: 0 }),
            (EpochStep::Stay, EpochStep::Skip) => {
                Some(EndedEpoch { epoch: former, mixed: false, skipped: self.skipped() })
            }
            (EpochStep::Stay, EpochStep::Stay) => None,
        }
    }

    /// Counts a message that was sealed or opened.
    pub(crate) fn count_message(&mut self) {
        if let Stage::Resting(rest) = &mut self.stage {
            rest.messages = rest.messages.saturating_add(1);
        }
    }

    /// How the post-quantum ratchet stands.
    pub(crate) fn status(&self) -> EpochStatus {
        EpochStatus {
            epoch: self.number,
            under_way: self.is_under_way(),
            mixed: self.mixed,
            skipped: self.skipped(),
        }
    }

    /// Epochs that were skipped since the last one that was mixed in: all there were since.
    fn skipped(&self) -> u32 {
        let since = self.number.saturating_sub(1).saturating_sub(self.mixed.map_or(0, |mixed| mixed.epoch));
        u32::try_from(since).unwrap_or(u32::MAX)
    }

    /// Whether our chain can have begun with `step`, as the record says.
    pub(crate) fn can_have_begun_with(&self, step: EpochStep) -> bool {
        let newly =
            matches!(self.stage, Stage::Collecting(_) | Stage::Collected { .. }) && self.number > FIRST;
        match step {
            EpochStep::Stay => true,
            EpochStep::Mix => newly && self.skipped() == 0,
            EpochStep::Skip => newly && self.skipped() > 0,
        }
    }

    /// Whether no shard was sent since the last receiving step, as it is in Turn.
    pub(crate) fn has_sent_no_shards(&self) -> bool {
        self.sent_shards == 0
    }
}

/// How the post-quantum ratchet of a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStatus {
    /// The epoch that the session is in, from 1.
    pub epoch: u64,
    /// Whether it has begun, as far as this end knows: messages are longer then. Else the session rests between two.
    pub under_way: bool,
    /// The last epoch that was mixed in. None as long as only the handshake protects against quantum computers.
    pub mixed: Option<MixedEpoch>,
    /// Epochs skipped since, in a row. From two on it is stalled: the peer is at fault, or there are copies of a device.
    pub skipped: u32,
}

impl Stage {
    fn first_of(party: Party, number: u64) -> Self {
        // spec: RATCHET-70
        let offers = (number % 2 == 1) == (party == Party::Responder);
        if offers { Self::Resting(Rest::default()) } else { Self::Collecting(Incoming::new(OFFER_LEN)) }
    }

    /// The `have` flag: this end needs no more shards of the peer in this epoch.
    fn has_whole_blob(&self) -> bool {
        // spec: RATCHET-29
        match self {
            Self::Resting(_) | Self::Offered { .. } | Self::Collecting(_) => false,
            Self::Settled { .. } | Self::Collected { .. } | Self::Answered { .. } => true,
        }
    }

    /// When the own part was made.
    fn made(&self) -> Option<Timestamp> {
        match self {
            Self::Offered { made, .. } | Self::Settled { made, .. } | Self::Answered { made, .. } => {
                Some(*made)
            }
            Self::Resting(_) | Self::Collecting(_) | Self::Collected { .. } => None,
        }
    }

    fn outgoing(&self) -> Option<&Outgoing> {
        match self {
            Self::Offered { key: blob, .. } | Self::Answered { answer: blob, .. } => Some(blob),
            _ => None,
        }
    }

    fn outgoing_mut(&mut self) -> Option<&mut Outgoing> {
        match self {
            Self::Offered { key: blob, .. } | Self::Answered { answer: blob, .. } => Some(blob),
            _ => None,
        }
    }

    /// The shards that have come, of a blob that isn't whole; none that is waited for otherwise.
    fn incoming(&self) -> Option<&Incoming> {
        match self {
            Self::Offered { answer: blob, .. } | Self::Collecting(blob) => Some(blob),
            _ => None,
        }
    }

    fn incoming_mut(&mut self) -> Option<&mut Incoming> {
        match self {
            Self::Offered { answer: blob, .. } | Self::Collecting(blob) => Some(blob),
            _ => None,
        }
    }
}
