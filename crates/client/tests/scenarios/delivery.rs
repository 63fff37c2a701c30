//! Outbox and inbox: nothing leaves or appears before it is durable, and nothing goes before it is taken.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use core::num::NonZeroU32;

use entrenous::{
    Client, Error, Event, Outgoing, Policy, QueueLimits, SendOptions,
    operation::{Inbox, Outbox, Receive, ReceiveMany, Send, SendMany},
    store::{Changes, Commit, MemoryStore, Record, RecordKey, Store},
};
use entrenous_testkit::person::{Clock, Person, ScriptedEnv, contents, converse, established, store_key};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

#[test]
fn the_outbox_repeats_byte_for_byte_until_it_is_handed_over() {
    let (mut alice, bob) = established();
    let sent = alice.client.send(&bob.client.account_id(), b"once").expect("a session");
    assert_eq!(alice.client.outbox(), Ok(sent.outgoing.clone()));
    assert_eq!(alice.client.outbox(), Ok(sent.outgoing.clone()));
    let number = sent.outgoing[0].number.expect("in the outbox");
    // a number that isn't there is ignored
    assert_eq!(alice.client.handed_over(&[number + 1, number, number]), Ok(()));
    assert_eq!(alice.client.outbox(), Ok(Vec::new()));
}

// spec: CLIENT-21
#[test]
fn the_inbox_keeps_until_it_is_acknowledged() {
    let (mut alice, mut bob) = established();
    let bytes = alice.send(&bob, b"kept");
    let items = bob.client.receive(&alice.address(), &bytes).expect("genuine");
    assert_eq!(contents(&items), [b"kept"]);
    assert_eq!(bob.client.inbox(), Ok(items.clone()));
    let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
    assert_eq!(bob.client.acknowledge(&numbers), Ok(()));
    assert_eq!(bob.client.inbox(), Ok(Vec::new()));
    assert_eq!(bob.client.acknowledge(&numbers), Ok(()));
}

#[test]
fn everything_is_there_after_a_restart() {
    let clock = Clock::at_day(20_000);
    let store = MemoryStore::new();
    let mut alice = Person::create(store.clone(), 1, &clock).expect("scripted");
    let mut bob = Person::on_clock(2, &clock);
    alice.start(&bob, 0).expect("genuine");
    let first = alice.send(&bob, b"first");
    bob.receive(&alice, &first).expect("genuine");
    let reply = bob.send(&alice, b"reply");
    alice.client.receive(&bob.address(), &reply).expect("genuine");
    let waiting = alice.client.send(&bob.client.account_id(), b"waits").expect("a session").outgoing;

    let address = alice.address();
    alice.client = Client::open(store, &store_key(), ScriptedEnv::new(77, &clock)).expect("the same store");
    assert_eq!(alice.address(), address);
    assert_eq!(alice.client.outbox(), Ok(waiting.clone()));
    assert_eq!(contents(&alice.client.inbox().expect("readable")), [b"reply"]);
    assert_eq!(bob.receive(&alice, &waiting[0].bytes), Ok(b"waits".to_vec()));
    converse(&mut alice, &mut bob);
}

// spec: CLIENT-21
#[test]
fn a_full_inbox_receives_nothing_and_loses_nothing() {
    let (mut alice, mut bob) = established();
    let queues = QueueLimits { inbox_items: 2, ..QueueLimits::default() };
    bob.client = bob.client.with_policy(Policy { queues, ..Policy::default() });
    let sent: Vec<_> = (0..3u8).map(|n| alice.send(&bob, &[n])).collect();
    for bytes in &sent[..2] {
        bob.client.receive(&alice.address(), bytes).expect("room");
    }
    assert_eq!(bob.client.receive(&alice.address(), &sent[2]), Err(Error::InboxFull));
    let items = bob.client.inbox().expect("readable");
    assert_eq!(contents(&items), [[0], [1]]);
    bob.client.acknowledge(&[items[0].number.expect("kept")]).expect("there");
    assert_eq!(bob.receive(&alice, &sent[2]), Ok(vec![2]));
}

