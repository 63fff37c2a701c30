//! The body of a device list (spec: WIRE-50): what the account signs, and what is hashed.
//!
//! ```text
//! version 1 | account key 32 | epoch 4 | parent count 1 | parents 2 × 32 | issued day 4 | expires day 4
//! device count 1 | slots × 133, slots = smallest of 2, 4, 8, 16 that holds the devices
//! ```
//!
//! What is unused is zero. It travels as opaque bytes in a [`SignedDeviceList`](crate::proto::SignedDeviceList),
//! so that what was received is what is verified.

mod entry;

use alloc::vec::Vec;

pub use entry::{DeviceEntry, ENTRY_LEN};

use crate::{Malformed, Reason, Result, bytes::Reader};

/// Version of the layout.
pub const LIST_VERSION: u8 = 1;

/// Most devices of an account: a message is sealed once for each.
pub const MAX_DEVICES: usize = 16;

/// Most parents of a list: two, when it ends a fork.
pub const MAX_PARENTS: usize = 2;

/// Length of everything before the device slots, in bytes.
const FIXED_LEN: usize = 1 + 32 + 4 + 1 + MAX_PARENTS * 32 + 4 + 4 + 1;

/// Length of the shortest body, with two slots: 377 bytes.
pub const MIN_BODY_LEN: usize = FIXED_LEN + 2 * ENTRY_LEN;

/// Length of the longest body, with 16 slots: 2239 bytes.
pub const MAX_BODY_LEN: usize = FIXED_LEN + MAX_DEVICES * ENTRY_LEN;

/// The body of a device list. Keys, hashes and signatures are raw bytes here; nothing is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceListBody {
    /// The account's Ed25519 key.
    pub account_key: [u8; 32],
    /// 1 for the first list, then strictly increasing.
    pub epoch: u32,
    /// Hashes of the lists that this one follows, strictly ascending: none at epoch 1, then one or two.
    pub parents: Vec<[u8; 32]>,
    /// Day of issue, in days since 1970-01-01.
    pub issued_day: u32,
    /// First day on which the list is no longer valid, in days since 1970-01-01: after the day of issue.
    pub expires_day: u32,
    /// 1 to [`MAX_DEVICES`] devices, their ids strictly ascending.
    pub devices: Vec<DeviceEntry>,
}

impl DeviceListBody {
    /// Reads a body. Accepts exactly what [`encode`](Self::encode) gives.
    ///
    /// # Errors
    /// [`Malformed`] with the field and [`Reason::Version`], [`Reason::Length`], [`Reason::Truncated`],
    /// [`Reason::Range`], [`Reason::Count`], [`Reason::Order`], [`Reason::Padding`] or [`Reason::Inconsistent`].
    // spec: WIRE-50
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        // spec: WIRE-51
        if reader.u8("device list version")? != LIST_VERSION {
            return Err(Malformed::new("device list version", Reason::Version));
        }
        let account_key = *reader.array("device list account key")?;
        let epoch = reader.u32("device list epoch")?;
        let parents = read_parents(&mut reader)?;
        let issued_day = reader.u32("device list issued day")?;
        let expires_day = reader.u32("device list expires day")?;
        let devices = read_devices(&mut reader)?;
        // spec: WIRE-1
        if !reader.rest().is_empty() {
            return Err(Malformed::new("device list", Reason::Trailing));
        }
        let body = Self { account_key, epoch, parents, issued_day, expires_day, devices };
        body.check()?;
        Ok(body)
    }

    /// The body's bytes, to be signed and hashed.
    ///
    /// # Errors
    /// [`Malformed`] as in [`parse`](Self::parse), for a body that `parse` would refuse.
    // spec: WIRE-50
    pub fn encode(&self) -> Result<Vec<u8>> {
        self.check()?;
        let slots = slots(self.devices.len())?;
        let mut out = Vec::with_capacity(FIXED_LEN + slots * ENTRY_LEN);
        out.push(LIST_VERSION);
        out.extend_from_slice(&self.account_key);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.push(count("device list parent count", self.parents.len())?);
        out.extend(self.parents.iter().flatten());
        out.resize(out.len() + (MAX_PARENTS - self.parents.len()) * 32, 0);
        out.extend_from_slice(&self.issued_day.to_be_bytes());
        out.extend_from_slice(&self.expires_day.to_be_bytes());
        out.push(count("device list device count", self.devices.len())?);
        for device in &self.devices {
            device.write(&mut out);
        }
        out.resize(FIXED_LEN + slots * ENTRY_LEN, 0);
        Ok(out)
    }

    /// What a list must be, whether it was read or is to be written.
    fn check(&self) -> Result<()> {
        // spec: WIRE-52
        if self.epoch == 0 {
            return Err(Malformed::new("device list epoch", Reason::Range));
        }
        // spec: WIRE-53
        let parents_fit = match self.epoch {
            1 => self.parents.is_empty(),
            _ => (1..=MAX_PARENTS).contains(&self.parents.len()),
        };
        if !parents_fit {
            return Err(Malformed::new("device list parent count", Reason::Inconsistent));
        }
        if !self.parents.is_sorted_by(|one, next| one < next) {
            return Err(Malformed::new("device list parents", Reason::Order));
        }
        // spec: WIRE-54
        if self.expires_day <= self.issued_day {
            return Err(Malformed::new("device list expires day", Reason::Inconsistent));
        }
        // spec: WIRE-55
        slots(self.devices.len())?;
        // spec: WIRE-56
        if !self.devices.is_sorted_by(|one, next| one.device_id < next.device_id) {
            return Err(Malformed::new("device list devices", Reason::Order));
        }
        self.devices.iter().try_for_each(DeviceEntry::check)
    }
}

fn read_parents(reader: &mut Reader<'_>) -> Result<Vec<[u8; 32]>> {
    let count = usize::from(reader.u8("device list parent count")?);
    let slots = [*reader.array("device list parents")?, *reader.array("device list parents")?];
    // spec: WIRE-53
    let (parents, unused) =
        slots.split_at_checked(count).ok_or(Malformed::new("device list parent count", Reason::Count))?;
    check_zero("device list unused parents", unused.as_flattened())?;
    Ok(parents.to_vec())
}

fn read_devices(reader: &mut Reader<'_>) -> Result<Vec<DeviceEntry>> {
    let count = usize::from(reader.u8("device list device count")?);
    let unused = (slots(count)? - count) * ENTRY_LEN;
    let devices = (0..count).map(|_| DeviceEntry::read(reader)).collect::<Result<_>>()?;
    // spec: WIRE-55
    check_zero("device list unused slots", reader.slice(unused, "device list unused slots")?)?;
    Ok(devices)
}

/// Slots for `devices` devices, so that the length doesn't tell the number.
// spec: WIRE-55
fn slots(devices: usize) -> Result<usize> {
    match devices {
        1..=MAX_DEVICES => Ok(devices.next_power_of_two().max(2)),
        _ => Err(Malformed::new("device list device count", Reason::Count)),
    }
}

fn count(field: &'static str, len: usize) -> Result<u8> {
    u8::try_from(len).map_err(|_| Malformed::new(field, Reason::Count))
}

fn check_zero(field: &'static str, bytes: &[u8]) -> Result<()> {
    match bytes.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(Malformed::new(field, Reason::Padding)),
    }
}

#[cfg(test)]
mod tests;
