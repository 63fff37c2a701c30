//! Lists that are to be pushed to a device or asked of it, and how far pushing and looking through has come.

use entrenous_identity::{AccountId, Day, DeviceId, Timestamp};
use zeroize::Zeroizing;

use super::{array, arrays, contact::device_ids, present, read, write};
use crate::{Address, Error, engine::Stored};

/// What is owed to a device, or wanted from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ListDebt {
    pub(crate) due: Timestamp,
    pub(crate) device: Address,
    pub(crate) kind: DebtKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DebtKind {
    /// The newest own list is to be pushed.
    Push,
    /// The device's account has a list of `epoch`, or has to prove it: to be asked for at most `left` times more.
    Ask { epoch: u32, left: u8 },
}

/// All of them: at most one of a kind for each device of contacts and own ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListDebts(pub(crate) Vec<ListDebt>);

impl ListDebts {
    /// Enters a debt; one of the kind that is there already stays as it is, but asks for the higher epoch.
    pub(crate) fn add(&mut self, new: ListDebt) {
        for debt in self.0.iter_mut().filter(|debt| debt.device == new.device) {
            match (&mut debt.kind, new.kind) {
                (DebtKind::Push, DebtKind::Push) => return,
                (DebtKind::Ask { epoch, .. }, DebtKind::Ask { epoch: higher, .. }) => {
                    *epoch = higher.max(*epoch);
                    return;
                }
                _ => {}
            }
        }
        self.0.push(new);
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct EntriesProto {
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

impl Stored for ListDebts {
    /// due, ms 8 ‖ account 32 ‖ device 4 ‖ asks left 1, 0 for a push ‖ epoch 4 of each
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |debt: &ListDebt| {
            let ListDebt { due, device, kind } = debt;
            let (left, epoch) = match kind {
                DebtKind::Push => (0, 0),
                DebtKind::Ask { epoch, left } => (*left, *epoch),
            };
            let id = device.device.get().to_be_bytes();
            [&due.as_ms().to_be_bytes()[..], device.account.as_bytes(), &id, &[left], &epoch.to_be_bytes()]
                .concat()
        };
        write(&EntriesProto { entries: self.0.iter().flat_map(entry).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; 49]| -> Result<ListDebt, Error> {
            let (due, rest) = bytes.split_at(8);
            let (account, rest) = rest.split_at(32);
            let (device, rest) = rest.split_at(4);
            let (left, epoch) = rest.split_first().ok_or(Error::Corrupt)?;
            let epoch = u32::from_be_bytes(array(epoch)?);
            let device = DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?;
            Ok(ListDebt {
                due: Timestamp::from_ms(u64::from_be_bytes(array(due)?)),
                device: Address { account: AccountId::from_bytes(array(account)?), device },
                kind: match left {
                    0 => DebtKind::Push,
                    left => DebtKind::Ask { epoch, left: *left },
                },
            })
        };
        let proto: EntriesProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}

/// A walk through the accepted contacts by ascending id, some in each step: the last one that was visited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Walk(pub(crate) Option<AccountId>);

/// A walk that looks for lists which expired after one day, and not after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sweep {
    pub(crate) after: Day,
    pub(crate) until: Day,
    pub(crate) walk: Walk,
}

/// The linked devices that have not been told of all contacts, each with its walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Handovers(pub(crate) Vec<(DeviceId, Walk)>);

/// The own devices that were removed: their ids never come back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RemovedDevices(pub(crate) Vec<DeviceId>);

#[derive(Clone, PartialEq, prost::Message)]
struct SweepProto {
    #[prost(uint32, tag = "1")]
    after: u32,
    #[prost(uint32, tag = "2")]
    until: u32,
    #[prost(bytes = "vec", tag = "3")]
    visited: Vec<u8>,
}

impl Walk {
    fn to_vec(self) -> Vec<u8> {
        self.0.map(|account| account.as_bytes().to_vec()).unwrap_or_default()
    }

    fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(present(bytes)?.map(AccountId::from_bytes)))
    }
}

impl Stored for Walk {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&EntriesProto { entries: self.to_vec() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_slice(&read::<EntriesProto>(bytes)?.entries)
    }
}

impl Stored for Sweep {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { after, until, walk } = self;
        write(&SweepProto { after: after.0, until: until.0, visited: walk.to_vec() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let SweepProto { after, until, visited } = read(bytes)?;
        Ok(Self { after: Day(after), until: Day(until), walk: Walk::from_slice(&visited)? })
    }
}

impl Stored for Handovers {
    /// device 4 ‖ account 32, zeros for none yet
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |(device, walk): &(DeviceId, Walk)| {
            let visited = walk.0.map_or([0; 32], |account| *account.as_bytes());
            [device.get().to_be_bytes().as_slice(), &visited].concat()
        };
        write(&EntriesProto { entries: self.0.iter().flat_map(entry).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; 36]| -> Result<(DeviceId, Walk), Error> {
            let (device, visited) = bytes.split_at(4);
            let device = DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?;
            let visited: [u8; 32] = array(visited)?;
            Ok((device, Walk((visited != [0; 32]).then_some(AccountId::from_bytes(visited)))))
        };
        let proto: EntriesProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}

impl Stored for RemovedDevices {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&EntriesProto { entries: self.0.iter().flat_map(|id| id.get().to_be_bytes()).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(device_ids(&read::<EntriesProto>(bytes)?.entries)?))
    }
}
