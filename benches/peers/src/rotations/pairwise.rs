//! A peer's sender key, given to each member over the session with it.

use crate::{
    clock::timed,
    groups::sender_keys::SenderKeys,
    messages::new,
    pairs::{End, Pair},
    rotations::{Cost, Rotation},
};

/// The sender's session with each member, with both ends, and each member's newest key.
pub struct Pairwise<K: SenderKeys> {
    members: Vec<(Box<dyn Pair>, K::Receiving)>,
}

impl<K: SenderKeys> Pairwise<K> {
    /// A group of `count` beside the sender, their sessions in the middle of a chain.
    pub fn new(count: usize, session: fn() -> Box<dyn Pair>) -> Self {
        let (_, distribution) = K::generate();
        let members = (0..count).map(|_| (session(), K::accept(&distribution))).collect();
        Self { members }
    }
}

impl<K: SenderKeys> Rotation for Pairwise<K> {
    fn rotate(&mut self) -> Cost {
        let Self { members } = self;
        let (sender, (mut key, messages)) = timed(|| {
            let (key, distribution) = K::generate();
            let seal = |pair: &mut Box<dyn Pair>| new(|out| pair.seal(End::Alice, &distribution, out));
            let messages: Vec<_> = members.iter_mut().map(|(pair, _)| seal(pair)).collect();
            (key, messages)
        });
        let (taking, ()) = timed(|| {
            for ((pair, key), message) in members.iter_mut().zip(&messages) {
                let distribution = new(|out| assert!(pair.open(End::Bob, message, out), "genuine"));
                *key = K::accept(&distribution);
            }
        });
        let message = K::seal(&mut key, b"under the new key");
        for (_, key) in members.iter_mut() {
            assert_eq!(K::open(key, &message).as_deref(), Some(&b"under the new key"[..]));
        }
        let (bytes, count) = (messages.iter().map(Vec::len).sum::<usize>() as f64, members.len() as f64);
        Cost {
            sender,
            receiver: taking / count,
            sender_up: bytes,
            receiver_down: bytes / count,
            in_all: 2.0 * bytes,
        }
    }
}
