//! The records of a client's store, opened and sealed as the specification says, by who has the store's key.

use entrenous::{
    MemoryStore,
    store::{Action, Change, Changes, Commit, Generation, Record, RecordKey, Store as _},
};
use entrenous_primitives::{
    aead::{open_once, seal_once},
    hkdf::Prk,
};
use entrenous_wire::label;

use crate::person::store_key;

const SEALED: u8 = 1;
/// Version, salt and nonce.
pub(crate) const HEAD: usize = 1 + 16 + 12;

/// What is in a record: its format, and the rest.
pub fn open(name: &RecordKey, record: &Record) -> Vec<u8> {
    let (head, rest) = record.bytes.split_at(HEAD);
    let (ciphertext, tag) = rest.split_last_chunk().expect("a tag");
    let mut plain = vec![0; ciphertext.len()];
    let (ad, nonce) = (associated_data(name, record.generation), head[17..].try_into().expect("12"));
    open_once(&key(name, &head[1..17]), nonce, &ad, ciphertext, tag, &mut plain).expect("of this store");
    plain
}

/// Puts `plain` in the place of what is in a record.
pub(crate) fn replace(disk: &MemoryStore, name: &RecordKey, plain: &[u8]) {
    let expected = disk.dump().get(name).map(|record| record.generation);
    let generation = Generation::new(1).expect("small");
    // salt and nonce are drawn where it matters that nobody knows them
    let mut bytes = [&[SEALED][..], &[2; 16], &[3; 12], plain].concat();
    let ad = associated_data(name, generation);
    let tag = seal_once(&key(name, &[2; 16]), &[3; 12], &ad, &mut bytes[HEAD..]).expect("not too long");
    bytes.extend(tag);
    let change = Change { expected, action: Action::Put(Record { generation, bytes }) };
    let committed = disk.clone().commit(&Changes::from_iter([(*name, change)]));
    assert_eq!(committed, Ok(Commit::Applied));
}

/// The key of one sealing.
pub(crate) fn key(name: &RecordKey, salt: &[u8]) -> [u8; 32] {
    let store = Prk::from_key(store_key().as_bytes());
    *store.expand::<32>(&[label::STORE_RECORD, name.as_bytes(), salt]).as_bytes()
}

/// What is authenticated beside it.
pub(crate) fn associated_data(name: &RecordKey, generation: Generation) -> Vec<u8> {
    [&[SEALED], &name.as_bytes()[..], &generation.get().to_be_bytes()].concat()
}
