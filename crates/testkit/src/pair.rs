//! Two peers that have agreed.

use entrenous_ratchet::{Await, Limits, Session};
use entrenous_wire::envelope::{Envelope, Kind};

use crate::{
    device::TestDevice,
    peer::{Peer, Received, Refused, split},
};

/// Alice, who initiates, and Bob, who answers when her first message has come.
#[derive(Debug)]
pub struct Pair {
    /// Alice's device.
    pub alice_device: TestDevice,
    /// Bob's device.
    pub bob_device: TestDevice,
    /// Alice's end.
    pub alice: Peer,
    /// Bob's end; none before the first message.
    pub bob: Option<Peer>,
    limits: Limits,
    seed: u64,
}

impl Pair {
    /// Alice has Bob's bundle and may write.
    pub fn new(seed: u64, limits: Limits) -> Self {
        let alice_device = TestDevice::new(seed.wrapping_mul(4));
        let bob_device = TestDevice::new(seed.wrapping_mul(4).wrapping_add(1));
        let secret = alice_device.initiate(&bob_device, true, seed);
        let alice =
            Peer::new(Session::initiate(secret, limits), limits, seed.wrapping_mul(4).wrapping_add(2));
        Self { alice_device, bob_device, alice, bob: None, limits, seed }
    }

    /// Bob receives his first message from Alice.
    ///
    /// # Errors
    /// [`Refused`]; Bob has no session then. A handshake that is refused counts as rejected.
    pub fn accept(&mut self, bytes: &[u8]) -> Result<Received, Refused> {
        let rejected = Refused::Open(entrenous_ratchet::OpenError::Rejected);
        let envelope = Envelope::parse(bytes).map_err(Refused::Malformed)?;
        let Kind::Prekey { handshake } = envelope.kind() else { return Err(rejected) };
        let secret = self.bob_device.respond(handshake).map_err(|_| rejected)?;
        let mut out = Vec::new();
        let accepted = Await::new(secret, self.limits).open(&envelope, &mut out).map_err(Refused::Open)?;
        let (session, committed) = accepted.commit();
        let (received, records) = split(committed);
        let mut bob = Peer::new(session, self.limits, self.seed.wrapping_mul(4).wrapping_add(3));
        bob.store(records);
        self.bob = Some(bob);
        Ok(received)
    }

    /// Bob must refuse his first message, and be without a session then.
    pub fn refuse(&mut self, bytes: &[u8]) -> Refused {
        let refused = self.accept(bytes).expect_err("must be refused");
        assert!(self.bob.is_none(), "a refused message began a session");
        refused
    }

    /// Both ends after one message from Alice, which Bob has read.
    pub fn established(seed: u64) -> (Peer, Peer) {
        Self::established_with(seed, Limits::default())
    }

    /// As [`Pair::established`], both with `limits`.
    pub fn established_with(seed: u64, limits: Limits) -> (Peer, Peer) {
        let mut pair = Self::new(seed, limits);
        let first = pair.alice.seal(b"first").expect("sealed");
        pair.accept(&first).expect("genuine");
        (pair.alice, pair.bob.expect("just accepted"))
    }
}
