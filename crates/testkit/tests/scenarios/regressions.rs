//! What has gone wrong in libraries of this kind, once each. `docs/assurance/regressions.md` has the whole list, with the tests
//! that are elsewhere.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_agreement::{ReceivedBundle, ReceivedHandshake};
use entrenous_group::sender_key::{DistributionError, KeyId, OpenError as GroupOpenError};
use entrenous_identity::{DeviceKeys, ReceivedDeviceList};
use entrenous_ratchet::{Limits, OpenError, SealError};
use entrenous_testkit::{
    device::TestDevice,
    forge::{Forger, each_cut, each_flip},
    pair::Pair,
    peer::Refused,
    sender_keys::{Listener, Speaker, sender},
};
use entrenous_wire::{
    Strict,
    envelope::Envelope,
    group_message::GroupMessage,
    proto::{DeviceKeysRecord, SignedDeviceList},
};

/// OpenMLS before 0.7.2, GHSA-8x3w-qj7j-gqhf: the comparison of tags ended with the shorter one, so that none at all was right.
// spec: PRIM-3, WIRE-14
#[test]
fn a_short_tag_is_no_tag() {
    let (mut alice, mut bob) = Pair::established(1);
    let sent = alice.seal(b"whole").unwrap();
    each_cut(&sent, |_, cut| {
        bob.refuse(cut);
    });
    assert_eq!(bob.read(&sent), b"whole");

    let mut speaker = Speaker::new(sender(1, 1), 1);
    let mut listener = Listener::default();
    listener.accept(&speaker.distribution(), sender(1, 1)).unwrap();
    let sent = speaker.seal(b"whole");
    each_cut(&sent, |at, cut| {
        if GroupMessage::parse(cut).is_ok() {
            assert_eq!(listener.open(cut), Err(GroupOpenError::Rejected), "cut at {at}");
        }
    });
    assert_eq!(listener.open(&sent).unwrap(), b"whole");
}

/// guardyn #106 and others: numbers and ratchet keys of a header moved the state before anything was authentic. Here the header
/// is: it asks for as many steps as it may, or begins a chain, and the body is false.
// spec: RATCHET-12, RATCHET-26
#[test]
fn a_false_body_moves_no_state() {
    let (alice, mut bob) = Pair::established(2);
    let mut forger = Forger::in_chain(&alice.stored().session);
    let next = forger.fields.n;
    for steps in [0, 1, 1_000, Limits::default().steps_per_message] {
        forger.fields.n = next + steps;
        let mut message = forger.message(b"false");
        let body = message.len() - 20;
        message[body] ^= 1;
        assert_eq!(bob.refuse(&message), Refused::Open(OpenError::Rejected), "{steps} steps");
    }
    let (mut alice, mut bob) = Pair::established(2);
    let reply = bob.seal(b"reply").unwrap();
    alice.read(&reply);
    let mut turn = alice.seal(b"a new chain").unwrap();
    let body = turn.len() - 20;
    turn[body] ^= 1;
    assert_eq!(bob.refuse(&turn), Refused::Open(OpenError::Rejected));
    turn[body] ^= 1;
    assert_eq!(bob.read(&turn), b"a new chain");
}

/// guardyn #217 and others: a damaged copy of a late message took the key that the message needed.
// spec: RATCHET-18
#[test]
fn a_forgery_burns_no_skipped_key() {
    let (mut alice, mut bob) = Pair::established(3);
    let sent = alice.seal_many(4);
    bob.read(&sent[3]);
    for late in &sent[..3] {
        each_flip(late, 0..late.len(), |_, flipped| {
            bob.refuse(flipped);
        });
        bob.read(late);
    }
    assert_eq!(bob.session.skipped_keys(), 0);
}

/// hpke-rs #118 and others: a counter that went around used a nonce again. Here it ends, and the session asks for another;
/// `a_chain_ends_at_two_to_the_twenty_in_any_case` has the end of the format, far below that of the counter's type.
// spec: RATCHET-9
#[test]
fn a_counter_ends_and_does_not_go_around() {
    let limits = Limits { chain_messages: 3, ..Limits::default() };
    let mut pair = Pair::new(4, limits);
    for _ in 0..3 {
        pair.alice.seal(b"counted").unwrap();
    }
    let before = pair.alice.stored();
    for _ in 0..3 {
        assert_eq!(pair.alice.seal(b"one more").err(), Some(SealError::ChainExhausted));
    }
    assert_eq!(pair.alice.stored(), before);
}

