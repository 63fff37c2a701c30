//! Prekeys: published until acknowledged, rotated, topped up, and deleted when their time is over.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use std::collections::BTreeMap;

use entrenous::{
    Client, Error, MemoryStore, StartOptions,
    operation::StartSession,
    store::{Action, Change, Changes, Commit, Store as _},
};
use entrenous_agreement::AgreementError;
use entrenous_testkit::{
    linked::link,
    person::{Clock, Person, ScriptedEnv, contents, converse, store_key},
};
use entrenous_wire::{Strict, proto::Bundle};

// spec: CLIENT-13
#[test]
fn an_upload_comes_again_until_it_is_acknowledged() {
    let mut bob = Person::new(2);
    assert_eq!(bob.client.publish_prekeys(), Ok(None));
    let number = bob.upload.number;
    assert_eq!(bob.client.prekeys_published(number), Ok(()));

    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(3, &clock);
    clock.set_day(20_007);
    let upload = bob.client.publish_prekeys().expect("done").expect("the signed prekey is due");
    assert_eq!(bob.client.publish_prekeys(), Ok(Some(upload.clone())));
    // an older number says nothing
    bob.client.prekeys_published(bob.upload.number).expect("ignored");
    assert_eq!(bob.client.publish_prekeys(), Ok(Some(upload.clone())));
    assert_ne!(upload.last_resort, bob.upload.last_resort);
    assert!(upload.bundles.is_empty(), "the directory has fifty one-time prekeys");
    bob.client.prekeys_published(upload.number).expect("there");
    assert_eq!(bob.client.publish_prekeys(), Ok(None));
}

// spec: AGREE-22
#[test]
fn one_time_prekeys_are_topped_up_below_twenty() {
    let mut bob = Person::new(2);
    assert_eq!(bob.upload.bundles.len(), 50);
    for (n, seed) in (0..31).zip(100..) {
        let mut alice = Person::new(seed);
        alice.start(&bob, n).expect("genuine");
        let first = alice.send(&bob, b"first");
        bob.receive(&alice, &first).expect("genuine");
        let upload = bob.client.publish_prekeys().expect("done");
        match n {
            0..30 => assert_eq!(upload, None, "{n}"),
            _ => assert_eq!(upload.expect("due").bundles.len(), 31),
        }
    }
}

// spec: AGREE-22
#[test]
fn a_signed_prekey_serves_for_ninety_days_and_then_is_gone() {
    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(2, &clock);
    let mut alice = Person::on_clock(1, &clock);
    let mut late = Person::on_clock(3, &clock);
    alice.client.start_session(&bob.client.account_id(), &bob.upload.last_resort).expect("genuine");
    late.client.start_session(&bob.client.account_id(), &bob.upload.last_resort).expect("genuine");
    let [first, too_late] = [&mut alice, &mut late].map(|person| person.send(&bob, b"first"));
    for day in (20_007..=20_084).step_by(7) {
        clock.set_day(day);
        let upload = bob.client.publish_prekeys().expect("done").expect("due every week");
        bob.client.prekeys_published(upload.number).expect("there");
    }
    clock.set_day(20_089);
    assert_eq!(bob.receive(&alice, &first), Ok(b"first".to_vec()));
    // two days more, and no list of Late's stands in the way
    clock.set_day(20_091);
    bob.client.maintain().expect("done");
    let refused = bob.receive(&late, &too_late);
    assert!(matches!(refused, Err(Error::KeyUnavailable | Error::Untrusted(_))), "{refused:?}");
    converse(&mut alice, &mut bob);
}

#[test]
fn a_clock_that_is_set_back_renews() {
    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(2, &clock);
    clock.set_day(19_000);
    assert!(bob.client.publish_prekeys().expect("done").is_some());
}

