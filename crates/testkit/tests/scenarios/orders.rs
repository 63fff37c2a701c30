//! Messages come in any order that causality allows, and each opens exactly once.
//!
//! Eight messages over three ratchet turns: A sends 3; B, having read at least one of them, answers with 3; A,
//! having read at least one of those, sends 2 in a new chain. Every order of the eight deliveries in which no
//! message comes before it could be sent is tried, 9,072 of them, with the messages sealed as early as they
//! could be and as late.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_ratchet::{Limits, OpenError};
use entrenous_testkit::{
    pair::Pair,
    peer::{Peer, Received, Refused, Stored},
};

/// The chains as ranges of message numbers; even ones are A's.
const CHAINS: [core::ops::Range<usize>; 3] = [0..3, 3..6, 6..8];
const MESSAGES: usize = 8;
const ORDERS: usize = 9_072;

#[derive(Clone, Copy, PartialEq)]
enum Sealing {
    Early,
    Late,
}

/// One point of one story, from which all continuations are tried.
#[derive(Clone)]
struct World {
    alice: Stored,
    bob: Option<Stored>,
    sealed: Vec<Vec<u8>>,
    delivered: Vec<usize>,
}

/// What doesn't differ between the stories.
struct Story {
    pair: Pair,
    sealing: Sealing,
    orders: usize,
}

fn chain_of(message: usize) -> usize {
    CHAINS.iter().position(|chain| chain.contains(&message)).expect("in a chain")
}

fn content(message: usize) -> Vec<u8> {
    format!("message {message}").into_bytes()
}

impl Story {
    fn reopen(&self, stored: &Stored, seed: usize) -> Peer {
        self.pair.alice.reopen(stored, u64::try_from(seed).expect("small"))
    }

    /// Whether the sender of `chain` has read a message of the chain before, so that it can begin it.
    fn may_begin(world: &World, chain: usize) -> bool {
        chain == 0 || CHAINS[chain - 1].clone().any(|before| world.delivered.contains(&before))
    }

    /// Seals everything before `end`; whoever opens it, each sealing draws from randomness of its own.
    fn seal_up_to(&self, world: &mut World, end: usize) {
        for message in world.sealed.len()..end {
            let by_alice = chain_of(message).is_multiple_of(2);
            let stored = if by_alice { &world.alice } else { world.bob.as_ref().expect("has read") };
            let mut peer = self.reopen(stored, 1_000 + message);
            world.sealed.push(peer.seal(&content(message)).expect("sealed"));
            if by_alice {
                world.alice = peer.stored();
            } else {
                world.bob = Some(peer.stored());
            }
        }
    }

    fn deliver(&mut self, world: &mut World, message: usize) {
        let chain = chain_of(message);
        // what is to be in the chain before must be sealed before the answer to it is read
        let sealed_by_now = match self.sealing {
            Sealing::Early => message + 1,
            Sealing::Late if chain > 0 => CHAINS[chain - 1].end.max(message + 1),
            Sealing::Late => message + 1,
        };
        self.seal_up_to(world, sealed_by_now);

        let bytes = world.sealed[message].clone();
        let first_of_chain = CHAINS[chain].clone().all(|other| !world.delivered.contains(&other));
        let received = if chain % 2 == 1 {
            let mut alice = self.reopen(&world.alice, 1);
            let received = alice.open(&bytes).expect("opens");
            world.alice = alice.stored();
            received
        } else if let Some(stored) = &world.bob {
            let mut bob = self.reopen(stored, 2);
            let received = bob.open(&bytes).expect("opens");
            world.bob = Some(bob.stored());
            received
        } else {
            let received = self.pair.accept(&bytes).expect("accepted");
            world.bob = self.pair.bob.take().map(|bob| bob.stored());
            received
        };
        let Received { content: opened, report } = received;
        assert_eq!(opened.as_deref(), Ok(&content(message)[..]), "after {:?}", world.delivered);
        assert_eq!(report.new_chain, first_of_chain, "{message} after {:?}", world.delivered);
        assert!(!report.clone_suspected && report.lost_keys == 0, "{message} after {:?}", world.delivered);
        world.delivered.push(message);

        if self.sealing == Sealing::Early && chain + 1 < CHAINS.len() {
            self.seal_up_to(world, CHAINS[chain + 1].end);
        }
    }

    /// All continuations of `world`.
    fn explore(&mut self, world: &World) {
        if world.delivered.len() == MESSAGES {
            self.orders += 1;
            self.replay_everything(world);
            return;
        }
        for message in 0..MESSAGES {
            if world.delivered.contains(&message) || !Self::may_begin(world, chain_of(message)) {
                continue;
            }
            let mut next = world.clone();
            self.deliver(&mut next, message);
            self.explore(&next);
        }
    }

    fn replay_everything(&self, world: &World) {
        let mut alice = self.reopen(&world.alice, 3);
        let mut bob = self.reopen(world.bob.as_ref().expect("has read"), 4);
        assert!(alice.skipped.is_empty() && bob.skipped.is_empty(), "keys left over: {:?}", world.delivered);
        for (message, bytes) in world.sealed.iter().enumerate() {
            let reader = if chain_of(message).is_multiple_of(2) { &mut bob } else { &mut alice };
            let refused = reader.refuse(bytes);
            assert_eq!(refused, Refused::Open(OpenError::Duplicate), "{message} of {:?}", world.delivered);
        }
    }
}

/// Tries all orders; with `fresh` the first message that comes is the first of the session.
fn all_orders(sealing: Sealing, fresh: bool) {
    let mut pair = Pair::new(7, Limits::default());
    if !fresh {
        // an exchange before, so that A begins with a ratchet turn and no handshake part
        let first = pair.alice.seal(b"first").expect("sealed");
        pair.accept(&first).expect("accepted");
        let answer = pair.bob.as_mut().expect("accepted").seal(b"answer").expect("sealed");
        pair.alice.read(&answer);
    }
    let bob = pair.bob.take().map(|bob| bob.stored());
    let alice = pair.alice.stored();
    let mut world = World { alice, bob, sealed: Vec::new(), delivered: Vec::new() };
    let mut story = Story { pair, sealing, orders: 0 };
    if sealing == Sealing::Early {
        story.seal_up_to(&mut world, CHAINS[0].end);
    }
    story.explore(&world);
    assert_eq!(story.orders, ORDERS);
}

#[test]
fn of_a_new_session_sealed_early() {
    all_orders(Sealing::Early, true);
}

// spec: RATCHET-10
#[test]
fn of_a_new_session_sealed_late() {
    all_orders(Sealing::Late, true);
}

#[test]
fn of_a_session_under_way_sealed_early() {
    all_orders(Sealing::Early, false);
}

#[test]
fn of_a_session_under_way_sealed_late() {
    all_orders(Sealing::Late, false);
}
