//! Device lists reach everybody who has a session, with what proves their place in the chain; and who has stolen the
//! account key gets no messages.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Address, Client, Error, Event, MemoryStore};
use entrenous_testkit::{
    linked::link,
    person::{Clock, Person, ScriptedEnv, converse, store_key},
    post::Post,
};

const HOUR_MS: u64 = 3_600_000;

/// Alice's phone on a store that can be copied, and Bob, who have read messages of one another.
struct Pair {
    clock: Clock,
    post: Post,
    store: MemoryStore,
    phone: Person,
    bob: Person,
}

impl Pair {
    fn new() -> Self {
        let (clock, store) = (Clock::at_day(20_000), MemoryStore::new());
        let mut phone = Person::create(store.clone(), 1, &clock).expect("scripted");
        let mut bob = Person::on_clock(2, &clock);
        phone.start(&bob, 0).expect("genuine");
        converse(&mut phone, &mut bob);
        let mut pair = Self { clock, post: Post::default(), store, phone, bob };
        pair.settle();
        pair
    }

    fn settle(&mut self) -> Vec<(Address, Event)> {
        self.post.upkeep(&mut [&mut self.phone, &mut self.bob])
    }

    /// Links a device that is never seen again.
    fn link(&mut self, seed: u64) -> Address {
        link(&mut self.phone, MemoryStore::new(), seed, &self.clock).address()
    }

    /// All that waits in the phone's outbox is lost.
    fn lose(&mut self) {
        while self.phone.client.maintain().expect("idle").more {}
        let numbers: Vec<u64> =
            self.phone.client.outbox().expect("readable").iter().filter_map(|out| out.number).collect();
        self.phone.client.handed_over(&numbers).expect("in the outbox");
    }

    /// Whether nothing is on its way any more, not even after two days.
    fn is_quiet(&mut self) -> bool {
        for _ in 0..4 * 24 {
            self.clock.pass_ms(HOUR_MS);
            self.settle();
        }
        let carried = self.post.carried;
        for _ in 0..48 {
            self.clock.pass_ms(HOUR_MS);
            self.settle();
        }
        self.post.carried == carried
    }
}

/// The events about devices of Alice that Bob has, in order.
fn about_devices(events: &[(Address, Event)], at: &Person) -> Vec<Event> {
    let kind = |event: &Event| {
        matches!(
            event,
            Event::DeviceAdded { .. } | Event::DeviceRemoved { .. } | Event::DeviceListForked { .. }
        )
    };
    let mine = events.iter().filter(|(to, event)| *to == at.address() && kind(event));
    mine.map(|(_, event)| event.clone()).collect()
}

// spec: CLIENT-64
#[test]
fn a_new_list_is_pushed_to_contacts_before_anything_else() {
    let mut pair = Pair::new();
    let tablet = pair.link(11);
    // no maintenance: the next message brings the list along
    pair.phone.client.send(&pair.bob.client.account_id(), b"next").expect("known");
    let events = pair.post.carry(&mut [&mut pair.phone, &mut pair.bob]);
    let bobs: Vec<&Event> =
        events.iter().filter(|(at, _)| *at == pair.bob.address()).map(|(_, event)| event).collect();
    assert!(
        matches!(bobs[..], [Event::DeviceAdded { device }, Event::Message(_)] if *device == tablet),
        "{bobs:?}"
    );
    assert!(about_devices(&pair.settle(), &pair.bob).is_empty(), "once");
    assert!(pair.is_quiet());
}

// spec: CLIENT-66, CLIENT-68
#[test]
fn who_was_away_during_five_changes_asks_for_the_newest_and_its_proof() {
    let mut pair = Pair::new();
    for seed in [11, 12] {
        let device = pair.link(seed);
        pair.phone.client.remove_device(device.device).expect("the primary");
    }
    let last = pair.link(13);
    // every push is lost
    pair.lose();
    pair.phone.client.send(&pair.bob.client.account_id(), b"still here").expect("known");
    let events = pair.post.carry(&mut [&mut pair.phone, &mut pair.bob]);
    assert!(about_devices(&events, &pair.bob).is_empty());
    let before = pair.post.carried;
    pair.settle();
    assert_eq!(pair.post.carried, before, "nobody is told at once when Bob is online");
    let mut events = Vec::new();
    for _ in 0..3 {
        pair.clock.pass_ms(HOUR_MS);
        events.extend(pair.settle());
    }
    assert_eq!(about_devices(&events, &pair.bob), [Event::DeviceAdded { device: last }]);
    let carried = pair.post.carried - before;
    assert!((2..=3).contains(&carried), "a wish, the list, and perhaps a proof of delivery: {carried}");
    assert!(pair.is_quiet());
}

#[test]
fn a_push_that_comes_after_what_states_it_is_asked_for_by_nobody() {
    let mut pair = Pair::new();
    pair.link(11);
    pair.phone.client.send(&pair.bob.client.account_id(), b"next").expect("known");
    let mut envelopes: Vec<_> = pair.phone.client.outbox().expect("readable");
    envelopes.retain(|out| out.to == pair.bob.address().into());
    assert_eq!(envelopes.len(), 2);
    for out in envelopes.iter().rev() {
        pair.bob.client.receive(&pair.phone.address(), &out.bytes).expect("genuine");
    }
    pair.lose();
    assert!(pair.is_quiet());
    assert_eq!(pair.post.carried, 2, "proofs of delivery");
}