/// Everybody may ask the directory for bundles, and nobody has to write.
// spec: CLIENT-126
#[test]
fn a_directory_that_was_drained_is_filled_again_and_not_without_end() {
    let (mut alice, mut bob) = (Person::new(1), Person::new(2));
    assert_eq!(bob.client.publish_prekeys_beside(20), Ok(None));
    let upload = bob.client.publish_prekeys_beside(19).expect("done").expect("too few");
    assert_eq!((upload.bundles.len(), upload.replaces), (50, false));
    // until the directory has them, its count says nothing of them
    assert_eq!(bob.client.publish_prekeys_beside(0), Ok(Some(upload.clone())));
    // one that was handed out before still opens
    alice.start(&bob, 7).expect("genuine");
    let first = alice.send(&bob, b"first");
    assert_eq!(bob.receive(&alice, &first), Ok(b"first".to_vec()));

    let mut number = upload.number;
    let mut made = 100;
    while let Ok(Some(upload)) = {
        bob.client.prekeys_published(number).expect("there");
        bob.client.publish_prekeys_beside(0)
    } {
        number = upload.number;
        made += upload.bundles.len();
        assert!(made <= 1_100, "{made}");
    }
    assert_eq!(made, 1_050, "one was used");
}

/// Matrix clients (element-ios #3818, element-web #31842) made keys under ids that were taken: whoever had got the one before
/// was never read. Here no id comes twice, neither to a process that begins after a crash nor to one beside it.
// spec: AGREE-22, CLIENT-126
#[test]
fn no_one_time_prekey_takes_the_place_of_another() {
    let (clock, disk) = (Clock::at_day(20_000), MemoryStore::new());
    let mut bob = Person::create(disk.clone(), 2, &clock).expect("scripted");
    let mut uploads = vec![bob.upload.clone()];
    for seed in 90..95 {
        // this upload is made, and the process ends before the directory has it
        let made = bob.client.publish_prekeys_beside(0).expect("done").expect("too few");
        let env = ScriptedEnv::new(seed, &clock);
        bob.client = Client::open(disk.clone(), &store_key(), env).expect("an account");
        assert_eq!(bob.client.publish_prekeys(), Ok(Some(made.clone())));
        bob.client.prekeys_published(made.number).expect("there");
        uploads.push(made);
    }
    let mut keys = BTreeMap::new();
    for bundle in uploads.iter().flat_map(|upload| &upload.bundles) {
        let prekey = Bundle::decode_strict(bundle).expect("ours").one_time_prekey.expect("in each");
        assert_eq!(keys.insert(prekey.id, prekey.curve), None, "id {} again", prekey.id);
    }
    assert_eq!(keys.len(), 300);
    // the oldest ones still open, and so do the newest
    for (seed, upload) in (100..).zip(&uploads) {
        for (seed, bundle) in [(seed, &upload.bundles[0]), (seed + 50, &upload.bundles[49])] {
            let mut alice = Person::on_clock(seed, &clock);
            alice.client.start_session(&bob.client.account_id(), bundle).expect("genuine");
            let first = alice.send(&bob, b"first");
            assert_eq!(bob.receive(&alice, &first), Ok(b"first".to_vec()), "{seed}");
        }
    }
}

