//! One entry: as it came, and as a part of a roster.

use alloc::{string::String, sync::Arc, vec::Vec};

use entrenous_identity::{
    AccountId, DeviceId, DeviceKeys, DeviceList, ListProof, ReceivedDeviceList, Timestamp,
};
use entrenous_wire::{
    Malformed, Reason, label,
    roster_entry::{ChangeBody, EntryBytes, Role, RosterBody},
};

use super::EntryHash;

/// An entry as it came, parsed but believed in nothing.
#[derive(Clone, Debug)]
pub struct ReceivedEntry {
    pub(crate) hash: EntryHash,
    pub(crate) body: RosterBody,
    pub(crate) device: DeviceId,
    pub(crate) list: Option<ReceivedDeviceList>,
    pub(crate) proof: Option<ListProof>,
    bytes: Vec<u8>,
}

impl ReceivedEntry {
    /// Reads one entry.
    ///
    /// # Errors
    /// [`Malformed`] for everything that is not in its one encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::read(EntryBytes::parse(bytes)?)
    }

    /// Reads the first entry of a batch, and gives what follows it.
    ///
    /// # Errors
    /// [`Malformed`] for everything that is not in its one encoding.
    pub fn split(batch: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let (entry, rest) = EntryBytes::split(batch)?;
        Ok((Self::read(entry)?, rest))
    }

    /// Writes and signs an entry.
    pub(crate) fn sign(body: &RosterBody, keys: &DeviceKeys) -> Result<Self, Malformed> {
        let body = body.encode()?;
        let signature = keys.sign(&signed(&body));
        Self::read(EntryBytes { body: &body, signature: &signature })
    }

    fn read(entry: EntryBytes<'_>) -> Result<Self, Malformed> {
        let body = RosterBody::parse(entry.body)?;
        let device =
            DeviceId::new(body.device).ok_or(Malformed::new("roster entry device", Reason::Range))?;
        let (list, proof) = match &body.change {
            ChangeBody::Genesis { list, .. } => (Some(list), None),
            ChangeBody::Devices { list, proof } => (Some(list), proof.as_ref()),
            _ => (None, None),
        };
        let list = list.map(|list| ReceivedDeviceList::parse(list.clone())).transpose()?;
        let proof = proof.map(ListProof::from_proto).transpose()?;
        Ok(Self { hash: EntryHash::of(entry.body), body, device, list, proof, bytes: entry.encode()? })
    }

    /// What the entry is called.
    pub fn hash(&self) -> EntryHash {
        self.hash
    }

    /// The entries that it follows: 1 to 16, none for a genesis.
    pub fn prevs(&self) -> impl Iterator<Item = EntryHash> {
        self.body.prevs.iter().map(|prev| EntryHash::from_bytes(*prev))
    }

    /// The account that the entry claims to be of. Nothing proves it yet.
    pub fn claimed_author(&self) -> AccountId {
        AccountId::from_bytes(self.body.author)
    }

    /// The entry's bytes, for the store and for others.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is signed, and the signature.
    pub(crate) fn to_verify(&self) -> Result<(Vec<u8>, [u8; 64]), Malformed> {
        let entry = EntryBytes::parse(&self.bytes)?;
        Ok((signed(entry.body), *entry.signature))
    }

    /// The entry as a part of a roster, with its list as it was verified.
    pub(crate) fn accepted(self, list: Option<DeviceList>) -> Entry {
        let Self { hash, body, device, list: _, proof: _, bytes } = self;
        let list = list.map(Arc::new);
        let change = match (body.change, list) {
            (ChangeBody::Set { target, role }, _) => {
                Change::Set { target: AccountId::from_bytes(target), role }
            }
            (ChangeBody::Genesis { .. }, Some(list)) => Change::Genesis(list),
            (ChangeBody::Devices { .. }, Some(list)) => Change::Devices(list),
            (ChangeBody::Rename { title }, _) => Change::Rename(title),
            (ChangeBody::Leave, _) => Change::Leave,
            // the two that pin a list have one
            (ChangeBody::Rekey | ChangeBody::Genesis { .. } | ChangeBody::Devices { .. }, _) => Change::Rekey,
        };
        Entry {
            hash,
            author: AccountId::from_bytes(body.author),
            device,
            list_epoch: body.list_epoch,
            seq: body.seq,
            sent: Timestamp::from_ms(body.sent_ms),
            change,
            bytes,
        }
    }
}

// spec: GROUP-11
fn signed(body: &[u8]) -> Vec<u8> {
    [label::ROSTER_ENTRY, body].concat()
}

/// What an entry changes.
#[derive(Clone, Debug)]
pub enum Change {
    /// It began the group, with this list of the creator.
    Genesis(Arc<DeviceList>),
    /// An account gets a role, or loses it.
    Set {
        /// The account.
        target: AccountId,
        /// Its role from now on.
        role: Role,
    },
    /// The author goes.
    Leave,
    /// The list of an account.
    Devices(Arc<DeviceList>),
    /// The group's title.
    Rename(String),
    /// All members take new sender keys.
    Rekey,
}

/// An entry of a roster. That it is there doesn't say that it has an effect.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called.
    pub hash: EntryHash,
    /// The account that it is of.
    pub author: AccountId,
    /// The device that signed it.
    pub device: DeviceId,
    /// Epoch of the author's list that has the device.
    pub list_epoch: u32,
    /// Its number among the entries of the device in this group.
    pub seq: u32,
    /// When the author says that it was written. For display alone.
    pub sent: Timestamp,
    /// What it changes.
    pub change: Change,
    /// The bytes, for the store and for others.
    pub bytes: Vec<u8>,
}

impl Entry {
    /// The list that it pins.
    pub(crate) fn list(&self) -> Option<&Arc<DeviceList>> {
        match &self.change {
            Change::Genesis(list) | Change::Devices(list) => Some(list),
            _ => None,
        }
    }

    /// Whether it pins a list of its author, by a device that the list has.
    pub(crate) fn is_own_pin(&self) -> bool {
        self.list().is_some_and(|list| list.account_id() == self.author && lists_device(list, self.device))
    }

    /// Whether it does what is an admin's: set, rename and rekey, and the genesis.
    pub(crate) fn is_act(&self) -> bool {
        !matches!(self.change, Change::Leave | Change::Devices(_))
    }

    /// To whom it gives a role, and which: also [`Role::None`].
    pub(crate) fn sets(&self) -> Option<(AccountId, Role)> {
        match self.change {
            Change::Genesis(_) => Some((self.author, Role::Admin)),
            Change::Set { target, role } => Some((target, role)),
            _ => None,
        }
    }

    /// To whom it gives a role that is one.
    pub(crate) fn grants(&self) -> Option<(AccountId, Role)> {
        self.sets().filter(|(_, role)| *role != Role::None)
    }
}

/// Whether `list` has the device.
pub(crate) fn lists_device(list: &DeviceList, device: DeviceId) -> bool {
    list.entries().binary_search_by_key(&device.get(), |entry| entry.device_id).is_ok()
}
