//! A device: a random id and two keys that never change.

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, num::NonZeroU32};

use entrenous_primitives::{
    ed25519::{self, SigningKey, VerifyingKey},
    random::{RandomError, draw},
    role::Role,
    wiped_stack::on_wiped_stack,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::{Malformed, Reason, device_list::DeviceEntry, envelope::VERSION, label};
use rand_core::TryCryptoRng;

use crate::{AccountId, IdentityError};

/// 8-byte words of stack to wipe below the drawing of a key.
const STACK_WORDS: usize = 512;

/// Role of the key that signs a device's entry and prekeys.
#[derive(Debug)]
pub enum DeviceSigning {}
impl Role for DeviceSigning {
    const NAME: &'static str = "device signing";
}

/// Role of the key that takes part in handshakes.
#[derive(Debug)]
pub enum DeviceAgreement {}
impl Role for DeviceAgreement {
    const NAME: &'static str = "device agreement";
}

/// A device's id: 4 random bytes, never zero, never reused within an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(NonZeroU32);

impl DeviceId {
    /// An id that was stored or received; none for zero.
    pub fn new(id: u32) -> Option<Self> {
        NonZeroU32::new(id).map(Self)
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    fn draw(rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<Self, RandomError> {
        // spec: IDENTITY-14
        let bytes = draw::<8>(rng)?;
        let [_, _, _, _, id @ ..] = *bytes.as_bytes();
        // the one value in 2^32 that is no id is taken for a broken generator
        Self::new(u32::from_be_bytes(id)).ok_or(RandomError::AllZero)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

/// What the world knows of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DevicePublic {
    /// Its id.
    pub id: DeviceId,
    /// Verifies its signatures, 32 bytes.
    pub signing: VerifyingKey<DeviceSigning>,
    /// Agrees with it, 32 bytes.
    pub agreement: PublicKey<DeviceAgreement>,
}

impl DevicePublic {
    /// Reads the keys of `entry` and verifies that the device itself signed it for `account`: so nobody
    /// lists another's signing key. That the device holds its agreement key shows in the first handshake.
    ///
    /// # Errors
    /// [`IdentityError::Malformed`] for a key that is not canonical, [`IdentityError::BadSignature`].
    pub fn verify_entry(account: &AccountId, entry: &DeviceEntry) -> Result<Self, IdentityError> {
        let device = Self {
            id: DeviceId::new(entry.device_id).ok_or(Malformed::new("device id", Reason::Invalid))?,
            // spec: IDENTITY-3
            signing: VerifyingKey::from_bytes(&entry.signing_key)
                .map_err(|_| Malformed::new("device signing key", Reason::Invalid))?,
            agreement: PublicKey::from_bytes(&entry.agreement_key)
                .map_err(|_| Malformed::new("device agreement key", Reason::Invalid))?,
        };
        let signed = signed_entry(entry.highest_version, account, &device);
        // spec: IDENTITY-4
        device
            .signing
            .verify(&signed, &entry.signature)
            .map_err(|_| IdentityError::BadSignature("device entry"))?;
        Ok(device)
    }
}

/// A device with its secret keys, wiped when dropped.
#[derive(Debug)]
pub struct DeviceKeys {
    pub(crate) signing: SigningKey<DeviceSigning>,
    // boxed, so that moving the keys leaves no copy behind
    pub(crate) agreement: Box<SecretKey<DeviceAgreement>>,
    pub(crate) public: DevicePublic,
}

impl DeviceKeys {
    /// Draws a new device.
    ///
    /// # Errors
    /// [`RandomError`] when the generator fails.
    pub fn generate(rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<Self, RandomError> {
        let id = DeviceId::draw(rng)?;
        let signing = SigningKey::generate(rng)?;
        let agreement = on_wiped_stack::<STACK_WORDS, _>(|| SecretKey::generate(rng).map(Box::new))?;
        let public = DevicePublic { id, signing: signing.verifying_key(), agreement: agreement.public_key() };
        Ok(Self { signing, agreement, public })
    }

    /// The public half.
    pub fn public(&self) -> &DevicePublic {
        &self.public
    }

    /// The secret agreement key.
    pub fn agreement(&self) -> &SecretKey<DeviceAgreement> {
        &self.agreement
    }

    /// Signs with the device's signing key; `message` starts with its label.
    pub fn sign(&self, message: &[u8]) -> [u8; ed25519::SIGNATURE_LEN] {
        self.signing.sign(message)
    }

    /// The device's own entry for the list of `account`.
    pub fn entry(&self, account: &AccountId) -> DeviceEntry {
        DeviceEntry {
            highest_version: VERSION,
            device_id: self.public.id.get(),
            signing_key: *self.public.signing.as_bytes(),
            agreement_key: *self.public.agreement.as_bytes(),
            signature: self.sign(&signed_entry(VERSION, account, &self.public)),
        }
    }
}

/// label ‖ highest version 1 ‖ account id 32 ‖ device id 4 ‖ signing key 32 ‖ agreement key 32
fn signed_entry(highest_version: u8, account: &AccountId, device: &DevicePublic) -> Vec<u8> {
    // spec: IDENTITY-2
    [
        label::DEVICE_ENTRY,
        &[highest_version],
        account.as_bytes(),
        &device.id.get().to_be_bytes(),
        device.signing.as_bytes(),
        device.agreement.as_bytes(),
    ]
    .concat()
}
