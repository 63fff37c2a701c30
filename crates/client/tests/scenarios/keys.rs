//! Whose store it is: the store key, and its lock with a passphrase.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous::{
    Client, Cost, Created, Error, MemoryStore, PassphraseError, Store, StoreKey, StoreLock,
    store::{Action, Change, Changes, Commit, Generation, Record, RecordKey},
};
use entrenous_testkit::person::{Clock, Person, ScriptedEnv, store_key};

fn env(seed: u64) -> ScriptedEnv {
    ScriptedEnv::new(seed, &Clock::at_day(20_000))
}

/// The least that is allowed: tests need not be slow.
fn cheap() -> Cost {
    Cost::new(Cost::MIN_MEMORY_KIB, Cost::MIN_PASSES, 1).expect("within the bounds")
}

/// The one record of a store that has nothing but a lock.
fn lock_of(store: &MemoryStore) -> (RecordKey, Record) {
    store.dump().into_iter().next().expect("a lock")
}

fn replace(store: &mut MemoryStore, key: RecordKey, before: Generation, bytes: Vec<u8>) {
    let mut changes = Changes::new();
    let action = Action::Put(Record { generation: before, bytes });
    changes.set(key, Change { expected: Some(before), action });
    assert_eq!(store.commit(&changes), Ok(Commit::Applied));
}

// spec: CLIENT-1, CLIENT-54
#[test]
fn an_empty_store_and_another_key_are_told_apart() {
    let store = MemoryStore::new();
    let open = |key: &StoreKey| Client::open(store.clone(), key, env(9)).err();
    assert_eq!(open(&store_key()), Some(Error::NoAccount));
    let alice = Person::create(store.clone(), 1, &Clock::at_day(20_000)).expect("scripted");
    let other = StoreKey::from_bytes(&[8; 32]);
    assert_eq!(open(&other), Some(Error::WrongKey));
    assert_eq!(open(&store_key()), None);
    // a second account would be made beside the first
    let before = store.dump();
    for key in [&other, &store_key()] {
        assert_eq!(Client::create(store.clone(), key, env(9)).err(), Some(Error::AccountExists));
    }
    assert_eq!(store.dump(), before);
    assert_eq!(Client::open(store.clone(), &store_key(), env(9)).unwrap().address(), alice.address());
}

// spec: CLIENT-50, CLIENT-51, CLIENT-52
#[test]
fn a_passphrase_opens_what_it_locked() {
    let mut store = MemoryStore::new();
    assert_eq!(StoreLock::is_on(&store), Ok(false));
    assert_eq!(StoreLock::open(&store, b"correct horse").err(), Some(Error::NoAccount));
    let key = StoreLock::put_on(&mut store, b"correct horse", cheap(), &mut env(1)).expect("scripted");
    assert_eq!(StoreLock::is_on(&store), Ok(true));
    let again = StoreLock::put_on(&mut store, b"another", cheap(), &mut env(2));
    assert_eq!(again.err(), Some(Error::AccountExists));

    let Created { client, .. } = Client::create(store.clone(), &key, env(3)).expect("scripted");
    let me = client.address();
    drop(client);
    assert_eq!(StoreLock::open(&store, b"wrong horse").err(), Some(Error::WrongPassphrase));
    let empty = Error::Passphrase(PassphraseError::Empty);
    assert_eq!(StoreLock::open(&store, b"").err(), Some(empty));
    let key = StoreLock::open(&store, b"correct horse").expect("its own");
    assert_eq!(Client::open(store.clone(), &key, env(4)).unwrap().address(), me);
}

// spec: CLIENT-53
#[test]
fn another_passphrase_takes_no_new_sealing() {
    let mut store = MemoryStore::new();
    let key = StoreLock::put_on(&mut store, b"old", cheap(), &mut env(1)).expect("scripted");
    drop(Client::create(store.clone(), &key, env(2)).expect("scripted"));
    let before = store.dump();
    let change =
        |old: &[u8], new: &[u8]| StoreLock::change(&mut store.clone(), old, new, cheap(), &mut env(3));
    assert_eq!(change(b"wrong", b"new"), Err(Error::WrongPassphrase));
    assert_eq!(store.dump(), before);
    assert_eq!(change(b"old", b"new"), Ok(()));
    let changed = store.dump().into_iter().filter(|(key, record)| before.get(key) != Some(record)).count();
    assert_eq!((changed, store.dump().len()), (1, before.len()));
    assert_eq!(StoreLock::open(&store, b"old").err(), Some(Error::WrongPassphrase));
    assert_eq!(StoreLock::open(&store, b"new").expect("its own").as_bytes(), key.as_bytes());
}

// spec: CLIENT-51
#[test]
fn a_damaged_lock_is_no_wrong_passphrase() {
    let mut store = MemoryStore::new();
    StoreLock::put_on(&mut store, b"correct horse", cheap(), &mut env(1)).expect("scripted");
    let (key, Record { generation, bytes }) = lock_of(&store);
    assert_eq!(bytes.len(), 148);
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 0x80;
        replace(&mut store, key, generation, bad);
        let later = at == 10;
        let expected = if later { Error::LaterVersion } else { Error::Corrupt };
        assert_eq!(StoreLock::open(&store, b"correct horse").err(), Some(expected), "byte {at}");
        replace(&mut store, key, generation, bytes[..at].to_vec());
        assert_eq!(StoreLock::open(&store, b"correct horse").err(), Some(Error::Corrupt), "cut at {at}");
    }
}

/// Who can write to the store must not make us take all memory.
// spec: CLIENT-51
#[test]
fn costs_out_of_bounds_are_refused() {
    let mut store = MemoryStore::new();
    StoreLock::put_on(&mut store, b"correct horse", cheap(), &mut env(1)).expect("scripted");
    let (key, Record { generation, mut bytes }) = lock_of(&store);
    bytes[27..31].copy_from_slice(&u32::MAX.to_be_bytes());
    let check = entrenous_testkit::forge::lock_check(&bytes[..116]);
    bytes[116..].copy_from_slice(&check);
    replace(&mut store, key, generation, bytes);
    let refused = Error::Passphrase(PassphraseError::Cost);
    assert_eq!(StoreLock::open(&store, b"correct horse").err(), Some(refused));
}
