//! Rosters: entries of all kinds, what follows from a set of them, loss of access, and entries that are refused.

mod judging;
mod refused;

use std::collections::BTreeMap;

use entrenous_group::{
    EntryHash, GroupId,
    roster::{EntryError, ReceivedEntry, Role, Roster},
};
use entrenous_identity::{DeviceId, IdentityError, ListProof};
use entrenous_wire::{Strict, roster_entry::EntryBytes};
use serde_json::{Value, json};

use super::{Fields, Vectors, hex, identity::signing_seed};
use crate::{
    oracle::roster::{Act, Hash, Misreading},
    roster::{Draft, Made, PEOPLE, Pin, Story, genesis, plain_state},
};

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "roster",
        "Rosters of groups: entries, members and names that follow from sets of them, loss of access, and entries that are refused.",
    );
    entries(&mut vectors);
    rosters(&mut vectors);
    losses(&mut vectors);
    refused::bytes(&mut vectors);
    refused::entries(&mut vectors);
    // where a dropped device's own pin knows of the drop, in the other branch of a fork
    stories(&mut vectors, "a story with a pin of a device that the other branch drops", [596, 735, 879]);
    judging::vectors(&mut vectors);
    vectors
}

/// A group of people by their places in the cast, whose entries follow one another.
struct Group {
    made: Vec<Made>,
    grants: BTreeMap<usize, Hash>,
}

impl Group {
    /// Begun by the first person.
    fn new() -> Self {
        let made = genesis(&PEOPLE[0], 1);
        Self { grants: BTreeMap::from([(0, made.plain.hash)]), made: vec![made] }
    }

    fn id(&self) -> Hash {
        self.made[0].plain.hash
    }

    fn last(&self) -> Hash {
        self.made[self.made.len() - 1].plain.hash
    }

    /// What the device 0 of `author` writes after all that is there, by its grant.
    fn draft(&self, author: usize, act: Act) -> Draft {
        Draft {
            group: self.id(),
            author: PEOPLE[author].id,
            device: PEOPLE[author].devices[0].public().id.get(),
            epoch: 1,
            seq: u32::try_from(self.made.len()).expect("few") + 1,
            salt: 1_728_000_000_000,
            under: self.grants.get(&author).copied().unwrap_or(self.id()),
            prevs: vec![self.last()],
            act,
        }
    }

    fn add(&mut self, made: Made) -> Hash {
        self.made.push(made);
        self.last()
    }

    fn write(&mut self, author: usize, act: Act) -> Hash {
        let made = self.draft(author, act).sign();
        self.add(made)
    }

    /// The first person pins a list of another's and gives him a role.
    fn let_in(&mut self, who: usize, role: u8) {
        self.write(0, Act::Devices(PEOPLE[who].pins[0].plain.clone()));
        let grant = self.write(0, Act::Set(PEOPLE[who].id, role));
        self.grants.insert(who, grant);
    }
}

const MEMBER: u8 = 1;
const ADMIN: u8 = 2;

/// A group of four: two admins, two members.
fn four() -> Group {
    let mut group = Group::new();
    group.let_in(1, ADMIN);
    group.let_in(2, MEMBER);
    group.let_in(3, MEMBER);
    group
}

