//! The signed device list: the one thing that binds devices to an account.

use alloc::vec::Vec;

use entrenous_primitives::{ed25519::SIGNATURE_LEN, hash::sha256};
use entrenous_wire::{
    Malformed, Reason,
    device_list::{DeviceEntry, DeviceListBody},
    fixed, label,
    proto::SignedDeviceList,
};

use crate::{AccountId, AccountKey, AccountPublicKey, Day, DeviceId, DevicePublic, IdentityError};

/// Days after which a list expires: a device that was removed can't be passed off as listed for longer.
pub const LIFETIME_DAYS: u32 = 90;
/// Days that a list may be dated ahead of our clock.
pub const MAX_DAYS_AHEAD: u32 = 1;

/// A device list as it came, parsed but believed in nothing.
#[derive(Clone, Debug)]
pub struct ReceivedDeviceList {
    signed: SignedDeviceList,
    body: DeviceListBody,
    account_key: AccountPublicKey,
    signature: [u8; SIGNATURE_LEN],
}

impl ReceivedDeviceList {
    /// Reads the fields; nothing is verified yet.
    ///
    /// # Errors
    /// [`Malformed`] when the body or a key in it is not in its one encoding.
    pub fn parse(signed: SignedDeviceList) -> Result<Self, Malformed> {
        let body = DeviceListBody::parse(&signed.body)?;
        // spec: IDENTITY-3
        let account_key = AccountPublicKey::from_bytes(&body.account_key)
            .map_err(|_| Malformed::new("account key", Reason::Invalid))?;
        let signature = fixed("device list signature", &signed.signature)?;
        Ok(Self { signed, body, account_key, signature })
    }

    /// The account that the list claims to be of. Nothing proves it yet.
    pub fn claimed_account(&self) -> AccountId {
        AccountId::of(&self.account_key)
    }

    /// Verifies the account's signature over the received bytes, and the date.
    ///
    /// # Errors
    /// [`IdentityError::BadSignature`], [`IdentityError::FutureDated`].
    pub fn verify(self, today: Day) -> Result<DeviceList, IdentityError> {
        let message = [label::DEVICE_LIST, &self.signed.body].concat();
        // spec: IDENTITY-5
        self.account_key
            .verify(&message, &self.signature)
            .map_err(|_| IdentityError::BadSignature("device list"))?;
        // spec: IDENTITY-6
        if self.body.issued_day > today.plus(MAX_DAYS_AHEAD).0 {
            return Err(IdentityError::FutureDated);
        }
        Ok(DeviceList::from_verified(self.signed, self.body, self.account_key))
    }
}

/// A device list whose signature holds.
#[derive(Clone, Debug)]
pub struct DeviceList {
    signed: SignedDeviceList,
    body: DeviceListBody,
    account_key: AccountPublicKey,
    account_id: AccountId,
    hash: [u8; 32],
}

impl DeviceList {
    /// An account's first list: epoch 1, without parents, issued today.
    ///
    /// # Errors
    /// [`Malformed`] when there are no entries, more than 16, or two with one device id.
    pub fn first(account: &AccountKey, devices: &[DeviceEntry], today: Day) -> Result<Self, Malformed> {
        let account_key = account.verifying_key();
        let mut devices = devices.to_vec();
        devices.sort_by_key(|entry| entry.device_id);
        // spec: IDENTITY-13
        let body = DeviceListBody {
            account_key: *account_key.as_bytes(),
            epoch: 1,
            parents: Vec::new(),
            issued_day: today.0,
            expires_day: today.plus(LIFETIME_DAYS).0,
            devices,
        };
        let bytes = body.encode()?;
        let signature = account.sign(&[label::DEVICE_LIST, &bytes].concat()).to_vec();
        Ok(Self::from_verified(SignedDeviceList { body: bytes, signature }, body, account_key))
    }

    fn from_verified(signed: SignedDeviceList, body: DeviceListBody, account_key: AccountPublicKey) -> Self {
        let account_id = AccountId::of(&account_key);
        let hash = list_hash(&body.parents, &signed.body);
        Self { signed, body, account_key, account_id, hash }
    }

    /// The account whose list it is.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// The account's public key.
    pub fn account_key(&self) -> &AccountPublicKey {
        &self.account_key
    }

    /// The list's number, from 1, strictly increasing.
    pub fn epoch(&self) -> u32 {
        self.body.epoch
    }

    /// The list's hash: H(label ‖ parent count 1 ‖ parents 2·32 ‖ H(body)), 32 bytes.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// The ids of the listed devices, ascending.
    pub fn device_ids(&self) -> impl Iterator<Item = DeviceId> {
        self.body.devices.iter().filter_map(|entry| DeviceId::new(entry.device_id))
    }

    /// The listed device `id`, its own signature verified. Only what is used is verified.
    ///
    /// # Errors
    /// [`IdentityError::UnknownDevice`], or what [`DevicePublic::verify_entry`] finds.
    pub fn device(&self, id: DeviceId) -> Result<DevicePublic, IdentityError> {
        // spec: IDENTITY-12
        let entry = self.body.devices.iter().find(|entry| entry.device_id == id.get());
        DevicePublic::verify_entry(&self.account_id, entry.ok_or(IdentityError::UnknownDevice)?)
    }

    /// Whether `device` is listed with these keys. For the own device: its signature is not verified.
    pub fn has(&self, device: &DevicePublic) -> bool {
        self.body.devices.iter().any(|entry| {
            entry.device_id == device.id.get()
                && entry.signing_key == *device.signing.as_bytes()
                && entry.agreement_key == *device.agreement.as_bytes()
        })
    }

    /// Refuses a list that new sessions may not be built on.
    ///
    /// # Errors
    /// [`IdentityError::Expired`] from the expiry day on.
    pub fn check_current(&self, today: Day) -> Result<(), IdentityError> {
        // spec: IDENTITY-7
        if today.0 >= self.body.expires_day { Err(IdentityError::Expired) } else { Ok(()) }
    }

    /// The list as it was signed, for the wire.
    pub fn signed(&self) -> &SignedDeviceList {
        &self.signed
    }
}

/// Chains lists: the parents are hashed outside the body, so that skipped epochs are proved by hashes alone.
fn list_hash(parents: &[[u8; 32]], body: &[u8]) -> [u8; 32] {
    let mut slots = [[0; 32]; 2];
    let mut count = 0u8;
    for (slot, parent) in slots.iter_mut().zip(parents) {
        *slot = *parent;
        count += 1;
    }
    // spec: IDENTITY-8
    sha256(&[label::DEVICE_LIST_HASH, &[count], &slots[0], &slots[1], &sha256(&[body])])
}
