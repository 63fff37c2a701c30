//! Our new key for a whole group: a sender key, given to each member over the session with it.

use entrenous_group::sender_key::{ReceivingKey, SendingKey};
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{Looked, SealPolicy, Session, ShardsPerMessage};
use entrenous_testkit::{
    device::{TODAY, start_of},
    pair::Pair,
    peer::{Peer, frame},
};
use entrenous_wire::{envelope::Envelope, padding::Padding};
use rand::rngs::SysRng;

use crate::{
    clock::timed,
    groups::ours,
    messages::new,
    rotations::{Cost, Rotation},
};

/// Whether the sessions heal on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Turns {
    /// All sessions are in the middle of a chain.
    None,
    /// Every member answers first, which gives the sender the turn, and the sender takes it: two ratchet steps at each
    /// end, after which both have new keys.
    All,
}

/// One end of a session.
struct End {
    session: Session,
    salt: NonceSalt,
}

impl End {
    fn new(peer: Peer) -> Self {
        Self { session: peer.session, salt: NonceSalt::new(&mut SysRng).expect("randomness") }
    }

    fn seal(&mut self, content: &[u8]) -> Vec<u8> {
        let (policy, now) = (SealPolicy::default(), start_of(TODAY));
        let mut out = Vec::new();
        let sealed = self.session.seal(&frame(content), &policy, now, &mut self.salt, &mut SysRng, &mut out);
        sealed.expect("sealed").commit();
        out
    }

    fn open(&mut self, message: &[u8]) -> Vec<u8> {
        let envelope = Envelope::parse(message).expect("well-formed");
        let Ok(Looked::Message(located)) = self.session.locate(&envelope, TODAY) else {
            unreachable!("genuine")
        };
        let mut out = Vec::new();
        let committed = located.open(Vec::new(), &mut out).expect("genuine").commit();
        committed.frame.expect("a frame").content.to_vec()
    }
}

/// A member, with both ends of the sender's session with it.
struct Member {
    senders: End,
    own: End,
    key: ReceivingKey,
}

impl Member {
    fn new(seed: u64, distribution: &[u8]) -> Self {
        let (mut sender, mut member) = Pair::established(seed);
        for end in [&mut sender, &mut member] {
            end.policy.post_quantum.shards = ShardsPerMessage::Exactly(37);
        }
        // the first post-quantum epoch is over, as in most of a session's life
        let rests = |end: &Peer| {
            let status = end.session.status().post_quantum;
            status.mixed.is_some() && !status.under_way
        };
        while !(rests(&sender) && rests(&member)) {
            sender.read(&member.seal(b"answer").expect("sealed"));
            member.read(&sender.seal(b"message").expect("sealed"));
        }
        Self { senders: End::new(sender), own: End::new(member), key: ours::accept(distribution) }
    }

    fn take(&mut self, message: &[u8]) {
        let key = ours::accept(&self.own.open(message));
        self.key.end_with(&key).expect("its previous key");
        self.key = key;
    }
}

/// The sender of a group, and all others in it.
pub struct Sessions {
    key: SendingKey,
    members: Vec<Member>,
    turns: Turns,
}

impl Sessions {
    /// A group of `count` beside the sender.
    pub fn new(count: usize, turns: Turns) -> Self {
        let key = ours::generate(None);
        let distribution = key.distribution().expect("fresh");
        let members = (0..count as u64).map(|seed| Member::new(seed, &distribution)).collect();
        Self { key, members, turns }
    }
}

impl Rotation for Sessions {
    fn rotate(&mut self) -> Cost {
        let Self { key, members, turns } = self;
        let turns = *turns;
        let (answering, answers) = timed(|| match turns {
            Turns::None => Vec::new(),
            Turns::All => members.iter_mut().map(|member| member.own.seal(b"")).collect(),
        });
        let (reading, ()) = timed(|| {
            for (member, answer) in members.iter_mut().zip(&answers) {
                member.senders.open(answer);
            }
        });
        assert!(
            members.iter().all(|member| member.senders.session.status().own_turn == (turns == Turns::All))
        );
        let (sending, messages) = timed(|| {
            *key = ours::generate(Some(key));
            let distribution = key.distribution().expect("fresh");
            members.iter_mut().map(|member| member.senders.seal(&distribution)).collect::<Vec<_>>()
        });
        let (taking, ()) = timed(|| {
            for (member, message) in members.iter_mut().zip(&messages) {
                member.take(message);
            }
        });
        self.check();
        let bytes = |messages: &[Vec<u8>]| messages.iter().map(Vec::len).sum::<usize>() as f64;
        let count = self.members.len() as f64;
        Cost {
            sender: reading + sending,
            receiver: (answering + taking) / count,
            sender_up: bytes(&messages),
            receiver_down: bytes(&messages) / count,
            in_all: 2.0 * (bytes(&messages) + bytes(&answers)),
        }
    }
}

impl Sessions {
    fn check(&mut self) {
        let mut salt = NonceSalt::new(&mut SysRng).expect("randomness");
        let record = self.key.to_record();
        let mut key = SendingKey::from_record(&record).expect("own record");
        let message = new(|out| ours::seal(&mut key, &mut salt, Padding::None, b"under the new key", out));
        for member in &self.members {
            let mut key = ReceivingKey::from_record(&member.key.to_record()).expect("own record");
            assert!(ours::open(&mut key, &message, &mut Vec::new()), "under the new key");
            let post_quantum = member.senders.session.status().post_quantum;
            assert!(!post_quantum.under_way, "shards would go along");
        }
    }
}