fn entries(vectors: &mut Vectors) {
    let group = four();
    let pin = &PEOPLE[1].pins[4];
    let cases = [
        ("a genesis", genesis_draft(), 0),
        ("a set", group.draft(0, Act::Set(PEOPLE[2].id, 0)), 0),
        ("a leave", group.draft(2, Act::Leave), 2),
        ("a device list", group.draft(0, Act::Devices(PEOPLE[4].pins[0].plain.clone())), 0),
        ("a device list with its proof", group.draft(1, Act::Devices(pin.plain.clone())), 1),
        ("a title", group.draft(1, Act::Rename("Entre nous, à quatre".into())), 1),
        ("a rekey", group.draft(0, Act::Rekey), 0),
    ];
    for (name, draft, author) in cases {
        let made = draft.sign();
        let parsed = EntryBytes::parse(&made.bytes).expect("well-formed");
        let mut prevs = draft.prevs.clone();
        prevs.sort_unstable();
        let (kind, change) = change(&draft.act);
        vectors.accepted(
            "entry",
            name,
            &["GROUP-1", "GROUP-2", "GROUP-4", "GROUP-6", "GROUP-7", "GROUP-10", "GROUP-11"],
            Fields {
                inputs: json!({
                    "signing_seed": hex(&signing_seed(&PEOPLE[author].devices[0])),
                    "group": hex(&draft.group),
                    "kind": kind,
                    "author": hex(&draft.author),
                    "device": draft.device,
                    "list_epoch": draft.epoch,
                    "seq": draft.seq,
                    "sent_ms": draft.salt,
                    "under": hex(&draft.under),
                    "prevs": prevs.iter().map(|prev| hex(prev)).collect::<Vec<_>>(),
                    "change": change,
                }),
                intermediate: Value::Null,
                outputs: json!({
                    "body": hex(parsed.body),
                    "hash": hex(&made.plain.hash),
                    "entry": hex(&made.bytes),
                }),
            },
        );
    }
}

fn genesis_draft() -> Draft {
    Draft {
        group: [0; 32],
        author: PEOPLE[0].id,
        device: PEOPLE[0].devices[0].public().id.get(),
        epoch: 1,
        seq: 1,
        salt: 1,
        under: [0; 32],
        prevs: Vec::new(),
        act: Act::Genesis(PEOPLE[0].pins[0].plain.clone()),
    }
}

fn change(act: &Act) -> (&'static str, Value) {
    let pin = |list: &crate::oracle::roster::List| -> &'static Pin {
        let pins = &crate::roster::person(&list.account).pins;
        pins.iter().find(|pin| pin.plain == *list).expect("a list of the person")
    };
    let list = |list| hex(&pin(list).list.signed().encode_canonical());
    match act {
        Act::Genesis(of) => ("genesis", json!({ "random": hex(&[7; 32]), "list": list(of) })),
        Act::Set(target, role) => {
            let role = ["none", "member", "admin"][usize::from(*role)];
            ("set", json!({ "target": hex(target), "role": role }))
        }
        Act::Leave => ("leave", json!({})),
        Act::Devices(of) => {
            let proof = pin(of).proof.as_ref().map(ListProof::to_proto);
            let proof = proof.map(|proof| hex(&proof.encode_canonical()));
            ("devices", json!({ "list": list(of), "proof": proof }))
        }
        Act::Rename(title) => ("rename", json!({ "title": title })),
        Act::Rekey => ("rekey", json!({})),
    }
}

/// What a roster of entries is that come one by one.
struct Collected {
    roster: Roster,
    refused: Vec<(EntryHash, EntryError)>,
    waiting: Vec<EntryHash>,
}

fn collect(made: &[Made]) -> Collected {
    let genesis = made[0].received();
    let group = GroupId::of(genesis.hash());
    let mut roster = Roster::join(group, genesis).expect("a genesis");
    let (mut refused, mut kept) = (Vec::new(), Vec::<ReceivedEntry>::new());
    for entry in &made[1..] {
        kept.push(entry.received());
        let added = roster.add_all(kept.clone());
        kept.retain(|entry| added.waiting.contains(&entry.hash()));
        refused.extend(added.refused);
    }
    let mut waiting: Vec<_> = kept.iter().map(ReceivedEntry::hash).collect();
    waiting.sort_unstable();
    Collected { roster, refused, waiting }
}

fn named(error: &EntryError) -> &'static str {
    match error {
        EntryError::WrongGroup => "WrongGroup",
        EntryError::FollowsRefused => "FollowsRefused",
        EntryError::NoGrant => "NoGrant",
        EntryError::NotAdmin => "NotAdmin",
        EntryError::DeviceNotPinned => "DeviceNotPinned",
        EntryError::DeviceDropped => "DeviceDropped",
        EntryError::TargetNotPinned => "TargetNotPinned",
        EntryError::ListNotChained => "ListNotChained",
        EntryError::Quota => "Quota",
        EntryError::BadSignature | EntryError::Identity(IdentityError::BadSignature(_)) => "BadSignature",
        other => panic!("{other:?}"),
    }
}

