//! Sessions that lead nowhere: nobody has the prekey any more, or the chain is full. `missing_devices` names the device,
//! and starting a session is all that an application has to do.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Error, Item, Limits, Policy};
use entrenous_testkit::person::{Clock, Person, contents, converse};

const DAY_MS: u64 = 86_400_000;

/// What the guide's `tick` does for one contact. Tells how many bundles were fetched.
fn reach(person: &mut Person, other: &Person, bundle: usize) -> usize {
    while person.client.maintain().expect("done").more {}
    let account = other.client.account_id();
    let missing = person.client.missing_devices(&account).expect("a contact");
    for _ in &missing {
        person
            .client
            .start_session(&account, &other.upload.bundles[bundle])
            .expect("what is missing can be started");
    }
    missing.len()
}

/// What comes of all that is in the outbox.
fn hand_over(from: &mut Person, to: &mut Person) -> Vec<Result<Vec<Item>, Error>> {
    let mut outcomes = Vec::new();
    for out in from.client.outbox().expect("readable") {
        outcomes.push(to.client.receive(&from.address(), &out.bytes));
        from.client.handed_over(out.number.as_slice()).expect("in the outbox");
    }
    outcomes
}

fn all(outcomes: Vec<Result<Vec<Item>, Error>>) -> Vec<Vec<u8>> {
    outcomes.into_iter().flat_map(|outcome| contents(&outcome.unwrap_or_default())).collect()
}

/// A directory has handed out one bundle twice.
// spec: CLIENT-130
#[test]
fn who_came_too_late_for_a_prekey_is_heard_in_the_end() {
    let clock = Clock::at_day(20_000);
    let [mut alice, mut bob, mut carol] = [1, 2, 3].map(|seed| Person::on_clock(seed, &clock));
    let account = bob.client.account_id();
    for person in [&mut alice, &mut carol] {
        person.start(&bob, 0).expect("genuine");
        person.client.send(&account, b"hello").expect("a session");
    }
    assert_eq!(all(hand_over(&mut alice, &mut bob)), [b"hello"]);
    assert_eq!(hand_over(&mut carol, &mut bob), [Err(Error::KeyUnavailable)]);
    carol.client.send(&account, b"are you there?").expect("a session");
    assert_eq!(hand_over(&mut carol, &mut bob), [Err(Error::KeyUnavailable)]);
    for _ in 0..2 {
        clock.pass_ms(DAY_MS);
        assert_eq!(reach(&mut carol, &bob, 1), 0, "he may just be away");
    }
    clock.pass_ms(DAY_MS);
    assert_eq!(reach(&mut carol, &bob, 1), 1);
    assert_eq!(reach(&mut carol, &bob, 2), 0);
    assert_eq!(all(hand_over(&mut carol, &mut bob)), [b"hello".as_slice(), b"are you there?"]);
    converse(&mut bob, &mut carol);
    clock.pass_ms(6 * DAY_MS);
    assert_eq!(carol.client.missing_devices(&account), Ok(vec![]), "it was answered");
    // hers was the last word, and nothing proves that it has arrived
    clock.pass_ms(DAY_MS);
    assert_eq!(carol.client.missing_devices(&account), Ok(vec![bob.address()]));
}

/// Nobody waits for who has had the last word, be it on the same day.
// spec: CLIENT-143
#[test]
fn who_has_answered_on_the_same_day_is_not_silent() {
    let clock = Clock::at_day(20_000);
    let [mut alice, mut bob] = [1, 2].map(|seed| Person::on_clock(seed, &clock));
    alice.start(&bob, 0).expect("genuine");
    converse(&mut alice, &mut bob);
    let last = bob.send(&alice, b"goodbye");
    alice.receive(&bob, &last).expect("genuine");
    clock.pass_ms(100 * DAY_MS);
    assert_eq!(alice.client.missing_devices(&bob.client.account_id()), Ok(vec![]));
    assert_eq!(bob.client.missing_devices(&alice.client.account_id()), Ok(vec![alice.address()]));
}

/// Two who have conversed, of whom Alice seals four messages in a chain.
fn with_short_chains() -> (Clock, Person, Person) {
    let (clock, mut alice, mut bob) = begun_with_short_chains();
    converse(&mut alice, &mut bob);
    (clock, alice, bob)
}

/// The same, before either has written.
fn begun_with_short_chains() -> (Clock, Person, Person) {
    let clock = Clock::at_day(20_000);
    let [mut alice, bob] = [1, 2].map(|seed| Person::on_clock(seed, &clock));
    let limits = Limits { chain_messages: 4, ..Limits::default() };
    alice.client = alice.client.with_policy(Policy { limits, ..Policy::default() });
    alice.start(&bob, 0).expect("genuine");
    (clock, alice, bob)
}

