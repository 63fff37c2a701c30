//! Continued and reset handshakes: what a session leaves to the next one, and to nobody else.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_agreement::{AgreementError, Mode, ReceivedHandshake};
use entrenous_identity::{Resumption, ResumptionId, SessionSecret};
use entrenous_ratchet::{Await, Limits, Session};
use entrenous_testkit::{
    device::{TODAY, TestDevice},
    pair::Pair,
    peer::{Peer, split},
};
use entrenous_wire::{Strict, envelope::Envelope, proto};

fn keys(secret: &SessionSecret) -> [[u8; 32]; 3] {
    [*secret.root.as_bytes(), *secret.header_initiator.as_bytes(), *secret.header_responder.as_bytes()]
}

fn say(from: &mut Peer, to: &mut Peer) {
    let message = from.seal(b"hello").unwrap();
    assert_eq!(to.read(&message), b"hello");
}

/// The other end has the secret that `one` would offer.
fn offers_what_is_known(one: &Peer, other: &Peer) -> Resumption {
    let offered = one.session.resumption_to_offer().expect("the peer has written");
    let known = other.session.resumption_secret(&offered.id()).expect("the peer has it");
    assert!(known.secret().ct_eq(offered.secret()));
    assert_eq!(known.transcript(), offered.transcript());
    offered
}

/// The writer begins a chain: one root step at each end, of which both keep the secret, and those of three more.
fn turn(writer: &mut Peer, reader: &mut Peer, steps: &mut Vec<ResumptionId>) {
    say(writer, reader);
    steps.push(offers_what_is_known(reader, writer).id());
    offers_what_is_known(writer, reader);
    for end in [&*writer, &*reader] {
        for (age, id) in steps.iter().rev().enumerate() {
            assert_eq!(end.session.resumption_secret(id).is_some(), age < 4, "{age} of {}", steps.len());
        }
    }
}

// spec: RATCHET-50, RATCHET-52, RATCHET-53
#[test]
fn what_one_end_offers_the_other_has() {
    let (mut alice, mut bob) = Pair::established(1);
    // nothing of Bob's has come: Alice has nothing that he is sure to have
    assert!(alice.session.resumption_to_offer().is_none());
    let mut steps = vec![offers_what_is_known(&bob, &alice).id()];
    for _ in 0..6 {
        turn(&mut bob, &mut alice, &mut steps);
        turn(&mut alice, &mut bob, &mut steps);
    }
}

// spec: RATCHET-52
#[test]
fn an_offer_is_known_while_chains_are_lost() {
    let (mut alice, mut bob) = Pair::established(2);
    say(&mut bob, &mut alice);
    say(&mut alice, &mut bob);
    // Bob begins a chain, and none of it arrives: Alice's newest receiving step is three steps back for him
    bob.seal_many(3);
    let offered = offers_what_is_known(&alice, &bob);
    offers_what_is_known(&bob, &alice);
    // the records carry them
    let (alice, bob) = (alice.reopen(&alice.stored(), 1), bob.reopen(&bob.stored(), 2));
    assert_eq!(offers_what_is_known(&alice, &bob).id(), offered.id());
    assert!(bob.session.resumption_secret(&ResumptionId([0; 8])).is_none());
}

/// Alice continues her session with Bob.
fn continued(alice: &TestDevice, bob: &TestDevice, with: &Peer) -> (SessionSecret, Vec<u8>) {
    let offered = with.session.resumption_to_offer().unwrap();
    let secret = alice.initiate_as(Mode::Continued(offered), bob, true, 5);
    (secret.session, secret.handshake)
}

/// Two devices, and a session between them in which both have written.
fn talked() -> (TestDevice, TestDevice, Peer, Peer) {
    let mut pair = Pair::new(3, Limits::default());
    let first = pair.alice.seal(b"first").unwrap();
    pair.accept(&first).unwrap();
    let (mut alice, mut bob) = (pair.alice, pair.bob.unwrap());
    say(&mut bob, &mut alice);
    (pair.alice_device, pair.bob_device, alice, bob)
}

