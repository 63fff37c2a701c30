//! An entry of a group's roster (spec: GROUP-1): what a member's device signs about the group.
//!
//! ```text
//! entry    body length 4 | body | signature 64
//! body     version 1 | group id 32 | kind 1 | author account 32 | author device 4 | author's list epoch 4
//!          seq 4 | sent ms 6 | under 32 | prev count 1 | prevs 32 · n | change
//! change   genesis  random 32 | list length 2 | list
//!          set      target account 32 | role 1
//!          leave    -
//!          devices  list length 2 | list | proof length 4 | proof
//!          rename   title 0..=256, to the end
//!          rekey    -
//! ```
//!
//! A list is a [`SignedDeviceList`], a proof a [`ListProof`], both strict protobuf. Nothing is verified here.

mod change;

use alloc::vec::Vec;

pub use change::{ChangeBody, MAX_TITLE, Role};

use crate::{
    Malformed, Reason, Result, Strict,
    bytes::Reader,
    proto::{ListProof, SignedDeviceList},
};

/// Version of the layout.
pub const ENTRY_VERSION: u8 = 1;

/// Most entries that one entry follows: more heads are joined by several entries.
pub const MAX_PREVS: usize = 16;

/// Length of an entry's signature, in bytes.
const SIGNATURE_LEN: usize = 64;

/// Length of what every body begins with, in bytes.
const FIXED_LEN: usize = 1 + 32 + 1 + 32 + 4 + 4 + 4 + 6 + 32 + 1;

/// Length of the longest body, in bytes: one that pins the longest list with the longest proof.
pub const MAX_BODY: usize =
    FIXED_LEN + MAX_PREVS * 32 + 2 + SignedDeviceList::MAX_LEN + 4 + ListProof::MAX_LEN;

/// Length of the longest entry, in bytes.
pub const MAX_ENTRY: usize = 4 + MAX_BODY + SIGNATURE_LEN;

/// An entry, parsed but believed in nothing, over the bytes as they were received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryBytes<'a> {
    /// What is signed and hashed.
    pub body: &'a [u8],
    /// The signature of the author's device.
    pub signature: &'a [u8; SIGNATURE_LEN],
}

impl<'a> EntryBytes<'a> {
    /// Takes the first entry off a batch, and gives what follows it.
    ///
    /// # Errors
    /// [`Reason::Length`] for a body of more than [`MAX_BODY`] bytes, [`Reason::Truncated`].
    pub fn split(batch: &'a [u8]) -> Result<(Self, &'a [u8])> {
        let mut reader = Reader::new(batch);
        let len = reader.u32("roster entry body length")? as usize;
        // spec: GROUP-2
        if len > MAX_BODY {
            return Err(Malformed::new("roster entry body length", Reason::Length));
        }
        let body = reader.slice(len, "roster entry body")?;
        let signature = reader.array("roster entry signature")?;
        Ok((Self { body, signature }, reader.rest()))
    }

    /// Reads one entry and nothing else.
    ///
    /// # Errors
    /// Those of [`split`](Self::split), and [`Reason::Trailing`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        match Self::split(bytes)? {
            (entry, []) => Ok(entry),
            // spec: GROUP-2
            _ => Err(Malformed::new("roster entry", Reason::Trailing)),
        }
    }

    /// The entry's bytes.
    ///
    /// # Errors
    /// [`Reason::Length`] for a body of more than [`MAX_BODY`] bytes.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let len = u32::try_from(self.body.len()).ok().filter(|len| *len as usize <= MAX_BODY);
        let len = len.ok_or(Malformed::new("roster entry body length", Reason::Length))?;
        // spec: GROUP-1
        Ok([&len.to_be_bytes()[..], self.body, self.signature].concat())
    }
}

/// The body of an entry. Ids, hashes and lists are raw here.
#[derive(Debug, Clone, PartialEq)]
pub struct RosterBody {
    /// The hash of the group's genesis entry; zero in the genesis itself.
    pub group_id: [u8; 32],
    /// The account that the entry is of.
    pub author: [u8; 32],
    /// The device that signs it: nonzero.
    pub device: u32,
    /// Epoch of the author's list in which the device stands: at least 1.
    pub list_epoch: u32,
    /// Number of the entry among those of its device in this group: at least 1.
    pub seq: u32,
    /// When it was written, in ms since 1970-01-01: below 2^48, for display alone.
    pub sent_ms: u64,
    /// The hash of the grant that the author acts by; zero in the genesis.
    pub under: [u8; 32],
    /// The hashes of the entries that it follows, strictly ascending: none in the genesis, else 1 to [`MAX_PREVS`].
    pub prevs: Vec<[u8; 32]>,
    /// What it changes.
    pub change: ChangeBody,
}

