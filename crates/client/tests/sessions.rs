//! What a client owes its application: sessions that settle, prekeys that are used once, errors that change
//! nothing.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use std::{cell::Cell, rc::Rc};

use entrenous::{Address, Client, Env, Error, Event, Timestamp};
use entrenous_testkit::rng::ScriptedRng;

const DAY_MS: u64 = 86_400_000;

/// Scripted randomness and a clock of days that the test sets.
#[derive(Debug)]
struct Scripted {
    rng: ScriptedRng,
    day: Rc<Cell<u64>>,
}

impl Env for Scripted {
    type Rng = ScriptedRng;
    fn rng(&mut self) -> &mut ScriptedRng {
        &mut self.rng
    }
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.day.get() * DAY_MS)
    }
}

type TestClient = Client<Scripted>;

fn client_with(seed: u64, day: &Rc<Cell<u64>>) -> TestClient {
    Client::create(Scripted { rng: ScriptedRng::new(seed), day: day.clone() }).expect("scripted")
}

fn client_at(seed: u64, day: u64) -> TestClient {
    client_with(seed, &Rc::new(Cell::new(day)))
}

fn client(seed: u64) -> TestClient {
    client_at(seed, 20_000)
}

/// The one envelope that `from` sends to the account of `to`.
fn send(from: &mut TestClient, to: &TestClient, content: &[u8]) -> Vec<u8> {
    let mut outgoing = from.send(&to.account_id(), content).expect("a session");
    assert_eq!(outgoing.len(), 1);
    outgoing.remove(0).bytes
}

/// The content of the one message that `bytes` bring to `to`.
fn receive(to: &mut TestClient, from: &Address, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let events = to.receive(from, bytes)?;
    let contents: Vec<_> = events
        .into_iter()
        .filter_map(|event| match event {
            Event::Message(message) => {
                assert_eq!(message.from, *from);
                Some(message.content)
            }
            _ => None,
        })
        .collect();
    assert_eq!(contents.len(), 1);
    Ok(contents.concat())
}

fn start(alice: &mut TestClient, bob: &TestClient, bundle: usize) {
    start_with(alice, bob, &bob.publish_prekeys().bundles[bundle]);
}

fn start_with(alice: &mut TestClient, bob: &TestClient, bundle: &[u8]) {
    alice.start_session(&bob.account_id(), bundle).expect("genuine");
}

/// Alice and Bob, who have read a message of one another.
fn established() -> (TestClient, TestClient) {
    let (mut alice, mut bob) = (client(1), client(2));
    start(&mut alice, &bob, 0);
    let first = send(&mut alice, &bob, b"first");
    receive(&mut bob, &alice.address(), &first).expect("genuine");
    let reply = send(&mut bob, &alice, b"reply");
    receive(&mut alice, &bob.address(), &reply).expect("genuine");
    (alice, bob)
}

fn converse(alice: &mut TestClient, bob: &mut TestClient) {
    for round in 0..3u8 {
        let bytes = send(alice, bob, &[round]);
        assert_eq!(receive(bob, &alice.address(), &bytes), Ok(vec![round]));
        let bytes = send(bob, alice, &[round, 1]);
        assert_eq!(receive(alice, &bob.address(), &bytes), Ok(vec![round, 1]));
    }
}

#[test]
fn both_sides_of_a_message_have_its_id() {
    let (mut alice, mut bob) = established();
    let out = alice.send(&bob.account_id(), b"an id").expect("a session").remove(0);
    let events = bob.receive(&alice.address(), &out.bytes).expect("genuine");
    let Some(Event::Message(message)) = events.first() else { panic!("a message") };
    assert_eq!(message.id, out.id);
}

#[test]
fn crossing_initiations_settle_on_one_session() {
    for seed in 0..8 {
        let (mut alice, mut bob) = (client(100 + seed), client(200 + seed));
        start(&mut alice, &bob, 0);
        start(&mut bob, &alice, 0);
        let from_alice = [send(&mut alice, &bob, b"a0"), send(&mut alice, &bob, b"a1")];
        let from_bob = [send(&mut bob, &alice, b"b0"), send(&mut bob, &alice, b"b1")];
        // the last comes first, so that one of each side is late in whichever session loses
        assert_eq!(receive(&mut bob, &alice.address(), &from_alice[1]), Ok(b"a1".to_vec()));
        assert_eq!(receive(&mut alice, &bob.address(), &from_bob[1]), Ok(b"b1".to_vec()));
        converse(&mut alice, &mut bob);
        assert_eq!(receive(&mut bob, &alice.address(), &from_alice[0]), Ok(b"a0".to_vec()));
        assert_eq!(receive(&mut alice, &bob.address(), &from_bob[0]), Ok(b"b0".to_vec()));
        converse(&mut bob, &mut alice);
    }
}

