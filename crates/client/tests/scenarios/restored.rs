//! A store that is restored from an older state: it is noticed, no key is used twice, and every session is replaced.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{
    Client, Error, Event, Fault, Handshake, Item, Marker, MemoryStore, Store,
    marker::MARK_LEN,
    store::{Action, Change, FailureKind},
};
use entrenous_testkit::person::{Clock, MemoryMarker, Person, ScriptedEnv, contents, converse, store_key};

/// Alice on a store of which there are copies, and Bob.
struct Scene {
    clock: Clock,
    disk: MemoryStore,
    marker: MemoryMarker,
    alice: Person,
    bob: Person,
}

impl Scene {
    fn new() -> Self {
        let (clock, disk, marker) = (Clock::at_day(20_000), MemoryStore::new(), MemoryMarker::default());
        let mut alice = Person::create(disk.clone(), 1, &clock).expect("scripted");
        let mut bob = Person::on_clock(2, &clock);
        alice.start(&bob, 0).expect("genuine");
        converse(&mut alice, &mut bob);
        let mut scene = Self { clock, disk, marker, alice, bob };
        scene.open(10).expect("never marked before");
        assert_eq!(scene.alice.client.inbox(), Ok(Vec::new()));
        scene
    }

    /// Alice's process begins anew.
    fn open(&mut self, seed: u64) -> Result<(), Error> {
        let env = ScriptedEnv::new(seed, &self.clock);
        let client = Client::open(self.disk.clone(), &store_key(), env)?;
        self.alice.client = client.with_marker(self.marker.clone())?;
        Ok(())
    }

    /// What Bob is told by all that is in Alice's outbox.
    fn alice_to_bob(&mut self) -> Vec<Item> {
        carry(&mut self.alice, &mut self.bob)
    }
}

fn carry(from: &mut Person, to: &mut Person) -> Vec<Item> {
    let mut items = Vec::new();
    for outgoing in from.client.outbox().expect("readable") {
        match to.client.receive(&from.address(), &outgoing.bytes) {
            Ok(told) => items.extend(told),
            Err(error) => assert_eq!(error, Error::Duplicate),
        }
        from.client.handed_over(outgoing.number.as_slice()).expect("in the outbox");
    }
    let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
    to.client.acknowledge(&numbers).expect("in the inbox");
    items
}

fn has(items: &[Item], expected: impl Fn(&Event) -> bool) -> bool {
    items.iter().any(|item| expected(&item.event))
}

#[test]
fn opening_again_and_again_is_no_restoral() {
    let mut scene = Scene::new();
    for seed in 20..25 {
        scene.open(seed).expect("marked");
    }
    // the process ended between the commit and the writing of the mark
    scene.marker.broken = true;
    for seed in 30..33 {
        assert!(matches!(scene.open(seed), Err(Error::Marker(_))));
    }
    scene.marker.broken = false;
    scene.open(40).expect("marked");
    assert_eq!(scene.alice.client.inbox(), Ok(Vec::new()));
    converse(&mut scene.alice, &mut scene.bob);
}

/// A place whose process ends after so many writes.
struct Ending {
    place: MemoryMarker,
    writes: u32,
}

impl Marker for Ending {
    type Error = std::io::Error;

    fn read(&mut self) -> std::io::Result<Option<[u8; MARK_LEN]>> {
        self.place.read()
    }

    fn write(&mut self, mark: &[u8; MARK_LEN]) -> std::io::Result<()> {
        self.writes = self.writes.checked_sub(1).ok_or(std::io::ErrorKind::Interrupted)?;
        self.place.write(mark)
    }
}

