//! What an open client remembers of its store, when the store changes under it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code")]

use std::{cell::RefCell, collections::BTreeMap, convert::Infallible, rc::Rc};

use entrenous::{
    Client, Event, MemoryStore, Store, System,
    operation::PublishPrekeys,
    store::{Changes, Commit, Record, RecordKey},
};
use entrenous_testkit::person::store_key;

/// A store that several clients share, that counts what is loaded, and that can be put back.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    store: MemoryStore,
    loaded: usize,
}

impl Store for Shared {
    type Error = Infallible;

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Infallible> {
        let mut inner = self.0.borrow_mut();
        inner.loaded += keys.len();
        inner.store.load(keys)
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Infallible> {
        self.0.borrow_mut().store.commit(changes)
    }
}

type SharedClient = Client<Shared, System>;

/// Alice on a shared store, and Bob; each has read a message of the other.
fn met() -> (Shared, SharedClient, Client<MemoryStore, System>) {
    let store = Shared::default();
    let mut alice = Client::create(store.clone(), &store_key(), System::new()).unwrap().client;
    let mut bob = Client::create(MemoryStore::new(), &store_key(), System::new()).unwrap().client;
    let upload = bob.perform(&PublishPrekeys::default()).unwrap().unwrap();
    alice.start_session(&bob.account_id(), &upload.bundles[0]).unwrap();
    assert_eq!(send(&mut alice, &mut bob, b"hello"), 1);
    let alices = alice.account_id();
    for out in bob.send(&alices, b"hello").unwrap().outgoing {
        alice.receive(&bob.address(), &out.bytes).unwrap();
    }
    (store, alice, bob)
}

/// How many messages Bob gets of one that is sent.
fn send(alice: &mut SharedClient, bob: &mut Client<MemoryStore, System>, content: &[u8]) -> usize {
    let sent = alice.send(&bob.account_id(), content).unwrap();
    let items = sent.outgoing.iter().flat_map(|out| bob.receive(&alice.address(), &out.bytes).unwrap());
    items.filter(|item| matches!(item.event, Event::Message(_))).count()
}

// spec: CLIENT-6
#[test]
fn the_second_message_loads_nothing() {
    let (store, mut alice, mut bob) = met();
    send(&mut alice, &mut bob, b"one");
    let before = store.0.borrow().loaded;
    assert_eq!(send(&mut alice, &mut bob, b"two"), 1);
    assert_eq!(store.0.borrow().loaded, before);
}

// spec: CLIENT-6
#[test]
fn what_another_client_has_written_since_is_noticed() {
    let (store, mut alice, mut bob) = met();
    let mut other = Client::open(store, &store_key(), System::new()).unwrap();
    for round in 0..8 {
        assert_eq!(send(&mut alice, &mut bob, &[round]), 1);
        assert_eq!(send(&mut other, &mut bob, &[round, 1]), 1, "no number of a chain is used twice");
    }
    assert_eq!(alice.outbox().unwrap().len(), other.outbox().unwrap().len());
}

/// With generations that count, the other client's write would have the number that the first one expects.
// spec: CLIENT-5
#[test]
fn a_store_that_was_put_back_and_written_again_is_not_taken_for_what_is_remembered() {
    let (store, mut alice, mut bob) = met();
    send(&mut alice, &mut bob, b"before the copy");
    let copy = store.0.borrow().store.clone();
    send(&mut alice, &mut bob, b"lost");
    store.0.borrow_mut().store = copy;
    let mut other = Client::open(store.clone(), &store_key(), System::new()).unwrap();
    let theirs = other.send(&bob.account_id(), b"after it").unwrap();
    let ours = alice.send(&bob.account_id(), b"too").unwrap();
    let outbox: BTreeMap<_, _> =
        alice.outbox().unwrap().into_iter().map(|out| (out.number, out.bytes)).collect();
    // both are in the one outbox, whole
    for out in theirs.outgoing.iter().chain(&ours.outgoing) {
        assert_eq!(outbox.get(&out.number), Some(&out.bytes));
    }
}
