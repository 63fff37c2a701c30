//! A store's lock: the store key under a passphrase, for where the platform keeps no keys.
//!
//! ```text
//! "entrenous" 9 | kind 'L' 1 | version 1 | passphrase parameters 25 | commitment 32 | ciphertext 32 | tag 16 | check 32
//! key 32 ‖ commitment 32 = Expand(key of the passphrase, STORE_LOCK, 64)
//! check = H(STORE_LOCK ‖ all before it)
//! ```
//!
//! It is the one record that is not sealed with the store key, and lies beside the others under a name that none of
//! them can have. The check tells a damaged lock from a wrong passphrase, and helps nobody to guess: the commitment
//! that it covers is there to be compared as well.

use entrenous_primitives::{
    aead::{self, Cipher},
    hash::sha256,
    hkdf::Prk,
    passphrase::{Cost, PARAMS_LEN, PassphraseParams},
    random::draw,
    secret::SecretBytes,
};
use entrenous_wire::{TAG_LEN, label};

use crate::{
    Env, Error, Store, StoreKey,
    engine::Name,
    store::{Action, Change, Changes, Commit, Generation, Record, RecordKey},
};

/// Begins every lock: name, kind and version.
const MAGIC: [u8; 11] = *b"entrenousL\x01";
/// Bytes that are authenticated and not encrypted.
const HEAD_LEN: usize = MAGIC.len() + PARAMS_LEN + 32;
const CHECK_LEN: usize = 32;
/// Bytes of a lock.
const LOCK_LEN: usize = HEAD_LEN + 32 + TAG_LEN + CHECK_LEN;
/// The nonce. The key is made for one lock, by its salt.
const NONCE: [u8; aead::NONCE_LEN] = [0; aead::NONCE_LEN];
/// Where the lock lies. The names of other records are 16 bytes of a keyed hash.
const NAME: RecordKey = RecordKey::from_bytes(*b"entrenous lock 1");

/// The lock of a store.
#[derive(Clone, Copy, Debug)]
pub struct StoreLock;

impl StoreLock {
    /// Whether a store has a lock: it opens with a passphrase.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn is_on(store: &impl Store) -> Result<bool, Error> {
        Ok(load(store)?.is_some())
    }

    /// Makes a store key and puts it under a passphrase. Takes as long as `cost` says.
    ///
    /// # Errors
    /// [`Error::AccountExists`] when the store has a lock, or an account, whose key it would not be; [`Error::Passphrase`], [`Error::Random`], [`Error::Store`].
    pub fn put_on(
        store: &mut impl Store,
        passphrase: &[u8],
        cost: Cost,
        env: &mut impl Env,
    ) -> Result<StoreKey, Error> {
        // spec: CLIENT-52
        if Self::is_on(store)? || has_account(store)? {
            return Err(Error::AccountExists);
        }
        let key = StoreKey::generate(env)?;
        let bytes = seal_key(&key, passphrase, cost, env)?;
        match commit(store, None, bytes, env)? {
            Commit::Applied => Ok(key),
            Commit::Conflict => Err(Error::AccountExists),
        }
    }

    /// The store key. Takes as long as the lock's costs say.
    ///
    /// # Errors
    /// [`Error::NoAccount`] when the store has no lock; [`Error::WrongPassphrase`]; [`Error::Corrupt`] for a damaged
    /// lock; [`Error::LaterVersion`], [`Error::Passphrase`], [`Error::Store`].
    pub fn open(store: &impl Store, passphrase: &[u8]) -> Result<StoreKey, Error> {
        let lock = load(store)?.ok_or(Error::NoAccount)?;
        open_key(&lock.bytes, passphrase)
    }

    /// Puts the store key under another passphrase; no record is sealed anew. A copy of the store from before still
    /// opens with the old one.
    ///
    /// # Errors
    /// As for [`StoreLock::open`]; [`Error::Random`]; [`Error::Busy`] when another process has changed it meanwhile.
    pub fn change(
        store: &mut impl Store,
        old: &[u8],
        new: &[u8],
        cost: Cost,
        env: &mut impl Env,
    ) -> Result<(), Error> {
        let lock = load(store)?.ok_or(Error::NoAccount)?;
        let key = open_key(&lock.bytes, old)?;
        // spec: CLIENT-53
        let bytes = seal_key(&key, new, cost, env)?;
        match commit(store, Some(lock.generation), bytes, env)? {
            Commit::Applied => Ok(()),
            Commit::Conflict => Err(Error::Busy),
        }
    }
}

