//! Many envelopes at once: what they need is loaded together, however many they are.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use core::cell::Cell;
use std::{convert::Infallible, rc::Rc};

use entrenous::{
    Address, Client, MemoryStore, SendOptions,
    operation::{Receive, ReceiveMany, SendMany},
    store::{Changes, Commit, Record, RecordKey, Store},
};
use entrenous_testkit::person::{Clock, Person, ScriptedEnv, contents, converse, store_key};

/// Counts how often something is loaded.
#[derive(Clone, Debug, Default)]
struct Counting {
    memory: MemoryStore,
    loads: Rc<Cell<usize>>,
}

impl Store for Counting {
    type Error = Infallible;

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Infallible> {
        self.loads.set(self.loads.get() + 1);
        self.memory.load(keys)
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Infallible> {
        self.memory.commit(changes)
    }
}

/// So many loads are enough, whatever comes: what is waiting and for whom, the sessions, then skipped keys, lists and
/// prekeys.
const ROUNDS: usize = 8;

fn receive_all(bob: &mut Person<Counting>, store: &Counting, envelopes: &[(Address, Vec<u8>)]) {
    let received: Vec<_> = envelopes.iter().map(|(from, bytes)| Receive { from: *from, bytes }).collect();
    store.loads.set(0);
    let outcomes = bob.client.perform(&ReceiveMany { envelopes: &received }).expect("done");
    assert!(store.loads.get() <= ROUNDS, "{} loads", store.loads.get());
    for outcome in &outcomes {
        assert_eq!(contents(outcome.as_ref().expect("genuine")).len(), 1);
    }
}

fn bob_on(store: &Counting, clock: &Clock) -> Person<Counting> {
    Person::create(store.clone(), 2, clock).expect("scripted")
}

fn send_many<S: Store>(from: &mut Person<S>, to: &Person<Counting>, count: usize) -> Vec<(Address, Vec<u8>)> {
    let contents = vec![b"one of many".as_slice(); count];
    let options = SendOptions::default();
    let send = SendMany { to: to.client.account_id(), contents: &contents, options };
    let sent = from.client.perform(&send).expect("a session");
    sent.into_iter().flat_map(|sent| sent.outgoing).map(|out| (from.address(), out.bytes)).collect()
}

#[test]
fn a_thousand_envelopes_of_one_device_are_loaded_for_together() {
    let (clock, store) = (Clock::at_day(20_000), Counting::default());
    let (mut alice, mut bob) = (Person::on_clock(1, &clock), bob_on(&store, &clock));
    alice.start(&bob, 0).expect("genuine");
    let envelopes = send_many(&mut alice, &bob, 1_000);
    receive_all(&mut bob, &store, &envelopes);
}

/// Each envelope needs skipped keys of another record.
#[test]
fn late_envelopes_are_loaded_for_together() {
    let (clock, store) = (Clock::at_day(20_000), Counting::default());
    let (mut alice, mut bob) = (Person::on_clock(1, &clock), bob_on(&store, &clock));
    alice.start(&bob, 0).expect("genuine");
    let mut envelopes = send_many(&mut alice, &bob, 1_601);
    receive_all(&mut bob, &store, &envelopes.split_off(1_600));
    let late: Vec<_> = envelopes.into_iter().rev().step_by(64).collect();
    receive_all(&mut bob, &store, &late);
}

#[test]
fn a_thousand_envelopes_of_fifty_strangers_are_loaded_for_together() {
    let (clock, store) = (Clock::at_day(20_000), Counting::default());
    let mut bob = bob_on(&store, &clock);
    let mut envelopes = Vec::new();
    for n in 0..50u8 {
        let env = ScriptedEnv::new(1_000 + u64::from(n), &clock);
        let client = Client::create(MemoryStore::new(), &store_key(), env).expect("scripted").client;
        let mut stranger = Person::of(client).expect("scripted");
        stranger.start(&bob, usize::from(n)).expect("genuine");
        envelopes.extend(send_many(&mut stranger, &bob, 20));
    }
    receive_all(&mut bob, &store, &envelopes);
}

/// A backlog of many devices, each of which has begun a chain: their turns are looked at ahead, and end where those of
/// messages that come one by one do. Damaged ones among them stay by themselves.
// spec: CLIENT-6
#[test]
fn the_turns_of_many_devices_come_in_one_commit() {
    let clock = Clock::at_day(20_000);
    let [together, alone] = [Counting::default(), Counting::default()];
    let mut bobs = [bob_on(&together, &clock), bob_on(&alone, &clock)];
    let mut envelopes = [Vec::new(), Vec::new()];
    for (bob, envelopes) in bobs.iter_mut().zip(&mut envelopes) {
        for n in 0..12u64 {
            let env = ScriptedEnv::new(2_000 + n, &clock);
            let client = Client::create(MemoryStore::new(), &store_key(), env).expect("scripted").client;
            let mut friend = Person::of(client).expect("scripted");
            friend.start(bob, usize::try_from(n).expect("small")).expect("genuine");
            converse(&mut friend, bob);
            converse(&mut friend, bob);
            envelopes.extend(send_many(&mut friend, bob, 3));
        }
        // one of each of three friends is damaged: its header, its body, and its frame
        for (at, byte) in [(1, 3), (4, 60), (7, 0)] {
            envelopes[at].1[byte] ^= 1;
        }
    }
    let [bob, other] = &mut bobs;
    let received: Vec<_> = envelopes[0].iter().map(|(from, bytes)| Receive { from: *from, bytes }).collect();
    let outcomes = bob.client.perform(&ReceiveMany { envelopes: &received }).expect("done");
    for (outcome, (from, bytes)) in outcomes.iter().zip(&envelopes[1]) {
        match (outcome, other.client.receive(from, bytes)) {
            (Ok(items), Ok(one_by_one)) => assert_eq!(contents(items), contents(&one_by_one)),
            (Err(error), Err(one_by_one)) => assert_eq!(*error, one_by_one),
            outcomes => panic!("{outcomes:?}"),
        }
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 3);
}

/// One by one, what is needed is remembered from the last time.
// spec: CLIENT-6
#[test]
fn a_message_is_sent_and_received_without_loading() {
    let (clock, stores) = (Clock::at_day(20_000), [Counting::default(), Counting::default()]);
    let mut alice = Person::create(stores[0].clone(), 1, &clock).expect("scripted");
    let mut bob = bob_on(&stores[1], &clock);
    alice.start(&bob, 0).expect("genuine");
    converse(&mut alice, &mut bob);
    for n in 0..5u8 {
        stores[0].loads.set(0);
        let sent = alice.client.send(&bob.client.account_id(), &[n]).expect("a session");
        assert_eq!((stores[0].loads.get(), sent.outgoing.len()), (0, 1));
        stores[1].loads.set(0);
        bob.client.receive(&alice.address(), &sent.outgoing[0].bytes).expect("genuine");
        assert_eq!(stores[1].loads.get(), 0);
    }
}
