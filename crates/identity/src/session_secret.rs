//! What a handshake hands to a session.

use alloc::vec::Vec;

use entrenous_primitives::{
    hash::sha256,
    role::Role,
    secret::Key,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::label;

/// Role of the root key, from which every ratchet turn derives.
#[derive(Debug)]
pub enum Root {}
impl Role for Root {
    const NAME: &'static str = "root";
}

/// Role of the keys that encrypt message headers.
#[derive(Debug)]
pub enum Header {}
impl Role for Header {
    const NAME: &'static str = "header";
}

/// Role of a device's signed prekey; the responder's is also its first ratchet key.
#[derive(Debug)]
pub enum SignedPrekey {}
impl Role for SignedPrekey {
    const NAME: &'static str = "signed prekey";
}

/// T: the hash of everything public in the handshake on both sides, 32 bytes. Not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transcript(pub [u8; 32]);

/// hs: the hash of the handshake part as received, 32 bytes. Names the session in its prekey messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandshakeHash(pub [u8; 32]);

impl HandshakeHash {
    /// H(label ‖ handshake part as received).
    pub fn of(handshake: &[u8]) -> Self {
        // spec: AGREE-9
        Self(sha256(&[label::HANDSHAKE, handshake]))
    }
}

/// Role of a resumption secret: RS, the fourth output of a root step.
#[derive(Debug)]
pub enum Resume {}
impl Role for Resume {
    const NAME: &'static str = "resumption";
}

/// Names a resumption secret, 8 bytes: what a continued handshake says of it in the open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResumptionId(pub [u8; 8]);

impl ResumptionId {
    /// The first 8 bytes of H(label ‖ RS).
    pub fn of(secret: &Key<Resume>) -> Self {
        // spec: RATCHET-51
        let [a, b, c, d, e, f, g, h, ..] = sha256(&[label::RESUMPTION_ID, secret.as_bytes()]);
        Self([a, b, c, d, e, f, g, h])
    }
}

/// What a session gives to the next one, so that stolen device keys alone can't continue it.
#[derive(Debug)]
pub struct Resumption {
    transcript: Transcript,
    id: ResumptionId,
    secret: Key<Resume>,
}

impl Resumption {
    /// The secret RS of a session whose handshake had the transcript T.
    pub fn new(transcript: Transcript, secret: Key<Resume>) -> Self {
        Self { transcript, id: ResumptionId::of(&secret), secret }
    }

    /// T of the session that is continued.
    pub fn transcript(&self) -> Transcript {
        self.transcript
    }

    /// The secret's name.
    pub fn id(&self) -> ResumptionId {
        self.id
    }

    /// RS, 32 bytes.
    pub fn secret(&self) -> &Key<Resume> {
        &self.secret
    }
}

/// What both sides of a handshake derive.
#[derive(Debug)]
pub struct SessionSecret {
    /// T.
    pub transcript: Transcript,
    /// hs.
    pub handshake_hash: HandshakeHash,
    /// RK.
    pub root: Key<Root>,
    /// HK_A: encrypts the headers of the initiator's first chain.
    pub header_initiator: Key<Header>,
    /// HK_B: encrypts the headers of the responder's first chain.
    pub header_responder: Key<Header>,
}

/// The handshake's result for who opened the session.
#[derive(Debug)]
pub struct InitiatorSecret {
    /// What both sides have.
    pub session: SessionSecret,
    /// S_B: the responder's signed prekey, its first ratchet key.
    pub peer_prekey: PublicKey<SignedPrekey>,
    /// The handshake part, sent along until the first reply is read.
    pub handshake: Vec<u8>,
}

/// The handshake's result for who was written to.
#[derive(Debug)]
pub struct ResponderSecret {
    /// What both sides have.
    pub session: SessionSecret,
    /// A copy of S_B's private half, the first ratchet key.
    pub prekey: SecretKey<SignedPrekey>,
}