/// Who meets the account by a bundle with an older list writes to devices that are gone.
// spec: CLIENT-125
#[test]
fn bundles_with_an_older_device_list_are_replaced() {
    let clock = Clock::at_day(20_000);
    let (mut phone, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    let old = phone.upload.clone();
    assert!(!old.replaces, "there was nothing before");
    let tablet = link(&mut phone, MemoryStore::new(), 11, &clock);
    phone.publish();
    assert!(phone.upload.replaces);
    assert_eq!(phone.upload.bundles.len(), 50);
    assert!(phone.upload.bundles.iter().all(|bundle| !old.bundles.contains(bundle)));
    let account = phone.client.account_id();
    bob.client.start_session(&account, &phone.upload.bundles[0]).expect("genuine");
    assert_eq!(bob.client.missing_devices(&account), Ok(vec![tablet.address()]), "the list has both");

    // no more is replaced than once
    assert_eq!(phone.client.publish_prekeys(), Ok(None));
    clock.set_day(20_007);
    phone.publish();
    assert!(!phone.upload.replaces && phone.upload.bundles.is_empty());

    // who got one of the old bundles is heard, and hears of the newer list
    let mut carol = Person::on_clock(3, &clock);
    carol.client.start_session(&account, &old.bundles[3]).expect("it has not expired");
    let first = carol.send(&phone, b"first");
    assert_eq!(phone.receive(&carol, &first), Ok(b"first".to_vec()));
}

/// A clock that is ahead for an hour deletes nothing that others may still use.
// spec: CLIENT-133
#[test]
fn a_clock_that_jumps_ahead_once_deletes_no_secrets() {
    let clock = Clock::at_day(20_000);
    let [mut alice, mut bob, mut carol] = [1, 2, 3].map(|seed| Person::on_clock(seed, &clock));
    let account = bob.client.account_id();
    alice.start(&bob, 0).expect("genuine");
    carol.client.start_session(&account, &bob.upload.last_resort).expect("genuine");
    for day in [20_007, 20_014] {
        clock.set_day(day);
        bob.publish();
    }
    for wrong in [20_200, 30_000] {
        clock.set_day(wrong);
        bob.client.maintain().expect("done");
        clock.set_day(20_015);
        bob.client.maintain().expect("done");
    }
    for person in [&mut alice, &mut carol] {
        let first = person.send(&bob, b"first");
        assert_eq!(bob.receive(person, &first), Ok(b"first".to_vec()));
    }
}

// spec: CLIENT-12, CLIENT-133
#[test]
fn secrets_are_deleted_when_they_are_found_over_twice_three_days_apart() {
    let (clock, disk) = (Clock::at_day(20_000), MemoryStore::new());
    let mut bob = Person::create(disk.clone(), 2, &clock).expect("scripted");
    for day in (20_007..=20_088).step_by(7) {
        clock.set_day(day);
        bob.publish();
    }
    let deleted_on = |bob: &mut Person, day| {
        let before = disk.dump();
        clock.set_day(day);
        bob.client.maintain().expect("done");
        let after = disk.dump();
        before.keys().filter(|key| !after.contains_key(key)).count()
    };
    for day in 20_090..20_094 {
        assert_eq!(deleted_on(&mut bob, day), 0, "{day}");
    }
    // the first signed prekey, and the fifty that were made with it
    assert_eq!(deleted_on(&mut bob, 20_094), 51);
    assert_eq!(deleted_on(&mut bob, 20_095), 0);
}

/// The owner has renewed its list since, and made no other prekey.
// spec: AGREE-6
#[test]
fn an_expired_signed_prekey_is_used_only_when_the_user_says_so() {
    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(2, &clock);
    clock.set_day(20_006);
    let _tablet = link(&mut bob, MemoryStore::new(), 11, &clock);
    bob.publish();
    clock.set_day(20_093);
    let mut alice = Person::on_clock(1, &clock);
    let (account, bundle) = (bob.client.account_id(), bob.upload.last_resort.clone());
    let refused = alice.client.start_session(&account, &bundle);
    assert_eq!(refused, Err(Error::Untrusted(AgreementError::Stale)));
    let options = StartOptions { accept_stale: true, ..StartOptions::default() };
    let start = StartSession { expected: Some(account), bundle: &bundle, options };
    alice.client.perform(&start).expect("the user has said so");
    // he was away, and his client has not come to delete the secrets yet
    let first = alice.client.send(&account, b"welcome back").expect("a session").outgoing;
    let first = first.iter().find(|out| out.to == bob.address().into()).expect("for the phone");
    let items = bob.client.receive(&alice.address(), &first.bytes).expect("genuine");
    assert_eq!(contents(&items), [b"welcome back"]);
}

/// Who holds the store brings back single records, among them that which counts the prekeys: none is made a second time, and
/// nobody is told to try again.
#[test]
fn prekeys_that_are_there_are_not_made_again() {
    let (clock, mut disk) = (Clock::at_day(20_000), MemoryStore::new());
    let env = ScriptedEnv::new(2, &clock);
    let mut device = Client::create(disk.clone(), &store_key(), env).expect("scripted").client;
    let before = disk.dump();
    device.publish_prekeys().expect("done").expect("the first");
    drop(device);
    let written = disk.dump();
    let back: Vec<_> = before.into_iter().filter(|(name, record)| written[name] != *record).collect();
    let back = back.into_iter().map(|(name, record)| {
        (name, Change { expected: Some(written[&name].generation), action: Action::Put(record) })
    });
    assert_eq!(disk.commit(&Changes::from_iter(back)), Ok(Commit::Applied));
    let (env, with_old_count) = (ScriptedEnv::new(3, &clock), disk.dump());
    let mut device = Client::open(disk.clone(), &store_key(), env).expect("genuine");
    assert_eq!(device.publish_prekeys(), Err(Error::Corrupt));
    assert_eq!(disk.dump(), with_old_count);
}