#[test]
fn a_full_outbox_sends_nothing_and_loses_nothing() {
    let (mut alice, mut bob) = established();
    let queues = QueueLimits { outbox_items: 1, ..QueueLimits::default() };
    alice.client = alice.client.with_policy(Policy { queues, ..Policy::default() });
    let to = bob.client.account_id();
    let first = alice.client.send(&to, b"first").expect("room").outgoing;
    assert_eq!(alice.client.send(&to, b"second"), Err(Error::OutboxFull));
    alice.client.handed_over(&[first[0].number.expect("in the outbox")]).expect("there");
    let second = alice.send(&bob, b"second");
    assert_eq!(bob.receive(&alice, &second), Ok(b"second".to_vec()));
    assert_eq!(bob.receive(&alice, &first[0].bytes), Ok(b"first".to_vec()));
}

#[test]
fn typing_leaves_no_trace() {
    let (mut alice, mut bob) = established();
    let options = SendOptions { ephemeral: true, ..SendOptions::default() };
    let typing = Send { to: bob.client.account_id(), content: b"typing", options };
    let sent = alice.client.perform(&typing).expect("a session");
    assert_eq!(sent.outgoing[0].number, None);
    assert_eq!(alice.client.outbox(), Ok(Vec::new()));
    let items = bob.client.receive(&alice.address(), &sent.outgoing[0].bytes).expect("genuine");
    let [item] = &items[..] else { panic!("one event: {items:?}") };
    assert!(matches!(&item.event, Event::Ephemeral(message) if message.content.as_slice() == b"typing"));
    assert_eq!(item.number, None);
    assert_eq!(bob.client.inbox(), Ok(Vec::new()));
}

