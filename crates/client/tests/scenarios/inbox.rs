//! The inbox: what is over leaves it, nobody hides or crowds out what others have written, and it is read page by page.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use core::num::NonZeroU32;

use entrenous::{
    Error, Event, Item, MemoryStore, Policy, QueueLimits, SendOptions,
    operation::{Send, SendMany},
};
use entrenous_testkit::person::{Clock, Person, contents, converse, established};

const SECOND_MS: u64 = 1_000;

fn vanishing() -> SendOptions {
    SendOptions { ttl: NonZeroU32::new(1), ..SendOptions::default() }
}

fn with_queues(person: Person, queues: QueueLimits) -> Person {
    let Person { client, upload, recovery_code } = person;
    let client = client.with_policy(Policy { queues, ..Policy::default() });
    Person { client, upload, recovery_code }
}

fn numbers(items: &[Item]) -> Vec<u64> {
    items.iter().filter_map(|item| item.number).collect()
}

/// Mallory and Bob, whom he has accepted, on a clock.
fn pair_on_clock() -> (Clock, Person, Person) {
    let clock = Clock::at_day(20_000);
    let (mut mallory, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    mallory.start(&bob, 0).expect("genuine");
    converse(&mut mallory, &mut bob);
    (clock, mallory, bob)
}

// spec: CLIENT-25
#[test]
fn what_is_over_hides_nothing() {
    let (clock, mut mallory, mut bob) = pair_on_clock();
    let mut alice = Person::on_clock(3, &clock);
    alice.start(&bob, 1).expect("genuine");
    let many = [b"x".as_slice(); 256];
    let send = SendMany { to: bob.client.account_id(), contents: &many, options: vanishing() };
    for sent in mallory.client.perform(&send).expect("a session") {
        bob.client.receive(&mallory.address(), &sent.outgoing[0].bytes).expect("genuine");
    }
    let important = alice.send(&bob, b"important");
    bob.client.receive(&alice.address(), &important).expect("genuine");
    clock.pass_ms(2 * SECOND_MS);

    let items = bob.client.inbox().expect("readable");
    assert_eq!(items.len(), 256);
    assert!(items.iter().all(|item| matches!(item.event, Event::Expired { .. })), "{items:?}");
    bob.client.acknowledge(&numbers(&items)).expect("there");
    assert_eq!(contents(&bob.client.inbox().expect("readable")), [b"important"]);
}

// spec: CLIENT-25
#[test]
fn what_is_over_is_erased_under_its_number_and_id() {
    let clock = Clock::at_day(20_000);
    let disk = MemoryStore::new();
    let mut alice = Person::on_clock(1, &clock);
    let mut bob = Person::create(disk.clone(), 2, &clock).expect("scripted");
    alice.start(&bob, 0).expect("genuine");
    let send = Send { to: bob.client.account_id(), content: &[7; 10_000], options: vanishing() };
    let sent = alice.client.perform(&send).expect("a session");
    let shown = bob.client.receive(&alice.address(), &sent.outgoing[0].bytes).expect("genuine");
    let longest = || disk.dump().values().map(|record| record.bytes.len()).max().expect("records");
    assert!(longest() > 10_000);
    clock.pass_ms(2 * SECOND_MS);

    let items = bob.client.inbox().expect("readable");
    assert_eq!(numbers(&items), numbers(&shown));
    let expired = Event::Expired { from: alice.address(), id: sent.id };
    assert_eq!(items.last().map(|item| &item.event), Some(&expired));
    assert!(longest() < 10_000, "its content is in the store");
    assert_eq!(bob.client.inbox(), Ok(items));
}

#[test]
fn what_is_over_makes_room() {
    let (clock, mut mallory, bob) = pair_on_clock();
    let mut bob = with_queues(bob, QueueLimits { inbox_items: 4, ..QueueLimits::default() });
    let send =
        SendMany { to: bob.client.account_id(), contents: &[b"x".as_slice(); 4], options: vanishing() };
    for sent in mallory.client.perform(&send).expect("a session") {
        bob.client.receive(&mallory.address(), &sent.outgoing[0].bytes).expect("room");
    }
    let next = mallory.send(&bob, b"next");
    assert_eq!(bob.client.receive(&mallory.address(), &next), Err(Error::InboxFull));
    clock.pass_ms(2 * SECOND_MS);
    let items = bob.client.inbox().expect("readable");
    bob.client.acknowledge(&numbers(&items)).expect("there");
    assert_eq!(bob.receive(&mallory, &next), Ok(b"next".to_vec()));
}

/// The bytes count as well, and are counted back when what they were of is over or acknowledged.
#[test]
fn bytes_make_the_inbox_full_until_they_are_gone() {
    let (clock, mut mallory, bob) = pair_on_clock();
    let mut bob = with_queues(bob, QueueLimits { inbox_bytes: 2_000, ..QueueLimits::default() });
    let send = Send { to: bob.client.account_id(), content: &[7; 2_000], options: vanishing() };
    let sent = mallory.client.perform(&send).expect("a session");
    bob.client.receive(&mallory.address(), &sent.outgoing[0].bytes).expect("room");
    let next = mallory.send(&bob, b"next");
    assert_eq!(bob.client.receive(&mallory.address(), &next), Err(Error::InboxFull));
    clock.pass_ms(2 * SECOND_MS);
    // erasing makes room already
    bob.client.inbox().expect("readable");
    bob.client.receive(&mallory.address(), &next).expect("room");
}

// spec: CLIENT-114
#[test]
fn strangers_fill_a_quarter_and_contacts_still_get_in() {
    let clock = Clock::at_day(20_000);
    let (mut friend, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    let [mut mallory, mut another] = [3, 4].map(|seed| Person::on_clock(seed, &clock));
    bob.start(&friend, 0).expect("genuine");
    converse(&mut bob, &mut friend);
    let mut bob = with_queues(bob, QueueLimits { inbox_items: 16, ..QueueLimits::default() });

    for (stranger, bundle) in [(&mut mallory, 0), (&mut another, 1)] {
        stranger.start(&bob, bundle).expect("genuine");
    }
    // each first message brings two items: that a session has begun, and the message
    let crowd: Vec<_> = (0..4u8).map(|n| mallory.send(&bob, &[n])).collect();
    for bytes in &crowd[..3] {
        bob.client.receive(&mallory.address(), bytes).expect("room");
    }
    let hello = another.send(&bob, b"hello");
    let before = bob.client.inbox();
    for (stranger, bytes) in [(&mallory, &crowd[3]), (&another, &hello)] {
        let refused = bob.client.receive(&stranger.address(), bytes);
        assert_eq!(refused, Err(Error::TooManyStrangers));
    }
    assert_eq!(bob.client.inbox(), before);
    let from_friend = friend.send(&bob, b"from a friend");
    let items = bob.client.receive(&friend.address(), &from_friend).expect("room");
    assert_eq!(contents(&items), [b"from a friend"]);

    // whoever is accepted is no stranger, and what is acknowledged makes room for the others
    bob.client.accept(&mallory.client.account_id()).expect("known");
    bob.client.receive(&mallory.address(), &crowd[3]).expect("a contact");
    assert_eq!(bob.client.receive(&another.address(), &hello), Err(Error::TooManyStrangers));
    let items = bob.client.inbox().expect("readable");
    bob.client.acknowledge(&numbers(&items)).expect("there");
    assert_eq!(bob.receive(&another, &hello), Ok(b"hello".to_vec()));
}

#[test]
fn both_queues_are_read_page_by_page() {
    let (mut alice, mut bob) = established();
    let many: Vec<Vec<u8>> = (0..600u16).map(|n| n.to_be_bytes().to_vec()).collect();
    let slices: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    let send = SendMany { to: bob.client.account_id(), contents: &slices, options: SendOptions::default() };
    alice.client.perform(&send).expect("a session");

    let (mut envelopes, mut from) = (Vec::new(), 0);
    while let Some(last) = {
        let page = alice.client.outbox_from(from).expect("readable");
        envelopes.extend(page.iter().map(|outgoing| outgoing.bytes.clone()));
        page.last().and_then(|outgoing| outgoing.number)
    } {
        from = last + 1;
    }
    assert_eq!(envelopes.len(), 600);
    for bytes in &envelopes {
        bob.client.receive(&alice.address(), bytes).expect("genuine");
    }
    let (mut shown, mut from) = (Vec::new(), 0);
    while let Some(last) = {
        let page = bob.client.inbox_from(from).expect("readable");
        shown.extend(contents(&page));
        page.last().and_then(|item| item.number)
    } {
        from = last + 1;
    }
    assert_eq!(shown, many);
}

/// The bytes of all records together.
fn length_of(disk: &MemoryStore) -> usize {
    disk.dump().values().map(|record| record.bytes.len()).sum()
}

/// Nobody reads the inbox, and the peer never proves to have the message.
// spec: CLIENT-132
#[test]
fn maintenance_erases_what_is_over() {
    for ttl_s in [1, 3_600, 30 * 86_400] {
        let (clock, disks) = (Clock::at_day(20_000), [MemoryStore::new(), MemoryStore::new()]);
        let mut alice = Person::create(disks[0].clone(), 1, &clock).expect("scripted");
        let mut bob = Person::create(disks[1].clone(), 2, &clock).expect("scripted");
        alice.start(&bob, 0).expect("genuine");
        converse(&mut alice, &mut bob);
        let options = SendOptions { ttl: NonZeroU32::new(ttl_s), ..SendOptions::default() };
        for _ in 0..100 {
            let send = Send { to: bob.client.account_id(), content: &[7; 10_000], options };
            let sent = alice.client.perform(&send).expect("a session").outgoing;
            bob.client.receive(&alice.address(), &sent[0].bytes).expect("genuine");
            alice.client.handed_over(sent[0].number.as_slice()).expect("there");
        }
        let maintain = |person: &mut Person| while person.client.maintain().expect("done").more {};
        clock.pass_ms(u64::from(ttl_s) * SECOND_MS - 1);
        for (person, disk) in [&mut alice, &mut bob].into_iter().zip(&disks) {
            maintain(person);
            assert!(length_of(disk) > 1_000_000, "not yet");
        }
        clock.pass_ms(2 * 3_600 * SECOND_MS);
        for (person, disk) in [&mut alice, &mut bob].into_iter().zip(&disks) {
            maintain(person);
            let left = disk.dump().values().filter(|record| record.bytes.len() > 10_000).count();
            assert_eq!(left, 0, "after {ttl_s} s");
        }
        let status = alice.client.contact(&bob.client.account_id()).expect("known");
        assert_eq!(status.devices[0].unproven, 3, "those without a time to live");
        let items = bob.client.inbox().expect("readable");
        assert_eq!(items.iter().filter(|item| matches!(item.event, Event::Expired { .. })).count(), 100);
    }
}

/// What was acknowledged and proved long before its time leaves nothing behind.
// spec: CLIENT-132
#[test]
fn notes_of_what_is_gone_go() {
    let records_left = |ttl| {
        let (clock, disk) = (Clock::at_day(20_000), MemoryStore::new());
        let mut alice = Person::on_clock(1, &clock);
        let mut bob = Person::create(disk.clone(), 2, &clock).expect("scripted");
        alice.start(&bob, 0).expect("genuine");
        converse(&mut alice, &mut bob);
        let options = SendOptions { ttl, ..SendOptions::default() };
        let send = Send { to: bob.client.account_id(), content: b"for a lifetime", options };
        let sent = alice.client.perform(&send).expect("a session").outgoing;
        let items = bob.client.receive(&alice.address(), &sent[0].bytes).expect("genuine");
        bob.client.acknowledge(&numbers(&items)).expect("there");
        let noted = disk.dump().len();
        for day in 20_001..20_009 {
            clock.set_day(day);
            while bob.client.maintain().expect("done").more {}
        }
        (noted, disk.dump().len())
    };
    let (without, later) = records_left(None);
    // the hours, and one of them
    assert_eq!(records_left(NonZeroU32::new(u32::MAX)), (without + 2, later));
}
