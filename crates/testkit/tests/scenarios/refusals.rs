//! What is not genuine is refused and leaves no trace: every truncation and every flipped bit of every kind of
//! message, what is spliced from two sessions or sent back to its writer, and steps that are dropped.
//!
//! "No trace" is what [`Peer::refuse`] and [`Pair::refuse`] assert: session and skipped keys byte for byte as
//! before, no session begun, nothing in the caller's buffer. After each storm the genuine bytes still open.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use core::ops::Range;

use entrenous_agreement::{AgreementError, ReceivedBundle, ReceivedHandshake, StalePrekeys};
use entrenous_identity::{IdentityError, ReceivedDeviceList};
use entrenous_ratchet::{Limits, OpenError};
use entrenous_testkit::{
    device::{TODAY, TestDevice},
    forge::{each_cut, each_flip},
    pair::Pair,
    peer::{Peer, Refused},
};
use entrenous_wire::{
    Reason, Strict,
    envelope::{Envelope, Kind},
    proto::{Handshake, SignedDeviceList},
};

const REJECTED: Refused = Refused::Open(OpenError::Rejected);

/// A new pair and its first message.
fn unanswered() -> (Pair, Vec<u8>) {
    let mut pair = Pair::new(11, Limits::default());
    let first = pair.alice.seal(b"first").expect("sealed");
    (pair, first)
}

/// Where the handshake part stands in a prekey message.
fn handshake_range(message: &[u8]) -> Range<usize> {
    let Kind::Prekey { handshake } = Envelope::parse(message).expect("genuine").kind() else {
        panic!("a prekey message")
    };
    4..4 + handshake.len()
}

/// Bob refuses his first message with any bit flipped in the `part`-th of `parts` of it.
fn flips_at_accept(part: usize, parts: usize) {
    let (mut pair, first) = unanswered();
    let range = first.len() * part / parts..first.len() * (part + 1) / parts;
    each_flip(&first, range, |_, bad| {
        pair.refuse(bad);
    });
    assert_eq!(pair.accept(&first).expect("genuine").content.as_deref(), Ok(&b"first"[..]));
}

#[test]
fn flips_of_a_first_message_without_a_session_1() {
    flips_at_accept(0, 3);
}

#[test]
fn flips_of_a_first_message_without_a_session_2() {
    flips_at_accept(1, 3);
}

#[test]
fn flips_of_a_first_message_without_a_session_3() {
    flips_at_accept(2, 3);
}

/// A flipped handshake part must fail for a reason of its own where the identity is concerned, and not just
/// because the message under it doesn't open: nobody may be shown as the sender before.
#[test]
fn flips_of_the_handshake_part_alone() {
    let device = TestDevice::new(45);
    let secret = TestDevice::new(44).initiate(&device, true, 1);
    let genuine = secret.session.transcript;
    let ciphertext = secret.handshake.len() - 1568..secret.handshake.len();
    // the ciphertext is the last field; what it does is seen with the message in the tests above
    each_flip(&secret.handshake, 0..ciphertext.start, |bit, bad| {
        if let Ok(responder) = device.respond(bad) {
            assert_ne!(responder.session.transcript, genuine, "bit {bit} is not in the transcript");
        }
    });
    let mut in_identity = 0;
    let list_len =
        Handshake::decode_strict(&secret.handshake).unwrap().device_list.unwrap().encode_canonical();
    // past the list's own key and length: 3 bytes
    each_flip(&secret.handshake, 0..3 + list_len.len(), |bit, bad| {
        let verified = ReceivedHandshake::parse(bad).and_then(|it| it.verify(device.keys.public().id, TODAY));
        assert!(
            matches!(verified, Err(AgreementError::Malformed(_) | AgreementError::Identity(_))),
            "bit {bit} of the list: {verified:?}"
        );
        in_identity += 1;
    });
    assert!(in_identity > 3_500);
}

#[test]
fn cuts_of_a_first_message_without_a_session() {
    let (mut pair, first) = unanswered();
    each_cut(&first, |_, bad| {
        pair.refuse(bad);
    });
    assert!(pair.accept(&first).is_ok());
}

/// Every flip and cut of `message` is refused by `reader`, to whom it is new.
fn storm(reader: &mut Peer, message: &[u8]) {
    each_flip(message, 0..message.len(), |bit, bad| {
        let refused = reader.refuse(bad);
        let malformed = matches!(refused, Refused::Malformed(_));
        // after the type byte there is nothing to parse but the handshake part's length
        assert!(malformed || refused == REJECTED, "bit {bit}: {refused:?}");
        assert!(!malformed || bit < 32, "bit {bit}: {refused:?}");
    });
    each_cut(message, |len, bad| {
        let refused = reader.refuse(bad);
        assert!(matches!(refused, Refused::Malformed(_)) || refused == REJECTED, "{len}: {refused:?}");
    });
}

