//! What a hostile device can do with lists: nothing but lose its own message.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "test code")]

use std::{cell::Cell, rc::Rc};

use entrenous_identity::{DeviceList, stored_keys::account_key_from_record};
use entrenous_testkit::rng::ScriptedRng;
use entrenous_wire::proto::{
    Control, DeviceListPush, KnownList, LinkedContacts, ListLink, ListProof, SignedDeviceList,
};

use super::*;
use crate::{
    Client, Env, Item, MemoryStore, StoreKey, Timestamp,
    engine::sealed::Run,
    operation::{Maintain, Receive, ReceiveMany},
    record::{ListDebts, Opaque},
};

const DAY_MS: u64 = 86_400_000;

struct TestEnv(ScriptedRng, Rc<Cell<u64>>);

impl Env for TestEnv {
    type Rng = ScriptedRng;

    fn rng(&mut self) -> &mut ScriptedRng {
        &mut self.0
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.1.get())
    }
}

type TestClient = Client<MemoryStore, TestEnv>;

/// Sends a control that the library would not.
struct SendRaw(Address, Control);

impl Run for SendRaw {
    type Output = Vec<u8>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<u8>, Stop> {
        Ok(step.send_control(&self.0, &self.1)?.expect("a session").bytes)
    }
}

/// States a list that doesn't exist.
struct Boast(u32);

impl Run for Boast {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let mut own: Own = step.expect(Name::Own)?;
        own.list_epoch = self.0;
        step.put(Name::Own, &own);
        Ok(())
    }
}

/// The own list that follows one, for as long as the caller likes it, dated `ahead` days ahead.
struct Sign {
    parent: DeviceList,
    devices: usize,
    ahead: u32,
}

impl Run for Sign {
    type Output = DeviceList;

    fn run(&self, step: &mut Step<'_>) -> Result<DeviceList, Stop> {
        let Opaque(record) = step.expect(Name::AccountKey)?;
        let key = account_key_from_record(&record).unwrap();
        let mut entries = self.parent.entries().to_vec();
        let other = entrenous_identity::DeviceKeys::generate(&mut step.rng).unwrap();
        match self.devices {
            1 => entries = vec![other.entry(&self.parent.account_id())],
            _ => entries.push(other.entry(&self.parent.account_id())),
        }
        entries.truncate(self.devices);
        let today = step.today().plus(self.ahead);
        Ok(DeviceList::successor(&[&self.parent], &key, &entries, today).unwrap())
    }
}

/// What is known of an account: the list in force, its epoch, and what is owed to devices.
struct Known(AccountId);

impl Run for Known {
    type Output = (DeviceList, Option<Contact>, usize);

    fn run(&self, step: &mut Step<'_>) -> Result<Self::Output, Stop> {
        let Lists(known) = step.expect(Name::Lists(self.0))?;
        let debts: ListDebts = step.get(Name::ListDebts)?.unwrap_or_default();
        Ok((known.in_force().clone(), step.get(Name::Contact(self.0))?, debts.0.len()))
    }
}

struct World {
    clock: Rc<Cell<u64>>,
    alice: TestClient,
    bob: TestClient,
}

impl World {
    /// Alice and Bob, who has accepted her if `accepted`.
    fn new(accepted: bool) -> Self {
        let clock = Rc::new(Cell::new(20_000 * DAY_MS));
        let client = |seed| {
            let env = TestEnv(ScriptedRng::new(seed), Rc::clone(&clock));
            Client::create(MemoryStore::new(), &StoreKey::from_bytes(&[7; 32]), env).unwrap().client
        };
        let (mut alice, mut bob) = (client(1), client(2));
        let upload = bob.publish_prekeys().unwrap().unwrap();
        alice.start_session(&bob.account_id(), &upload.bundles[0]).unwrap();
        let mut world = Self { clock, alice, bob };
        world.talk();
        if accepted {
            let sent = world.bob.send(&world.alice.account_id(), b"reply").unwrap();
            for out in sent.outgoing {
                world.alice.receive(&world.bob.address(), &out.bytes).unwrap();
            }
        }
        world
    }

