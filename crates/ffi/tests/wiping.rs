//! Freed memory holds no key and no text: an allocator looks for them in every block that is given back, in every operation.
//!
//! Here, because a global allocator is `unsafe`, and this crate alone may have that. What is claimed is the heap: copies that the
//! compiler has left on the stack are not looked for. A block that grows counts as given back, whether or not it moves.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "test code"
)]

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::{Cell, RefCell},
    convert::Infallible,
    ptr,
};
use std::{alloc::System, hint::black_box, rc::Rc};

use entrenous::{Client, Env, MemoryStore, Recovery};
use entrenous_identity::Timestamp;
use entrenous_ratchet::{Limits, Looked, NextRatchetKey, Session, SkippedBlock};
use entrenous_testkit::{
    device::{TODAY, TestDevice, start_of},
    pair::Pair,
    peer::Peer,
    person::store_key,
    rng::ScriptedRng,
    sender_keys::{Listener, Speaker, sender},
};
use entrenous_wire::{
    Strict,
    envelope::Envelope,
    proto::{ReceivingKeyRecord, SendingKeyRecord, SessionRecord},
};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

/// Bytes of a secret that are looked for.
const WINDOW: usize = 16;
/// Windows that are looked for at once.
const MOST: usize = 512;

thread_local! {
    /// What is looked for in what this thread gives back, and how often it was found.
    static WATCH: Watch = const { Watch { windows: Cell::new([[0; WINDOW]; MOST]), count: Cell::new(0), found: Cell::new(0) } };
}

struct Watch {
    windows: Cell<[[u8; WINDOW]; MOST]>,
    count: Cell<usize>,
    found: Cell<usize>,
}

struct Watching;

// SAFETY: it hands everything on to the system's allocator
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's; zeroed, so that what others have left there is taken for nobody's
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        look(block, layout.size());
        // SAFETY: the caller's
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

fn look(block: *const u8, size: usize) {
    let _ = WATCH.try_with(|watch| {
        let count = watch.count.get();
        if count == 0 || size < WINDOW {
            return;
        }
        // SAFETY: it is read in place, while nobody else writes there
        let windows = unsafe { &*watch.windows.as_ptr() };
        for at in 0..=size - WINDOW {
            // SAFETY: within the block, which is still the caller's
            let window = unsafe { block.add(at) };
            // SAFETY: the same; what was never written there is read as it is
            let window: [u8; WINDOW] = unsafe { ptr::read_volatile(window.cast()) };
            if windows[..count].contains(&window) {
                watch.found.set(watch.found.get() + 1);
                break;
            }
        }
    });
}

/// The blocks with something of `secrets` in them that `work` gives back.
fn leaks(secrets: &[Vec<u8>], work: impl FnOnce()) -> usize {
    let mut windows = [[0; WINDOW]; MOST];
    let mut count = 0;
    for secret in secrets {
        for window in [secret.first_chunk(), secret.last_chunk()].into_iter().flatten() {
            windows[count] = *window;
            count += 1;
        }
    }
    assert!(count > 0, "nothing to look for");
    WATCH.with(|watch| {
        watch.windows.set(windows);
        watch.found.set(0);
        watch.count.set(count);
    });
    work();
    WATCH.with(|watch| {
        watch.count.set(0);
        watch.found.get()
    })
}

/// A secret that is given back as it is must be noticed, or else nothing here says anything.
#[test]
fn a_leak_is_found() {
    let secret: Vec<u8> = (1..=32).collect();
    let secrets = [secret.clone()];
    let copy = secret.clone();
    assert_eq!(leaks(&secrets, move || drop(black_box(copy))), 1);
    let mut grows = Vec::with_capacity(32);
    grows.extend_from_slice(&secret);
    assert_eq!(leaks(&secrets, || black_box(&mut grows).reserve_exact(64)), 1);
    assert_eq!(leaks(&secrets, || drop(black_box(vec![0; 64]))), 0);
    let (alice, _) = Pair::established(99);
    let record = alice.session.to_record();
    assert_eq!(leaks(&secrets_of(&alice.session), || drop(black_box(record.to_vec()))), 1);
}

/// The secrets in a session's record.
fn secrets_of(session: &Session) -> Vec<Vec<u8>> {
    let record = SessionRecord::decode_strict(&session.to_record()).unwrap();
    let mut secrets =
        vec![record.root.clone(), record.next_header_send.clone(), record.next_header_receive.clone()];
    if let Some(sending) = &record.sending {
        secrets.extend([sending.ratchet_secret.clone(), sending.chain.clone(), sending.header.clone()]);
    }
    if let Some(receiving) = &record.receiving {
        secrets.extend([receiving.chain.clone(), receiving.header.clone()]);
    }
    secrets.extend(record.old.chunks(40).map(|old| old[..32].to_vec()));
    secrets.extend(record.resumption.chunks(32).map(<[u8]>::to_vec));
    if let Some(epoch) = &record.post_quantum {
        secrets.extend(
            [epoch.seed.clone(), epoch.secret.clone()].into_iter().filter(|secret| secret.len() >= 32),
        );
    }
    secrets
}

