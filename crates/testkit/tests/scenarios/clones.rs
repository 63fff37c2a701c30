//! Two states of one device that have both written are noticed; who has no key can't make it seem so.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_ratchet::{CloneEvidence, Limits, OpenError};
use entrenous_testkit::{
    forge::{Forger, each_flip},
    pair::Pair,
    peer::{Peer, Refused},
};

const DUPLICATE: Refused = Refused::Open(OpenError::Duplicate);
const REJECTED: Refused = Refused::Open(OpenError::Rejected);
const NUMBER_USED_TWICE: Refused = Refused::Clone(CloneEvidence::NumberUsedTwice);
const CHAIN_BEGUN_TWICE: Refused = Refused::Clone(CloneEvidence::ChainBegunTwice);

fn say(from: &mut Peer, to: &mut Peer) {
    let message = from.seal(b"hello").unwrap();
    assert_eq!(to.read(&message), b"hello");
}

/// Both have written, and it is Alice's turn.
fn answered(seed: u64) -> (Peer, Peer) {
    let (mut alice, mut bob) = Pair::established(seed);
    say(&mut bob, &mut alice);
    (alice, bob)
}

// spec: RATCHET-56, RATCHET-58
#[test]
fn a_second_message_in_an_opened_place() {
    let (mut alice, mut bob) = answered(1);
    say(&mut alice, &mut bob);
    let copy = alice.stored();
    let first = alice.seal_many(20);
    for message in &first {
        bob.read(message);
    }
    let second = alice.reopen(&copy, 70).seal_many(20);
    for (n, (first, second)) in first.iter().zip(&second).enumerate() {
        assert_eq!(bob.refuse(first), DUPLICATE);
        // sixteen tags are remembered
        let told = if n < 4 { DUPLICATE } else { NUMBER_USED_TWICE };
        assert_eq!(bob.refuse(second), told, "{n}");
    }
    // as told from the record, and after the chain became a former one
    let mut bob = bob.reopen(&bob.stored(), 71);
    assert_eq!(bob.refuse(&second[19]), NUMBER_USED_TWICE);
    say(&mut bob, &mut alice);
    say(&mut alice, &mut bob);
    assert_eq!(bob.refuse(&second[19]), NUMBER_USED_TWICE);
    assert_eq!(bob.refuse(&first[19]), DUPLICATE);
    let mut bob = bob.reopen(&bob.stored(), 72);
    assert_eq!(bob.refuse(&second[19]), NUMBER_USED_TWICE);
}

/// A message that was skipped: whichever comes first opens, and the other one tells.
// spec: RATCHET-56
#[test]
fn a_second_message_in_a_skipped_place() {
    let (mut alice, mut bob) = answered(2);
    let copy = alice.stored();
    let first = alice.seal_many(3);
    bob.read(&first[2]);
    bob.read(&first[0]);
    assert_eq!(bob.refuse(&first[0]), DUPLICATE);
    // another chain in the same place, since the copy was taken before the ratchet key was drawn
    let second = alice.reopen(&copy, 73).seal_many(3);
    for message in &second {
        assert_eq!(bob.refuse(message), CHAIN_BEGUN_TWICE);
    }
    bob.read(&first[1]);
}

/// A copy taken before the chain began writes as well: its messages have the header key of the newest chain, and
/// another ratchet key.
// spec: RATCHET-57, RATCHET-58
#[test]
fn two_chains_in_one_place() {
    let (mut alice, mut bob) = answered(3);
    let mut thief = alice.reopen(&alice.stored(), 74);
    say(&mut alice, &mut bob);
    let stolen = thief.seal_many(2);
    for message in &stolen {
        assert_eq!(bob.refuse(message), CHAIN_BEGUN_TWICE);
    }
    // when the chain is a former one, only what was opened of it can tell
    say(&mut bob, &mut alice);
    say(&mut alice, &mut bob);
    assert_eq!(bob.refuse(&stolen[0]), NUMBER_USED_TWICE);
    assert_eq!(bob.refuse(&stolen[1]), DUPLICATE);
    // the session goes on
    say(&mut bob, &mut alice);
}