    fn talk(&mut self) -> usize {
        let sent = self.alice.send(&self.bob.account_id(), b"talk").unwrap();
        let from = self.alice.address();
        let items = sent.outgoing.iter().flat_map(|out| self.bob.receive(&from, &out.bytes).unwrap());
        items.filter(|item| matches!(item.event, Event::Message(_))).count()
    }

    fn known(&mut self) -> (DeviceList, Option<Contact>, usize) {
        let alice = self.alice.account_id();
        self.bob.perform(&Known(alice)).unwrap()
    }

    /// What Bob is told by a control of Alice's.
    fn raw(&mut self, control: Control) -> Vec<Event> {
        let bytes = self.alice.perform(&SendRaw(self.bob.address(), control)).unwrap();
        let items = self.bob.receive(&self.alice.address(), &bytes).unwrap();
        items.into_iter().map(|Item { event, .. }| event).collect()
    }

    fn push(&mut self, list: &SignedDeviceList, proof: Option<ListProof>) -> Vec<Event> {
        let push = DeviceListPush { list: Some(list.clone()), proof };
        self.raw(Control { device_list: Some(push), ..Control::default() })
    }

    fn sign(&mut self, parent: &DeviceList, devices: usize, ahead: u32) -> DeviceList {
        self.alice.perform(&Sign { parent: parent.clone(), devices, ahead }).unwrap()
    }
}

fn proof(of: &DeviceList) -> ListProof {
    ListProof { links: vec![of.link().unwrap().to_proto()] }
}

// spec: CLIENT-67
#[test]
fn a_list_that_is_not_right_is_lost_and_nothing_else() {
    let mut world = World::new(true);
    let unsupported = vec![Event::Unsupported { from: world.alice.address() }];
    let (first, contact, _) = world.known();
    let second = world.sign(&first, 2, 0);
    let third = world.sign(&second, 3, 0);

    let (bobs, alices) = (world.bob.account_id(), world.alice.address());
    let another = world.bob.perform(&Known(bobs)).unwrap().0;
    assert_eq!(world.push(another.signed(), None), unsupported);
    let mut forged = second.signed().clone();
    forged.signature[5] ^= 1;
    assert_eq!(world.push(&forged, None), unsupported);
    let early = world.sign(&first, 2, 2);
    assert_eq!(world.push(early.signed(), None), unsupported);
    // a proof of another list, one that is no link of it, and one that is longer than there are epochs
    assert_eq!(world.push(third.signed(), Some(proof(&third))), unsupported);
    let strange = ListLink { parents: vec![9; 32], body_hash: vec![9; 32] };
    assert_eq!(world.push(third.signed(), Some(ListProof { links: vec![strange] })), unsupported);
    let after = world.known();
    assert_eq!((after.0.name(), after.1, after.2), (first.name(), contact, 0));
    assert_eq!(world.talk(), 1);

    // the right one with the right proof
    let told = world.push(third.signed(), Some(proof(&second)));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|event| matches!(event, Event::DeviceAdded { .. })));
    // then it again, and those before it, say nothing
    for late in [&third, &second, &first] {
        assert_eq!(world.push(late.signed(), None), []);
    }
    let (list, contact, debts) = world.known();
    assert_eq!((list.name(), contact.unwrap().list_epoch, debts), (third.name(), 3, 0));
    assert!(list.device_ids().any(|id| id == alices.device));
    assert_eq!(world.talk(), 1);
}

