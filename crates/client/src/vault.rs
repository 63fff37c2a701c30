//! Sealing at rest: a store sees opaque names and ciphertext, and what it changes is noticed.
//!
//! ```text
//! name      = Expand(store key, STORE_NAME ‖ kind 1 ‖ fields, 16)
//! key       = Expand(store key, STORE_RECORD ‖ name 16 ‖ salt 16, 32)
//! sealed    = 1 ‖ salt 16 ‖ nonce 12 ‖ AEAD(key, nonce, ad = 1 ‖ name 16 ‖ generation 8, format 1 ‖ record)
//! ```
//!
//! Salt and nonce are random for every write, so that two writers, or a restored copy, never meet under one key
//! and nonce. The generation is authenticated and nothing else: a record is at home under one name and version.

use core::cell::RefCell;
use std::collections::BTreeMap;

use entrenous_primitives::{
    aead::{self, NONCE_LEN, TAG_LEN},
    hkdf::Prk,
    random::{RandomError, draw},
    role::Role,
    secret::{Key, SecretBytes},
};
use entrenous_wire::label;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::{
    Env, Error,
    engine::{Name, NameBytes},
    store::{Generation, MAX_RECORD, Record, RecordKey},
};

/// Role of the key under which a store's records are sealed.
#[derive(Debug)]
enum Storage {}
impl Role for Storage {
    const NAME: &'static str = "store";
}

/// The key to a client's store, 32 bytes: it comes from the platform's key store, or from a passphrase. Who has
/// it and the store has everything.
#[derive(Debug)]
pub struct StoreKey(Key<Storage>);

impl StoreKey {
    /// A key that was kept; the caller's copy stays the caller's to wipe.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Key::from_bytes(bytes))
    }

    /// A new one.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn generate(env: &mut impl Env) -> Result<Self, Error> {
        Ok(Self(Key::from_secret(draw::<32>(env.rng())?)))
    }

    /// The bytes, to be kept where nobody else reads them.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

/// Version of the sealed form.
const SEALED: u8 = 1;
const SALT_LEN: usize = 16;
/// Bytes that sealing adds to a record.
pub(crate) const OVERHEAD: usize = 1 + SALT_LEN + NONCE_LEN + 1 + TAG_LEN;

/// Seals and opens the records of one store.
#[derive(Debug)]
pub(crate) struct Vault {
    prk: Prk,
    /// Names that were derived lately: an operation asks for each many times.
    names: RefCell<BTreeMap<NameBytes, RecordKey>>,
}

/// Names that are kept.
const MAX_NAMES: usize = 4_096;

impl Vault {
    pub(crate) fn new(key: &StoreKey) -> Self {
        Self { prk: Prk::from_key(key.as_bytes()), names: RefCell::default() }
    }

    /// The name under which the store keeps a record.
    pub(crate) fn key_of(&self, name: &Name) -> RecordKey {
        if let Some(fixed) = name.fixed() {
            return fixed;
        }
        let name = name.to_bytes();
        if let Some(key) = self.names.borrow().get(&name) {
            return *key;
        }
        let key = *self.prk.expand::<16>(&[label::STORE_NAME, name.as_slice()]).as_bytes();
        let mut names = self.names.borrow_mut();
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        *names.entry(name).or_insert(RecordKey::from_bytes(key))
    }

