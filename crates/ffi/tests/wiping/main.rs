//! Freed memory holds no key and no text: an allocator looks for them in every block that is given back, in
//! the lives that are played here.
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

mod in_c;
mod life;
mod watch;

use core::cell::RefCell;
use std::{collections::BTreeSet, hint::black_box};

use entrenous::{Client, Cost, Created, Error, MemoryStore, StoreLock};
use entrenous_ratchet::{Limits, Looked, NextRatchetKey, Session, SkippedBlock};
use entrenous_store_sqlite::SqliteStore;
use entrenous_testkit::{
    device::{TODAY, TestDevice},
    pair::Pair,
    peer::Peer,
    person::store_key,
    rng::ScriptedRng,
    sealed,
    sender_keys::{Listener, Speaker, sender},
};
use entrenous_wire::{
    Strict,
    envelope::Envelope,
    proto::{ReceivingKeyRecord, SendingKeyRecord, SessionRecord, SkippedKeysRecord},
};
use zeroize::Zeroizing;

use life::{Drawn, NotingEnv, life};
use watch::leaks;

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
    assert_wiped("forgetting", established, |[alice, _]| drop(alice.session.keep_old_chains(TODAY, 0)));
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

/// Plays the life in memory; what was drawn, and every secret of it.
fn learned() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (drawn, keys) = (Drawn::default(), RefCell::new(BTreeSet::new()));
    let stores = [(); 10].map(|()| MemoryStore::new());
    let learn = || keys.borrow_mut().extend(stores.iter().flat_map(keys_in));
    life(&|number| stores[number].clone(), &learn, &drawn);
    let drawn = drawn.take();
    let known = [CONTENT.to_vec(), store_key().as_bytes().to_vec()];
    let keys = keys.take();
    assert!(keys.len() > 90, "{} keys in records", keys.len());
    (drawn.clone(), drawn.into_iter().chain(known).chain(keys).collect())
}

/// The keys in the records of sessions, of skipped keys and of sender keys.
fn keys_in(disk: &MemoryStore) -> Vec<Vec<u8>> {
    let keys = disk.dump().into_iter().map(|(name, record)| {
        let plain = sealed::open(&name, &record);
        let record = &plain[1..];
        if let Ok(session) = Session::from_record(record, Limits::default()) {
            secrets_of(&session)
        } else if let Ok(skipped) = SkippedKeysRecord::decode_strict(record) {
            skipped.keys.chunks(32).map(<[u8]>::to_vec).collect()
        } else if let Ok(sending) = SendingKeyRecord::decode_strict(record) {
            vec![sending.chain.clone(), sending.signing_seed.clone()]
        } else if let Ok(receiving) = ReceivingKeyRecord::decode_strict(record) {
            vec![receiving.chain.clone()]
        } else {
            Vec::new()
        }
    });
    keys.flatten().collect()
}

fn in_memory(drawn: &Drawn) {
    let stores = [(); 10].map(|()| MemoryStore::new());
    life(&|number| stores[number].clone(), &|| (), drawn);
}

fn in_files(drawn: &Drawn) {
    let folder = tempfile::tempdir().unwrap();
    let open = |number| SqliteStore::open(folder.path().join(format!("private/{number}.db"))).unwrap();
    life(&open, &|| (), drawn);
}

fn assert_clients_wipe(live: fn(&Drawn)) {
    let (learned, secrets) = learned();
    let drawn = Drawn::default();
    // the list itself is not to be given back when it grows
    drawn.borrow_mut().reserve(learned.len());
    let found = leaks(&secrets, || live(&drawn));
    assert_eq!(*drawn.borrow(), learned, "the same life");
    assert_eq!(found, 0, "blocks with keys or texts in them were given back");
}

#[test]
fn clients_wipe_what_they_free() {
    assert_clients_wipe(in_memory);
}

#[test]
fn clients_on_a_file_wipe_what_they_free() {
    assert_clients_wipe(in_files);
}

const PASSPHRASES: [&[u8]; 2] = [b"nobody will think of this one", b"and of this one nobody either"];

fn cheapest() -> Cost {
    Cost::new(Cost::MIN_MEMORY_KIB, Cost::MIN_PASSES, 1).unwrap()
}

fn known() -> impl Iterator<Item = Vec<u8>> {
    PASSPHRASES.into_iter().chain([CONTENT.as_slice()]).map(<[u8]>::to_vec)
}

/// Does `work` twice: to learn what is drawn, and watched for that, the passphrases and what is written.
fn assert_drawn_is_wiped(work: impl Fn(&mut NotingEnv)) {
    let drawn = Drawn::default();
    work(&mut NotingEnv::new(1, &drawn));
    let secrets: Vec<_> = drawn.take().into_iter().chain(known()).collect();
    drawn.borrow_mut().reserve(secrets.len());
    let mut env = NotingEnv::new(1, &drawn);
    assert_eq!(
        leaks(&secrets, || work(&mut env)),
        0,
        "blocks with keys or passphrases in them were given back"
    );
}

#[test]
fn a_lock_wipes_what_it_frees() {
    assert_drawn_is_wiped(|env| {
        let mut store = MemoryStore::new();
        let [old, new] = PASSPHRASES.map(|passphrase| Zeroizing::new(passphrase.to_vec()));
        let key = StoreLock::put_on(&mut store, &old, cheapest(), env).unwrap();
        StoreLock::change(&mut store, &old, &new, cheapest(), env).unwrap();
        assert_eq!(StoreLock::open(&store, &old).err(), Some(Error::WrongPassphrase));
        assert_eq!(StoreLock::open(&store, &new).unwrap().as_bytes(), key.as_bytes());
    });
}

#[test]
fn a_recovery_file_wipes_what_it_frees() {
    assert_drawn_is_wiped(|env| {
        let [right, wrong] = PASSPHRASES.map(|passphrase| Zeroizing::new(passphrase.to_vec()));
        let drawn = env.beside(2);
        let Created { mut client, recovery } =
            Client::create(MemoryStore::new(), &store_key(), drawn).unwrap();
        let file = client.recovery_file(&right, cheapest()).unwrap();
        assert!(file.open(&wrong).is_err());
        let code = file.open(&right).unwrap();
        assert_eq!(*code.text(), *recovery.text());
        env.note(code.text().as_bytes());
    });
}

#[test]
fn what_c_frees_is_wiped() {
    assert_drawn_is_wiped(in_c::life);
}