/// Processes that end at every point of marking a store whose place has no mark: a new one, and one that was marked.
// spec: CLIENT-82
#[test]
fn a_marking_that_is_cut_off_is_no_restoral_and_a_restoral_is_told_once() {
    for marked in [false, true] {
        let mut scene = Scene::new();
        if !marked {
            scene.disk = MemoryStore::new();
            scene.alice = Person::create(scene.disk.clone(), 3, &scene.clock).expect("scripted");
        }
        scene.marker.set(None);
        for (seed, writes) in [(20, 0), (21, 1), (22, 0), (23, 0)] {
            let env = ScriptedEnv::new(seed, &scene.clock);
            let client = Client::open(scene.disk.clone(), &store_key(), env).expect("an account");
            let place = Ending { place: scene.marker.clone(), writes };
            assert!(matches!(client.with_marker(place), Err(Error::Marker(_))));
        }
        scene.open(40).expect("the place can be written");
        let inbox = scene.alice.client.inbox().expect("readable");
        let told = inbox.iter().filter(|item| item.event == Event::StoreRestored).count();
        assert_eq!(told, usize::from(marked));
    }
}

// spec: CLIENT-82
#[test]
fn an_older_store_a_missing_mark_and_another_mark_are_noticed_once() {
    for kind in 0..3 {
        let mut scene = Scene::new();
        let backup = scene.disk.copy();
        // two openings later neither of the marks that the backup knows is there
        scene.open(20).expect("marked");
        scene.open(21).expect("marked");
        match kind {
            0 => scene.disk.restore(&backup),
            1 => scene.marker.set(None),
            _ => scene.marker.set(Some([1; 16])),
        }
        scene.open(30).expect("marked");
        scene.open(31).expect("marked");
        let inbox = scene.alice.client.inbox().expect("readable");
        assert!(matches!(inbox.as_slice(), [Item { event: Event::StoreRestored, .. }]), "{inbox:?}");
    }
}

/// One opening since the backup is enough.
#[test]
fn a_backup_of_the_session_before_is_noticed() {
    let mut scene = Scene::new();
    let backup = scene.disk.copy();
    scene.open(20).expect("marked");
    converse(&mut scene.alice, &mut scene.bob);
    scene.disk.restore(&backup);
    scene.open(21).expect("marked");
    assert!(has(&scene.alice.client.inbox().expect("readable"), |event| *event == Event::StoreRestored));
}

// spec: CLIENT-83, CLIENT-84
#[test]
fn after_a_restoral_every_session_is_replaced_before_anything_is_sent() {
    let mut scene = Scene::new();
    let backup = scene.disk.copy();
    for seed in [20, 21] {
        scene.open(seed).expect("marked");
        converse(&mut scene.alice, &mut scene.bob);
    }
    for (restoral, bundle) in (0..3).zip(1..) {
        scene.clock.pass_ms(3 * 3_600_000);
        scene.disk.restore(&backup);
        scene.open(30 + restoral).expect("marked");
        let bob = scene.bob.client.account_id();
        let sent = scene.alice.client.send(&bob, b"waits").expect("a contact");
        assert_eq!((sent.outgoing, sent.unreached), (Vec::new(), vec![scene.bob.address()]));

        let bundle = scene.bob.upload.bundles.get(bundle).expect("fifty");
        let started = scene.alice.client.start_session(&bob, bundle).expect("genuine");
        assert_eq!(started.handshake, Handshake::Reset);
        let told = scene.alice_to_bob();
        assert!(has(&told, |event| matches!(event, Event::SessionReset { .. })), "{told:?}");
        assert!(contents(&told).contains(&b"waits".to_vec()), "{told:?}");
        assert!(!has(&told, |event| matches!(event, Event::CloneSuspected { .. })), "{told:?}");
        // what Bob had sent and Alice has not proved comes again, and then both go on
        carry(&mut scene.bob, &mut scene.alice);
        converse(&mut scene.alice, &mut scene.bob);
        converse(&mut scene.bob, &mut scene.alice);
    }
}

