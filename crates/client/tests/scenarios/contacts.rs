//! Contacts: who they are, and that nothing of a forgotten one stays.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous::{ContactKind, Error, Event, Handshake, MemoryStore, Trust};
use entrenous_testkit::person::{Clock, Person, converse, established};

fn accounts(person: &mut Person, kind: ContactKind) -> Vec<entrenous::AccountId> {
    let entries = person.client.contacts(kind, None).expect("own store");
    entries.into_iter().map(|entry| entry.account).collect()
}

#[test]
fn strangers_are_apart_until_they_are_accepted_or_written_to() {
    let (mut alice, mut bob, mut carol) = (Person::new(1), Person::new(2), Person::new(3));
    for (from, bundle) in [(&mut alice, 0), (&mut carol, 1)] {
        from.start(&bob, bundle).expect("genuine");
        let first = from.send(&bob, b"hello");
        bob.receive(from, &first).expect("genuine");
    }
    let mut both = [alice.client.account_id(), carol.client.account_id()];
    both.sort();
    assert_eq!(accounts(&mut bob, ContactKind::Strangers), both);
    assert!(accounts(&mut bob, ContactKind::Accepted).is_empty());
    let page = bob.client.contacts(ContactKind::Strangers, Some(&both[0])).expect("own store");
    assert_eq!(page.iter().map(|entry| entry.account).collect::<Vec<_>>(), both[1..]);

    bob.client.accept(&both[0]).expect("known");
    let other = if both[1] == alice.client.account_id() { &alice } else { &carol };
    bob.send(other, b"hello yourself");
    assert!(accounts(&mut bob, ContactKind::Strangers).is_empty());
    assert_eq!(accounts(&mut bob, ContactKind::Accepted), both);
    let nobody = Person::new(9).client.account_id();
    assert_eq!(bob.client.accept(&nobody), Err(Error::NoSession));
    assert_eq!(bob.client.contact(&nobody).err(), Some(Error::NoSession));
}

#[test]
fn a_contact_says_what_is_known_of_it() {
    let (mut alice, bob) = (Person::new(1), Person::new(2));
    alice.start(&bob, 0).expect("genuine");
    alice.send(&bob, b"one");
    let status = alice.client.contact(&bob.client.account_id()).expect("known");
    assert_eq!((status.trust, status.decided_on, status.accepted), (Trust::FirstUse, None, true));
    assert_eq!((status.list_epoch, status.list_is_stale, status.list_is_forked), (1, false, false));
    assert!(!status.list_is_unproven);
    let [device] = status.devices[..] else { panic!("one device") };
    assert_eq!((device.device, device.unproven), (bob.address().device, 1));
    let session = device.session.expect("begun");
    assert_eq!((session.counter, session.handshake), (1, Handshake::Fresh));
    assert!(session.one_time_prekey && !session.answered);
}

// spec: CLIENT-40
#[test]
fn nothing_of_a_forgotten_account_stays() {
    let store = MemoryStore::new();
    let clock = Clock::at_day(20_000);
    let mut alice = Person::create(store.clone(), 1, &clock).expect("scripted");
    let (mut bob, mut carol) = (Person::new(2), Person::new(3));
    // what every account leaves once for all: contacts, inbox, outbox, and the like
    carol.start(&alice, 1).expect("genuine");
    let first = carol.send(&alice, b"hello");
    alice.receive(&carol, &first).expect("genuine");
    alice.send(&carol, b"reply");
    alice.client.begin_short_string(&carol.address()).expect("a session");
    alice.client.forget(&carol.client.account_id()).expect("known");
    let before: Vec<_> = store.dump().into_keys().collect();

    alice.start(&bob, 0).expect("genuine");
    let messages: Vec<_> = (0..5u8).map(|n| alice.send(&bob, &[n])).collect();
    bob.receive(&alice, &messages[4]).expect("genuine");
    bob.receive(&alice, &messages[0]).expect("genuine");
    let replies: Vec<_> = (0..5u8).map(|n| bob.send(&alice, &[n])).collect();
    // skipped keys, a proof that is owed, a message in the outbox
    alice.receive(&bob, &replies[4]).expect("genuine");
    alice.try_send(&bob, b"not taken").expect("a session");
    let card = bob.client.own_card().expect("own").to_string();
    alice.client.scan_card(&card, None).expect("genuine");
    alice.client.begin_short_string(&bob.address()).expect("a session");
    assert!(store.dump().len() > before.len() + 5);

    alice.client.forget(&bob.client.account_id()).expect("known");
    let after: Vec<_> = store.dump().into_keys().collect();
    let left: Vec<_> = after.iter().filter(|key| !before.contains(key)).collect();
    let gone: Vec<_> = before.iter().filter(|key| !after.contains(key)).collect();
    assert!(left.is_empty() && gone.is_empty(), "left {left:?} gone {gone:?}");
    assert!(alice.client.outbox().expect("own store").is_empty());
    assert!(accounts(&mut alice, ContactKind::Accepted).is_empty());
    assert_eq!(alice.client.send(&bob.client.account_id(), b"?"), Err(Error::NoSession));
    assert_eq!(alice.receive(&bob, &replies[0]), Err(Error::NoSession));
    assert_eq!(alice.client.forget(&bob.client.account_id()), Err(Error::NoSession));
    let me = alice.client.account_id();
    assert!(matches!(alice.client.forget(&me), Err(Error::ApiMisuse(_))));
    assert!(!alice.client.maintain().expect("own store").more);
}

// spec: CLIENT-41
#[test]
fn who_was_forgotten_can_be_met_again() {
    let (mut alice, mut bob) = established();
    converse(&mut alice, &mut bob);
    alice.client.forget(&bob.client.account_id()).expect("known");
    alice.start(&bob, 1).expect("genuine");
    let again = alice.send(&bob, b"again");
    let items = bob.client.receive(&alice.address(), &again).expect("genuine");
    // to Bob, Alice has lost her state
    assert!(items.iter().any(|item| matches!(item.event, Event::SessionReset { .. })), "{items:?}");
    converse(&mut bob, &mut alice);
}
