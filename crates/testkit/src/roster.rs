//! People with several devices, and hostile stories of a group that they make.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use entrenous_group::roster::{ReceivedEntry, Roster, RosterState};
use entrenous_identity::{AccountId, AccountKey, DeviceId, DeviceKeys, DeviceList, ListLink, ListProof};
use entrenous_wire::{
    label,
    roster_entry::{ChangeBody, EntryBytes, Role, RosterBody},
};
use rand::{RngExt, seq::IndexedRandom};

use crate::{
    device::TODAY,
    oracle::roster::{Act, Dag, Entry, Hash, List, Misreading, State},
    rng::ScriptedRng,
};

/// A list, as the rules see it and as it is signed.
#[derive(Debug)]
pub struct Pin {
    /// As the rules see it.
    pub plain: List,
    /// As it is signed.
    pub list: DeviceList,
    /// Joins it to the account's first.
    pub proof: Option<ListProof>,
}

/// An account with its devices and lists.
#[derive(Debug)]
pub struct Person {
    /// Its address.
    pub id: Hash,
    /// Its key.
    pub key: AccountKey,
    /// Its devices.
    pub devices: Vec<DeviceKeys>,
    /// Its lists: devices 0 and 1; then 0 and 2, and beside it 1 and 2, a fork; then 2, which ends the fork; then
    /// 2 and 3.
    pub pins: Vec<Pin>,
}

impl Person {
    /// The person of `seed`, the same in every run.
    pub fn new(seed: u64) -> Self {
        let rng = &mut ScriptedRng::new(seed);
        let key = AccountKey::generate(rng).expect("scripted");
        let account = AccountId::of(&key.verifying_key());
        let devices: Vec<_> = (0..4).map(|_| DeviceKeys::generate(rng).expect("scripted")).collect();
        let entries = |ids: &[usize]| ids.iter().map(|id| devices[*id].entry(&account)).collect::<Vec<_>>();
        let first = DeviceList::first(&key, &entries(&[0, 1]), TODAY).expect("first");
        let next = |parents: &[&DeviceList], ids: &[usize]| {
            DeviceList::successor(parents, &key, &entries(ids), TODAY).expect("next")
        };
        let one = next(&[&first], &[0, 2]);
        let other = next(&[&first], &[1, 2]);
        let joined = next(&[&one, &other], &[2]);
        let last = next(&[&joined], &[2, 3]);
        let lists = [first, one, other, joined, last];
        let history: Vec<ListLink> = lists.iter().filter_map(DeviceList::link).collect();
        let pins = lists
            .iter()
            .map(|list| {
                let proof = ListProof::build(list, &lists[0].name(), &history);
                let links = proof.iter().flat_map(ListProof::links);
                let named = links.flat_map(ListLink::parents).chain(list.parents()).chain([list.hash()]);
                let plain = List {
                    account: *account.as_bytes(),
                    epoch: list.epoch(),
                    hash: *list.hash(),
                    named: named.copied().collect(),
                    devices: list.device_ids().map(DeviceId::get).collect(),
                };
                Pin { plain, list: list.clone(), proof }
            })
            .collect();
        Self { id: *account.as_bytes(), key, devices, pins }
    }

    /// The device `id`.
    pub fn device(&self, id: u32) -> &DeviceKeys {
        self.devices.iter().find(|device| device.public().id.get() == id).expect("a device of the person")
    }
}

/// The people of all stories: eight.
pub static PEOPLE: LazyLock<Vec<Person>> = LazyLock::new(|| (0..8).map(|n| Person::new(7_000 + n)).collect());

/// The person with an address.
pub fn person(id: &Hash) -> &'static Person {
    PEOPLE.iter().find(|person| person.id == *id).expect("one of the people")
}

/// An entry, as the rules see it and as it travels.
#[derive(Clone, Debug)]
pub struct Made {
    /// As the rules see it.
    pub plain: Entry,
    /// As it travels.
    pub bytes: Vec<u8>,
}

impl Made {
    /// As it is read.
    pub fn received(&self) -> ReceivedEntry {
        ReceivedEntry::parse(&self.bytes).expect("well-formed")
    }
}

