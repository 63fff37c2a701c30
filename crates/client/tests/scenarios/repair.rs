//! A store in which there is something of everything, and one record after the other is damaged: who has nothing to
//! do with it notices nothing, and what it was of is repaired in the way that the guide shows, or forgotten.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use std::collections::BTreeMap;

use entrenous::{
    AccountId, Client, ContactKind, Error, Event, Fault, Item, MemoryStore, Store,
    store::{Action, Change, Changes, Record, RecordKey},
};
use entrenous_testkit::{
    linked::link,
    person::{Clock, MemoryMarker, Person, ScriptedEnv, contents, converse, store_key},
    post::Post,
};

type Records = BTreeMap<RecordKey, Record>;

/// What Alice, her tablet, Bob, with whom there is something of everything, and Carol have on their disks.
struct Scene {
    clock: Clock,
    disks: [Records; 4],
    people: [Person; 4],
    marker: MemoryMarker,
    /// Envelopes of Bob and of Carol for Alice.
    from_bob: Vec<u8>,
    from_carol: Vec<u8>,
}

const ALICE: usize = 0;
const TABLET: usize = 1;
const BOB: usize = 2;
const CAROL: usize = 3;

fn put_on(records: &Records) -> MemoryStore {
    let disk = MemoryStore::new();
    let put = |(key, record): (&RecordKey, &Record)| {
        (*key, Change { expected: None, action: Action::Put(record.clone()) })
    };
    let _ = disk.clone().commit(&records.iter().map(put).collect::<Changes>()).expect("in memory");
    disk
}

impl Scene {
    fn new() -> Self {
        let clock = Clock::at_day(20_000);
        let disks = [MemoryStore::new(), MemoryStore::new(), MemoryStore::new(), MemoryStore::new()];
        let mut alice = Person::create(disks[ALICE].clone(), 1, &clock).expect("scripted");
        let mut bob = Person::create(disks[BOB].clone(), 2, &clock).expect("scripted");
        let mut carol = Person::create(disks[CAROL].clone(), 3, &clock).expect("scripted");
        let mut dave = Person::on_clock(4, &clock);
        for other in [&mut bob, &mut carol, &mut dave] {
            alice.start(other, 0).expect("genuine");
            converse(&mut alice, other);
        }
        alice.client.forget(&dave.client.account_id()).expect("known");
        let mut post = Post::default();
        let mut tablet = link(&mut alice, disks[TABLET].clone(), 5, &clock);
        for _ in 0..3 {
            post.upkeep(&mut [&mut alice, &mut tablet, &mut bob, &mut carol]);
        }
        let [account, bobs] = [&alice, &bob].map(|person| person.client.account_id());
        for person in [&mut bob, &mut carol] {
            person.client.start_session(&account, &tablet.upload.last_resort).expect("genuine");
            person.client.send(&account, b"to both").expect("known");
        }
        tablet.client.send(&account, b"note").expect("own devices");
        for _ in 0..3 {
            post.upkeep(&mut [&mut alice, &mut tablet, &mut bob, &mut carol]);
        }
        let card = bob.client.own_card().expect("a card").to_string();
        alice.client.scan_card(&card, Some(&bobs)).expect("genuine");
        post.upkeep(&mut [&mut alice, &mut tablet]);
        // a code to be scanned, a comparison, skipped keys, what waits in both queues, a message with a token
        alice.client.begin_linking().expect("the primary");
        alice.client.begin_short_string(&bob.address()).expect("a session");
        let _skipped = envelope_for(&mut bob, &alice, b"skipped");
        let shown = envelope_for(&mut bob, &alice, b"shown");
        alice.client.receive(&bob.address(), &shown).expect("genuine");
        let options = entrenous::SendOptions { token: Some([7; 8]), ..Default::default() };
        let send = entrenous::operation::Send { to: bobs, content: b"in the outbox", options };
        alice.client.perform(&send).expect("a session");
        let from_bob = envelope_for(&mut bob, &alice, b"from bob");
        let from_carol = envelope_for(&mut carol, &alice, b"from carol");
        let marker = MemoryMarker::default();
        alice.client = alice.client.with_marker(marker.clone()).expect("never marked");
        let disks = disks.map(|disk| disk.dump());
        Self { clock, disks, people: [alice, tablet, bob, carol], marker, from_bob, from_carol }
    }

