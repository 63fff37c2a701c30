//! A lost primary is replaced from what the user has kept.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous::{
    Client, Compared, ContactKind, Cost, Destination, Error, Event, ListSeen, MemoryStore, Recovery,
    RecoveryCode, RecoveryFile, Timestamp, Trust,
};
use entrenous_testkit::person::{Clock, Person, ScriptedEnv, contents, converse, established, store_key};

fn clock() -> Clock {
    Clock::at_day(20_000)
}

fn recover(recovery: &Recovery<'_>) -> Result<Person, Error> {
    Person::recover(MemoryStore::new(), 10, &clock(), recovery)
}

// spec: CLIENT-55, CLIENT-57
#[test]
fn a_lost_primary_is_replaced() {
    let (alice, mut bob) = established();
    let account = alice.client.account_id();
    let shown = bob.client.safety_number(&account).expect("known");
    assert_eq!(bob.client.verify_by_number(shown, true), Ok(Compared::Same));
    let lost = alice.address();
    // written down when the account was made, and typed in later
    let paper = alice.recovery().text().to_lowercase();
    let code = RecoveryCode::parse(&paper).expect("as it was written");
    let newest = &alice.upload.last_resort;
    let mut again = recover(&Recovery { code: &code, newest, lost: &[lost.device] }).expect("the account's");
    assert_eq!(again.client.account_id(), account);
    assert_ne!(again.address(), lost);
    assert!(again.client.contacts(ContactKind::Accepted, None).unwrap().is_empty());

    // Bob learns the new list by the first message
    again.start(&bob, 1).expect("genuine");
    let bytes = again.send(&bob, b"new device");
    let items = bob.client.receive(&again.address(), &bytes).expect("genuine");
    assert_eq!(contents(&items), [b"new device"]);
    let events: Vec<_> = items.iter().map(|item| &item.event).collect();
    assert!(events.contains(&&Event::DeviceAdded { device: again.address() }), "{events:?}");
    assert!(events.contains(&&Event::DeviceRemoved { device: lost }), "{events:?}");
    // the account is the same, so what was compared counts; the descent is shown, so nothing is unproven
    let status = bob.client.contact(&account).expect("known");
    assert!(matches!(status.trust, Trust::Verified { .. }));
    assert_eq!((status.list_epoch, status.list_is_forked, status.list_is_unproven), (2, false, false));
    let devices: Vec<_> = status.devices.iter().map(|device| device.device).collect();
    assert_eq!(devices, [again.address().device]);
    converse(&mut bob, &mut again);
}

// spec: CLIENT-10, RATCHET-45
#[test]
fn the_lost_device_gets_and_says_nothing_more() {
    let (mut alice, mut bob) = established();
    let from_the_lost = alice.send(&bob, b"by a thief");
    let lost = alice.address();
    let newest = alice.upload.last_resort.clone();
    let code = alice.recovery();
    let mut again =
        recover(&Recovery { code, newest: &newest, lost: &[lost.device] }).expect("the account's");
    again.start(&bob, 1).expect("genuine");
    let bytes = again.send(&bob, b"new device");
    bob.client.receive(&again.address(), &bytes).expect("genuine");

    assert_eq!(bob.client.receive(&lost, &from_the_lost), Err(Error::NoSession));
    let to: Vec<Destination> = bob
        .client
        .send(&alice.client.account_id(), b"?")
        .unwrap()
        .outgoing
        .iter()
        .map(|out| out.to)
        .collect();
    assert_eq!(to, [again.address().into()]);
    // nor does it come back with a session of its own, or under its old list
    let mut thief = alice;
    thief.client.forget(&bob.client.account_id()).expect("known");
    thief.start(&bob, 2).expect("the directory gives bundles to all");
    let bytes = thief.send(&bob, b"still here");
    assert!(matches!(bob.client.receive(&lost, &bytes), Err(Error::Untrusted(_))));
}

