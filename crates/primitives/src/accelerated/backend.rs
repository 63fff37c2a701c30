//! graviola: assembly from s2n-bignum, whose arithmetic is formally proven, and AES-GCM with vector instructions.
//! It needs certain instructions and panics without them, so that each function asks for them first. Its types wipe what they
//! own; hash states, nonce scalars and results stay on its stack, which is wiped after the calls with long-lived keys.

extern crate std;

use graviola::{
    aead::AesGcm,
    key_agreement::x25519::{PublicKey, StaticPrivateKey},
    signing::eddsa::Ed25519SigningKey,
    util::is_cpu_supported,
};

use crate::{
    aead::{KEY_LEN, NONCE_LEN, NotAuthentic, TAG_LEN},
    secret::SecretBytes,
    wiped_stack::on_wiped_stack,
};

/// 4 KiB are wiped: each of these calls takes less than 2 (x86-64, release).
const STACK_WORDS: usize = 512;

/// Whether the processor has what graviola's code runs into. Its own question leaves out BMI2, whose `mulx` the curves use,
/// and can be built without ADX.
fn runs() -> bool {
    #[cfg(target_arch = "x86_64")]
    if !(std::is_x86_feature_detected!("bmi2") && std::is_x86_feature_detected!("adx")) {
        return false;
    }
    is_cpu_supported()
}

pub(crate) fn x25519_public_key(secret: &[u8; 32]) -> Option<[u8; 32]> {
    let public = || StaticPrivateKey::from_array(secret).public_key().as_bytes();
    runs().then(|| on_wiped_stack::<STACK_WORDS, _>(public))
}

/// Zeros when the peer's key is of small order, as by RFC 7748.
pub(crate) fn x25519(secret: &[u8; 32], peer: &[u8; 32]) -> Option<SecretBytes<32>> {
    runs().then(|| {
        let mut result = SecretBytes::zeroed();
        on_wiped_stack::<STACK_WORDS, _>(|| {
            let (secret, peer) = (StaticPrivateKey::from_array(secret), PublicKey::from_array(peer));
            if let Ok(shared) = secret.diffie_hellman(&peer) {
                result.as_mut_bytes().copy_from_slice(&shared.0);
            }
        });
        result
    })
}

/// A signing key with its scalar and prefix, wiped when dropped.
pub(crate) struct Signer(Ed25519SigningKey);

impl Signer {
    pub(crate) fn new(seed: &[u8; 32]) -> Option<Self> {
        if !runs() {
            return None;
        }
        on_wiped_stack::<STACK_WORDS, _>(|| Ed25519SigningKey::from_bytes(seed)).ok().map(Self)
    }

    pub(crate) fn public_key(&self) -> [u8; 32] {
        self.0.public_key().as_bytes()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        on_wiped_stack::<STACK_WORDS, _>(|| self.0.sign(message))
    }
}

/// Bytes from which graviola's AES-GCM is faster, its tables for the key included.
const LONG: usize = 1 << 10;
/// The most that it is given: a nonce has 2^32 - 2 blocks, and what is longer the portable code refuses.
const LONGEST: u64 = ((1 << 32) - 2) * 16;

fn pays(len: usize) -> bool {
    len >= LONG && len as u64 <= LONGEST && runs()
}

pub(crate) fn seal(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    ad: &[u8],
    buffer: &mut [u8],
) -> Option<[u8; TAG_LEN]> {
    pays(buffer.len()).then(|| seal_any(key, nonce, ad, buffer))
}

fn seal_any(key: &[u8; KEY_LEN], nonce: &[u8; NONCE_LEN], ad: &[u8], buffer: &mut [u8]) -> [u8; TAG_LEN] {
    let mut tag = [0; TAG_LEN];
    AesGcm::new(key).encrypt(nonce, ad, buffer, &mut tag);
    tag
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
        open_any(key, nonce, ad, plaintext, tag)
    })
}

fn open_any(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    ad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> Result<(), NotAuthentic> {
    AesGcm::new(key).decrypt(nonce, ad, buffer, tag).map_err(|_| NotAuthentic)
}

#[cfg(test)]
mod tests;
