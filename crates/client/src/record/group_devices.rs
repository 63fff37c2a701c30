//! What a device has told each other device of a group: how far it has the entries, and which own key it was given.

use entrenous_group::sender_key::KeyId;
use entrenous_identity::Timestamp;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    SessionTag, array, arrays,
    groups::{address, read_address},
    read, write,
};
use crate::{Address, Error, engine::Stored};

/// The devices, and what the own key was when it was given to those who have not acknowledged it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupDevices {
    pub(crate) devices: Vec<GroupDevice>,
    pub(crate) given: Vec<Given>,
}

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupDevice {
    pub(crate) address: Address,
    /// Entries that it was told of, in the order in which they are kept.
    pub(crate) told: u32,
    /// The own key that it is given.
    pub(crate) key: Option<KeyGiven>,
    /// When it was sent what it asked for last.
    pub(crate) answered: Timestamp,
}

/// How far a device has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyGiven {
    pub(crate) id: KeyId,
    /// The first message that it can open.
    pub(crate) iteration: u32,
    /// The session in which it was sent last; none if there was none yet.
    pub(crate) sealed_in: Option<SessionTag>,
    pub(crate) acknowledged: bool,
}

/// A distribution of the own key at an iteration, secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) iteration: u32,
    pub(crate) distribution: Zeroizing<Vec<u8>>,
}

impl GroupDevices {
    pub(crate) fn get(&self, address: &Address) -> Option<&GroupDevice> {
        self.devices.iter().find(|device| device.address == *address)
    }

    pub(crate) fn get_mut(&mut self, address: &Address) -> Option<&mut GroupDevice> {
        self.devices.iter_mut().find(|device| device.address == *address)
    }

    /// Enters a device of which nothing is known, as one that was told of `told` entries.
    pub(crate) fn enter(&mut self, address: Address, told: u32) {
        if self.get(&address).is_none() {
            let answered = Timestamp::from_ms(0);
            self.devices.push(GroupDevice { address, told, key: None, answered });
        }
    }

    /// Drops the copies of the key that nobody needs any more.
    pub(crate) fn tidy(&mut self, current: Option<KeyId>) {
        let devices = &self.devices;
        self.given.retain(|given| {
            devices
                .iter()
                .filter_map(|device| device.key)
                .any(|key| Some(key.id) == current && !key.acknowledged && key.iteration == given.iteration)
        });
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct DevicesProto {
    /// address 36 ‖ told 4 ‖ key id 16, zeros for none ‖ iteration 4 ‖ session tag 8 ‖ acknowledged 1 ‖ answered, ms 8
    #[prost(bytes = "vec", tag = "1")]
    devices: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    given: Vec<GivenProto>,
}

#[derive(Clone, PartialEq, prost::Message, Zeroize, ZeroizeOnDrop)]
struct GivenProto {
    #[prost(uint32, tag = "1")]
    iteration: u32,
    #[prost(bytes = "vec", tag = "2")]
    distribution: Vec<u8>,
}

const DEVICE_LEN: usize = 36 + 4 + 16 + 4 + 8 + 1 + 8;

impl Stored for GroupDevices {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let device = |device: &GroupDevice| {
            let GroupDevice { address: of, told, key, answered } = device;
            let (id, iteration, tag, acknowledged) = key.map_or(([0; 16], 0, [0; 8], false), |key| {
                let tag = key.sealed_in.map_or([0; 8], SessionTag::to_bytes);
                (key.id.0, key.iteration, tag, key.acknowledged)
            });
            [
                &address(of)[..],
                &told.to_be_bytes(),
                &id,
                &iteration.to_be_bytes(),
                &tag,
                &[acknowledged.into()],
                &answered.as_ms().to_be_bytes(),
            ]
            .concat()
        };
        let given = |given: &Given| GivenProto {
            iteration: given.iteration,
            distribution: given.distribution.to_vec(),
        };
        write(&DevicesProto {
            devices: self.devices.iter().flat_map(device).collect(),
            given: self.given.iter().map(given).collect(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let device = |bytes: &[u8; DEVICE_LEN]| -> Result<GroupDevice, Error> {
            let (of, rest) = bytes.split_at(36);
            let (told, rest) = rest.split_at(4);
            let (id, rest) = rest.split_at(16);
            let (iteration, rest) = rest.split_at(4);
            let (tag, rest) = rest.split_at(8);
            let (acknowledged, answered) = rest.split_at(1);
            let (id, tag): ([u8; 16], [u8; 8]) = (array(id)?, array(tag)?);
            let key = KeyGiven {
                id: KeyId(id),
                iteration: u32::from_be_bytes(array(iteration)?),
                sealed_in: (tag != [0; 8]).then(|| SessionTag::from_bytes(tag)),
                acknowledged: acknowledged == [1],
            };
            Ok(GroupDevice {
                address: read_address(of)?,
                told: u32::from_be_bytes(array(told)?),
                key: (id != [0; 16]).then_some(key),
                answered: Timestamp::from_ms(u64::from_be_bytes(array(answered)?)),
            })
        };
        let DevicesProto { devices, given } = read(bytes)?;
        let given = given.into_iter().map(|mut given| Given {
            iteration: given.iteration,
            distribution: Zeroizing::new(core::mem::take(&mut given.distribution)),
        });
        Ok(Self {
            devices: arrays(&devices)?.iter().map(device).collect::<Result<_, _>>()?,
            given: given.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use entrenous_identity::{AccountId, DeviceId};

    use super::*;

    #[test]
    fn devices_come_back_and_copies_of_keys_go_with_the_last_who_needs_them() {
        let address = |number| Address {
            account: AccountId::from_bytes([1; 32]),
            device: DeviceId::new(number).unwrap(),
        };
        let mut record = GroupDevices::default();
        for number in 1..=3 {
            record.enter(address(number), 7);
        }
        let id = KeyId([4; 16]);
        let key = KeyGiven { id, iteration: 2, sealed_in: None, acknowledged: false };
        record.get_mut(&address(1)).unwrap().key = Some(key);
        record.get_mut(&address(2)).unwrap().key = Some(KeyGiven {
            sealed_in: Some(SessionTag::from_bytes([9; 8])),
            iteration: 3,
            acknowledged: true,
            ..key
        });
        let given = |iteration| Given { iteration, distribution: Zeroizing::new(vec![8; 221]) };
        record.given = vec![given(2), given(3)];
        assert_eq!(GroupDevices::from_bytes(&record.to_bytes()).as_ref(), Ok(&record));
        record.tidy(Some(id));
        assert_eq!(record.given, [given(2)]);
        record.tidy(Some(KeyId([5; 16])));
        assert_eq!(record.given, []);
    }
}