impl RosterBody {
    /// Reads a body. Accepts exactly what [`encode`](Self::encode) gives.
    ///
    /// # Errors
    /// [`Malformed`] with the field, and what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        // spec: GROUP-2
        if bytes.len() > MAX_BODY {
            return Err(Malformed::new("roster entry body length", Reason::Length));
        }
        let mut reader = Reader::new(bytes);
        // spec: GROUP-3
        if reader.u8("roster entry version")? != ENTRY_VERSION {
            return Err(Malformed::new("roster entry version", Reason::Version));
        }
        // spec: GROUP-1
        let group_id = *reader.array("roster entry group id")?;
        let kind = reader.u8("roster entry kind")?;
        let author = *reader.array("roster entry author")?;
        let device = reader.u32("roster entry device")?;
        let list_epoch = reader.u32("roster entry list epoch")?;
        let seq = reader.u32("roster entry seq")?;
        let sent_ms = reader.u48("roster entry sent ms")?;
        let under = *reader.array("roster entry under")?;
        let prevs = usize::from(reader.u8("roster entry prev count")?);
        // spec: GROUP-4
        if prevs > MAX_PREVS {
            return Err(Malformed::new("roster entry prev count", Reason::Count));
        }
        let prevs =
            (0..prevs).map(|_| reader.array("roster entry prevs").copied()).collect::<Result<Vec<_>>>()?;
        let change = ChangeBody::read(kind, reader)?;
        let body = Self { group_id, author, device, list_epoch, seq, sent_ms, under, prevs, change };
        body.check()?;
        Ok(body)
    }

    /// The body's bytes, to be signed and hashed.
    ///
    /// # Errors
    /// [`Malformed`] as in [`parse`](Self::parse), for a body that `parse` would refuse.
    pub fn encode(&self) -> Result<Vec<u8>> {
        self.check()?;
        let mut out = Vec::with_capacity(FIXED_LEN + self.prevs.len() * 32);
        out.push(ENTRY_VERSION);
        // spec: GROUP-1
        out.extend_from_slice(&self.group_id);
        out.push(self.change.kind());
        out.extend_from_slice(&self.author);
        out.extend_from_slice(&self.device.to_be_bytes());
        out.extend_from_slice(&self.list_epoch.to_be_bytes());
        out.extend_from_slice(&self.seq.to_be_bytes());
        let [_, _, sent @ ..] = self.sent_ms.to_be_bytes();
        out.extend_from_slice(&sent);
        out.extend_from_slice(&self.under);
        let count = u8::try_from(self.prevs.len());
        out.push(count.map_err(|_| Malformed::new("roster entry prev count", Reason::Count))?);
        out.extend(self.prevs.iter().flatten());
        self.change.write(&mut out)?;
        Ok(out)
    }

    /// Whether it begins a group.
    #[must_use]
    pub const fn is_genesis(&self) -> bool {
        matches!(self.change, ChangeBody::Genesis { .. })
    }

    /// What a body must be, whether it was read or is to be written.
    fn check(&self) -> Result<()> {
        // spec: GROUP-5
        if self.device == 0 {
            return Err(Malformed::new("roster entry device", Reason::Range));
        }
        if self.list_epoch == 0 {
            return Err(Malformed::new("roster entry list epoch", Reason::Range));
        }
        if self.seq == 0 {
            return Err(Malformed::new("roster entry seq", Reason::Range));
        }
        if self.sent_ms >> 48 != 0 {
            return Err(Malformed::new("roster entry sent ms", Reason::Range));
        }
        // spec: GROUP-4
        if self.prevs.len() > MAX_PREVS {
            return Err(Malformed::new("roster entry prev count", Reason::Count));
        }
        if !self.prevs.is_sorted_by(|one, next| one < next) {
            return Err(Malformed::new("roster entry prevs", Reason::Order));
        }
        // spec: GROUP-6
        let first = self.is_genesis();
        if first != self.prevs.is_empty() {
            return Err(Malformed::new("roster entry prev count", Reason::Inconsistent));
        }
        if first != (self.group_id == [0; 32]) {
            return Err(Malformed::new("roster entry group id", Reason::Inconsistent));
        }
        if first != (self.under == [0; 32]) {
            return Err(Malformed::new("roster entry under", Reason::Inconsistent));
        }
        // spec: GROUP-9
        match self.change {
            ChangeBody::Set { target, .. } if target == self.author => {
                Err(Malformed::new("roster entry target", Reason::Inconsistent))
            }
            _ => self.change.check(),
        }
    }
}

#[cfg(test)]
mod tests;
