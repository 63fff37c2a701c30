//! The own sender key.

use alloc::vec::Vec;

use entrenous_identity::Timestamp;
use entrenous_primitives::{
    ed25519::{PrimeOrderKey, SigningKey},
    random::{RandomError, draw},
    secret::Key,
};
use entrenous_wire::{Malformed, sender_key::DistributionBody};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::{
    kdf::{GroupChain, GroupSigning, commitment},
    key::{Description, KeyId, PreviousKey, Sender},
};
use crate::{GroupId, RosterId};

/// The key with which this device writes to one group, wiped when dropped.
#[derive(Debug)]
pub struct SendingKey {
    pub(crate) id: KeyId,
    pub(crate) description: Description,
    pub(crate) signing: SigningKey<GroupSigning>,
    pub(crate) chain: Key<GroupChain>,
    /// Messages sealed so far.
    pub(crate) iteration: u32,
    pub(crate) created: Timestamp,
    pub(crate) previous: Option<PreviousKey>,
}

impl SendingKey {
    /// Makes a new key under the present `roster`, in the place of `previous` if there is one, and dates it `now`. A
    /// key of another group or device is no previous one, as receivers see it.
    ///
    /// # Errors
    /// [`RandomError`] when the generator fails.
    pub fn generate(
        group: GroupId,
        sender: Sender,
        roster: RosterId,
        previous: Option<&Self>,
        now: Timestamp,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Self, RandomError> {
        // spec: GROUP-101
        let chain = Key::from_secret(draw(rng)?);
        let signing = SigningKey::generate(rng)?;
        // spec: GROUP-126
        let previous = previous.filter(|key| (key.group(), key.sender()) == (group, sender));
        let previous = previous.map(|key| PreviousKey { id: key.id, count: key.iteration });
        let commitment = commitment(&chain);
        let signing_public = PrimeOrderKey::of(&signing);
        let description = Description { group, sender, roster, signing: signing_public, commitment };
        Ok(Self { id: description.id(), description, signing, chain, iteration: 0, created: now, previous })
    }

    /// The key's name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The group.
    pub fn group(&self) -> GroupId {
        self.description.group
    }

    /// The own device.
    pub fn sender(&self) -> Sender {
        self.description.sender
    }

    /// The roster under which the key was made. When somebody has lost access since, a new key is needed before the
    /// next message.
    pub fn roster(&self) -> RosterId {
        self.description.roster
    }

    /// Messages sealed so far.
    pub fn sealed(&self) -> u32 {
        self.iteration
    }

    /// When the key was made.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// What a member's device is given, over the session with it alone: the messages from the next one on, and none
    /// before. 221 bytes, secret.
    ///
    /// # Errors
    /// [`Malformed`] for a key that is used up, which would open nothing.
    pub fn distribution(&self) -> Result<Zeroizing<Vec<u8>>, Malformed> {
        // spec: GROUP-110
        let body = DistributionBody {
            description: self.description.to_wire(),
            chain: Zeroizing::new(*self.chain.as_bytes()),
            iteration: self.iteration,
            previous: self.previous.map(PreviousKey::to_wire),
        };
        body.encode()
    }
}