#[test]
fn receiving_in_the_old_sessions_goes_on() {
    let mut scene = Scene::new();
    let late = scene.bob.send(&scene.alice, b"under way");
    scene.marker.set(None);
    scene.open(20).expect("marked");
    assert_eq!(scene.alice.receive(&scene.bob, &late), Ok(b"under way".to_vec()));
    // and a session that the other side begins is as good as one of ours
    let (account, bundle) = (scene.alice.client.account_id(), scene.alice.upload.bundles[0].clone());
    let options = entrenous::StartOptions { replace: true, ..Default::default() };
    let start = entrenous::operation::StartSession { expected: Some(account), bundle: &bundle, options };
    scene.bob.client.perform(&start).expect("genuine");
    converse(&mut scene.bob, &mut scene.alice);
}

// spec: CLIENT-134
#[test]
fn a_store_that_is_brought_back_under_an_open_client_is_noticed() {
    // with a mark that stays, and with one that is brought back along with the store
    for comes_back in [false, true] {
        let mut scene = Scene::new();
        let (backup, mark) = (scene.disk.copy(), scene.marker.mark());
        scene.open(20).expect("marked");
        for _ in 0..3 {
            scene.alice.client.check_marker(scene.marker.clone()).expect("marked");
        }
        assert_eq!(scene.alice.client.inbox(), Ok(Vec::new()));
        converse(&mut scene.alice, &mut scene.bob);
        scene.disk.restore(&backup);
        if comes_back {
            scene.marker.set(mark);
        }
        for _ in 0..2 {
            scene.alice.client.check_marker(scene.marker.clone()).expect("marked");
            let inbox = scene.alice.client.inbox().expect("readable");
            assert!(matches!(inbox.as_slice(), [Item { event: Event::StoreRestored, .. }]), "{inbox:?}");
        }
        // and by whoever opens it next no second time
        scene.open(21).expect("marked");
        assert_eq!(scene.alice.client.inbox().expect("readable").len(), 1);
    }
}

// spec: CLIENT-134
#[test]
fn the_mark_of_an_open_client_changes_once_an_hour() {
    let mut scene = Scene::new();
    let mut changes = 0;
    for _ in 0..24 {
        let before = scene.marker.mark();
        scene.alice.client.check_marker(scene.marker.clone()).expect("marked");
        changes += u32::from(scene.marker.mark() != before);
        scene.clock.pass_ms(1_800_000);
    }
    assert_eq!(changes, 11);
    // what one process has changed another takes for its own
    let env = ScriptedEnv::new(50, &scene.clock);
    let mut other = Client::open(scene.disk.clone(), &store_key(), env).expect("an account");
    for _ in 0..3 {
        scene.clock.pass_ms(3_600_000);
        other.check_marker(scene.marker.clone()).expect("marked");
        scene.alice.client.check_marker(scene.marker.clone()).expect("marked");
    }
    assert_eq!(scene.alice.client.inbox(), Ok(Vec::new()));
}

/// The later state has published prekeys under the ids that come next in the older one.
// spec: CLIENT-135
#[test]
fn a_restored_store_publishes_anew_under_other_ids() {
    let mut scene = Scene::new();
    let backup = scene.disk.copy();
    let publish = |scene: &mut Scene| {
        let upload = scene.alice.client.publish_prekeys().expect("scripted").expect("something is due");
        scene.alice.client.prekeys_published(upload.number).expect("in the directory");
        upload
    };
    scene.open(20).expect("marked");
    scene.clock.pass_ms(8 * 86_400_000);
    let later = publish(&mut scene);
    scene.disk.restore(&backup);
    scene.open(21).expect("marked");
    let upload = publish(&mut scene);
    assert!(upload.replaces && upload.bundles.len() == 50 && upload.number > later.number);
    // who has a bundle of the later state can't be read; who has one of these can
    for (bundle, opens) in [(&later.last_resort, false), (&upload.bundles[0], true)] {
        let mut carol = Person::on_clock(77, &scene.clock);
        let alice = scene.alice.client.account_id();
        carol.client.start_session(&alice, bundle).expect("genuine");
        let bytes = carol.send(&scene.alice, b"hello");
        let received = scene.alice.client.receive(&carol.address(), &bytes);
        match opens {
            true => assert!(received.is_ok(), "{received:?}"),
            false => assert_eq!(received, Err(Error::KeyUnavailable), "not lost: it may be of another state"),
        }
    }
}

