//! What a client owes its application: sessions that settle, prekeys that are used once, errors that change
//! nothing.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Error, Event, MAX_CONTENT};
use entrenous_testkit::person::{Clock, Person, converse, established};

// spec: WIRE-39
#[test]
fn both_sides_of_a_message_have_its_id() {
    let (mut alice, mut bob) = established();
    let sent = alice.client.send(&bob.client.account_id(), b"an id").expect("a session");
    let items = bob.client.receive(&alice.address(), &sent.outgoing[0].bytes).expect("genuine");
    let Some(Event::Message(message)) = items.first().map(|item| &item.event) else { panic!("a message") };
    assert_eq!((message.id, Some(message.id)), (sent.id, sent.outgoing[0].id));
}

// spec: AGREE-18, RATCHET-40, RATCHET-42
#[test]
fn crossing_initiations_settle_on_one_session() {
    for seed in 0..8 {
        let (mut alice, mut bob) = (Person::new(100 + seed), Person::new(200 + seed));
        alice.start(&bob, 0).expect("genuine");
        bob.start(&alice, 0).expect("genuine");
        let from_alice = [alice.send(&bob, b"a0"), alice.send(&bob, b"a1")];
        let from_bob = [bob.send(&alice, b"b0"), bob.send(&alice, b"b1")];
        // the last comes first, so that one of each side is late in whichever session loses
        assert_eq!(bob.receive(&alice, &from_alice[1]), Ok(b"a1".to_vec()));
        assert_eq!(alice.receive(&bob, &from_bob[1]), Ok(b"b1".to_vec()));
        converse(&mut alice, &mut bob);
        assert_eq!(bob.receive(&alice, &from_alice[0]), Ok(b"a0".to_vec()));
        assert_eq!(alice.receive(&bob, &from_bob[0]), Ok(b"b0".to_vec()));
        converse(&mut bob, &mut alice);
    }
}

/// Without a one-time prekey the secrets stay: what tells a replay is the record of handshakes, whatever became of the
/// session.
// spec: AGREE-20
#[test]
fn a_replayed_first_message_on_the_last_resort_opens_no_more_when_its_session_is_gone() {
    let (mut alice, mut bob) = (Person::new(1), Person::new(2));
    alice.client.start_session(&bob.client.account_id(), &bob.upload.last_resort).expect("genuine");
    let first = alice.send(&bob, b"once");
    assert_eq!(bob.receive(&alice, &first), Ok(b"once".to_vec()));
    bob.client.forget(&alice.client.account_id()).expect("known");
    assert_eq!(bob.client.receive(&alice.address(), &first).err(), Some(Error::KeyUnavailable));
    // another handshake on the same prekey does open
    let mut carol = Person::new(3);
    carol.client.start_session(&bob.client.account_id(), &bob.upload.last_resort).expect("genuine");
    let hers = carol.send(&bob, b"hers");
    assert_eq!(bob.receive(&carol, &hers), Ok(b"hers".to_vec()));
}

// spec: AGREE-18, AGREE-19
#[test]
fn a_one_time_prekey_is_used_up_by_success_alone() {
    let (mut alice, mut mallory, mut bob) = (Person::new(1), Person::new(3), Person::new(2));
    alice.start(&bob, 7).expect("genuine");
    mallory.start(&bob, 7).expect("genuine");
    let genuine = alice.send(&bob, b"genuine");
    let mut damaged = genuine.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert_eq!(bob.receive(&alice, &damaged), Err(Error::Rejected));
    assert_eq!(bob.receive(&alice, &genuine), Ok(b"genuine".to_vec()));
    // the directory handed out the same one-time prekey twice: the second is refused, not opened with less
    let second = mallory.send(&bob, b"same prekey");
    assert_eq!(bob.receive(&mallory, &second), Err(Error::KeyUnavailable));
    assert_eq!(bob.receive(&alice, &genuine), Err(Error::Duplicate));
    // with another bundle it works, in the place of the session that was never answered
    mallory.start(&bob, 8).expect("genuine");
    let third = mallory.send(&bob, b"another prekey");
    assert_eq!(bob.receive(&mallory, &third), Ok(b"another prekey".to_vec()));
    converse(&mut mallory, &mut bob);
}

