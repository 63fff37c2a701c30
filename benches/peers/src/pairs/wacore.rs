//! The Signal protocol as wacore-libsignal has it: X3DH and the double ratchet, nothing post-quantum.

pub mod ready;
mod stores;

use wacore_libsignal::protocol::{
    CiphertextMessage, DecryptionResult, GenericSignedPreKey, IdentityKey, IdentityKeyPair, KeyPair,
    OwnedCiphertextMessage, PreKeyBundle, PreKeyRecord, PreKeySignalMessage, ProtocolAddress, PublicKey,
    SignalMessage, SignedPreKeyRecord, Timestamp, UsePQRatchet, error::Result, message_decrypt_owned,
    message_encrypt, process_prekey_bundle,
};

use crate::pairs::{
    header,
    pair::{End, Pair, SkipLimits, exchange, settle},
    set_up::SetUp,
};
use ready::ready;
use stores::{Identity, OneTime, Sessions, Signed};

/// Where the ratchet key ends in a message: after a version, its tag and length, and its type.
const KEY_END: usize = 4 + 32;

/// One end with its stores.
struct Device {
    /// The other's address.
    peer: ProtocolAddress,
    sessions: Sessions,
    identity: Identity,
    one_time: OneTime,
    signed: Signed,
}

impl Device {
    fn new(peer: &str) -> Self {
        Self {
            peer: ProtocolAddress::new(peer, 1.into()),
            sessions: Sessions::default(),
            identity: Identity(IdentityKeyPair::generate(&mut rand::rng())),
            one_time: OneTime::default(),
            signed: Signed::default(),
        }
    }

    fn fork(&self) -> Self {
        Self {
            peer: self.peer.clone(),
            sessions: Sessions::of(self.sessions.record()),
            identity: self.identity.clone(),
            one_time: self.one_time.clone(),
            signed: self.signed.clone(),
        }
    }

    fn seal(&mut self, content: &[u8]) -> CiphertextMessage {
        let Self { peer, sessions, identity, .. } = self;
        ready(message_encrypt(content, peer, sessions, identity)).expect("sealed")
    }

    fn open(&mut self, message: CiphertextMessage) -> Result<DecryptionResult> {
        let Self { peer, sessions, identity, one_time, signed } = self;
        let mut message = OwnedCiphertextMessage::new(message);
        ready(message_decrypt_owned(
            &mut message,
            peer,
            sessions,
            identity,
            one_time,
            signed,
            &mut rand::rng(),
            UsePQRatchet::No,
        ))
    }
}

/// The message's own bytes, not copied.
fn serialized(message: CiphertextMessage) -> Vec<u8> {
    match message {
        CiphertextMessage::SignalMessage(message) => message.into_serialized().into_vec(),
        CiphertextMessage::PreKeySignalMessage(message) => message.into_serialized().into_vec(),
        _ => unreachable!("between two"),
    }
}

/// Both ends of a session.
pub struct Wacore {
    alice: Device,
    bob: Device,
}

impl Wacore {
    pub fn new() -> Self {
        let mut strangers = Strangers::new();
        let first = strangers.initiate(b"first");
        assert_eq!(strangers.respond(&first), b"first");
        let Strangers { alice, bob, .. } = strangers;
        let mut pair = Self { alice, bob };
        settle(&mut pair);
        pair
    }

    fn end(&mut self, end: End) -> &mut Device {
        match end {
            End::Alice => &mut self.alice,
            End::Bob => &mut self.bob,
        }
    }
}

impl Pair for Wacore {
    fn seal(&mut self, end: End, content: &[u8], out: &mut Vec<u8>) {
        *out = serialized(self.end(end).seal(content));
    }

    fn open(&mut self, end: End, message: &[u8], out: &mut Vec<u8>) -> bool {
        let message = SignalMessage::try_from(message).expect("well-formed");
        match self.end(end).open(CiphertextMessage::SignalMessage(message)) {
            Ok(result) => {
                *out = result.plaintext;
                true
            }
            Err(_) => false,
        }
    }

    fn fork(&self) -> Box<dyn Pair> {
        Box::new(Self { alice: self.alice.fork(), bob: self.bob.fork() })
    }

    fn stored(&self) -> Vec<u8> {
        self.bob.sessions.record().serialize().expect("encoded")
    }

    fn limits(&self) -> SkipLimits {
        SkipLimits { at_once: 2000, kept: 2000 }
    }

    fn with_foreign_header(&self, message: &[u8]) -> Vec<u8> {
        header::replaced(message, KEY_END, None)
    }

    fn most_work(&mut self) -> Vec<u8> {
        exchange(self, End::Bob, End::Alice, b"answer");
        let mut message = Vec::new();
        self.seal(End::Alice, b"", &mut message);
        header::replaced(&message, KEY_END, Some(self.limits().at_once as u64))
    }
}

/// A bundle as it travels.
struct Bundle {
    identity: [u8; 33],
    one_time: [u8; 33],
    signed: [u8; 33],
    signature: [u8; 64],
}

impl Bundle {
    fn read(&self) -> PreKeyBundle {
        let key = |bytes: &[u8; 33]| PublicKey::deserialize(bytes).expect("a key");
        let identity = IdentityKey::decode(&self.identity).expect("a key");
        let (one_time, signed) = (key(&self.one_time), key(&self.signed));
        let id = 1;
        PreKeyBundle::new(
            1,
            1.into(),
            Some((id.into(), one_time)),
            id.into(),
            signed,
            self.signature.to_vec(),
            identity,
        )
        .expect("a bundle")
    }
}

/// Two devices that have no session yet.
pub struct Strangers {
    alice: Device,
    bob: Device,
    bundle: Bundle,
}

impl Strangers {
    pub fn new() -> Self {
        let (alice, mut bob) = (Device::new("bob"), Device::new("alice"));
        let rng = &mut rand::rng();
        let (one_time, signed) = (KeyPair::generate(rng), KeyPair::generate(rng));
        let public = signed.public_key.serialize();
        let signature = bob.identity.0.private_key().calculate_signature(&public, rng).expect("signed");
        bob.one_time = OneTime(Some(PreKeyRecord::new(1.into(), &one_time)));
        let time = Timestamp::from_epoch_millis(0);
        bob.signed = Signed(Some(SignedPreKeyRecord::new(1.into(), time, &signed, &signature)));
        let bundle = Bundle {
            identity: bob.identity.0.identity_key().serialize(),
            one_time: one_time.public_key.serialize(),
            signed: public,
            signature: signature[..].try_into().expect("64 bytes"),
        };
        Self { alice, bob, bundle }
    }
}

impl SetUp for Strangers {
    fn begin(&mut self) {
        self.alice.sessions = Sessions::default();
        self.bob.sessions = Sessions::default();
    }

    fn initiate(&mut self, content: &[u8]) -> Vec<u8> {
        let Device { peer, sessions, identity, .. } = &mut self.alice;
        let (bundle, rng) = (self.bundle.read(), &mut rand::rng());
        ready(process_prekey_bundle(peer, sessions, identity, &bundle, rng, UsePQRatchet::No))
            .expect("genuine");
        serialized(self.alice.seal(content))
    }

    fn respond(&mut self, first: &[u8]) -> Vec<u8> {
        let first = PreKeySignalMessage::try_from(first).expect("well-formed");
        self.bob.open(CiphertextMessage::PreKeySignalMessage(first)).expect("genuine").plaintext
    }
}