/// Marks that are damaged or gone under an open client can't say what was published since: as after a restoral.
// spec: CLIENT-80, CLIENT-134, CLIENT-135
#[test]
fn marks_that_are_damaged_or_gone_count_as_a_restoral_in_everything() {
    for gone in [false, true] {
        let mut scene = Scene::new();
        let before = scene.disk.dump();
        scene.clock.pass_ms(2 * 3_600_000);
        scene.alice.client.check_marker(scene.marker.clone()).expect("marked");
        scene.alice.client.check_marker(scene.marker.clone()).expect("marked");
        let after = scene.disk.dump();
        let (key, record) =
            after.iter().find(|(key, record)| before.get(*key) != Some(record)).expect("marks");
        let mut damaged = record.clone();
        damaged.bytes[30] ^= 1;
        let action = if gone { Action::Remove } else { Action::Put(damaged) };
        let change = Change { expected: Some(record.generation), action };
        let _ = scene.disk.clone().commit(&[(*key, change)].into_iter().collect()).expect("in memory");
        for _ in 0..2 {
            scene.alice.client.check_marker(scene.marker.clone()).expect("marked");
            let inbox = scene.alice.client.inbox().expect("readable");
            assert!(matches!(inbox.as_slice(), [Item { event: Event::StoreRestored, .. }]), "{inbox:?}");
        }
        let upload = scene.alice.client.publish_prekeys().expect("scripted").expect("it is due");
        assert!(upload.replaces && upload.number > 1 << 16, "{}", upload.number);
        // and by whoever opens it next no second time
        scene.open(20).expect("marked");
        assert_eq!(scene.alice.client.inbox().expect("readable").len(), 1);
    }
}

/// A marker whose place is full.
#[derive(Debug)]
struct FullPlace;

impl Marker for FullPlace {
    type Error = std::io::Error;

    fn kind(error: &std::io::Error) -> FailureKind {
        match error.kind() {
            std::io::ErrorKind::StorageFull => FailureKind::Full,
            _ => FailureKind::Other,
        }
    }

    fn read(&mut self) -> Result<Option<[u8; MARK_LEN]>, std::io::Error> {
        Ok(None)
    }