    /// Everybody begins anew, Alice on `records`.
    fn begin_on(&mut self, records: &Records) -> Result<(), Error> {
        for (at, person) in self.people.iter_mut().enumerate() {
            let records = if at == ALICE { records } else { &self.disks[at] };
            let env = ScriptedEnv::new(70 + u64::try_from(at).expect("four"), &self.clock);
            person.client = Client::open(put_on(records), &store_key(), env)?;
        }
        Ok(())
    }

    /// Alice's store with each of its records damaged, one at a time.
    fn each_damaged(&self) -> Vec<Records> {
        let records = &self.disks[ALICE];
        let damaged = records.keys().map(|key| {
            let mut damaged = records.clone();
            let record = damaged.get_mut(key).expect("one of them");
            let at = record.bytes.len() / 2;
            record.bytes[at] ^= 1;
            damaged
        });
        damaged.filter(|damaged| damaged != records).collect()
    }

    /// Alice's store without one of its records.
    fn each_removed(&self) -> Vec<Records> {
        let records = &self.disks[ALICE];
        let without = |key: &RecordKey| {
            let others = records.iter().filter(|(other, _)| *other != key);
            others.map(|(other, record)| (*other, record.clone())).collect()
        };
        records.keys().map(without).collect()
    }

    fn account(&self, of: usize) -> AccountId {
        self.people[of].client.account_id()
    }

    /// What the guide's `tick` does, on every device, until nothing changes any more.
    fn tick(&mut self) -> [Vec<Item>; 4] {
        let mut items = [const { Vec::new() }; 4];
        for _ in 0..3 {
            for at in 0..self.people.len() {
                let uploads = self.people.each_ref().map(|other| (other.address(), other.upload.clone()));
                let client = &mut self.people[at].client;
                let known = client.contacts(ContactKind::Accepted, None).expect("readable");
                let accounts = known.into_iter().map(|contact| contact.account);
                let accounts: Vec<AccountId> = accounts.chain([client.account_id()]).collect();
                for account in &accounts {
                    for (_, upload) in uploads.iter().filter(|(of, _)| of.account == *account) {
                        client.learn_list(account, &upload.last_resort).expect("genuine");
                    }
                }
                while client.maintain().expect("done as far as possible").more {}
                for account in accounts {
                    for missing in client.missing_devices(&account).expect("a contact") {
                        let Some((_, upload)) = uploads.iter().find(|(of, _)| *of == missing) else {
                            continue;
                        };
                        let started = client.start_session(&account, &upload.last_resort);
                        started.expect("what is missing can be started");
                    }
                }
                self.hand_over(at, &mut items);
            }
        }
        items
    }

    fn hand_over(&mut self, at: usize, items: &mut [Vec<Item>; 4]) {
        let from = self.people[at].address();
        for out in self.people[at].client.outbox().expect("readable") {
            let to = self.people.iter().position(|person| out.to == person.address().into());
            if let Some(to) = to {
                match self.people[to].client.receive(&from, &out.bytes) {
                    Ok(told) => items[to].extend(told),
                    // the guide's `collect` ends with these, and others' mail waits
                    Err(error) => assert_ne!(error.fault(), Fault::Store, "{error}"),
                }
            }
            self.people[at].client.handed_over(out.number.as_slice()).expect("in the outbox");
        }
    }
}