/// Does `work` twice from the same state: to learn what secrets there are before and after it, and watched.
fn assert_wiped(name: &str, ends: impl Fn() -> [Peer; 2], work: impl Fn(&mut [Peer; 2])) {
    let mut learned = ends();
    let mut secrets: Vec<_> = learned.iter().flat_map(|end| secrets_of(&end.session)).collect();
    work(&mut learned);
    secrets.extend(learned.iter().flat_map(|end| secrets_of(&end.session)));
    secrets.push(CONTENT.to_vec());
    let mut watched = ends();
    let found = leaks(&secrets, || {
        work(&mut watched);
        drop(watched);
    });
    assert_eq!(found, 0, "{name}: blocks with secrets in them were given back");
}

const CONTENT: &[u8; 48] = b"nobody but the two of them is ever to read this.";

fn established() -> [Peer; 2] {
    let (alice, bob) = Pair::established(1);
    [alice, bob]
}

/// Opens `bytes` into a buffer that wipes itself, as a client does, and commits.
fn open(end: &mut Peer, bytes: &[u8]) {
    let envelope = Envelope::parse(bytes).unwrap();
    let Ok(Looked::Message(located)) = end.session.locate(&envelope, TODAY) else {
        panic!("not for this session")
    };
    let needed = located.needed().to_vec();
    let records = needed.iter().filter_map(|id| end.skipped.get(id));
    let records = records.map(|record| SkippedBlock::from_record(record).unwrap()).collect();
    let mut out = Zeroizing::new(Vec::new());
    let committed = located.open(records, &mut out).unwrap().commit();
    let changes = committed.records;
    end.store(changes);
}

#[test]
fn sessions_wipe_what_they_free() {
    assert_wiped("seal and open", established, |[alice, bob]| {
        for _ in 0..3 {
            let sent = alice.seal(CONTENT).unwrap();
            open(bob, &sent);
        }
    });
    assert_wiped("turns", established, |[alice, bob]| {
        for _ in 0..40 {
            let sent = bob.seal(CONTENT).unwrap();
            open(alice, &sent);
            let sent = alice.seal(CONTENT).unwrap();
            open(bob, &sent);
        }
    });
    assert_wiped("turns that are computed ahead", established, |[alice, bob]| {
        bob.session.turn_ahead(NextRatchetKey::draw(&mut ScriptedRng::new(5)).unwrap());
        let sent = bob.seal(CONTENT).unwrap();
        assert!(alice.session.look_ahead(&Envelope::parse(&sent).unwrap()));
        open(alice, &sent);
        alice.session.turn_ahead(NextRatchetKey::draw(&mut ScriptedRng::new(6)).unwrap());
    });
    assert_wiped("records", established, |[alice, bob]| {
        for end in [alice, bob] {
            let record = end.session.to_record();
            end.session = Session::from_record(&record, Limits::default()).unwrap();
        }
    });
    assert_wiped("refusals", established, |[alice, bob]| {
        let mut sent = alice.seal(CONTENT).unwrap();
        let last = sent.len() - 1;
        sent[last] ^= 1;
        let envelope = Envelope::parse(&sent).unwrap();
        let mut out = Zeroizing::new(Vec::new());
        if let Ok(Looked::Message(located)) = bob.session.locate(&envelope, TODAY) {
            assert!(located.open(Vec::new(), &mut out).is_err());
        }
    });
    assert_wiped("retiring", established, |[alice, _]| drop(alice.session.retire(TODAY)));
}

#[test]
fn handshakes_wipe_what_they_free() {
    let devices = || [1, 2].map(TestDevice::new);
    let [alice, bob] = devices();
    let learned = Session::initiate(alice.initiate(&bob, true, 3), Limits::default());
    let mut secrets = secrets_of(&learned);
    for device in [&alice, &bob] {
        let record =
            entrenous_wire::proto::DeviceKeysRecord::decode_strict(&device.keys.to_record()).unwrap();
        secrets.extend([record.signing_seed.clone(), record.agreement_secret.clone()]);
        for prekey in [device.signed.to_record(), device.one_time.to_record()] {
            let record = entrenous_wire::proto::PrekeyRecord::decode_strict(&prekey).unwrap();
            secrets.extend([record.curve.clone(), record.kem_seed.clone()]);
        }
    }
    drop(learned);
    let found = leaks(&secrets, || {
        let [alice, bob] = devices();
        let secret = alice.initiate(&bob, true, 3);
        let handshake = secret.handshake.clone();
        let session = Session::initiate(secret, Limits::default());
        drop(bob.respond(&handshake).unwrap());
        drop(session);
    });
    assert_eq!(found, 0);
}