#[test]
fn a_one_time_prekey_is_used_up_by_success_alone() {
    let (mut alice, mut mallory, mut bob) = (client(1), client(3), client(2));
    start(&mut alice, &bob, 7);
    start(&mut mallory, &bob, 7);
    let genuine = send(&mut alice, &bob, b"genuine");
    let mut damaged = genuine.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert_eq!(receive(&mut bob, &alice.address(), &damaged), Err(Error::Rejected));
    assert_eq!(receive(&mut bob, &alice.address(), &genuine), Ok(b"genuine".to_vec()));
    // the directory handed out the same one-time prekey twice: the second is refused, not opened with less
    let second = send(&mut mallory, &bob, b"same prekey");
    assert_eq!(receive(&mut bob, &mallory.address(), &second), Err(Error::KeyUnavailable));
    assert_eq!(receive(&mut bob, &alice.address(), &genuine), Err(Error::Duplicate));
    // with another bundle it works, in the place of the session that was never answered
    start(&mut mallory, &bob, 8);
    let third = send(&mut mallory, &bob, b"another prekey");
    assert_eq!(receive(&mut bob, &mallory.address(), &third), Ok(b"another prekey".to_vec()));
    converse(&mut mallory, &mut bob);
}

#[test]
fn a_last_resort_handshake_begins_one_session_only() {
    let (mut alice, mut bob) = (client(1), client(2));
    let last_resort = bob.publish_prekeys().last_resort;
    let mut firsts = Vec::new();
    for _ in 0..4 {
        alice.start_session(&bob.account_id(), &last_resort).expect("genuine");
        let first = send(&mut alice, &bob, b"last resort");
        assert_eq!(receive(&mut bob, &alice.address(), &first), Ok(b"last resort".to_vec()));
        firsts.push(first);
    }
    for bytes in &firsts {
        assert_eq!(receive(&mut bob, &alice.address(), bytes), Err(Error::Duplicate));
    }
    // a fifth would push out one that may still be answered
    let refused = alice.start_session(&bob.account_id(), &last_resort);
    assert_eq!(refused, Err(Error::SessionExists(bob.address().device)));
    converse(&mut bob, &mut alice);
}

/// A directory that hands out a one-time prekey twice makes an initiation that the peer can never open. It must
/// not be preferred to a session that works.
#[test]
fn a_dead_initiation_does_not_hold_up_a_session_that_works() {
    for seed in 0..8 {
        let (mut alice, mut bob, mut other) = (client(100 + seed), client(200 + seed), client(300));
        let repeated = &bob.publish_prekeys().bundles[0];
        start_with(&mut other, &bob, repeated);
        let first = send(&mut other, &bob, b"takes the prekey");
        receive(&mut bob, &other.address(), &first).expect("genuine");

        start_with(&mut alice, &bob, repeated);
        start(&mut bob, &alice, 0);
        let dead = send(&mut alice, &bob, b"can't be opened");
        assert_eq!(receive(&mut bob, &alice.address(), &dead), Err(Error::KeyUnavailable));
        let from_bob = send(&mut bob, &alice, b"crossing");
        assert_eq!(receive(&mut alice, &bob.address(), &from_bob), Ok(b"crossing".to_vec()));
        converse(&mut alice, &mut bob);
    }
}

#[test]
fn a_dead_restart_does_not_hold_up_the_session_that_is_answered() {
    let (mut alice, mut bob, mut other) = (client(1), client(2), client(3));
    let repeated = &bob.publish_prekeys().bundles[1];
    start_with(&mut other, &bob, repeated);
    let first = send(&mut other, &bob, b"takes the prekey");
    receive(&mut bob, &other.address(), &first).expect("genuine");

    start(&mut alice, &bob, 0);
    let first = send(&mut alice, &bob, b"under way");
    // impatient, and with a prekey that is gone
    start_with(&mut alice, &bob, repeated);
    assert_eq!(receive(&mut bob, &alice.address(), &first), Ok(b"under way".to_vec()));
    converse(&mut bob, &mut alice);
}

