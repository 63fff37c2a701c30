//! Clocks that are wrong for a while: nothing is forbidden or put off for as long as they were ahead.
#![allow(clippy::expect_used, reason = "test code")]

use entrenous::{Error, Handshake, StartOptions, operation::StartSession};
use entrenous_testkit::person::{Clock, MemoryMarker, Person, carry, converse};

/// Begins a session that uses nothing of one before.
fn reset(person: &mut Person, with: &Person, bundle: usize) -> Result<Handshake, Error> {
    let options = StartOptions { replace: true, ..Default::default() };
    let (expected, bundle) = (Some(with.client.account_id()), &with.upload.bundles[bundle]);
    Ok(person.client.perform(&StartSession { expected, bundle, options })?.handshake)
}

// spec: CLIENT-106
#[test]
fn resets_of_a_time_that_has_not_come_count_for_nothing() {
    let (alices, bobs) = (Clock::at_day(20_000), Clock::at_day(20_000));
    let (mut alice, mut bob) = (Person::on_clock(1, &alices), Person::on_clock(2, &bobs));
    alice.start(&bob, 0).expect("genuine");
    converse(&mut alice, &mut bob);
    alice.client = alice.client.with_marker(MemoryMarker::default()).expect("never marked before");
    for (bundle, day) in (1..).zip([20_060, 20_050, 20_040, 20_001]) {
        // both clocks are wrong, first by two months
        alices.set_day(day);
        bobs.set_day(day);
        // the store counts as restored, and its sessions as behind
        alice.client = alice.client.with_marker(MemoryMarker::default()).expect("marked");
        assert_eq!(reset(&mut alice, &bob, bundle), Ok(Handshake::Reset), "{day}");
        let bytes = alice.send(&bob, b"after a reset");
        assert_eq!(bob.receive(&alice, &bytes), Ok(b"after a reset".to_vec()), "{day}");
    }
    // those of now count
    alice.client = alice.client.with_marker(MemoryMarker::default()).expect("marked");
    assert_eq!(reset(&mut alice, &bob, 9), Err(Error::TooManyResets));
}

/// How many go while the device is on for a day.
fn proofs_of_a_day(of: &mut Person, clock: &Clock) -> usize {
    let hours = (0..25).map(|_| {
        clock.pass_ms(3_600_000);
        of.client.maintain().expect("a sound store").outgoing.len()
    });
    hours.sum()
}

// spec: CLIENT-106
#[test]
fn a_proof_is_not_put_off_until_a_wrong_time_comes() {
    let clock = Clock::at_day(20_000);
    let (mut alice, mut bob) = (Person::on_clock(1, &clock), Person::new(2));
    alice.start(&bob, 0).expect("genuine");
    converse(&mut alice, &mut bob);
    proofs_of_a_day(&mut alice, &clock);
    carry(&mut alice, &mut bob).expect("genuine");
    clock.set_day(30_000);
    let bytes = bob.send(&alice, b"to be proved");
    alice.receive(&bob, &bytes).expect("genuine");
    clock.set_day(20_002);
    assert_eq!(proofs_of_a_day(&mut alice, &clock), 1);
    assert_eq!(proofs_of_a_day(&mut alice, &clock), 0);
}
