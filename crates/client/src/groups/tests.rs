//! What hostile servers, strangers and members can do to a group: nothing but lose their own words.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code"
)]

use entrenous_group::{EntryHash, RosterId, roster::Change};
use entrenous_testkit::{oracle::roster::Act, roster::Draft};
use entrenous_wire::proto::{Control, GroupControl};

use super::*;
use crate::{
    Destination, Event,
    engine::{Name, Step, Stop, sealed::Run},
    record::{GroupDevices, Opaque},
    testing::{Device, create, tell},
};

const ALICE: usize = 0;
const BOB: usize = 1;
const MALLORY: usize = 2;

/// All entries of a group that are known, in their order.
struct Entries(GroupId);

impl Run for Entries {
    type Output = Vec<Vec<u8>>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Vec<u8>>, Stop> {
        let group = step.group(self.0)?.expect("a group");
        Ok(group.roster.entries().map(|entry| entry.bytes.to_vec()).collect())
    }
}

/// An entry by the own device that no client would write, under the newest grant of the account of `under`.
struct Forge {
    group: GroupId,
    under: AccountId,
    act: Act,
}

impl Run for Forge {
    type Output = Vec<u8>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<u8>, Stop> {
        let group = step.group(self.group)?.expect("a group");
        let grant = group.roster.entries().filter(|entry| match &entry.change {
            Change::Genesis { .. } => entry.author == self.under,
            Change::Set { target, .. } => *target == self.under,
            _ => false,
        });
        let under = *grant.last().expect("let in").hash.as_bytes();
        let me = step.device.address();
        let own = group.roster.entries().filter(|entry| entry.author == me.account).count();
        let draft = Draft {
            group: *self.group.as_bytes(),
            author: *me.account.as_bytes(),
            device: me.device.get(),
            epoch: 1,
            seq: u32::try_from(own).unwrap() + 1,
            salt: 5,
            under,
            prevs: group.roster.heads().iter().map(|head| *head.as_bytes()).collect(),
            act: self.act.clone(),
        };
        Ok(draft.sign_with(&step.device.keys).bytes)
    }
}

/// The own key to a group, as it is given to others.
struct OwnKey(GroupId);

impl Run for OwnKey {
    type Output = Vec<u8>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<u8>, Stop> {
        let key = step.sending_key(self.0)?.expect("has written");
        Ok(key.distribution().unwrap().to_vec())
    }
}

/// The table of a group's devices.
struct Devices(GroupId);

impl Run for Devices {
    type Output = GroupDevices;

    fn run(&self, step: &mut Step<'_>) -> Result<GroupDevices, Stop> {
        let group = step.group(self.0)?.expect("a group");
        step.group_devices(&group)
    }
}

/// Something that a record no longer is.
struct Damage(Name);

impl Run for Damage {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        step.note(self.0)?;
        step.put(self.0, &Opaque(Zeroizing::new(vec![0xff; 3])));
        Ok(())
    }
}

/// Alice and Bob, who are a group, and Mallory, who is a stranger to it.
struct Circle {
    devices: Vec<Device>,
    group: GroupId,
}

impl Circle {
    fn new() -> Self {
        let mut devices: Vec<Device> = (0..3).map(|_| create().client).collect();
        let (group, _) = devices[ALICE].create_group("circle").unwrap();
        let mut circle = Self { devices, group };
        circle.let_in(BOB);
        circle
    }

    fn account(&self, of: usize) -> AccountId {
        self.devices[of].account_id()
    }

    fn start(&mut self, from: usize, to: usize) {
        let upload = self.devices[to].publish_prekeys().unwrap().unwrap();
        let account = self.account(to);
        self.devices[from].start_session(&account, &upload.last_resort).unwrap();
    }

    fn let_in(&mut self, number: usize) {
        self.start(ALICE, number);
        let account = self.account(number);
        self.devices[ALICE].invite(&self.group, &account).unwrap();
        self.pass_on();
        self.devices[number].join_group(&self.group).unwrap();
        self.pass_on();
    }