/// The envelope of a message for one device of several, which the transport has taken.
fn envelope_for(from: &mut Person, to: &Person, content: &[u8]) -> Vec<u8> {
    let outgoing = from.try_send(to, content).expect("a session");
    let numbers: Vec<u64> = outgoing.iter().filter_map(|out| out.number).collect();
    from.client.handed_over(&numbers).expect("in the outbox");
    let of = outgoing.into_iter().find(|out| out.to == to.address().into() && out.id.is_some());
    of.expect("one of them").bytes
}

fn has(items: &[Item], content: &[u8]) -> bool {
    contents(items).iter().any(|found| found == content)
}

/// The device's keys, its account, its lists, its prekeys, both queues: without them nothing goes.
const VITAL: usize = 6;

/// Whether Alice's store is one without which nothing goes.
fn nothing_goes(scene: &mut Scene, records: &Records) -> bool {
    if scene.begin_on(records).is_err() {
        return true;
    }
    let alice = &mut scene.people[ALICE].client;
    let done = alice.maintain();
    let queues = alice.inbox().is_ok() && alice.outbox().is_ok();
    !queues || done.is_err() || alice.maintain().map(|done| done.failed) != Ok(None)
}

/// Whether Alice and Carol can write to one another: both ways at once, without anything that repairs.
fn carol_is_served(scene: &mut Scene) -> bool {
    let carol = scene.people[CAROL].address();
    let received = scene.people[ALICE].client.receive(&carol, &scene.from_carol);
    let received = received.is_ok_and(|items| has(&items, b"from carol"));
    let alice = scene.people[ALICE].address();
    let Ok(sent) = scene.people[ALICE].client.send(&carol.account, b"to carol") else { return false };
    let mut arrived = false;
    for out in sent.outgoing.iter().filter(|out| out.to == carol.into()) {
        let items = scene.people[CAROL].client.receive(&alice, &out.bytes);
        arrived |= items.is_ok_and(|items| has(&items, b"to carol"));
    }
    received && arrived
}

// spec: CLIENT-80
#[test]
fn one_damaged_record_harms_nobody_else() {
    let mut scene = Scene::new();
    let mut harmed = 0;
    for records in scene.each_damaged() {
        let served = scene.begin_on(&records).is_ok() && carol_is_served(&mut scene);
        harmed += usize::from(!served);
    }
    // and Carol's pair, session and what was decided about her
    assert!(harmed <= VITAL + 3, "{harmed}");
}

// spec: CLIENT-80
#[test]
fn what_is_damaged_is_repaired_by_what_the_guide_does() {
    let mut scene = Scene::new();
    let damaged = scene.each_damaged();
    let (repaired, vital) = repair_each(&mut scene, damaged);
    assert!(vital <= VITAL && repaired > 60, "{vital} {repaired}");
}

// spec: CLIENT-80
#[test]
fn what_is_removed_is_repaired_by_what_the_guide_does() {
    let mut scene = Scene::new();
    let removed = scene.each_removed();
    let (repaired, vital) = repair_each(&mut scene, removed);
    assert!(vital <= VITAL && repaired > 60, "{vital} {repaired}");
}