// spec: RATCHET-32
#[test]
fn of_a_later_prekey_message_within_the_session() {
    let (mut alice, mut bob) = Pair::established(12);
    let second = alice.seal(b"second").expect("sealed");
    assert!(matches!(Envelope::parse(&second).unwrap().kind(), Kind::Prekey { .. }));
    storm(&mut bob, &second);
    assert_eq!(bob.read(&second), b"second");
}

#[test]
fn of_ratchet_messages_within_the_session() {
    let (mut alice, mut bob) = Pair::established(13);
    // new chain of the peer
    let answer = bob.seal(b"answer").expect("sealed");
    storm(&mut alice, &answer);
    assert_eq!(alice.read(&answer), b"answer");
    // next in the chain, and one that is ahead, with the former chain unfinished
    let before = bob.seal(b"before").expect("sealed");
    let ahead = bob.seal(b"ahead").expect("sealed");
    storm(&mut alice, &ahead);
    assert_eq!(alice.read(&ahead), b"ahead");
    // skipped
    storm(&mut alice, &before);
    assert_eq!(alice.read(&before), b"before");
    // after several turns, with old chains that have keys
    let late = bob.seal(b"late").expect("sealed");
    for _ in 0..3 {
        let question = alice.seal(b"question").expect("sealed");
        bob.read(&question);
        let answer = bob.seal(b"answer").expect("sealed");
        alice.read(&answer);
    }
    assert_eq!(alice.skipped.len(), 1);
    storm(&mut alice, &late);
    assert_eq!(alice.read(&late), b"late");
    assert!(alice.skipped.is_empty());
}

#[test]
fn of_opened_messages() {
    let (mut alice, mut bob) = Pair::established(14);
    let message = alice.seal(b"once").expect("sealed");
    bob.read(&message);
    each_flip(&message, 0..message.len(), |_, bad| {
        // a flipped body under the genuine header is told as a duplicate, which says nothing about the body
        bob.refuse(bad);
    });
    assert_eq!(bob.refuse(&message), Refused::Open(OpenError::Duplicate));
}

/// Bob's bundle with a flipped bit in the `part`-th of `parts` is refused.
fn flips_of_a_bundle(part: usize, parts: usize) {
    let bob = TestDevice::new(2);
    let bytes = bob.bundle_bytes(true);
    each_flip(&bytes, bytes.len() * part / parts..bytes.len() * (part + 1) / parts, |bit, bad| {
        let verified = ReceivedBundle::parse(bad)
            .map_err(AgreementError::from)
            .and_then(|bundle| bundle.verify(&bob.account_id(), TODAY, StalePrekeys::Accept));
        assert!(verified.is_err(), "bit {bit}");
    });
}

#[test]
fn flips_of_a_bundle_1() {
    flips_of_a_bundle(0, 3);
}

#[test]
fn flips_of_a_bundle_2() {
    flips_of_a_bundle(1, 3);
}

#[test]
fn flips_of_a_bundle_3() {
    flips_of_a_bundle(2, 3);
}

// spec: WIRE-73
#[test]
fn cuts_of_a_bundle() {
    let bob = TestDevice::new(2);
    let (with, without) = (bob.bundle_bytes(true), bob.bundle_bytes(false));
    each_cut(&with, |len, bad| {
        // the one-time prekey is last and optional: a directory can always claim to have none
        assert_eq!(ReceivedBundle::parse(bad).is_ok(), len == without.len(), "{len}");
    });
    assert_eq!(with[..without.len()], without);
    each_cut(&without, |len, bad| assert!(ReceivedBundle::parse(bad).is_err(), "{len}"));
}

// spec: IDENTITY-5
#[test]
fn of_a_device_list() {
    let alice = TestDevice::new(1);
    let bytes = alice.list.signed().encode_canonical();
    let verify = |bytes: &[u8]| -> Result<(), IdentityError> {
        ReceivedDeviceList::parse(SignedDeviceList::decode_strict(bytes)?)?.verify(TODAY)?;
        Ok(())
    };
    assert_eq!(verify(&bytes), Ok(()));
    each_flip(&bytes, 0..bytes.len(), |bit, bad| assert!(verify(bad).is_err(), "bit {bit}"));
    each_cut(&bytes, |len, bad| assert!(verify(bad).is_err(), "{len}"));
}

#[test]
fn of_a_handshake_part() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    for one_time in [true, false] {
        let secret = alice.initiate(&bob, one_time, 1);
        each_cut(&secret.handshake, |len, bad| assert!(bob.respond(bad).is_err(), "{len}"));
        assert_eq!(bob.respond(&secret.handshake).unwrap().session.transcript, secret.session.transcript);
    }
}