    /// Carries everything until there is nothing left; tells what was refused.
    fn pass_on(&mut self) -> Vec<Error> {
        let mut refused = Vec::new();
        loop {
            let mut letters = Vec::new();
            for device in &mut self.devices {
                let out = device.outbox().unwrap();
                let numbers: Vec<u64> = out.iter().filter_map(|out| out.number).collect();
                device.handed_over(&numbers).unwrap();
                letters.extend(out.into_iter().map(|out| (device.address(), out)));
            }
            if letters.is_empty() {
                return refused;
            }
            for (from, out) in letters {
                let Destination::Device(to) = out.to else { continue };
                let Some(to) = self.devices.iter_mut().find(|device| device.address() == to) else {
                    continue;
                };
                refused.extend(to.receive(&from, &out.bytes).err());
            }
        }
    }

    /// What comes of a control, but for a session that begins with it.
    fn raw(&mut self, from: usize, to: usize, control: GroupControl) -> Vec<Event> {
        let group = self.group.as_bytes().to_vec();
        let control = Control { group: Some(GroupControl { group, ..control }), ..Control::default() };
        let [from, to] = self.devices.get_disjoint_mut([from, to]).unwrap();
        let mut told = tell(from, to, control);
        told.retain(|event| !matches!(event, Event::SessionStarted { .. }));
        told
    }

    fn entries_from(&mut self, from: usize, to: usize, entries: Vec<Vec<u8>>) -> Vec<Event> {
        self.raw(from, to, GroupControl { entries: entries.concat(), ..GroupControl::default() })
    }

    fn members(&mut self, of: usize) -> Vec<AccountId> {
        let status = self.devices[of].group(&self.group).unwrap();
        status.members.iter().map(|member| member.account).collect()
    }

    fn read(&mut self, of: usize) -> Vec<Vec<u8>> {
        let items = self.devices[of].inbox().unwrap();
        let contents = items.into_iter().filter_map(|item| match item.event {
            Event::GroupMessage(message) => Some(message.content.to_vec()),
            _ => None,
        });
        contents.collect()
    }

    fn rejected(&self, from: usize) -> Vec<Event> {
        vec![Event::Unsupported { from: self.devices[from].address() }]
    }
}

// spec: GROUP-203, GROUP-206
#[test]
fn a_ghost_is_let_in_by_nobody() {
    let mut circle = Circle::new();
    let (group, ghost) = (circle.group, circle.account(MALLORY));
    let before = circle.members(ALICE);
    // a plain member makes it one, and signs that: it has no effect anywhere
    let bob = circle.account(BOB);
    let act = Act::Set(*ghost.as_bytes(), 1);
    let by_bob = circle.devices[BOB].perform(&Forge { group, under: bob, act: act.clone() }).unwrap();
    circle.entries_from(BOB, ALICE, vec![by_bob.clone()]);
    assert_eq!(circle.members(ALICE), before);
    // neither in the name of an admin's grant
    let alice = circle.account(ALICE);
    let by_grant = circle.devices[BOB].perform(&Forge { group, under: alice, act }).unwrap();
    circle.entries_from(BOB, ALICE, vec![by_grant.clone()]);
    assert_eq!(circle.members(ALICE), before);
    // the server, which has seen all of it, brings it from a device of its own
    let mut seen = circle.devices[ALICE].perform(&Entries(group)).unwrap();
    seen.extend([by_bob, by_grant]);
    for to in [ALICE, BOB] {
        circle.entries_from(MALLORY, to, seen.clone());
        assert_eq!(circle.members(to), before);
    }
    circle.pass_on();
    // nobody gives it a key, and what it gives is no key
    for from in [ALICE, BOB] {
        circle.devices[from].send_to_group(&group, b"among us").unwrap();
    }
    circle.pass_on();
    assert_eq!(circle.devices[MALLORY].groups().unwrap(), []);
    let devices = circle.devices[ALICE].perform(&Devices(group)).unwrap();
    assert!(devices.devices.iter().all(|device| device.address.account != ghost));
    assert_eq!(circle.read(ALICE), [b"among us"]);
    assert_eq!(circle.read(MALLORY), Vec::<Vec<u8>>::new());
}