/// A chain that goes leaves its places among the sixteen to others.
// spec: RATCHET-54
#[test]
fn tags_go_with_their_chain() {
    let limits = Limits { old_chains: 1, ..Limits::default() };
    let (mut alice, mut bob) = Pair::established_with(7, limits);
    say(&mut bob, &mut alice);
    let mut late = alice.seal_many(11);
    bob.read(&late.pop().unwrap());
    say(&mut bob, &mut alice);
    say(&mut alice, &mut bob);
    let second = alice.reopen(&alice.stored(), 75).seal(b"second").unwrap();
    say(&mut alice, &mut bob);
    for message in &late {
        bob.read(message);
    }
    // the third chain pushes the first out, ten tags with it
    say(&mut bob, &mut alice);
    for _ in 0..14 {
        say(&mut alice, &mut bob);
    }
    assert_eq!(bob.refuse(&late[9]), REJECTED);
    assert_eq!(bob.refuse(&second), NUMBER_USED_TWICE);
    say(&mut alice, &mut bob);
    assert_eq!(bob.refuse(&second), NUMBER_USED_TWICE);
    say(&mut alice, &mut bob);
    assert_eq!(bob.refuse(&second), DUPLICATE);
}

/// No bit of a message that was opened makes an alarm, wherever it is flipped: header, body, all of the tag.
// spec: RATCHET-55
#[test]
fn a_forger_raises_no_alarm() {
    let (mut alice, mut bob) = answered(4);
    let opened = alice.seal_many(3);
    bob.read(&opened[0]);
    bob.read(&opened[2]);
    let len = opened[0].len();
    for message in &opened {
        let (mut duplicates, mut rejected) = (0, 0);
        each_flip(message, 2..len, |bit, forged| match bob.open(forged) {
            Err(DUPLICATE) => duplicates += 1,
            Err(REJECTED) => rejected += 1,
            other => panic!("bit {bit}: {other:?}"),
        });
        // the header opens with every body, and with every end of the tag
        let header_opens = 8 * (len - 2 - 65 - 12);
        let opened_before = *message != opened[1];
        assert_eq!(duplicates, if opened_before { header_opens } else { 0 });
        assert_eq!(duplicates + rejected, 8 * (len - 2));
    }
    // parts of genuine messages put together
    let tag = len - 16;
    for (head, tail) in [(0, 2), (2, 0), (0, 1), (1, 0)] {
        for cut in [67, tag, tag + 8, tag + 12] {
            let forged = [&opened[head][..cut], &opened[tail][cut..]].concat();
            let refused = bob.refuse(&forged);
            assert!(refused == DUPLICATE || refused == REJECTED, "{head}, {tail}, {cut}: {refused:?}");
        }
    }
    assert_eq!(bob.read(&opened[1]), 1u32.to_be_bytes());
}

/// A body that didn't open leaves no tag behind: the genuine message opens, and is a duplicate then.
// spec: RATCHET-54
#[test]
fn a_false_body_is_not_remembered() {
    let (mut alice, mut bob) = answered(5);
    let genuine = alice.seal(b"genuine").unwrap();
    let mut forged = genuine.clone();
    forged[80] ^= 1;
    assert_eq!(bob.refuse(&forged), REJECTED);
    bob.read(&genuine);
    assert_eq!(bob.refuse(&genuine), DUPLICATE);
    assert_eq!(bob.refuse(&forged), DUPLICATE);
}

/// What the peer itself writes into its headers raises an alarm about itself, and changes nothing.
// spec: RATCHET-11, RATCHET-57
#[test]
fn headers_that_contradict_their_chain() {
    let (mut alice, mut bob) = answered(6);
    say(&mut alice, &mut bob);
    let honest = Forger::in_chain(&alice.stored().session);
    let mut other_pn = honest.clone();
    other_pn.fields.pn += 1;
    assert_eq!(bob.refuse(&other_pn.message(b"no")), REJECTED);
    let mut other_epoch = honest.clone();
    other_epoch.fields.flags.epoch += 1;
    assert_eq!(bob.refuse(&other_epoch.message(b"no")), REJECTED);
    let mut other_key = honest.clone();
    other_key.fields.ratchet_key = [9; 32];
    assert_eq!(bob.refuse(&other_key.message(b"no")), CHAIN_BEGUN_TWICE);
    assert_eq!(bob.read(&honest.message(b"yes")), b"yes");
}