#[test]
fn a_wrong_list_among_many_envelopes_takes_nothing_else_back() {
    let mut world = World::new(true);
    let (first, ..) = world.known();
    let second = world.sign(&first, 2, 0);
    let mut forged = second.signed().clone();
    forged.signature[5] ^= 1;
    let (to, from) = (world.bob.address(), world.alice.address());
    let [wrong, right] = [&forged, second.signed()].map(|list| {
        let push = DeviceListPush { list: Some(list.clone()), proof: None };
        let control = Control { device_list: Some(push), ..Control::default() };
        world.alice.perform(&SendRaw(to, control)).unwrap()
    });
    let envelopes = [&wrong, &right, &wrong].map(|bytes| Receive { from, bytes });
    let told = world.bob.perform(&ReceiveMany { envelopes: &envelopes }).unwrap();
    let events = told.into_iter().map(|items| items.map(|items| items[0].event.clone()));
    let events: Vec<_> = events.collect();
    assert_eq!(events[0], Ok(Event::Unsupported { from }));
    assert!(matches!(events[1], Ok(Event::DeviceAdded { .. })), "{events:?}");
    assert_eq!(events[2], Err(Error::Duplicate), "its key was consumed");
    assert_eq!(world.known().0.name(), second.name());
}

#[test]
fn skipped_epochs_without_a_proof_are_taken_and_the_proof_is_asked_for() {
    let mut world = World::new(true);
    let (first, ..) = world.known();
    let second = world.sign(&first, 2, 0);
    let third = world.sign(&second, 2, 0);
    assert_eq!(world.push(third.signed(), None).len(), 1);
    let (list, _, debts) = world.known();
    assert_eq!((list.name(), debts), (third.name(), 1));
    // the proof alone is enough, and then nothing is asked
    assert_eq!(world.push(third.signed(), Some(proof(&second))), []);
    world.clock.set(world.clock.get() + DAY_MS / 24);
    let done = world.bob.perform(&Maintain).unwrap();
    assert_eq!((done.outgoing, world.known().2), (vec![], 0));
}

#[test]
fn a_device_that_pushes_its_own_removal_is_gone() {
    let mut world = World::new(true);
    let (first, ..) = world.known();
    let without = world.sign(&first, 1, 0);
    let told = world.push(without.signed(), None);
    assert!(matches!(told[..], [Event::DeviceAdded { .. }, Event::DeviceRemoved { .. }]), "{told:?}");
    let sent = world.alice.send(&world.bob.account_id(), b"still here?").unwrap();
    for out in sent.outgoing {
        assert_eq!(world.bob.receive(&world.alice.address(), &out.bytes).err(), Some(Error::NoSession));
    }
    let sent = world.bob.send(&world.alice.account_id(), b"to the new one").unwrap();
    assert_eq!((sent.outgoing.len(), sent.unreached.len()), (0, 1));
    world.bob.perform(&Maintain).unwrap();
}

// spec: CLIENT-66
#[test]
fn a_list_that_does_not_exist_is_asked_for_three_times() {
    let mut world = World::new(true);
    world.alice.perform(&Boast(u32::MAX)).unwrap();
    assert_eq!(world.talk(), 1);
    let mut asked = 0;
    for _ in 0..30 {
        world.clock.set(world.clock.get() + DAY_MS);
        let done = world.bob.perform(&Maintain).unwrap();
        asked += done.outgoing.len();
    }
    // one of them is the proof of delivery
    assert_eq!((asked, world.known().2), (3 + 1, 0));
}

// spec: CLIENT-68
#[test]
fn strangers_get_no_answers() {
    for (accepted, debts) in [(false, 0), (true, 1)] {
        let mut world = World::new(accepted);
        let wish = KnownList { epoch: 1, hash: vec![9; 32] };
        let want = Control { want_device_list: Some(wish), ..Control::default() };
        assert_eq!(world.raw(want.clone()), []);
        assert_eq!(world.raw(want), []);
        assert_eq!(world.known().2, debts, "one debt for any number of wishes");
        world.alice.perform(&Boast(7)).unwrap();
        world.talk();
        assert_eq!(world.known().2, 2 * debts);
    }
}

// spec: CLIENT-74
#[test]
fn contacts_are_taken_from_own_devices_alone() {
    let mut world = World::new(true);
    let control =
        Control { linked_contacts: Some(LinkedContacts { contacts: vec![] }), ..Control::default() };
    assert_eq!(world.raw(control), [Event::Unsupported { from: world.alice.address() }]);
}
