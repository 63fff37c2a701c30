//! Prekeys: published until acknowledged, rotated, topped up, and deleted when their time is over.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::Error;
use entrenous_testkit::person::{Clock, Person, converse};

#[test]
fn an_upload_comes_again_until_it_is_acknowledged() {
    let mut bob = Person::new(2);
    assert_eq!(bob.client.publish_prekeys(), Ok(None));
    let number = bob.upload.number;
    assert_eq!(bob.client.prekeys_published(number), Ok(()));

    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(3, &clock);
    clock.set_day(20_007);
    let upload = bob.client.publish_prekeys().expect("done").expect("the signed prekey is due");
    assert_eq!(bob.client.publish_prekeys(), Ok(Some(upload.clone())));
    // an older number says nothing
    bob.client.prekeys_published(bob.upload.number).expect("ignored");
    assert_eq!(bob.client.publish_prekeys(), Ok(Some(upload.clone())));
    assert_ne!(upload.last_resort, bob.upload.last_resort);
    assert!(upload.bundles.is_empty(), "the directory has fifty one-time prekeys");
    bob.client.prekeys_published(upload.number).expect("there");
    assert_eq!(bob.client.publish_prekeys(), Ok(None));
}

#[test]
fn one_time_prekeys_are_topped_up_below_twenty() {
    let mut bob = Person::new(2);
    assert_eq!(bob.upload.bundles.len(), 50);
    for (n, seed) in (0..31).zip(100..) {
        let mut alice = Person::new(seed);
        alice.start(&bob, n).expect("genuine");
        let first = alice.send(&bob, b"first");
        bob.receive(&alice, &first).expect("genuine");
        let upload = bob.client.publish_prekeys().expect("done");
        match n {
            0..30 => assert_eq!(upload, None, "{n}"),
            _ => assert_eq!(upload.expect("due").bundles.len(), 31),
        }
    }
}

#[test]
fn a_signed_prekey_serves_for_ninety_days_and_then_is_gone() {
    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(2, &clock);
    let mut alice = Person::on_clock(1, &clock);
    let mut late = Person::on_clock(3, &clock);
    alice.client.start_session(&bob.client.account_id(), &bob.upload.last_resort).expect("genuine");
    late.client.start_session(&bob.client.account_id(), &bob.upload.last_resort).expect("genuine");
    let [first, too_late] = [&mut alice, &mut late].map(|person| person.send(&bob, b"first"));
    for day in (20_007..=20_084).step_by(7) {
        clock.set_day(day);
        let upload = bob.client.publish_prekeys().expect("done").expect("due every week");
        bob.client.prekeys_published(upload.number).expect("there");
    }
    clock.set_day(20_089);
    assert_eq!(bob.receive(&alice, &first), Ok(b"first".to_vec()));
    // two days more, and no list of Late's stands in the way
    clock.set_day(20_091);
    bob.client.maintain().expect("done");
    let refused = bob.receive(&late, &too_late);
    assert!(matches!(refused, Err(Error::KeyUnavailable | Error::Untrusted(_))), "{refused:?}");
    converse(&mut alice, &mut bob);
}

#[test]
fn a_clock_that_is_set_back_renews() {
    let clock = Clock::at_day(20_000);
    let mut bob = Person::on_clock(2, &clock);
    clock.set_day(19_000);
    assert!(bob.client.publish_prekeys().expect("done").is_some());
}