#[test]
fn a_refused_message_expires_nothing_and_a_genuine_one_tells() {
    let clock = Rc::new(Cell::new(20_000));
    let (mut alice, mut bob) = (client(1), client_with(2, &clock));
    start(&mut alice, &bob, 0);
    let [first, late, later, fourth] =
        [&b"first"[..], b"late", b"later", b"fourth"].map(|content| send(&mut alice, &bob, content));
    for bytes in [&first, &fourth] {
        receive(&mut bob, &alice.address(), bytes).expect("genuine");
    }
    converse(&mut bob, &mut alice);

    clock.set(20_031);
    let mut forged = late.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert_eq!(receive(&mut bob, &alice.address(), &forged), Err(Error::Rejected));
    let events = bob.receive(&alice.address(), &late).expect("still there");
    assert!(matches!(&events[..], [Event::Message(_), Event::KeysLost { count: 1, .. }]), "{events:?}");
    assert_eq!(receive(&mut bob, &alice.address(), &later), Err(Error::Rejected));
    converse(&mut alice, &mut bob);
}

#[test]
fn a_wrong_hint_finds_nothing_and_harms_nothing() {
    let (mut alice, mut bob) = (client(1), client(2));
    let carol = client(3);
    start(&mut alice, &bob, 0);
    let first = send(&mut alice, &bob, b"first");
    assert_eq!(receive(&mut bob, &carol.address(), &first), Err(Error::NoSession));
    assert_eq!(receive(&mut bob, &alice.address(), &first), Ok(b"first".to_vec()));
    let reply = send(&mut bob, &alice, b"reply");
    assert_eq!(receive(&mut alice, &carol.address(), &reply), Err(Error::NoSession));
    assert_eq!(receive(&mut alice, &bob.address(), &reply), Ok(b"reply".to_vec()));
}

#[test]
fn another_accounts_bundle_is_an_identity_mismatch() {
    let (mut alice, bob, carol) = (client(1), client(2), client(3));
    let bundle = &carol.publish_prekeys().bundles[0];
    assert_eq!(alice.start_session(&bob.account_id(), bundle), Err(Error::IdentityMismatch));
    assert_eq!(alice.send(&bob.account_id(), b"?"), Err(Error::NoSession));
    assert_eq!(alice.safety_number(&bob.account_id()), Err(Error::NoSession));
}

#[test]
fn misuse_is_refused() {
    let mut alice = client(1);
    let own = &alice.publish_prekeys().bundles[0];
    let me = alice.account_id();
    assert!(matches!(alice.start_session(&me, own), Err(Error::ApiMisuse(_))));
    let (mut alice, bob) = established();
    let bundle = &bob.publish_prekeys().bundles[1];
    assert_eq!(
        alice.start_session(&bob.account_id(), bundle),
        Err(Error::SessionExists(bob.address().device))
    );
    let too_long = vec![0; (16 << 20) + 1];
    assert_eq!(alice.send(&bob.account_id(), &too_long), Err(Error::TooLong));
}

#[test]
fn content_of_every_length_class_arrives() {
    let (mut alice, mut bob) = established();
    for len in [0, 1, 47, 48, 49, 4096, 1 << 20, 16 << 20] {
        let content = vec![0x80; len];
        let bytes = send(&mut alice, &bob, &content);
        assert!(receive(&mut bob, &alice.address(), &bytes) == Ok(content), "{len} bytes");
    }
}

#[test]
fn expired_lists_begin_nothing() {
    let bob = client_at(2, 20_000);
    let upload = bob.publish_prekeys();
    let mut last_day = client_at(1, 20_089);
    assert!(last_day.start_session(&bob.account_id(), &upload.bundles[0]).is_ok());
    let mut too_late = client_at(1, 20_090);
    let refused = too_late.start_session(&bob.account_id(), &upload.bundles[0]);
    assert!(matches!(refused, Err(Error::Untrusted(_))), "{refused:?}");
}

#[test]
fn safety_numbers_agree_and_tell_people_apart() {
    let (alice, bob) = established();
    let mut carol = client(3);
    start(&mut carol, &bob, 5);
    let number = alice.safety_number(&bob.account_id());
    assert!(number.is_ok());
    assert_eq!(number, bob.safety_number(&alice.account_id()));
    assert_ne!(number, carol.safety_number(&bob.account_id()));
}
