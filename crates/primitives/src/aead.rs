//! AES-256-GCM (SP 800-38D) with nonces of 12 bytes and tags of 16.

use core::fmt;

use aes_gcm::{
    AesGcm, KeyInit,
    aead::{AeadInOut, consts::U12, inout::InOutBuf},
    aes::Aes256Enc,
};
use thiserror::Error;

use crate::accelerated;

/// Bytes of a key.
pub const KEY_LEN: usize = 32;
/// Bytes of a nonce.
pub const NONCE_LEN: usize = 12;
/// Bytes of a tag; it is never cut.
pub const TAG_LEN: usize = 16;

/// The ciphertext is not authentic. Nothing more is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not authentic")]
pub struct NotAuthentic;

/// The plaintext is longer than one nonce may encrypt: 2^36 - 32 bytes (SP 800-38D, 5.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("plaintext too long for AES-GCM")]
pub struct TooLong;

/// A key with its schedule expanded, wiped when dropped.
///
/// Expanding takes as long as sealing a short message: keep the cipher of a key that is used again.
// GCM only ever encrypts blocks: the schedule for decrypting them is neither expanded nor wiped
pub struct Cipher(AesGcm<Aes256Enc, U12>);

impl Cipher {
    /// Expands the schedule of `key`.
    pub fn new(key: &[u8; KEY_LEN]) -> Self {
        Self(AesGcm::new(key.into()))
    }

    /// Encrypts `buffer` in place and returns the tag over it and `ad`.
    ///
    /// The caller owes each nonce under one key to one plaintext.
    ///
    /// # Errors
    /// [`TooLong`]; the buffer is then unchanged.
    pub fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        ad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], TooLong> {
        let tag =
            self.0.encrypt_inout_detached(nonce.into(), ad, InOutBuf::from(buffer)).map_err(|_| TooLong)?;
        Ok(tag.into())
    }

    /// Decrypts `ciphertext` into `plaintext`, of the same length, when `tag` holds for it and `ad`.
    ///
    /// # Errors
    /// [`NotAuthentic`] when the tag doesn't hold or the lengths differ; `plaintext` is then unchanged.
    pub fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        ad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_LEN],
        plaintext: &mut [u8],
    ) -> Result<(), NotAuthentic> {
        let buffer = InOutBuf::new(ciphertext, plaintext).map_err(|_| NotAuthentic)?;
        // spec: PRIM-3
        // the tag is compared, in constant time, before the first byte is decrypted
        self.0.decrypt_inout_detached(nonce.into(), ad, buffer, tag.into()).map_err(|_| NotAuthentic)
    }
}

/// Encrypts `buffer` in place under a key that serves this once, and returns the tag over it and `ad`. What
/// [`Cipher::seal`] gives, by whichever code is faster at the length.
///
/// # Errors
/// [`TooLong`]; the buffer is then unchanged.
pub fn seal_once(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    ad: &[u8],
    buffer: &mut [u8],
) -> Result<[u8; TAG_LEN], TooLong> {
    match accelerated::seal(key, nonce, ad, buffer) {
        Some(tag) => Ok(tag),
        None => Cipher::new(key).seal(nonce, ad, buffer),
    }
}

/// Decrypts `ciphertext` into `plaintext`, of the same length, when `tag` holds for it and `ad`, under a key that
/// serves this once. What [`Cipher::open`] gives, by whichever code is faster at the length.
///
/// # Errors
/// [`NotAuthentic`] when the tag doesn't hold or the lengths differ; `plaintext` then holds what it held, or zeros.
pub fn open_once(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    ad: &[u8],
    ciphertext: &[u8],
    tag: &[u8; TAG_LEN],
    plaintext: &mut [u8],
) -> Result<(), NotAuthentic> {
    // spec: PRIM-3
    accelerated::open(key, nonce, ad, ciphertext, tag, plaintext)
        .unwrap_or_else(|| Cipher::new(key).open(nonce, ad, ciphertext, tag, plaintext))
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("Cipher([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: PRIM-3
    #[test]
    fn failure_leaves_the_output_alone() {
        let cipher = Cipher::new(&[1; 32]);
        let mut sealed = *b"attack at dawn";
        let tag = cipher.seal(&[2; 12], b"ad", &mut sealed).unwrap();
        let mut out = [0xee; 14];
        for bit in 0..128 {
            let mut bad = tag;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(cipher.open(&[2; 12], b"ad", &sealed, &bad, &mut out), Err(NotAuthentic));
        }
        assert_eq!(cipher.open(&[2; 12], b"AD", &sealed, &tag, &mut out), Err(NotAuthentic));
        assert_eq!(cipher.open(&[2; 12], b"ad", &sealed, &tag, &mut out[..13]), Err(NotAuthentic));
        assert_eq!(out, [0xee; 14]);
        cipher.open(&[2; 12], b"ad", &sealed, &tag, &mut out).unwrap();
        assert_eq!(&out, b"attack at dawn");
    }
}
