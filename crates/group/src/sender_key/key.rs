//! Which key it is.

use core::fmt;

use entrenous_identity::{AccountId, DeviceId};
use entrenous_primitives::{ed25519, hash::sha256};
use entrenous_wire::{Malformed, Reason, label, sender_key as wire};

use super::kdf::GroupSigning;
use crate::{GroupId, RosterId};

/// The public key of a sender key, in the subgroup of prime order.
pub(crate) type SigningPublic = ed25519::PrimeOrderKey<GroupSigning>;

/// Names a sender key, 16 bytes: a hash of all that it is, so that nobody can give another key the same name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 16]);

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyId(")?;
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))?;
        f.write_str(")")
    }
}

/// The one device whose messages a sender key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sender {
    /// Its account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
}

/// The sender key that one came in the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousKey {
    /// Its id.
    pub id: KeyId,
    /// Messages that it sealed, at most 4,096.
    pub count: u32,
}

impl PreviousKey {
    pub(crate) fn from_wire(previous: wire::PreviousKey) -> Self {
        let wire::PreviousKey { id, count } = previous;
        Self { id: KeyId(id), count }
    }

    pub(crate) fn to_wire(self) -> wire::PreviousKey {
        let Self { id: KeyId(id), count } = self;
        wire::PreviousKey { id, count }
    }
}

/// What makes a sender key the key that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) group: GroupId,
    pub(crate) sender: Sender,
    /// The roster under which the key was made.
    pub(crate) roster: RosterId,
    pub(crate) signing: SigningPublic,
    /// H(label ‖ CK_0).
    pub(crate) commitment: [u8; 32],
}

impl Description {
    pub(crate) fn to_wire(self) -> wire::KeyDescription {
        let Self { group, sender: Sender { account, device }, roster, signing, commitment } = self;
        wire::KeyDescription {
            group: *group.as_bytes(),
            account: *account.as_bytes(),
            device: device.get(),
            roster: *roster.as_bytes(),
            signing_key: *signing.as_bytes(),
            commitment,
        }
    }

    /// `key` reads the signing key: checked in full, or as from a record of ours.
    pub(crate) fn from_wire(
        description: &wire::KeyDescription,
        key: impl FnOnce(&[u8; 32]) -> Result<SigningPublic, ed25519::NonCanonical>,
    ) -> Result<Self, Malformed> {
        let wire::KeyDescription { group, account, device, roster, signing_key, commitment } = description;
        let device = DeviceId::new(*device).ok_or(Malformed::new("sender key device", Reason::Range))?;
        Ok(Self {
            group: GroupId::from_bytes(*group),
            sender: Sender { account: AccountId::from_bytes(*account), device },
            roster: RosterId::from_bytes(*roster),
            signing: key(signing_key)
                .map_err(|_| Malformed::new("sender key signing key", Reason::Invalid))?,
            commitment: *commitment,
        })
    }

    /// The first 16 bytes of H(label ‖ the distribution's first part).
    pub(crate) fn id(self) -> KeyId {
        // spec: GROUP-103
        let hash = sha256(&[label::GROUP_KEY, &self.to_wire().encode()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        KeyId(id)
    }
}
