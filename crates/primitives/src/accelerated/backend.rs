//! graviola: assembly from s2n-bignum, whose arithmetic is formally proven, and AES-GCM with vector instructions.
//! It needs certain instructions and panics without them, so that each function asks for them first.

use graviola::{
    aead::AesGcm,
    key_agreement::x25519::{PublicKey, StaticPrivateKey},
    signing::eddsa::Ed25519SigningKey,
    util::is_cpu_supported,
};

use crate::{
    aead::{KEY_LEN, NONCE_LEN, NotAuthentic, TAG_LEN},
    secret::SecretBytes,
};

pub(crate) fn x25519_public_key(secret: &[u8; 32]) -> Option<[u8; 32]> {
    is_cpu_supported().then(|| StaticPrivateKey::from_array(secret).public_key().as_bytes())
}

/// Zeros when the peer's key is of small order, as by RFC 7748.
pub(crate) fn x25519(secret: &[u8; 32], peer: &[u8; 32]) -> Option<SecretBytes<32>> {
    is_cpu_supported().then(|| {
        match StaticPrivateKey::from_array(secret).diffie_hellman(&PublicKey::from_array(peer)) {
            Ok(shared) => SecretBytes::from_bytes(&shared.0),
            Err(_) => SecretBytes::zeroed(),
        }
    })
}

/// A signing key with its scalar and prefix, wiped when dropped.
pub(crate) struct Signer(Ed25519SigningKey);

impl Signer {
    pub(crate) fn new(seed: &[u8; 32]) -> Option<Self> {
        if is_cpu_supported() { Ed25519SigningKey::from_bytes(seed).ok().map(Self) } else { None }
    }

    pub(crate) fn public_key(&self) -> [u8; 32] {
        self.0.public_key().as_bytes()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message)
    }
}

/// Bytes from which graviola's AES-GCM is faster, its tables for the key included.
const LONG: usize = 1 << 10;
/// The most that it is given: a nonce has 2^32 - 2 blocks, and what is longer the portable code refuses.
const LONGEST: u64 = ((1 << 32) - 2) * 16;

fn pays(len: usize) -> bool {
    len >= LONG && len as u64 <= LONGEST && is_cpu_supported()
}

pub(crate) fn seal(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    ad: &[u8],
    buffer: &mut [u8],
) -> Option<[u8; TAG_LEN]> {
    pays(buffer.len()).then(|| {
        let mut tag = [0; TAG_LEN];
        AesGcm::new(key).encrypt(nonce, ad, buffer, &mut tag);
        tag
    })
}

/// Decrypts before it has compared the tag, and wipes that when the tag is wrong.
pub(crate) fn open(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    ad: &[u8],
    ciphertext: &[u8],
    tag: &[u8; TAG_LEN],
    plaintext: &mut [u8],
) -> Option<Result<(), NotAuthentic>> {
    (ciphertext.len() == plaintext.len() && pays(plaintext.len())).then(|| {
        plaintext.copy_from_slice(ciphertext);
        AesGcm::new(key).decrypt(nonce, ad, plaintext, tag).map_err(|_| NotAuthentic)
    })
}

#[cfg(test)]
mod tests;
