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

/// What is parked of one sender, and of all; of strangers a quarter of that.
const MAX_OF_SENDER: usize = 256;
const MAX_BYTES_OF_SENDER: u64 = 1 << 20;
const MAX_NUMBER: usize = 4096;
const MAX_BYTES: u64 = 16 << 20;
/// After so long, by the clock in either direction, it is given up: 7 days.
pub(crate) const MAX_MS: u64 = 7 * 86_400_000;
/// A key: 30 days.
const MAX_KEY_MS: u64 = 30 * 86_400_000;

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

/// Something that came too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Early {
    pub(crate) waits: Waits,
    pub(crate) from: Address,
    /// Zeros where it is not known.
    pub(crate) group: GroupId,
    pub(crate) key: KeyId,
    pub(crate) iteration: u32,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParkedEntry {
    /// Names the record with the bytes.
    pub(crate) number: u64,
    pub(crate) early: Early,
    /// Of a device whose account the user has not chosen to write to.
    pub(crate) of_stranger: bool,
    pub(crate) len: u32,
    /// Tells the bytes from others.
    pub(crate) digest: [u8; 16],
    pub(crate) since: Timestamp,
}

impl ParkedEntry {
    /// Whether it has waited for too long. A key is of use for what comes later as well.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        let most = if self.early.waits == Waits::Key { MAX_KEY_MS } else { MAX_MS };
        now.as_ms().abs_diff(self.since.as_ms()) > most
    }
}

impl Parked {
    /// Whether there is room for one more.
    // spec: GROUP-207
    pub(crate) fn has_room_for(&self, new: &ParkedEntry) -> bool {
        let room = |number: usize, bytes: u64, same: &dyn Fn(&&ParkedEntry) -> bool| {
            let taken = self.0.iter().filter(same).map(|entry| u64::from(entry.len)).sum::<u64>();
            self.0.iter().filter(same).count() < number && taken + u64::from(new.len) <= bytes
        };
        room(MAX_OF_SENDER, MAX_BYTES_OF_SENDER, &|entry| entry.early.from == new.early.from)
            && room(MAX_NUMBER, MAX_BYTES, &|_| true)
            && (!new.of_stranger || room(MAX_NUMBER / 4, MAX_BYTES / 4, &|entry| entry.of_stranger))
    }

    /// What one waits for now; it keeps its place, and its time.
    pub(crate) fn keep(&mut self, number: u64, early: Early) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.number == number) {
            entry.early = early;
        }
    }

    /// The highest number among the messages of a key whose signatures hold.
    pub(crate) fn highest(&self, key: &KeyId) -> Option<u32> {
        let early = self.0.iter().map(|entry| &entry.early);
        let of_key = early.filter(|early| early.key == *key && early.waits == Waits::ForRoster);
        of_key.map(|early| early.iteration).max()
    }

    /// Whether the same bytes of the same device are parked already.
    pub(crate) fn has(&self, from: &Address, digest: &[u8; 16]) -> bool {
        self.0.iter().any(|entry| (&entry.early.from, &entry.digest) == (from, digest))
    }

    /// How many wait for something of a group: also those without a key, if their key waits itself.
    pub(crate) fn waiting_for(&self, group: &GroupId) -> usize {
        let early = || self.0.iter().map(|entry| entry.early);
        let of_group = |early: &Early| early.group == *group;
        let keys: Vec<KeyId> = early().filter(of_group).map(|early| early.key).collect();
        early().filter(|early| of_group(early) || keys.contains(&early.key)).count()
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct ParkedProto {
    /// number 8 ‖ waits 1 ‖ from 36 ‖ group 32 ‖ key 16 ‖ iteration 4 ‖ of a stranger 1 ‖ len 4 ‖ digest 16 ‖ since, ms 8
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

const ENTRY_LEN: usize = 8 + 1 + 36 + 32 + 16 + 4 + 1 + 4 + 16 + 8;

impl Stored for Parked {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |entry: &ParkedEntry| {
            let ParkedEntry { number, early, of_stranger, len, digest, since } = entry;
            let waits = match early.waits {
                Waits::ForKey => 1,
                Waits::ForRoster => 2,
                Waits::Key => 3,
            };
            [
                &number.to_be_bytes()[..],
                &[waits],
                &address(&early.from),
                early.group.as_bytes(),
                &early.key.0,
                &early.iteration.to_be_bytes(),
                &[(*of_stranger).into()],
                &len.to_be_bytes(),
                digest,
                &since.as_ms().to_be_bytes(),
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
            let (of_stranger, rest) = rest.split_at(1);
            let (len, rest) = rest.split_at(4);
            let (digest, since) = rest.split_at(16);
            let early = Early {
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
            };
            Ok(ParkedEntry {
                number: u64::from_be_bytes(array(number)?),
                early,
                of_stranger: of_stranger == [1],
                len: u32::from_be_bytes(array(len)?),
                digest: array(digest)?,
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

    fn entry(number: u64, from: u32, len: u32) -> ParkedEntry {
        let early = Early {
            waits: Waits::ForRoster,
            from: Address { account: AccountId::from_bytes([1; 32]), device: DeviceId::new(from).unwrap() },
            group: GroupId::from_bytes([2; 32]),
            key: KeyId([3; 16]),
            iteration: 4,
        };
        let (of_stranger, since) = (number % 2 == 1, Timestamp::from_ms(5));
        ParkedEntry { number, early, of_stranger, len, digest: [6; 16], since }
    }

    #[test]
    fn what_is_parked_comes_back() {
        for waits in [Waits::ForKey, Waits::ForRoster, Waits::Key] {
            let other = entry(1, 2, 9);
            let early = Early { waits, ..other.early };
            let parked = Parked(vec![ParkedEntry { early, ..other }, entry(4, 5, 6)]);
            assert_eq!(Parked::from_bytes(&parked.to_bytes()), Ok(parked));
        }
    }

    // spec: GROUP-207
    #[test]
    fn one_sender_takes_no_room_from_others() {
        let mut parked = Parked::default();
        for number in 0..256 {
            let entry = entry(2 * number, 1, 1000);
            assert!(parked.has_room_for(&entry));
            parked.0.push(entry);
        }
        assert!(!parked.has_room_for(&entry(0, 1, 1)));
        assert!(parked.has_room_for(&entry(0, 2, 1 << 20)));
        assert!(!parked.has_room_for(&entry(0, 2, (1 << 20) + 1)));
    }

    // spec: GROUP-207
    #[test]
    fn strangers_take_a_quarter() {
        let mut parked = Parked::default();
        for device in 1..=4 {
            assert!(parked.has_room_for(&entry(1, device, 1 << 20)));
            parked.0.push(entry(1, device, 1 << 20));
        }
        assert!(!parked.has_room_for(&entry(1, 5, 1)));
        assert!(parked.has_room_for(&entry(2, 5, 1)));
    }
}
