//! The two AEAD boxes of a message: the body under its message key, the header under its chain's header key.
//!
//! ```text
//! body = AEAD(mk, nonce salt ‖ 0^4, ad = v ‖ t [‖ hs] ‖ hdr, frame)
//! ehdr = AEAD(hk, body tag[0..12],  ad = v ‖ t [‖ hs],       hdr)
//! ```
//!
//! The header's nonce is output of the body's fresh key: a random IV that needn't be drawn or sent.

use alloc::boxed::Box;
use core::fmt;

use entrenous_identity::{HandshakeHash, session_secret};
use entrenous_primitives::{
    aead::{self, Cipher, NONCE_LEN, NotAuthentic, TAG_LEN, TooLong},
    secret::Key,
};
use entrenous_wire::{
    envelope::{PREKEY, RATCHET, SEALED_HEADER_LEN, VERSION},
    header::HEADER_LEN,
};

use crate::kdf::Message;

/// A header key with its schedule, kept while its chain is in use: building it costs more than one opening.
pub(crate) struct HeaderKey {
    key: Key<session_secret::Header>,
    // boxed so that a turn moves a pointer and leaves no copies behind
    cipher: Box<Cipher>,
}

impl HeaderKey {
    pub(crate) fn new(key: Key<session_secret::Header>) -> Self {
        let cipher = Box::new(Cipher::new(key.as_bytes()));
        Self { key, cipher }
    }

    pub(crate) fn key(&self) -> &Key<session_secret::Header> {
        &self.key
    }

    pub(crate) fn into_key(self) -> Key<session_secret::Header> {
        self.key
    }

    pub(crate) fn cipher(&self) -> &Cipher {
        &self.cipher
    }
}

impl fmt::Debug for HeaderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, cipher: _ } = self;
        key.fmt(f)
    }
}

/// v ‖ t [‖ hs] [‖ hdr], on the stack.
pub(crate) struct AssociatedData {
    bytes: [u8; Self::MAX],
    prefix: usize,
}

impl AssociatedData {
    const MAX: usize = 2 + 32 + HEADER_LEN;

    /// For the first chain of a session's initiator the handshake's hash is bound along.
    pub(crate) fn new(handshake: Option<&HandshakeHash>) -> Self {
        let mut bytes = [0; Self::MAX];
        bytes[0] = VERSION;
        bytes[1] = RATCHET;
        let mut prefix = 2;
        // spec: RATCHET-7
        if let Some(hash) = handshake {
            bytes[1] = PREKEY;
            bytes[2..34].copy_from_slice(&hash.0);
            prefix = 34;
        }
        Self { bytes, prefix }
    }

    fn for_header(&self) -> &[u8] {
        &self.bytes[..self.prefix]
    }

    fn for_body(&mut self, header: &[u8; HEADER_LEN]) -> &[u8] {
        let end = self.prefix + HEADER_LEN;
        self.bytes[self.prefix..end].copy_from_slice(header);
        &self.bytes[..end]
    }
}

/// The body's nonce: the header's last 8 bytes, the nonce salt, and zeros.
fn body_nonce(header: &[u8; HEADER_LEN]) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[..8].copy_from_slice(&header[HEADER_LEN - 8..]);
    nonce
}

/// Encrypts the frame in `body` in place; the tag binds `header`.
pub(crate) fn seal_body(
    key: &Key<Message>,
    ad: &mut AssociatedData,
    header: &[u8; HEADER_LEN],
    body: &mut [u8],
) -> Result<[u8; TAG_LEN], TooLong> {
    // spec: RATCHET-5
    aead::seal_once(key.as_bytes(), &body_nonce(header), ad.for_body(header), body)
}

/// Decrypts `body` into `frame`, of the same length.
pub(crate) fn open_body(
    key: &Key<Message>,
    ad: &mut AssociatedData,
    header: &[u8; HEADER_LEN],
    body: &[u8],
    tag: &[u8; TAG_LEN],
    frame: &mut [u8],
) -> Result<(), NotAuthentic> {
    aead::open_once(key.as_bytes(), &body_nonce(header), ad.for_body(header), body, tag, frame)
}

/// The first 96 bits of the body's tag.
fn header_nonce(body_tag: &[u8; TAG_LEN]) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&body_tag[..NONCE_LEN]);
    nonce
}

/// Encrypts the header into `sealed`: 49 bytes and a tag of 16.
pub(crate) fn seal_header(
    cipher: &Cipher,
    ad: &AssociatedData,
    body_tag: &[u8; TAG_LEN],
    header: &[u8; HEADER_LEN],
    sealed: &mut [u8; SEALED_HEADER_LEN],
) -> Result<(), TooLong> {
    let (ciphertext, tag) = sealed.split_at_mut(HEADER_LEN);
    ciphertext.copy_from_slice(header);
    // spec: RATCHET-6
    tag.copy_from_slice(&cipher.seal(&header_nonce(body_tag), ad.for_header(), ciphertext)?);
    Ok(())
}

/// Decrypts a header, if it is under this key.
pub(crate) fn open_header(
    cipher: &Cipher,
    ad: &AssociatedData,
    body_tag: &[u8; TAG_LEN],
    sealed: &[u8; SEALED_HEADER_LEN],
) -> Result<[u8; HEADER_LEN], NotAuthentic> {
    let mut header = [0; HEADER_LEN];
    let (ciphertext, tag) = sealed.split_at(HEADER_LEN);
    let tag = tag.try_into().map_err(|_| NotAuthentic)?;
    cipher.open(&header_nonce(body_tag), ad.for_header(), ciphertext, tag, &mut header)?;
    Ok(header)
}