// spec: CLIENT-57
#[test]
fn what_does_not_fit_the_code_is_refused() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let (code, newest) = (alice.recovery(), alice.upload.last_resort.as_slice());
    let others = recover(&Recovery { code, newest: &bob.upload.last_resort, lost: &[] }).err();
    assert_eq!(others, Some(Error::IdentityMismatch));
    let unknown = recover(&Recovery { code, newest, lost: &[bob.address().device] }).err();
    assert!(matches!(unknown, Some(Error::Untrusted(_))));
    let nothing = recover(&Recovery { code, newest: b"", lost: &[] }).err();
    assert!(matches!(nothing, Some(Error::Malformed(_))));
    // a bundle's list is verified as one that comes alone
    for at in [20, 200, 380] {
        let mut damaged = newest.to_vec();
        damaged[at] ^= 1;
        assert!(recover(&Recovery { code, newest: &damaged, lost: &[] }).is_err(), "byte {at}");
    }
    let store = MemoryStore::new();
    Person::create(store.clone(), 5, &clock()).expect("scripted");
    let there = Person::recover(store, 6, &clock(), &Recovery { code, newest, lost: &[] }).err();
    assert_eq!(there, Some(Error::AccountExists));
}

// spec: CLIENT-56
#[test]
fn the_primary_gives_a_recovery_file_later_on() {
    let mut alice = Person::new(1);
    let cheap = Cost::new(Cost::MIN_MEMORY_KIB, Cost::MIN_PASSES, 1).expect("within the bounds");
    let file = alice.client.recovery_file(b"correct horse", cheap).expect("primary");
    let again = RecoveryFile::parse(file.as_bytes()).expect("its own").open(b"correct horse").expect("right");
    assert_eq!(*again.text(), *alice.recovery().text());
    assert!(matches!(alice.client.recovery_file(b"", cheap), Err(Error::Passphrase(_))));
}

#[test]
fn what_was_recovered_is_durable_and_primary() {
    let alice = Person::new(1);
    let store = MemoryStore::new();
    let (code, newest) = (alice.recovery(), alice.upload.last_resort.as_slice());
    let lost = [alice.address().device];
    let again = Person::recover(store.clone(), 10, &clock(), &Recovery { code, newest, lost: &lost });
    let address = again.expect("the account's").address();
    let mut opened = Client::open(store, &store_key(), ScriptedEnv::new(11, &clock())).expect("own store");
    assert_eq!(opened.address(), address);
    let cheap = Cost::new(Cost::MIN_MEMORY_KIB, Cost::MIN_PASSES, 1).expect("within the bounds");
    let file = opened.recovery_file(b"correct horse", cheap).expect("primary");
    assert_eq!(*file.open(b"correct horse").unwrap().text(), *code.text());
}

#[test]
fn what_a_directory_has_is_looked_at_before_anything_is_lost() {
    let (alice, bob) = established();
    let (code, bundle) = (alice.recovery(), &alice.upload.last_resort);
    let day = |day: u64| Timestamp::from_ms(day * 86_400_000);
    let device = alice.address().device;
    let seen = ListSeen::read(code, bundle, day(20_000));
    assert_eq!(seen, Ok(ListSeen { epoch: 1, devices: vec![device] }));
    let again = recover(&Recovery { code, newest: bundle, lost: &[] }).expect("the account's");
    let newer = ListSeen::read(code, &again.upload.last_resort, day(20_000)).expect("genuine");
    assert_eq!(newer.epoch, 2);
    assert!(newer.devices.contains(&device) && newer.devices.contains(&again.address().device));

    let other = ListSeen::read(code, &bob.upload.last_resort, day(20_000));
    assert_eq!(other, Err(Error::IdentityMismatch));
    assert!(matches!(ListSeen::read(code, bundle, day(19_990)), Err(Error::Untrusted(_))));
    assert!(matches!(ListSeen::read(code, b"junk", day(20_000)), Err(Error::Malformed(_))));
    let mut forged = bundle.clone();
    forged[100] ^= 1;
    assert!(ListSeen::read(code, &forged, day(20_000)).is_err());
}
