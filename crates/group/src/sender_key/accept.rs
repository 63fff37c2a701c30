//! Taking another device's sender key.

use entrenous_primitives::secret::Key;
use entrenous_wire::{group_message::MAX_ITERATIONS, sender_key::DistributionBody};

use super::{
    DistributionError, EndedKey, KeyId, ReceivingKey, Sender,
    kdf::{GroupChain, chain_step, commitment},
    key::{Description, PreviousKey, SigningPublic},
    skipped::Present,
};
use crate::{GroupId, RosterId};

/// A distribution that was received: read, and not accepted yet.
#[derive(Debug)]
pub struct ReceivedKey {
    id: KeyId,
    description: Description,
    chain: Key<GroupChain>,
    iteration: u32,
    previous: Option<PreviousKey>,
}

/// What accepting a distribution comes to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "moving out of a box frees its memory unwiped")]
pub enum Accepted {
    /// A key that was not known, to be stored. A key that it came in the place of is ended with it:
    /// [`ReceivingKey::end_with`].
    New(ReceivingKey),
    /// A key that is known, and stays as it is.
    Known,
}

impl ReceivedKey {
    /// Reads a distribution.
    ///
    /// # Errors
    /// [`DistributionError::Malformed`], also for a signing key that is not in the subgroup of prime order.
    pub fn parse(bytes: &[u8]) -> Result<Self, DistributionError> {
        let body = DistributionBody::parse(bytes)?;
        // spec: GROUP-121
        let description = Description::from_wire(&body.description, SigningPublic::from_bytes)?;
        Ok(Self {
            id: description.id(),
            description,
            chain: Key::from_bytes(&body.chain),
            iteration: body.iteration,
            previous: body.previous.map(PreviousKey::from_wire),
        })
    }

    /// The key's name, under which a known one is found.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The group that it says it is for.
    pub fn group(&self) -> GroupId {
        self.description.group
    }

    /// Whose it says that it is: to be compared with the device that has given it before it is kept for later.
    pub fn sender(&self) -> Sender {
        self.description.sender
    }

    /// The roster under which it was made, for [`KeyStanding`](super::KeyStanding).
    pub fn roster(&self) -> RosterId {
        self.description.roster
    }

    /// The key before, if the sender had one.
    pub fn previous(&self) -> Option<PreviousKey> {
        self.previous
    }

    /// Accepts the key for `group` from the device `from`, whose session it came through. `known` is the key of the
    /// same id, if there is one. Costs at most 4,096 chain steps, for a known key alone.
    ///
    /// # Errors
    /// [`DistributionError`]; what is known stays as it is.
    pub fn accept(
        self,
        group: GroupId,
        from: Sender,
        known: Option<&ReceivingKey>,
    ) -> Result<Accepted, DistributionError> {
        let Self { id, description, chain, iteration, previous } = self;
        // spec: GROUP-120
        if description.group != group {
            return Err(DistributionError::OtherGroup);
        }
        if description.sender != from {
            return Err(DistributionError::OtherSender);
        }
        // spec: GROUP-122
        if iteration == 0 && commitment(&chain) != description.commitment {
            return Err(DistributionError::WrongCommitment);
        }
        if let Some(known) = known.filter(|known| known.id == id) {
            return known.compare(&chain, iteration, previous);
        }
        Ok(Accepted::New(ReceivingKey {
            id,
            description,
            chain: Some(chain),
            first: iteration,
            next: iteration,
            end: MAX_ITERATIONS,
            closed: None,
            previous,
            present: Present::NONE,
        }))
    }
}

impl ReceivingKey {
    /// Whether the same key, given again, is the one that is known.
    fn compare(
        &self,
        chain: &Key<GroupChain>,
        iteration: u32,
        previous: Option<PreviousKey>,
    ) -> Result<Accepted, DistributionError> {
        // spec: GROUP-123
        if iteration < self.first {
            return Err(DistributionError::Rewound);
        }
        // spec: GROUP-124
        if let Some(known) = self.chain.as_ref().filter(|_| iteration >= self.next) {
            let mut at = Key::from_bytes(known.as_bytes());
            for _ in self.next..iteration {
                (at, _) = chain_step(&at);
            }
            if !at.ct_eq(chain) {
                return Err(DistributionError::OtherChain);
            }
        }
        // spec: GROUP-127
        if previous != self.previous {
            return Err(DistributionError::OtherPrevious);
        }
        // spec: GROUP-125
        Ok(Accepted::Known)
    }

    /// Ends this key where its sender's newer one says that it ends: what is missing before that still opens. None,
    /// and nothing has changed, if `newer` doesn't name this key or is of another device or group.
    pub fn end_with(&mut self, newer: &Self) -> Option<EndedKey> {
        let previous = newer.previous.filter(|previous| previous.id == self.id)?;
        // spec: GROUP-126
        let same = (newer.group(), newer.sender()) == (self.group(), self.sender());
        same.then(|| self.end_at_count(previous.count))
    }
}