/// How many of the stores were repaired, and in how many nothing goes.
fn repair_each(scene: &mut Scene, stores: Vec<Records>) -> (usize, usize) {
    let (mut repaired, mut vital) = (0, 0);
    for (at, records) in stores.into_iter().enumerate() {
        if nothing_goes(scene, &records) {
            vital += 1;
            continue;
        }
        let [alices, bobs] = [ALICE, BOB].map(|of| scene.account(of));
        let bob = scene.people[BOB].address();
        if let Err(error) = scene.people[ALICE].client.receive(&bob, &scene.from_bob) {
            assert_ne!(error.fault(), Fault::Store, "{error}");
        }
        scene.tick();
        // what was decided about him may be lost: she accepts him again
        if let Some(change) = scene.people[ALICE].client.identity_change(&bobs).expect("a contact") {
            scene.people[ALICE].client.accept_change(change).expect("unchanged");
        }
        scene.people[ALICE].client.send(&bobs, b"to bob").expect("a contact");
        scene.people[BOB].client.send(&alices, b"to alice").expect("a contact");
        let items = scene.tick();
        assert!(has(&items[BOB], b"to bob") && has(&items[TABLET], b"to bob"), "{at}: {items:?}");
        assert!(has(&items[ALICE], b"to alice") && has(&items[TABLET], b"to alice"), "{at}: {items:?}");
        let alice = &mut scene.people[ALICE].client;
        assert_eq!(alice.contact(&bobs).map(|contact| contact.devices.len()), Ok(1));
        assert!(alice.safety_number(&bobs).is_ok());
        assert_eq!(alice.devices().map(|devices| devices.iter().all(|it| it.this || it.session)), Ok(true));
        assert_eq!(alice.maintain().map(|done| done.failed), Ok(None));
        // and a stranger gets in, by what the directory has now
        let upload =
            alice.publish_prekeys().expect("done").unwrap_or_else(|| scene.people[ALICE].upload.clone());
        let mut eve = Person::on_clock(6, &scene.clock);
        eve.client.start_session(&alices, &upload.last_resort).expect("genuine");
        let sent = eve.client.send(&alices, b"from eve").expect("a session").outgoing;
        let alice = &mut scene.people[ALICE].client;
        let first = sent.iter().find(|out| out.to == alice.address().into()).expect("for her");
        let items = alice.receive(&eve.address(), &first.bytes).expect("genuine");
        assert!(has(&items, b"from eve"), "{at}: {items:?}");
        repaired += 1;
    }
    (repaired, vital)
}

/// Who was damaged can be forgotten, and a device that was damaged removed; and so can all others.
// spec: CLIENT-40, CLIENT-75, CLIENT-80
#[test]
fn what_is_damaged_can_be_forgotten_and_removed() {
    let mut scene = Scene::new();
    let mut vital = [0; 3];
    for records in scene.each_damaged() {
        if scene.begin_on(&records).is_err() {
            vital.iter_mut().for_each(|count| *count += 1);
            continue;
        }
        let [bob, carol] = [BOB, CAROL].map(|of| scene.account(of));
        let tablet = scene.people[TABLET].address().device;
        let alice = &mut scene.people[ALICE].client;
        for (who, count) in [bob, carol].iter().zip(&mut vital) {
            match alice.forget(who) {
                Ok(()) => assert_eq!(alice.missing_devices(who), Err(Error::NoSession)),
                Err(error) => {
                    assert_eq!(error, Error::Corrupt);
                    *count += 1;
                }
            }
        }
        match alice.remove_device(tablet) {
            Ok(_) => assert_eq!(alice.devices().map(|devices| devices.len()), Ok(1)),
            Err(error) => {
                assert!(matches!(error, Error::Corrupt), "{error}");
                vital[2] += 1;
            }
        }
    }
    // and the account key
    assert!(vital.iter().all(|count| *count <= VITAL + 1), "{vital:?}");
}

