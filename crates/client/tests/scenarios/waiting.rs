//! Messages that wait for a device: they go in their order as soon as they can, and hold up nothing else.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{
    Compared, Error, Event, Item, Limits, MAX_CONTENT, MemoryStore, Message, Policy, QueueLimits,
    StartOptions, TrustPolicy,
    operation::StartSession,
    store::{Action, Change, Changes, Record, RecordKey, Store},
};
use entrenous_testkit::{
    linked::link,
    person::{Clock, Person, carry, converse, established},
    post::Post,
};

fn with_room_for(person: &mut Person, outbox_items: u64) {
    replace_policy(person, |policy| policy.queues = QueueLimits { outbox_items, ..QueueLimits::default() });
}

fn replace_policy(person: &mut Person, edit: impl FnOnce(&mut Policy)) {
    let mut policy = Policy::default();
    edit(&mut policy);
    let spare = Person::new(99).client;
    person.client = core::mem::replace(&mut person.client, spare).with_policy(policy);
}

/// The contents of the messages that the outbox of `from` brings `to`, the transport taking one page after another.
fn arriving(from: &mut Person, to: &mut Person) -> Vec<Vec<u8>> {
    let content = |event: Event| match event {
        Event::Message(message) => Some(message.content.to_vec()),
        _ => None,
    };
    carry(from, to).expect("genuine").into_iter().filter_map(content).collect()
}

fn numbered(range: core::ops::Range<u8>) -> Vec<Vec<u8>> {
    range.map(|n| vec![n]).collect()
}

/// Alice has sent messages into a session that Bob never gets to know, and may have few envelopes in her outbox.
fn waiting(messages: u8, outbox_items: u64) -> (Person, Person) {
    let (mut other, mut alice, mut bob) = (Person::new(3), Person::new(1), Person::new(2));
    other.start(&bob, 0).expect("genuine");
    let takes = other.send(&bob, b"takes the one-time prekey");
    bob.receive(&other, &takes).expect("genuine");
    alice.start(&bob, 0).expect("genuine");
    for n in 0..messages {
        alice.send(&bob, &[n]);
    }
    with_room_for(&mut alice, outbox_items);
    (alice, bob)
}

// spec: CLIENT-110
#[test]
fn a_session_starts_however_much_waits_and_the_rest_goes_with_maintenance() {
    let (mut alice, mut bob) = waiting(12, 5);
    let expected = Some(bob.client.account_id());
    let start = StartSession { expected, bundle: &bob.upload.bundles[1], options: StartOptions::default() };
    let started = alice.client.perform(&start).expect("genuine");
    assert_eq!(started.outgoing.len(), 5);
    let mut arrived = Vec::new();
    for _ in 0..3 {
        arrived.extend(arriving(&mut alice, &mut bob));
        assert!(!alice.client.maintain().expect("sound").more);
    }
    assert_eq!(arrived, numbered(0..12));
    assert_eq!(alice.client.outbox(), Ok(Vec::new()));
    converse(&mut alice, &mut bob);
}

// spec: CLIENT-110
#[test]
fn a_first_message_is_received_however_much_waits_for_its_sender() {
    let (mut alice, mut bob) = waiting(12, 5);
    bob.start(&alice, 0).expect("genuine");
    let hello = bob.send(&alice, b"hello?");
    assert_eq!(alice.receive(&bob, &hello), Ok(b"hello?".to_vec()));
    let mut arrived = Vec::new();
    for _ in 0..3 {
        arrived.extend(arriving(&mut alice, &mut bob));
        alice.client.maintain().expect("sound");
    }
    assert_eq!(arrived, numbered(0..12));
}

// spec: CLIENT-110, CLIENT-22
#[test]
fn a_full_outbox_refuses_what_would_have_to_wait_behind_others() {
    let (mut alice, mut bob) = waiting(12, 5);
    alice.start(&bob, 1).expect("genuine");
    let to = bob.client.account_id();
    let before = alice.client.outbox();
    assert_eq!(alice.client.send(&to, &[12]), Err(Error::OutboxFull));
    assert_eq!(alice.client.outbox(), before);
    assert_eq!(arriving(&mut alice, &mut bob), numbered(0..5));
    with_room_for(&mut alice, 100);
    let sent = alice.client.send(&to, &[12]).expect("room");
    assert_eq!((sent.outgoing.len(), sent.unreached), (8, vec![]));
    assert_eq!(arriving(&mut alice, &mut bob), numbered(5..13));
    converse(&mut alice, &mut bob);
}

