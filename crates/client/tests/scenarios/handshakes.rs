//! What a peer device may do by beginning sessions, and somebody who has its keys and not its sessions.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Client, Error, Event, Item, MemoryStore, StartOptions, operation::StartSession};
use entrenous_testkit::person::{Clock, Person, ScriptedEnv, converse, store_key};

fn count(items: &[Item], expected: impl Fn(&Event) -> bool) -> usize {
    items.iter().filter(|item| expected(&item.event)).count()
}

fn is_reset(event: &Event) -> bool {
    matches!(event, Event::SessionReset { .. })
}

/// How far Alice and Bob have come when the thief begins.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Before {
    /// They have read messages of one another.
    Conversation,
    /// And Alice has begun another session, of which Bob knows nothing: with the counter that the thief takes.
    Replacement,
    /// She has read messages of Bob's, and not answered.
    NoAnswer,
    /// She has begun one, and heard nothing.
    Attempt,
}

// spec: CLIENT-31
#[test]
fn who_has_stolen_device_keys_begins_nothing_unnoticed() {
    use Before::{Attempt, Conversation, NoAnswer, Replacement};
    for before in [Conversation, Replacement, NoAnswer, Attempt] {
        for tries in 1..=3 {
            let (clock, disk) = (Clock::at_day(20_000), MemoryStore::new());
            let mut bob = Person::create(disk.clone(), 2, &clock).expect("scripted");
            let mut alice = Person::on_clock(1, &clock);
            let stolen = disk.copy();
            match before {
                NoAnswer => {
                    bob.start(&alice, 0).expect("genuine");
                    let first = bob.send(&alice, b"hello");
                    alice.receive(&bob, &first).expect("genuine");
                }
                Attempt => alice.start(&bob, 0).expect("genuine"),
                Conversation | Replacement => {
                    alice.start(&bob, 0).expect("genuine");
                    converse(&mut alice, &mut bob);
                }
            }
            if before == Replacement {
                let options = StartOptions { replace: true, ..Default::default() };
                let (expected, bundle) = (Some(bob.client.account_id()), &bob.upload.bundles[1]);
                alice.client.perform(&StartSession { expected, bundle, options }).expect("genuine");
            }
            let env = ScriptedEnv::new(66, &clock);
            let client = Client::open(stolen, &store_key(), env).expect("Bob's keys");
            let mut thief = Person { client, upload: bob.upload, recovery_code: None };
            // with as high a counter as the thief likes
            for bundle in 0..tries {
                thief.start(&alice, 4 + bundle).expect("nothing is known of Alice");
            }
            let bytes = thief.send(&alice, b"send money");
            let told = alice.client.receive(&thief.address(), &bytes).expect("signed with the keys");
            let started = |event: &Event| is_reset(event) || matches!(event, Event::SessionStarted { .. });
            assert_eq!(count(&told, started), 1, "{before:?} {tries}: {told:?}");
            if matches!(before, Conversation | Replacement) {
                assert_eq!(count(&told, is_reset), 1, "{before:?} {tries}: {told:?}");
            }
        }
    }
}

/// A device begins 200 sessions within two days, each time as if it had never begun any.
// spec: CLIENT-33, CLIENT-34, CLIENT-103
#[test]
fn a_device_begins_so_many_sessions_and_no_more() {
    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(2, &clock);
    let store = MemoryStore::new();
    let mut mallory = Person::create(store.clone(), 3, &clock).expect("scripted");
    let empty = store.copy();
    let (mut accepted, mut clones, mut kept) = (Vec::new(), 0, None);
    for n in 0..200u64 {
        store.restore(&empty);
        mallory.client.start_session(&bob.client.account_id(), &bob.upload.last_resort).expect("genuine");
        let bytes = mallory.send(&bob, b"x");
        match bob.client.receive(&mallory.address(), &bytes) {
            Ok(items) => {
                clones += count(&items, |event| matches!(event, Event::CloneSuspected { .. }));
                accepted.push(n * 864_000);
            }
            Err(error) => {
                assert_eq!(error, Error::TooManyHandshakes);
                kept = Some(bytes);
            }
        }
        clock.pass_ms(864_000);
    }
    let most_within = |ms: u64| {
        let from = |at: &u64| accepted.iter().filter(|other| (*at..at + ms).contains(other)).count();
        accepted.iter().map(from).max()
    };
    assert_eq!(most_within(3_600_000), Some(4));
    assert_eq!(most_within(86_400_000), Some(16));
    assert_eq!((accepted.len(), clones), (32, 2), "one alarm a day");
    // what was refused opens later
    clock.pass_ms(86_400_000);
    let late = bob.client.receive(&mallory.address(), &kept.expect("some were refused"));
    assert_eq!(late.map(|items| count(&items, |event| matches!(event, Event::Message(_)))), Ok(1));
}

/// Bundles of which the prekeys are gone, and a directory that has no others for long.
// spec: CLIENT-104
#[test]
fn dead_bundles_shut_nobody_out() {
    let clock = Clock::at_day(20_000);
    let (mut alice, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    let mut other = Person::on_clock(3, &clock);
    for bundle in 0..4 {
        other.client.start_session(&bob.client.account_id(), &bob.upload.bundles[bundle]).expect("genuine");
        let bytes = other.send(&bob, b"takes it");
        bob.client.receive(&other.address(), &bytes).expect("genuine");
    }
    for bundle in 0..4 {
        alice.start(&bob, bundle).expect("the first tries");
    }
    let dead = alice.send(&bob, b"hello");
    assert_eq!(bob.receive(&alice, &dead), Err(Error::KeyUnavailable));
    assert_eq!(alice.start(&bob, 20), Err(Error::SessionExists(bob.address().device)));
    clock.pass_ms(86_400_000);
    let options = StartOptions::default();
    let (expected, bundle) = (Some(bob.client.account_id()), &bob.upload.bundles[20]);
    let started = alice.client.perform(&StartSession { expected, bundle, options }).expect("a day later");
    let [first] = &started.outgoing[..] else { panic!("what was sealed in vain: {started:?}") };
    assert_eq!(bob.receive(&alice, &first.bytes), Ok(b"hello".to_vec()));
    converse(&mut bob, &mut alice);
}
