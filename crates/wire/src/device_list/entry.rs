//! One device in a device list: 133 bytes.
//!
//! ```text
//! highest protocol version 1 | device id 4 | signing key 32 | agreement key 32 | signature 64
//! ```

use alloc::vec::Vec;

use crate::{Malformed, Reason, Result, bytes::Reader};

/// Length of an entry, in bytes.
pub const ENTRY_LEN: usize = 1 + 4 + 32 + 32 + 64;

/// A device and its own signature over itself. Raw bytes; nothing is verified here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEntry {
    /// Highest protocol version that the device supports: at least 1. A message of a lower one shows a downgrade.
    pub highest_version: u8,
    /// Random, never used again: nonzero.
    pub device_id: u32,
    /// Ed25519 device signing key.
    pub signing_key: [u8; 32],
    /// X25519 device agreement key.
    pub agreement_key: [u8; 32],
    /// The device's Ed25519 signature over its entry.
    pub signature: [u8; 64],
}

impl DeviceEntry {
    /// Reads an entry that stands alone. Accepts exactly what [`to_bytes`](Self::to_bytes) gives.
    ///
    /// # Errors
    /// [`Reason::Range`] for a version or an id of zero.
    pub fn from_bytes(bytes: &[u8; ENTRY_LEN]) -> Result<Self> {
        let entry = Self::read(&mut Reader::new(bytes))?;
        entry.check()?;
        Ok(entry)
    }

    /// The entry's 133 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(ENTRY_LEN);
        self.write(&mut out);
        out
    }

    // spec: WIRE-50
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            highest_version: reader.u8("device entry highest version")?,
            device_id: reader.u32("device entry device id")?,
            signing_key: *reader.array("device entry signing key")?,
            agreement_key: *reader.array("device entry agreement key")?,
            signature: *reader.array("device entry signature")?,
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Self { highest_version, device_id, signing_key, agreement_key, signature } = self;
        out.push(*highest_version);
        out.extend_from_slice(&device_id.to_be_bytes());
        out.extend_from_slice(signing_key);
        out.extend_from_slice(agreement_key);
        out.extend_from_slice(signature);
    }

    // spec: WIRE-57
    pub(super) fn check(&self) -> Result<()> {
        if self.highest_version == 0 {
            return Err(Malformed::new("device entry highest version", Reason::Range));
        }
        if self.device_id == 0 {
            return Err(Malformed::new("device entry device id", Reason::Range));
        }
        Ok(())
    }
}