// spec: CLIENT-110
#[test]
fn later_messages_go_behind_those_that_wait() {
    let (mut alice, mut bob) = waiting(80, 1_000);
    alice.start(&bob, 1).expect("genuine");
    // 32 went with the session, 32 go now, and the rest is still before this one
    let sent = alice.client.send(&bob.client.account_id(), &[80]).expect("it can wait");
    assert_eq!((sent.outgoing.len(), sent.unreached), (32, vec![bob.address()]));
    let sent = alice.client.send(&bob.client.account_id(), &[81]).expect("nothing is left before it");
    assert_eq!((sent.outgoing.len(), sent.unreached), (18, vec![]));
    assert_eq!(arriving(&mut alice, &mut bob), numbered(0..82));
    converse(&mut alice, &mut bob);
}

// spec: CLIENT-110
#[test]
fn one_step_seals_a_part_and_maintenance_says_that_there_is_more() {
    let (mut alice, mut bob) = waiting(80, 1_000);
    alice.start(&bob, 1).expect("genuine");
    assert_eq!(alice.client.outbox().expect("readable").len(), 32);
    assert!(alice.client.maintain().expect("sound").more);
    assert!(!alice.client.maintain().expect("sound").more);
    assert_eq!(arriving(&mut alice, &mut bob), numbered(0..80));
}

/// What was lost with a record is told, and takes nothing else with it.
#[test]
fn a_damaged_message_holds_up_no_session() {
    let disk = MemoryStore::new();
    let clock = Clock::at_day(20_000);
    let (mut alice, mut bob) = (Person::create(disk.clone(), 1, &clock).expect("scripted"), Person::new(2));
    alice.start(&bob, 0).expect("genuine");
    let before: Vec<_> = disk.dump().into_keys().collect();
    alice.send(&bob, &[0; 5_000]);
    // of what a send makes, nothing else is as long
    let written = disk.dump();
    let is_message =
        |(key, record): &(RecordKey, Record)| !before.contains(key) && record.bytes.len() > 5_000;
    let (key, _) = written.into_iter().find(is_message).expect("the message is kept");
    alice.send(&bob, b"whole");
    damage(&disk, key);

    alice.start(&bob, 1).expect("genuine");
    assert_eq!(arriving(&mut alice, &mut bob), [b"whole"]);
    let told = alice.client.inbox().expect("readable");
    let [item] = &told[..] else { panic!("one event: {told:?}") };
    assert!(matches!(item.event, Event::NotSent { to, .. } if to == bob.address()), "{item:?}");
}

/// A chain has its limit. What waits for an answer goes when it comes, whether or not the user writes again.
// spec: CLIENT-26
#[test]
fn what_waits_for_a_chain_goes_when_the_answer_comes() {
    let (mut alice, mut bob) = established();
    replace_policy(&mut alice, |policy| policy.limits = Limits { chain_messages: 4, ..Limits::default() });
    let to = bob.client.account_id();
    for n in 0..6u8 {
        let sent = alice.client.send(&to, &[n]).expect("a contact");
        assert_eq!(sent.unreached.is_empty(), n < 4);
    }
    assert_eq!(arriving(&mut alice, &mut bob), numbered(0..4));
    let answer = bob.send(&alice, b"answer");
    alice.receive(&bob, &answer).expect("genuine");
    assert_eq!(arriving(&mut alice, &mut bob), numbered(4..6));
    converse(&mut alice, &mut bob);
}

// spec: CLIENT-111
#[test]
fn an_account_that_has_changed_gets_nothing_that_waits() {
    let (mut alice, mut bob) = waiting(2, 100);
    let mut carol = Person::new(7);
    alice.start(&carol, 0).expect("genuine");
    alice.client.replace_contact(&carol.client.account_id(), &bob.client.account_id()).expect("known");
    bob.start(&alice, 0).expect("genuine");
    let hello = bob.send(&alice, b"I am new");
    alice.receive(&bob, &hello).expect("genuine");
    alice.client.maintain().expect("sound");
    assert_eq!(alice.client.outbox(), Ok(Vec::new()));
    let change = alice.client.identity_change(&bob.client.account_id()).expect("known").expect("changed");
    alice.client.accept_change(change).expect("shown");
    assert_eq!(arriving(&mut alice, &mut bob), numbered(0..2));
    converse(&mut alice, &mut carol);
}