/// What an entry is to be: nothing is checked but that it can be written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The group, zero for a genesis.
    pub group: Hash,
    /// The account.
    pub author: Hash,
    /// The device.
    pub device: u32,
    /// The list epoch that it names.
    pub epoch: u32,
    /// Its number.
    pub seq: u32,
    /// What makes two drafts with the same content differ.
    pub salt: u64,
    /// The grant.
    pub under: Hash,
    /// What it follows, in any order.
    pub prevs: Vec<Hash>,
    /// What it changes.
    pub act: Act,
}

impl Draft {
    /// Signs it with the author's device.
    pub fn sign(&self) -> Made {
        self.sign_with(person(&self.author).device(self.device))
    }

    /// Signs it with any device.
    pub fn sign_with(&self, keys: &DeviceKeys) -> Made {
        let pin = |list: &List| {
            let pins = &person(&list.account).pins;
            pins.iter().find(|pin| pin.plain == *list).expect("a list of the person")
        };
        let mut prevs = self.prevs.clone();
        prevs.sort_unstable();
        let body = RosterBody {
            group_id: self.group,
            author: self.author,
            device: self.device,
            list_epoch: self.epoch,
            seq: self.seq,
            sent_ms: self.salt & ((1 << 48) - 1),
            under: self.under,
            prevs: prevs.clone(),
            change: match &self.act {
                Act::Genesis(list) => {
                    ChangeBody::Genesis { random: [7; 32], list: pin(list).list.signed().clone() }
                }
                Act::Set(target, role) => ChangeBody::Set { target: *target, role: role_of(*role) },
                Act::Leave => ChangeBody::Leave,
                Act::Devices(list) => ChangeBody::Devices {
                    list: pin(list).list.signed().clone(),
                    proof: pin(list).proof.as_ref().map(ListProof::to_proto),
                },
                Act::Rename(title) => ChangeBody::Rename { title: title.clone() },
                Act::Rekey => ChangeBody::Rekey,
            },
        };
        let body = body.encode().expect("a draft that can be written");
        let signature = keys.sign(&[label::ROSTER_ENTRY, &body].concat());
        let bytes = EntryBytes { body: &body, signature: &signature }.encode().expect("short");
        let hash = *ReceivedEntry::parse(&bytes).expect("well-formed").hash().as_bytes();
        let Self { author, device, epoch, under, act, .. } = self.clone();
        Made { plain: Entry { hash, author, device, epoch, prevs, under, act }, bytes }
    }
}

fn role_of(role: u8) -> Role {
    match role {
        0 => Role::None,
        1 => Role::Member,
        _ => Role::Admin,
    }
}

/// The genesis of a group that `creator` begins.
pub fn genesis(creator: &Person, salt: u64) -> Made {
    let list = creator.pins[0].plain.clone();
    let device = creator.devices[0].public().id.get();
    let act = Act::Genesis(list);
    Draft {
        group: [0; 32],
        author: creator.id,
        device,
        epoch: 1,
        seq: 1,
        salt,
        under: [0; 32],
        prevs: vec![],
        act,
    }
    .sign()
}

/// The entries of a group, made by people who see parts of it, remember grants that they have no more and use
/// devices that were dropped. Some are not well formed.
#[derive(Debug)]
pub struct Story {
    /// Draws what happens.
    pub rng: ScriptedRng,
    /// All entries, each after those that it follows.
    pub made: Vec<Made>,
    devices_come_and_go: bool,
}

impl Story {
    /// A story of `seed` with at most `length` entries.
    pub fn new(seed: u64, length: usize) -> Self {
        Self::with_rng(ScriptedRng::new(seed), length)
    }

    /// The same, where `rng` makes the choices.
    pub fn with_rng(mut rng: ScriptedRng, length: usize) -> Self {
        let salt = rng.random();
        let devices_come_and_go = rng.random_bool(0.4);
        let made = vec![genesis(&PEOPLE[0], salt)];
        let mut story = Self { rng, made, devices_come_and_go };
        // few people have more to do with each other
        let people = if devices_come_and_go { 3 } else { 6 };
        let cast: Vec<Hash> = PEOPLE[..people].iter().map(|person| person.id).collect();
        story.pin_all(&cast);
        for _ in 1..length {
            let back_dated = story.rng.random_bool(0.3);
            let view = if back_dated { story.first_view() } else { story.view() };
            story.act(&cast, &cast, &view, back_dated);
        }
        story
    }