    fn write(&mut self, _: &[u8; MARK_LEN]) -> Result<(), std::io::Error> {
        Err(std::io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn a_marker_says_whose_fault_it_is() {
    let clock = Clock::at_day(20_000);
    let alice = Person::on_clock(1, &clock);
    let failed = alice.client.with_marker(FullPlace).expect_err("there is no room");
    assert!(matches!(failed, Error::Marker(_)) && failed.fault() == Fault::User, "{failed:?}");
    let mut bob = Person::on_clock(2, &clock);
    let failed = bob.client.check_marker(FullPlace).expect_err("there is no room");
    assert_eq!(failed.fault(), Fault::User);
    // a place that says no more is not to be relied on
    let mut marker = MemoryMarker::default();
    marker.broken = true;
    assert_eq!(bob.client.with_marker(marker).expect_err("broken").fault(), Fault::Store);
}

/// A store that is restored again and again begins sessions with higher and higher counters. A peer that got none of
/// them follows only so far.
// spec: CLIENT-30, CLIENT-84
#[test]
fn a_counter_that_is_far_above_the_highest_is_refused() {
    let mut scene = Scene::new();
    let account = scene.bob.client.account_id();
    let mut firsts = Vec::new();
    for seed in 0..2 {
        scene.clock.pass_ms(84 * 86_400_000);
        for person in [&mut scene.alice, &mut scene.bob] {
            person.client.maintain().expect("done");
            person.publish();
        }
        scene.marker.set(None);
        scene.open(20 + seed).expect("restored");
        scene.alice.client.start_session(&account, &scene.bob.upload.last_resort).expect("genuine");
        let sent = scene.alice.client.send(&account, b"hello").expect("a session");
        firsts.push(sent.outgoing.last().expect("sealed").bytes.clone());
    }
    let [first, second] = firsts.try_into().expect("two");
    let counter = |scene: &mut Scene| {
        let status = scene.alice.client.contact(&account).expect("known");
        status.devices[0].session.map(|session| session.counter)
    };
    assert_eq!(counter(&mut scene), Some(1 + 2 * ((1 << 15) + 1)));
    assert_eq!(scene.bob.client.receive(&scene.alice.address(), &second), Err(Error::Rejected));
    // after the one before it is near enough
    for bytes in [first, second] {
        scene.bob.client.receive(&scene.alice.address(), &bytes).expect("genuine");
        scene.clock.pass_ms(2 * 3_600_000);
    }
}

/// What a marker is for: without one, the restored device goes on in a session that is behind its peer's, until that notices.
/// How the two find together then: `rolled_back.rs`.
// spec: CLIENT-140
#[test]
fn without_a_marker_the_peer_notices_and_begins_anew() {
    let mut scene = Scene::new();
    let backup = scene.disk.copy();
    let first = scene.alice.send(&scene.bob, b"before");
    scene.bob.receive(&scene.alice, &first).expect("genuine");
    scene.disk.restore(&backup);
    let env = ScriptedEnv::new(99, &scene.clock);
    scene.alice.client = Client::open(scene.disk.clone(), &store_key(), env).expect("an account");
    let second = scene.alice.send(&scene.bob, b"after");
    assert_ne!(first[first.len() - 16..], second[second.len() - 16..], "another nonce");
    let told = scene.bob.client.receive(&scene.alice.address(), &second).expect("evidence");
    assert!(has(&told, |event| matches!(event, Event::CloneSuspected { .. })), "{told:?}");
    assert!(has(&told, |event| matches!(event, Event::NewSessionNeeded { .. })), "{told:?}");
    let (alice, bundle) = (scene.alice.client.account_id(), scene.alice.upload.bundles[7].clone());
    let missing = vec![scene.alice.address()];
    assert_eq!(scene.bob.client.missing_devices(&alice), Ok(missing));
    let started = scene.bob.client.start_session(&alice, &bundle).expect("asked for");
    assert_eq!(started.handshake, Handshake::Reset);
    carry(&mut scene.bob, &mut scene.alice);
    assert!(contents(&scene.alice_to_bob()).contains(&b"after".to_vec()));
    converse(&mut scene.alice, &mut scene.bob);
}

/// A bundle that is fetched for a session that would be refused is lost.
// spec: CLIENT-31, CLIENT-130
#[test]
fn a_session_is_missing_when_it_can_be_begun() {
    let mut scene = Scene::new();
    let (bob, missing) = (scene.bob.client.account_id(), vec![scene.bob.address()]);
    for (seed, wait_ms) in [(20, 0), (21, 3_600_000)] {
        scene.marker.set(None);
        scene.open(seed).expect("restored");
        let bundle = scene.bob.upload.bundles[usize::try_from(seed).expect("small")].clone();
        if wait_ms > 0 {
            assert_eq!(scene.alice.client.missing_devices(&bob), Ok(vec![]));
            let refused = scene.alice.client.start_session(&bob, &bundle);
            assert_eq!(refused.expect_err("one in an hour"), Error::TooManyResets);
            scene.clock.pass_ms(wait_ms);
        }
        assert_eq!(scene.alice.client.missing_devices(&bob), Ok(missing.clone()));
        let started = scene.alice.client.start_session(&bob, &bundle).expect("it was missing");
        assert_eq!(started.handshake, Handshake::Reset);
        carry(&mut scene.alice, &mut scene.bob);
    }
}