/// Under the stricter policy nothing that waits goes before the two have compared, and then it goes by itself.
// spec: CLIENT-111
#[test]
fn what_waits_goes_when_the_account_is_verified() {
    let (mut alice, mut bob) = waiting(3, 100);
    replace_policy(&mut alice, |policy| policy.trust = TrustPolicy::VerifiedOnly);
    bob.start(&alice, 0).expect("genuine");
    let hello = bob.send(&alice, b"hello");
    alice.receive(&bob, &hello).expect("genuine");
    alice.client.maintain().expect("sound");
    assert_eq!(alice.client.outbox(), Ok(Vec::new()));
    let number = alice.client.safety_number(&bob.client.account_id()).expect("known");
    assert_eq!(alice.client.verify_by_number(number, true), Ok(Compared::Same));
    assert_eq!(arriving(&mut alice, &mut bob), numbered(0..3));
}

// spec: CLIENT-113
#[test]
fn the_longest_message_reaches_own_devices_as_well() {
    let (clock, mut post) = (Clock::at_day(20_000), Post::default());
    let (mut phone, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    let mut tablet = link(&mut phone, MemoryStore::new(), 3, &clock);
    phone.start(&bob, 0).expect("genuine");
    let mut content = vec![7; MAX_CONTENT + 1];
    assert_eq!(phone.client.send(&bob.client.account_id(), &content), Err(Error::TooLong));
    content.pop();
    let sent = phone.client.send(&bob.client.account_id(), &content).expect("the longest");
    assert_eq!(sent.unreached, []);
    let events = post.carry(&mut [&mut phone, &mut tablet, &mut bob]);
    let has = |event: &Event| matches!(event, Event::Message(message) if *message.content == content);
    assert_eq!(events.iter().filter(|(_, event)| has(event)).count(), 2);
}

/// The two windows fit: what may be sealed again is recognized, to the very edge of both.
// spec: CLIENT-23, CLIENT-112, WIRE-40
#[test]
fn what_is_sealed_again_is_recognized_to_the_edge_of_what_is_kept() {
    for (later, comes_again) in [(255, true), (256, false)] {
        let (disk, clock) = (MemoryStore::new(), Clock::at_day(20_000));
        let (mut alice, mut bob) =
            (Person::on_clock(1, &clock), Person::create(disk.clone(), 2, &clock).expect("scripted"));
        alice.start(&bob, 0).expect("genuine");
        converse(&mut alice, &mut bob);
        let mut send =
            |count: u32| -> Vec<_> { (0..count).map(|n| alice.send(&bob, &n.to_be_bytes())).collect() };
        let (held_back, once, after) = (send(256), send(1), send(later));
        let shown = bob.client.receive(&alice.address(), &once[0]).expect("genuine");
        let [Item { event: Event::Message(Message { id, .. }), .. }] = shown[..] else { panic!("{shown:?}") };
        // as many as may come between two copies of one message
        for bytes in after.iter().chain(&held_back) {
            bob.receive(&alice, bytes).expect("genuine");
        }
        lose_session(&disk, &mut bob, &alice);
        bob.start(&alice, 1).expect("replaces what is damaged");
        let reset = bob.send(&alice, b"reset");
        alice.receive(&bob, &reset).expect("genuine");
        let mut sealed_again = Vec::new();
        for _ in 0..256 / 32 {
            sealed_again.extend(alice.client.outbox().expect("readable").into_iter().map(|out| out.id));
            assert_eq!(arriving(&mut alice, &mut bob), Vec::<Vec<u8>>::new(), "shown twice");
            alice.client.maintain().expect("sound");
        }
        assert_eq!((sealed_again.len(), sealed_again.contains(&Some(id))), (256, comes_again));
    }
}

/// Flips a bit of a record.
fn damage(disk: &MemoryStore, key: RecordKey) {
    let mut record = disk.dump().remove(&key).expect("it is there");
    let expected = Some(record.generation);
    let at = record.bytes.len() / 2;
    record.bytes[at] ^= 1;
    let change = Change { expected, action: Action::Put(record) };
    let _ = disk.clone().commit(&[(key, change)].into_iter().collect::<Changes>()).expect("in memory");
}

/// Damages the record of the session with `peer`, and nothing else.
fn lose_session(disk: &MemoryStore, person: &mut Person, peer: &Person) {
    let whole = disk.copy();
    let waits = |person: &mut Person| {
        let status = person.client.contact(&peer.client.account_id());
        // what names the session is whole
        if !status.is_ok_and(|status| status.devices[0].session.is_some()) {
            return false;
        }
        let sent = person.client.send(&peer.client.account_id(), b"is there a session?");
        sent.is_ok_and(|sent| !sent.unreached.is_empty())
    };
    for key in whole.dump().into_keys() {
        damage(disk, key);
        let found = waits(person);
        disk.restore(&whole);
        if found {
            return damage(disk, key);
        }
    }
    panic!("no session");
}