    /// The entries as the rules see them.
    pub fn plain(&self) -> Vec<Entry> {
        self.made.iter().map(|made| made.plain.clone()).collect()
    }

    /// The entries that are well formed.
    pub fn dag(&self, misreading: Misreading) -> Dag {
        Dag::new(&self.plain(), misreading)
    }

    /// The creator pins the first lists of some: so that they are soon granted something.
    fn pin_all(&mut self, cast: &[Hash]) {
        let count = self.rng.random_range(0..cast.len());
        for id in &cast[1..=count] {
            let (first, last) = (&self.made[0].plain, &self.made[self.made.len() - 1].plain);
            let draft = Draft {
                group: first.hash,
                author: first.author,
                device: first.device,
                epoch: 1,
                seq: u32::try_from(self.made.len()).expect("few") + 100,
                salt: 0,
                under: first.hash,
                prevs: vec![last.hash],
                act: Act::Devices(person(id).pins[0].plain.clone()),
            };
            self.made.push(draft.sign());
        }
    }

    /// A part of the entries that somebody may have seen: all, or some with what they follow.
    fn view(&mut self) -> BTreeSet<Hash> {
        let dag = self.dag(Misreading::No);
        let all: Vec<Hash> = dag.entries().map(|entry| entry.hash).collect();
        if self.rng.random_bool(0.4) {
            return all.into_iter().collect();
        }
        let count = self.rng.random_range(1..4.min(all.len() + 1).max(2));
        closed(&dag, all.sample(&mut self.rng, count).copied())
    }

    /// As little as somebody who holds a grant can have seen.
    fn first_view(&mut self) -> BTreeSet<Hash> {
        let dag = self.dag(Misreading::No);
        let grants: Vec<Hash> =
            (dag.entries().map(|entry| entry.hash)).filter(|hash| dag.grant(hash).is_some()).collect();
        closed(&dag, grants.choose(&mut self.rng).copied())
    }

    /// One of `authors` does something to somebody among `targets`, having seen `view`. It may be nothing. Who dates
    /// back mostly leaves, or pins a list of its own.
    pub fn act(&mut self, authors: &[Hash], targets: &[Hash], view: &BTreeSet<Hash>, back_dated: bool) {
        let dag = self.dag(Misreading::No);
        let grants: Vec<(Hash, Hash, u8)> = (view.iter())
            .filter_map(|hash| dag.grant(hash).map(|(account, role)| (*hash, account, role)))
            .filter(|(_, account, _)| authors.contains(account))
            .collect();
        let holders: BTreeSet<Hash> = grants.iter().map(|(_, account, _)| *account).collect();
        let holders: Vec<Hash> = holders.into_iter().collect();
        let rng = &mut self.rng;
        let Some(author) = holders.choose(rng).copied() else { return };
        let own: Vec<_> = grants.iter().filter(|(_, account, _)| *account == author).collect();
        let Some((under, _, role)) = own.choose(rng).copied() else { return };
        // who may do more does more
        if *role == 1 && !back_dated && rng.random_bool(0.7) {
            return;
        }

        let target = *targets.choose(rng).expect("somebody");
        let pin = |rng: &mut ScriptedRng, account: &Hash| {
            let pins = &person(account).pins;
            let at = if rng.random_bool(0.5) { 0 } else { rng.random_range(0..pins.len()) };
            pins[at].plain.clone()
        };
        let is_pinned = dag.lists(&target, view).next().is_some();
        // in some stories devices come and go, in most people do
        let (own_pins, pins) = if self.devices_come_and_go { (45, 60) } else { (22, 28) };
        let mut act = match rng.random_range(0..100) {
            0..6 => Act::Rename(format!("title {}", rng.random_range(0..1000))),
            6..9 => Act::Rekey,
            9..12 => Act::Leave,
            12..35 if back_dated => Act::Leave,
            35..75 if back_dated => Act::Devices(pin(rng, &author)),
            what if what < own_pins || target == author => Act::Devices(pin(rng, &author)),
            what if what < pins => Act::Devices(pin(rng, &target)),
            // a grant of who is not pinned is of no use; mostly
            _ if !is_pinned && rng.random_bool(0.9) => Act::Devices(person(&target).pins[0].plain.clone()),
            _ => Act::Set(target, *[0, 0, 1, 2, 2, 2].choose(rng).expect("a role")),
        };
        if *role == 1 && rng.random_bool(0.9) && !matches!(act, Act::Leave | Act::Devices(_)) {
            act = Act::Devices(pin(rng, &author));
        }
        let own_list = match &act {
            Act::Devices(list) if list.account == author => Some(list),
            _ => None,
        };
        let lists: Vec<&List> = dag.lists(&author, view).chain(own_list).collect();
        let Some(list) = lists.choose(rng) else { return };
        let devices: Vec<u32> = list.devices.iter().copied().collect();
        let (device, epoch) = (*devices.choose(rng).expect("a device"), list.epoch);

        let draft = Draft {
            group: self.made[0].plain.hash,
            author,
            device,
            epoch,
            seq: rng.random_range(1..50),
            salt: rng.random(),
            under: *under,
            prevs: dag.heads(view),
            act,
        };
        if draft.prevs.len() <= 16 {
            self.made.push(draft.sign());
        }
    }
}