#[test]
fn other_versions_and_types() {
    let (mut pair, first) = unanswered();
    let (mut alice, mut bob) = Pair::established(12);
    let answer = bob.seal(b"answer").expect("sealed");
    for byte in 0..=u8::MAX {
        for (at, reason) in [(0, Reason::Version), (1, Reason::Type)] {
            let mut bad = first.clone();
            bad[at] = byte;
            if bad != first {
                pair.refuse(&bad);
            }
            let mut bad = answer.clone();
            bad[at] = byte;
            if bad != answer {
                let refused = alice.refuse(&bad);
                let unknown = at == 0 || !(1..=2).contains(&byte);
                let told = matches!(refused, Refused::Malformed(malformed) if malformed.reason == reason);
                assert!(told || !unknown, "{refused:?}");
            }
        }
    }
    assert!(pair.accept(&first).is_ok());
    assert_eq!(alice.read(&answer), b"answer");
}

/// A prekey message without its handshake part, as a ratchet message.
fn without_handshake(message: &[u8]) -> Vec<u8> {
    [&[1, 2], &message[handshake_range(message).end..]].concat()
}

// spec: RATCHET-7
#[test]
fn a_message_changes_its_type() {
    let (mut alice, mut bob) = Pair::established(15);
    let second = alice.seal(b"second").expect("sealed");
    assert_eq!(bob.refuse(&without_handshake(&second)), REJECTED);
    let answer = bob.seal(b"answer").expect("sealed");
    let dressed = [&[1, 1], &second[2..handshake_range(&second).end], &answer[2..]].concat();
    assert_eq!(alice.refuse(&dressed), REJECTED);
    assert_eq!((bob.read(&second), alice.read(&answer)), (b"second".to_vec(), b"answer".to_vec()));
}

// spec: RATCHET-7
#[test]
fn messages_of_another_session_of_the_same_devices() {
    // the same devices and prekeys, another E_A
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    let session = |seed: u64| {
        let secret = alice.initiate(&bob, false, seed);
        let limits = Limits::default();
        let mut alice = Peer::new(entrenous_ratchet::Session::initiate(secret, limits), limits, seed + 10);
        let first = alice.seal(b"first").expect("sealed");
        let envelope = Envelope::parse(&first).expect("genuine");
        let Kind::Prekey { handshake } = envelope.kind() else { panic!("a prekey message") };
        let responder = bob.respond(handshake).expect("genuine");
        let mut out = Vec::new();
        let accepted = entrenous_ratchet::Await::new(responder, limits).open(&envelope, &mut out);
        let (session, _) = accepted.expect("genuine").commit();
        (alice, Peer::new(session, limits, seed + 20), first)
    };
    let (mut alice_1, mut bob_1, first_1) = session(1);
    let (mut alice_2, mut bob_2, first_2) = session(2);
    // first chain, with and without the other's handshake part
    let (next_1, next_2) = (alice_1.seal(b"1").expect("sealed"), alice_2.seal(b"2").expect("sealed"));
    let (part_1, part_2) = (handshake_range(&first_1), handshake_range(&first_2));
    let crossed = [&first_2[..part_2.end], &next_1[part_1.end..]].concat();
    for bad in [&first_1, &next_1, &crossed] {
        assert_eq!(bob_2.refuse(bad), REJECTED);
    }
    let responder = bob.respond(&first_2[part_2.clone()]).expect("genuine");
    let mut out = Vec::new();
    let accepted = entrenous_ratchet::Await::new(responder, Limits::default())
        .open(&Envelope::parse(&crossed).unwrap(), &mut out);
    assert_eq!(accepted.err(), Some(OpenError::Rejected));
    // header of one with the body of the other, both ways and with either tag
    for (mine, other, reader, genuine) in
        [(&next_1, &next_2, &mut bob_1, b"1"), (&next_2, &next_1, &mut bob_2, b"2")]
    {
        let (end, len) = (part_1.end + 65, mine.len());
        let header_and_body = [&mine[..end], &other[end..]].concat();
        let header_and_tag = [&mine[..end], &other[end..len - 16], &mine[len - 16..]].concat();
        let tag_alone = [&mine[..len - 16], &other[len - 16..]].concat();
        for bad in [header_and_body, header_and_tag, tag_alone] {
            assert_eq!(reader.refuse(&bad), REJECTED);
        }
        assert_eq!(reader.read(mine), genuine);
    }
    // ratchet messages
    let (answer_1, answer_2) = (bob_1.seal(b"1").expect("sealed"), bob_2.seal(b"2").expect("sealed"));
    assert_eq!(alice_2.refuse(&answer_1), REJECTED);
    assert_eq!(alice_1.refuse(&answer_2), REJECTED);
    assert_eq!((alice_1.read(&answer_1), alice_2.read(&answer_2)), (b"1".to_vec(), b"2".to_vec()));
}