// spec: CLIENT-72
#[test]
fn a_linked_device_proves_lists_that_are_older_than_it() {
    let mut pair = Pair::new();
    let first = pair.link(11);
    pair.phone.client.remove_device(first.device).expect("the primary");
    let mut tablet = link(&mut pair.phone, MemoryStore::new(), 12, &pair.clock);
    // Bob gets nothing of it from the phone, but the tablet the phone's first messages
    let waiting = pair.phone.client.outbox().expect("readable");
    let at = tablet.address().into();
    for out in waiting.iter().filter(|out| out.to == at) {
        tablet.client.receive(&pair.phone.address(), &out.bytes).expect("genuine");
    }
    pair.lose();
    let bob = pair.bob.client.account_id();
    tablet.client.start_session(&bob, &pair.bob.upload.bundles[1]).expect("genuine");
    tablet.client.send(&bob, b"from the tablet").expect("known");
    let mut post = Post::default();
    let events = post.carry(&mut [&mut tablet, &mut pair.bob]);
    assert_eq!(about_devices(&events, &pair.bob), [Event::DeviceAdded { device: tablet.address() }]);
    let carried = post.carried;
    for _ in 0..3 {
        pair.clock.pass_ms(HOUR_MS);
        post.upkeep(&mut [&mut tablet, &mut pair.bob]);
    }
    assert_eq!(post.carried, carried + 2, "a wish, and the list with its proof");
    for _ in 0..4 * 24 {
        pair.clock.pass_ms(HOUR_MS);
        post.upkeep(&mut [&mut tablet, &mut pair.bob]);
    }
    let after = post.carried;
    for _ in 0..4 * 24 {
        pair.clock.pass_ms(HOUR_MS);
        post.upkeep(&mut [&mut tablet, &mut pair.bob]);
    }
    assert_eq!(post.carried, after, "it was the proof that was missing");
}

// spec: CLIENT-10, CLIENT-62, CLIENT-78
#[test]
fn a_thief_of_the_account_key_is_told_of_and_gets_nothing() {
    let mut pair = Pair::new();
    let stolen = pair.store.copy();
    let env = ScriptedEnv::new(66, &pair.clock);
    let mut thief = Person {
        client: Client::open(stolen, &store_key(), env).expect("a copy"),
        upload: pair.phone.upload.clone(),
        recovery_code: None,
    };
    let mut ghost = link(&mut thief, MemoryStore::new(), 13, &pair.clock);
    let tablet = pair.link(11);
    let told = pair.settle();
    assert_eq!(about_devices(&told, &pair.bob), [Event::DeviceAdded { device: tablet }]);

    // the ghost comes with the thief's list, which the account has signed as well
    let (alice, bob) = (pair.phone.client.account_id(), pair.bob.client.account_id());
    ghost.client.start_session(&bob, &pair.bob.upload.bundles[2]).expect("genuine");
    ghost.client.send(&bob, b"it's me").expect("known");
    let mut post = Post::default();
    let events = post.carry(&mut [&mut ghost, &mut pair.bob]);
    assert_eq!(events, [(pair.bob.address(), Event::DeviceListForked { account: alice })]);

    // nothing goes to a device that only one branch has
    let sent = pair.bob.client.send(&alice, b"who is who?").expect("known");
    let to: Vec<_> = sent.outgoing.iter().filter(|out| out.id.is_some()).map(|out| out.to).collect();
    assert_eq!(to, [pair.phone.address().into()]);
    assert!(sent.unreached.is_empty());
    let at = pair.bob.address().into();
    let again = ghost.client.send(&bob, b"again").expect("a session of its own");
    for out in again.outgoing.iter().filter(|out| out.to == at) {
        let heard = pair.bob.client.receive(&ghost.address(), &out.bytes).expect_err("no device of hers");
        assert!(matches!(heard, Error::Untrusted(_)), "{heard:?}");
    }

    // the ghost shows itself to the phone as well; whose next list names both branches, and ends the fork
    ghost.client.start_session(&alice, &pair.phone.upload.bundles[2]).expect("genuine");
    ghost.client.send(&alice, b"one of us").expect("an own device");
    let events = post.carry(&mut [&mut ghost, &mut pair.phone]);
    let told: Vec<_> = events.iter().filter(|(at, _)| *at == pair.phone.address()).collect();
    assert_eq!(told, [&(pair.phone.address(), Event::DeviceListForked { account: alice })]);
    let disputed = |phone: &mut Person| {
        let devices = phone.client.devices().expect("readable");
        devices.iter().filter(|device| device.disputed).map(|device| device.id).collect::<Vec<_>>()
    };
    assert_eq!(disputed(&mut pair.phone), [tablet.device]);
    let laptop = pair.link(14);
    assert!(disputed(&mut pair.phone).is_empty());
    let told = pair.settle();
    assert_eq!(about_devices(&told, &pair.bob), [Event::DeviceAdded { device: laptop }]);
    let sent = pair.bob.client.send(&alice, b"you again").expect("known");
    let mut waits = [tablet, laptop];
    waits.sort_unstable();
    assert_eq!(sent.unreached, waits);
}