// spec: AGREE-30, AGREE-31
#[test]
fn a_session_is_continued() {
    let (alice, bob, old_alice, old_bob) = talked();
    let (ours, handshake) = continued(&alice, &bob, &old_alice);
    let verified = ReceivedHandshake::parse(&handshake).unwrap().verify(bob.keys.public().id, TODAY).unwrap();
    let Mode::Continued(id) = verified.mode() else { panic!("{:?}", verified.mode()) };
    let known = old_bob.session.resumption_secret(&id).unwrap();
    let theirs = bob.respond_with(&handshake, Some(&known)).unwrap().session;
    assert_eq!((ours.transcript, keys(&ours)), (theirs.transcript, keys(&theirs)));
}

/// Messages go both ways in a session of each mode.
#[test]
fn sessions_of_every_mode_speak() {
    let (alice, bob, old_alice, old_bob) = talked();
    for mode in [Mode::Fresh, Mode::Reset, Mode::Continued(old_alice.session.resumption_to_offer().unwrap())]
    {
        let known = mode.continued().map(|old| old_bob.session.resumption_secret(&old.id()).unwrap());
        let secret = alice.initiate_as(mode, &bob, false, 6);
        let theirs = bob.respond_with(&secret.handshake, known.as_ref()).unwrap();
        let mut alice = Peer::new(Session::initiate(secret, Limits::default()), Limits::default(), 7);
        let first = alice.seal(b"first").unwrap();
        let mut out = Vec::new();
        let accepted = Await::new(theirs, Limits::default());
        let (session, committed) =
            accepted.open(&Envelope::parse(&first).unwrap(), &mut out).unwrap().commit();
        let (received, _) = split(committed);
        assert_eq!(received.content.as_deref(), Ok(&b"first"[..]));
        let mut bob = Peer::new(session, Limits::default(), 8);
        say(&mut bob, &mut alice);
        say(&mut alice, &mut bob);
    }
}

// spec: AGREE-32
#[test]
fn only_the_secret_that_is_named_will_do() {
    let (alice, bob, old_alice, old_bob) = talked();
    let refused = |handshake: &[u8], with: Option<&Resumption>| {
        assert_eq!(bob.respond_with(handshake, with).err(), Some(AgreementError::WrongKey));
    };
    let own = old_bob.session.resumption_to_offer().unwrap();
    let (_, handshake) = continued(&alice, &bob, &old_alice);
    // another of the same session, none at all, and one where none is named
    refused(&handshake, Some(&own));
    refused(&handshake, None);
    for mode in [Mode::Fresh, Mode::Reset] {
        refused(&alice.initiate_as(mode, &bob, true, 5).handshake, Some(&own));
    }
}

/// Who has all keys of Alice's device, and the name of the secret from an earlier handshake, but not the secret.
// spec: AGREE-31
#[test]
fn stolen_device_keys_do_not_continue() {
    let (alice, bob, old_alice, old_bob) = talked();
    let id = old_alice.session.resumption_to_offer().unwrap().id();
    let known = old_bob.session.resumption_secret(&id).unwrap();
    for mode in [Mode::Fresh, Mode::Reset] {
        let secret = alice.initiate_as(mode, &bob, true, 5);
        let mut claimed = proto::Handshake::decode_strict(&secret.handshake).unwrap();
        (claimed.mode, claimed.continued_secret_id) = (2, id.0.to_vec());
        let theirs = bob.respond_with(&claimed.encode_canonical(), Some(&known)).unwrap().session;
        assert_ne!(theirs.transcript, secret.session.transcript);
        let (theirs, ours) = (keys(&theirs), keys(&secret.session));
        assert!(theirs.iter().all(|key| !ours.contains(key)));
    }
}

/// What continues is what was agreed: the old session's T is bound, and so is the mode.
// spec: AGREE-10
#[test]
fn modes_and_sessions_do_not_mix() {
    let (alice, bob, old_alice, _) = talked();
    let mut seen = Vec::new();
    let offered = || old_alice.session.resumption_to_offer().unwrap();
    let elsewhere = Resumption::new(
        Pair::new(9, Limits::default()).alice.session.transcript(),
        entrenous_primitives::secret::Key::from_bytes(offered().secret().as_bytes()),
    );
    for mode in [Mode::Fresh, Mode::Reset, Mode::Continued(offered()), Mode::Continued(elsewhere)] {
        let secret = alice.initiate_as(mode, &bob, true, 5).session;
        seen.extend(keys(&secret));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 12);
}
