//! Accounts with two devices each, and a group that they make.

use alloc::vec::Vec;

use entrenous_identity::{AccountId, AccountKey, Day, DeviceKeys, DeviceList};
use entrenous_wire::roster_entry::{ChangeBody, Role, RosterBody};

use super::{NOW, Scripted, Sender};
use crate::{
    EntryHash,
    roster::{Author, NewChange, ReceivedEntry, Roster},
};

const TODAY: Day = Day(20_000);

pub(super) struct Person {
    key: AccountKey,
    devices: [DeviceKeys; 2],
    pub(super) list: DeviceList,
}

impl Person {
    pub(super) fn new(seed: u64) -> Self {
        let rng = &mut Scripted::new(seed);
        let key = AccountKey::generate(rng).unwrap();
        let devices = [DeviceKeys::generate(rng).unwrap(), DeviceKeys::generate(rng).unwrap()];
        let id = AccountId::of(&key.verifying_key());
        let entries = [devices[0].entry(&id), devices[1].entry(&id)];
        let list = DeviceList::first(&key, &entries, TODAY).unwrap();
        Self { key, devices, list }
    }

    pub(super) fn id(&self) -> AccountId {
        self.list.account_id()
    }

    pub(super) fn device(&self, at: usize) -> Sender {
        Sender { account: self.id(), device: self.devices[at].public().id }
    }

    /// The list that drops the first device.
    pub(super) fn list_without_first(&self) -> DeviceList {
        let entries = [self.devices[1].entry(&self.id())];
        DeviceList::successor(&[&self.list], &self.key, &entries, TODAY).unwrap()
    }

    pub(super) fn author(&self) -> Author<'_> {
        self.author_on(0)
    }

    pub(super) fn author_on(&self, device: usize) -> Author<'_> {
        Author { account: self.id(), keys: &self.devices[device] }
    }

    /// The removal of somebody, under the grant `under`, whether it has an effect or not.
    pub(super) fn remove_by_hand(&self, roster: &Roster, under: EntryHash, target: &Self) -> ReceivedEntry {
        let body = RosterBody {
            group_id: *roster.group().as_bytes(),
            author: *self.id().as_bytes(),
            device: self.devices[0].public().id.get(),
            list_epoch: 1,
            seq: 1000,
            sent_ms: 0,
            under: *under.as_bytes(),
            prevs: roster.heads().iter().map(|head| *head.as_bytes()).collect(),
            change: ChangeBody::Set { target: *target.id().as_bytes(), role: Role::None },
        };
        ReceivedEntry::sign(&body, &self.devices[0]).unwrap()
    }
}

pub(super) fn group(creator: &Person) -> Roster {
    Roster::create(&creator.list, &creator.devices[0], NOW, &mut Scripted::new(99)).unwrap()
}

pub(super) fn add(roster: &mut Roster, entry: ReceivedEntry) -> EntryHash {
    let hash = entry.hash();
    assert_eq!(roster.add_all(Vec::from([entry])).new, [hash]);
    hash
}

pub(super) fn change(roster: &mut Roster, author: Author<'_>, change: &NewChange<'_>) -> EntryHash {
    let entry = roster.issue(change, author, NOW).unwrap();
    add(roster, entry)
}

/// Pins the list of `person` and gives it a role.
pub(super) fn invite(roster: &mut Roster, author: Author<'_>, person: &Person, role: Role) -> EntryHash {
    change(roster, author, &NewChange::Devices { list: &person.list, proof: None });
    change(roster, author, &NewChange::Set { target: person.id(), role })
}