/// What was decided about an account is in its record: the user is told that it is gone, and nothing is sent before
/// they have decided again, since it may have been that nothing was to be.
// spec: CLIENT-20, CLIENT-80
#[test]
fn a_verification_that_is_lost_is_told_and_counts_for_nothing() {
    let mut scene = Scene::new();
    let mut told = 0;
    let stores = scene.each_damaged().into_iter().chain(scene.each_removed());
    for records in stores.collect::<Vec<_>>() {
        if scene.begin_on(&records).is_err() {
            continue;
        }
        let (bob, address) = (scene.account(BOB), scene.people[BOB].address());
        let lost = |alice: &mut Person| {
            let inbox = alice.client.inbox().unwrap_or_default();
            inbox.iter().filter(|item| item.event == Event::TrustLost { account: bob }).count()
        };
        let alice = &mut scene.people[ALICE];
        let before = alice.client.outbox().unwrap_or_default().len();
        if alice.client.send(&bob, b"to bob").err() != Some(Error::IdentityChanged) {
            assert_eq!(lost(alice), 0);
            continue;
        }
        assert_eq!((lost(alice), alice.client.outbox().map(|outbox| outbox.len())), (1, Ok(before)));
        // it is the same until the user decides, and what comes, comes
        let items = alice.client.receive(&address, &scene.from_bob).expect("genuine");
        assert!(has(&items, b"from bob"));
        assert_eq!(alice.client.send(&bob, b"to bob").err(), Some(Error::IdentityChanged));
        let change = alice.client.identity_change(&bob).expect("known").expect("one");
        assert_eq!((change.replaces(), change.account()), (bob, bob));
        alice.client.accept_change(change).expect("unchanged");
        alice.client.send(&bob, b"to bob").expect("accepted");
        assert_eq!(lost(alice), 1);
        told += 1;
    }
    assert_eq!(told, 2);
}

/// It is noticed without sending: by what comes of the account, and by what is done once a day.
// spec: CLIENT-80
#[test]
fn a_lost_decision_is_noticed_by_what_comes_and_by_upkeep() {
    let mut scene = Scene::new();
    let mut noticed = [0; 3];
    for records in scene.each_damaged() {
        let bob = scene.account(BOB);
        let mut told = [0; 3];
        for (way, told) in told.iter_mut().enumerate() {
            scene.clock.set_day(20_000);
            if nothing_goes(&mut scene, &records) || scene.begin_on(&records).is_err() {
                continue;
            }
            let (address, upload) = (scene.people[BOB].address(), scene.people[BOB].upload.clone());
            let alice = &mut scene.people[ALICE].client;
            match way {
                0 => drop(alice.receive(&address, &scene.from_bob)),
                1 => drop(alice.learn_list(&bob, &upload.last_resort)),
                _ => {
                    scene.clock.set_day(20_001);
                    while alice.maintain().expect("done").more {}
                }
            }
            let inbox = alice.inbox().expect("readable");
            *told = inbox.iter().filter(|item| item.event == Event::TrustLost { account: bob }).count();
        }
        noticed.iter_mut().zip(told).for_each(|(all, told)| *all += told);
    }
    assert_eq!(noticed, [1; 3]);
}

/// The lists are damaged, and the next one that comes has another device: it is told as ever.
// spec: CLIENT-80
#[test]
fn a_device_that_comes_while_lists_are_damaged_is_told() {
    let mut scene = Scene::new();
    let mut told = 0;
    for records in scene.each_damaged() {
        if nothing_goes(&mut scene, &records) {
            continue;
        }
        let bob = scene.account(BOB);
        if scene.people[ALICE].client.safety_number(&bob).is_ok() {
            continue;
        }
        let laptop = link(&mut scene.people[BOB], MemoryStore::new(), 9, &scene.clock);
        scene.people[BOB].publish();
        scene.tick();
        let items = scene.people[ALICE].client.inbox().expect("readable");
        let added = Event::DeviceAdded { device: laptop.address() };
        told += items.iter().filter(|item| item.event == added).count();
    }
    assert_eq!(told, 1);
}

