//! What the benchmarks begin with: two ends of a session in the middle of it, and a sender key.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark ends when its fixture is broken"
)]

use core::hint::black_box;

use entrenous_group::sender_key::{Accepted, ReceivedKey, ReceivingKey};
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{Limits, Looked, SealPolicy, Session};
use entrenous_testkit::{
    device::{TODAY, start_of},
    forge::record,
    pair::Pair,
    peer::{Peer, frame},
    rng::ScriptedRng,
    sender_keys::{GROUP, Speaker, sender},
};
use entrenous_wire::{envelope::Envelope, group_message::GroupMessage};

/// One end of a session, sealing and opening in place.
#[derive(Debug)]
pub struct End {
    session: Session,
    /// With which it seals.
    pub policy: SealPolicy,
    salt: NonceSalt,
    rng: ScriptedRng,
}

impl End {
    /// From a record, as a client loads it.
    pub fn load(record: &[u8], seed: u64) -> Self {
        let mut rng = ScriptedRng::new(seed);
        let salt = NonceSalt::new(&mut rng).expect("scripted");
        let session = Session::from_record(record, Limits::default()).expect("own record");
        Self { session, policy: SealPolicy::default(), salt, rng }
    }

    /// Seals `content` and commits.
    pub fn seal(&mut self, content: &[u8], out: &mut Vec<u8>) {
        let sealed = self.session.seal(
            &frame(content),
            &self.policy,
            start_of(TODAY),
            &mut self.salt,
            &mut self.rng,
            out,
        );
        sealed.expect("sealed").commit();
    }

    /// Opens a message and commits.
    pub fn open(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let envelope = Envelope::parse(bytes).expect("well-formed");
        let Ok(Looked::Message(located)) = self.session.locate(&envelope, TODAY) else {
            unreachable!("genuine")
        };
        let committed = located.open(Vec::new(), out).expect("genuine").commit();
        black_box(committed.frame.expect("a frame").content);
    }

    /// Is given a forgery.
    pub fn refuse(&mut self, bytes: &[u8]) {
        let envelope = Envelope::parse(bytes).expect("well-formed");
        assert!(self.session.locate(&envelope, TODAY).is_err(), "a forgery");
    }
}

/// Where the post-quantum ratchet stands in a fixture.
#[derive(Clone, Copy, Debug)]
pub enum Epoch {
    /// Between two epochs: nothing goes along with messages.
    Rests,
    /// Alice's answer is on its way: shards go along with her messages.
    UnderWay,
}

/// The stage of an epoch in which the answerer's shards are sent.
const ANSWERED: u32 = 6;

/// Records of two ends that are both in the middle of a chain.
pub fn records(epoch: Epoch) -> (Vec<u8>, Vec<u8>) {
    let (mut alice, mut bob) = Pair::established(1);
    let arrived = |alice: &Peer, bob: &Peer| {
        let rests = |end: &Peer| {
            let status = end.session.status().post_quantum;
            status.mixed.is_some() && !status.under_way
        };
        let stage = record(&alice.stored().session).post_quantum.as_ref().map_or(0, |epoch| epoch.stage);
        match epoch {
            Epoch::Rests => rests(alice) && rests(bob),
            Epoch::UnderWay => stage == ANSWERED,
        }
    };
    while !arrived(&alice, &bob) {
        let message = bob.seal(b"from bob").expect("sealed");
        alice.open(&message).expect("genuine");
        let message = alice.seal(b"from alice").expect("sealed");
        bob.open(&message).expect("genuine");
    }
    (alice.stored().session, bob.stored().session)
}

/// Who writes to a group, with a new key.
pub fn speaker() -> Speaker {
    Speaker::new(sender(1, 1), 1)
}

/// What a member takes from `speaker`.
pub fn received(speaker: &Speaker) -> ReceivingKey {
    let received = ReceivedKey::parse(&speaker.distribution()).expect("genuine");
    match received.accept(GROUP, speaker.key.sender(), None) {
        Ok(Accepted::New(key)) => key,
        _ => unreachable!("genuine and new"),
    }
}

/// Opens a message of a group and commits.
pub fn open_in_group(key: &mut ReceivingKey, bytes: &[u8], out: &mut Vec<u8>) {
    let message = GroupMessage::parse(bytes).expect("well-formed");
    let located = key.locate(&message).expect("genuine");
    let committed = located.open(None, out).expect("genuine").commit();
    black_box(committed.frame.expect("a frame").content);
}