// spec: GROUP-201
#[test]
fn nobody_is_brought_into_what_is_not_for_him_or_by_who_is_not_in() {
    let mut circle = Circle::new();
    let seen = circle.devices[ALICE].perform(&Entries(circle.group)).unwrap();
    // the roster is genuine, and who is to take it in is not in
    assert_eq!(circle.entries_from(ALICE, MALLORY, seen.clone()), circle.rejected(ALICE));
    assert_eq!(circle.devices[MALLORY].groups().unwrap(), []);
    // it is for Bob's account, and comes from somebody who is not in
    let bob = circle.account(BOB);
    circle.devices[BOB].forget_group(&circle.group).unwrap();
    let shown = circle.entries_from(MALLORY, BOB, seen);
    assert!(shown.contains(&circle.rejected(MALLORY)[0]), "{shown:?}");
    assert_eq!(circle.devices[BOB].groups().unwrap(), []);
    assert!(circle.members(ALICE).contains(&bob));
}

// spec: GROUP-120, GROUP-165
#[test]
fn a_member_cant_speak_as_another() {
    let mut circle = Circle::new();
    circle.let_in(MALLORY);
    let group = circle.group;
    circle.devices[ALICE].send_to_group(&group, b"mine").unwrap();
    circle.devices[MALLORY].send_to_group(&group, b"also mine").unwrap();
    circle.pass_on();
    let keys_of = |circle: &mut Circle| {
        let devices = circle.devices[BOB].perform(&KnownKeys(group)).unwrap();
        devices.into_iter().map(|(of, _)| of.account).collect::<Vec<_>>()
    };
    let before = keys_of(&mut circle);
    // Alice's own key, given on by Mallory; and one of Mallory's that says that it is Alice's
    let alices = circle.devices[ALICE].perform(&OwnKey(group)).unwrap();
    let mut mallorys = circle.devices[MALLORY].perform(&OwnKey(group)).unwrap();
    let Address { account, device } = circle.devices[ALICE].address();
    mallorys[33..65].copy_from_slice(account.as_bytes());
    mallorys[65..69].copy_from_slice(&device.get().to_be_bytes());
    for sender_key in [alices, mallorys] {
        let control = GroupControl { sender_key, ..GroupControl::default() };
        assert_eq!(circle.raw(MALLORY, BOB, control), circle.rejected(MALLORY));
    }
    assert_eq!(keys_of(&mut circle), before);
    // what Alice sealed comes from whomever: it is Alice's
    circle.devices[ALICE].send_to_group(&group, b"carried").unwrap();
    let mallory = circle.devices[MALLORY].address();
    for out in circle.devices[ALICE].outbox().unwrap() {
        let Destination::Device(to) = out.to else { continue };
        if to == circle.devices[BOB].address() {
            circle.devices[BOB].receive(&mallory, &out.bytes).unwrap();
        }
    }
    let from: Vec<AccountId> = (circle.devices[BOB].inbox().unwrap().into_iter())
        .filter_map(|item| match item.event {
            Event::GroupMessage(message) if *message.content == b"carried" => Some(message.from.account),
            _ => None,
        })
        .collect();
    assert_eq!(from, [circle.account(ALICE)]);
}

/// The keys of others that are kept.
struct KnownKeys(GroupId);

impl Run for KnownKeys {
    type Output = Vec<(Address, entrenous_group::sender_key::KeyId)>;

    fn run(&self, step: &mut Step<'_>) -> Result<Self::Output, Stop> {
        let group = step.group(self.0)?.expect("a group");
        Ok(group.record.keys.iter().map(|key| (key.of, key.id)).collect())
    }
}

// spec: GROUP-204
#[test]
fn a_wish_of_who_is_out_is_not_answered() {
    let mut circle = Circle::new();
    circle.let_in(MALLORY);
    let account = circle.account(MALLORY);
    circle.devices[ALICE].change_group(&circle.group, GroupAct::Remove { account }).unwrap();
    circle.pass_on();
    circle.devices[ALICE].change_group(&circle.group, GroupAct::Rename("without her")).unwrap();
    circle.pass_on();
    let knows = circle.devices[MALLORY].perform(&Entries(circle.group)).unwrap().len();
    for to in [ALICE, BOB] {
        let control = GroupControl { wanted: vec![0; 32], ..GroupControl::default() };
        assert_eq!(circle.raw(MALLORY, to, control), []);
        // nor is who sends entries told anything but a wish
        let seen = circle.devices[MALLORY].perform(&Entries(circle.group)).unwrap();
        circle.entries_from(MALLORY, to, seen);
    }
    circle.pass_on();
    assert_eq!(circle.devices[MALLORY].perform(&Entries(circle.group)).unwrap().len(), knows);
    assert_eq!(circle.devices[MALLORY].group(&circle.group).unwrap().title, "circle");
}