#[test]
fn a_last_resort_handshake_begins_one_session_only() {
    let (mut alice, mut bob) = (Person::new(1), Person::new(2));
    let last_resort = bob.upload.last_resort.clone();
    let mut firsts = Vec::new();
    for _ in 0..4 {
        alice.client.start_session(&bob.client.account_id(), &last_resort).expect("genuine");
        let first = alice.send(&bob, b"last resort");
        assert_eq!(bob.receive(&alice, &first), Ok(b"last resort".to_vec()));
        firsts.push(first);
    }
    for bytes in &firsts {
        assert_eq!(bob.receive(&alice, bytes), Err(Error::Duplicate));
    }
    // a fifth would push out one that may still be answered
    let refused = alice.client.start_session(&bob.client.account_id(), &last_resort);
    assert_eq!(refused, Err(Error::SessionExists(bob.address().device)));
    converse(&mut bob, &mut alice);
}

/// A directory that hands out a one-time prekey twice makes an initiation that the peer can never open. It must
/// not be preferred to a session that works.
// spec: RATCHET-40
#[test]
fn a_dead_initiation_does_not_hold_up_a_session_that_works() {
    for seed in 0..8 {
        let (mut alice, mut bob, mut other) =
            (Person::new(100 + seed), Person::new(200 + seed), Person::new(300));
        let repeated = bob.upload.bundles[0].clone();
        other.client.start_session(&bob.client.account_id(), &repeated).expect("genuine");
        let first = other.send(&bob, b"takes the prekey");
        bob.receive(&other, &first).expect("genuine");

        alice.client.start_session(&bob.client.account_id(), &repeated).expect("genuine");
        bob.start(&alice, 0).expect("genuine");
        let dead = alice.send(&bob, b"can't be opened");
        assert_eq!(bob.receive(&alice, &dead), Err(Error::KeyUnavailable));
        let from_bob = bob.send(&alice, b"crossing");
        assert_eq!(alice.receive(&bob, &from_bob), Ok(b"crossing".to_vec()));
        converse(&mut alice, &mut bob);
    }
}

#[test]
fn a_dead_restart_does_not_hold_up_the_session_that_is_answered() {
    let (mut alice, mut bob, mut other) = (Person::new(1), Person::new(2), Person::new(3));
    let repeated = bob.upload.bundles[1].clone();
    other.client.start_session(&bob.client.account_id(), &repeated).expect("genuine");
    let first = other.send(&bob, b"takes the prekey");
    bob.receive(&other, &first).expect("genuine");

    alice.start(&bob, 0).expect("genuine");
    let first = alice.send(&bob, b"under way");
    // impatient, and with a prekey that is gone
    alice.client.start_session(&bob.client.account_id(), &repeated).expect("genuine");
    assert_eq!(bob.receive(&alice, &first), Ok(b"under way".to_vec()));
    converse(&mut bob, &mut alice);
}

// spec: RATCHET-21
#[test]
fn a_refused_message_expires_nothing_and_a_genuine_one_tells() {
    let clock = Clock::at_day(20_000);
    let (mut alice, mut bob) = (Person::new(1), Person::on_clock(2, &clock));
    alice.start(&bob, 0).expect("genuine");
    let [first, late, later, fourth] =
        [&b"first"[..], b"late", b"later", b"fourth"].map(|content| alice.send(&bob, content));
    for bytes in [&first, &fourth] {
        bob.receive(&alice, bytes).expect("genuine");
    }
    converse(&mut bob, &mut alice);

    clock.set_day(20_031);
    let mut forged = late.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert_eq!(bob.receive(&alice, &forged), Err(Error::Rejected));
    let items = bob.client.receive(&alice.address(), &late).expect("still there");
    let events: Vec<_> = items.iter().map(|item| &item.event).collect();
    assert!(matches!(events[..], [Event::KeysLost { count: 1, .. }, Event::Message(_)]), "{events:?}");
    assert_eq!(bob.receive(&alice, &later), Err(Error::Rejected));
    converse(&mut alice, &mut bob);
}

