//! The signed device list: the one thing that binds devices to an account.

mod successor;

use alloc::vec::Vec;

use entrenous_primitives::{ed25519::SIGNATURE_LEN, hash::sha256};
use entrenous_wire::{
    Malformed, Reason,
    device_list::{DeviceEntry, DeviceListBody},
    fixed, label,
    proto::SignedDeviceList,
};

use crate::{
    AccountId, AccountKey, AccountPublicKey, Day, DeviceId, DevicePublic, IdentityError, ListLink, ListName,
};

/// Most days between a list's issue and its expiry, and what new lists have: a device that was removed can't
/// be passed off as listed for longer.
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

    /// Verifies the account's signature over the received bytes, and the dates.
    ///
    /// # Errors
    /// [`IdentityError::BadSignature`], [`IdentityError::FutureDated`], [`IdentityError::LivesTooLong`].
    pub fn verify(self, today: Day) -> Result<DeviceList, IdentityError> {
        self.check_signature()?;
        // spec: IDENTITY-6
        if self.body.issued_day > today.plus(MAX_DAYS_AHEAD).0 {
            return Err(IdentityError::FutureDated);
        }
        // spec: IDENTITY-17
        if self.body.expires_day.saturating_sub(self.body.issued_day) > LIFETIME_DAYS {
            return Err(IdentityError::LivesTooLong);
        }
        Ok(self.trusted())
    }

    /// Verifies the account's signature and no dates: for a list in a group's roster, which is history and must
    /// be judged alike on every day. Sessions are made with lists that passed [`verify`](Self::verify).
    ///
    /// # Errors
    /// [`IdentityError::BadSignature`].
    pub fn verify_undated(self) -> Result<DeviceList, IdentityError> {
        self.check_signature()?;
        Ok(self.trusted())
    }

    fn check_signature(&self) -> Result<(), IdentityError> {
        let message = [label::DEVICE_LIST, &self.signed.body].concat();
        // spec: IDENTITY-5
        self.account_key
            .verify(&message, &self.signature)
            .map_err(|_| IdentityError::BadSignature("device list"))
    }

    /// The list as one whose signature was verified before it was stored. Nothing is verified.
    pub fn trusted(self) -> DeviceList {
        DeviceList::from_verified(self.signed, self.body, self.account_key)
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
        // spec: IDENTITY-13
        Self::issue(account, 1, Vec::new(), devices, today)
    }

    fn issue(
        account: &AccountKey,
        epoch: u32,
        parents: Vec<[u8; 32]>,
        devices: &[DeviceEntry],
        today: Day,
    ) -> Result<Self, Malformed> {
        let account_key = account.verifying_key();
        let mut devices = devices.to_vec();
        devices.sort_by_key(|entry| entry.device_id);
        let body = DeviceListBody {
            account_key: *account_key.as_bytes(),
            epoch,
            parents,
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
        let hash = list_hash(&body.parents, &sha256(&[&signed.body]));
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

    /// What the list is called where its content doesn't matter.
    pub fn name(&self) -> ListName {
        ListName { epoch: self.body.epoch, hash: self.hash }
    }

    /// The hashes of the lists that this one follows, strictly ascending: none for an account's first list,
    /// else one, or two where it ends a fork.
    pub fn parents(&self) -> &[[u8; 32]] {
        &self.body.parents
    }

    /// The list's link for proofs that later lists descend from earlier ones. None for an account's first
    /// list, which has nothing before it.
    pub fn link(&self) -> Option<ListLink> {
        ListLink::new(self.body.parents.clone(), sha256(&[&self.signed.body]))
    }

    /// The day of issue.
    pub fn issued_day(&self) -> Day {
        Day(self.body.issued_day)
    }

    /// The first day on which no new session is made with the list.
    pub fn expires_day(&self) -> Day {
        Day(self.body.expires_day)
    }

    /// The entries as listed, by ascending device id. Their own signatures are not verified.
    pub fn entries(&self) -> &[DeviceEntry] {
        &self.body.devices
    }

    pub(crate) fn entry(&self, id: u32) -> Option<&DeviceEntry> {
        self.body.devices.iter().find(|entry| entry.device_id == id)
    }

    /// Refuses `entries` if one of them has other keys than this list has under its id.
    pub(crate) fn check_same_keys(&self, entries: &[DeviceEntry]) -> Result<(), IdentityError> {
        // spec: IDENTITY-18
        let differs = |entry: &DeviceEntry| {
            self.entry(entry.device_id).is_some_and(|known| {
                (known.signing_key, known.agreement_key) != (entry.signing_key, entry.agreement_key)
            })
        };
        if entries.iter().any(differs) { Err(IdentityError::DeviceKeysChanged) } else { Ok(()) }
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
        let entry = self.entry(id.get()).ok_or(IdentityError::UnknownDevice)?;
        DevicePublic::verify_entry(&self.account_id, entry)
    }

    /// Whether `device` is listed with these keys. For the own device: its signature is not verified.
    pub fn has(&self, device: &DevicePublic) -> bool {
        self.entry(device.id.get()).is_some_and(|entry| {
            entry.signing_key == *device.signing.as_bytes()
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
pub(crate) fn list_hash(parents: &[[u8; 32]], body_hash: &[u8; 32]) -> [u8; 32] {
    let mut slots = [[0; 32]; 2];
    let mut count = 0u8;
    for (slot, parent) in slots.iter_mut().zip(parents) {
        *slot = *parent;
        count += 1;
    }
    // spec: IDENTITY-8
    sha256(&[label::DEVICE_LIST_HASH, &[count], &slots[0], &slots[1], body_hash])
}