/// What waited, and is sealed when the device has spoken, is waited for as well.
// spec: CLIENT-143
#[test]
fn what_is_sealed_later_asks_too() {
    let (clock, mut alice, mut bob) = with_short_chains();
    let account = bob.client.account_id();
    (0..6u8).for_each(|n| drop(alice.client.send(&account, &[n]).expect("a contact")));
    assert_eq!(all(hand_over(&mut alice, &mut bob)).len(), 4);
    clock.pass_ms(DAY_MS);
    let answer = bob.send(&alice, b"more");
    alice.receive(&bob, &answer).expect("genuine");
    assert_eq!(alice.client.outbox().expect("readable").len(), 2, "those that waited, and are lost now");
    clock.pass_ms(6 * DAY_MS);
    assert_eq!(alice.client.missing_devices(&account), Ok(vec![]));
    clock.pass_ms(DAY_MS);
    assert_eq!(alice.client.missing_devices(&account), Ok(vec![bob.address()]));
}

/// Somebody who is away for long is tried less and less often, and as long as nothing was sent not at all.
// spec: CLIENT-130
#[test]
fn who_does_not_answer_costs_few_bundles() {
    let clock = Clock::at_day(20_000);
    let [mut alice, bob] = [1, 2].map(|seed| Person::on_clock(seed, &clock));
    alice.start(&bob, 0).expect("genuine");
    clock.pass_ms(14 * DAY_MS);
    assert_eq!(reach(&mut alice, &bob, 1), 0, "there is nothing that could be answered");
    clock.set_day(20_000);
    alice.client.send(&bob.client.account_id(), b"hello").expect("a session");
    let mut days = Vec::new();
    for day in 20_000..20_080 {
        clock.set_day(day);
        if reach(&mut alice, &bob, 1 + days.len()) > 0 {
            days.push(day - 20_000);
        }
    }
    assert_eq!(days, [3, 9, 21, 45, 69]);
}

/// A clock that was years ahead doesn't make it wait.
// spec: CLIENT-106, CLIENT-130
#[test]
fn a_session_of_a_clock_that_was_ahead_is_not_waited_for() {
    let clock = Clock::at_day(20_050);
    let [mut alice, bob] = [1, 2].map(|seed| Person::on_clock(seed, &clock));
    alice.start(&bob, 0).expect("genuine");
    alice.client.send(&bob.client.account_id(), b"hello").expect("a session");
    assert_eq!(reach(&mut alice, &bob, 1), 0);
    clock.set_day(20_049);
    assert_eq!(reach(&mut alice, &bob, 1), 0, "an hour or a day is nothing");
    clock.set_day(20_047);
    assert_eq!(alice.client.missing_devices(&bob.client.account_id()), Ok(vec![bob.address()]));
}

/// Six messages, of which the chain takes four.
fn fill_chain(alice: &mut Person, bob: &Person) {
    for n in 0..6u8 {
        let sent = alice.client.send(&bob.client.account_id(), &[n]).expect("a contact");
        assert_eq!(sent.unreached.is_empty(), n < 4);
    }
}

/// The peer answers no more, so the chain gets no successor. What comes late of it is no answer.
// spec: CLIENT-130
#[test]
fn a_full_chain_is_followed_by_another_session() {
    for late in [false, true] {
        let (clock, mut alice, mut bob) = with_short_chains();
        let message = bob.send(&alice, b"late");
        fill_chain(&mut alice, &bob);
        if late {
            alice.receive(&bob, &message).expect("genuine");
            alice.client.send(&bob.client.account_id(), &[6]).expect("a contact");
        }
        assert_eq!(reach(&mut alice, &bob, 1), 0, "an answer may be under way");
        clock.pass_ms(DAY_MS);
        assert_eq!(reach(&mut alice, &bob, 1), 1);
        assert_eq!(reach(&mut alice, &bob, 2), 0);
        let contents = all(hand_over(&mut alice, &mut bob));
        assert_eq!(contents, (0..6 + u8::from(late)).map(|n| vec![n]).collect::<Vec<_>>());
    }
}

/// Nor is the peer there for days, whose prekeys would be used up day by day.
// spec: CLIENT-130
#[test]
fn a_full_chain_without_any_answer_waits_as_every_session_without_one() {
    let (clock, mut alice, mut bob) = begun_with_short_chains();
    fill_chain(&mut alice, &bob);
    for _ in 0..2 {
        clock.pass_ms(DAY_MS);
        assert_eq!(reach(&mut alice, &bob, 1), 0, "he may just be away");
    }
    clock.pass_ms(DAY_MS);
    assert_eq!(reach(&mut alice, &bob, 1), 1);
    assert_eq!(all(hand_over(&mut alice, &mut bob)), [[0], [1], [2], [3]]);
    let answer = bob.send(&alice, b"back");
    alice.receive(&bob, &answer).expect("genuine");
    assert_eq!(all(hand_over(&mut alice, &mut bob)), [[4], [5]]);
}