fn has_account<S: Store>(store: &S) -> Result<bool, Error> {
    let check = Name::Check.fixed().into_iter().collect::<Vec<_>>();
    let records = store.load(&check).map_err(Error::of_store::<S>)?;
    Ok(records.into_iter().flatten().next().is_some())
}

fn load<S: Store>(store: &S) -> Result<Option<Record>, Error> {
    let records = store.load(&[NAME]).map_err(Error::of_store::<S>)?;
    Ok(records.into_iter().next().flatten())
}

fn commit<S: Store>(
    store: &mut S,
    expected: Option<Generation>,
    bytes: Vec<u8>,
    env: &mut impl Env,
) -> Result<Commit, Error> {
    let generation = Generation::random(*draw(env.rng())?.as_bytes());
    let mut changes = Changes::new();
    changes.set(NAME, Change { expected, action: Action::Put(Record { generation, bytes }) });
    store.commit(&changes).map_err(Error::of_store::<S>)
}

// spec: CLIENT-50
fn seal_key(key: &StoreKey, passphrase: &[u8], cost: Cost, env: &mut impl Env) -> Result<Vec<u8>, Error> {
    let params = PassphraseParams::generate(cost, env.rng())?;
    let (cipher, commitment) = keys(&params, passphrase)?;
    let mut bytes = [&MAGIC[..], &params.to_bytes(), commitment.as_bytes()].concat();
    let mut sealed = SecretBytes::from_bytes(key.as_bytes());
    // 32 bytes are never too long
    let tag =
        cipher.seal(&NONCE, &associated_data(&bytes), sealed.as_mut_bytes()).map_err(|_| Error::TooLong)?;
    bytes.extend_from_slice(sealed.as_bytes());
    bytes.extend_from_slice(&tag);
    bytes.extend_from_slice(&check(&bytes));
    Ok(bytes)
}

fn open_key(bytes: &[u8], passphrase: &[u8]) -> Result<StoreKey, Error> {
    // spec: CLIENT-51
    if let Some((later, _)) = bytes.split_first_chunk::<{ MAGIC.len() }>()
        && later.starts_with(b"entrenousL")
        && *later > MAGIC
    {
        return Err(Error::LaterVersion);
    }
    let bytes: &[u8; LOCK_LEN] = bytes.try_into().map_err(|_| Error::Corrupt)?;
    let (body, found) = bytes.split_last_chunk::<CHECK_LEN>().ok_or(Error::Corrupt)?;
    if !body.starts_with(&MAGIC) || *found != check(body) {
        return Err(Error::Corrupt);
    }
    let (head, sealed) = body.split_at(HEAD_LEN);
    let (sealed, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(Error::Corrupt)?;
    let (params, commitment) =
        head.strip_prefix(&MAGIC).and_then(<[u8]>::split_first_chunk::<PARAMS_LEN>).ok_or(Error::Corrupt)?;
    // costs out of bounds are refused before anything is allocated
    let (cipher, right) = keys(&PassphraseParams::from_bytes(params)?, passphrase)?;
    let commitment: &[u8; 32] = commitment.try_into().map_err(|_| Error::Corrupt)?;
    if !SecretBytes::from_bytes(commitment).ct_eq(&right) {
        return Err(Error::WrongPassphrase);
    }
    let mut key = SecretBytes::<32>::zeroed();
    cipher
        .open(&NONCE, &associated_data(head), sealed, tag, key.as_mut_bytes())
        .map_err(|_| Error::Corrupt)?;
    Ok(StoreKey::from_bytes(key.as_bytes()))
}

/// The cipher, and the commitment that says which passphrase is the right one: AES-GCM doesn't commit to its key.
fn keys(params: &PassphraseParams, passphrase: &[u8]) -> Result<(Cipher, SecretBytes<32>), Error> {
    let derived = params.derive(passphrase)?;
    let [key, commitment] = Prk::from_key(derived.as_bytes()).expand_keys(&[label::STORE_LOCK]);
    Ok((Cipher::new(key.as_bytes()), commitment))
}

fn check(body: &[u8]) -> [u8; CHECK_LEN] {
    sha256(&[label::STORE_LOCK, body])
}

fn associated_data(head: &[u8]) -> Vec<u8> {
    [label::STORE_LOCK, head].concat()
}