fn hashes<'a>(hashes: impl IntoIterator<Item = &'a EntryHash>) -> Vec<String> {
    hashes.into_iter().map(|hash| hex(hash.as_bytes())).collect()
}

fn bytes_of(made: &[Made]) -> Vec<String> {
    made.iter().map(|made| hex(&made.bytes)).collect()
}

fn roster(vectors: &mut Vectors, name: &str, rules: &[&str], made: &[Made]) {
    let Collected { roster, refused, waiting } = collect(made);
    let state = roster.state();
    let members: Vec<_> = state
        .members()
        .map(|(account, member)| {
            let mut devices: Vec<_> = member.device_ids().map(DeviceId::get).collect();
            devices.sort_unstable();
            let role = if member.role() == Role::Admin { "admin" } else { "member" };
            json!({ "account": hex(account.as_bytes()), "role": role, "devices": devices })
        })
        .collect();
    let mut rekeys: Vec<_> = state.rekeys().collect();
    rekeys.sort_unstable();
    let refused: Vec<_> = refused
        .iter()
        .map(|(hash, error)| json!({ "hash": hex(hash.as_bytes()), "error": named(error) }))
        .collect();
    let fields = Fields {
        inputs: json!({ "entries": bytes_of(made) }),
        intermediate: Value::Null,
        outputs: json!({
            "group": hex(roster.group().as_bytes()),
            "members": members,
            "admins": state.admins().iter().map(|account| hex(account.as_bytes())).collect::<Vec<_>>(),
            "title": state.title(),
            "rekeys": hashes(rekeys),
            "heads": hashes(roster.heads()),
            "roster_id": hex(roster.id().as_bytes()),
            "refused": refused,
            "waiting": hashes(&waiting),
        }),
    };
    vectors.accepted("roster", name, rules, fields);
}

const OF_STATES: [&str; 8] =
    ["GROUP-21", "GROUP-22", "GROUP-27", "GROUP-28", "GROUP-29", "GROUP-30", "GROUP-40", "GROUP-41"];

fn rosters(vectors: &mut Vectors) {
    let group = Group::new();
    roster(vectors, "a new group", &OF_STATES, &group.made);
    roster(vectors, "two admins and two members", &OF_STATES, &four().made);

    let mut group = four();
    group.write(1, Act::Rename("à quatre".into()));
    group.write(0, Act::Set(PEOPLE[2].id, 0));
    group.write(0, Act::Rekey);
    group.write(3, Act::Leave);
    roster(vectors, "a title, a removal, a rekey, and a leave", &OF_STATES, &group.made);

    // the junior and the senior remove each other, each without knowing of the other
    let mut group = four();
    let fork = group.last();
    group.write(1, Act::Set(PEOPLE[0].id, 0));
    let mut beside = group.draft(0, Act::Set(PEOPLE[1].id, 0));
    beside.prevs = vec![fork];
    group.add(beside.sign());
    roster(vectors, "two admins remove each other", &["GROUP-22", "GROUP-27", "GROUP-28"], &group.made);

    // what the removed admin did behind the remover's back never was
    let mut group = four();
    let fork = group.last();
    group.write(0, Act::Set(PEOPLE[1].id, 0));
    let mut behind = group.draft(1, Act::Set(PEOPLE[3].id, 0));
    behind.prevs = vec![fork];
    group.add(behind.sign());
    roster(vectors, "an act of a removed admin that the remover had not seen", &["GROUP-22"], &group.made);

    // a drop undoes what the stolen device wrote beside it
    let mut group = four();
    let fork = group.last();
    let own = &PEOPLE[1].pins[3];
    let mut drops = group.draft(1, Act::Devices(own.plain.clone()));
    (drops.device, drops.epoch) = (PEOPLE[1].devices[2].public().id.get(), own.plain.epoch);
    group.add(drops.sign());
    let mut stolen = group.draft(1, Act::Set(PEOPLE[2].id, 0));
    stolen.prevs = vec![fork];
    group.add(stolen.sign());
    roster(
        vectors,
        "an act of a device that its account drops beside it",
        &["GROUP-24", "GROUP-20"],
        &group.made,
    );

    let mut group = four();
    let fork = group.last();
    group.write(1, Act::Leave);
    let mut beside = group.draft(1, Act::Set(PEOPLE[2].id, 0));
    beside.prevs = vec![fork];
    group.add(beside.sign());
    let rules = ["GROUP-23", "GROUP-25", "GROUP-32"];
    roster(vectors, "an act beside the leave of its author", &rules, &group.made);

    let mut group = four();
    for pin in [1, 2] {
        let mut forks = group.draft(0, Act::Devices(PEOPLE[2].pins[pin].plain.clone()));
        forks.seq += u32::try_from(pin).expect("small");
        group.add(forks.sign());
    }
    roster(vectors, "two lists of one epoch", &["GROUP-31"], &group.made);

    // one that waits, and comes to its place
    let mut group = four();
    let last = group.write(0, Act::Rename("late".into()));
    group.write(0, Act::Rename("later".into()));
    let missing = group.made.len() - 2;
    let missing = group.made.remove(missing);
    assert_eq!(missing.plain.hash, last);
    roster(vectors, "an entry is missing, and what follows it waits", &["GROUP-10"], &group.made);
    group.made.push(missing);
    roster(vectors, "the missing entry has come", &["GROUP-10", "GROUP-29"], &group.made);

    stories(vectors, "a story of people who see parts of it", 400..408);
}