/// `heads` and all that they follow.
pub fn closed(dag: &Dag, heads: impl IntoIterator<Item = Hash>) -> BTreeSet<Hash> {
    heads.into_iter().flat_map(|head| dag.past(&head).iter().copied().chain([head])).collect()
}

/// The roster of entries that come in this order, one by one or in batches.
pub fn roster_of(made: &[Made], batch: usize) -> Roster {
    let (first, rest) = made.split_first().expect("a genesis");
    let rest: Vec<ReceivedEntry> = rest.iter().map(Made::received).collect();
    roster_with(first.received(), &rest, batch)
}

/// The roster of a genesis and of what comes after it, so many at once; what waits comes again.
pub fn roster_with(genesis: ReceivedEntry, rest: &[ReceivedEntry], batch: usize) -> Roster {
    let group = entrenous_group::GroupId::of(genesis.hash());
    let mut roster = Roster::join(group, genesis).expect("a genesis");
    let mut waiting: Vec<ReceivedEntry> = Vec::new();
    for batch in rest.chunks(batch) {
        waiting.extend_from_slice(batch);
        let added = roster.add_all(waiting.clone());
        waiting.retain(|entry| added.waiting.contains(&entry.hash()));
    }
    roster
}

/// What the implementation says, in the words of the rules.
pub fn plain_state(state: &RosterState) -> State {
    let members: BTreeMap<Hash, (u8, BTreeSet<u32>)> = state
        .members()
        .map(|(account, member)| {
            let devices = member.device_ids().map(DeviceId::get).collect();
            (*account.as_bytes(), (member.role() as u8, devices))
        })
        .collect();
    State {
        members,
        title: state.title().to_owned(),
        admins: state.admins().iter().map(|account| *account.as_bytes()).collect(),
        rekeys: state.rekeys().map(|hash| *hash.as_bytes()).collect(),
    }
}

/// The entries that a roster has.
pub fn known(roster: &Roster) -> BTreeSet<Hash> {
    roster.entries().map(|entry| *entry.hash.as_bytes()).collect()
}

/// The state of a story, by the library and by the rules, which must be the same.
pub fn agreed(story: &Story) -> (Roster, State) {
    let roster = roster_of(&story.made, story.made.len());
    let dag = story.dag(Misreading::No);
    let taken: BTreeSet<Hash> = dag.entries().map(|entry| entry.hash).collect();
    assert_eq!(known(&roster), taken, "what is well formed");
    let state = dag.state();
    assert_eq!(plain_state(roster.state()), state, "the state");
    (roster, state)
}
