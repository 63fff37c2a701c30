//! The agreement of the next turn, computed before the turn: so that many sessions turn on all cores, and what follows
//! goes one after the other as ever. It is never stored; a turn that it doesn't fit computes its own.

use alloc::boxed::Box;

use entrenous_primitives::{
    random::RandomError,
    secret::SecretBytes,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::envelope::Envelope;
use rand_core::TryCryptoRng;

use crate::{
    Session,
    locate::try_header,
    session::{Live, Phase, Ratchet},
};

/// A ratchet key for a turn of our own that may come.
#[derive(Debug)]
pub struct NextRatchetKey(
    // boxed, so that moving it leaves no copy behind
    Box<SecretKey<Ratchet>>,
);

impl NextRatchetKey {
    /// Draws 32 bytes.
    ///
    /// # Errors
    /// [`RandomError`] when the generator fails.
    pub fn draw(rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<Self, RandomError> {
        SecretKey::generate(rng).map(|secret| Self(Box::new(secret)))
    }
}

/// What X25519 gives for a key of ours and one of the peer's.
#[derive(Debug)]
pub(crate) enum Ahead {
    /// For the peer's turn.
    Theirs { own: PublicKey<Ratchet>, peer: PublicKey<Ratchet>, dh: SecretBytes<32> },
    /// For ours, with the key that it brings.
    Ours {
        secret: Box<SecretKey<Ratchet>>,
        public: PublicKey<Ratchet>,
        peer: PublicKey<Ratchet>,
        dh: SecretBytes<32>,
    },
}

impl Session {
    /// Computes ahead what opening `envelope` agrees on, if it begins the peer's next chain; tells whether it does. The
    /// session stays as it is otherwise, and nothing is known of the message's body.
    pub fn look_ahead(&mut self, envelope: &Envelope<'_>) -> bool {
        let Phase::Live(Live { secret, public, .. }) = &self.phase else { return false };
        // who still sends the handshake has not read our answer, so no prekey message begins a chain after the first
        let Ok(Some(header)) = try_header(self.next_receive.cipher(), envelope, None) else { return false };
        let Ok(peer) = PublicKey::from_bytes(&header.fields.ratchet_key) else { return false };
        let Ok(dh) = secret.agree(&peer) else { return false };
        self.ahead = Some(Ahead::Theirs { own: *public, peer, dh });
        true
    }

    /// Computes ahead what the next sealing agrees on, with `key`, if it is our turn; else `key` goes.
    pub fn turn_ahead(&mut self, key: NextRatchetKey) {
        let (Phase::Turn { peer }, NextRatchetKey(secret)) = (&self.phase, key) else { return };
        let Ok(dh) = secret.agree(peer) else { return };
        self.ahead = Some(Ahead::Ours { public: secret.public_key(), peer: *peer, secret, dh });
    }
}