/// ed25519-dalek 1, RUSTSEC-2022-0093: who could give the public key beside the secret one got two signatures with one nonce.
#[test]
fn a_signing_key_takes_no_public_key_beside_it() {
    let device = TestDevice::new(5);
    let other = TestDevice::new(6);
    let mut record = DeviceKeysRecord::decode_strict(&device.keys.to_record()).unwrap();
    record.signing_key = other.keys.public().signing.as_bytes().to_vec();
    assert!(DeviceKeys::from_record(&record.encode_canonical()).is_err());
}

/// matrix-js-sdk and others, CVE-2022-39249 and CVE-2022-39251: a key to a group was taken from whoever brought it, and its
/// messages were shown as those of whom it named.
// spec: GROUP-120
#[test]
fn a_sender_key_is_taken_from_its_sender_alone() {
    let speaker = Speaker::new(sender(1, 1), 7);
    let mut listener = Listener::default();
    for other in [sender(1, 2), sender(2, 1)] {
        let given = listener.accept(&speaker.distribution(), other);
        assert_eq!(given, Err(DistributionError::OtherSender));
    }
    assert!(listener.records.is_empty());
}

/// Megolm exports and others: a key that was given at a message opens that one, and none before it.
// spec: GROUP-123
#[test]
fn a_key_opens_from_where_it_was_given() {
    let mut speaker = Speaker::new(sender(1, 1), 8);
    let before: Vec<_> = (0..3_u8).map(|n| speaker.seal(&[n])).collect();
    let mut listener = Listener::default();
    let id: Option<KeyId> = listener.accept(&speaker.distribution(), sender(1, 1)).unwrap();
    assert!(id.is_some());
    let first = speaker.seal(b"first");
    for sent in &before {
        assert_eq!(listener.open(sent), Err(GroupOpenError::BeforeFirst));
    }
    assert_eq!(listener.open(&first).unwrap(), b"first");
}

/// RustCrypto's aes-gcm before 0.10.3, CVE-2023-42811, and whoever used it: what failed was in the buffer all the same.
// spec: RATCHET-33
#[test]
fn what_fails_to_open_is_seen_by_nobody() {
    let (mut alice, mut bob) = Pair::established(9);
    let mut sent = alice.seal(b"nobody is to see this").unwrap();
    let last = sent.len() - 1;
    sent[last] ^= 1;
    // `refuse` gives it a buffer with something in it, and asserts that it is empty
    bob.refuse(&sent);
    sent[last] ^= 1;
    let body = last - 20;
    sent[body] ^= 1;
    bob.refuse(&sent);
}

/// Whether a decoder takes the bytes.
type Parses = fn(&[u8]) -> bool;

/// rpgp #55, vodozemac before 0.11.2 and others: bytes that anybody may send ended the process, before anything in them was authentic. A panic ends this
/// test, and so does making the room that a length asks for, which no machine has.
// spec: WIRE-60, WIRE-67
#[test]
fn nothing_that_anybody_may_send_panics() {
    let (alice, bob) = (TestDevice::new(10), TestDevice::new(11));
    let mut pair = Pair::new(12, Limits::default());
    let first = pair.alice.seal(b"first").unwrap();
    let mut speaker = Speaker::new(sender(1, 1), 13);
    let group = speaker.seal(b"to a group");
    let handshake = alice.initiate(&bob, true, 1).handshake;
    let bundle = bob.bundle_bytes(true);
    let list = bob.list.signed().encode_canonical();
    let decoders: [(&[u8], Parses); 5] = [
        (&first, |bytes| Envelope::parse(bytes).is_ok()),
        (&group, |bytes| GroupMessage::parse(bytes).is_ok()),
        (&handshake, |bytes| ReceivedHandshake::parse(bytes).is_ok()),
        (&bundle, |bytes| ReceivedBundle::parse(bytes).is_ok()),
        (&list, |bytes| {
            SignedDeviceList::decode_strict(bytes).is_ok_and(|list| ReceivedDeviceList::parse(list).is_ok())
        }),
    ];
    // lengths of two bytes, and varints of 2^31, 2^62 and 2^64 - 1
    let lengths: [&[u8]; 4] = [
        &[0xff, 0xff],
        &[0x80, 0x80, 0x80, 0x80, 0x08],
        &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ];
    for (genuine, parses) in decoders {
        assert!(parses(genuine), "the genuine one");
        each_cut(genuine, |_, cut| {
            parses(cut);
        });
        for (at, length) in (0..genuine.len()).flat_map(|at| lengths.map(|length| (at, length))) {
            // in the place of the bytes there, and before them
            for rest in [genuine.get(at + length.len()..).unwrap_or_default(), &genuine[at..]] {
                parses(&[&genuine[..at], length, rest].concat());
            }
        }
    }
}
