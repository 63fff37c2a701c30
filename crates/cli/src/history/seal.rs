//! Sealing what the history keeps.
//!
//! ```text
//! key    = Expand(store key, "entrenous messenger v1 history" ‖ 0, 32)
//! sealed = 1 ‖ nonce 12 ‖ AES-256-GCM(key, nonce, ad = 1 ‖ table 1 ‖ row's key 16, content) with tag 16
//! ```
//!
//! Nonces are random: good for 2^32 rows under one key (SP 800-38D, 8.3). A row that is changed, or moved to another
//! one's place, doesn't open.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, inout::InOutBuf},
};
use hkdf::Hkdf;
use rand::{TryRng, rngs::SysRng};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::HistoryError;

const LABEL: &[u8] = b"entrenous messenger v1 history\0";
const VERSION: u8 = 1;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// A row's own name: of a message that was received its id, else random.
pub(super) type Key = [u8; 16];

/// Which table a row is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Table {
    Entries = 1,
    Names = 2,
}

/// Seals and opens rows.
pub(super) struct Sealer(Aes256Gcm);

impl Sealer {
    pub(super) fn new(store_key: &[u8; 32]) -> Result<Self, HistoryError> {
        let mut key = Zeroizing::new([0; 32]);
        let expanded = Hkdf::<Sha256>::from_prk(store_key).map(|prk| prk.expand(LABEL, key.as_mut_slice()));
        match expanded {
            Ok(Ok(())) => Ok(Self(Aes256Gcm::new((&*key).into()))),
            _ => Err(HistoryError::NotSealed),
        }
    }

    pub(super) fn seal(&self, table: Table, key: &Key, content: &[u8]) -> Result<Vec<u8>, HistoryError> {
        let nonce = random::<NONCE_LEN>()?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + content.len() + TAG_LEN);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        let start = sealed.len();
        sealed.extend_from_slice(content);
        let (_, buffer) = sealed.split_at_mut(start);
        let tag = self
            .0
            .encrypt_inout_detached((&nonce).into(), &associated(table, key), InOutBuf::from(buffer))
            .map_err(|_| HistoryError::NotSealed)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    pub(super) fn open(
        &self,
        table: Table,
        key: &Key,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HistoryError> {
        let (version, rest) = sealed.split_first().ok_or(HistoryError::Damaged)?;
        if *version > VERSION {
            return Err(HistoryError::LaterVersion);
        }
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(HistoryError::Damaged)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(HistoryError::Damaged)?;
        let mut content = Zeroizing::new(vec![0; ciphertext.len()]);
        let buffer = InOutBuf::new(ciphertext, &mut content).map_err(|_| HistoryError::Damaged)?;
        self.0
            .decrypt_inout_detached(nonce.into(), &associated(table, key), buffer, tag.into())
            .map_err(|_| HistoryError::Damaged)?;
        Ok(content)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer([redacted])")
    }
}

fn associated(table: Table, key: &Key) -> [u8; 18] {
    let mut ad = [VERSION; 18];
    let (head, tail) = ad.split_at_mut(2);
    if let Some(place) = head.last_mut() {
        *place = table as u8;
    }
    tail.copy_from_slice(key);
    ad
}

/// From the system's generator.
pub(super) fn random<const N: usize>() -> Result<[u8; N], HistoryError> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| HistoryError::NotSealed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "test code")]

    use super::*;

    #[test]
    fn a_row_opens_in_its_place_and_nowhere_else() {
        let sealer = Sealer::new(&[7; 32]).expect("a key");
        let (mine, other) = ([1; 16], [2; 16]);
        let sealed = sealer.seal(Table::Entries, &mine, b"bonjour").expect("sealed");
        assert_eq!(sealed.len(), 1 + NONCE_LEN + 7 + TAG_LEN);
        assert!(!sealed.windows(7).any(|part| part == b"bonjour"));
        assert_eq!(sealer.open(Table::Entries, &mine, &sealed).expect("opens").as_slice(), b"bonjour");
        assert!(sealer.open(Table::Entries, &other, &sealed).is_err());
        assert!(sealer.open(Table::Names, &mine, &sealed).is_err());
        let stranger = Sealer::new(&[8; 32]).expect("a key");
        assert!(stranger.open(Table::Entries, &mine, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 2;
            assert!(sealer.open(Table::Entries, &mine, &bad).is_err(), "byte {at}");
            assert!(sealer.open(Table::Entries, &mine, &sealed[..at]).is_err(), "cut at {at}");
        }
        assert_ne!(sealed, sealer.seal(Table::Entries, &mine, b"bonjour").expect("sealed"));
    }
}
