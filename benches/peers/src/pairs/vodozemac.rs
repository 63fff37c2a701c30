//! Olm as vodozemac has it, in its default configuration.

use vodozemac::{
    Curve25519PublicKey,
    olm::{Account, AccountPickle, InboundCreationResult, OlmMessage, Session, SessionConfig},
};

use crate::pairs::{
    header,
    pair::{End, Pair, SkipLimits, exchange, settle},
    set_up::SetUp,
};

/// Types of messages, which travel beside them.
const PREKEY: usize = 0;
const NORMAL: usize = 1;

/// Where the ratchet key ends in a message: after a version, its tag and its length.
const KEY_END: usize = 3 + 32;

fn config() -> SessionConfig {
    SessionConfig::default()
}

fn decoded(kind: usize, bytes: &[u8]) -> OlmMessage {
    OlmMessage::from_parts(kind, bytes).expect("well-formed")
}

/// Both ends of an Olm session.
pub struct Vodozemac {
    alice: Session,
    bob: Session,
}

impl Vodozemac {
    pub fn new() -> Self {
        let mut strangers = Strangers::new();
        let mut alice = strangers.outbound();
        let first = alice.encrypt(b"first").expect("sealed").to_parts().1;
        let InboundCreationResult { session: bob, .. } = strangers.inbound(&first);
        let mut pair = Self { alice, bob };
        settle(&mut pair);
        pair
    }

    fn end(&mut self, end: End) -> &mut Session {
        match end {
            End::Alice => &mut self.alice,
            End::Bob => &mut self.bob,
        }
    }
}

impl Pair for Vodozemac {
    fn seal(&mut self, end: End, content: &[u8], out: &mut Vec<u8>) {
        *out = self.end(end).encrypt(content).expect("sealed").to_parts().1;
    }

    fn open(&mut self, end: End, message: &[u8], out: &mut Vec<u8>) -> bool {
        match self.end(end).decrypt(&decoded(NORMAL, message)) {
            Ok(content) => {
                *out = content;
                true
            }
            Err(_) => false,
        }
    }

    fn fork(&self) -> Box<dyn Pair> {
        let copy = |session: &Session| Session::from_pickle(session.pickle());
        Box::new(Self { alice: copy(&self.alice), bob: copy(&self.bob) })
    }

    /// The encrypted pickle, as text.
    fn stored(&self) -> Vec<u8> {
        self.bob.pickle().encrypt(&[7; 32]).into_bytes()
    }

    fn limits(&self) -> SkipLimits {
        SkipLimits { at_once: 2000, kept: 40 }
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

/// Two accounts that have no session yet.
pub struct Strangers {
    alice: Account,
    bob: Account,
    /// Bob, of whom a one-time key is used up each time.
    stored_bob: String,
    /// Identity key and one-time key. Their signatures are the application's to check.
    bundle: [u8; 64],
}

impl Strangers {
    pub fn new() -> Self {
        let (alice, mut bob) = (Account::new(), Account::new());
        bob.generate_one_time_keys(1);
        let one_time = bob.one_time_keys().into_values().next().expect("just generated");
        bob.mark_keys_as_published();
        let mut bundle = [0; 64];
        bundle[..32].copy_from_slice(bob.curve25519_key().as_bytes());
        bundle[32..].copy_from_slice(one_time.as_bytes());
        let stored_bob = bob.pickle().encrypt(&[7; 32]);
        Self { alice, bob, stored_bob, bundle }
    }

    fn outbound(&self) -> Session {
        let key = |bytes: &[u8]| Curve25519PublicKey::from_slice(bytes).expect("32 bytes");
        let (identity, one_time) = self.bundle.split_at(32);
        self.alice.create_outbound_session(config(), key(identity), key(one_time)).expect("a session")
    }

    fn inbound(&mut self, first: &[u8]) -> InboundCreationResult {
        let OlmMessage::PreKey(first) = decoded(PREKEY, first) else { unreachable!("a first message") };
        let alice = self.alice.curve25519_key();
        self.bob.create_inbound_session(config(), alice, &first).expect("genuine")
    }
}

impl SetUp for Strangers {
    fn begin(&mut self) {
        let pickle = AccountPickle::from_encrypted(&self.stored_bob, &[7; 32]);
        self.bob = Account::from_pickle(pickle.expect("own pickle"));
    }

    fn initiate(&mut self, content: &[u8]) -> Vec<u8> {
        self.outbound().encrypt(content).expect("sealed").to_parts().1
    }

    fn respond(&mut self, first: &[u8]) -> Vec<u8> {
        self.inbound(first).plaintext
    }
}