#[test]
fn header_and_body_of_two_messages_of_one_session() {
    let (mut alice, mut bob) = Pair::established(16);
    let answer = bob.seal(b"answer").expect("sealed");
    alice.read(&answer);
    let (one, two) = (alice.seal(b"one").expect("sealed"), alice.seal(b"two").expect("sealed"));
    let end = 2 + 65;
    let tag = one.len() - 16;
    for (mine, other) in [(&one, &two), (&two, &one)] {
        assert_eq!(bob.refuse(&[&mine[..end], &other[end..]].concat()), REJECTED);
        assert_eq!(bob.refuse(&[&mine[..end], &other[end..tag], &mine[tag..]].concat()), REJECTED);
        assert_eq!(bob.refuse(&[&mine[..tag], &other[tag..]].concat()), REJECTED);
    }
    assert_eq!((bob.read(&two), bob.read(&one)), (b"two".to_vec(), b"one".to_vec()));
}

// spec: RATCHET-19
#[test]
fn messages_sent_back_to_their_writer() {
    let mut pair = Pair::new(17, Limits::default());
    let first = pair.alice.seal(b"first").expect("sealed");
    assert_eq!(pair.alice.refuse(&first), REJECTED);
    assert_eq!(pair.alice.refuse(&without_handshake(&first)), REJECTED);
    pair.accept(&first).expect("genuine");
    let (mut alice, mut bob) = (pair.alice, pair.bob.expect("accepted"));
    let mut sent = vec![(true, first)];
    for turn in 0..6 {
        let (writer, reader) = if turn % 2 == 0 { (&mut bob, &mut alice) } else { (&mut alice, &mut bob) };
        for _ in 0..2 {
            let message = writer.seal(b"to the other").expect("sealed");
            assert_eq!(writer.refuse(&message), REJECTED);
            reader.read(&message);
            sent.push((turn % 2 == 1, message));
        }
        for (by_alice, message) in &sent {
            let (writer, reader) = if *by_alice { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
            assert_eq!(writer.refuse(message), REJECTED);
            assert_eq!(reader.refuse(message), Refused::Open(OpenError::Duplicate));
        }
    }
}

// spec: RATCHET-26
#[test]
fn a_corrupt_copy_does_not_spoil_the_genuine_one() {
    let (mut alice, mut bob) = Pair::established(18);
    let [skipped, next, ahead] = [(); 3].map(|()| alice.seal(b"genuine").expect("sealed"));
    let corrupt = |message: &[u8], from_the_end: usize| {
        let mut bad = message.to_vec();
        let at = bad.len() - from_the_end;
        bad[at] ^= 1;
        bad
    };
    for message in [&ahead, &skipped, &next] {
        // the tag, which is the header's nonce too; the body under a genuine header; the header
        for from_the_end in [1, 17, 16 + 64 + 1] {
            assert_eq!(bob.refuse(&corrupt(message, from_the_end)), REJECTED);
        }
        assert_eq!(bob.read(message), b"genuine");
    }
}

// spec: RATCHET-33
#[test]
fn a_dropped_step_leaves_no_trace() {
    let (mut alice, mut bob) = Pair::established(19);
    let [skipped, ahead] = [(); 2].map(|()| alice.seal(b"genuine").expect("sealed"));
    let answer = bob.seal(b"answer").expect("sealed");
    for (reader, message) in [(&mut bob, &ahead), (&mut alice, &answer)] {
        for _ in 0..2 {
            let before = reader.stored();
            reader.open_and_drop(message).expect("opens");
            assert_eq!(reader.stored(), before);
        }
        reader.read(message);
    }
    let before = bob.stored();
    bob.open_and_drop(&skipped).expect("opens");
    assert_eq!(bob.stored(), before);
    assert_eq!(bob.read(&skipped), b"genuine");
    // sealing, at a turn and in the chain
    for _ in 0..2 {
        let before = alice.stored();
        let leaked = alice.seal_and_drop(b"never left").expect("sealed");
        assert_eq!(alice.stored(), before);
        let message = alice.seal(b"sent").expect("sealed");
        assert_ne!(message, leaked);
        assert_eq!(bob.read(&message), b"sent");
        // what leaked was sealed for the same place: it can't be opened beside the other
        bob.refuse(&leaked);
    }
}

/// A first message whose step is dropped leaves the handshake to be answered by the same message again.
// spec: RATCHET-2
#[test]
fn a_dropped_first_message_can_come_again() {
    let (mut pair, first) = unanswered();
    for _ in 0..2 {
        pair.accept(&first).expect("genuine");
        pair.bob = None;
    }
    let second = pair.alice.seal(b"second").expect("sealed");
    assert_eq!(pair.accept(&second).expect("genuine").content.as_deref(), Ok(&b"second"[..]));
    assert_eq!(pair.bob.expect("accepted").read(&first), b"first");
}