#[test]
fn a_message_vanishes_when_its_time_is_over() {
    let clock = Clock::at_day(20_000);
    let (mut alice, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    alice.start(&bob, 0).expect("genuine");
    let send = |alice: &mut Person, bob: &Person, content: &[u8]| {
        let options = SendOptions { ttl: NonZeroU32::new(60), ..SendOptions::default() };
        let sent = alice.client.perform(&Send { to: bob.client.account_id(), content, options });
        sent.expect("a session").outgoing.remove(0).bytes
    };
    let [in_time, late] = [&b"in time"[..], b"late"].map(|content| send(&mut alice, &bob, content));
    clock.pass_ms(59_999);
    let items = bob.client.receive(&alice.address(), &in_time).expect("genuine");
    assert_eq!(contents(&items), [b"in time"]);
    clock.pass_ms(1);
    assert_eq!(contents(&bob.client.inbox().expect("readable")), [[0u8; 0]; 0]);
    let items = bob.client.receive(&alice.address(), &late).expect("genuine");
    assert!(matches!(items[..], [ref item] if matches!(item.event, Event::Expired { .. })), "{items:?}");
}

#[test]
fn many_are_sent_and_received_in_one_commit_and_one_that_is_bad_is_named() {
    let (mut alice, mut bob) = established();
    let contents_sent: Vec<Vec<u8>> = (0..300u16).map(|n| n.to_be_bytes().to_vec()).collect();
    let slices: Vec<&[u8]> = contents_sent.iter().map(Vec::as_slice).collect();
    let send = SendMany { to: bob.client.account_id(), contents: &slices, options: SendOptions::default() };
    let sent = alice.client.perform(&send).expect("a session");
    let mut envelopes: Vec<_> = sent.into_iter().flat_map(|sent| sent.outgoing).collect();
    envelopes[7].bytes.truncate(40);
    let again = envelopes[9].clone();
    envelopes.push(again);
    let from = alice.address();
    let received: Vec<_> = envelopes.iter().map(|out| Receive { from, bytes: &out.bytes }).collect();
    let outcomes = bob.client.perform(&ReceiveMany { envelopes: &received }).expect("done");
    assert_eq!(outcomes.len(), 301);
    for (n, outcome) in outcomes.iter().enumerate() {
        match (n, outcome) {
            (7, Err(Error::Malformed(_))) | (300, Err(Error::Duplicate)) => {}
            (n, Ok(items)) => assert_eq!(contents(items), [contents_sent[n].clone()], "{n}"),
            (n, Err(error)) => panic!("{n}: {error}"),
        }
    }
    let inbox = bob.client.perform(&Inbox { from: 0, limit: 1_000 }).expect("readable");
    assert_eq!(contents(&inbox).len(), 299);
    converse(&mut alice, &mut bob);
}

/// What `person` sends by itself within `hours`, maintained once an hour, and in which hours.
fn sent_within(person: &mut Person, clock: &Clock, hours: usize) -> Vec<(usize, Outgoing)> {
    let mut sent = Vec::new();
    for hour in 0..hours {
        clock.pass_ms(HOUR_MS);
        let maintained = person.client.maintain().expect("sound").outgoing;
        sent.extend(maintained.into_iter().map(|outgoing| (hour, outgoing)));
    }
    sent
}

/// Who has the proof keeps the message no longer: it isn't sealed again when the session is lost.
// spec: CLIENT-28
#[test]
fn a_proof_of_delivery_goes_within_a_day_and_once() {
    let clock = Clock::at_day(20_000);
    let (mut alice, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    bob.start(&alice, 0).expect("genuine");
    converse(&mut bob, &mut alice);
    let bytes = alice.send(&bob, b"prove it");
    bob.receive(&alice, &bytes).expect("genuine");
    assert_eq!(alice.client.contact(&bob.client.account_id()).expect("known").devices[0].unproven, 4);
    clock.pass_ms(HOUR_MS - 1);
    assert_eq!(bob.client.maintain().expect("done").outgoing, []);
    let proof = sent_within(&mut bob, &clock, 24);
    let [(_, proof)] = &proof[..] else { panic!("one proof: {proof:?}") };
    assert_eq!(proof.id, None);
    assert_eq!(sent_within(&mut bob, &clock, 48), []);
    assert_eq!(alice.client.receive(&bob.address(), &proof.bytes), Ok(Vec::new()));
    assert_eq!(alice.client.contact(&bob.client.account_id()).expect("known").devices[0].unproven, 0);
    converse(&mut alice, &mut bob);
}

/// A proof tells that the device is online: a stranger gets none.
// spec: CLIENT-28
#[test]
fn strangers_get_no_proof() {
    let clock = Clock::at_day(20_000);
    let (mut mallory, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    mallory.start(&bob, 0).expect("genuine");
    let send = |mallory: &mut Person, bob: &mut Person| {
        for n in 0..70u8 {
            let bytes = mallory.send(bob, &[n]);
            bob.receive(mallory, &bytes).expect("genuine");
        }
    };
    send(&mut mallory, &mut bob);
    assert_eq!(sent_within(&mut bob, &clock, 48), []);
    bob.client.accept(&mallory.client.account_id()).expect("known");
    assert_eq!(sent_within(&mut bob, &clock, 48), []);
    send(&mut mallory, &mut bob);
    assert_eq!(sent_within(&mut bob, &clock, 48).len(), 1);
}

/// Who comes back after a week doesn't tell everybody at once.
// spec: CLIENT-28
#[test]
fn proofs_that_are_overdue_are_put_off() {
    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(100, &clock);
    for seed in 0..20u64 {
        let mut friend = Person::on_clock(seed, &clock);
        bob.start(&friend, 0).expect("genuine");
        converse(&mut bob, &mut friend);
    }
    clock.pass_ms(7 * DAY_MS);
    assert_eq!(bob.client.maintain().expect("sound").outgoing, []);
    let sent = sent_within(&mut bob, &clock, 25);
    assert_eq!(sent.len(), 20);
    let hours: std::collections::BTreeSet<_> = sent.iter().map(|(hour, _)| *hour).collect();
    assert!(hours.len() > 8, "{hours:?}");
}

#[test]
fn a_proof_of_many_goes_along_with_an_answer() {
    let (mut alice, mut bob) = established();
    for n in 0..64u8 {
        let bytes = alice.send(&bob, &[n]);
        bob.receive(&alice, &bytes).expect("genuine");
    }
    let outgoing = bob.try_send(&alice, b"answer").expect("a session");
    assert_eq!(outgoing.iter().map(|out| out.id.is_some()).collect::<Vec<_>>(), [false, true]);
    for out in &outgoing {
        alice.client.receive(&bob.address(), &out.bytes).expect("genuine");
    }
    bob.client.perform(&Outbox { from: 0, limit: 10 }).expect("readable");
}

/// A store that forgets the last record that it was asked for.
#[derive(Debug)]
struct Forgetful(MemoryStore);

impl Store for Forgetful {
    type Error = core::convert::Infallible;

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Self::Error> {
        let mut records = self.0.load(keys)?;
        records.pop();
        Ok(records)
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Self::Error> {
        self.0.commit(changes)
    }
}

#[test]
fn a_store_that_answers_for_too_few_records_is_not_asked_again() {
    let env = ScriptedEnv::new(1, &Clock::at_day(20_000));
    let created = Client::create(Forgetful(MemoryStore::new()), &store_key(), env);
    assert!(matches!(created.map(drop), Err(Error::ApiMisuse(_))));
}
