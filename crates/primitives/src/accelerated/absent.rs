//! No such code: the feature is off, or the platform has none.

use crate::{
    aead::{KEY_LEN, NONCE_LEN, NotAuthentic, TAG_LEN},
    secret::SecretBytes,
};

pub(crate) fn x25519_public_key(_secret: &[u8; 32]) -> Option<[u8; 32]> {
    None
}

pub(crate) fn x25519(_secret: &[u8; 32], _peer: &[u8; 32]) -> Option<SecretBytes<32>> {
    None
}

/// There is none.
pub(crate) enum Signer {}

impl Signer {
    pub(crate) fn new(_seed: &[u8; 32]) -> Option<Self> {
        None
    }

    pub(crate) fn public_key(&self) -> [u8; 32] {
        match *self {}
    }

    pub(crate) fn sign(&self, _message: &[u8]) -> [u8; 64] {
        match *self {}
    }
}

pub(crate) fn seal(
    _key: &[u8; KEY_LEN],
    _nonce: &[u8; NONCE_LEN],
    _ad: &[u8],
    _buffer: &mut [u8],
) -> Option<[u8; TAG_LEN]> {
    None
}

pub(crate) fn open(
    _key: &[u8; KEY_LEN],
    _nonce: &[u8; NONCE_LEN],
    _ad: &[u8],
    _ciphertext: &[u8],
    _tag: &[u8; TAG_LEN],
    _plaintext: &mut [u8],
) -> Option<Result<(), NotAuthentic>> {
    None
}