#[test]
fn sender_keys_wipe_what_they_free() {
    let run = |secrets: &mut Vec<Vec<u8>>| {
        let mut speaker = Speaker::new(sender(1, 1), 1);
        let mut learn = |speaker: &Speaker| {
            let record = SendingKeyRecord::decode_strict(&speaker.key.to_record()).unwrap();
            secrets.extend([record.chain.clone(), record.signing_seed.clone()]);
        };
        learn(&speaker);
        for _ in 0..3 {
            speaker.seal(CONTENT);
            learn(&speaker);
        }
    };
    let mut secrets = Vec::new();
    run(&mut secrets);
    let found = leaks(&secrets, || {
        let mut speaker = Speaker::new(sender(1, 1), 1);
        for _ in 0..3 {
            speaker.seal(CONTENT);
        }
        drop(speaker.key.to_record());
    });
    assert_eq!(found, 0, "sealing");

    // what is received is in records of the test's, which it keeps
    let mut speaker = Speaker::new(sender(1, 1), 1);
    let given = Zeroizing::new(speaker.distribution());
    let mut listener = Listener::default();
    let id = listener.accept(&given, sender(1, 1)).unwrap().unwrap();
    let record = ReceivingKeyRecord::decode_strict(&listener.key(id).unwrap().to_record()).unwrap();
    let secrets = [record.chain.clone()];
    let sent = speaker.seal(CONTENT);
    let found = leaks(&secrets, || {
        let mut key = listener.key(id).unwrap();
        let message = entrenous_wire::group_message::GroupMessage::parse(&sent).unwrap();
        let mut out = Zeroizing::new(Vec::new());
        let _ = key.locate(&message).unwrap().open(None, &mut out).unwrap().commit();
    });
    assert_eq!(found, 0, "opening");
}

/// Randomness that is noted: keys and seeds are what is drawn by 32 or 64 bytes.
struct Noting(ScriptedRng, Rc<RefCell<Vec<Vec<u8>>>>);

impl TryRng for Noting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)?;
        if matches!(bytes.len(), 32 | 64) {
            self.1.borrow_mut().push(bytes.to_vec());
        }
        Ok(())
    }
}

impl TryCryptoRng for Noting {}

struct NotingEnv(Noting);

impl Env for NotingEnv {
    type Rng = Noting;

    fn rng(&mut self) -> &mut Noting {
        &mut self.0
    }

    fn now(&self) -> Timestamp {
        start_of(TODAY)
    }
}

type Drawn = Rc<RefCell<Vec<Vec<u8>>>>;

fn env(seed: u64, drawn: &Drawn) -> NotingEnv {
    NotingEnv(Noting(ScriptedRng::new(seed), drawn.clone()))
}

/// Two accounts, a session, some turns, a second process, and a third device: what it draws is noted.
fn life(drawn: &Drawn) {
    let disk = MemoryStore::new();
    let mut alice = Client::create(disk.clone(), &store_key(), env(1, drawn)).unwrap().client;
    let created = Client::create(MemoryStore::new(), &store_key(), env(2, drawn)).unwrap();
    let (mut bob, code) = (created.client, created.recovery);
    let upload = bob.publish_prekeys().unwrap().unwrap();
    bob.prekeys_published(upload.number).unwrap();
    alice.start_session(&bob.account_id(), &upload.bundles[0]).unwrap();
    for round in 0..6 {
        if round == 3 {
            drop(alice);
            alice = Client::open(disk.clone(), &store_key(), env(3, drawn)).unwrap();
        }
        talk(&mut alice, &mut bob);
        talk(&mut bob, &mut alice);
    }
    let recovery = Recovery { code: &code, newest: &upload.last_resort, lost: &[] };
    drop(Client::recover(MemoryStore::new(), &store_key(), env(4, drawn), &recovery).unwrap());
}

fn talk(from: &mut Client<MemoryStore, NotingEnv>, to: &mut Client<MemoryStore, NotingEnv>) {
    let sent = from.send(&to.account_id(), CONTENT).unwrap();
    for out in sent.outgoing {
        from.handed_over(out.number.as_slice()).unwrap();
        let items = to.receive(&from.address(), &out.bytes).unwrap();
        let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
        to.acknowledge(&numbers).unwrap();
    }
}

/// Texts are never on the stack as a whole.
#[test]
fn clients_wipe_the_texts_that_they_free() {
    let drawn = Drawn::default();
    assert_eq!(leaks(&[CONTENT.to_vec()], || life(&drawn)), 0);
}

/// `cargo test -p entrenous-ffi --test wiping -- --ignored`
///
/// Keys are on the stack while they are made, and a value with room that is empty, such as a record's name, takes along to the
/// heap whatever the stack had there: so this holds in some builds and finds one block in others.
#[test]
#[ignore = "what moves leave on the stack comes to the heap in some builds"]
fn clients_wipe_the_keys_that_they_free() {
    let learned = Drawn::default();
    life(&learned);
    let mut secrets = learned.take();
    // of hundreds of one-time prekeys some will do: the first ones are used
    secrets.truncate(MOST / 2 - 2);
    secrets.extend([CONTENT.to_vec(), store_key().as_bytes().to_vec()]);
    let drawn = Drawn::default();
    drawn.borrow_mut().reserve(4096);
    let found = leaks(&secrets, || life(&drawn));
    assert!(drawn.borrow().starts_with(&secrets[..secrets.len() - 2]), "the same life");
    assert_eq!(found, 0);
}
