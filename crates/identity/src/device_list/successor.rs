//! The lists after the first: what the primary device signs when devices come and go, and before a list expires.

use alloc::vec::Vec;

use entrenous_wire::{
    Malformed, Reason,
    device_list::{DeviceEntry, MAX_PARENTS},
};

use super::DeviceList;
use crate::{AccountKey, Day, DevicePublic, IdentityError};

impl DeviceList {
    /// The list that follows `parents`: one, or two to end a fork. Its epoch is one above the highest of theirs,
    /// and it is issued today. With the devices of its one parent it is that list's renewal.
    ///
    /// An id that was ever removed must not come back; of that the caller keeps what the parents don't show.
    ///
    /// # Errors
    /// [`IdentityError::IdentityMismatch`] when a parent is not of `account`;
    /// [`IdentityError::EpochsExhausted`]; [`IdentityError::DeviceKeysChanged`] when a parent has an id with
    /// other keys; for an entry that no parent has, what [`DevicePublic::verify_entry`] finds; and
    /// [`IdentityError::Malformed`] when there are no parents, more than two or one twice, no devices, more
    /// than 16, or two with one id.
    pub fn successor(
        parents: &[&Self],
        account: &AccountKey,
        devices: &[DeviceEntry],
        today: Day,
    ) -> Result<Self, IdentityError> {
        if !(1..=MAX_PARENTS).contains(&parents.len()) {
            return Err(Malformed::new("device list parent count", Reason::Count).into());
        }
        if parents.iter().any(|parent| *parent.account_key() != account.verifying_key()) {
            return Err(IdentityError::IdentityMismatch);
        }
        parents.iter().try_for_each(|parent| parent.check_same_keys(devices))?;
        verify_new_entries(parents, devices)?;
        // spec: IDENTITY-19
        let highest = parents.iter().map(|parent| parent.epoch()).max().unwrap_or(0);
        let epoch = highest.checked_add(1).ok_or(IdentityError::EpochsExhausted)?;
        let mut hashes: Vec<_> = parents.iter().map(|parent| *parent.hash()).collect();
        hashes.sort_unstable();
        Ok(Self::issue(account, epoch, hashes, devices, today)?)
    }
}

/// An entry that nobody could use must not be signed; those of the parents were judged when they came.
fn verify_new_entries(parents: &[&DeviceList], devices: &[DeviceEntry]) -> Result<(), IdentityError> {
    let is_new = |entry: &&DeviceEntry| !parents.iter().any(|parent| parent.entries().contains(entry));
    let account = parents.first().map(|parent| parent.account_id());
    account.iter().try_for_each(|account| {
        devices
            .iter()
            .filter(is_new)
            .try_for_each(|entry| DevicePublic::verify_entry(account, entry).map(drop))
    })
}
