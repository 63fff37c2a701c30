//! What a device has told each other device of a group: how far it has the entries, and which own keys it was given.

use entrenous_group::{EntryHash, sender_key::KeyId};
use entrenous_identity::Timestamp;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    MAX_PARKED_MS, SessionTag, array, arrays,
    groups::{address, read_address},
    read, write,
};
use crate::{Address, Error, engine::Stored};

/// A former key is given for so long, 7 days: messages wait no longer for it.
const MAX_FORMER_MS: u64 = MAX_PARKED_MS;

/// The devices, and what the own keys were when they were given to those who have not acknowledged them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupDevices {
    pub(crate) devices: Vec<GroupDevice>,
    pub(crate) given: Vec<Given>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupDevice {
    pub(crate) address: Address,
    /// Entries that it was told of, in the order in which they are kept.
    pub(crate) told: u32,
    /// The entry by which it was put out here: it is yet to be told of that and what it follows, and then of nothing more.
    pub(crate) out: Option<EntryHash>,
    /// The own keys that it is given: the present one, and former ones that it has not acknowledged.
    pub(crate) keys: Vec<KeyGiven>,
    /// Until when what it was sent because it asked counts as being sent.
    pub(crate) answered_until: Timestamp,
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

/// A distribution of an own key at an iteration, secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) id: KeyId,
    pub(crate) iteration: u32,
    /// Since when another key is the present one.
    pub(crate) followed: Option<Timestamp>,
    pub(crate) distribution: Zeroizing<Vec<u8>>,
}

impl Given {
    pub(crate) fn is_of(&self, given: &KeyGiven) -> bool {
        (self.id, self.iteration) == (given.id, given.iteration)
    }
}

impl GroupDevice {
    /// How far it has a key.
    pub(crate) fn key(&self, id: KeyId) -> Option<&KeyGiven> {
        self.keys.iter().find(|given| given.id == id)
    }

