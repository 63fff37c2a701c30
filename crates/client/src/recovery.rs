//! Getting an account back whose primary device is lost, and what it takes.

use entrenous_identity::{
    AccountId, AccountKey, Day, DeviceId, DeviceKeys, DeviceList, IdentityError, ReceivedDeviceList,
    RecoveryCode, RecoveryFile, Timestamp, stored_keys::account_key_from_record,
};
use entrenous_primitives::passphrase::Cost;
use entrenous_wire::{
    Strict,
    proto::{Bundle, SignedDeviceList},
};
use rand_core::TryCryptoRng;

use crate::{
    Client, Engine, Env, Error, NewAccount, Store, StoreKey,
    account::NewDevice,
    engine::{Name, Step, Stop, sealed::Run},
    record::Opaque,
};

/// A new account.
#[derive(Debug)]
pub struct Created<S, E> {
    /// Its first and primary device.
    pub client: Client<S, E>,
    /// What brings the account back when this device is lost. It is given out here and nowhere else: the user writes
    /// it down, and keeps it where nobody else looks.
    pub recovery: RecoveryCode,
}

/// What an account is brought back with.
#[derive(Debug)]
pub struct Recovery<'a> {
    /// The recovery code, typed or from a [`RecoveryFile`].
    pub code: &'a RecoveryCode,
    /// The account's newest device list, or a bundle of any of its devices, which has it: from the directory. Older
    /// than the newest makes a fork of the account, which its contacts are told of.
    pub newest: &'a [u8],
    /// The devices that are gone, the former primary among them: they get no more messages.
    pub lost: &'a [DeviceId],
}

/// What a directory says of the account that is to be brought back: which devices it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListSeen {
    /// Epoch of the list, from 1: of several lists that are seen the one with the highest is the newest.
    pub epoch: u32,
    /// The devices, of which the user says which are lost.
    pub devices: Vec<DeviceId>,
}

impl ListSeen {
    /// Reads what could be [`Recovery::newest`] for an account with this `code`.
    ///
    /// # Errors
    /// [`Error::IdentityMismatch`] when it is of another account; [`Error::Malformed`] and [`Error::Untrusted`] when
    /// it is no list, or one that is dated ahead of `now`.
    pub fn read(code: &RecoveryCode, list: &[u8], now: Timestamp) -> Result<Self, Error> {
        let list = list_of_account(&code.account_id(), list, now.day())?;
        Ok(Self { epoch: list.epoch(), devices: list.device_ids().collect() })
    }
}

impl NewDevice {
    /// A new device in the place of those that are lost: the account's new primary.
    // spec: CLIENT-57
    pub(crate) fn of_recovery(
        recovery: &Recovery<'_>,
        rng: &mut impl TryCryptoRng,
        today: Day,
    ) -> Result<Self, Error> {
        let account_key = recovery.code.account_key();
        let account = recovery.code.account_id();
        let before = list_of_account(&account, recovery.newest, today)?;
        let is_listed = |id: &DeviceId| before.device_ids().any(|listed| listed == *id);
        if !recovery.lost.iter().all(is_listed) {
            return Err(IdentityError::UnknownDevice.into());
        }
        let keys = device_beside(&before, rng)?;
        let is_kept = |id: u32| recovery.lost.iter().all(|lost| lost.get() != id);
        let mut entries: Vec<_> =
            before.entries().iter().filter(|entry| is_kept(entry.device_id)).cloned().collect();
        entries.push(keys.entry(&account));
        let list = DeviceList::successor(&[&before], &account_key, &entries, today)?;
        Ok(Self { keys, list, account_key: Some(account_key), before: Some(Box::new(before)) })
    }
}

/// The list in what a directory gave, verified.
pub(crate) fn list_of_account(account: &AccountId, bytes: &[u8], today: Day) -> Result<DeviceList, Error> {
    let signed = match Bundle::decode_strict(bytes) {
        Ok(Bundle { device_list: Some(list), .. }) => list,
        _ => SignedDeviceList::decode_strict(bytes)?,
    };
    let list = ReceivedDeviceList::parse(signed)?.verify(today)?;
    if list.account_id() != *account {
        return Err(Error::IdentityMismatch);
    }
    Ok(list)
}

/// A new device whose id is none of the list's.
fn device_beside(list: &DeviceList, rng: &mut impl TryCryptoRng) -> Result<DeviceKeys, Error> {
    loop {
        let keys = DeviceKeys::generate(rng)?;
        if list.device_ids().all(|id| id != keys.public().id) {
            return Ok(keys);
        }
    }
}

/// Reads the account key: on the primary device.
struct ReadAccountKey;

impl Run for ReadAccountKey {
    type Output = AccountKey;

    fn run(&self, step: &mut Step<'_>) -> Result<AccountKey, Stop> {
        let Opaque(record) = step.get(Name::AccountKey)?.ok_or(Error::NotPrimary)?;
        Ok(account_key_from_record(&record).map_err(|_| Error::Corrupt)?)
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// Creates an account with this as its first and primary device.
    ///
    /// # Errors
    /// [`Error::AccountExists`] when the store has one, [`Error::Random`], [`Error::Store`].
    pub fn create(store: S, key: &StoreKey, env: E) -> Result<Created<S, E>, Error> {
        let NewAccount { device, recovery } = Engine::create(key, env)?;
        Ok(Created { client: Self::enter(store, device)?, recovery })
    }

    /// Brings an account back on a new device, which becomes its primary. It has no contacts, sessions or messages
    /// of the lost ones. To be done next: publish prekeys, and start sessions with contacts and own devices, who learn
    /// the new list by that.
    ///
    /// # Errors
    /// [`Error::IdentityMismatch`] when the list is not of the code's account; [`Error::Malformed`] and
    /// [`Error::Untrusted`] when it is none, when a lost device is not in it, or 16 remain without the new one;
    /// [`Error::AccountExists`], [`Error::Random`], [`Error::Store`].
    pub fn recover(store: S, key: &StoreKey, env: E, recovery: &Recovery<'_>) -> Result<Self, Error> {
        Self::enter(store, Engine::recover(key, env, recovery)?)
    }

    /// The account's recovery under a passphrase, 116 bytes: on the primary device. Takes as long as `cost` says.
    ///
    /// # Errors
    /// [`Error::NotPrimary`], [`Error::Passphrase`], [`Error::Random`]; as for [`Client::perform`].
    pub fn recovery_file(&mut self, passphrase: &[u8], cost: Cost) -> Result<RecoveryFile, Error> {
        // spec: CLIENT-56
        let code = RecoveryCode::of(&self.perform(&ReadAccountKey)?);
        Ok(RecoveryFile::wrap(&code, passphrase, cost, self.rng())?)
    }
}
