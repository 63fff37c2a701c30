//! Agreements that are computed ahead change nothing but when they are computed.
#![allow(clippy::unwrap_used, reason = "test code")]

use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::NextRatchetKey;
use entrenous_testkit::{
    forge::{Forger, points},
    pair::Pair,
    peer::{Peer, frame},
    rng::ScriptedRng,
};
use entrenous_wire::envelope::Envelope;

/// Both have read something, and it is Alice's turn.
fn alices_turn(seed: u64) -> (Peer, Peer) {
    let (mut alice, mut bob) = Pair::established(seed);
    alice.read(&bob.seal(b"turn").unwrap());
    (alice, bob)
}

fn look_ahead(of: &mut Peer, bytes: &[u8]) -> bool {
    of.session.look_ahead(&Envelope::parse(bytes).unwrap())
}

// spec: RATCHET-22
#[test]
fn a_turn_that_was_looked_at_ahead_ends_where_every_other_does() {
    let (mut alice, mut bob) = alices_turn(1);
    let sent = alice.seal_many(3);
    let mut other = bob.reopen(&bob.stored(), 7);
    assert!(look_ahead(&mut bob, &sent[1]));
    assert_eq!(bob.stored(), other.stored(), "nothing of it is stored");
    for bytes in [&sent[1], &sent[2], &sent[0]] {
        assert_eq!(bob.open(bytes), other.open(bytes));
        assert_eq!(bob.stored(), other.stored());
        // the chain has begun
        assert!(!look_ahead(&mut bob, bytes));
    }
}

/// What was computed for one message is not taken for another one: here of two states of Alice.
// spec: RATCHET-22
#[test]
fn another_turn_computes_its_own() {
    let (mut alice, mut bob) = alices_turn(2);
    let mut twin = alice.reopen(&alice.stored(), 8);
    let (sent, of_twin) = (alice.seal(b"sent").unwrap(), twin.seal(b"of the twin").unwrap());
    assert!(look_ahead(&mut bob, &of_twin));
    assert_eq!(bob.read(&sent), b"sent");
}

#[test]
fn a_stranger_and_a_forgery_are_not_looked_at() {
    let (mut alice, mut bob) = alices_turn(3);
    let (mut stranger, _) = alices_turn(4);
    assert!(!look_ahead(&mut bob, &stranger.seal(b"of another session").unwrap()));
    let in_turn = alice.stored().session;
    let mut forged = alice.seal(b"sent").unwrap();
    // in the header: a body is not looked at
    forged[2] ^= 1;
    assert!(!look_ahead(&mut bob, &forged));
    // authentic headers with keys that nobody agrees with
    for point in points::LOW_ORDER.iter().chain(&points::NON_CANONICAL) {
        let bad = Forger::next_chain(&in_turn, *point, &[0; 32]).message(b"no key");
        assert!(!look_ahead(&mut bob, &bad));
    }
    // it is Alice's turn: nothing of Bob's begins a chain
    assert!(!look_ahead(&mut alice, &bob.seal(b"no turn").unwrap()));
}

/// The key that was drawn ahead serves for one message that leaves, or for none.
// spec: RATCHET-25
#[test]
fn a_key_that_was_drawn_ahead_serves_once() {
    let (mut alice, mut bob) = alices_turn(5);
    let draw = |seed| NextRatchetKey::draw(&mut ScriptedRng::new(seed)).unwrap();
    let before = alice.stored();
    let mut turns = Vec::new();
    for ahead in [Some(70), Some(70), None, Some(71)] {
        alice.restore(&before);
        if let Some(seed) = ahead {
            alice.session.turn_ahead(draw(seed));
            assert_eq!(alice.stored(), before, "nothing of it is stored");
        }
        let sent = alice.seal(b"turn").unwrap();
        turns.push((alice.stored(), sent));
    }
    // the state holds no nonce salt, so one key gives one state
    assert_eq!(turns[0].0, turns[1].0);
    assert_ne!(turns[1].0, turns[2].0);
    assert_ne!(turns[1].0, turns[3].0);
    assert_eq!(bob.read(&turns[3].1), b"turn");

    // a sealing that is dropped takes the key with it
    alice.restore(&before);
    alice.session.turn_ahead(draw(72));
    let (now, rng, mut out) = (alice.now(), &mut ScriptedRng::new(74), Vec::new());
    let salt = &mut NonceSalt::new(rng).unwrap();
    drop(alice.session.seal(&frame(b"dropped"), &alice.policy, now, salt, rng, &mut out).unwrap());
    alice.seal(b"turn").unwrap();
    let after_drop = alice.stored();
    alice.restore(&before);
    alice.session.turn_ahead(draw(72));
    alice.seal(b"turn").unwrap();
    assert_ne!(alice.stored(), after_drop);

    // it is not her turn: the key goes, and changes nothing
    let mut other = alice.reopen(&alice.stored(), 9);
    alice.session.turn_ahead(draw(73));
    alice.seal(b"no turn").unwrap();
    other.seal(b"no turn").unwrap();
    assert_eq!(alice.stored(), other.stored());
}
