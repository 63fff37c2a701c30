//! Our sessions: the crate `ratchet` in place, its skipped keys in memory.

use std::{collections::BTreeMap, num::NonZeroU64};

use entrenous_agreement::{Initiator, Mode, OwnList, ReceivedBundle, ReceivedHandshake, StalePrekeys};
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{
    Await, BlockId, Limits, Looked, PostQuantumPolicy, SealPolicy, Session, ShardsPerMessage, SkippedBlock,
};
use entrenous_testkit::{
    device::{TODAY, TestDevice, start_of},
    forge::record,
    pair::Pair as Established,
    peer::{Peer, frame},
};
use entrenous_wire::{
    envelope::{Envelope, Kind},
    frame::Frame,
    padding::Padding,
    records::OLD_CHAIN_LEN,
};
use rand::rngs::SysRng;

use crate::{
    messages::new,
    pairs::{
        pair::{End, Pair, SkipLimits, exchange, settle},
        set_up::SetUp,
    },
};

/// Where the post-quantum ratchet stands in a fixture.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Epoch {
    /// Between two epochs: nothing goes along with messages, and none begins.
    Rests,
    /// Alice's answer is on its way: shards go along with her messages, and when the epoch is over the next begins.
    UnderWay,
}

/// The stage of an epoch in which the answerer's shards are sent.
const ANSWERED: u32 = 6;

/// One end, sealing and opening in place.
struct Device {
    session: Session,
    skipped: BTreeMap<BlockId, SkippedBlock>,
    policy: SealPolicy,
    salt: NonceSalt,
}

impl Device {
    fn new(session: Session, policy: SealPolicy) -> Self {
        let salt = NonceSalt::new(&mut SysRng).expect("randomness");
        Self { session, skipped: BTreeMap::new(), policy, salt }
    }

    fn fork(&self) -> Self {
        let session = Session::from_record(&self.session.to_record(), Limits::default()).expect("own record");
        let copy = |block: &SkippedBlock| SkippedBlock::from_record(&block.to_record()).expect("own record");
        let skipped = self.skipped.iter().map(|(id, block)| (*id, copy(block))).collect();
        Self { skipped, ..Self::new(session, self.policy) }
    }

    fn seal(&mut self, content: &[u8], out: &mut Vec<u8>) {
        let Self { session, policy, salt, .. } = self;
        let sealed = session.seal(&frame(content), policy, start_of(TODAY), salt, &mut SysRng, out);
        sealed.expect("sealed").commit();
    }

    fn open(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        let Self { session, skipped, .. } = self;
        let envelope = Envelope::parse(message).expect("well-formed");
        let Ok(Looked::Message(located)) = session.locate(&envelope, TODAY) else { return false };
        let records = located.needed().iter().filter_map(|id| skipped.remove(id)).collect();
        let Ok(opened) = located.open(records, out) else { return false };
        let committed = opened.commit();
        for block in committed.records.put {
            skipped.insert(block.id(), block);
        }
        for id in committed.records.remove {
            skipped.remove(&id);
        }
        committed.frame.is_ok()
    }
}

/// Both ends of our session.
pub struct Ours {
    alice: Device,
    bob: Device,
}

impl Ours {
    /// Both in the middle of a chain, as a client pads.
    pub fn new(epoch: Epoch) -> Self {
        Self::with_padding(epoch, Padding::default())
    }

    /// As [`Ours::new`], padded as `padding` says.
    pub fn with_padding(epoch: Epoch, padding: Padding) -> Self {
        let (mut alice, mut bob) = Established::established(1);
        if epoch == Epoch::Rests {
            // the first epoch is soon over
            for end in [&mut alice, &mut bob] {
                end.policy.post_quantum.shards = ShardsPerMessage::Exactly(37);
            }
        }
        while !has_arrived(epoch, &alice, &bob) {
            alice.read(&bob.seal(b"from bob").expect("sealed"));
            bob.read(&alice.seal(b"from alice").expect("sealed"));
        }
        let pause_messages = if epoch == Epoch::Rests { u32::MAX } else { 0 };
        let post_quantum = PostQuantumPolicy { pause_messages, ..PostQuantumPolicy::default() };
        let [alice, bob] =
            [alice, bob].map(|end| Device::new(end.session, SealPolicy { padding, post_quantum }));
        Self { alice, bob }
    }

    /// Both at rest, and Bob with as many old header keys as a session keeps.
    pub fn with_old_chains() -> Self {
        let mut pair = Self::new(Epoch::Rests);
        while pair.old_chains() < usize::from(Limits::default().old_chains) {
            settle(&mut pair);
        }
        pair
    }

    /// Old header keys that Bob keeps.
    pub fn old_chains(&self) -> usize {
        record(&self.bob.session.to_record()).old.len() / OLD_CHAIN_LEN
    }

    /// Alice's message of `content` with that many shards.
    pub fn with_shards(&mut self, shards: u8, content: &[u8]) -> Vec<u8> {
        self.alice.policy.post_quantum.shards = ShardsPerMessage::Exactly(shards);
        new(|out| self.seal(End::Alice, content, out))
    }