/// A device is linked while the lists of a contact are damaged: it is told of the others, and of this one later.
// spec: CLIENT-73, CLIENT-80
#[test]
fn a_device_that_is_linked_meanwhile_is_told_of_a_contact_when_it_is_repaired() {
    let mut scene = Scene::new();
    let mut later = 0;
    for records in scene.each_damaged().into_iter().chain(scene.each_removed()).collect::<Vec<_>>() {
        if nothing_goes(&mut scene, &records) || scene.begin_on(&records).is_err() {
            continue;
        }
        let (bob, carol) = (scene.account(BOB), scene.account(CAROL));
        // only those whose lists are lost
        if scene.people[ALICE].client.safety_number(&bob).is_ok() {
            continue;
        }
        let _ = scene.people[ALICE].client.cancel_linking();
        let laptop = link(&mut scene.people[ALICE], MemoryStore::new(), 9, &scene.clock);
        let tablet = core::mem::replace(&mut scene.people[TABLET], laptop);
        scene.hand_over(ALICE, &mut [const { Vec::new() }; 4]);
        let laptop = &mut scene.people[TABLET].client;
        assert!(laptop.contact(&carol).is_ok() && laptop.contact(&bob).is_err());
        scene.tick();
        assert_eq!(scene.people[TABLET].client.contact(&bob).map(|contact| contact.accepted), Ok(true));
        scene.people[TABLET] = tablet;
        later += 1;
    }
    assert_eq!(later, 2);
}

/// Marks that are damaged can't say that the store is the right one: it counts as restored, once.
// spec: CLIENT-80, CLIENT-82
#[test]
fn damaged_marks_count_as_a_restoral() {
    let mut scene = Scene::new();
    let mut restored = 0;
    for records in scene.each_damaged() {
        if scene.begin_on(&records).is_err() {
            continue;
        }
        let (bob, upload) = (scene.account(BOB), scene.people[BOB].upload.clone());
        let disk = put_on(&records);
        let mark = scene.marker.mark();
        let mut events = Vec::new();
        for seed in 20..23 {
            let env = ScriptedEnv::new(seed, &scene.clock);
            let opened = Client::open(disk.clone(), &store_key(), env).expect("as before");
            let Ok(mut client) = opened.with_marker(scene.marker.clone()) else { break };
            events = client.inbox().unwrap_or_default();
            if seed == 20 && client.missing_devices(&bob).is_ok_and(|missing| !missing.is_empty()) {
                let _ = client.start_session(&bob, &upload.bundles[3]);
            }
            if events.iter().any(|item| item.event == Event::StoreRestored) {
                let sent = client.send(&bob, b"goes").expect("a contact");
                assert!(sent.unreached.iter().all(|device| device.account != bob), "{sent:?}");
            }
        }
        scene.marker.set(mark);
        let told = events.iter().filter(|item| item.event == Event::StoreRestored).count();
        assert!(told <= 1, "once");
        restored += told;
    }
    assert_eq!(restored, 1);
}

/// A session of which the record is damaged, and was replaced by a reset just before: the next bundle would be lost.
// spec: CLIENT-31, CLIENT-80, CLIENT-130
#[test]
fn what_is_damaged_is_missing_when_it_can_be_replaced() {
    let clock = Clock::at_day(20_000);
    let disk = MemoryStore::new();
    let mut alice = Person::create(disk.clone(), 1, &clock).expect("scripted");
    let mut bob = Person::on_clock(2, &clock);
    alice.start(&bob, 0).expect("genuine");
    converse(&mut alice, &mut bob);
    // another marker says that the store is another, and the session is reset
    for _ in 0..2 {
        alice.client = alice.client.with_marker(MemoryMarker::default()).expect("marked");
    }
    alice.start(&bob, 1).expect("needed");
    converse(&mut alice, &mut bob);
    let account = bob.client.account_id();
    let (records, mut held) = (disk.dump(), 0);
    for key in records.keys() {
        let mut damaged = records.clone();
        let bytes = &mut damaged.get_mut(key).expect("one of them").bytes;
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        let env = ScriptedEnv::new(50, &clock);
        let Ok(mut client) = Client::open(put_on(&damaged), &store_key(), env) else { continue };
        let Ok(missing) = client.missing_devices(&account) else { continue };
        let started = client.start_session(&account, &bob.upload.bundles[2]);
        held += u32::from(missing.is_empty() && started == Err(Error::TooManyResets));
        assert!(missing.is_empty() || started.is_ok(), "{started:?}");
    }
    assert!(held > 0, "of the session at least");
}
