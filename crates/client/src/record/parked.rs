//! What came too early for a group: messages and keys that wait for a key, for entries, or for the user to join.

use entrenous_group::{GroupId, sender_key::KeyId};
use entrenous_identity::Timestamp;
use zeroize::Zeroizing;

use super::{
    array, arrays,
    groups::{address, read_address},
    read, write,
};
use crate::{Address, Error, engine::Stored};

/// What is parked of one sender, and of all.
const MAX_OF_SENDER: usize = 256;
const MAX_BYTES_OF_SENDER: u64 = 1 << 20;
const MAX_BYTES: u64 = 16 << 20;
/// After so long, by the clock in either direction, it is given up: 7 days.
pub(crate) const MAX_MS: u64 = 7 * 86_400_000;

/// What is parked, oldest first. The bytes are in records of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parked(pub(crate) Vec<ParkedEntry>);

/// What it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// A message, for its key; nothing of it is authentic, and its group is not known.
    ForKey,
    /// A message whose signature holds, for the roster that it names, or for the user to join.
    ForRoster,
    /// A key, for the roster under which it was made. It came over the sender's session.
    Key,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParkedEntry {
    /// Names the record with the bytes.
    pub(crate) number: u64,
    pub(crate) waits: Waits,
    pub(crate) from: Address,
    /// Zeros where it is not known.
    pub(crate) group: GroupId,
    pub(crate) key: KeyId,
    pub(crate) iteration: u32,
    pub(crate) len: u32,
    pub(crate) since: Timestamp,
}

impl Parked {
    /// Whether there is room for `len` more bytes from a device.
    // spec: GROUP-207
    pub(crate) fn has_room(&self, from: &Address, len: u32) -> bool {
        let of_sender = || self.0.iter().filter(|entry| entry.from == *from);
        let bytes = of_sender().map(|entry| u64::from(entry.len)).sum::<u64>() + u64::from(len);
        let all = self.0.iter().map(|entry| u64::from(entry.len)).sum::<u64>() + u64::from(len);
        of_sender().count() < MAX_OF_SENDER && bytes <= MAX_BYTES_OF_SENDER && all <= MAX_BYTES
    }

    /// The highest number among the messages of a key whose signatures hold.
    pub(crate) fn highest(&self, key: &KeyId) -> Option<u32> {
        let of_key = |entry: &&ParkedEntry| entry.key == *key && entry.waits == Waits::ForRoster;
        self.0.iter().filter(of_key).map(|entry| entry.iteration).max()
    }

    /// Whether a message is parked already.
    pub(crate) fn has(&self, waits: Waits, from: &Address, key: &KeyId, iteration: u32) -> bool {
        self.0.iter().any(|entry| {
            (entry.waits, entry.from, entry.key, entry.iteration) == (waits, *from, *key, iteration)
        })
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct ParkedProto {
    /// number 8 ‖ waits 1 ‖ from 36 ‖ group 32 ‖ key 16 ‖ iteration 4 ‖ len 4 ‖ since, ms 8
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

const ENTRY_LEN: usize = 8 + 1 + 36 + 32 + 16 + 4 + 4 + 8;

impl Stored for Parked {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |entry: &ParkedEntry| {
            let waits = match entry.waits {
                Waits::ForKey => 1,
                Waits::ForRoster => 2,
                Waits::Key => 3,
            };
            [
                &entry.number.to_be_bytes()[..],
                &[waits],
                &address(&entry.from),
                entry.group.as_bytes(),
                &entry.key.0,
                &entry.iteration.to_be_bytes(),
                &entry.len.to_be_bytes(),
                &entry.since.as_ms().to_be_bytes(),
            ]
            .concat()
        };
        write(&ParkedProto { entries: self.0.iter().flat_map(entry).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; ENTRY_LEN]| -> Result<ParkedEntry, Error> {
            let (number, rest) = bytes.split_at(8);
            let (waits, rest) = rest.split_at(1);
            let (from, rest) = rest.split_at(36);
            let (group, rest) = rest.split_at(32);
            let (key, rest) = rest.split_at(16);
            let (iteration, rest) = rest.split_at(4);
            let (len, since) = rest.split_at(4);
            Ok(ParkedEntry {
                number: u64::from_be_bytes(array(number)?),
                waits: match waits {
                    [1] => Waits::ForKey,
                    [2] => Waits::ForRoster,
                    [3] => Waits::Key,
                    _ => return Err(Error::Corrupt),
                },
                from: read_address(from)?,
                group: GroupId::from_bytes(array(group)?),
                key: KeyId(array(key)?),
                iteration: u32::from_be_bytes(array(iteration)?),
                len: u32::from_be_bytes(array(len)?),
                since: Timestamp::from_ms(u64::from_be_bytes(array(since)?)),
            })
        };
        let proto: ParkedProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use entrenous_identity::{AccountId, DeviceId};

    use super::*;

    fn entry(number: u64, from: u32) -> ParkedEntry {
        ParkedEntry {
            number,
            waits: Waits::ForRoster,
            from: Address { account: AccountId::from_bytes([1; 32]), device: DeviceId::new(from).unwrap() },
            group: GroupId::from_bytes([2; 32]),
            key: KeyId([3; 16]),
            iteration: 4,
            len: 1000,
            since: Timestamp::from_ms(5),
        }
    }

    #[test]
    fn what_is_parked_comes_back() {
        for waits in [Waits::ForKey, Waits::ForRoster, Waits::Key] {
            let parked = Parked(vec![ParkedEntry { waits, ..entry(1, 2) }, entry(3, 4)]);
            assert_eq!(Parked::from_bytes(&parked.to_bytes()), Ok(parked));
        }
    }

    // spec: GROUP-207
    #[test]
    fn one_sender_takes_no_room_from_others() {
        let mut parked = Parked::default();
        for number in 0..256 {
            assert!(parked.has_room(&entry(0, 1).from, 1000));
            parked.0.push(entry(number, 1));
        }
        assert!(!parked.has_room(&entry(0, 1).from, 1));
        assert!(parked.has_room(&entry(0, 2).from, 1 << 20));
        assert!(!parked.has_room(&entry(0, 2).from, (1 << 20) + 1));
    }
}