    /// Bytes of the larger of both ends' sessions.
    pub fn larger_session(&self) -> usize {
        [&self.alice, &self.bob]
            .map(|end| end.session.to_record().len())
            .into_iter()
            .max()
            .unwrap_or_default()
    }

    fn end(&mut self, end: End) -> &mut Device {
        match end {
            End::Alice => &mut self.alice,
            End::Bob => &mut self.bob,
        }
    }
}

fn has_arrived(epoch: Epoch, alice: &Peer, bob: &Peer) -> bool {
    let rests = |end: &Peer| {
        let status = end.session.status().post_quantum;
        status.mixed.is_some() && !status.under_way
    };
    match epoch {
        Epoch::Rests => rests(alice) && rests(bob),
        Epoch::UnderWay => {
            let record = record(&alice.stored().session);
            record.post_quantum.as_ref().is_some_and(|epoch| epoch.stage == ANSWERED)
        }
    }
}

impl Pair for Ours {
    fn seal(&mut self, end: End, content: &[u8], out: &mut Vec<u8>) {
        self.end(end).seal(content, out);
    }

    fn open(&mut self, end: End, message: &[u8], out: &mut Vec<u8>) -> bool {
        self.end(end).open(message, out)
    }

    fn content<'o>(&self, out: &'o [u8]) -> &'o [u8] {
        Frame::parse(out).expect("a frame").content
    }

    fn fork(&self) -> Box<dyn Pair> {
        Box::new(Self { alice: self.alice.fork(), bob: self.bob.fork() })
    }

    fn stored(&self) -> Vec<u8> {
        let mut stored = self.bob.session.to_record().to_vec();
        for block in self.bob.skipped.values() {
            stored.extend_from_slice(&block.to_record());
        }
        stored
    }

    fn limits(&self) -> SkipLimits {
        let Limits { steps_per_message, skipped_keys, .. } = Limits::default();
        SkipLimits { at_once: steps_per_message as usize, kept: skipped_keys as usize }
    }

    fn with_foreign_header(&self, message: &[u8]) -> Vec<u8> {
        let mut forged = message.to_vec();
        // the sealed header begins behind version and type
        rand::fill(&mut forged[2..2 + 65]);
        forged
    }

    /// A new chain of the peer, and as many steps along it as a message may cost: only the peer can make such a header.
    fn most_work(&mut self) -> Vec<u8> {
        exchange(self, End::Bob, End::Alice, b"answer");
        let mut last = Vec::new();
        for _ in 0..=self.limits().at_once {
            self.seal(End::Alice, b"", &mut last);
        }
        self.with_false_body(&last)
    }
}

/// Two devices that have no session yet.
pub struct Strangers {
    alice: TestDevice,
    bob: TestDevice,
    bundle: Vec<u8>,
    salt: NonceSalt,
    policy: SealPolicy,
}

impl Strangers {
    pub fn new(padding: Padding) -> Self {
        let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
        let bundle = bob.bundle_bytes(true);
        let salt = NonceSalt::new(&mut SysRng).expect("randomness");
        Self { alice, bob, bundle, salt, policy: SealPolicy { padding, ..SealPolicy::default() } }
    }
}

impl SetUp for Strangers {
    fn initiate(&mut self, content: &[u8]) -> Vec<u8> {
        let Self { alice, bob, bundle, salt, policy } = self;
        let bundle = ReceivedBundle::parse(bundle).expect("well-formed");
        let bundle = bundle.verify(&bob.account_id(), TODAY, StalePrekeys::Refuse).expect("genuine");
        let secret = Initiator::new(&alice.keys, &alice.list, bundle, NonZeroU64::MIN, Mode::Fresh, TODAY)
            .and_then(|initiator| initiator.agree(&mut SysRng))
            .expect("current lists");
        let mut session = Session::initiate(secret, Limits::default());
        new(|out| {
            let sealed = session.seal(&frame(content), policy, start_of(TODAY), salt, &mut SysRng, out);
            sealed.expect("sealed").commit();
        })
    }

    fn respond(&mut self, first: &[u8]) -> Vec<u8> {
        let bob = &self.bob;
        let envelope = Envelope::parse(first).expect("well-formed");
        let Kind::Prekey { handshake } = envelope.kind() else { unreachable!("a first message") };
        let verified = ReceivedHandshake::parse(handshake).expect("well-formed");
        let verified = verified.verify(bob.keys.public().id, TODAY).expect("genuine");
        let one_time = verified.one_time_prekey().map(|_| &bob.one_time);
        let secret =
            verified.agree(&bob.keys, OwnList::from(&bob.list), &bob.signed, one_time, None).expect("agreed");
        let mut out = Vec::new();
        let accepted = Await::new(secret, Limits::default()).open(&envelope, &mut out).expect("opened");
        accepted.commit().1.frame.expect("a frame").content.to_vec()
    }
}