    /// Seals a record in its `format`, as a generation of its own.
    pub(crate) fn seal(
        &self,
        key: &RecordKey,
        format: u8,
        record: &[u8],
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Record, Error> {
        // spec: CLIENT-4
        let random = draw::<{ Generation::LEN + SALT_LEN + NONCE_LEN }>(rng)?;
        let (generation, sealing) = random.as_bytes().split_first_chunk().ok_or(RandomError::Failed)?;
        let generation = Generation::random(*generation);
        let (salt, nonce) = sealing.split_first_chunk::<SALT_LEN>().ok_or(RandomError::Failed)?;
        let nonce: &[u8; NONCE_LEN] = nonce.first_chunk().ok_or(RandomError::Failed)?;

        if OVERHEAD + record.len() > MAX_RECORD {
            return Err(Error::TooLong);
        }
        let mut bytes = Vec::with_capacity(OVERHEAD + record.len());
        bytes.push(SEALED);
        bytes.extend_from_slice(sealing);
        let start = bytes.len();
        bytes.push(format);
        bytes.extend_from_slice(record);
        let (_, plaintext) = bytes.split_at_mut(start);
        let sealing_key = self.sealing_key(key, salt);
        let ad = associated_data(key, generation);
        let tag = aead::seal_once(sealing_key.as_bytes(), nonce, &ad, plaintext);
        bytes.extend_from_slice(&tag.map_err(|_| Error::TooLong)?);
        Ok(Record { generation, bytes })
    }

    /// Opens a record: its format, and the rest.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for whatever was not written under this name and generation with this store's key.
    pub(crate) fn open(
        &self,
        key: &RecordKey,
        generation: Generation,
        sealed: &[u8],
    ) -> Result<(u8, Zeroizing<Vec<u8>>), Error> {
        let (version, rest) = sealed.split_first().ok_or(Error::Corrupt)?;
        if *version != SEALED {
            return Err(if *version > SEALED { Error::LaterVersion } else { Error::Corrupt });
        }
        let (salt, rest) = rest.split_first_chunk::<SALT_LEN>().ok_or(Error::Corrupt)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Error::Corrupt)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(Error::Corrupt)?;
        let mut plaintext = Zeroizing::new(vec![0; ciphertext.len()]);
        let sealing_key = self.sealing_key(key, salt);
        let ad = associated_data(key, generation);
        aead::open_once(sealing_key.as_bytes(), nonce, &ad, ciphertext, tag, &mut plaintext)
            .map_err(|_| Error::Corrupt)?;
        let format = *plaintext.first().ok_or(Error::Corrupt)?;
        plaintext.rotate_left(1);
        let len = plaintext.len() - 1;
        plaintext.truncate(len);
        Ok((format, plaintext))
    }

    /// The key of one sealing: the salt is drawn for each.
    fn sealing_key(&self, key: &RecordKey, salt: &[u8; SALT_LEN]) -> SecretBytes<32> {
        self.prk.expand(&[label::STORE_RECORD, key.as_bytes(), salt])
    }
}

fn associated_data(key: &RecordKey, generation: Generation) -> [u8; 25] {
    let mut ad = [SEALED; 25];
    ad[1..17].copy_from_slice(key.as_bytes());
    ad[17..].copy_from_slice(&generation.get().to_be_bytes());
    ad
}

#[cfg(test)]
mod tests {
    use entrenous_testkit::rng::ScriptedRng;

    use super::*;

    fn vault() -> Vault {
        Vault::new(&StoreKey::from_bytes(&[7; 32]))
    }

    // spec: CLIENT-4
    #[test]
    fn a_record_opens_at_home_and_nowhere_else() {
        let (vault, rng) = (vault(), &mut ScriptedRng::new(1));
        let [here, there] = [Name::Inbox, Name::Outbox].map(|name| vault.key_of(&name));
        let record = vault.seal(&here, 3, b"secret", rng).unwrap();
        assert_eq!(record.bytes.len(), OVERHEAD + 6);
        let (format, bytes) = vault.open(&here, record.generation, &record.bytes).unwrap();
        assert_eq!((format, bytes.as_slice()), (3, &b"secret"[..]));

        assert_eq!(vault.open(&there, record.generation, &record.bytes).err(), Some(Error::Corrupt));
        let moved = Record { generation: Generation::new(5).unwrap(), ..record.clone() };
        assert_eq!(vault.open(&here, moved.generation, &moved.bytes).err(), Some(Error::Corrupt));
        let stranger = Vault::new(&StoreKey::from_bytes(&[8; 32]));
        assert_eq!(stranger.open(&here, record.generation, &record.bytes).err(), Some(Error::Corrupt));
        assert_ne!(stranger.key_of(&Name::Inbox), here);
        for at in 0..record.bytes.len() {
            let mut bad = record.clone();
            bad.bytes[at] ^= 1;
            assert!(vault.open(&here, bad.generation, &bad.bytes).is_err(), "byte {at}");
            bad.bytes.truncate(at);
            assert!(vault.open(&here, bad.generation, &bad.bytes).is_err(), "cut at {at}");
        }
    }

    // spec: CLIENT-4
    #[test]
    fn the_same_record_never_looks_the_same() {
        let (vault, rng) = (vault(), &mut ScriptedRng::new(1));
        let key = vault.key_of(&Name::Inbox);
        let one = vault.seal(&key, 1, b"secret", rng).unwrap();
        let other = vault.seal(&key, 1, b"secret", rng).unwrap();
        assert_ne!(one.generation, other.generation);
        assert!(one.bytes[1..].iter().zip(&other.bytes[1..]).filter(|(a, b)| a == b).count() < 8);
    }
}