// spec: GROUP-204
#[test]
fn who_asks_all_the_time_is_answered_at_a_pace() {
    let mut circle = Circle::new();
    let control = || GroupControl { wanted: vec![0; 32], ..GroupControl::default() };
    circle.raw(BOB, ALICE, control());
    circle.pass_on();
    let mut answers = 0;
    for _ in 0..50 {
        circle.raw(BOB, ALICE, control());
        answers += circle.devices[ALICE].outbox().unwrap().len();
        circle.pass_on();
    }
    assert!((8..17).contains(&answers), "{answers}");
}

// spec: GROUP-201
#[test]
fn strangers_invite_into_a_few_groups() {
    let mut circle = Circle::new();
    circle.start(MALLORY, BOB);
    let bob = circle.account(BOB);
    let mut invited = 0;
    for number in 0..20 {
        let (group, _) = circle.devices[MALLORY].create_group(&format!("offer {number}")).unwrap();
        circle.devices[MALLORY].invite(&group, &bob).unwrap();
        circle.pass_on();
        invited += usize::from(circle.devices[BOB].group(&group).is_ok());
    }
    assert_eq!(invited, 16);
    assert_eq!(circle.devices[BOB].groups().unwrap().len(), 17);
}

// spec: GROUP-202
#[test]
fn nobody_joins_by_the_word_of_another_account() {
    let mut circle = Circle::new();
    circle.start(ALICE, MALLORY);
    let account = circle.account(MALLORY);
    circle.devices[ALICE].invite(&circle.group, &account).unwrap();
    circle.pass_on();
    assert_eq!(circle.raw(ALICE, MALLORY, GroupControl { joined: 1, ..Default::default() }), []);
    let standing = circle.devices[MALLORY].group(&circle.group).unwrap().standing;
    assert_eq!(standing, GroupStanding::Invited { by: circle.devices[ALICE].address() });
}

// spec: GROUP-162, GROUP-167
#[test]
fn a_removed_admins_back_dated_entries_change_nothing() {
    let mut circle = Circle::new();
    let bob = circle.account(BOB);
    let admin = GroupAct::Set { account: bob, role: GroupRole::Admin };
    circle.devices[ALICE].change_group(&circle.group, admin).unwrap();
    circle.pass_on();
    // made while he was admin, and kept back
    let ghost = Act::Set(*circle.account(MALLORY).as_bytes(), 2);
    let acts = [ghost, Act::Rename("his".into()), Act::Set(*circle.account(ALICE).as_bytes(), 0)];
    let group = circle.group;
    let back_dated = acts.map(|act| circle.devices[BOB].perform(&Forge { group, under: bob, act }).unwrap());
    circle.devices[ALICE].change_group(&group, GroupAct::Remove { account: bob }).unwrap();
    for entry in back_dated {
        circle.entries_from(BOB, ALICE, vec![entry]);
    }
    circle.pass_on();
    assert_eq!(circle.members(ALICE), [circle.account(ALICE)]);
    assert_eq!(circle.devices[ALICE].group(&group).unwrap().title, "circle");
}

