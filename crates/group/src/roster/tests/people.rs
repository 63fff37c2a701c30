//! Accounts with devices, and a group that they make.

use alloc::vec::Vec;
use core::convert::Infallible;

use entrenous_identity::{AccountId, AccountKey, Day, DeviceKeys, DeviceList, Timestamp};
use entrenous_primitives::hash::sha256;
use entrenous_wire::roster_entry::{ChangeBody, Role, RosterBody};
use rand_core::{TryCryptoRng, TryRng};

use crate::{
    EntryHash,
    roster::{Added, Author, EntryError, NewChange, ReceivedEntry, Roster},
};

/// Block i of the stream is SHA-256(seed 8 ‖ i 8).
pub(super) struct Scripted(pub(super) u64, pub(super) u64);

impl TryRng for Scripted {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("keys are drawn as bytes")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("keys are drawn as bytes")
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(32) {
            let block = sha256(&[&self.0.to_be_bytes(), &self.1.to_be_bytes()]);
            self.1 += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}
impl TryCryptoRng for Scripted {}

pub(super) const TODAY: Day = Day(20_000);
pub(super) const NOW: Timestamp = Timestamp::MAX;

/// An account with its devices; the first list has the first two.
pub(super) struct Person {
    pub(super) key: AccountKey,
    pub(super) devices: Vec<DeviceKeys>,
    pub(super) list: DeviceList,
}

impl Person {
    pub(super) fn new(seed: u64) -> Self {
        Self::with_devices(seed, 2)
    }

    pub(super) fn with_devices(seed: u64, count: usize) -> Self {
        let rng = &mut Scripted(seed, 0);
        let key = AccountKey::generate(rng).unwrap();
        let devices: Vec<_> = (0..count + 1).map(|_| DeviceKeys::generate(rng).unwrap()).collect();
        let id = AccountId::of(&key.verifying_key());
        let entries: Vec<_> = devices[..count].iter().map(|device| device.entry(&id)).collect();
        let list = DeviceList::first(&key, &entries, TODAY).unwrap();
        Self { key, devices, list }
    }

    pub(super) fn id(&self) -> AccountId {
        self.list.account_id()
    }

    /// The list that follows `parent`, with these devices.
    pub(super) fn list_after(&self, parent: &DeviceList, devices: &[usize]) -> DeviceList {
        let entries: Vec<_> = devices.iter().map(|at| self.devices[*at].entry(&self.id())).collect();
        DeviceList::successor(&[parent], &self.key, &entries, TODAY).unwrap()
    }

    pub(super) fn author(&self) -> Author<'_> {
        self.author_on(0)
    }

    pub(super) fn author_on(&self, device: usize) -> Author<'_> {
        Author { account: self.id(), keys: &self.devices[device] }
    }
}

/// A group that `creator` began.
pub(super) fn group(creator: &Person) -> Roster {
    Roster::create(&creator.list, &creator.devices[0], NOW, &mut Scripted(99, 0)).unwrap()
}

/// Does what the author may, as `issue` has it.
pub(super) fn change(roster: &mut Roster, author: Author<'_>, change: &NewChange<'_>) -> EntryHash {
    let entry = roster.issue(change, author, NOW).unwrap();
    let hash = entry.hash();
    assert_eq!(roster.add_all(Vec::from([entry])).new, [hash]);
    hash
}

/// Pins the list of `person` and gives it a role.
pub(super) fn invite(roster: &mut Roster, author: Author<'_>, person: &Person, role: Role) -> EntryHash {
    change(roster, author, &NewChange::Devices { list: &person.list, proof: None });
    change(roster, author, &NewChange::Set { target: person.id(), role })
}

/// A body as the author would write it by hand, following `prevs`.
pub(super) fn body(
    roster: &Roster,
    author: &Person,
    under: EntryHash,
    prevs: &[EntryHash],
    change: ChangeBody,
) -> RosterBody {
    let mut prevs: Vec<[u8; 32]> = prevs.iter().map(|prev| *prev.as_bytes()).collect();
    prevs.sort_unstable();
    RosterBody {
        group_id: *roster.group().as_bytes(),
        author: *author.id().as_bytes(),
        device: author.devices[0].public().id.get(),
        list_epoch: 1,
        seq: 1000,
        sent_ms: 0,
        under: *under.as_bytes(),
        prevs,
        change,
    }
}

pub(super) fn sign(body: &RosterBody, keys: &DeviceKeys) -> ReceivedEntry {
    ReceivedEntry::sign(body, keys).unwrap()
}

pub(super) fn genesis(roster: &Roster) -> EntryHash {
    EntryHash::from_bytes(*roster.group().as_bytes())
}

pub(super) fn add(roster: &mut Roster, entry: ReceivedEntry) -> Added {
    roster.add_all(Vec::from([entry]))
}

/// Why the entry is refused. The roster must be as it was.
pub(super) fn refusal(roster: &Roster, entry: ReceivedEntry) -> EntryError {
    let mut copy = roster.clone();
    let added = add(&mut copy, entry);
    assert_eq!(copy.id(), roster.id());
    assert_eq!(copy.entries().count(), roster.entries().count());
    added.refused.first().expect("refused").1
}