    pub(crate) fn key_mut(&mut self, id: KeyId) -> Option<&mut KeyGiven> {
        self.keys.iter_mut().find(|given| given.id == id)
    }
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
            let answered_until = Timestamp::from_ms(0);
            self.devices.push(GroupDevice { address, told, out: None, keys: Vec::new(), answered_until });
        }
    }

    /// Forgets the own keys, and who was given them.
    pub(crate) fn forget_keys(&mut self) {
        self.given.clear();
        self.devices.iter_mut().for_each(|device| device.keys.clear());
    }

    /// The copy of a key that a device is to be given.
    pub(crate) fn copy_for(&self, given: &KeyGiven) -> Option<&Given> {
        self.given.iter().find(|copy| copy.is_of(given))
    }

    /// Drops the copies of keys that nobody needs any more, those of former keys after a week at the latest, and what is
    /// noted of former keys that need not be given any more.
    // spec: GROUP-206
    pub(crate) fn tidy(&mut self, current: Option<KeyId>, now: Timestamp) {
        let Self { devices, given } = self;
        let waits_for = |device: &GroupDevice, copy: &Given| {
            device.keys.iter().any(|key| !key.acknowledged && copy.is_of(key))
        };
        for copy in &mut *given {
            copy.followed = (Some(copy.id) != current).then(|| copy.followed.unwrap_or(now));
        }
        given.retain(|copy| {
            let is_late = |since: Timestamp| now.as_ms().abs_diff(since.as_ms()) > MAX_FORMER_MS;
            !copy.followed.is_some_and(is_late) && devices.iter().any(|device| waits_for(device, copy))
        });
        for device in devices {
            device.keys.retain(|key| {
                Some(key.id) == current || !key.acknowledged && given.iter().any(|copy| copy.is_of(key))
            });
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct DevicesProto {
    #[prost(message, repeated, tag = "1")]
    devices: Vec<DeviceProto>,
    #[prost(message, repeated, tag = "2")]
    given: Vec<GivenProto>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct DeviceProto {
    /// account 32 ‖ device 4
    #[prost(bytes = "vec", tag = "1")]
    address: Vec<u8>,
    #[prost(uint32, tag = "2")]
    told: u32,
    /// id 16 ‖ iteration 4 ‖ session tag 8, zeros for none ‖ acknowledged 1 of each
    #[prost(bytes = "vec", tag = "3")]
    keys: Vec<u8>,
    #[prost(fixed64, tag = "4")]
    answered_until_ms: u64,
    #[prost(bytes = "vec", optional, tag = "5")]
    out: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message, Zeroize, ZeroizeOnDrop)]
struct GivenProto {
    #[prost(uint32, tag = "1")]
    iteration: u32,
    #[prost(bytes = "vec", tag = "2")]
    distribution: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    id: Vec<u8>,
    #[prost(fixed64, optional, tag = "4")]
    followed_ms: Option<u64>,
}

impl Stored for GroupDevices {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let key = |key: &KeyGiven| {
            let KeyGiven { id, iteration, sealed_in, acknowledged } = key;
            let tag = sealed_in.map_or([0; 8], SessionTag::to_bytes);
            [&id.0[..], &iteration.to_be_bytes(), &tag, &[(*acknowledged).into()]].concat()
        };
        let device = |device: &GroupDevice| {
            let GroupDevice { address: of, told, out, keys, answered_until } = device;
            DeviceProto {
                address: address(of).to_vec(),
                told: *told,
                keys: keys.iter().flat_map(key).collect(),
                answered_until_ms: answered_until.as_ms(),
                out: out.map(|entry| entry.as_bytes().to_vec()),
            }
        };
        let given = |given: &Given| GivenProto {
            iteration: given.iteration,
            distribution: given.distribution.to_vec(),
            id: given.id.0.to_vec(),
            followed_ms: given.followed.map(Timestamp::as_ms),
        };
        write(&DevicesProto {
            devices: self.devices.iter().map(device).collect(),
            given: self.given.iter().map(given).collect(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let key = |bytes: &[u8; 29]| -> Result<KeyGiven, Error> {
            let (id, rest) = bytes.split_at(16);
            let (iteration, rest) = rest.split_at(4);
            let (tag, acknowledged) = rest.split_at(8);
            let tag: [u8; 8] = array(tag)?;
            Ok(KeyGiven {
                id: KeyId(array(id)?),
                iteration: u32::from_be_bytes(array(iteration)?),
                sealed_in: (tag != [0; 8]).then(|| SessionTag::from_bytes(tag)),
                acknowledged: acknowledged == [1],
            })
        };
        let device = |proto: &DeviceProto| -> Result<GroupDevice, Error> {
            Ok(GroupDevice {
                address: read_address(&proto.address)?,
                told: proto.told,
                out: proto.out.as_deref().map(|hash| array(hash).map(EntryHash::from_bytes)).transpose()?,
                keys: arrays(&proto.keys)?.iter().map(key).collect::<Result<_, _>>()?,
                answered_until: Timestamp::from_ms(proto.answered_until_ms),
            })
        };
        let given = |proto: &mut GivenProto| -> Result<Given, Error> {
            Ok(Given {
                id: KeyId(array(&proto.id)?),
                iteration: proto.iteration,
                followed: proto.followed_ms.map(Timestamp::from_ms),
                distribution: Zeroizing::new(core::mem::take(&mut proto.distribution)),
            })
        };
        let DevicesProto { devices, given: mut copies } = read(bytes)?;
        Ok(Self {
            devices: devices.iter().map(device).collect::<Result<_, _>>()?,
            given: copies.iter_mut().map(given).collect::<Result<_, _>>()?,
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
        let (id, former) = (KeyId([4; 16]), KeyId([3; 16]));
        let key = KeyGiven { id, iteration: 2, sealed_in: None, acknowledged: false };
        let sealed_in = Some(SessionTag::from_bytes([9; 8]));
        let old = KeyGiven { id: former, ..key };
        record.get_mut(&address(1)).unwrap().keys = vec![old, key];
        record.get_mut(&address(3)).unwrap().out = Some(EntryHash::from_bytes([6; 32]));
        record.get_mut(&address(2)).unwrap().keys =
            vec![KeyGiven { sealed_in, iteration: 3, acknowledged: true, ..key }];
        let followed_at = Timestamp::from_ms(1_000);
        let given = |id, iteration, followed| {
            let distribution = Zeroizing::new(vec![8; 221]);
            Given { id, iteration, followed, distribution }
        };
        record.given = vec![given(former, 2, None), given(id, 2, None), given(id, 3, None)];
        record.tidy(Some(id), followed_at);
        // it was the present one for however long: the week begins when another follows
        assert_eq!(record.given, [given(former, 2, Some(followed_at)), given(id, 2, None)]);
        assert_eq!(GroupDevices::from_bytes(&record.to_bytes()).as_ref(), Ok(&record));
        record.tidy(Some(id), Timestamp::from_ms(1_001 + MAX_FORMER_MS));
        assert_eq!(record.given, [given(id, 2, None)]);
        assert_eq!(record.get(&address(1)).unwrap().keys, [key]);
        record.tidy(None, Timestamp::from_ms(1_001 + MAX_FORMER_MS));
        record.tidy(None, Timestamp::from_ms(1_002 + 2 * MAX_FORMER_MS));
        assert_eq!(record.given, []);
    }
}