/// What people make of a group who each see parts of it.
fn stories(vectors: &mut Vectors, name: &str, seeds: impl IntoIterator<Item = u64>) {
    for (number, seed) in (1..).zip(seeds) {
        let story = Story::new(seed, 40);
        let Collected { roster: collected, .. } = collect(&story.made);
        let told = story.dag(Misreading::No).state();
        assert_eq!(plain_state(collected.state()), told, "the state that the rules tell");
        let rules = [&OF_STATES[..], &["GROUP-23", "GROUP-24", "GROUP-25", "GROUP-26"]].concat();
        roster(vectors, &format!("{name}, {number}"), &rules, &story.made);
    }
}

fn losses(vectors: &mut Vectors) {
    let mut lost = |name: &str, group: &Group, before: Vec<Hash>, expected: bool| {
        let Collected { roster, refused, waiting } = collect(&group.made);
        assert!(refused.is_empty() && waiting.is_empty(), "{name}");
        let before: Vec<_> = before.into_iter().map(EntryHash::from_bytes).collect();
        let after = roster.heads();
        let loss = roster.loss_between(&before, after).expect("known");
        assert_eq!(!loss.is_empty(), expected, "{name}");
        let fields = Fields {
            inputs: json!({ "entries": bytes_of(&group.made), "before": hashes(&before), "after": hashes(after) }),
            intermediate: Value::Null,
            outputs: json!({ "lost": expected }),
        };
        vectors.accepted("lost access", name, &["GROUP-45"], fields);
    };
    let grow = |acts: &[(usize, Act)]| {
        let mut group = four();
        let before = vec![group.last()];
        for (author, act) in acts {
            group.write(*author, act.clone());
        }
        (group, before)
    };
    type Case<'a> = (&'a str, &'a [(usize, Act)], bool);
    let cases: [Case<'_>; 8] = [
        ("nothing has changed", &[], false),
        ("a new title", &[(0, Act::Rename("new".into()))], false),
        ("a removal", &[(0, Act::Set(PEOPLE[2].id, 0))], true),
        ("an admin becomes a member", &[(0, Act::Set(PEOPLE[1].id, 1))], false),
        ("a junior's removal of the senior, which is none", &[(1, Act::Set(PEOPLE[0].id, 0))], false),
        ("a leave", &[(3, Act::Leave)], true),
        ("a rekey", &[(0, Act::Rekey)], true),
        ("a list that lacks a device", &[(0, Act::Devices(PEOPLE[2].pins[1].plain.clone()))], true),
    ];
    for (name, acts, expected) in cases {
        let (group, before) = grow(acts);
        lost(name, &group, before, expected);
    }
    // out and in again
    let (mut group, before) = grow(&[(0, Act::Set(PEOPLE[2].id, 0))]);
    group.write(0, Act::Set(PEOPLE[2].id, 1));
    lost("removed, and added again", &group, before, true);
}
