//! No key meets a nonce twice, whatever is dropped, restored or opened by two processes at once.
//!
//! A session shows no key, so this looks from outside: what is sealed is known here, and so is then the
//! keystream under it. Two sealings under one key and nonce would share it, whatever their contents.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::collections::HashSet;

use entrenous_ratchet::Limits;
use entrenous_testkit::{
    pair::Pair,
    peer::{Peer, Received, Refused, frame},
    rng::ScriptedRng,
};
use entrenous_wire::{envelope::Envelope, padding::Padding};
use rand::RngExt;

/// Every keystream block and header nonce so far.
#[derive(Default)]
struct Trace {
    keystream: HashSet<[u8; 16]>,
    header_nonces: HashSet<[u8; 12]>,
    bodies: HashSet<Vec<u8>>,
}

impl Trace {
    /// Adds the message `bytes`, in which `content` is sealed, and hands it on. Panics where it repeats
    /// anything.
    fn add(&mut self, content: &[u8], bytes: Vec<u8>) -> Vec<u8> {
        for block in keystream(content, &bytes) {
            assert!(self.keystream.insert(block), "a key has met a nonce twice: the keystreams are equal");
        }
        let envelope = Envelope::parse(&bytes).unwrap();
        let nonce = *envelope.tag().first_chunk().unwrap();
        assert!(self.header_nonces.insert(nonce), "a header's nonce has come twice");
        assert!(self.bodies.insert(envelope.body().to_vec()), "equal frames became equal bodies");
        bytes
    }

    /// Seals at `peer`.
    fn seal(&mut self, peer: &mut Peer, content: &[u8]) -> Vec<u8> {
        let bytes = peer.seal(content).unwrap();
        self.add(content, bytes)
    }

    /// Seals at `peer` a message that leaks although its step is dropped.
    fn seal_and_drop(&mut self, peer: &mut Peer, content: &[u8]) -> Vec<u8> {
        let bytes = peer.seal_and_drop(content).unwrap();
        self.add(content, bytes)
    }
}

/// Two ends whose frames have no shards in them, so that the test knows them byte for byte.
fn established(seed: u64) -> (Peer, Peer) {
    let (alice, mut bob) = Pair::established(seed);
    bob.policy.post_quantum.offers = false;
    (alice, bob)
}

/// The keystream under the body of `bytes`, in blocks of the cipher.
fn keystream(content: &[u8], bytes: &[u8]) -> Vec<[u8; 16]> {
    let frame = frame(content);
    let mut plain = vec![0; frame.encoded_len(Padding::default())];
    frame.encode_into(&mut plain).unwrap();
    let body = Envelope::parse(bytes).unwrap().body().to_vec();
    assert_eq!(body.len(), plain.len());
    let stream: Vec<u8> = body.iter().zip(&plain).map(|(sealed, plain)| sealed ^ plain).collect();
    stream.as_chunks().0.to_vec()
}

/// Checks that the messages are sealed under one message key: `reader` opens each of them, and after it none
/// of the others.
fn assert_one_key(reader: &mut Peer, messages: &[Vec<u8>]) {
    let before = reader.stored();
    for message in messages {
        reader.restore(&before);
        reader.open(message).unwrap();
        for other in messages {
            assert!(reader.open(other).is_err());
        }
    }
}

#[test]
fn a_dropped_sealing_and_the_next_differ() {
    let (mut alice, mut bob) = established(1);
    let mut trace = Trace::default();
    let mut sealed: Vec<_> = (0..50).map(|_| trace.seal_and_drop(&mut alice, b"same")).collect();
    sealed.push(trace.seal(&mut alice, b"same"));
    assert_one_key(&mut bob, &sealed);
}

// spec: RATCHET-8
#[test]
fn a_sealing_that_is_not_committed_spends_its_salt() {
    let (mut alice, _) = established(2);
    let mut trace = Trace::default();
    let before = alice.stored();
    for _ in 0..50 {
        // the handle of the salts goes on while the session goes back
        trace.seal(&mut alice, b"same");
        alice.restore(&before);
    }
}