/// Nothing comes any more, and the keys of what is late go all the same; what a stolen store has left is out of reach.
// spec: RATCHET-21, CLIENT-146
#[test]
fn what_is_late_in_an_idle_session_goes_in_time() {
    let clock = Clock::at_day(20_000);
    let (mut alice, mut bob) = (Person::new(1), Person::on_clock(2, &clock));
    alice.start(&bob, 0).expect("genuine");
    let [first, late, third] = [&b"first"[..], b"late", b"third"].map(|content| alice.send(&bob, content));
    for bytes in [&first, &third] {
        bob.receive(&alice, bytes).expect("genuine");
    }
    converse(&mut bob, &mut alice);

    let mut lost = |day| {
        clock.set_day(day);
        while bob.client.maintain().expect("in memory").more {}
        let items = bob.client.inbox().expect("in memory");
        let events: Vec<Event> = items.into_iter().map(|item| item.event).collect();
        events.into_iter().filter(|event| matches!(event, Event::KeysLost { .. })).collect::<Vec<_>>()
    };
    assert_eq!(lost(20_001), []);
    assert_eq!(lost(20_029), []);
    assert_eq!(lost(20_030), [Event::KeysLost { from: alice.address(), count: 1 }]);
    assert_eq!(bob.receive(&alice, &late), Err(Error::Rejected));
    converse(&mut alice, &mut bob);
}

// spec: AGREE-21, RATCHET-42
#[test]
fn a_wrong_hint_finds_nothing_and_harms_nothing() {
    let (mut alice, mut bob) = (Person::new(1), Person::new(2));
    let carol = Person::new(3);
    alice.start(&bob, 0).expect("genuine");
    let first = alice.send(&bob, b"first");
    assert_eq!(bob.receive(&carol, &first), Err(Error::NoSession));
    assert_eq!(bob.receive(&alice, &first), Ok(b"first".to_vec()));
    let reply = bob.send(&alice, b"reply");
    assert_eq!(alice.receive(&carol, &reply), Err(Error::NoSession));
    assert_eq!(alice.receive(&bob, &reply), Ok(b"reply".to_vec()));
}

// spec: AGREE-5
#[test]
fn another_accounts_bundle_is_an_identity_mismatch() {
    let (mut alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let bundle = &carol.upload.bundles[0];
    assert_eq!(alice.client.start_session(&bob.client.account_id(), bundle), Err(Error::IdentityMismatch));
    assert_eq!(alice.client.send(&bob.client.account_id(), b"?"), Err(Error::NoSession));
    assert_eq!(alice.client.safety_number(&bob.client.account_id()), Err(Error::NoSession));
}

// spec: AGREE-25, RATCHET-43
#[test]
fn misuse_is_refused() {
    let mut alice = Person::new(1);
    let own = alice.upload.bundles[0].clone();
    let me = alice.client.account_id();
    assert!(matches!(alice.client.start_session(&me, &own), Err(Error::ApiMisuse(_))));
    let (mut alice, bob) = established();
    let bundle = &bob.upload.bundles[1];
    assert_eq!(
        alice.client.start_session(&bob.client.account_id(), bundle),
        Err(Error::SessionExists(bob.address().device))
    );
    let too_long = vec![0; (16 << 20) + 1];
    assert_eq!(alice.client.send(&bob.client.account_id(), &too_long), Err(Error::TooLong));
}

#[test]
fn content_of_every_length_class_arrives() {
    let (mut alice, mut bob) = established();
    for len in [0, 1, 47, 48, 49, 4096, 1 << 20, MAX_CONTENT] {
        let content = vec![0x80; len];
        let bytes = alice.send(&bob, &content);
        assert!(bob.receive(&alice, &bytes) == Ok(content), "{len} bytes");
    }
}

#[test]
fn expired_lists_begin_nothing() {
    let bob = Person::at_day(2, 20_000);
    let upload = bob.upload.clone();
    let mut last_day = Person::at_day(1, 20_089);
    assert!(last_day.client.start_session(&bob.client.account_id(), &upload.bundles[0]).is_ok());
    let mut too_late = Person::at_day(1, 20_090);
    let refused = too_late.client.start_session(&bob.client.account_id(), &upload.bundles[0]);
    assert!(matches!(refused, Err(Error::Untrusted(_))), "{refused:?}");
}

// spec: IDENTITY-10
#[test]
fn safety_numbers_agree_and_tell_people_apart() {
    let (mut alice, mut bob) = established();
    let mut carol = Person::new(3);
    carol.start(&bob, 5).expect("genuine");
    let number = |one: &mut Person, other: &Person| {
        one.client.safety_number(&other.client.account_id()).expect("known").to_string()
    };
    let alices = number(&mut alice, &bob);
    assert_eq!(alices, number(&mut bob, &alice));
    assert_ne!(alices, number(&mut carol, &bob));
}
