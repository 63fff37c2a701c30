//! What a device gives the members of a group so that they can open its messages (spec: GROUP-110), 221 bytes, and the
//! records of both sides of it.
//!
//! ```text
//! version 1 | group id 32 | account 32 | device 4 | roster id 32 | signing key 32 | commitment 32
//! chain key 32 | iteration 4 | previous key id 16 | previous count 4
//! ```

mod records;

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::{Malformed, Reason, Result, bytes::Reader, group_message::MAX_ITERATIONS};

/// Version of the layout.
pub const DISTRIBUTION_VERSION: u8 = 1;

/// Length of a distribution, in bytes.
pub const DISTRIBUTION_LEN: usize = FIXED_LEN + 32 + 4 + 16 + 4;

/// Length of its first part, which says what key it is, in bytes: the hash of this is the key's id.
pub const FIXED_LEN: usize = 1 + 32 + 32 + 4 + 32 + 32 + 32;

/// What makes a sender key the key that it is. Raw bytes; nothing is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyDescription {
    /// The group.
    pub group: [u8; 32],
    /// The sender's account.
    pub account: [u8; 32],
    /// The sender's device: nonzero.
    pub device: u32,
    /// The roster under which the key was made.
    pub roster: [u8; 32],
    /// Ed25519 key that verifies the sender's messages.
    pub signing_key: [u8; 32],
    /// Hash of the first chain key.
    pub commitment: [u8; 32],
}

impl KeyDescription {
    /// The first part of a distribution: 165 bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; FIXED_LEN] {
        let Self { group, account, device, roster, signing_key, commitment } = self;
        let mut out = [0; FIXED_LEN];
        out[0] = DISTRIBUTION_VERSION;
        out[1..33].copy_from_slice(group);
        out[33..65].copy_from_slice(account);
        out[65..69].copy_from_slice(&device.to_be_bytes());
        out[69..101].copy_from_slice(roster);
        out[101..133].copy_from_slice(signing_key);
        out[133..165].copy_from_slice(commitment);
        out
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        // spec: GROUP-111
        if reader.u8("distribution version")? != DISTRIBUTION_VERSION {
            return Err(Malformed::new("distribution version", Reason::Version));
        }
        let description = Self {
            group: *reader.array("distribution group")?,
            account: *reader.array("distribution account")?,
            device: reader.u32("distribution device")?,
            roster: *reader.array("distribution roster")?,
            signing_key: *reader.array("distribution signing key")?,
            commitment: *reader.array("distribution commitment")?,
        };
        description.check()?;
        Ok(description)
    }

    // spec: GROUP-112
    fn check(&self) -> Result<()> {
        match self.device {
            0 => Err(Malformed::new("distribution device", Reason::Range)),
            _ => Ok(()),
        }
    }
}

/// The sender key that one came in the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviousKey {
    /// Its id: not all zero.
    pub id: [u8; 16],
    /// Messages that it sealed: at most [`MAX_ITERATIONS`].
    pub count: u32,
}

/// A sender key from one of its iterations on. Secret, wiped when dropped.
#[derive(Clone)]
pub struct DistributionBody {
    /// Which key it is.
    pub description: KeyDescription,
    /// The chain key at `iteration`.
    pub chain: Zeroizing<[u8; 32]>,
    /// The first message that can be opened: below [`MAX_ITERATIONS`].
    pub iteration: u32,
    /// The device's key before, if it had one.
    pub previous: Option<PreviousKey>,
}

impl DistributionBody {
    /// Reads a distribution. Accepts exactly what [`encode`](Self::encode) gives.
    ///
    /// # Errors
    /// [`Reason::Version`], [`Reason::Truncated`], [`Reason::Trailing`], [`Reason::Range`] and
    /// [`Reason::Inconsistent`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let description = KeyDescription::read(&mut reader)?;
        let chain = Zeroizing::new(*reader.array("distribution chain key")?);
        let iteration = reader.u32("distribution iteration")?;
        let id: [u8; 16] = *reader.array("distribution previous id")?;
        let count = reader.u32("distribution previous count")?;
        // spec: WIRE-1
        if !reader.rest().is_empty() {
            return Err(Malformed::new("distribution", Reason::Trailing));
        }
        let previous = match (id, count) {
            (id, 0) if id == [0; 16] => None,
            (id, count) => Some(PreviousKey { id, count }),
        };
        let body = Self { description, chain, iteration, previous };
        body.check()?;
        Ok(body)
    }

    /// The distribution's bytes: 221, secret.
    ///
    /// # Errors
    /// [`Malformed`] as in [`parse`](Self::parse), for a body that `parse` would refuse.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>> {
        self.check()?;
        let PreviousKey { id, count } = self.previous.unwrap_or(PreviousKey { id: [0; 16], count: 0 });
        let mut out = Zeroizing::new(Vec::with_capacity(DISTRIBUTION_LEN));
        out.extend_from_slice(&self.description.encode());
        out.extend_from_slice(&self.chain[..]);
        out.extend_from_slice(&self.iteration.to_be_bytes());
        out.extend_from_slice(&id);
        out.extend_from_slice(&count.to_be_bytes());
        Ok(out)
    }

    fn check(&self) -> Result<()> {
        self.description.check()?;
        // spec: GROUP-113
        if self.iteration >= MAX_ITERATIONS {
            return Err(Malformed::new("distribution iteration", Reason::Range));
        }
        // spec: GROUP-114
        match self.previous {
            Some(PreviousKey { id, .. }) if id == [0; 16] => {
                Err(Malformed::new("distribution previous id", Reason::Inconsistent))
            }
            Some(PreviousKey { count, .. }) if count > MAX_ITERATIONS => {
                Err(Malformed::new("distribution previous count", Reason::Range))
            }
            _ => Ok(()),
        }
    }
}

/// Shows everything but the chain key.
impl fmt::Debug for DistributionBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { description, chain: _, iteration, previous } = self;
        f.debug_struct("DistributionBody")
            .field("description", description)
            .field("iteration", iteration)
            .field("previous", previous)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