// spec: CLIENT-80
#[test]
fn a_damaged_record_of_a_group_costs_what_it_held() {
    let mut circle = Circle::new();
    let group = circle.group;
    circle.devices[ALICE].send_to_group(&group, b"before").unwrap();
    circle.pass_on();
    let [(_, key)] = circle.devices[BOB].perform(&KnownKeys(group)).unwrap()[..] else { panic!("one key") };
    // the table, the own key, what is parked or owed: made again
    for name in [Name::GroupDevices(group), Name::GroupSending(group), Name::Parked, Name::KeyDebts] {
        circle.devices[ALICE].perform(&Damage(name)).unwrap();
        circle.devices[ALICE].send_to_group(&group, b"again").unwrap();
        assert_eq!(circle.pass_on(), []);
    }
    assert_eq!(circle.read(BOB), [&b"before"[..], b"again", b"again", b"again", b"again"]);
    // a key of another: its messages wait, and the next one opens
    circle.devices[BOB].perform(&Damage(Name::GroupKey(key))).unwrap();
    circle.devices[ALICE].change_group(&group, GroupAct::NewKeys).unwrap();
    circle.devices[ALICE].send_to_group(&group, b"in a new key").unwrap();
    assert_eq!(circle.pass_on(), []);
    assert!(circle.read(BOB).contains(&b"in a new key".to_vec()));
    // the entries: the group can't be used, what is said of it is lost, and it can be forgotten and joined again
    let account = circle.account(BOB);
    for name in [Name::GroupEntries(group, 0), Name::Group(group)] {
        circle.devices[BOB].perform(&Damage(name)).unwrap();
        assert_eq!(circle.devices[BOB].send_to_group(&group, b"?"), Err(Error::Corrupt));
        circle.devices[ALICE].change_group(&group, GroupAct::Rename("unheard")).unwrap();
        circle.devices[ALICE].send_to_group(&group, b"unread").unwrap();
        assert!(circle.pass_on().iter().all(|error| *error == Error::KeyUnavailable));
        assert_eq!(circle.devices[BOB].maintain().unwrap().failed, Some(Error::Corrupt));
        circle.devices[BOB].forget_group(&group).unwrap();
        assert_eq!(circle.devices[BOB].groups().unwrap(), []);
        circle.devices[ALICE].change_group(&group, GroupAct::Remove { account }).unwrap();
        circle.pass_on();
        circle.devices[ALICE].invite(&group, &account).unwrap();
        circle.pass_on();
        circle.devices[BOB].join_group(&group).unwrap();
        circle.devices[ALICE].send_to_group(&group, b"once more").unwrap();
        circle.pass_on();
        assert!(circle.read(BOB).contains(&b"once more".to_vec()), "{name:?}");
    }
    // the list of groups: whoever is heard of in one enters it again
    circle.devices[BOB].perform(&Damage(Name::Groups)).unwrap();
    circle.devices[ALICE].change_group(&group, GroupAct::Rename("heard")).unwrap();
    circle.pass_on();
    assert_eq!(circle.devices[BOB].groups().unwrap().len(), 1);
}

// spec: GROUP-201
#[test]
fn an_invitation_that_is_taken_back_leaves_nothing() {
    let mut circle = Circle::new();
    circle.start(MALLORY, BOB);
    let account = circle.account(BOB);
    for number in 0..20 {
        let (group, _) = circle.devices[MALLORY].create_group(&format!("offer {number}")).unwrap();
        circle.devices[MALLORY].invite(&group, &account).unwrap();
        circle.pass_on();
        circle.devices[MALLORY].change_group(&group, GroupAct::Remove { account }).unwrap();
        circle.pass_on();
    }
    assert_eq!(circle.devices[BOB].groups().unwrap().len(), 1, "the circle");
}

// spec: GROUP-203
#[test]
fn who_comes_in_beside_a_removal_hears_of_it() {
    let mut circle = Circle::new();
    circle.let_in(MALLORY);
    let bob = circle.account(BOB);
    let admin = GroupAct::Set { account: bob, role: GroupRole::Admin };
    circle.devices[ALICE].change_group(&circle.group, admin).unwrap();
    circle.pass_on();
    // Carol, who has a session with either
    circle.devices.push(create().client);
    let carol = circle.devices.len() - 1;
    circle.start(BOB, carol);
    circle.start(ALICE, carol);
    let newcomer = circle.account(carol);
    circle.devices[BOB].send(&newcomer, b"hello").unwrap();
    circle.pass_on();
    // Alice lets Carol in while Bob removes Mallory
    let mallory = circle.account(MALLORY);
    circle.devices[BOB].change_group(&circle.group, GroupAct::Remove { account: mallory }).unwrap();
    circle.devices[ALICE].invite(&circle.group, &newcomer).unwrap();
    circle.pass_on();
    let group = circle.group;
    circle.devices[carol].join_group(&group).unwrap();
    circle.pass_on();
    assert!(!circle.members(carol).contains(&mallory));
    assert_eq!(circle.members(carol).len(), 3);
}