// spec: RATCHET-8
#[test]
fn a_client_opened_anew_differs() {
    let (mut alice, mut bob) = established(3);
    let mut trace = Trace::default();
    let stored = alice.stored();
    let mut sealed = vec![trace.seal(&mut alice, b"same")];
    for seed in 0..50 {
        let mut anew = alice.reopen(&stored, 1_000 + seed);
        sealed.push(trace.seal(&mut anew, b"same"));
    }
    assert_one_key(&mut bob, &sealed);
}

#[test]
fn two_processes_differ() {
    let (mut alice, mut bob) = established(4);
    let mut trace = Trace::default();
    let stored = alice.stored();
    let mut second = alice.reopen(&stored, 1_000);
    for _ in 0..50 {
        let sealed = [trace.seal(&mut alice, b"same"), trace.seal(&mut second, b"same")];
        assert_one_key(&mut bob, &sealed);
    }
}

#[test]
fn a_turn_sealed_twice_differs() {
    let (mut alice, mut bob) = established(5);
    let mut trace = Trace::default();
    let stored = bob.stored();
    let mut sealed: Vec<_> = (0..20).map(|_| trace.seal_and_drop(&mut bob, b"same")).collect();
    for seed in 0..20 {
        sealed.push(trace.seal(&mut bob.reopen(&stored, 1_000 + seed), b"same"));
    }
    sealed.push(trace.seal(&mut bob, b"same"));
    assert_one_key(&mut alice, &sealed);
}

#[test]
fn the_salt_is_what_makes_the_difference() {
    let (alice, _) = established(6);
    let stored = alice.stored();
    // the same salt twice, which no client draws: the trace would have noticed
    let [one, two] = [(); 2].map(|()| alice.reopen(&stored, 1_000).seal(b"same").unwrap());
    assert_eq!(keystream(b"same", &one), keystream(b"same", &two));
    let other = alice.reopen(&stored, 1_000).seal(b"another").unwrap();
    assert_eq!(keystream(b"same", &one), keystream(b"another", &other));
}

/// One end of a long trace: states it may go back to, and processes that were opened on the way.
struct Site {
    peer: Peer,
    second: Option<Peer>,
    kept: Vec<entrenous_testkit::peer::Stored>,
}

#[test]
fn a_long_hostile_trace_repeats_nothing() {
    for seed in 0..40 {
        long_trace(seed);
    }
}

fn long_trace(seed: u64) {
    let mut rng = ScriptedRng::new(seed);
    let mut trace = Trace::default();
    let mut pair = Pair::new(seed, Limits::default());
    // the first message, too, is sealed and dropped before it is sent
    trace.seal_and_drop(&mut pair.alice, b"same");
    let first = trace.seal(&mut pair.alice, b"same");
    pair.accept(&first).unwrap();
    let mut sites = [pair.alice, pair.bob.unwrap()].map(|mut peer| {
        peer.policy.post_quantum.offers = false;
        Site { peer, second: None, kept: Vec::new() }
    });
    let mut newest = [None, None];
    for _ in 0..400 {
        let at = rng.random_range(..2_usize);
        let Site { peer, second, kept } = &mut sites[at];
        // equal contents and others, shorter and longer than the padding's floor
        let content = [b"same".as_slice(), b"same", b"other", &[9; 200]][rng.random_range(..4_usize)];
        match rng.random_range(0..100) {
            0..30 => newest[1 - at] = Some(trace.seal(peer, content)),
            30..45 => drop(trace.seal_and_drop(peer, content)),
            45..55 => {
                if let Some(second) = second {
                    newest[1 - at] = Some(trace.seal(second, content));
                }
            }
            55..80 => {
                // both processes read, if they can
                for reader in core::iter::once(peer).chain(second.as_mut()) {
                    let _: Option<Result<Received, Refused>> =
                        newest[at].as_ref().map(|bytes: &Vec<u8>| reader.open(bytes));
                }
            }
            80..86 => kept.push(peer.stored()),
            86..91 => {
                if let Some(stored) = kept.last() {
                    peer.restore(stored);
                }
            }
            91..96 => *second = Some(peer.reopen(&peer.stored(), rng.random())),
            _ => {
                let stored = kept.last().cloned().unwrap_or_else(|| peer.stored());
                *peer = peer.reopen(&stored, rng.random());
            }
        }
    }
    assert!(trace.header_nonces.len() > 100);
}
