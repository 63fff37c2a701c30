//! What an entry changes.

use alloc::{string::String, vec::Vec};

use crate::{
    Malformed, Reason, Result, Strict,
    bytes::Reader,
    proto::{ListProof, SignedDeviceList},
};

/// Longest title, in bytes of UTF-8: a line on a screen, and no room for floods.
pub const MAX_TITLE: usize = 256;

/// What an account may do in a group. Ordered: more is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Nothing: it is out.
    None = 0,
    /// Reads and writes.
    Member = 1,
    /// Changes the group, too.
    Admin = 2,
}

/// What an entry changes.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeBody {
    /// Begins the group; the author is its first admin.
    Genesis {
        /// Makes two groups of one creator differ.
        random: [u8; 32],
        /// The creator's device list.
        list: SignedDeviceList,
    },
    /// Gives an account a role, or takes it away.
    Set {
        /// Another account than the author.
        target: [u8; 32],
        /// The role from now on.
        role: Role,
    },
    /// The author goes.
    Leave,
    /// Pins a device list, of any account.
    Devices {
        /// The list.
        list: SignedDeviceList,
        /// Joins it to one that was pinned before, if its own parents don't.
        proof: Option<ListProof>,
    },
    /// Gives the group a title.
    Rename {
        /// At most [`MAX_TITLE`] bytes, without control characters.
        title: String,
    },
    /// All members take new sender keys before their next message.
    Rekey,
}

const GENESIS: u8 = 0;
const SET: u8 = 1;
const LEAVE: u8 = 2;
const DEVICES: u8 = 3;
const RENAME: u8 = 4;
const REKEY: u8 = 5;

impl ChangeBody {
    pub(super) const fn kind(&self) -> u8 {
        match self {
            Self::Genesis { .. } => GENESIS,
            Self::Set { .. } => SET,
            Self::Leave => LEAVE,
            Self::Devices { .. } => DEVICES,
            Self::Rename { .. } => RENAME,
            Self::Rekey => REKEY,
        }
    }

    /// Reads the change of `kind` to the end of the body.
    pub(super) fn read(kind: u8, mut reader: Reader<'_>) -> Result<Self> {
        // spec: GROUP-1
        let change = match kind {
            GENESIS => {
                Self::Genesis { random: *reader.array("genesis random")?, list: read_list(&mut reader)? }
            }
            SET => Self::Set { target: *reader.array("set target")?, role: read_role(&mut reader)? },
            LEAVE => Self::Leave,
            DEVICES => Self::Devices { list: read_list(&mut reader)?, proof: read_proof(&mut reader)? },
            RENAME => {
                let title = String::from_utf8(reader.rest().to_vec());
                // spec: GROUP-8
                let title = title.map_err(|_| Malformed::new("rename title", Reason::Invalid))?;
                return Ok(Self::Rename { title });
            }
            REKEY => Self::Rekey,
            // spec: GROUP-3
            _ => return Err(Malformed::new("roster entry kind", Reason::Type)),
        };
        // spec: GROUP-2
        match reader.rest() {
            [] => Ok(change),
            _ => Err(Malformed::new("roster entry body", Reason::Trailing)),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Genesis { random, list } => {
                out.extend_from_slice(random);
                write_list(list, out)?;
            }
            Self::Set { target, role } => {
                out.extend_from_slice(target);
                out.push(*role as u8);
            }
            Self::Devices { list, proof } => {
                write_list(list, out)?;
                let proof = proof.as_ref().map(Strict::encode_canonical).unwrap_or_default();
                let len = u32::try_from(proof.len()).ok().filter(|len| *len as usize <= ListProof::MAX_LEN);
                let len = len.ok_or(Malformed::new("devices proof length", Reason::Length))?;
                out.extend_from_slice(&len.to_be_bytes());
                out.extend_from_slice(&proof);
            }
            Self::Rename { title } => out.extend_from_slice(title.as_bytes()),
            Self::Leave | Self::Rekey => {}
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<()> {
        // spec: GROUP-8
        match self {
            Self::Rename { title } if title.len() > MAX_TITLE => {
                Err(Malformed::new("rename title", Reason::Length))
            }
            Self::Rename { title } if title.chars().any(char::is_control) => {
                Err(Malformed::new("rename title", Reason::Invalid))
            }
            _ => Ok(()),
        }
    }
}

fn read_role(reader: &mut Reader<'_>) -> Result<Role> {
    // spec: GROUP-9
    match reader.u8("set role")? {
        0 => Ok(Role::None),
        1 => Ok(Role::Member),
        2 => Ok(Role::Admin),
        _ => Err(Malformed::new("set role", Reason::Range)),
    }
}

// spec: GROUP-7
fn read_list(reader: &mut Reader<'_>) -> Result<SignedDeviceList> {
    let len = usize::from(reader.u16("pinned list length")?);
    SignedDeviceList::decode_strict(reader.slice(len, "pinned list")?)
}

fn write_list(list: &SignedDeviceList, out: &mut Vec<u8>) -> Result<()> {
    let list = list.encode_canonical();
    let len = u16::try_from(list.len()).map_err(|_| Malformed::new("pinned list length", Reason::Length))?;
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(&list);
    Ok(())
}

// spec: GROUP-7
fn read_proof(reader: &mut Reader<'_>) -> Result<Option<ListProof>> {
    match reader.u32("devices proof length")? as usize {
        0 => Ok(None),
        len if len > ListProof::MAX_LEN => Err(Malformed::new("devices proof length", Reason::Length)),
        len => ListProof::decode_strict(reader.slice(len, "devices proof")?).map(Some),
    }
}