// spec: GROUP-166
#[test]
fn invented_heads_are_no_roster() {
    let mut circle = Circle::new();
    let group = circle.group;
    circle.devices[BOB].send_to_group(&group, b"genuine").unwrap();
    circle.pass_on();
    let before = circle.devices[ALICE].perform(&Rosters(group)).unwrap();
    let bob = circle.devices[BOB].address();
    for number in 0..40u8 {
        let heads: Vec<[u8; 32]> = (0..200u8).map(|of| [number.max(1) ^ of ^ 0x80; 32]).collect();
        let wanted = RosterId::of(&heads.iter().map(|head| EntryHash::from_bytes(*head)).collect::<Vec<_>>());
        circle.devices[ALICE].perform(&Ask(group, bob, wanted)).unwrap();
        circle.raw(BOB, ALICE, GroupControl { heads: heads.concat(), ..GroupControl::default() });
    }
    assert_eq!(circle.devices[ALICE].perform(&Rosters(group)).unwrap(), before);
}

/// How many older rosters are known.
struct Rosters(GroupId);

impl Run for Rosters {
    type Output = usize;

    fn run(&self, step: &mut Step<'_>) -> Result<usize, Stop> {
        Ok(step.group(self.0)?.expect("a group").record.rosters().count())
    }
}

/// Asks a device for a roster.
struct Ask(GroupId, Address, RosterId);

impl Run for Ask {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let mut group = step.group(self.0)?.expect("a group");
        step.want_roster(&mut group, &self.1, self.2)
    }
}

// spec: GROUP-120, GROUP-207
#[test]
fn nobody_takes_the_place_of_a_key_that_is_under_way() {
    let mut circle = Circle::new();
    circle.let_in(MALLORY);
    let group = circle.group;
    circle.devices[ALICE].send_to_group(&group, b"before").unwrap();
    circle.pass_on();
    // Carol is let in, and Mallory gives her what will be Alice's key, byte for byte, before Alice does
    circle.devices.push(create().client);
    let carol = circle.devices.len() - 1;
    circle.start(ALICE, carol);
    let account = circle.account(carol);
    circle.devices[ALICE].invite(&group, &account).unwrap();
    circle.pass_on();
    let sender_key = circle.devices[ALICE].perform(&OwnKey(group)).unwrap();
    let control = GroupControl { sender_key, ..GroupControl::default() };
    assert_eq!(circle.raw(MALLORY, carol, control), circle.rejected(MALLORY));
    circle.devices[carol].join_group(&group).unwrap();
    circle.devices[ALICE].send_to_group(&group, b"to all").unwrap();
    circle.pass_on();
    assert_eq!(circle.read(carol), [b"to all"]);
}

// spec: GROUP-200, GROUP-203
#[test]
fn who_has_left_tells_those_it_reaches_later() {
    let mut circle = Circle::new();
    circle.let_in(MALLORY);
    let group = circle.group;
    // Bob leaves, and has no session with Mallory; the others go on
    circle.devices[BOB].change_group(&group, GroupAct::Leave).unwrap();
    let bob = circle.devices[BOB].outbox().unwrap();
    let numbers: Vec<u64> = bob.iter().filter_map(|out| out.number).collect();
    circle.devices[ALICE].change_group(&group, GroupAct::Rename("not yet heard")).unwrap();
    for out in circle.devices[ALICE].outbox().unwrap() {
        let to_bob = Destination::Device(circle.devices[BOB].address());
        if out.to == to_bob {
            let alice = circle.devices[ALICE].address();
            circle.devices[BOB].receive(&alice, &out.bytes).unwrap();
        }
    }
    assert_eq!(circle.devices[BOB].group(&group).unwrap().standing, GroupStanding::Out);
    circle.devices[BOB].handed_over(&numbers).unwrap();
    circle.start(BOB, MALLORY);
    circle.pass_on();
    let account = circle.account(BOB);
    assert!(!circle.members(MALLORY).contains(&account), "she has heard it of him");
}
